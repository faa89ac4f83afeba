//! Random programs of socket calls, faults, paths and sysctls: whatever they do, a run ends, and everything that reads runs
//! takes it.

use std::fmt::Write;
use whyeof_explore::{Grid, Over, explain, sweep};
use whyeof_render::wire::Wire;
use whyeof_scenario::{Scenario, build, fields};
use whyeof_sim::chance::{Draw, Key, Who};
use whyeof_sim::world::run;
use whyeof_trace::{Lang, ProgramId};

/// Draws, one after another.
struct Dice {
    seed: u64,
    number: u64,
}

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.number += 1;
        let key = Key {
            seed: self.seed,
            who: Who::workload(ProgramId(0), 0),
            what: Draw::RequestJitter,
            number: self.number,
        };
        key.below(bound)
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let at = self.below(all.len() as u64);
        all[usize::try_from(at).expect("small")]
    }

    fn list(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> String) -> String {
        let count = self.below(most + 1);
        let all: Vec<_> = (0..count).map(|_| one(self)).collect();
        all.join(",")
    }
}

const VERBS: [&str; 22] = [
    "send C 1",
    "send C 100",
    "send C 5000",
    "send C 200000",
    "read C",
    "read C",
    "reader C",
    "shut C",
    "shutrd C",
    "shutrdwr C",
    "close C",
    "close C",
    "linger0 C",
    "nodelay C",
    "cork C 1",
    "cork C 0",
    "quickack C 0",
    "ka C 1 1 2",
    "ka C",
    "utimeout C 700",
    "lowat C 3000",
    "info C",
];

const SYSCTLS: [&str; 19] = [
    r#""tcp_congestion_control":"reno""#,
    r#""tcp_retries2":0"#,
    r#""tcp_retries2":3"#,
    r#""tcp_syn_retries":1"#,
    r#""tcp_rto_min_us":1"#,
    r#""tcp_rto_min_us":2147483647"#,
    r#""tcp_rto_max_ms":1000"#,
    r#""tcp_fin_timeout":0"#,
    r#""tcp_max_tw_buckets":0"#,
    r#""somaxconn":0"#,
    r#""tcp_rmem":"1 1 1""#,
    r#""tcp_rmem":"1 2147483647 1""#,
    r#""tcp_rmem":"4096 2000 2147483647""#,
    r#""tcp_sack":0"#,
    r#""tcp_timestamps":0"#,
    r#""tcp_window_scaling":0"#,
    r#""tcp_keepalive_time":0,"tcp_keepalive_intvl":0,"tcp_keepalive_probes":0"#,
    r#""tcp_invalid_ratelimit":0,"tcp_min_tso_segs":255"#,
    r#""tcp_pingpong_thresh":255,"tcp_early_retrans":0"#,
];

