//! Message heads, byte for byte as the runtime writes them, so that lengths and sequence numbers are real.

use whyeof_trace::Method;

/// Who writes the head, and so in which order and with which fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadStyle {
    /// Go net/http (request.go `Request.write`, server.go `extraHeader.Write`), as recorded in
    /// captures 01 and 01f.
    Go,
}

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
        }
    }

    /// The response's head with its empty line: status 200, a body of so many bytes of text.
    pub fn response(self, body: u32, close: bool) -> String {
        match self {
            Self::Go => go_response(body, close),
        }
    }
}

/// Go sends Content-Length for a body, and `Content-Length: 0` for POST, PUT and PATCH without one
/// (transfer.go `shouldSendContentLength`); the caller's fields are sorted; Accept-Encoding comes last.
fn go_request(request: RequestHead<'_>) -> String {
    let RequestHead {
        method,
        path,
        host,
        body,
        headers,
        close,
    } = request;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    head += "User-Agent: Go-http-client/1.1\r\n";
    // transfer.go: `Connection: close` is written with the transfer fields.
    if close {
        head += "Connection: close\r\n";
    }
    if body > 0 || matches!(method, Method::Post | Method::Put | Method::Patch) {
        head += &format!("Content-Length: {body}\r\n");
    }
    let mut sorted: Vec<_> = headers.iter().collect();
    sorted.sort();
    for (name, value) in sorted {
        head += &format!("{name}: {value}\r\n");
    }
    head + "Accept-Encoding: gzip\r\n\r\n"
}

/// Go sniffs the type of a body that names none (`text/plain` here) and sends none for an empty body.
fn go_response(body: u32, close: bool) -> String {
    let mut head = format!("HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Length: {body}\r\n");
    if body > 0 {
        head += "Content-Type: text/plain; charset=utf-8\r\n";
    }
    if close {
        head += "Connection: close\r\n";
    }
    head + "\r\n"
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

    /// Lengths recorded in 01 (119 with 3 bytes), 05 (75 with none) and 12 (138 with 3, closing).
    #[test]
    fn go_response_heads_are_as_long_as_the_recorded_ones() {
        assert_eq!(HeadStyle::Go.response(3, false).len() + 3, 119);
        assert_eq!(HeadStyle::Go.response(0, false).len(), 75);
        assert_eq!(HeadStyle::Go.response(3, true).len() + 3, 138);
    }
}
