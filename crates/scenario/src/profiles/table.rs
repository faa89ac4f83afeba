//! What a profile does, in words: read off the configuration that the engine gets, so that the table cannot say anything else.

use super::{InForce, Knob, Profile};
use crate::span::Span;
use crate::v1::Options;
use whyeof_sim::http::client::body::EarlyClose;
use whyeof_sim::http::client::pool::{Binding, Hint, PoolOrder};
use whyeof_sim::http::client::retry::RetryRule;
use whyeof_sim::http::client::{ClientConfig, OnQuiet};
use whyeof_sim::http::server::{Reading, ServerConfig, Stops};
use whyeof_sim::http::words::{Facts, word};
use whyeof_trace::{Failure, Lang, Method, Text};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trait {
    /// What it is about.
    pub aspect: Text,
    /// How it is in this runtime, in the language asked for.
    pub value: String,
}

/// What a profile does in one role, with its defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The role's name.
    pub role: Text,
    /// What it does.
    pub traits: Vec<Trait>,
    /// What can be set; a proxy's stand at the side towards its clients.
    pub options: &'static [Knob],
}

/// What a profile does in each role that it can play.
pub fn parts(profile: &Profile, lang: Lang) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut role = |role, traits, options| {
        parts.push(Part {
            role,
            traits,
            options,
        });
    };
    if let Some(client) = &profile.client {
        let config = (client.lower)(&defaults(client.options));
        role(CLIENT, opening(&config, lang), client.options);
    }
    if let Some(server) = &profile.server {
        let config = (server.lower)(&defaults(server.options));
        role(SERVER, listening(&config, lang), server.options);
    }
    if let Some(proxy) = &profile.proxy {
        let config = (proxy.lower)(&defaults(proxy.options));
        role(TO_CLIENTS, listening(&config.server, lang), proxy.options);
        role(TO_UPSTREAM, opening(&config.client, lang), &[]);
    }
    parts
}

fn opening(config: &ClientConfig, lang: Lang) -> Vec<Trait> {
    let idle = limit(config.pool.idle_timeout.map(|d| d.after), lang);
    let mut traits = vec![
        of(POOL, pool(config).of(lang)),
        of(IDLE, &idle),
        of(HINT, hint(config.pool.hint).of(lang)),
        of(RETRY, retry(config.retry).of(lang)),
        of(EARLY_CLOSE, early_close(config.early_close).of(lang)),
    ];
    if let Some(quiet) = config.quiet {
        let then = match quiet.then {
            OnQuiet::Emits => Text::new("an event, nothing is closed", "只触发事件，不关闭"),
            OnQuiet::Destroys => Text::new("closed, the request fails", "关闭，请求报错"),
        };
        let after = Span::from(quiet.limit.after).spaced();
        traits.push(of(QUIET, &format!("{after}: {}", then.of(lang))));
    }
    for (aspect, failure) in [
        (FIN, Failure::EndOfStream),
        (RST, Failure::Reset),
        (REFUSED, Failure::Refused),
        (TIMED_OUT, Failure::TimedOut),
    ] {
        traits.push(of(aspect, &error(config, failure)));
    }
    traits
}

fn listening(config: &ServerConfig, lang: Lang) -> Vec<Trait> {
    let idle = limit(config.idle.map(|d| d.after), lang);
    vec![
        of(IDLE, &idle),
        of(FIRST, &limit(config.read_header.map(|d| d.after), lang)),
        of(LATE, late(config).of(lang)),
        of(BODY, body(config.reading).of(lang)),
        of(STOPS, stops(config.stops).of(lang)),
    ]
}

const CLIENT: Text = Text::new("client", "客户端");
const SERVER: Text = Text::new("server", "服务器");
const TO_CLIENTS: Text = Text::new("proxy, towards clients", "代理，对客户端");
const TO_UPSTREAM: Text = Text::new("proxy, towards the server behind", "代理，对后端");

const POOL: Text = Text::new("pool", "连接池");
const IDLE: Text = Text::new("idle limit", "空闲超时");
const HINT: Text = Text::new("Keep-Alive: timeout=", "Keep-Alive: timeout=");
const RETRY: Text = Text::new("sends again by itself", "自动重试");
const EARLY_CLOSE: Text = Text::new("body closed early", "响应体提前关闭");
const QUIET: Text = Text::new("busy and silent", "忙而无动静");
const FIN: Text = Text::new("FIN", "FIN");
const RST: Text = Text::new("RST", "RST");
const REFUSED: Text = Text::new("refused", "拒绝连接");
const TIMED_OUT: Text = Text::new("TCP gave up", "TCP 放弃");
const FIRST: Text = Text::new("first request's head", "首个请求头");
const LATE: Text = Text::new("request too slow", "请求太慢");
const BODY: Text = Text::new("request body unread", "请求体没读");
const STOPS: Text = Text::new("told to shut down", "优雅停机");

fn of(aspect: Text, value: &str) -> Trait {
    Trait {
        aspect,
        value: value.to_owned(),
    }
}

