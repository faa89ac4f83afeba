//! What the tests of the JSON form share.
#![allow(dead_code, reason = "each test program uses some of it")]

use whyeof_scenario::Scenario;

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
