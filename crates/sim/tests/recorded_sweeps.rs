//! Every request of five recorded sweeps around the end of an idle connection, held against the engine: 855 requests.
//!
//! A sweep's pool sends its next request a period after the one before, so that it meets the server's idle limit. Each recorded
//! request gets a run of its own, in which the response before it leaves at the recorded moment, for that starts the idle clock.
//! Go's timers are late by 0.1 to 1.4 ms (ground-truth §2), the run's by their median; so what lies within 0.5 ms of an edge, in the
//! recording or in the run, may have the outcome of either side and is counted apart. So is what met a standstill of the
//! recording machine (ground-truth §0).

mod support;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use support::race::{Class, class_in};
use support::{deadline, go_plan, request, server};
use whyeof_sim::world::run;
use whyeof_trace::{Event, Method, Packet, RequestId, SegmentEvent, Side, Time, Trace};

const IDLE_RACE: &str = include_str!("recorded/01-go-idle-race.requests");
const GO_1_19: &str = include_str!("recorded/01b-go119-idle-race.requests");
const EDGE_FINE: &str = include_str!("recorded/01c-edge-fine.requests");
const IDLE_30S: &str = include_str!("recorded/02-go-idle-30s.requests");
const IDEMPOTENCY_KEY: &str = include_str!("recorded/01f-idempotency-key.requests");

/// From the caller's call to the arrival of the request's first byte, RTT 10 ms: the client's median and the link.
const TRIP: Duration = Duration::from_micros(5_212);
/// How late the server's FIN is: median of the timer, and the moment to close(2).
const LATE: Duration = Duration::from_micros(800);
const ROUND_TRIP: Duration = Duration::from_millis(10);
const NEAR: Duration = Duration::from_micros(500);
/// Where a recorded answer or FIN lies further than this from ours, the recording machine stood still for a moment
/// (ground-truth §0), and with it the server's idle clock.
const STALLED: Duration = Duration::from_micros(1_500);

/// A recorded request.
#[derive(Clone, Copy, Debug)]
struct Recorded {
    start: Time,
    /// When the server closed the connection that the pool had.
    fin: Option<Time>,
    answered: Option<Time>,
    class: Class,
}

/// A recorded pool: its method and its requests.
struct Pool {
    name: String,
    method: Method,
    requests: Vec<Recorded>,
}

fn time(text: &str) -> Option<Time> {
    text.parse().ok().map(Time::from_micros)
}

fn pools(text: &str) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [start, fin, answered, class] = words[..] else {
            let get = line.starts_with("GET");
            pools.push(Pool {
                name: line.to_owned(),
                method: if get { Method::Get } else { Method::Post },
                requests: Vec::new(),
            });
            continue;
        };
        let class = match class {
            "new" => Class::New,
            "old" => Class::Old,
            "retry" => Class::Retry,
            "EOF" => Class::Eof,
            "reset" => Class::Reset,
            _ => panic!("{class}"),
        };
        let request = Recorded {
            start: time(start).expect("a start"),
            fin: time(fin),
            answered: time(answered),
            class,
        };
        pools
            .last_mut()
            .expect("a pool comes first")
            .requests
            .push(request);
    }
    pools
}

/// Distance of a request's arrival from the nearer edge of the window that opens with the server's FIN.
fn distance(start: Time, fin: Time) -> Duration {
    let arrival = start + TRIP;
    apart_by(arrival, fin).min(apart_by(arrival, fin + ROUND_TRIP))
}

fn apart_by(a: Time, b: Time) -> Duration {
    a.since(b).max(b.since(a))
}

#[derive(Default)]
struct Count {
    requests: u32,
    equal: BTreeMap<Class, u32>,
    near: u32,
    stalled: u32,
    wrong: Vec<String>,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests,
            equal,
            near,
            stalled,
            ..
        } = self;
        let sum: u32 = equal.values().sum();
        write!(
            f,
            "{requests} requests: {sum} equal {equal:?}, {near} near an edge, {stalled} in a standstill"
        )
    }
}

/// What the engine makes of a request, where the connection before it was last answered at this moment.
struct Simulated {
    class: Class,
    /// When the server's FIN left, or would have.
    fin: Option<Time>,
    answered: Option<Time>,
}

/// How long after its start a first request is answered, in a run.
fn first_answer() -> Duration {
    let plan = go_plan(vec![request(Method::Post, "/", Duration::ZERO)]);
    answers(&run(plan))[0].since(Time::ZERO)
}

fn answers(trace: &Trace) -> Vec<Time> {
    let sent = trace.records.iter().filter(|r| match &r.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) => s.from == Side::Listener && s.len > 0,
        _ => false,
    });
    sent.map(|r| r.time).collect()
}

