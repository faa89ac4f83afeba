//! The report: the verdict, every request, the findings.

use crate::finding::Finding;
use crate::reading::Reading;
use crate::remedy::Remedy;
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::{
    Failure, Method, Record, RecordId, RequestId, SocketId, Time, Trace, not_served,
};

/// What a run shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it went, in one line.
    pub verdict: Verdict,
    /// Requests in the order in which the callers made them.
    pub requests: Vec<RequestReport>,
    /// What was found, in the order of the list of kinds, and of each kind in the order of time.
    pub findings: Vec<Finding>,
    /// Findings beyond the number that is put into words.
    pub left_out: u32,
}

/// How a run went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Good or bad.
    pub tone: Tone,
    /// `Request 3 of 4 failed`.
    pub text: Text,
    /// The first error exactly as the program prints it.
    pub error: Option<String>,
}

/// Good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Every caller got its response.
    Good,
    /// Every caller got its response, but not at the first attempt, or the run ended before or met a limit.
    Fair,
    /// A caller got an error.
    Bad,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The caller has the whole response.
    Ok,
    /// The caller got an error.
    Failed,
    /// The run ended before.
    Unfinished,
}

impl Outcome {
    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestReport {
    /// Which; people count from 1.
    pub id: RequestId,
    /// Its method.
    pub method: Method,
    /// As people count: see [`whyeof_trace::Request::number`].
    pub number: u32,
    /// `http://pyroscope:4040/ingest`.
    pub url: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of its response, once its head was there.
    pub status: Option<u16>,
    /// The request that a proxy makes it for.
    pub parent: Option<RequestId>,
    /// How it failed, whatever the runtime calls it.
    pub failure: Option<Failure>,
    /// The error exactly as the program prints it.
    pub error: Option<String>,
    /// Attempts that the client made.
    pub attempts: u16,
    /// Times its last byte was handed to the client's kernel.
    pub sent: u16,
    /// Times a handler ran.
    pub executed: u16,
    /// Whether the last attempt's connection counted as reused.
    pub reused: bool,
    /// The last attempt's connection, by the client's end.
    pub conn: Option<SocketId>,
    /// When the caller asked.
    pub started: Time,
    /// When the caller had its response or its error.
    pub ended: Option<Time>,
    /// The record of its start.
    pub first: RecordId,
    /// The record of its end.
    pub last: Option<RecordId>,
}

impl RequestReport {
    pub(crate) fn started(trace: &Trace, id: RequestId, record: &Record) -> Self {
        let request = &trace.requests[id.index()];
        Self {
            id,
            method: request.method,
            number: request.number,
            url: trace.text(request.url).to_owned(),
            outcome: Outcome::Unfinished,
            status: None,
            parent: request.parent,
            failure: None,
            error: None,
            attempts: 0,
            sent: 0,
            executed: 0,
            reused: false,
            conn: None,
            started: record.time,
            ended: None,
            first: record.id,
            last: None,
        }
    }

    /// How it ended, as machine-readable reports name it: an answer that says that it was not served is a failure.
    pub fn ending(&self) -> &'static str {
        if self.is_bad() {
            Outcome::Failed.name()
        } else {
            self.outcome.name()
        }
    }

    /// Times that it was sent: what a handler has begun with was, if not to its end.
    pub fn sent_or_begun(&self) -> u16 {
        self.sent.max(self.executed)
    }

    /// Whether its caller got nothing of use: an error, or word of somebody else's.
    pub fn is_bad(&self) -> bool {
        self.outcome == Outcome::Failed || self.status.is_some_and(not_served)
    }

    pub(crate) const fn end(&mut self, record: &Record, outcome: Outcome) {
        self.outcome = outcome;
        self.ended = Some(record.time);
        self.last = Some(record.id);
    }
}

/// Sums over all requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Times a request was sent.
    pub sent: u32,
    /// Times a handler ran.
    pub executed: u32,
    /// Requests reported as failed to their callers.
    pub failed: u32,
}

impl Report {
    /// How often requests were sent, executed and reported as failed.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let mut passed_on = vec![false; self.requests.len()];
        for parent in self.requests.iter().filter_map(|r| r.parent) {
            if let Some(passed_on) = passed_on.get_mut(parent.index()) {
                *passed_on = true;
            }
        }
        let has_hops = |request: &RequestReport| passed_on.get(request.id.index()) == Some(&true);
        for request in &self.requests {
            // What a proxy does for a request is that request's own story, but for what it sends again.
            if request.parent.is_none() {
                // What a handler has begun with was sent, if not to its end; what a proxy's upstream has run was sent there.
                let ran = if has_hops(request) {
                    0
                } else {
                    request.executed
                };
                totals.sent += u32::from(request.sent.max(ran));
                totals.failed += u32::from(request.is_bad());
                totals.executed += u32::from(request.executed);
            } else {
                totals.sent += u32::from(request.sent.saturating_sub(1));
            }
        }
        totals
    }

    /// What to change, each change once, best first; a retry comes late, and what a run showed to be no better not at all.
    pub fn remedies(&self) -> Vec<&Remedy> {
        let all = self.advice().into_iter();
        all.map(|(_, remedy)| remedy).collect()
    }

    /// The same, each with the finding that it comes from.
    pub fn advice(&self) -> Vec<(&Finding, &Remedy)> {
        let mut advice: Vec<(&Finding, &Remedy)> = Vec::new();
        for finding in &self.findings {
            // What runs have refuted is no advice.
            let holds = |r: &&Remedy| !r.is_no_better() && !r.refuted;
            for remedy in finding.remedies.iter().filter(holds) {
                if !advice.iter().any(|(_, r)| r.changes_the_same_as(remedy)) {
                    advice.push((finding, remedy));
                }
            }
        }
        advice.sort_by_cached_key(|(_, remedy)| remedy.rank());
        advice
    }

    /// Whether a finding is of the kind that is told first: its remedies are the ones to offer first.
    pub fn is_leading(&self, finding: &Finding) -> bool {
        self.leading()
            .is_some_and(|leading| leading.code == finding.code)
    }

    /// The finding to tell first: the gravest, and of several such the one about the earliest request.
    pub fn leading(&self) -> Option<&Finding> {
        let order = |f: &&Finding| (f.severity, f.request.is_none(), f.request);
        self.findings.iter().min_by_key(order)
    }
}

