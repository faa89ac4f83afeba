//! `rule-matched-nothing`: somebody typed an iptables rule that no packet has met.
//!
//! On a host's INPUT the destination is this host, on its OUTPUT the source is: a rule that says it the other way round, or that stands
//! in the other chain, sees nothing, and nothing says so but its counter. If the rule turned round, or moved to the other chain, would
//! have seen packets of this run, that is what was meant.
//! Facts: seeds 004 (the article's own INPUT rule), linux-tcp §7.4.

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::text::Text;
use std::fmt::Write;
use whyeof_trace::filter::{Block, Chain, Is, Match, Seen, Typed};
use whyeof_trace::{Event, FaultEvent, Packet, Record, RecordId, Segment, SegmentEvent, Trace};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "rule-matched-nothing",
    title: Text::new(
        "An iptables rule that no packet has met",
        "一条什么都没匹配到的 iptables 规则",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "iptables -L -v shows how many packets have met each rule. A rule with 0 packets has done nothing. On a host's INPUT the destination is this host and the source is the other end; on its OUTPUT it is the other way round. FORWARD sees only what passes through, which a client or a server of its own never is.",
        "iptables -L -v 会列出每条规则匹配了多少个包，0 个就是没起作用。在一台机器的 INPUT 上，目的地址是本机，源地址是对端；OUTPUT 反过来。FORWARD 只看转发的包，客户端和服务器自己的流量都不经过它。",
    ),
    severity: Severity::Cause,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let trace = reading.trace;
    for typed in &trace.commands {
        if let Some((chain, rule)) = &typed.rule
            && typed.packets == 0
            && let Some(at) = typed_at(trace, typed.fault)
        {
            let why = why(trace, typed, at, *chain, &rule.matches);
            found.add(&KIND, None, || word(reading, typed, at, *chain, &why));
        }
    }
}

fn typed_at(trace: &Trace, number: u16) -> Option<RecordId> {
    let is = |r: &&Record| matches!(r.event, Event::Fault(FaultEvent::Typed { fault, .. }) if fault == number);
    trace.records.iter().find(is).map(|r| r.id)
}

/// Why it saw nothing.
enum Why {
    /// The shell refused it, with these words.
    Refused(String),
    /// It had been taken away before such a packet came.
    Gone,
    /// An earlier rule decided on the packets that it is about.
    Behind,
    /// This is what was meant, likely.
    Meant(Chain, Match),
    /// There was nothing like it.
    Nothing,
}

/// What would have seen packets after that moment.
fn why(trace: &Trace, typed: &Typed, at: RecordId, chain: Chain, matches: &Match) -> Why {
    if let Some(said) = answer(trace, at) {
        return Why::Refused(said);
    }
    let gone = taken_away(trace, typed, at, chain);
    let meets = |records: &[Record], chain: Chain, matches: &Match| {
        let mut records = records.iter();
        records.any(|record| passes(trace, record, typed, chain, matches))
    };
    let (in_force, after) = trace.records[at.index()..].split_at(gone - at.index());
    if meets(in_force, chain, matches) {
        return Why::Behind;
    }
    if meets(after, chain, matches) {
        return Why::Gone;
    }
    let passes = |chain: Chain, matches: &Match| meets(in_force, chain, matches);
    let turned = matches.reversed();
    let other = match chain {
        Chain::Input => Chain::Output,
        Chain::Output | Chain::Forward => Chain::Input,
    };
    let mut likely = vec![
        (chain, turned.clone()),
        (other, matches.clone()),
        (other, turned),
    ];
    if chain == Chain::Forward {
        likely.push((Chain::Output, matches.clone()));
        likely.retain(|(chain, _)| *chain != Chain::Forward);
    }
    let meant = likely
        .into_iter()
        .find(|(chain, matches)| passes(*chain, matches));
    meant.map_or(Why::Nothing, |(chain, matches)| Why::Meant(chain, matches))
}

/// What a command that adds a rule printed: only one that was refused prints anything.
fn answer(trace: &Trace, at: RecordId) -> Option<String> {
    let Event::Fault(FaultEvent::Typed { output, .. }) = trace.record(at).event else {
        return None;
    };
    let said = trace.text(output?);
    Some(said.lines().next().unwrap_or_default().to_owned())
}

/// The position of the record from which on a rule is no longer there: its chain is flushed, it is deleted (`-D` with a number may
/// be another one), or the machine loses power; else the number of records.
fn taken_away(trace: &Trace, typed: &Typed, at: RecordId, chain: Chain) -> usize {
    let own = words(trace.text(typed.line));
    let takes = |record: &&Record| match record.event {
        Event::Fault(FaultEvent::PoweredOff) => true,
        Event::Fault(FaultEvent::Typed { line, .. }) => {
            let words = words(trace.text(line));
            match words.as_slice() {
                ["iptables", "-F" | "--flush"] => true,
                ["iptables", "-F" | "--flush", of] => *of == chain.name(),
                ["iptables", "-D" | "--delete", of, rest @ ..] if *of == chain.name() => {
                    let by_number = rest.len() == 1;
                    by_number || own.ends_with(rest)
                }
                _ => false,
            }
        }
        _ => false,
    };
    let mut later = trace.records[at.index() + 1..].iter();
    let gone = later.find(|record| record.host == typed.host && takes(record));
    gone.map_or(trace.records.len(), |record| record.id.index())
}

