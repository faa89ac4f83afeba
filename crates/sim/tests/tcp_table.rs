//! Totality: every state against every segment, call and timer, as one table. A surprise shows up in review.
//!
//! The client of a warm connection (100 bytes asked, 200 answered); numbers as in linux-tcp §8. In brackets: what read(2)
//! would then say, where a program still has the socket. Timers stand where they are armed.

use expect_test::expect_file;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::kernel::sysctl::Sysctl;
use whyeof_sim::outbox::{Outbox, Output};
use whyeof_sim::plan::KeepAlive;
use whyeof_sim::stack::{Stray, stray};
use whyeof_sim::tcp::calls::{More, Shutdown};
use whyeof_sim::tcp::options::{SocketOption, SocketOptions};
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::request::AcceptQueue;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    Flags, FlowId, Segment, Seq, Side, SocketId, State, SynOptions, TcpOptions, Time, TimerKind,
    Unreachable,
};

const NOW: Time = Time::from_secs(5);

fn tcb(side: Side) -> Tcb {
    Tcb::new(TcbConfig {
        socket: SocketId {
            flow: FlowId(0),
            side,
        },
        iss: Seq(0),
        options: SocketOptions {
            no_delay: true,
            ..SocketOptions::default()
        },
        sysctl: Arc::new(Sysctl::default()),
        tick: Duration::from_millis(4),
        ts_offset: 0,
    })
}

fn segment(flags: Flags, seq: u32, len: u16, ack: u32) -> Segment {
    Segment {
        flow: FlowId(0),
        from: Side::Listener,
        flags,
        window: if flags.has(Flags::SYN) { 64_240 } else { 64 },
        seq: Seq(seq),
        ack: Seq(ack),
        timestamps: None,
        options: None,
        len,
    }
}

const DATA: Flags = Flags(Flags::PSH.0 | Flags::ACK.0);
const FIN: Flags = Flags(Flags::FIN.0 | Flags::ACK.0);

/// Both ends' SYN: as Linux sends it, without timestamps, so that tables stay short.
const SYN: Option<TcpOptions> = Some(TcpOptions::Syn(SynOptions {
    mss: 1_460,
    sack_ok: true,
    window_scale: Some(10),
}));

type Step = fn(&mut Tcb, &mut Outbox);

fn gets(t: &mut Tcb, now: Time, segment: &Segment, out: &mut Outbox) -> Answer {
    let options = SYN.filter(|_| segment.flags.has(Flags::SYN));
    t.segment_arrives(now, segment, options, AcceptQueue::Room, out)
}

fn warm(t: &mut Tcb, out: &mut Outbox) {
    let at = Time::from_millis;
    t.connect(at(0), out);
    let syn_ack = segment(Flags(Flags::SYN.0 | Flags::ACK.0), 0, 0, 1);
    gets(t, at(10), &syn_ack, out);
    let _ = t.write(at(10), 100, More::No, out);
    gets(t, at(20), &segment(DATA, 1, 200, 101), out);
    t.read(at(20), u32::MAX, out);
}

fn closed(t: &mut Tcb, out: &mut Outbox) {
    warm(t, out);
    t.close(NOW, out);
}

fn shut(t: &mut Tcb, out: &mut Outbox) {
    warm(t, out);
    let _ = t.shutdown(NOW, Shutdown::Write, out);
}

fn left(t: &mut Tcb, out: &mut Outbox) {
    warm(t, out);
    gets(t, NOW, &segment(FIN, 201, 0, 101), out);
}

/// The states, and how each comes about. LISTEN is no TCB's: a listener's answers are in `listen` below.
const STATES: [(&str, Step); 13] = [
    ("CLOSED", |_, _| {}),
    ("SYN-SENT", |t, out| t.connect(Time::ZERO, out)),
    ("SYN-RECEIVED", |t, out| {
        *t = tcb(Side::Listener);
        let syn = segment(Flags::SYN, 0, 0, 0);
        t.listen_arrives(Time::ZERO, &syn, SYN, false, out);
    }),
    ("ESTABLISHED", warm),
    ("ESTABLISHED with data in flight", |t, out| {
        warm(t, out);
        let _ = t.write(NOW, 30, More::No, out);
    }),
    ("FIN-WAIT-1", shut),
    ("FIN-WAIT-1 of nobody", closed),
    ("FIN-WAIT-2", |t, out| {
        shut(t, out);
        gets(t, NOW, &segment(Flags::ACK, 201, 0, 102), out);
    }),
    ("FIN-WAIT-2 of nobody", |t, out| {
        closed(t, out);
        gets(t, NOW, &segment(Flags::ACK, 201, 0, 102), out);
    }),
    ("CLOSE-WAIT", left),
    ("CLOSING", |t, out| {
        closed(t, out);
        gets(t, NOW, &segment(FIN, 201, 0, 101), out);
    }),
    ("LAST-ACK", |t, out| {
        left(t, out);
        t.close(NOW, out);
    }),
    ("TIME-WAIT", |t, out| {
        closed(t, out);
        gets(t, NOW, &segment(FIN, 201, 0, 102), out);
    }),
];

