//! Every word this crate says, in both languages side by side.
//!
//! Protocol words, state and option names, errno names and error texts stay verbatim in both. The Chinese
//! is what engineers say (长连接 for HTTP keep-alive, 保活 for TCP keepalive), not a translation word by word.

use std::time::Duration;
pub use whyeof_trace::time::{clock, moment};
use whyeof_trace::time::{decimals, nanos};
use whyeof_trace::{Culprit, Evicted, RetryReason, Role, TimerKind};
pub use whyeof_trace::{Lang, Text};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $zh:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) const $name: Text = Text { en: $en, zh: $zh };
    )*};
}

/// A unit of time, the same in both languages, and how many nanoseconds it has.
type Unit = (&'static str, u64);
const SECONDS: Unit = ("s", 1_000_000_000);
const MILLIS: Unit = ("ms", 1_000_000);
const MICROS: Unit = ("µs", 1_000);

/// A span with its unit, to the millisecond above a second: `9.993 s`, `22.4 ms`, `50 µs`.
pub fn span(span: Duration) -> String {
    let nanos = nanos(span);
    match nanos {
        1_000_000_000.. => rounded(nanos, SECONDS, 3),
        0 | 100_000.. => rounded(nanos, MILLIS, 2),
        _ => rounded(nanos, MICROS, 0),
    }
}

/// The unit in which a span is read at a glance.
const fn unit(nanos: u64) -> Unit {
    match nanos {
        1_000_000_000.. => SECONDS,
        100_000.. => MILLIS,
        _ => MICROS,
    }
}

/// A span as short as can be: `3ms`.
pub(crate) fn about_whole(span: Duration) -> String {
    let nanos = nanos(span);
    rounded(nanos, unit(nanos), 0).replace(' ', "")
}

/// A span to three digits, for what is felt and not measured: `9.97 s`, `4 ms`.
pub fn about(span: Duration) -> String {
    let nanos = nanos(span);
    let unit = unit(nanos);
    let places = match nanos / unit.1 {
        100.. => 0,
        10.. => 1,
        _ => 2,
    };
    rounded(nanos, unit, places)
}

/// Nanoseconds in a unit, to so many decimals of it.
fn rounded(nanos: u64, (unit, per): Unit, places: u32) -> String {
    let last = per / 10_u64.pow(places);
    let number = nanos.saturating_add(last / 2) / last;
    format!("{} {unit}", decimals(number, places))
}

texts! {
    // Charts.
    OPEN_SOCKETS: "open sockets", "打开的 socket";
    NEW_CONNECTIONS: "new connections, {rate} on average; a bar is {bar}", "新建连接，平均{rate}；一条柱是 {bar}";
    A_SECOND: "{n} a second", "每秒 {n} 条";
    A_MINUTE: "{n} a minute", "每分钟 {n} 条";
    AN_HOUR: "{n} an hour", "每小时 {n} 条";
    SEQ_UNIT: "bytes", "字节";
    POOL_BUSY: "connections in use", "使用中的连接";
    POOL_IDLE: "idle in the pool", "池里空闲的连接";
    POOL_WAITING: "requests waiting for a connection", "等连接的请求";
    POOLS_SHOWN: "connections in use: at most {busy}; idle in the pool: at most {idle}; requests waiting for one: at most {waiting}", "使用中的连接最多 {busy} 条；池里空闲的最多 {idle} 条；等连接的请求最多 {waiting} 个";
    POOLS_TOGETHER: "{pools} pools together: {said}", "{pools} 个池合计：{said}";
    CONNECTIONS_SHOWN: "open sockets: at most {open}; in TIME-WAIT: at most {wait}; new connections: {dials}", "打开的 socket 最多 {open} 个；TIME-WAIT 最多 {wait} 个；新建连接{dials}";
    SERVED: "served", "成功";
    FAILED: "failed", "失败";
    NOT_ENDED: "not ended", "未结束";
    FAILED_SHARE: "failed, % of those asked for in this stretch of time", "失败占比（%），按发起的时间段";
    REQUESTS_SHOWN: "{failed} of {asked} requests failed, {share} %; in the worst stretch of time {most} %", "{asked} 个请求里失败 {failed} 个，{share} %；最差的一段 {most} %";
    // The report.
    REPORT_COUNTS: "Sent {sent}, executed {executed}, reported failed {failed}.", "发送 {sent} 次，执行 {executed} 次，报告失败 {failed} 次。";
    REPORT_OPEN: "[Open this run in whyeof]({link})", "[在 whyeof 中打开这次运行]({link})";
    REPORT_PASTE: "To open this run, paste this into whyeof: {link}", "把这段粘贴到 whyeof 里就能打开这次运行：{link}";
    REPORT_REASON: "**{what}.** {why}", "**{what}。** {why}";
    REPORT_WHY: "Why", "原因";
    REPORT_WHAT: "What happened", "经过";
    REPORT_CHANGE: "What to change", "怎么改";
    REPORT_SETTINGS: "Configuration", "配置";
    REPORT_SCENARIO: "The whole scenario as JSON", "完整场景（JSON）";
    REPORT_FOOT: "Simulated by whyeof {version}; the same scenario gives the same run, digest `{digest}`.", "由 whyeof {version} 模拟；同一场景每次运行结果都一样，摘要 `{digest}`。";
    // The picture's furniture.
    CLIENT_KERNEL: "client kernel", "客户端内核";
    SERVER_KERNEL: "server kernel", "服务器内核";
    PROXY_KERNEL: "proxy kernel", "代理内核";
    HOST_KERNEL: "kernel", "内核";
    QUIET: "{span} with nothing on the wire", "{span}链路上没有数据";
    NOT_SHOWN_BEFORE: "{span} before this: not shown", "此前 {span}未显示";
    NOT_SHOWN_AFTER: "{span} after this: not shown", "此后 {span}未显示";
    /// Under the host that a capture was taken at.
    TAP: "captured here", "在这里抓的包";
    /// Under one whose own doings a capture does not show.
    NOT_SEEN: "not seen itself", "这一端看不到";
    MORE_ITEMS: "… the rest of this stretch is not drawn: too much at once", "……这一段内容过多，其余未画出";
    CROSSING: "{fin} and {request} cross on the wire", "{fin} 与 {request} 在链路上擦肩而过";
    IN_POOL: "idle in the pool", "在连接池中空闲";
    DEAD_IN_POOL: "closed by the server, still in the pool", "服务器已关，池里还留着";
    EVIDENCE: "evidence {n}", "证据 {n}";
    TIMER_ARMED: "{timer}: armed at {from}, fires at {to}", "{timer}：{from} 启动，{to} 到期";
    TIMER_CLEARED: "{timer}: armed at {from}, cleared at {to}", "{timer}：{from} 启动，{to} 取消";
    TIMER_OPEN: "{timer}: armed at {from}, still running at {to}", "{timer}：{from} 启动，{to} 仍未到期";
    STATE_OF: "{who}: {state} from {from}", "{who}：{from} 起 {state}";
    SETTING_FALLBACK: "{used} {value}, {unset} unset", "{used} {value}，未设 {unset}";
    SETTING: "{name} {value}", "{name} {value}";

    // Layers, as the check-boxes name them.
    NOW_SOCKETS: "Sockets (ss -tno state connected)", "Socket（ss -tno state connected）";
    NOW_POOL: "Connection pools", "连接池";
    NOW_TIMERS: "What programs wait for", "程序在等的定时器";
    NOW_RULES: "Faults and rules", "故障与规则";
    NOW_HOST: "machine", "机器";
    NOW_CONNECTION: "connection", "连接";
    NOW_PLACE: "is", "处于";
    NOW_FOR: "for", "已持续";
    NOW_REQUEST: "request", "请求";
    NOW_HERE: "this end", "本端";
    NOW_THERE: "other end", "对端";
    NOW_DIALLING: "being dialled", "正在建连";
    NOW_IN_USE: "in use", "使用中";
    NOW_IDLE: "idle in the pool", "在池中空闲";
    NOW_WAITS: "waits for a connection", "在等连接";
    NOW_TIMER: "timer", "定时器";
    NOW_OF: "of", "属于";
    NOW_DUE: "due in", "还剩";
    NOW_SETTING: "set by", "取自";
    NOW_RULE: "fault or rule", "故障或规则";
    NOW_SINCE: "state", "状态";
    NOW_HOLDS: "in force since {at}", "{at} 起生效";
    NOW_LIFTED: "over since {at}", "{at} 起解除";
    NOW_TYPED: "typed at {at}", "{at} 输入";
    NOW_DROPPED: "packets dropped", "丢掉的包";
    LAYER_AXIS: "Time and folds", "时间轴与折叠";
    LAYER_STATES: "TCP states", "TCP 状态";
    LAYER_CROSSINGS: "Crossing windows", "危险窗口";
    LAYER_SEGMENTS: "Segments", "报文段";
    LAYER_TIMERS: "Timers", "定时器";
    LAYER_POOL: "Connection pool", "连接池";
    LAYER_REQUESTS: "Requests", "请求";
    LAYER_FAULTS: "Faults", "故障";
    LAYER_FINDINGS: "Evidence", "证据";

    // What happens, as sentences.
    ASKS: "{method} #{n} {url}", "{method} #{n} {url}";
    DIALS: "no idle connection is free: dials connection {conn}", "池里没有空闲连接：新建连接 {conn}";
    WAITS: "{method} #{n} waits for a connection", "{method} #{n} 等待可用连接";
    TAKES: "{method} #{n} reuses connection {conn}, idle for {span}", "{method} #{n} 复用连接 {conn}，已空闲 {span}";
    TAKES_AT_ONCE: "{method} #{n} takes connection {conn}", "{method} #{n} 用连接 {conn}";
    PARKS: "connection {conn} goes into the pool", "连接 {conn} 放回池里";
    PARKS_UNUSED: "connection {conn} goes into the pool without having been used", "连接 {conn} 一次没用就进了连接池";
    EVICTS: "discards connection {conn}: {why}", "丢弃连接 {conn}：{why}";
    HANDLES: "handler runs for {method} #{n}", "处理函数开始处理 {method} #{n}";
    HANDLES_AGAIN: "handler runs for {method} #{n} (attempt {attempt})", "处理函数开始处理 {method} #{n}（第 {attempt} 次发送）";
    RETRIES: "{method} #{n} is sent again by the runtime (attempt {attempt}): {why}", "{method} #{n} 由运行时自动重试（第 {attempt} 次）：{why}";
    DONE: "{method} #{n} done after {span}: {status}", "{method} #{n} 完成，用时 {span}：{status}";
    FAILS: "{method} #{n} failed: {error}", "{method} #{n} 失败：{error}";
    FIRES: "{timer} fires", "{timer}到期";
    FIRES_VALUE: "{timer} fires: {value}", "{timer}到期：{value}";
    RETURNS: "{call} → {result}", "{call} → {result}";
    SOCKET_ERROR: "the kernel keeps {error} for the next call", "内核记下 {error}，留给下一次调用";
    FAULT_APPLIED: "fault {n} begins", "故障 {n} 开始";
    STARTED: "{name} starts again", "{name} 重新启动";
    POWERED_OFF: "the machine loses power", "机器断电";
    FORGOT: "a box on the way forgets connection {conn}", "中间设备忘记了连接 {conn}";
    BOOTED: "the machine is up again", "机器重新开机";
    FAULT_LIFTED: "fault {n} ends", "故障 {n} 结束";
    LIMIT_SHORT: "limit reached", "达到上限";
    LIMIT: "a limit of the run was reached ({kind}); what it cut is not simulated", "达到本次运行的上限（{kind}），之后的部分未模拟";

    // Short forms for badges.
    BADGE_ASKS: "{method} #{n}", "{method} #{n}";
    BADGE_DIAL: "{method} #{n} · dial", "{method} #{n} · 新建连接";
    BADGE_REUSED: "{method} #{n} · reused", "{method} #{n} · 复用";
    BADGE_WAIT: "{method} #{n} · waits", "{method} #{n} · 排队";
    BADGE_IDLE_FOR: "idle for {span}", "已空闲 {span}";
    BADGE_POOL: "conn {conn} → pool", "连接 {conn} → 连接池";
    BADGE_POOL_SHORT: "→ pool", "→ 连接池";
    UNUSED: "never used so far", "一次都没用过";
    BADGE_EVICT: "conn {conn} ✕ pool", "连接 {conn} ✕ 连接池";
    BADGE_EVICT_SHORT: "✕ pool", "✕ 连接池";
    BADGE_BODY_CLOSED: "body closed unread", "响应体没读完就关闭";
    BADGE_BODY_OPEN: "body never closed", "响应体一直没关闭";
    CLOSES_BODY: "{method} #{n}: the caller closes the response's body before its end", "{method} #{n}：调用方没读完响应体就关闭了它";
    KEEPS_BODY: "{method} #{n}: the caller neither reads nor closes the response's body; the connection stays with it", "{method} #{n}：调用方既不读也不关闭响应体，连接一直被它占着";
    LATE: "{method} #{n}: late, and nobody hears of it: {what}", "{method} #{n}：迟到了，没人再听：{what}";
    WHOLE_ANSWER: "the whole response", "完整的响应";
    BADGE_LATE: "{method} #{n} · late: {what}", "{method} #{n} · 迟到：{what}";
    BADGE_HANDLER: "handler {span}", "处理 {span}";
    BADGE_DONE: "{status} · {span}", "{status} · {span}";
    STOPPED_WAITING: "(the caller stopped waiting)", "（调用方不等了）";
    PROCESS_ENDED: "(the process ended)", "（进程已结束）";
    BADGE_FORGOT: "a box forgets conn {conn}", "中间设备忘记连接 {conn}";
    BADGE_ERROR: "error: {short}", "报错：{short}";
    BADGE_RETRY: "{method} #{n} · attempt {attempt}", "{method} #{n} · 自动重试";
    BADGE_SHUTDOWN: "shutdown begins", "开始停机";
    BADGE_GAVE_UP: "(stopped waiting)", "（不等了）";
    BADGE_TIMER_FIRED: "fired", "到期";
    BADGE_FIRED: "{timer} fired", "{timer}到期";
    NOT_REPLAYABLE: "{method} is not replayable:", "{method} 不可重放：";
    NO_RETRY: "no automatic retry", "运行时不会自动重试";

    NO_SOCKET: "no socket: data → RST", "socket 已关：数据 → RST";
    REPLAYABLE: "{method} is replayable", "{method} 可重放";
    KEY_REPLAYABLE: "Idempotency-Key is set", "带了 Idempotency-Key";
    UNWRITTEN: "not one byte was written", "一个字节都没写出去";

    // Causes: each completes "because …".
    BECAUSE: "because {why}", "因为{why}";
    WHY_FIRED: "the {timer} fired", "{timer}到期";
    WHY_SHUTDOWN: "the server was told to shut down", "服务器收到停机命令";
    WHY_EXIT: "the process ended", "进程退出了";
    WHY_CLOSED_SOCKET: "{what} reached a closed socket", "{what} 到达时 socket 已关闭";
    WHY_NOBODY_LISTENS: "{what} came to a port where nobody listens", "{what} 到达的端口无人监听";
    WHY_ARRIVED: "{what} arrived", "收到 {what}";
    WHY_RETURNED: "{call} returned {result}", "{call} 返回 {result}";
    WHY_DIAL: "no idle connection was free", "池里没有空闲连接";
    WHY_ASKED: "{method} #{n} was made", "发起了 {method} #{n}";
    WHY_TAKEN: "{method} #{n} took the connection from the pool", "{method} #{n} 从池里取出了该连接";
    WHY_HANDLED: "the handler answered {method} #{n}", "处理函数应答了 {method} #{n}";
    WHY_BROKE_OFF: "the handler of {method} #{n} closed the connection", "{method} #{n} 的处理函数关了连接";
    WHY_BODY_LEFT: "the body of {method} #{n} was closed before its end", "{method} #{n} 的响应体没读完就关了";
    WHY_RETRIED: "{method} #{n} was sent again", "{method} #{n} 自动重试";
    WHY_DONE: "{method} #{n} was done", "{method} #{n} 已完成";
    WHY_FAILED: "{method} #{n} had failed", "{method} #{n} 已失败";
    WHY_FAULT: "of fault {n}", "故障 {n}";

    // Segments.
    PROBE: "keep-alive probe", "保活探测";
    PROBE_SHORT: "probe", "探测";
    WINDOW_PROBE: "window probe", "窗口探测";
    NO_WINDOW: "window 0", "窗口为 0";
    AGAIN: "{what} (again)", "{what}（重传）";
    ICMP: "ICMP unreachable", "ICMP 不可达";

    // One line an event.
    SENTENCE: "{time}, {what}", "{time}，{what}";
    PACKET: "{from} to {to}, {what}", "{from} → {to}，{what}";
    ARRIVES: ", arrives {time}", "，{time} 到达";
    LOST_BY: "lost: {by}", "丢失：{by}";
    LOST: ", lost: {by}", "，丢失：{by}";
    IN_FLIGHT: ", still under way when the run ends", "，运行结束时还在路上";
    AT: "{who}: {what}", "{who}：{what}";
    COMMA_BECAUSE: ", because {why}", "，因为{why}";
    CHANGES: "{from} → {to}", "{from} → {to}";
    CONNECTION_SHORT: "conn {conn}", "连接 {conn}";
    CONNECTION: "connection {conn}", "连接 {conn}";
    MORE_EVENTS: "… {n} more events are not listed", "……还有 {n} 个事件未列出";

    // The paragraph.
    SUM_HEAD: "Sequence diagram of {hosts} from {from} to {to}: {packets}, {requests}.", "{hosts} 的时序图，{from} 到 {to}：{packets}，{requests}。";
    SUM_NOTHING: "Nothing happens in this stretch of time.", "这段时间内什么也没有发生。";
    SUM_PACKETS: "{n} segments", "{n} 个报文段";
    SUM_PACKET: "1 segment", "1 个报文段";
    SUM_REQUESTS: "{n} requests", "{n} 个请求";
    SUM_REQUEST: "1 request", "1 个请求";
    SUM_ALL_OK: "No request failed.", "没有请求失败。";
    SUM_FAILED: "{method} #{n} failed at {time}: {error}.", "{method} #{n} 在 {time} 失败：{error}。";
    SUM_CROSSED: "{fin} left {server} at {sent} and arrived at {arrived}; {request} left {client} at {left} and met it on the way.", "{fin} 于 {sent} 离开 {server}，{arrived} 到达；{request} 于 {left} 离开 {client}，两者在路上擦肩而过。";
    SUM_LOST: "{n} segments were lost.", "{n} 个报文段丢失。";
    SUM_LOST_ONE: "1 segment was lost.", "1 个报文段丢失。";
    LIST_AND: " and ", " 与 ";

    // The outcome strip.
    STRIP_X: "idle time before reuse", "复用前的空闲时间";
    STRIP_HERE_AT_GAP: "this run · {at}", "本次运行 · {at}";
    STATUS: "status {status}", "状态码 {status}";
    STRIP_RANGE: "from {from} to {to}: {what}", "{from} 到 {to}：{what}";
    STRIP_POINT: "at {from}: {what}", "{from}：{what}";
    STRIP_HERE_AT: "this run is at {at}: {what}", "本次运行在 {at}：{what}";
    STRIP_AND: "; ", "；";
    STRIP_WINDOW: "window: {span}", "危险窗口：{span}";
    OUTCOME_REUSED: "OK on the reused connection", "复用旧连接，成功";
    OUTCOME_NEW: "OK on a new connection", "新建连接，成功";
    OUTCOME_RETRIED: "OK after a silent retry", "静默重试后成功";
    OUTCOME_UNFINISHED: "not finished", "未结束";
    OUTCOME_REUSED_SHORT: "OK, reused", "复用成功";
    OUTCOME_NEW_SHORT: "OK, new", "新建成功";
    OUTCOME_RETRIED_SHORT: "OK, resent", "重试成功";
    OUTCOME_OK: "OK", "成功";
    STRIP_TOGETHER: "of the {count} requests that come together, the one that fares worst", "{count} 个请求同时到来，取结果最差的一个";
    NO_RETRANSMISSION: "nothing was sent twice", "没有重传";
    RETRANSMISSIONS: "{what}: sent {count} times from {from} on, {lost} of them lost; waits {waits}", "{what}：从 {from} 起发了 {count} 次，丢了 {lost} 次；间隔 {waits}";
    SEQUENCE: "conn {conn}: {bytes} bytes in {segments} segments one way ({again} sent again, {lost} lost), {bytes2} bytes in {segments2} the other ({again2} sent again, {lost2} lost)", "连接 {conn}：一个方向 {bytes} 字节、{segments} 个报文段（重发 {again}，丢失 {lost}），另一个方向 {bytes2} 字节、{segments2} 个（重发 {again2}，丢失 {lost2}）";
    SEQ_SENT: "sent", "发送";
    SEQ_AGAIN: "sent again", "重发";
    SEQ_LOST: "lost", "丢失";
    SEQ_ACKED: "acknowledged", "已确认";
    SWEPT_CLIENT: "OK on a new connection, the client had closed first", "新建连接，成功：客户端先关了旧的";
    SWEPT_SERVER: "OK on a new connection, the server had closed first", "新建连接，成功：服务器先关了旧的";
    SWEPT_MORE: "and {count} more", "还有 {count} 段";
    SWEPT_HIDDEN: "between two values, in a window too narrow for them: {what}", "相邻两个值之间有一个很窄的窗口：{what}";
    SWEPT_NARROW: "a line: in a window narrower than one step", "细线：窗口比一步还窄";
    SWEPT_SHARE: "{count} of {of}: {what}", "{of} 次里 {count} 次：{what}";
    STRIP_NONE: "nothing was run", "尚未运行";
}

/// The name of a timer.
pub(crate) const fn timer(kind: TimerKind) -> Text {
    match kind {
        TimerKind::Retransmit => Text::new("retransmission timer", "重传定时器"),
        TimerKind::LossProbe => Text::new("tail loss probe timer", "TLP 定时器"),
        TimerKind::DelayedAck => Text::new("delayed ACK timer", "延迟 ACK 定时器"),
        TimerKind::KeepAlive => Text::new("TCP keepalive timer", "TCP 保活定时器"),
        TimerKind::SynAck => Text::new("SYN ACK timer", "SYN ACK 定时器"),
        TimerKind::TimeWait => Text::new("TIME-WAIT timer", "TIME-WAIT 定时器"),
        TimerKind::Persist => Text::new("persist timer", "坚持定时器"),
        TimerKind::Reorder => Text::new("reordering timer", "乱序等待定时器"),
        TimerKind::CompressedAck => Text::new("compressed ACK timer", "合并 ACK 定时器"),
        TimerKind::ServerIdle => Text::new("idle timer", "空闲定时器"),
        TimerKind::ServerReadHeader => Text::new("header timer", "请求头定时器"),
        TimerKind::ServerRead => Text::new("read timer", "读超时定时器"),
        TimerKind::ServerWrite => Text::new("write timer", "写超时定时器"),
        TimerKind::Handler => Text::new("handler", "处理函数"),
        TimerKind::ClientIdle => Text::new("pool timer", "连接池定时器"),
        TimerKind::ClientRequest => Text::new("request timer", "请求超时定时器"),
        TimerKind::NextRequest => Text::new("next request", "下一个请求"),
        TimerKind::Drain => Text::new("time to read the rest", "读完剩余响应体的时限"),
        TimerKind::GiveUp => Text::new("caller's deadline", "调用方的截止时间"),
        TimerKind::BodyPiece => Text::new("next piece of the body", "请求体的下一段"),
        TimerKind::Linger => Text::new("linger timer", "延迟关闭定时器"),
        TimerKind::Shutdown => Text::new("shutdown", "优雅停机"),
        TimerKind::Dial => Text::new("dial timer", "建连超时定时器"),
        TimerKind::ResponseHeader => Text::new("response header timer", "响应头定时器"),
        TimerKind::Continue => Text::new("100 Continue timer", "等 100 Continue 的定时器"),
        TimerKind::Busy => Text::new("event loop blocked", "事件循环被占住"),
        TimerKind::Exit => Text::new("process exit", "进程退出"),
        TimerKind::SocketTimeout => Text::new("socket timeout", "socket 超时定时器"),
    }
}

/// Why a connection left the pool.
pub(crate) const fn evicted(why: Evicted) -> Text {
    match why {
        Evicted::IdleTimeout => Text::new("it was idle for too long", "空闲超时"),
        Evicted::PoolFull => Text::new("the pool is full", "连接池已满"),
        Evicted::ServerClosed => Text::new("the server had closed it", "服务器已关闭它"),
        Evicted::Reset => Text::new("it was reset", "连接被重置"),
        Evicted::NotReusable => Text::new("not to be reused", "不再复用"),
        Evicted::Broken => Text::new("the request on it failed", "其上的请求失败了"),
        Evicted::BodyUnread => Text::new("its response was not read to the end", "响应体没有读完"),
        Evicted::ProcessExit => Text::new("the process ended", "进程退出"),
    }
}

/// Why a runtime sent a request again.
pub(crate) const fn retried(why: RetryReason) -> Text {
    match why {
        RetryReason::NothingWritten => {
            Text::new("not one byte had been written", "一个字节都没写出去")
        }
        RetryReason::ReplayableMethod => Text::new("its method may be replayed", "该方法可重放"),
        RetryReason::IdempotencyKey => Text::new(
            "its Idempotency-Key makes it replayable",
            "Idempotency-Key 使它可重放",
        ),
    }
}

/// What a host is called by what runs on it.
pub(crate) const fn kernel(role: Option<Role>) -> Text {
    match role {
        Some(Role::Client) => CLIENT_KERNEL,
        Some(Role::Server) => SERVER_KERNEL,
        Some(Role::Proxy) => PROXY_KERNEL,
        None => HOST_KERNEL,
    }
}

/// Who threw a packet away; `{n}` is what the fault is called.
pub(crate) const fn culprit(by: Culprit) -> Text {
    match by {
        Culprit::Rule(_) | Culprit::OwnRule(_) => Text::new("fault {n}", "故障 {n}"),
        Culprit::Link => Text::new("the link", "链路"),
        Culprit::Host(_) => Text::new("the host is down", "主机已停机"),
        Culprit::Box(_) => Text::new("forgotten on the way", "中间设备已忘记"),
    }
}

/// What stands above the columns of a report's configuration: where, as set, in force.
pub(crate) const REPORT_COLUMNS: [Text; 3] = [
    Text::new("Setting", "设置项"),
    Text::new("As set", "设置的值"),
    Text::new("In force", "实际生效"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use whyeof_trace::Time;

    #[test]
    fn spans_say_their_unit() {
        let check = |nanos: u64, exact: &str, rough: &str| {
            let value = Duration::from_nanos(nanos);
            assert_eq!(
                (span(value), about(value)),
                (exact.to_owned(), rough.to_owned())
            );
        };
        check(9_993_100_000, "9.993 s", "9.99 s");
        check(10_000_000_000, "10 s", "10 s");
        check(5_036_000, "5.04 ms", "5.04 ms");
        check(22_400_000, "22.4 ms", "22.4 ms");
        check(120_000_000, "120 ms", "120 ms");
        check(50_000, "50 µs", "50 µs");
        check(0, "0 ms", "0 µs");
        assert_eq!(span(Duration::from_millis(9_970)), "9.97 s");
    }

    #[test]
    fn moments_have_four_decimals() {
        assert_eq!(moment(Time(10_019_349_999)), "10.0193 s");
        assert_eq!(moment(Time(10_019_350_000)), "10.0194 s");
    }

    #[test]
    fn placeholders_are_filled_once() {
        let text = Text {
            en: "{a} {b} {a}",
            zh: "{b}",
        };
        assert_eq!(
            text.fill(Lang::En, &[("a", "{b}"), ("b", "x")]),
            "{b} x {b}"
        );
        assert_eq!(text.fill(Lang::Zh, &[]), "");
    }

    #[test]
    fn chinese_has_spaces_where_latin_begins_and_nowhere_else() {
        let check = |zh: &'static str, value: &str, expected: &str| {
            let text = Text { en: "", zh };
            assert_eq!(text.fill(Lang::Zh, &[("a", value)]), expected);
        };
        check("因为{a}", "空闲定时器到期", "因为空闲定时器到期");
        check("因为{a}", "FIN 到达", "因为 FIN 到达");
        check("{a} 到达", "10 秒", "10 秒到达");
        check("，{a} 到达", "FIN", "，FIN 到达");
        check("{a}到期", "TLP 定时器", "TLP 定时器到期");
    }
}
