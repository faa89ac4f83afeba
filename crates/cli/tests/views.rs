//! What somebody with `ss`, a log file and strace would have in hand, for the stories where it tells the cause.
//!
//! The calls agree with recording 04-hijack-close (a read of 0; a second attempt for GET on a used connection alone), the
//! queues with ground-truth section 5 (bytes lie in Recv-Q when Go 1.19 closes), the log with the fields of AWS's access
//! log (`elb_status_code`, `target_status_code`).

use expect_test::{ExpectFile, expect, expect_file};
use std::time::Duration;
use whyeof_explore::background;
use whyeof_render::charts::connections::{self, Connections};
use whyeof_render::charts::pool::{self, Pools};
use whyeof_render::charts::requests::{self, Requests};
use whyeof_render::charts::retransmissions::{self, Rung};
use whyeof_render::charts::sequence;
use whyeof_render::formats::{self, Case};
use whyeof_render::instant;
use whyeof_render::wire::{Fate, Wire};
use whyeof_scenario::{Scenario, build, link, presets};
use whyeof_sim::world::run;
use whyeof_trace::filter::Verdict;
use whyeof_trace::replay::Snapshot;
use whyeof_trace::{Event, FaultEvent, Lang, Time};

/// The first `lines` lines of a preset in a format.
fn check(preset: &str, format: &str, lines: usize, expected: ExpectFile) {
    let scenario = presets::find(preset).expect("a preset").scenario();
    let trace = run(build(&scenario).expect("a plan"));
    let format = formats::by_id(format).expect("listed");
    let mut text: String = format
        .text(&Case::from(&trace), Lang::En)
        .lines()
        .take(lines)
        .collect::<Vec<_>>()
        .join("\n");
    text.push('\n');
    expected.assert_eq(&text);
}

/// A preset's report, with its remedies tried, as `whyeof run --format markdown` writes it.
fn report(preset: &str, lang: Lang) -> String {
    let scenario = presets::find(preset).expect("a preset").scenario();
    let trace = run(build(&scenario).expect("a plan"));
    let case = Case {
        trace: &trace,
        background: &|| background(&scenario, &trace, "https://example.org/", lang).ok(),
        host: None,
    };
    formats::markdown::FORMAT.text(&case, lang)
}

/// The order of segments and the error are recording 01's; the proofs are the runs'.
#[test]
fn a_report_has_verdict_picture_remedies_configuration_and_link() {
    let expected = [
        (Lang::En, expect_file!["snapshots/report.en.md"]),
        (Lang::Zh, expect_file!["snapshots/report.zh.md"]),
    ];
    for (lang, expected) in expected {
        expected.assert_eq(&report("pyroscope-idle-race", lang));
    }
}

#[test]
fn the_link_in_a_report_opens_the_same_run() {
    for preset in presets::ALL {
        let scenario = preset.scenario();
        let report = report(preset.id, Lang::En);
        let link = report
            .split("](<")
            .nth(1)
            .and_then(|rest| rest.split(">)").next());
        let opened = link::decode(link.expect(preset.id)).expect(preset.id);
        assert_eq!(opened.shared.scenario, Some(scenario), "{}", preset.id);
        let digest = opened.shared.engine.and_then(|engine| engine.digest);
        let digest = digest.expect(preset.id);
        assert!(
            report.ends_with(&format!("digest `{digest}`.\n")),
            "{}",
            preset.id
        );
        assert!(
            report.contains("\n```mermaid\nsequenceDiagram\n"),
            "{}",
            preset.id
        );
    }
}

#[test]
fn bytes_wait_in_the_receive_queue_when_the_client_closes() {
    check(
        "body-unread",
        "ss",
        14,
        expect_file!["snapshots/view-body-unread.ss.txt"],
    );
}

#[test]
fn a_handler_that_closes_is_a_read_of_nothing() {
    check(
        "hijack-close",
        "calls",
        60,
        expect_file!["snapshots/view-hijack-close.calls.txt"],
    );
}

/// What the server has closed is nobody's there any more; a load balancer is at both ends.
#[test]
fn connections_have_owners() {
    check(
        "two-keep-alives-elb",
        "lsof",
        20,
        expect_file!["snapshots/view-elb.lsof.txt"],
    );
}

#[test]
fn a_load_balancer_logs_both_statuses() {
    check(
        "two-keep-alives-elb",
        "log",
        60,
        expect_file!["snapshots/view-elb.log.txt"],
    );
}