const SOON: Time = Time::from_millis(5_001);

fn next(t: &Tcb) -> u32 {
    t.info().rcv_nxt.0
}

fn all(t: &Tcb) -> u32 {
    t.info().snd_nxt.0
}

/// A segment in order that acknowledges all that was sent; `seq` and `ack` shift it.
struct Kind {
    name: &'static str,
    flags: Flags,
    len: u16,
    seq: i64,
    ack: i64,
}

const fn kind(name: &'static str, flags: Flags, len: u16, seq: i64, ack: i64) -> Kind {
    Kind {
        name,
        flags,
        len,
        seq,
        ack,
    }
}

const SYN_ACK: Flags = Flags(Flags::SYN.0 | Flags::ACK.0);
const RST_ACK: Flags = Flags(Flags::RST.0 | Flags::ACK.0);
const FIN_DATA: Flags = Flags(Flags::FIN.0 | DATA.0);
const FAR: i64 = 1 << 20;

/// Every kind of segment.
const KINDS: [Kind; 24] = [
    kind("S", Flags::SYN, 0, 0, 0),
    kind("S far", Flags::SYN, 0, FAR, 0),
    kind("S.", SYN_ACK, 0, 0, 0),
    kind("S. ack +1", SYN_ACK, 0, 0, 1),
    kind(".", Flags::ACK, 0, 0, 0),
    kind(". old", Flags::ACK, 0, -1, 0),
    kind(". far", Flags::ACK, 0, FAR, 0),
    kind(". ack -1", Flags::ACK, 0, 0, -1),
    kind(". ack +1", Flags::ACK, 0, 0, 1),
    kind(". ack far below", Flags::ACK, 0, 0, -FAR),
    kind("P. 50", DATA, 50, 0, 0),
    kind("P. 50 early", DATA, 50, 10, 0),
    kind("P. 50 overlapping", DATA, 50, -10, 0),
    kind("P. 50 old", DATA, 50, -50, 0),
    kind("P. 50 far", DATA, 50, FAR, 0),
    kind("F.", FIN, 0, 0, 0),
    kind("F. early", FIN, 0, 10, 0),
    kind("F. old", FIN, 0, -1, 0),
    kind("FP. 50", FIN_DATA, 50, 0, 0),
    kind("R", Flags::RST, 0, 0, 0),
    kind("R one below", Flags::RST, 0, -1, 0),
    kind("R beyond", Flags::RST, 0, 10, 0),
    kind("R.", RST_ACK, 0, 0, 0),
    kind("(no flags) 5", Flags(0), 5, 0, 0),
];

impl Kind {
    /// SYNs stand at 0 unless they are shifted; everything else at what is expected next.
    fn segment(&self, t: &Tcb) -> Segment {
        let base = if self.flags.has(Flags::SYN) {
            0
        } else {
            next(t)
        };
        let shifted =
            |base: u32, by: i64| base.wrapping_add_signed(i32::try_from(by).expect("small"));
        let ack = if self.flags.has(Flags::ACK) {
            shifted(all(t), self.ack)
        } else {
            0
        };
        segment(self.flags, shifted(base, self.seq), self.len, ack)
    }
}

type Act = fn(&mut Tcb, &mut Outbox);

/// Every call, and the packet that is no segment.
const CALLS: [(&str, Act); 12] = [
    ("write", |t, o| {
        let written = t.write(NOW, 10, More::No, o);
        if let Err(error) = written {
            assert!(matches!(error.name(), "EPIPE" | "ENOTCONN"), "{error}");
        }
    }),
    ("write MSG_MORE", |t, o| {
        let _ = t.write(NOW, 10, More::Follows, o);
    }),
    ("SHUT_RD", |t, o| {
        let _ = t.shutdown(NOW, Shutdown::Read, o);
    }),
    ("SHUT_WR", |t, o| {
        let _ = t.shutdown(NOW, Shutdown::Write, o);
    }),
    ("SHUT_RDWR", |t, o| {
        let _ = t.shutdown(NOW, Shutdown::Both, o);
    }),
    ("close", |t, o| {
        t.close(NOW, o);
    }),
    ("close, linger 0", |t, o| {
        t.set_option(NOW, SocketOption::Linger(Some(Duration::ZERO)), o);
        t.close(NOW, o);
    }),
    ("write, close", |t, o| {
        let _ = t.write(NOW, 10, More::No, o);
        t.close(NOW, o);
    }),
    ("SO_KEEPALIVE", |t, o| {
        let on = KeepAlive {
            idle: Duration::from_secs(7),
            interval: Duration::from_secs(1),
            count: 3,
        };
        t.set_option(NOW, SocketOption::KeepAlive(Some(on)), o);
    }),
    ("TCP_CORK, write", |t, o| {
        t.set_option(NOW, SocketOption::Cork(true), o);
        let _ = t.write(NOW, 10, More::No, o);
    }),
    ("ICMP host", |t, o| {
        let quoted = Seq(all(t)) - 1;
        t.unreachable_arrives(SOON, Unreachable::Host, quoted, o);
    }),
    ("ICMP port", |t, o| {
        let quoted = Seq(all(t)) - 1;
        t.unreachable_arrives(SOON, Unreachable::Port, quoted, o);
    }),
];

