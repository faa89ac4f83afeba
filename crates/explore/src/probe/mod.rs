//! The question under every idle race: what becomes of a request that comes so long after the one before it?
//!
//! A probe is a plan whose gap can be set without building the scenario again. For a series of requests it keeps that
//! series, two requests long; for requests at given times it moves those that the question is about, together.

mod begun;
mod kinds;
mod traffic;
mod ways;

pub use self::begun::Begun;
use self::traffic::repeats;
use self::ways::DRAWS;
use crate::allowance::Allowance;
use crate::ending::Ending;
use crate::hops::{behind, kept, with_hops};
use crate::odds::Leads;
use std::sync::Arc;
use std::time::Duration;
use whyeof_scenario::{Invalid, Scenario, build_untold};
use whyeof_sim::http::client::workload::{Arrivals, Workload};
use whyeof_sim::plan::{Plan, RolePlan};
use whyeof_sim::recorder::{Outcome, Outcomes};
use whyeof_sim::target::Target;
use whyeof_sim::world::{World, outcomes, run};
use whyeof_trace::{
    Event, Failure, HostId, PoolEvent, Request, RequestEvent, RequestId, Side, Time, TimerEvent,
    TimerOf, Trace, by_length, not_served,
};

/// Draws in which a failure is sought again: one that comes about in one of twenty is found in 96 of 100 cases.
const TRIES: usize = 64;
/// Records of all of these together, as far as the run that they are asked about tells: a long run is not tried as often.
const TRIED_RECORDS: usize = 1_000_000;

/// Whether a caller sees the end of a connection.
const fn is_race(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::EndOfStream | Failure::Reset | Failure::ServerClosedIdle | Failure::BrokenPipe
    )
}

/// How one run of a probe ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// The worst of the requests that the question is about: an error before a replay before the rest.
    pub ending: Ending,
    /// The error, as the program prints it.
    pub error: Option<String>,
    /// The most times that one of them was executed.
    pub executed: u16,
    /// Whether any request of the run, at any hop, used a connection again.
    pub reuses: bool,
    /// How many connections of the way were used again by those that the question is about: between two gaps where this changes lies an edge,
    /// also where a caller that dials each time gets the same on both sides of it.
    pub(crate) kept: u16,
}

/// What is moved.
#[derive(Clone, Debug)]
enum Moves {
    /// The second request of this row, which is asked for twice. The first takes `leads.dialled` from its start to its end.
    Series {
        row: usize,
        /// Where both go, where the row's name stands for several machines.
        to: Option<HostId>,
        leads: Leads,
    },
    /// These requests, which start at one time.
    Starts(Starts),
}

/// Requests that start at one time, and the request before them.
#[derive(Clone, Debug)]
struct Starts {
    /// Positions among the client's workloads.
    rows: Vec<usize>,
    /// When they start in the scenario.
    start: Duration,
    /// The number of the request before them,
    before: u32,
    /// and when it ends.
    from: Duration,
}

/// A plan whose idle gap can be set: the time from the end of one request to the start of the next.
#[derive(Clone, Debug)]
pub struct Probe {
    plan: Plan,
    /// The client, as a position in the plan.
    client: usize,
    moves: Moves,
    /// The request, as people count.
    number: u32,
    /// The gap in the run that the question came from.
    pub gap: Duration,
    /// What its runs may cost: of all that come of one question together.
    pub(crate) allowance: Allowance,
}

impl Probe {
    /// The question about one request of a run of this scenario. `None`: nothing came before the request, so that
    /// there is no gap; or it failed although no connection ever lay idle, so that no gap has to do with it; or it fails no more
    /// where the others are moved, so that something else decides.
    ///
    /// # Errors
    /// The scenario does not hold.
    pub fn about(
        scenario: &Scenario,
        trace: &Trace,
        request: RequestId,
    ) -> Result<Option<Self>, Invalid> {
        Self::about_within(&Allowance::default(), (scenario, trace), request)
    }

