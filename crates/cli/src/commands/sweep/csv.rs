//! A sweep as a table: RFC 4180, a line a request.

use std::fmt::Write;
use whyeof_explore::Sweep;

pub(super) fn csv(sweep: &Sweep) -> String {
    let grid = &sweep.grid;
    let mut out = match grid.overs() {
        [_] => "value,seed,request,outcome,error\n".to_owned(),
        _ => "value,value2,seed,request,outcome,error\n".to_owned(),
    };
    for run in &sweep.runs {
        let case = grid.case(run.case);
        let values: Vec<String> = grid.values(&case).iter().map(|it| quoted(it)).collect();
        let values = values.join(",");
        for (number, (ending, error)) in run.requests.iter().enumerate() {
            let error = quoted(error.as_deref().unwrap_or(""));
            let (number, outcome) = (number + 1, ending.code());
            let _ = writeln!(out, "{values},{},{number},{outcome},{error}", case.seed);
        }
    }
    out
}

/// A field with a comma, a quote or a line break is quoted. What a spreadsheet would reckon gets an apostrophe in front, so that it is shown: values are
/// words of whoever made the scenario.
fn quoted(text: &str) -> String {
    let apostrophe = if is_formula(text) { "'" } else { "" };
    let text = format!("{apostrophe}{text}");
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Whether a spreadsheet takes a text for a formula. A number or span below 0 is none.
fn is_formula(text: &str) -> bool {
    let is_amount = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    match text.strip_prefix('-') {
        Some(rest) => !is_amount(rest),
        None => text.starts_with(['=', '+', '@', '\t', '\r']),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    /// As a reader of CSV that is not ours reads it.
    #[test]
    fn a_field_is_read_as_it_was_and_reckoned_by_nobody() {
        for (text, read) in [
            ("9.99s", "9.99s"),
            ("-1ns", "-1ns"),
            (
                "Post \"http://a:80/\": EOF, twice",
                "Post \"http://a:80/\": EOF, twice",
            ),
            ("two\r\nlines", "two\r\nlines"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (
                "=HYPERLINK(\"http://x\",\"y\")",
                "'=HYPERLINK(\"http://x\",\"y\")",
            ),
        ] {
            let line = format!("before,{},after\n", quoted(text));
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(line.as_bytes());
            let row = reader.records().next().expect("a row").expect("CSV");
            assert_eq!(
                row.iter().collect::<Vec<_>>(),
                ["before", read, "after"],
                "{line}"
            );
        }
    }
}
