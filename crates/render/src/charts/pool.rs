//! Pools over time: how many connections are in use, how many lie idle, and how many requests wait for one.
//!
//! What dashboards of a pool show (`active`, `idle`, `pending`), of all pools of a run together. Time is cut into slots, and each shows its
//! highest value.

use super::panel::{
    Area, BLUE, Drawn, GREEN, LEFT, RED, Span, axis, curve, frame, picture, slotted, words,
};
use crate::text::{self, Lang};
use litemap::LiteMap;
use plotters::style::text_anchor::HPos;
use whyeof_trace::{
    Event, Evicted, Failure, PoolEvent, RequestEvent, RequestId, SocketId, Time, Trace,
};

/// Slots of time.
const SLOTS: usize = 240;

/// What one slot shows, at most each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
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
}

/// Where the connections and requests of a moment are.
#[derive(Default)]
struct Now {
    /// Whether a pool's connection lies idle.
    idle: LiteMap<SocketId, bool>,
    waiting: LiteMap<RequestId, ()>,
    counts: Slot,
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
        let Slot {
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
            now.counts
        });
        Self { slots }
    }

    /// The highest value of one curve.
    pub fn most(&self, of: impl Fn(&Slot) -> u32) -> u32 {
        self.slots.iter().map(of).max().unwrap_or(0)
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
        text::POOLS_SHOWN.fill(lang, &values)
    }
}

impl Slot {
    fn see(&mut self, now: Self) {
        self.busy = self.busy.max(now.busy);
        self.idle = self.idle.max(now.idle);
        self.waiting = self.waiting.max(now.waiting);
    }
}

/// The upper picture and the lower one, px.
const CONNECTIONS: Span = (46, 186);
const REQUESTS: Span = (236, 346);

/// The picture, as a file of its own.
pub fn svg(trace: &Trace, lang: Lang) -> String {
    let pools = Pools::of(trace);
    picture(&pools.describe(lang), |area| {
        draw(&pools, trace.end, lang, area)
    })
}

fn draw<'s>(pools: &Pools, end: Time, lang: Lang, area: &Area<'s>) -> Drawn<'s> {
    let values = |of: fn(&Slot) -> u32| pools.slots.iter().map(of);
    let most = pools.most(|s| s.busy.max(s.idle)).max(1);
    words(area, text::POOL_BUSY.of(lang), (LEFT, 22), BLUE, HPos::Left)?;
    let beside = (LEFT + 160, 22);
    words(area, text::POOL_IDLE.of(lang), beside, GREEN, HPos::Left)?;
    frame(area, CONNECTIONS, &most.to_string())?;
    curve(area, CONNECTIONS, values(|s| s.idle), (most, GREEN))?;
    curve(area, CONNECTIONS, values(|s| s.busy), (most, BLUE))?;
    let waiting = pools.most(|s| s.waiting).max(1);
    words(
        area,
        text::POOL_WAITING.of(lang),
        (LEFT, 212),
        RED,
        HPos::Left,
    )?;
    frame(area, REQUESTS, &waiting.to_string())?;
    curve(area, REQUESTS, values(|s| s.waiting), (waiting, RED))?;
    axis(area, REQUESTS.1 + 16, (Time::ZERO, end))
}
