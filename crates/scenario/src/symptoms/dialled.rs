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

/// urllib3's `connectionpool.py`, httpcore's trace events, hyper-util's client, Apache HttpClient's connection operator, curl's `-v`.
const LINES: [Line; 9] = [
    dials(&["starting new http connection ("]),
    dials(&["starting new https connection ("]),
    dials(&["resetting dropped connection: "]),
    dials(&["connect_tcp.started"]),
    dials(&["starting new connection: "]),
    dials(&["clientconnectionoperator", "connecting to "]),
    dials(&["httpclient", "connecting to ", "/"]),
    dials(&["* connected to ", " port "]),
    takes(&["reuse idle connection for "]),
];

/// What ends the request that was sent behind such a line: with it the connection is a used one.
const ANSWERED: [&str; 6] = [
    "http/1.1\" ",
    "http/1.1 2",
    "http/1.1 3",
    "http/1.1 4",
    "receive_response_headers.complete",
    "incoming response",
];

/// Whether the connection that failed had been used before, as the last such line tells; `None`: there is none, or a response came after it.
pub(super) fn said(pasted: &str) -> Option<bool> {
    let text = pasted.to_lowercase();
    if let Some(read) = bytes_read(&text) {
        return Some(read > 0);
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
    let (_, after) = text.split_once("bytesread")?;
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
}
