//! The hot loop allocates nothing per event: what still grows are the lists that the trace ends up with, by doubling.

mod support;

use std::sync::Arc;
use std::time::Duration;
use support::{client, go_plan, request};
use whyeof_sim::plan::{LatencyMode, Plan};
use whyeof_sim::recorder::{Outcomes, Recorder, TraceRecorder};
use whyeof_sim::world::{Progress, World};
use whyeof_trace::Method;

/// A POST every 50 ms on one connection.
fn steady() -> Plan {
    let mut plan = go_plan(vec![request(Method::Post, "/ingest", Duration::ZERO)]);
    plan.latency = LatencyMode::Sampled;
    plan.until = Duration::from_secs(3_600);
    client(&mut plan, |c| {
        c.workloads[0].every = Some(Duration::from_millis(50));
        c.workloads[0].count = u32::MAX;
    });
    plan
}

/// Allocations while 20,000 events are handled, after as many to warm up.
fn allocations(recorder: &mut impl Recorder) -> u64 {
    let mut world = World::new(Arc::new(steady()), recorder);
    assert_eq!(world.advance(20_000, recorder), Progress::Running);
    let counted = allocation_counter::measure(|| {
        assert_eq!(world.advance(20_000, recorder), Progress::Running);
    });
    counted.count_total
}

/// Each list at most doubles while the number of events does.
const LISTS: u64 = 12;

#[test]
fn an_event_allocates_nothing() {
    let plain = allocations(&mut Outcomes::default());
    assert!(plain <= LISTS, "{plain} allocations without a trace");
    let traced = allocations(&mut TraceRecorder::new(steady().limits));
    assert!(traced <= LISTS, "{traced} allocations with a trace");
}
