//! What runs have shown of a remedy.

use super::{Grade, Remedy, RemedyKind};
use crate::findings::gap_of;
use crate::text::{Text, count};
use crate::times::{exact, span};
use std::time::Duration;
use whyeof_trace::{Event, PoolEvent, RequestEvent, SegmentEvent, SocketEvent, State, Time, Trace};

/// What runs have shown of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Against a race: every idle gap was tried.
    Gaps(Gaps),
    /// Against anything else: the same traffic once more.
    Rerun(Rerun),
}

impl Proof {
    /// What the runs have shown, in a sentence.
    pub fn say(&self) -> Text {
        match self {
            Self::Gaps(gaps) => gaps.say(),
            Self::Rerun(rerun) => rerun.say(),
        }
    }
}

/// What a proof rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The draws of chance that it was found for: 1 where chance decides nothing.
    pub count: u32,
    /// Whether packets are lost by chance. A request that is sent again comes as late as it likes, so that no number of draws shows that none
    /// ever meets the end of its connection.
    pub lossy: bool,
    /// Kinds of requests that were left out, because there are too many.
    pub untried: u32,
    /// Whether gaps were left out, because runs of this scenario take too long.
    pub stopped: bool,
}

impl Default for Basis {
    fn default() -> Self {
        Self::ONE
    }
}

impl Basis {
    /// Chance decides nothing.
    pub const ONE: Self = Self {
        count: 1,
        lossy: false,
        untried: 0,
        stopped: false,
    };

    /// Whether runs without a failure leave nothing open.
    pub const fn is_whole(self) -> bool {
        !self.lossy && self.untried == 0 && !self.stopped
    }

    /// What runs without a failure leave open; `None`: nothing.
    pub fn caveat(self) -> Option<Text> {
        let (n, untried) = (self.count, self.untried);
        if self.stopped {
            return Some(Text::new(
                "No idle gap failed; but not all were tried: runs of this scenario take too long.",
                "没有间隔失败；但这个场景跑一次太久，没有全部试完。",
            ));
        }
        if untried > 0 {
            return Some(Text::made(
                format!(
                    "No idle gap failed; but {untried} kinds of requests were not tried: there are too many."
                ),
                format!("没有间隔失败；但请求的种类太多，还有 {untried} 种没试。"),
            ));
        }
        self.lossy.then(|| {
            Text::made(
                format!("No idle gap failed in {n} draws of chance; but where packets are lost, a request whose packet is retransmitted may still come too late."),
                format!("试了 {n} 组随机数，没有间隔失败；但会丢包时，重传的请求仍可能来得太晚。"),
            )
        })
    }
}

/// What became of a request at every idle gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// The grade that the runs bear out.
    pub grade: Grade,
    /// How many runs.
    pub runs: u32,
    /// The idle gaps that were tried: shortest and longest.
    pub gaps: (Duration, Duration),
    /// The first gap at which the caller got an error.
    pub fails_at: Option<Duration>,
    /// The first gap at which the runtime sent the request again by itself.
    pub replays_at: Option<Duration>,
    /// Whose requests those two are about; empty: the ones that the finding is about.
    pub whose: String,
    /// The draws of chance that each gap was tried with.
    pub draws: Basis,
    /// Requests that fail all the same in the same run with it: on other connections, or for another reason.
    pub still_failed: u32,
    /// Whether the network goes wrong at a given time, and in the same run with it nothing fails any more: after another gap a request meets
    /// the same mishap otherwise, which says little against it.
    pub mends: bool,
}

