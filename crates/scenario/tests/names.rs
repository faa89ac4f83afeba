//! Names with several addresses: who picks, in which order, and what follows one that refuses.

mod support;

use support::{edited, refused};
use whyeof_scenario::{Lang, Scenario, build, get, set};
use whyeof_sim::world::run;
use whyeof_trace::{Event, RequestEvent, Trace};

/// A client that asks every second, and three servers behind one name.
fn scenario(runtime: &str, pick: &str, order: &str, more: &str) -> Scenario {
    let server = |n: u8| {
        format!(r#"{{"name":"s{n}","listen":80,"runtime":"go-1.27","handler":{{"body":3}}}}"#)
    };
    let servers = [server(1), server(2), server(3)].join(",");
    let json = format!(
        r#"{{"version":1,"until":"20s",
        "clients":[{{"name":"c","runtime":"{runtime}","requests":[{{"to":"api:80","path":"/x","every":"1s","count":6}}]}}],
        "servers":[{servers}],
        "names":{{"api":{{"hosts":"s1 s2 s3","order":"{order}","pick":"{pick}"}}}}{more}}}"#
    );
    Scenario::from_json(&json).unwrap_or_else(|e| panic!("{e}: {json}"))
}

fn traced(scenario: &Scenario) -> Trace {
    run(build(scenario).expect("a plan"))
}

/// The hosts on which handlers ran, in order.
fn executed(trace: &Trace) -> Vec<&str> {
    let ran = trace
        .records
        .iter()
        .filter(|r| matches!(r.event, Event::Request(RequestEvent::Executed { .. })));
    ran.map(|r| trace.host(r.host).name.as_str()).collect()
}

fn failures(trace: &Trace) -> Vec<&str> {
    let failed = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(RequestEvent::Failed { text, .. }) => Some(trace.text(text)),
        _ => None,
    });
    failed.collect()
}

/// A caller that picks has a pool for each machine, and its URLs name them.
#[test]
fn requests_go_round() {
    let trace = traced(&scenario("go-1.27", "request", "round-robin", ""));
    assert_eq!(executed(&trace), ["s1", "s2", "s3", "s1", "s2", "s3"]);
    assert_eq!(trace.flows.len(), 3, "each machine has its connection");
    assert!(
        trace
            .text(trace.requests[1].url)
            .starts_with("http://s2:80/x")
    );
}

/// As with DNS: the name decides where a connection goes, and the pool belongs to the name.
#[test]
fn connections_stay_where_they_are() {
    let trace = traced(&scenario("go-1.27", "connection", "round-robin", ""));
    assert_eq!(executed(&trace), ["s1"; 6]);
    assert_eq!(trace.flows.len(), 1);
    assert!(
        trace
            .text(trace.requests[0].url)
            .starts_with("http://api:80/x")
    );
    let mut short = scenario("go-1.27", "connection", "round-robin", "");
    set(&mut short, "clients.c.options.DisableKeepAlives", "true").expect("an option");
    let ran = traced(&short);
    assert_eq!(executed(&ran), ["s1", "s2", "s3", "s1", "s2", "s3"]);
}

#[test]
fn others_orders_are_the_first_and_any() {
    let first = traced(&scenario("node-26", "request", "first", ""));
    assert_eq!(executed(&first), ["s1"; 6]);
    let any = traced(&scenario("node-26", "request", "random", ""));
    let ran = executed(&any);
    assert_eq!(ran.len(), 6);
    assert!(ran.iter().any(|host| *host != ran[0]), "{ran:?}");
}

