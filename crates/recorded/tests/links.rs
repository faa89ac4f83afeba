//! The same capture in other clothes: each link layer, family, unit and order of bytes says the same; cut and one-sided ones say what they can.

use std::fs;
use std::path::Path;
use whyeof_diagnose::diagnose_capture;
use whyeof_render::import::{self, Capture, How, Speech};

/// A captured packet: seconds, nanoseconds, its bytes from the IP header on.
type Packet = (u32, u32, Vec<u8>);

/// The packets of a recorded capture: raw IPv4, nanoseconds, little endian.
fn packets(name: &str) -> Vec<Packet> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps");
    let bytes = fs::read(path.join(format!("{name}.pcap"))).expect("a capture");
    assert_eq!(bytes[..4], 0xa1b2_3c4d_u32.to_le_bytes());
    let number = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().expect("four bytes"));
    let (mut at, mut all) = (24, Vec::new());
    while at < bytes.len() {
        let len = number(at + 8) as usize;
        let data = bytes[at + 16..at + 16 + len].to_vec();
        all.push((number(at), number(at + 4), data));
        at += 16 + len;
    }
    all
}

/// How a capture is written.
#[derive(Clone, Copy)]
struct Clothes {
    link: u32,
    /// What stands before each packet; told whether the server sent it.
    head: fn(bool) -> Vec<u8>,
    number: fn(u32) -> [u8; 4],
    /// Nanoseconds in a unit of its times, and the magic number that says so.
    unit: (u32, u32),
    /// So many bytes of a packet are kept.
    snap: usize,
}

const RAW: Clothes = Clothes {
    link: 101,
    head: |_| Vec::new(),
    number: u32::to_le_bytes,
    unit: (1, 0xa1b2_3c4d),
    snap: 65_535,
};

impl Clothes {
    fn file(self, packets: &[Packet]) -> Vec<u8> {
        let n = self.number;
        let versions = match n(1) == 1_u32.to_le_bytes() {
            true => [2, 0, 4, 0],
            false => [0, 2, 0, 4],
        };
        let head = [
            n(self.unit.1),
            versions,
            n(0),
            n(0),
            n(65_535),
            n(self.link),
        ];
        let mut out = head.concat();
        for (seconds, nanos, data) in packets {
            let is_v4 = data[0] >> 4 == 4;
            let from_server = if is_v4 { data[15] == 2 } else { data[23] == 2 };
            let mut frame = (self.head)(from_server);
            frame.extend(data);
            let whole = u32::try_from(frame.len()).expect("short");
            frame.truncate(self.snap);
            let kept = u32::try_from(frame.len()).expect("short");
            out.extend([n(*seconds), n(nanos / self.unit.0), n(kept), n(whole)].concat());
            out.extend(frame);
        }
        out
    }
}

/// The same packets in IPv6.
fn v6(packets: &[Packet]) -> Vec<Packet> {
    let each = packets.iter().map(|(seconds, nanos, data)| {
        let address = |last: u8| {
            let mut address = [0; 16];
            (address[0], address[15]) = (0xfd, last);
            address
        };
        let tcp = &data[20..];
        let len = u16::try_from(tcp.len()).expect("short").to_be_bytes();
        let head = [0x60, 0, 0, 0, len[0], len[1], 6, 64];
        let ends = [address(data[15]), address(data[19])].concat();
        (*seconds, *nanos, [&head[..], &ends, tcp].concat())
    });
    each.collect()
}

fn opened(bytes: &[u8]) -> Capture {
    let capture = import::open(bytes).expect("it can be read");
    assert_eq!(capture.broken, None);
    capture
}

/// What is found, in order.
fn told(capture: &Capture) -> Vec<(String, Option<u32>)> {
    let report = diagnose_capture(&capture.trace);
    let findings = report.findings.iter();
    let told = findings.map(|it| (it.title.en.to_string(), it.request.map(|it| it.0)));
    told.collect()
}

const CAPTURES: [&str; 3] = [
    "15d-fin-lost-client",
    "13-graceful-shutdown-go-server",
    "16-never-used-connection-client",
];

