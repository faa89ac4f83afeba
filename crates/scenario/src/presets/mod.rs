//! Stories, each a scenario in its own JSON file. They are examples, menu entries and fixtures of tests at once.
//!
//! Links name presets, so one that has been released never changes: a better one gets a new id, and the old one
//! stays. None has been released yet.

use crate::fields::{edits, fields, leads};
use crate::v1::Scenario;
use std::sync::LazyLock;
use whyeof_trace::{SortKey, Text};

/// A story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// As links and the command line name it.
    pub id: &'static str,
    /// The story that it is a variant of; its own id for the story itself.
    pub family: &'static str,
    /// What it shows, in a few words.
    pub title: Text,
    /// What happens and why, in two or three sentences.
    pub summary: Text,
    /// How it differs from what really happened; may be empty.
    pub about: Text,
    /// What it can be found by.
    pub tags: &'static [&'static str],
    /// The scenario.
    pub json: &'static str,
}

impl Preset {
    /// The scenario.
    pub fn scenario(&self) -> Scenario {
        match Scenario::from_json(self.json) {
            Ok(scenario) => scenario,
            Err(invalid) => unreachable!("a test reads all presets; {}: {invalid}", self.id),
        }
    }
}

/// The scenarios of `ALL`, read once: the link is made anew after every edit.
static SCENARIOS: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| ALL.iter().map(Preset::scenario).collect());

/// The preset of this id.
pub fn find(id: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.id == id)
}

/// The preset that this scenario is.
pub fn of(scenario: &Scenario) -> Option<&'static Preset> {
    let mut all = ALL.iter().zip(SCENARIOS.iter());
    all.find(|(_, its)| *its == scenario)
        .map(|(preset, _)| preset)
}

/// The preset that a scenario is an edit of, and the edits; the one with the fewest, and of several such the
/// first. `None`: more than fields differ from all of them.
pub fn nearest(scenario: &Scenario) -> Option<(&'static Preset, Vec<(String, String)>)> {
    let fields = fields(scenario);
    let candidates = ALL.iter().zip(SCENARIOS.iter());
    let mut candidates: Vec<_> = candidates
        .map(|(preset, from)| (preset, from, edits(from, scenario, &fields)))
        .collect();
    // First, because trying whether edits lead there costs more than counting them.
    candidates.sort_by_cached_key(|(_, _, edits)| -> SortKey { (edits.len() as u64, 0) });
    candidates
        .into_iter()
        .find(|(_, from, edits)| leads(from, edits, scenario))
        .map(|(preset, _, edits)| (preset, edits))
}

/// Said of every preset of the pyroscope story.
const LOCALHOST: Text = Text::new(
    "Corrections: the RST does not come of FIN-WAIT-1, for a half-closed socket still receives; it comes because the process had called close(), so nobody owns the data. The agent sends no POST after its own FIN: POST and FIN cross. At a period of exactly 10.000 s an upload reaches the server some milliseconds before the timer; the time to collect a profile, which wanders, takes it through the window. And in the article all of it ran on localhost, where the window is a wake-up wide and ECONNRESET is common; here a round trip takes 10 ms, so that the crossing can be seen, and the window is about as wide.",
    "几处更正：RST 不是 FIN-WAIT-1 引起的，半关闭的 socket 照样能收；是进程已经调了 close()，数据没有主人了。采集端也不是发了自己的 FIN 又发 POST，而是 POST 和 FIN 在路上错过。周期要是整整 10.000 s，上报会比定时器早几毫秒到；采集耗时忽长忽短，才让它穿过危险窗口。另外，原文全都跑在 localhost 上，窗口只有一次唤醒那么宽，ECONNRESET 很常见；这里把往返时延设为 10 ms，好看清两个包怎样错过，窗口大约也就是这么宽。",
);