fn simulate(method: Method, recorded: Recorded, before: Option<Time>, limit: Limit) -> Simulated {
    let lead = before.map(|answered| answered - first_answer());
    let zero = lead.unwrap_or(recorded.start);
    let mut requests: Vec<_> = [lead, Some(recorded.start)]
        .into_iter()
        .flatten()
        .map(|start| request(method, "/p?off=-8.00&r=0", start.since(zero)))
        .collect();
    if limit.key == Key::Sent {
        for request in &mut requests {
            let key = ("Idempotency-Key".to_owned(), "abc".to_owned());
            request.headers.push(key);
        }
    }
    let count = requests.len();
    let mut plan = go_plan(requests);
    server(&mut plan, |s| {
        s.read = deadline(limit.read);
        s.read_header = deadline(limit.read);
        s.idle = deadline(limit.idle);
    });
    plan.until = recorded.start.since(zero) + Duration::from_secs(1);
    let trace = run(plan);
    let last = RequestId(u32::try_from(count - 1).expect("one or two"));
    let recorded_clock = |t: Time| zero + t.since(Time::ZERO);
    let answers = answers(&trace);
    Simulated {
        class: class_in(&trace, last),
        fin: before.map(|answered| answered + Duration::from_secs(limit.idle) + LATE),
        answered: answers.get(count - 1).copied().map(recorded_clock),
    }
}

fn hold(pool: &Pool, index: usize, limit: Limit, count: &mut Count) {
    let recorded = pool.requests[index];
    let before = index.checked_sub(1).and_then(|i| pool.requests[i].answered);
    let simulated = simulate(pool.method, recorded, before, limit);
    let mut fins = [recorded.fin, simulated.fin]
        .into_iter()
        .flatten()
        .map(|fin| distance(recorded.start, fin));
    let near = fins.any(|d| d < NEAR);
    let pairs = [
        (recorded.fin, simulated.fin),
        (recorded.answered, simulated.answered),
    ];
    let stalled = pairs.iter().any(|pair| match *pair {
        (Some(theirs), Some(ours)) => apart_by(theirs, ours) > STALLED,
        _ => false,
    });
    count.requests += 1;
    if stalled {
        count.stalled += 1;
    } else if near {
        count.near += 1;
    } else if simulated.class == recorded.class {
        *count.equal.entry(recorded.class).or_default() += 1;
    } else {
        count.wrong.push(format!(
            "{} #{index}: recorded {:?}, simulated {:?}",
            pool.name, recorded.class, simulated.class
        ));
    }
}

/// The server's limits, seconds, and whether the requests carry an Idempotency-Key.
#[derive(Clone, Copy)]
struct Limit {
    read: u64,
    idle: u64,
    key: Key,
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Absent,
    Sent,
}

fn check(text: &str, limit: Limit, expected: &str) {
    let mut count = Count::default();
    for pool in pools(text) {
        for index in 0..pool.requests.len() {
            hold(&pool, index, limit, &mut count);
        }
    }
    assert!(
        count.wrong.is_empty(),
        "{count}; wrong:\n{}",
        count.wrong.join("\n")
    );
    assert_eq!(count.to_string(), expected);
}

#[test]
fn captures_01_post_and_get_around_ten_seconds() {
    let limit = Limit {
        read: 10,
        idle: 10,
        key: Key::Absent,
    };
    check(
        IDLE_RACE,
        limit,
        "162 requests: 150 equal {Old: 48, Eof: 9, Retry: 9, New: 84}, 6 near an edge, 6 in a standstill",
    );
}

/// Of the race nothing has changed between Go 1.19 and 1.27.
#[test]
fn captures_01b_go_1_19_does_the_same() {
    let limit = Limit {
        read: 10,
        idle: 10,
        key: Key::Absent,
    };
    check(
        GO_1_19,
        limit,
        "162 requests: 154 equal {Old: 47, Eof: 9, Retry: 9, New: 89}, 6 near an edge, 2 in a standstill",
    );
}

#[test]
fn captures_01c_post_in_steps_of_a_quarter_millisecond_around_three_seconds() {
    let limit = Limit {
        read: 3,
        idle: 3,
        key: Key::Absent,
    };
    check(
        EDGE_FINE,
        limit,
        "305 requests: 261 equal {Old: 41, Eof: 63, New: 157}, 22 near an edge, 22 in a standstill",
    );
}

#[test]
fn captures_02_idle_timeout_30_s_lets_all_through() {
    let limit = Limit {
        read: 10,
        idle: 30,
        key: Key::Absent,
    };
    check(
        IDLE_30S,
        limit,
        "162 requests: 160 equal {Old: 107, New: 53}, 0 near an edge, 2 in a standstill",
    );
}

#[test]
fn captures_01f_idempotency_key_is_sent_again() {
    let limit = Limit {
        read: 3,
        idle: 3,
        key: Key::Sent,
    };
    check(
        IDEMPOTENCY_KEY,
        limit,
        "64 requests: 58 equal {Old: 20, Retry: 16, New: 22}, 4 near an edge, 2 in a standstill",
    );
}
