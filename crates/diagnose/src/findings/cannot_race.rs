//! `cannot-race`: no idle gap fails.
//!
//! One run can't show it, so [`diagnose`](crate::diagnose()) never says it. `explore` says it after a sweep, by
//! [`cannot_race`], and names the range that it swept.

use crate::finding::{Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::text::Text;
use crate::times::exact;
use std::time::Duration;

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "cannot-race",
    title: Text::new("No idle gap fails", "任何空闲间隔都不出错"),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "Every idle gap of a range was tried, and no request failed or had to be sent again. It is said of the range that was swept, and of nothing beyond it.",
        "把一段范围内的空闲间隔都跑了一遍，没有请求失败，也没有靠重试。结论只对扫过的范围有效，范围之外不作保证。",
    ),
    severity: Severity::Good,
    root: None,
    find: never,
};

/// A single run does not show it.
const fn never(_: &Reading<'_>, _: &mut Found) {}

/// The finding, after `runs` runs with idle gaps from the shortest to the longest in `gaps`.
pub fn cannot_race(gaps: (Duration, Duration), runs: u32) -> Finding {
    let (from, to) = (exact(gaps.0), exact(gaps.1));
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: KIND.title.clone(),
        explanation: Text::made(
            format!(
                "{runs} runs with idle gaps from {from} to {to}, one request after the other: none failed, and none was sent twice."
            ),
            format!(
                "空闲间隔从 {from} 到 {to}，请求一个接一个，跑了 {runs} 次：都没失败，也没有重复发送。"
            ),
        ),
        evidence: Vec::new(),
        remedies: Vec::new(),
    }
}

/// The words for a run that went well, where after this idle gap a request is sent twice.
pub fn only_this_traffic_once(gap: &str) -> Text {
    Text::made(
        format!(
            "Sent once only at this pace: after an idle gap of {gap} the runtime sends a request again by itself."
        ),
        format!("只是这样的间隔没有重发：空闲 {gap} 之后，运行时会自动重发请求。"),
    )
}

/// A gap, and whose requests it is about: empty where that is clear.
pub fn gap_of(gap: &str, whose: &str) -> String {
    match whose {
        "" => gap.to_owned(),
        whose => format!("{gap} ({whose})"),
    }
}

/// The words for a run that went well and need not have: a request fails after this idle gap.
pub fn only_this_traffic(gap: &str) -> Text {
    Text::made(
        format!("Safe only at this pace: after an idle gap of {gap} a request fails."),
        format!("只是这样的间隔没碰上：空闲 {gap} 之后再发请求就会失败。"),
    )
}
