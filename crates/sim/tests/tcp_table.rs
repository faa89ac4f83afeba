//! Totality: every state against every segment, call and timer, as one table. A surprise shows up in review.
//!
//! The client of a warm connection (100 bytes asked, 200 answered); numbers as in linux-tcp §8. In brackets: what read(2)
//! would then say, where a program still has the socket. Calls stand where a program can make them: not on a request, which
//! no program has yet, and not after close(2). A timer fires where it is armed, and below it what it armed in turn; the
//! conditions that arm each kind stand at the end. Of calls on a listening socket the engine knows close(2) alone, which is
//! its host's affair (tests/listener.rs).

use expect_test::expect_file;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::kernel::sysctl::Sysctl;
use whyeof_sim::outbox::{Outbox, Output};
use whyeof_sim::plan::KeepAlive;
use whyeof_sim::stack::{Stray, reset_for, stray};
use whyeof_sim::tcp::calls::{More, Shutdown};
use whyeof_sim::tcp::options::{SocketOption, SocketOptions};
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::request::AcceptQueue;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    Flags, FlowId, Segment, Seq, SeqRange, Side, SocketError, SocketId, State, SynOptions,
    TcpOptions, Time, TimerKind, Unreachable,
};

const NOW: Time = Time::from_secs(5);

const DATA: Flags = Flags(Flags::PSH.0 | Flags::ACK.0);
const FIN: Flags = Flags(Flags::FIN.0 | Flags::ACK.0);
const SYN_ACK: Flags = Flags(Flags::SYN.0 | Flags::ACK.0);
const SYN_FIN: Flags = Flags(Flags::SYN.0 | Flags::FIN.0);
const RST_ACK: Flags = Flags(Flags::RST.0 | Flags::ACK.0);
const FIN_DATA: Flags = Flags(Flags::FIN.0 | DATA.0);

/// Both ends' SYN: as Linux sends it, without timestamps, so that tables stay short.
const SYN: Option<&TcpOptions> = Some(&TcpOptions::Syn(SynOptions {
    mss: 1_460,
    sack_ok: true,
    window_scale: Some(10),
}));

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
        tick: whyeof_trace::Span::from_millis(4),
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

/// One end, and when its timers are due.
#[derive(Clone)]
struct End {
    tcb: Tcb,
    armed: Vec<(TimerKind, Time)>,
    /// Where the last segment that it sent begins: an ICMP packet quotes that.
    last_sent: Seq,
    /// When it last acted, and not before `NOW`.
    now: Time,
}

impl End {
    fn new(side: Side) -> Self {
        Self {
            tcb: tcb(side),
            armed: Vec::new(),
            last_sent: Seq(0),
            now: NOW,
        }
    }

    /// Lets it act; returns what it said.
    fn act<T>(&mut self, now: Time, act: impl FnOnce(&mut Tcb, &mut Outbox) -> T) -> (T, Outbox) {
        self.now = self.now.max(now);
        let mut out = Outbox::default();
        let result = act(&mut self.tcb, &mut out);
        for output in &out.said {
            match output {
                Output::Set(timer, span) => {
                    self.armed.retain(|(kind, _)| kind != timer);
                    self.armed.push((*timer, now + *span));
                }
                Output::Clear(timer) => self.armed.retain(|(kind, _)| kind != timer),
                Output::Transmit(segment, _) => self.last_sent = segment.seq,
                _ => {}
            }
        }
        (result, out)
    }

    fn gets(&mut self, now: Time, segment: &Segment) -> (Answer, Outbox) {
        let options = SYN.filter(|_| segment.flags.has(Flags::SYN));
        self.gets_with(now, segment, options)
    }

    fn gets_with(
        &mut self,
        now: Time,
        segment: &Segment,
        options: Option<&TcpOptions>,
    ) -> (Answer, Outbox) {
        self.act(now, |tcb, out| {
            tcb.segment_arrives(now, segment, options, AcceptQueue::Room, out)
        })
    }

