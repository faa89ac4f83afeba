//! Two TCPs and a wire that does what it likes: any schedule of loss, doubling, reordering, delay and silence, any knobs,
//! and programs that write, read late, shut down, close and reset.
//!
//! What is read is a prefix of what was written, and all of it if nobody broke off. Whoever has something outstanding has a
//! timer that will move it on, at every moment; where a socket is gone nothing comes from but resets. And sequence numbers that
//! come round at 2³² change nothing but themselves.

use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::kernel::sysctl::{CongestionControl, Sysctl};
use whyeof_sim::outbox::{Outbox, Output};
use whyeof_sim::plan::KeepAlive;
use whyeof_sim::stack::reset_for;
use whyeof_sim::tcp::calls::{More, Shutdown};
use whyeof_sim::tcp::info::Info;
use whyeof_sim::tcp::options::{SocketOption, SocketOptions};
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::request::AcceptQueue;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    Event, Flags, FlowId, Returned, Segment, Seq, Side, SocketEvent, SocketId, State, SynOptions,
    TcpOptions, Time, TimerKind,
};

/// What happens to one packet.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    Twice,
    Late(u16),
}

/// What the programs do, and when (ms).
#[derive(Clone, Copy, Debug)]
enum Deed {
    Write(u32, More),
    Shutdown(Shutdown),
    Set(SocketOption),
    Close,
}

/// One end: its kernel's knobs, its socket's options, and when its program does not read (ms).
#[derive(Clone, Debug)]
struct Habits {
    sysctl: Sysctl,
    options: SocketOptions,
    sleeps: (u16, u16),
}

/// One run of a pair.
#[derive(Clone, Debug)]
struct Story {
    /// By packet, in the order of sending; then all arrive.
    fates: Vec<Fate>,
    deeds: Vec<(u16, u8, Deed)>,
    /// From when to when (ms) nothing arrives.
    silence: (u16, u16),
    /// When the second end sends a SYN of its own, if it is still closed by then.
    crosses: Option<u16>,
    habits: [Habits; 2],
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        2 => (1..600u16).prop_map(Fate::Late),
    ]
}

fn option() -> impl Strategy<Value = SocketOption> {
    let probes = KeepAlive {
        idle: Duration::from_secs(5),
        interval: Duration::from_secs(1),
        count: 3,
    };
    prop_oneof![
        any::<bool>().prop_map(SocketOption::Cork),
        any::<bool>().prop_map(SocketOption::NoDelay),
        any::<bool>().prop_map(SocketOption::QuickAck),
        Just(SocketOption::Linger(Some(Duration::ZERO))),
        Just(SocketOption::KeepAlive(Some(probes))),
        (0..5u64).prop_map(|s| SocketOption::UserTimeout(Duration::from_secs(s))),
    ]
}

fn deed() -> impl Strategy<Value = (u16, u8, Deed)> {
    let len = prop_oneof![1..200u32, 1_000..60_000u32];
    let more = prop_oneof![3 => Just(More::No), 1 => Just(More::Follows)];
    let how = prop_oneof![
        Just(Shutdown::Read),
        Just(Shutdown::Write),
        Just(Shutdown::Both)
    ];
    let what = prop_oneof![
        8 => (len, more).prop_map(|(len, more)| Deed::Write(len, more)),
        1 => how.prop_map(Deed::Shutdown),
        2 => option().prop_map(Deed::Set),
        1 => Just(Deed::Close),
    ];
    (0..3_000u16, 0..2u8, what)
}

fn sysctl() -> impl Strategy<Value = Sysctl> {
    let mostly = || prop::bool::weighted(0.8);
    (
        [mostly(), mostly(), mostly(), mostly(), mostly(), mostly()],
        prop_oneof![Just(15u8), 0..8u8],
        0..5u8,
        prop_oneof![Just(6u8), 0..4u8],
    )
        .prop_map(|(on, retries2, orphan_retries, syn_retries)| Sysctl {
            tcp_sack: on[0],
            tcp_timestamps: on[1],
            tcp_window_scaling: on[2],
            tcp_dsack: on[3],
            tcp_early_retrans: if on[4] { 3 } else { 0 },
            tcp_congestion_control: if on[5] {
                CongestionControl::Cubic
            } else {
                CongestionControl::Reno
            },
            tcp_retries2: retries2,
            tcp_orphan_retries: orphan_retries,
            tcp_syn_retries: syn_retries,
            ..Sysctl::default()
        })
}

