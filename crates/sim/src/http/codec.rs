//! Message heads, byte for byte as the runtime writes them, so that lengths and sequence numbers are real.

use whyeof_trace::Method;

/// Who writes the head, and so in which order and with which fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadStyle {
    /// Go net/http (request.go `Request.write`, server.go `extraHeader.Write`), as recorded in
    /// captures 01 and 01f.
    Go,
    /// Node http (_http_client.js, _http_outgoing.js `_storeHeader`), as recorded in captures 04c and 09e.
    Node {
        /// What a server advertises as `Keep-Alive: timeout=`, s.
        hint: Option<u32>,
        /// What a server advertises as `max=` behind it: `maxRequestsPerSocket`.
        max: Option<u32>,
    },
    /// nginx (ngx_http_header_filter_module.c), as recorded in capture 14.
    Nginx,
    /// AWS ALB: `Server: awselb/2.0` in answers of its own (from memory, UNVERIFIED).
    Alb,
}

/// A response to be written: status 200, text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// Status code.
    pub status: u16,
    /// Body bytes.
    pub body: u32,
    /// Whether the server will close the connection.
    pub close: bool,
    /// What it says of the body's type.
    pub typed: Typed,
}

/// What a response says of its body's type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typed {
    /// What its writer says of a text.
    #[default]
    Own,
    /// What Go says of a text that it sniffs, passed on by a proxy (recorded in 18c).
    Sniffed,
    /// Nothing: passed on by a proxy for a server that says nothing.
    No,
}

/// The type that Go sniffs of a text.
pub(super) const SNIFFED: &str = "text/plain; charset=utf-8";

/// A request to be written.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// Method.
    pub method: Method,
    /// Path with query.
    pub path: &'a str,
    /// `Host` field.
    pub host: &'a str,
    /// Body bytes.
    pub body: u32,
    /// The caller's own fields.
    pub headers: &'a [(String, String)],
    /// Whether the client asks for the connection to be closed (Go: DisableKeepAlives).
    pub close: bool,
}

/// The Date that every response carries: the simulated wall clock stands still, so that a head is a
/// constant of its handler. All dates are equally long (RFC 9110 §5.6.7).
const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

impl HeadStyle {
    /// The request's head with its empty line.
    pub fn request(self, request: RequestHead<'_>) -> String {
        match self {
            Self::Go => go_request(request),
            Self::Node { .. } => node_request(request),
            Self::Nginx | Self::Alb => proxy_request(request),
        }
    }

    /// The response's head with its empty line.
    pub fn response(self, response: ResponseHead) -> String {
        match self {
            Self::Go => go_response(response),
            Self::Node { hint, max } => node_response(response, hint, max),
            Self::Nginx => nginx_response(response),
            Self::Alb => alb_response(response),
        }
    }

    /// The whole response of a server that has waited too long for a request; empty: it says nothing.
    pub const fn request_timeout(self) -> &'static str {
        match self {
            // _http_server.js `requestTimeoutResponse`, recorded in 12b: 51 bytes.
            Self::Node { .. } => "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
            Self::Go | Self::Nginx | Self::Alb => "",
        }
    }
}

/// The status line as servers write it; nginx words the last two in its own way, and so do its kin.
fn status_line(status: u16) -> String {
    let reason = match status {
        200 => "OK",
        502 => "Bad Gateway",
        504 => "Gateway Time-out",
        _ => "",
    };
    format!("HTTP/1.1 {status} {reason}")
}

/// The status code of a response's head; 0 if it has none.
pub fn status(head: &str) -> u16 {
    let code = head.split(' ').nth(1);
    code.and_then(|code| code.parse().ok()).unwrap_or_default()
}

/// More than most heads take, so that a head that is put together from its fields moves nowhere.
const ROOM: usize = 256;

fn field(head: &mut String, name: &str, value: &str) {
    for part in [name, ": ", value, "\r\n"] {
        head.push_str(part);
    }
}

