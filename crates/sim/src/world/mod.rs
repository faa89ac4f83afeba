//! The only loop: takes the next thing out of the queue and lets it happen.

mod shell;
mod turns;

use self::turns::Turns;
use crate::chance::{Drawers, Latency};
use crate::copy::clone_into_place;
use crate::host::{Kernel, Net, Step, Todo, WakeLatency};
use crate::http::client::{Client, ClientLatency};
use crate::http::proxy::Proxy;
use crate::http::server::{Server, ServerLatency};
use crate::incarnations::Incarnations;
use crate::kernel::timer_wheel::TimerWheel;
use crate::net::fault::Faults;
use crate::net::filter::{Count, Filters};
use crate::net::link::Links;
use crate::outbox::{Outbox, Signal};
use crate::plan::{Busy, Plan, RolePlan, Ties};
use crate::queue::{Ordinal, Queue};
use crate::recorder::{Cause, Outcomes, Recorder, Room, TraceRecorder};
use crate::sockets::Sockets;
use crate::stack::{self, Stack};
use crate::syscalls::Syscalls;
use crate::tables::Tables;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::filter::Typed;
use whyeof_trace::{
    Event, FaultEvent, Flow, Host, HostId, LimitKind, Packet, Program, ProgramId, Request,
    RequestId, Role, SocketId, Stop, Time, Timer, TimerEvent, TimerKind, TimerOf, Trace, Vantage,
};

/// A program while it runs.
#[derive(Debug)]
enum App {
    Client(Box<Client>),
    Server(Server),
    Proxy(Box<Proxy>),
    Sockets(Sockets),
}

impl Clone for App {
    fn clone(&self) -> Self {
        match self {
            Self::Client(client) => Self::Client(client.clone()),
            Self::Server(server) => Self::Server(server.clone()),
            Self::Proxy(proxy) => Self::Proxy(proxy.clone()),
            Self::Sockets(sockets) => Self::Sockets(sockets.clone()),
        }
    }

    fn clone_from(&mut self, source: &Self) {
        match (self, source) {
            (Self::Client(client), Self::Client(source)) => client.clone_from(source),
            (Self::Server(server), Self::Server(source)) => server.clone_from(source),
            (Self::Proxy(proxy), Self::Proxy(source)) => proxy.clone_from(source),
            (app, source) => *app = source.clone(),
        }
    }
}

impl App {
    fn start(&mut self, sys: &mut Syscalls<'_>) {
        match self {
            Self::Client(client) => client.start(sys),
            Self::Server(server) => server.start(sys),
            Self::Proxy(proxy) => proxy.start(sys),
            Self::Sockets(sockets) => sockets.start(sys),
        }
    }

    fn wake(&mut self, socket: SocketId, signal: Signal, sys: &mut Syscalls<'_>) {
        match self {
            Self::Client(client) => client.wake(socket, signal, sys),
            Self::Server(server) => server.wake(socket, signal, sys),
            Self::Proxy(proxy) => proxy.wake(socket, signal, sys),
            Self::Sockets(sockets) => sockets.wake(socket, signal, sys),
        }
    }

    fn timer(&mut self, timer: Timer, sys: &mut Syscalls<'_>) {
        match self {
            Self::Client(client) => client.timer(timer, sys),
            Self::Server(server) => server.timer(timer, sys),
            Self::Proxy(proxy) => proxy.timer(timer, sys),
            // Nothing but its end.
            Self::Sockets(sockets) => sockets.exit(sys),
        }
    }

    /// Whether it may still ask for something.
    fn asks_more(&self) -> bool {
        match self {
            Self::Client(client) => client.asks_more(),
            // It asks for others.
            Self::Server(_) | Self::Proxy(_) => false,
            Self::Sockets(sockets) => !sockets.has_ended(),
        }
    }

    /// Whether its process has ended, or has nothing left to do before it does.
    fn has_ended(&self) -> bool {
        match self {
            Self::Client(client) => client.has_ended(),
            Self::Server(server) => server.has_ended(),
            Self::Proxy(proxy) => proxy.has_ended(),
            Self::Sockets(sockets) => sockets.has_ended(),
        }
    }