/// Lesson 6's burst of ten in a pool of two; article 003's leak, which keeps both places and the third request waiting; article 004, where requests
/// that were reported failed still wait for the only place: ten that all run in the end, and one that is still waited for.
#[test]
fn pools_over_time_are_counted() {
    for (preset, words) in [
        (
            "pool-overflow",
            "connections in use: at most 10; idle in the pool: at most 2; requests waiting for one: at most 0",
        ),
        (
            "body-leak",
            "connections in use: at most 2; idle in the pool: at most 0; requests waiting for one: at most 1",
        ),
        (
            "silent-switch",
            "connections in use: at most 1; idle in the pool: at most 1; requests waiting for one: at most 11",
        ),
    ] {
        let scenario = presets::find(preset).expect("a preset").scenario();
        let trace = run(build(&scenario).expect("a plan"));
        let pools = Pools::of(&trace);
        assert_eq!(pools.describe(Lang::En), words, "{preset}");
        let picture = pool::svg(&trace, Lang::En);
        assert!(picture.contains(&format!("<title>{words}</title>")));
        let in_chinese = pool::svg(&trace, Lang::Zh);
        assert!(in_chinese.contains("等连接的请求") && !in_chinese.contains("requests"));
    }
}

/// Article 003: about 1,500 new connections a second and no TIME-WAIT; recording 07: two bursts of ten, eight closed by the
/// client each time.
#[test]
fn connections_over_time_are_counted() {
    for (preset, words) in [
        (
            "body-unread",
            "open sockets: at most 10; in TIME-WAIT: at most 0; new connections: 1468 a second",
        ),
        (
            "pool-overflow",
            "open sockets: at most 10; in TIME-WAIT: at most 16; new connections: 9 a second",
        ),
        // Less than one a second are dialled: there is a bar for each all the same.
        (
            "nat-350s",
            "open sockets: at most 1; in TIME-WAIT: at most 0; new connections: 9 an hour",
        ),
    ] {
        let scenario = presets::find(preset).expect("a preset").scenario();
        let trace = run(build(&scenario).expect("a plan"));
        assert_eq!(
            Connections::of(&trace).describe(Lang::En),
            words,
            "{preset}"
        );
        let picture = connections::svg(&trace, Lang::En);
        assert!(picture.contains(&format!("<title>{words}</title>")));
        let in_chinese = connections::svg(&trace, Lang::Zh);
        assert!(in_chinese.contains("新建连接") && !in_chinese.contains("open sockets"));
        // A bar for each stretch with dials, besides paper and two frames.
        let bars = picture.matches("<rect").count() - 3;
        let dialling = Connections::of(&trace).slots;
        let dialling = dialling
            .chunks(4)
            .filter(|s| s.iter().any(|s| s.dialled > 0));
        assert_eq!(bars, dialling.count(), "{preset}");
    }
}

/// The ladder's waits are those between the lines of the same POST in what tcpdump prints of the run: a tail loss probe, and then timeouts
/// that double until one comes through.
#[test]
fn the_segment_that_was_sent_most_often_is_a_ladder() {
    let trace = |preset: &str| {
        let scenario = presets::find(preset).expect("a preset").scenario();
        run(build(&scenario).expect("a plan"))
    };
    let silent = trace("silent-switch");
    let rungs = retransmissions::ladder(&Wire::new(&silent));
    let waits: Vec<u128> = rungs
        .iter()
        .filter_map(|rung| rung.wait)
        .map(|wait| wait.as_millis())
        .collect();
    assert_eq!(waits.len() + 1, rungs.len());
    for pair in waits[1..].windows(2) {
        // The wheel of timers rounds each of them up, by an eighth at most.
        assert!(
            (pair[0] * 16 / 9..=pair[0] * 9 / 4).contains(&pair[1]),
            "{waits:?}"
        );
    }
    let (last, lost) = rungs.split_last().expect("some");
    assert!(lost.iter().all(Rung::is_lost));
    let arrived = matches!(last.fate, Fate::Arrived { .. });
    assert_eq!((arrived, last.wait), (true, None), "the path heals");
    let picture = retransmissions::svg(&silent, Lang::En);
    assert!(picture.contains("sent 10 times") && !picture.contains("=\"#01"));
    assert_eq!(
        picture.matches("<rect").count() - 1,
        waits.len(),
        "a bar each"
    );
    assert!(retransmissions::svg(&silent, Lang::Zh).contains("发了 10 次"));
    let clean = trace("pyroscope-idle-race-clean");
    assert_eq!(retransmissions::ladder(&Wire::new(&clean)), []);
    assert!(retransmissions::svg(&clean, Lang::En).contains("nothing was sent twice"));
}

