//! Faults by hand: something happens to the packet that the reader points at, and the run is done again.

use super::compare::keep_before;
use super::edits::edit;
use super::model::{Beside, Model, Notice};
use super::msg::Effect;
use crate::text::{self, fill};
use std::rc::Rc;
use std::time::Duration;
use whyeof_scenario::by_hand::{self, Act};
use whyeof_scenario::span::{Span, Unit};
use whyeof_scenario::{Scenario, check};
use whyeof_trace::RecordId;

/// The time that stands in the field for delays; `None`: it is none.
pub fn delay(model: &Model) -> Option<Duration> {
    let span = Span::parse(&model.delay, Unit::Millis)?;
    span.duration().filter(|span| !span.is_zero())
}

/// Lets something happen to the packet that this record sends.
pub(super) fn act(model: &mut Model, packet: RecordId, act: Act) -> Vec<Effect> {
    let Some(run) = model.run.clone() else {
        return Vec::new();
    };
    let Some(fault) = by_hand::fault(&run.scenario, &run.trace, packet, act) else {
        return Vec::new();
    };
    let wire = run.wire();
    let Some(passage) = wire.passage(packet) else {
        return Vec::new();
    };
    let (from, to) = wire.hosts(passage);
    let [from, to] = [from, to].map(|host| run.trace.host(host).name.as_str());
    let words = match act {
        Act::Drop => text::DID_DROP,
        Act::Delay(_) => text::DID_DELAY,
        Act::DropLike => text::DID_DROP_LIKE,
        Act::Silence => text::DID_SILENCE,
    };
    let what = wire.long_name(passage, model.lang);
    let name = fill(model.say(words), &[&what, from, to, &model.delay]);
    let mut edited = (*run.scenario).clone();
    edited.faults.push(fault);
    change(model, edited, name)
}

/// Takes a fault or a command away.
pub(super) fn take_away(model: &mut Model, fault: &str) -> Vec<Effect> {
    let mut edited = (*model.scenario).clone();
    by_hand::take_away(&mut edited, fault);
    let name = fill(model.say(text::DID_TAKE_AWAY), &[fault]);
    change(model, edited, name)
}

fn change(model: &mut Model, edited: Scenario, name: String) -> Vec<Effect> {
    if let Err(wrong) = check(&edited) {
        model.notice = Some(Notice::Wrong(wrong));
        return Vec::new();
    }
    keep_before(model, Beside::No, &name);
    model.notice = Some(Notice::Applied(name));
    // On a phone it would cover what has changed.
    model.dialog = None;
    edit(model, Rc::new(edited))
}