    /// Its machine loses power: nobody closes anything.
    fn vanish(&mut self, sys: &mut Syscalls<'_>) {
        match self {
            Self::Client(client) => client.vanish(sys),
            Self::Server(server) => server.vanish(),
            Self::Proxy(proxy) => proxy.vanish(sys),
            Self::Sockets(sockets) => sockets.vanish(),
        }
    }

    /// The program starts again, in place of a process that has ended.
    fn start_again(&mut self, old: &Self, sys: &mut Syscalls<'_>) {
        match (self, old) {
            (Self::Client(client), Self::Client(old)) => client.start_again(old, sys),
            (Self::Server(server), _) => server.start_again(sys),
            (Self::Proxy(proxy), _) => proxy.start_again(sys),
            (app, _) => app.start(sys),
        }
    }

    fn step(&mut self, step: Step, sys: &mut Syscalls<'_>) {
        if let Step::Block(lasts) = step {
            return sys.block(lasts);
        }
        match self {
            Self::Client(client) => client.step(step, sys),
            Self::Server(server) => server.step(step, sys),
            Self::Proxy(proxy) => proxy.step(step, sys),
            Self::Sockets(sockets) => sockets.step(sys),
        }
    }
}

/// A run that is under way. It is a value: a copy goes on independently of the original.
#[derive(Debug)]
pub struct World {
    plan: Arc<Plan>,
    net: Net,
    apps: Vec<App>,
    now: Time,
    /// When it ends, whatever is still to come.
    until: Time,
    steps: u64,
    /// Decisions of `Ties::Choices` that have been used.
    decided: usize,
    /// How many things were due at once in each tie so far, where ties are decided; at most [`MOST_MET`] of them.
    met: Vec<u16>,
    stop: Option<Stop>,
    /// Commands that have been typed.
    typed: Vec<Typed>,
    /// By program: what was put into the queue before this ordinal was put there by a process that has ended.
    born: Vec<Ordinal>,
    /// Programs that start anew once they have ended.
    returning: Vec<ProgramId>,
    turns: Turns,
}

clone_into_place!(World {
    plan,
    net,
    apps,
    now,
    until,
    steps,
    decided,
    met,
    stop,
    typed,
    born,
    returning,
    turns
});

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The budget is used up; there is more to do.
    Running,
    /// It is over.
    Done(Stop),
}

impl World {
    /// The start of a run: every program has started, nothing has happened yet.
    pub fn new(plan: Arc<Plan>, recorder: &mut dyn Recorder) -> Self {
        let net = Net {
            queue: Queue::default(),
            stacks: plan
                .hosts
                .iter()
                .map(|h| {
                    let (hz, phase) = (h.hz, h.phase);
                    Stack::new(TimerWheel { hz, phase }, h.sysctl)
                })
                .collect(),
            sockets: stack::Sockets::default(),
            tables: Tables::default(),
            links: Links::new(plan.hosts.len(), plan.one_way, &plan.paths, plan.seed),
            faults: Faults::new(&plan.faults),
            filters: Filters::new(plan.hosts.len(), plan.faults.len() + plan.commands.len()),
            incarnations: Incarnations::default(),
            seed: plan.seed,
            latency: plan.latency,
            busy: plan.programs.iter().map(|p| p.busy.clone()).collect(),
            wake_latency: plan
                .programs
                .iter()
                .map(|p| wake_latency(&p.role))
                .collect(),
            drawers: Drawers::new(plan.latency),
            addresses: plan.hosts.iter().map(|h| h.address).collect(),
            limits: plan.limits,
            outbox: Outbox::with_room(),
        };
        let apps = plan
            .programs
            .iter()
            .zip(0..)
            .map(|(p, n)| app(&p.role, ProgramId(n)))
            .collect();
        let plan_programs = plan.programs.len();
        let until = Time::ZERO + plan.until;
        let mut world = Self {
            plan,
            net,
            apps,
            now: Time::ZERO,
            until,
            steps: 0,
            decided: 0,
            met: Vec::new(),
            stop: None,
            typed: Vec::new(),
            born: vec![Ordinal::MIN; plan_programs],
            returning: Vec::new(),
            turns: Turns::default(),
        };
        for (number, command) in (0..).zip(&world.plan.commands) {
            let at = Time::ZERO + command.at;
            world.net.queue.schedule(at, Todo::Command(number));
        }
        for index in 0..world.apps.len() {
            // Servers listen before clients dial, whatever their order in the plan: nothing happens at time 0 but this.
            let program = ProgramId(u16::try_from(index).unwrap_or(u16::MAX));
            let plan = Arc::clone(&world.plan);
            world.program(program, None, recorder, |app, sys| {
                for Busy { at, lasts } in &plan.programs[index].busy {
                    sys.at(Time::ZERO + *at, Step::Block(*lasts));
                }
                app.start(sys);
            });
        }
        // What programs send as they start may already meet a fault that another one waits for.
        world.turns = Turns::new(&world.net.faults);
        world
    }

