//! What a script says beside what happened.

use std::fmt::Write;

/// A line of a script beside what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the file, from 1; `None` where the script has no such line.
    pub line: Option<usize>,
    /// What the script says, with its time since the start.
    pub expected: String,
    /// What happened.
    pub actual: String,
    /// Whether the two are equal, within the tolerance.
    pub is_right: bool,
}

/// A script as it was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// In the order of the script; what it does not have stands where it was noticed.
    pub rows: Vec<Row>,
}

impl Report {
    /// Whether everything happened as it is written.
    pub fn passes(&self) -> bool {
        self.first_difference().is_none()
    }

    /// The first row that differs.
    pub fn first_difference(&self) -> Option<usize> {
        self.rows.iter().position(|row| !row.is_right)
    }

    /// The line of the script at which the first difference was noticed.
    pub fn line(&self) -> Option<usize> {
        let at = self.first_difference()?;
        self.rows[..=at].iter().rev().find_map(|row| row.line)
    }

    /// All rows, two columns, differences marked with `!`.
    pub fn side_by_side(&self) -> String {
        table(&self.rows)
    }

    /// The first row that differs and so many before it; nothing if none does.
    pub fn difference(&self, before: usize) -> String {
        let at = self.first_difference();
        at.map_or_else(String::new, |at| {
            table(&self.rows[at.saturating_sub(before)..=at])
        })
    }
}

fn table(rows: &[Row]) -> String {
    let width = |row: &Row| row.expected.chars().count();
    let width = rows.iter().map(width).max().unwrap_or(0).max(8);
    let mut text = format!("     {:width$}   actual\n", "expected");
    for row in rows {
        let mark = if row.is_right { ' ' } else { '!' };
        let line = row.line.map(|n| n.to_string()).unwrap_or_default();
        let (left, right) = (&row.expected, &row.actual);
        let _ = writeln!(text, "{mark}{line:>3} {left:width$}   {right}");
    }
    text
}
