//! TCP held against recorded real runs: loss, silence, resets, half-close, TIME-WAIT, delayed ACKs. Per host the same segments
//! in the same order, the same of them lost, each as long after what triggered it.

mod support;

use std::time::Duration;
use support::calls::sockets_plan;
use support::held::{self, lines};
use support::{Packet1, client, go_plan, recorded, request, server, simulated};
use whyeof_sim::net::fault::{Effect, Match, Place, When};
use whyeof_sim::plan::{FaultPlan, Plan};
use whyeof_sim::world::run;
use whyeof_trace::{
    Call, Event, Flags, FlowId, HostId, Method, RequestEvent, Returned, SocketEvent, Trace,
};

macro_rules! recording {
    ($name:literal) => {
        include_str!(concat!("recorded/", $name, ".jsonl"))
    };
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A fault that drops what matches, always.
fn drop(packets: Match, nth: u32, count: Option<u32>) -> FaultPlan {
    FaultPlan {
        name: String::new(),
        when: When::ALWAYS,
        packets,
        nth,
        count,
        effect: Effect::Drop,
        place: Place::Link,
    }
}

/// Everything is lost from a time on.
fn silence(from: Duration) -> FaultPlan {
    FaultPlan {
        name: String::new(),
        when: When::Between(from, None),
        ..drop(Match::default(), 1, None)
    }
}

fn from(host: u16) -> Match {
    Match {
        from: Some(HostId(host)),
        ..Match::default()
    }
}

/// Holds one connection of a run against the one of the same number in a recording.
fn check(trace: &Trace, recording: &str, conn: u32, until: f64) {
    held::check(trace, conn - 1, recording, conn, until);
}

/// What the calls on one socket returned, in order, as `recv 10`, `send EPIPE`.
fn returned(trace: &Trace, flow: u32, host: u16) -> Vec<String> {
    let of_flow = trace.of_flow(FlowId(flow));
    let results = of_flow.filter_map(|r| match r.event {
        Event::Socket(SocketEvent::Returned { call, result, .. }) if r.host == HostId(host) => {
            let name = match call {
                Call::Read => "recv",
                Call::Write { .. } => "send",
                Call::TakeError => "SO_ERROR",
                Call::Connect => "connect",
                _ => return None,
            };
            Some(match result {
                Returned::Bytes(n) => format!("{name} {n}"),
                Returned::EndOfStream => format!("{name} 0"),
                Returned::Done => format!("{name} ok"),
                Returned::Error(error) => format!("{name} {error}"),
            })
        }
        _ => None,
    });
    results.collect()
}

fn errors(trace: &Trace) -> Vec<&str> {
    let texts = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(RequestEvent::Failed { text, .. }) => Some(trace.text(text)),
        _ => None,
    });
    texts.collect()
}

#[test]
fn r11a_close_with_unread_data_resets() {
    let trace = run(sockets_plan(
        "@0 connect a 9000 @0.1 send a 100 @0.15 reader a @1 send a 10 @1.2 info a",
        "@-1 listen 9000 @-1 accept a @0.5 info a @0.6 close a",
    ));
    check(&trace, recording!("11a-close-with-unread"), 1, 9.0);
    let results = returned(&trace, 0, 0);
    let seen = ["connect ok", "recv ECONNRESET", "send EPIPE", "SO_ERROR ok"];
    assert_eq!(results, seen);
}

#[test]
fn r11b_linger_zero_resets_after_the_data() {
    let trace = run(sockets_plan(
        "@0 connect a 9000 @0 reader a @0.1 connect b 9000 @0.2 connect c 9000 @0.9 info b @1 read b @1.1 read b \
         @1.2 send b 5 @1.3 send a 5 @1.4 read c @1.45 read c @1.5 read c @1.55 send c 5",
        "@-1 listen 9000 @-1 accept a @-1 accept b @-1 accept c @0.3 send b 50 @0.3 send c 50 @0.5 linger0 a \
         @0.5 close a @0.6 linger0 b @0.6 close b @0.7 linger0 c @0.7 close c",
    ));
    for conn in 1..=3 {
        check(&trace, recording!("11b-linger0"), conn, 9.0);
    }
}

#[test]
fn r11c_closed_port_and_black_hole() {
    let mut plan = sockets_plan("@0 connect a 9999 @0.5 connect b 9998", "");
    plan.faults = vec![drop(
        Match {
            port: Some(9998),
            ..Match::default()
        },
        1,
        None,
    )];
    let trace = run(plan);
    check(&trace, recording!("11c-connect-closed-port"), 1, 999.0);
    check(&trace, recording!("11c-connect-closed-port"), 2, 999.0);
    assert_eq!(returned(&trace, 0, 0), ["connect ECONNREFUSED"]);
    assert_eq!(returned(&trace, 1, 0), ["connect ETIMEDOUT"]);
}

