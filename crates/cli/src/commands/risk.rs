//! `whyeof risk`: after which idle gaps a request is lost, why, and how many of a day's requests are that.

use crate::args::{ExplainFormat, RiskArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{print, print_json};
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;
use whyeof_explore::say::tell;
use whyeof_explore::{Harm, Often, Probe, Risk, RiskWindow, Shape, Source, risk as windows};
use whyeof_scenario::build;
use whyeof_scenario::invalid::shorten;
use whyeof_sim::world::run;
use whyeof_trace::{Lang, RequestId, Trace};

pub(crate) fn risk(args: &RiskArgs) -> Result<(), Failure> {
    let scenario = input::scenario(&args.scenario)?;
    let trace = run(build(&scenario).map_err(Failure::input)?);
    let probe = match args.request {
        Some(number) => {
            let request = numbered(&trace, number)?;
            Probe::about(&scenario, &trace, request)
        }
        None => Probe::of_interest(&scenario, &trace),
    };
    let Some(probe) = probe.map_err(Failure::input)? else {
        return Err(Failure::input(
            "SCENARIO: expected a second request after an idle gap that has to do with how it ends",
        ));
    };
    let given = args.gaps.as_deref().map(shape).transpose()?;
    let found = windows(&scenario, &probe).map_err(Failure::input)?;
    let often = Often::of(&probe, &found, given);
    let often = often.as_ref();
    match args.format {
        ExplainFormat::Text => print(&text(&found, often, args.lang.lang())),
        ExplainFormat::Json => print_json(&json(&found, often)),
    }
}

/// The request that a caller made as the n-th, from 1.
fn numbered(trace: &Trace, number: u32) -> Result<RequestId, Failure> {
    let mut requests = (0..).map(RequestId).zip(&trace.requests);
    let found = requests.find(|(_, it)| it.parent.is_none() && it.number == number);
    let most = trace.requests.iter().map(|it| it.number).max().unwrap_or(0);
    found.map(|(id, _)| id).ok_or_else(|| {
        Failure::input(format!(
            "--request: {number}: expected a number from 1 to {most}"
        ))
    })
}

/// `9.98s..10.02s`, `poisson:10s`, or a file.
fn shape(text: &str) -> Result<Shape, Failure> {
    if let Some(shape) = Shape::parse(text) {
        return Ok(shape);
    }
    if text.starts_with("poisson:") || text.contains("..") {
        return Err(Failure::input(format!(
            "--gaps: `{}`: expected 9.98s..10.02s, the shorter gap first, poisson:10s, or a file",
            shorten(text)
        )));
    }
    let file = input::file(text, "expected a histogram of at most 1 MiB")?;
    Shape::histogram(&file).map_err(|error| Failure::input(format!("--gaps: {error}")))
}

/// Lines of what is known, each as far in as it stands.
pub(crate) fn text(found: &Risk, often: Option<&Often>, lang: Lang) -> String {
    let mut out = String::new();
    for (depth, words) in tell(found, often, lang) {
        let space = if depth < 2 && !out.is_empty() {
            "\n"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "{space}{:in_$}{words}",
            "",
            in_ = usize::from(depth) * 2
        );
    }
    out
}

#[derive(Serialize)]
pub(crate) struct RiskJson<'a> {
    /// Whose requests it is about, where there are several clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<&'a str>,
    runs: usize,
    tried_to_ns: u64,
    windows: Vec<WindowJson<'a>>,
    /// Where chance moves the windows: what was found in all draws together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    drawn: Vec<DrawnJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    odds: Vec<OddsJson>,
    /// Whether the windows are about one time, and not about every gap of a day.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    once: bool,
    /// What runs of this traffic came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<CountedJson>,
    /// Between requests that are taken as if they came at random, on average: they stand at given times.
    #[serde(skip_serializing_if = "Option::is_none")]
    assumed_gap_ns: Option<u64>,
}

#[derive(Serialize)]
struct WindowJson<'a> {
    harm: &'static str,
    from_ns: u64,
    to_ns: u64,
    ends: bool,
    errors: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<PartsJson<'a>>,
}

