//! What holds in every run: random plans against the laws of the swarm (`xtask/swarm/src/invariants/laws.rs`), and against themselves.

mod support;

use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::time::Duration;
use support::{client, dice, go_plan, request, server};
use whyeof_sim::limits::Limits;
use whyeof_sim::plan::{LatencyMode, Plan, ProgramPlan, RolePlan, Ties};
use whyeof_sim::recorder::TraceRecorder;
use whyeof_sim::world::{Progress, World, run};
use whyeof_swarm::invariants::{laws, outcomes};
use whyeof_trace::digest::digest;
use whyeof_trace::{
    Event, FaultEvent, LimitKind, Method, RequestEvent, SegmentEvent, Stop, Time, TimerEvent,
    TimerKind, Trace,
};

const PLANS: u64 = 300;

/// Random plans; a seed that fails is printed.
fn plans() -> impl Iterator<Item = (u64, Plan)> {
    (0..PLANS).map(|seed| (seed, dice::plan(seed)))
}

/// Goes on to the end, so many events at a time.
fn finish(mut world: World, mut recorder: TraceRecorder, budget: u32) -> Trace {
    while world.advance(budget, &mut recorder) == Progress::Running {}
    world.into_trace(recorder)
}

fn begin(plan: &Plan) -> (World, TraceRecorder) {
    let mut recorder = TraceRecorder::new(plan.limits);
    let world = World::new(Arc::new(plan.clone()), &mut recorder);
    (world, recorder)
}

#[test]
fn every_run_keeps_the_laws() {
    let mut broken = Vec::new();
    let (mut finished, mut failed, mut retried) = (0, 0, 0);
    for (seed, plan) in plans() {
        let trace = run(plan.clone());
        if let Err(what) = laws::hold(&plan, &trace) {
            broken.push(format!("seed {seed}: {what}"));
        }
        for record in &trace.records {
            match record.event {
                Event::Request(RequestEvent::Finished { .. }) => finished += 1,
                Event::Request(RequestEvent::Failed { .. }) => failed += 1,
                Event::Request(RequestEvent::Retried { .. }) => retried += 1,
                _ => {}
            }
        }
    }
    assert!(
        broken.is_empty(),
        "{} of {PLANS}\n{}",
        broken.len(),
        broken.join("\n")
    );
    // The plans are worth running: requests end every way.
    assert!(
        finished > 1_000 && failed > 300 && retried > 30,
        "{finished} {failed} {retried}"
    );
}

/// The same laws in bad weather, where they are worth more: the program reads a prefix of what was written, whatever the wire
/// does; nobody speaks for a socket that is gone; whoever waits has a timer.
#[test]
fn bad_weather_breaks_no_law() {
    let mut broken = Vec::new();
    let (mut lost, mut again, mut failed) = (0, 0, 0);
    for seed in 0..PLANS {
        let plan = dice::stormy(seed);
        let trace = run(plan.clone());
        if let Err(what) = laws::hold(&plan, &trace) {
            broken.push(format!("seed {seed}: {what}"));
        }
        for record in &trace.records {
            match record.event {
                Event::Segment(SegmentEvent::Dropped { .. }) => lost += 1,
                Event::Timer(TimerEvent::Fired { timer, .. })
                    if timer.kind == TimerKind::Retransmit =>
                {
                    again += 1;
                }
                Event::Request(RequestEvent::Failed { .. }) => failed += 1,
                _ => {}
            }
        }
    }
    assert!(
        broken.is_empty(),
        "{} of {PLANS}\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert!(
        lost > 1_000 && again > 500 && failed > 300,
        "{lost} {again} {failed}"
    );
}

/// A run depends on its plan and nothing else: not on when it is run, in which slices, or whether it is a copy that goes on.
#[test]
fn a_run_can_be_repeated_sliced_and_copied() {
    for (seed, plan) in plans().take(150) {
        let whole = run(plan.clone());
        let equals = |other: &Trace, how: &str| assert!(*other == whole, "seed {seed}: {how}");
        equals(&run(plan.clone()), "again");
        let (world, recorder) = begin(&plan);
        equals(&finish(world, recorder, 7), "by sevens");
        let (mut world, mut recorder) = begin(&plan);
        world.advance(50 + u32::try_from(seed).expect("small"), &mut recorder);
        let (copy, copied) = (world.clone(), recorder.clone());
        equals(&finish(world, recorder, 1_000), "the original");
        equals(&finish(copy, copied, 1_000), "the copy");
    }
}

/// Two plans' digests differ exactly when their traces do.
#[test]
fn digests_tell_runs_apart() {
    let all = || -> Vec<u64> {
        plans()
            .take(40)
            .map(|(_, plan)| digest(&run(plan)))
            .collect()
    };
    let mut digests = all();
    assert_eq!(digests, all());
    digests.sort_unstable();
    digests.dedup();
    assert!(digests.len() > 35, "{} digests", digests.len());
}

