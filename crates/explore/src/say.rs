//! What windows and odds are in words, with the arithmetic shown.

use crate::counted::Counted;
use crate::odds::{Decides, Odds, Shape, Source, Traffic};
use crate::often::Often;
use crate::pair::{Hop, Limit, Margin, Paired};
use crate::parts::Parts;
use crate::risk::{Harm, Risk, RiskWindow, Stretch};
use std::time::Duration;
use whyeof_diagnose::Text;
use whyeof_scenario::span::Span;
use whyeof_trace::{Lang, Origin};

fn span(span: Duration) -> String {
    Span::from(span).spaced().replace("us", "µs")
}

/// To a microsecond: that closely edges are known.
fn edge(gap: Duration) -> String {
    span(Duration::from_micros(
        u64::try_from(gap.as_micros()).unwrap_or(u64::MAX),
    ))
}

/// Smaller numbers are not told.
const LEAST: f64 = 0.000_1;

/// A share as people read it: two digits that count.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent {
        _ if percent > 0.0 && percent < LEAST => return format!("<{LEAST}%"),
        _ if percent >= 10.0 || percent == 0.0 => 0,
        _ if percent >= 1.0 => 1,
        _ if percent >= 0.1 => 2,
        _ => 4,
    };
    format!("{percent:.digits$}%")
}

/// A number of requests as people read it.
fn count(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        _ if number < LEAST => format!("<{LEAST}"),
        _ if number >= 10.0 => format!("{number:.0}"),
        _ if number >= 0.1 => format!("{number:.1}"),
        _ => format!("{number:.4}"),
    }
}

impl Harm {
    /// What happens to a request.
    pub const fn say(self) -> Text {
        match self {
            Self::Fails => Text::new("the request fails", "请求失败"),
            Self::Replays => Text::new(
                "the runtime sends the request again by itself",
                "运行时自动重发请求",
            ),
        }
    }
}

impl RiskWindow {
    /// Where it is, how wide, and what happens in it.
    pub fn say(&self) -> Text {
        let (from, to) = (edge(self.from), edge(self.to));
        let harm = self.harm.say();
        match self.ends {
            true if from == to => Text::made(
                format!("idle for {from}: {}", harm.en),
                format!("空闲 {from}：{}", harm.zh),
            ),
            true => {
                let wide = edge(self.width());
                Text::made(
                    format!("idle for {from} to {to} ({wide} wide): {}", harm.en),
                    format!("空闲 {from} 到 {to}（宽 {wide}）：{}", harm.zh),
                )
            }
            false => Text::made(
                format!("idle for {from} or longer (tried up to {to}): {}", harm.en),
                format!("空闲 {from} 或更久（试到 {to}）：{}", harm.zh),
            ),
        }
    }
}

impl Parts {
    /// What a window of this width consists of, as a sum; and where that is another, that something else cuts it, or adds to it.
    pub fn say(&self, whole: Duration) -> Text {
        /// Edges are found to 1 µs each, and parts rounded.
        const NEAR: Duration = Duration::from_micros(5);
        let terms = [
            (self.there, "for the request's way", "请求在路上"),
            (self.back, "for the FIN's way", "FIN 在路上"),
            (
                self.notice,
                "until the client's program has read it",
                "客户端程序读到它",
            ),
            (
                self.keeping,
                "until its pool lets go of the connection",
                "连接池放掉这条连接",
            ),
            (self.leaving, "from the pool to the wire", "从连接池到发出"),
            (
                self.unread,
                "until the server would have read it",
                "服务器还没来得及读",
            ),
            (
                self.closing,
                "from the server's timer to its FIN",
                "服务器从定时器到 FIN",
            ),
        ];
        let terms = terms.iter().filter(|(time, ..)| !time.is_zero());
        let (en, zh): (Vec<_>, Vec<_>) = terms
            .map(|(time, en, zh)| {
                (
                    format!("{} {en}", span(*time)),
                    format!("{zh} {}", span(*time)),
                )
            })
            .unzip();
        let (sum, width, wide) = (self.width(), span(self.width()), span(whole));
        let sign = if width == wide { "=" } else { "≈" };
        let (more_en, more_zh) = if sum.abs_diff(whole) <= NEAR {
            (format!("{sign} {wide}"), format!("{sign} {wide}"))
        } else if sum > whole {
            (
                format!("= {width}; here something else ends it sooner: {wide} are left"),
                format!("= {width}；这里有别的先结束它，只剩 {wide}"),
            )
        } else {
            (
                format!("= {width} of {wide}: the rest has other reasons"),
                format!("= {width}，占 {wide} 的一部分：其余另有原因"),
            )
        };
        Text::made(
            format!("{} {more_en}", en.join(" + ")),
            format!("{} {more_zh}", zh.join(" + ")),
        )
    }

