//! A machine's sysctls, one row each, by Linux's names without `net.ipv4.`; `somaxconn` is `net.core`'s.
//!
//! Values are numbers as Linux takes and prints them, in that sysctl's own unit; a time may be given as text, too. Bounds are
//! those of `net/ipv4/sysctl_net_ipv4.c` (6.18) where it has any. What has no effect in the model has no row.

use crate::kind::{Choice, Choices, Given, Kind, Word};
use crate::manual;
use crate::rows::{Need, Row};
use crate::span::{Span, Unit};
use crate::v1::Host;
use std::time::Duration;
use whyeof_sim::kernel::sysctl::CongestionControl;
use whyeof_trace::Text;

/// What an `int` holds.
const INT: i64 = i32::MAX as i64;

macro_rules! row {
    ($field:ident, $kind:expr, $get:expr, $put:expr, $en:literal, $zh:literal) => {
        Row {
            key: concat!("sysctl.", stringify!($field)),
            // Linux's spelling, in both languages.
            label: Text::same(stringify!($field)),
            help: manual::says(Text::new($en, $zh)),
            kind: $kind,
            need: Need::Optional,
            get: $get,
            put: $put,
        }
    };
}

macro_rules! count {
    ($field:ident, $min:literal, $max:expr, $en:literal, $zh:literal) => {
        row!(
            $field,
            Kind::Count {
                unit: Text::same(""),
                min: $min,
                max: $max
            },
            |h| Some(Given::Count(h.sysctl.kernel.$field.into())),
            |h, given| h.sysctl.kernel.$field = given.and_then(Given::count).unwrap_or_default(),
            $en,
            $zh
        )
    };
}

/// 0 and 1, as Linux has them.
macro_rules! switch {
    ($field:ident, $en:literal, $zh:literal) => {
        row!(
            $field,
            Kind::Bit,
            |h| Some(Given::Count(h.sysctl.kernel.$field.into())),
            |h, given| h.sysctl.kernel.$field = given.is_some_and(|given| !given.is_zero()),
            $en,
            $zh
        )
    };
}

macro_rules! time {
    ($field:ident, $unit:ident, $min:literal, $max:expr, $en:literal, $zh:literal) => {
        row!(
            $field,
            Kind::Whole {
                unit: Unit::$unit,
                min: $min,
                max: $max
            },
            |h| Some(Given::Count(whole(h.sysctl.kernel.$field, Unit::$unit))),
            |h, given| h.sysctl.kernel.$field = time(given, Unit::$unit),
            $en,
            $zh
        )
    };
}

/// A time that is not whole, which only code can make, becomes a number that no row takes.
fn whole(span: Duration, unit: Unit) -> i64 {
    let Span(nanos) = Span::from(span);
    if nanos % unit.nanos() == 0 {
        nanos / unit.nanos()
    } else {
        -1
    }
}

fn time(given: Option<Given>, unit: Unit) -> Duration {
    let count = given.and_then(Given::count).unwrap_or_default();
    Span::of(count, unit).duration().unwrap_or_default()
}

/// Linux's three numbers: least, initial and greatest buffer.
pub(crate) fn buffers(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.split_whitespace().map(|number| {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|n| (1..=INT).contains(n));
        number
            .filter(|_| digits)
            .and_then(|n| u32::try_from(n).ok())
    });
    let three = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(three)
}

/// Linux's two numbers: first and last port (`ipv4_local_port_range`).
pub(crate) fn port_range(text: &str) -> Option<[u16; 2]> {
    let mut numbers = text.split_whitespace().map(|number| {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        number.parse().ok().filter(|port| digits && *port > 0)
    });
    let range: [u16; 2] = [numbers.next()??, numbers.next()??];
    (numbers.next().is_none() && range[0] <= range[1]).then_some(range)
}

const fn algorithm(id: &'static str) -> Choice {
    Choice {
        id,
        label: Text::same(id),
    }
}

/// The words of `tcp_congestion_control`.
pub(crate) const CONGESTION: [(Choice, CongestionControl); 2] = [
    (algorithm("cubic"), CongestionControl::Cubic),
    (algorithm("reno"), CongestionControl::Reno),
];