    /// What its runs may cost.
    pub const fn allowance(&self) -> &Allowance {
        &self.allowance
    }

    /// The same as a part of a larger question, with what that may cost.
    ///
    /// # Errors
    /// The scenario does not hold.
    pub fn about_within(
        allowance: &Allowance,
        (scenario, trace): (&Scenario, &Trace),
        request: RequestId,
    ) -> Result<Option<Self>, Invalid> {
        let plan = build_untold(scenario)?;
        let request = root(trace, request);
        let asked = &trace.requests[request.index()];
        let client = asked.program.index();
        let Some(RolePlan::Client(config)) = plan.programs.get(client).map(|p| &p.role) else {
            return Ok(None);
        };
        let config = Arc::clone(config);
        let url = trace.text(asked.url);
        let is_asked = |w: &Workload| w.method == asked.method && is_url_of(w, url);
        let before = used_before(trace, request).or_else(|| last_before(trace, request, |_| true));
        let Some((start, (_, mut end))) = start_of(trace, request).zip(before) else {
            return Ok(None);
        };
        if failure_of(trace, request).is_some() && !parks(trace) {
            return Ok(None);
        }
        let series = config
            .workloads
            .iter()
            .position(|w| is_asked(w) && repeats(w));
        let moves = match series {
            Some(row) => Moves::Series {
                row,
                to: machine(trace, request),
                leads: Leads::default(),
            },
            None => {
                // Not by the time at which it began: a program that is busy begins later.
                let row = trace
                    .life(request)
                    .and_then(|life| trace.workload_of(life.started));
                let Some(row) = row else {
                    return Ok(None);
                };
                let at = config.workloads.get(usize::from(row)).map(|w| w.at);
                let rows = 0..config.workloads.len();
                let rows: Vec<_> = rows
                    .filter(|n| Some(config.workloads[*n].at) == at)
                    .collect();
                let Some((before, ended)) =
                    last_before(trace, request, |it| !is_of(trace, it, &rows))
                else {
                    return Ok(None);
                };
                end = ended;
                Moves::Starts(Starts {
                    rows,
                    start: start.since(Time::ZERO),
                    before: trace.requests[before.index()].number,
                    from: end.since(Time::ZERO),
                })
            }
        };
        let mut probe = Self {
            plan,
            client,
            moves,
            number: asked.number,
            gap: start.since(end),
            allowance: allowance.clone(),
        };
        probe.measure_leads();
        let decides = match failure_of(trace, request) {
            None => true,
            // What fails without a connection that lay idle has nothing to do with gaps.
            Some(failure) => {
                probe.first_fails_with() != Some(failure)
                    && probe.fails_by_chance(trace.records.len())
            }
        };
        Ok(decides.then_some(probe))
    }

    /// How the first of a row's two requests fails, which finds no connection; `None`: it does not, or the question is about given times.
    fn first_fails_with(&self) -> Option<Failure> {
        let Moves::Series { .. } = self.moves else {
            return None;
        };
        let (outcomes, _) = self.outcomes(self.gap);
        outcomes
            .requests
            .first()?
            .failure
            .map(|(failure, _)| failure)
    }

    /// Whether a request fails after its own gap, in a run of about so many records. The draws of chance are others where others come before
    /// it, so some are tried.
    fn fails_by_chance(&self, records: usize) -> bool {
        let fails = |probe: &Self| probe.run(self.gap).ending.is_bad();
        let tries = (TRIED_RECORDS / records.max(1)).clamp(DRAWS as usize, TRIES);
        let mut others = (1..).take(tries - 1);
        fails(self) || self.draws() && others.any(|other| fails(&self.drawn_anew(other)))
    }

