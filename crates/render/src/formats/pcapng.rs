//! A run as a capture, as tcpdump would take it at one of its hosts: raw IP packets with nanoseconds, and comments on what happened.
//!
//! There stands what left the host and what came to it: not what its own packet filter kept from leaving, but what its own filter threw away when it
//! came, as on Linux, where a capture stands in front of the chains. Times are the run's, counted from 1970.

use super::{Case, Format, Name, Shown, Write};
use crate::because::because;
use crate::datagram;

use crate::text::{self, Lang, Text};
use crate::wire::{Fate, Wire, culprit, sender};
use litemap::LiteMap;
use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::{PcapNgBlock, PcapNgWriter};
use std::borrow::Cow;
use std::time::Duration;
use whyeof_diagnose::diagnose_any;
use whyeof_trace::{
    Culprit, Event, HostId, Packet, Record, RecordId, Role, SegmentEvent, Trace, Vantage,
};

/// The format's entry: at the first client.
pub const FORMAT: Format = Format {
    name: Name {
        id: "pcapng",
        label: Text {
            en: "Capture at the client, pcapng",
            zh: "客户端抓包，pcapng",
        },
        extension: "client.pcapng",
        mime: "application/x-pcapng",
        shown: Shown::Elsewhere,
    },
    write: Write::Bytes(|case, lang| write(case, Role::Client, lang)),
};

/// The file, as taken at this host, or at the first with a program of this role.
pub(super) fn write(case: &Case<'_>, role: Role, lang: Lang) -> Vec<u8> {
    let trace = case.trace;
    let mut programs = trace.programs.iter();
    let of_role = programs.find(|it| it.role == role).map(|it| it.host);
    // What was captured was captured at one host only.
    let tap = match trace.vantage {
        Vantage::Tap(host) => Some(host),
        Vantage::Everywhere => None,
    };
    let host = tap.or(case.host).or(of_role).unwrap_or(HostId(0));
    // A Vec takes everything, and what is written is in order.
    file(trace, host, lang).unwrap_or_default()
}

fn file(
    trace: &Trace,
    host: HostId,
    lang: Lang,
) -> Result<Vec<u8>, pcap_file::pcapng::PcapNgWriteError> {
    let program = concat!("whyeof ", env!("CARGO_PKG_VERSION"));
    let section = SectionHeaderBlock {
        options: vec![SectionHeaderOption::UserApplication(Cow::Borrowed(program))],
        ..SectionHeaderBlock::default()
    };
    let mut out = PcapNgWriter::with_section_header(Vec::new(), section)?;
    let name = &trace.host(host).name;
    out.write_block(
        &InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Borrowed(name)),
                InterfaceDescriptionOption::IfTsResol(InterfaceTsResolution::NANO),
            ],
        }
        .into_block(),
    )?;
    let wire = Wire::new(trace);
    let told = told(trace, lang);
    for record in &trace.records {
        let Some(packet) = seen(trace, &wire, record, host) else {
            continue;
        };
        let data = datagram::bytes(&wire, &packet);
        let comment = comment(&wire, record, &told, lang);
        let comment =
            comment.map(|it| EnhancedPacketOption::Common(CommonOption::Comment(it.into())));
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_nanos(record.time.nanos()),
            original_len: u32::try_from(data.len()).unwrap_or(u32::MAX),
            data: data.into(),
            options: comment.into_iter().collect(),
        };
        out.write_block(&block.into_block())?;
    }
    Ok(out.into_inner())
}

/// The packet that a capture at this host sees in a record.
fn seen(trace: &Trace, wire: &Wire<'_>, record: &Record, host: HostId) -> Option<Packet> {
    let Event::Segment(event) = record.event else {
        return None;
    };
    match event {
        SegmentEvent::Sent(packet) => {
            let fate = wire.passage(record.id)?.fate;
            let kept = matches!(
                fate,
                Fate::Lost {
                    by: Culprit::OwnRule(_),
                    ..
                }
            );
            (record.host == host && !kept).then_some(packet)
        }
        SegmentEvent::Arrived(packet) => (record.host == host).then_some(packet),
        SegmentEvent::Dropped { packet, by } => {
            let Culprit::Rule(rule) = by else {
                return None;
            };
            let mut typed = trace.commands.iter();
            let here = typed.any(|it| it.fault == rule && it.host == host);
            (here && trace.host_of(sender(&packet).peer()) == host).then_some(packet)
        }
    }
}

/// What findings say of records.
fn told(trace: &Trace, lang: Lang) -> LiteMap<RecordId, String> {
    let mut told: LiteMap<RecordId, String> = LiteMap::new();
    for finding in &diagnose_any(trace).findings {
        for step in &finding.evidence {
            let line = format!("{}: {}", finding.title.of(lang), step.text.of(lang));
            match told.get_mut(&step.record) {
                Some(lines) => {
                    lines.push('\n');
                    lines.push_str(&line);
                }
                None => drop(told.insert(step.record, line)),
            }
        }
    }
    told
}

/// Why it was sent, what became of it, and what a finding says of it; `None`: nothing that the packet does not say.
fn comment(
    wire: &Wire<'_>,
    record: &Record,
    told: &LiteMap<RecordId, String>,
    lang: Lang,
) -> Option<String> {
    let is_sent = matches!(record.event, Event::Segment(SegmentEvent::Sent(_)));
    let why = is_sent.then(|| because(wire, record.id, lang)).flatten();
    let why = why.map(|why| text::BECAUSE.fill(lang, &[("why", &why)]));
    let lost = match (record.event, wire.passage(record.id)?.fate) {
        (Event::Segment(SegmentEvent::Arrived(_)), _) => None,
        (_, Fate::Lost { by, .. }) => {
            let by = culprit(wire.trace, by, lang);
            Some(text::LOST_BY.fill(lang, &[("by", &by)]))
        }
        _ => None,
    };
    let lines = [why, lost, told.get(&record.id).cloned()];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
