//! A scenario is the same after it was written and read: as a file, and as a link.

use super::{Invariant, law};
use crate::Seen;
use whyeof_scenario::link::{Engine, Shared, decode, encode};
use whyeof_scenario::{Scenario, check};

/// As a file, on one line and on many.
pub(super) const JSON: Invariant = Invariant {
    name: "a scenario is what was written of it",
    every: 2,
    holds: |seen| {
        let scenario = &seen.scenario;
        check(scenario).map_err(|invalid| format!("it does not hold: {invalid}"))?;
        for json in [scenario.to_json(), scenario.to_json_pretty()] {
            let read =
                Scenario::from_json(&json).map_err(|invalid| format!("{invalid}: {json}"))?;
            law(read == *scenario, || {
                format!("read again: {}", read.to_json())
            })?;
        }
        Ok(())
    },
};

/// As a link, with the digest of its run.
pub(super) const LINK: Invariant = Invariant {
    name: "a scenario is what its link opens",
    every: 8,
    holds,
};

fn holds(seen: &Seen) -> Result<(), String> {
    let shared = Shared {
        scenario: Some(seen.scenario.clone()),
        engine: Some(Engine::of(&seen.trace)),
        ..Shared::default()
    };
    let link = encode(&shared);
    let plain = link.bytes().all(|b| b.is_ascii_graphic());
    law(
        plain && link.ends_with(|c: char| c.is_ascii_alphanumeric()),
        || format!("it breaks in a chat: {link}"),
    )?;
    let opened = decode(&link).map_err(|error| format!("{error:?}: {link}"))?;
    law(opened.notes.is_empty(), || {
        format!("{:?}: {link}", opened.notes)
    })?;
    law(opened.shared == shared, || {
        format!("opened: {}", encode(&opened.shared))
    })
}
