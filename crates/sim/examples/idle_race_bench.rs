//! How long a run of the story takes, with and without a trace: `cargo run --release -p whyeof-sim --example idle_race_bench`.
//!
//! The strip under the diagram is 201 runs of two POSTs, one gap each; no test asserts these times.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "it measures the engine with a real clock, and prints what it took"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};
use support::{client, go_plan, request};
use whyeof_sim::plan::Plan;
use whyeof_sim::world::{outcomes, run};
use whyeof_trace::Method;

/// Two POSTs, the second this long after the first.
fn story(gap: Duration) -> Plan {
    let mut plan = go_plan(vec![
        request(Method::Post, "/ingest", Duration::ZERO),
        request(Method::Post, "/ingest", gap),
    ]);
    plan.until = gap + Duration::from_secs(2);
    plan
}

fn strip() -> Vec<Plan> {
    let from = Duration::from_millis(9_990);
    let gaps = (0..201).map(|n| from + Duration::from_micros(150) * n);
    gaps.map(story).collect()
}

/// 10,000 POSTs on one connection, 20 ms apart.
fn exchanges() -> Vec<Plan> {
    let mut plan = story(Duration::from_secs(1));
    client(&mut plan, |c| {
        c.workloads.truncate(1);
        c.workloads[0].every = Some(Duration::from_millis(20));
        c.workloads[0].count = 10_000;
    });
    plan.until = Duration::from_secs(250);
    plan.limits.records = 1_000_000;
    vec![plan]
}

/// The median of 31 times.
fn median(plans: fn() -> Vec<Plan>, one: impl Fn(Plan)) -> Duration {
    let mut times: Vec<Duration> = (0..31)
        .map(|_| {
            let plans = plans();
            let begin = Instant::now();
            plans.into_iter().for_each(&one);
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn measure(name: &str, plans: fn() -> Vec<Plan>, parts: u32, part: &str) {
    let records = run(plans().remove(0)).records.len();
    println!("{name}, {records} records a run:");
    let traced = median(plans, |plan| drop(black_box(run(plan))));
    let plain = median(plans, |plan| drop(black_box(outcomes(plan))));
    for (how, time) in [("with a trace", traced), ("without a trace", plain)] {
        println!("  {how:15} {time:>10.1?}   {:>8.1?} {part}", time / parts);
    }
}

fn main() {
    measure("201 runs of two POSTs", strip, 201, "a run");
    measure(
        "10,000 POSTs on one connection",
        exchanges,
        10_000,
        "an exchange",
    );
}
