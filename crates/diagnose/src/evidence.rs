//! Gathers the steps of a proof: each says when it was, and they stand in the order of their records.

use crate::finding::{Evidence, EvidenceRole, in_order};
use crate::reading::Reading;
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::RecordId;

/// Steps so far.
pub(crate) struct Steps<'a> {
    reading: &'a Reading<'a>,
    steps: Vec<Evidence>,
}

impl<'a> Steps<'a> {
    pub(crate) const fn new(reading: &'a Reading<'a>) -> Self {
        Self {
            reading,
            steps: Vec::new(),
        }
    }

    /// Adds a step, if there is such a record: "At 1.2 s …." in both languages.
    pub(crate) fn add(&mut self, record: Option<RecordId>, role: EvidenceRole, words: Text) {
        let Some(record) = record else { return };
        let at = moment(self.reading.time(record));
        let Text { en, zh } = words;
        let text = Text::made(format!("At {at} {en}."), format!("{at}，{zh}。"));
        self.steps.push(Evidence { record, role, text });
    }

    /// All of them.
    pub(crate) fn in_order(mut self) -> Vec<Evidence> {
        in_order(&mut self.steps);
        self.steps
    }
}