/// Go sends Content-Length for a body, and `Content-Length: 0` for POST, PUT and PATCH without one
/// (transfer.go `shouldSendContentLength`); the caller's fields are sorted; what the transport adds comes last, sorted too:
/// Accept-Encoding, except on HEAD, Range and a caller's own, and `Connection: close` (transport.go `roundTrip`).
fn go_request(request: RequestHead<'_>) -> String {
    let RequestHead {
        method,
        path,
        host,
        body,
        headers,
        close,
    } = request;
    let own = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
    let agent = own("User-Agent").map_or("Go-http-client/1.1", |(_, agent)| agent);
    let mut head = String::with_capacity(ROOM);
    for part in [method.name(), " ", path, " HTTP/1.1\r\n"] {
        head.push_str(part);
    }
    field(&mut head, "Host", host);
    field(&mut head, "User-Agent", agent);
    if body > 0 || matches!(method, Method::Post | Method::Put | Method::Patch) {
        field(&mut head, "Content-Length", &body.to_string());
    }
    let mut sorted: Vec<&(String, String)> = Vec::new();
    let others = headers.iter();
    for header in others.filter(|(name, _)| !name.eq_ignore_ascii_case("User-Agent")) {
        sorted.insert(sorted.partition_point(|other| *other <= header), header);
    }
    for (name, value) in sorted {
        field(&mut head, name, value);
    }
    if own("Accept-Encoding").is_none() && own("Range").is_none() && method != Method::Head {
        head += "Accept-Encoding: gzip\r\n";
    }
    if close && own("Connection").is_none() {
        head += "Connection: close\r\n";
    }
    head + "\r\n"
}

/// Go sniffs the type of a body that names none (`text/plain` here) and sends none for an empty body.
fn go_response(response: ResponseHead) -> String {
    let ResponseHead { body, close, .. } = response;
    let mut head = String::with_capacity(ROOM);
    head.push_str(&status_line(response.status));
    head.push_str("\r\n");
    field(&mut head, "Date", DATE);
    field(&mut head, "Content-Length", &body.to_string());
    if body > 0 && response.typed != Typed::No {
        field(&mut head, "Content-Type", SNIFFED);
    }
    if close {
        head += "Connection: close\r\n";
    }
    head + "\r\n"
}

/// What `Connection:` says where it always says something.
const fn connection(close: bool) -> &'static str {
    if close { "close" } else { "keep-alive" }
}

