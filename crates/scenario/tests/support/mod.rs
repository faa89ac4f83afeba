//! What the tests of the JSON form share.
#![allow(dead_code, reason = "each test program uses some of it")]

use whyeof_scenario::Scenario;
use whyeof_trace::{Event, Failure, RequestEvent, SocketError, Trace};

/// The smallest scenario that runs.
pub(crate) const SMALL: &str = r#"{"version":1,"clients":[{"name":"a","runtime":"go-1.27","requests":[{"to":"s:80"}]}],"servers":[{"name":"s","runtime":"go-1.27"}]}"#;

/// `SMALL` with one piece replaced.
pub(crate) fn edited(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}

/// A text is refused with this message.
pub(crate) fn refused(json: &str, message: &str) {
    match Scenario::from_json(json) {
        Ok(_) => panic!("accepted, though {message}: {json}"),
        Err(invalid) => assert_eq!(invalid.to_string(), message, "{json}"),
    }
}

/// A text is read, and written like this.
pub(crate) fn canonical(json: &str, expected: &str) {
    let scenario = Scenario::from_json(json).unwrap_or_else(|invalid| panic!("{invalid}: {json}"));
    assert_eq!(scenario.to_json(), expected);
    assert_eq!(Scenario::from_json(expected).as_ref(), Ok(&scenario));
    assert_eq!(
        Scenario::from_json(&scenario.to_json_pretty()),
        Ok(scenario)
    );
}

/// What each request came to, in the order in which they were asked: `.` served, `t` out of time, `r` connection refused, `R` reset,
/// `E` end of stream, `p` without a port, `?` otherwise, `-` neither.
pub(crate) fn ends(trace: &Trace) -> String {
    let mut ends = vec!['-'; trace.requests.len()];
    for record in &trace.records {
        match record.event {
            Event::Request(RequestEvent::Finished { request }) => ends[request.index()] = '.',
            Event::Request(RequestEvent::Failed {
                request, failure, ..
            }) => ends[request.index()] = letter(failure),
            _ => {}
        }
    }
    ends.into_iter().collect()
}

fn letter(failure: Failure) -> char {
    match failure {
        Failure::Timeout | Failure::TimeoutInQueue => 't',
        Failure::Refused => 'r',
        Failure::Reset => 'R',
        Failure::EndOfStream | Failure::ServerClosedIdle => 'E',
        Failure::DialErrno(SocketError::AddressNotAvailable) => 'p',
        _ => '?',
    }
}
