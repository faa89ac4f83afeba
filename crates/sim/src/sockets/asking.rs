//! Requests of a program of socket calls. Nothing waits for an answer before the next one is sent, so they are pipelined (RFC 9112
//! §9.3.2), which no runtime's client does here.

use crate::http::{codec, failure_of};
use crate::syscalls::Syscalls;
use litemap::LiteMap;
use std::collections::VecDeque;
use std::time::Duration;
use whyeof_trace::{
    Event, Failure, Message, MessageKind, Method, PoolEvent, ProgramId, Request, RequestEvent,
    RequestId, Returned, SocketId, Time,
};

/// A GET without a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// `http://server:8080/report`.
    pub url: String,
    /// Its head, to the byte.
    pub head: String,
}

/// What has been asked on each socket, and how far the answers are.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    program: ProgramId,
    number: u32,
    streams: LiteMap<SocketId, Stream>,
}

/// Both directions of one socket.
#[derive(Clone, Debug, Default)]
struct Stream {
    /// Bytes written, read, and read of finished responses.
    written: u32,
    received: u32,
    consumed: u32,
    /// A request has been sent here before.
    used: bool,
    /// Without a whole answer, in order.
    open: VecDeque<RequestId>,
    /// Since when nothing has been asked or answered.
    quiet: Option<Time>,
}

impl Asked {
    pub(super) const fn new(program: ProgramId) -> Self {
        Self {
            program,
            number: 0,
            streams: LiteMap::new(),
        }
    }

    fn stream(&mut self, id: SocketId) -> &mut Stream {
        self.streams.entry(id).or_default()
    }

    /// The kernel has taken bytes.
    pub(super) fn wrote(&mut self, id: SocketId, result: Returned) {
        if let Returned::Bytes(n) = result {
            self.stream(id).written += n;
        }
    }

    /// Sends a request. Nobody waits for it: it is taken whole, whatever the send buffer's limit.
    pub(super) fn ask(&mut self, id: SocketId, ask: &Ask, sys: &mut Syscalls<'_>) {
        if !sys.has_room_for_request() {
            return;
        }
        let url = sys.tables().text(&ask.url);
        let request = Request {
            program: self.program,
            method: Method::Get,
            url,
            body: 0,
            parent: None,
            tries: 0,
            number: 0,
        };
        let request = sys.request(request, 0, self.number);
        self.number += 1;
        let stream = self.stream(id);
        let reused = std::mem::replace(&mut stream.used, true);
        let offset = stream.written;
        let idle = stream.quiet.replace(sys.now());
        let idle_for = idle.map_or(Duration::ZERO, |since| sys.now().since(since));
        sys.note_step(Event::Request(RequestEvent::Started { request }));
        sys.note_step(Event::Pool(PoolEvent::Checkout {
            request,
            socket: id,
            reused,
            idle_for,
        }));
        let head_len = u32::try_from(ask.head.len()).unwrap_or(u32::MAX);
        let head = sys.tables().text(&ask.head);
        let message = sys.tables().message(Message {
            sender: id,
            request,
            attempt: 1,
            kind: MessageKind::Request,
            offset,
            head,
            head_len,
            body_len: 0,
            before: None,
        });
        if let Returned::Error(error) = sys.write(id, head_len, Some(message)) {
            fail(request, failure_of(error), sys);
            return;
        }
        let stream = self.stream(id);
        stream.written += head_len;
        stream.open.push_back(request);
        sys.note(Event::Request(RequestEvent::Written {
            request,
            socket: id,
            attempt: 1,
        }));
    }

    /// Something has been read: whole answers end their requests, the end of the stream ends all that are left.
    pub(super) fn read(&mut self, id: SocketId, result: Returned, sys: &mut Syscalls<'_>) {
        let stream = self.stream(id);
        match result {
            Returned::Bytes(n) => {
                stream.received += n;
                stream.answered(id, sys);
            }
            Returned::EndOfStream => stream.ended(Failure::EndOfStream, sys),
            Returned::Error(error) => stream.ended(failure_of(error), sys),
            Returned::Done => {}
        }
    }
}

impl Stream {
    fn answered(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        while let Some((_, next)) = sys.tables().message_at(id.peer(), self.consumed)
            && next.end() <= self.received
        {
            let (kind, end, head) = (next.kind, next.end(), next.head);
            self.consumed = end;
            if kind != MessageKind::Response {
                continue;
            }
            let Some(request) = self.open.pop_front() else {
                return;
            };
            let status = codec::status(&sys.tables().texts[head]);
            self.quiet = Some(sys.now());
            let why = sys.cause();
            sys.note_step(Event::Request(RequestEvent::Head { request, status }));
            sys.note(Event::Request(RequestEvent::Finished { request }));
            sys.set_cause(why);
        }
    }

    fn ended(&mut self, failure: Failure, sys: &mut Syscalls<'_>) {
        for request in self.open.drain(..) {
            fail(request, failure, sys);
        }
    }
}

fn fail(request: RequestId, failure: Failure, sys: &mut Syscalls<'_>) {
    let words = match failure {
        Failure::EndOfStream => "recv() = 0",
        Failure::BrokenPipe => "send() = -1 EPIPE (Broken pipe)",
        Failure::TimedOut => "recv() = -1 ETIMEDOUT (Connection timed out)",
        _ => "recv() = -1 ECONNRESET (Connection reset by peer)",
    };
    let text = sys.tables().text(words);
    sys.note(Event::Request(RequestEvent::Failed {
        request,
        failure,
        text,
    }));
}
