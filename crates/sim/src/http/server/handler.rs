//! What a server does with a request: think, answer, or end the connection in one of the ways that programs have.

use super::{Conn, Keep, Life, Phase, Reading, Server};
use crate::http::client::relay::Answer;
use crate::http::codec::{ResponseHead, Typed};
use crate::http::write_all;
use crate::syscalls::Syscalls;
use crate::tcp::options::SocketOption;
use std::time::Duration;
use whyeof_trace::{
    Event, Message, MessageId, MessageKind, Method, RequestEvent, SocketId, TextId, Time, Timer,
    TimerKind, TimerOf,
};

/// What a server does with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handler {
    /// How long it thinks, once it has read what it wants.
    pub think: Duration,
    /// Bytes of the response's body.
    pub body: u32,
    /// Whether it reads the request's body.
    pub reads: Reads,
    /// How it ends.
    pub ends: Ends,
}

/// What a server does with the requests of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Path with query, as requests have it.
    pub path: String,
    /// What it does.
    pub handler: Handler,
}

/// Whether a handler reads the request's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// To its end, before it thinks.
    #[default]
    All,
    /// Not at all.
    Nothing,
}

/// How a handler ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// It answers.
    #[default]
    Answers,
    /// It answers with `Connection: close`.
    AnswersAndCloses,
    /// It answers, says nothing of the end, and closes at once.
    AnswersThenCloses,
    /// It takes the connection over and closes it (Go: `Hijack`, a panic): no answer.
    Closes,
    /// The same with SO_LINGER 0.
    Resets,
    /// It closes in the midst of the response's head.
    CutsHead,
    /// It closes in the midst of the response's body.
    CutsBody,
    /// It asks another server, and answers with what that says.
    Forwards,
}

/// What a handler that breaks off in the head has written by then, and of what.
const CUT_HEAD: (&str, u32) = ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 25);
/// Bytes of a body of 10 that a handler that breaks off in the body has written by then (recorded in 04).
const CUT_BODY: u32 = 3;

/// A handler at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handling {
    /// On which request.
    pub(super) message: MessageId,
    /// Since when, if it began before its turn.
    pub(super) ahead: Option<Time>,
    /// By which handler: its position among the routes; the last is the one for all others.
    pub(super) route: u16,
    pub(super) body: Body,
    pub(super) thought: Thought,
}

/// Where the request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Still on its way.
    Coming,
    /// Here to its end.
    Here,
    /// It will not come: time is over, or the client left.
    Failed,
}

/// How far a handler is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thought {
    /// It reads the body first.
    Reads,
    /// It thinks.
    Thinks,
    /// It is done; the answer waits for a body that it did not read.
    Done,
    /// Another server is asked.
    Forwarded,
}

impl Server {
    pub(super) fn handler(&self, route: u16) -> Handler {
        let route = self.config.routes.get(usize::from(route));
        route.map_or(self.config.handler, |route| route.handler)
    }

    /// The position of the route for a path; that behind the last for all others.
    fn route_of(&self, head: &str) -> u16 {
        let routes = &self.config.routes;
        if routes.is_empty() {
            return 0;
        }
        let path = head.split(' ').nth(1).unwrap_or_default();
        let found = routes.iter().position(|route| route.path == path);
        u16::try_from(found.unwrap_or(routes.len())).unwrap_or(u16::MAX)
    }

    /// The handler begins.
    pub(super) fn handle(
        &mut self,
        id: SocketId,
        (message, ahead): (MessageId, Option<Time>),
        whole_request: bool,
        sys: &mut Syscalls<'_>,
    ) {
        let head = sys.tables().messages[message.index()].head;
        let route = self.route_of(&sys.tables().texts[head]);
        let body = if whole_request {
            Body::Here
        } else {
            Body::Coming
        };
        let handling = Handling {
            message,
            ahead,
            route,
            body,
            thought: Thought::Reads,
        };
        self.set_handling(id, handling);
        self.ask_for_body(id, handling, sys);
        if body == Body::Here || self.handler(route).reads == Reads::Nothing {
            self.think(id, handling, sys);
        }
    }

