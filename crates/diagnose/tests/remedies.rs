//! Remedies: what is offered, in which order, with which edits.

mod support;

use std::time::Duration;
use support::{THIRD_FAILS, edited, report, run, with};
use whyeof_diagnose::{Basis, Gaps, Grade, Proof, RemedyKind, Report, Rerun, Tally, diagnose};
use whyeof_scenario::presets;

const PRESET: &str = "pyroscope-idle-race";

/// Kind, grade and edits of each.
fn offered(report: &Report) -> Vec<(RemedyKind, Grade, String)> {
    let edits = |r: &whyeof_diagnose::Remedy| {
        let edits = r.edits.iter().map(|e| format!("{}={}", e.path, e.value));
        edits.collect::<Vec<_>>().join(" ")
    };
    let remedies = report.remedies().into_iter();
    remedies.map(|r| (r.kind, r.grade, edits(r))).collect()
}

fn check(edits: &[(&str, &str)], expected: &[(RemedyKind, Grade, &str)]) {
    let report = report(PRESET, &with(&THIRD_FAILS, edits));
    let expected = expected.iter().map(|(k, g, e)| (*k, *g, (*e).to_owned()));
    assert_eq!(offered(&report), expected.collect::<Vec<_>>());
}

const CLIENT_9S: (RemedyKind, Grade, &str) = (
    RemedyKind::ClientIdle,
    Grade::Green,
    "clients.agent.options.IdleConnTimeout=9s",
);
const SHORT: (RemedyKind, Grade, &str) = (
    RemedyKind::ShortConnections,
    Grade::Green,
    "clients.agent.options.DisableKeepAlives=true",
);
const RETRY: (RemedyKind, Grade, &str) = (
    RemedyKind::Retry,
    Grade::Amber,
    "clients.agent.requests.upload.headers.Idempotency-Key=upload",
);

#[test]
fn client_first_then_short_then_server_then_retry() {
    let server = "servers.pyroscope.options.IdleTimeout=30s";
    let server = (RemedyKind::ServerIdle, Grade::Amber, server);
    check(&[], &[CLIENT_9S, SHORT, server, RETRY]);
}

/// A client with a limit of its own needs a server that waits longer than that, in every phase of a connection.
#[test]
fn a_server_that_outlasts_the_client_is_green() {
    let both = "servers.pyroscope.options.IdleTimeout=120s servers.pyroscope.options.ReadHeaderTimeout=120s";
    let server = (RemedyKind::ServerIdle, Grade::Green, both);
    let idle = ("clients.agent.options.IdleConnTimeout", "90s");
    check(&[idle], &[CLIENT_9S, server, SHORT, RETRY]);
}

/// The shortest of the server's limits counts, and the note names it where it is not the one that raced.
#[test]
fn the_client_goes_below_every_limit_of_the_server() {
    let head = ("servers.pyroscope.options.ReadHeaderTimeout", "5s");
    let report = report(PRESET, &with(&THIRD_FAILS, &[head]));
    let first = report.remedies()[0];
    assert_eq!(first.edits[0].value, "4500ms");
    assert!(
        first.note.en.contains("5 s (ReadHeaderTimeout)"),
        "{}",
        first.note.en
    );
}

/// Every edit fits its scenario, and the presets of the story's fixes are these very edits.
#[test]
fn edits_fit_and_are_the_presets_of_the_fixes() {
    let report = diagnose(&run(PRESET, &THIRD_FAILS));
    for (index, id) in [
        (0, "pyroscope-idle-race-client-idle-9s"),
        (1, "pyroscope-idle-race-short-connections"),
        (2, "pyroscope-idle-race-server-idle-30s"),
        (3, "pyroscope-idle-race-idempotency-key"),
    ] {
        let edits = report.remedies()[index].edits.iter();
        let edits: Vec<_> = edits.map(|e| (e.path.as_str(), e.value.as_str())).collect();
        let fixed = edited(PRESET, &edits);
        let preset = presets::find(id).expect(id).scenario();
        assert_eq!(fixed.clients, preset.clients, "{id}");
        assert_eq!(fixed.servers, preset.servers, "{id}");
    }
}

/// A claim that the runs bear out keeps its note; one that they contradict does not.
#[test]
fn runs_have_the_last_word() {
    let seconds = Duration::from_secs;
    let report = report(PRESET, &THIRD_FAILS);
    let proof = |grade, fails_at, replays_at| {
        Proof::Gaps(Gaps {
            grade,
            runs: 201,
            draws: Basis::ONE,
            gaps: (Duration::ZERO, seconds(20)),
            fails_at,
            replays_at,
            whose: String::new(),
            still_failed: 0,
            mends: false,
        })
    };
    let claimed = report.remedies()[0];
    let mut held = claimed.clone();
    held.prove(proof(Grade::Green, None, None));
    assert_eq!((held.grade, &held.note), (Grade::Green, &claimed.note));
    let mut failed = claimed.clone();
    failed.prove(proof(Grade::Amber, Some(seconds(9)), None));
    assert_eq!(failed.grade, Grade::Amber);
    assert_eq!(failed.still_fails, Some(seconds(9)));
    assert!(
        failed.note.en.contains("9 s still fails"),
        "{}",
        failed.note.en
    );
    let mut better = report.remedies()[2].clone();
    better.prove(proof(Grade::Green, None, None));
    assert!(
        better.note.zh.contains("从 0 s 到 20 s"),
        "{}",
        better.note.zh
    );
    // A request that is replayed does not fail, whatever the settings suggest.
    let mut replayed = report.remedies()[2].clone();
    assert!(replayed.note.en.contains("still fails"));
    replayed.prove(proof(Grade::Amber, None, Some(seconds(30))));
    assert!(
        replayed
            .note
            .en
            .contains("30 s the request still has to be sent again"),
        "{}",
        replayed.note.en
    );
}

