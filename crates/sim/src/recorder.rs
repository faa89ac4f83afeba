//! What becomes of what happens: a full trace, or just how the requests ended.

use crate::copy::clone_into_place;
use crate::limits::Limits;
use whyeof_trace::{
    Event, Evicted, Failure, HostId, PoolEvent, Record, RecordId, RequestEvent, RequestId, TextId,
    Time,
};

/// The record that brought something about; always `None` where no trace is kept.
pub type Cause = Option<RecordId>;

/// Takes down what happens.
pub trait Recorder {
    /// Something happened; returns its record, so that it can be the cause of others.
    fn note(&mut self, time: Time, host: HostId, cause: Cause, event: Event) -> Cause;

    /// What is taken down at all.
    fn keeps(&self) -> Keeps {
        Keeps::Everything
    }

    /// Whether it takes more.
    fn room(&self) -> Room {
        Room::Open
    }
}

/// Whether a recorder takes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It does.
    Open,
    /// No more can be taken.
    Full,
    /// Nothing changes what it has, unless something new is asked for.
    Settled,
}

/// Which events a recorder takes down. The others need not be made, so this is asked where they would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// All.
    Everything,
    /// Requests, the connections that they get, and why connections leave their pool.
    Requests,
}

impl Keeps {
    /// Whether an event of this kind is taken down.
    #[inline]
    pub const fn wants(self, event: &Event) -> bool {
        match self {
            Self::Everything => true,
            Self::Requests => matches!(
                event,
                Event::Request(_)
                    | Event::Pool(
                        PoolEvent::Checkout { .. }
                            | PoolEvent::Dial { .. }
                            | PoolEvent::Evict { .. }
                    )
            ),
        }
    }
}

/// Records for which there is room at first: a short run's.
const FIRST_ROOM: usize = 256;

/// Keeps every record.
#[derive(Clone, Debug, Default)]
pub struct TraceRecorder {
    /// The records so far.
    pub records: Vec<Record>,
    /// How many are kept at most.
    pub limit: usize,
}

impl TraceRecorder {
    /// An empty one with the bound of these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            records: Vec::with_capacity(FIRST_ROOM.min(limits.records)),
            limit: limits.records,
        }
    }
}

impl Recorder for TraceRecorder {
    fn note(&mut self, time: Time, host: HostId, cause: Cause, event: Event) -> Cause {
        let id = RecordId::from_index(self.records.len());
        if self.records.len() == self.records.capacity() {
            // Half as much again, and not twice: records are the most of what a run takes.
            self.records
                .reserve_exact(self.records.len() / 2 + FIRST_ROOM);
        }
        self.records.push(Record {
            id,
            time,
            host,
            cause,
            event,
        });
        Some(id)
    }

    fn room(&self) -> Room {
        if self.records.len() >= self.limit {
            Room::Full
        } else {
            Room::Open
        }
    }
}

/// How one request ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// When the caller asked.
    pub started: Time,
    /// When it ended; `None`: the run was over before.
    pub ended: Option<Time>,
    /// The status of its answer; 0: there was none.
    pub status: u16,
    /// The error, if it failed.
    pub failure: Option<(Failure, TextId)>,
    /// Attempts.
    pub attempts: u16,
    /// Times that its last byte was handed to the client's kernel.
    pub sent: u16,
    /// Times a handler ran.
    pub executed: u16,
    /// Whether the last attempt's connection counted as reused.
    pub reused: bool,
    /// How long that connection had been idle.
    pub idle_for: std::time::Duration,
    /// When a connection was dialled for it: why the last one before had left a pool of its machine.
    pub after: Option<Evicted>,
}

/// Keeps how each request ended, and nothing else.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// By request, in the order of their starts.
    pub requests: Vec<Outcome>,
    /// Requests that have not ended.
    open: usize,
    /// Whether one of them failed, or was sent again: what it left on its way may still be executed.
    in_doubt: bool,
    /// Why a connection last left a pool, by machine.
    evicted: Vec<(HostId, Evicted)>,
}

clone_into_place!(Outcomes {
    requests,
    open,
    in_doubt,
    evicted
});

impl Outcomes {
    fn of(&mut self, request: RequestId) -> &mut Outcome {
        if self.requests.len() <= request.index() {
            self.requests
                .resize(request.index() + 1, Outcome::default());
        }
        &mut self.requests[request.index()]
    }

    fn request(&mut self, time: Time, event: RequestEvent) {
        let outcome = self.of(event.request());
        match event {
            RequestEvent::Started { .. } => {
                outcome.started = time;
                self.open += 1;
            }
            RequestEvent::Written { .. } => outcome.sent += 1,
            RequestEvent::Executed { .. } => outcome.executed += 1,
            RequestEvent::Retried { attempt, .. } => {
                outcome.attempts = attempt;
                self.in_doubt = true;
            }
            RequestEvent::Finished { .. } => {
                outcome.ended = Some(time);
                self.open = self.open.saturating_sub(1);
            }
            RequestEvent::Failed { failure, text, .. } => {
                outcome.ended = Some(time);
                outcome.failure = Some((failure, text));
                self.in_doubt = true;
                self.open = self.open.saturating_sub(1);
            }
            RequestEvent::Head { status, .. } => outcome.status = status,
            RequestEvent::Responded { .. }
            | RequestEvent::BodyLeft { .. }
            | RequestEvent::Late { .. } => {}
        }
    }
}

impl Recorder for Outcomes {
    fn keeps(&self) -> Keeps {
        Keeps::Requests
    }

    fn room(&self) -> Room {
        if self.open == 0 && !self.in_doubt {
            Room::Settled
        } else {
            Room::Open
        }
    }

    fn note(&mut self, time: Time, host: HostId, _: Cause, event: Event) -> Cause {
        match event {
            Event::Request(event) => self.request(time, event),
            Event::Pool(PoolEvent::Evict { why, .. }) => {
                match self.evicted.iter_mut().find(|(other, _)| *other == host) {
                    Some((_, last)) => *last = why,
                    None => self.evicted.push((host, why)),
                }
            }
            Event::Pool(PoolEvent::Dial { request, .. }) => {
                let last = self.evicted.iter().find(|(other, _)| *other == host);
                self.of(request).after = last.map(|(_, why)| *why);
            }
            Event::Pool(PoolEvent::Checkout {
                request,
                reused,
                idle_for,
                ..
            }) => {
                let outcome = self.of(request);
                outcome.attempts = outcome.attempts.max(1);
                outcome.reused = reused;
                outcome.idle_for = idle_for;
            }
            _ => {}
        }
        None
    }
}
