//! When a runtime sends a request again by itself, without telling its caller.

use whyeof_trace::{Failure, Method, RetryReason};

/// A runtime's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryRule {
    /// Go net/http 1.27: transport.go `shouldRetryRequest` (runtimes §1.6).
    Go,
    /// Never (Node http, agentkeepalive; runtimes §2.4).
    Never,
    /// nginx `proxy_next_upstream error timeout`: not POST, LOCK or PATCH, once something was sent (runtimes §11.1).
    Nginx,
}

/// What the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The request's method.
    pub method: Method,
    /// Whether its body can be produced again (Go: no body, or GetBody is set).
    pub replayable_body: bool,
    /// The caller's own fields.
    pub headers: &'a [(String, String)],
    /// Whether the connection counted as reused.
    pub reused: bool,
    /// Whether a byte of this attempt was handed to the kernel.
    pub written: bool,
    /// Whether a byte of the response was read.
    pub answered: bool,
    /// How the attempt ended.
    pub failure: Failure,
}

impl RetryRule {
    /// Why the request may be sent again; `None`: the caller gets the error.
    pub fn decide(self, attempt: &Attempt<'_>) -> Option<RetryReason> {
        match self {
            Self::Go => go(attempt),
            Self::Never => None,
            Self::Nginx => nginx(attempt),
        }
    }
}

/// In the order of `shouldRetryRequest`: fresh connection: no; nothing written: any method; not replayable: no;
/// the server closed or reset before the first byte: yes.
fn go(attempt: &Attempt<'_>) -> Option<RetryReason> {
    if !attempt.reused || attempt.answered || !attempt.replayable_body {
        return None;
    }
    match attempt.failure {
        Failure::EndOfStream | Failure::Reset | Failure::BrokenPipe if !attempt.written => {
            Some(RetryReason::NothingWritten)
        }
        Failure::EndOfStream | Failure::Reset | Failure::ServerClosedIdle => replayable(attempt),
        _ => None,
    }
}

/// `ngx_http_upstream_next`: the cached connection's try is given back, so that even a single server is tried again; a fresh
/// one's is not, and there is no other server here.
fn nginx(attempt: &Attempt<'_>) -> Option<RetryReason> {
    let lost = matches!(
        attempt.failure,
        Failure::EndOfStream | Failure::Reset | Failure::BrokenPipe
    );
    if !lost || !attempt.reused || attempt.answered {
        return None;
    }
    match attempt.method {
        _ if !attempt.written => Some(RetryReason::NothingWritten),
        Method::Post | Method::Patch => None,
        _ => Some(RetryReason::ReplayableMethod),
    }
}

/// `Request.isReplayable`: GET, HEAD, OPTIONS, TRACE, or one of two header fields. PUT and DELETE are not.
fn replayable(attempt: &Attempt<'_>) -> Option<RetryReason> {
    if matches!(
        attempt.method,
        Method::Get | Method::Head | Method::Options | Method::Trace
    ) {
        return Some(RetryReason::ReplayableMethod);
    }
    let keyed = attempt.headers.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case("Idempotency-Key")
            || name.eq_ignore_ascii_case("X-Idempotency-Key")
    });
    keyed.then_some(RetryReason::IdempotencyKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Failure::{EndOfStream, Refused, Reset, ServerClosedIdle, Timeout};
    use Method::{Delete, Get, Head, Post, Put};
    use RetryReason::{IdempotencyKey, NothingWritten, ReplayableMethod};

    /// The table of runtimes §1.6 and ground-truth §2 (01, 01f, 04): method, key, reused, written, failure.
    #[test]
    fn go_retries_as_recorded() {
        let table = [
            (Get, false, true, true, EndOfStream, Some(ReplayableMethod)),
            (Head, false, true, true, Reset, Some(ReplayableMethod)),
            (Post, false, true, true, EndOfStream, None),
            (Put, false, true, true, EndOfStream, None),
            (Delete, false, true, true, Reset, None),
            (Post, true, true, true, EndOfStream, Some(IdempotencyKey)),
            (Post, true, true, true, Reset, Some(IdempotencyKey)),
            (Get, false, false, true, EndOfStream, None),
            (Post, true, false, true, EndOfStream, None),
            (Post, false, true, false, EndOfStream, Some(NothingWritten)),
            (Post, false, true, false, ServerClosedIdle, None),
            (
                Get,
                false,
                true,
                false,
                ServerClosedIdle,
                Some(ReplayableMethod),
            ),
            (Get, false, true, true, Timeout, None),
            (Get, false, false, false, Refused, None),
        ];
        let key = [("idempotency-key".to_owned(), "1".to_owned())];
        for (method, keyed, reused, written, failure, expected) in table {
            let attempt = Attempt {
                method,
                replayable_body: true,
                headers: if keyed { &key } else { &[] },
                reused,
                written,
                answered: false,
                failure,
            };
            assert_eq!(RetryRule::Go.decide(&attempt), expected, "{attempt:?}");
            let answered = Attempt {
                answered: true,
                ..attempt
            };
            assert_eq!(RetryRule::Go.decide(&answered), None, "{answered:?}");
            let once = Attempt {
                replayable_body: false,
                ..attempt
            };
            assert_eq!(RetryRule::Go.decide(&once), None, "{once:?}");
        }
    }
}