/// What the runs call green comes first; a retry stays last whatever they say.
#[test]
fn proven_grades_decide_the_order() {
    use RemedyKind::{
        ClientIdle, Detection, EveryHop, Patience, PoolSize, Probes, ReadBodies, ReadRequests,
        Retry, ServerIdle, ShortConnections,
    };
    let mut report = report(PRESET, &THIRD_FAILS);
    for remedy in report.findings.iter_mut().flat_map(|f| &mut f.remedies) {
        let grade = match remedy.kind {
            ClientIdle | ServerIdle => Grade::Amber,
            EveryHop | ShortConnections | ReadBodies | ReadRequests | PoolSize | Probes
            | Detection | Patience | Retry => Grade::Green,
        };
        let gaps = (Duration::ZERO, Duration::from_secs(20));
        remedy.prove(Proof::Gaps(Gaps {
            grade,
            runs: 201,
            draws: Basis::ONE,
            gaps,
            fails_at: None,
            replays_at: None,
            whose: String::new(),
            still_failed: 0,
            mends: false,
        }));
    }
    let kinds: Vec<_> = report.remedies().iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [ShortConnections, ClientIdle, ServerIdle, Retry]);
}

/// So many requests that failed, connections dialled, and seconds of the longest wait.
fn tally(failed: u32, dialled: u32, longest: u64) -> Tally {
    Tally {
        asked: 14,
        failed,
        late: 9,
        taken: 20,
        dialled,
        longest: Duration::from_secs(longest),
        ..Tally::default()
    }
}

/// What the same traffic came to with a remedy: what is better is said, and what is not.
#[test]
fn a_rerun_says_what_is_better() {
    let was = tally(11, 3, 924);
    for (after, helps, en, zh) in [
        (
            tally(2, 3, 924),
            true,
            "2 of 14 requests failed, not 11.",
            "14 个请求失败 2 个（原来 11 个）。",
        ),
        (
            tally(2, 5, 5),
            true,
            "2 of 14 requests failed, not 11; the longest wait 5 s, not 924 s.",
            "14 个请求失败 2 个（原来 11 个）；最长等待 5 s（原来 924 s）。",
        ),
        (
            tally(11, 1, 924),
            true,
            "1 connection dialled, not 3.",
            "新建 1 条连接（原来 3 条）。",
        ),
        (
            Tally {
                late: 0,
                ..tally(11, 3, 924)
            },
            true,
            "0 ran after the caller had given up, not 9.",
            "调用方放弃后才执行的 0 个（原来 9 个）。",
        ),
        (
            Tally {
                taken: 0,
                ..tally(0, 3, 1)
            },
            false,
            "the fault met no packet, so it shows nothing.",
            "故障一个包也没碰到，说明不了什么。",
        ),
        // More is told of failures, and sooner.
        (
            tally(13, 9, 5),
            true,
            "13 of 14 requests failed, not 11; the longest wait 5 s, not 924 s.",
            "14 个请求失败 13 个（原来 11 个）；最长等待 5 s（原来 924 s）。",
        ),
        (was, false, "no better.", "没有改善。"),
        (tally(12, 1, 900), false, "no better.", "没有改善。"),
    ] {
        let rerun = Rerun { before: was, after };
        let said = rerun.say();
        assert_eq!(rerun.helps(), helps, "{after:?}");
        assert_eq!(said.en, format!("The same run with it: {en}"));
        assert_eq!(said.zh, format!("改了以后同样跑一遍：{zh}"));
        let report = report(PRESET, &THIRD_FAILS);
        let mut remedy = report.remedies()[0].clone();
        // The same traffic is one gap only.
        let mut against_race = remedy.clone();
        against_race.prove(Proof::Rerun(rerun));
        assert_eq!(against_race.grade, Grade::Amber);
        remedy.kind = RemedyKind::ReadBodies;
        let claimed = remedy.grade;
        remedy.prove(Proof::Rerun(rerun));
        assert_eq!(remedy.grade == claimed, helps);
    }
}

/// What it costs is counted, and what it spares is no price.
#[test]
fn a_rerun_says_what_it_costs() {
    let was = Tally {
        dialled: 2,
        reused: 2,
        time_wait: [0, 1, 0],
        served: (3, Duration::from_millis(30)),
        ..Tally::default()
    };
    let check = |after: Tally, en: &str, zh: &str| {
        let before = was;
        let costs = Rerun { before, after }.costs();
        let said = costs.as_ref().map_or(["", ""], |it| [&*it.en, &*it.zh]);
        assert_eq!(said, [en, zh]);
    };
    check(was, "", "");
    check(
        Tally {
            dialled: 4,
            reused: 0,
            time_wait: [1, 3, 2],
            served: (4, Duration::from_millis(80)),
            ..was
        },
        "Its price in the same run: 4 connections dialled, not 2; reuse drops to 0, from 2; 1 socket in TIME-WAIT at the client, not 0; 2 sockets in TIME-WAIT at the proxy, not 0; 3 sockets in TIME-WAIT at the server, not 1; 10 ms more a request, on average.",
        "代价，同样跑一遍：新建 4 条连接（原来 2 条）；复用降到 0 次（原来 2 次）；客户端有 1 个 TIME-WAIT（原来 0 个）；代理有 2 个 TIME-WAIT（原来 0 个）；服务器有 3 个 TIME-WAIT（原来 1 个）；平均每个请求多 10 ms。",
    );
    check(
        Tally {
            dialled: 1,
            reused: 3,
            time_wait: [0, 0, 0],
            served: (4, Duration::from_millis(30)),
            ..was
        },
        "",
        "",
    );
}
