//! What a client asks for, and when.

use super::body::Reads;
use super::pool::Reuse;
use super::{Caller, Client, Job};
use crate::chance::{self, Draw, Latency, Who};
use crate::host::Step;
use crate::http::Deadline;
use crate::http::codec::RequestHead;
use crate::recorder::Cause;
use crate::syscalls::{ProgramTimer, Syscalls};
use crate::target::Target;
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{
    Event, FaultEvent, LimitKind, Method, Request, RequestEvent, RequestId, TextId, Time, Timer,
    TimerKind, TimerOf,
};

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The server's host, or a name for several.
    pub to: Target,
    /// The server's port.
    pub port: u16,
    /// Host and port as the URL has them: `pyroscope:4040`.
    pub authority: String,
    /// Method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Body bytes.
    pub body: u32,
    /// Own header fields.
    pub headers: Vec<(String, String)>,
    /// When the first request starts.
    pub at: Duration,
    /// Time from one start to the next; `None`: only one.
    pub every: Option<Duration>,
    /// Drawn per request, except the first, and added to `every`: least and most.
    pub plus: (Duration, Duration),
    /// How many.
    pub count: u32,
    /// How the times between two starts are spread.
    pub arrivals: Arrivals,
    /// So many callers, each of which asks again only when it has heard; `None`: one that does not wait.
    pub workers: Option<u32>,
    /// From the end of each request of a worker to the start of its next one, in place of what is counted from start to start.
    pub pauses: Option<Arc<[Duration]>>,
    /// What a caller does after an error.
    pub again: Option<Again>,
    /// What the caller does with the response's body.
    pub reads: Reads,
    /// The caller's own time for one request.
    pub give_up: Option<Deadline>,
    /// What the caller does then.
    pub gives_up: GivesUp,
    /// What the caller does when the client tells it that nothing moves on the request's connection.
    pub on_timeout: OnTimeout,
    /// Whether it asks with `Connection: close` (Go: `Request.Close`): a pooled connection may serve it, and is not kept.
    pub close: bool,
    /// The body is written in pieces of so many bytes, each after such a pause.
    pub pieces: Option<(u32, Duration)>,
}

impl Workload {
    /// What is left between a request's end and the start of this one, from 0.
    fn pause_before(&self, number: u32) -> Option<Duration> {
        let pauses = self.pauses.as_deref()?;
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        pauses.get(at).copied()
    }
}

/// How the times between two starts are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// All alike, but for what is drawn in addition.
    #[default]
    Even,
    /// As of many callers who do not know of each other: exponentially, with `every` as their mean.
    Poisson,
}

/// A caller that tries again after an error: a new request each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// How often at most.
    pub most: u16,
    /// How long it waits before the first time; each time twice as long.
    pub after: Duration,
}

/// How a request ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Good,
    Bad,
}

/// What a caller does when its own time for a request is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GivesUp {
    /// It cancels the request, which closes the connection (Go: a context; Node: `req.destroy()`).
    #[default]
    Cancels,
    /// It stops waiting and touches nothing: the request goes on, and runs.
    Leaves,
}

/// What a caller does with an event that says that nothing moves on its connection (Node: `req.on('timeout', …)`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnTimeout {
    /// Nothing: nobody listens.
    #[default]
    Nothing,
    /// It destroys the request, and with it the connection (`req.destroy()`; recorded in 08f).
    Destroys,
}

/// What is the same for every request of a workload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts {
    url: TextId,
    head: TextId,
    head_len: u32,
}

impl Client {
    /// Every workload waits for its first request; workers begin one after another within an interval.
    pub(super) fn plan_requests(&self, sys: &mut Syscalls<'_>) {
        for (index, workload) in (0..).zip(&self.config.workloads) {
            let Some(workers) = workload.workers else {
                if workload.count > 0 {
                    next_request(sys, index, workload.at);
                }
                continue;
            };
            let workers = workers.clamp(1, workload.count.max(1));
            let step = workload.every.unwrap_or_default() / workers;
            for worker in 0..workers.min(workload.count) {
                next_request(sys, index, workload.at + step * worker);
            }
        }
    }

