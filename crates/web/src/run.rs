//! One run and what is known about it: derived from a scenario, never edited.

use std::rc::Rc;
use std::sync::Arc;
use whyeof_diagnose::{Finding, Remedy, Report, RequestReport, diagnose};
use whyeof_explore::probe::request_of_interest;
use whyeof_render::effects::is_shown;
use whyeof_render::wire::{Packets, Wire};
use whyeof_scenario::{Invalid, Scenario, build};
use whyeof_sim::plan::Plan;
use whyeof_sim::recorder::TraceRecorder;
use whyeof_sim::world::{Progress, World};
use whyeof_trace::{RecordId, RequestId, Time, Trace, digest};

/// A finished run.
#[derive(Debug)]
pub struct Run {
    /// What was simulated.
    pub scenario: Rc<Scenario>,
    /// What happened.
    pub trace: Trace,
    /// What it means.
    pub report: Report,
    /// Names the records: equal runs have equal digests.
    pub digest: u64,
    /// Its packets, read once.
    pub packets: Rc<Packets>,
    /// The records that a reader steps through: segments as they leave, and what has a sentence.
    pub events: Vec<RecordId>,
    /// The request that a reader asks about first.
    pub interest: Option<RequestId>,
}

/// Runs are compared by identity: two of equal content are drawn anew, which is right.
impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// A change as texts for a form: path and value.
pub type Edits = Vec<(String, String)>;

impl Run {
    /// Runs to the end, whatever that takes.
    ///
    /// # Errors
    ///
    /// The scenario does not hold.
    pub fn whole(scenario: Rc<Scenario>) -> Result<Self, Invalid> {
        let mut running = Sliced::new(scenario)?;
        while running.advance(u32::MAX) == Progress::Running {}
        Ok(running.finish())
    }

    /// What a capture shows, in the place of a run; the scenario is not what was run.
    pub fn of_capture(scenario: Rc<Scenario>, trace: Trace, report: Report) -> Self {
        Self::told(scenario, trace, report)
    }

    fn new(scenario: Rc<Scenario>, trace: Trace) -> Self {
        let report = diagnose(&trace);
        Self::told(scenario, trace, report)
    }

    fn told(scenario: Rc<Scenario>, trace: Trace, report: Report) -> Self {
        Self {
            digest: digest::digest(&trace),
            events: trace
                .records
                .iter()
                .filter(|r| is_shown(r))
                .map(|r| r.id)
                .collect(),
            packets: Rc::new(Packets::new(&trace, None)),
            interest: request_of_interest(&trace),
            scenario,
            trace,
            report,
        }
    }

    /// The run with its packets.
    pub fn wire(&self) -> Wire<'_> {
        Wire::with(&self.trace, Rc::clone(&self.packets))
    }

    /// The moment of an event of the list.
    pub fn time_of(&self, event: usize) -> Time {
        self.events
            .get(event)
            .map_or(Time::ZERO, |id| self.trace.record(*id).time)
    }

    /// When the last thing happened.
    pub fn last_moment(&self) -> Time {
        self.trace
            .records
            .last()
            .map_or(Time::ZERO, |record| record.time)
    }

    /// The position of the last event at or before a moment.
    pub fn event_at(&self, at: Time) -> Option<usize> {
        self.events
            .partition_point(|id| self.trace.record(*id).time <= at)
            .checked_sub(1)
    }

    /// The position of a record in the list, or of the event that it belongs to.
    pub fn event_of(&self, record: RecordId) -> Option<usize> {
        match self.events.binary_search(&record) {
            Ok(at) => Some(at),
            Err(at) => at.checked_sub(1),
        }
    }

    /// The request of this number, as the report has it.
    pub fn request(&self, number: usize) -> Option<&RequestReport> {
        self.report.requests.get(number)
    }

    /// The finding that the page tells: about the request that is looked at, else that of interest, the gravest first; else the gravest
    /// of all.
    pub fn finding(&self, focus: Option<usize>) -> Option<&Finding> {
        let looked_at = focus.and_then(|n| Some(self.request(n)?.id));
        let about = |request: Option<RequestId>| {
            let findings = self.report.findings.iter();
            let mine = findings.filter(|f| f.request.is_some() && f.request == request);
            mine.min_by_key(|f| f.severity)
        };
        about(looked_at)
            .or_else(|| about(self.interest))
            .or_else(|| self.report.leading())
    }

    /// What else there is to tell, besides that finding: each once, though it may hold of several requests.
    pub fn others(&self, told: &Finding) -> Vec<&Finding> {
        let mut others: Vec<&Finding> = Vec::new();
        for finding in &self.report.findings {
            let same = |other: &Finding| other.says_the_same_as(finding);
            if !same(told) && !others.iter().any(|other| same(other)) {
                others.push(finding);
            }
        }
        others
    }

    /// What to change, as texts for a form: path and value.
    pub fn remedies(&self) -> Vec<(&Remedy, Edits)> {
        let all = self.advice().into_iter();
        all.map(|(_, remedy, edits)| (remedy, edits)).collect()
    }

    /// The same, each with the finding that it comes from.
    pub fn advice(&self) -> Vec<(&Finding, &Remedy, Edits)> {
        let edits = |r: &Remedy| {
            r.edits
                .iter()
                .map(|e| (e.path.clone(), e.value.clone()))
                .collect()
        };
        self.report
            .advice()
            .into_iter()
            .map(|(finding, r)| (finding, r, edits(r)))
            .collect()
    }
}

/// A run under way, so that the page can stay alive beside it.
#[derive(Debug)]
pub struct Sliced {
    scenario: Rc<Scenario>,
    world: World,
    recorder: TraceRecorder,
}

impl Sliced {
    /// The start of a run.
    ///
    /// # Errors
    ///
    /// The scenario does not hold.
    pub fn new(scenario: Rc<Scenario>) -> Result<Self, Invalid> {
        let plan: Plan = build(&scenario)?;
        let mut recorder = TraceRecorder::new(plan.limits);
        let world = World::new(Arc::new(plan), &mut recorder);
        Ok(Self {
            scenario,
            world,
            recorder,
        })
    }

    /// Goes on for at most so many events.
    pub fn advance(&mut self, budget: u32) -> Progress {
        self.world.advance(budget, &mut self.recorder)
    }

    /// Records so far.
    pub fn records(&self) -> usize {
        self.recorder.records.len()
    }

    /// How far it is in its own time.
    pub const fn now(&self) -> Time {
        self.world.now()
    }

    /// The run, once it is over.
    pub fn finish(self) -> Run {
        Run::new(self.scenario, self.world.into_trace(self.recorder))
    }
}
