//! Every request of ten recorded sweeps around the end of an idle connection, held against the engine: 1,715 requests.
//!
//! A sweep's pool sends its next request a period after the one before, so that it meets the server's idle limit. Each recorded
//! request gets a run of its own, in which the response before it leaves at the recorded moment, for that starts the idle clock.
//! Timers are late by -0.3 to 1.4 ms (ground-truth §2), the run's by their median; so what lies within 0.5 ms of an edge, in the
//! recording or in the run, may have the outcome of either side and is counted apart. So is what met a standstill of the
//! recording machine (ground-truth §0).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::{
    Event, Failure, HostId, Method, Packet, PoolEvent, RequestEvent, RequestId, SegmentEvent, Side,
    Time, Trace,
};

const ROUND_TRIP: Duration = Duration::from_millis(10);
const NEAR: Duration = Duration::from_micros(500);
/// Where a recorded answer or FIN lies further than this from ours, the recording machine stood still for a moment
/// (ground-truth §0), and with it the server's idle clock.
const STALLED: Duration = Duration::from_micros(1_500);

/// How a request ended, and on which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// On the connection that the pool had.
    Old,
    /// The server had closed before the client wrote.
    Eof,
    /// The server's close(2) met the request.
    Reset,
    /// On a new connection, after an attempt on the old one.
    Retry,
    /// On a new connection.
    New,
}

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

impl Sweep {
    /// Whether a request that starts then reaches the server near an edge of the window that opens with its close(2) and
    /// ends when the client has noticed its FIN.
    fn is_near(&self, start: Time, fin: Time) -> bool {
        let arrival = start + self.trip;
        let noticed = fin + ROUND_TRIP;
        apart_by(arrival, fin) < NEAR
            || apart_by(arrival, fin - self.close) < NEAR
            || apart_by(arrival, noticed) < NEAR
            || (arrival > noticed && arrival < noticed + self.notice)
    }
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

impl Sweep {
    /// The scenario in which these requests are made, each at its time.
    fn scenario(&self, method: Method, at: &[Duration], until: Duration) -> String {
        let body = if method == Method::Post {
            r#","body":5"#
        } else {
            ""
        };
        let key = if self.key {
            r#","headers":{"Idempotency-Key":"abc"}"#
        } else {
            ""
        };
        let (to, proxies) = match self.via {
            Some(_) => ("nginx:8081", self.proxy()),
            None => ("server-02:8080", String::new()),
        };
        let request = |at: &Duration| {
            let at = at.as_nanos();
            format!(
                r#"{{"to":"{to}","method":"{method}","path":"/p?off=-8.00&r=0"{body}{key},"at":"{at}ns"}}"#
            )
        };
        let requests: Vec<String> = at.iter().map(request).collect();
        let (client, server) = (self.client, self.server);
        format!(
            r#"{{"version":1,"until":"{}ns",
            "clients":[{{"name":"client","runtime":"{}","options":{},"requests":[{}]}}],{proxies}
            "servers":[{{"name":"server-02","listen":8080,"runtime":"{}","options":{},"handler":{{"think":"{}","body":3}}}}]}}"#,
            until.as_nanos(),
            client.0,
            client.1,
            requests.join(","),
            server.0,
            server.1,
            self.think
        )
    }

    /// The proxy, on the client's machine.
    fn proxy(&self) -> String {
        let (runtime, options) = self.via.unwrap_or_default();
        let path = |from, to| format!(r#"{{"from":"{from}","to":"{to}","delay":"10us"}}"#);
        format!(
            r#""network":{{"paths":[{},{}]}},
            "proxies":[{{"name":"nginx","listen":8081,"runtime":"{runtime}","to":"server-02:8080","options":{options}}}],"#,
            path("client", "nginx"),
            path("nginx", "client"),
        )
    }

    fn run(&self, method: Method, at: &[Duration], until: Duration) -> Trace {
        let scenario = self.scenario(method, at, until);
        let scenario = Scenario::from_json(&scenario).expect(&scenario);
        run(build(&scenario).expect("a plan"))
    }

    /// How long after its start a first request is answered, in a run.
    fn first_answer(&self) -> Duration {
        let trace = self.run(Method::Get, &[Duration::ZERO], Duration::from_secs(1));
        answers(&trace)[0].since(Time::ZERO)
    }

    fn simulate(&self, method: Method, recorded: Recorded, before: Option<Time>) -> Simulated {
        let lead = before.map(|answered| answered - self.first_answer());
        let zero = lead.unwrap_or(recorded.start);
        let starts = [lead, Some(recorded.start)].into_iter().flatten();
        let starts: Vec<Duration> = starts.map(|start| start.since(zero)).collect();
        let until = recorded.start.since(zero) + Duration::from_secs(1);
        let trace = self.run(method, &starts, until);
        let last = last_that_reaches_the_server(&trace);
        let recorded_clock = |t: Time| zero + t.since(Time::ZERO);
        let answers = answers(&trace);
        Simulated {
            class: class_in(&trace, last),
            fin: before.map(|answered| answered + self.idle + self.late),
            answered: answers.get(starts.len() - 1).copied().map(recorded_clock),
        }
    }
}

