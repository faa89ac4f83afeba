//! Two fixes of the first story held against recordings of their own: per host, the same segments in the same order.
//!
//! Times are left out here. In these runs a process had one connection and nothing else to do, and its timers were up to
//! 8 ms late at 9 s: the kernel lets a sleep in epoll_wait(2) overrun by a thousandth (fs/select.c
//! `select_estimate_accuracy`). The lateness in the profiles is that of a busier process, as in recording 01.

mod support;

use std::time::Duration;
use support::{client, deadline, go_plan, recorded, request, sent_by, simulated};
use whyeof_sim::http::client::pool::Reuse;
use whyeof_sim::world::run;
use whyeof_trace::{Event, Method, RequestEvent, Trace};

const SHORT: &str = include_str!("recorded/90-short-connections.jsonl");
const CLIENT_IDLE: &str = include_str!("recorded/91-client-idle-9s.jsonl");

fn check(trace: &Trace, recording: &str, connections: u32) {
    for connection in 1..=connections {
        let real = recorded(recording, connection);
        assert!(real.len() > 5, "the recording has connection {connection}");
        let ours = simulated(trace, connection - 1);
        for host in ["client", "server"] {
            assert_eq!(
                sent_by(&ours, host),
                sent_by(&real, host),
                "{host}, {connection}"
            );
        }
    }
    let failed =
        |r: &&whyeof_trace::Record| matches!(r.event, Event::Request(RequestEvent::Failed { .. }));
    assert_eq!(trace.records.iter().filter(failed).count(), 0);
}

/// `Connection: close` both ways; the server closes right behind its response, so TIME-WAIT is the server's.
#[test]
fn short_connections_are_closed_by_the_server() {
    let mut plan = go_plan(vec![
        request(Method::Post, "/a", Duration::ZERO),
        request(Method::Post, "/b", Duration::from_secs(2)),
        request(Method::Get, "/c", Duration::from_secs(4)),
    ]);
    client(&mut plan, |c| c.pool.reuse = Reuse::Never);
    check(&run(plan), SHORT, 3);
}

/// The client lets go before the server would: FIN from the client, TIME-WAIT at the client, and the next POST dials. The
/// second connection ends alike; in the recording because the client's program ended.
#[test]
fn a_client_with_the_shorter_timeout_closes_first() {
    let mut plan = go_plan(vec![
        request(Method::Post, "/a", Duration::ZERO),
        request(Method::Post, "/b", Duration::from_micros(10_005_000)),
    ]);
    client(&mut plan, |c| c.pool.idle_timeout = deadline(9));
    check(&run(plan), CLIENT_IDLE, 2);
}