fn habits() -> impl Strategy<Value = Habits> {
    (
        sysctl(),
        any::<[bool; 2]>(),
        prop::option::weighted(0.3, 2_304..40_000u32),
        (0..3_000u16, 0..5_000u16),
    )
        .prop_map(
            |(sysctl, [no_delay, wakeful], receive_buffer, (from, span))| Habits {
                sysctl,
                options: SocketOptions {
                    no_delay,
                    receive_buffer,
                    ..SocketOptions::default()
                },
                sleeps: (from, if wakeful { from } else { from + span }),
            },
        )
}

fn story() -> impl Strategy<Value = Story> {
    (
        prop::collection::vec(fate(), 0..80),
        prop::collection::vec(deed(), 1..10),
        (0..4_000u16, 0..6_000u16),
        prop::option::weighted(0.2, 0..20u16),
        [habits(), habits()],
    )
        .prop_map(|(fates, deeds, (from, span), crosses, habits)| Story {
            fates,
            deeds,
            silence: (from, from + span),
            crosses,
            habits,
        })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Opens(u8),
    Packet(usize),
    Timer(u8, TimerKind),
    Deed(usize),
    /// A program reads again.
    Wakes,
}

/// A segment as an end sends it, numbers counted from both ends' first ones.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    at: Time,
    from: Side,
    flags: Flags,
    seq: u32,
    ack: u32,
    len: u16,
    window: u16,
    timestamps: Option<(u32, u32)>,
    syn: Option<SynOptions>,
    blocks: Vec<(u32, u32)>,
}

struct Wire {
    ends: [Tcb; 2],
    /// Whether it has ever been open: a socket that is gone does not come back.
    born: [bool; 2],
    /// Whether the second end answered a SYN as a listener.
    listens: bool,
    iss: [u32; 2],
    queue: BinaryHeap<Reverse<(Time, u32, Due)>>,
    ordinal: u32,
    /// What is happening.
    cause: Due,
    armed: BTreeMap<(u8, TimerKind), Time>,
    packets: Vec<(Segment, Option<TcpOptions>)>,
    sent: usize,
    told: Vec<Told>,
    written: [u32; 2],
    read: [u32; 2],
    /// Somebody broke off: reset, given up, or gone before the other end knew.
    broken: bool,
    wrong: Option<String>,
    story: Story,
}

impl Wire {
    fn new(story: Story, iss: [u32; 2]) -> Self {
        let end = |side: Side| {
            let habits = &story.habits[side.index()];
            Tcb::new(TcbConfig {
                socket: SocketId {
                    flow: FlowId(0),
                    side,
                },
                iss: Seq(iss[side.index()]),
                options: habits.options,
                sysctl: Arc::new(habits.sysctl),
                tick: whyeof_trace::Span::from_millis(4),
                ts_offset: 0,
            })
        };
        let mut wire = Self {
            ends: [end(Side::Opener), end(Side::Listener)],
            born: [false; 2],
            listens: false,
            iss,
            queue: BinaryHeap::new(),
            ordinal: 0,
            cause: Due::Opens(0),
            armed: BTreeMap::new(),
            packets: Vec::new(),
            sent: 0,
            told: Vec::new(),
            written: [0; 2],
            read: [0; 2],
            broken: false,
            wrong: None,
            story,
        };
        wire.plan();
        wire
    }

    fn plan(&mut self) {
        let at = |ms: u16| Time::from_millis(ms.into());
        let story = self.story.clone();
        self.schedule(Time::ZERO, Due::Opens(0));
        if let Some(ms) = story.crosses {
            self.schedule(at(ms), Due::Opens(1));
        }
        for (n, (ms, _, _)) in story.deeds.iter().enumerate() {
            self.schedule(at(*ms), Due::Deed(n));
        }
        for habits in &story.habits {
            self.schedule(at(habits.sleeps.1), Due::Wakes);
        }
    }