impl Gaps {
    /// What the runs have shown, in a sentence.
    pub fn say(&self) -> Text {
        let (from, to) = (exact(self.gaps.0), exact(self.gaps.1));
        let at = |gap: Duration| gap_of(&exact(gap), &self.whose);
        let (en, zh) = match (self.fails_at.map(at), self.replays_at.map(at)) {
            (Some(gap), _) => (format!("fails at {gap}"), format!("{gap} 时失败")),
            (None, Some(gap)) => (
                format!("none fails, sent twice at {gap}"),
                format!("都不失败，但 {gap} 时会重发"),
            ),
            (None, None) => ("none fails".to_owned(), "都不失败".to_owned()),
        };
        let (en, zh) = match self.still_failed {
            0 => (en, zh),
            n => (
                format!("{en}; in the same run with it {} all the same", fail(n)),
                format!("{zh}；但同样跑一遍还有 {n} 个请求失败"),
            ),
        };
        let (with, with_zh) = match self.draws.count {
            0 | 1 => (String::new(), String::new()),
            n => (
                format!(" with {n} draws of chance"),
                format!("（{n} 组随机数）"),
            ),
        };
        Text::made(
            format!(
                "{} runs{with}, idle gaps from {from} to {to}: {en}",
                self.runs
            ),
            format!(
                "跑了 {} 次{with_zh}，空闲间隔从 {from} 到 {to}：{zh}",
                self.runs
            ),
        )
    }
}

/// A run without a remedy, and one with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rerun {
    /// As it was.
    pub before: Tally,
    /// With the remedy.
    pub after: Tally,
}

/// What a run came to for the callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests.
    pub asked: u32,
    /// Those of which the caller got nothing of use.
    pub failed: u32,
    /// Those that ran, or ran again, after the caller had got an error.
    pub late: u32,
    /// Connections dialled.
    pub dialled: u32,
    /// Packets that a fault or a rule took.
    pub taken: u32,
    /// The longest that a caller waited, to the end of the run if for nothing.
    pub longest: Duration,
    /// Times that a request found a connection in a pool.
    pub reused: u32,
    /// Sockets that went into TIME-WAIT: at clients, at servers, at proxies (by [`Role`]).
    pub time_wait: [u32; 3],
    /// Requests that were served, and how long that took in all.
    pub served: (u32, Duration),
}

impl Tally {
    /// Counts. Requests that a proxy makes for another are left out.
    pub fn of(trace: &Trace) -> Self {
        // What found no local port was never dialled.
        let dialled = trace.flows.iter().filter(|flow| flow.ports[0] != 0);
        let asked = trace.requests.iter().zip(trace.served());
        let asked = asked.filter(|(request, _)| request.parent.is_none());
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut tally = Self {
            asked: number(asked.clone().count()),
            failed: number(asked.filter(|(_, served)| *served == Some(false)).count()),
            dialled: number(dialled.count()),
            ..Self::default()
        };
        tally.count_connections(trace);
        let mut open: Vec<Option<Time>> = vec![None; trace.requests.len()];
        let mut gone = vec![false; trace.requests.len()];
        for record in &trace.records {
            match record.event {
                Event::Segment(SegmentEvent::Dropped { by, .. }) => {
                    tally.taken += u32::from(by.rule().is_some());
                }
                Event::Request(RequestEvent::Started { request })
                    if trace.requests[request.index()].parent.is_none() =>
                {
                    open[request.index()] = Some(record.time);
                }
                Event::Request(
                    event @ (RequestEvent::Finished { request }
                    | RequestEvent::Failed { request, .. }),
                ) => {
                    let began = open[request.index()].take();
                    let waited = began.map_or(Duration::ZERO, |began| record.time.since(began));
                    tally.longest = tally.longest.max(waited);
                    if began.is_some() && matches!(event, RequestEvent::Finished { .. }) {
                        tally.served.0 += 1;
                        tally.served.1 += waited;
                    }
                    gone[request.index()] |= matches!(event, RequestEvent::Failed { .. });
                }
                // Counted once.
                Event::Request(RequestEvent::Executed { request, .. }) => {
                    let late = std::mem::take(&mut gone[request.index()]);
                    tally.late += u32::from(late);
                }
                _ => {}
            }
        }
        for began in open.into_iter().flatten() {
            tally.longest = tally.longest.max(trace.end.since(began));
        }
        tally
    }
}