    /// The question about the request that a reader asks about first, of those that gaps have to do with.
    ///
    /// # Errors
    /// The scenario does not hold.
    pub fn of_interest(scenario: &Scenario, trace: &Trace) -> Result<Option<Self>, Invalid> {
        let found = Self::asked_first(&Allowance::default(), scenario, trace)?;
        Ok(found.map(|(_, probe)| probe))
    }

    /// The same, with the request.
    ///
    /// # Errors
    /// The scenario does not hold.
    pub(crate) fn asked_first(
        allowance: &Allowance,
        scenario: &Scenario,
        trace: &Trace,
    ) -> Result<Option<(RequestId, Self)>, Invalid> {
        let mut asked = failed_in_kinds(trace);
        asked.extend(request_of_interest(trace));
        for request in asked {
            if allowance.is_spent() {
                break;
            }
            if let Some(probe) = Self::about_within(allowance, (scenario, trace), request)? {
                return Ok(Some((request, probe)));
            }
        }
        Ok(None)
    }

    /// The same question about another scenario, whose requests are the same.
    ///
    /// # Errors
    /// The scenario does not hold.
    pub fn of(&self, scenario: &Scenario) -> Result<Self, Invalid> {
        let plan = build_untold(scenario)?;
        let mut probe = Self {
            plan,
            ..self.clone()
        };
        probe.measure();
        Ok(probe)
    }

    /// What the caller of this request gets in a run of the same requests, if that is an error; or of another of its client's that
    /// meets the end of a connection.
    pub fn error_in(&self, trace: &Trace) -> Option<String> {
        let asked = |r: &Request| r.parent.is_none() && r.number == self.number;
        let client = trace.requests.iter().find(|r| asked(r))?.program;
        trace.records.iter().find_map(|record| match record.event {
            Event::Request(RequestEvent::Failed {
                request,
                text,
                failure,
            }) => {
                let it = &trace.requests[request.index()];
                let fails = asked(it) || it.program == client && is_race(failure);
                fails.then(|| trace.text(text).to_owned())
            }
            _ => None,
        })
    }

    /// Finds out where gaps begin: how long requests take, and when they end, depends on the settings, and on chance.
    fn measure(&mut self) {
        match &self.moves {
            Moves::Series { .. } => self.measure_leads(),
            Moves::Starts(starts) => {
                // Where another one is the last before them, gaps would be those of another question.
                let ended = self.ended_before(starts);
                let same = ended.filter(|(before, _)| *before == starts.before);
                if let Some((_, ended)) = same {
                    let from = ended.since(Time::ZERO);
                    self.moves = Moves::Starts(Starts {
                        from,
                        ..starts.clone()
                    });
                }
            }
        }
    }

    /// The request before these, by its number, and when it ends. What is moved with them comes after the gap, not before.
    fn ended_before(&self, Starts { rows, .. }: &Starts) -> Option<(u32, Time)> {
        let trace = self.traced(self.gap);
        let mut ids = (0..).map(RequestId).take(trace.requests.len());
        let asked = ids.find(|id| {
            let request = &trace.requests[id.index()];
            request.program.index() == self.client && is_of(&trace, *id, rows)
        })?;
        let (before, ended) = last_before(&trace, asked, |other| !is_of(&trace, other, rows))?;
        Some((trace.requests[before.index()].number, ended))
    }

    /// How long the first request of a series takes, which dials, and the second, which uses its connection again if it can.
    fn measure_leads(&mut self) {
        /// Idle limits are longer than one of these.
        const SHORT: [Duration; 4] = [
            Duration::from_secs(1),
            Duration::from_millis(100),
            Duration::from_millis(10),
            Duration::from_millis(1),
        ];
        /// Longer than a first request takes: on a narrow way a second one would hold it up.
        const LONG: Duration = Duration::from_secs(600);
        let Moves::Series { .. } = self.moves else {
            return;
        };
        // Counted from the start of the first, as long as nobody knows when it ends.
        let mut found = Leads::default();
        self.set_leads(found);
        let took = |outcome: &Outcome| Some(outcome.ended?.since(outcome.started));
        let first = self.outcomes(LONG).0;
        found.dialled = first.requests.first().and_then(took).unwrap_or_default();
        found.again = found.dialled;
        self.set_leads(found);
        let mut again = SHORT.into_iter().filter_map(|gap| {
            let second = *self.outcomes(gap).0.requests.get(1)?;
            let served = second.reused && second.attempts <= 1 && second.failure.is_none();
            served.then(|| took(&second))?
        });
        found.reused = again.next().unwrap_or(found.dialled).min(found.dialled);
        self.set_leads(found);
    }

