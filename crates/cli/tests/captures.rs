//! Runs written as captures: each packet reads back as what the trace has, and tshark says of it what we do.

mod support;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_file::pcapng::{Block, PcapNgReader};
use std::path::PathBuf;
use std::process::Command;
use support::whyeof;
use whyeof_render::formats::{self, Case};
use whyeof_render::import;
use whyeof_render::wire::{Again, Fate, Kind, Passage, Wire};
use whyeof_scenario::{Lang, build, presets};
use whyeof_sim::world::run;
use whyeof_trace::{Culprit, Event, Flags, HostId, Packet, Role, SegmentEvent, Trace};

fn trace_of(preset: &str) -> Trace {
    let scenario = presets::find(preset).expect("a preset").scenario();
    run(build(&scenario).expect("a plan"))
}

fn capture(trace: &Trace, format: &str) -> Vec<u8> {
    let format = formats::by_id(format).expect("a format");
    format.of(&Case::from(trace), Lang::En).bytes().to_vec()
}

fn host(trace: &Trace, role: Role) -> HostId {
    let program = trace.programs.iter().find(|it| it.role == role);
    program.expect("a program").host
}

/// A packet of a capture: when, and what.
#[derive(Debug, PartialEq)]
struct Seen {
    nanos: u128,
    ports: [u16; 2],
    seq: u32,
    ack: u32,
    flags: Flags,
    len: usize,
}

/// Each TCP packet, with its checksums tried.
fn read_back(file: &[u8]) -> Vec<Seen> {
    let mut reader = PcapNgReader::new(file).expect("a section");
    let mut seen = Vec::new();
    while let Some(block) = reader.next_block() {
        let (Block::EnhancedPacket(packet), _) = block.expect("a block") else {
            continue;
        };
        assert_eq!(packet.data.len(), packet.original_len as usize);
        let sliced = SlicedPacket::from_ip(&packet.data).expect("an IP packet");
        let Some(NetSlice::Ipv4(ip)) = &sliced.net else {
            panic!("no IPv4");
        };
        let header = ip.header();
        assert_eq!(
            header.header_checksum(),
            header.to_header().calc_header_checksum()
        );
        let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else {
            continue;
        };
        let sum = tcp
            .to_header()
            .calc_checksum_ipv4(&header.to_header(), tcp.payload());
        assert_eq!(tcp.checksum(), sum.expect("short enough"));
        let bits = [
            (tcp.fin(), Flags::FIN),
            (tcp.syn(), Flags::SYN),
            (tcp.rst(), Flags::RST),
            (tcp.psh(), Flags::PSH),
            (tcp.ack(), Flags::ACK),
        ];
        let set = bits.into_iter().filter(|(set, _)| *set).map(|(_, bit)| bit);
        seen.push(Seen {
            nanos: packet.timestamp.as_nanos(),
            ports: [tcp.source_port(), tcp.destination_port()],
            seq: tcp.sequence_number(),
            ack: tcp.acknowledgment_number(),
            flags: set.fold(Flags(0), Flags::with),
            len: tcp.payload().len(),
        });
    }
    seen
}

/// What a host's capture has to have, by the trace.
fn expected(trace: &Trace, host: HostId) -> Vec<Seen> {
    let here = trace.records.iter().filter(|record| record.host == host);
    let segments = here.filter_map(|record| match record.event {
        Event::Segment(
            SegmentEvent::Sent(Packet::Tcp(segment)) | SegmentEvent::Arrived(Packet::Tcp(segment)),
        ) => Some((record.time, segment)),
        _ => None,
    });
    let seen = segments.map(|(time, segment)| {
        let flow = trace.flow(segment.flow);
        Seen {
            nanos: u128::from(time.nanos()),
            ports: [flow.port(segment.from), flow.port(segment.from.peer())],
            seq: segment.seq.0,
            ack: segment.ack.0,
            flags: segment.flags,
            len: usize::from(segment.len),
        }
    });
    seen.collect()
}

/// Where no packet filter has a say, a capture has what its host sent and got, to the nanosecond, and its checksums are right.
#[test]
fn every_capture_reads_back_as_the_trace() {
    let mut packets = 0;
    for preset in presets::ALL {
        let trace = trace_of(preset.id);
        for (format, role) in [("pcapng", Role::Client), ("pcapng-server", Role::Server)] {
            let seen = read_back(&capture(&trace, format));
            packets += seen.len();
            if trace.commands.is_empty() {
                let expected = expected(&trace, host(&trace, role));
                assert_eq!(seen, expected, "{} {format}", preset.id);
            }
        }
    }
    assert!(packets > 10_000, "{packets}");
}