    /// Which timer puts it where it is.
    pub fn timer(&self) -> Text {
        let name = self
            .setting
            .as_ref()
            .map_or("", |setting| setting.name.as_str());
        let fallback = self
            .setting
            .as_ref()
            .and_then(|setting| match &setting.origin {
                Origin::Fallback(path) => path.rsplit('.').next(),
                _ => None,
            });
        let name = match fallback {
            Some(other) => format!("{name} ({other})"),
            None => name.to_owned(),
        };
        let (timeout, lateness) = (span(self.timeout), span(self.lateness));
        Text::made(
            format!(
                "the server's {name}: its timer was set to {timeout} and fired {lateness} late"
            ),
            format!("服务器的 {name}：定时器设为 {timeout}，晚了 {lateness} 触发"),
        )
    }
}

impl Risk {
    /// How it was found; and that there is none, where that is so.
    pub fn say(&self) -> Text {
        let (to, runs) = (span(self.to), self.runs);
        match self.harms().next().is_none() {
            true => Text::made(
                format!("No idle gap from 0 s to {to} is dangerous: {runs} runs."),
                format!("空闲间隔从 0 s 到 {to} 都不危险：跑了 {runs} 次。"),
            ),
            false => Text::made(
                format!("Dangerous idle gaps between 0 s and {to}, found by {runs} runs:"),
                format!("0 s 到 {to} 之间危险的空闲间隔（跑了 {runs} 次找到）："),
            ),
        }
    }
}

impl Risk {
    /// How chance moves the windows; nothing where it does not.
    pub fn say_drawn(&self) -> Vec<Text> {
        let draws = self.drawn.len() + 1;
        if draws == 1 {
            return Vec::new();
        }
        let (first, first_zh) = match self.windows.is_empty() {
            true => ("the first of them shows none", "第一次里没有"),
            false => (
                "what stands above is the first of them",
                "上面是第一次的结果",
            ),
        };
        let about = Text::made(
            format!(
                "jitter, lost packets or sampled latency move edges from request to request: {draws} draws; {first}"
            ),
            format!("抖动、丢包或抽取的延迟让边界逐个请求地移动：共抽 {draws} 次，{first_zh}"),
        );
        let of = |harm: Harm| {
            let (some, all) = (self.in_draws(harm, 1), self.in_draws(harm, draws));
            let (some, all) = (stretches(&some), stretches(&all));
            let what = harm.say();
            Text::made(
                format!(
                    "idle for {}: {} in at least one of them; in all of them: {}",
                    some.en, what.en, all.en
                ),
                format!(
                    "空闲 {}：至少一次里{}；每一次都如此的：{}",
                    some.zh, what.zh, all.zh
                ),
            )
        };
        std::iter::once(about).chain(self.harms().map(of)).collect()
    }
}

/// The first of them, and how many more there are.
fn stretches(all: &[Stretch]) -> Text {
    const MOST: usize = 4;
    let one = |(from, to): &Stretch, between: &str, open: &str| match *to {
        Duration::MAX => format!("{}{open}", edge(*from)),
        to => format!("{}{between}{}", edge(*from), edge(to)),
    };
    let some = |between, open| all.iter().take(MOST).map(move |it| one(it, between, open));
    let (en, zh) = (some(" to ", " or longer"), some(" 到 ", " 或更久"));
    let (en, zh): (Vec<_>, Vec<_>) = en.zip(zh).unzip();
    match all.len() {
        0 => Text::new("none", "没有"),
        1..=MOST => Text::made(en.join(", "), zh.join("、")),
        len => {
            let more = len - MOST;
            Text::made(
                format!("{}, and {more} more", en.join(", ")),
                format!("{}，还有 {more} 段", zh.join("、")),
            )
        }
    }
}