/// A command without what goes before it.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace()
        .skip_while(|word| *word == "sudo")
        .collect()
}

/// Whether a packet that such a rule is about was in such a chain of that host.
fn passes(trace: &Trace, record: &Record, typed: &Typed, chain: Chain, matches: &Match) -> bool {
    let segment: Segment = match (chain, record.event) {
        (Chain::Input, Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s))))
        | (Chain::Output, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))) => s,
        _ => return false,
    };
    let sender = whyeof_trace::SocketId {
        flow: segment.flow,
        side: segment.from,
    };
    let (from, to) = (trace.address(sender), trace.address(sender.peer()));
    let seen = Seen {
        addresses: [from.0, to.0],
        ports: [from.1, to.1],
        segment: &segment,
    };
    record.host == typed.host && matches.fits(&seen)
}

fn word(reading: &Reading<'_>, typed: &Typed, at: RecordId, chain: Chain, why: &Why) -> Finding {
    let trace = reading.trace;
    let (host, name) = (&trace.host(typed.host).name, chain.name());
    let whose = whose(host, chain);
    let because = match why {
        Why::Refused(said) => Text::made(
            format!("it was not installed (`{said}`)."),
            format!("没有装上（`{said}`）。"),
        ),
        Why::Gone => Text::new(
            "it had been taken away again before such a packet came.",
            "这样的包还没来，它就被删掉了。",
        ),
        Why::Behind => Text::new(
            "an earlier rule of this chain had decided on the packets that it is about; -I puts a rule first.",
            "它要管的包，前面的规则已经处理了；用 -I 可以插到最前面。",
        ),
        Why::Meant(chain, matches) => {
            let said = said(trace, *chain, matches);
            Text::made(
                format!(
                    "{}. Did you mean `{said}`? That one would have met packets.",
                    whose.en
                ),
                format!("{}。是不是想写 `{said}`？那样就能匹配到。", whose.zh),
            )
        }
        Why::Nothing => Text::made(
            format!(
                "{}, and no later packet was like it even the other way round.",
                whose.en
            ),
            format!("{}；反过来写，之后也没有这样的包。", whose.zh),
        ),
    };
    let mut steps = Steps::new(reading);
    let line = trace.text(typed.line).trim();
    steps.add(
        Some(at),
        EvidenceRole::Typed,
        Text::made(
            format!("`{line}` was typed on {host}"),
            format!("在 {host} 上敲了 `{line}`"),
        ),
    );
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("The rule in {name} of {host} matched nothing"),
            format!("{host} 上 {name} 里的规则什么都没匹配到"),
        ),
        explanation: Text::made(
            format!("`{line}` has met 0 packets: {}", because.en),
            format!("`{line}` 匹配了 0 个包：{}", because.zh),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    }
}

/// Which way packets go in a chain.
fn whose(host: &str, chain: Chain) -> Text {
    match chain {
        Chain::Input => Text::made(
            format!("on the INPUT of {host} the destination is {host}"),
            format!("在 {host} 的 INPUT 上，目的地址是 {host} 自己"),
        ),
        Chain::Output => Text::made(
            format!("on the OUTPUT of {host} the source is {host}"),
            format!("在 {host} 的 OUTPUT 上，源地址是 {host} 自己"),
        ),
        Chain::Forward => Text::made(
            format!("{host} passes nothing on"),
            format!("{host} 不转发任何包"),
        ),
    }
}

/// A rule's chain, ends and ports as they are typed: `INPUT -p tcp -s client --sport 42974`.
fn said(trace: &Trace, chain: Chain, matches: &Match) -> String {
    let mut said = chain.name().to_owned();
    if matches.is_tcp {
        said.push_str(" -p tcp");
    }
    for (option, block) in [("-s", matches.source), ("-d", matches.destination)] {
        let Some(Is { not, value }) = block else {
            continue;
        };
        let not = if not { " !" } else { "" };
        let _ = write!(said, "{not} {option} {}", address(trace, value));
    }
    for (option, ports) in [("--sport", matches.sport), ("--dport", matches.dport)] {
        let Some(Is {
            not,
            value: (from, to),
        }) = ports
        else {
            continue;
        };
        let not = if not { " !" } else { "" };
        let _ = match from == to {
            true => write!(said, "{not} {option} {from}"),
            false => write!(said, "{not} {option} {from}:{to}"),
        };
    }
    said
}

fn address(trace: &Trace, block: Block) -> String {
    let known = trace.hosts.iter().find(|h| h.address == block.address);
    match known.filter(|_| block.bits == 32) {
        Some(host) => host.name.clone(),
        None => format!("{}/{}", block.address, block.bits),
    }
}