    fn writes(&mut self, len: u32) {
        self.act(NOW, |tcb, out| {
            tcb.write(NOW, len, More::No, out).expect("open")
        });
    }

    fn sets(&mut self, option: SocketOption) {
        self.act(NOW, |tcb, out| tcb.set_option(NOW, option, out));
    }

    fn shuts(&mut self) {
        self.act(NOW, |tcb, out| {
            tcb.shutdown(NOW, Shutdown::Write, out).expect("open")
        });
    }

    fn closes(&mut self) {
        self.act(NOW, |tcb, out| tcb.close(NOW, out));
    }

    /// A timer fires when it is due.
    fn fires(&mut self, timer: TimerKind) -> Outbox {
        let due = self.armed.iter().position(|(kind, _)| *kind == timer);
        let (_, at) = self.armed.remove(due.expect("armed"));
        self.act(at, |tcb, out| tcb.timeout(at, timer, out)).1
    }

    fn fires_often(&mut self, timer: TimerKind, times: u32) {
        for _ in 0..times {
            self.fires(timer);
        }
    }

    /// A millisecond later.
    fn soon(&self) -> Time {
        self.now + Duration::from_millis(1)
    }

    /// Whether a program has it: nobody has a request, or what was closed.
    fn has_program(&self) -> bool {
        let request =
            self.tcb.state() == State::SynReceived && self.tcb.socket.side == Side::Listener;
        self.tcb.owner == Owner::Program && !request
    }
}

fn opens(e: &mut End) {
    e.act(NOW, |tcb, out| tcb.connect(NOW, out));
}

fn asked(e: &mut End) {
    *e = End::new(Side::Listener);
    let syn = segment(Flags::SYN, 0, 0, 0);
    e.act(NOW, |tcb, out| {
        tcb.listen_arrives(NOW, &syn, SYN, false, out)
    });
}

fn warm(e: &mut End) {
    let at = Time::from_millis;
    e.act(at(0), |tcb, out| tcb.connect(at(0), out));
    e.gets(at(10), &segment(SYN_ACK, 0, 0, 1));
    e.act(at(10), |tcb, out| {
        tcb.write(at(10), 100, More::No, out).expect("open")
    });
    e.gets(at(20), &segment(DATA, 1, 200, 101));
    e.act(at(20), |tcb, out| tcb.read(at(20), u32::MAX, out));
}

fn in_flight(e: &mut End) {
    warm(e);
    e.writes(30);
}

fn timed_out(e: &mut End) {
    in_flight(e);
    e.fires(TimerKind::LossProbe);
    e.fires_often(TimerKind::Retransmit, 2);
}

/// The peer's window is closed, and 30 bytes wait for it.
fn window_closed(e: &mut End) {
    warm(e);
    let closed = Segment {
        window: 0,
        ..segment(Flags::ACK, 201, 0, 101)
    };
    e.gets(NOW, &closed);
    e.writes(30);
}

fn shut(e: &mut End) {
    warm(e);
    e.shuts();
}

fn closed(e: &mut End) {
    warm(e);
    e.closes();
}

fn left(e: &mut End) {
    warm(e);
    e.gets(NOW, &segment(FIN, 201, 0, 101));
}

