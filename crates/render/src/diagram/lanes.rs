//! Where lifelines and lanes stand: x of each host's kernel, its program, and what may stand beside them.

use super::part::Part;
use super::scene::Anchor;
use super::view::{Layout, View};
use crate::describe;
use litemap::LiteMap;
use whyeof_trace::{HostId, Role, SortKey, Time, Trace};

/// Half the width of a state bar on a lifeline, px.
pub(crate) const BAR_HALF: f64 = 5.0;
/// From one connection's state bar to the next one's on the same lifeline, px.
const BAR_STEP: f64 = 13.0;
/// So many connections at a time have bars of their own; more share.
const BAR_SLOTS: usize = 4;

/// How far outside the first bar the bar of a slot stands, px.
fn aside(slot: usize) -> f64 {
    slot.min(BAR_SLOTS - 1) as f64 * BAR_STEP
}

/// The lanes of one host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostLane {
    /// Which host.
    pub host: HostId,
    /// Its kernel's lifeline, px.
    pub kernel: f64,
    /// Its program's lifeline, px.
    pub program: f64,
    /// Away from the wire: −1 to the left, 1 to the right.
    pub outward: f64,
    /// Where its badges may stand: left and right end, px.
    pub badges: (f64, f64),
    /// Which part of a badge stands at `program`.
    pub anchor: Anchor,
    /// The most bars that stand outside the first one.
    pub most: usize,
}

impl HostLane {
    /// The lifeline of the n-th connection at this host, px.
    pub fn bar(&self, slot: usize) -> f64 {
        self.kernel + self.outward * aside(slot)
    }

    /// The outermost bar, px.
    pub fn outside(&self) -> f64 {
        self.bar(self.most)
    }

    /// Where an arrow ends that comes from or goes to `other`, px.
    pub fn edge(&self, slot: usize, other: f64) -> f64 {
        let bar = self.bar(slot);
        if other < bar {
            bar - BAR_HALF
        } else {
            bar + BAR_HALF
        }
    }
}

/// All lanes of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Lanes {
    /// Width of the picture, px.
    pub width: f64,
    /// Where the column of times ends, px.
    pub times: f64,
    /// The hosts from left to right: clients, proxies, servers.
    pub hosts: Vec<HostLane>,
}

impl Lanes {
    /// Arranges hosts that stand in order. `most` tells the most bars that stand outside the first one of a host.
    pub(super) fn new(
        trace: &Trace,
        view: &View,
        order: &[HostId],
        most: &LiteMap<HostId, usize>,
    ) -> Self {
        let most = |host: HostId| most.get(&host).copied().unwrap_or(0);
        let order: Vec<(HostId, usize)> = order.iter().map(|host| (*host, most(*host))).collect();
        match view.layout {
            Layout::Wide => wide(&order, view.width, column(trace.end)),
            Layout::Phone => phone(&order, view.width, column(trace.end)),
        }
    }

    /// The lanes of a host; the first ones for a host that the trace does not have.
    pub fn of(&self, host: HostId) -> HostLane {
        let found = self.hosts.iter().find(|lane| lane.host == host);
        *found.unwrap_or(&self.hosts[0])
    }

    /// Whether this host stands at the right end.
    pub fn is_last(&self, host: HostId) -> bool {
        self.hosts.len() > 1 && self.hosts.last().is_some_and(|lane| lane.host == host)
    }
}

/// The hosts that have a lane, from left to right.
pub(super) fn order(trace: &Trace, part: &Part) -> Vec<HostId> {
    let rank = |host: HostId| match describe::role(trace, host) {
        Some(Role::Client) => 0,
        Some(Role::Proxy) => 1,
        None => 2,
        Some(Role::Server) => 3,
    };
    let count = u16::try_from(trace.hosts.len()).unwrap_or(u16::MAX).max(1);
    let shown = (0..count).map(HostId).filter(|host| part.shows(*host));
    let mut order: Vec<HostId> = shown.collect();
    if order.is_empty() {
        order.push(HostId(0));
    }
    order.sort_by_cached_key(|host| -> SortKey { (rank(*host), 0) });
    order
}

