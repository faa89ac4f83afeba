//! What goes wrong with packets: the keys of a fault, in the words of the rules that the recordings were made with.
//!
//! A fault has one time, `at` or `after` another fault, and one action key, whose object says which packets. Commands typed at a
//! shell (`on`, `run`) stand in the same list; they are `iptables.rs`.

use crate::kind::{Choice, Choices, Given, Kind, Word, is_name};
use crate::manual;
use crate::rows::{HOUR, Need, Row, chosen, span};
use crate::span::{Span, Unit};
use crate::v1::{After, Effect, Fault, Packets, Place, Refusal, Then};
use whyeof_trace::{Flags, Text};

/// Keys of a fault, besides its name and its action.
pub(crate) static FAULT: [Row<Fault>; 3] = [
    Row {
        key: "at",
        label: Text::new("From", "开始"),
        help: manual::says(Text::new(
            "When it begins, counted from the start of the run.",
            "从什么时刻起生效，从运行开始算起。",
        )),
        kind: span(HOUR),
        need: Need::Optional,
        get: |f| Some(Given::span(f.at)),
        put: |f, given| f.at = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "after",
        label: Text::new("After", "在此之后"),
        help: manual::says(Text::new(
            "Another fault, and how long after the first packet that it hits this one begins: \"m + 300ms\".",
            "另一个故障的名字，以及它第一次命中之后多久开始，例如 \"m + 300ms\"。",
        )),
        kind: Kind::Word(Word::After),
        need: Need::Optional,
        get: |f| f.after.as_ref().map(|after| Given::Word(after_text(after))),
        put: |f, given| f.after = given.and_then(Given::word).and_then(|word| after(&word)),
    },
    Row {
        key: "for",
        label: Text::new("Lasts", "持续"),
        help: manual::says(Text::new(
            "Not set: to the end of the run.",
            "不设置就一直到运行结束。",
        )),
        kind: Kind::Span {
            bare: Unit::Millis,
            min: Span(1),
            max: HOUR,
        },
        need: Need::Optional,
        get: |f| f.lasts.map(Given::span),
        put: |f, given| f.lasts = given.and_then(Given::duration),
    },
];

const COUNT: Kind = Kind::Count {
    unit: Text::same(""),
    min: 1,
    max: 1_000_000,
};

/// Which packets an action is about.
pub(crate) static PACKETS: [Row<Packets>; 10] = [
    Row {
        key: "conn",
        label: Text::new("Connection", "连接"),
        help: manual::says(Text::new(
            "Its number, in the order of the SYNs; 1 is the first.",
            "连接的编号，按 SYN 的先后，从 1 起。",
        )),
        kind: COUNT,
        need: Need::Optional,
        get: |p| p.conn.map(|conn| Given::Count(conn.into())),
        put: |p, given| p.conn = given.and_then(Given::count),
    },
    Row {
        key: "from",
        label: Text::new("Sender", "发送方"),
        help: manual::says(Text::new(
            "The host that sends the packet.",
            "发出这个包的主机。",
        )),
        kind: Kind::Word(Word::Name),
        need: Need::Optional,
        get: |p| p.from.clone().map(Given::Word),
        put: |p, given| p.from = given.and_then(Given::word),
    },
    Row {
        key: "to",
        label: Text::new("Receiver", "接收方"),
        help: manual::says(Text::new(
            "The host that the packet is for.",
            "这个包要去的主机。",
        )),
        kind: Kind::Word(Word::Name),
        need: Need::Optional,
        get: |p| p.to.clone().map(Given::Word),
        put: |p, given| p.to = given.and_then(Given::word),
    },
    Row {
        key: "port",
        label: Text::new("Port", "端口"),
        help: manual::says(Text::new("A port at either end.", "任意一端的端口。")),
        kind: Kind::Count {
            unit: Text::same(""),
            min: 1,
            max: 65_535,
        },
        need: Need::Optional,
        get: |p| p.port.map(|port| Given::Count(port.into())),
        put: |p, given| p.port = given.and_then(Given::count),
    },
    Row {
        key: "has",
        label: Text::new("With flags", "带有标志"),
        help: manual::says(Text::new(
            "Control bits that are all set, by their letters: S, F, R, P, A.",
            "这些标志位都要有，用字母表示：S、F、R、P、A。",
        )),
        kind: Kind::Word(Word::Flags),
        need: Need::Optional,
        get: |p| given_flags(p.has),
        put: |p, given| p.has = taken_flags(given),
    },
    Row {
        key: "lacks",
        label: Text::new("Without flags", "不带标志"),
        help: manual::says(Text::new(
            "Control bits of which none is set.",
            "这些标志位一个也不能有。",
        )),
        kind: Kind::Word(Word::Flags),
        need: Need::Optional,
        get: |p| given_flags(p.lacks),
        put: |p, given| p.lacks = taken_flags(given),
    },
    Row {
        key: "data",
        label: Text::new("With data", "带数据"),
        help: manual::says(Text::new(
            "Whether the packet carries data. Not set: either.",
            "包里有没有数据。不设置就不限。",
        )),
        kind: Kind::Switch,
        need: Need::Optional,
        get: |p| p.data.map(Given::Switch),
        put: |p, given| {
            p.data = match given {
                Some(Given::Switch(on)) => Some(on),
                _ => None,
            };
        },
    },
    Row {
        key: "contains",
        label: Text::new("Contains", "包含文本"),
        help: manual::says(Text::new(
            "Text in the first line of the message that begins in the packet.",
            "包里开头那条消息的第一行含有这段文本。",
        )),
        kind: Kind::Word(Word::Line),
        need: Need::Optional,
        get: |p| p.contains.clone().map(Given::Word),
        put: |p, given| p.contains = given.and_then(Given::word),
    },
    Row {
        key: "nth",
        label: Text::new("From the n-th on", "从第几个起"),
        help: manual::says(Text::new(
            "Which of the packets that match is the first to be hit.",
            "从符合条件的第几个包开始命中。",
        )),
        kind: COUNT,
        need: Need::Optional,
        get: |p| Some(Given::Count(p.nth.into())),
        put: |p, given| p.nth = given.and_then(Given::count).unwrap_or(1),
    },
    Row {
        key: "count",
        label: Text::new("How many", "命中几个"),
        help: manual::says(Text::new(
            "How many packets are hit at most. Not set: all.",
            "最多命中几个包。不设置就是全部。",
        )),
        kind: COUNT,
        need: Need::Optional,
        get: |p| p.count.map(|count| Given::Count(count.into())),
        put: |p, given| p.count = given.and_then(Given::count),
    },
];