/// The last request, or what a proxy made of it.
fn last_that_reaches_the_server(trace: &Trace) -> RequestId {
    RequestId(u32::try_from(trace.requests.len() - 1).expect("a few"))
}

/// When the server, which is the last host, sent data.
fn answers(trace: &Trace) -> Vec<Time> {
    let is_server = |host: HostId| host.index() + 1 == trace.hosts.len();
    let sent = trace.records.iter().filter(|r| match &r.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) => {
            s.from == Side::Listener
                && s.len > 0
                && is_server(trace.flow(s.flow).host(Side::Listener))
        }
        _ => false,
    });
    sent.map(|r| r.time).collect()
}

fn class_in(trace: &Trace, request: RequestId) -> Class {
    let life = trace.life(request).expect("it has started");
    let failure = life.failed(trace).map(|record| match record.event {
        Event::Request(RequestEvent::Failed { failure, .. }) => failure,
        _ => unreachable!("it failed"),
    });
    let dialled = trace.records.iter().any(
        |r| matches!(r.event, Event::Pool(PoolEvent::Dial { request: r, .. }) if r == request),
    );
    match failure {
        Some(Failure::EndOfStream) => Class::Eof,
        Some(Failure::Reset) => Class::Reset,
        Some(failure) => panic!("{failure:?}"),
        None if life.attempts > 1 => Class::Retry,
        None if dialled => Class::New,
        None => Class::Old,
    }
}

/// What was recorded, and what it is held against.
#[derive(Clone, Copy)]
struct Sweep {
    recording: &'static str,
    /// Runtime and options.
    client: (&'static str, &'static str),
    server: (&'static str, &'static str),
    /// A proxy between them.
    via: Option<(&'static str, &'static str)>,
    /// How long the handler takes. That of the Node server goes through `setTimeout(…, 0)`, which is 1 ms.
    think: &'static str,
    /// Whether the requests carry an Idempotency-Key.
    key: bool,
    /// When the server closes an idle connection.
    idle: Duration,
    /// How late that is: median of the timer, and the moment to close(2).
    late: Duration,
    /// That moment.
    close: Duration,
    /// How long a client may need to notice a FIN (ground-truth §2: Node up to 3 ms, for its timers come first).
    notice: Duration,
    /// From the caller's call to the arrival of the request's first byte: the client's median and the link.
    trip: Duration,
}