#[test]
fn the_bytes_of_the_connection_that_suffered_are_drawn_over_time() {
    let scenario = presets::find("silent-switch").expect("a preset").scenario();
    let trace = run(build(&scenario).expect("a plan"));
    let (_, [there, back]) = sequence::ways(&trace);
    let again = there.marks.iter().filter(|mark| mark.again).count();
    let lost = there.marks.iter().filter(|mark| mark.lost).count();
    assert_eq!(
        (again, lost),
        (9, 9),
        "ten times, and the last one comes through"
    );
    assert!(back.marks.iter().all(|mark| !mark.again && !mark.lost));
    // What is acknowledged has been sent, and never becomes less.
    for way in [&there, &back] {
        let sent = way.marks.iter().map(|mark| mark.from + mark.len).max();
        assert!(way.acked.iter().all(|(_, acked)| Some(*acked) <= sent));
        assert!(way.acked.is_sorted_by_key(|(_, acked)| *acked));
    }
    let picture = sequence::svg(&trace, Lang::En);
    assert!(picture.contains("9 sent again, 9 lost") && !picture.contains("=\"#01"));
    let marks = there.marks.len() + back.marks.len();
    assert_eq!(
        picture.matches("<rect").count() - 3,
        marks,
        "besides paper and two frames"
    );
}

/// Article 004 in a dashboard: from the moment at which two of five machines fall silent on, 40 % of the requests fail, in each
/// stretch of time. Of article 003 none fails; and of four requests the second is lost.
#[test]
fn requests_over_time_are_counted() {
    let silent = [vec![0; 4], vec![40; 16]].concat();
    for (preset, shares, words) in [
        (
            "silent-switch-two-of-five",
            &silent[..],
            "32 of 100 requests failed, 32 %; in the worst stretch of time 40 %",
        ),
        (
            "body-unread",
            &[0; 60],
            "0 of 435 requests failed, 0 %; in the worst stretch of time 0 %",
        ),
        (
            "pyroscope-idle-race",
            &[25],
            "1 of 4 requests failed, 25 %; in the worst stretch of time 25 %",
        ),
    ] {
        let scenario = presets::find(preset).expect("a preset").scenario();
        let trace = run(build(&scenario).expect("a plan"));
        let counted = Requests::of(&trace);
        let plotted: Vec<u32> = counted.slots.iter().filter_map(|s| s.share()).collect();
        assert_eq!(plotted, shares, "{preset}");
        assert_eq!(counted.describe(Lang::En), words, "{preset}");
        let picture = requests::svg(&trace, Lang::En);
        assert!(picture.contains(&format!("<title>{words}</title>")));
        let in_chinese = requests::svg(&trace, Lang::Zh);
        assert!(in_chinese.contains("失败占比") && !in_chinese.contains("served"));
        // A bar for what was served and one for what failed, and the latter's share, besides paper and two frames.
        let bars = counted.slots.iter().map(|s| match (s.served, s.failed) {
            (0, 0) => 0,
            (_, 0) => 1,
            (0, _) => 2,
            _ => 3,
        });
        let bars: usize = bars.sum();
        assert_eq!(picture.matches("<rect").count() - 3, bars, "{preset}");
    }
}

/// The tables of a preset at a moment, a line a row.
fn at(preset: &str, at: Time) -> String {
    let scenario = presets::find(preset).expect("a preset").scenario();
    let trace = run(build(&scenario).expect("a plan"));
    let now = Snapshot::at(&trace, at);
    let tables = instant::tables(&trace, &now, at, Lang::En);
    let mut out = String::new();
    for table in tables {
        let head: Vec<&str> = table.columns.iter().map(|c| c.of(Lang::En)).collect();
        out.push_str(&format!(
            "{}\n  {}\n",
            table.name.of(Lang::En),
            head.join(" | ")
        ));
        for row in &table.rows {
            assert_eq!(
                row.cells.len(),
                table.columns.len(),
                "{preset} {}",
                table.id
            );
            out.push_str(&format!("  {}\n", row.cells.join(" | ")));
        }
    }
    out
}