    /// What time it is in the run.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// Goes on for at most `budget` events.
    pub fn advance(&mut self, budget: u32, recorder: &mut dyn Recorder) -> Progress {
        for _ in 0..budget {
            if let Some(stop) = self.stop.or_else(|| self.bound_reached(recorder)) {
                self.stop = Some(stop);
                return Progress::Done(stop);
            }
            self.step(recorder);
        }
        Progress::Running
    }

    /// Goes on until the next thing would happen at this time or later, or nothing more happens.
    pub fn advance_to(&mut self, at: Time, recorder: &mut dyn Recorder) {
        while self.net.queue.next_time().is_some_and(|next| next < at)
            && self.advance(1, recorder) == Progress::Running
        {}
    }

    /// Ends at another time.
    pub fn end_at(&mut self, until: Time) {
        self.until = until;
    }

    /// A row of a client asks next so much later, or sooner, as if its plan had said so: from when it would have been to when it is.
    /// What has happened must not depend on it. `false`: the program may be busy then, which decides when it asks.
    pub fn ask_at(&mut self, program: ProgramId, row: u16, was: Duration, is: Duration) -> bool {
        if !self.net.busy[program.index()].is_empty() {
            return false;
        }
        self.net.queue.postpone(|todo, at| match todo {
            Todo::ProgramTimer {
                program: whose,
                timer,
                ..
            } if *whose == program
                && timer.kind == TimerKind::NextRequest
                && timer.of == TimerOf::Workload(row) =>
            {
                Some(at - was + is)
            }
            _ => None,
        });
        true
    }

    fn bound_reached(&mut self, recorder: &mut dyn Recorder) -> Option<Stop> {
        let Some(next) = self.net.queue.next_time() else {
            return Some(Stop::Quiet);
        };
        if next > self.until {
            self.now = self.until;
            self.tell_turns(recorder);
            return Some(Stop::Horizon);
        }
        let limits = self.plan.limits;
        let room = recorder.room();
        if room == Room::Settled && !self.asks_more() {
            return Some(Stop::Quiet);
        }
        let kind = if room == Room::Full {
            LimitKind::Records
        } else if self.steps >= limits.steps {
            LimitKind::Steps
        } else if self.net.tables.flows.len() >= limits.flows as usize {
            LimitKind::Flows
        } else {
            return None;
        };
        recorder.note(
            self.now,
            HostId(0),
            None,
            Event::Fault(FaultEvent::Limit { kind }),
        );
        Some(Stop::Limit(kind))
    }

    /// Whether something may still be asked for. What is typed may start a program again.
    fn asks_more(&self) -> bool {
        !self.plan.commands.is_empty() || self.apps.iter().any(App::asks_more)
    }

    /// Tells which faults have begun or ended by now.
    fn tell_turns(&mut self, recorder: &mut dyn Recorder) {
        while let Some((at, event)) = self.turns.next(self.now) {
            recorder.note(at, HostId(0), None, Event::Fault(event));
        }
    }

    fn next(&mut self) -> Option<(Time, Todo)> {
        let Ties::Choices(choices) = &self.plan.ties else {
            return self.net.queue.pop();
        };
        if self.decided >= choices.len() && self.met.len() >= MOST_MET {
            return self.net.queue.pop();
        }
        let tied = self.net.queue.tied();
        if tied < 2 {
            return self.net.queue.pop();
        }
        if self.met.len() < MOST_MET {
            self.met.push(u16::try_from(tied).unwrap_or(u16::MAX));
        }
        let Some(choice) = choices.get(self.decided) else {
            return self.net.queue.pop();
        };
        let choice = usize::from(*choice).min(tied - 1);
        self.decided += 1;
        let flows = &self.net.tables.flows;
        self.net
            .queue
            .pop_nth(choice, |first, then| same_wire(flows, first, then))
    }