    fn set_leads(&mut self, found: Leads) {
        if let Moves::Series { leads, .. } = &mut self.moves {
            *leads = found;
        }
    }

    /// How long the request after this gap takes; `None`: it does not end.
    pub(crate) fn takes_after(&self, gap: Duration) -> Option<Duration> {
        let second = *self.outcomes(gap).0.requests.get(1)?;
        Some(second.ended?.since(second.started))
    }

    /// The plan with this gap. It runs until the requests in question can no longer be going on.
    pub fn plan(&self, gap: Duration) -> Plan {
        let mut plan = self.plan.clone();
        for (index, program) in plan.programs.iter_mut().enumerate() {
            let RolePlan::Client(config) = &mut program.role else {
                continue;
            };
            for (row, workload) in Arc::make_mut(config).workloads.iter_mut().enumerate() {
                self.place(index, row, workload, gap);
            }
        }
        plan.until = self.ends_at(gap);
        plan
    }

    /// When a run with this gap ends.
    fn ends_at(&self, gap: Duration) -> Duration {
        let longest = self.gap_begins() + gap + Duration::from_secs(60);
        self.plan.until.max(longest)
    }

    /// When a row of a client asks in the plan with this gap: a series for the second time, others for the first.
    fn asked_at(&self, client: usize, row: usize, gap: Duration) -> Duration {
        let RolePlan::Client(config) = &self.plan.programs[client].role else {
            return Duration::ZERO;
        };
        let mut workload = config.workloads[row].clone();
        self.place(client, row, &mut workload, gap);
        match &self.moves {
            Moves::Series { .. } if workload.count == 0 => Duration::ZERO,
            Moves::Series { .. } => workload.every.unwrap_or_default(),
            Moves::Starts(_) => workload.at,
        }
    }

    /// Where gaps are counted from: the end of the request before.
    const fn gap_begins(&self) -> Duration {
        match self.moves {
            Moves::Series { leads, .. } => leads.dialled,
            Moves::Starts(Starts { from, .. }) => from,
        }
    }

    fn place(&self, client: usize, row: usize, workload: &mut Workload, gap: Duration) {
        match &self.moves {
            Moves::Series {
                row: asked,
                to,
                leads,
            } if client == self.client && row == *asked => {
                workload.to = to.map_or(workload.to, Target::Host);
                workload.at = Duration::ZERO;
                workload.every = Some(leads.dialled + gap);
                workload.plus = (Duration::ZERO, Duration::ZERO);
                workload.arrivals = Arrivals::Even;
                workload.workers = None;
                workload.count = 2;
            }
            Moves::Series { .. } => workload.count = 0,
            Moves::Starts(Starts { rows, from, .. })
                if client == self.client && rows.contains(&row) =>
            {
                workload.at = *from + gap;
            }
            // What comes later comes as much later behind it.
            Moves::Starts(Starts { start, from, .. })
                if client == self.client && workload.at > *start =>
            {
                workload.at = (workload.at + *from + gap).saturating_sub(*start);
            }
            Moves::Starts(_) => {}
        }
    }

    /// One run.
    pub fn run(&self, gap: Duration) -> RunOutcome {
        let (outcomes, world) = self.outcomes(gap);
        self.tell(gap, &outcomes, &world)
    }

