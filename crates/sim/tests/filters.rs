//! Packet filters as faults, from end to end: what they throw away, what they answer, and what TCP makes of that (linux-tcp §7.3,
//! §7.4; the rules themselves are scripts). Ideal timers, RTT 10 ms.

mod support;

use std::time::Duration;
use support::calls::sockets_plan;
use support::simulated;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_sim::net::fault::{Effect, FaultPlan, Match, Place, Refusal, When};
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::{
    Call, Event, HostId, Returned, SocketError, SocketEvent, State, Trace, Unreachable,
};

fn ideal(client: &str) -> Plan {
    let mut plan = sockets_plan(client, "@-1 listen 9000 @-1 accept a @-1 reader a");
    for host in &mut plan.hosts {
        host.hz = Hz::Ideal;
    }
    plan
}

/// What the client sends meets this, in this time (s).
fn fault(effect: Effect, place: Place, from: f64, to: f64) -> FaultPlan {
    let span = Duration::from_secs_f64;
    FaultPlan {
        name: String::new(),
        when: When::Between(span(from), Some(span(to))),
        packets: Match {
            from: Some(HostId(0)),
            ..Match::default()
        },
        nth: 1,
        count: None,
        effect,
        place,
    }
}

/// When (ms) the client's data left, for the first time and again.
fn data(trace: &Trace) -> Vec<u64> {
    let sent = simulated(trace, 0).into_iter();
    let sent = sent.filter(|p| p.from == "client" && p.len > 0);
    sent.map(|p| (p.t_send * 1_000.0).round() as u64).collect()
}

/// What a call returned to the client, and when (ms).
fn returned(trace: &Trace, wanted: Call) -> Vec<(u64, Returned)> {
    let found = trace.records.iter().filter_map(|r| match r.event {
        Event::Socket(SocketEvent::Returned { call, result, .. })
            if call == wanted && r.host == HostId(0) =>
        {
            Some((r.time.nanos() / 1_000_000, result))
        }
        _ => None,
    });
    found.collect()
}

fn unreachable(kind: Unreachable) -> Effect {
    Effect::Reject(Refusal::Unreachable(kind))
}

/// T50: each code ends connect(2) at once, as does a reset.
#[test]
fn connect_fails_with_the_error_of_the_code() {
    for (effect, error) in [
        (unreachable(Unreachable::Net), SocketError::NetUnreachable),
        (unreachable(Unreachable::Host), SocketError::HostUnreachable),
        (
            unreachable(Unreachable::Protocol),
            SocketError::NoProtocolOption,
        ),
        (
            unreachable(Unreachable::Port),
            SocketError::ConnectionRefused,
        ),
        (
            unreachable(Unreachable::Admin),
            SocketError::HostUnreachable,
        ),
        (
            Effect::Reject(Refusal::TcpReset),
            SocketError::ConnectionRefused,
        ),
    ] {
        let mut plan = ideal("@0 connect a 9000");
        plan.faults = vec![fault(effect, Place::Link, 0.0, 60.0)];
        let trace = run(plan);
        let result = returned(&trace, Call::Connect);
        assert_eq!(result, [(10, Returned::Error(error))]);
        assert_eq!(
            simulated(&trace, 0)
                .iter()
                .filter(|p| p.flags == "S")
                .count(),
            1
        );
    }
}

/// T58: this host's own OUTPUT DROP leaves data unsent; the persist timer tries again, and what leaves at last is no
/// retransmission.
#[test]
fn output_drop_is_not_loss() {
    let mut plan = ideal("@0 connect a 9000 @1 send a 10 @20 send a 10");
    plan.faults = vec![fault(Effect::Drop, Place::Output, 0.5, 9.0)];
    plan.until = Duration::from_secs(30);
    let trace = run(plan);
    // Tried 210 ms after the write, and then 420, 840 … later, and kept by the rule; the first after 9 s leaves.
    assert_eq!(data(&trace), [14_230, 20_000]);
    let dropped = trace.records.iter().filter(|r| {
        matches!(
            r.event,
            Event::Segment(whyeof_trace::SegmentEvent::Dropped { .. })
        )
    });
    let tried = dropped.map(|r| r.time.nanos() / 1_000_000);
    let tried: Vec<_> = tried.collect();
    assert_eq!(tried, [1000, 1210, 1630, 2470, 4150, 7510]);
    let refused = trace.records.iter().filter(|r| {
        matches!(
            r.event,
            Event::Socket(SocketEvent::Entered {
                to: State::Closed,
                ..
            })
        )
    });
    assert_eq!(refused.count(), 0);
}

/// T59: a filter that answers with resets ends an established connection.
#[test]
fn reject_with_tcp_reset_ends_a_connection() {
    let mut plan = ideal("@0 connect a 9000 @0.2 reader a @1 send a 10");
    plan.faults = vec![fault(
        Effect::Reject(Refusal::TcpReset),
        Place::Link,
        0.5,
        60.0,
    )];
    let trace = run(plan);
    let reset = Returned::Error(SocketError::ConnectionReset);
    assert_eq!(returned(&trace, Call::Read), [(1_010, reset)]);
}
