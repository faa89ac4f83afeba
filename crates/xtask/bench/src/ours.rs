//! The work as runs of whyeof.

use crate::{
    Answer, CONNECTIONS, EXCHANGES, FIRST_RACE, ONE_WAY, RACE_STEP, RACES, REQUEST, RESPONSE,
    SILENCES, Work,
};
use std::sync::Arc;
use std::time::Duration;
use whyeof_scenario::{Scenario, build_untold};
use whyeof_sim::chance::Latency;
use whyeof_sim::http::client::workload::Workload;
use whyeof_sim::http::client::{ClientConfig, ClientLatency};
use whyeof_sim::http::codec::{RequestHead, ResponseHead, Typed};
use whyeof_sim::http::server::{ServerConfig, ServerLatency};
use whyeof_sim::limits::Limits;
use whyeof_sim::net::fault::{Effect, FaultPlan, Match, Place, When};
use whyeof_sim::plan::{Plan, ProgramPlan, RolePlan};
use whyeof_sim::recorder::{Outcome, Outcomes};
use whyeof_sim::world::{Progress, World, outcomes, run};
use whyeof_trace::{Event, HostId, PoolEvent, ProgramId, RequestEvent, SegmentEvent, Time, Trace};

/// Go at both ends, with its keepalive probes every 15 s.
const SCENARIO: &str = r#"{
  "version": 1,
  "clients": [{
    "name": "client", "runtime": "go-1.27",
    "options": { "MaxIdleConnsPerHost": 10 },
    "requests": [{ "to": "server:80", "method": "POST", "path": "/", "body": 1, "workers": 1, "count": 1 }]
  }],
  "servers": [{ "name": "server", "listen": 80, "runtime": "go-1.27", "options": { "IdleTimeout": "10s" } }]
}"#;

/// From a response to the next request, where nothing else is said.
const PAUSE: Duration = Duration::from_secs(1);

/// What is kept of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Every record.
    Trace,
    /// How its requests ended.
    Outcomes,
}

pub(crate) fn does(work: Work, keeping: Keeping) -> Answer {
    let mut plan = plan(work);
    for program in &mut plan.programs {
        idealise(&mut program.role);
    }
    each(work, plan, keeping)
}

/// With the times that Go takes.
pub(crate) fn go(work: Work) -> Answer {
    each(work, plan(work), Keeping::Outcomes)
}

/// From the FIN's arrival to the pool letting go, and from the server's timer to its FIN.
pub(crate) fn go_notices() -> Duration {
    let mut plan = plan(Work::Races);
    let fin = server(&mut plan).latency.close.p50;
    client(&mut plan).latency.notice.p50 + fin
}

fn each(work: Work, plan: Plan, keeping: Keeping) -> Answer {
    let mut answer = Answer::default();
    match (work, keeping) {
        (Work::Exchanges | Work::Pool { .. }, _) => once(plan, keeping, &mut answer),
        (Work::Races, Keeping::Trace) => races_from_the_start(plan, &mut answer),
        (Work::Races, Keeping::Outcomes) => races(plan, &mut answer),
        (Work::Silences, Keeping::Trace) => {
            for _ in 0..SILENCES {
                once(plan.clone(), keeping, &mut answer);
            }
        }
        (Work::Silences, Keeping::Outcomes) => silences(plan, &mut answer),
    }
    answer
}

/// What several runs have in common, simulated once: without a trace they go on from there, as those of the explorer do.
struct Begun {
    world: World,
    so_far: Outcomes,
    /// The last run, whose place the next one takes.
    going_on: (World, Outcomes),
}

impl Begun {
    fn new(plan: Plan) -> Self {
        let mut so_far = Outcomes::default();
        let world = World::new(Arc::new(plan), &mut so_far);
        Self {
            going_on: (world.clone(), so_far.clone()),
            world,
            so_far,
        }
    }

    fn advance_to(&mut self, at: Duration) {
        self.world.advance_to(Time::ZERO + at, &mut self.so_far);
    }