const GO: (&str, &str) = ("go-1.27", r#"{"Timeout":"10s","MaxConnsPerHost":4}"#);
const AGENT: &str = r#"{"keepAlive":true}"#;

/// Go at both ends, three seconds.
const GO_3_S: Sweep = Sweep {
    recording: "",
    client: GO,
    server: ("go-1.27", r#"{"ReadTimeout":"3s"}"#),
    via: None,
    think: "0ms",
    key: false,
    idle: Duration::from_secs(3),
    late: Duration::from_micros(800),
    close: Duration::from_micros(50),
    notice: NEAR,
    trip: Duration::from_micros(5_212),
};
const GO_10_S: Sweep = Sweep {
    server: ("go-1.27", r#"{"ReadTimeout":"10s"}"#),
    idle: Duration::from_secs(10),
    ..GO_3_S
};
/// A Go client and a Node server, which says 5 s and means 6 s.
const GO_NODE: Sweep = Sweep {
    server: ("node-26", "{}"),
    think: "1ms",
    idle: Duration::from_secs(6),
    late: Duration::from_micros(440),
    close: Duration::from_micros(300),
    ..GO_3_S
};
const NODE: Sweep = Sweep {
    client: ("node-26", AGENT),
    notice: Duration::from_millis(3),
    trip: Duration::from_micros(5_179),
    ..GO_NODE
};

fn hold(pool: &Pool, index: usize, sweep: &Sweep, count: &mut Count) {
    let recorded = pool.requests[index];
    let before = index.checked_sub(1).and_then(|i| pool.requests[i].answered);
    let simulated = sweep.simulate(pool.method, recorded, before);
    let mut fins = [recorded.fin, simulated.fin].into_iter().flatten();
    let near = fins.any(|fin| sweep.is_near(recorded.start, fin));
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

fn check(sweep: Sweep, expected: &str) {
    let mut count = Count::default();
    for pool in pools(sweep.recording) {
        for index in 0..pool.requests.len() {
            hold(&pool, index, &sweep, &mut count);
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
    let recording = include_str!("../sweeps/01-go-idle-race.requests");
    check(
        Sweep {
            recording,
            ..GO_10_S
        },
        "162 requests: 150 equal {Old: 48, Eof: 9, Retry: 9, New: 84}, 6 near an edge, 6 in a standstill",
    );
}

#[test]
fn captures_01b_the_same_with_go_1_19() {
    let recording = include_str!("../sweeps/01b-go119-idle-race.requests");
    let (client, server) = (("go-1.19", GO.1), ("go-1.19", GO_10_S.server.1));
    check(
        Sweep {
            recording,
            client,
            server,
            ..GO_10_S
        },
        "162 requests: 154 equal {Old: 47, Eof: 9, Retry: 9, New: 89}, 6 near an edge, 2 in a standstill",
    );
}

#[test]
fn captures_01c_post_in_steps_of_a_quarter_millisecond_around_three_seconds() {
    let recording = include_str!("../sweeps/01c-edge-fine.requests");
    check(
        Sweep {
            recording,
            ..GO_3_S
        },
        "305 requests: 261 equal {Old: 41, Eof: 63, New: 157}, 22 near an edge, 22 in a standstill",
    );
}

#[test]
fn captures_02_idle_timeout_30_s_lets_all_through() {
    let recording = include_str!("../sweeps/02-go-idle-30s.requests");
    check(
        Sweep {
            recording,
            server: ("go-1.27", r#"{"ReadTimeout":"10s","IdleTimeout":"30s"}"#),
            idle: Duration::from_secs(30),
            ..GO_3_S
        },
        "162 requests: 160 equal {Old: 107, New: 53}, 0 near an edge, 2 in a standstill",
    );
}

#[test]
fn captures_01f_idempotency_key_is_sent_again() {
    let recording = include_str!("../sweeps/01f-idempotency-key.requests");
    check(
        Sweep {
            recording,
            key: true,
            ..GO_3_S
        },
        "64 requests: 58 equal {Old: 20, Retry: 16, New: 22}, 4 near an edge, 2 in a standstill",
    );
}

#[test]
fn captures_09_five_seconds_do_not_meet_node_20() {
    let recording = include_str!("../sweeps/09-node20-go.requests");
    let server = ("node-20", "{}");
    check(
        Sweep {
            recording,
            server,
            ..GO_NODE
        },
        "162 requests: 152 equal {Old: 104, New: 48}, 0 near an edge, 10 in a standstill",
    );
    let recording = include_str!("../sweeps/09-node20-node20.requests");
    let client = ("node-20", AGENT);
    check(
        Sweep {
            recording,
            client,
            server,
            ..NODE
        },
        "162 requests: 155 equal {Old: 106, New: 49}, 0 near an edge, 7 in a standstill",
    );
}

#[test]
fn captures_09c_go_around_node_26_s_six_seconds() {
    let recording = include_str!("../sweeps/09c-node26-go.requests");
    check(
        Sweep {
            recording,
            ..GO_NODE
        },
        "186 requests: 168 equal {Old: 47, Eof: 9, Retry: 9, New: 103}, 8 near an edge, 10 in a standstill",
    );
}

#[test]
fn captures_09c_node_around_node_26_s_six_seconds() {
    let recording = include_str!("../sweeps/09c-node26-node26.requests");
    check(
        Sweep { recording, ..NODE },
        "186 requests: 162 equal {Old: 35, Eof: 18, New: 109}, 17 near an edge, 7 in a standstill",
    );
}

/// The POSTs that fail are 502s, the GETs are sent again.
#[test]
fn captures_19b_nginx_before_a_go_server() {
    let recording = include_str!("../sweeps/19b-nginx-go.requests");
    check(
        Sweep {
            recording,
            client: ("go-1.27", "{}"),
            via: Some(("nginx-1.22", r#"{"upstream.keepalive":8}"#)),
            server: ("go-1.27", r#"{"IdleTimeout":"500ms"}"#),
            idle: Duration::from_millis(500),
            // The client's median, both links, and nginx twice.
            trip: Duration::from_micros(5_392),
            ..GO_3_S
        },
        "164 requests: 149 equal {Old: 36, Eof: 17, Retry: 16, New: 80}, 10 near an edge, 5 in a standstill",
    );
}
