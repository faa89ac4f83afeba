//! Whether what is timed is right: speed at the price of truth is none.

use std::time::Duration;
use whyeof_bench::{Answer, Contender, Work, races_of_go};

/// What came out of the races, for the table.
pub(crate) struct Answers {
    /// With Go's times.
    pub(crate) go: Answer,
    /// When senders gave up: ours, smoltcp's.
    pub(crate) gave_up: [Duration; 2],
}

/// Does each work once, and says what is wrong.
pub(crate) fn check() -> Result<Answers, String> {
    let mut gave_up = [Duration::ZERO; 2];
    for work in Work::ALL.into_iter().filter(|work| !work.is_slow()) {
        for contender in Contender::ALL {
            if !contender.does_at_all(work) {
                continue;
            }
            let answer = contender.does(work);
            if !work.is_right(&answer) {
                return Err(format!("{}/{}: {answer:?}", work.id(), contender.id()));
            }
            match (work, contender) {
                (Work::Silences, Contender::Outcomes) => gave_up[0] = answer.gave_up,
                (Work::Silences, Contender::Smoltcp) => gave_up[1] = answer.gave_up,
                _ => {}
            }
        }
    }
    let (go, expected) = races_of_go();
    if go.lost.abs_diff(expected) > 1 {
        return Err(format!(
            "with Go's times {} races are lost, not {expected}",
            go.lost
        ));
    }
    Ok(Answers { go, gave_up })
}
