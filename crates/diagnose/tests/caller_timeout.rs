//! `caller-timeout`: where the caller's time went, and the error in Go's words (runtimes §1.6).

mod support;

use support::{codes, finding, report};

const ONE: (&str, &str) = ("clients.agent.requests.upload.count", "1");
const TIMEOUT: &str = "clients.agent.options.Timeout";
const RTT: (&str, &str) = ("network.rtt", "50ms");
const LARGE: (&str, &str) = ("servers.pyroscope.handler.body", "100000");
const BEFORE: &str = r#"Post "http://pyroscope:4040/ingest": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"#;
const IN_BODY: &str =
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

#[test]
fn says_where_the_time_went() {
    for (timeout, error, en, zh) in [
        ("30ms", BEFORE, "still being made", "连接还没建好"),
        ("60ms", BEFORE, "still on its way", "请求还在路上"),
        ("90ms", BEFORE, "the handler had begun", "处理函数已经开始"),
        ("120ms", IN_BODY, "not all there", "只是还没读完"),
    ] {
        let edits = [(TIMEOUT, timeout), ONE, RTT, LARGE];
        let report = report("pyroscope-idle-race", &edits);
        assert_eq!(report.verdict.error.as_deref(), Some(error), "{timeout}");
        assert_eq!(codes(&report)[0], "caller-timeout 1", "{timeout}");
        let told = &finding(&report, "caller-timeout").explanation;
        assert!(told.en.contains(en) && told.zh.contains(zh), "{told:?}");
    }
}

/// The transport's own limits (runtimes §1.6, §1.8): how long a dial may take, and how long the head of a response.
#[test]
fn the_transports_own_limits_have_their_own_words() {
    let edits = |path, value| [(path, value), ONE, RTT, LARGE];
    for (path, value, error, en) in [
        (
            "clients.agent.options.Dialer.Timeout",
            "30ms",
            r#"Post "http://pyroscope:4040/ingest": dial tcp 10.0.0.2:4040: i/o timeout"#,
            "Dialer.Timeout allows the POST 30 ms; when that time was over, the connection was still being made",
        ),
        (
            "clients.agent.options.ResponseHeaderTimeout",
            "40ms",
            r#"Post "http://pyroscope:4040/ingest": net/http: timeout awaiting response headers"#,
            "ResponseHeaderTimeout allows the POST 40 ms",
        ),
    ] {
        let report = report("pyroscope-idle-race", &edits(path, value));
        assert_eq!(report.verdict.error.as_deref(), Some(error), "{path}");
        let told = &finding(&report, "caller-timeout").explanation.en;
        assert!(told.contains(en), "{told}");
    }
    // Time enough for the head: the body may take longer.
    let head = edits("clients.agent.options.ResponseHeaderTimeout", "70ms");
    assert_eq!(report("pyroscope-idle-race", &head).verdict.error, None);
}

/// Time without a byte is the runtime's, too (agentkeepalive `timeout`, nginx `proxy_read_timeout`); so is that of a caller who
/// leaves the request alone.
#[test]
fn silence_and_a_caller_that_leaves_are_told() {
    let think = ("servers.pyroscope.handler.think", "5s");
    let silent = [
        ("clients.agent.runtime", "agentkeepalive-4.6"),
        ("clients.agent.options.timeout", "1000"),
        ONE,
        think,
    ];
    let leaves = [
        ("clients.agent.requests.upload.deadline", "3s"),
        ("clients.agent.requests.upload.leave", "true"),
        ONE,
        think,
    ];
    for (edits, en) in [
        (
            &silent[..],
            "timeout lets the connection be silent for 1 s under the POST",
        ),
        (&leaves[..], "deadline allows the POST 3 s"),
    ] {
        let report = report("pyroscope-idle-race", edits);
        assert_eq!(codes(&report)[0], "caller-timeout 1");
        let told = &finding(&report, "caller-timeout").explanation.en;
        assert!(told.contains(en), "{told}");
    }
}
