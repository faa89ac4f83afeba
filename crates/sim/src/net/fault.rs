//! Faults between hosts: the n-th packet that matches is dropped, delayed or doubled; silence from, to, or after something.
//!
//! The words are those of the rules that the recordings were made with: `nth` counts packets that match while the rule is
//! active, `count` bounds how many are hit, `after` starts a window when another rule has hit something for the first time.

use super::memory::{Entries, Memory, Met};
use std::time::Duration;
pub use whyeof_trace::filter::Refusal;
use whyeof_trace::{Flags, FlowId, HostId, Packet, Seq, Time};

/// Which packets a fault is about. What is not said matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// The sender.
    pub from: Option<HostId>,
    /// The receiver.
    pub to: Option<HostId>,
    /// The connection, in the order of the SYNs.
    pub flow: Option<FlowId>,
    /// A port at either end.
    pub port: Option<u16>,
    /// Control bits that are set.
    pub has: Flags,
    /// Control bits of which none is set.
    pub lacks: Flags,
    /// Whether it carries data.
    pub data: Option<bool>,
    /// Text in the first line of the message that begins in it.
    pub contains: Option<String>,
}

/// What happens to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is lost.
    Drop,
    /// It takes so much longer; others overtake it.
    Delay(Duration),
    /// It arrives twice, at the same time.
    Duplicate,
    /// Nothing; other faults wait for it.
    Mark,
    /// It is lost, and its sender is told.
    Reject(Refusal),
    /// It passes as long as a box on the way remembers its connection.
    Forget(Memory),
}

/// Where a packet meets the fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Between the hosts.
    #[default]
    Link,
    /// In the sender's own OUTPUT chain: its TCP learns of it (linux-tcp §7.4).
    Output,
}

/// When a fault is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From a time on, to another (`None`: to the end).
    Between(Duration, Option<Duration>),
    /// From a while after another fault, by its position, first hit something; for a while (`None`: to the end).
    After {
        /// Which.
        fault: u16,
        /// How long after.
        start: Duration,
        /// How long.
        lasts: Option<Duration>,
    },
}

impl When {
    /// From the start to the end.
    pub const ALWAYS: Self = Self::Between(Duration::ZERO, None);
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPlan {
    /// What the scenario calls it.
    pub name: String,
    /// When it is active.
    pub when: When,
    /// What it is about.
    pub packets: Match,
    /// From which of the matching packets on; 1 is the first.
    pub nth: u32,
    /// How many it hits at most.
    pub count: Option<u32>,
    /// What happens to them.
    pub effect: Effect,
    /// Where.
    pub place: Place,
}

/// A fault and what it has seen.
#[derive(Clone, Debug)]
struct Fault {
    plan: FaultPlan,
    seen: u32,
    hits: u32,
    first: Option<Time>,
    /// What it remembers, if it is a box.
    entries: Entries,
}

/// All faults of a run.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    all: Vec<Fault>,
    /// Whether any of them may keep data back in its sender's own OUTPUT chain.
    keep_back: bool,
}

/// A packet on its way, as faults see it.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'a> {
    /// The sender.
    pub from: HostId,
    /// The receiver.
    pub to: HostId,
    /// Both ends' ports.
    pub ports: [u16; 2],
    /// The packet.
    pub packet: &'a Packet,
    /// The first line of the message that begins in it.
    pub line: &'a str,
}

/// A connection that a box has just forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// What the box does.
    pub memory: Memory,
    /// What each end, by its side, expects next.
    pub expects: [Option<Seq>; 2],
}

/// What the faults made of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Which fault dropped it, and where.
    pub dropped: Option<(u16, Place)>,
    /// How much longer it takes.
    pub extra: Duration,
    /// How often it arrives besides once.
    pub copies: u8,
    /// Which fault rejects it, and how; where it would have arrived.
    pub rejected: Option<(u16, Refusal)>,
    /// Which box has forgotten its connection, and whether it tells the sender.
    pub forgotten: Option<(u16, Met)>,
    /// Which box has to look, and when, whether it still remembers the connection.
    pub look: Option<(u16, Time)>,
}

impl Place {
    /// Whether it is the sender's own filter.
    pub fn is_output(self) -> bool {
        self == Self::Output
    }
}

impl Faults {
    /// Nothing seen yet.
    pub fn new(plans: &[FaultPlan]) -> Self {
        let fault = |plan: &FaultPlan| Fault {
            plan: plan.clone(),
            seen: 0,
            hits: 0,
            first: None,
            entries: Entries::default(),
        };
        Self {
            all: plans.iter().map(fault).collect(),
            keep_back: plans.iter().any(|plan| plan.place.is_output()),
        }
    }

    /// Whether there is any.
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether the text of messages matters.
    pub fn read_text(&self) -> bool {
        self.all.iter().any(|f| f.plan.packets.contains.is_some())
    }