impl Tally {
    /// What became of connections, at every hop.
    fn count_connections(&mut self, trace: &Trace) {
        for record in &trace.records {
            match record.event {
                Event::Pool(PoolEvent::Checkout { reused, .. }) => {
                    self.reused += u32::from(reused);
                }
                Event::Socket(SocketEvent::Entered {
                    to: State::TimeWait,
                    ..
                }) => {
                    let mut programs = trace.programs.iter();
                    if let Some(program) = programs.find(|it| it.host == record.host) {
                        self.time_wait[program.role as usize] += 1;
                    }
                }
                _ => {}
            }
        }
    }

    /// How long a request took on average.
    pub(super) fn mean(&self) -> Option<Duration> {
        let (served, took) = self.served;
        took.checked_div(served)
    }
}

impl Rerun {
    /// Whether it is better in one way and, of failures, not worse; and what there was to help against was there.
    pub fn helps(&self) -> bool {
        let Self { before, after } = self;
        if self.is_spared() {
            return false;
        }
        match after.failed.cmp(&before.failed) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => {
                after.late < before.late || after.dialled < before.dialled || self.is_quicker()
            }
            // Who is told of a failure at last has more failures than who waits on.
            std::cmp::Ordering::Greater => self.is_quicker(),
        }
    }

    /// Whether the fault missed this time: a rule for one port, and the connection has another.
    pub const fn is_spared(&self) -> bool {
        self.before.taken > 0 && self.after.taken == 0
    }

    /// Whether the longest wait is shorter by far.
    fn is_quicker(&self) -> bool {
        2 * self.after.longest < self.before.longest
    }

    /// What it shows, a sentence.
    pub fn say(&self) -> Text {
        let Self { before, after } = self;
        if self.is_spared() {
            return Text::new(
                "The same run with it: the fault met no packet, so it shows nothing.",
                "改了以后同样跑一遍：故障一个包也没碰到，说明不了什么。",
            );
        }
        if !self.helps() {
            return Text::new(
                "The same run with it: no better.",
                "改了以后同样跑一遍：没有改善。",
            );
        }
        let requests = count(after.asked as usize, "request");
        let (mut en, mut zh) = (Vec::new(), Vec::new());
        if after.failed != before.failed {
            en.push(format!(
                "{} of {requests} failed, not {}",
                after.failed, before.failed
            ));
            zh.push(format!(
                "{} 个请求失败 {} 个（原来 {} 个）",
                after.asked, after.failed, before.failed
            ));
        }
        if after.late < before.late {
            en.push(format!(
                "{} ran after the caller had given up, not {}",
                after.late, before.late
            ));
            zh.push(format!(
                "调用方放弃后才执行的 {} 个（原来 {} 个）",
                after.late, before.late
            ));
        }
        if after.dialled < before.dialled {
            en.push(format!(
                "{} dialled, not {}",
                count(after.dialled as usize, "connection"),
                before.dialled
            ));
            zh.push(format!(
                "新建 {} 条连接（原来 {} 条）",
                after.dialled, before.dialled
            ));
        }
        if self.is_quicker() {
            let [longest, was] = [after.longest, before.longest].map(span);
            en.push(format!("the longest wait {longest}, not {was}"));
            zh.push(format!("最长等待 {longest}（原来 {was}）"));
        }
        Text::made(
            format!("The same run with it: {}.", en.join("; ")),
            format!("改了以后同样跑一遍：{}。", zh.join("；")),
        )
    }
}

impl Remedy {
    /// Whether the same traffic came to nothing better with it.
    pub fn is_no_better(&self) -> bool {
        matches!(&self.proof, Some(Proof::Rerun(rerun)) if !rerun.helps())
    }