/// When what happened to the requests of one program, in order.
fn of_program(trace: &Trace, program: u16) -> Vec<(Time, Discriminant<RequestEvent>)> {
    let mine = |r: &RequestEvent| trace.requests[r.request().index()].program.0 == program;
    let events = trace.records.iter().filter_map(|r| match r.event {
        Event::Request(event) if mine(&event) => Some((r.time, discriminant(&event))),
        _ => None,
    });
    events.collect()
}

/// Chance is a function of (seed, who, what, number): an edit of one client, or of a limit that does not come into force,
/// leaves every other draw where it was.
#[test]
fn an_edit_changes_only_what_it_must() {
    for seed in 0..20 {
        let mut plan = go_plan(vec![request(Method::Post, "/a", Duration::from_millis(3))]);
        plan.latency = LatencyMode::Sampled;
        plan.seed = seed;
        client(&mut plan, |c| {
            c.workloads[0].every = Some(Duration::from_millis(400));
            c.workloads[0].plus = (Duration::ZERO, Duration::from_millis(20));
            c.workloads[0].count = 20;
        });
        let other = plan.programs[0].clone();
        plan.programs.push(other);
        let before = run(plan.clone());
        // The other client asks more often, in another rhythm; the server limits its responses.
        client(&mut plan, |c| {
            c.workloads[0].every = Some(Duration::from_millis(90));
            c.workloads[0].count = 31;
        });
        server(&mut plan, |s| s.write = support::deadline(5));
        let after = run(plan);
        assert_ne!(of_program(&before, 0), of_program(&after, 0), "seed {seed}");
        assert_eq!(of_program(&before, 2), of_program(&after, 2), "seed {seed}");
    }
}

/// A run without a trace is the same run.
#[test]
fn outcomes_are_what_the_trace_says() {
    for (seed, plan) in plans() {
        let trace = run(plan.clone());
        let held = outcomes::are_what_the_trace_says(&plan, &trace);
        held.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
}

/// Whatever order the events of one instant come in, the laws hold, and the plan decides the order.
#[test]
fn ties_may_be_decided_anyhow() {
    let mut different = 0;
    for (seed, mut plan) in plans().take(150) {
        plan.ties = Ties::Fifo;
        let fifo = run(plan.clone());
        plan.ties = Ties::Choices(vec![0; 50]);
        assert!(
            run(plan.clone()) == fifo,
            "seed {seed}: the first is the default"
        );
        plan.ties = Ties::Choices(vec![u16::MAX; 500]);
        let last = run(plan.clone());
        laws::hold(&plan, &last).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
        different += u32::from(last != fifo);
    }
    assert!(different > 10, "{different} plans have ties that matter");
}

fn workloads(plan: &Plan) -> usize {
    let of = |p: &ProgramPlan| match &p.role {
        RolePlan::Client(config) => config.workloads.len(),
        RolePlan::Server(_) | RolePlan::Proxy(_) | RolePlan::Sockets(_) => 0,
    };
    plan.programs.iter().map(of).sum()
}

/// One step may write a few records more than a bound allows: the last of them says which bound it was.
const A_STEP: usize = 120;

#[test]
fn bounds_are_kept_and_recorded() {
    for (seed, mut plan) in plans().take(100) {
        let whole = run(plan.clone());
        for kind in [
            LimitKind::Records,
            LimitKind::Steps,
            LimitKind::Flows,
            LimitKind::Requests,
        ] {
            plan.limits = Limits::default();
            match kind {
                LimitKind::Records => plan.limits.records = 40,
                LimitKind::Steps => plan.limits.steps = 40,
                LimitKind::Flows => plan.limits.flows = 2,
                LimitKind::Requests => plan.limits.requests = 2,
            }
            let limits = plan.limits;
            let cut = run(plan.clone());
            laws::hold(&plan, &cut).unwrap_or_else(|what| panic!("seed {seed}, {kind:?}: {what}"));
            let about = format!("seed {seed}, {kind:?}: {:?}", cut.stop);
            assert!(cut.records.len() <= limits.records + A_STEP, "{about}");
            assert!(cut.flows.len() <= limits.flows as usize, "{about}");
            assert!(cut.requests.len() <= limits.requests as usize, "{about}");
            let limit = Event::Fault(FaultEvent::Limit { kind });
            let noted = cut.records.iter().filter(|r| r.event == limit).count();
            if kind == LimitKind::Requests {
                assert!(noted <= workloads(&plan), "{about}: once a workload");
                assert_eq!(noted > 0, whole.requests.len() > 2, "{about}");
            } else if cut.stop == Stop::Limit(kind) {
                assert_eq!(noted, 1, "{about}");
                assert_eq!(cut.records.last().map(|r| r.event), Some(limit), "{about}");
            } else {
                assert!(noted == 0 && cut == whole, "{about}");
            }
        }
    }
}
