//! Runs for many gaps, and as many more as it takes to know where one ending turns into another.

use crate::probe::{Begun, Probe, RunOutcome};
use std::time::Duration;

/// So closely edges are known.
pub(crate) const FINEST: Duration = Duration::from_micros(1);

/// A gap and what becomes of the request after it.
pub(crate) type Point = (Duration, RunOutcome);

/// Runs all of these gaps, which stand in order, or the first of them as far as the probe's allowance goes. Between two that end differently, or use other connections of the way again, it looks until
/// neighbours are 1 µs apart: what is too narrow for the gaps begins where one of the two ends.
pub(crate) fn search(probe: &Probe, gaps: &[Duration]) -> Vec<Point> {
    let mut begun = Begun::new(probe.clone());
    let mut points: Vec<Point> = Vec::new();
    for gap in gaps {
        if probe.allowance.is_spent() {
            break;
        }
        let point = (*gap, begun.run(*gap));
        if let Some(last) = points.last().cloned() {
            halve(&mut begun, &last, &point, &mut points);
        }
        points.push(point);
    }
    points
}

fn halve(begun: &mut Begun, low: &Point, high: &Point, points: &mut Vec<Point>) {
    let alike = low.1.ending == high.1.ending && low.1.kept == high.1.kept;
    if alike || high.0 - low.0 <= FINEST || begun.probe.allowance.is_spent() {
        return;
    }
    // Whole microseconds, as people write them.
    let middle = low.0 + (high.0 - low.0) / 2;
    let whole = middle.saturating_sub(Duration::from_nanos(u64::from(
        middle.subsec_nanos() % 1_000,
    )));
    let gap = if whole > low.0 { whole } else { middle };
    let middle = (gap, begun.run(gap));
    halve(begun, low, &middle, points);
    points.push(middle.clone());
    halve(begun, &middle, high, points);
}
