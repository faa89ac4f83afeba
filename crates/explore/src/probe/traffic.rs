//! The traffic that a question stands in: which gaps there are, and runs of so many of its requests that one can count.

use super::ways::asked;
use super::{Moves, Probe, Starts, is_url_of};
use crate::hops::{behind, with_hops};
use crate::odds::{Decides, Shape, Source, Traffic};
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::chance::{Draw, Key, Who};
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::workload::{Arrivals, Workload};
use whyeof_sim::limits::Limits;
use whyeof_sim::net::fault::{Effect, FaultPlan, When};
use whyeof_sim::net::filter;
use whyeof_sim::plan::{Plan, ProgramPlan, RolePlan};
use whyeof_sim::recorder::Outcome;
use whyeof_sim::shell::{Command, CommandPlan};
use whyeof_sim::target::Target;
use whyeof_sim::world::World;
use whyeof_trace::filter::Is;
use whyeof_trace::{ProgramId, RequestId};

/// Requests of the question's own row in a run.
const REQUESTS: u32 = 500;
/// Requests of all rows in a run, about: where others are asked more often, it is shorter.
const MOST: u32 = 5_000;
/// What a run may handle: requests with long bodies are counted in fewer.
const STEPS: u64 = 500_000;
/// Time for the last request of a run.
const REST: Duration = Duration::from_secs(60);

impl Probe {
    /// Which requests come how often: with gaps as somebody gives them, or else as the scenario has them; requests at given times as if they
    /// came at random, this far apart on average.
    ///
    /// `None`: no gap tells how often what happens here comes about, see [`Self::has_mishap`]; or there is none.
    pub fn traffic(&self, given: Option<Shape>) -> Option<Traffic> {
        if self.has_mishap() {
            return None;
        }
        let known = given.map(|shape| (shape, Source::Given));
        let known = known.or_else(|| Some((self.shape()?, Source::Own)));
        let at_random = (!self.gap.is_zero()).then_some(Shape::Poisson(self.gap));
        let (shape, source) = known.or_else(|| Some((at_random?, Source::Assumed)))?;
        Some(Traffic {
            leads: match source {
                Source::Own => self.leads(),
                Source::Given | Source::Assumed => self.leads().alike(),
            },
            decides: self.decides(&shape, source),
            shape,
            source,
        })
    }

    /// Whether gaps alone tell how often a window is met.
    fn decides(&self, shape: &Shape, source: Source) -> Decides {
        /// Who comes at random comes while the one before is under way as often as a request takes of the time between two.
        const SELDOM: u32 = 20;
        // Rows that are asked of other machines have connections of their own.
        let own = self.kind().map(|(_, _, to)| to);
        let shares = |row: &&Workload| {
            let hosts = self
                .config()
                .map(|config| asked(config, row))
                .unwrap_or_default();
            own.is_none_or(|own| hosts.contains(&own))
        };
        let rows = self
            .workloads()
            .iter()
            .filter(|row| repeats(row))
            .filter(shares);
        let callers = rows.map(|row| row.workers.unwrap_or(1).max(1));
        // Requests for a name are spread over its machines.
        let spread = source != Source::Given && self.machines() > 1;
        let several = spread || source == Source::Own && callers.sum::<u32>() > 1;
        let overlap =
            matches!(shape, Shape::Poisson(mean) if self.leads().dialled * SELDOM > *mean);
        if self.is_proxied() {
            Decides::Proxy
        } else if several || overlap {
            Decides::Several
        } else {
            Decides::Gaps
        }
    }

    /// Whether a proxy stands between: then its connections decide, too.
    fn is_proxied(&self) -> bool {
        let mut programs = self.plan.programs.iter();
        programs.any(|program| matches!(program.role, RolePlan::Proxy(_)))
    }

    /// Whether something goes wrong at a given time, or so many times: a fault that is not there always, a command, a program that stops. A window is
    /// then about this one time, and not about every gap of a day.
    pub fn has_mishap(&self) -> bool {
        let stops = |program: &ProgramPlan| {
            let ends = match &program.role {
                RolePlan::Client(config) => config.exit.is_some(),
                RolePlan::Server(config) => config.exit.is_some() || config.shutdown.is_some(),
                RolePlan::Proxy(_) | RolePlan::Sockets(_) => false,
            };
            ends || !program.busy.is_empty()
        };
        let plan = &self.plan;
        // Who only looks changes nothing.
        let acts = |typed: &CommandPlan| {
            !matches!(typed.command, Command::Iptables(filter::Command::List(..)))
        };
        self.has_passing_fault()
            || plan.commands.iter().any(acts)
            || plan.programs.iter().any(stops)
    }

    /// Whether the network goes wrong at a given time, or so many times.
    pub fn has_passing_fault(&self) -> bool {
        let passes = |fault: &FaultPlan| !is_always(fault) && fault.effect != Effect::Mark;
        self.plan.faults.iter().any(passes)
    }

