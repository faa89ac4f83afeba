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
