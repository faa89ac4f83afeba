//! Against silence: who notices, and when.

use super::race::{CLIENT_IDLE, Cast, retry, short_connections};
use super::{Edit, Grade, Remedy, RemedyKind, at_client, option, set, workload_path};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::exact;
use std::time::Duration;
use whyeof_trace::{Failure, HostId, ProgramId, Setting, Trace, Value};

/// Long for an answer within one site, short for somebody who waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long gRPC lets data lie unacknowledged: what its clients set TCP_USER_TIMEOUT to when nobody says (proposal A18).
const USER_TIMEOUT: Duration = Duration::from_secs(20);

/// The agent that closes what is silent (runtimes §3).
const CLOSES_SILENT: &str = "agentkeepalive-4.6";

/// Time limits that close a connection on which nothing moves.
pub(crate) fn patience(reading: &Reading<'_>, request: &RequestReport) -> Vec<Remedy> {
    let client = reading.trace.requests[request.id.index()].program;
    let runtime = reading.trace.program(client).runtime.as_str();
    let mut remedies: Vec<Remedy> = match runtime {
        _ if runtime.starts_with("go-") => {
            let limit = go_timeout(reading.trace, client, PATIENCE, note());
            let acknowledged = user_timeout(reading, client);
            limit.into_iter().chain(acknowledged).collect()
        }
        _ if runtime.starts_with("node-") => {
            let destroy = node_destroy(reading, request);
            let other = other_agent(reading, request);
            destroy.into_iter().chain(other).collect()
        }
        _ => Vec::new(),
    };
    remedies.extend(fewer_retries(reading.trace, client));
    remedies
}

/// What the kernel's documentation names as the least (ip-sysctl.rst, `tcp_retries2`): with 8 it gives up after no less than the 100 s that
/// RFC 1122 §4.2.3.5 asks for.
const RETRIES: u64 = 8;

/// The kernel's patience with all connections of a machine: for those whose programs have none of their own.
fn fewer_retries(trace: &Trace, client: ProgramId) -> Option<Remedy> {
    let host = trace.program(client).host;
    let now = retries(trace, host);
    if now <= RETRIES {
        return None;
    }
    let [limit, now] = [RETRIES, now].map(|retries| exact(give_up(retries)));
    let title = Text::made(
        format!("Client's kernel: tcp_retries2 = {RETRIES}"),
        format!("客户端内核：tcp_retries2 = {RETRIES}"),
    );
    let note = Text::made(
        format!(
            "The kernel gives up data that nobody acknowledges after {limit} at least, not {now}: the program hears of it (ETIMEDOUT), and its pool gets a place back. It holds for all connections of that machine, also for those that would have survived a longer outage."
        ),
        format!(
            "没人确认的数据，内核至少 {limit} 后就放弃（原来 {now}）：程序会收到 ETIMEDOUT，连接池也空出位置。它管的是这台机器的所有连接，本来熬得过更久中断的连接也会断。"
        ),
    );
    let edits = vec![Edit {
        path: format!("hosts.{}.sysctl.tcp_retries2", trace.host(host).name),
        value: RETRIES.to_string(),
    }];
    Some(Remedy::new(
        RemedyKind::Patience,
        Grade::Amber,
        title,
        note,
        edits,
    ))
}

/// A machine's `tcp_retries2`, if it has its own; Linux's default is 15.
pub(crate) fn retries(trace: &Trace, host: HostId) -> u64 {
    let mut settings = trace.settings.iter();
    let set = settings.find(|s| s.name == "tcp_retries2" && s.host == host);
    match set.map(|s| &s.value) {
        Some(Value::Count(count)) => *count,
        _ => 15,
    }
}

/// How long TCP sends again before it gives up (`tcp_model_timeout`, linux-tcp §2.7): from 0.2 s on twice as long each time, at most
/// 120 s.
pub(crate) fn give_up(retries: u64) -> Duration {
    let waits = (0..=retries.min(100)).map(|n| {
        let wait = Duration::from_millis(200).saturating_mul(1 << n.min(20));
        wait.min(Duration::from_secs(120))
    });
    waits.sum()
}

fn note() -> Text {
    Text::new(
        "The request still fails, but with it goes the connection: the next request dials anew and is served as soon as the network is back. An answer that takes longer fails, too, and its handler has run.",
        "这个请求还是会失败，但连接也跟着关掉：下一个请求重新建连，网络一恢复就能用。代价是慢于这个时限的响应也会失败，而处理函数已经执行。",
    )
}

fn patient(title: &str, note: Text, edits: Vec<Edit>) -> Remedy {
    Remedy::new(
        RemedyKind::Patience,
        Grade::Amber,
        at_client(title),
        note,
        edits,
    )
}