/// Said of every preset of the story of the unread body.
const UNREAD: Text = Text::new(
    "The story needs Go 1.19 (1.27 does otherwise; which version was the first is not known) and a body over 4 KiB: what bufio has read already costs a FIN, what is left in the kernel a RST. The body has to be read to its end, which Content-Length tells; reading the header, however long, is not enough. A full TIME-WAIT table, which the article lists among the causes of RST, sends none itself: it only forgets.",
    "要复现这个故事，得用 Go 1.19（1.27 已经不这样了，从哪个版本起变的还不确定），响应体还要超过 4 KiB：全被 bufio 读走了就发 FIN，内核里还有剩的就发 RST。要读到响应体结尾，也就是 Content-Length 那么多，只读完头不够。原文把 TIME_WAIT 表满也列为 RST 的原因，其实表满本身不发 RST，只是不再记得这些连接。",
);

/// Said of every preset of the story of the leaked body.
const LEAKED: Text = Text::new(
    "Leaked connections do not turn later requests into short connections, as the article has it: with MaxConnsPerHost they wait, for ever if nobody sets a time; without it new connections are dialled. Each leak keeps two goroutines as well, readLoop and writeLoop.",
    "泄漏的连接并不会像原文说的那样让后面的请求变成短连接：设了 MaxConnsPerHost 它们就排队，没人设时限就一直排下去；没设就新建连接。每泄漏一个，还有 readLoop、writeLoop 两个 goroutine 跟着留下。",
);

/// Said of every preset of the story of the two keep-alives.
const TWO_KEEP_ALIVES: Text = Text::new(
    "Probes are TCP's and are answered by kernels; the idle limit is the HTTP server's and counts from its last response. Neither knows of the other. With DisableKeepAlives, which one sentence of the article sets, nothing is reused and this race cannot happen; and Go's server does take pipelined requests, in order. The text says 2 s where its code says 1 s; 2 s is used here.",
    "探测包是 TCP 的事，由内核回应；空闲超时是 HTTP 服务器的事，从上一个响应算起。两者互不知情。原文有一句设了 DisableKeepAlives，那样根本不复用连接，也就没有这个竞态；另外 Go 服务器其实接受流水线请求，按顺序处理。正文写 2 s、代码写 1 s 的地方，这里用 2 s。",
);

/// Said of every preset of Node's own race.
const NODE: Text = Text::new(
    "Up to Node 18 the server closed at the very 5 s that it advertised; the extra second came later to both sides.",
    "到 Node 18 为止，服务器就在宣布的 5 s 关连接；两端各留的那一秒是后来才加的。",
);

const NOTHING: Text = Text::new("", "");

macro_rules! preset {
    ($id:literal of $family:literal, $tags:expr, $title:expr, $summary:expr) => {
        preset!($id of $family, LOCALHOST, $tags, $title, $summary)
    };
    ($id:literal of $family:literal, $about:expr, $tags:expr, $title:expr, $summary:expr) => {
        Preset {
            id: $id,
            family: $family,
            title: $title,
            summary: $summary,
            about: $about,
            tags: &$tags,
            json: include_str!(concat!($id, ".json")),
        }
    };
}