#[test]
fn r11d_data_to_a_closed_socket() {
    let trace = run(sockets_plan(
        "@0 connect a 9000 @1 info a @1 send a 10 @1.002 send a 10 @1.1 info a @1.2 send a 10 @1.3 read a @1.4 read a",
        "@-1 listen 9000 @-1 accept a @0.5 close a",
    ));
    check(&trace, recording!("11d-data-to-closed"), 1, 9.0);
}

#[test]
fn r11f_half_close_and_an_orphan_that_expires() {
    let trace = run(sockets_plan(
        "@0 connect a 9000 @0.1 connect b 9000 @0.2 reader a @0.7 send a 10 @1.2 send a 10 @2 send a 10 @2.2 send a 10 \
         @70 send b 10 @70.1 read b @70.2 send b 10",
        "@-1 listen 9000 @-1 accept a @-1 accept b @0.5 shut a @0.5 close b @1 read a @1.5 close a",
    ));
    check(&trace, recording!("11f-half-close"), 1, 99.0);
    check(&trace, recording!("11f-half-close"), 2, 99.0);
}

#[test]
fn r15k_a_port_is_used_again() {
    let trace = run(sockets_plan(
        "@0 connect a 9000 40001 @0.5 close a @1 connect b 9000 40001 @1.5 close b @2.2 connect c 9000 40001 @3 close c",
        "@-1 listen 9000 @-1 accept a @0.3 close a @-1 accept b @1.8 reader b @2 accept c @2 close c",
    ));
    for conn in 1..=3 {
        check(&trace, recording!("15k-time-wait"), conn, 9.0);
    }
}

#[test]
fn r15m_when_acks_go() {
    let trace = run(sockets_plan(
        "@0 connect a 9000 @0.2 send a 100 @0.5 send a 100 @0.8 send a 100 @1.5 send a 100 @1.8 send a 100 \
         @2.5 send a 3000 @3 send a 100 @3.5 send a 100",
        "@-1 listen 9000 @-1 accept a @-1 reader a @1 send a 100 @2 send a 100",
    ));
    check(&trace, recording!("15m-delayed-ack"), 1, 9.0);
}

#[test]
fn r10_keepalive_finds_a_dead_peer() {
    let mut plan = sockets_plan(
        "@0 connect r 9000 @0 ka r 5 2 3 @0 reader r @0 connect n 9000 @0 ka n 5 2 3 @0 connect u 9000 @0 ka u 5 2 3 \
         @0 utimeout u 7000 @0 reader u @0 connect d 9000 @0 ka d 5 2 3 @0 reader d @6 info r @8 send d 100 @14 info r \
         @14 info n @14 read n @14.1 send n 5 @14.2 read n @40 info d",
        "@-1 listen 9000 @-1 accept a @-1 accept b @-1 accept c @-1 accept d",
    );
    plan.faults = vec![silence(ms(1_000))];
    plan.until = ms(42_000);
    let trace = run(plan);
    for conn in 1..=4 {
        check(&trace, recording!("10-tcp-keepalive-dead-peer"), conn, 99.0);
    }
    let r = returned(&trace, 0, 0);
    assert_eq!(
        r,
        ["connect ok", "SO_ERROR ok", "recv ETIMEDOUT", "SO_ERROR ok"]
    );
    let n = returned(&trace, 1, 0);
    let seen = [
        "connect ok",
        "SO_ERROR ETIMEDOUT",
        "recv 0",
        "send EPIPE",
        "recv 0",
    ];
    assert_eq!(n, seen);
}

/// A Go client's POSTs at these milliseconds, each on the connection of the one before if it can.
fn go(posts: &[(&str, u64)], faults: Vec<FaultPlan>) -> Plan {
    let requests = posts.iter();
    let requests = requests.map(|(path, at)| request(Method::Post, path, ms(*at)));
    let mut plan = go_plan(requests.collect());
    plan.faults = faults;
    client(&mut plan, |c| c.timeout = None);
    server(&mut plan, |s| {
        s.read = None;
        s.read_header = None;
        s.idle = None;
    });
    plan
}

fn contains(text: &str, host: u16) -> Match {
    Match {
        contains: Some(text.to_owned()),
        ..from(host)
    }
}

