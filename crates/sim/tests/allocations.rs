//! The hot loop allocates nothing per event: what still grows are the lists that the trace ends up with, by doubling.

mod support;

use std::sync::Arc;
use std::time::Duration;
use support::{client, go_plan, request, server};
use whyeof_sim::net::link::Path;
use whyeof_sim::plan::{LatencyMode, PathPlan, Plan};
use whyeof_sim::recorder::{Outcomes, Recorder, TraceRecorder};
use whyeof_sim::world::{Progress, World};
use whyeof_trace::{HostId, Method};

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

/// A large response over a path that loses one packet in a hundred: queues of segments out of order, SACK blocks, repairs.
fn lossy() -> Plan {
    let mut plan = go_plan(vec![request(Method::Get, "/large", Duration::ZERO)]);
    client(&mut plan, |c| c.timeout = None);
    server(&mut plan, |s| s.handler.body = 200 << 20);
    plan.until = Duration::from_secs(3_600);
    plan.paths = vec![PathPlan {
        from: HostId(1),
        to: HostId(0),
        path: Path {
            loss_ppm: 10_000,
            ..Path::of_delay(plan.one_way)
        },
    }];
    plan
}

/// Allocations while 20,000 events are handled, after as many to warm up.
fn allocations(plan: Plan, recorder: &mut impl Recorder) -> u64 {
    let mut world = World::new(Arc::new(plan), recorder);
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
    for (name, plan) in [("steady", steady()), ("lossy", lossy())] {
        let plain = allocations(plan.clone(), &mut Outcomes::default());
        assert!(plain <= LISTS, "{name}: {plain} without a trace");
        let traced = allocations(plan.clone(), &mut TraceRecorder::new(plan.limits));
        assert!(traced <= LISTS, "{name}: {traced} with a trace");
    }
}
