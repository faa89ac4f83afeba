//! Our own keys, one row each: forms, JSON, `--set`, sweeps, links and documentation read these tables.
//!
//! Left out: names, which are what paths are made of; header fields, which are open-ended; a runtime's
//! options, which its profile lists.

use crate::amount::{rate, rate_text, share, share_text};
use crate::kind::{Choices, Given, Kind, Word};
use crate::manual;
use crate::span::{Span, Unit};
use crate::ties::{ties, ties_text};
use crate::v1::{
    Arrivals, Busy, Client, Ends, Handler, Host, Hz, Latency, Path, Proxy, Reading, Request, Retry,
    Route, Scenario, Server, Slow,
};
use std::time::Duration;
use whyeof_trace::Method;
use whyeof_trace::Text;

/// A knob of our own.
#[derive(Debug)]
pub(crate) struct Row<T: 'static> {
    /// The last part of its path; a dot is a step into a nested object.
    pub(crate) key: &'static str,
    pub(crate) label: Text,
    pub(crate) help: Text,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
    /// The value in force; `None`: not set.
    pub(crate) get: fn(&T) -> Option<Given>,
    /// Takes a value of this row's kind; `None`: not set.
    pub(crate) put: fn(&mut T, Option<Given>),
}

/// A row without what depends on its owner's type: what is generic is a thin shell around what takes this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) key: &'static str,
    pub(crate) label: Text,
    pub(crate) help: Text,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
}

/// Whether a row must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

impl<T: Default + 'static> Row<T> {
    pub(crate) const fn head(&self) -> Head {
        Head {
            key: self.key,
            label: self.label,
            help: self.help,
            kind: self.kind,
            need: self.need,
        }
    }

    /// The value that is left out when written.
    pub(crate) fn default(&self) -> Option<Given> {
        (self.get)(&T::default())
    }

    /// Takes a value, or goes back to the default.
    pub(crate) fn set(&self, target: &mut T, given: Option<Given>) {
        (self.put)(target, given.or_else(|| self.default()));
    }
}

/// Bare numbers of our own keys are milliseconds.
pub(crate) const fn span(max: Span) -> Kind {
    Kind::Span {
        bare: Unit::Millis,
        min: Span::ZERO,
        max,
    }
}

pub(crate) const HOUR: Span = Span::of(1, Unit::Hours);
const BYTES: Kind = Kind::Count {
    unit: Text::new("bytes", "字节"),
    min: 0,
    max: 128 << 20,
};
const HOST_KIND: Kind = Kind::Word(Word::Name);
const HOST_LABEL: Text = Text::new("Host", "主机");
const HOST_HELP: Text = manual::says(Text::new(
    "The machine it runs on. Programs of one machine share its kernel, and packets between them take no time.",
    "程序所在的机器。同一台机器上的程序共用一个内核，彼此之间的包不花时间。",
));
const RUNTIME_LABEL: Text = Text::new("Runtime", "运行时");
const RUNTIME_HELP: Text = manual::says(Text::new(
    "Whose defaults, rules and error texts it follows.",
    "按哪个运行时的默认值、规则和报错文本来模拟。",
));

/// Where a scenario's title stands.
pub(crate) const TITLE: &str = "title";