/// What a delay says besides.
static DELAY: [Row<Packets>; 1] = [Row {
    key: "by",
    label: Text::new("By", "推迟"),
    help: manual::says(Text::new(
        "How much longer the packet takes. Others overtake it.",
        "包多花的时间，别的包会先到。",
    )),
    kind: Kind::Span {
        bare: Unit::Millis,
        min: Span(1),
        max: HOUR,
    },
    need: Need::Required,
    get: |p| Some(Given::span(p.by)),
    put: |p, given| p.by = given.and_then(Given::duration).unwrap_or_default(),
}];

/// What a drop says besides.
static DROP: [Row<Packets>; 1] = [Row {
    key: "where",
    label: Text::new("Where", "在哪里"),
    help: manual::says(Text::new(
        "Between the hosts, where the sender cannot know; or in the sender's own OUTPUT chain, where its TCP learns of it.",
        "在两台主机之间，发送方不知情；或者在发送方自己的 OUTPUT 链，它的 TCP 会知道。",
    )),
    kind: Kind::Choice(Choices::Place),
    need: Need::Optional,
    get: |p| Some(Given::Word(p.place.choice().id.to_owned())),
    put: |p, given| p.place = chosen(given, &Place::ALL, |place| place.choice().id),
}];

/// What a rejection says besides.
static REJECT: [Row<Packets>; 1] = [Row {
    key: "with",
    label: Text::new("With", "回应"),
    help: manual::says(Text::new(
        "What the receiver's host tells the sender, as iptables names it after --reject-with.",
        "接收方主机怎样告知发送方，用 iptables --reject-with 的叫法。",
    )),
    kind: Kind::Choice(Choices::Refusal),
    need: Need::Optional,
    get: |p| Some(Given::Word(p.refusal.choice().id.to_owned())),
    put: |p, given| p.refusal = chosen(given, &Refusal::ALL, |refusal| refusal.choice().id),
}];

/// What a box on the way says besides. Both directions of a connection count, whichever is named.
static FORGET: [Row<Packets>; 2] = [
    Row {
        key: "idle",
        label: Text::new("Idle limit", "空闲上限"),
        help: manual::says(Text::new(
            "How long no packet may pass before the box forgets the connection: AWS NAT gateway and NLB 350s, Azure load balancer 4m, IPVS 900s, Linux conntrack 5 days.",
            "多久没有包经过，中间设备就忘记这条连接：AWS NAT 网关和 NLB 350s，Azure 负载均衡 4m，IPVS 900s，Linux conntrack 5 天。",
        )),
        kind: Kind::Span {
            bare: Unit::Millis,
            min: Span(1),
            max: HOUR,
        },
        need: Need::Required,
        get: |p| Some(Given::span(p.idle)),
        put: |p, given| p.idle = given.and_then(Given::duration).unwrap_or_default(),
    },
    Row {
        key: "then",
        label: Text::new("Then", "之后"),
        help: manual::says(Text::new(
            "What becomes of packets of a connection that it has forgotten.",
            "忘记之后，这条连接的包怎么处理。",
        )),
        kind: Kind::Choice(Choices::Then),
        need: Need::Optional,
        get: |p| Some(Given::Word(p.then.choice().id.to_owned())),
        put: |p, given| p.then = chosen(given, &Then::ALL, |then| then.choice().id),
    },
];

