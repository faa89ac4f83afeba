//! How often the windows of a question are met: by arithmetic where gaps alone tell and runs bear it out, and counted in those runs.

use crate::counted::{Counted, counted};
use crate::odds::{Decides, Odds, Shape, Source, Traffic};
use crate::probe::Probe;
use crate::risk::{Harm, Risk};

/// What traffic meets windows, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Often {
    /// The traffic.
    pub traffic: Traffic,
    /// What runs of it came to; `None`: too few of its requests ended.
    pub counted: Option<Counted>,
}

impl Often {
    /// With these gaps, or else the scenario's own. `None`: there are no windows, or they are about one time, so that no gap tells how often.
    pub fn of(probe: &Probe, found: &Risk, given: Option<Shape>) -> Option<Self> {
        found.harms().next()?;
        let mut traffic = probe.traffic(given)?;
        let again = found.windows.iter().find(|it| it.harm == Harm::Replays);
        let taken = again.and_then(|it| probe.takes_after(it.from + it.width() / 2));
        if let (Some(taken), Source::Own) = (taken, traffic.source) {
            traffic.leads.again = taken;
        }
        Some(Self {
            counted: counted(probe, &traffic),
            traffic,
        })
    }

    /// What becomes of such requests by arithmetic: of those that come to this harm. `None`: not gaps alone decide, or runs of them come to something
    /// else, as where requests overlap, or one that is sent again takes much longer than others.
    pub fn odds(&self, found: &Risk, harm: Harm) -> Option<Odds> {
        let traffic = &self.traffic;
        let alone = traffic.decides == Decides::Gaps;
        let odds = |harm| traffic.shape.odds(found, harm, traffic.leads);
        let borne_out = |counted: Counted| {
            let mut harms = [Harm::Fails, Harm::Replays].into_iter();
            harms.all(|harm| counted.bears_out(harm, odds(harm).share))
        };
        (alone && self.counted.is_none_or(borne_out)).then(|| odds(harm))
    }
}