    /// A new process goes on where the one before it was: what was to be asked at set times is asked at those that are still to
    /// come.
    pub fn start_again(&mut self, old: &Self, sys: &mut Syscalls<'_>) {
        self.started.clone_from(&old.started);
        self.asked.clone_from(&old.asked);
        for (index, workload) in (0..).zip(&Arc::clone(&self.config).workloads) {
            let asked = self.asked[usize::from(index)];
            let left = workload.count.saturating_sub(asked);
            if let Some(workers) = workload.workers {
                for _ in 0..workers.clamp(1, workload.count.max(1)).min(left) {
                    next_request(sys, index, Duration::ZERO);
                }
                continue;
            }
            let (due, asked) = next_due(workload, asked, sys.now());
            self.asked[usize::from(index)] = asked;
            if asked < workload.count {
                next_request(sys, index, due.since(sys.now()));
            }
        }
    }

    /// The time for a request that waits for no other has come, or for a worker's first.
    pub(super) fn on_time(&mut self, index: u16, sys: &mut Syscalls<'_>) {
        let number = self.asked[usize::from(index)];
        let workload = self.workload(index);
        if workload.workers.is_some() {
            return self.ask(index, 0, sys);
        }
        if let (Some(every), true) = (workload.every, number + 1 < workload.count)
            && sys.has_room_for_request()
        {
            let gap = self.gap(index, every, number, sys);
            next_request(sys, index, gap);
        }
        self.start_request(index, 0, sys);
    }

    /// A worker is free, or a caller tries again.
    pub(super) fn ask(&mut self, workload: u16, tries: u16, sys: &mut Syscalls<'_>) {
        let count = self.workload(workload).count;
        if tries > 0 || self.asked[usize::from(workload)] < count {
            self.start_request(workload, tries, sys);
        }
    }

    /// From one start to the next.
    fn gap(&self, index: u16, every: Duration, number: u32, sys: &Syscalls<'_>) -> Duration {
        let workload = self.workload(index);
        let key = |what| chance::Key {
            seed: sys.seed(),
            who: Who::workload(self.id, index),
            what,
            number: u64::from(number),
        };
        let every = match workload.arrivals {
            Arrivals::Even => every,
            Arrivals::Poisson => key(Draw::Arrival).exponential(every),
        };
        let (least, most) = workload.plus;
        every + key(Draw::RequestJitter).between(least, most)
    }

    /// Whether any row has requests left that it has not asked for.
    pub fn asks_more(&self) -> bool {
        let rows = self.config.workloads.iter().zip(&self.asked);
        rows.into_iter().any(|(row, asked)| *asked < row.count)
    }

    /// A caller has heard of its request's end, on this record: it tries again, or asks for the next one.
    pub(super) fn heard(&self, job: Job, end: End, by: Cause, sys: &mut Syscalls<'_>) {
        let workload = self.workload(job.asked_by);
        let again = workload.again.filter(|again| job.tries < again.most);
        let (at, tries) = match (end, again) {
            (End::Bad, Some(again)) => {
                let wait = again.after.saturating_mul(1 << job.tries.min(31));
                (sys.now() + wait, job.tries + 1)
            }
            _ if workload.workers.is_some() => {
                let number = self.asked[usize::from(job.asked_by)];
                let every = workload.every.unwrap_or_default();
                let next = match workload.pause_before(number) {
                    Some(pause) => sys.now() + pause,
                    None => job.started + self.gap(job.asked_by, every, number, sys),
                };
                (next.max(sys.now()), 0)
            }
            _ => return,
        };
        let before = sys.cause();
        sys.set_cause(by);
        let workload = job.asked_by;
        sys.at(at, Step::Ask { workload, tries });
        sys.set_cause(before);
    }

    fn start_request(&mut self, index: u16, tries: u16, sys: &mut Syscalls<'_>) {
        self.asked[usize::from(index)] += u32::from(tries == 0);
        self.make_request(index, tries, None, sys);
    }