/// All of them, in the order of forms: how long to try, closing, probing, acknowledging, sending, what both ends agree on.
pub(crate) static SYSCTL: [Row<Host>; 30] = [
    count!(
        tcp_syn_retries,
        1,
        127,
        "How often a SYN is sent again, besides those of tcp_syn_linear_timeouts.",
        "SYN 重发几次，不算 tcp_syn_linear_timeouts 那几次。"
    ),
    count!(
        tcp_syn_linear_timeouts,
        0,
        127,
        "How many SYN timeouts do not double (since Linux 6.5; 0 before).",
        "SYN 头几次超时不翻倍（Linux 6.5 起；以前相当于 0）。"
    ),
    count!(
        tcp_synack_retries,
        0,
        255,
        "How often a SYN-ACK is sent again.",
        "SYN-ACK 重发几次。"
    ),
    count!(
        tcp_retries2,
        0,
        255,
        "When data that nobody acknowledges is given up: not a count but the time of so many doublings, 924.6 s for 15.",
        "数据一直没人确认，多久放弃：它不是次数，而是翻倍这么多次所需的时间，15 对应 924.6 s。"
    ),
    count!(
        tcp_orphan_retries,
        0,
        255,
        "The same for sockets that no program owns any more; 0 counts as 8.",
        "已经没有程序持有的 socket 用这个；0 相当于 8。"
    ),
    time!(
        tcp_rto_min_us,
        Micros,
        1,
        INT,
        "Floor of the retransmission timeout's variance term.",
        "重传超时（RTO）中波动项的下限。"
    ),
    time!(
        tcp_rto_max_ms,
        Millis,
        1_000,
        120_000,
        "What the retransmission timeout doubles to at most.",
        "重传超时（RTO）最多翻倍到多少。"
    ),
    time!(
        tcp_fin_timeout,
        Seconds,
        0,
        INT,
        "How long a closed socket waits for the peer's FIN (FIN-WAIT-2).",
        "已关闭的 socket 等对端 FIN 等多久（FIN-WAIT-2）。"
    ),
    count!(
        tcp_max_tw_buckets,
        0,
        INT,
        "How many sockets may be in TIME-WAIT; more are closed at once.",
        "最多多少个 socket 处于 TIME-WAIT，超出的直接关掉。"
    ),
    switch!(
        tcp_rfc1337,
        "1: a RST does not end TIME-WAIT.",
        "1：收到 RST 也不结束 TIME-WAIT。"
    ),
    count!(
        somaxconn,
        0,
        INT,
        "net.core.somaxconn: most connections that wait for accept(2), whatever listen(2) asks for.",
        "即 net.core.somaxconn：等待 accept(2) 的连接数上限，listen(2) 要再多也没用。"
    ),
    switch!(
        tcp_abort_on_overflow,
        "1: a connection that finds the accept queue full is reset; 0: its last ACK is ignored.",
        "accept 队列满了怎么办。1：发 RST；0：忽略握手最后一个 ACK。"
    ),
    switch!(
        tcp_syncookies,
        "1: SYNs are answered without keeping state when too many wait.",
        "1：等待的 SYN 太多时不保存状态也照样应答。"
    ),
    time!(
        tcp_keepalive_time,
        Seconds,
        0,
        INT,
        "Silence before the first TCP keep-alive probe, where a program turns probing on and does not say (TCP_KEEPIDLE).",
        "程序开了 TCP keepalive 却没设 TCP_KEEPIDLE 时，静默多久发第一个探测。"
    ),
    time!(
        tcp_keepalive_intvl,
        Seconds,
        0,
        INT,
        "Time between probes, where a program does not say (TCP_KEEPINTVL).",
        "程序没设 TCP_KEEPINTVL 时，探测的间隔。"
    ),
    count!(
        tcp_keepalive_probes,
        0,
        255,
        "Probes without an answer before the connection is given up, where a program does not say (TCP_KEEPCNT).",
        "程序没设 TCP_KEEPCNT 时，几个探测没回应就放弃连接。"
    ),
    count!(
        tcp_pingpong_thresh,
        1,
        255,
        "Replies after which a connection counts as interactive, so that ACKs are delayed.",
        "应答几次之后算作交互式连接，从而延迟 ACK。"
    ),
    time!(
        tcp_invalid_ratelimit,
        Millis,
        0,
        INT,
        "Empty segments that do not fit are answered at most once in this time.",
        "对不合法的空报文段，这段时间里最多回应一次。"
    ),
    switch!(
        tcp_sack,
        "Selective acknowledgments.",
        "选择性确认（SACK）。"
    ),
    switch!(
        tcp_dsack,
        "Duplicates are reported by selective acknowledgments.",
        "用 SACK 报告收到的重复数据。"
    ),
    switch!(tcp_timestamps, "Timestamps.", "时间戳。"),
    switch!(tcp_window_scaling, "Window scaling.", "窗口扩大。"),
    row!(
        ip_local_port_range,
        Kind::Word(Word::PortRange),
        |h| {
            let [first, last] = h.sysctl.kernel.ip_local_port_range;
            Some(Given::Word(format!("{first} {last}")))
        },
        |h, given| {
            let text = given.and_then(Given::word).unwrap_or_default();
            if let Some(range) = port_range(&text) {
                h.sysctl.kernel.ip_local_port_range = range;
            }
        },
        "First and last local port of connections. Those to one place need one each, in TIME-WAIT, too; without one connect(2) fails: EADDRNOTAVAIL.",
        "连接的本地端口从几到几。到同一个地方的每条连接各占一个，TIME-WAIT 里的也算；用完了 connect(2) 就报 EADDRNOTAVAIL。"
    ),
    row!(
        tcp_rmem,
        Kind::Word(Word::Buffers),
        |h| {
            let [initial, most] = h.sysctl.kernel.tcp_rmem;
            let least = h.sysctl.tcp_rmem_least;
            Some(Given::Word(format!("{least} {initial} {most}")))
        },
        |h, given| {
            let text = given.and_then(Given::word).unwrap_or_default();
            if let Some([least, initial, most]) = buffers(&text) {
                h.sysctl.tcp_rmem_least = least;
                h.sysctl.kernel.tcp_rmem = [initial, most];
            }
        },
        "Bytes of the receive buffer: least (memory pressure is not modelled), at first, at most.",
        "接收缓冲区的字节数：最小（没有模拟内存压力）、初始、最大。"
    ),
    switch!(
        tcp_moderate_rcvbuf,
        "1: the receive buffer grows with what the program reads.",
        "1：接收缓冲区随程序读取的速度增长。"
    ),
    row!(
        tcp_congestion_control,
        Kind::Choice(Choices::Congestion),
        |h| {
            let algorithm = h.sysctl.kernel.tcp_congestion_control;
            let mut all = CONGESTION.iter();
            let choice = all.find(|(_, known)| *known == algorithm);
            choice.map(|(choice, _)| Given::Word(choice.id.to_owned()))
        },
        |h, given| {
            let word = given.and_then(Given::word).unwrap_or_default();
            if let Some((_, algorithm)) = CONGESTION.iter().find(|(choice, _)| choice.id == word) {
                h.sysctl.kernel.tcp_congestion_control = *algorithm;
            }
        },
        "How the congestion window moves.",
        "拥塞窗口怎样变化。"
    ),
    switch!(
        tcp_slow_start_after_idle,
        "1: the congestion window shrinks while nothing is sent.",
        "1：一段时间不发数据，拥塞窗口就收缩。"
    ),
    count!(
        tcp_early_retrans,
        0,
        4,
        "3 or 4: a lost tail is probed for before the timeout (TLP); else not.",
        "3 或 4：超时之前先探测尾部丢包（TLP）；其他值：不探测。"
    ),
    count!(
        tcp_min_tso_segs,
        1,
        255,
        "Segments that leave in one piece at least, however slow the path.",
        "路径再慢，一次至少发出几个报文段。"
    ),
    switch!(
        tcp_retrans_collapse,
        "1: small segments are merged when they are sent again.",
        "1：重传时合并小报文段。"
    ),
];