/// What the caller sets stands first, Content-Length among it; then come Host and Connection.
fn node_request(request: RequestHead<'_>) -> String {
    let RequestHead {
        method,
        path,
        host,
        body,
        headers,
        close,
    } = request;
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if body > 0 {
        head += &format!("Content-Length: {body}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let connection = connection(close);
    head + &format!("Host: {host}\r\nConnection: {connection}\r\n\r\n")
}

/// What the client asked, with the server's own name; nothing of the connection unless it ends (nginx with an empty
/// `proxy_set_header Connection`; order recorded in 19).
fn proxy_request(request: RequestHead<'_>) -> String {
    let RequestHead {
        method,
        path,
        host,
        body,
        headers,
        close,
    } = request;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    if close {
        head += "Connection: close\r\n";
    }
    if body > 0 {
        head += &format!("Content-Length: {body}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// `maxRequestsPerSocket` stands in every head as it is set, and does not count down (seen on Node 20 and 26). The hint does not include the buffer that the server adds to it (runtimes §13).
fn node_response(response: ResponseHead, hint: Option<u32>, max: Option<u32>) -> String {
    let (line, ResponseHead { body, close, .. }) = (status_line(response.status), response);
    let connection = connection(close);
    let mut head =
        format!("{line}\r\nContent-Length: {body}\r\nDate: {DATE}\r\nConnection: {connection}\r\n");
    if let (Some(hint), false) = (hint, close) {
        let max = max.map_or(String::new(), |max| format!(", max={max}"));
        head += &format!("Keep-Alive: timeout={hint}{max}\r\n");
    }
    head + "\r\n"
}

fn nginx_response(response: ResponseHead) -> String {
    let (line, ResponseHead { body, close, .. }) = (status_line(response.status), response);
    let kind = match (response.typed, response.status) {
        (Typed::Sniffed, _) => format!("Content-Type: {SNIFFED}\r\n"),
        (Typed::Own, 200) => "Content-Type: text/plain\r\n".to_owned(),
        (Typed::Own, _) => "Content-Type: text/html\r\n".to_owned(),
        (Typed::No, _) => String::new(),
    };
    let connection = connection(close);
    format!(
        "{line}\r\nServer: nginx/1.22.1\r\nDate: {DATE}\r\n{kind}\
         Content-Length: {body}\r\nConnection: {connection}\r\n\r\n"
    )
}

/// An answer of its own; a target's answer passes with the fields that it has, which are as long here as Go's.
fn alb_response(response: ResponseHead) -> String {
    if response.status == 200 {
        return go_response(response);
    }
    let (line, ResponseHead { body, close, .. }) = (status_line(response.status), response);
    let connection = connection(close);
    format!(
        "{line}\r\nServer: awselb/2.0\r\nDate: {DATE}\r\nContent-Type: text/html\r\n\
         Content-Length: {body}\r\nConnection: {connection}\r\n\r\n"
    )
}

/// Asks for a body that waits.
pub const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// Whether a request's fields say that its body waits to be asked for.
pub fn expects_continue(headers: &[(String, String)]) -> bool {
    let mut fields = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    fields.any(is_expectation)
}

/// Whether a field says that the body behind it waits to be asked for.
pub(super) fn is_expectation((name, value): (&str, &str)) -> bool {
    name.eq_ignore_ascii_case("Expect") && value.eq_ignore_ascii_case("100-continue")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, body: u32, headers: &[(&str, &str)], recorded: &str) {
        let headers: Vec<_> = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        let head = HeadStyle::Go.request(RequestHead {
            method,
            path: "/p?off=-8.00&r=0",
            host: "10.99.0.2:8080",
            body,
            headers: &headers,
            close: false,
        });
        assert_eq!(head, recorded);
    }

    /// The heads of captures 01-go-idle-race (POST, GET) and 01f-idempotency-key.
    #[test]
    fn go_request_heads_are_the_recorded_bytes() {
        let post = "POST /p?off=-8.00&r=0 HTTP/1.1\r\nHost: 10.99.0.2:8080\r\n\
            User-Agent: Go-http-client/1.1\r\nContent-Length: 5\r\nAccept-Encoding: gzip\r\n\r\n";
        check(Method::Post, 5, &[], post);
        let get = "GET /p?off=-8.00&r=0 HTTP/1.1\r\nHost: 10.99.0.2:8080\r\n\
            User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n";
        check(Method::Get, 0, &[], get);
        let key = "POST /p?off=-8.00&r=0 HTTP/1.1\r\nHost: 10.99.0.2:8080\r\n\
            User-Agent: Go-http-client/1.1\r\nContent-Length: 5\r\nIdempotency-Key: abc\r\n\
            Accept-Encoding: gzip\r\n\r\n";
        check(Method::Post, 5, &[("Idempotency-Key", "abc")], key);
    }

    /// transport.go `roundTrip`: what the transport adds goes behind the caller's own fields.
    #[test]
    fn go_transport_adds_its_own_fields_last() {
        let head = |method, headers: &[(&str, &str)], close| {
            let own = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
            let headers: Vec<_> = headers.iter().map(own).collect();
            let head = HeadStyle::Go.request(RequestHead {
                method,
                path: "/",
                host: "h",
                body: 0,
                headers: &headers,
                close,
            });
            let lines: Vec<_> = head.trim_end().lines().map(str::to_owned).collect();
            lines[2..].join(", ")
        };
        let agent = "User-Agent: Go-http-client/1.1";
        let table = [
            (
                Method::Get,
                &[][..],
                format!("{agent}, Accept-Encoding: gzip, Connection: close"),
            ),
            (Method::Head, &[], format!("{agent}, Connection: close")),
            (
                Method::Get,
                &[("Range", "bytes=0-9"), ("user-agent", "me")],
                "User-Agent: me, Range: bytes=0-9, Connection: close".to_owned(),
            ),
        ];
        for (method, headers, expected) in table {
            assert_eq!(head(method, headers, true), expected);
        }
    }

    /// Lengths recorded in 01 (119 with 3 bytes), 05 (75 with none) and 12 (138 with 3, closing).
    #[test]
    fn go_response_heads_are_as_long_as_the_recorded_ones() {
        let head = |body, close| ResponseHead {
            status: 200,
            body,
            close,
            typed: Typed::Own,
        };
        let len = |body, close| HeadStyle::Go.response(head(body, close)).len();
        assert_eq!(len(3, false) + 3, 119);
        assert_eq!(len(0, false), 75);
        assert_eq!(len(3, true) + 3, 138);
    }

    /// Captures 04c, 09e, 12b and 14.
    #[test]
    fn node_and_nginx_heads_are_as_long_as_the_recorded_ones() {
        let node = HeadStyle::Node {
            hint: Some(5),
            max: None,
        };
        let request = |method, body| {
            let head = node.request(RequestHead {
                method,
                path: "/w",
                host: "10.99.0.2:8080",
                body,
                headers: &[],
                close: false,
            });
            head.len() + body as usize
        };
        assert_eq!(request(Method::Get, 0), 65);
        assert_eq!(request(Method::Post, 5), 90);
        let response = |style: HeadStyle, close| {
            let head = style.response(ResponseHead {
                status: 200,
                body: 3,
                close,
                typed: Typed::Own,
            });
            head.len() + 3
        };
        assert_eq!(response(node, false), 125);
        assert_eq!(response(HeadStyle::Nginx, false), 150);
        assert_eq!(response(HeadStyle::Nginx, true), 145);
        assert_eq!(node.request_timeout().len(), 51);
    }
}
