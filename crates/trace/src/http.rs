//! Requests and messages as the trace shows them.

use crate::id::{MessageId, ProgramId, RequestId, SocketId, TextId};
use crate::tcp::SocketError;
use std::fmt;

/// An HTTP request method (RFC 9110 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
    /// OPTIONS.
    Options,
    /// TRACE.
    Trace,
    /// Another one, in a capture, or one that the capture has not. No scenario asks for it.
    Other,
}

impl Method {
    /// Those that a scenario can ask for, in the order menus show them.
    pub const ALL: [Self; 8] = [
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Delete,
        Self::Head,
        Self::Patch,
        Self::Options,
        Self::Trace,
    ];

    /// The token on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Other => "request",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a program was asked to do once, whatever attempts it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The client.
    pub program: ProgramId,
    /// Method.
    pub method: Method,
    /// `http://pyroscope:4040/ingest`.
    pub url: TextId,
    /// Body bytes.
    pub body: u32,
    /// The request that a proxy makes it for.
    pub parent: Option<RequestId>,
    /// How often its caller had asked for the same before, and got an error.
    pub tries: u16,
    /// As people count: which of the callers' requests this is, from 1; one that a proxy makes has the number of the one that it
    /// makes it for.
    pub number: u32,
}

/// Request, response, or what comes before one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// From client to server.
    Request,
    /// From server to client.
    Response,
    /// From server to client, before the response: `100 Continue`.
    Interim,
}

/// One HTTP message on one connection. Its bytes are `head` followed by `body_len` bytes of filler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// The socket that writes it.
    pub sender: SocketId,
    /// The request it is, or answers.
    pub request: RequestId,
    /// Which attempt of that request, from 1.
    pub attempt: u16,
    /// Which of these it is.
    pub kind: MessageKind,
    /// Where in the sender's stream it begins.
    pub offset: u32,
    /// The head, with its empty line.
    pub head: TextId,
    /// Bytes of the head.
    pub head_len: u32,
    /// Bytes of the body.
    pub body_len: u32,
    /// The message before this one in the same direction of the same connection.
    pub before: Option<MessageId>,
}

impl Message {
    /// Bytes in all.
    pub const fn len(&self) -> u32 {
        self.head_len.saturating_add(self.body_len)
    }

    /// Never: a message has a head.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The offset after its last byte.
    pub const fn end(&self) -> u32 {
        self.offset.saturating_add(self.len())
    }
}

/// How a request failed, whatever the runtime calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// End of stream before a byte of the response: Go's `EOF`, Node's `socket hang up`.
    EndOfStream,
    /// A reset before a byte of the response.
    Reset,
    /// The connection was found closed by the server before anything was written.
    ServerClosedIdle,
    /// Writing failed.
    BrokenPipe,
    /// The stream ended inside a response.
    Truncated,
    /// The caller's own time was over before the response's head was there.
    Timeout,
    /// The connection could not be made.
    Refused,
    /// TCP gave up.
    TimedOut,
    /// The caller's own time was over while it read the response's body.
    TimeoutInBody,
    /// The stream ended inside the response's head.
    CutInHead,
    /// A reset inside a response's body.
    ResetInBody,
    /// The caller's own time was over before it had a connection.
    TimeoutInQueue,
    /// The caller gave this one request up before the response's head was there (Go: its context's deadline).
    GaveUp,
    /// The caller gave this one request up while it read the response's body.
    GaveUpInBody,
    /// The caller's process ended.
    ProcessExit,
    /// TCP gave up making the connection.
    DialTimedOut,
    /// The runtime closed a busy connection on which nothing had moved for too long (agentkeepalive: `timeout`).
    SocketTimeout,
    /// The caller stopped waiting and left the connection alone.
    Abandoned,
    /// The answer was a 5xx: an error to whoever asked, if not to the client's runtime.
    ServerError,
    /// The runtime's own time for making a connection was over.
    DialTimeout,
    /// The runtime's own time for the response's head was over.
    HeadTimeout,
    /// Whoever asked a proxy left before the answer (nginx: 499).
    ClientLeft,
    /// The kernel reported another error on a connection: no route to the host, a socket that somebody destroyed.
    Errno(SocketError),
    /// The same while the connection was being made.
    DialErrno(SocketError),
}

/// Whether a status says that the request was not served, though there is an answer: a server's or a proxy's own failure, or
/// 408, with which a server gives up a request that came too slowly.
pub const fn not_served(status: u16) -> bool {
    status >= 500 || status == 408
}

/// What a caller left of a response's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BodyLeft {
    /// It closed the body before its end.
    Closed,
    /// It neither reads on nor closes the body: the connection stays with it.
    Open,
}

/// Why a runtime sent a request again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetryReason {
    /// Not one byte had been handed to the kernel.
    NothingWritten,
    /// The method is one the runtime takes as replayable.
    ReplayableMethod,
    /// An idempotency header makes it replayable.
    IdempotencyKey,
}
