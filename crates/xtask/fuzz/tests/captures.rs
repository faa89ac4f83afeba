//! Captures that claim or hold more than is kept.

use whyeof_render::import::{self, What};

/// A pcap file's header: microseconds, raw IPv4.
fn pcap() -> Vec<u8> {
    let numbers = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101];
    numbers.iter().flat_map(|it| it.to_le_bytes()).collect()
}

/// A record's header.
fn record(bytes: &mut Vec<u8>, len: u32) {
    let numbers = [0, 0, len, len];
    bytes.extend(numbers.iter().flat_map(|it: &u32| it.to_le_bytes()));
}

/// A SYN from this address and port.
fn syn(bytes: &mut Vec<u8>, from: u32) {
    record(bytes, 40);
    let ip = [0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0];
    bytes.extend(ip);
    bytes.extend([10, 0, (from >> 24) as u8, (from >> 16) as u8, 192, 0, 2, 1]);
    bytes.extend([(from >> 8) as u8, from as u8, 0, 80]);
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0]);
}

#[test]
fn a_packet_that_claims_more_than_sixteen_mebibytes_is_refused_where_it_stands() {
    const CLAIM: u32 = (16 << 20) + 1;
    let mut bytes = pcap();
    syn(&mut bytes, 1);
    let at = bytes.len() as u64;
    record(&mut bytes, CLAIM);
    bytes.extend([0; 64]);
    let capture = import::open(&bytes).expect("the packet before it");
    assert_eq!((capture.counts.packets, capture.flows.len()), (1, 1));
    let broken = capture.broken.expect("it breaks off");
    assert!(matches!(broken.what, What::TooLong(claim) if claim > u64::from(CLAIM)));
    assert_eq!(broken.offset, at);
}

#[test]
fn connections_beyond_the_bound_are_counted() {
    const MOST: u32 = 250_000;
    let mut bytes = pcap();
    (0..MOST + 3).for_each(|from| syn(&mut bytes, from));
    let capture = import::open(&bytes).expect("a capture");
    assert_eq!(capture.flows.len(), MOST as usize);
    assert_eq!((capture.counts.left_out, capture.broken), (3, None));
}

/// A segment of the first connection's opener, with its data from this number on.
fn data(bytes: &mut Vec<u8>, seq: u32, data: &[u8]) {
    let len = u16::try_from(40 + data.len()).expect("a packet");
    record(bytes, len.into());
    bytes.extend([0x45, 0]);
    bytes.extend(len.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 0, 192, 0, 2, 1]);
    bytes.extend([0, 1, 0, 80]);
    bytes.extend(seq.to_be_bytes());
    bytes.extend([0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(data);
}

/// A connection on which these requests are sent, one a packet or many.
fn asked(packets: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut bytes = pcap();
    syn(&mut bytes, 1);
    let mut seq = 2_u32;
    for packet in packets {
        data(&mut bytes, seq, &packet);
        seq = seq.wrapping_add(u32::try_from(packet.len()).expect("a packet"));
    }
    bytes
}

#[test]
fn messages_beyond_the_bound_are_counted_and_said() {
    const MOST: usize = 250_000;
    const A_PACKET: usize = 3_500;
    let packet = b"GET / HTTP/1.1\r\n\r\n".repeat(A_PACKET);
    let packets = MOST.div_ceil(A_PACKET);
    let bytes = asked((0..packets).map(|_| packet.clone()));
    let capture = import::open(&bytes).expect("a capture");
    assert_eq!(capture.trace.messages.len(), MOST);
    // What is beyond a bound is counted and said, never cut silently (SECURITY.md).
    let beyond = packets * A_PACKET - MOST;
    let about = capture.about(whyeof_trace::Lang::En);
    let said = format!("{beyond} HTTP messages beyond the bound left out");
    assert!(about.contains(&said), "{about}");
}

#[test]
fn a_head_that_is_kept_in_part_is_counted_and_said() {
    let head = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(60_000));
    let capture = import::open(&asked([head.into_bytes()])).expect("a capture");
    let trace = &capture.trace;
    assert_eq!(trace.text(trace.messages[0].head).len(), 8 << 10);
    let about = capture.about(whyeof_trace::Lang::En);
    assert!(about.contains("of 1 heads the end left out"), "{about}");
}