/// Said before a shape that nobody gave.
const ASSUMED: Text = Text::new(
    "The requests of this scenario stand at given times, which is no shape of traffic. If they came at random instead, as far apart on average:",
    "这个场景的请求时间是写死的，谈不上流量形状。假设它们随机到来、平均间隔相同：",
);

/// Said in place of a share where windows are about one time.
const ONCE: Text = Text::new(
    "Something goes wrong here at a given time (a fault, a command, a stop): how many of a day's requests that costs depends on how often it happens, and not on gaps alone.",
    "这里有事在某个时刻发生（故障、命令、停机）：一天里影响多少请求，取决于它多久发生一次，光看间隔说不出来。",
);

/// Said before what was counted, where gaps alone do not tell.
const fn why_counted(decides: Decides) -> Text {
    match decides {
        Decides::Gaps => Text::new(
            "Here more than the gaps on one connection decides (some requests take longer than others, or are asked again by their caller, or connections are seldom used again), so gaps alone do not tell how often. Counted in runs:",
            "这里起作用的不只是一条连接上的间隔（有的请求慢得多，或者调用方会再试，或者连接很少复用），光看间隔说不出多久一次。跑出来数：",
        ),
        Decides::Proxy => Text::new(
            "Behind a proxy two connections decide at once, so gaps alone do not tell how often. Counted in runs:",
            "中间有代理，两条连接同时起作用，光看间隔说不出多久一次。跑出来数：",
        ),
        Decides::Several => Text::new(
            "Several connections are used in turn (rows of requests, workers, callers at random, or machines of one name), so gaps alone do not tell how often. Counted in runs:",
            "这里轮流用好几条连接（好几组请求、多个 worker、随机到来的调用，或者一个名字对应多台机器），光看间隔说不出多久一次。跑出来数：",
        ),
    }
}

impl Counted {
    /// How many came to this harm, and how many a day that is.
    fn say(&self, harm: Harm) -> Text {
        /// So many times one part of all that was tried is what was not met may be, 19 times of 20 ("rule of three").
        const UNSEEN: f64 = 3.0;
        let (requests, runs) = (self.requests, self.runs);
        let (en, zh) = match harm {
            Harm::Fails => ("fail", "失败"),
            Harm::Replays => ("are sent again by the runtime itself", "由运行时自动重发"),
        };
        let number = self.harmed(harm);
        if number == 0 {
            let less = percent(UNSEEN / f64::from(requests.max(1)));
            return Text::made(
                format!(
                    "none of {requests} requests {en} ({runs} runs): less than {less}, with 95% confidence"
                ),
                format!(
                    "{requests} 个请求里没有一个{zh}（跑了 {runs} 遍）：以 95% 的把握低于 {less}"
                ),
            );
        }
        let share = self.share(harm);
        let (percent, a_day, hit) = (
            percent(share),
            count(self.a_day()),
            count(share * self.a_day()),
        );
        Text::made(
            format!(
                "{number} of {requests} requests {en} ({runs} runs): {percent}; of {a_day} a day that is {hit}"
            ),
            format!(
                "{requests} 个请求里{zh} {number} 个（跑了 {runs} 遍）：{percent}；每天 {a_day} 个请求，就是 {hit} 次"
            ),
        )
    }
}

/// What is known of a risk, line by line: how far in a line stands, and its words.
pub fn tell(found: &Risk, often: Option<&Often>, lang: Lang) -> Vec<(u8, String)> {
    let line = |depth: u8, text: Text| (depth, text.of(lang).to_owned());
    let mut lines = vec![line(0, found.say())];
    if let Some(client) = &found.about {
        let about = Text::made(
            format!("This is about the requests of {client}."),
            format!("这里说的是 {client} 的请求。"),
        );
        lines.push(line(0, about));
    }
    for window in &found.windows {
        lines.push(line(1, window.say()));
        lines.extend(window.errors.iter().map(|error| (2, error.clone())));
        if let Some(parts) = &window.parts {
            lines.push(line(2, parts.timer()));
            lines.push(line(2, parts.say(window.width())));
        }
    }
    if found.harms().next().is_none() {
        return lines;
    }
    lines.extend(found.say_drawn().into_iter().map(|text| line(1, text)));
    if found.once {
        lines.push(line(0, ONCE));
    }
    if let Some(often) = often {
        lines.extend(often.tell(found, lang));
    }
    lines
}