/// All presets, in the order menus show them; the first is what the page opens with.
pub static ALL: [Preset; 31] = [
    preset!(
        "pyroscope-idle-race" of "pyroscope-idle-race",
        ["go", "eof", "keep-alive", "idle-timeout", "race"],
        Text::new("The upload that meets the server's FIN", "上报撞上服务器的 FIN"),
        Text::new(
            "An agent uploads every 10 s over a kept-alive connection. The server sets ReadTimeout 10 s and no IdleTimeout, so it closes connections that were idle for 10 s: just when the next upload is on its way. FIN and POST cross, and the agent gets EOF.",
            "采集端用长连接每 10 s 上报一次。服务器只设了 ReadTimeout 10 s，没设 IdleTimeout，于是空闲 10 s 就关连接，正赶上下一次上报在路上。FIN 和 POST 错过，采集端报 EOF。"
        )
    ),
    preset!(
        "pyroscope-idle-race-client-idle-9s" of "pyroscope-idle-race",
        ["go", "keep-alive", "idle-timeout", "fix"],
        Text::new("Fixed: the client lets go first, after 9 s", "修好了：客户端空闲 9 s 先关"),
        Text::new(
            "With IdleConnTimeout 9 s the client closes idle connections a second before the server would. Nobody writes to a connection that the other end is closing.",
            "把 IdleConnTimeout 设为 9 s，客户端总比服务器早一秒关掉空闲连接，就不会往对端正在关的连接上写。"
        )
    ),
    preset!(
        "pyroscope-idle-race-server-idle-30s" of "pyroscope-idle-race",
        ["go", "keep-alive", "idle-timeout", "fix"],
        Text::new("Moved, not fixed: the server waits 30 s", "挪了窗口，没根治：服务器等 30 s"),
        Text::new(
            "This was the project's own fix. With IdleTimeout 30 s an upload every 10 s is safe, but the window has only moved: after a pause of about 30 s a request fails as before, because the client still never closes first.",
            "这是项目当年的修法。IdleTimeout 改成 30 s，每 10 s 上报一次就安全了，但危险窗口只是挪了地方：隔 30 s 左右再发请求照样失败，因为客户端还是从不先关。"
        )
    ),
    preset!(
        "pyroscope-idle-race-short-connections" of "pyroscope-idle-race",
        ["go", "short-connections", "fix"],
        Text::new("Fixed at a price: a connection for each upload", "能修，有代价：每次上报都用短连接"),
        Text::new(
            "With DisableKeepAlives nothing is reused, so nothing can race. Each upload pays for a handshake.",
            "打开 DisableKeepAlives 就不再复用连接，自然没有竞态，代价是每次上报都要多一次握手。"
        )
    ),
    preset!(
        "pyroscope-idle-race-idempotency-key" of "pyroscope-idle-race",
        ["go", "retry", "idempotency-key", "fix"],
        Text::new("Hidden: Go sends the POST again by itself", "盖住了：Go 自动重发 POST"),
        Text::new(
            "With an Idempotency-Key header Go takes the POST as replayable and sends it again on a new connection. The race is still there; the caller no longer sees it. The server must be able to take a request twice.",
            "带上 Idempotency-Key，Go 就认为这个 POST 可以重放，会换一条新连接重发。竞态还在，只是调用方看不到了。服务器必须能承受同一个请求执行两次。"
        )
    ),
    preset!(
        "pyroscope-idle-race-get" of "pyroscope-idle-race",
        ["go", "retry", "get", "race"],
        Text::new("The same race with GET: nobody notices", "同样的竞态换成 GET：没人察觉"),
        Text::new(
            "A GET meets the FIN just as the POST does, but Go sends it again by itself on a new connection. The caller sees one slow success.",
            "GET 一样会撞上 FIN，但 Go 会静默重试，换一条新连接再发一次。调用方只觉得这次慢了一点。"
        )
    ),
    preset!(
        "pyroscope-never-used-connection" of "pyroscope-never-used-connection",
        ["go", "eof", "keep-alive", "idle-timeout", "dial", "race"],
        Text::new("A connection that was dialled and never used", "建好却从没用过的连接"),
        Text::new(
            "The second act: IdleTimeout is 30 s now, and EOF is back. A request that waits makes Go dial; when another connection comes free first, the new one goes to the pool unused. To the server it is still waiting for its first request, so ReadTimeout closes it 10 s after accept: just when the next upload takes it.",
            "第二幕：IdleTimeout 已经是 30 s，EOF 又回来了。请求排队时 Go 会去建连接；如果别的连接先空出来，新连接没用过就进了池。在服务器看来它还在等第一个请求，所以 accept 之后 10 s 被 ReadTimeout 关掉，下一次上报正好取到它。"
        )
    ),
    preset!(
        "pyroscope-idle-race-clean" of "pyroscope-idle-race",
        ["go", "keep-alive"],
        Text::new("The same settings, a period of 7 s: no race", "同样的配置，周期 7 s：没有竞态"),
        Text::new(
            "An upload every 7 s comes long before the server's 10 s are over, so one connection serves them all. The settings are no better than before: only the traffic is kind to them.",
            "每 7 s 上报一次，离服务器的 10 s 还早，一条连接用到底。配置并没有变好，只是这样的流量碰不到窗口。"
        )
    ),
    preset!(
        "two-keep-alives" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "eof", "keep-alive", "tcp-keepalive", "idle-timeout", "race"],
        Text::new("Two things called keep-alive", "两个都叫 keep-alive 的东西"),
        Text::new(
            "The client's KeepAlive is 60 s and looks longer than the server's 10 s. But it is the kernel's probe timer; the client itself keeps idle connections for 90 s, the server closes them after 10 s, and a POST every 10 s meets the FIN.",
            "客户端的 KeepAlive 是 60 s，看着比服务器的 10 s 长。可它只管内核空闲多久开始发探测包；客户端自己会把空闲连接留 90 s，服务器 10 s 就关，每 10 s 一次的 POST 正好撞上 FIN。"
        )
    ),
    preset!(
        "two-keep-alives-probes-1s" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "eof", "tcp-keepalive", "idle-timeout", "race"],
        Text::new("The first wrong turn: probes every second", "第一个弯路：每秒发探测包"),
        Text::new(
            "KeepAlive is set to 1 s, well below the server's 10 s. Probes flow every second and are answered, and the error stays: they do not touch the server's idle limit.",
            "把 KeepAlive 改成 1 s，远小于服务器的 10 s。探测包有来有回，错误照旧：它们影响不到服务器的空闲超时。"
        )
    ),
    preset!(
        "two-keep-alives-client-idle" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "keep-alive", "idle-timeout", "fix"],
        Text::new("Fixed: the client lets go first", "修好了：客户端先关"),
        Text::new(
            "IdleConnTimeout 9 s, below the server's 10 s: that is the client's own idle limit, and the one that helps. Each call here pays for a new handshake, because its period is longer.",
            "IdleConnTimeout 设为 9 s，比服务器的 10 s 短：这才是客户端自己的空闲超时，管用的是它。这里的调用周期更长，所以每次都要重新握手。"
        )
    ),
    preset!(
        "two-keep-alives-server-idle" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "keep-alive", "idle-timeout", "fix"],
        Text::new("Fixed: the server outlasts the client", "修好了：服务器比客户端等得久"),
        Text::new(
            "IdleTimeout 120 s, above the client's 90 s: the client always closes first. The price is the server's: every idle connection costs it a socket for up to 90 s.",
            "IdleTimeout 设为 120 s，比客户端的 90 s 长，总是客户端先关。代价在服务器这边：每条空闲连接最多要占着一个 socket 90 s。"
        )
    ),
    preset!(
        "two-keep-alives-short-connections" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "keep-alive", "fix"],
        Text::new("Fixed at a price: short connections", "能修，有代价：短连接"),
        Text::new(
            "DisableKeepAlives: nothing is reused, so nothing can race. Each call pays for a handshake, one round trip more, and leaves a TIME-WAIT at the server, which closes first.",
            "打开 DisableKeepAlives：不复用连接，也就没有竞态。每次调用都要握手，多一个往返，还在先关的服务器那边留下一个 TIME_WAIT。"
        )
    ),
    preset!(
        "two-keep-alives-retry" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "eof", "retry", "race"],
        Text::new("Hidden at a price: the caller tries again", "盖住了，有代价：调用方自己重试"),
        Text::new(
            "Go does not send a POST again, so the caller does: a new request after 100 ms. The race is still there, and a request that was reset after it ran would run twice.",
            "Go 不会自动重发 POST，就由调用方自己来：100 ms 后再发一个新请求。竞态还在；要是前一次执行完才出错，就会执行两次。"
        )
    ),
    preset!(
        "probes-and-idle-timeout" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "tcp-keepalive", "idle-timeout"],
        Text::new("Probes flow, the server closes all the same", "探测包照发，服务器照关"),
        Text::new(
            "A probe after each second of silence, an idle limit of 2 s: the server closes 2 s after its response, whatever the kernels have said to each other meanwhile. The next request dials.",
            "安静一秒就发一个探测包，空闲超时 2 s：响应过后 2 s 服务器就关连接，不管内核之间聊过什么。下一个请求只好新建连接。"
        )
    ),
    preset!(
        "two-keep-alives-elb" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "alb", "502", "keep-alive", "idle-timeout", "race"],
        Text::new("A load balancer in between: 502, and nothing in the server's log", "中间有负载均衡：502，服务器日志里什么也没有"),
        Text::new(
            "Now the load balancer is the client that keeps connections for 60 s, and the server closes them after 10 s. The POST meets the FIN on the second hop; the caller gets a 502, and no handler has run.",
            "现在由负载均衡充当客户端，空闲连接留 60 s，服务器 10 s 就关。POST 在第二跳撞上 FIN，调用方拿到 502，处理函数根本没执行。"
        )
    ),
    preset!(
        "keep-alive-and-close" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "keep-alive"],
        Text::new("A server that says keep-alive and closes", "嘴上 keep-alive、转头就关的服务器"),
        Text::new(
            "The server answers Connection: keep-alive and closes at once. The client sees the FIN long before its next call and dials again: a connection for each call, and no error.",
            "服务器响应里写着 Connection: keep-alive，却马上关连接。客户端在下次调用之前早就看到 FIN，于是重新建连接：每次调用一条连接，没有报错。"
        )
    ),
    preset!(
        "pipelined" of "two-keep-alives", TWO_KEEP_ALIVES,
        ["go", "sockets", "pipelining"],
        Text::new("Pipelined: a quick answer waits behind a slow one", "流水线：快的响应排在慢的后面"),
        Text::new(
            "Keep-alive lets a client send the next request before the last answer has come. Go's server takes it, and serves in turn: a ping of 1 ms waits 450 ms behind the report. That is head-of-line blocking, and why no client here pipelines. (Node's server begins all three at once, and still answers in turn.)",
            "有了 keep-alive，客户端不等响应就可以发下一个请求。Go 服务器照收，但按顺序处理：1 ms 就能回的 ping 在 report 后面等了 450 ms。这就是队头阻塞，也是这里的客户端都不用流水线的原因。（Node 服务器会同时开始处理三个请求，响应还是按顺序回。）"
        )
    ),
    preset!(
        "node-six-seconds" of "node-six-seconds", NODE,
        ["node", "socket-hang-up", "keep-alive", "idle-timeout", "race"],
        Text::new("Node says 5 s and closes after 6 s", "Node 说 5 s，其实 6 s 才关"),
        Text::new(
            "The server advertises Keep-Alive: timeout=5 and adds a second of its own. An agent without timeout ignores the hint and keeps the socket; a GET every 6 s meets the FIN: socket hang up. Node never sends again.",
            "服务器宣布 Keep-Alive: timeout=5，自己再加一秒。没设 timeout 的 Agent 不看提示，一直留着 socket；每 6 s 一次的 GET 撞上 FIN：socket hang up。Node 从不重试。"
        )
    ),
    preset!(
        "node-six-seconds-global-agent" of "node-six-seconds", NODE,
        ["node", "keep-alive", "fix"],
        Text::new("Safe by default: the global agent keeps to the hint", "默认就安全：globalAgent 遵守提示"),
        Text::new(
            "http.globalAgent has a timeout of 5 s, so the hint counts: it closes free sockets after 4 s, two seconds before the server does.",
            "http.globalAgent 自带 5 s 的 timeout，所以提示有效：空闲 4 s 就关，比服务器早两秒。"
        )
    ),
    preset!(
        "node-six-seconds-agentkeepalive" of "node-six-seconds", NODE,
        ["node", "agentkeepalive", "keep-alive", "fix"],
        Text::new("Fixed: agentkeepalive lets go after 4 s", "修好了：agentkeepalive 空闲 4 s 就关"),
        Text::new(
            "freeSocketTimeout is 4 s unless it is set, below Node's 5 s. It does not read the hint, so a server with a shorter limit would still win.",
            "freeSocketTimeout 不设就是 4 s，比 Node 的 5 s 短。它不看提示，服务器的超时要是更短，还是会输。"
        )
    ),
    preset!(
        "hijack-close" of "hijack-close", NOTHING,
        ["go", "eof", "hijack", "retry"],
        Text::new("Closed without an answer: an EOF that is no race", "没响应就关：不是竞态的 EOF"),
        Text::new(
            "The handler takes the connection over and closes it, as a crash would. A POST on a fresh connection gets EOF, so idle time has nothing to do with it. A GET on a used one is sent again by Go, runs a second time, and gets EOF all the same.",
            "处理函数接管连接后直接关掉，和崩溃一样。新连接上的 POST 拿到 EOF，可见与空闲时间无关。旧连接上的 GET 会被 Go 重发，再执行一遍，结果还是 EOF。"
        )
    ),
    preset!(
        "shutdown-race" of "shutdown-race", NOTHING,
        ["go", "eof", "shutdown", "race"],
        Text::new("Graceful, and yet a request is lost", "优雅停机，还是丢了一个请求"),
        Text::new(
            "Shutdown finishes the request at work, with Connection: close, and closes idle connections at once. A POST that is on its way to one of them meets the FIN: EOF. One that comes later is refused.",
            "Shutdown 会把正在处理的请求做完并带上 Connection: close，同时立刻关掉空闲连接。正发往空闲连接的 POST 撞上 FIN：EOF。再晚来的就被拒绝。"
        )
    ),
    preset!(
        "body-unread" of "body-unread", UNREAD,
        ["go", "rst", "body", "short-connections"],
        Text::new("The body that nobody reads", "没人读的响应体"),
        Text::new(
            "Ten workers make 1,500 requests a second, look at the status and close the body unread. Go 1.19 closes the connection with it, and with bytes left in the kernel that is a RST: 1,500 new connections a second, some ten open at a time, no TIME-WAIT.",
            "10 个并发一共每秒 1500 个请求，只看状态码，响应体没读就关。Go 1.19 会把连接一起关掉，内核里还有没读的字节，所以发的是 RST：每秒新建 1500 条连接，同时开着的只有十来条，还看不到 TIME_WAIT。"
        )
    ),
    preset!(
        "body-unread-read" of "body-unread", UNREAD,
        ["go", "body", "keep-alive", "fix"],
        Text::new("Fixed: the caller reads the body to its end", "修好了：调用方把响应体读完"),
        Text::new(
            "io.Copy(io.Discard, resp.Body) before Close, and every connection is free again: a handful serves all.",
            "Close 之前先 io.Copy(io.Discard, resp.Body)，连接就能放回池里：几条连接用到底。"
        )
    ),
    preset!(
        "body-unread-go-1-27" of "body-unread", UNREAD,
        ["go", "body", "keep-alive", "fix"],
        Text::new("The same on Go 1.27: the rest is read behind the caller's back", "换成 Go 1.27：剩下的由运行时悄悄读完"),
        Text::new(
            "Go 1.27 reads on after Close, up to 256 KiB and 50 ms, and keeps the connection. Larger bodies still cost it.",
            "Go 1.27 在 Close 之后继续读，最多 256 KiB、50 ms，连接得以保留。更大的响应体照样丢连接。"
        )
    ),
    preset!(
        "body-leak" of "body-leak", LEAKED,
        ["go", "body", "leak", "timeout"],
        Text::new("Bodies that are never closed: the third request starves", "响应体一直不关：第三个请求饿死"),
        Text::new(
            "Two bodies are neither read nor closed, so their connections never come back. MaxConnsPerHost is 2: the third request waits without a packet, until its own deadline ends it.",
            "两个响应体既不读也不关，连接永远回不来。MaxConnsPerHost 是 2，第三个请求一个包也没发，干等到自己的截止时间。"
        )
    ),
    preset!(
        "body-leak-timeout" of "body-leak", LEAKED,
        ["go", "body", "leak", "timeout", "fix"],
        Text::new("Healed by Client.Timeout, 3 s later", "靠 Client.Timeout 自愈，晚了 3 s"),
        Text::new(
            "Client.Timeout covers the body as well. When it is over for the two leaked ones their connections are closed, and the third request gets its turn.",
            "Client.Timeout 也管响应体。两个泄漏的响应体到时被取消，连接关掉，第三个请求终于轮到。"
        )
    ),
    preset!(
        "body-leak-unlimited" of "body-leak", LEAKED,
        ["go", "body", "leak"],
        Text::new("Without a limit: each leak costs one more connection", "不设上限：每泄漏一次多占一条连接"),
        Text::new(
            "Nobody waits, because a new connection is dialled each time. The leaked ones stay, with a full receive queue, and nothing tells of them.",
            "没有人排队，因为每次都能新建连接。泄漏的连接一直留着，接收缓冲区是满的，什么迹象也没有。"
        )
    ),
    preset!(
        "pool-overflow" of "pool-overflow", NOTHING,
        ["go", "pool", "time-wait"],
        Text::new("Ten at once, two may stay", "十个一起来，只留两个"),
        Text::new(
            "MaxIdleConnsPerHost is 2 unless it is set. Ten requests at once make ten connections, eight of which are closed right after their response; the next burst dials eight again. The client keeps them all in TIME-WAIT.",
            "MaxIdleConnsPerHost 不设就是 2。十个请求同时来，建十条连接，响应完就关掉八条；下一波又要新建八条。这些连接都在客户端一侧 TIME_WAIT。"
        )
    ),
    preset!(
        "pool-overflow-raised" of "pool-overflow", NOTHING,
        ["go", "pool", "fix"],
        Text::new("Fixed: MaxIdleConnsPerHost 10", "修好了：MaxIdleConnsPerHost 设为 10"),
        Text::new(
            "With as many places as there are callers at a time, the second burst finds all ten connections. It costs ten idle sockets.",
            "池子装得下同时来的调用方，第二波十个请求全部复用。代价是十条空闲连接。"
        )
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/presets");

    #[test]
    fn presets_are_valid_canonical_and_titled_like_their_entry() {
        for (at, preset) in ALL.iter().enumerate() {
            let scenario = preset.scenario();
            let file = format!("{FOLDER}/{}.json", preset.id);
            expect_test::expect_file![file].assert_eq(&format!("{}\n", scenario.to_json_pretty()));
            assert_eq!(scenario.title, preset.title.en, "{}", preset.id);
            crate::build(&scenario).expect(preset.id);
            assert!(ALL[..at].iter().all(|other| other.id != preset.id));
            assert!(find(preset.family).is_some(), "{}", preset.family);
        }
    }

    #[test]
    fn a_scenario_is_told_as_edits_of_its_nearest_preset() {
        let race = find("pyroscope-idle-race").expect("a preset");
        let mut scenario = race.scenario();
        assert_eq!(nearest(&scenario), Some((race, Vec::new())));
        let path = "servers.pyroscope.options.IdleTimeout";
        crate::set(&mut scenario, path, "1m").expect("valid");
        let edits = vec![(path.to_owned(), "60s".to_owned())];
        assert_eq!(nearest(&scenario), Some((race, edits)));
        scenario.clients[0].name = "other".to_owned();
        assert_eq!(nearest(&scenario), None);
    }
}
