//! Segments a second, with a trace and without: `cargo bench -p whyeof-sim`. Times are measured here only; tests count work.
//!
//! For instructions a segment, each workload runs once and alone under callgrind by its name and the recorder's:
//! `WHYEOF_ONCE=exchanges/trace valgrind --tool=callgrind …` (the difference to `nothing` is the workload).
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "it measures the engine with a real clock, and asks the environment what to run"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use std::hint::black_box;
use std::time::Duration;
use support::{client, go_plan, request, server};
use whyeof_sim::net::link::Path;
use whyeof_sim::plan::{PathPlan, Plan};
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::{Event, HostId, Method, SegmentEvent};

/// 10,000 POSTs on one connection, 20 ms apart.
fn exchanges() -> Plan {
    let mut plan = go_plan(vec![request(Method::Post, "/ingest", Duration::ZERO)]);
    client(&mut plan, |c| {
        c.workloads[0].every = Some(Duration::from_millis(20));
        c.workloads[0].count = 10_000;
    });
    plan.until = Duration::from_secs(250);
    plan.limits.records = 1_000_000;
    plan
}

/// A run of the outcome strip: two POSTs, the second of which meets the FIN.
fn race() -> Plan {
    let mut plan = go_plan(vec![
        request(Method::Post, "/ingest", Duration::ZERO),
        request(Method::Post, "/ingest", Duration::from_millis(10_005)),
    ]);
    plan.until = Duration::from_secs(12);
    plan
}

/// A response of this many bytes.
fn response(body: u32) -> Plan {
    let mut plan = go_plan(vec![request(Method::Get, "/large", Duration::ZERO)]);
    server(&mut plan, |s| s.handler.body = body);
    plan.limits.records = 1_000_000;
    plan
}

fn large() -> Plan {
    response(100 << 20)
}

/// 10 MiB through a path that loses one packet in a thousand.
fn lossy() -> Plan {
    let mut plan = response(10 << 20);
    let path = Path {
        loss_ppm: 1_000,
        ..Path::of_delay(plan.one_way)
    };
    plan.paths = vec![PathPlan {
        from: HostId(1),
        to: HostId(0),
        path,
    }];
    client(&mut plan, |c| c.timeout = None);
    plan.until = Duration::from_secs(600);
    plan
}

type Workload = (&'static str, fn() -> Plan);

const WORKLOADS: [Workload; 4] = [
    ("exchanges", exchanges),
    ("race", race),
    ("100 MiB", large),
    ("10 MiB, lossy", lossy),
];

fn segments(plan: Plan) -> u64 {
    let sent = run(plan).records.into_iter();
    let sent = sent.filter(|r| matches!(r.event, Event::Segment(SegmentEvent::Sent(_))));
    sent.count() as u64
}

fn bench(criterion: &mut Criterion) {
    for (name, plan) in WORKLOADS {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(segments(plan())));
        group.bench_function(BenchmarkId::from_parameter("trace"), |b| {
            b.iter_with_setup(plan, |plan| black_box(run(plan)));
        });
        group.bench_function(BenchmarkId::from_parameter("outcomes"), |b| {
            b.iter_with_setup(plan, |plan| black_box(outcomes(plan)));
        });
        group.finish();
    }
}

/// Runs one workload once and says how many segments it has; for callgrind.
fn once(what: &str) {
    for (name, plan) in WORKLOADS {
        if let Some(how) = what.strip_prefix(name) {
            match how {
                "/trace" => drop(black_box(run(plan()))),
                "/outcomes" => drop(black_box(outcomes(plan()))),
                _ => println!("{} segments", segments(plan())),
            }
        }
    }
}

criterion_group!(benches, bench);

fn main() {
    match std::env::var("WHYEOF_ONCE") {
        Ok(what) => once(&what),
        Err(_) => benches(),
    }
}
