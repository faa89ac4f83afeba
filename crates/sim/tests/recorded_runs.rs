//! The engine held against recorded real runs: per host, the same segments in the same order, as long after what triggered
//! them.

mod support;

use std::time::Duration;
use support::held::check;
use support::{go_plan, request, server};
use whyeof_sim::world::run;
use whyeof_trace::{Event, Method, RequestEvent, Trace};

const IDLE_RACE: &str = include_str!("recorded/01-go-idle-race.jsonl");
const PROBES: &str = include_str!("recorded/03b-keepalive-probes.jsonl");
const NEVER_USED: &str = include_str!("recorded/16-never-used-connection.jsonl");

fn errors(trace: &Trace) -> Vec<&str> {
    let texts = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(RequestEvent::Failed { text, .. }) => Some(trace.text(text)),
        _ => None,
    });
    texts.collect()
}

/// Connection 14 of 01-go-idle-race: POST at 0, the next one 10.005 s after it was written; FIN and POST cross.
#[test]
fn a_post_that_meets_the_fin_sends_what_was_recorded() {
    let first = Duration::from_micros(572_892);
    let second = Duration::from_micros(10_588_568);
    let third = Duration::from_micros(20_593_700);
    let plan = go_plan(vec![
        request(Method::Post, "/p?off=5.00&r=0", first),
        request(Method::Post, "/p?off=5.00&r=1", second),
        request(Method::Post, "/p?off=5.00&r=2", third),
    ]);
    let trace = run(plan);
    check(&trace, 0, IDLE_RACE, 14, 30.0);
    assert_eq!(
        errors(&trace),
        [r#"Post "http://10.99.0.2:8080/p?off=5.00&r=1": EOF"#]
    );
}

/// Pool d of 16-never-used-connection: the second of two POSTs takes the connection that no request has used.
#[test]
fn a_connection_that_was_never_used_is_held_to_read_timeout() {
    let us = Duration::from_micros;
    let mut plan = go_plan(vec![
        request(Method::Post, "/a", us(180_226)),
        request(Method::Post, "/b", us(1_180_154)),
        request(Method::Post, "/c", us(1_185_080)),
        request(Method::Post, "/d", us(11_199_689)),
        request(Method::Post, "/d", us(11_199_967)),
    ]);
    server(&mut plan, |s| s.idle = support::deadline(30));
    plan.until = Duration::from_millis(11_400);
    let trace = run(plan);
    check(&trace, 0, NEVER_USED, 4, 11.4);
    check(&trace, 1, NEVER_USED, 11, 11.4);
    assert_eq!(errors(&trace), [r#"Post "http://10.99.0.2:8080/d": EOF"#]);
}

/// Connection 1 of 03b: Go probes an idle connection from both ends every 15 s, on the steps of the timer wheel, and neither
/// end's probes put off the other's.
#[test]
fn both_ends_probe_an_idle_connection() {
    let mut plan = go_plan(vec![
        request(Method::Post, "/a", Duration::ZERO),
        request(Method::Post, "/b", Duration::from_secs(50)),
    ]);
    server(&mut plan, |s| {
        s.idle = support::deadline(60);
        s.read = None;
        s.read_header = None;
    });
    plan.until = Duration::from_millis(50_020);
    check(&run(plan), 0, PROBES, 1, 50.02);
}
