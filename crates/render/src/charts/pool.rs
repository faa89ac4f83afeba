//! Pools over time: how many connections are in use, how many lie idle, and how many requests wait for one.
//!
//! What dashboards of a pool show (`active`, `idle`, `pending`), of all pools of a run together. Time is cut into slots, and each shows its
//! lowest value and its highest: a request of 10 ms in an hour's run is a dash, and not a stretch.

use super::panel::{
    Area, BLUE, Drawn, GREEN, LEFT, RED, Span, axis, band, frame, picture, slotted, words,
};
use crate::text::{self, Lang};
use litemap::LiteMap;
use plotters::style::text_anchor::HPos;
use whyeof_trace::{
    Event, Evicted, Failure, PoolEvent, Program, RequestEvent, RequestId, Role, SocketId, Time,
    Trace,
};

/// Slots of time.
const SLOTS: usize = 240;

/// What one slot shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// The least of each; `None`: it has not begun.
    least: Option<Count>,
    /// The most of each.
    pub most: Count,
}

/// What is so at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Connections that a request has, or that are being made for one.
    pub busy: u32,
    /// Connections that lie in a pool.
    pub idle: u32,
    /// Requests that wait because the limit of connections is reached.
    pub waiting: u32,
}

/// The pools of a run, slot by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pools {
    /// From the start of the run to its end.
    pub slots: Vec<Slot>,
    /// Programs that have one; what is counted is of all of them together.
    pub programs: usize,
}

/// Where the connections and requests of a moment are.
#[derive(Default)]
struct Now {
    /// Whether a pool's connection lies idle.
    idle: LiteMap<SocketId, bool>,
    waiting: LiteMap<RequestId, ()>,
    counts: Count,
}

impl Now {
    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Pool(PoolEvent::Wait { request }) => {
                let is_new = self.waiting.insert(request, ()).is_none();
                self.counts.waiting += u32::from(is_new);
            }
            Event::Pool(
                PoolEvent::Dial { request, socket }
                | PoolEvent::Checkout {
                    request, socket, ..
                },
            ) => {
                self.waits_no_more(request);
                self.put(socket, Some(false));
            }
            Event::Pool(PoolEvent::Park { socket, .. }) => self.put(socket, Some(true)),
            Event::Pool(PoolEvent::Evict { socket, why }) => {
                self.put(socket, None);
                // Nobody is left who would send what still waits.
                if why == Evicted::ProcessExit {
                    self.waiting.clear();
                    self.counts.waiting = 0;
                }
            }
            // Whose caller only looked away still stands in the queue, and is sent when its turn comes.
            Event::Request(RequestEvent::Failed {
                request, failure, ..
            }) if failure != Failure::Abandoned => self.waits_no_more(request),
            _ => {}
        }
    }

    fn waits_no_more(&mut self, request: RequestId) {
        let waited = self.waiting.remove(&request).is_some();
        self.counts.waiting -= u32::from(waited);
    }

    /// A connection is idle now, or in use, or gone.
    fn put(&mut self, socket: SocketId, idle: Option<bool>) {
        let was = match idle {
            Some(idle) => self.idle.insert(socket, idle),
            None => self.idle.remove(&socket),
        };
        let Count {
            busy, idle: lies, ..
        } = &mut self.counts;
        match was {
            Some(true) => *lies -= 1,
            Some(false) => *busy -= 1,
            None => {}
        }
        match idle {
            Some(true) => *lies += 1,
            Some(false) => *busy += 1,
            None => {}
        }
    }
}

impl Pools {
    /// Counts.
    pub fn of(trace: &Trace) -> Self {
        let mut now = Now::default();
        let (slots, _) = slotted(trace, SLOTS, Slot::see, |event, _| {
            now.happen(event);
            Slot {
                least: Some(now.counts),
                most: now.counts,
            }
        });
        let has_pool = |it: &&Program| it.role != Role::Server;
        Self {
            slots,
            programs: trace.programs.iter().filter(has_pool).count(),
        }
    }

    /// The highest value of one curve.
    pub fn most(&self, of: impl Fn(&Count) -> u32) -> u32 {
        self.slots
            .iter()
            .map(|slot| of(&slot.most))
            .max()
            .unwrap_or(0)
    }

    /// What the picture shows, in words.
    pub fn describe(&self, lang: Lang) -> String {
        let values = [
            ("busy", self.most(|s| s.busy).to_string()),
            ("idle", self.most(|s| s.idle).to_string()),
            ("waiting", self.most(|s| s.waiting).to_string()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let said = text::POOLS_SHOWN.fill(lang, &values);
        match self.programs {
            0 | 1 => said,
            count => {
                text::POOLS_TOGETHER.fill(lang, &[("pools", &count.to_string()), ("said", &said)])
            }
        }
    }
}

impl Slot {
    /// So it is at a moment of this slot.
    fn see(&mut self, now: Self) {
        let least = now.least.unwrap_or_default();
        let with = |one: Count, other: Count, of: fn(u32, u32) -> u32| Count {
            busy: of(one.busy, other.busy),
            idle: of(one.idle, other.idle),
            waiting: of(one.waiting, other.waiting),
        };
        self.least = Some(match self.least {
            Some(before) => with(before, least, u32::min),
            None => least,
        });
        self.most = with(self.most, now.most, u32::max);
    }
}

/// The panels, px.
const PANELS: [Span; 3] = [(42, 122), (158, 238), (274, 346)];

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let pools = Pools::of(trace);
    picture(&pools.describe(lang), |area| {
        draw(&pools, trace.end, lang, area)
    })
}

fn draw<'s>(pools: &Pools, end: Time, lang: Lang, area: &Area<'s>) -> Drawn<'s> {
    let of: [fn(&Count) -> u32; 3] = [|c| c.busy, |c| c.idle, |c| c.waiting];
    let looks = [
        (text::POOL_BUSY, BLUE),
        (text::POOL_IDLE, GREEN),
        (text::POOL_WAITING, RED),
    ];
    for (((name, ink), of), span) in looks.into_iter().zip(of).zip(PANELS) {
        let most = pools.most(of).max(1);
        words(area, name.of(lang), (LEFT, span.0 - 16), ink, HPos::Left)?;
        frame(area, span, &most.to_string())?;
        let slots = pools.slots.iter();
        let bounds = slots.map(|slot| [of(&slot.least.unwrap_or_default()), of(&slot.most)]);
        band(area, span, bounds, (most, ink))?;
    }
    axis(area, PANELS[2].1 + 16, (Time::ZERO, end))
}