    /// One run, without a trace.
    fn outcomes(&self, gap: Duration) -> (Outcomes, World) {
        let (outcomes, world) = outcomes(self.plan(gap));
        self.allowance.take(world.steps());
        (outcomes, world)
    }

    /// One run, with its trace, but without settings, which only words need.
    pub(crate) fn traced(&self, gap: Duration) -> Trace {
        let trace = run(self.plan(gap));
        self.allowance.take_records(trace.records.len());
        trace
    }

    /// What a run with this gap came to.
    fn tell(&self, gap: Duration, outcomes: &Outcomes, world: &World) -> RunOutcome {
        let ids = (0..).map(RequestId);
        // What a proxy asks is part of what was asked of it.
        let all = ids.zip(&outcomes.requests).filter(|(id, outcome)| {
            let request = world.request(*id);
            request.parent.is_none() && self.is_asked(world, request, outcome, gap)
        });
        let reuses = |it: &Outcome| it.reused || it.attempts > 1;
        let reuses = outcomes.requests.iter().any(reuses);
        let behind = behind(world, &outcomes.requests);
        let all = all.map(|(id, outcome)| {
            let behind = behind.get(id.index()).copied().flatten();
            (with_hops(*outcome, behind), kept(outcome, behind))
        });
        let asked: Vec<(Outcome, u16)> = match &self.moves {
            Moves::Series { .. } => all.skip(1).collect(),
            Moves::Starts(Starts { rows, .. }) => all.take(self.at_once(rows)).collect(),
        };
        let worst = asked.iter().max_by_key(|(o, _)| severity(Ending::of(o)));
        let Some((worst, _)) = worst else {
            return RunOutcome {
                ending: Ending::Unfinished,
                error: None,
                executed: 0,
                reuses,
                kept: 0,
            };
        };
        RunOutcome {
            ending: Ending::of(worst),
            error: match worst.failure {
                Some((_, text)) => Some(world.text(text).to_owned()),
                None => not_served(worst.status).then(|| format!("status {}", worst.status)),
            },
            executed: asked.iter().map(|(o, _)| o.executed).max().unwrap_or(0),
            reuses,
            kept: asked.iter().map(|(_, kept)| kept).sum(),
        }
    }

    /// How many requests these rows of the client's workloads begin with.
    fn at_once(&self, rows: &[usize]) -> usize {
        let RolePlan::Client(config) = &self.plan.programs[self.client].role else {
            return 0;
        };
        let begins = |workload: &Workload| match workload.every {
            Some(every) if !every.is_zero() => 1,
            _ => workload.count as usize,
        };
        rows.iter().map(|row| begins(&config.workloads[*row])).sum()
    }

    /// How many requests come together after the gap; of those a run tells the one that fares worst.
    pub fn together(&self) -> usize {
        match &self.moves {
            Moves::Series { .. } => 1,
            Moves::Starts(Starts { rows, .. }) => self.at_once(rows),
        }
    }

    /// Whether the question may be about this request. In a series there are no others; else it is one that is asked for as
    /// those are, at their time or later: others may come between and after.
    fn is_asked(&self, world: &World, request: &Request, outcome: &Outcome, gap: Duration) -> bool {
        let Moves::Starts(Starts { rows, from, .. }) = &self.moves else {
            return true;
        };
        let RolePlan::Client(config) = &self.plan.programs[self.client].role else {
            return false;
        };
        let url = world.text(request.url);
        let mut asked = rows.iter().map(|row| &config.workloads[*row]);
        outcome.started >= Time::ZERO + *from + gap
            && request.program.index() == self.client
            && asked.any(|w| w.method == request.method && is_url_of(w, url))
    }

    /// How long a request of the series takes by itself: with the gap, the time from one request to the next.
    pub fn leads(&self) -> Leads {
        match self.moves {
            Moves::Series { leads, .. } => leads,
            Moves::Starts(_) => Leads::default(),
        }
    }

