//! The risk window: the idle gaps after which a request is lost, or sent twice. Where it begins, where it ends, what it consists of.
//!
//! Found by runs: the gaps of a [proof](crate::proof), and between two that differ by halving, to 1 µs. Where chance has a say in them, that is done
//! for several draws.

use crate::ending::Ending;
use crate::parts::Parts;
use crate::probe::Probe;
use crate::proof;
use crate::search::{Point, search};
use std::time::Duration;
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_trace::Trace;

/// What happens to requests in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The caller gets an error.
    Fails,
    /// The runtime sends the request a second time by itself: the caller hears nothing of it.
    Replays,
}

impl Harm {
    fn of(ending: Ending) -> Option<Self> {
        match ending {
            Ending::Failed(_) | Ending::Unfinished => Some(Self::Fails),
            Ending::OkRetried => Some(Self::Replays),
            Ending::OkReused | Ending::OkNew => None,
        }
    }
}

/// Idle gaps next to each other after which a request comes to harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskWindow {
    /// What happens.
    pub harm: Harm,
    /// The first such gap, and the last; both edges to 1 µs.
    pub from: Duration,
    /// See `from`.
    pub to: Duration,
    /// The errors in it, as the program prints them, as they come with longer gaps.
    pub errors: Vec<String>,
    /// Whether its end was found: the longest gap that was tried may lie within it.
    pub ends: bool,
    /// What it consists of, where it is a race of a request with a FIN.
    pub parts: Option<Parts>,
}

impl RiskWindow {
    /// Its gaps: if none that was tried ends it, all that are longer, too.
    pub const fn stretch(&self) -> Stretch {
        let to = if self.ends { self.to } else { Duration::MAX };
        (self.from, to)
    }

    /// From its first gap to its last.
    pub fn width(&self) -> Duration {
        self.to - self.from
    }
}

/// The first and the last of gaps next to each other.
pub type Stretch = (Duration, Duration);

/// All windows of a question's requests between no gap and twice the largest timeout, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Whose requests they are about, where there are several clients.
    pub about: Option<String>,
    /// The windows.
    pub windows: Vec<RiskWindow>,
    /// Gaps after which the request goes well on another connection than the one before, at once: first and last of each stretch.
    pub renewed: Vec<Stretch>,
    /// Where chance moves them: what else is drawn for the same requests.
    pub drawn: Vec<Draw>,
    /// Whether they are about one time and not about every gap: see [`Probe::has_mishap`].
    pub once: bool,
    /// Gaps from 0 to here were tried.
    pub to: Duration,
    /// How many runs it took.
    pub runs: usize,
}

impl Risk {
    /// What happens to requests in its windows.
    pub fn harms(&self) -> impl Iterator<Item = Harm> {
        let windows = || self.draws().flat_map(|(windows, _)| windows);
        let met = move |harm: &Harm| windows().any(|window| window.harm == *harm);
        [Harm::Fails, Harm::Replays].into_iter().filter(met)
    }
}

/// What was found with other draws of chance: other delays on the way, other packets lost, other latencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The windows: as [`Risk::windows`], but what they consist of.
    pub windows: Vec<RiskWindow>,
    /// As [`Risk::renewed`].
    pub renewed: Vec<Stretch>,
}

impl Risk {
    /// The windows and renewals of each draw, the scenario's own first.
    pub fn draws(&self) -> impl Iterator<Item = (&[RiskWindow], &[Stretch])> {
        let own = (self.windows.as_slice(), self.renewed.as_slice());
        let others = self.drawn.iter().map(|it| (&*it.windows, &*it.renewed));
        std::iter::once(own).chain(others)
    }

