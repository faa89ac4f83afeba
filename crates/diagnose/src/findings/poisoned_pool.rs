//! `poisoned-pool`: of several addresses behind a name some answer nobody, and their share of the requests fails until somebody acts.
//!
//! Said once of a name: every request that was sent to one of these machines failed, while others served theirs. Facts: seeds 004
//! (the switch that went silent: a fixed share fails, also after the network is back; a restart of the client cures at once).

use crate::evidence::Steps;
use crate::finding::{EvidenceRole, Finding, FindingKind, Found, Severity};
use crate::reading::Reading;
use crate::report::RequestReport;
use crate::text::{Text, count};
use litemap::LiteMap;
use whyeof_trace::{Failure, HostId, ProgramId};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "poisoned-pool",
    title: Text::new(
        "A fixed share of the requests fails",
        "总有固定比例的请求失败",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A name with several addresses spreads requests over machines, and a pool keeps a connection to each. If some of the machines fall silent, the requests that come to them fail, and only these: a fixed share, as large as their part in the rotation. The dead connections stay in the pool as long as nobody closes them, also when the network is back; a client that starts anew has none of them.",
        "一个名字有几个地址，请求就分散到几台机器，连接池给每台都留着连接。其中几台没了声音，轮到它们的请求就失败，别的照常：失败的比例固定，正好是它们在轮转里占的份额。没人去关，死连接就一直留在池里，网络恢复了也一样；客户端重启以后，池里就没有它们了。",
    ),
    severity: Severity::Cause,
    root: None,
    find,
};

/// Who asked, and for what: one workload of a program goes to one name.
type Asked = (ProgramId, Option<u16>);

/// What became of the requests to one machine.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    sent: usize,
    failed: usize,
    /// Failed without a word from the other end.
    silent: usize,
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let mut asked: LiteMap<Asked, Vec<(HostId, &RequestReport)>> = LiteMap::new();
    for request in reading.requests.values() {
        let Some(host) = machine(reading, request) else {
            continue;
        };
        let program = reading.trace.requests[request.id.index()].program;
        let workload = reading.trace.workload_of(request.first);
        asked
            .entry((program, workload))
            .or_default()
            .push((host, request));
    }
    for requests in asked.values() {
        if let Some(finding) = judge(reading, requests) {
            found.add(&KIND, None, || finding);
        }
    }
}

/// Whether nobody said anything: a refusal, an end or an answer is word of a machine that is there.
const fn is_silent(failure: Failure) -> bool {
    !matches!(
        failure,
        Failure::EndOfStream
            | Failure::Reset
            | Failure::ServerClosedIdle
            | Failure::BrokenPipe
            | Failure::Truncated
            | Failure::Refused
            | Failure::CutInHead
            | Failure::ResetInBody
            | Failure::ProcessExit
            | Failure::ServerError
    )
}

/// The machine that a request went to, or would have.
fn machine(reading: &Reading<'_>, request: &RequestReport) -> Option<HostId> {
    let attempt = reading
        .last_attempt(request.id)
        .map(|attempt| attempt.socket);
    let socket = attempt.or_else(|| reading.dialled(request))?;
    Some(reading.trace.host_of(socket.peer()))
}

fn judge(reading: &Reading<'_>, requests: &[(HostId, &RequestReport)]) -> Option<Finding> {
    let mut machines: LiteMap<HostId, Tally> = LiteMap::new();
    for (host, request) in requests {
        let tally = machines.entry(*host).or_default();
        tally.sent += 1;
        tally.failed += usize::from(request.is_bad());
        tally.silent += usize::from(request.failure.is_some_and(is_silent));
    }
    let dead: Vec<HostId> = machines
        .iter()
        .filter(|(_, t)| t.silent >= 2 && 2 * t.silent > t.sent)
        .map(|(host, _)| *host)
        .collect();
    let well = machines.values().any(|tally| tally.failed == 0);
    if dead.is_empty() || !well {
        return None;
    }
    let names: Vec<&str> = dead
        .iter()
        .map(|host| reading.trace.host(*host).name.as_str())
        .collect();
    let names = names.join(", ");
    let (silent, all) = (dead.len(), machines.len());
    let to_dead = |(host, _): &&(HostId, &RequestReport)| dead.contains(host);
    let of_dead = |asked: &&(HostId, &RequestReport)| to_dead(asked) && asked.1.is_bad();
    let first = requests.iter().find(of_dead)?.1;
    let last = requests.iter().rev().find(of_dead)?.1;
    // From the last that they answered to the next: in between each turn that is theirs fails.
    let answered = |asked: &&(HostId, &RequestReport)| to_dead(asked) && !asked.1.is_bad();
    let before = |asked: &&(HostId, &RequestReport)| asked.1.first < first.first;
    let after = |asked: &&(HostId, &RequestReport)| asked.1.first > last.first;
    let from = requests.iter().filter(before).rev().find(answered);
    let to = requests.iter().filter(after).find(answered);
    let since = requests
        .iter()
        .filter(|(_, r)| from.is_none_or(|(_, from)| r.first > from.first))
        .filter(|(_, r)| to.is_none_or(|(_, to)| r.first < to.first));
    let (asked, failed) = since.fold((0, 0), |(asked, failed), (_, r)| {
        (asked + 1, failed + usize::from(r.is_bad()))
    });
    let (share, computed) = (percent(failed, asked), percent(silent, all));
    let mut steps = Steps::new(reading);
    let failure = Text::new("the first of them failed", "其中第一个失败");
    steps.add(first.last, EvidenceRole::Failed, failure);
    if last.id != first.id {
        let failure = Text::new("the last of them failed", "其中最后一个失败");
        steps.add(last.last, EvidenceRole::Failed, failure);
    }
    let requests = count(asked, "request");
    let be = if silent == 1 { "is" } else { "are" };
    Some(Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("{silent} of {all} machines {be} silent: {share} % of the requests fail"),
            format!("{all} 台机器有 {silent} 台没有声音：{share} % 的请求失败"),
        ),
        explanation: Text::made(
            format!(
                "Since the last that {names} answered, {failed} of {requests} failed, {share} %. Computed: {silent} of {all} take a share of {computed} %. The others were served. Nothing takes the dead connections out of the pool but a time limit that closes them, or a new process."
            ),
            format!(
                "{names} 最后一次响应之后，{asked} 个请求里有 {failed} 个失败，占 {share} %。按台数算：{all} 台里的 {silent} 台该占 {computed} %。别的照常。死连接留在池里，只有会关连接的时限，或者重启进程，才能把它们清掉。"
            ),
        ),
        evidence: steps.in_order(),
        remedies: Vec::new(),
    })
}

/// Rounded to the nearest.
fn percent(part: usize, whole: usize) -> usize {
    (100 * part + whole / 2) / whole.max(1)
}
