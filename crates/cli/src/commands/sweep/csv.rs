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

/// A field with a comma, a quote or a line break is quoted.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