/// Timers that are armed after all that was said.
fn armed(out: &Outbox) -> Vec<TimerKind> {
    let mut armed = Vec::new();
    for output in &out.said {
        match output {
            Output::Set(timer, _) => {
                armed.retain(|t| t != timer);
                armed.push(*timer);
            }
            Output::Clear(timer) => armed.retain(|t| t != timer),
            _ => {}
        }
    }
    armed
}

fn said(out: &Outbox, answer: Answer) -> Vec<String> {
    let mut words: Vec<String> = out
        .said
        .iter()
        .filter_map(|o| match o {
            Output::Transmit(segment, options) => Some(match options {
                Some(TcpOptions::Sack(blocks)) => format!("> {segment} <sack {blocks}>"),
                _ => format!("> {segment}"),
            }),
            Output::Set(timer, span) => Some(format!("set {timer:?} {span:?}")),
            Output::Wake(signal) => Some(format!("wake {signal:?}")),
            Output::Clear(_) | Output::Note(_) => None,
        })
        .collect();
    if answer == Answer::Reset {
        words.push("reset".to_owned());
    }
    words
}

fn program_sees(tcb: &mut Tcb) -> String {
    let mut out = Outbox::default();
    let read = match tcb.read(NOW, u32::MAX, &mut out) {
        Read::Blocks => "blocks".to_owned(),
        Read::Returns(returned) => format!("{returned:?}"),
    };
    format!("[{read}]")
}

/// One row: the next state, what was said, and what a program would then read.
fn row(
    table: &mut String,
    start: &Tcb,
    input: &str,
    act: impl FnOnce(&mut Tcb, &mut Outbox) -> Answer,
) {
    let mut tcb = start.clone();
    let mut out = Outbox::default();
    let answer = act(&mut tcb, &mut out);
    let to = match tcb.state() {
        to if to == start.state() => "-",
        to => to.name(),
    };
    let mut line = format!("  {input:20} {to:13} {}", said(&out, answer).join(", "));
    if tcb.owner == Owner::Program && tcb.state() != State::SynReceived {
        line = format!("{line} {}", program_sees(&mut tcb));
    }
    let _ = writeln!(table, "{}", line.trim_end());
}

#[test]
fn every_state_has_an_answer_to_everything() {
    let mut table = String::new();
    for (name, build) in STATES {
        let mut out = Outbox::default();
        let mut start = tcb(Side::Opener);
        build(&mut start, &mut out);
        assert!(
            name.starts_with(start.state().name()),
            "{name}: {}",
            start.state()
        );
        let _ = writeln!(table, "{name}");
        for kind in &KINDS {
            let segment = kind.segment(&start);
            row(&mut table, &start, &format!("< {}", kind.name), |t, o| {
                gets(t, SOON, &segment, o)
            });
        }
        for (call, act) in CALLS {
            row(&mut table, &start, call, |t, o| {
                act(t, o);
                Answer::Done
            });
        }
        for timer in armed(&out) {
            row(&mut table, &start, &format!("{timer:?}"), |t, o| {
                t.timeout(NOW + Duration::from_secs(1), timer, o);
                Answer::Done
            });
        }
    }
    listen(&mut table);
    expect_file!["tcp_table.txt"].assert_eq(&table);
}

/// A listener has no TCB: the stack answers for it (linux-tcp §1.4, §8.1 T63).
fn listen(table: &mut String) {
    let _ = writeln!(table, "LISTEN");
    for kind in &KINDS {
        let segment = kind.segment(&tcb(Side::Listener));
        let answer = match stray(&segment) {
            Stray::Opens => "a request",
            Stray::Ignored => "",
            Stray::Reset => "reset",
        };
        let line = format!("  < {:18} {answer}", kind.name);
        let _ = writeln!(table, "{}", line.trim_end());
    }
}
