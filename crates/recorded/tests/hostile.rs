//! Captures that are cut, damaged or made up: an error with the byte, and whatever stood before it; never a panic.

use proptest::prelude::*;
use std::fs;
use std::path::Path;
use whyeof_diagnose::diagnose_capture;
use whyeof_render::formats::{self, Case};
use whyeof_render::import::{self, Capture, Import};
use whyeof_render::wire::Wire;
use whyeof_trace::Lang;

/// Small real captures of several kinds: a race, losses, a restart, a large head.
const KEPT: [&str; 6] = [
    "15d-fin-lost-client",
    "15h-server-reboot-server",
    "15r-rst-overtakes-fin-client",
    "12-slow-header-go-client",
    "15c-response-lost-once-server",
    "11c-connect-closed-port-client",
];

fn pcap(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps");
    fs::read(path.join(format!("{name}.pcap"))).expect("a capture")
}

/// The same run as pcapng, with comments and options in it.
fn pcapng(name: &str) -> Vec<u8> {
    let capture = import::open(&pcap(name)).expect("it can be read");
    let trace = capture.trace;
    let format = formats::by_id("pcapng").expect("a format");
    format.of(&Case::from(&trace), Lang::En).bytes().to_vec()
}

/// Everything that is made of a capture.
fn used(capture: &Capture) {
    let trace = capture.part(&[]);
    assert!(trace.records.is_sorted_by_key(|it| it.time));
    let _ = diagnose_capture(&trace);
    let rows = import::list(capture, &diagnose_capture(&capture.trace));
    assert_eq!(rows.len(), trace.flows.len());
    let _ = Wire::new(&trace);
    for id in ["text", "tcpdump", "json"] {
        let format = formats::by_id(id).expect("a format");
        let _ = format.of(&Case::from(&trace), Lang::Zh);
    }
}

fn checked(bytes: &[u8]) {
    match import::open(bytes) {
        Ok(capture) => {
            if let Some(broken) = &capture.broken {
                assert!(broken.offset <= bytes.len() as u64, "{broken}");
            }
            used(&capture);
        }
        Err(invalid) => assert!(invalid.offset <= bytes.len() as u64, "{invalid}"),
    }
}

#[test]
fn every_cut_is_an_error_that_names_the_byte() {
    for bytes in [pcap(KEPT[4]), pcapng(KEPT[4])] {
        let whole = import::open(&bytes).expect("it can be read");
        assert_eq!(whole.broken, None);
        // Where a packet or block ends, a file may end.
        let mut ends = 0;
        for len in 0..bytes.len() {
            match import::open(&bytes[..len]) {
                Err(invalid) => assert!(invalid.offset <= len as u64, "{len}: {invalid}"),
                Ok(capture) => match capture.broken {
                    Some(broken) => assert!(broken.offset < len as u64, "{len}: {broken}"),
                    None => ends += 1,
                },
            }
        }
        let packets = usize::try_from(whole.counts.packets).expect("few");
        assert!(ends < packets, "{ends} of {packets}");
    }
}

#[test]
fn pieces_of_any_size_say_the_same() {
    let bytes = pcapng(KEPT[0]);
    let whole = import::open(&bytes).expect("it can be read").trace;
    for size in [1, 7, 64, 4096] {
        let mut import = Import::default();
        for piece in bytes.chunks(size) {
            import.feed(piece).expect("nothing is wrong with it");
        }
        let capture = import.finish(None).expect("it can be read");
        assert_eq!(capture.trace, whole, "{size}");
    }
}

proptest! {
    #[test]
    fn damaged_bytes_do_no_harm(
        which in 0..KEPT.len(),
        as_pcapng in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = if as_pcapng { pcapng(KEPT[which]) } else { pcap(KEPT[which]) };
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        checked(&bytes);
    }

    /// Behind the file's and each packet's header anything may stand.
    #[test]
    fn packets_of_anything_do_no_harm(
        link in prop::sample::select(vec![0_u32, 1, 101, 113, 228, 276]),
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..20),
    ) {
        let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
        bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(65_535_u32.to_le_bytes());
        bytes.extend(link.to_le_bytes());
        for packet in packets {
            let len = u32::try_from(packet.len()).expect("short").to_le_bytes();
            bytes.extend([[1, 0, 0, 0], [1, 0, 0, 0], len, len].concat());
            bytes.extend(packet);
        }
        checked(&bytes);
    }
}
