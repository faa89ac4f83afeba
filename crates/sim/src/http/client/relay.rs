//! The client side of a proxy: requests that it passes on, and what it tells of them.

use super::workload::Workload;
use super::{Client, Conn};
use crate::http::codec::Typed;
use crate::syscalls::Syscalls;
use whyeof_trace::{Failure, Message, Method, RequestId, SocketId};

/// A request that is passed on, as it came.
#[derive(Clone, Debug)]
pub(in crate::http) struct Passed {
    pub(in crate::http) method: Method,
    /// Path with query.
    pub(in crate::http) path: String,
    /// Body bytes.
    pub(in crate::http) body: u32,
    /// Its fields, but for those that are each hop's own.
    pub(in crate::http) headers: Vec<(String, String)>,
    /// It.
    pub(in crate::http) parent: RequestId,
}

/// A request of a proxy that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Answered {
    pub(in crate::http) request: RequestId,
    pub(in crate::http) answer: Result<Answer, Failure>,
}

/// A response that a proxy passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Bytes of its body, as its head says.
    pub body: u32,
    /// Bytes of its body that came.
    pub came: u32,
    /// What it says of its type.
    pub typed: Typed,
}

/// Fields that a proxy does not pass on (ngx_http_proxy_module.c `ngx_http_proxy_headers`; RFC 9110 §7.6.1).
const EACH_HOPS_OWN: [&str; 9] = [
    "Host",
    "Connection",
    "Keep-Alive",
    "Content-Length",
    "Transfer-Encoding",
    "TE",
    "Expect",
    "Upgrade",
    "Proxy-Connection",
];

/// The fields of a request's head that go on to the next hop, in their order.
pub(in crate::http) fn passed_on(head: &str) -> Vec<(String, String)> {
    let fields = head
        .split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let own = |name: &str| {
        EACH_HOPS_OWN
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    };
    let fields = fields.filter(|(name, _)| !own(name));
    fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

impl Client {
    /// Passes a request on, made like the first configured workload; equal ones share one.
    pub(in crate::http) fn pass_on(
        &mut self,
        passed: Passed,
        sys: &mut Syscalls<'_>,
    ) -> Option<RequestId> {
        let Passed {
            method,
            path,
            body,
            headers,
            parent,
        } = passed;
        let pattern = self.config.workloads.first()?;
        let is_same = |w: &Workload| {
            (w.method, w.body, w.to) == (method, body, pattern.to)
                && w.path == path
                && w.headers == headers
        };
        let known = self.passed_on.iter().position(is_same);
        let own = self.config.workloads.len();
        let index = own + known.unwrap_or(self.passed_on.len());
        if known.is_none() {
            let pattern = pattern.clone();
            self.add_workload(Workload {
                method,
                path,
                body,
                headers,
                ..pattern
            });
        }
        self.make_request(u16::try_from(index).ok()?, 0, Some(parent), sys)
    }

    /// The whole response is there.
    pub(super) fn tell_answer(
        &mut self,
        request: RequestId,
        response: &Message,
        sys: &mut Syscalls<'_>,
    ) {
        if self.config.passes_on {
            let answer = self.answer(response, response.body_len, sys);
            self.tell(request, Ok(answer));
        }
    }

    /// There will be no response, or no more of it than has come: a head that has come is passed on, with as much as there is
    /// of its body (recorded in 19).
    pub(super) fn tell_failure(
        &mut self,
        request: RequestId,
        (socket, conn): (SocketId, &Conn),
        failure: Failure,
        sys: &mut Syscalls<'_>,
    ) {
        if !self.config.passes_on {
            return;
        }
        let response = sys.tables().message_at(socket.peer(), conn.consumed);
        let answer = match response.map(|(_, response)| *response) {
            Some(response) if conn.head_seen => {
                let came = conn.received - response.offset - response.head_len;
                Ok(self.answer(&response, came, sys))
            }
            _ => Err(failure),
        };
        self.tell(request, answer);
    }

    /// Only the first word on a request counts.
    pub(super) fn tell(&mut self, request: RequestId, answer: Result<Answer, Failure>) {
        let is_told = self.answered.iter().any(|told| told.request == request);
        if self.config.passes_on && !is_told {
            self.answered.push(Answered { request, answer });
        }
    }

    /// Whoever asked the proxy has left: the request is given up, and its connection with it.
    pub(in crate::http) fn asker_left(&mut self, request: RequestId, sys: &mut Syscalls<'_>) {
        self.cancel(request, Failure::ClientLeft, sys);
    }

    /// A response, of whose body so much has come.
    fn answer(&mut self, response: &Message, came: u32, sys: &mut Syscalls<'_>) -> Answer {
        let says = self.heads_read.say(response.head, sys.tables());
        Answer {
            status: says.status,
            body: response.body_len,
            came,
            typed: says.typed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hop_has_its_own_connection_fields() {
        let head = "POST /a HTTP/1.1\r\nHost: h\r\nUser-Agent: me\r\nContent-Length: 5\r\n\
            expect: 100-continue\r\nX-Y: 1: 2\r\nConnection: close\r\n\r\n";
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            passed_on(head),
            [field("User-Agent", "me"), field("X-Y", "1: 2")]
        );
    }
}
