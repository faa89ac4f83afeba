//! The same work for whyeof and for smoltcp, which is the fastest real TCP that there is to compare with.
//!
//! [`Work`] is what is done, [`Contender`] who does it; [`Contender::does`] is one round. Times are taken outside.

mod ours;
mod peer;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

use std::time::Duration;

/// Bytes of a request with its head: three segments of an Ethernet's size.
const REQUEST: u32 = 4_096;
/// Bytes of a response with its head.
const RESPONSE: u32 = 1_024;
/// What a packet takes from one host to another.
const ONE_WAY: Duration = Duration::from_millis(5);
/// How long a server leaves a connection idle.
const IDLE: Duration = Duration::from_secs(10);
/// Connections of each client of a pool.
const CONNECTIONS: u32 = 10;
/// Runs of [`Work::Races`].
pub const RACES: u32 = 2_001;
/// Runs of [`Work::Silences`].
pub const SILENCES: u32 = 1_000;
/// Exchanges of [`Work::Exchanges`].
pub const EXCHANGES: u32 = 10_000;
/// When the n-th of [`RACES`] asks again, from its response on: halfway between two ticks of 10 µs, so that nothing ties.
const FIRST_RACE: Duration = Duration::from_nanos(9_990_005_000);
const RACE_STEP: Duration = Duration::from_micros(10);
/// What `tcp_retries2` = 15 stands for: the sum of 200 ms doubled up to 120 s (kernel `tcp_model_timeout`).
pub const RETRIES2: Duration = Duration::from_millis(924_600);

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// 10,000 exchanges on one connection, a second apart.
    Exchanges,
    /// 2,001 runs whose second request starts 9.990005 … 10.010005 s after the first one's response, against an idle limit of
    /// 10 s.
    Races,
    /// 1,000 runs with a request into a silence, until the sender's kernel gives up.
    Silences,
    /// Clients with ten connections each to one server, and so many exchanges on each, 10 ms apart.
    Pool {
        /// How many clients.
        clients: u16,
        /// How many exchanges on each of their connections.
        exchanges: u32,
    },
}

impl Work {
    /// All that is measured. Pools that smoltcp shares have fewer exchanges where they are large: its time goes with the square
    /// of the connections.
    pub const ALL: [Self; 8] = [
        Self::Exchanges,
        Self::Races,
        Self::Silences,
        pool(10, 100),
        pool(100, 10),
        pool(1_000, 1),
        pool(100, 100),
        pool(1_000, 100),
    ];

    /// As the facts and `--once` name it.
    pub fn id(self) -> String {
        match self {
            Self::Exchanges => "W1".to_owned(),
            Self::Races => "W2".to_owned(),
            Self::Silences => "W3".to_owned(),
            Self::Pool { clients, exchanges } => format!("W4-{clients}x{exchanges}"),
        }
    }

    /// As people read it.
    pub fn title(self) -> String {
        match self {
            Self::Exchanges => "10,000 exchanges on one connection".to_owned(),
            Self::Races => "2,001 idle races".to_owned(),
            Self::Silences => "1,000 silences".to_owned(),
            Self::Pool { clients, exchanges } => {
                let connections = match clients {
                    10 => "100",
                    100 => "1,000",
                    _ => "10,000",
                };
                let exchanges = match exchanges {
                    1 => "one exchange".to_owned(),
                    more => format!("{more} exchanges"),
                };
                format!("{connections} connections, {exchanges} on each")
            }
        }
    }

    /// Whether smoltcp takes most of a minute for it.
    pub const fn is_slow(self) -> bool {
        matches!(self, Self::Pool { clients, .. } if clients >= 1_000)
    }

    /// Whether this is what comes out. Nothing ties in the races: the window is one round trip, and half of the steps are in it.
    pub fn is_right(self, answer: &Answer) -> bool {
        match self {
            Self::Exchanges | Self::Pool { .. } => {
                (answer.answered, answer.lost) == (self.units().1, 0)
            }
            Self::Races => (answer.lost, answer.redialled) == (1_000, u64::from(RACES) - 1_000),
            Self::Silences => answer.lost == u64::from(SILENCES) && answer.gave_up >= RETRIES2,
        }
    }

    /// What a cost is told for, and how many of them there are: exchanges, or runs where each has a question of its own.
    pub fn units(self) -> (&'static str, u64) {
        match self {
            Self::Exchanges => ("exchange", EXCHANGES.into()),
            Self::Races => ("run", RACES.into()),
            Self::Silences => ("run", SILENCES.into()),
            Self::Pool { clients, exchanges } => {
                let connections = u64::from(clients) * u64::from(CONNECTIONS);
                ("exchange", connections * u64::from(exchanges))
            }
        }
    }
}

const fn pool(clients: u16, exchanges: u32) -> Work {
    Work::Pool { clients, exchanges }
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// whyeof, which keeps every record.
    Trace,
    /// whyeof, which keeps how the requests ended.
    Outcomes,
    /// smoltcp, driven by an event queue; it keeps no trace.
    Smoltcp,
}

impl Contender {
    /// In the order of a round.
    pub const ALL: [Self; 3] = [Self::Trace, Self::Outcomes, Self::Smoltcp];

    /// As `--once` names it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Outcomes => "outcomes",
            Self::Smoltcp => "smoltcp",
        }
    }

    /// Whether it takes part: a million exchanges would be 12 million records, and hours for smoltcp.
    pub const fn does_at_all(self, work: Work) -> bool {
        match work {
            Work::Pool { clients, exchanges } => {
                matches!(self, Self::Outcomes) || clients as u32 * exchanges <= 1_000
            }
            Work::Exchanges | Work::Races | Work::Silences => true,
        }
    }

    /// Does it once.
    pub fn does(self, work: Work) -> Answer {
        match self {
            Self::Smoltcp => peer::does(work),
            Self::Trace => ours::does(work, ours::Keeping::Trace),
            Self::Outcomes => ours::does(work, ours::Keeping::Outcomes),
        }
    }
}

/// A work and who does it, as `W1/outcomes`.
pub fn named(what: &str) -> Option<(Work, Contender)> {
    let (work, contender) = what.split_once('/')?;
    let work = Work::ALL.into_iter().find(|it| it.id() == work)?;
    let contender = Contender::ALL.into_iter().find(|it| it.id() == contender)?;
    Some((work, contender))
}

/// The races with the times that Go takes, in place of none; and how many of them ought to be lost: the window is a round trip, what the
/// client takes to notice the FIN, and what the server takes from its timer to it.
pub fn races_of_go() -> (Answer, u64) {
    let window = ONE_WAY * 2 + ours::go_notices();
    let steps = window.as_nanos() / RACE_STEP.as_nanos();
    (
        ours::go(Work::Races),
        u64::try_from(steps).unwrap_or(u64::MAX),
    )
}

/// What came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Segments sent; 0 where they are not counted.
    pub segments: u64,
    /// Requests that got a response.
    pub answered: u64,
    /// Those of them that went on a second connection, because the first had ended.
    pub redialled: u64,
    /// Requests that got none.
    pub lost: u64,
    /// From a request's start to its failure, in the last run that had one.
    pub gave_up: Duration,
}