/// Keys of the scenario that stand before its programs.
pub(crate) static RUN: [Row<Scenario>; 5] = [
    Row {
        key: TITLE,
        label: Text::new("Title", "标题"),
        help: manual::says(Text::new(
            "What it shows, in a few words.",
            "用几个词说明它演示什么。",
        )),
        kind: Kind::Word(Word::Title),
        need: Need::Optional,
        get: |s| Some(Given::Word(s.title.clone())),
        put: |s, given| s.title = given.and_then(Given::word).unwrap_or_default(),
    },
    Row {
        key: "seed",
        label: Text::new("Seed", "随机种子"),
        help: manual::says(Text::new(
            "Everything drawn depends on it: the same seed gives the same run.",
            "所有随机量都由它决定：种子相同，运行结果就相同。",
        )),
        // What a JavaScript number holds exactly.
        kind: Kind::Count {
            unit: Text::same(""),
            min: 0,
            max: (1 << 53) - 1,
        },
        need: Need::Optional,
        get: |s| i64::try_from(s.seed).ok().map(Given::Count),
        put: |s, given| s.seed = given.and_then(Given::count).unwrap_or(1),
    },
    Row {
        key: "until",
        label: Text::new("Run until", "运行到"),
        help: manual::says(Text::new(
            "When the run ends, whatever is still to come.",
            "到这个时刻就结束，不管后面还有什么。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |s| Some(Given::span(s.until)),
        put: |s, given| s.until = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "latency",
        label: Text::new("Wake-ups and timers", "唤醒与定时器"),
        help: manual::says(Text::new(
            "Whether programs take the usual time to notice and to act, as measured on real runs, or a drawn one.",
            "程序察觉和处理事件花的时间：取实测的中位数，还是按实测分布随机抽取。",
        )),
        kind: Kind::Choice(Choices::Latency),
        need: Need::Optional,
        get: |s| Some(Given::Word(s.latency.choice().id.to_owned())),
        put: |s, given| {
            s.latency = chosen(given, &Latency::ALL, |latency| latency.choice().id);
        },
    },
    Row {
        key: "ties",
        label: Text::new("Who goes first at one moment", "同一时刻谁先"),
        help: manual::says(Text::new(
            "What is due at the same moment happens in the order in which it was set. `4:1` lets the second go first in the fourth such tie. `whyeof orders` finds those that matter.",
            "同一时刻到期的事按安排的先后发生。`4:1` 表示第四次并列时让第二件先发生。`whyeof orders` 会找出有影响的那些。",
        )),
        kind: Kind::Word(Word::Ties),
        need: Need::Optional,
        get: |s| (!s.ties.is_empty()).then(|| Given::Word(ties_text(&s.ties))),
        put: |s, given| {
            let text = given.and_then(Given::word).unwrap_or_default();
            s.ties = ties(&text).unwrap_or_default();
        },
    },
];

/// Keys of the scenario that stand after its programs.
pub(crate) static NETWORK: [Row<Scenario>; 1] = [Row {
    key: "network.rtt",
    label: Text::new("Round trip", "往返时延（RTT）"),
    help: manual::says(Text::new(
        "Time that a packet and its answer take between two machines, half each way. The risk window is about this wide.",
        "两台机器之间一来一回的时间，单程各占一半。危险窗口大约就是这么宽。",
    )),
    kind: span(Span::seconds(10)),
    need: Need::Optional,
    get: |s| Some(Given::span(s.network.rtt)),
    put: |s, given| s.network.rtt = given.and_then(Given::duration).unwrap_or_default(),
}];

/// Keys of a path, besides its ends.
pub(crate) static PATH: [Row<Path>; 4] = [
    Row {
        key: "delay",
        label: Text::new("Delay", "单程时延"),
        help: manual::says(Text::new(
            "Time that a packet takes this way. Not set: half of the round trip.",
            "包走这个方向花的时间。不设置就是往返时延的一半。",
        )),
        kind: span(Span::seconds(10)),
        need: Need::Optional,
        get: |p| p.delay.map(Given::span),
        put: |p, given| p.delay = given.and_then(Given::duration),
    },
    Row {
        key: "jitter",
        label: Text::new("Jitter", "抖动"),
        help: manual::says(Text::new(
            "Up to so much more, drawn for each packet. Packets do not overtake each other.",
            "每个包随机多花的时间，最多这么多。包不会互相超越。",
        )),
        kind: span(Span::seconds(10)),
        need: Need::Optional,
        get: |p| Some(Given::span(p.jitter)),
        put: |p, given| p.jitter = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "loss",
        label: Text::new("Loss", "丢包率"),
        help: manual::says(Text::new(
            "How many of the packets are lost, drawn for each of them.",
            "丢失的包所占比例，每个包单独抽取。",
        )),
        kind: Kind::Word(Word::Share),
        need: Need::Optional,
        get: |p| Some(Given::Word(share_text(p.loss))),
        put: |p, given| {
            p.loss = given
                .and_then(Given::word)
                .and_then(|w| share(&w))
                .unwrap_or(0)
        },
    },
    Row {
        key: "bandwidth",
        label: Text::new("Bandwidth", "带宽"),
        help: manual::says(Text::new(
            "Bits a second; packets wait for each other in a queue without end. Not set: no limit.",
            "每秒比特数；包排队等待，队列没有上限。不设置就没有限制。",
        )),
        kind: Kind::Word(Word::BitRate),
        need: Need::Optional,
        get: |p| p.bandwidth.map(|bits| Given::Word(rate_text(bits))),
        put: |p, given| p.bandwidth = given.and_then(Given::word).and_then(|word| rate(&word)),
    },
];

/// Keys of a client.
pub(crate) static CLIENT: [Row<Client>; 2] = [
    Row {
        key: "host",
        label: HOST_LABEL,
        help: HOST_HELP,
        kind: HOST_KIND,
        need: Need::Optional,
        get: |c| c.host.clone().map(Given::Word),
        put: |c, given| c.host = given.and_then(Given::word),
    },
    Row {
        key: "runtime",
        label: RUNTIME_LABEL,
        help: RUNTIME_HELP,
        kind: Kind::Choice(Choices::ClientRuntime),
        need: Need::Required,
        get: |c| Some(Given::Word(c.runtime.clone())),
        put: |c, given| c.runtime = given.and_then(Given::word).unwrap_or_default(),
    },
];

const CALLS_LABEL: Text = Text::new("Calls", "调用");
const CALLS_HELP: Text = manual::says(Text::new(
    "One a line, in order: `@0 connect a pyroscope:9000`, `@0.5 send a 100`. @-1: as soon as those before are done. Also listen, unlisten, accept, read, reader, shut, shutrd, shutrdwr, close, linger0, nodelay, cork, quickack, ka, utimeout, lowat, info.",
    "每行一个，依次执行：`@0 connect a pyroscope:9000`、`@0.5 send a 100`。@-1：前面的做完立即执行。还有 listen、unlisten、accept、read、reader、shut、shutrd、shutrdwr、close、linger0、nodelay、cork、quickack、ka、utimeout、lowat、info。",
));

/// The key of a client that is a program of socket calls.
pub(crate) static CLIENT_CALLS: [Row<Client>; 1] = [Row {
    key: "calls",
    label: CALLS_LABEL,
    help: CALLS_HELP,
    kind: Kind::Calls,
    need: Need::Optional,
    get: |c| Some(Given::Calls(c.calls.clone())),
    put: |c, given| c.calls = given.and_then(Given::calls).unwrap_or_default(),
}];

/// The key of a server that is a program of socket calls.
pub(crate) static SERVER_CALLS: [Row<Server>; 1] = [Row {
    key: "calls",
    label: CALLS_LABEL,
    help: CALLS_HELP,
    kind: Kind::Calls,
    need: Need::Optional,
    get: |s| Some(Given::Calls(s.calls.clone())),
    put: |s, given| s.calls = given.and_then(Given::calls).unwrap_or_default(),
}];

/// What a program of socket calls says with a call.
pub(crate) const LISTEN: &str = "listen";

/// Keys of a server that stand before its options.
pub(crate) static SERVER: [Row<Server>; 3] = [
    Row {
        key: "host",
        label: HOST_LABEL,
        help: HOST_HELP,
        kind: HOST_KIND,
        need: Need::Optional,
        get: |s| s.host.clone().map(Given::Word),
        put: |s, given| s.host = given.and_then(Given::word),
    },
    Row {
        key: LISTEN,
        label: Text::new("Port", "监听端口"),
        help: manual::says(Text::new("The port it listens on.", "服务器监听的端口。")),
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 65_535,
        },
        need: Need::Optional,
        get: |s| Some(Given::Count(i64::from(s.listen))),
        put: |s, given| s.listen = given.and_then(Given::count).unwrap_or(80),
    },
    Row {
        key: "runtime",
        label: RUNTIME_LABEL,
        help: RUNTIME_HELP,
        kind: Kind::Choice(Choices::ServerRuntime),
        need: Need::Required,
        get: |s| Some(Given::Word(s.runtime.clone())),
        put: |s, given| s.runtime = given.and_then(Given::word).unwrap_or_default(),
    },
];

/// Keys of a proxy that stand before its options.
pub(crate) static PROXY: [Row<Proxy>; 4] = [
    Row {
        key: "host",
        label: HOST_LABEL,
        help: HOST_HELP,
        kind: HOST_KIND,
        need: Need::Optional,
        get: |p| p.host.clone().map(Given::Word),
        put: |p, given| p.host = given.and_then(Given::word),
    },
    Row {
        key: LISTEN,
        label: Text::new("Port", "监听端口"),
        help: manual::says(Text::new("The port it listens on.", "代理监听的端口。")),
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 65_535,
        },
        need: Need::Optional,
        get: |p| Some(Given::Count(i64::from(p.listen))),
        put: |p, given| p.listen = given.and_then(Given::count).unwrap_or(80),
    },
    Row {
        key: "runtime",
        label: RUNTIME_LABEL,
        help: RUNTIME_HELP,
        kind: Kind::Choice(Choices::ProxyRuntime),
        need: Need::Required,
        get: |p| Some(Given::Word(p.runtime.clone())),
        put: |p, given| p.runtime = given.and_then(Given::word).unwrap_or_default(),
    },
    Row {
        key: "to",
        label: Text::new("Passes on to", "转发到"),
        help: manual::says(Text::new(
            "Host and port of the server behind it.",
            "后端服务器的主机和端口。",
        )),
        kind: Kind::Word(Word::Target),
        need: Need::Required,
        get: |p| Some(Given::Word(p.to.clone())),
        put: |p, given| p.to = given.and_then(Given::word).unwrap_or_default(),
    },
];

