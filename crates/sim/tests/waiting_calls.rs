//! Programs of socket calls that wait: in send(2) for room in the send buffer (linux-tcp §4.7), in close(2) with SO_LINGER
//! (§4.2). Ideal timers, RTT 10 ms.

mod support;

use std::time::Duration;
use support::calls::sockets_plan;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_sim::net::fault::{Effect, FaultPlan, Match, Place, When};
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::{Call, Event, HostId, Returned, SocketError, SocketEvent, Time, Trace};

fn ideal(client: &str, server: &str) -> Plan {
    let mut plan = sockets_plan(client, server);
    for host in &mut plan.hosts {
        host.hz = Hz::Ideal;
    }
    plan
}

/// Nothing gets through from a time on.
fn partition(plan: &mut Plan, from: Duration) {
    plan.faults.push(FaultPlan {
        name: String::new(),
        when: When::Between(from, None),
        packets: Match::default(),
        nth: 1,
        count: None,
        effect: Effect::Drop,
        place: Place::Link,
    });
}

/// What the client does: when, in ms, it made a call of this kind, and when one returned.
fn client(trace: &Trace, is_it: impl Fn(Call) -> bool) -> (Vec<u64>, Vec<(u64, Returned)>) {
    let ms = |time: Time| time.nanos() / 1_000_000;
    let (mut called, mut returned) = (Vec::new(), Vec::new());
    for record in trace.records.iter().filter(|r| r.host == HostId(0)) {
        match record.event {
            Event::Socket(SocketEvent::Called { call, .. }) if is_it(call) => {
                called.push(ms(record.time));
            }
            Event::Socket(SocketEvent::Returned { call, result, .. }) if is_it(call) => {
                returned.push((ms(record.time), result));
            }
            _ => {}
        }
    }
    (called, returned)
}

const fn is_write(call: Call) -> bool {
    matches!(call, Call::Write { .. })
}

/// With a limit of 20,000 bytes a write of 100,000 goes on as ACKs make room; the next call waits for its end.
#[test]
fn send_waits_for_room() {
    let calls = |limit: &str| format!("@-1 connect a 9000 {limit} @-1 send a 100000 @-1 send a 10");
    let server = "@-1 listen 9000 @-1 accept b @-1 reader b";
    let (called, returned) = client(&run(ideal(&calls(""), server)), is_write);
    assert_eq!(
        (called[0], called[1], returned.len()),
        (called[0], called[0], 0)
    );
    let trace = run(ideal(&calls("@-1 sndbuf a 20000"), server));
    let (called, returned) = client(&trace, is_write);
    // The first hundred thousand are on record as one call that returned; the last ten went at once.
    assert_eq!((called.len(), returned.len()), (2, 1));
    assert!(called[1] >= called[0] + 10, "{called:?}");
    assert_eq!(returned[0].0, called[1]);
}

/// A send that waits while the connection dies ends with the connection's error.
#[test]
fn send_that_waits_ends_with_the_connection() {
    let calls = "@-1 connect a 9000 @-1 utimeout a 3000 @-1 sndbuf a 20000 @0.5 send a 100000";
    let mut plan = ideal(calls, "@-1 listen 9000 @-1 accept b @-1 reader b");
    partition(&mut plan, Duration::from_millis(400));
    let (called, returned) = client(&run(plan), is_write);
    assert_eq!(called, [500]);
    let [(at, Returned::Error(SocketError::TimedOut))] = returned[..] else {
        panic!("{returned:?}");
    };
    assert!((3_500..4_500).contains(&at), "{at}");
}

/// T40: close(2) waits for the ACK of the FIN, 2 s at most; what the program does next it does then.
#[test]
fn close_with_linger_waits() {
    let calls = "@-1 connect a 9000 @-1 linger a 2 @0.5 close a @-1 connect b 9001";
    let server = "@-1 listen 9000 @-1 accept c @0.53 close c";
    let mut plan = ideal(calls, server);
    let (closed, returned) = client(&run(plan.clone()), |call| call == Call::Close);
    // The FIN arrives at 505 ms and is acknowledged at once, on a connection without data.
    assert_eq!((closed, returned), (vec![500], vec![(510, Returned::Done)]));
    partition(&mut plan, Duration::from_millis(400));
    let trace = run(plan);
    let (_, returned) = client(&trace, |call| call == Call::Close);
    assert_eq!(returned, [(2_500, Returned::Done)]);
    let (connects, _) = client(&trace, |call| call == Call::Connect);
    assert_eq!(connects.last(), Some(&2_500));
}