impl Often {
    /// The traffic, what becomes of it with the arithmetic, and what was counted.
    fn tell(&self, found: &Risk, lang: Lang) -> Vec<(u8, String)> {
        let line = |depth: u8, text: Text| (depth, text.of(lang).to_owned());
        let traffic = &self.traffic;
        let mut lines = Vec::new();
        if traffic.source == Source::Assumed {
            lines.push(line(0, ASSUMED));
        }
        // Of several rows each has its own.
        if (traffic.decides, traffic.source) != (Decides::Several, Source::Own) {
            lines.push(line(0, traffic.shape.say()));
        }
        if !self.by_gaps {
            lines.push(line(0, why_counted(traffic.decides)));
        }
        let several = found.harms().count() > 1;
        for harm in found.harms() {
            // That nothing is sent twice need not be said.
            let is_none = |counted: Counted| counted.harmed(harm) == 0;
            let odds = self.odds(found, harm);
            let none =
                odds.is_none_or(|odds| odds.share == 0.0) && self.counted.is_none_or(is_none);
            if harm == Harm::Replays && none && several {
                continue;
            }
            if let Some(odds) = odds {
                lines.extend(
                    self.reckoned(found, (harm, &odds))
                        .into_iter()
                        .map(|(depth, text)| line(depth, text)),
                );
            }
            if let Some(counted) = &self.counted {
                let said = counted.say(harm);
                lines.push(match self.by_gaps {
                    true => line(
                        2,
                        Text::made(
                            format!("counted: {}", said.en),
                            format!("跑出来数：{}", said.zh),
                        ),
                    ),
                    false => line(1, said),
                });
            }
        }
        lines
    }

    /// What becomes of requests by arithmetic, and the arithmetic.
    fn reckoned(&self, found: &Risk, (harm, odds): (Harm, &Odds)) -> Vec<(u8, Text)> {
        let mut lines = vec![(1, odds.say(harm))];
        // Where nothing is sent again no gap comes behind it.
        let kinds = match found.harms().any(|harm| harm == Harm::Replays) {
            true => 3,
            false => 2,
        };
        // Of several draws it is the mean, which no one line shows.
        if found.drawn.is_empty() {
            let windows = found.windows.iter().filter(|window| window.harm == harm);
            let sums = windows.flat_map(|window| self.traffic.arithmetic(window, kinds));
            lines.extend(sums.map(|sum| (2, sum)));
        }
        let another = |met: &f64| percent(*met) != percent(odds.share);
        if odds.met[..kinds].iter().any(another) {
            lines.push((2, odds.say_why(kinds)));
        }
        lines
    }
}

impl Paired {
    /// Lines of what a pair comes to, each with how far in it stands: who lets go of each connection, and which gaps are dangerous.
    pub fn tell(&self, lang: Lang) -> Vec<(u8, String)> {
        let mut lines = Vec::new();
        for hop in &self.hops {
            let [from, to] = &hop.ends;
            lines.push((0, format!("{from} → {to}: {}", hop.say().of(lang))));
            lines.push((1, hop.margin().say().of(lang).to_owned()));
        }
        if let Some(risk) = &self.risk {
            lines.extend(tell(risk, None, lang));
        }
        lines
    }
}

