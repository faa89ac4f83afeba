//! `whyeof link`: a scenario's share link.

use crate::args::LinkArgs;
use crate::failure::{Failure, complain};
use crate::input;
use crate::output::print;
use whyeof_scenario::link::{Engine, Shared, encode, fits_chat};
use whyeof_scenario::span::{Span, Unit};
use whyeof_trace::Time;

pub(crate) fn link(args: &LinkArgs) -> Result<(), Failure> {
    let scenario = input::scenario(&args.scenario)?;
    let trace = input::trace(&scenario)?;
    let at = args.at.as_deref().map(moment).transpose()?;
    let shared = Shared {
        scenario: Some(scenario),
        at,
        engine: Some(Engine::of(&trace)),
        ..Shared::default()
    };
    let link = format!("{}{}", args.base, encode(&shared));
    if !fits_chat(&link) {
        let count = link.len();
        complain(&format!(
            "{count} characters: some chat programs will cut this link"
        ));
    }
    print(&(link + "\n"))
}

fn moment(text: &str) -> Result<Time, Failure> {
    let span = Span::parse(text, Unit::Seconds).and_then(Span::duration);
    let span = span.ok_or_else(|| {
        Failure::input(format!("--at: `{text}`: expected a moment such as 10.019s"))
    })?;
    Ok(Time::ZERO + span)
}