    fn step(&mut self, recorder: &mut dyn Recorder) {
        let Some((time, todo)) = self.next() else {
            return;
        };
        debug_assert!(time >= self.now, "time never goes back");
        self.now = time;
        self.steps += 1;
        self.tell_turns(recorder);
        self.happen(&todo, recorder);
        if !self.returning.is_empty() {
            self.return_ended(recorder);
        }
        // What another fault has met just now may begin with it.
        if self.turns.wait() {
            self.turns.learn(&self.net.faults);
            self.tell_turns(recorder);
        }
    }

    /// Kept apart and given its work by reference, so that what came out of the queue stays where it lies.
    #[inline(never)]
    fn happen(&mut self, todo: &Todo, recorder: &mut dyn Recorder) {
        match *todo {
            Todo::Arrive {
                to,
                ref packet,
                sent,
            } => {
                self.kernel(sent, recorder).reaches(to, packet);
            }
            Todo::Reject {
                by,
                ref packet,
                sent,
                fault,
                how,
            } => self.kernel(sent, recorder).reject(by, packet, fault, how),
            Todo::Command(number) => self.command(number, recorder),
            Todo::Look { fault, flow } => self.kernel(None, recorder).look(fault, flow),
            Todo::Boot { host, cause } => self.boot(host, cause, recorder),
            Todo::KernelTimer { socket, kind } => {
                self.kernel(None, recorder).kernel_timer(socket, kind);
            }
            Todo::Wake {
                program,
                socket,
                signal,
                cause,
            } => {
                if let Some(slot) = self.net.sockets.get_mut(socket) {
                    slot.waking = false;
                }
                if self.lives(program) {
                    self.program(program, cause, recorder, |app, sys| {
                        app.wake(socket, signal, sys);
                    });
                }
            }
            Todo::ProgramTimer {
                program,
                timer,
                setting,
                by,
            } if self.lives(program) => {
                self.program(program, by, recorder, |app, sys| {
                    sys.note_step(Event::Timer(TimerEvent::Fired { timer, setting }));
                    // This one only tells how long.
                    if timer.kind != TimerKind::Busy {
                        app.timer(timer, sys);
                    }
                });
            }
            Todo::Step {
                program,
                step,
                cause,
            } if self.lives(program) => {
                self.program(program, cause, recorder, |app, sys| app.step(step, sys));
            }
            Todo::ProgramTimer { .. } | Todo::Step { .. } => {}
        }
    }

    fn kernel<'a>(&'a mut self, cause: Cause, recorder: &'a mut dyn Recorder) -> Kernel<'a> {
        Kernel::new(&mut self.net, recorder, self.now, cause)
    }