    /// A copy that is changed goes on to its end.
    fn go_on(&mut self, change: impl FnOnce(&mut World), answer: &mut Answer) {
        let (world, ended) = &mut self.going_on;
        world.clone_from(&self.world);
        ended.clone_from(&self.so_far);
        change(world);
        while world.advance(u32::MAX, ended) == Progress::Running {}
        answer.count_all(ended);
    }
}

/// A sweep of the gap.
fn races(mut plan: Plan, answer: &mut Answer) {
    let took = first_takes(&plan);
    workload(&mut plan).count = 2;
    workload(&mut plan).every = Some(took + starts(RACES));
    let mut begun = Begun::new(plan);
    begun.advance_to(took + Duration::from_nanos(1));
    for race in 0..RACES {
        begun.advance_to(took + starts(race));
        let ask = |world: &mut World| {
            let (was, is) = (took + starts(RACES), took + starts(race));
            assert!(world.ask_at(ProgramId(0), 0, was, is), "nobody is busy");
        };
        begun.go_on(ask, answer);
    }
}

fn races_from_the_start(mut plan: Plan, answer: &mut Answer) {
    let took = first_takes(&plan);
    workload(&mut plan).count = 2;
    for race in 0..RACES {
        workload(&mut plan).every = Some(took + starts(race));
        once(plan.clone(), Keeping::Trace, answer);
    }
}

/// When a race begins, from the first response on.
fn starts(race: u32) -> Duration {
    FIRST_RACE + RACE_STEP * race
}

/// The same up to the request that nobody hears.
fn silences(plan: Plan, answer: &mut Answer) {
    let asked = first_takes(&plan) + PAUSE;
    let mut begun = Begun::new(plan);
    begun.advance_to(asked);
    for _ in 0..SILENCES {
        begun.go_on(|_| (), answer);
    }
}

/// How long the first request takes, which dials.
fn first_takes(plan: &Plan) -> Duration {
    let (ended, _) = outcomes(plan.clone());
    let first = ended.requests.first().expect("a first request");
    let end = first.ended.expect("it ends");
    end.since(first.started)
}

/// One run, added to the answer.
fn once(plan: Plan, keeping: Keeping, answer: &mut Answer) {
    match keeping {
        Keeping::Outcomes => {
            let (ended, _) = outcomes(plan);
            answer.count_all(&ended);
        }
        Keeping::Trace => answer.count_trace(&run(plan)),
    }
}