    /// Gaps that do this harm in at least so many of the draws, in order.
    pub fn in_draws(&self, harm: Harm, least: usize) -> Vec<Stretch> {
        let own = |windows: &[RiskWindow]| -> Vec<Stretch> {
            let own = windows.iter().filter(|window| window.harm == harm);
            own.map(RiskWindow::stretch).collect()
        };
        let all: Vec<Stretch> = self.draws().flat_map(|(windows, _)| own(windows)).collect();
        // A window begins before another ends where both have one gap in common.
        let mut turns: Vec<(Duration, bool)> = all
            .iter()
            .flat_map(|(from, to)| [(*from, false), (*to, true)])
            .collect();
        turns.sort_unstable();
        let (mut open, mut begun) = (0, None);
        let mut found = Vec::new();
        for (gap, ends) in turns {
            match ends {
                false => open += 1,
                true => open -= 1,
            }
            match begun {
                None if open >= least => begun = Some(gap),
                Some(from) if open < least => {
                    found.push((from, gap));
                    begun = None;
                }
                _ => {}
            }
        }
        found
    }
}

/// Finds the windows. The question is the probe's; its answers are for this scenario.
///
/// # Errors
/// The scenario does not hold.
pub fn risk(scenario: &Scenario, question: &Probe) -> Result<Risk, Invalid> {
    let probe = question.of(scenario)?;
    let plan = build(scenario)?;
    let (gaps, mut to) = proof::all_gaps(&plan, &probe);
    let points = search(&probe, &gaps);
    if probe.allowance.is_spent() {
        to = points.last().map_or(Duration::ZERO, |(gap, _)| *gap);
    }
    let mut windows = windows(&points);
    for window in &mut windows {
        let after = |gap: Duration| Trace {
            settings: plan.settings.clone(),
            ..probe.traced(gap)
        };
        if probe.allowance.is_spent() {
            break;
        }
        window.parts = Parts::of(window, &after);
    }
    let mut runs = points.len();
    let drawn = probe.other_draws().map(|other| {
        let points = search(&other, &gaps);
        runs += points.len();
        Draw {
            windows: self::windows(&points),
            renewed: renewed(&points),
        }
    });
    Ok(Risk {
        about: probe.one_of_several(),
        windows,
        renewed: renewed(&points),
        drawn: drawn.collect(),
        once: probe.has_mishap(),
        to,
        runs,
    })
}

/// Gaps next to each other that come to the same harm.
fn windows(points: &[Point]) -> Vec<RiskWindow> {
    let mut windows: Vec<RiskWindow> = Vec::new();
    let mut open = false;
    for (gap, outcome) in points {
        let harm = Harm::of(outcome.ending);
        match (harm, windows.last_mut()) {
            (Some(harm), Some(window)) if open && window.harm == harm => {
                window.to = *gap;
                let error = outcome
                    .error
                    .iter()
                    .filter(|error| !window.errors.contains(error));
                let error: Vec<String> = error.cloned().collect();
                window.errors.extend(error);
            }
            (Some(harm), _) => windows.push(RiskWindow {
                harm,
                from: *gap,
                to: *gap,
                errors: outcome.error.iter().cloned().collect(),
                ends: true,
                parts: None,
            }),
            (None, _) => {}
        }
        open = harm.is_some();
    }
    if open && let Some(last) = windows.last_mut() {
        last.ends = false;
    }
    windows
}

fn renewed(points: &[Point]) -> Vec<Stretch> {
    let is_new = |point: &Point| point.1.ending == Ending::OkNew;
    let stretches = points.chunk_by(|one, other| is_new(one) == is_new(other));
    let stretches = stretches.filter(|stretch| stretch.iter().all(is_new));
    let ends = stretches.filter_map(|it| Some((it.first()?.0, it.last()?.0)));
    let mut all: Vec<Stretch> = ends.collect();
    // Who dials anew after the longest gap that was tried does so after any longer one.
    let last = points.last().map(|point| point.0);
    if let Some(open) = all.last_mut().filter(|stretch| Some(stretch.1) == last) {
        open.1 = Duration::MAX;
    }
    all
}
