//! A report for an incident review or an issue, in Markdown as GitHub and GitLab draw it: how it went, why, a picture (Mermaid),
//! what to change, the configuration, and a link that opens the run.
//!
//! Names and errors are the scenario's and may be hostile: in sentences whatever Markdown or HTML reads as a mark is
//! escaped, elsewhere they stand in code.

use super::{Case, Format, Name, Shown, Write, mermaid};
use crate::diagram::Band;
use crate::sequence::Stretch;
use crate::summary::paragraph;
use crate::text::{self, Lang, Text};
use crate::wire::Wire;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;
use whyeof_diagnose::{Background, Configured, Grade, Remedy, Report, diagnose_any};
use whyeof_trace::{FlowId, Trace, digest};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "markdown",
        label: Text::new("Report, Markdown", "报告（Markdown）"),
        extension: "md",
        mime: "text/markdown; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(write),
};

/// What the picture shows before the first reason and after the last one.
const AROUND: Duration = Duration::from_millis(20);

/// The whole report.
pub fn write(case: &Case<'_>, lang: Lang) -> String {
    let background = (case.background)();
    let report = background
        .as_ref()
        .map_or_else(|| diagnose_any(case.trace), |known| known.report.clone());
    let page = Page {
        trace: case.trace,
        report: &report,
        background: background.as_ref(),
        lang,
    };
    let mut out = page.head();
    page.why(&mut out);
    page.what_happened(&mut out);
    page.remedies(&mut out);
    page.configuration(&mut out);
    page.foot(&mut out);
    out
}

struct Page<'a> {
    trace: &'a Trace,
    report: &'a Report,
    background: Option<&'a Background>,
    lang: Lang,
}