impl Answer {
    fn count_all(&mut self, ended: &Outcomes) {
        for outcome in &ended.requests {
            self.count(outcome);
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        let Some(ended) = outcome.ended else { return };
        if outcome.failure.is_some() {
            self.lost += 1;
            self.gave_up = ended.since(outcome.started);
            return;
        }
        self.answered += 1;
        self.redialled += u64::from(outcome.after.is_some());
    }

    fn count_trace(&mut self, trace: &Trace) {
        // By request: when it began, and whether a connection was dialled for it.
        let mut asked: Vec<(Time, bool)> = Vec::new();
        for record in &trace.records {
            match record.event {
                Event::Segment(SegmentEvent::Sent(_)) => self.segments += 1,
                Event::Request(RequestEvent::Started { .. }) => asked.push((record.time, false)),
                Event::Pool(PoolEvent::Dial { request, .. }) => asked[request.index()].1 = true,
                Event::Request(RequestEvent::Finished { request }) => {
                    self.answered += 1;
                    // The first request of a run is dialled for in any case.
                    let again = request.index() > 0 && asked[request.index()].1;
                    self.redialled += u64::from(again);
                }
                Event::Request(RequestEvent::Failed { request, .. }) => {
                    self.lost += 1;
                    self.gave_up = record.time.since(asked[request.index()].0);
                }
                _ => {}
            }
        }
    }
}

/// What is to be done, at Go's pace.
fn plan(work: Work) -> Plan {
    let scenario = Scenario::from_json(SCENARIO).expect("a scenario of this file");
    let mut plan = build_untold(&scenario).expect("a scenario of this file");
    plan.one_way = ONE_WAY;
    plan.until = Duration::from_secs(20_000);
    plan.limits = Limits {
        records: 1 << 25,
        steps: 1 << 32,
        flows: 1 << 20,
        requests: 1 << 21,
    };
    sizes(&mut plan);
    match work {
        Work::Exchanges => pause(&mut plan, PAUSE, EXCHANGES),
        Work::Races => {
            workload(&mut plan).workers = None;
            plan.until = Duration::from_secs(30);
        }
        Work::Silences => {
            pause(&mut plan, PAUSE, 2);
            plan.faults.push(silence(Duration::from_millis(500)));
        }
        Work::Pool { clients, exchanges } => {
            let count = CONNECTIONS * exchanges;
            pause(&mut plan, Duration::from_millis(10), count);
            workload(&mut plan).workers = Some(CONNECTIONS);
            copies(&mut plan, clients);
        }
    }
    plan
}

/// Requests and responses are as large with their heads as the peer's are without.
fn sizes(plan: &mut Plan) {
    let server = server(plan);
    let response = server.heads.response(ResponseHead {
        status: 200,
        body: RESPONSE - 200,
        close: false,
        typed: Typed::default(),
    });
    server.handler.body = RESPONSE - head(&response);
    let heads = client(plan).heads;
    let workload = workload(plan);
    let request = heads.request(RequestHead {
        method: workload.method,
        path: &workload.path,
        host: &workload.authority,
        body: REQUEST - 200,
        headers: &workload.headers,
        close: false,
    });
    workload.body = REQUEST - head(&request);
}

/// So many requests, each so long after the response before it.
fn pause(plan: &mut Plan, pause: Duration, count: u32) {
    let workload = workload(plan);
    workload.count = count;
    workload.pauses = Some(vec![pause; count as usize].into());
}

fn workload(plan: &mut Plan) -> &mut Workload {
    &mut client(plan).workloads[0]
}

fn client(plan: &mut Plan) -> &mut ClientConfig {
    for program in &mut plan.programs {
        if let RolePlan::Client(client) = &mut program.role {
            return Arc::make_mut(client);
        }
    }
    unreachable!("the scenario has a client")
}

fn server(plan: &mut Plan) -> &mut ServerConfig {
    for program in &mut plan.programs {
        if let RolePlan::Server(server) = &mut program.role {
            return Arc::make_mut(server);
        }
    }
    unreachable!("the scenario has a server")
}

/// Nothing passes from this time on.
fn silence(from: Duration) -> FaultPlan {
    FaultPlan {
        name: "silence".to_owned(),
        when: When::Between(from, None),
        packets: Match::default(),
        nth: 1,
        count: None,
        effect: Effect::Drop,
        place: Place::Link,
    }
}

/// As many clients as that, each on a machine of its own.
fn copies(plan: &mut Plan, clients: u16) {
    let client = plan.programs[0].clone();
    let machine = plan.hosts[usize::from(client.host.0)].clone();
    for number in 1..clients {
        let host = HostId(plan.hosts.len().try_into().expect("a number of machines"));
        let mut machine = machine.clone();
        let [high, low] = number.to_be_bytes();
        machine.address = [10, 1, high, low].into();
        plan.hosts.push(machine);
        plan.programs.push(ProgramPlan {
            host,
            ..client.clone()
        });
    }
}

/// Programs that take no time and whose timers are never late.
fn idealise(role: &mut RolePlan) {
    const NONE: Latency = Latency::ZERO;
    match role {
        RolePlan::Client(client) => {
            Arc::make_mut(client).latency = ClientLatency {
                dial: NONE,
                connected: NONE,
                reuse: NONE,
                response: NONE,
                notice: NONE,
                timer: NONE,
            };
        }
        RolePlan::Server(server) => {
            Arc::make_mut(server).latency = ServerLatency {
                accept: NONE,
                read: NONE,
                respond: NONE,
                timer: NONE,
                close: NONE,
            };
        }
        RolePlan::Proxy(_) | RolePlan::Sockets(_) => {}
    }
}

fn head(text: &str) -> u32 {
    text.len().try_into().expect("a head's length")
}