    /// Takes what runs have shown in place of what was claimed. A note that the runs contradict is replaced.
    pub fn prove(&mut self, proof: Proof) {
        match &proof {
            Proof::Gaps(gaps) => {
                let as_claimed = gaps.grade == self.grade
                    && gaps.fails_at.is_some() == self.still_fails.is_some();
                if !as_claimed && self.kind != RemedyKind::Retry {
                    self.note = shown(gaps);
                }
                self.refuted = self.still_fails.is_none()
                    && gaps.fails_at.is_some()
                    && gaps.whose.is_empty()
                    && !gaps.mends
                    && self.kind != RemedyKind::Retry;
                self.grade = gaps.grade;
                self.still_fails = gaps.fails_at;
            }
            Proof::Rerun(rerun) => {
                self.costs = rerun.costs();
                self.take_rerun(rerun.helps());
            }
        }
        self.proof = Some(proof);
    }

    /// That it was not tried, because runs of its scenario take too long: what it claims is not borne out.
    pub fn leave_untried(&mut self) {
        self.grade = Grade::Amber;
        self.note = Text::new(
            "It was not tried: runs of this scenario take too long.",
            "没有试：这个场景跑一次太久。",
        );
    }

    /// What the same traffic once more leaves of its grade and its note.
    pub fn take_rerun(&mut self, helps: bool) {
        if helps && self.kind.is_about_races() && self.grade == Grade::Green {
            self.note = Text::new(
                "The same traffic goes better with it. Other idle gaps were not tried: here more than the gap decides.",
                "同样的流量，改了以后更好。别的空闲间隔没有试：这里起作用的不只是间隔。",
            );
        }
        // Of a race the same traffic shows one gap only.
        if !helps || self.kind.is_about_races() {
            self.grade = Grade::Amber;
        }
        if !helps && self.kind.is_about_races() {
            self.note = Text::new(
                "It is against connections that were idle for too long; here something else decides.",
                "它对付的是空闲太久的连接；这里起作用的是别的原因。",
            );
        }
    }
}

fn fail(n: u32) -> String {
    match n {
        1 => "1 request fails".to_owned(),
        n => format!("{n} requests fail"),
    }
}

/// What runs have shown, as the note of a remedy.
fn shown(proof: &Gaps) -> Text {
    if proof.fails_at.is_none() && proof.still_failed > 0 {
        let n = proof.still_failed;
        return Text::made(
            format!(
                "Not enough alone: in the same run with it {} all the same, on other connections or for another reason.",
                fail(n)
            ),
            format!("光改这个还不够：同样跑一遍还有 {n} 个请求失败，在别的连接上，或者另有原因。"),
        );
    }
    let (runs, from, to) = (proof.runs, exact(proof.gaps.0), exact(proof.gaps.1));
    let at = |gap: Duration| gap_of(&exact(gap), &proof.whose);
    match (proof.fails_at.map(at), proof.replays_at.map(at)) {
        (Some(gap), _) if proof.mends && proof.whose.is_empty() => Text::made(
            format!(
                "In this run nothing fails with it. After an idle gap of {gap} a request meets the mishap in another way, and still fails."
            ),
            format!(
                "这一遍有了它就不再失败。空闲 {gap} 之后再发，会以别的方式碰上这次故障，照样失败。"
            ),
        ),
        (Some(gap), _) => Text::made(
            format!("Not enough here: an idle gap of {gap} still fails."),
            format!("在这里还不够：空闲间隔 {gap} 时照样失败。"),
        ),
        (None, Some(gap)) => Text::made(
            format!(
                "Only moves the window: at an idle gap of {gap} the request still has to be sent again."
            ),
            format!("只是把危险窗口挪开：空闲间隔 {gap} 时请求还得重发。"),
        ),
        (None, None) => {
            let safe = Text::made(
                format!("Safe in all {runs} runs, with idle gaps from {from} to {to}."),
                format!("空闲间隔从 {from} 到 {to}，跑了 {runs} 次，次次安全。"),
            );
            match proof.draws.caveat() {
                None => safe,
                Some(caveat) => Text::made(
                    format!("{} {}", safe.en, caveat.en),
                    format!("{}{}", safe.zh, caveat.zh),
                ),
            }
        }
    }
}
