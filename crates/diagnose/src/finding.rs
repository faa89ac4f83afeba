//! A finding: what happened to which request, the records that prove it, and what to change.

use crate::reading::Reading;
use crate::remedy::Remedy;
use crate::report::RequestReport;
use crate::text::Text;
use litemap::LiteMap;
use whyeof_trace::{RecordId, RequestId, SortKey};

/// One thing that a run shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind's code: `keepalive-race`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The request it is about, where there is exactly one.
    pub request: Option<RequestId>,
    /// Headline, a few words.
    pub title: Text,
    /// The one sentence that tells the whole story.
    pub explanation: Text,
    /// Numbered steps in the order of their records, each tied to one.
    pub evidence: Vec<Evidence>,
    /// What to change, best first. A retry is never the first.
    pub remedies: Vec<Remedy>,
}

impl Finding {
    /// Whether both say the same, be it of different requests.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.code == other.code && self.explanation == other.explanation
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A caller got an error because of it.
    Failure,
    /// It went wrong and was hidden from the caller.
    Hidden,
    /// It explains another finding.
    Cause,
    /// Good news.
    Good,
}

impl Severity {
    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Hidden => "hidden",
            Self::Cause => "cause",
            Self::Good => "good",
        }
    }
}

/// One step of the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What happened.
    pub record: RecordId,
    /// What it is to the finding.
    pub role: EvidenceRole,
    /// In words.
    pub text: Text,
}

/// Puts the steps of a proof in the order of what happened.
pub(crate) fn in_order(steps: &mut [Evidence]) {
    steps.sort_by_cached_key(|step| -> SortKey { (step.record.index() as u64, 0) });
}

/// What a record is to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceRole {
    /// A connection was dialled.
    Dialled,
    /// A connection was put into the pool without having been used.
    ParkedUnused,
    /// The last response was sent.
    ResponseSent,
    /// The server's timer was started.
    TimerSet,
    /// The server's timer fired.
    TimerFired,
    /// The request got a connection from the pool.
    Checkout,
    /// The request's first segment left the client.
    RequestSent,
    /// The request's first segment reached the server.
    RequestArrived,
    /// The server's FIN left.
    FinSent,
    /// The server's FIN reached the client.
    FinArrived,
    /// The server's RST left.
    ResetSent,
    /// The server's RST reached the client.
    ResetArrived,
    /// The client's read(2) returned end of stream or an error.
    ReadEnded,
    /// The request began to wait for a connection.
    Waited,
    /// A connection found no room in the pool.
    NoRoom,
    /// The caller made the request.
    Asked,
    /// A TCP keepalive probe was sent.
    ProbeSent,
    /// Its answer came.
    ProbeAnswered,
    /// The client put a connection into its pool.
    Parked,
    /// The caller closed or kept a response's body before its end.
    BodyLeft,
    /// The client's runtime closed a connection.
    Closed,
    /// The client sent the request again by itself.
    Retried,
    /// A handler ran.
    Executed,
    /// The caller got its response.
    Finished,
    /// A packet was thrown away.
    Lost,
    /// The caller got an error.
    Failed,
    /// Somebody typed a command.
    Typed,
}

impl EvidenceRole {
    /// Those of captures.
    pub const OF_CAPTURES: [Self; 10] = [
        Self::Asked,
        Self::RequestSent,
        Self::RequestArrived,
        Self::ResponseSent,
        Self::FinSent,
        Self::FinArrived,
        Self::ResetSent,
        Self::ResetArrived,
        Self::Closed,
        Self::Retried,
    ];

    /// As machine-readable reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dialled => "dialled",
            Self::ParkedUnused => "parked-unused",
            Self::ResponseSent => "response-sent",
            Self::TimerSet => "timer-set",
            Self::TimerFired => "timer-fired",
            Self::Checkout => "checkout",
            Self::RequestSent => "request-sent",
            Self::RequestArrived => "request-arrived",
            Self::FinSent => "fin-sent",
            Self::FinArrived => "fin-arrived",
            Self::ResetSent => "reset-sent",
            Self::ResetArrived => "reset-arrived",
            Self::ReadEnded => "read-ended",
            Self::Waited => "waited",
            Self::NoRoom => "no-room",
            Self::Asked => "asked",
            Self::ProbeSent => "probe-sent",
            Self::ProbeAnswered => "probe-answered",
            Self::Parked => "parked",
            Self::BodyLeft => "body-left",
            Self::Closed => "closed",
            Self::Retried => "retried",
            Self::Executed => "executed",
            Self::Lost => "lost",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Typed => "typed",
        }
    }
}

/// A kind of finding: a `static` in its own file under `findings/`, and a line in [`ALL`](crate::findings::ALL).
#[derive(Debug)]
pub struct FindingKind {
    /// Its name in reports and links.
    pub code: &'static str,
    /// What it is, in a few words.
    pub title: Text,
    /// What it means, when it is said, and what it needs to know. The page's program, of which every byte is waited for, goes without.
    #[cfg(feature = "manual")]
    pub manual: Text,
    /// How much the gravest of its findings matter.
    pub severity: Severity,
    /// What the evidence of those goes back to in a run; `None`: it proves nothing.
    pub root: Option<Root>,
    /// Looks for it, knowing what the kinds before it in the list have found.
    pub find: fn(&Reading<'_>, &mut Found),
}

/// What a chain of causes ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// A timer fired.
    Timer,
    /// A program called.
    Call,
    /// A fault was applied.
    Fault,
    /// A bound was reached.
    Limit,
}

/// What has been found so far. Bounded: of each kind only the first [`Found::MOST`] are put into words.
#[derive(Debug, Default)]
pub struct Found {
    findings: Vec<Finding>,
    explained: LiteMap<RequestId, ()>,
    counts: LiteMap<&'static str, u32>,
}

impl Found {
    /// Findings of one kind that are put into words; the others are counted.
    pub const MOST: u32 = 500;

    /// Adds a finding about a request, or about none; `word` is asked only if there is room.
    pub fn add(
        &mut self,
        kind: &FindingKind,
        request: Option<RequestId>,
        word: impl FnOnce() -> Finding,
    ) {
        let count = self.counts.entry(kind.code).or_default();
        *count += 1;
        if kind.severity == Severity::Failure
            && let Some(id) = request
        {
            self.explained.insert(id, ());
        }
        if *count <= Self::MOST {
            self.findings.push(word());
        }
    }

    /// Tells of each failed request that nothing explains yet, where `why` knows the reason.
    pub(crate) fn tell<'r, W>(
        &mut self,
        kind: &FindingKind,
        reading: &'r Reading<'_>,
        why: impl Fn(&'r RequestReport) -> Option<W>,
        word: impl Fn(&'r RequestReport, &W) -> Finding,
    ) {
        for request in reading.requests.values() {
            if request.failure.is_none() || self.explains(request.id) {
                continue;
            }
            if let Some(why) = why(request) {
                self.add(kind, Some(request.id), || word(request, &why));
            }
        }
    }

    /// Whether a finding says why this request failed.
    pub fn explains(&self, request: RequestId) -> bool {
        self.explained.contains_key(&request)
    }

    /// The findings, and how many more there were.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, u32) {
        let more = self.counts.values().map(|n| n.saturating_sub(Self::MOST));
        (self.findings, more.sum())
    }
}
