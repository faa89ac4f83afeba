//! What to change, best first by what runs have shown so far: a claim that they refute goes behind those that hold.

use super::model::{Model, Reran};
use crate::proto::Proved;
use crate::run::Run;
use std::time::Duration;
use whyeof_diagnose::{Gaps, Grade, Proof, Remedy};

/// One thing to change.
#[derive(Clone, Debug)]
pub struct Advice<'a> {
    /// The remedy, with the words that its proof leaves of it.
    pub remedy: Remedy,
    /// The change, as texts for a form: path and value.
    pub edits: Vec<(String, String)>,
    /// What runs have shown where that agrees with the remedy's own words; else these say it.
    pub confirmed: Option<&'a Proved>,
    /// What it costs in the same traffic.
    pub costs: Option<&'a str>,
    /// What the same traffic came to with it.
    pub reran: Option<&'a Reran>,
    /// Whether it is about what the verdict tells.
    pub leads: bool,
}

impl Advice<'_> {
    /// Whether runs say, or nothing says against it, that nobody gets an error with it.
    pub fn mends(&self) -> bool {
        match (self.reran, self.confirmed) {
            (Some(reran), _) => reran.clean,
            (None, Some(proved)) => proved.fails_at.is_none() && proved.draws.is_whole(),
            (None, None) => self.remedy.grade == Grade::Green,
        }
    }
}

/// The one that the main button offers: about what the verdict tells, and not refuted.
pub fn main_advice<'a>(model: &'a Model, run: &Run) -> Option<Advice<'a>> {
    let holds = |advice: &Advice<'_>| match &advice.remedy.proof {
        Some(Proof::Gaps(gaps)) => advice.confirmed.is_some() || gaps.grade == Grade::Green,
        _ => true,
    };
    let mut all = advice(model, run).into_iter();
    all.find(|advice| advice.leads && holds(advice))
}

/// All of them. A retry stays behind the others of its grade, as the report has it.
pub fn advice<'a>(model: &'a Model, run: &Run) -> Vec<Advice<'a>> {
    let remedies = (0u32..).zip(run.advice());
    let all = remedies.map(|(n, (finding, remedy, edits))| {
        let proved = model.tried.proofs.get(&n).and_then(Option::as_ref);
        let claimed = remedy;
        let mut remedy = claimed.clone();
        if let Some(proved) = proved {
            remedy.prove(proof(proved));
        }
        // Only the same traffic was tried: of a race that is one gap.
        if let Some(reran) = model.tried.reruns.get(&n) {
            remedy.take_rerun(reran.better);
        }
        let confirmed = proved.filter(|_| remedy.note == claimed.note);
        Advice {
            remedy,
            edits,
            confirmed,
            costs: proved
                .map(|it| it.costs.as_str())
                .filter(|it| !it.is_empty()),
            reran: model.tried.reruns.get(&n),
            leads: run.report.is_leading(finding),
        }
    });
    // What runs have refuted is no advice.
    let holds = all
        .filter(|advice| advice.reran.is_none_or(|reran| reran.better) && !advice.remedy.refuted);
    let (mut best, rest): (Vec<_>, Vec<_>) =
        holds.partition(|advice| advice.remedy.grade == Grade::Green);
    best.extend(rest);
    best
}

/// What trying every idle gap says of the scenario as it is: it was asked for after all remedies.
pub fn as_proved(model: &Model) -> Option<&Proved> {
    let last = u32::try_from(model.run.as_ref()?.remedies().len()).ok()?;
    model.tried.proofs.get(&last)?.as_ref()
}

fn proof(proved: &Proved) -> Proof {
    let span = Duration::from_nanos;
    let green = proved.is_green();
    Proof::Gaps(Gaps {
        grade: if green { Grade::Green } else { Grade::Amber },
        runs: proved.runs,
        gaps: (Duration::ZERO, span(proved.to)),
        fails_at: proved.fails_at.as_ref().map(|(gap, _)| span(*gap)),
        replays_at: proved.replays_at.map(span),
        whose: proved.whose.clone(),
        draws: proved.draws,
        still_failed: proved.still_failed,
        mends: proved.mends,
    })
}