    /// Lets a program run.
    fn program(
        &mut self,
        program: ProgramId,
        cause: Cause,
        recorder: &mut dyn Recorder,
        run: impl FnOnce(&mut App, &mut Syscalls<'_>),
    ) {
        let host = self.plan.programs[usize::from(program.0)].host;
        let mut sys = Syscalls {
            kernel: Kernel::new(&mut self.net, recorder, self.now, cause),
            program,
            host,
        };
        run(&mut self.apps[usize::from(program.0)], &mut sys);
    }

    /// How many things were due at once in each tie so far, if the plan decides ties; of the first some hundred.
    pub fn ties_met(&self) -> &[u16] {
        &self.met
    }

    /// Events handled so far.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// What was asked for.
    pub fn request(&self, request: RequestId) -> &Request {
        &self.net.tables.requests[request.index()]
    }

    /// The texts of errors, for runs without a trace.
    pub fn text(&self, id: whyeof_trace::TextId) -> &str {
        &self.net.tables.texts[id]
    }

    /// The trace, once the run is over.
    pub fn into_trace(self, recorder: TraceRecorder) -> Trace {
        let hosts = self.plan.hosts.iter();
        let programs = self.plan.programs.iter();
        let filters = &self.net.filters;
        let counted = |typed: Typed| {
            let Count { packets, bytes } = filters.count(typed.fault);
            Typed {
                packets,
                bytes,
                ..typed
            }
        };
        let commands = self.typed.into_iter().map(counted).collect();
        let tables = self.net.tables;
        Trace {
            hosts: hosts
                .map(|h| Host {
                    name: h.name.clone(),
                    address: h.address.into(),
                })
                .collect(),
            programs: programs
                .map(|p| Program {
                    host: p.host,
                    name: p.name.clone(),
                    role: match p.role {
                        RolePlan::Client(_) => Role::Client,
                        RolePlan::Server(_) => Role::Server,
                        RolePlan::Proxy(_) => Role::Proxy,
                        RolePlan::Sockets(ref config) if config.listens() => Role::Server,
                        RolePlan::Sockets(_) => Role::Client,
                    },
                    runtime: p.runtime.clone(),
                    listens: match &p.role {
                        RolePlan::Server(config) => Some(config.listen),
                        RolePlan::Proxy(config) => Some(config.server.listen),
                        RolePlan::Client(_) | RolePlan::Sockets(_) => None,
                    },
                })
                .collect(),
            settings: self.plan.settings.clone(),
            flows: tables.flows,
            requests: tables.requests,
            faults: self.plan.faults.iter().map(|f| f.name.clone()).collect(),
            commands,
            messages: tables.messages,
            options: tables.options,
            texts: tables.texts.iter().map(str::to_owned).collect(),
            records: recorder.records,
            vantage: Vantage::Everywhere,
            stop: self.stop.unwrap_or(Stop::Horizon),
            end: self.now,
        }
    }
}

/// Whether both are packets on their way from one host to another: those never overtake each other.
fn same_wire(flows: &[Flow], first: &Todo, then: &Todo) -> bool {
    let ends = |todo: &Todo| match todo {
        Todo::Arrive {
            to,
            packet: Packet::Tcp(s),
            ..
        } => Some((flows[s.flow.index()].host(s.from), *to)),
        _ => None,
    };
    ends(first).is_some() && ends(first) == ends(then)
}

fn app(role: &RolePlan, id: ProgramId) -> App {
    match role {
        RolePlan::Client(config) => App::Client(Box::new(Client::new(id, Arc::clone(config)))),
        RolePlan::Server(config) => App::Server(Server::new(id, Arc::clone(config))),
        RolePlan::Proxy(config) => App::Proxy(Box::new(Proxy::new(id, config))),
        RolePlan::Sockets(config) => App::Sockets(Sockets::new(id, Arc::clone(config))),
    }
}

/// By side: of connections that the program opens, and of those that it accepts.
fn wake_latency(role: &RolePlan) -> [WakeLatency; 2] {
    // What raw calls show is the kernel's.
    let none = WakeLatency {
        connected: Latency::ZERO,
        accepted: Latency::ZERO,
        data: Latency::ZERO,
        end: Latency::ZERO,
    };
    match role {
        RolePlan::Client(config) => [opener(&config.latency), none],
        RolePlan::Server(config) => [none, listener(&config.latency)],
        RolePlan::Proxy(config) => [
            opener(&config.client.latency),
            listener(&config.server.latency),
        ],
        RolePlan::Sockets(_) => [none, none],
    }
}

/// Ties that are counted: who tries other orders tries far fewer.
const MOST_MET: usize = 256;

const fn opener(latency: &ClientLatency) -> WakeLatency {
    WakeLatency {
        connected: latency.connected,
        accepted: Latency::ZERO,
        data: latency.response,
        end: latency.notice,
    }
}

const fn listener(latency: &ServerLatency) -> WakeLatency {
    WakeLatency {
        connected: Latency::ZERO,
        accepted: latency.accept,
        data: latency.read,
        end: latency.read,
    }
}

/// Runs a plan to its end and keeps everything.
pub fn run(plan: Plan) -> Trace {
    let mut recorder = TraceRecorder::new(plan.limits);
    let mut world = World::new(Arc::new(plan), &mut recorder);
    while world.advance(u32::MAX, &mut recorder) == Progress::Running {}
    world.into_trace(recorder)
}

/// Runs a plan to its end and keeps how its requests ended. The second part is the world at its end, for the texts.
pub fn outcomes(plan: Plan) -> (Outcomes, World) {
    let mut recorder = Outcomes::default();
    let mut world = World::new(Arc::new(plan), &mut recorder);
    while world.advance(u32::MAX, &mut recorder) == Progress::Running {}
    (recorder, world)
}
