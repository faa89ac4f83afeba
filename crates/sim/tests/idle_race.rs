//! The race that the project was born from: a request around the end of an idle connection, gap by gap.
//!
//! What a request must come to is read from the trace's own facts (when it arrived, when the server's timer fired, when the FIN
//! left and when the client noticed), and the edges between the classes lie where ground-truth §2 has them.

mod support;

use std::time::Duration;
use support::race::{Class, Met, class, class_in, ms};
use support::{client, deadline, go_plan, request, server};
use whyeof_sim::http::client::pool::Reuse;
use whyeof_sim::plan::{Deadline, Plan};
use whyeof_sim::recorder::Outcome;
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::{
    Event, Failure, Flags, FlowId, Method, Packet, PoolEvent, RequestId, SegmentEvent, Side, Time,
    TimerEvent, TimerKind, Trace,
};

const LIMIT: Duration = Duration::from_secs(10);
const FIRST: RequestId = RequestId(0);
const SECOND: RequestId = RequestId(1);

/// Two requests; the second is written this long after the first was (the client's medians taken into account).
fn pair(method: Method, gap: Duration, rtt: Duration) -> Plan {
    let first = Duration::from_micros(230 + 302) + rtt;
    let second = first + gap - Duration::from_micros(212);
    let mut plan = go_plan(vec![
        request(method, "/ingest", Duration::ZERO),
        request(method, "/ingest", second),
    ]);
    plan.one_way = rtt / 2;
    plan.until = gap + Duration::from_secs(3);
    plan
}

/// Gaps from 12 ms below the limit to `above` over it.
fn gaps(above: Duration, step: Duration) -> impl Iterator<Item = Duration> {
    let from = LIMIT - Duration::from_millis(12);
    (0u32..)
        .map(move |n| from + step * n)
        .take_while(move |gap| *gap <= LIMIT + above)
}

fn ended(plan: Plan) -> Vec<Outcome> {
    outcomes(plan).0.requests
}