    /// Whether a fault or a rule is about a single connection: it has its number, or a port at which nobody listens.
    pub(crate) fn has_rule_for_one(&self) -> bool {
        let plan = &self.plan;
        let listening: Vec<u16> = plan.programs.iter().filter_map(listens_at).collect();
        let faults = plan.faults.iter().map(|fault| &fault.packets);
        let mut faults = faults.map(|it| {
            let other = |port| !listening.contains(&port);
            it.flow.is_some() || it.port.is_some_and(other)
        });
        let rules = plan
            .commands
            .iter()
            .filter_map(|typed| match &typed.command {
                Command::Iptables(command) => Some(&command.brings()?.1.matches),
                _ => None,
            });
        let mut ports = rules.flat_map(|rule| [rule.sport, rule.dport]).flatten();
        let is_other = |ports: Is<(u16, u16)>| {
            let (from, to) = ports.value;
            !ports.not && !listening.iter().any(|port| (from..=to).contains(port))
        };
        faults.any(|it| it) || ports.any(is_other)
    }

    /// The gaps that the scenario's own series has; `None`: its requests are asked for at given times.
    pub fn shape(&self) -> Option<Shape> {
        let Moves::Series { row, leads, .. } = self.moves else {
            return None;
        };
        let workload = self.workloads().get(row).filter(|row| repeats(row))?;
        let (every, (least, most)) = (workload.every?, workload.plus);
        Some(match workload.arrivals {
            Arrivals::Poisson => Shape::Poisson(mean_interval(workload)),
            Arrivals::Even => Shape::Even(
                (every + least).saturating_sub(leads.dialled),
                (every + most).saturating_sub(leads.dialled),
            ),
        })
    }

    /// What its client asks for.
    pub(super) fn workloads(&self) -> &[Workload] {
        self.workloads_at(self.client)
    }

    /// Its client.
    pub(super) fn config(&self) -> Option<&ClientConfig> {
        self.config_at(self.client)
    }

    /// A client, by its position.
    fn config_at(&self, client: usize) -> Option<&ClientConfig> {
        match &self.plan.programs.get(client)?.role {
            RolePlan::Client(config) => Some(config),
            _ => None,
        }
    }

    /// What a client asks for, by its position.
    pub(super) fn workloads_at(&self, client: usize) -> &[Workload] {
        self.config_at(client)
            .map_or(&[], |config| &config.workloads)
    }

    /// The row of its client's workloads that it is about; of several at one time the first.
    pub(super) fn row(&self) -> Option<usize> {
        match &self.moves {
            Moves::Series { row, .. } => Some(*row),
            Moves::Starts(Starts { rows, .. }) => rows.first().copied(),
        }
    }

    /// That row.
    pub(super) fn workload(&self) -> Option<&Workload> {
        self.workloads().get(self.row()?)
    }

    /// A run of this traffic with so many requests that one can count; the how-manieth.
    pub(crate) fn day(&self, traffic: &Traffic, number: u32) -> Option<Plan> {
        let mut plan = self.plan.clone();
        plan.seed = plan.seed.wrapping_add(u64::from(number));
        plan.limits = Limits {
            steps: plan.limits.steps.min(STEPS),
            ..plan.limits
        };
        let lasts = match traffic.source {
            Source::Own => self.lengthen(&mut plan)?,
            Source::Given | Source::Assumed => self.leave_alone(&mut plan, traffic)?,
        };
        plan.until = plan.until.max(lasts + REST);
        Some(plan)
    }

    /// Has each row that repeats go on for as long as [`REQUESTS`] of the question's own take. Returns how long all may last.
    fn lengthen(&self, plan: &mut Plan) -> Option<Duration> {
        let own = mean_interval(self.workload()?).as_secs_f64();
        let mut rows: Vec<&mut Workload> = workloads_of(plan)
            .flat_map(|(_, rows)| rows)
            .filter(|row| repeats(row))
            .collect();
        let all: f64 = rows.iter().map(|row| rate(row)).sum();
        let lasts = (own * f64::from(REQUESTS)).min(f64::from(MOST) / all);
        for row in &mut rows {
            row.count = (lasts * rate(row)).ceil() as u32;
        }
        // Those at random may be as far apart as twice the mean, all of them together.
        let begins = rows.iter().map(|row| row.at).max()?;
        Some(begins + Duration::try_from_secs_f64(lasts * 2.0).ok()?)
    }

