//! Whether what is timed is right: speed at the price of truth is none.

use std::time::Duration;
use whyeof_bench::{Answer, Contender, RACES, RETRIES2, SILENCES, Work, races_of_go};

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
            let right = match work {
                Work::Exchanges | Work::Pool { .. } => {
                    (answer.answered, answer.lost) == (work.units().1, 0)
                }
                // Nothing ties: the window is one round trip, and half of the steps are in it.
                Work::Races => (answer.lost, answer.redialled) == (1_000, u64::from(RACES) - 1_000),
                Work::Silences => answer.lost == u64::from(SILENCES) && answer.gave_up >= RETRIES2,
            };
            if !right {
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
