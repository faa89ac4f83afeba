//! A run that goes on from where its gap begins ends as one from the start.

use std::time::Duration;
use whyeof_explore::probe::{Begun, Probe};
use whyeof_scenario::{build, presets};
use whyeof_sim::world::run;

/// From nothing to beyond all idle limits, with the microseconds around one in ten seconds, and the scenario's own.
fn gaps(probe: &Probe) -> impl Iterator<Item = Duration> {
    let coarse =
        [0, 1, 900, 4_999, 5_000, 9_000, 11_000, 75_000, 400_000].map(Duration::from_millis);
    let edge = (0..30).map(|n| Duration::from_micros(9_985_000 + 997 * n));
    coarse.into_iter().chain(edge).chain([probe.gap])
}

#[test]
fn every_gap_of_every_preset_ends_as_from_the_start() {
    let mut asked = 0;
    for preset in presets::ALL {
        let scenario = preset.scenario();
        let trace = run(build(&scenario).expect("a plan"));
        let Some(probe) = Probe::of_interest(&scenario, &trace).expect("a plan") else {
            continue;
        };
        asked += 1;
        let mut begun = Begun::new(probe.clone());
        for gap in gaps(&probe) {
            assert_eq!(begun.run(gap), probe.run(gap), "{}: {gap:?}", preset.id);
        }
    }
    assert!(asked > 20, "{asked} presets have a question");
}