    pub(super) fn set_handling(&mut self, id: SocketId, handling: Handling) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.phase = Phase::Handling(handling);
        }
    }

    fn think(&mut self, id: SocketId, handling: Handling, sys: &mut Syscalls<'_>) {
        if self.handler(handling.route).ends == Ends::Forwards {
            // Nobody is asked with half a request: the asker is gone, or too slow (nginx: ngx_http_read_client_request_body).
            if handling.body == Body::Failed {
                self.close(id, sys);
                return;
            }
            self.forward(id, handling);
            return;
        }
        let thought = Thought::Thinks;
        self.set_handling(
            id,
            Handling {
                thought,
                ..handling
            },
        );
        let timer = Timer {
            kind: TimerKind::Handler,
            of: TimerOf::Socket(id),
        };
        let begun = handling.ahead.map(|since| sys.now().since(since));
        let think = self.handler(handling.route).think;
        let think = think.saturating_sub(begun.unwrap_or_default());
        sys.set_timer(timer, think, self.config.latency.respond, None);
    }

    /// Bytes read at once while a handler is at work: a body's as long as somebody reads it; then one, in the background, to
    /// learn of the client's end (runtimes §12.2 step 4).
    pub(super) fn handler_reads(&self, conn: &Conn, handling: Handling) -> Option<u32> {
        match (handling.body, handling.thought) {
            _ if conn.ended => None,
            _ if !matches!(self.config.reading, Reading::OnDemand { .. }) => {
                Some(self.config.buffer)
            }
            (Body::Coming, Thought::Reads | Thought::Done) => Some(u32::MAX),
            (Body::Coming, Thought::Thinks | Thought::Forwarded) | (Body::Failed, _) => None,
            (Body::Here, _) => (conn.received == conn.expected).then_some(1),
        }
    }

    /// More of a request's body has been read.
    pub(super) fn more_of_body(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&id) else {
            return;
        };
        let Phase::Handling(handling) = conn.phase else {
            return;
        };
        if handling.body == Body::Coming && conn.received >= conn.expected {
            self.clear_deadline(id, sys);
            self.body_over(id, handling, Body::Here, sys);
        }
    }

    /// The rest of a request's body will not come.
    pub(super) fn body_fails(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        self.clear_deadline(id, sys);
        if let Some(Phase::Handling(handling)) = self.conns.get(&id).map(|conn| conn.phase) {
            self.body_over(id, handling, Body::Failed, sys);
        }
    }

    fn body_over(&mut self, id: SocketId, handling: Handling, body: Body, sys: &mut Syscalls<'_>) {
        let handling = Handling { body, ..handling };
        self.set_handling(id, handling);
        match handling.thought {
            Thought::Reads => self.think(id, handling, sys),
            Thought::Thinks | Thought::Forwarded => {}
            Thought::Done => self.respond(id, handling, sys),
        }
    }

    /// The handler has thought: it ends the connection, or it answers, once the server has read what the handler did not.
    pub(super) fn thought(&mut self, id: SocketId, sys: &mut Syscalls<'_>) {
        let Some(conn) = self.conns.get(&id) else {
            return;
        };
        let Phase::Handling(handling) = conn.phase else {
            return;
        };
        // What a handler has not asked for counts from the body's first byte, whatever lies in a buffer (transfer.go
        // `unreadDataSizeLocked`; seen on 1.27.3: from 262,144 bytes on the connection is closed).
        let unread = match self.handler(handling.route).reads {
            Reads::Nothing => sys.tables().messages[handling.message.index()].body_len,
            Reads::All => conn.expected.saturating_sub(conn.received),
        };
        match self.handler(handling.route).ends {
            Ends::Answers | Ends::AnswersAndCloses | Ends::AnswersThenCloses | Ends::Forwards => {}
            ends => {
                self.break_off(id, handling, ends, sys);
                return;
            }
        }
        let reading = self.config.reading;
        let waits = match reading {
            Reading::OnDemand { .. } if self.leaves_body(handling, sys) => false,
            Reading::OnDemand { discards, .. } => unread < discards,
            // The answer does not wait for a body that nobody wants.
            Reading::Always | Reading::Bytes { .. } => false,
        };
        if handling.body == Body::Coming && waits {
            let thought = Thought::Done;
            self.set_handling(
                id,
                Handling {
                    thought,
                    ..handling
                },
            );
            self.read(id, sys);
        } else {
            self.respond(id, handling, sys);
        }
    }

    fn break_off(&mut self, id: SocketId, handling: Handling, ends: Ends, sys: &mut Syscalls<'_>) {
        let (head, head_len) = CUT_HEAD;
        let cut = match ends {
            Ends::CutsHead => head_len,
            Ends::CutsBody => u32::try_from(head.len()).unwrap_or(u32::MAX) + CUT_BODY,
            _ => 0,
        };
        if cut > 0 {
            let head = (
                sys.tables().text(head),
                u32::try_from(head.len()).unwrap_or(u32::MAX),
            );
            let message = self.response(id, handling, head, 10, sys);
            let _ = sys.write(id, cut, Some(message));
        }
        if ends == Ends::Resets {
            sys.set_option(id, SocketOption::Linger(Some(Duration::ZERO)));
        }
        self.close(id, sys);
    }

    fn response(
        &self,
        id: SocketId,
        handling: Handling,
        (head, head_len): (TextId, u32),
        body_len: u32,
        sys: &mut Syscalls<'_>,
    ) -> MessageId {
        let asked = sys.tables().messages[handling.message.index()];
        sys.tables().message(Message {
            sender: id,
            request: asked.request,
            attempt: asked.attempt,
            kind: MessageKind::Response,
            offset: self.conns.get(&id).map_or(0, |conn| conn.written),
            head,
            head_len,
            body_len,
            before: None,
        })
    }

    fn respond(&mut self, id: SocketId, handling: Handling, sys: &mut Syscalls<'_>) {
        let body = self.handler(handling.route).body;
        let answer = Answer {
            status: 200,
            body,
            came: body,
            typed: Typed::Own,
        };
        self.respond_with(id, handling, answer, sys);
    }

    pub(super) fn respond_with(
        &mut self,
        id: SocketId,
        handling: Handling,
        answer: Answer,
        sys: &mut Syscalls<'_>,
    ) {
        let leaves_body = self.leaves_body(handling, sys);
        let unread = sys.tables().messages[handling.message.index()].body_len;
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        if let Some(deadline) = conn.write_deadline.take() {
            sys.clear_timer(deadline);
        }
        if let Some(expired) = conn.write_expired {
            sys.set_cause(expired);
            self.close(id, sys);
            return;
        }
        conn.served += 1;
        let last = self.config.max_requests == Some(conn.served);
        let linger = match self.config.reading {
            // Too much to read, also of a body that nobody asked for (seen on 1.27.3 with 20 MB).
            Reading::OnDemand {
                linger, discards, ..
            } if leaves_body && unread >= discards => Some(linger),
            _ if leaves_body => None,
            Reading::OnDemand { linger, .. } if handling.body != Body::Here => Some(linger),
            _ => None,
        };
        let ended = conn.ended;
        let asked = sys.tables().messages[handling.message.index()];
        let handler = self.handler(handling.route);
        let close = linger.is_some()
            || leaves_body
            || last
            || handler.ends == Ends::AnswersAndCloses
            || self.config.keep == Keep::No
            || self.life != Life::Serving
            || self.heads_read.say(asked.head, sys.tables()).close;
        // HEAD: the same head, and no body (RFC 9110 §9.3.2).
        let body_len = match sys.tables().requests[asked.request.index()].method {
            Method::Head => 0,
            _ => answer.body,
        };
        let head = ResponseHead {
            status: answer.status,
            body: answer.body,
            close,
            typed: answer.typed,
        };
        let head = self.head(head, sys);
        let message = self.response(id, handling, head, body_len, sys);
        let whole = answer.came >= body_len;
        let len = head.1 + body_len.min(answer.came);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.written += len;
            conn.consumed = asked.end();
        }
        let wrote = write_all(sys, id, len, message, self.config.write_buffer);
        if wrote && whole {
            let event = RequestEvent::Responded {
                request: asked.request,
                socket: id,
            };
            sys.note_step(Event::Request(event));
        }
        if !wrote || !whole || ended || handler.ends == Ends::AnswersThenCloses {
            self.close(id, sys);
        } else if let Some(linger) = linger {
            self.linger(id, linger, sys);
        } else if leaves_body {
            self.read_unasked_body(id, handling, sys);
        } else if close {
            self.close_behind(id, handling, sys);
        } else {
            self.wait_for_next(id, sys);
        }
    }

    fn head(&mut self, response: ResponseHead, sys: &mut Syscalls<'_>) -> (TextId, u32) {
        let known = self.heads.iter().find(|(known, _)| *known == response);
        if let Some((_, head)) = known {
            return *head;
        }
        let head = self.config.heads.response(response);
        let len = u32::try_from(head.len()).unwrap_or(u32::MAX);
        let head = (sys.tables().text(&head), len);
        self.heads.push((response, head));
        head
    }
}