/// In the midst of the crossing: the server has closed, the POST is under way, the pool knows of nothing. As recorded in 01 (states, FIN
/// before the POST's arrival), with `ss` as iproute2 writes it.
#[test]
fn a_moment_is_told_in_tables() {
    expect![[r#"
        Sockets (ss -tno state connected)
          machine | State | Recv-Q | Send-Q | Local Address:Port | Peer Address:Port | timer
          agent | ESTAB | 0 | 1023 | 10.0.0.1:32768 | 10.0.0.2:4040 | on,214ms,0
          pyroscope | FIN-WAIT-1 | 0 | 1 | 10.0.0.2:4040 | 10.0.0.1:32768 | on,214ms,0
        Connection pools
          machine | connection | is | for | request | this end | other end
          agent | 1 | in use | 1.5 ms | POST #3 | ESTABLISHED | FIN-WAIT-1
        What programs wait for
          machine | timer | of | due in | set by
          agent | request timer | POST #3 | 10 s | Timeout 10 s
          agent | next request |  | 10 s | 
    "#]]
    .assert_eq(&at("pyroscope-idle-race", Time::from_micros(20_022_000)));
}

/// What a rule has thrown away by the end is what the engine's own counter says of it (recorded run 21: equal to the kernel's).
#[test]
fn rules_count_what_they_throw_away() {
    let mut compared = 0;
    for preset in &presets::ALL {
        let trace = run(build(&preset.scenario()).expect("a plan"));
        let now = Snapshot::at(&trace, trace.end);
        for typed in &trace.commands {
            let drops = matches!(&typed.rule, Some((_, rule)) if matches!(rule.verdict, Some(Verdict::Drop | Verdict::Reject(_))));
            if drops {
                let counted = now.rules.get(&typed.fault).map_or(0, |rule| rule.packets);
                assert_eq!(u64::from(counted), typed.packets, "{}", preset.id);
                compared += 1;
            }
        }
    }
    assert!(compared >= 3, "{compared}");
}

/// A fault is in force from its own beginning to its own end, not from the first packet that meets it; one that was there from the start always was.
#[test]
fn a_fault_holds_from_its_beginning_to_its_end() {
    let at = |preset: &str, seconds: u64| {
        let preset = presets::find(preset).expect("a preset");
        let trace = run(build(&preset.scenario()).expect("a plan"));
        let now = Snapshot::at(&trace, Time::ZERO + Duration::from_secs(seconds));
        now.rules.get(&0).map(|rule| (rule.since, rule.until))
    };
    let micros = Time::from_micros;
    let (begins, ends) = (micros(5_300_000), micros(65_300_000));
    assert_eq!(at("silent-switch", 5), None);
    assert_eq!(at("silent-switch", 6), Some((begins, None)));
    assert_eq!(at("silent-switch", 70), Some((begins, Some(ends))));
    // A box forgets all the while; a mark waits for its packet.
    assert_eq!(at("nat-350s", 340), None);
}

/// The POST has been sent five times by then: by the caller, by the tail-loss probe, which counts as no retransmission, and by three timeouts
/// (linux-tcp; recorded in 08a-node-partition-heal60). Before it, four probes were out.
#[test]
fn timers_count_what_nobody_answers() {
    let at = |micros: u64| {
        let trace = run(
            build(&presets::find("silent-switch").expect("a preset").scenario()).expect("a plan"),
        );
        let now = Snapshot::at(&trace, Time::from_micros(micros));
        let tried = now.sockets.values().map(|socket| socket.tried());
        tried.max().expect("a socket")
    };
    assert_eq!(at(5_000_000), [0, 0]);
    assert_eq!(at(9_900_000), [0, 4]);
    assert_eq!(at(12_000_000), [3, 4]);
    assert_eq!(at(70_000_000), [0, 0]);
}

/// Faults of one moment are told in their order; what ends with the run is told, too.
#[test]
fn faults_begin_and_end_in_order() {
    let json = r#"{"version":1,"until":"4s",
        "clients":[{"name":"c","runtime":"go-1.27","options":{"Timeout":"500ms"},"requests":[{"to":"s:80","every":"1s","count":3}]}],
        "servers":[{"name":"s","listen":80,"runtime":"go-1.27"}],
        "faults":[{"name":"a","at":"2.5s","for":"1s","drop":{"from":"c"}},{"name":"b","at":"2.5s","for":"1s","drop":{"from":"s"}},
            {"name":"c","at":"3s","for":"1s","drop":{"from":"s"}}]}"#;
    let scenario = Scenario::from_json(json).expect("a scenario");
    let trace = run(build(&scenario).expect("a plan"));
    let told = trace
        .records
        .iter()
        .filter_map(|record| match record.event {
            Event::Fault(FaultEvent::Applied { fault }) => Some((record.time, fault, true)),
            Event::Fault(FaultEvent::Lifted { fault }) => Some((record.time, fault, false)),
            _ => None,
        });
    let at = Time::from_micros;
    let expected = [
        (at(2_500_000), 0, true),
        (at(2_500_000), 1, true),
        (at(3_000_000), 2, true),
        (at(3_500_000), 0, false),
        (at(3_500_000), 1, false),
        (at(4_000_000), 2, false),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
