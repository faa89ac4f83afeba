//! The words that machines read: values in JSON and class names in pictures. They are stable; renaming a
//! variant in `trace` does not change them.

use whyeof_trace::{
    BodyLeft, Call, Evicted, Failure, MessageKind, RetryReason, Role, Side, State, TimerKind,
    Unreachable,
};

/// `client` for the end that opened the connection, `server` for the one that listened, as in the recordings.
pub(crate) const fn side(side: Side) -> &'static str {
    match side {
        Side::Opener => "client",
        Side::Listener => "server",
    }
}

pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
        Role::Proxy => "proxy",
    }
}

pub(crate) const fn timer(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::Retransmit => "retransmit",
        TimerKind::LossProbe => "loss-probe",
        TimerKind::DelayedAck => "delayed-ack",
        TimerKind::KeepAlive => "keepalive",
        TimerKind::SynAck => "syn-ack",
        TimerKind::TimeWait => "time-wait",
        TimerKind::Persist => "persist",
        TimerKind::Reorder => "reorder",
        TimerKind::CompressedAck => "compressed-ack",
        TimerKind::ServerIdle => "server-idle",
        TimerKind::ServerReadHeader => "server-read-header",
        TimerKind::ServerRead => "server-read",
        TimerKind::ServerWrite => "server-write",
        TimerKind::Handler => "handler",
        TimerKind::ClientIdle => "client-idle",
        TimerKind::ClientRequest => "client-request",
        TimerKind::NextRequest => "next-request",
        TimerKind::Drain => "drain",
        TimerKind::GiveUp => "give-up",
        TimerKind::BodyPiece => "body-piece",
        TimerKind::Linger => "linger",
        TimerKind::Shutdown => "shutdown",
        TimerKind::Exit => "exit",
        TimerKind::Busy => "busy",
        TimerKind::Continue => "continue",
        TimerKind::Dial => "dial",
        TimerKind::ResponseHeader => "response-header",
        TimerKind::SocketTimeout => "socket-timeout",
    }
}

pub(crate) const fn evicted(why: Evicted) -> &'static str {
    match why {
        Evicted::IdleTimeout => "idle-timeout",
        Evicted::PoolFull => "pool-full",
        Evicted::ServerClosed => "server-closed",
        Evicted::Reset => "reset",
        Evicted::NotReusable => "not-reusable",
        Evicted::Broken => "broken",
        Evicted::BodyUnread => "body-unread",
        Evicted::ProcessExit => "process-exit",
    }
}

pub(crate) const fn failure(failure: Failure) -> &'static str {
    match failure {
        Failure::EndOfStream => "end-of-stream",
        Failure::Reset => "reset",
        Failure::ServerClosedIdle => "server-closed-idle",
        Failure::BrokenPipe => "broken-pipe",
        Failure::Truncated => "truncated",
        Failure::Timeout => "timeout",
        Failure::TimeoutInBody => "timeout-in-body",
        Failure::Refused => "refused",
        Failure::TimedOut => "timed-out",
        Failure::CutInHead => "cut-in-head",
        Failure::ResetInBody => "reset-in-body",
        Failure::TimeoutInQueue => "timeout-in-queue",
        Failure::GaveUp => "gave-up",
        Failure::GaveUpInBody => "gave-up-in-body",
        Failure::ProcessExit => "process-exit",
        Failure::DialTimedOut => "dial-timed-out",
        Failure::SocketTimeout => "socket-timeout",
        Failure::Abandoned => "abandoned",
        Failure::ServerError => "server-error",
        Failure::DialTimeout => "dial-timeout",
        Failure::ClientLeft => "client-left",
        Failure::HeadTimeout => "head-timeout",
        Failure::Errno(_) => "errno",
        Failure::DialErrno(_) => "dial-errno",
    }
}

pub(crate) const fn body_left(left: BodyLeft) -> &'static str {
    match left {
        BodyLeft::Closed => "closed",
        BodyLeft::Open => "open",
    }
}

pub(crate) const fn retry(reason: RetryReason) -> &'static str {
    match reason {
        RetryReason::NothingWritten => "nothing-written",
        RetryReason::ReplayableMethod => "replayable-method",
        RetryReason::IdempotencyKey => "idempotency-key",
    }
}

pub(crate) const fn call(call: Call) -> &'static str {
    match call {
        Call::Connect => "connect",
        Call::Accept => "accept",
        Call::Read => "read",
        Call::Write { .. } => "write",
        Call::ShutdownWrite => "shutdown-write",
        Call::Close => "close",
        Call::ShutdownRead => "shutdown-read",
        Call::ShutdownBoth => "shutdown-both",
        Call::SetOption(_) => "setsockopt",
        Call::TakeError => "so-error",
    }
}

pub(crate) const fn message(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Request => "request",
        MessageKind::Response => "response",
        MessageKind::Interim => "interim",
    }
}

pub(crate) const fn unreachable(kind: Unreachable) -> &'static str {
    match kind {
        Unreachable::Net => "net",
        Unreachable::Host => "host",
        Unreachable::Port => "port",
        Unreachable::Protocol => "protocol",
        Unreachable::Admin => "admin-prohibited",
    }
}

/// The state as a class name: `st-fin-wait-1`.
pub(crate) const fn state_class(state: State) -> &'static str {
    match state {
        State::Closed => "st-closed",
        State::Listen => "st-listen",
        State::SynSent => "st-syn-sent",
        State::SynReceived => "st-syn-received",
        State::Established => "st-established",
        State::FinWait1 => "st-fin-wait-1",
        State::FinWait2 => "st-fin-wait-2",
        State::CloseWait => "st-close-wait",
        State::Closing => "st-closing",
        State::LastAck => "st-last-ack",
        State::TimeWait => "st-time-wait",
    }
}
