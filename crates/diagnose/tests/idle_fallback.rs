//! `idle-fallback`: the option that was not set.

mod support;

use support::{THIRD_FAILS, as_capture, codes, finding, report, run, with};
use whyeof_diagnose::{Severity, diagnose_capture};
use whyeof_trace::HostId;

const PRESET: &str = "pyroscope-idle-race";

#[test]
fn read_timeout_takes_the_place_of_idle_timeout() {
    let report = report(PRESET, &THIRD_FAILS);
    let finding = finding(&report, "idle-fallback");
    assert_eq!(finding.severity, Severity::Cause);
    assert_eq!(finding.request, None);
    assert_eq!(
        finding.title.en,
        "IdleTimeout is not set, so ReadTimeout closes idle connections"
    );
    assert_eq!(finding.evidence.len(), 3);
}

/// One server, one cause, however many requests it hit.
#[test]
fn it_is_said_once() {
    let count = ("clients.agent.requests.upload.count", "12");
    let until = ("until", "200s");
    let report = report(PRESET, &with(&THIRD_FAILS, &[count, until]));
    assert!(report.totals().failed > 2);
    let said = codes(&report)
        .iter()
        .filter(|c| *c == "idle-fallback")
        .count();
    assert_eq!(said, 1);
}

/// The same race with the option set; the timer that fires and hurts nobody; a capture, which shows no settings.
#[test]
fn near_misses() {
    let idle = ("servers.pyroscope.options.IdleTimeout", "10s");
    assert_eq!(
        codes(&report(PRESET, &with(&THIRD_FAILS, &[idle]))),
        ["keepalive-race 3"]
    );
    let every = ("clients.agent.requests.upload.every", "11s");
    assert_eq!(
        codes(&report(PRESET, &with(&THIRD_FAILS, &[every]))),
        [""; 0]
    );
    let capture = as_capture(run(PRESET, &THIRD_FAILS), HostId(1));
    assert_eq!(codes(&diagnose_capture(&capture)), ["keepalive-race 3"]);
}