/// Nothing is set.
fn defaults(rows: &[Knob]) -> InForce {
    let nothing = Options::new();
    let options = rows.iter();
    InForce {
        options: options
            .map(|row| (row.name, row.effective(rows, &nothing, "")))
            .collect(),
        first: 0,
    }
}

fn limit(after: Option<std::time::Duration>, lang: Lang) -> String {
    after.map_or_else(
        || Text::new("none", "无").of(lang).to_owned(),
        |after| Span::from(after).spaced(),
    )
}

const fn pool(config: &ClientConfig) -> Text {
    match (config.pool.order, config.pool.binding) {
        (PoolOrder::Lifo, Binding::Late) => Text::new(
            "newest first; a waiting request takes whichever comes first, a dial or a freed connection",
            "后进先出；排队的请求先等到哪个用哪个：新建的或空出来的",
        ),
        (PoolOrder::Lifo, Binding::Early) => Text::new(
            "newest first; a dial belongs to its request",
            "后进先出；为谁建的连接就归谁",
        ),
        (PoolOrder::Fifo, Binding::Late | Binding::Early) => Text::new("oldest first", "先进先出"),
    }
}

const fn hint(hint: Hint) -> Text {
    match hint {
        Hint::Ignored => Text::new("ignored", "不看"),
        Hint::Lowers { .. } => Text::new(
            "lowers a limit that is set, less a buffer; without one it is ignored",
            "减去缓冲后可以调低已设的超时；没设超时就不看",
        ),
        Hint::Forbids { .. } => Text::new(
            "only one that leaves nothing counts: the connection is not kept",
            "只有减去缓冲后不剩时间才起作用：不保留连接",
        ),
    }
}

const fn retry(rule: RetryRule) -> Text {
    match rule {
        RetryRule::Go => Text::new(
            "on a reused connection: GET, HEAD, OPTIONS, TRACE, or with Idempotency-Key; any method if nothing was written",
            "复用的连接上：GET、HEAD、OPTIONS、TRACE，或带 Idempotency-Key；一个字节没写出去时任何方法都行",
        ),
        RetryRule::Never => Text::new("never", "从不"),
        RetryRule::Nginx => Text::new(
            "on a reused connection: not POST and PATCH; any method if nothing was written",
            "复用的连接上：POST 和 PATCH 不重试；一个字节没写出去时任何方法都行",
        ),
    }
}

const fn early_close(rule: EarlyClose) -> Text {
    match rule {
        EarlyClose::Close => Text::new(
            "closes the connection: FIN, or RST with bytes left in the kernel",
            "连接一起关：FIN，内核里还有数据就发 RST",
        ),
        EarlyClose::Drain { .. } => Text::new(
            "the rest is read, up to 256 KiB and 50 ms; else the connection is closed",
            "继续读完，最多 256 KiB、50 ms，读不完才关连接",
        ),
    }
}

fn error(config: &ClientConfig, failure: Failure) -> String {
    let facts = Facts {
        method: Method::Post,
        url: "http://B/",
        ends: [&"A", &"B"],
        cut: "",
    };
    word(config.words, failure, facts)
}

fn late(config: &ServerConfig) -> Text {
    match (config.heads.request_timeout(), config.reading) {
        ("", Reading::OnDemand { .. }) => Text::new(
            "head: FIN, not a word; body: the handler's answer with Connection: close, then 500 ms",
            "请求头：只发 FIN，什么也不回；请求体：处理函数照常响应并带 Connection: close，再等 500 ms",
        ),
        ("", _) => Text::new("FIN, not a word", "只发 FIN，什么也不回"),
        _ => Text::new(
            "408 and FIN, when it next looks: every connectionsCheckingInterval",
            "下次检查时回 408 再发 FIN：每隔 connectionsCheckingInterval 检查一次",
        ),
    }
}

const fn body(reading: Reading) -> Text {
    match reading {
        Reading::OnDemand { .. } => Text::new(
            "read after the handler, up to 256 KiB; else Connection: close, FIN, 500 ms",
            "处理函数之后读掉，最多 256 KiB；再多就 Connection: close、FIN、等 500 ms",
        ),
        Reading::Always | Reading::Bytes { .. } => Text::new("read and dropped", "读掉丢弃"),
    }
}

const fn stops(stops: Stops) -> Text {
    match stops {
        Stops::Drains => Text::new(
            "idle connections closed; requests at work answered with Connection: close",
            "关掉空闲连接；正在处理的请求响应时带 Connection: close",
        ),
        Stops::ClosesIdle => Text::new(
            "idle connections closed; requests at work go on, and so do their connections",
            "关掉空闲连接；正在处理的照常，连接也继续用",
        ),
        Stops::Quits => Text::new(
            "idle connections closed; requests at work answered with Connection: close",
            "关闭空闲连接，正在处理的请求照常响应，带 Connection: close",
        ),
        Stops::Listening => Text::new("only stops listening", "只是不再监听"),
    }
}