/// What is exported can be opened: the same packets with the same numbers, the requests by name, and each answer where the run had one.
#[test]
fn every_capture_can_be_opened() {
    let mut requests = 0;
    for preset in presets::ALL {
        let trace = trace_of(preset.id);
        for format in ["pcapng", "pcapng-server"] {
            let file = capture(&trace, format);
            let Ok(opened) = import::open(&file) else {
                // A host that nothing came to, or that nothing left.
                assert!(read_back(&file).is_empty(), "{} {format}", preset.id);
                continue;
            };
            assert_eq!((opened.broken.as_ref(), opened.counts.copies), (None, 0));
            let again = opened.trace;
            let start = read_back(&file)[0].nanos;
            let seen = again
                .records
                .iter()
                .filter_map(|record| match record.event {
                    Event::Segment(
                        SegmentEvent::Sent(Packet::Tcp(it))
                        | SegmentEvent::Arrived(Packet::Tcp(it)),
                    ) => Some((u128::from(record.time.nanos()), it.flags, it.len)),
                    _ => None,
                });
            let expected = read_back(&file);
            let expected = expected.iter().map(|it| {
                (
                    it.nanos - start,
                    it.flags,
                    u16::try_from(it.len).expect("short"),
                )
            });
            assert!(seen.eq(expected), "{} {format}", preset.id);
            let said = |trace: &Trace, begins: &str| {
                let heads = trace.messages.iter().map(|it| trace.text(it.head));
                heads.filter(|it| it.starts_with(begins)).count()
            };
            let most = said(&trace, "HTTP/1.1 ");
            assert!(said(&again, "HTTP/1.1 ") <= most, "{} {format}", preset.id);
            requests += again.requests.len();
        }
    }
    assert!(requests > 500, "{requests}");
}

/// Of a packet filter's victims a capture at the receiver has those that its own rules threw away when they came, and at the sender none that never left.
#[test]
fn a_capture_stands_in_front_of_the_chains() {
    let trace = trace_of("silent-switch-iptables-as-meant");
    let seen = read_back(&capture(&trace, "pcapng-server"));
    let expected = expected(&trace, host(&trace, Role::Server));
    let more = seen.iter().filter(|it| !expected.contains(it)).count();
    let fewer = expected.iter().filter(|it| !seen.contains(it)).count();
    let lost_by = |is: fn(Culprit) -> bool| {
        let wire = Wire::new(&trace);
        let lost = wire
            .passages
            .iter()
            .filter(|it| matches!(it.fate, Fate::Lost { by, .. } if is(by)));
        lost.count()
    };
    let came = lost_by(|by| matches!(by, Culprit::Rule(_)));
    let stayed = lost_by(|by| matches!(by, Culprit::OwnRule(_)));
    assert_eq!((more, fewer), (came, stayed));
    assert!(came > 4 && stayed > 4);
}

/// A proxy's host sees both of its sides; and a name that there is none of is told.
#[test]
fn any_host_can_be_captured_at() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("elb.pcapng");
    let path = file.display().to_string();
    let at = |host: &str| {
        whyeof(&[
            "run",
            "two-keep-alives-elb",
            "--format",
            "pcapng",
            "--host",
            host,
            "-o",
            &path,
        ])
    };
    assert_eq!(at("elb").status, 0);
    let seen = read_back(&std::fs::read(&file).expect("a file"));
    let mut servers: Vec<u16> = seen
        .iter()
        .map(|it| it.ports.into_iter().min().unwrap_or(0))
        .collect();
    servers.sort_unstable();
    servers.dedup();
    assert_eq!(servers.len(), 2, "{servers:?}");
    let none = at("nowhere");
    assert!(
        none.err.contains("--host: `nowhere`: expected one of"),
        "{}",
        none.err
    );
}

/// What tshark says of a file: the numbers of the frames that a filter shows.
fn tshark(file: &str, filter: &str) -> Vec<u32> {
    let mut command = Command::new("tshark");
    let command = command.args([
        "-r",
        file,
        "-Y",
        filter,
        "-T",
        "fields",
        "-e",
        "frame.number",
    ]);
    let command = command.args([
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
    ]);
    let out = command.output().expect("tshark runs");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let out = String::from_utf8_lossy(&out.stdout).into_owned();
    out.lines()
        .map(|line| line.parse().expect("a number"))
        .collect()
}

/// tshark reads the files without an error, and its own analysis finds as many retransmissions, keep-alive probes and resets from the client as we drew.
#[test]
fn tshark_says_the_same() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("tshark is not installed: what it says of captures is not compared");
        return;
    }
    for preset in [
        "pyroscope-idle-race",
        "probes-and-idle-timeout",
        "silent-switch",
        "fin-lost",
        "rst-lost",
        "nat-350s-probes",
        "body-unread-read",
        "server-reboot",
        "firewall-reject",
    ] {
        let trace = trace_of(preset);
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{preset}.pcapng"));
        std::fs::write(&file, capture(&trace, "pcapng")).expect("a file");
        let path = file.display().to_string();
        let says = |filter: &str| tshark(&path, filter).len();
        let wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0";
        assert_eq!(says(wrong), 0, "{preset}");
        let wire = Wire::new(&trace);
        let client = host(&trace, Role::Client);
        let sent = wire
            .passages
            .iter()
            .filter(|it| trace.host_of(it.from) == client);
        let count = |is: fn(&Passage) -> bool| sent.clone().filter(|it| is(it)).count();
        let from = format!("ip.src == {}", trace.host(client).address);
        let ours = [
            count(|it| it.again == Again::Retransmitted),
            count(|it| it.kind == Kind::Probe),
            count(|it| it.kind == Kind::Reset),
        ];
        let theirs = [
            "tcp.analysis.retransmission",
            "tcp.analysis.keep_alive",
            "tcp.flags.reset == 1",
        ];
        let theirs = theirs.map(|what| says(&format!("{from} && {what}")));
        assert_eq!(theirs, ours, "{preset}");
    }
}
