//! A sweep for people: windows and edges of one knob, a map of two, failures by seed.

use crate::output::said;
use std::fmt::Write;
use whyeof_explore::edges::{End, MOST_EDGES, stopped};
use whyeof_explore::over::Over;
use whyeof_explore::{Edge, Ending, Sweep, SweepRun};

/// Columns of a map: more would not fit a terminal.
const MOST_COLUMNS: usize = 120;
/// Errors that are written out.
const MOST_ERRORS: usize = 8;
/// Lines that tell how often values fail.
const MOST_SHARES: usize = 60;

pub(super) fn text(sweep: &Sweep, edges: &[Edge]) -> String {
    let paths = sweep.grid.overs().iter().map(|over| over.path.as_str());
    let paths: Vec<&str> = paths.collect();
    let runs = match sweep.runs.len() {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    let mut out = format!("{}: {runs}\n\n", paths.join(" × "));
    if sweep.runs.iter().all(|run| run.requests.is_empty()) {
        out.push_str("  no request was made\n");
        return out;
    }
    match sweep.grid.overs() {
        [_] => windows(&mut out, sweep),
        _ => map(&mut out, sweep),
    }
    if sweep.grid.seeds() > 1 {
        by_seed(&mut out, sweep);
    }
    list(&mut out, sweep, edges);
    errors(&mut out, sweep);
    out
}

fn windows(out: &mut String, sweep: &Sweep) {
    for window in sweep.windows() {
        let said = said_of(sweep, window.ending);
        let _ = writeln!(out, "  {:>14} .. {:<14} {said}", window.from, window.to);
    }
}

/// A letter an ending: a row each value of the first knob, a column each of the second.
fn map(out: &mut String, sweep: &Sweep) {
    let [first, second] = sweep.grid.overs() else {
        return;
    };
    if second.count() > MOST_COLUMNS {
        let _ = writeln!(
            out,
            "  {} columns are too many for a map; see --format csv or json",
            second.count()
        );
        return;
    }
    let mut endings: Vec<Ending> = Vec::new();
    let mut rows = vec![String::new(); first.count()];
    for run in &sweep.runs {
        let case = sweep.grid.case(run.case);
        if case.seed != 0 {
            continue;
        }
        let ending = run.ending();
        let known = endings.iter().position(|other| *other == ending);
        let at = known.unwrap_or_else(|| {
            endings.push(ending);
            endings.len() - 1
        });
        rows[case.at[0]].push(sign(endings[at], at));
    }
    lines_of(out, first, &rows);
    let last = second.count().saturating_sub(1);
    let _ = writeln!(
        out,
        "\n  across: {} from {} to {}",
        second.path,
        second.value(0),
        second.value(last)
    );
    for (at, ending) in endings.iter().enumerate() {
        let _ = writeln!(out, "  {} {}", sign(*ending, at), said_of(sweep, *ending));
    }
}

/// A line for each value of the first knob; those that are alike stand on one.
fn lines_of(out: &mut String, first: &Over, rows: &[String]) {
    let values: Vec<String> = first.values().collect();
    let wide = values
        .iter()
        .map(|value| value.chars().count())
        .max()
        .unwrap_or(0);
    let mut from = 0;
    for alike in rows.chunk_by(|one, next| one == next) {
        let to = from + alike.len() - 1;
        let last = match to == from {
            true => String::new(),
            false => format!(".. {}", values[to]),
        };
        let _ = writeln!(
            out,
            "  {:>wide$} {last:<more$} {}",
            values[from],
            alike[0],
            more = wide + 3
        );
        from = to + 1;
    }
}

/// What is well is quiet.
fn sign(ending: Ending, at: usize) -> char {
    match ending {
        Ending::OkReused => '.',
        Ending::OkNew => 'o',
        Ending::OkRetried => 'r',
        Ending::Unfinished => '?',
        Ending::Failed(_) => char::from(b'A' + u8::try_from(at.min(25)).unwrap_or(25)),
    }
}

/// How many runs of each value have an error, by its number in the order of the grid.
fn bad_of_each(sweep: &Sweep) -> Vec<usize> {
    let grid = &sweep.grid;
    let mut bad = vec![0; grid.overs().iter().map(Over::count).product()];
    for run in sweep.runs.iter().filter(|run| run.ending().is_bad()) {
        let at = grid.case(run.case).at;
        let columns = grid.overs().get(1).map_or(1, Over::count);
        bad[at[0] * columns + at.get(1).copied().unwrap_or(0)] += 1;
    }
    bad
}

/// How often each value fails: of one knob, neighbouring values of which equally many runs have an error on one line; of two, a map in tenths.
fn shares(out: &mut String, sweep: &Sweep) {
    let (bad, seeds) = (bad_of_each(sweep), sweep.grid.seeds());
    match sweep.grid.overs() {
        [over] => shares_of(out, over, &bad, seeds),
        [first, second] if second.count() <= MOST_COLUMNS => {
            let tenths = |bad: &usize| match *bad as u64 * 10 {
                0 => '.',
                all if all >= seeds * 10 => '#',
                bad => char::from_digit((bad / seeds) as u32, 10).unwrap_or('#'),
            };
            let rows = bad.chunks(second.count());
            let rows: Vec<String> = rows.map(|row| row.iter().map(tenths).collect()).collect();
            lines_of(out, first, &rows);
            out.push_str("  of each, so many tenths of the seeds fail: . none, 0 less than one tenth, # all\n");
        }
        _ => out.push_str("  how often each of them fails: see --format csv or json\n"),
    }
}

/// Whole percents; what is some is not told as none, nor as all.
fn percent(count: u64, of: u64) -> String {
    match (count * 100 + of / 2) / of {
        0 if count > 0 => "<1%".to_owned(),
        100 if count < of => ">99%".to_owned(),
        percent => format!("{percent}%"),
    }
}

fn shares_of(out: &mut String, over: &Over, bad: &[usize], seeds: u64) {
    let alike: Vec<&[usize]> = bad.chunk_by(|one, next| one == next).collect();
    let mut from = 0;
    for alike in alike.iter().take(MOST_SHARES) {
        let (first, last) = (over.label(from), over.label(from + alike.len() - 1));
        let (count, percent) = (alike[0], percent(alike[0] as u64, seeds));
        let _ = writeln!(
            out,
            "  {first:>14} .. {last:<14} {count:>5} of {seeds} ({percent})"
        );
        from += alike.len();
    }
    if alike.len() > MOST_SHARES {
        let more = alike.len() - MOST_SHARES;
        let _ = writeln!(out, "  and {more} more; see --format csv or json");
    }
}

/// How many of all runs fail, where chance has its say.
fn by_seed(out: &mut String, sweep: &Sweep) {
    let bad = bad_of_each(sweep).into_iter().sum::<usize>();
    let requests = sweep
        .runs
        .iter()
        .map(|run| run.requests.len())
        .sum::<usize>();
    let lost = sweep.runs.iter().flat_map(|run| &run.requests);
    let lost = lost.filter(|(ending, _)| ending.is_bad()).count();
    let _ = writeln!(
        out,
        "\n{} seeds: {bad} of {} runs have an error, {lost} of {requests} requests; windows and edges are of the first seed",
        sweep.grid.seeds(),
        sweep.runs.len()
    );
    shares(out, sweep);
}

/// Where one ending turns into another.
fn list(out: &mut String, sweep: &Sweep, edges: &[Edge]) {
    let overs = sweep.grid.overs();
    for along in edges.chunk_by(|one, next| one.along == next.along) {
        let path = overs.get(along[0].along).filter(|_| overs.len() > 1);
        let path = path.map_or_else(String::new, |over| format!(" along {}", over.path));
        let first = match stopped(along) {
            true => format!("at most {MOST_EDGES}, "),
            false => String::new(),
        };
        let _ = writeln!(out, "\nEdges{path}, {first}by bisection:");
        for edge in along {
            let beside = edge.beside.as_ref();
            let beside = beside.map_or_else(String::new, |value| format!("  ({value})"));
            let _ = writeln!(
                out,
                "  {:>14} | {:<14} {} | {}{beside}",
                edge.below,
                edge.above,
                end(&edge.from),
                end(&edge.to)
            );
        }
    }
}

fn end(end: &End) -> String {
    let first = match end.closer {
        Some(closer) => format!(": the {} had closed first", closer.code()),
        None => String::new(),
    };
    said(&(end.ending, end.error.clone())) + &first
}

fn errors(out: &mut String, sweep: &Sweep) {
    let mut errors: Vec<&str> = Vec::new();
    for error in sweep.runs.iter().filter_map(SweepRun::error) {
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    if !errors.is_empty() {
        out.push_str("\nErrors, as the program prints them:\n");
    }
    for error in errors.iter().take(MOST_ERRORS) {
        let _ = writeln!(out, "  {error}");
    }
    if errors.len() > MOST_ERRORS {
        let _ = writeln!(out, "  and {} more", errors.len() - MOST_ERRORS);
    }
}

/// An ending with the error that a run of this sweep had with it.
fn said_of(sweep: &Sweep, ending: Ending) -> String {
    let mut requests = sweep.runs.iter().flat_map(|run| &run.requests);
    let same = requests.find(|(other, error)| *other == ending && error.is_some());
    said(&(ending, same.and_then(|(_, error)| error.clone())))
}