    /// The gaps up to this one at which a timer of a program fires, found by a run with that gap: what a connection dies
    /// of while nothing is asked of it. Each once, in order.
    pub fn deadlines(&self, gap: Duration) -> Vec<Duration> {
        let trace = self.traced(gap);
        let from = Time::ZERO + self.gap_begins();
        let fired = trace.records.iter().filter(|record| {
            let Event::Timer(TimerEvent::Fired { timer, .. }) = record.event else {
                return false;
            };
            !timer.kind.is_kernel() && !matches!(timer.of, TimerOf::Workload(_))
        });
        let mut gaps: Vec<_> = fired
            .filter(|record| record.time > from)
            .map(|record| record.time.since(from))
            .filter(|at| *at <= gap)
            .collect();
        gaps.sort_by_cached_key(by_length);
        gaps.dedup();
        gaps
    }
}

const fn severity(ending: Ending) -> u8 {
    match ending {
        Ending::OkReused => 0,
        Ending::OkNew => 1,
        Ending::OkRetried => 2,
        Ending::Unfinished => 3,
        Ending::Failed(_) => 4,
    }
}

fn is_url_of(workload: &Workload, url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    match workload.to {
        Target::Host(_) => {
            rest.strip_prefix(workload.authority.as_str()) == Some(workload.path.as_str())
        }
        // The URL may say which of its machines.
        Target::Name(_) => rest.find('/').is_some_and(|at| rest[at..] == workload.path),
    }
}

/// The request that somebody made of whom no proxy knows.
fn root(trace: &Trace, mut request: RequestId) -> RequestId {
    while let Some(parent) = trace.requests[request.index()].parent {
        request = parent;
    }
    request
}

/// Whether a request is one of these rows of its client's workloads.
fn is_of(trace: &Trace, request: RequestId, rows: &[usize]) -> bool {
    let life = trace.life(request);
    let row = life.and_then(|life| trace.workload_of(life.started));
    row.is_some_and(|row| rows.contains(&usize::from(row)))
}

fn start_of(trace: &Trace, request: RequestId) -> Option<Time> {
    trace
        .life(request)
        .map(|life| trace.record(life.started).time)
}

/// How a request failed, if it did.
fn failure_of(trace: &Trace, request: RequestId) -> Option<Failure> {
    trace.records.iter().find_map(|r| match r.event {
        Event::Request(RequestEvent::Failed {
            request: of,
            failure,
            ..
        }) if of == request => Some(failure),
        _ => None,
    })
}

/// The first failed request of each kind, those first that met the end of a connection. Kinds differ in who asked, and for what.
fn failed_in_kinds(trace: &Trace) -> Vec<RequestId> {
    let failed = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(RequestEvent::Failed {
            request, failure, ..
        }) => Some((root(trace, request), failure)),
        _ => None,
    });
    let kind = |id: RequestId| {
        let it = &trace.requests[id.index()];
        (it.program, it.method, it.url)
    };
    let mut kinds: Vec<(RequestId, Failure)> = Vec::new();
    for (request, failure) in failed {
        let same = |it: &&(RequestId, Failure)| {
            kind(it.0) == kind(request) && is_race(it.1) == is_race(failure)
        };
        if !kinds.iter().any(|it| same(&it)) {
            kinds.push((request, failure));
        }
    }
    let (races, others): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|it| is_race(it.1));
    races.into_iter().chain(others).map(|it| it.0).collect()
}

/// The machine that a request's last connection went to.
fn machine(trace: &Trace, request: RequestId) -> Option<HostId> {
    let mut records = trace.records.iter().rev();
    let socket = records.find_map(|r| match r.event {
        Event::Pool(PoolEvent::Checkout {
            request: of,
            socket,
            ..
        }) if of == request => Some(socket),
        _ => None,
    })?;
    Some(trace.flow(socket.flow).host(Side::Listener))
}

