//! Gathers the steps of a proof: each says when it was, and they stand in the order of their records.

use crate::finding::{Evidence, EvidenceRole, in_order};
use crate::reading::Reading;
use crate::report::RequestReport;
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

    /// The step with which a request ends in an error.
    pub(crate) fn failed(&mut self, request: &RequestReport) {
        self.add(
            request.last,
            EvidenceRole::Failed,
            Text::new("the caller got the error", "调用方拿到错误"),
        );
    }

    /// The step at which the runtime sends a request again without a word to its caller.
    pub(crate) fn sent_again(&mut self, record: Option<RecordId>, request: &RequestReport) {
        let (runtime, method) = (self.reading.runtime_of(request.id), request.method);
        self.add(
            record,
            EvidenceRole::Retried,
            Text::made(
                format!("{runtime} began to send the {method} again by itself"),
                format!("{runtime} 开始自动重试 {method}"),
            ),
        );
    }

    /// All of them.
    pub(crate) fn in_order(mut self) -> Vec<Evidence> {
        in_order(&mut self.steps);
        self.steps
    }
}