#[derive(Serialize)]
struct PartsJson<'a> {
    setting: Option<&'a str>,
    timeout_ns: u64,
    lateness_ns: u64,
    closing_ns: u64,
    leaving_ns: u64,
    there_ns: u64,
    back_ns: u64,
    notice_ns: u64,
    keeping_ns: u64,
    unread_ns: u64,
}

#[derive(Serialize)]
struct DrawnJson {
    harm: &'static str,
    draws: usize,
    /// First and last of the gaps next to each other that do this harm in at least one draw; none is the last that was tried: `null`.
    in_some_ns: Vec<(u64, Option<u64>)>,
    /// And in each draw.
    in_all_ns: Vec<(u64, Option<u64>)>,
}

#[derive(Serialize)]
struct CountedJson {
    runs: u32,
    requests: u32,
    failed: u32,
    twice: u32,
    requests_per_day: f64,
}

#[derive(Serialize)]
struct OddsJson {
    harm: &'static str,
    share_of_gaps: f64,
    share: f64,
    requests_per_day: f64,
    per_day: f64,
}

const fn name(harm: Harm) -> &'static str {
    match harm {
        Harm::Fails => "fails",
        Harm::Replays => "replays",
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// What is known, for programs.
pub(crate) fn json<'a>(found: &'a Risk, often: Option<&Often>) -> RiskJson<'a> {
    let odds = often.into_iter().flat_map(|often| {
        found.harms().filter_map(|harm| {
            let odds = often.odds(found, harm)?;
            Some(OddsJson {
                harm: name(harm),
                share_of_gaps: odds.met[0],
                share: odds.share,
                requests_per_day: odds.requests,
                per_day: odds.hit,
            })
        })
    });
    let assumed = often.filter(|it| it.traffic.source == Source::Assumed);
    RiskJson {
        about: found.about.as_deref(),
        runs: found.runs,
        tried_to_ns: nanos(found.to),
        windows: found.windows.iter().map(window_json).collect(),
        drawn: drawn_json(found),
        odds: odds.collect(),
        once: found.once,
        counted: often.and_then(|it| it.counted).map(|it| CountedJson {
            runs: it.runs,
            requests: it.requests,
            failed: it.failed,
            twice: it.twice,
            requests_per_day: it.a_day(),
        }),
        assumed_gap_ns: assumed.map(|it| nanos(it.traffic.shape.mean())),
    }
}

fn drawn_json(found: &Risk) -> Vec<DrawnJson> {
    let draws = found.drawn.len() + 1;
    if draws == 1 {
        return Vec::new();
    }
    let gaps = |harm, least| {
        let stretches = found.in_draws(harm, least).into_iter();
        let end = |to: Duration| (to != Duration::MAX).then(|| nanos(to));
        stretches.map(|(from, to)| (nanos(from), end(to))).collect()
    };
    let of = |harm| DrawnJson {
        harm: name(harm),
        draws,
        in_some_ns: gaps(harm, 1),
        in_all_ns: gaps(harm, draws),
    };
    found.harms().map(of).collect()
}

fn window_json(window: &RiskWindow) -> WindowJson<'_> {
    let parts = window.parts.as_ref().map(|parts| PartsJson {
        setting: parts.setting.as_ref().map(|setting| setting.path.as_str()),
        timeout_ns: nanos(parts.timeout),
        lateness_ns: nanos(parts.lateness),
        closing_ns: nanos(parts.closing),
        leaving_ns: nanos(parts.leaving),
        there_ns: nanos(parts.there),
        back_ns: nanos(parts.back),
        notice_ns: nanos(parts.notice),
        keeping_ns: nanos(parts.keeping),
        unread_ns: nanos(parts.unread),
    });
    WindowJson {
        harm: name(window.harm),
        from_ns: nanos(window.from),
        to_ns: nanos(window.to),
        ends: window.ends,
        errors: &window.errors,
        parts,
    }
}
