//! Bodies that are read to their end: nothing is left that a close could throw away.

use super::race::Cast;
use super::silence::go_timeout;
use super::{Edit, Grade, Remedy, RemedyKind, at_client, workload_path};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use std::time::Duration;
use whyeof_trace::{ProgramId, RequestId, Setting, Value};

/// Callers that read their responses to the end: it gives the connections back (runtimes §1.7).
pub(crate) fn read_bodies(
    reading: &Reading<'_>,
    requests: impl Iterator<Item = RequestId>,
) -> Vec<Remedy> {
    let mut edits: Vec<Edit> = Vec::new();
    // What is kept from now on can end while it is idle.
    let mut races = false;
    for request in requests {
        let Some(path) = workload_path(reading, request) else {
            continue;
        };
        races |= Cast::between(reading, request).is_some_and(|cast| !cast.is_safe());
        let path = format!("{path}.read");
        if !edits.iter().any(|e| e.path == path) {
            let value = "all".to_owned();
            edits.push(Edit { path, value });
        }
    }
    if edits.is_empty() {
        return Vec::new();
    }
    let (grade, more, more_zh) = match races {
        true => (
            Grade::Amber,
            " A connection that is kept lies idle, and the server closes it after a while: let the client let go before.",
            "连接留住以后会空闲，服务器过一阵会关掉它：让客户端先放手。",
        ),
        false => (Grade::Green, "", ""),
    };
    vec![Remedy::new(
        RemedyKind::ReadBodies,
        grade,
        Text::new(
            "Client: read response bodies to their end",
            "客户端：把响应体读完",
        ),
        Text::made(
            format!(
                "The connection goes back into the pool, and the next request uses it. The price is the bytes that are read; of a very large body they may cost more than a new connection.{more}"
            ),
            format!(
                "读完以后连接就放回池里，给下一个请求用。代价是要收完这些字节；响应体特别大的时候，可能还不如新建一条连接。{more_zh}"
            ),
        ),
        edits,
    )]
}

/// What lets others have connections although some callers leak theirs, for those who cannot mend the callers at once: a request has waited so
/// long in vain, because of this limit.
pub(crate) fn despite_leaks(
    reading: &Reading<'_>,
    client: ProgramId,
    waited: Duration,
    limit: Option<&Setting>,
) -> Vec<Remedy> {
    // Some time before the request gives up: half of its wait, in whole seconds.
    let soon = Duration::from_secs((waited / 2).as_secs().max(1));
    // `http.Client.Timeout` runs on until the body has been read or closed (ground-truth §6: the leak heals itself).
    let note = Text::new(
        "It runs on over the body: a leaked connection is closed when it is over, and the next request gets its place. Each leak still holds one for so long, and an answer that takes longer fails.",
        "它连响应体也管：时间一到，漏掉的连接就关掉，名额让给下一个请求。每次泄漏还是会占这么久，比这更慢的响应也会失败。",
    );
    let timeout = go_timeout(reading.trace, client, soon, note);
    // Only Go has a word for none: 0.
    let none = limit.filter(|s| s.name == "MaxConnsPerHost" && !s.path.is_empty());
    let none = none.map(|limit| {
        let edit = Edit {
            path: limit.path.clone(),
            value: "0".to_owned(),
        };
        Remedy::new(
            RemedyKind::PoolSize,
            Grade::Amber,
            at_client("MaxConnsPerHost = 0"),
            Text::new(
                "Without a limit nobody waits: each leak costs one more connection, and they pile up until file descriptors or the server's memory run out.",
                "不设上限就没人等：每漏一个就多一条连接，越积越多，直到耗尽文件描述符或服务器内存。",
            ),
            vec![edit],
        )
    });
    timeout.into_iter().chain(none).collect()
}

/// A server whose handlers read requests to their end: nothing lies unread when it closes.
pub(crate) fn read_requests(reading: &Reading<'_>, request: &RequestReport) -> Vec<Remedy> {
    let server = request.conn.map(|conn| reading.trace.host_of(conn.peer()));
    let leaves = reading.trace.settings.iter().filter(|s| {
        let inside = s.path.starts_with("servers.") && s.path.ends_with(".read");
        inside && server == Some(s.host) && s.value == Value::Switch(false)
    });
    let edit = |s: &Setting| Edit {
        path: s.path.clone(),
        value: "true".to_owned(),
    };
    let edits: Vec<Edit> = leaves.map(edit).collect();
    if edits.is_empty() {
        return Vec::new();
    }
    vec![Remedy::new(
        RemedyKind::ReadRequests,
        Grade::Green,
        Text::new(
            "Server: read requests to their end before answering",
            "服务器：先读完请求再回响应",
        ),
        Text::new(
            "Nothing lies unread when the server closes, so it ends with FIN and the client reads its answer. The price is reading what nobody wants; limit its size.",
            "关连接时没有未读的数据，结束用的是 FIN，客户端能读到响应。代价是要收完没人要的数据，记得限制大小。",
        ),
        edits,
    )]
}
