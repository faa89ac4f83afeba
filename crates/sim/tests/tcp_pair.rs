//! Two TCPs and a wire that does what it likes: any schedule of loss, doubling, reordering, delay and silence.
//!
//! What is read is a prefix of what was written; in the end everything is through or somebody has a timer or an error; and
//! sequence numbers that come round at 2³² change nothing but themselves.

use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::kernel::sysctl::Sysctl;
use whyeof_sim::outbox::{Outbox, Output};
use whyeof_sim::tcp::calls::More;
use whyeof_sim::tcp::options::SocketOptions;
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::request::AcceptQueue;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    Flags, FlowId, Returned, Segment, Seq, SeqRange, Side, SocketId, State, TcpOptions, Time,
    TimerKind,
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
    Write(u8, u32),
    Close(u8),
}

/// One run of a pair.
#[derive(Clone, Debug)]
struct Story {
    /// By packet, in the order of sending; then all arrive.
    fates: Vec<Fate>,
    deeds: Vec<(u16, Deed)>,
    /// From when to when (ms) nothing arrives.
    silence: (u16, u16),
    no_delay: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        2 => (1..600u16).prop_map(Fate::Late),
    ]
}

fn deed() -> impl Strategy<Value = (u16, Deed)> {
    let what = prop_oneof![
        6 => (0..2u8, prop_oneof![1..200u32, 1_000..60_000u32]).prop_map(|(who, len)| Deed::Write(who, len)),
        1 => (0..2u8).prop_map(Deed::Close),
    ];
    (20..3_000u16, what)
}

fn story() -> impl Strategy<Value = Story> {
    (
        prop::collection::vec(fate(), 0..80),
        prop::collection::vec(deed(), 1..8),
        (0..4_000u16, 0..6_000u16),
        any::<bool>(),
    )
        .prop_map(|(fates, deeds, (from, span), no_delay)| Story {
            fates,
            deeds,
            silence: (from, from.saturating_add(span)),
            no_delay,
        })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Packet(usize),
    Timer(u8, TimerKind),
    Deed(usize),
}

/// A segment as an end sends it, numbers counted from both ends' first ones.
type Told = (u64, u8, Flags, u32, u32, u16, Vec<(u32, u32)>);

struct Wire {
    ends: [Tcb; 2],
    iss: [u32; 2],
    queue: BinaryHeap<Reverse<(Time, u32, Due)>>,
    ordinal: u32,
    armed: BTreeMap<(u8, TimerKind), Time>,
    packets: Vec<(Segment, Option<TcpOptions>)>,
    sent: usize,
    told: Vec<Told>,
    written: [u32; 2],
    read: [u32; 2],
    story: Story,
}

impl Wire {
    fn new(story: Story, iss: [u32; 2]) -> Self {
        let end = |side: Side| {
            Tcb::new(TcbConfig {
                socket: SocketId {
                    flow: FlowId(0),
                    side,
                },
                iss: Seq(iss[side.index()]),
                options: SocketOptions {
                    no_delay: story.no_delay,
                    ..SocketOptions::default()
                },
                sysctl: Arc::new(Sysctl::default()),
                tick: Duration::from_millis(4),
                ts_offset: 0,
            })
        };
        let mut wire = Self {
            ends: [end(Side::Opener), end(Side::Listener)],
            iss,
            queue: BinaryHeap::new(),
            ordinal: 0,
            armed: BTreeMap::new(),
            packets: Vec::new(),
            sent: 0,
            told: Vec::new(),
            written: [0; 2],
            read: [0; 2],
            story,
        };
        for (n, (at, _)) in wire.story.deeds.clone().iter().enumerate() {
            wire.schedule(Time::from_millis((*at).into()), Due::Deed(n));
        }
        wire
    }

    fn schedule(&mut self, at: Time, due: Due) {
        self.ordinal += 1;
        self.queue.push(Reverse((at, self.ordinal, due)));
    }

    fn act(&mut self, who: usize, now: Time, act: impl FnOnce(&mut Tcb, &mut Outbox)) {
        let mut out = Outbox::default();
        act(&mut self.ends[who], &mut out);
        let end = u8::try_from(who).expect("two ends");
        for output in out.said {
            match output {
                Output::Transmit(segment, options) => self.transmit(now, segment, options),
                Output::Set(kind, span) => {
                    let at = now + span;
                    self.armed.insert((end, kind), at);
                    self.schedule(at, Due::Timer(end, kind));
                }
                Output::Clear(kind) => {
                    self.armed.remove(&(end, kind));
                }
                Output::Wake(_) | Output::Note(_) => {}
            }
        }
    }

    /// Counts from the ends' first numbers, whatever they are.
    fn relative(&self, seq: Seq, side: usize) -> u32 {
        seq.offset_from(Seq(self.iss[side]))
    }

