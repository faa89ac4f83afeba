//! The clerk's work: files, and links that are packed. None of it is needed for a first look, so it is a program of its own
//! that is loaded when it is first asked.

use crate::explore::{about, simulated};
use crate::proto::{AboutPair, AboutRisk, Answer, Card, ConfigRow, Question};
use crate::{captures, sweeps};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode, Version};
use whyeof_diagnose::diagnose;
use whyeof_explore::matrix::link;
use whyeof_explore::probe::request_of_interest;
use whyeof_explore::say::tell;
use whyeof_explore::{Allowance, Often, Pair, PairError, Shape, background, risk as find_risk};
use whyeof_render::Lang;
use whyeof_render::describe::short_error;
use whyeof_render::diagram::small::small;
use whyeof_render::formats::{self, Case, Written};
use whyeof_scenario::link::pack;
use whyeof_scenario::paste::{Snippet, snippets};
use whyeof_scenario::presets::{self, Preset};
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;

/// Answers a question.
pub fn answer(question: Question, now: &dyn Fn() -> f64, say: &mut dyn FnMut(Answer)) {
    say(match question {
        Question::Cards => return presets::ALL.iter().for_each(|preset| say(card(preset))),
        Question::Export {
            id,
            scenario,
            format,
            lang,
            base,
        } => match export(&scenario, &format, &lang, &base) {
            Ok(file) => Answer::Exported { format, file },
            Err(why) => Answer::Failed { id, why },
        },
        Question::Pack { scenario } => Answer::Packed {
            packed: pack(&scenario),
            scenario,
        },
        Question::Qr { link } => Answer::Qr {
            picture: qr(&link),
            link,
        },
        Question::Risk(asked) => {
            let (lines, wrong) = match risk(&asked) {
                Ok(lines) => (lines, String::new()),
                Err(wrong) => (String::new(), wrong),
            };
            Answer::Risk {
                id: asked.id,
                gaps: asked.gaps,
                lines,
                wrong,
            }
        }
        Question::Pair(of) => {
            let (lines, link) =
                pair(&of).unwrap_or_else(|wrong| (wrong.to_string(), String::new()));
            Answer::Pair { of, lines, link }
        }
        Question::Config {
            scenario,
            edits,
            lang,
        } => Answer::Config {
            rows: config(&scenario, &edits, &lang),
            edits,
        },
        Question::Orders { id, scenario, lang } => sweeps::ways(id, &scenario, &lang),
        Question::Capture(asked) => return captures::answer(&asked, say),
        Question::Sweep(asked) => return sweeps::sweep(&asked, now, say),
        Question::SweepPicture(asked) => sweeps::draw(&asked),
        Question::Around(_) => Answer::not_mine(),
    });
}

/// What a pair comes to, line by line, and the link of its scenario.
fn pair(asked: &AboutPair) -> Result<(String, String), PairError> {
    let [client, server, via] = &asked.of;
    let pair = Pair {
        client,
        server,
        via: (!via.is_empty()).then_some(via),
    };
    let found = pair.found(&[])?;
    let lines = found.tell(Lang::from_tag(&asked.lang).unwrap_or(Lang::En));
    Ok((indented(lines), link(&found)))
}

/// Lines, each as far in as it stands.
fn indented(lines: Vec<(u8, String)>) -> String {
    let lines = lines.into_iter();
    let lines = lines.map(|(depth, words)| format!("{}{words}", "  ".repeat(usize::from(depth))));
    lines.collect::<Vec<_>>().join("\n")
}

/// Edits as configuration to paste.
fn config(scenario: &str, edits: &[(String, String)], lang: &str) -> Vec<ConfigRow> {
    let Ok(scenario) = Scenario::from_json(scenario) else {
        return Vec::new();
    };
    let lang = Lang::from_tag(lang).unwrap_or(Lang::En);
    let row = |it: Snippet| ConfigRow {
        of: it.of,
        lines: it.lines,
    };
    snippets(&scenario, edits, lang)
        .into_iter()
        .map(row)
        .collect()
}

/// What a preset looks like and comes to: by its own run, so that no picture can lie.
fn card(preset: &Preset) -> Answer {
    let scenario = preset.scenario();
    let clients = scenario.clients.iter().map(|it| &it.runtime);
    let proxies = scenario.proxies.iter().map(|it| &it.runtime);
    let servers = scenario.servers.iter().map(|it| &it.runtime);
    let mut card = Card::default();
    for runtime in clients.chain(proxies).chain(servers) {
        if !card.runtimes.contains(runtime) {
            card.runtimes.push(runtime.clone());
        }
    }
    if let Ok(plan) = build(&scenario) {
        let trace = run(plan);
        let report = diagnose(&trace);
        let error = report.verdict.error.as_deref().map(short_error);
        let cause = report.leading().map(|finding| finding.code);
        card.picture = small(&trace, request_of_interest(&trace)).into();
        card.symptom = error.unwrap_or_default().to_owned();
        card.cause = cause.unwrap_or_default().to_owned();
    }
    Answer::Card {
        preset: preset.id.to_owned(),
        card,
    }
}

/// A link as a picture, black on white in both themes, because cameras expect it; `None`: it is longer than such a picture can hold
/// and a camera can read from a wall (version 25 of 40, 117 modules a side).
fn qr(link: &str) -> Option<String> {
    const MOST: i16 = 25;
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let Version::Normal(version) = code.version() else {
        return None;
    };
    let mut drawing = code.render::<svg::Color<'_>>();
    (version <= MOST).then(|| drawing.min_dimensions(240, 240).build())
}

/// Which idle gaps before a request are dangerous, and how likely they are, line by line.
fn risk(asked: &AboutRisk) -> Result<String, String> {
    let (scenario, trace) = simulated(&asked.scenario)?;
    let probe = about(&Allowance::default(), (&scenario, &trace), asked.request)?;
    let (gaps, lang) = (asked.gaps.as_str(), Lang::from_tag(&asked.lang));
    let lang = lang.unwrap_or(Lang::En);
    let Some(probe) = probe else {
        return Ok(crate::text::RISK_NONE.of(lang).to_owned());
    };
    let given = match (gaps.trim(), Shape::parse(gaps)) {
        ("", _) => None,
        (_, Some(shape)) => Some(shape),
        _ => Some(Shape::histogram(gaps).map_err(|wrong| wrong.say(lang))?),
    };
    let found = find_risk(&scenario, &probe).map_err(|wrong| wrong.to_string())?;
    let often = Often::of(&probe, &found, given);
    Ok(indented(tell(&found, often.as_ref(), lang)))
}

fn export(scenario: &str, format: &str, lang: &str, base: &str) -> Result<Written, String> {
    let (scenario, trace) = simulated(scenario)?;
    let format = formats::by_id(format).ok_or_else(|| format!("no format is called {format}"))?;
    let lang = Lang::from_tag(lang).unwrap_or(Lang::En);
    let case = Case {
        trace: &trace,
        background: &|| background(&scenario, &trace, base, lang).ok(),
        host: None,
    };
    Ok(format.of(&case, lang))
}
