//! The tables, as Markdown.

use crate::answers::Answers;
use crate::child::Cost;
use crate::rounds::{InBrowser, Timed};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;
use whyeof_bench::{Contender, Work};

/// What they stand between in a file.
const BEGIN: &str = "<!-- bench: written by `cargo xtask bench --readme` -->";
const END: &str = "<!-- bench: end -->";

pub(crate) fn markdown(
    native: &[Timed],
    wasm: &[InBrowser],
    costs: &[Cost],
    answers: &Answers,
) -> String {
    let mut text = String::new();
    times(&mut text, native);
    growth(&mut text, native);
    text += "\n";
    per_segment(&mut text, costs);
    if !wasm.is_empty() {
        text += "\n";
        browser(&mut text, native, wasm);
    }
    text += "\n";
    let Answers { go, gave_up } = answers;
    let _ = writeln!(
        text,
        "Answers, checked before anything is timed: of the races 1,000 are lost and 1,001 redialled, smoltcp's too (with Go's times {} \
         and {}); a silence ends after {} s (smoltcp's user timeout: {} s).",
        go.lost,
        go.redialled,
        gave_up[0].as_secs_f64(),
        gave_up[1].as_secs_f64(),
    );
    text
}

fn of(native: &[Timed], work: Work, contender: Contender) -> Option<&Timed> {
    let mut all = native.iter();
    all.find(|it| it.work == work && it.contender == contender)
}

fn times(text: &mut String, native: &[Timed]) {
    let rounds = native.iter().map(|it| it.took.len()).max().unwrap_or(0);
    let _ = writeln!(
        text,
        "Medians of {rounds} rounds in turn, ms; in brackets how many times as fast as smoltcp, which keeps no trace. \
         Without a trace, runs of W2 and of W3 share what comes before their second request, as those of a sweep do.\n\n\
         | work | whyeof, outcomes | whyeof, full trace | smoltcp |\n|---|---:|---:|---:|"
    );
    for work in Work::ALL {
        let peer = of(native, work, Contender::Smoltcp).map(Timed::median);
        let ours = |contender| match of(native, work, contender) {
            None => "–".to_owned(),
            Some(timed) => format!("{}{}", ms(timed.median()), ratio(peer, timed.median())),
        };
        let _ = writeln!(
            text,
            "| {}: {} | {} | {} | {} |",
            work.id(),
            work.title(),
            ours(Contender::Outcomes),
            ours(Contender::Trace),
            peer.map_or("–".to_owned(), ms),
        );
    }
}

/// From the smallest pool to the largest with as many exchanges on each connection.
fn growth(text: &mut String, native: &[Timed]) {
    let cost = |clients| {
        let work = Work::Pool {
            clients,
            exchanges: 100,
        };
        let took = of(native, work, Contender::Outcomes)?.median();
        Some(took.as_secs_f64() * 1e6 / work.units().1 as f64)
    };
    let (Some(few), Some(many)) = (cost(10), cost(1_000)) else {
        return;
    };
    let _ = writeln!(
        text,
        "\nAn exchange costs {few:.2} µs with 100 connections and {many:.2} µs with 10,000: {:.1} times as much.",
        many / few
    );
}

fn per_segment(text: &mut String, costs: &[Cost]) {
    text.push_str(
        "| work | instructions a unit: outcomes, trace, smoltcp | most memory, MiB: outcomes, trace, smoltcp |\n|---|---:|---:|\n",
    );
    for work in Work::ALL {
        let (unit, count) = work.units();
        let each = |tell: &dyn Fn(&Cost) -> Option<String>| {
            let order = [Contender::Outcomes, Contender::Trace, Contender::Smoltcp];
            let all = order.map(|contender| {
                let mut costs = costs.iter();
                let cost = costs.find(|it| it.work == work && it.contender == contender);
                cost.and_then(tell).unwrap_or("–".to_owned())
            });
            all.join(", ")
        };
        let instructions = each(&|cost| Some((cost.instructions? / count).to_string()));
        let memory = each(&|cost| Some(format!("{:.1}", cost.peak? as f64 / 1024.0)));
        let _ = writeln!(
            text,
            "| {} | {instructions} ({unit}) | {memory} |",
            work.id()
        );
    }
}

fn browser(text: &mut String, native: &[Timed], wasm: &[InBrowser]) {
    text.push_str(
        "In Chromium, compiled to WebAssembly as the page is, ms: the first time, and warm (in brackets: times the native time).\n\n\
         | work | outcomes, first | outcomes | full trace | smoltcp |\n|---|---:|---:|---:|---:|\n",
    );
    for work in Work::ALL {
        let found = |contender| {
            let mut wasm = wasm.iter();
            wasm.find(|it| it.work == work && it.contender == contender)
        };
        let Some(outcomes) = found(Contender::Outcomes) else {
            continue;
        };
        let warm = |contender| {
            let (Some(it), Some(native)) = (found(contender), of(native, work, contender)) else {
                return "–".to_owned();
            };
            let times = it.warm.as_secs_f64() / native.median().as_secs_f64();
            format!("{} ({times:.2})", ms(it.warm))
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            work.id(),
            ms(outcomes.first),
            warm(Contender::Outcomes),
            warm(Contender::Trace),
            warm(Contender::Smoltcp),
        );
    }
}

fn ratio(peer: Option<Duration>, ours: Duration) -> String {
    peer.map_or(String::new(), |peer| {
        format!(" ({:.2})", peer.as_secs_f64() / ours.as_secs_f64())
    })
}

fn ms(took: Duration) -> String {
    format!("{:.2}", took.as_secs_f64() * 1e3)
}

/// Puts the tables where they stood before.
pub(crate) fn write(table: &str, file: &Path) -> Result<(), String> {
    let said = |error| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|e| said(e.to_string()))?;
    let marks = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = marks.ok_or_else(|| said(format!("it has no `{BEGIN}` … `{END}`")))?;
    let text = format!("{before}{BEGIN}\n{table}\n{END}{after}");
    fs::write(file, text).map_err(|e| said(e.to_string()))
}