const EXIT_LABEL: Text = Text::new("Process ends at", "进程退出时刻");
const EXIT_HELP: Text = manual::says(Text::new(
    "The kernel closes its sockets then: FIN, or RST where bytes are unread. Not set: it outlives the run.",
    "到时内核关闭它的所有 socket：发 FIN，有数据没读就发 RST。不设置则一直运行。",
));

/// A program that something may keep from running.
pub(crate) trait Blocked {
    fn busy(&self) -> Busy;
    fn busy_mut(&mut self) -> &mut Busy;
}

impl Blocked for Client {
    fn busy(&self) -> Busy {
        self.busy
    }

    fn busy_mut(&mut self) -> &mut Busy {
        &mut self.busy
    }
}

impl Blocked for Server {
    fn busy(&self) -> Busy {
        self.busy
    }

    fn busy_mut(&mut self) -> &mut Busy {
        &mut self.busy
    }
}

const fn busy_at<P: Blocked>() -> Row<P> {
    Row {
        key: "busy.at",
        label: Text::new("Event loop blocked at", "事件循环被占住的时刻"),
        help: manual::says(Text::new(
            "From then on it does nothing, as while a handler computes or a container has no CPU. Afterwards timers come first, then sockets: a timeout that has passed closes a connection whose next request is there already.",
            "从此刻起什么也不做：处理函数在算，或者容器分不到 CPU。之后先跑定时器，再看 socket：超时已过的连接会被关掉，哪怕下一个请求已经到了。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |p| p.busy().at.map(Given::span),
        put: |p, given| p.busy_mut().at = given.and_then(Given::duration),
    }
}

const fn busy_for<P: Blocked>() -> Row<P> {
    Row {
        key: "busy.for",
        label: Text::new("For", "占住多久"),
        help: manual::says(Text::new(
            "How long it is blocked, where that is set.",
            "被占住多长时间。设了时刻才有用。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |p| Some(Given::span(p.busy().lasts)),
        put: |p, given| {
            let lasts = given.and_then(Given::duration);
            p.busy_mut().lasts = lasts.unwrap_or(Busy::default().lasts);
        },
    }
}

/// Keys of a client that stand after its requests.
pub(crate) static CLIENT_END: [Row<Client>; 3] = [
    Row {
        key: "exit",
        label: EXIT_LABEL,
        help: EXIT_HELP,
        kind: span(HOUR),
        need: Need::Optional,
        get: |c| c.exit.map(Given::span),
        put: |c, given| c.exit = given.and_then(Given::duration),
    },
    busy_at(),
    busy_for(),
];

/// Keys of a server that stand after its handlers.
pub(crate) static SERVER_END: [Row<Server>; 5] = [
    Row {
        key: "shutdown",
        label: Text::new("Shut down at", "优雅停机时刻"),
        help: manual::says(Text::new(
            "It stops listening and closes idle connections; requests at work are finished. A request that is on its way to an idle connection is lost.",
            "停止监听，关闭空闲连接，正在处理的请求做完。恰好发往空闲连接的请求会丢。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |s| s.shutdown.map(Given::span),
        put: |s, given| s.shutdown = given.and_then(Given::duration),
    },
    Row {
        key: "exit",
        label: EXIT_LABEL,
        help: EXIT_HELP,
        kind: span(HOUR),
        need: Need::Optional,
        get: |s| s.exit.map(Given::span),
        put: |s, given| s.exit = given.and_then(Given::duration),
    },
    Row {
        key: "grace",
        label: Text::new("Grace after SIGTERM", "SIGTERM 宽限期"),
        help: manual::says(Text::new(
            "On SIGTERM (kill, systemctl stop) it shuts down, as at \"Shut down at\", and its process ends after this time at the latest. Not set: nobody listens to the signal, the process ends at once.",
            "收到 SIGTERM（kill、systemctl stop）就优雅停机，最迟过这么久进程结束。不设：没人处理信号，进程马上结束。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |s| s.grace.map(Given::span),
        put: |s, given| s.grace = given.and_then(Given::duration),
    },
    busy_at(),
    busy_for(),
];

/// The key of a handler for one path, besides what the handler does.
pub(crate) static ROUTE: [Row<Route>; 1] = [Row {
    key: "path",
    label: Text::new("For path", "对应路径"),
    help: manual::says(Text::new(
        "Path with query, exactly as requests have it.",
        "路径，可带查询参数，要与请求中的完全一致。",
    )),
    kind: Kind::Word(Word::Path),
    need: Need::Required,
    get: |r| Some(Given::Word(r.path.clone())),
    put: |r, given| r.path = given.and_then(Given::word).unwrap_or_default(),
}];

/// Keys of a handler.
pub(crate) static HANDLER: [Row<Handler>; 4] = [
    Row {
        key: "think",
        label: Text::new("Handler takes", "处理耗时"),
        help: manual::says(Text::new(
            "How long the handler thinks before it answers. The server's idle clock starts after the answer.",
            "处理函数在回复前花的时间。服务器的空闲计时从回复之后开始。",
        )),
        kind: span(Span::of(10, Unit::Minutes)),
        need: Need::Optional,
        get: |h| Some(Given::span(h.think)),
        put: |h, given| h.think = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "body",
        label: Text::new("Response body", "响应体"),
        help: manual::says(Text::new(
            "Bytes of the response's body.",
            "响应体的字节数。",
        )),
        kind: BYTES,
        need: Need::Optional,
        get: |h| Some(Given::Count(i64::from(h.body))),
        put: |h, given| h.body = given.and_then(Given::count).unwrap_or_default(),
    },
    Row {
        key: "read",
        label: Text::new("Reads the request's body", "读请求体"),
        help: manual::says(Text::new(
            "Whether the handler reads the request's body to its end before it thinks. What it leaves unread the server reads by itself, or resets the connection.",
            "处理函数是否先读完请求体。没读的部分由服务器自己读掉，读不完就重置连接。",
        )),
        kind: Kind::Switch,
        need: Need::Optional,
        get: |h| Some(Given::Switch(h.read)),
        put: |h, given| h.read = !matches!(given, Some(Given::Switch(false))),
    },
    Row {
        key: "ends",
        label: Text::new("Handler ends", "处理结果"),
        help: manual::says(Text::new(
            "Whether it answers, or ends the connection without a whole answer, as a hijack or a crash does.",
            "正常响应，还是像 Hijack 或崩溃那样没给完整响应就断开连接。",
        )),
        kind: Kind::Choice(Choices::Ends),
        need: Need::Optional,
        get: |h| Some(Given::Word(h.ends.choice().id.to_owned())),
        put: |h, given| h.ends = chosen(given, &Ends::ALL, |ends| ends.choice().id),
    },
];

/// Keys of a machine.
pub(crate) static HOST: [Row<Host>; 2] = [
    Row {
        key: "hz",
        label: Text::new("Kernel ticks a second", "内核时钟频率（HZ）"),
        help: manual::says(Text::new(
            "CONFIG_HZ: kernel timers fire on these ticks, late by up to an eighth of their length.",
            "即 CONFIG_HZ：内核定时器只在这些节拍上触发，最多会晚自身时长的八分之一。",
        )),
        kind: Kind::Choice(Choices::Hz),
        need: Need::Optional,
        get: |h| Some(Given::Word(h.hz.choice().id.to_owned())),
        put: |h, given| h.hz = chosen(given, &Hz::ALL, |hz| hz.choice().id),
    },
    Row {
        key: "phase",
        label: Text::new("Wheel phase", "时间轮相位"),
        help: manual::says(Text::new(
            "How far the kernel's clock stood beyond a step of its timer wheel when the run began. A step is one tick for short timers, and 8, 64, 512 or 4096 ticks for longer ones.",
            "开始运行时内核时钟超过时间轮上一格的时长。短定时器一格是一个节拍，越长的定时器格子越大：8、64、512、4096 个节拍。",
        )),
        // 4096 ticks of 4 ms: no timer of a run that matters has longer steps.
        kind: span(Span(16_383_999_999)),
        need: Need::Optional,
        get: |h| Some(Given::span(h.phase)),
        put: |h, given| h.phase = given.and_then(Given::duration).unwrap_or_default(),
    },
];

/// Keys of a request that stand before its header fields.
pub(crate) static REQUEST: [Row<Request>; 4] = [
    Row {
        key: "to",
        label: Text::new("To", "目标"),
        help: manual::says(Text::new(
            "Host and port, as in the URL. A port that nobody listens on refuses the connection.",
            "主机和端口，与 URL 中的写法一致。没人监听的端口会拒绝连接。",
        )),
        kind: Kind::Word(Word::Target),
        need: Need::Required,
        get: |r| Some(Given::Word(r.to.clone())),
        put: |r, given| r.to = given.and_then(Given::word).unwrap_or_default(),
    },
    Row {
        key: "method",
        label: Text::new("Method", "方法"),
        help: manual::says(Text::new(
            "Decides whether the runtime may send it again by itself.",
            "决定运行时能不能自动重试。",
        )),
        kind: Kind::Choice(Choices::Method),
        need: Need::Optional,
        get: |r| Some(Given::Word(r.method.name().to_owned())),
        put: |r, given| {
            let word = given.and_then(Given::word);
            let method = Method::ALL
                .into_iter()
                .find(|m| Some(m.name()) == word.as_deref());
            r.method = method.unwrap_or(Method::Get);
        },
    },
    Row {
        key: "path",
        label: Text::new("Path", "路径"),
        help: manual::says(Text::new("Path with query.", "路径，可带查询参数。")),
        kind: Kind::Word(Word::Path),
        need: Need::Optional,
        get: |r| Some(Given::Word(r.path.clone())),
        put: |r, given| r.path = given.and_then(Given::word).unwrap_or_default(),
    },
    Row {
        key: "body",
        label: Text::new("Request body", "请求体"),
        help: manual::says(Text::new(
            "Bytes of the request's body.",
            "请求体的字节数。",
        )),
        kind: BYTES,
        need: Need::Optional,
        get: |r| Some(Given::Count(i64::from(r.body))),
        put: |r, given| r.body = given.and_then(Given::count).unwrap_or_default(),
    },
];

/// Keys of a request that stand after its header fields.
pub(crate) static SCHEDULE: [Row<Request>; 6] = [
    Row {
        key: "at",
        label: Text::new("First at", "首次发起"),
        help: manual::says(Text::new(
            "When the first one starts, counted from the start of the run.",
            "第一次请求开始的时刻，从运行开始算起。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |r| Some(Given::span(r.at)),
        put: |r, given| r.at = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "every",
        label: Text::new("Every", "间隔"),
        help: manual::says(Text::new(
            "From the start of one to the start of the next. Not set: all at once.",
            "从一次请求开始到下一次开始。不设置就同时发出。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |r| r.every.map(Given::span),
        put: |r, given| r.every = given.and_then(Given::duration),
    },
    Row {
        key: "plus",
        label: Text::new("Plus up to", "随机附加间隔"),
        help: manual::says(Text::new(
            "Drawn for each request except the first and added to the interval: collecting the data takes a while.",
            "除第一次外每次随机抽取，加在间隔上：采集数据总要花点时间。",
        )),
        kind: Kind::Spread {
            bare: Unit::Millis,
            max: HOUR,
        },
        need: Need::Optional,
        get: |r| Some(Given::Spread(r.plus.0, r.plus.1)),
        put: |r, given| {
            r.plus = match given {
                Some(Given::Spread(min, max)) => (min, max),
                _ => (Duration::ZERO, Duration::ZERO),
            };
        },
    },
    Row {
        key: "count",
        label: Text::new("How many", "次数"),
        help: manual::says(Text::new(
            "Not set: one, or with an interval as many as there is time for.",
            "不设置时只发一次；设了间隔就一直发到结束。",
        )),
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 10_000,
        },
        need: Need::Optional,
        get: |r| r.count.map(|count| Given::Count(i64::from(count))),
        put: |r, given| r.count = given.and_then(Given::count),
    },
    Row {
        key: "arrivals",
        label: Text::new("Arrivals", "到达方式"),
        help: manual::says(Text::new(
            "Whether requests come at even intervals, or as those of many callers who do not know of each other, with the interval as their mean.",
            "请求按固定间隔来，还是像许多互不相干的调用方那样随机到来，间隔只是平均值。",
        )),
        kind: Kind::Choice(Choices::Arrivals),
        need: Need::Optional,
        get: |r| Some(Given::Word(r.arrivals.choice().id.to_owned())),
        put: |r, given| r.arrivals = chosen(given, &Arrivals::ALL, |arrivals| arrivals.choice().id),
    },
    Row {
        key: "workers",
        label: Text::new("Workers", "并发数"),
        help: manual::says(Text::new(
            "So many callers, each of which asks again only when it has its answer, an interval after its last request at the earliest. Not set: nobody waits for anybody.",
            "这么多个并发的调用方，各自拿到结果后才发下一个，且离自己上一次至少一个间隔。不设置则互不等待。",
        )),
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 1_000,
        },
        need: Need::Optional,
        get: |r| r.workers.map(|workers| Given::Count(i64::from(workers))),
        put: |r, given| r.workers = given.and_then(Given::count),
    },
];

/// Keys of a request about its caller.
pub(crate) static CALLER: [Row<Request>; 9] = [
    Row {
        key: "read",
        label: Text::new("Reads the response's body", "读响应体"),
        help: manual::says(Text::new(
            "A body that is not read to its end costs the connection; one that is never closed keeps it.",
            "响应体没读完就关闭，连接就废了；一直不关闭，连接就一直被占着。",
        )),
        kind: Kind::Choice(Choices::Reading),
        need: Need::Optional,
        get: |r| Some(Given::Word(r.read.choice().id.to_owned())),
        put: |r, given| r.read = chosen(given, &Reading::ALL, |read| read.choice().id),
    },
    Row {
        key: "deadline",
        label: Text::new("Caller's deadline", "调用方截止时间"),
        help: manual::says(Text::new(
            "The caller's own time for one request; when it is over, the request is cancelled. Go: context.WithTimeout.",
            "调用方自己给单个请求的时间，到时取消请求。Go 里是 context.WithTimeout。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |r| r.deadline.map(Given::span),
        put: |r, given| r.deadline = given.and_then(Given::duration),
    },
    Row {
        key: "leave",
        label: Text::new("Leaves the request alone then", "到时只是不再等"),
        help: manual::says(Text::new(
            "When the caller's deadline is over it stops waiting and cancels nothing, as a timer of one's own does that only rejects a promise: the request goes on, and runs.",
            "截止时间到了，调用方只是不再等，并不取消请求，就像只 reject 了 promise 的定时器：请求继续走，照样执行。",
        )),
        kind: Kind::Switch,
        need: Need::Optional,
        get: |r| Some(Given::Switch(r.leaves)),
        put: |r, given| r.leaves = given == Some(Given::Switch(true)),
    },
    Row {
        key: "destroy",
        label: Text::same("req.on('timeout', () => req.destroy())"),
        help: manual::says(Text::new(
            "Node: the agent's timeout only emits 'timeout'; with this the caller destroys the request then, and its socket with it. Clients without such an event never do.",
            "Node：agent 的 timeout 只触发 'timeout' 事件；开了这项，调用方这时销毁请求，socket 也随之关闭。别的客户端没有这个事件，也就不会发生。",
        )),
        kind: Kind::Switch,
        need: Need::Optional,
        get: |r| Some(Given::Switch(r.destroys)),
        put: |r, given| r.destroys = given == Some(Given::Switch(true)),
    },
    Row {
        key: "close",
        label: Text::new("Connection: close", "Connection: close"),
        help: manual::says(Text::new(
            "This request asks for its connection to be closed after the response (Go: Request.Close). It may still be sent on one from the pool, and race there.",
            "这个请求要求响应之后就关连接（Go 里是 Request.Close）。它仍可能用池里的连接发出，照样会碰上竞态。",
        )),
        kind: Kind::Switch,
        need: Need::Optional,
        get: |r| Some(Given::Switch(r.close)),
        put: |r, given| r.close = given == Some(Given::Switch(true)),
    },
    Row {
        key: "slow.pause",
        label: Text::new("Pause before each piece", "每段之前的停顿"),
        help: manual::says(Text::new(
            "The request's body goes out in pieces, each after this pause. Not set: all at once.",
            "请求体分段发送，每段之前停这么久。不设置则一次发完。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |r| r.slow.pause.map(Given::span),
        put: |r, given| r.slow.pause = given.and_then(Given::duration),
    },
    Row {
        key: "slow.piece",
        label: Text::new("Bytes of a piece", "每段字节数"),
        help: manual::says(Text::new(
            "How much of the body goes out at once, if there is a pause.",
            "设了停顿时，每段发送多少字节。",
        )),
        kind: Kind::Count {
            unit: Text::new("bytes", "字节"),
            min: 1,
            max: 128 << 20,
        },
        need: Need::Optional,
        get: |r| Some(Given::Count(i64::from(r.slow.piece))),
        put: |r, given| {
            let piece = given.and_then(Given::count);
            r.slow.piece = piece.unwrap_or(Slow::default().piece);
        },
    },
    Row {
        key: "retry.times",
        label: Text::new("Caller tries again", "调用方重试"),
        help: manual::says(Text::new(
            "How often the caller asks again after an error: a new request each time, which may run although the last one did. A status, even 502, is an answer.",
            "出错后调用方自己再试几次。每次都是新请求，上一次执行过也照样再执行。状态码是响应，502 也算，不重试。",
        )),
        kind: Kind::Count {
            unit: Text::same(""),
            min: 0,
            max: 100,
        },
        need: Need::Optional,
        get: |r| Some(Given::Count(i64::from(r.retry.times))),
        put: |r, given| r.retry.times = given.and_then(Given::count).unwrap_or_default(),
    },
    Row {
        key: "retry.after",
        label: Text::new("After", "重试前等待"),
        help: manual::says(Text::new(
            "How long it waits before the first time; each time twice as long.",
            "第一次重试前等多久，之后每次翻倍。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |r| Some(Given::span(r.retry.after)),
        put: |r, given| {
            let after = given.and_then(Given::duration);
            r.retry.after = after.unwrap_or(Retry::default().after);
        },
    },
];

pub(crate) fn chosen<T: Copy + Default>(
    given: Option<Given>,
    all: &[T],
    id: fn(T) -> &'static str,
) -> T {
    let word = given.and_then(Given::word);
    all.iter()
        .copied()
        .find(|one| Some(id(*one)) == word.as_deref())
        .unwrap_or_default()
}