/// Whether a connection ever lay in a pool.
fn parks(trace: &Trace) -> bool {
    let mut records = trace.records.iter();
    records.any(|r| matches!(r.event, Event::Pool(PoolEvent::Park { .. })))
}

/// The request that last used the connection on which this one went, if one did, and when it ended.
fn used_before(trace: &Trace, request: RequestId) -> Option<(RequestId, Time)> {
    let start = start_of(trace, request)?;
    let mut uses = trace.records.iter().filter_map(|r| match r.event {
        Event::Pool(PoolEvent::Checkout {
            request, socket, ..
        }) => Some((request, socket)),
        _ => None,
    });
    let socket = uses.clone().rfind(|(by, _)| *by == request)?.1;
    let (before, _) = uses.rfind(|(by, on)| *on == socket && *by != request && by.0 < request.0)?;
    let life = trace.life(before)?;
    let end = trace.record(life.ended?).time;
    (end <= start).then_some((before, end))
}

/// The last of these requests that ended before this one started, and when it did so; of the same client.
fn last_before(
    trace: &Trace,
    request: RequestId,
    counts: impl Fn(RequestId) -> bool,
) -> Option<(RequestId, Time)> {
    let start = start_of(trace, request)?;
    let client = trace.requests[request.index()].program;
    let mut ends = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(
            RequestEvent::Finished { request } | RequestEvent::Failed { request, .. },
        ) if r.time <= start && trace.requests[request.index()].program == client => {
            Some((request, r.time))
        }
        _ => None,
    });
    ends.rfind(|(request, _)| counts(*request))
}

/// The request of a run that a reader asks about first: the first that failed, else the first that was sent again,
/// else the last one.
pub fn request_of_interest(trace: &Trace) -> Option<RequestId> {
    let wanted = |is: fn(&RequestEvent) -> bool| {
        trace.records.iter().find_map(|r| match &r.event {
            Event::Request(event) if is(event) => Some(event.request()),
            _ => None,
        })
    };
    wanted(|e| matches!(e, RequestEvent::Failed { .. }))
        .or_else(|| wanted(|e| matches!(e, RequestEvent::Retried { .. })))
        .or_else(|| {
            u32::try_from(trace.requests.len())
                .ok()?
                .checked_sub(1)
                .map(RequestId)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gap is what it says in each draw of chance, also where the request before takes longer in one than in another.
    #[test]
    fn gaps_are_counted_from_the_end_before_them_in_each_draw() {
        let json = r#"{"version":1,"until":"30s","clients":[{"name":"c","runtime":"go-1.27","requests":[
            {"to":"s:80","method":"POST","body":100},{"to":"s:80","method":"POST","body":100,"at":"10.01s"},
            {"to":"s:80","method":"POST","body":100,"at":"10.112s"}]}],
            "servers":[{"name":"s","listen":80,"runtime":"go-1.27","options":{"IdleTimeout":"10s"}}],
            "network":{"rtt":"10ms","paths":[{"from":"c","to":"s","jitter":"20ms"}]}}"#;
        let scenario = Scenario::from_json(json).expect("a scenario");
        let trace = run(build_untold(&scenario).expect("a plan"));
        let probe = Probe::about(&scenario, &trace, RequestId(1));
        let probe = probe.expect("a plan").expect("a question");
        let gap = Duration::from_secs(7);
        let mut ends = Vec::new();
        for draw in probe.each_draw() {
            let (outcomes, _) = outcomes(draw.plan(gap));
            let [first, second, third] = outcomes.requests[..] else {
                panic!("three requests");
            };
            let ended = first.ended.expect("an end");
            assert_eq!(second.started.since(ended), gap);
            // What comes later comes as much later, in each of them.
            let behind = third.started.since(second.started);
            assert_eq!(behind, Duration::from_millis(102));
            ends.push(ended);
        }
        ends.dedup();
        assert!(ends.len() > 1, "the draws are alike");
    }
}
