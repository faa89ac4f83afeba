//! How a run ended for its caller, and what files call it.

use crate::hops::{behind, with_hops};
use whyeof_sim::recorder::{Outcome, Outcomes};
use whyeof_sim::world::World;
use whyeof_trace::{Evicted, Failure, RequestId, SocketError, not_served};

/// How a run ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A response, on a connection that had been used before.
    OkReused,
    /// A response, on a new connection.
    OkNew,
    /// A response, after the runtime silently sent the request again.
    OkRetried,
    /// The caller gets an error.
    Failed(Failure),
    /// The run was over before.
    Unfinished,
}

/// Which end closed a connection first, where a later request could have used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closer {
    /// The client, whose pool let go of it.
    Client,
    /// The server, and the client had seen that in time.
    Server,
}

impl Closer {
    const ALL: [Self; 2] = [Self::Client, Self::Server];

    /// As files name it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    /// The one of this code.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// Who closed the connection that a request, which got a new one, could else have had; `None`: it was not idle then.
    pub const fn before(outcome: &Outcome) -> Option<Self> {
        match outcome.after {
            _ if outcome.reused => None,
            Some(Evicted::IdleTimeout) => Some(Self::Client),
            Some(Evicted::ServerClosed | Evicted::Reset) => Some(Self::Server),
            _ => None,
        }
    }
}

/// What files call failures; those of the kernel have its errno beside them.
const FAILURES: [(Failure, &str); 24] = [
    (Failure::EndOfStream, "end-of-stream"),
    (Failure::Reset, "reset"),
    (Failure::ServerClosedIdle, "server-closed-idle"),
    (Failure::BrokenPipe, "broken-pipe"),
    (Failure::Truncated, "truncated"),
    (Failure::Timeout, "timeout"),
    (Failure::Refused, "refused"),
    (Failure::TimedOut, "timed-out"),
    (Failure::TimeoutInBody, "timeout-in-body"),
    (Failure::CutInHead, "cut-in-head"),
    (Failure::ResetInBody, "reset-in-body"),
    (Failure::TimeoutInQueue, "timeout-in-queue"),
    (Failure::GaveUp, "gave-up"),
    (Failure::GaveUpInBody, "gave-up-in-body"),
    (Failure::ProcessExit, "process-exit"),
    (Failure::DialTimedOut, "dial-timed-out"),
    (Failure::SocketTimeout, "socket-timeout"),
    (Failure::Abandoned, "abandoned"),
    (Failure::ServerError, "server-error"),
    (Failure::DialTimeout, "dial-timeout"),
    (Failure::HeadTimeout, "head-timeout"),
    (Failure::ClientLeft, "client-left"),
    // Only what stands before the errno's name counts.
    (Failure::Errno(SocketError::BrokenPipe), "errno"),
    (Failure::DialErrno(SocketError::BrokenPipe), "dial-errno"),
];

/// The kernel's errors.
const ERRNOS: [SocketError; 10] = [
    SocketError::ConnectionRefused,
    SocketError::ConnectionReset,
    SocketError::BrokenPipe,
    SocketError::TimedOut,
    SocketError::HostUnreachable,
    SocketError::NetUnreachable,
    SocketError::NoProtocolOption,
    SocketError::NotConnected,
    SocketError::ConnectionAborted,
    SocketError::AddressNotAvailable,
];

impl Ending {
    /// As JSON and CSV name it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OkReused => "ok-reused",
            Self::OkNew => "ok-new",
            Self::OkRetried => "ok-retried",
            Self::Failed(_) => "failed",
            Self::Unfinished => "unfinished",
        }
    }

    /// Which failure it is, as JSON names it: `end-of-stream`, `errno:EHOSTUNREACH`.
    pub fn failure(self) -> Option<String> {
        let Self::Failed(failure) = self else {
            return None;
        };
        Some(match failure {
            Failure::Errno(errno) => format!("errno:{}", errno.name()),
            Failure::DialErrno(errno) => format!("dial-errno:{}", errno.name()),
            other => {
                let named = FAILURES.iter().find(|(failure, _)| *failure == other);
                named.map_or("other", |(_, name)| name).to_owned()
            }
        })
    }

    /// The ending of this code, with this failure if it is one.
    pub fn named(code: &str, failure: Option<&str>) -> Option<Self> {
        let plain = [
            Self::OkReused,
            Self::OkNew,
            Self::OkRetried,
            Self::Unfinished,
        ];
        let Some(failure) = failure else {
            return plain.into_iter().find(|ending| ending.code() == code);
        };
        let (kind, errno) = match failure.split_once(':') {
            Some((kind, name)) => (kind, Some(ERRNOS.into_iter().find(|e| e.name() == name)?)),
            None => (failure, None),
        };
        let (known, _) = FAILURES.iter().find(|(_, name)| *name == kind)?;
        let failure = match (known, errno) {
            (Failure::Errno(_), Some(errno)) => Failure::Errno(errno),
            (Failure::DialErrno(_), Some(errno)) => Failure::DialErrno(errno),
            (Failure::Errno(_) | Failure::DialErrno(_), None) | (_, Some(_)) => return None,
            (plain, None) => *plain,
        };
        (code == "failed").then_some(Self::Failed(failure))
    }

    /// Of one request.
    pub const fn of(outcome: &Outcome) -> Self {
        match (outcome.failure, outcome.ended) {
            (Some((failure, _)), _) => Self::Failed(failure),
            (None, Some(_)) if not_served(outcome.status) => Self::Failed(Failure::ServerError),
            (None, None) => Self::Unfinished,
            (None, Some(_)) if outcome.attempts > 1 => Self::OkRetried,
            (None, Some(_)) if outcome.reused => Self::OkReused,
            (None, Some(_)) => Self::OkNew,
        }
    }

    /// Of every request that a caller made in a run, with the error as the program prints it. What proxies make of one is part of it.
    pub fn all(outcomes: &Outcomes, world: &World) -> Vec<(Self, Option<String>)> {
        let behind = behind(world, &outcomes.requests);
        let ids = (0..).map(RequestId).zip(&outcomes.requests);
        let asked = ids.filter(|(id, _)| world.request(*id).parent.is_none());
        let ended = asked.map(|(id, outcome)| {
            let outcome = with_hops(*outcome, behind[id.index()]);
            let error = outcome.failure.map(|(_, text)| world.text(text).to_owned());
            (Self::of(&outcome), error)
        });
        ended.collect()
    }

    /// Whether the caller gets an error, or never hears.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed(_) | Self::Unfinished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_as_the_same_ending() {
        let failures = FAILURES.iter().map(|(failure, _)| *failure);
        let errnos = ERRNOS
            .into_iter()
            .flat_map(|errno| [Failure::Errno(errno), Failure::DialErrno(errno)]);
        let failed = failures.chain(errnos).map(Ending::Failed);
        let plain = [
            Ending::OkReused,
            Ending::OkNew,
            Ending::OkRetried,
            Ending::Unfinished,
        ];
        for ending in failed.chain(plain) {
            let failure = ending.failure();
            assert_ne!(failure.as_deref(), Some("other"), "{ending:?}");
            let again = Ending::named(ending.code(), failure.as_deref());
            assert_eq!(again, Some(ending));
        }
        for (code, failure) in [
            ("failed", None),
            ("failed", Some("errno")),
            ("failed", Some("reset:EPIPE")),
            ("ok-new", Some("reset")),
            ("lost", None),
        ] {
            assert_eq!(Ending::named(code, failure), None);
        }
    }
}