/// Calls that are well-formed: sockets are opened before they are used.
fn calls(dice: &mut Dice, first: &[&str], opens: &[&str]) -> String {
    let mut calls: Vec<String> = first.iter().map(|call| format!("@-1 {call}")).collect();
    let mut opened = Vec::new();
    for _ in 0..dice.below(14) {
        let at = match dice.below(3) {
            0 => "-1".to_owned(),
            _ => format!("{}.{:03}", dice.below(9), dice.below(1_000)),
        };
        if opened.is_empty() || dice.below(4) == 0 {
            let name = dice.one_of(&["a", "b", "c"]);
            opened.push(name);
            calls.push(format!("@{at} {}", dice.one_of(opens).replace('C', name)));
        } else {
            let name = dice.one_of(&opened);
            calls.push(format!("@{at} {}", dice.one_of(&VERBS).replace('C', name)));
        }
    }
    calls
        .iter()
        .map(|call| format!("{call:?}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn fault(dice: &mut Dice) -> String {
    let mut packets = Vec::new();
    for _ in 0..dice.below(4) {
        let one = dice.one_of(&[
            r#""from":"c""#,
            r#""to":"c""#,
            r#""conn":1"#,
            r#""port":9000"#,
            r#""has":"F""#,
            r#""has":"S""#,
            r#""lacks":"A""#,
            r#""data":true"#,
            r#""nth":2"#,
            r#""count":1"#,
            r#""contains":"/ingest""#,
        ]);
        let key = one.split(':').next();
        if !packets
            .iter()
            .any(|known: &&str| known.split(':').next() == key)
        {
            packets.push(one);
        }
    }
    let time = dice.one_of(&[
        "",
        r#""at":"2s","#,
        r#""for":"1s","#,
        r#""after":"m + 10ms","#,
    ]);
    let effect = dice.one_of(&["drop", "drop", "reject", "delay", "duplicate", "mark"]);
    match effect {
        "delay" => packets.push(r#""by":"30ms""#),
        "reject" if dice.below(2) == 0 => packets.push(r#""with":"tcp-reset""#),
        "drop" if dice.below(2) == 0 => packets.push(r#""where":"output""#),
        _ => {}
    }
    format!(r#"{{{time}"{effect}":{{{}}}}}"#, packets.join(","))
}

fn drawn(seed: u64) -> Scenario {
    let dice = &mut Dice { seed, number: 0 };
    let to = [
        "connect C s:9000",
        "connect C s:9000",
        "connect C s:9000 40001",
        "connect C s:9999",
    ];
    let client = if dice.below(5) == 0 {
        r#""runtime":"go-1.27","requests":[{"to":"s:9000","every":"2s","count":3}]"#.to_owned()
    } else {
        format!(r#""runtime":"sockets","calls":[{}]"#, calls(dice, &[], &to))
    };
    let server = if dice.below(5) == 0 {
        r#""runtime":"go-1.27","listen":9000,"options":{"ReadTimeout":"1s"}"#.to_owned()
    } else {
        let backlog = dice.one_of(&["listen 9000", "listen 9000 0", "listen 9000 1"]);
        let calls = calls(dice, &[backlog], &["accept C"]);
        format!(r#""runtime":"sockets","calls":[{calls}]"#)
    };
    let host = dice.one_of(&["c", "c", "c", "s"]);
    let mut json = format!(
        r#"{{"version":1,"seed":{seed},"until":"15s","clients":[{{"name":"c","host":"{host}",{client}}}],"servers":[{{"name":"s",{server}}}]"#
    );
    let faults = dice.list(3, fault);
    let comma = if faults.is_empty() { "" } else { "," };
    let faults = format!(r#"{{"name":"m","mark":{{"has":"S"}}}}{comma}{faults}"#);
    // One machine has neither paths nor a host `c`.
    if host == "c" {
        let sysctl = dice.one_of(&SYSCTLS);
        let name = dice.one_of(&["c", "s"]);
        let (from, to) = if dice.below(2) == 0 {
            ("c", "s")
        } else {
            ("s", "c")
        };
        let path = dice.one_of(&[
            r#""loss":"20%""#,
            r#""loss":"100%""#,
            r#""jitter":"9ms""#,
            r#""bandwidth":"9.6kbit""#,
            r#""delay":"0s""#,
            r#""delay":"10s""#,
        ]);
        let _ = write!(
            json,
            r#","hosts":[{{"name":"{name}","sysctl":{{{sysctl}}}}}],"network":{{"paths":[{{"from":"{from}","to":"{to}",{path}}}]}},"faults":[{faults}]"#
        );
    }
    json.push('}');
    Scenario::from_json(&json).unwrap_or_else(|invalid| panic!("{invalid}: {json}"))
}

#[test]
fn everything_takes_every_run() {
    let (mut conns, mut quiet) = (0, 0);
    for seed in 0..400 {
        let scenario = drawn(seed);
        let explained = explain(&scenario).expect("it holds");
        conns += explained.trace.flows.len();
        quiet += usize::from(explained.report.requests.is_empty());
        if seed % 10 == 0 {
            for format in whyeof_render::formats::ALL {
                let written = format.of(
                    &whyeof_render::formats::Case::from(&explained.trace),
                    Lang::En,
                );
                // What a machine's own filter keeps back is in no capture.
                let wire = Wire::new(&explained.trace);
                let is_quiet = wire.captured().next().is_none();
                assert!(
                    is_quiet || !written.bytes().is_empty(),
                    "{} of seed {seed}",
                    format.name.id
                );
            }
            assert!(!fields(&scenario).is_empty());
        }
    }
    assert!(
        conns > 400 && quiet > 200,
        "too tame: {conns} connections, {quiet} without requests"
    );
}

#[test]
fn a_sweep_without_requests_has_no_windows() {
    let json = r#"{"version":1,"until":"5s","clients":[{"name":"a","runtime":"sockets","calls":["@0 connect a s:80"]}],"servers":[{"name":"s","runtime":"sockets","calls":["@-1 listen 80"]}]}"#;
    let scenario = Scenario::from_json(json).expect("valid");
    let over = Over::parse("network.paths.a.s.loss=0%..100%/50%").expect("a range");
    let grid = Grid::new(vec![over], 2).expect("a grid");
    let done = sweep(&scenario, grid, |_, _| true).expect("it holds");
    assert_eq!((done.runs.len(), done.windows()), (6, Vec::new()));
}

/// The scenario that the README shows is one.
#[test]
fn the_readmes_scenario_runs() {
    let readme = include_str!("../../../README.md");
    let json = readme
        .split("```json")
        .nth(1)
        .and_then(|s| s.split("```").next());
    let scenario = Scenario::from_json(json.expect("a scenario")).expect("it reads");
    let trace = run(build(&scenario).expect("it holds"));
    let text = whyeof_render::formats::text::FORMAT
        .text(&whyeof_render::formats::Case::from(&trace), Lang::En);
    assert!(
        text.contains("lost: fault f1") && text.contains("ETIMEDOUT"),
        "{text}"
    );
}
