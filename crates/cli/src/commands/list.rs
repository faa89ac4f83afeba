//! `whyeof list`: what there is.

use crate::args::{ListArgs, Listed, ScenarioArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::print;
use std::fmt::Write;
use whyeof_diagnose::findings;
use whyeof_render::formats;
use whyeof_scenario::profiles::{Knob, table};
use whyeof_scenario::{Lang, Scenario, fields, presets, profiles, v1, vocabulary};

pub(crate) fn list(args: &ListArgs) -> Result<(), Failure> {
    let all = [
        Listed::Presets,
        Listed::Profiles,
        Listed::Faults,
        Listed::Findings,
        Listed::Formats,
    ];
    let chosen: &[Listed] = args.what.as_ref().map_or(&all, std::slice::from_ref);
    let lang = args.lang.lang();
    let mut out = String::new();
    for what in chosen {
        if chosen.len() > 1 {
            let _ = writeln!(
                out,
                "{}{}",
                if out.is_empty() { "" } else { "\n" },
                heading(*what)
            );
        }
        match what {
            Listed::Presets => presets_to(&mut out, lang),
            Listed::Profiles if chosen.len() == 1 => table_to(&mut out, lang),
            Listed::Profiles => profiles_to(&mut out, lang),
            Listed::Findings => findings_to(&mut out, lang),
            Listed::Formats => formats_to(&mut out, lang),
            Listed::Faults => vocabulary_to(&mut out, vocabulary::faults(), lang),
            Listed::Sysctls => vocabulary_to(&mut out, vocabulary::sysctls(), lang),
            Listed::Calls => vocabulary_to(&mut out, vocabulary::calls(), lang),
            Listed::Fields => fields_to(&mut out, &of(args)?, lang),
        }
    }
    print(&out)
}

const fn heading(what: Listed) -> &'static str {
    match what {
        Listed::Presets => "PRESETS",
        Listed::Profiles => "PROFILES",
        Listed::Findings => "FINDINGS",
        Listed::Formats => "FORMATS",
        Listed::Faults => "FAULTS",
        Listed::Sysctls => "SYSCTLS",
        Listed::Calls => "CALLS",
        Listed::Fields => "FIELDS",
    }
}

fn presets_to(out: &mut String, lang: Lang) {
    for preset in presets::ALL {
        let _ = writeln!(out, "  {:<42} {}", preset.id, preset.title.of(lang));
    }
}

fn profiles_to(out: &mut String, lang: Lang) {
    for profile in profiles::ALL {
        let _ = writeln!(out, "  {:<42} {}", profile.id, profile.label.of(lang));
    }
    let sockets = profiles::SOCKETS;
    let _ = writeln!(out, "  {:<42} {}", sockets.id, sockets.label.of(lang));
}

/// The table: what each profile does with its defaults.
fn table_to(out: &mut String, lang: Lang) {
    for profile in profiles::ALL {
        let _ = writeln!(out, "{}  {}", profile.id, profile.label.of(lang));
        for part in table::parts(profile, lang) {
            for line in &part.traits {
                let (role, aspect) = (part.role.of(lang), line.aspect.of(lang));
                let _ = writeln!(out, "  {role}  {aspect}: {}", line.value);
            }
            options_to(out, part.options, lang);
        }
        for doubt in profile.unverified {
            let _ = writeln!(out, "  UNVERIFIED  {}", doubt.of(lang));
        }
    }
}

/// What of a runtime can be set, what it is if nobody does, and where that is written.
fn options_to(out: &mut String, rows: &[Knob], lang: Lang) {
    for knob in rows {
        let unset = knob.effective(rows, &v1::Options::default(), "");
        let unset = unset.say(None, lang);
        let (of, name, source) = (knob.of, knob.name, knob.source);
        let _ = writeln!(out, "  option  {of} {name}  {unset}  {source}");
    }
}

fn findings_to(out: &mut String, lang: Lang) {
    for kind in findings::ALL {
        let (title, manual) = (kind.title.of(lang), kind.manual.of(lang));
        let _ = writeln!(out, "  {:<28} {title}\n      {manual}", kind.code);
    }
}

fn formats_to(out: &mut String, lang: Lang) {
    for format in formats::NAMES {
        let _ = writeln!(out, "  {:<42} {}", format.id, format.label.of(lang));
    }
}

fn vocabulary_to(out: &mut String, words: Vec<vocabulary::Entry>, lang: Lang) {
    let wide = words.iter().any(|entry| !entry.default.is_empty());
    for entry in words {
        let default = if wide {
            format!("{:<22} ", entry.default)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "  {:<28} {default}{}",
            entry.word,
            entry.about.of(lang)
        );
    }
}

/// The scenario whose knobs are listed: the one that was named, else the first story.
fn of(args: &ListArgs) -> Result<Scenario, Failure> {
    let first = presets::ALL[0].id.to_owned();
    let scenario = args.scenario.clone().unwrap_or(first);
    let set = Vec::new();
    input::scenario(&ScenarioArgs { scenario, set })
}

/// The knobs of a scenario, by path: what `--set` and `--over` take.
fn fields_to(out: &mut String, scenario: &Scenario, lang: Lang) {
    for field in fields(scenario) {
        let hint = field.hint(lang).unwrap_or_default();
        let _ = writeln!(out, "  {:<46} {:<14} {hint}", field.path, field.text());
    }
}