fn wide(order: &[(HostId, usize)], width: f64, column: f64) -> Lanes {
    let times = column + 6.0;
    let edge = 6.0;
    let count = order.len();
    // Hosts in the middle need room for badges of their own.
    let badge = if count > 2 {
        (width * 0.165).clamp(100.0, 190.0)
    } else {
        (width * 0.212).clamp(120.0, 190.0)
    };
    let states = (width * 0.085).clamp(46.0, 84.0);
    let first = times + badge + states;
    let last = width - edge - badge - states;
    let hosts = order.iter().enumerate().map(|(index, &(host, most))| {
        let left = index == 0;
        let right = index + 1 == count;
        let share = share(index, count);
        let kernel = first + (last - first) * share;
        let badges = if left {
            (times, times + badge)
        } else if right {
            (width - edge - badge, width - edge)
        } else {
            (kernel + 14.0, kernel + 14.0 + badge)
        };
        HostLane {
            host,
            kernel,
            program: f64::midpoint(badges.0, badges.1),
            outward: if left { -1.0 } else { 1.0 },
            badges,
            anchor: Anchor::Middle,
            most,
        }
    });
    Lanes {
        width,
        times,
        hosts: hosts.collect(),
    }
}

/// How far to the right a host stands, from 0 to 1. The badges of one in the middle stand right of it, so the way to it is
/// the shorter.
fn share(index: usize, count: usize) -> f64 {
    let even = index as f64 / (count.max(2) - 1) as f64;
    if index > 0 && index + 1 < count {
        even * 0.72
    } else {
        even
    }
}

/// Room for the longest time of a run, as narrow as can be: `12.3456`, and a digit more from 100 s and from 1,000 s on.
fn column(end: Time) -> f64 {
    let seconds = end.nanos() / 1_000_000_000;
    let more = [100, 1_000].iter().filter(|from| seconds >= **from);
    60.0 + 7.0 * more.count() as f64
}

fn phone(order: &[(HostId, usize)], width: f64, times: f64) -> Lanes {
    let bars = |index: Option<usize>| {
        let most = index.and_then(|index| order.get(index)).map(|it| it.1);
        most.map_or(0.0, aside)
    };
    // The bars outside must leave the times alone, and stay in the picture.
    let first = times + 10.0 + bars(Some(0));
    let last = width - 16.0 - bars(order.len().checked_sub(1));
    let count = order.len();
    let hosts = order.iter().enumerate().map(|(index, &(host, most))| {
        let right = index > 0;
        let share = index as f64 / (count.max(2) - 1) as f64;
        let kernel = first + (last - first) * share;
        // Of two hosts a badge may take most of the way, of several not more than to the bars of the next. Only those of the first host stand
        // on the other side of it.
        let next = if index > 1 {
            bars(Some(index - 1))
        } else {
            0.0
        };
        let reach = if count > 2 {
            (last - first) / (count - 1) as f64 - 20.0 - next
        } else {
            (last - first) * 0.8
        };
        let inward = if right { -1.0 } else { 1.0 };
        let near = kernel + inward * 10.0;
        let far = near + inward * reach;
        HostLane {
            host,
            kernel,
            program: near,
            outward: -inward,
            badges: (near.min(far), near.max(far)),
            anchor: if right { Anchor::End } else { Anchor::Start },
            most,
        }
    });
    Lanes {
        width,
        times,
        hosts: hosts.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_four_hosts_on_a_phone_a_badge_has_room_for_a_status() {
        let order = [0, 0, 2, 0].map(|most| (HostId(0), most));
        let lanes = phone(&order, 358.0, column(Time::ZERO));
        let status = 18.0 + super::super::place::width("200", super::super::canvas::MONO);
        for (index, lane) in lanes.hosts.iter().enumerate() {
            let (left, right) = lane.badges;
            assert!(right - left >= status, "lane {index}: {}", right - left);
            // Nor does it reach the bars of the next host.
            let next = index.checked_sub(1).map(|next| lanes.hosts[next]);
            let bars = next.map_or(0.0, |next| next.kernel.max(next.outside()) + BAR_HALF);
            assert!(left > bars, "lane {index}: {left} and {bars}");
        }
    }
}
