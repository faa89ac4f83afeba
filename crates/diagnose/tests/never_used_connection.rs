//! `never-used-connection`: the second act of the pyroscope story.

mod support;

use std::time::Duration;
use support::{as_capture, codes, report, roles, run, with};
use whyeof_diagnose::{EvidenceRole, diagnose, diagnose_capture};
use whyeof_trace::{Event, HostId, PoolEvent, RequestId};

const PRESET: &str = "pyroscope-never-used-connection";
const AT: &str = "clients.agent.requests.pair.at";

#[test]
fn a_spare_connection_is_held_to_read_timeout() {
    use EvidenceRole::{Dialled, Failed, FinSent, ParkedUnused, TimerFired, TimerSet};
    let report = report(PRESET, &[]);
    assert_eq!(codes(&report), ["never-used-connection 5"]);
    let finding = &report.findings[0];
    let roles = roles(finding);
    assert!(
        roles.starts_with(&[Dialled, ParkedUnused, TimerSet, TimerFired, FinSent]),
        "{roles:?}"
    );
    assert_eq!(roles.last(), Some(&Failed));
    assert!(
        finding
            .explanation
            .en
            .contains("IdleTimeout (30 s) did not count yet")
    );
    assert!(
        finding
            .explanation
            .en
            .contains("ReadTimeout, because ReadHeaderTimeout is not set")
    );
    let raised = finding.remedies.iter().flat_map(|r| &r.edits);
    let raised = raised.filter(|e| e.path.contains("servers."));
    let paths: Vec<_> = raised.map(|e| e.path.as_str()).collect();
    assert_eq!(paths, ["servers.pyroscope.options.ReadHeaderTimeout"]);
}

/// The row of ground-truth §15a for the POST on the unused connection, around the end of its time. The recording's +12
/// was a retry within the client's wake-up, which comes a little earlier here.
#[test]
fn the_window_is_one_round_trip_again() {
    for (at, expected) in [
        ("11.008s", None),
        ("11.014s", None),
        ("11.017s", Some("never-used-connection 5")),
        ("11.024s", Some("never-used-connection 5")),
        ("11.03s", None),
        ("11.04s", None),
    ] {
        let report = report(PRESET, &[(AT, at)]);
        assert_eq!(codes(&report).first().map(String::as_str), expected, "{at}");
    }
}

/// A longer ReadTimeout than the pause, and the connection that had been used is another story.
#[test]
fn near_misses() {
    let read = ("servers.pyroscope.options.ReadTimeout", "20s");
    assert_eq!(codes(&report(PRESET, &[read])), [""; 0]);
    let used = with(&[read], &[("servers.pyroscope.options.IdleTimeout", "10s")]);
    let used = with(&used, &[("clients.agent.requests.pair.at", "11.022s")]);
    assert_eq!(codes(&report(PRESET, &used)), ["keepalive-race 4"]);
}

/// The time for a request's head also ends a connection that had carried one; that is another story.
#[test]
fn a_connection_that_had_a_request_is_not_called_unused() {
    let mut trace = run(PRESET, &[]);
    for record in &mut trace.records {
        if let Event::Pool(PoolEvent::Park {
            socket,
            used: false,
        }) = record.event
        {
            let checkout = PoolEvent::Checkout {
                request: RequestId(2),
                socket,
                reused: false,
                idle_for: Duration::ZERO,
            };
            record.event = Event::Pool(checkout);
        }
    }
    assert_eq!(codes(&diagnose(&trace)), ["connection-ended 5"]);
}

/// Which timer closed a connection without requests, a capture does not tell; that none had gone over it, it does.
#[test]
fn a_capture_tells_that_no_request_had_gone_over_it() {
    for host in [HostId(0), HostId(1)] {
        let report = diagnose_capture(&as_capture(run(PRESET, &[]), host));
        assert_eq!(codes(&report), ["never-used-connection 5"]);
        let told = &report.findings[0].explanation.en;
        assert!(
            told.contains("No request had gone over this connection before"),
            "{told}"
        );
        assert!(told.contains("a capture at one end cannot know"), "{told}");
    }
}