/// net/dial.go `dialSerial`: the next address, at once; Node before 20 gives up, since it took one address only.
#[test]
fn a_refusal_leads_to_the_next_address() {
    let stopped = r#","faults":[{"reject":{"from":"c","to":"s1","with":"tcp-reset"}}]"#;
    let go = traced(&scenario("go-1.27", "connection", "first", stopped));
    assert_eq!(executed(&go), ["s2"; 6]);
    assert_eq!(failures(&go), [""; 0]);
    let old = traced(&scenario("node-18", "connection", "first", stopped));
    assert_eq!(failures(&old).len(), 6);
    assert!(failures(&old)[0].starts_with("connect ECONNREFUSED"));
    // If none answers, the error is the first one's.
    let all = r#","faults":[{"reject":{"from":"c","with":"tcp-reset"}}]"#;
    let go = traced(&scenario("go-1.27", "connection", "first", all));
    assert_eq!(go.flows.len(), 18);
    let address = trace_address(&go, "s1");
    assert!(
        failures(&go).iter().all(|e| e.contains(&address)),
        "{:?}",
        failures(&go)
    );
    // A caller that picks has named the machine: nobody else is asked.
    let go = traced(&scenario("go-1.27", "request", "first", stopped));
    assert_eq!(failures(&go).len(), 6);
}

fn trace_address(trace: &Trace, host: &str) -> String {
    let host = trace
        .hosts
        .iter()
        .find(|h| h.name == host)
        .expect("a machine");
    format!("{}:80", host.address)
}

#[test]
fn names_are_checked_edited_and_written() {
    let mut scenario = scenario("go-1.27", "request", "round-robin", "");
    assert_eq!(
        get(&scenario, "names.api.hosts").as_deref(),
        Some("s1 s2 s3")
    );
    set(&mut scenario, "names.api.hosts", " s3  s1 ").expect("two machines");
    set(&mut scenario, "names.api.order", "first").expect("a word");
    let again = Scenario::from_json(&scenario.to_json()).expect("what is written can be read");
    assert_eq!(again, scenario);
    assert_eq!(executed(&traced(&again))[0], "s3");
    for (path, text, message) in [
        (
            "names.api.hosts",
            "s1 s9",
            "names.api.hosts: unknown host `s9`",
        ),
        ("names.api.hosts", "s1 s1", "names of machines"),
        ("names.api.hosts", "", "names.api.hosts"),
        ("names.api.order", "last", "unknown value `last`"),
        ("clients.c.requests.r1.to", "apis:80", "unknown host `apis`"),
    ] {
        let refused = set(&mut scenario, path, text).expect_err(text);
        let said = refused.say(Lang::En);
        assert!(said.contains(message), "{said}");
    }
    let taken = scenario
        .to_json()
        .replace(r#""names":{"api""#, r#""names":{"s1""#);
    assert!(Scenario::from_json(&taken).is_err(), "{taken}");
}

/// A proxy listens like a server, and passes nothing on to itself, be it through another.
#[test]
fn proxies_that_cannot_be_are_refused() {
    let with = |proxies: &str| {
        edited(
            r#","servers""#,
            &format!(r#","proxies":[{proxies}],"servers""#),
        )
    };
    let proxy = |name: &str, listen: u16, to: &str| {
        format!(r#"{{"name":"{name}","runtime":"nginx-1.22","listen":{listen},"to":"{to}"}}"#)
    };
    for (proxies, message) in [
        (
            format!(
                "{},{}",
                proxy("p", 80, "s:80"),
                r#"{"name":"q","host":"p","runtime":"alb","listen":80,"to":"s:80"}"#
            ),
            "proxies.p.listen: `p:80` is there twice",
        ),
        (
            proxy("p", 80, "p:80"),
            "proxies.p.to: found \"p:80\", expected a server that is not itself",
        ),
        (
            format!("{},{}", proxy("p", 80, "q:80"), proxy("q", 80, "p:80")),
            "proxies.p.to: found \"q:80\", expected a server that is not itself",
        ),
    ] {
        refused(&with(&proxies), message);
    }
    // A name that the proxy's own machine is behind leads back to it, too.
    let named = with(&proxy("p", 80, "n:80")).replace(
        r#","servers""#,
        r#","names":{"n":{"hosts":"s p"}},"servers""#,
    );
    let message = "proxies.p.to: found \"n:80\", expected a server that is not itself";
    refused(&named, message);
}