impl Then {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 4] = [Self::Drop, Self::Reset, Self::ResetBoth, Self::Learn];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Drop => Choice {
                id: "drop",
                label: Text::new("lost, nobody is told", "丢掉，不通知"),
            },
            Self::Reset => Choice {
                id: "reset",
                label: Text::new("RST to whoever sends", "谁发就给谁回 RST"),
            },
            Self::ResetBoth => Choice {
                id: "reset-both",
                label: Text::new("RST to both as it forgets", "忘记时给两端各发 RST"),
            },
            Self::Learn => Choice {
                id: "learn",
                label: Text::new("remembered anew", "重新记住"),
            },
        }
    }
}

impl Effect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Drop,
        Self::Reject,
        Self::Delay,
        Self::Duplicate,
        Self::Mark,
        Self::Forget,
    ];

    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Reject => "reject",
            Self::Delay => "delay",
            Self::Duplicate => "duplicate",
            Self::Mark => "mark",
            Self::Forget => "forget",
        }
    }

    /// What it does.
    pub const fn about(self) -> Text {
        match self {
            Self::Drop => Text::new("The packets are lost.", "包丢了。"),
            Self::Reject => Text::new(
                "The packets are lost, and their sender is told.",
                "包丢了，并且通知发送方。",
            ),
            Self::Delay => Text::new(
                "The packets take longer, and others may overtake them.",
                "包晚到，可能被后面的包超过。",
            ),
            Self::Duplicate => Text::new("The packets arrive twice.", "包到达两次。"),
            Self::Forget => Text::new(
                "A box on the way (NAT, load balancer, firewall) forgets connections that are idle for too long.",
                "中间设备（NAT、负载均衡、防火墙）会忘记空闲太久的连接。",
            ),
            Self::Mark => Text::new(
                "Nothing happens to the packets: another fault can begin after one.",
                "对包什么也不做，只用来给别的故障定起点。",
            ),
        }
    }

    /// What it says besides which packets.
    pub(crate) fn rows(self) -> &'static [Row<Packets>] {
        match self {
            Self::Drop => &DROP,
            Self::Reject => &REJECT,
            Self::Delay => &DELAY,
            Self::Forget => &FORGET,
            Self::Duplicate | Self::Mark => &[],
        }
    }
}

impl Place {
    /// Both, in the order menus show them.
    pub const ALL: [Self; 2] = [Self::Link, Self::Output];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Link => Choice {
                id: "link",
                label: Text::new("between the hosts", "两台主机之间"),
            },
            Self::Output => Choice {
                id: "output",
                label: Text::new("sender's OUTPUT chain", "发送方的 OUTPUT 链"),
            },
        }
    }
}

impl Refusal {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 6] = [
        Self::Port,
        Self::Host,
        Self::Net,
        Self::Protocol,
        Self::Admin,
        Self::TcpReset,
    ];

    pub(crate) const fn choice(self) -> Choice {
        let id = match self {
            Self::Port => "icmp-port-unreachable",
            Self::Host => "icmp-host-unreachable",
            Self::Net => "icmp-net-unreachable",
            Self::Protocol => "icmp-proto-unreachable",
            Self::Admin => "icmp-admin-prohibited",
            Self::TcpReset => "tcp-reset",
        };
        Choice {
            id,
            label: Text::same(id),
        }
    }
}

/// The name of the fault at this position when it is given none.
pub(crate) fn default_name(position: usize) -> String {
    format!("f{}", position + 1)
}

/// `m + 300ms`, or `m` alone.
pub(crate) fn after(text: &str) -> Option<After> {
    let (fault, start) = text.split_once('+').unwrap_or((text, "0"));
    let (fault, start) = (fault.trim(), start.trim());
    let is_plain = start.starts_with(|c: char| c.is_ascii_digit());
    let start = Span::parse(start, Unit::Millis).filter(|span| is_plain && *span <= HOUR)?;
    let start = start.duration()?;
    is_name(fault).then(|| After {
        fault: fault.to_owned(),
        start,
    })
}

fn after_text(after: &After) -> String {
    let After { fault, start } = after;
    if start.is_zero() {
        return fault.clone();
    }
    format!("{fault} + {}", Span::from(*start))
}

/// Control bits by the recordings' letters: `FA`.
pub(crate) fn flags(text: &str) -> Option<Flags> {
    let bit = |letter| match letter {
        'S' => Some(Flags::SYN),
        'F' => Some(Flags::FIN),
        'R' => Some(Flags::RST),
        'P' => Some(Flags::PSH),
        'A' => Some(Flags::ACK),
        _ => None,
    };
    let mut all = Flags::default();
    for letter in text.chars() {
        all = all.with(bit(letter)?);
    }
    (!text.is_empty()).then_some(all)
}

fn given_flags(flags: Flags) -> Option<Given> {
    let letters = flags.letters();
    (!letters.is_empty()).then_some(Given::Word(letters))
}

fn taken_flags(given: Option<Given>) -> Flags {
    let word = given.and_then(Given::word).unwrap_or_default();
    flags(&word).unwrap_or_default()
}