type Start = (&'static str, fn(&mut End));

/// The states, and how each comes about. LISTEN is no TCB's: a listener's answers are in `listen` below.
const STATES: [Start; 20] = [
    ("CLOSED", |_| {}),
    ("SYN-SENT", opens),
    ("SYN-RECEIVED, a request", asked),
    ("SYN-RECEIVED, SYNs crossed", |e| {
        opens(e);
        e.gets(NOW, &segment(Flags::SYN, 0, 0, 0));
    }),
    ("ESTABLISHED", warm),
    ("ESTABLISHED, 30 bytes in flight", in_flight),
    ("ESTABLISHED, 30 bytes timed out", timed_out),
    ("ESTABLISHED, 50 bytes unread", |e| {
        warm(e);
        e.gets(NOW, &segment(DATA, 201, 50, 101));
    }),
    ("ESTABLISHED, window closed", window_closed),
    ("FIN-WAIT-1", shut),
    ("FIN-WAIT-1 of nobody", closed),
    ("FIN-WAIT-2", |e| {
        shut(e);
        e.gets(NOW, &segment(Flags::ACK, 201, 0, 102));
    }),
    ("FIN-WAIT-2 of nobody", |e| {
        closed(e);
        e.gets(NOW, &segment(Flags::ACK, 201, 0, 102));
    }),
    ("CLOSE-WAIT", left),
    ("CLOSING", |e| {
        shut(e);
        e.gets(NOW, &segment(FIN, 201, 0, 101));
    }),
    ("CLOSING of nobody", |e| {
        closed(e);
        e.gets(NOW, &segment(FIN, 201, 0, 101));
    }),
    ("LAST-ACK", |e| {
        left(e);
        e.shuts();
    }),
    ("LAST-ACK of nobody", |e| {
        left(e);
        e.closes();
    }),
    ("TIME-WAIT", |e| {
        shut(e);
        e.gets(NOW, &segment(FIN, 201, 0, 102));
    }),
    ("TIME-WAIT of nobody", |e| {
        closed(e);
        e.gets(NOW, &segment(FIN, 201, 0, 102));
    }),
];

/// SO_KEEPALIVE: a probe after 7 s, three of them.
const PROBES: SocketOption = SocketOption::KeepAlive(Some(KeepAlive {
    idle: Duration::from_secs(7),
    interval: Duration::from_secs(1),
    count: 3,
}));

const PATIENCE: SocketOption = SocketOption::UserTimeout(Duration::from_secs(1));

/// It has replied at once, so its ACKs are no longer quick.
fn interactive(e: &mut End) {
    warm(e);
    e.gets(NOW, &segment(DATA, 201, 50, 101));
    e.writes(30);
}

fn overdue(e: &mut End) {
    warm(e);
    e.sets(PATIENCE);
    e.writes(30);
    e.fires(TimerKind::LossProbe);
    e.fires_often(TimerKind::Retransmit, 2);
}

/// Conditions in which timers are armed, or their patience is over. Only the timers fire in them.
const MOMENTS: [Start; 19] = [
    ("SYN-SENT, tcp_syn_retries over", |e| {
        opens(e);
        e.fires_often(TimerKind::Retransmit, 10);
    }),
    ("SYN-RECEIVED, SYNs crossed, tcp_syn_retries over", |e| {
        opens(e);
        e.gets(NOW, &segment(Flags::SYN, 0, 0, 0));
        e.fires_often(TimerKind::Retransmit, 6);
    }),
    ("SYN-RECEIVED, a request, tcp_synack_retries over", |e| {
        asked(e);
        e.fires_often(TimerKind::SynAck, 5);
    }),
    ("ESTABLISHED, SO_KEEPALIVE", |e| {
        warm(e);
        e.sets(PROBES);
    }),
    ("ESTABLISHED, TCP_KEEPCNT over", |e| {
        warm(e);
        e.sets(PROBES);
        e.fires_often(TimerKind::KeepAlive, 3);
    }),
    ("ESTABLISHED, one probe unanswered, TCP_USER_TIMEOUT", |e| {
        warm(e);
        e.sets(PATIENCE);
        e.sets(PROBES);
        e.fires(TimerKind::KeepAlive);
    }),
    ("ESTABLISHED, SO_KEEPALIVE, 30 bytes in flight", |e| {
        in_flight(e);
        e.sets(PROBES);
    }),
    ("ESTABLISHED, ACK delayed", |e| {
        interactive(e);
        e.gets(NOW, &segment(DATA, 251, 50, 131));
    }),
    ("ESTABLISHED, four segments after a gap", |e| {
        interactive(e);
        for n in 0..4 {
            e.gets(NOW, &segment(DATA, 301 + n * 50, 50, 131));
        }
    }),
    ("ESTABLISHED, the second of two segments held", |e| {
        in_flight(e);
        e.writes(30);
        let held = SeqRange {
            start: Seq(131),
            len: 30,
        };
        let blocks = Some(TcpOptions::Sack([held].into_iter().collect()));
        e.gets_with(NOW, &segment(Flags::ACK, 201, 0, 101), blocks.as_ref());
    }),
    ("ESTABLISHED, tcp_retries2 over", |e| {
        in_flight(e);
        e.fires(TimerKind::LossProbe);
        e.fires_often(TimerKind::Retransmit, 15);
    }),
    ("ESTABLISHED, TCP_USER_TIMEOUT over", overdue),
    ("ESTABLISHED, TCP_USER_TIMEOUT over, ICMP admin", |e| {
        overdue(e);
        let quoted = e.last_sent;
        e.act(NOW, |tcb, out| {
            tcb.unreachable_arrives(NOW, Unreachable::Admin, quoted, out);
        });
    }),
    ("ESTABLISHED, 30 bytes corked", |e| {
        warm(e);
        e.sets(SocketOption::Cork(true));
        e.writes(30);
    }),
    ("ESTABLISHED, window closed, tcp_retries2 over", |e| {
        window_closed(e);
        e.fires_often(TimerKind::Persist, 15);
    }),
    ("ESTABLISHED, window closed, TCP_USER_TIMEOUT over", |e| {
        window_closed(e);
        e.sets(PATIENCE);
        e.fires_often(TimerKind::Persist, 2);
    }),
    ("ESTABLISHED, window closed over 30 bytes", |e| {
        in_flight(e);
        let closed = Segment {
            window: 0,
            ..segment(Flags::ACK, 201, 0, 101)
        };
        e.gets(NOW, &closed);
        e.fires(TimerKind::LossProbe);
    }),
    ("FIN-WAIT-1 of nobody, tcp_orphan_retries over", |e| {
        closed(e);
        e.fires(TimerKind::LossProbe);
        e.fires_often(TimerKind::Retransmit, 8);
    }),
    (
        "FIN-WAIT-1 of nobody, window closed, tcp_orphan_retries over",
        |e| {
            window_closed(e);
            e.closes();
            e.fires_often(TimerKind::Persist, 8);
        },
    ),
];

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
    /// `None`: the same as ever.
    window: Option<u16>,
}

