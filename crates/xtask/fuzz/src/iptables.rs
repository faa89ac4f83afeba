//! Lines typed at a machine's shell, one after the other while requests go by.

use crate::{Target, scenario, traced};
use std::time::Duration;
use whyeof_scenario::v1::Typed;
use whyeof_scenario::{Scenario, check as valid};

pub(crate) const TARGET: Target = Target {
    name: "iptables",
    check,
};

/// More lines say nothing new.
const MOST: usize = 12;

/// A client that asks every 100 ms.
const ASKS: &str = r#"{"version":1,"until":"5s",
    "clients":[{"name":"client","runtime":"go-1.27","options":{"Timeout":"700ms"},"requests":[{"to":"server:80","path":"/x","every":"100ms","count":12}]}],
    "servers":[{"name":"server","listen":80,"runtime":"node-20","handler":{"body":3}}]}"#;

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut scenario = Scenario::from_json(ASKS).expect("a scenario");
    for (n, line) in (0..).zip(text.lines().take(MOST)) {
        let typed = Typed {
            name: format!("t{n}"),
            at: Duration::from_millis(150 + 90 * n),
            on: if n % 3 == 0 { "client" } else { "server" }.to_owned(),
            run: line.to_owned(),
            lasts: None,
        };
        let mut longer = scenario.clone();
        longer.typed.push(typed);
        match valid(&longer) {
            Ok(()) => scenario = longer,
            Err(invalid) => scenario::refused(&invalid),
        }
    }
    scenario::again(&scenario);
    traced::ran(&scenario);
}
