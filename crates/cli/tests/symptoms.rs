//! What is said of a pasted error is held against the scenario that is offered with it.

use whyeof_diagnose::{RequestReport, diagnose};
use whyeof_scenario::build;
use whyeof_scenario::symptoms::{FILE, Symptoms};
use whyeof_sim::world::run;
use whyeof_trace::Lang;

/// What ends a connection between two requests: only one that is used again meets it.
const BETWEEN_REQUESTS: [&str; 4] = [
    "keepalive-race",
    "shutdown-race",
    "half-open",
    "never-used-connection",
];

/// Whoever says that the connection was fresh is not shown an idle one.
#[test]
fn what_happens_on_a_reused_connection_is_not_shown_for_a_fresh_one() {
    let symptoms = Symptoms::read(FILE).expect("the file");
    let mut checked = 0;
    for cause in symptoms.all(Lang::En).iter().flat_map(|it| &it.causes) {
        let Some(preset) = cause.preset.filter(|_| !cause.reused_only) else {
            continue;
        };
        let trace = run(build(&preset.scenario()).expect("a plan"));
        let report = diagnose(&trace);
        let failed = report.requests.iter().filter(|it| it.failure.is_some());
        let between = |it: &RequestReport| {
            let mut findings = report.findings.iter();
            let ended = findings
                .any(|one| one.request == Some(it.id) && BETWEEN_REQUESTS.contains(&one.code));
            it.reused && ended
        };
        // The verdict is about the first.
        let first = failed.take(1).any(between);
        assert_eq!(cause.shows_reused, first, "{}: {}", cause.name, preset.id);
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
}
