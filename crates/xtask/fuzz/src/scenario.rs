//! A scenario's JSON: a file, what somebody types on the page, or what a link unpacks to.

use crate::oracle::message;
use crate::{Target, traced};
use whyeof_scenario::check::MAX_BYTES;
use whyeof_scenario::{Invalid, Scenario, fields, set};

pub(crate) const TARGET: Target = Target {
    name: "scenario",
    check,
};

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let strict = Scenario::from_json(&text);
    match (&strict, Scenario::from_json_kindly(&text)) {
        (Ok(strict), Ok((kind, notes))) => {
            assert!(*strict == kind && notes.is_empty(), "{notes:?}")
        }
        (Err(invalid), Ok((kind, notes))) => {
            refused(invalid);
            notes.iter().for_each(refused);
            again(&kind);
        }
        (Err(strict), Err(kind)) => [strict, &kind].into_iter().for_each(refused),
        (Ok(_), Err(kind)) => panic!("kindly refused: {kind}"),
    }
    if let Ok(scenario) = strict {
        again(&scenario);
        traced::ran(&scenario);
    }
}

pub(crate) fn refused(invalid: &Invalid) {
    message(|lang| invalid.say(lang));
}

/// What is written is read again, and so is each of its fields.
pub(crate) fn again(scenario: &Scenario) {
    let json = scenario.to_json();
    assert!(json.len() <= MAX_BYTES, "{} bytes", json.len());
    assert_eq!(Scenario::from_json(&json).as_ref(), Ok(scenario));
    assert_eq!(
        Scenario::from_json(&scenario.to_json_pretty()).as_ref(),
        Ok(scenario)
    );
    // Some of them an input: each checks all of the scenario.
    let fields = fields(scenario);
    let few = fields.len() / 16 + 1;
    for field in fields.iter().step_by(few) {
        let mut same = scenario.clone();
        let done = set(&mut same, &field.path, &field.text());
        assert_eq!(done, Ok(()), "{}", field.path);
        assert_eq!(same, *scenario, "{}", field.path);
    }
}