    /// A packet passes all faults; every one of them counts it.
    pub fn meet(&mut self, now: Time, passing: &Passing<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for index in 0..self.all.len() {
            if !self.is_active(index, now) {
                continue;
            }
            let fault = &mut self.all[index];
            if let Effect::Forget(memory) = fault.plan.effect {
                let number = u16::try_from(index).unwrap_or(u16::MAX);
                fault.remember(now, memory, number, passing, &mut verdict);
                continue;
            }
            if !fault.plan.packets.fits(passing) {
                continue;
            }
            fault.seen = fault.seen.saturating_add(1);
            if fault.seen < fault.plan.nth
                || fault.plan.count.is_some_and(|most| fault.hits >= most)
            {
                continue;
            }
            fault.hits = fault.hits.saturating_add(1);
            fault.first.get_or_insert(now);
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            match fault.plan.effect {
                Effect::Reject(how) => {
                    verdict.rejected.get_or_insert((number, how));
                }
                Effect::Drop => {
                    verdict.dropped.get_or_insert((number, fault.plan.place));
                }
                // Met above.
                Effect::Forget(_) => {}
                Effect::Delay(span) => verdict.extra += span,
                Effect::Duplicate => verdict.copies = verdict.copies.saturating_add(1),
                Effect::Mark => {}
            }
        }
        verdict
    }

    /// A box looks whether it still remembers a connection: what it does if not, and what the ends expect; or, as an error, when to
    /// look again. `None`: it is no box.
    pub fn look(&mut self, now: Time, fault: u16, flow: FlowId) -> Option<Result<Forgotten, Time>> {
        let fault = self.all.get_mut(usize::from(fault))?;
        let Effect::Forget(memory) = fault.plan.effect else {
            return None;
        };
        let looked = fault.entries.look(now, memory, flow);
        Some(looked.map(|expects| Forgotten { memory, expects }))
    }

    /// Whether new data of a socket would be dropped in its own host's OUTPUT chain.
    pub fn keep_back(
        &self,
        now: Time,
        from: HostId,
        to: HostId,
        ports: [u16; 2],
        flow: FlowId,
    ) -> bool {
        if !self.keep_back {
            return false;
        }
        (0..self.all.len()).any(|index| {
            let Fault {
                plan, seen, hits, ..
            } = &self.all[index];
            let m = &plan.packets;
            plan.place == Place::Output
                && plan.effect == Effect::Drop
                && self.is_active(index, now)
                && m.from.is_none_or(|host| host == from)
                && m.to.is_none_or(|host| host == to)
                && m.flow.is_none_or(|wanted| wanted == flow)
                && m.port.is_none_or(|port| ports.contains(&port))
                && m.data != Some(false)
                && m.has == Flags::default()
                && seen + 1 >= plan.nth
                && plan.count.is_none_or(|most| *hits < most)
        })
    }

    fn is_active(&self, index: usize, now: Time) -> bool {
        self.window(index)
            .is_some_and(|(from, to)| now >= from && to.is_none_or(|to| now < to))
    }

    /// From when a fault is active, and until when; `None`: it waits for another one to meet something, or there is no such fault.
    pub fn window(&self, index: usize) -> Option<(Time, Option<Time>)> {
        Some(match self.all.get(index)?.plan.when {
            When::Between(from, to) => (Time::ZERO + from, to.map(|to| Time::ZERO + to)),
            When::After {
                fault,
                start,
                lasts,
            } => {
                let from = self.all.get(usize::from(fault))?.first? + start;
                (from, lasts.map(|span| from + span))
            }
        })
    }

    /// Faults whose beginning and end are worth being told, by their number: a mark does nothing, and a box tells what it forgets.
    pub fn told(&self) -> impl Iterator<Item = u16> {
        let all = (0..).zip(&self.all);
        let told =
            all.filter(|(_, it)| !matches!(it.plan.effect, Effect::Mark | Effect::Forget(_)));
        told.map(|(number, _)| number)
    }
}

impl Fault {
    /// A packet comes by a box, whichever way it goes.
    fn remember(
        &mut self,
        now: Time,
        memory: Memory,
        number: u16,
        passing: &Passing<'_>,
        verdict: &mut Verdict,
    ) {
        let back = Passing {
            from: passing.to,
            to: passing.from,
            ..*passing
        };
        let fits = self.plan.packets.fits(passing) || self.plan.packets.fits(&back);
        let Packet::Tcp(segment) = passing.packet else {
            return;
        };
        if !fits || verdict.forgotten.is_some() {
            return;
        }
        match self.entries.meet(now, memory, segment) {
            Met::Known => {}
            Met::Learnt(look) => {
                verdict.look.get_or_insert((number, look));
            }
            met @ (Met::Lost | Met::Reset) => verdict.forgotten = Some((number, met)),
        }
    }
}

impl Match {
    fn fits(&self, passing: &Passing<'_>) -> bool {
        let Packet::Tcp(segment) = passing.packet else {
            return false;
        };
        self.from.is_none_or(|host| host == passing.from)
            && self.to.is_none_or(|host| host == passing.to)
            && self.flow.is_none_or(|flow| flow == segment.flow)
            && self.port.is_none_or(|port| passing.ports.contains(&port))
            && segment.flags.has(self.has)
            && segment.flags.0 & self.lacks.0 == 0
            && self.data.is_none_or(|data| data == (segment.len > 0))
            && self
                .contains
                .as_ref()
                .is_none_or(|text| passing.line.contains(text.as_str()))
    }
}