/// Where on the grid of their timer wheels (one, for the recorded hosts shared a kernel) the run begins.
fn on_grid(plan: &mut Plan, phase: Duration) {
    for host in &mut plan.hosts {
        host.phase = phase;
    }
}

#[test]
fn r15a_a_request_is_lost_once() {
    let lost = drop(contains("/b", 0), 1, Some(1));
    let trace = run(go(&[("/a", 0), ("/b", 300), ("/c", 1_000)], vec![lost]));
    check(&trace, recording!("15a-request-lost-once"), 1, 1.011);
}

#[test]
fn r15b_a_request_is_lost_twice() {
    let lost = drop(contains("/b", 0), 1, Some(2));
    let trace = run(go(&[("/a", 0), ("/b", 300), ("/c", 2_000)], vec![lost]));
    check(&trace, recording!("15b-request-lost-twice"), 1, 2.0115);
}

#[test]
fn r15c_a_response_is_lost_once() {
    let lost = drop(contains("HTTP/1.1", 1), 2, Some(1));
    let mut plan = go(&[("/a", 0), ("/b", 300), ("/c", 1_000)], vec![lost]);
    // Both hosts' timers fired 0.56 ms after multiples of 4 ms.
    on_grid(&mut plan, Duration::from_micros(4_000 - 560));
    let trace = run(plan);
    check(&trace, recording!("15c-response-lost-once"), 1, 1.011);
}

#[test]
fn r15g_a_handshake_loses_each_of_its_segments() {
    let on = |flow: u32, host: u16| Match {
        flow: Some(FlowId(flow)),
        ..from(host)
    };
    let syn = Match {
        has: Flags::SYN,
        ..on(0, 0)
    };
    let syn_ack = Match {
        has: Flags::SYN.with(Flags::ACK),
        ..on(1, 1)
    };
    let ack = Match {
        data: Some(false),
        lacks: Flags::SYN,
        ..on(2, 0)
    };
    let faults = vec![
        drop(syn, 1, Some(2)),
        drop(syn_ack, 1, Some(1)),
        drop(ack, 1, Some(1)),
    ];
    let mut plan = go(&[("/a", 0)], faults);
    // SYNs and SYN-ACKs were sent again 8.27 ms after multiples of 32 ms.
    on_grid(&mut plan, Duration::from_micros(32_000 - 8_270));
    for (path, at) in [("/b", 500), ("/c", 800)] {
        // Clients of their own: pools of their own.
        plan.programs
            .push(go(&[(path, at)], Vec::new()).programs.remove(0));
    }
    let trace = run(plan);
    for conn in 1..=3 {
        check(&trace, recording!("15g-syn-lost"), conn, 2.078);
    }
}

#[test]
fn r08e_a_partition_for_ever() {
    let posts = [("/p", 100), ("/p", 5_100), ("/p", 10_100)];
    let mut plan = go(&posts, vec![silence(ms(5_400))]);
    plan.until = ms(1_200_000);
    let trace = run(plan);
    // The server was Node, whose responses are longer: the client's half is held against the recording, without the numbers
    // that it acknowledges.
    let client = |packets: Vec<Packet1>| -> Vec<Packet1> {
        let mine = packets.into_iter().filter(|p| p.from == "client");
        mine.map(|p| Packet1 { ack: 0, ..p }).collect()
    };
    let real = client(recorded(recording!("08e-partition-forever"), 3));
    let ours = client(simulated(&trace, 0));
    assert_eq!(lines(&ours, "client"), lines(&real, "client"));
    held::check_times(
        &trace,
        0,
        "client",
        &recorded(recording!("08e-partition-forever"), 3),
        &simulated(&trace, 0),
    );
    let lost = ours.iter().filter(|p| p.t_recv.is_none());
    assert_eq!(lost.count(), 17);
    assert!(ours.iter().all(|p| !p.flags.contains('R')), "no reset");
    let error = r#"Post "http://10.99.0.2:8080/p": read tcp 10.99.0.1:32768->10.99.0.2:8080: read: connection timed out"#;
    assert_eq!(errors(&trace), [error]);
}

/// A data segment of a large response: when (s), seq, len.
type Sent = (f64, u32, u32);

fn segments(text: &str) -> Vec<Sent> {
    let line = |line: &str| {
        let mut words = line.split(' ').map(|w| w.parse::<u32>().unwrap_or(0));
        let mut next = || words.next().expect("three numbers");
        (f64::from(next()) / 1e6, next(), next())
    };
    text.lines().map(line).collect()
}

