//! Commands typed at machines' shells, lowered: names become numbers, and stops of processes times at which they do not run.

use super::Lowering;
use crate::shell::{self, Service, Signal};
use crate::v1::{Scenario, Typed};
use std::time::Duration;
use whyeof_sim::plan::{self, CommandPlan};
use whyeof_trace::time::nanos;
use whyeof_trace::{ProgramId, SortKey};

impl Lowering<'_> {
    pub(super) fn command(&mut self, typed: &Typed, scenario: &Scenario) -> CommandPlan {
        let Ok(read) = shell::parse(&typed.run, scenario) else {
            unreachable!("checked: {} is a command", typed.run);
        };
        let command = match read {
            shell::Command::Iptables(filter) => plan::Command::Iptables(filter),
            shell::Command::Signal(signal, name) => {
                let program = self.program_named(name);
                match signal {
                    Signal::Kill => plan::Command::Kill(program),
                    Signal::Terminate => plan::Command::Terminate(program),
                    Signal::Stop => self.pause(program, typed, scenario),
                    Signal::Continue => plan::Command::Pause,
                }
            }
            shell::Command::Service(service, name) => {
                let program = self.program_named(name);
                match service {
                    Service::Start => plan::Command::Start(program),
                    Service::Stop => plan::Command::Stop(program),
                    Service::Restart => plan::Command::Restart(program),
                }
            }
            shell::Command::Power(power) => plan::Command::PowerOff {
                down: power.down(typed.lasts),
            },
            shell::Command::Destroy(host) => plan::Command::Destroy {
                peer: self.host(host),
            },
        };
        CommandPlan {
            at: typed.at,
            host: self.host(&typed.on),
            command,
            line: typed.run.clone(),
        }
    }

    /// When a process that is stopped goes on: after its time, or with the next `kill -CONT`, or never.
    fn pause(&mut self, program: ProgramId, stop: &Typed, scenario: &Scenario) -> plan::Command {
        let name = self.programs[program.index()].name.clone();
        let continues = |typed: &&Typed| {
            let read = shell::parse(&typed.run, scenario);
            typed.at > stop.at && read == Ok(shell::Command::Signal(Signal::Continue, &name))
        };
        let next = scenario.typed.iter().filter(continues).map(|t| t.at).min();
        let lasts = stop.lasts.map(|lasts| stop.at + lasts);
        let until = lasts.into_iter().chain(next).min();
        let until = until.unwrap_or(scenario.until + Duration::from_secs(1));
        let busy = &mut self.programs[program.index()].busy;
        busy.push(plan::Busy {
            at: stop.at,
            lasts: until.saturating_sub(stop.at),
        });
        // In order of time: there are few.
        busy.sort_by_cached_key(|busy| -> SortKey { (nanos(busy.at), 0) });
        plan::Command::Pause
    }

    fn program_named(&self, name: &str) -> ProgramId {
        let place = self
            .programs
            .iter()
            .position(|program| program.name == name);
        ProgramId(u16::try_from(place.unwrap_or_default()).unwrap_or(u16::MAX))
    }
}
