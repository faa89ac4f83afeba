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
    /// Whether gaps alone tell how often, and the runs came to what they tell. They come to something else where requests overlap, say, or one that is
    /// sent again takes much longer than others.
    pub by_gaps: bool,
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
        let counted = counted(probe, &traffic);
        let borne_out = |counted: Counted| {
            let mut harms = [Harm::Fails, Harm::Replays].into_iter();
            harms.all(|harm| counted.bears_out(harm, traffic.odds(found, harm).share))
        };
        Some(Self {
            by_gaps: traffic.decides == Decides::Gaps && counted.is_none_or(borne_out),
            counted,
            traffic,
        })
    }

    /// What becomes of such requests by arithmetic: of those that come to this harm. `None`: see [`Self::by_gaps`].
    pub fn odds(&self, found: &Risk, harm: Harm) -> Option<Odds> {
        self.by_gaps.then(|| self.traffic.odds(found, harm))
    }
}