    fn schedule(&mut self, at: Time, due: Due) {
        self.ordinal += 1;
        self.queue.push(Reverse((at, self.ordinal, due)));
    }

    fn fail(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    fn act(&mut self, who: usize, now: Time, act: impl FnOnce(&mut Tcb, &mut Outbox)) {
        let mut out = Outbox::default();
        act(&mut self.ends[who], &mut out);
        let end = u8::try_from(who).expect("two ends");
        let mut gone = self.ends[who].state() == State::Closed;
        gone &= !out
            .said
            .iter()
            .any(|output| matches!(output, Output::Note(_)));
        for output in out.said {
            match output {
                Output::Transmit(segment, _) if gone => {
                    self.fail(format!("{segment} from a socket that is gone"));
                }
                Output::Set(kind, _) if gone => {
                    self.fail(format!("{kind:?} armed on a socket that is gone"));
                }
                Output::Transmit(segment, options) => {
                    self.transmit(now, segment, options);
                }
                Output::Set(kind, span) => {
                    let at = now + span;
                    self.armed.insert((end, kind), at);
                    self.schedule(at, Due::Timer(end, kind));
                }
                Output::Clear(kind) => {
                    self.armed.remove(&(end, kind));
                }
                Output::Note(Event::Socket(SocketEvent::Entered { from, to, .. })) => {
                    gone = to == State::Closed;
                    self.broken |= gone && !self.ends_well(from);
                }
                Output::Wake(_) | Output::Note(_) => {}
            }
        }
    }

    /// Whether a socket that goes now has nothing left to say.
    fn ends_well(&self, from: State) -> bool {
        match self.cause {
            Due::Packet(_) => matches!(from, State::LastAck | State::TimeWait | State::FinWait2),
            Due::Timer(_, kind) => kind == TimerKind::TimeWait,
            _ => false,
        }
    }

    /// Counts from the ends' first numbers, whatever they are.
    fn relative(&self, seq: Seq, side: usize) -> u32 {
        seq.offset_from(Seq(self.iss[side]))
    }

    fn tell(&mut self, now: Time, segment: &Segment, options: Option<&TcpOptions>) {
        let (here, there) = (segment.from.index(), segment.from.peer().index());
        let blocks = options.map_or(&[][..], TcpOptions::sack).iter();
        let blocks = blocks.map(|b| (self.relative(b.start, there), b.len));
        let blocks = blocks.collect();
        let acks = segment.flags.has(Flags::ACK);
        self.broken |= segment.flags.has(Flags::RST);
        self.told.push(Told {
            at: now,
            from: segment.from,
            flags: segment.flags,
            seq: self.relative(segment.seq, here),
            ack: if acks {
                self.relative(segment.ack, there)
            } else {
                segment.ack.0
            },
            len: segment.len,
            window: segment.window,
            timestamps: segment.timestamps,
            syn: options.and_then(|o| o.syn().copied()),
            blocks,
        });
    }

    fn transmit(&mut self, now: Time, segment: Segment, options: Option<TcpOptions>) {
        self.tell(now, &segment, options.as_ref());
        let fate = self.story.fates.get(self.sent).copied();
        self.sent += 1;
        self.packets.push((segment, options));
        let packet = Due::Packet(self.packets.len() - 1);
        let at = now + Duration::from_millis(5);
        if is_within(now, self.story.silence) {
            return;
        }
        match fate.unwrap_or(Fate::Arrives) {
            Fate::Arrives => self.schedule(at, packet),
            Fate::Lost => {}
            Fate::Twice => {
                self.schedule(at, packet);
                self.schedule(at, packet);
            }
            Fate::Late(ms) => self.schedule(at + Duration::from_millis(ms.into()), packet),
        }
    }

    fn arrives(&mut self, now: Time, packet: usize) {
        let (segment, options) = self.packets[packet];
        let options = options.as_ref();
        let who = segment.from.peer().index();
        if !self.born[who] && segment.flags == Flags::SYN {
            self.born[who] = true;
            self.listens = true;
            self.act(who, now, |tcb, out| {
                tcb.listen_arrives(now, &segment, options, false, out);
            });
            return;
        }
        let mut answer = Answer::Reset;
        if self.ends[who].state() != State::Closed {
            self.act(who, now, |tcb, out| {
                answer = tcb.segment_arrives(now, &segment, options, AcceptQueue::Room, out);
            });
        }
        if answer == Answer::Reset
            && let Some(mut reset) = reset_for(&segment)
        {
            if !segment.flags.has(Flags::ACK) {
                // In reply to what had no ACK its number is 0, elsewhere in the window on another ring.
                reset.seq = Seq(self.iss[who]);
            }
            self.transmit(now, reset, None);
        }
    }

    fn opens(&mut self, who: u8, now: Time) {
        let who = usize::from(who);
        if !self.born[who] {
            self.born[who] = true;
            self.act(who, now, |tcb, out| tcb.connect(now, out));
        }
    }

    /// Whether a program has this end, and the connection: a request is the listener's.
    fn is_usable(&self, who: usize) -> bool {
        let end = &self.ends[who];
        let request = who == 1 && self.listens && end.state() == State::SynReceived;
        self.born[who] && end.owner == Owner::Program && !request
    }

    /// Programs that are awake read whatever there is.
    fn read_all(&mut self, now: Time) {
        for who in 0..2 {
            let opening = matches!(self.ends[who].state(), State::SynReceived | State::SynSent);
            let sleeps = is_within(now, self.story.habits[who].sleeps);
            if opening || sleeps || !self.is_usable(who) {
                continue;
            }
            while let Some(bytes) = self.read_some(who, now) {
                self.read[who] += bytes;
            }
        }
    }

    fn read_some(&mut self, who: usize, now: Time) -> Option<u32> {
        let mut bytes = None;
        self.act(who, now, |tcb, out| {
            if let Read::Returns(Returned::Bytes(n)) = tcb.read(now, u32::MAX, out) {
                bytes = Some(n);
            }
        });
        bytes
    }

    fn does(&mut self, now: Time, who: usize, deed: Deed) {
        if !self.is_usable(who) {
            return;
        }
        let mut taken = 0;
        let unread = self.ends[who].unread();
        self.broken |= matches!(deed, Deed::Close) && unread > 0;
        self.act(who, now, |tcb, out| match deed {
            Deed::Write(len, more) => taken = tcb.write(now, len, more, out).unwrap_or(0),
            Deed::Shutdown(how) => {
                let _ = tcb.shutdown(now, how, out);
            }
            Deed::Set(option) => tcb.set_option(now, option, out),
            Deed::Close => {
                tcb.close(now, out);
            }
        });
        self.written[who] += taken;
    }

    fn happens(&mut self, now: Time, due: Due) {
        self.cause = due;
        match due {
            Due::Opens(who) => self.opens(who, now),
            Due::Packet(packet) => self.arrives(now, packet),
            Due::Deed(n) => {
                let (_, who, deed) = self.story.deeds[n];
                self.does(now, usize::from(who), deed);
            }
            Due::Timer(end, kind) => {
                if self.armed.get(&(end, kind)) == Some(&now) {
                    self.armed.remove(&(end, kind));
                    self.act(usize::from(end), now, |tcb, out| {
                        tcb.timeout(now, kind, out);
                    });
                }
            }
            Due::Wakes => {}
        }
        self.read_all(now);
    }

    /// Runs until nothing is left to happen or 2,000 s are over. The error names what does not hold.
    fn run(&mut self) -> Result<(), String> {
        let mut steps = 0;
        while let Some(Reverse((now, _, due))) = self.queue.pop() {
            if now > Time::from_secs(2_000) {
                break;
            }
            steps += 1;
            if steps > 50_000 {
                return Err(format!("no end in sight after {steps} steps at {now:?}"));
            }
            self.happens(now, due);
            if let Some(wrong) = self.wrong.take() {
                return Err(format!("{wrong} at {now:?}"));
            }
            for who in 0..2 {
                self.goes_on(who)
                    .map_err(|what| format!("{what} at {now:?}"))?;
            }
        }
        Ok(())
    }

    /// Neither more is read than was written, nor is an end stuck.
    fn goes_on(&self, who: usize) -> Result<(), String> {
        if self.read[1 - who] > self.written[who] {
            return Err(format!("end {} read more than was written", 1 - who));
        }
        let end = &self.ends[who];
        let armed: Vec<TimerKind> = TimerKind::KERNEL
            .into_iter()
            .filter(|kind| self.armed.contains_key(&(who as u8, *kind)))
            .collect();
        let waits = waits_for(end);
        let moves_on = waits.is_empty() || armed.iter().any(|kind| waits.contains(kind));
        let at_rest = end.state() != State::Closed || armed.is_empty();
        if moves_on && at_rest {
            return Ok(());
        }
        Err(format!(
            "end {who} in {} with {} bytes outstanding and timers {armed:?}",
            end.state(),
            end.unacknowledged(),
        ))
    }

    /// At the end: unless somebody broke off, or goes on sending, all that was written is read.
    fn is_settled(&self) -> Result<(), String> {
        let busy = self.ends.iter().any(is_outstanding);
        let through = (0..2).all(|who| self.read[1 - who] == self.written[who]);
        if through || self.broken || busy {
            return Ok(());
        }
        Err(format!(
            "{:?} written, {:?} read, {} and {}, timers {:?}",
            self.written,
            self.read,
            self.ends[0].state(),
            self.ends[1].state(),
            self.armed
        ))
    }

    /// What TCP_INFO says at the end, numbers counted from the first ones. What is expected next stands in the ACKs already,
    /// and means nothing before the peer's SYN.
    fn info(&self, who: usize) -> Info {
        let info = self.ends[who].info();
        Info {
            snd_nxt: Seq(self.relative(info.snd_nxt, who)),
            rcv_nxt: Seq(0),
            ..info
        }
    }
}

fn is_within(now: Time, (from, until): (u16, u16)) -> bool {
    now >= Time::from_millis(from.into()) && now < Time::from_millis(until.into())
}

/// Whether it has sent or has to send what is not acknowledged.
fn is_outstanding(end: &Tcb) -> bool {
    match end.state() {
        State::Closed | State::Listen | State::TimeWait => false,
        State::Established | State::CloseWait | State::FinWait2 => end.unacknowledged() > 0,
        _ => true, // a SYN or a FIN
    }
}

/// The timers of which one has to be armed.
fn waits_for(end: &Tcb) -> &'static [TimerKind] {
    let nobody = end.owner == Owner::Nobody;
    match end.state() {
        State::TimeWait => &[TimerKind::TimeWait],
        State::FinWait2 if nobody => &[TimerKind::TimeWait],
        _ if is_outstanding(end) => &[
            TimerKind::Retransmit,
            TimerKind::LossProbe,
            TimerKind::Reorder,
            TimerKind::Persist,
            TimerKind::SynAck,
        ],
        _ => &[],
    }
}

