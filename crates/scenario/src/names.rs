//! Names with several addresses: `"names": { "api": { "hosts": "s1 s2 s3" } }`.

use crate::kind::{Choice, Choices, Given, Kind, Word, is_name};
use crate::manual;
use crate::rows::{Need, Row, chosen};
use crate::v1::{Name, Order, Pick, Scenario};
use whyeof_trace::Text;

/// The most names of a scenario, and the most machines of one.
pub const MAX_NAMES: usize = 16;

/// Keys of a name, besides itself.
pub(crate) static NAME: [Row<Name>; 3] = [
    Row {
        key: "hosts",
        label: Text::new("Machines", "机器"),
        help: manual::says(Text::new(
            "The machines that it stands for, in the order in which a resolver lists them.",
            "这个名字对应的机器，按解析结果的顺序写。",
        )),
        kind: Kind::Word(Word::Hosts),
        need: Need::Required,
        get: |n| Some(Given::Word(n.hosts.join(" "))),
        put: |n, given| {
            let words = given.and_then(Given::word).unwrap_or_default();
            n.hosts = words.split_whitespace().map(str::to_owned).collect();
        },
    },
    Row {
        key: "order",
        label: Text::new("Which first", "先用哪台"),
        help: manual::says(Text::new(
            "Each in its turn, any of them, or always the first. With a pick for each connection, as DNS has it, one that refuses is followed by the next; for each request, as a balancer in the client has it, the request fails.",
            "轮流、随机，或者总用第一台。按连接选（像 DNS）时，拒绝连接的接着试下一台；按请求选（像客户端里的负载均衡）时，请求直接失败。",
        )),
        kind: Kind::Choice(Choices::Order),
        need: Need::Optional,
        get: |n| Some(Given::Word(n.order.choice().id.to_owned())),
        put: |n, given| n.order = chosen(given, &Order::ALL, |order| order.choice().id),
    },
    Row {
        key: "pick",
        label: Text::new("Picked for each", "每次挑选针对"),
        help: manual::says(Text::new(
            "Each request: the caller names the machine in the URL, and the client has a pool for each. Each connection: the URL has the name, as with DNS, and one pool holds connections to all of them.",
            "每个请求：调用方在 URL 里写明机器，客户端对每台各有一个连接池。每条连接：URL 里是名字，像 DNS 那样，一个池里混着到各台的连接。",
        )),
        kind: Kind::Choice(Choices::Pick),
        need: Need::Optional,
        get: |n| Some(Given::Word(n.pick.choice().id.to_owned())),
        put: |n, given| n.pick = chosen(given, &Pick::ALL, |pick| pick.choice().id),
    },
];

impl Order {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 3] = [Self::RoundRobin, Self::Random, Self::First];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::RoundRobin => Choice {
                id: "round-robin",
                label: Text::new("each in its turn", "轮流"),
            },
            Self::Random => Choice {
                id: "random",
                label: Text::new("any", "随机"),
            },
            Self::First => Choice {
                id: "first",
                label: Text::new("always the first", "总是第一台"),
            },
        }
    }
}

impl Pick {
    /// Both, in the order menus show them.
    pub const ALL: [Self; 2] = [Self::Request, Self::Connection];

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Request => Choice {
                id: "request",
                label: Text::new("request", "请求"),
            },
            Self::Connection => Choice {
                id: "connection",
                label: Text::new("connection", "连接"),
            },
        }
    }
}

/// `s1 s2 s3`: names of machines, each once.
pub(crate) fn hosts(text: &str) -> Option<Vec<&str>> {
    let mut hosts = Vec::new();
    for host in text.split_whitespace() {
        if !is_name(host) || hosts.contains(&host) || hosts.len() == MAX_NAMES {
            return None;
        }
        hosts.push(host);
    }
    (!hosts.is_empty()).then_some(hosts)
}

impl Scenario {
    /// The machines that a host part of a target may mean: those of a name, or the machine of that name.
    pub fn meant<'a>(&'a self, host: &'a str) -> Vec<&'a str> {
        let name = self.names.iter().find(|name| name.name == host);
        match name {
            Some(name) => name.hosts.iter().map(String::as_str).collect(),
            None => vec![host],
        }
    }
}