/// The first gap in `(low, high]` whose class is beyond `class`, to the nanosecond; the classes come in their order.
fn edge(
    class_of: impl Fn(Duration) -> Class,
    class: Class,
    low: Duration,
    high: Duration,
) -> Duration {
    let (mut low, mut high) = (low, high);
    while high - low > Duration::from_nanos(1) {
        let middle = low + (high - low) / 2;
        if class_of(middle) > class {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// A POST's class is what its arrival says, at every gap; the classes come in this order and every one does come.
#[test]
fn a_post_ends_as_its_arrival_says() {
    for rtt in [2, 10, 50].map(Duration::from_millis) {
        let mut order = Vec::new();
        for gap in gaps(rtt + Duration::from_millis(2), Duration::from_micros(50)) {
            let trace = run(pair(Method::Post, gap, rtt));
            let met = Met::of(&trace, SECOND);
            let class = class_in(&trace, SECOND);
            assert_eq!(class, met.expected(), "gap {} ms: {met:?}", ms(gap));
            if order.last() != Some(&class) {
                order.push(class);
            }
        }
        assert_eq!(
            order,
            [
                Class::Old,
                Class::Reset,
                Class::Eof,
                Class::Retry,
                Class::New
            ],
            "RTT {} ms",
            ms(rtt)
        );
    }
}

/// ground-truth §2: the window is one RTT and the client's wake-up wide; its first moment, from the timer's firing to
/// close(2), is the rare reset (2 of 374 recorded failures).
#[test]
fn the_window_is_a_round_trip_and_a_wake_up_wide() {
    for rtt in [2, 10, 50].map(Duration::from_millis) {
        let class_of = |gap| class(&ended(pair(Method::Post, gap, rtt))[1]);
        let (low, high) = (
            LIMIT - rtt - Duration::from_millis(10),
            LIMIT + rtt + Duration::from_millis(10),
        );
        let opens = edge(class_of, Class::Old, low, high);
        let ends_reset = edge(class_of, Class::Reset, low, high);
        let closes = edge(class_of, Class::Eof, low, high);
        let (close, notice) = (Duration::from_micros(50), Duration::from_micros(97));
        let tie = Duration::from_nanos(1);
        assert!(
            ends_reset - opens - close <= tie,
            "before close(2): {:?}",
            ends_reset - opens
        );
        let width = closes - opens;
        assert!(
            width - (rtt + close + notice) <= tie,
            "the whole window: {width:?}"
        );
        // In the client's time the window begins about a millisecond after the limit: the server's clock starts with its
        // answer, and its timer is late (recorded: +1 to +11 ms at RTT 10).
        assert!(
            (950..1_100).contains(&(opens - LIMIT).as_micros()),
            "{opens:?}"
        );
    }
}

/// The same window, for what Go sends again by itself: nobody sees it but by the time it takes, and it runs once.
#[test]
fn a_get_and_a_keyed_post_are_sent_again_silently() {
    let rtt = Duration::from_millis(10);
    for (method, keyed) in [(Method::Get, Key::Absent), (Method::Post, Key::Sent)] {
        let mut sent_again = 0;
        for gap in gaps(Duration::from_millis(13), Duration::from_micros(250)) {
            let mut plan = pair(method, gap, rtt);
            if keyed == Key::Sent {
                let key = ("Idempotency-Key".to_owned(), "abc".to_owned());
                client(&mut plan, |c| c.workloads[1].headers.push(key));
            }
            let trace = run(plan);
            let second = class_in(&trace, SECOND);
            let expected = match Met::of(&trace, SECOND).expected() {
                Class::Reset | Class::Eof => Class::Retry,
                class => class,
            };
            assert_eq!(second, expected, "gap {} ms", ms(gap));
            let life = trace.life(SECOND).expect("started");
            let retried = second == Class::Retry;
            assert_eq!(life.attempts, if retried { 2 } else { 1 });
            assert_eq!(
                life.executed,
                1,
                "gap {} ms: the first attempt met no program",
                ms(gap)
            );
            sent_again += u32::from(retried);
        }
        assert!(
            (40..=42).contains(&sent_again),
            "{sent_again} gaps of 0.25 ms"
        );
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Absent,
    Sent,
}

/// Who sent the first FIN of a connection.
fn first_fin(trace: &Trace, flow: FlowId) -> Option<Side> {
    trace.of_flow(flow).find_map(|r| match r.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.flags.has(Flags::FIN) => {
            Some(s.from)
        }
        _ => None,
    })
}

/// 02b, recorded with 2.9 s against 3 s: the client closes first and never fails; 81 of 81.
#[test]
fn a_client_that_closes_first_never_fails() {
    for gap in
        gaps(Duration::from_millis(12), Duration::from_millis(1)).chain([Duration::from_secs(5)])
    {
        let mut plan = pair(Method::Post, gap, Duration::from_millis(10));
        client(&mut plan, |c| c.pool.idle_timeout = deadline(9));
        let trace = run(plan);
        let early = gap < Duration::from_secs(9);
        let expected = if early { Class::Old } else { Class::New };
        assert_eq!(class_in(&trace, SECOND), expected, "gap {} ms", ms(gap));
        if !early {
            assert_eq!(first_fin(&trace, FlowId(0)), Some(Side::Opener));
            assert_eq!(trace.life(SECOND).expect("started").attempts, 1);
        }
    }
}

/// Recorded: DisableKeepAlives asks for `Connection: close`, and the server closes first, right behind its response.
#[test]
fn without_keep_alive_every_request_has_its_own_connection() {
    let mut plan = pair(
        Method::Post,
        LIMIT + Duration::from_millis(5),
        Duration::from_millis(10),
    );
    client(&mut plan, |c| c.pool.reuse = Reuse::Never);
    let trace = run(plan);
    assert_eq!(trace.flows.len(), 2);
    for (request, flow) in [(FIRST, FlowId(0)), (SECOND, FlowId(1))] {
        assert_eq!(class_in(&trace, request), Class::New);
        assert_eq!(first_fin(&trace, flow), Some(Side::Listener));
    }
    let heads: Vec<&str> = trace.messages.iter().map(|m| trace.text(m.head)).collect();
    assert_eq!(heads.len(), 4);
    assert!(
        heads
            .iter()
            .all(|h| h.contains("\r\nConnection: close\r\n")),
        "{heads:?}"
    );
}

/// IdleTimeout 30 s: ten seconds are safe now (02: 108 of 108 on the first connection), and thirty are not.
#[test]
fn a_longer_idle_timeout_moves_the_window() {
    let at = |gap: Duration| {
        let mut plan = pair(Method::Post, gap, Duration::from_millis(10));
        server(&mut plan, |s| s.idle = deadline(30));
        class(&ended(plan)[1])
    };
    for gap in gaps(Duration::from_millis(12), Duration::from_millis(1)) {
        assert_eq!(at(gap), Class::Old, "gap {} ms", ms(gap));
    }
    assert_eq!(at(Duration::from_millis(30_005)), Class::Eof);
}

/// runtimes §1.3 step 5, §1.4: the second of two requests waits for the only connection and is handed it; it is never idle.
#[test]
fn one_connection_serves_two_requests_in_turn() {
    let at = Duration::from_millis(100);
    let mut plan = go_plan(vec![
        request(Method::Post, "/a", at),
        request(Method::Post, "/b", at),
    ]);
    client(&mut plan, |c| c.pool.max_per_host = Some(1));
    plan.until = Duration::from_secs(1);
    let trace = run(plan);
    assert_eq!(trace.flows.len(), 1);
    assert_eq!(class_in(&trace, FIRST), Class::New);
    assert_eq!(class_in(&trace, SECOND), Class::Old);
    let pool: Vec<PoolEvent> = trace
        .records
        .iter()
        .filter_map(|r| match r.event {
            Event::Pool(event) => Some(event),
            _ => None,
        })
        .collect();
    let [
        PoolEvent::Wait { request: waits },
        PoolEvent::Dial { request: dials, .. },
        PoolEvent::Checkout { request: first, .. },
        PoolEvent::Checkout {
            request: second,
            idle_for,
            ..
        },
        PoolEvent::Park { .. },
    ] = pool[..]
    else {
        panic!("{pool:?}")
    };
    assert_eq!(
        [waits, dials, first, second],
        [SECOND, FIRST, FIRST, SECOND]
    );
    assert_eq!(idle_for, Duration::ZERO);
}

fn slow(plan: &mut Plan, think: Duration) {
    server(plan, |s| s.handler.think = think);
}

fn failure(outcome: &Outcome) -> Option<Failure> {
    outcome.failure.map(|(failure, _)| failure)
}

/// runtimes §1.6, §1.8: Client.Timeout covers everything, is not retried, and closes the connection under the handler.
#[test]
fn a_client_that_runs_out_of_time_closes() {
    let mut plan = go_plan(vec![request(Method::Get, "/slow", Duration::ZERO)]);
    slow(&mut plan, Duration::from_secs(5));
    client(&mut plan, |c| c.timeout = deadline(1));
    plan.until = Duration::from_secs(8);
    let trace = run(plan.clone());
    assert_eq!(first_fin(&trace, FlowId(0)), Some(Side::Opener));
    let outcome = ended(plan)[0];
    assert_eq!(failure(&outcome), Some(Failure::Timeout));
    let took = outcome.ended.expect("it ended").since(outcome.started);
    assert_eq!(
        took,
        Duration::from_micros(1_000_500),
        "the timer's usual lateness"
    );
    assert_eq!((outcome.attempts, outcome.executed), (1, 1));
}

/// runtimes §1.6: once the head is there, the time runs out in Body.Read, which words it otherwise. 100 kB take five round trips.
#[test]
fn what_was_read_decides_how_running_out_of_time_is_worded() {
    for (rtt, expected) in [
        (Duration::from_millis(600), Failure::Timeout),
        (Duration::from_millis(300), Failure::TimeoutInBody),
    ] {
        let mut plan = go_plan(vec![request(Method::Get, "/large", Duration::ZERO)]);
        plan.one_way = rtt / 2;
        server(&mut plan, |s| s.handler.body = 100_000);
        client(&mut plan, |c| c.timeout = deadline(1));
        let outcome = ended(plan)[0];
        assert_eq!(failure(&outcome), Some(expected), "{rtt:?}");
        assert_eq!((outcome.attempts, outcome.executed), (1, 1), "{rtt:?}");
    }
}

/// runtimes §12.3, run: WriteTimeout does not interrupt the handler; at its end the connection is closed without an answer. A
/// fresh connection's failure is final, whatever the method.
#[test]
fn a_handler_that_overruns_write_timeout_is_not_heard() {
    for method in [Method::Get, Method::Post] {
        let mut plan = go_plan(vec![request(method, "/a", Duration::ZERO)]);
        slow(&mut plan, Duration::from_secs(2));
        server(&mut plan, |s| s.write = deadline(1));
        plan.until = Duration::from_secs(9);
        let outcome = ended(plan)[0];
        assert_eq!(failure(&outcome), Some(Failure::EndOfStream));
        assert_eq!((outcome.attempts, outcome.executed), (1, 1));
        let end = outcome.ended.expect("it ended").since(Time::ZERO);
        assert!(
            (2_015..2_025).contains(&end.as_millis()),
            "at the handler's end: {end:?}"
        );
    }
}

/// runtimes §12.2 step 4: once the request is read no read deadline is in force, so ReadTimeout does not touch a slow handler.
#[test]
fn read_timeout_leaves_a_slow_handler_alone() {
    let mut plan = go_plan(vec![request(Method::Post, "/a", Duration::ZERO)]);
    slow(&mut plan, Duration::from_secs(9));
    server(&mut plan, |s| s.read = deadline(1));
    assert_eq!(class(&ended(plan)[0]), Class::New);
}

/// Whether the server's answer went out before it had the whole request: then it closes behind the answer.
fn is_cut(plan: Plan) -> bool {
    let trace = run(plan);
    let lingers = |r: &whyeof_trace::Record| {
        let Event::Timer(TimerEvent::Set { timer, .. }) = r.event else {
            return false;
        };
        timer.kind == TimerKind::Linger
    };
    assert_eq!(class_in(&trace, RequestId(0)), Class::New, "it is answered");
    trace.records.iter().any(lingers)
}

/// runtimes §12.2 steps 1 and 2, §12.3: a first request's time runs from accept(2). Of a body that takes longer the handler
/// hears an error; what it answers goes out with `Connection: close` (recorded in 12).
#[test]
fn read_timeout_ends_a_body_that_takes_too_long() {
    let ends = |limit: Duration| {
        let mut plan = go_plan(vec![request(Method::Post, "/a", Duration::ZERO)]);
        plan.one_way = Duration::from_millis(100);
        client(&mut plan, |c| c.workloads[0].body = 100_000);
        server(&mut plan, |s| {
            s.read = Some(Deadline {
                after: limit,
                setting: None,
            });
        });
        is_cut(plan)
    };
    // 100 kB are 70 segments: 10, 20 and 40, a round trip of 200 ms apart.
    assert!(!ends(Duration::from_millis(1_400)));
    assert!(ends(Duration::from_millis(300)));
}

/// A deadline that passes in the moment between data and its reading spares what has come, not what is still to come.
#[test]
fn no_body_slips_past_its_deadline() {
    let us = Duration::from_micros;
    for n in 0..200 {
        // Segments arrive each 200 ms, a read every time some 67 µs later.
        let mut plan = go_plan(vec![request(Method::Post, "/a", Duration::ZERO)]);
        plan.one_way = Duration::from_millis(100);
        client(&mut plan, |c| c.workloads[0].body = 100_000);
        server(&mut plan, |s| {
            s.read = Some(Deadline {
                after: us(199_000) + us(10) * n,
                setting: None,
            });
        });
        assert!(is_cut(plan), "{n}");
    }
}

/// transport.go `queueForIdleConn` looks at the clock too: a timer that is late lets no old connection through.
#[test]
fn an_idle_connection_is_not_taken_after_its_time() {
    for late in [1, 100, 400, 600].map(Duration::from_micros) {
        let mut plan = go_plan(vec![request(Method::Post, "/a", Duration::ZERO)]);
        client(&mut plan, |c| c.pool.idle_timeout = deadline(9));
        let parked = ended(plan.clone())[0].ended.expect("answered");
        let start = parked.since(Time::ZERO) + Duration::from_secs(9) + late;
        client(&mut plan, |c| {
            c.workloads.push(request(Method::Post, "/b", start))
        });
        let trace = run(plan);
        assert_eq!(class_in(&trace, SECOND), Class::New, "{late:?} late");
        assert_eq!(first_fin(&trace, FlowId(0)), Some(Side::Opener));
    }
}