    fn transmit(&mut self, now: Time, segment: Segment, options: Option<TcpOptions>) {
        let (here, there) = (segment.from.index(), segment.from.peer().index());
        let blocks = options.as_ref().map_or(&[][..], TcpOptions::sack);
        let block = |b: &SeqRange| (self.relative(b.start, there), b.len);
        let ack = if segment.flags.has(Flags::ACK) {
            self.relative(segment.ack, there)
        } else {
            0
        };
        // A reset in reply to a SYN has number 0 on any ring.
        let seq = if segment.flags == Flags::RST.with(Flags::ACK) && segment.seq == Seq(0) {
            0
        } else {
            self.relative(segment.seq, here)
        };
        self.told.push((
            now.nanos(),
            u8::try_from(here).expect("two ends"),
            segment.flags,
            seq,
            ack,
            segment.len,
            blocks.iter().map(block).collect(),
        ));
        let fate = self.story.fates.get(self.sent).copied();
        self.sent += 1;
        self.packets.push((segment, options));
        let packet = Due::Packet(self.packets.len() - 1);
        let at = now + Duration::from_millis(5);
        let ms = now.nanos() / 1_000_000;
        if ms >= self.story.silence.0.into() && ms < self.story.silence.1.into() {
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
        let who = segment.from.peer().index();
        let state = self.ends[who].state();
        if state == State::Closed && segment.flags == Flags::SYN && self.read == [0; 2] {
            self.act(who, now, |tcb, out| {
                tcb.listen_arrives(now, &segment, options, false, out);
            });
            return;
        }
        let mut answer = Answer::Reset;
        if state != State::Closed {
            self.act(who, now, |tcb, out| {
                answer = tcb.segment_arrives(now, &segment, options, AcceptQueue::Room, out);
            });
        }
        if answer == Answer::Reset
            && let Some(reset) = whyeof_sim::stack::reset_for(&segment)
        {
            self.transmit(now, reset, None);
        }
    }

    /// Both programs read whatever there is.
    fn read_all(&mut self, now: Time) {
        for who in 0..2 {
            loop {
                let mut bytes = 0;
                self.act(who, now, |tcb, out| {
                    let reads = tcb.owner == Owner::Program
                        && !matches!(tcb.state(), State::SynReceived | State::SynSent);
                    if reads && let Read::Returns(Returned::Bytes(n)) = tcb.read(now, u32::MAX, out)
                    {
                        bytes = n;
                    }
                });
                self.read[who] += bytes;
                if bytes == 0 {
                    break;
                }
            }
        }
    }

    fn does(&mut self, now: Time, deed: Deed) {
        match deed {
            Deed::Write(who, len) => {
                let who = usize::from(who);
                let mut taken = 0;
                self.act(who, now, |tcb, out| {
                    taken = tcb.write(now, len, More::No, out).unwrap_or(0);
                });
                self.written[who] += taken;
            }
            Deed::Close(who) => {
                let open = self.ends[usize::from(who)].state() != State::SynReceived;
                if open {
                    self.act(usize::from(who), now, |tcb, out| {
                        tcb.close(now, out);
                    });
                }
            }
        }
    }

    /// Runs until nothing is left to happen or 2,000 s are over. The error names what does not hold.
    fn run(&mut self) -> Result<(), String> {
        self.act(0, Time::ZERO, |tcb, out| tcb.connect(Time::ZERO, out));
        let mut steps = 0;
        while let Some(Reverse((now, _, due))) = self.queue.pop() {
            if now > Time::from_secs(2_000) {
                break;
            }
            steps += 1;
            if steps > 50_000 {
                return Err(format!("no end in sight after {steps} steps at {now:?}"));
            }
            match due {
                Due::Packet(packet) => self.arrives(now, packet),
                Due::Deed(n) => self.does(now, self.story.deeds[n].1),
                Due::Timer(end, kind) => {
                    if self.armed.get(&(end, kind)) != Some(&now) {
                        continue;
                    }
                    self.armed.remove(&(end, kind));
                    self.act(usize::from(end), now, |tcb, out| {
                        tcb.timeout(now, kind, out)
                    });
                }
            }
            self.read_all(now);
            for who in 0..2 {
                if self.read[1 - who] > self.written[who] {
                    return Err(format!("end {} read more than was written", 1 - who));
                }
            }
        }
        Ok(())
    }

    /// At the end: all that was written is read, or the connection is over for somebody.
    fn is_settled(&self) -> Result<(), String> {
        let over = |tcb: &Tcb| {
            matches!(tcb.state(), State::Closed | State::TimeWait) || tcb.owner == Owner::Nobody
        };
        let through = (0..2).all(|who| self.read[1 - who] == self.written[who]);
        let unborn = self.ends[1].state() == State::Closed;
        if through || unborn || self.ends.iter().any(over) {
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
}

fn played(story: &Story, iss: [u32; 2]) -> Result<Wire, TestCaseError> {
    let mut wire = Wire::new(story.clone(), iss);
    wire.run().map_err(TestCaseError::fail)?;
    Ok(wire)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

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
    }
}