const fn kind(name: &'static str, flags: Flags, len: u16, seq: i64, ack: i64) -> Kind {
    Kind {
        name,
        flags,
        len,
        seq,
        ack,
        window: None,
    }
}

const fn update(name: &'static str, window: u16) -> Kind {
    Kind {
        window: Some(window),
        ..kind(name, Flags::ACK, 0, 0, 0)
    }
}

const FAR: i64 = 1 << 20;

/// Every kind of segment.
const KINDS: [Kind; 27] = [
    kind("S", Flags::SYN, 0, 0, 0),
    kind("S far", Flags::SYN, 0, FAR, 0),
    kind("SF", SYN_FIN, 0, 0, 0),
    kind("S.", SYN_ACK, 0, 0, 0),
    kind("S. ack +1", SYN_ACK, 0, 0, 1),
    kind(".", Flags::ACK, 0, 0, 0),
    kind(". old", Flags::ACK, 0, -1, 0),
    kind(". far", Flags::ACK, 0, FAR, 0),
    kind(". ack -1", Flags::ACK, 0, 0, -1),
    kind(". ack +1", Flags::ACK, 0, 0, 1),
    kind(". ack far below", Flags::ACK, 0, 0, -FAR),
    update(". window wider", 128),
    update(". window 0", 0),
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
        let plain = segment(self.flags, shifted(base, self.seq), self.len, ack);
        Segment {
            window: self.window.unwrap_or(plain.window),
            ..plain
        }
    }
}

