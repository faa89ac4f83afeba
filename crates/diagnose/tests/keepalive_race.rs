//! `keepalive-race`: what it says, and the near misses of which it says nothing.

mod support;

use support::{PAIR, THIRD_FAILS, as_capture, codes, finding, report, roles, run, with};
use whyeof_diagnose::{EvidenceRole, Report, Tone, diagnose, diagnose_capture};
use whyeof_trace::{Event, Failure, HostId, PoolEvent, Trace};

const PRESET: &str = "pyroscope-idle-race";
const EVERY: &str = "clients.agent.requests.upload.every";

/// One POST, and another one `gap` after it.
fn pair(gap: &str, edits: &[(&str, &str)]) -> (Trace, Report) {
    let trace = run(PRESET, &with(&with(&PAIR, &[(EVERY, gap)]), edits));
    let report = diagnose(&trace);
    (trace, report)
}

#[test]
fn a_post_that_meets_the_fin() {
    use EvidenceRole::{
        Failed, FinArrived, FinSent, ReadEnded, RequestSent, ResetSent, TimerFired, TimerSet,
    };
    let report = report(PRESET, &THIRD_FAILS);
    assert_eq!(codes(&report), ["keepalive-race 3", "idle-fallback"]);
    let expected = [
        TimerSet,
        RequestSent,
        TimerFired,
        FinSent,
        ResetSent,
        FinArrived,
        ReadEnded,
        Failed,
    ];
    assert_eq!(roles(&report.findings[0]), expected);
    let request = &report.requests[2];
    assert_eq!(
        (request.attempts, request.sent, request.executed),
        (1, 1, 0)
    );
    assert!(request.reused);
    assert_eq!(request.conn, report.requests[0].conn);
}

/// The window of ground-truth §2 from its edges: before it the server answers on the old connection, after it the
/// client dials. The first POST's handshake delays the server's clock by one round trip.
#[test]
fn near_misses_are_no_races() {
    for (gap, expected, dials) in [
        ("9s", None, false),
        ("10.013s", None, false),
        ("10.0145s", Some("keepalive-race 2"), false),
        ("10.018s", Some("keepalive-race 2"), false),
        ("10.0225s", Some("keepalive-race 2"), false),
        ("10.025s", None, true),
        ("11s", None, true),
    ] {
        let (_, report) = pair(gap, &[]);
        let codes = codes(&report);
        assert_eq!(codes.first().map(String::as_str), expected, "{gap}");
        assert_eq!(report.totals().failed, u32::from(expected.is_some()));
        let dialled = report.requests[0].conn != report.requests[1].conn;
        assert_eq!(dialled, dials, "{gap}");
    }
}

/// ground-truth §2, "ECONNRESET in the idle race": the request comes between the end of the server's time and close(2).
#[test]
fn a_post_that_arrives_just_before_close_is_reset() {
    use EvidenceRole::{
        Failed, ReadEnded, RequestArrived, RequestSent, ResetArrived, ResetSent, TimerFired,
        TimerSet,
    };
    let resets = (0..100).filter_map(|n| {
        let (trace, report) = pair(&format!("{}us", 10_013_000 + n * 10), &[]);
        (report.requests[1].failure == Some(Failure::Reset)).then_some((trace, report))
    });
    let resets: Vec<_> = resets.collect();
    assert!((3..=7).contains(&resets.len()), "{}", resets.len());
    for (trace, report) in &resets {
        let finding = finding(report, "keepalive-race");
        let expected = [
            TimerSet,
            RequestSent,
            TimerFired,
            RequestArrived,
            ResetSent,
            ResetArrived,
            ReadEnded,
            Failed,
        ];
        assert_eq!(roles(finding), expected);
        assert!(finding.explanation.en.contains("ECONNRESET"));
        let error = report.verdict.error.as_deref().expect("an error");
        assert!(error.ends_with("read: connection reset by peer"), "{error}");
        // An unread request has other causes as well: a capture tells what is sure, and names the race as one of them.
        let capture = diagnose_capture(&as_capture(trace.clone(), HostId(0)));
        assert_eq!(codes(&capture), ["request-unread 2"]);
        let told = &capture.findings[0].explanation.en;
        assert!(
            told.contains("Whether an idle time was just over"),
            "{told}"
        );
    }
}

