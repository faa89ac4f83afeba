//! Segments, as scripts write them and as the engine has them.

use crate::packet::{Options, Packet, TcpOption};
use whyeof_sim::tables::Tables;
use whyeof_trace::{
    Flags, FlowId, SackBlocks, Segment, Seq, SeqRange, Side, SynOptions, TcpOptions,
};

/// The window of a segment that states none, and of what it is scaled by: 64 KiB.
fn window_of(packet: &Packet, shift: u8) -> u16 {
    const WINDOW: u32 = 65_536;
    let shift = if packet.flags.has(Flags::SYN) {
        0
    } else {
        shift
    };
    let window = u16::try_from(WINDOW >> shift).unwrap_or(u16::MAX);
    packet.win.unwrap_or(window)
}

/// A script's segment as the engine takes it. `shift`: what its sender scales windows by.
pub(crate) fn segment(packet: &Packet, from: Side, shift: u8, tables: &mut Tables) -> Segment {
    let options = options_of(packet);
    Segment {
        flow: FlowId(0),
        from,
        flags: packet.flags,
        window: window_of(packet, shift),
        seq: Seq(packet.seq),
        ack: Seq(packet.ack.unwrap_or(0)),
        timestamps: packet.timestamps(),
        options: options.map(|options| tables.options(options)),
        len: packet.len,
    }
}

/// What a segment carries besides timestamps. A SYN without options is one with a maximum segment size of 536 bytes.
fn options_of(packet: &Packet) -> Option<TcpOptions> {
    let Options::These(options) = &packet.options else {
        return None;
    };
    if !packet.flags.has(Flags::SYN) {
        return sack(options);
    }
    let mut syn = SynOptions {
        mss: whyeof_sim::kernel::sysctl::MSS_DEFAULT,
        sack_ok: false,
        window_scale: None,
    };
    for option in options {
        match option {
            TcpOption::Mss(mss) => syn.mss = *mss,
            TcpOption::SackOk => syn.sack_ok = true,
            TcpOption::WindowScale(shift) => syn.window_scale = Some(*shift),
            _ => {}
        }
    }
    Some(TcpOptions::Syn(syn))
}

fn sack(options: &[TcpOption]) -> Option<TcpOptions> {
    let blocks = options.iter().find_map(|option| match option {
        TcpOption::Sack(blocks) => Some(blocks),
        _ => None,
    })?;
    let block = |&(start, end): &(u32, u32)| SeqRange {
        start: Seq(start),
        len: end.wrapping_sub(start),
    };
    let blocks: SackBlocks = blocks.iter().map(block).collect();
    Some(TcpOptions::Sack(blocks))
}

/// The engine's segment as a script would write it.
pub(crate) fn written(segment: &Segment, tables: &Tables) -> Packet {
    let options = segment.options;
    let options = options.and_then(|id| tables.options.get(id.index()));
    let stamps = segment.timestamps;
    let stamps = stamps.map(|(val, ecr)| TcpOption::Timestamps(val, ecr));
    let options = match options {
        Some(TcpOptions::Syn(syn)) => syn_options(*syn, stamps),
        Some(TcpOptions::Sack(blocks)) => other_options(stamps, Some(*blocks)),
        None => other_options(stamps, None),
    };
    Packet {
        flags: segment.flags,
        seq: segment.seq.0,
        len: segment.len,
        ack: segment.flags.has(Flags::ACK).then_some(segment.ack.0),
        win: Some(segment.window),
        options: Options::These(options),
    }
}

/// `tcp_options_write`: SACK permitted takes the place of the padding before timestamps, where there are any.
fn syn_options(syn: SynOptions, stamps: Option<TcpOption>) -> Vec<TcpOption> {
    let mut options = vec![TcpOption::Mss(syn.mss)];
    match (syn.sack_ok, stamps) {
        (true, Some(stamps)) => options.extend([TcpOption::SackOk, stamps]),
        (false, Some(stamps)) => options.extend([TcpOption::Nop, TcpOption::Nop, stamps]),
        (true, None) => options.extend([TcpOption::Nop, TcpOption::Nop, TcpOption::SackOk]),
        (false, None) => {}
    }
    if let Some(shift) = syn.window_scale {
        options.extend([TcpOption::Nop, TcpOption::WindowScale(shift)]);
    }
    options
}

/// `tcp_options_write`, of any segment but a SYN.
fn other_options(stamps: Option<TcpOption>, blocks: Option<SackBlocks>) -> Vec<TcpOption> {
    let mut options = Vec::new();
    if let Some(stamps) = stamps {
        options.extend([TcpOption::Nop, TcpOption::Nop, stamps]);
    }
    if let Some(blocks) = blocks {
        let edges = |block: &SeqRange| (block.start.0, block.end().0);
        let blocks = blocks.as_slice().iter().map(edges).collect();
        options.extend([TcpOption::Nop, TcpOption::Nop, TcpOption::Sack(blocks)]);
    }
    options
}
