//! What a client asks for, and when.

use super::body::Reads;
use super::pool::Reuse;
use super::{Client, Job};
use crate::chance::{self, Draw, Latency, Who};
use crate::http::Deadline;
use crate::http::codec::RequestHead;
use crate::recorder::Recorder;
use crate::syscalls::{ProgramTimer, Syscalls};
use std::sync::Arc;
use std::time::Duration;
use whyeof_trace::{
    Event, FaultEvent, HostId, LimitKind, Method, Request, RequestEvent, RequestId, TextId, Timer,
    TimerKind, TimerOf,
};

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The server's host.
    pub to: HostId,
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
    /// What the caller does with the response's body.
    pub reads: Reads,
    /// The caller's own time for one request.
    pub give_up: Option<Deadline>,
    /// What the caller does then.
    pub gives_up: GivesUp,
    /// The body is written in pieces of so many bytes, each after such a pause.
    pub pieces: Option<(u32, Duration)>,
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

/// What is the same for every request of a workload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts {
    url: TextId,
    head: TextId,
    head_len: u32,
}

impl Client {
    /// Every workload waits for its first request.
    pub(super) fn plan_requests<R: Recorder>(&self, sys: &mut Syscalls<'_, R>) {
        for (index, workload) in (0..).zip(&self.config.workloads) {
            if workload.count > 0 {
                next_request(sys, index, workload.at);
            }
        }
    }

    pub(super) fn start_request<R: Recorder>(&mut self, index: u16, sys: &mut Syscalls<'_, R>) {
        let config = Arc::clone(&self.config);
        let workload = &config.workloads[usize::from(index)];
        let number = self.started[usize::from(index)];
        if !sys.has_room_for_request() {
            sys.note(Event::Fault(FaultEvent::Limit {
                kind: LimitKind::Requests,
            }));
            return;
        }
        self.started[usize::from(index)] = number + 1;
        if let (Some(every), true) = (workload.every, number + 1 < workload.count) {
            let key = chance::Key {
                seed: sys.seed(),
                who: Who::workload(self.id, index),
                what: Draw::RequestJitter,
                number: u64::from(number),
            };
            let (least, most) = workload.plus;
            next_request(sys, index, every + key.between(least, most));
        }
        let url = self.texts(index, sys).url;
        let request = Request {
            program: self.id,
            method: workload.method,
            url,
            body: workload.body,
        };
        let request = sys.request(request, index, number);
        sys.note_step(Event::Request(RequestEvent::Started { request }));
        let mut limit = |kind, deadline| self.limit(request, kind, deadline, sys);
        let job = Job {
            workload: index,
            attempt: 1,
            socket: None,
            timeout: limit(TimerKind::ClientRequest, config.timeout),
            give_up: limit(TimerKind::GiveUp, workload.give_up),
            over: false,
        };
        self.jobs.insert(request, job);
        self.acquire(request, sys);
    }

    fn limit<R: Recorder>(
        &self,
        request: RequestId,
        kind: TimerKind,
        deadline: Option<Deadline>,
        sys: &mut Syscalls<'_, R>,
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
    pub(super) fn head<R: Recorder>(
        &mut self,
        index: u16,
        sys: &mut Syscalls<'_, R>,
    ) -> (TextId, u32) {
        let texts = self.texts(index, sys);
        (texts.head, texts.head_len)
    }

    fn texts<R: Recorder>(&mut self, index: u16, sys: &mut Syscalls<'_, R>) -> Texts {
        let config = &self.config;
        let workload = &config.workloads[usize::from(index)];
        *self.texts[usize::from(index)].get_or_insert_with(|| {
            let head = config.heads.request(RequestHead {
                method: workload.method,
                path: &workload.path,
                host: &workload.authority,
                body: workload.body,
                headers: &workload.headers,
                close: config.pool.reuse == Reuse::Never,
            });
            let url = format!("http://{}{}", workload.authority, workload.path);
            Texts {
                head_len: u32::try_from(head.len()).unwrap_or(u32::MAX),
                url: sys.tables().text(url),
                head: sys.tables().text(head),
            }
        })
    }
}

fn next_request<R: Recorder>(sys: &mut Syscalls<'_, R>, index: u16, span: Duration) {
    let timer = Timer {
        kind: TimerKind::NextRequest,
        of: TimerOf::Workload(index),
    };
    sys.set_timer(timer, span, Latency::ZERO, None);
}