// Writing into a String never fails.
impl Page<'_> {
    fn head(&self) -> String {
        let title = self
            .background
            .map_or("", |known| known.title.as_str())
            .trim();
        let title = if title.is_empty() { "whyeof" } else { title };
        let verdict = &self.report.verdict;
        let mut out = format!(
            "# {}\n\n**{}**\n",
            plain(title),
            plain(verdict.text.of(self.lang))
        );
        if let Some(error) = &verdict.error {
            let _ = write!(out, "\n{}\n", code(error));
        }
        if let Some(caveat) = self.background.and_then(|known| known.caveat.as_ref()) {
            let _ = write!(out, "\n{}\n", plain(caveat.of(self.lang)));
        }
        let totals = self.report.totals();
        let [sent, executed, failed] =
            [totals.sent, totals.executed, totals.failed].map(|n| n.to_string());
        let values = [
            ("sent", sent.as_str()),
            ("executed", executed.as_str()),
            ("failed", failed.as_str()),
        ];
        let _ = write!(out, "\n{}\n", text::REPORT_COUNTS.fill(self.lang, &values));
        if let Some(known) = self.background {
            // Without the address of a page it can only be pasted into one.
            let (text, link) = match known.link.starts_with('#') {
                true => (text::REPORT_PASTE, code(&known.link)),
                false => (text::REPORT_OPEN, format!("<{}>", known.link)),
            };
            let opened = text.fill(self.lang, &[("link", &link)]);
            let _ = write!(out, "\n{opened}\n");
        }
        out
    }

    fn heading(&self, out: &mut String, words: Text) {
        let _ = write!(out, "\n## {}\n", words.of(self.lang));
    }

    fn why(&self, out: &mut String) {
        let Some(finding) = self.report.leading() else {
            return;
        };
        self.heading(out, text::REPORT_WHY);
        let title = plain(finding.title.of(self.lang));
        let explanation = plain(finding.explanation.of(self.lang));
        let values = [("what", title.as_str()), ("why", explanation.as_str())];
        let told = text::REPORT_REASON.fill(self.lang, &values);
        let _ = write!(out, "\n{told}\n\n");
        for (n, step) in finding.evidence.iter().enumerate() {
            let _ = writeln!(out, "{}. {}", n + 1, plain(step.text.of(self.lang)));
        }
    }

    fn what_happened(&self, out: &mut String) {
        self.heading(out, text::REPORT_WHAT);
        let wire = Wire::new(self.trace);
        let stretch = self.stretch();
        let words = plain(&paragraph(&wire, stretch.band, self.lang));
        let picture = mermaid::diagram(&wire, &stretch, self.lang);
        let _ = write!(out, "\n{words}\n\n```mermaid\n{picture}```\n");
    }

    /// What the reasons are about; without reasons all of it.
    fn stretch(&self) -> Stretch {
        let reasons = self
            .report
            .leading()
            .map_or(&[][..], |leading| &leading.evidence);
        let records = reasons.iter().map(|step| self.trace.record(step.record));
        let times = records.clone().map(|record| record.time);
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
            return Stretch::WHOLE;
        };
        let request = self.report.leading().and_then(|leading| leading.request);
        let mut only = request.map_or_else(Vec::new, |request| self.trace.connections_of(request));
        only.extend(records.filter_map(|record| record.event.flow()));
        let only: BTreeSet<FlowId> = only.into_iter().collect();
        Stretch {
            band: Band {
                from: first - AROUND,
                to: last + AROUND,
            },
            only: (!only.is_empty()).then(|| only.into_iter().collect()),
        }
    }

    fn remedies(&self, out: &mut String) {
        let remedies = self.report.remedies();
        if remedies.is_empty() {
            return;
        }
        self.heading(out, text::REPORT_CHANGE);
        out.push('\n');
        for remedy in remedies {
            self.remedy(out, remedy);
        }
    }

    fn remedy(&self, out: &mut String, remedy: &Remedy) {
        let sign = match remedy.grade {
            Grade::Green => "🟢",
            Grade::Amber => "🟡",
        };
        let (title, note) = (remedy.title.of(self.lang), remedy.note.of(self.lang));
        let _ = writeln!(out, "- {sign} **{}** {}", plain(title), plain(note));
        if let Some(proof) = &remedy.proof {
            let _ = writeln!(out, "  {}", plain(proof.say().of(self.lang)));
        }
        if let Some(costs) = &remedy.costs {
            let _ = writeln!(out, "  {}", plain(costs.of(self.lang)));
        }
        for edit in &remedy.edits {
            let _ = writeln!(
                out,
                "  {}",
                code(&format!("{} = {}", edit.path, edit.value))
            );
        }
        for paste in &remedy.paste {
            let _ = writeln!(out, "\n  {}\n", plain(paste.of.of(self.lang)));
            // As far in as the item that it belongs to.
            for line in block(paste.language, paste.lines.of(self.lang)).lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
    }

    fn configuration(&self, out: &mut String) {
        let Some(known) = self.background else {
            return;
        };
        self.heading(out, text::REPORT_SETTINGS);
        let columns = text::REPORT_COLUMNS.map(|column| column.of(self.lang));
        let _ = write!(
            out,
            "\n| {} | {} | {} |\n|---|---|---|\n",
            columns[0], columns[1], columns[2]
        );
        for Configured {
            path,
            value,
            in_force,
        } in &known.settings
        {
            let value = if value.is_empty() {
                String::new()
            } else {
                cell(&code(value))
            };
            let _ = writeln!(
                out,
                "| {} | {value} | {} |",
                cell(&code(path)),
                cell(&plain(in_force))
            );
        }
        let summary = text::REPORT_SCENARIO.of(self.lang);
        let json = known.scenario.trim_end();
        let json = block("json", json);
        let _ = write!(
            out,
            "\n<details><summary>{summary}</summary>\n\n{json}\n</details>\n"
        );
    }

    fn foot(&self, out: &mut String) {
        if self.background.is_none() {
            return;
        }
        let digest = digest::short(digest::digest(self.trace));
        let values = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("digest", digest.as_str()),
        ];
        let _ = write!(out, "\n{}\n", text::REPORT_FOOT.fill(self.lang, &values));
    }
}

/// Words in which nothing is a mark: whatever Markdown or HTML could read as one has a backslash before it.
fn plain(words: &str) -> String {
    let mut out = String::new();
    for letter in words.chars() {
        match letter {
            c if c.is_control() => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '~' | '|' | '$' => {
                out.extend(['\\', letter]);
            }
            c => out.push(c),
        }
    }
    out
}

/// Words as code, between more backticks than there are in it.
fn code(words: &str) -> String {
    let words: String = words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let fence = "`".repeat(longest_run(&words) + 1);
    let pad = if words.starts_with('`') || words.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{words}{pad}{fence}")
}

/// Lines as a block of code, likewise.
fn block(language: &str, lines: &str) -> String {
    let fence = "`".repeat(longest_run(lines).max(2) + 1);
    format!("{fence}{language}\n{lines}\n{fence}\n")
}

/// In a table a bar ends a cell, in code too.
fn cell(written: &str) -> String {
    written.replace("\\|", "|").replace('|', "\\|")
}

/// The most backticks in a row.
fn longest_run(words: &str) -> usize {
    words
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{cell, code, plain};

    #[test]
    fn nothing_in_a_name_is_a_mark() {
        assert_eq!(
            plain("<img> [x](y) **b**\n# h"),
            r"\<img\> \[x\](y) \*\*b\*\* \# h"
        );
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("`a` ``"), "``` `a` `` ```");
        assert_eq!(cell(&code("a|b")), r"`a\|b`");
        assert_eq!(cell(&plain("a|b")), r"a\|b");
    }
}