/// What was sent again, and the end of the data; everything else must have been sent in order, without a gap.
fn again_and_end(sent: &[Sent]) -> (Vec<(u32, u32)>, u32) {
    let mut next = 1;
    let mut again = Vec::new();
    for (_, seq, len) in sent {
        if *seq == next {
            next += len;
        } else {
            assert!(seq + len <= next, "a gap before {seq}");
            again.push((*seq, *len));
        }
    }
    (again, next)
}

/// Round trips that the data took: pauses of more than half of one begin another flight.
fn flights(sent: &[Sent]) -> usize {
    1 + sent.windows(2).filter(|w| w[1].0 - w[0].0 > 0.005).count()
}

/// DESIGN §3: in bulk, order and bytes acknowledged; also what was sent again. `flights`: how many more or fewer round trips it may take; ACKs depend on
/// when the program reads, which no recording says.
fn check_bulk(recording: &str, faults: Vec<FaultPlan>, slack: usize) {
    let mut plan = go(&[], faults);
    client(&mut plan, |c| {
        c.workloads = vec![request(Method::Get, "/b?n=1048576", Duration::ZERO)];
    });
    server(&mut plan, |s| s.handler.body = 1 << 20);
    let trace = run(plan);
    let ours = simulated(&trace, 0);
    let from_server = ours.iter().filter(|p| p.from == "server" && p.len > 0);
    let sent: Vec<Sent> = from_server.map(|p| (p.t_send, p.seq, p.len)).collect();
    let real = segments(recording);
    assert_eq!(again_and_end(&sent), again_and_end(&real));
    let acks = ours.iter().filter(|p| p.from == "client").map(|p| p.ack);
    assert_eq!(acks.max(), Some(again_and_end(&real).1));
    let (a, b) = (flights(&sent), flights(&real));
    assert!(a.abs_diff(b) <= slack, "{a} flights, recorded {b}");
}

#[test]
fn r15n_a_large_response_takes_as_many_flights() {
    check_bulk(
        include_str!("recorded/15n-large-response.segments"),
        Vec::new(),
        0,
    );
}

/// No recording is that long: 15n's order and bytes, a hundred times as many.
#[test]
fn a_hundred_megabytes_arrive_whole_and_in_order() {
    const BODY: u32 = 100 << 20;
    let mut plan = go(&[], Vec::new());
    client(&mut plan, |c| {
        c.workloads = vec![request(Method::Get, "/b", Duration::ZERO)];
    });
    server(&mut plan, |s| s.handler.body = BODY);
    let trace = run(plan);
    let ours = simulated(&trace, 0);
    let from_server = ours.iter().filter(|p| p.from == "server" && p.len > 0);
    let sent: Vec<Sent> = from_server.map(|p| (p.t_send, p.seq, p.len)).collect();
    let (again, end) = again_and_end(&sent);
    let head = end - 1 - BODY;
    assert!(again.is_empty() && (50..200).contains(&head), "{head}");
    // Nearly all of them are full: 1,448 bytes with timestamps.
    assert!((72_417..73_000).contains(&sent.len()), "{}", sent.len());
    let acks = ours.iter().filter(|p| p.from == "client").map(|p| p.ack);
    assert_eq!(acks.max(), Some(end));
    assert!(trace.records.len() < 200_000, "{}", trace.records.len());
    assert!(errors(&trace).is_empty());
}

/// The window that the client of 15n offered with each ACK of its first flight.
const WINDOWS: [u32; 10] = [
    67_584, 70_656, 73_728, 76_800, 75_776, 74_752, 73_728, 72_704, 71_680, 70_656,
];

#[test]
fn r15n_the_window_is_told_as_recorded() {
    let mut plan = go(&[], Vec::new());
    client(&mut plan, |c| {
        c.workloads = vec![request(Method::Get, "/b?n=1048576", Duration::ZERO)];
    });
    server(&mut plan, |s| s.handler.body = 1 << 20);
    let ours = simulated(&run(plan), 0);
    let acks = ours.iter().filter(|p| p.from == "client" && p.ack > 1);
    let windows: Vec<u32> = acks.map(|p| p.win).take(WINDOWS.len()).collect();
    assert_eq!(windows, WINDOWS);
}

#[test]
fn r15o_one_loss_in_a_large_response_is_repaired_once() {
    let sixtieth = Match {
        data: Some(true),
        ..from(1)
    };
    let lost = drop(sixtieth, 60, Some(1));
    check_bulk(
        include_str!("recorded/15o-large-response-one-loss.segments"),
        vec![lost],
        1,
    );
}
