//! A run of a probe up to where its gap begins: what comes before is the same for every gap, so it is simulated once.

use super::{Probe, RunOutcome};
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::plan::RolePlan;
use whyeof_sim::recorder::Outcomes;
use whyeof_sim::world::{Progress, World};
use whyeof_trace::{ProgramId, Time};

/// Longer than any gap, so that what comes after the gap is still to come.
const LONG: Duration = Duration::from_secs(1 << 32);

/// A question, and a run that has come to where its gap begins.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The question.
    pub probe: Probe,
    begun: (World, Outcomes),
    /// The same run, up to where the last one's request was asked: a sweep goes up, and need not repeat how a connection comes to rest.
    further: (World, Outcomes),
    /// The last run's, whose place the next one takes: it needs no memory of its own.
    going_on: (World, Outcomes),
    /// What is asked after the gap: the program, its row, and when it would be after [`LONG`].
    rows: Vec<(ProgramId, u16, Duration)>,
}

impl Begun {
    /// The beginning of all runs of this probe.
    pub fn new(probe: Probe) -> Self {
        let plan = Arc::new(probe.plan(LONG));
        let mut recorder = Outcomes::default();
        let mut world = World::new(Arc::clone(&plan), &mut recorder);
        // What ends the request before is there as well: only without any gap does it come behind what is asked.
        let begins = Time::ZERO + probe.gap_begins() + Duration::from_nanos(1);
        world.advance_to(begins, &mut recorder);
        probe.allowance.take(world.steps());
        let mut rows = Vec::new();
        for (id, program) in (0..).map(ProgramId).zip(&plan.programs) {
            let RolePlan::Client(config) = &program.role else {
                continue;
            };
            for row in 0..config.workloads.len() {
                let after = |gap| probe.asked_at(id.index(), row, gap);
                let (at, sooner) = (after(LONG), after(Duration::ZERO));
                if at != sooner {
                    rows.push((id, u16::try_from(row).unwrap_or(u16::MAX), at));
                }
            }
        }
        let begun = (world, recorder);
        Self {
            probe,
            going_on: begun.clone(),
            further: begun.clone(),
            begun,
            rows,
        }
    }

    /// What becomes of the request after this gap: as [`Probe::run`].
    pub fn run(&mut self, gap: Duration) -> RunOutcome {
        if gap.is_zero() {
            return self.probe.run(gap);
        }
        let asked_at = |(program, row, _): &(ProgramId, u16, Duration)| {
            self.probe.asked_at(program.index(), usize::from(*row), gap)
        };
        let asked: Vec<Duration> = self.rows.iter().map(asked_at).collect();
        self.go_further(asked.iter().min().copied());
        let (world, recorder) = &mut self.going_on;
        world.clone_from(&self.further.0);
        recorder.clone_from(&self.further.1);
        for ((program, row, was), is) in self.rows.iter().zip(asked) {
            if !world.ask_at(*program, *row, *was, is) {
                return self.probe.run(gap);
            }
        }
        world.end_at(Time::ZERO + self.probe.ends_at(gap));
        let before = world.steps();
        while world.advance(u32::MAX, recorder) == Progress::Running {}
        // What has happened before is copied, which takes the longer the more it is.
        let copied = before / 16;
        self.probe.allowance.take(world.steps() - before + copied);
        self.probe.tell(gap, recorder, world)
    }

    /// Up to the first request after a gap, which is still to come.
    fn go_further(&mut self, first: Option<Duration>) {
        let Some(first) = first.map(|first| Time::ZERO + first) else {
            return;
        };
        let (world, recorder) = &mut self.further;
        if first < world.now() {
            world.clone_from(&self.begun.0);
            recorder.clone_from(&self.begun.1);
        }
        let before = world.steps();
        world.advance_to(first, recorder);
        self.probe.allowance.take(world.steps() - before);
    }
}
