//! Real captures, opened: what is found in each, from either end, beside what the simulated run of the same recording is diagnosed with.
//!
//! A capture shows no programs: a request that failed in its program only (a timeout that left the connection alone), or never left it (a queue), is in
//! no capture, and what looks alike on the wire is told as what is sure of it. So the table is reviewed, line by line:
//!
//! * `silent-retry` and `executed-twice` are `keepalive-race` and `broken-off` on the wire: a capture sees two requests, and names the second.
//! * `slow-request`, answered all the same, is in 12 what the simulated run has besides the program of socket calls, whose request the server did not
//!   have to its end (`server-deadline`).
//! * `caller-timeout` in 08a to 08e, 13c and 15j: Node's own timers leave the connection alone, so the answer comes later or not; what a dial waited for is
//!   `not-connected`. 08b's and 08d's requests were all answered in the end.
//! * 08a, 15d, 15h: a FIN or a restart that the client was not told of is `half-open` from either end. In 13c and 15j the server's answer is never acknowledged:
//!   `black-hole`, where the simulated run has the caller's own time, too.
//! * A leak (`body-leak`, `pool-overflow`) shows nothing on the wire; that the client leaves in the midst of an answer (`body-unread`) does.

use expect_test::expect_file;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use whyeof_diagnose::{Report, Severity, diagnose, diagnose_capture};
use whyeof_explore::imitate;
use whyeof_render::import::{self, How, Packed};
use whyeof_scenario::{Scenario, build};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = all
        .map(|it| {
            it.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The codes of what went wrong, and how often.
fn codes(reports: &[Report]) -> String {
    let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
    let findings = reports.iter().flat_map(|it| &it.findings);
    for finding in findings.filter(|it| it.severity <= Severity::Hidden) {
        *codes.entry(finding.code).or_default() += 1;
    }
    let codes = codes.iter().map(|(code, count)| format!("{code} {count}"));
    let codes: Vec<String> = codes.collect();
    match codes.is_empty() {
        true => "-".to_owned(),
        false => codes.join(", "),
    }
}

/// What the simulated runs of a recording are diagnosed with.
fn simulated(recording: &str) -> String {
    let runs = names(&folder("runs"));
    let its = |run: &&String| **run == recording || run.starts_with(&format!("{recording}-"));
    let reports: Vec<Report> = runs
        .iter()
        .filter(its)
        .map(|run| {
            let text = fs::read_to_string(folder("runs").join(run).join("scenario.json"));
            let scenario = Scenario::from_json(&text.expect("a scenario")).expect("it holds");
            diagnose(&whyeof_sim::world::run(build(&scenario).expect("a plan")))
        })
        .collect();
    codes(&reports)
}

#[test]
fn each_real_capture_tells_what_happened() {
    let mut table = String::new();
    for name in names(&folder("pcaps")) {
        let Some(recording) = name.strip_suffix("-client.pcap") else {
            continue;
        };
        writeln!(table, "{recording}\n  simulated  {}", simulated(recording)).expect("a string");
        for (end, address) in [("client", "10.99.0.1"), ("server", "10.99.0.2")] {
            let path = folder("pcaps").join(format!("{recording}-{end}.pcap"));
            let bytes = fs::read(path).expect("a capture");
            let capture = import::open(&bytes).expect("it can be read");
            assert_eq!(capture.broken, None, "{recording}");
            let trace = &capture.trace;
            let report = diagnose_capture(trace);
            // The handshake tells where it was taken, wherever there is one.
            if capture.how == How::Handshake {
                let tap = match trace.vantage {
                    whyeof_trace::Vantage::Tap(host) => trace.host(host).address.to_string(),
                    whyeof_trace::Vantage::Everywhere => String::new(),
                };
                assert_eq!(tap, address, "{recording}");
            }
            writeln!(table, "  {end:10} {}", codes(std::slice::from_ref(&report)))
                .expect("a string");
            writeln!(table, "             {}", report.verdict.text.en).expect("a string");
            for finding in &report.findings {
                let told = &finding.explanation;
                // An ICMP error is plain; everything else leaves something open.
                assert!(
                    told.en.contains("cannot know") && told.zh.contains("看不到"),
                    "{}",
                    told.en
                );
            }
        }
    }
    expect_file!["open.txt"].assert_eq(&table);
}

/// A capture that is simulated comes to what it showed: the connection of each finding, imitated, is diagnosed alike where its cause is in the packets.
#[test]
fn a_capture_can_be_simulated() {
    let mut table = String::new();
    for name in names(&folder("pcaps")) {
        let bytes = fs::read(folder("pcaps").join(&name)).expect("a capture");
        let capture = import::open(&bytes).expect("it can be read");
        let report = diagnose_capture(&capture.trace);
        let mut told: BTreeMap<(&str, String), u32> = BTreeMap::new();
        for row in import::list(&capture, &report) {
            let part = capture.part(&[row.flow.id]);
            let asked = !part.requests.is_empty();
            let (Some(code), true) = (row.finding, asked) else {
                continue;
            };
            let imitated = imitate(&part, &name).expect("it can be imitated");
            let run = whyeof_sim::world::run(build(&imitated.scenario).expect("a plan"));
            let found = diagnose(&run);
            let found = found.leading().map_or("-", |it| it.code);
            *told.entry((code, found.to_owned())).or_default() += 1;
        }
        for ((seen, found), count) in told {
            let alike = if seen == found { " " } else { "!" };
            writeln!(table, "{alike} {name}: {seen} as {found}, {count}").expect("a string");
        }
    }
    expect_file!["imitated.txt"].assert_eq(&table);
}

/// What goes from the clerk to the page comes there as it was.
#[test]
fn a_part_can_be_packed() {
    for name in names(&folder("pcaps")) {
        let bytes = fs::read(folder("pcaps").join(name)).expect("a capture");
        let capture = import::open(&bytes).expect("it can be read");
        let part = capture.part(&[]);
        let report = diagnose_capture(&part);
        let packed = Packed::of(&part, &report);
        assert_eq!(packed.clone().unpacked(), Some((part, report)));
        // A number less is no trace, nor is one too large.
        let mut short = packed.clone();
        short.words.pop();
        assert_eq!(short.unpacked(), None);
        let mut wild = packed;
        wild.words[0] = 7;
        assert_eq!(wild.unpacked(), None);
    }
}

/// A trace of some connections is part of the whole one's: the same packets, the same requests by number.
#[test]
fn a_part_says_what_the_whole_says() {
    let bytes = fs::read(folder("pcaps").join("15d-fin-lost-client.pcap")).expect("a capture");
    let capture = import::open(&bytes).expect("it can be read");
    let whole = diagnose_capture(&capture.trace);
    let mut found = Vec::new();
    for flow in &capture.flows {
        let report = diagnose_capture(&capture.part(&[flow.id]));
        for request in &report.requests {
            let same = whole.requests.iter().find(|it| it.number == request.number);
            let same = same.expect("the same request");
            assert_eq!(
                (same.outcome, same.status, same.method),
                (request.outcome, request.status, request.method)
            );
        }
        found.extend(report.findings.iter().map(|it| (it.code, it.title.clone())));
    }
    let all = whole.findings.iter().map(|it| (it.code, it.title.clone()));
    let (mut all, mut found) = (all.collect::<Vec<_>>(), found);
    all.sort_by_key(|it| it.1.en.clone());
    found.sort_by_key(|it| it.1.en.clone());
    assert_eq!(all, found);
}
