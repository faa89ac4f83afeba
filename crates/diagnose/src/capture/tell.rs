//! Findings about exchanges and dials of a capture: the kind's own words, with the steps that the tap saw.

use super::became::Refused;
use super::exchange::{Conversation, Exchange};
use super::steps;
use crate::finding::{Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::text::Text;

/// What a finding says of a capture: its title and its explanation.
pub(crate) type Words = [Text; 2];

/// Tells of each exchange for which the kind has words.
pub(crate) fn tell_exchanges(
    kind: &FindingKind,
    reading: &Reading<'_>,
    found: &mut Found,
    words: impl Fn(&Exchange) -> Option<Words>,
) {
    for talk in &reading.captured.conversations {
        for exchange in &talk.exchanges {
            if let Some([title, explanation]) = words(exchange) {
                found.add(kind, exchange.request, || Finding {
                    code: kind.code,
                    severity: match exchange.became.is_bad() {
                        true => kind.severity,
                        false => kind.severity.max(Severity::Hidden),
                    },
                    request: exchange.request,
                    title,
                    explanation,
                    evidence: steps::steps(reading, exchange),
                    remedies: Vec::new(),
                });
            }
        }
    }
}

/// Tells of each connection that was not made, for which the kind has words.
pub(crate) fn tell_dials(
    kind: &FindingKind,
    reading: &Reading<'_>,
    found: &mut Found,
    words: impl Fn(&Conversation, Refused) -> Option<Words>,
) {
    for talk in &reading.captured.conversations {
        let Some(refused) = talk.refused else {
            continue;
        };
        if let Some([title, explanation]) = words(talk, refused) {
            let came = match refused {
                Refused::Reset(id) | Refused::Error(id, _) => Some(id),
                Refused::Silence(_) => None,
            };
            found.add(kind, None, || Finding {
                code: kind.code,
                severity: kind.severity,
                request: None,
                title,
                explanation,
                evidence: steps::dial(reading, talk, came),
                remedies: Vec::new(),
            });
        }
    }
}

impl Exchange {
    /// What it is called: by its method, if that is known.
    pub(crate) fn name(&self, reading: &Reading<'_>) -> Text {
        let method = self.request.map(|request| {
            let request = &reading.trace.requests[request.index()];
            request.method.name()
        });
        match method {
            Some(method) => Text::made(method.to_owned(), method.to_owned()),
            None => Text::new("data", "数据"),
        }
    }
}