/// A call; says what it returned.
type Act = fn(&mut Tcb, Time, &mut Outbox) -> String;

fn written(result: Result<u32, SocketError>) -> String {
    match result {
        Ok(0) => "waits".to_owned(),
        Ok(bytes) => format!("= {bytes}"),
        Err(error) => error.name().to_owned(),
    }
}

fn shutting(t: &mut Tcb, now: Time, how: Shutdown, o: &mut Outbox) -> String {
    let result = t.shutdown(now, how, o);
    result.map_or_else(|error| error.name().to_owned(), |()| String::new())
}

/// Every call.
const CALLS: [(&str, Act); 10] = [
    ("write", |t, now, o| written(t.write(now, 10, More::No, o))),
    ("write MSG_MORE", |t, now, o| {
        written(t.write(now, 10, More::Follows, o))
    }),
    ("SHUT_RD", |t, now, o| shutting(t, now, Shutdown::Read, o)),
    ("SHUT_WR", |t, now, o| shutting(t, now, Shutdown::Write, o)),
    ("SHUT_RDWR", |t, now, o| shutting(t, now, Shutdown::Both, o)),
    ("close", |t, now, o| {
        t.close(now, o);
        String::new()
    }),
    ("close, linger 0", |t, now, o| {
        t.set_option(now, SocketOption::Linger(Some(Duration::ZERO)), o);
        t.close(now, o);
        String::new()
    }),
    ("write, close", |t, now, o| {
        let result = t.write(now, 10, More::No, o);
        t.close(now, o);
        written(result)
    }),
    ("SO_KEEPALIVE", |t, now, o| {
        t.set_option(now, PROBES, o);
        String::new()
    }),
    ("TCP_CORK, write", |t, now, o| {
        t.set_option(now, SocketOption::Cork(true), o);
        written(t.write(now, 10, More::No, o))
    }),
];

/// Every packet that is no segment.
const ICMP: [(&str, Unreachable); 5] = [
    ("ICMP net", Unreachable::Net),
    ("ICMP host", Unreachable::Host),
    ("ICMP protocol", Unreachable::Protocol),
    ("ICMP port", Unreachable::Port),
    ("ICMP admin", Unreachable::Admin),
];

/// What was said, in words.
fn said(out: &Outbox) -> Vec<String> {
    let words = out.said.iter().filter_map(|o| match o {
        Output::Transmit(segment, options) => Some(match options {
            Some(TcpOptions::Sack(blocks)) => format!("> {segment} <sack {blocks}>"),
            _ => format!("> {segment}"),
        }),
        Output::Set(timer, span) => Some(format!("set {timer:?} {span:?}")),
        Output::Wake(signal) => Some(format!("wake {signal:?}")),
        Output::Clear(_) | Output::Note(_) => None,
    });
    words.collect()
}

/// What read(2) would say, and SO_ERROR if it then has something to say.
fn program_sees(tcb: &mut Tcb) -> String {
    let mut out = Outbox::default();
    let read = match tcb.read(NOW, u32::MAX, &mut out) {
        Read::Blocks => "blocks".to_owned(),
        Read::Returns(returned) => format!("{returned:?}"),
    };
    match tcb.take_error() {
        Some(error) => format!("[{read}, SO_ERROR {}]", error.name()),
        None => format!("[{read}]"),
    }
}

/// One row: the next state, what was said, and what a program would then read.
fn row(table: &mut String, from: State, input: &str, end: &End, words: &[String]) {
    let to = match end.tcb.state() {
        to if to == from => "-",
        to => to.name(),
    };
    let mut line = format!("  {input:23} {to:13} {}", words.join(", "));
    if end.has_program() {
        let space = if words.is_empty() { "" } else { " " };
        line = format!("{line}{space}{}", program_sees(&mut end.tcb.clone()));
    }
    let _ = writeln!(table, "{}", line.trim_end());
}