/// Every link layer, unit and order of bytes, and whether its frames say which way they went.
const ALL: [(Clothes, bool); 9] = [
    (RAW, false),
    (Clothes { link: 228, ..RAW }, false),
    // Ethernet, and with a VLAN.
    (
        Clothes {
            link: 1,
            head: |_| [vec![2; 12], vec![8, 0]].concat(),
            ..RAW
        },
        false,
    ),
    (
        Clothes {
            link: 1,
            head: |_| [vec![2; 12], vec![0x81, 0, 0, 7, 8, 0]].concat(),
            ..RAW
        },
        false,
    ),
    // Linux cooked, both versions; BSD loopback.
    (
        Clothes {
            link: 113,
            head: |out| {
                [
                    vec![0, 4 * u8::from(out), 0, 1, 0, 6],
                    vec![0; 8],
                    vec![8, 0],
                ]
                .concat()
            },
            ..RAW
        },
        true,
    ),
    (
        Clothes {
            link: 276,
            head: |out| {
                [
                    vec![8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4 * u8::from(out), 6],
                    vec![0; 8],
                ]
                .concat()
            },
            ..RAW
        },
        true,
    ),
    (
        Clothes {
            link: 0,
            head: |_| vec![2, 0, 0, 0],
            ..RAW
        },
        false,
    ),
    // Microseconds; the other order of bytes.
    (
        Clothes {
            unit: (1_000, 0xa1b2_c3d4),
            ..RAW
        },
        false,
    ),
    (
        Clothes {
            number: u32::to_be_bytes,
            ..RAW
        },
        false,
    ),
];

#[test]
fn every_link_layer_says_the_same() {
    for name in CAPTURES {
        let packets = packets(name);
        let plain = opened(&RAW.file(&packets));
        assert!(!told(&plain).is_empty());
        for (clothes, says_way) in ALL {
            let capture = opened(&clothes.file(&packets));
            assert_eq!(
                capture.trace.flows, plain.trace.flows,
                "{name} {}",
                clothes.link
            );
            if says_way {
                // There the server's packets left, so that is where it was taken.
                assert_eq!(capture.how, How::Direction);
                let servers = capture
                    .flows
                    .iter()
                    .all(|it| it.tap == whyeof_trace::Side::Listener);
                assert!(servers, "{name}");
            } else {
                assert_eq!(told(&capture), told(&plain), "{name} {}", clothes.link);
            }
        }
    }
}

#[test]
fn ipv6_says_the_same() {
    for name in CAPTURES {
        let packets = packets(name);
        let plain = opened(&RAW.file(&packets));
        let capture = opened(&RAW.file(&v6(&packets)));
        assert!(capture.flows[0].ends[0].0.is_ipv6());
        let without = |told: Vec<(String, Option<u32>)>| -> Vec<_> {
            told.into_iter()
                .filter(|it| !it.0.contains("refused"))
                .collect()
        };
        // A server that refuses is named by its address.
        assert_eq!(without(told(&capture)), without(told(&plain)), "{name}");
    }
}

/// Heads that are cut are read as far as they go, and what the IP header says of lengths holds.
#[test]
fn a_snap_length_hides_heads_and_no_more() {
    for name in CAPTURES {
        let packets = packets(name);
        let plain = opened(&RAW.file(&packets));
        // Header, options, and the first bytes of a request.
        for snap in [40, 64, 80] {
            let capture = opened(&Clothes { snap, ..RAW }.file(&packets));
            assert_eq!(capture.trace.flows, plain.trace.flows, "{name} {snap}");
            let data = |capture: &Capture| -> u64 {
                let all = capture
                    .trace
                    .records
                    .iter()
                    .filter_map(|it| it.event.segment());
                all.map(|it| u64::from(it.len)).sum()
            };
            assert_eq!(data(&capture), data(&plain), "{name} {snap}");
            let speaks = capture.flows.iter().any(|it| it.speech == Speech::Http1);
            assert_eq!(speaks, snap > 52, "{name} {snap}");
        }
    }
}

/// Of one direction only, its requests or its answers are read, and nothing is said of what cannot be known.
#[test]
fn one_direction_is_read_for_what_it_is() {
    for name in CAPTURES {
        for from in [1, 2] {
            let mut packets = packets(name);
            packets.retain(|(_, _, data)| data[15] == from);
            let capture = opened(&RAW.file(&packets));
            assert!(
                capture.flows.iter().any(|it| it.speech == Speech::Http1),
                "{name} {from}"
            );
            assert!(capture.trace.messages.len() > 4, "{name} {from}");
        }
    }
}

/// What two interfaces saw is there once.
#[test]
fn a_packet_that_was_captured_twice_is_one() {
    for name in CAPTURES {
        let packets = packets(name);
        let twice = packets.iter().flat_map(|it| {
            let (seconds, nanos, data) = it.clone();
            [
                it.clone(),
                (seconds, (nanos + 20_000).min(999_999_999), data),
            ]
        });
        let twice: Vec<Packet> = twice.collect();
        let (plain, capture) = (opened(&RAW.file(&packets)), opened(&RAW.file(&twice)));
        let records = |capture: &Capture| capture.trace.records.len();
        // What has neither an identification nor a time stamp (RSTs) may be two.
        let missed = records(&capture) - records(&plain);
        assert!(missed <= 16, "{name}: {missed}");
        assert!(
            capture.counts.copies > 40,
            "{name}: {}",
            capture.counts.copies
        );
    }
}