fn played(story: &Story, iss: [u32; 2]) -> Result<Wire, TestCaseError> {
    let mut wire = Wire::new(story.clone(), iss);
    wire.run().map_err(TestCaseError::fail)?;
    Ok(wire)
}

proptest! {
    // As many cases as PROPTEST_CASES says.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_wire_delivers_a_prefix_and_comes_to_an_end(story in story()) {
        let wire = played(&story, [0; 2])?;
        wire.is_settled().map_err(TestCaseError::fail)?;
    }

    /// The same story with numbers that come round after some thousand bytes: the same segments, counted from the first.
    #[test]
    fn numbers_that_come_round_change_nothing(story in story(), below in 0..40_000u32) {
        let plain = played(&story, [0; 2])?;
        let wrapped = played(&story, [u32::MAX - below, u32::MAX - below / 2])?;
        prop_assert_eq!(&plain.told, &wrapped.told);
        prop_assert_eq!(plain.read, wrapped.read);
        prop_assert_eq!(&plain.armed, &wrapped.armed);
        for who in 0..2 {
            prop_assert_eq!(plain.ends[who].state(), wrapped.ends[who].state());
            prop_assert_eq!(plain.ends[who].pending_error(), wrapped.ends[who].pending_error());
            prop_assert_eq!(plain.info(who), wrapped.info(who));
        }
    }
}