    /// Starts a request; `None`: there is no room for one more.
    pub(super) fn make_request(
        &mut self,
        asked_by: u16,
        tries: u16,
        parent: Option<RequestId>,
        sys: &mut Syscalls<'_>,
    ) -> Option<RequestId> {
        let index = self.addressed(asked_by, sys);
        let number = self.started[usize::from(index)];
        if !sys.has_room_for_request() {
            sys.note(Event::Fault(FaultEvent::Limit {
                kind: LimitKind::Requests,
            }));
            return None;
        }
        self.started[usize::from(index)] = number + 1;
        let url = self.texts(index, sys).url;
        let workload = self.workload(index);
        let give_up = workload.give_up;
        let request = Request {
            program: self.id,
            method: workload.method,
            url,
            body: workload.body,
            parent,
            tries,
            number: 0,
        };
        let request = sys.request(request, index, number);
        sys.note_step(Event::Request(RequestEvent::Started { request }));
        let started = sys.now();
        let timeout = self.config.timeout;
        let mut limit = |kind, deadline| self.limit(request, kind, deadline, sys);
        let job = Job {
            workload: index,
            asked_by,
            started,
            tries,
            attempt: 1,
            socket: None,
            timeout: limit(TimerKind::ClientRequest, timeout),
            give_up: limit(TimerKind::GiveUp, give_up),
            caller: Caller::Waits,
            queued: false,
        };
        self.jobs.insert(request, job);
        self.acquire(request, sys);
        Some(request)
    }

    /// The workload of this number: configured, or what a proxy passes on.
    pub(super) fn workload(&self, index: u16) -> &Workload {
        let (index, own) = (usize::from(index), self.config.workloads.len());
        match self.config.workloads.get(index) {
            Some(workload) => workload,
            None => &self.passed_on[index - own],
        }
    }

    fn limit(
        &self,
        request: RequestId,
        kind: TimerKind,
        deadline: Option<Deadline>,
        sys: &mut Syscalls<'_>,
    ) -> Option<ProgramTimer> {
        let deadline = deadline?;
        let timer = Timer {
            kind,
            of: TimerOf::Request(request),
        };
        let late = self.config.latency.timer;
        Some(sys.set_timer(timer, deadline.after, late, deadline.setting))
    }

    /// The head of a workload's requests: made once, the same for all.
    pub(super) fn head(&mut self, index: u16, sys: &mut Syscalls<'_>) -> (TextId, u32) {
        let texts = self.texts(index, sys);
        (texts.head, texts.head_len)
    }

    fn texts(&mut self, index: u16, sys: &mut Syscalls<'_>) -> Texts {
        if let Some(texts) = self.texts[usize::from(index)] {
            return texts;
        }
        let workload = self.workload(index);
        let head = self.config.heads.request(RequestHead {
            method: workload.method,
            path: &workload.path,
            host: &workload.authority,
            body: workload.body,
            headers: &workload.headers,
            close: workload.close || self.config.pool.reuse == Reuse::Never,
        });
        let url = ["http://", &workload.authority, &workload.path].concat();
        let texts = Texts {
            head_len: u32::try_from(head.len()).unwrap_or(u32::MAX),
            url: sys.tables().text(&url),
            head: sys.tables().text(&head),
        };
        self.texts[usize::from(index)] = Some(texts);
        texts
    }
}

/// When a workload asks next that has asked so often, and how often it will have then: its times go on while nobody asks.
fn next_due(workload: &Workload, asked: u32, now: Time) -> (Time, u32) {
    let mut due = Time::ZERO + workload.at;
    let Some(every) = workload.every.filter(|every| !every.is_zero()) else {
        // A single request, which was asked or will not be.
        let missed = if due < now { workload.count } else { asked };
        return (due.max(now), missed.max(asked));
    };
    let mut number = 0;
    while due < now && number < workload.count {
        due += every;
        number += 1;
    }
    (due.max(now), number.max(asked))
}

fn next_request(sys: &mut Syscalls<'_>, index: u16, span: Duration) {
    let timer = Timer {
        kind: TimerKind::NextRequest,
        of: TimerOf::Workload(index),
    };
    sys.set_timer(timer, span, Latency::ZERO, None);
}
