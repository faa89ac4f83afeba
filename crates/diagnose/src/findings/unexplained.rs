//! `unexplained`: a request failed, and no other finding says why.
//!
//! Every failure should have a finding: that this one never appears is the promise that tests hold the project to.
//! In a capture it is said only of what the capture itself reports as failed.

use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::report::{Outcome, RequestReport};
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::Failure;

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "unexplained",
    title: Text::new("A failure without an explanation", "没能解释的失败"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A request failed, and none of the other findings fits. The records are there to read; the explanation is still missing in this program.",
        "有请求失败，却没有一条结论对得上。过程都在记录里，只是这个程序还不会解释。",
    ),
    severity: Severity::Failure,
    root: None,
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    let mut askers = vec![false; reading.requests.len()];
    for request in reading.requests.values() {
        if let Some(asker) = request.parent.filter(|_| found.explains(request.id))
            && let Some(told) = askers.get_mut(asker.index())
        {
            *told = true;
        }
    }
    for request in reading.requests.values() {
        let told = askers.get(request.id.index()) == Some(&true);
        if request.outcome == Outcome::Failed && !told && !is_explained(request, found) {
            found.add(&KIND, Some(request.id), || word(request));
        }
    }
}

/// By a finding about it or, if a proxy gave it up because its asker left, about the asker.
fn is_explained(request: &RequestReport, found: &Found) -> bool {
    let left = request.failure == Some(Failure::ClientLeft);
    let asker = request.parent.filter(|_| left);
    found.explains(request.id) || asker.is_some_and(|asker| found.explains(asker))
}

fn word(request: &RequestReport) -> Finding {
    let (number, method) = (request.number, request.method);
    let evidence = request.last.map(|record| {
        let at = moment(request.ended.unwrap_or(request.started));
        Evidence {
            record,
            role: EvidenceRole::Failed,
            text: Text::made(
                format!("At {at} the caller got the error."),
                format!("{at}，调用方拿到错误。"),
            ),
        }
    });
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} failed, and no finding says why"),
            format!("第 {number} 个请求失败，原因没能解释"),
        ),
        explanation: Text::made(
            format!(
                "The {method} failed, and none of the known explanations fits; the records show what happened."
            ),
            format!("{method} 失败了，已知的解释都对不上；发生了什么，可以看记录。"),
        ),
        evidence: evidence.into_iter().collect(),
        remedies: Vec::new(),
    }
}
