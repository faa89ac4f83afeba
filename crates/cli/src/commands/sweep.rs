//! `whyeof sweep`: a scenario for every value of a knob.

use crate::args::{SweepArgs, SweepFormat};
use crate::failure::Failure;
use crate::input;
use crate::output::{print, print_json};
use serde::Serialize;
use std::fmt::Write;
use std::io::IsTerminal;
use whyeof_explore::{Ending, Over, Sweep, SweepRun, sweep as sweep_runs};
use whyeof_render::describe::short_error;

pub(crate) fn sweep(args: &SweepArgs) -> Result<(), Failure> {
    let [over] = args.over.as_slice() else {
        return Err(Failure::input(
            "--over: expected one knob; sweeps over several come later",
        ));
    };
    let over = Over::parse(over).map_err(Failure::input)?;
    let scenario = input::scenario(&args.scenario)?;
    let done = sweep_runs(&scenario, over, args.seeds, progress).map_err(Failure::input)?;
    match args.format {
        SweepFormat::Text => print(&text(&done)),
        SweepFormat::Csv => print(&csv(&done)),
        SweepFormat::Json => print_json(&json(&done)),
    }
}

/// Long sweeps say how far they are, where somebody is looking.
fn progress(done: usize, total: usize) -> bool {
    if total > 2_000
        && (done.is_multiple_of(500) || done == total)
        && std::io::stderr().is_terminal()
    {
        eprint!(
            "\r{done} of {total} runs{}",
            if done == total { "\n" } else { "" }
        );
    }
    true
}

fn text(sweep: &Sweep) -> String {
    let mut out = format!("{}: {} runs\n\n", sweep.over.path, sweep.runs.len());
    let windows = sweep.windows();
    if windows.is_empty() {
        out.push_str("  no request was made\n");
    }
    for window in windows {
        let _ = writeln!(
            out,
            "  {:>14} .. {:<14} {}",
            window.from,
            window.to,
            said(sweep, window.ending)
        );
    }
    let mut errors: Vec<&str> = Vec::new();
    for (_, error) in sweep.runs.iter().flat_map(|r| &r.requests) {
        if let Some(error) = error
            && !errors.contains(&error.as_str())
        {
            errors.push(error);
        }
    }
    if !errors.is_empty() {
        out += "\nErrors, as the program prints them:\n";
    }
    for error in errors.iter().take(8) {
        let _ = writeln!(out, "  {error}");
    }
    if errors.len() > 8 {
        let _ = writeln!(out, "  and {} more", errors.len() - 8);
    }
    out
}

fn said(sweep: &Sweep, ending: Ending) -> String {
    match ending {
        Ending::OkReused => "ok, on the reused connection".to_owned(),
        Ending::OkNew => "ok, on a new connection".to_owned(),
        Ending::OkRetried => "ok, after a silent retry".to_owned(),
        Ending::Failed(_) => {
            let mut requests = sweep.runs.iter().flat_map(|run| &run.requests);
            let same = requests.find(|(other, _)| *other == ending);
            let error = same.and_then(|(_, error)| error.as_deref());
            format!("FAILED: {}", short_error(error.unwrap_or_default()))
        }
        Ending::Unfinished => "not finished when the run ended".to_owned(),
    }
}

/// RFC 4180: a field with a comma, a quote or a line break is quoted.
fn csv(sweep: &Sweep) -> String {
    let quote = |text: &str| {
        if text.contains([',', '"', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut out = "value,seed,request,outcome,error\n".to_owned();
    for run in &sweep.runs {
        for (number, (ending, error)) in run.requests.iter().enumerate() {
            let error = quote(error.as_deref().unwrap_or(""));
            let _ = writeln!(
                out,
                "{},{},{},{},{error}",
                run.value,
                run.seed,
                number + 1,
                ending.code()
            );
        }
    }
    out
}

#[derive(Serialize)]
struct SweepJson<'a> {
    over: &'a str,
    runs: Vec<RunJson<'a>>,
    windows: Vec<WindowJson<'a>>,
}

#[derive(Serialize)]
struct RunJson<'a> {
    value: &'a str,
    seed: u64,
    requests: Vec<RequestJson<'a>>,
}

#[derive(Serialize)]
struct RequestJson<'a> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct WindowJson<'a> {
    from: String,
    to: String,
    outcome: &'a str,
}

fn json(sweep: &Sweep) -> SweepJson<'_> {
    SweepJson {
        over: &sweep.over.path,
        runs: sweep.runs.iter().map(run_json).collect(),
        windows: sweep
            .windows()
            .into_iter()
            .map(|w| WindowJson {
                from: w.from,
                to: w.to,
                outcome: w.ending.code(),
            })
            .collect(),
    }
}

fn run_json(run: &SweepRun) -> RunJson<'_> {
    let requests = run.requests.iter();
    RunJson {
        value: &run.value,
        seed: run.seed,
        requests: requests
            .map(|(ending, error)| RequestJson {
                outcome: ending.code(),
                error: error.as_deref(),
            })
            .collect(),
    }
}
