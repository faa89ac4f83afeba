//! What libraries log just before they use a connection: that they dial one, or that they take one from their pool; and Node's `bytesRead`, which
//! counts what has come on it.

/// What a library's log line says; of a line the words are in small letters.
struct Line {
    /// All of these, in this order.
    words: &'static [&'static str],
    /// Whether the connection has been used before.
    reused: bool,
}

const fn dials(words: &'static [&'static str]) -> Line {
    Line {
        words,
        reused: false,
    }
}

const fn takes(words: &'static [&'static str]) -> Line {
    Line {
        words,
        reused: true,
    }
}

/// urllib3 (`connectionpool.py`, `_new_conn` and `_get_conn`; at DEBUG, where it logs responses, too), httpcore's trace events (`_trace.py`),
/// hyper-util (`client/legacy/connect/http.rs`, `client/legacy/pool.rs`), Apache HttpClient 4 and 5 (`DefaultHttpClientConnectionOperator`), and
/// curl's `-v` (`lib/connect.c`).
const LINES: [Line; 8] = [
    dials(&["debug", "starting new http connection ("]),
    dials(&["debug", "starting new https connection ("]),
    dials(&["debug", "resetting dropped connection: "]),
    dials(&["connect_tcp.started"]),
    dials(&["hyper", "starting new connection: "]),
    dials(&["clientconnectionoperator", "connecting to "]),
    dials(&["* connected to ", " port "]),
    takes(&["reuse idle connection for "]),
];

/// What ends the request that was sent behind such a line: with it the connection is a used one. A status line, quoted or not, and httpcore's
/// own word for it.
const ANSWERED: [&str; 5] = [
    "http/1.1\" ",
    "http/1.1 ",
    "http/1.0 ",
    "http/2 ",
    "receive_response_headers.complete",
];

/// Whether the connection that failed had been used before, as the last such line tells; `None`: there is none, or a response came after it.
pub(super) fn said(pasted: &str) -> Option<bool> {
    let text = pasted.to_lowercase();
    if let Some(read) = bytes_read(&text) {
        // What was cut may be all that has ever come.
        let cut = text.contains("terminated");
        return match read {
            0 => Some(false),
            _ => (!cut).then_some(true),
        };
    }
    let lines: Vec<&str> = text.lines().collect();
    let (at, line) = lines.iter().enumerate().rev().find_map(|(at, text)| {
        let line = LINES.iter().find(|line| has(line.words, text))?;
        Some((at, line))
    })?;
    let answered = |text: &&str| ANSWERED.iter().any(|word| text.contains(word));
    let after = &lines[at..];
    (!after.iter().any(answered)).then_some(line.reused)
}

/// These words, one behind the other.
fn has(words: &[&str], text: &str) -> bool {
    let mut rest = text;
    words.iter().all(|word| {
        let found = rest.split_once(word);
        rest = found.map_or("", |(_, after)| after);
        found.is_some()
    })
}

/// undici's `SocketError` prints its socket: `bytesWritten: 171, bytesRead: 0`.
fn bytes_read(text: &str) -> Option<u64> {
    let (before, after) = text.split_once("bytesread")?;
    before.contains("byteswritten").then_some(())?;
    let number = after.trim_start_matches(['"', '\'', ':', '=', ' ']);
    let end = number.find(|c: char| !c.is_ascii_digit());
    number[..end.unwrap_or(number.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pasted: &str, expected: Option<bool>) {
        assert_eq!(said(pasted), expected, "{pasted}");
        assert_eq!(super::super::reused(pasted), expected, "{pasted}");
    }

    #[test]
    fn what_a_library_logs_before_it_fails_tells_of_its_connection() {
        check(
            "DEBUG:urllib3.connectionpool:Starting new HTTP connection (1): x:80\nConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
            Some(false),
        );
        check(
            "DEBUG:urllib3.connectionpool:Starting new HTTP connection (1): x:80\nDEBUG:urllib3.connectionpool:http://x:80 \"GET / HTTP/1.1\" 200 5\nRemoteDisconnected('Remote end closed connection without response')",
            None,
        );
        check(
            "connect_tcp.started host='x' port=80\nsend_request_headers.started\nhttpx.RemoteProtocolError: Server disconnected without sending a response.",
            Some(false),
        );
        check(
            "DEBUG hyper_util::client::legacy::connect::http: starting new connection: http://x/\nhyper::Error(IncompleteMessage)",
            Some(false),
        );
        check(
            "reuse idle connection for (\"http\", x)\nhyper::Error(IncompleteMessage)",
            Some(true),
        );
        check(
            "DEBUG o.a.h.i.c.DefaultHttpClientConnectionOperator - Connecting to x/10.0.0.1:80\norg.apache.http.NoHttpResponseException: x:80 failed to respond",
            Some(false),
        );
        check(
            "SocketError: other side closed\n  code: 'UND_ERR_SOCKET',\n  socket: { bytesWritten: 171, bytesRead: 0 }",
            Some(false),
        );
        check(
            "SocketError: other side closed { socket: { bytesWritten: 342, bytesRead: 250 } }",
            Some(true),
        );
        check("error connecting to database: EOF", None);
        check("Connected to the message bus; EOF", None);
    }

    #[test]
    fn a_line_counts_where_no_response_came_behind_it() {
        for (dialled, then, expected) in [
            (
                "DEBUG:urllib3.connectionpool:Starting new HTTPS connection (2): x:443",
                "RemoteDisconnected",
                Some(false),
            ),
            (
                "DEBUG urllib3.connectionpool Resetting dropped connection: x",
                "RemoteDisconnected",
                Some(false),
            ),
            // At INFO it tells of dials and of no response.
            (
                "INFO:requests.packages.urllib3.connectionpool:Starting new HTTP connection (1): x",
                "RemoteDisconnected",
                None,
            ),
            (
                "* Connected to x (10.0.0.1) port 80",
                "* Empty reply from server",
                Some(false),
            ),
            (
                "* Connected to x (10.0.0.1) port 80\n< HTTP/1.1 500 Oops",
                "* Recv failure: Connection reset by peer",
                None,
            ),
            (
                "* Connected to x (10.0.0.1) port 80\n< HTTP/1.0 200 OK",
                "* Empty reply from server",
                None,
            ),
            (
                "* Connected to x (10.0.0.1) port 443\n< HTTP/2 200",
                "* Empty reply from server",
                None,
            ),
            (
                "connect_tcp.started host='x'\nreceive_response_headers.complete return_value=(b'HTTP/1.1', 200)",
                "Server disconnected",
                None,
            ),
            (
                "com.acme.HttpClient - Error connecting to http://api/v1",
                "Connection reset",
                None,
            ),
            (
                "TypeError: terminated { [cause]: SocketError: other side closed { bytesWritten: 171,",
                "bytesRead: 1523 }",
                None,
            ),
            ("copy failed: totalBytesRead=4096", "unexpected EOF", None),
        ] {
            check(&format!("{dialled}\n{then}"), expected);
        }
    }
}