impl Shape {
    /// What it is.
    pub fn say(&self) -> Text {
        match self {
            Self::Even(from, to) if from == to => {
                let gap = span(*from);
                Text::made(format!("Every gap {gap}:"), format!("间隔总是 {gap}："))
            }
            Self::Even(from, to) => {
                let (from, to) = (span(*from), span(*to));
                Text::made(
                    format!("Any gap from {from} to {to}, each as likely:"),
                    format!("间隔在 {from} 到 {to} 之间均匀分布："),
                )
            }
            Self::Poisson(mean) => {
                let mean = span(*mean);
                Text::made(
                    format!("Requests at random (Poisson), {mean} apart on average:"),
                    format!("随机到来（泊松），平均相隔 {mean}："),
                )
            }
            Self::Histogram(bins) => {
                let bins = bins.len();
                Text::made(
                    match bins {
                        1 => "Gaps as measured, one length:".to_owned(),
                        _ => format!("Gaps as measured, {bins} lengths:"),
                    },
                    format!("实测的间隔，{bins} 种长度："),
                )
            }
        }
    }

    /// The arithmetic of the share within a stretch of gaps.
    fn arithmetic(&self, (first, last): Stretch) -> Text {
        let from = edge(first);
        let within = self.share(first, last);
        let share = percent(within);
        match self {
            Self::Even(low, high) if low == high => {
                let gap = span(*low);
                match within > 0.0 {
                    true => Text::made(
                        format!("{gap} lies in this window: {share}"),
                        format!("{gap} 落在这个窗口里：{share}"),
                    ),
                    false => Text::made(
                        format!("{gap} lies outside this window: {share}"),
                        format!("{gap} 不在这个窗口里：{share}"),
                    ),
                }
            }
            Self::Even(low, high) => {
                let within = last.min(*high).saturating_sub(first.max(*low));
                let (within, all) = (edge(within), span(high.saturating_sub(*low)));
                let sum = format!("{within} / {all} = {share}");
                Text::made(sum.clone(), sum)
            }
            Self::Poisson(mean) => {
                let mean = span(*mean);
                let sum = match last {
                    Duration::MAX => format!("e^(-{from} / {mean}) = {share}"),
                    _ => format!(
                        "e^(-{from} / {mean}) - e^(-{} / {mean}) = {share}",
                        edge(last)
                    ),
                };
                Text::made(sum.clone(), sum)
            }
            Self::Histogram(bins) => {
                let all: f64 = bins.iter().map(|bin| bin.count).sum();
                let within = count(within * all);
                Text::made(
                    format!("{within} of {} gaps = {share}", count(all)),
                    format!("{} 个间隔里有 {within} 个 = {share}", count(all)),
                )
            }
        }
    }
}

impl Traffic {
    /// The arithmetic of the share in one window. Behind a request that used its connection again gaps are longer by what the handshake takes,
    /// and behind one that was sent again they are shorter: where that makes another share, each stands for itself.
    fn arithmetic(&self, window: &RiskWindow, kinds: usize) -> Vec<Text> {
        let stretches = self.leads.behind(window.stretch());
        let shares = stretches.map(|(from, to)| percent(self.shape.share(from, to)));
        let sums = stretches
            .iter()
            .map(|stretch| self.shape.arithmetic(*stretch));
        if shares[..kinds].iter().all(|share| *share == shares[0]) {
            return sums.take(1).collect();
        }
        let sums = KINDS.into_iter().zip(sums).take(kinds);
        sums.map(|(behind, sum)| {
            Text::made(
                format!("behind {}: {}", behind.en, sum.en),
                format!("{}之后：{}", behind.zh, sum.zh),
            )
        })
        .collect()
    }
}

/// Requests that have gaps behind them, in the order of [`Odds::met`].
const KINDS: [Text; 3] = [
    Text::new("a request that dialled", "新建连接的请求"),
    Text::new("one that used its connection again", "复用连接的请求"),
    Text::new("one that was sent again", "自动重发的请求"),
];

impl Odds {
    /// How many a day.
    pub fn say(&self, harm: Harm) -> Text {
        let (share, requests, hit) = (percent(self.share), count(self.requests), count(self.hit));
        let (en, zh) = match harm {
            Harm::Fails => ("fail", "次失败"),
            Harm::Replays => ("are sent twice", "次重发"),
        };
        Text::made(
            format!("{share} of {requests} requests a day on one connection: {hit} {en} a day"),
            format!("一条连接每天 {requests} 个请求的 {share}：每天 {hit} {zh}"),
        )
    }
}