    /// Leaves the question's row alone, with these gaps. Returns how long it may last.
    fn leave_alone(&self, plan: &mut Plan, traffic: &Traffic) -> Option<Duration> {
        let shape = &traffic.shape;
        let asked = (self.client, self.row()?);
        let seed = plan.seed;
        let requests = few_enough(shape.mean())?;
        for (client, rows) in workloads_of(plan) {
            for (row, workload) in (0..).zip(rows) {
                workload.count = u32::from((client, row) == asked) * requests;
                if (client, row) != asked {
                    continue;
                }
                workload.at = Duration::ZERO;
                if let (Moves::Series { to: Some(to), .. }, Source::Given) =
                    (&self.moves, traffic.source)
                {
                    workload.to = Target::Host(*to);
                }
                workload.plus = (Duration::ZERO, Duration::ZERO);
                workload.workers = None;
                match shape {
                    Shape::Poisson(mean) => {
                        workload.every = Some(*mean);
                        workload.arrivals = Arrivals::Poisson;
                    }
                    Shape::Even(..) | Shape::Histogram(_) => {
                        workload.workers = Some(1);
                        workload.pauses = Some(drawn(shape, seed));
                    }
                }
            }
        }
        let each = shape.mean() + self.leads().dialled + REST;
        Some(each * requests * 2)
    }

    /// The requests of its row in a run, with what became of them behind proxies; those that a caller makes again after an error are no others.
    pub(crate) fn asked_in(&self, outcomes: &[Outcome], world: &World) -> Vec<Outcome> {
        let behind = behind(world, outcomes);
        let row = self.workload();
        let ids = (0..).map(RequestId).zip(outcomes);
        let asked = ids.filter(|(id, _)| {
            let request = world.request(*id);
            let is_first = request.parent.is_none() && request.tries == 0;
            let mine = is_first && request.program.index() == self.client;
            mine && row.is_some_and(|row| {
                row.method == request.method && is_url_of(row, world.text(request.url))
            })
        });
        // One that is still under way when the run ends has not failed.
        let ended = asked.filter(|(_, outcome)| outcome.ended.is_some());
        ended
            .map(|(id, outcome)| with_hops(*outcome, behind[id.index()]))
            .collect()
    }
}

/// Whether a fault is there from the start to the end, and hits every packet that it is about.
pub(super) fn is_always(fault: &FaultPlan) -> bool {
    fault.count.is_none() && fault.when == When::ALWAYS
}

/// The port that a program listens on. One of socket calls has no question.
fn listens_at(program: &ProgramPlan) -> Option<u16> {
    match &program.role {
        RolePlan::Server(config) => Some(config.listen),
        RolePlan::Proxy(config) => Some(config.server.listen),
        RolePlan::Client(_) | RolePlan::Sockets(_) => None,
    }
}

/// So many requests, so far apart on average, that a run of them takes years at most: its clock holds some centuries. `None`: too few to count.
fn few_enough(apart: Duration) -> Option<u32> {
    const LONGEST: f64 = 10.0 * 365.0 * 86_400.0;
    const FEWEST: f64 = 50.0;
    let most = LONGEST / apart.as_secs_f64().max(1e-9);
    (most >= FEWEST).then(|| most.min(f64::from(REQUESTS)) as u32)
}

/// What each client of a plan asks for, with its position.
fn workloads_of(plan: &mut Plan) -> impl Iterator<Item = (usize, &mut Vec<Workload>)> {
    let programs = plan.programs.iter_mut().enumerate();
    programs.filter_map(|(index, program)| match &mut program.role {
        RolePlan::Client(config) => Some((index, &mut Arc::make_mut(config).workloads)),
        _ => None,
    })
}

/// Whether a row asks again and again, with time between.
pub(super) fn repeats(row: &Workload) -> bool {
    row.count > 1 && row.every.is_some_and(|every| !every.is_zero())
}

/// From one start to the next, on average.
fn mean_interval(row: &Workload) -> Duration {
    let (least, most) = row.plus;
    row.every.unwrap_or_default() + (least + most) / 2
}

/// Requests a second that a row asks for.
fn rate(row: &Workload) -> f64 {
    let callers = f64::from(row.workers.unwrap_or(1).max(1));
    callers / mean_interval(row).as_secs_f64().max(1e-6)
}

/// So many gaps of this shape, in an order that chance decides: one of each stretch that is equally likely.
fn drawn(shape: &Shape, seed: u64) -> Arc<[Duration]> {
    let key = |number: u32, what| Key {
        seed,
        who: Who::workload(ProgramId(0), 0),
        what,
        number: u64::from(number),
    };
    let mut order: Vec<u32> = (0..REQUESTS).collect();
    order.sort_by_cached_key(|number| key(*number, Draw::Arrival).bits());
    let within =
        |number: u32| key(number, Draw::RequestJitter).below(1 << 20) as f64 / f64::from(1 << 20);
    let gaps = order
        .into_iter()
        .map(|number| shape.quantile((f64::from(number) + within(number)) / f64::from(REQUESTS)));
    gaps.collect()
}