/// Whether a scenario leaves a time unset.
fn is_unset(setting: &&Setting) -> bool {
    setting.value.duration().is_none()
}

/// `http.Client.Timeout` closes the connection of a request that it ends (runtimes §1.6).
pub(super) fn go_timeout(
    trace: &Trace,
    client: ProgramId,
    after: Duration,
    note: Text,
) -> Option<Remedy> {
    let option = option(trace, client, "Timeout").filter(is_unset)?;
    let title = format!("Timeout = {}", exact(after));
    Some(patient(&title, note, vec![set(option, after)]))
}

/// The kernel's own limit for data that nobody acknowledges (linux-tcp §6.4); a shorter one of the client's comes before it.
fn user_timeout(reading: &Reading<'_>, client: ProgramId) -> Option<Remedy> {
    option(reading.trace, client, "Timeout").filter(is_unset)?;
    let option = option(reading.trace, client, "TCP_USER_TIMEOUT").filter(is_unset)?;
    let title = format!("TCP_USER_TIMEOUT = {}", exact(USER_TIMEOUT));
    let note = Text::new(
        "The client's kernel ends a connection whose data or probes nobody acknowledges for so long. A handler may take its time, because its kernel acknowledges for it; so a lost answer is noticed only by probes.",
        "数据或探测这么久没人确认，客户端内核就结束这条连接。处理函数慢一点没关系，对端内核会替它确认；所以只丢了响应的话，要靠保活探测才能发现。",
    );
    Some(patient(&title, note, vec![set(option, USER_TIMEOUT)]))
}

/// Node's agent only says that a busy socket is silent; somebody has to end it (runtimes §2.4).
fn node_destroy(reading: &Reading<'_>, request: &RequestReport) -> Option<Remedy> {
    let client = reading.trace.requests[request.id.index()].program;
    let option = option(reading.trace, client, "timeout");
    let unset = option.filter(is_unset);
    let limit = option.and_then(|s| s.value.duration()).unwrap_or(PATIENCE);
    let mut edits: Vec<Edit> = unset.map(|option| set(option, limit)).into_iter().collect();
    let path = format!("{}.destroy", workload_path(reading, request.id)?);
    let mut settings = reading.trace.settings.iter();
    if settings.any(|s| s.path == path && s.value == Value::Switch(true)) {
        return None;
    }
    let value = "true".to_owned();
    edits.push(Edit { path, value });
    let title = format!(
        "timeout = {}, req.on('timeout', () => req.destroy())",
        exact(limit)
    );
    Some(patient(&title, note(), edits))
}

/// agentkeepalive ends silent sockets by itself.
fn other_agent(reading: &Reading<'_>, request: &RequestReport) -> Option<Remedy> {
    let prefix = workload_path(reading, request.id)?;
    let (client, _) = prefix.split_once(".requests.")?;
    let note = Text::new(
        "It closes a busy socket on which nothing has moved for its timeout (8 s if not set), and idle ones after freeSocketTimeout (4 s). Requests in flight still fail; an answer that takes longer fails, too.",
        "忙着的 socket 超过 timeout（不设是 8 s）没动静，它就关掉；空闲的超过 freeSocketTimeout（4 s）也关。在途的请求还是会失败，比这更慢的响应也会失败。",
    );
    let edits = vec![Edit {
        path: format!("{client}.runtime"),
        value: CLOSES_SILENT.to_owned(),
    }];
    Some(patient("agentkeepalive", note, edits))
}

/// How long a connection is silent before the kernel's first probe: in Go, and in Node, where the next ones follow each second.
const PROBES: [&str; 2] = ["KeepAlive", "keepAliveMsecs"];

