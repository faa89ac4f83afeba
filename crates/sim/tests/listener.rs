//! Listeners with more than one connection: the accept queue, its overflow, SYN cookies, the listener's end
//! (linux-tcp §1.4, §8.1 T36 and T65). Ideal timers, RTT 10 ms.

mod support;

use std::time::Duration;
use support::calls::{another_client, sockets_plan};
use support::simulated;
use whyeof_sim::kernel::timer_wheel::Hz;
use whyeof_sim::plan::Plan;
use whyeof_sim::world::run;
use whyeof_trace::{Event, SocketEvent, State, Trace};

/// What both ends of a connection sent, as `410 client PA 1+10 ack 1`, until a time (ms).
fn ladder(trace: &Trace, flow: u32, until: u64) -> Vec<String> {
    let packets = simulated(trace, flow).into_iter();
    let lines = packets.filter_map(|p| {
        let ms = (p.t_send * 1_000.0).round() as u64;
        let line = format!(
            "{ms} {} {} {}+{} ack {}",
            p.from, p.flags, p.seq, p.len, p.ack
        );
        (ms <= until).then_some(line)
    });
    lines.collect()
}

fn ideal(client: &str, server: &str) -> Plan {
    let mut plan = sockets_plan(client, server);
    for host in &mut plan.hosts {
        host.hz = Hz::Ideal;
    }
    plan.until = Duration::from_secs(20);
    plan
}

/// Three connections wait in a queue for three and one; two more come at once. The second of them stays a request, though its
/// client believes to be connected, until its sixth copy of the data finds room.
fn overflow() -> Plan {
    let mut plan = ideal(
        "@0 connect a 9000 @0 connect b 9000 @0 connect c 9000 @0.1 connect d 9000",
        "@-1 listen 9000 3 @4.1 accept a",
    );
    another_client(&mut plan, "@0.1001 connect e 9000 @0.3 send e 10");
    plan
}

/// T36.
#[test]
fn a_full_queue_ignores_the_final_ack() {
    let trace = run(overflow());
    let e = ladder(&trace, 4, 7_200);
    assert_eq!(
        e,
        [
            "100 client S 0+0 ack 0",
            "105 server SA 0+0 ack 1",
            "110 client A 1+0 ack 1",
            "300 client PA 1+10 ack 1",
            // the probe of a lone segment is as late as its timeout
            "510 client PA 1+10 ack 1",
            "720 client PA 1+10 ack 1",
            "1105 server SA 0+0 ack 1",
            "1110 client A 11+0 ack 1",
            "1140 client PA 1+10 ack 1",
            "1980 client PA 1+10 ack 1",
            "3105 server SA 0+0 ack 1",
            "3110 client A 11+0 ack 1",
            "3660 client PA 1+10 ack 1",
            // accept() made room at 4.1 s
            "7020 client PA 1+10 ack 1",
            "7025 server A 1+0 ack 11",
        ]
    );
}

/// T36 with `tcp_abort_on_overflow`.
#[test]
fn or_it_resets_if_told_to() {
    let mut plan = overflow();
    plan.hosts[1].sysctl.tcp_abort_on_overflow = true;
    let e = ladder(&run(plan), 4, 7_200);
    assert_eq!(
        e,
        [
            "100 client S 0+0 ack 0",
            "105 server SA 0+0 ack 1",
            "110 client A 1+0 ack 1",
            "115 server R 1+0 ack 0",
        ]
    );
}

/// §1.4: a queue holds one more than its backlog; then SYNs are dropped, and the client sends them again.
#[test]
fn a_full_queue_takes_no_syn() {
    let plan = ideal(
        "@0 connect a 9000 @0 connect b 9000 @0.1 connect c 9000",
        "@-1 listen 9000 1 @1.5 accept a",
    );
    let c = ladder(&run(plan), 2, 3_000);
    assert_eq!(
        c,
        [
            "100 client S 0+0 ack 0",
            "1100 client S 0+0 ack 0",
            "2100 client S 0+0 ack 0",
            "2105 server SA 0+0 ack 1",
            "2110 client A 1+0 ack 1",
        ]
    );
}

/// §1.4: with a backlog of 0 every SYN is answered by a cookie, whose SYN-ACK is never sent again.
#[test]
fn a_cookie_is_sent_once() {
    let mut plan = ideal("@0 connect a 9000", "@-1 listen 9000 0");
    plan.faults = vec![support::drop_final_ack()];
    let a = ladder(&run(plan.clone()), 0, 5_000);
    assert_eq!(
        a,
        [
            "0 client S 0+0 ack 0",
            "5 server SA 0+0 ack 1",
            "10 client A 1+0 ack 1"
        ]
    );
    plan.hosts[1].sysctl.tcp_syncookies = false;
    let a = ladder(&run(plan), 0, 1_500);
    assert_eq!(
        a[3..],
        ["1005 server SA 0+0 ack 1", "1010 client A 1+0 ack 1"]
    );
}

/// T65, and requests are forgotten in silence.
#[test]
fn closing_a_listener_resets_what_waits() {
    let mut plan = ideal(
        "@0 connect a 9000 @0.1 send a 10 @0.3 send a 10 @0.31 connect b 9000",
        "@-1 listen 9000 @0.2 unlisten 9000",
    );
    plan.until = Duration::from_secs(2);
    let trace = run(plan);
    let a = ladder(&trace, 0, 2_000);
    assert_eq!(
        a[3..],
        [
            "100 client PA 1+10 ack 1",
            "105 server A 1+0 ack 11",
            "200 server RA 1+0 ack 11",
        ]
    );
    assert_eq!(ladder(&trace, 1, 2_000)[1], "315 server RA 0+0 ack 1");
}

/// TIME-WAIT has room for `tcp_max_tw_buckets`; the next one closes at once, and what comes later is reset.
#[test]
fn time_wait_has_its_bounds() {
    let ends = "@0 connect a 9000 @0.1 close a @0.2 connect b 9000 @0.3 close b";
    let serves =
        "@-1 listen 9000 @-1 accept a @-1 read a @-1 close a @-1 accept b @-1 read b @-1 close b";
    let closed = |buckets: u32| {
        let mut plan = ideal(ends, serves);
        plan.hosts[0].sysctl.tcp_max_tw_buckets = buckets;
        let trace = run(plan);
        let waits = trace.records.iter().filter(|r| {
            matches!(
                r.event,
                Event::Socket(SocketEvent::Entered {
                    from: State::TimeWait,
                    ..
                })
            )
        });
        waits
            .map(|r| r.time.nanos() / 1_000_000)
            .collect::<Vec<_>>()
    };
    assert_eq!(closed(2), [] as [u64; 0]);
    assert_eq!(closed(1), [310]);
}