impl Odds {
    /// Why the share of requests is another than that of gaps.
    pub fn say_why(&self, kinds: usize) -> Text {
        let share = percent(self.share);
        let met = KINDS.into_iter().zip(self.met.map(percent)).take(kinds);
        let (en, zh): (Vec<_>, Vec<_>) = met
            .map(|(behind, met)| {
                (
                    format!("{met} behind {}", behind.en),
                    format!("{}之后占 {met}", behind.zh),
                )
            })
            .unzip();
        Text::made(
            format!(
                "of the gaps {}; none behind a failure, for then the next request dials: {share} of all requests in the long run",
                en.join(", ")
            ),
            format!(
                "{}，失败之后没有，因为下一个请求会新建连接：长期平均占全部请求的 {share}",
                zh.join("，")
            ),
        )
    }
}

impl Limit {
    /// How long, and which option says so.
    fn words(&self) -> String {
        match &self.option {
            Some(option) => format!("{} ({option})", seconds(self.timer)),
            None => seconds(self.timer),
        }
    }
}

/// As people set them: to a hundredth of a second.
fn seconds(span: Duration) -> String {
    let hundredths = (span.as_millis() + 5) / 10;
    Span(i64::try_from(hundredths * 10_000_000).unwrap_or(i64::MAX)).spaced()
}

impl Hop {
    /// What each end does with a connection that lies idle.
    pub fn say(&self) -> Text {
        let [client, server] = &self.ends;
        let words = |limit: &Option<Limit>| limit.as_ref().map(Limit::words);
        // What its ends would do with one that is kept has not been seen.
        if !self.kept {
            return Text::made(
                format!("{client} and {server} do not keep it"),
                format!("{client} 和 {server} 之间不保留连接"),
            );
        }
        let (en_client, zh_client) = match words(&self.client) {
            Some(after) => (
                format!("{client} lets go after {after}"),
                format!("{client} 空闲 {after} 后放手"),
            ),
            None => (
                format!("{client} never lets go by itself"),
                format!("{client} 自己从不放手"),
            ),
        };
        let (en_server, zh_server) = match words(&self.server) {
            Some(after) => (
                format!("{server} closes after {after}"),
                format!("{server} 空闲 {after} 后关闭"),
            ),
            None => (
                format!("{server} never closes by itself"),
                format!("{server} 自己从不关闭"),
            ),
        };
        Text::made(
            format!("{en_client}; {en_server}"),
            format!("{zh_client}；{zh_server}"),
        )
    }
}

impl Margin {
    /// In a few words, for a table.
    pub fn short(self) -> Text {
        match self {
            Self::NotKept => Text::new("not kept", "不保留"),
            Self::Nobody => Text::new("nobody", "都不放"),
            Self::Client(None) => Text::new("client", "客户端"),
            Self::Server(None) => Text::new("SERVER", "服务器"),
            Self::Client(Some(by)) => {
                let by = format!("+{}", seconds(by));
                Text::made(by.clone(), by)
            }
            Self::Server(Some(by)) => {
                let by = format!("-{}", seconds(by));
                Text::made(by.clone(), by)
            }
        }
    }

    /// Who goes first, and by how much.
    pub fn say(self) -> Text {
        match self {
            Self::NotKept => Text::new(
                "no connection is kept: nothing is left to race for, and each request dials",
                "不保留连接：没有可竞态的东西，每个请求都重新建连接",
            ),
            Self::Nobody => Text::new(
                "neither lets go: only what lies between them may",
                "两头都不放手：只有中间设备可能",
            ),
            Self::Client(None) => Text::new(
                "the client goes first: the server never would",
                "客户端先放手：服务器从不关闭",
            ),
            Self::Server(None) => Text::new(
                "the server goes first: the client never would",
                "服务器先关闭：客户端从不放手",
            ),
            Self::Client(Some(by)) => {
                let by = seconds(by);
                Text::made(
                    format!("the client goes first, by {by}"),
                    format!("客户端先放手，早 {by}"),
                )
            }
            Self::Server(Some(by)) => {
                let by = seconds(by);
                Text::made(
                    format!("the server goes first, by {by}"),
                    format!("服务器先关闭，早 {by}"),
                )
            }
        }
    }
}