/// An EOF on a fresh connection, and one that another timer than the idle one brought about, are something else.
#[test]
fn another_end_of_stream_is_not_called_a_race() {
    let late = [
        ("servers.pyroscope.options.WriteTimeout", "10ms"),
        ("servers.pyroscope.handler.think", "50ms"),
    ];
    for (fresh, dialling) in [(true, "true"), (false, "false")] {
        let disable = ("clients.agent.options.DisableKeepAlives", dialling);
        let (_, report) = pair("1s", &with(&late, &[disable]));
        assert_eq!(
            codes(&report),
            ["server-deadline 1", "server-deadline 2"],
            "fresh {fresh}"
        );
        assert_eq!(report.requests[1].failure, Some(Failure::EndOfStream));
    }
}

/// Node does not call a socket reused that it hands from one request to the next (recorded in 15v); it has carried one all the
/// same, and the server's idle time runs.
#[test]
fn what_the_runtime_calls_reused_does_not_decide() {
    let mut trace = run(PRESET, &THIRD_FAILS);
    for record in &mut trace.records {
        if let Event::Pool(PoolEvent::Checkout { reused, .. }) = &mut record.event {
            *reused = false;
        }
    }
    assert_eq!(codes(&diagnose(&trace))[0], "keepalive-race 3");
}

#[test]
fn the_client_that_lets_go_first_is_never_in_a_race() {
    let idle = ("clients.agent.options.IdleConnTimeout", "9s");
    for gap in ["8.99s", "9.01s", "9.02s", "10.015s"] {
        let (_, report) = pair(gap, &[idle]);
        assert_eq!(codes(&report), [""; 0], "{gap}");
    }
}

/// From either side's tap the sequence numbers prove the crossing; timer, setting and error stay unknown, and are said to.
#[test]
fn a_capture_shows_the_crossing_and_no_more() {
    use EvidenceRole::{
        FinArrived, FinSent, RequestArrived, RequestSent, ResetArrived, ResetSent, ResponseSent,
    };
    let client = vec![ResponseSent, RequestSent, FinArrived, ResetArrived];
    let server = vec![ResponseSent, FinSent, RequestArrived, ResetSent];
    for (host, expected) in [(HostId(0), client), (HostId(1), server)] {
        let trace = as_capture(run(PRESET, &THIRD_FAILS), host);
        let report = diagnose_capture(&trace);
        assert_eq!(codes(&report), ["keepalive-race 3"]);
        let finding = &report.findings[0];
        assert_eq!(roles(finding), expected);
        assert!(
            finding
                .explanation
                .en
                .contains("a capture at one end cannot know")
        );
        assert!(finding.explanation.zh.contains("只在一端抓的包里看不到"));
        assert_eq!(report.verdict.tone, Tone::Bad);
        assert!(report.verdict.error.is_none() && finding.remedies.is_empty());
    }
}

/// Neither an early nor a late request crosses a FIN.
#[test]
fn a_capture_of_a_near_miss_shows_nothing() {
    for gap in ["9s", "10.013s", "10.025s", "11s"] {
        for host in [HostId(0), HostId(1)] {
            let (trace, _) = pair(gap, &[]);
            let report = diagnose_capture(&as_capture(trace, host));
            assert_eq!(codes(&report), [""; 0], "{gap} at {host:?}");
            assert_eq!(report.verdict.tone, Tone::Good);
        }
    }
}

/// ground-truth §2: a request written after the FIN reached the kernel, before the program looked, fails in the same way.
/// It acknowledges the FIN, and a capture says so.
#[test]
fn a_fin_that_the_program_has_not_noticed_yet() {
    let mut late = 0;
    for n in 0..60 {
        let (trace, report) = pair(&format!("{}us", 10_023_200 + n * 10), &[]);
        let race = report.findings.iter().find(|f| f.code == "keepalive-race");
        let Some(race) = race.filter(|f| f.explanation.en.contains("had not noticed")) else {
            continue;
        };
        let at = |role| roles(race).iter().position(|r| *r == role);
        assert!(at(EvidenceRole::FinArrived) < at(EvidenceRole::RequestSent));
        let capture = diagnose_capture(&as_capture(trace, HostId(0)));
        assert_eq!(codes(&capture), ["keepalive-race 2"]);
        let told = &capture.findings[0].explanation.en;
        assert!(told.contains("it acknowledges the FIN"), "{told}");
        late += 1;
    }
    assert!((5..=15).contains(&late), "{late}");
}
