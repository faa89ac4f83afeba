//! Commands at the hosts' shells: what they do to packet filters, processes and machines.

use super::{World, app};
use crate::busy;
use crate::plan::RolePlan;
use crate::recorder::{Cause, Recorder};
use crate::shell::Command;
use crate::stack::Power;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::filter::Typed;
use whyeof_trace::{Event, FaultEvent, HostId, ProgramId, Time, TimerKind};

/// What a machine without power says to a command.
const OFF: &str = "(the machine is off)";

impl World {
    /// Somebody types a command at a host's shell.
    pub(super) fn command(&mut self, number: u16, recorder: &mut dyn Recorder) {
        let plan = Arc::clone(&self.plan);
        let Some(command) = plan.commands.get(usize::from(number)) else {
            return;
        };
        let first = u16::try_from(plan.faults.len()).unwrap_or(u16::MAX);
        let fault = first.saturating_add(number);
        let host = command.host;
        let is_on = self.net.stacks[host.index()].power == Power::On;
        let mut rule = None;
        let mut output = (!is_on).then(|| self.net.tables.text(OFF));
        if let (Command::Iptables(filter), true) = (&command.command, is_on) {
            let name = |address| {
                let host = plan.hosts.iter().find(|h| h.address == address);
                host.map(|h| h.name.clone())
            };
            let said = self.net.filters.run(host, filter, fault, &name);
            output = said.map(|said| self.net.tables.text(&said));
            rule = filter.brings().map(|(chain, rule)| (chain, rule.clone()));
        }
        let line = self.net.tables.text(&command.line);
        self.typed.push(Typed {
            fault,
            host,
            line,
            rule,
            packets: 0,
            bytes: 0,
        });
        let typed = Event::Fault(FaultEvent::Typed {
            fault,
            line,
            output,
        });
        let cause = recorder.note(self.now, host, None, typed);
        if is_on {
            self.carry_out(host, &command.command, cause, recorder);
        }
    }

    fn carry_out(
        &mut self,
        host: HostId,
        command: &Command,
        cause: Cause,
        recorder: &mut dyn Recorder,
    ) {
        match *command {
            // When a stopped process runs again has been planned.
            Command::Iptables(_) | Command::Pause => {}
            Command::Kill(program) => {
                self.signal(program, (TimerKind::Exit, Duration::ZERO), cause, recorder)
            }
            Command::Terminate(program) => self.terminate(program, cause, recorder),
            Command::Stop(program) => {
                self.goes_on(program);
                self.terminate(program, cause, recorder);
            }
            Command::Start(program) => self.start_again(program, cause, recorder),
            Command::Restart(program) => {
                self.returning.push(program);
                self.goes_on(program);
                self.terminate(program, cause, recorder);
            }
            Command::PowerOff { down } => self.power_off(host, down, cause, recorder),
            Command::Destroy { peer } => {
                let mut kernel = self.kernel(cause, recorder);
                kernel.destroy(host, peer);
            }
        }
    }

    /// Whether what comes out of the queue was put there by the process that now runs a program.
    pub(super) fn lives(&self, program: ProgramId) -> bool {
        self.born[program.index()] <= self.net.queue.popped()
    }

    /// SIGTERM: who listens to it shuts down, and ends after its time; any other ends at once. It waits for a process that is stopped
    /// (signal(7)).
    fn terminate(&mut self, program: ProgramId, cause: Cause, recorder: &mut dyn Recorder) {
        let stopped = &self.net.busy[program.index()];
        let pending = busy::timer(stopped, self.now).since(self.now);
        match self.grace(program) {
            Some(grace) => {
                self.signal(
                    program,
                    (TimerKind::Shutdown, Duration::ZERO),
                    cause,
                    recorder,
                );
                self.signal(program, (TimerKind::Exit, pending + grace), cause, recorder);
            }
            None => self.signal(program, (TimerKind::Exit, pending), cause, recorder),
        }
    }

    /// A stopped process runs again, or its successor does: what had stopped it is over.
    fn goes_on(&mut self, program: ProgramId) {
        let now = self.now;
        self.net.busy[program.index()].retain(|busy| Time::ZERO + busy.at > now);
    }

    fn grace(&self, program: ProgramId) -> Option<Duration> {
        match &self.plan.programs[program.index()].role {
            RolePlan::Server(config) => config.grace,
            RolePlan::Proxy(config) => config.server.grace,
            RolePlan::Client(_) | RolePlan::Sockets(_) => None,
        }
    }

    /// A signal reaches a process like a timer that is due: its end has one form, whatever brings it about.
    fn signal(
        &mut self,
        program: ProgramId,
        (kind, after): (TimerKind, Duration),
        cause: Cause,
        recorder: &mut dyn Recorder,
    ) {
        self.program(program, cause, recorder, |_, sys| sys.deliver(kind, after));
    }

    /// Processes that were to start anew when they have ended.
    pub(super) fn return_ended(&mut self, recorder: &mut dyn Recorder) {
        let ended = |program: &ProgramId| self.apps[program.index()].has_ended();
        let Some(place) = self.returning.iter().position(ended) else {
            return;
        };
        let program = self.returning.swap_remove(place);
        self.start_again(program, None, recorder);
    }

    /// A new process in place of one that has ended; one that has only nothing left to do ends for it.
    fn start_again(&mut self, program: ProgramId, cause: Cause, recorder: &mut dyn Recorder) {
        let index = program.index();
        if !self.apps[index].has_ended() {
            return;
        }
        self.goes_on(program);
        self.program(program, cause, recorder, |app, sys| {
            if let super::App::Server(server) = app {
                server.exit(sys);
            }
        });
        let new = app(&self.plan.programs[index].role, program);
        let old = std::mem::replace(&mut self.apps[index], new);
        self.born[index] = self.net.queue.ordinal();
        self.program(program, cause, recorder, |app, sys| {
            sys.note_step(Event::Fault(FaultEvent::Started { program }));
            app.start_again(&old, sys);
        });
    }

    /// A machine loses power; it comes back after a while with its programs, or never.
    fn power_off(
        &mut self,
        host: HostId,
        down: Option<Duration>,
        cause: Cause,
        recorder: &mut dyn Recorder,
    ) {
        for program in self.programs_of(host) {
            self.program(program, cause, recorder, |app, sys| app.vanish(sys));
            // None of its timers fires any more.
            self.born[program.index()] = self.net.queue.ordinal();
        }
        self.kernel(cause, recorder).power_off(host);
        if let Some(down) = down {
            let todo = crate::host::Todo::Boot { host, cause };
            self.net.queue.schedule(self.now + down, todo);
        }
    }

    /// The machine is up again: nobody there knows of any connection.
    pub(super) fn boot(&mut self, host: HostId, cause: Cause, recorder: &mut dyn Recorder) {
        self.net.stacks[host.index()].power = Power::On;
        let up = Event::Fault(FaultEvent::Booted);
        let cause = recorder.note(self.now, host, cause, up);
        for program in self.programs_of(host) {
            self.start_again(program, cause, recorder);
        }
    }

    fn programs_of(&self, host: HostId) -> Vec<ProgramId> {
        let programs = (0u16..).zip(&self.plan.programs);
        let here = programs.filter(|(_, program)| program.host == host);
        here.map(|(n, _)| ProgramId(n)).collect()
    }
}