/// The verdict on what was read.
pub(crate) fn verdict(reading: &Reading<'_>) -> Verdict {
    let all = reading.requests.values();
    let requests: Vec<_> = all.filter(|r| r.parent.is_none()).collect();
    let count = requests.len();
    let with = |outcome| {
        requests
            .iter()
            .filter(move |r| r.outcome == outcome)
            .count()
    };
    let failed = requests.iter().filter(|r| r.is_bad()).count();
    let unfinished = with(Outcome::Unfinished);
    let again = hops_that_sent_again(reading);
    let retried = |r: &&&RequestReport| {
        let by_proxy = again.contains(&r.id) && !r.is_bad();
        r.outcome == Outcome::Ok && (r.attempts > 1 || by_proxy)
    };
    let hidden = requests.iter().filter(retried).count();
    // Of an answer that a proxy made up, its log tells why.
    let error = requests.iter().find_map(|r| r.error.clone());
    let log = || reading.requests.values().find_map(|r| r.error.clone());
    let error = error.or_else(log);
    let at = requests.iter().position(|r| r.is_bad());
    let mut text = match (count, failed, at) {
        (0, ..) => Text::new("No request was made", "没有发出请求"),
        (1, 1, _) => Text::new("The request failed", "请求失败"),
        (_, 1, Some(at)) => Text::made(
            format!("Request {} of {count} failed", requests[at].number),
            format!("{count} 个请求里第 {} 个失败", requests[at].number),
        ),
        (_, 1.., _) => Text::made(
            format!("{failed} of {count} requests failed"),
            format!("{count} 个请求里有 {failed} 个失败"),
        ),
        _ => fine(count - unfinished, count, hidden),
    };
    if unfinished > 0 {
        let (en, zh) = (
            format!("{}; {unfinished} unfinished when the run ended", text.en),
            format!("{}；运行结束时还有 {unfinished} 个没完成", text.zh),
        );
        text = Text::made(en, zh);
    }
    let limit = reading.trace.limit();
    if let Some((kind, at)) = limit {
        let (at, too_many) = (moment(at), kind.words());
        let (en, zh) = (
            format!(
                "{}; the run was cut short at {at}: {}",
                text.en, too_many.en
            ),
            format!("{}；运行在 {at} 提前结束：{}", text.zh, too_many.zh),
        );
        text = Text::made(en, zh);
    }
    let tone = match (failed, hidden + unfinished) {
        (1.., _) => Tone::Bad,
        (0, 0) if limit.is_none() => Tone::Good,
        _ => Tone::Fair,
    };
    Verdict { tone, text, error }
}

/// The requests for which a proxy sent something again.
fn hops_that_sent_again(reading: &Reading<'_>) -> Vec<RequestId> {
    let again = reading.requests.values().filter(|r| r.attempts > 1);
    let mut asked = Vec::new();
    for request in again {
        let mut at = request.parent;
        while let Some(parent) = at {
            asked.push(parent);
            at = reading.requests.get(&parent).and_then(|r| r.parent);
        }
    }
    asked
}

fn fine(done: usize, count: usize, hidden: usize) -> Text {
    let (en, zh) = match (done, count) {
        (1, 1) => ("The request succeeded".to_owned(), "请求成功".to_owned()),
        (2, 2) => (
            "Both requests succeeded".to_owned(),
            "2 个请求全部成功".to_owned(),
        ),
        _ if done == count => (
            format!("All {count} requests succeeded"),
            format!("{count} 个请求全部成功"),
        ),
        _ => (
            format!("{done} of {count} requests succeeded"),
            format!("{count} 个请求里有 {done} 个成功"),
        ),
    };
    match hidden {
        0 => Text::made(en, zh),
        1 => Text::made(
            format!("{en}, one of them by a silent retry"),
            format!("{zh}，其中 1 个靠静默重试"),
        ),
        _ => Text::made(
            format!("{en}, {hidden} of them by silent retries"),
            format!("{zh}，其中 {hidden} 个靠静默重试"),
        ),
    }
}
