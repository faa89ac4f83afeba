//! How a server ends: told to shut down, or with its process.

use super::{Phase, Server, Stops};
use crate::chance::Latency;
use crate::host::Step;
use crate::syscalls::Syscalls;
use std::time::Duration;
use whyeof_trace::{SocketId, Timer, TimerKind, TimerOf};

/// Whether a server serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It does.
    Serving,
    /// It finishes what it has begun, and looks after this time what there is to close.
    ShuttingDown(Duration),
    /// It finishes what it has begun; each answer is the last on its connection.
    Quitting,
    /// Its process has ended.
    Exited,
}

/// How long Shutdown waits before it looks again: doubled each time (server.go `Shutdown`; a tenth of it more, drawn, is not
/// modelled).
const FIRST_LOOK: Duration = Duration::from_millis(1);
/// `shutdownPollIntervalMax`.
const LAST_LOOK: Duration = Duration::from_millis(500);
/// A connection that was never used is closed when it is as old as this (`closeIdleConns`, golang/go#22682).
const NEW_FOR: Duration = Duration::from_secs(5);

impl Server {
    /// The times of its end are set.
    pub(super) fn plan_end(&self, sys: &mut Syscalls<'_>) {
        let ends = [
            (TimerKind::Shutdown, self.config.shutdown),
            (TimerKind::Exit, self.config.exit),
        ];
        for (kind, at) in ends {
            if let Some(at) = at {
                let of = TimerOf::Program(self.id);
                sys.set_timer(Timer { kind, of }, at, Latency::ZERO, None);
            }
        }
    }

    /// One of those times has come.
    pub(super) fn end_timer(&mut self, kind: TimerKind, sys: &mut Syscalls<'_>) {
        if kind == TimerKind::Exit {
            self.exit(sys);
            return;
        }
        self.told = true;
        match self.config.stops {
            Stops::Drains => {}
            Stops::Quits => {
                sys.close_listener(self.config.listen);
                self.life = Life::Quitting;
                self.close_idle(sys);
                return;
            }
            Stops::ClosesIdle | Stops::Listening => {
                sys.close_listener(self.config.listen);
                if self.config.stops == Stops::ClosesIdle {
                    self.close_idle(sys);
                }
                return;
            }
        }
        sys.close_listener(self.config.listen);
        self.life = Life::ShuttingDown(FIRST_LOOK);
        self.look(sys);
    }

    /// Closes what is idle by now, and looks again after twice the time if anything is left.
    pub(super) fn look(&mut self, sys: &mut Syscalls<'_>) {
        let Life::ShuttingDown(pause) = self.life else {
            return;
        };
        self.close_idle(sys);
        if !self.conns.is_empty() {
            self.life = Life::ShuttingDown((pause * 2).min(LAST_LOOK));
            sys.at(sys.now() + pause, Step::Look);
        }
    }

    /// Idle connections are closed at once, never used ones when they are old enough; requests at work are finished.
    fn close_idle(&mut self, sys: &mut Syscalls<'_>) {
        let now = sys.now();
        let idle = self.conns.iter().filter(|(_, conn)| match conn.phase {
            Phase::Idle => true,
            Phase::New => now.since(conn.accepted) >= NEW_FOR,
            _ => false,
        });
        let idle: Vec<SocketId> = idle.map(|(id, _)| id).collect();
        for id in idle {
            self.close(id, sys);
        }
    }

    /// Whether its process has ended, or has been told to and has nothing left to do.
    pub fn has_ended(&self) -> bool {
        self.life == Life::Exited || self.told && self.conns.is_empty()
    }

    /// The process is gone.
    pub fn vanish(&mut self) {
        self.life = Life::Exited;
        self.conns.clear();
    }

    /// A new process listens.
    pub fn start_again(&self, sys: &mut Syscalls<'_>) {
        self.listen(sys);
    }

    /// The process ends: the kernel closes its sockets.
    pub fn exit(&mut self, sys: &mut Syscalls<'_>) {
        if self.life == Life::Exited {
            return;
        }
        sys.close_listener(self.config.listen);
        self.life = Life::Exited;
        let all: Vec<SocketId> = self.conns.keys().collect();
        for id in all {
            self.close(id, sys);
        }
    }
}