/// Below the idle limit of a box on the way: the client lets go of idle connections, or probes them, before the box forgets.
pub(crate) fn below_the_box(
    reading: &Reading<'_>,
    request: &RequestReport,
    limit: Duration,
) -> Vec<Remedy> {
    let client = reading.trace.requests[request.id.index()].program;
    let under = limit - limit / 10;
    let idle = CLIENT_IDLE
        .iter()
        .find_map(|name| option(reading.trace, client, name));
    let shorter = idle.map(|option| (RemedyKind::ClientIdle, option, under, Text::made(
        format!("Safe for every gap: the client closes idle connections before the box forgets them at {}. After a longer gap it dials anew.", exact(limit)),
        format!("任何间隔都安全：中间设备 {} 才忘记，客户端在那之前就关掉空闲连接。空闲更久时重新建连。", exact(limit)),
    )));
    let often = Duration::from_secs((limit / 5).as_secs().max(1));
    let probes = PROBES
        .iter()
        .find_map(|name| option(reading.trace, client, name));
    let probes = probes.filter(|now| !is_at_most(now, often));
    let probes = probes.map(|option| (RemedyKind::Probes, option, often, Text::made(
        format!("Safe for every gap: a probe passes the box every {}, so it never forgets. Each idle connection costs two small packets each time.", exact(often)),
        format!("任何间隔都安全：每 {} 有一个保活探测经过，中间设备就不会忘记。代价是每条空闲连接每次多两个小包。", exact(often)),
    )));
    let claims = shorter.into_iter().chain(probes);
    let remedies = claims.map(|(kind, option, value, note)| {
        let title = at_client(&format!("{} = {}", option.name, exact(value)));
        Remedy::new(kind, Grade::Green, title, note, vec![set(option, value)])
    });
    // Where the box says so at once, there is something to hear; where it is silent, the caller's time is over first.
    let resets = request.failure == Some(Failure::Reset);
    let note = Text::new(
        "Go then sends the request again by itself, on a new connection. Here the box had answered and no handler had run; elsewhere one may have, so only where the server drops repeats.",
        "加上以后，Go 会换一条新连接自动重发。这里是中间设备回的 RST，处理函数没有执行过；别的情况下可能执行过，所以服务器能去重才用。",
    );
    let again = resets.then(|| retry(reading, request.id, note)).flatten();
    remedies
        .chain(short_connections(reading.trace, client))
        .chain(again)
        .collect()
}

/// What helps where only the client still has a connection: probes that find out in time, or the request once more.
pub(crate) fn half_open(reading: &Reading<'_>, request: &RequestReport) -> Vec<Remedy> {
    let note = Text::new(
        "Go then sends the request again by itself, on a new connection. Here no handler had run; elsewhere one may have, so only where the server drops repeats.",
        "加上以后，Go 会换一条新连接自动重发。这里处理函数没有执行过；别的情况下可能执行过，所以服务器能去重才用。",
    );
    let client = reading.trace.requests[request.id.index()].program;
    let cast = Cast::between(reading, request.id);
    // Who lets go before the server closes is never left with half a connection, unless the server's machine has gone.
    let mut remedies: Vec<Remedy> = cast
        .and_then(|cast| cast.client_idle())
        .into_iter()
        .collect();
    remedies.extend(probe_between(reading, request));
    remedies.extend(short_connections(reading.trace, client));
    remedies.extend(retry(reading, request.id, note));
    remedies
}

/// Probes so often that a peer which knows nothing of an idle connection says so between two requests.
fn probe_between(reading: &Reading<'_>, request: &RequestReport) -> Vec<Remedy> {
    /// Fewer seconds of idling have no room for a probe and its answer.
    const LEAST: Duration = Duration::from_secs(3);
    let client = reading.trace.requests[request.id.index()].program;
    let idle = reading.last_attempt(request.id).map(|a| a.idle_for);
    let Some(idle) = idle.filter(|idle| *idle >= LEAST) else {
        return Vec::new();
    };
    let often = Duration::from_secs((idle / 3).as_secs().max(1));
    let note = Text::made(
        format!(
            "The kernel asks idle connections every {}: a machine that knows nothing of one answers RST, and the pool drops it. Between two probes the danger remains.",
            exact(often)
        ),
        format!(
            "内核每 {} 探测一次空闲连接：对端不认识它就回 RST，连接池随即把它丢掉。两次探测之间，危险还在。",
            exact(often)
        ),
    );
    // Since 1.23 `KeepAlive` is the idle time alone, and the interval stands apart.
    let both = ["KeepAliveConfig.Idle", "KeepAliveConfig.Interval"];
    let both: Option<Vec<_>> = both
        .iter()
        .map(|name| option(reading.trace, client, name))
        .collect();
    let names = match both {
        Some(both) => both,
        None => option(reading.trace, client, "KeepAlive")
            .into_iter()
            .collect(),
    };
    if names.is_empty() || names.iter().all(|option| is_at_most(option, often)) {
        return Vec::new();
    }
    let title = names.iter().map(|option| option.name.as_str());
    let title = format!(
        "{} = {}",
        title.collect::<Vec<_>>().join(" = "),
        exact(often)
    );
    let edits = names.iter().map(|option| set(option, often)).collect();
    let (kind, title) = (RemedyKind::Detection, at_client(&title));
    vec![Remedy::new(kind, Grade::Amber, title, note, edits)]
}

/// Whether a time is set, and no longer.
fn is_at_most(option: &Setting, most: Duration) -> bool {
    let now = option.value.duration();
    now.is_some_and(|now| !now.is_zero() && now <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ground-truth §16: 924.6 s with the default.
    #[test]
    fn tcp_gives_up_after_a_quarter_of_an_hour() {
        assert_eq!(give_up(15), Duration::from_millis(924_600));
        assert_eq!(give_up(RETRIES), Duration::from_millis(102_200));
        assert_eq!(give_up(5), Duration::from_millis(12_600));
    }
}