fn segments(table: &mut String, start: &End) {
    for kind in &KINDS {
        let mut end = start.clone();
        let segment = kind.segment(&start.tcb);
        let (answer, out) = end.gets(start.soon(), &segment);
        let mut words = said(&out);
        let reset = reset_for(&segment).filter(|_| answer == Answer::Reset);
        words.extend(reset.map(|reset| format!("> {reset}")));
        let input = format!("< {}", kind.name);
        row(table, start.tcb.state(), &input, &end, &words);
    }
}

fn calls(table: &mut String, start: &End) {
    for (call, act) in CALLS {
        let mut end = start.clone();
        let (result, out) = end.act(start.soon(), |t, o| act(t, start.soon(), o));
        let mut words = said(&out);
        if !result.is_empty() {
            words.insert(0, result);
        }
        row(table, start.tcb.state(), call, &end, &words);
    }
}

fn icmp(table: &mut String, start: &End) {
    for (name, kind) in ICMP {
        let mut end = start.clone();
        let quoted = end.last_sent;
        let soon = start.soon();
        let ((), out) = end.act(soon, |tcb, out| {
            tcb.unreachable_arrives(soon, kind, quoted, out);
        });
        row(table, start.tcb.state(), name, &end, &said(&out));
    }
}

/// Every armed timer fires, and then each that it armed.
fn timers(table: &mut String, start: &End) {
    for (timer, _) in &start.armed {
        let mut end = start.clone();
        let out = end.fires(*timer);
        let state = start.tcb.state();
        row(table, state, &format!("{timer:?}"), &end, &said(&out));
        let set = out.said.iter().filter_map(|o| match o {
            Output::Set(timer, _) => Some(*timer),
            _ => None,
        });
        for second in set {
            let mut end = end.clone();
            let out = end.fires(second);
            row(
                table,
                state,
                &format!("{timer:?}, {second:?}"),
                &end,
                &said(&out),
            );
        }
    }
}

fn begin(table: &mut String, (name, build): Start) -> End {
    let mut start = End::new(Side::Opener);
    build(&mut start);
    let state = start.tcb.state();
    assert!(name.starts_with(state.name()), "{name}: {state}");
    let _ = writeln!(table, "{name}");
    start
}

#[test]
fn every_state_has_an_answer_to_everything() {
    let mut table = String::new();
    let mut fired = Vec::new();
    for start in STATES {
        let start = begin(&mut table, start);
        segments(&mut table, &start);
        if start.has_program() {
            calls(&mut table, &start);
        }
        icmp(&mut table, &start);
        timers(&mut table, &start);
        fired.extend(start.armed.iter().map(|(timer, _)| *timer));
    }
    listen(&mut table);
    for start in MOMENTS {
        let start = begin(&mut table, start);
        timers(&mut table, &start);
        fired.extend(start.armed.iter().map(|(timer, _)| *timer));
    }
    for timer in TimerKind::KERNEL {
        assert!(fired.contains(&timer), "{timer:?} never fires");
    }
    expect_file!["tcp_table.txt"].assert_eq(&table);
}

/// A listener has no TCB: the stack answers for it (linux-tcp §1.4, §8.1 T63).
fn listen(table: &mut String) {
    let _ = writeln!(table, "LISTEN");
    for kind in &KINDS {
        let segment = kind.segment(&tcb(Side::Listener));
        let mut end = End::new(Side::Listener);
        let (state, words) = match stray(&segment) {
            Stray::Opens => {
                let ((), out) = end.act(NOW, |tcb, out| {
                    tcb.listen_arrives(NOW, &segment, SYN, false, out);
                });
                (end.tcb.state().name(), said(&out))
            }
            Stray::Ignored => ("-", Vec::new()),
            Stray::Reset => {
                let reset = reset_for(&segment).map(|reset| format!("> {reset}"));
                ("-", reset.into_iter().collect())
            }
        };
        let input = format!("< {}", kind.name);
        let line = format!("  {input:23} {state:13} {}", words.join(", "));
        let _ = writeln!(table, "{}", line.trim_end());
    }
}
