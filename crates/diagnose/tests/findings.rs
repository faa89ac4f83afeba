//! What holds for all findings: the folder is the list, both languages speak, evidence is ordered and has its root.
#![expect(clippy::disallowed_methods, reason = "it reads the folder of findings")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use support::{THIRD_FAILS, ask, go_pair, run, run_json, scene, with};
use whyeof_diagnose::{
    Evidence, EvidenceRole, Finding, FindingKind, Reading, Root, Text, diagnose, findings,
};
use whyeof_scenario::presets;
use whyeof_trace::{
    Event, Flags, Packet, Record, RecordId, RequestEvent, SegmentEvent, SocketEvent, TimerEvent,
    Trace,
};

#[test]
fn each_file_is_in_the_list_and_documents_its_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/findings");
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if name == "mod" {
            continue;
        }
        let code = name.replace('_', "-");
        let text = fs::read_to_string(&path).expect("a file");
        assert!(
            text.starts_with(&format!("//! `{code}`: ")),
            "{name} says what it is"
        );
        files.insert(code);
    }
    let listed: BTreeSet<_> = findings::ALL.iter().map(|k| k.code.to_owned()).collect();
    assert_eq!(files, listed);
    assert_eq!(listed.len(), findings::ALL.len(), "codes are unique");
}

fn speaks(text: &Text) {
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    assert!(
        !text.en.is_empty() && !text.en.contains(is_chinese),
        "{}",
        text.en
    );
    assert!(text.zh.contains(is_chinese), "{}", text.zh);
    for double in ["  ", "..", "。。", " ,", " ，", "（）"] {
        assert!(
            !text.en.contains(double) && !text.zh.contains(double),
            "{text:?}"
        );
    }
}

/// Scenarios of findings that no preset brings out.
fn stories() -> Vec<String> {
    let warm = ask("GET", "/w", "0ms", "");
    let breaks = |ends: &str| {
        let route = format!(r#","routes":[{{"path":"/x","ends":"{ends}"}}]"#);
        let requests = format!("{warm},{}", ask("GET", "/x", "200ms", ""));
        go_pair("", &requests, &route)
    };
    let unread = |read: &str, body: u32| {
        let read = format!(r#","read":"{read}""#);
        let handler = format!(r#","handler":{{"body":{body}}}"#);
        go_pair("", &ask("GET", "/b", "0ms", &read), &handler)
    };
    let ends = ["close", "reset", "cut-head", "cut-body"];
    let mut stories: Vec<_> = ends.map(breaks).into_iter().collect();
    stories.extend([unread("none", 300_000), unread("half", 300_000)]);
    let leak = ask("GET", "/b", "0ms", r#","read":"leak""#);
    let starves = ask("GET", "/w", "200ms", r#","deadline":"1s""#);
    let asks = format!("{leak},{starves}");
    stories.push(go_pair(
        r#""MaxConnsPerHost":1"#,
        &asks,
        r#","handler":{"body":10}"#,
    ));
    let asks = [
        ask("POST", "/w", "0ms", ""),
        ask("POST", "/w", "1s", ""),
        ask("POST", "/w", "2s", ""),
    ];
    let asks = asks.join(",");
    for end in ["shutdown", "exit"] {
        stories.push(go_pair("", &asks, &format!(r#","{end}":"1001ms""#)));
    }
    let slow = r#","body":60,"slow":{"pause":"1s","piece":10}"#;
    let slow = ask("POST", "/w", "0ms", slow);
    stories.push(go_pair("", &slow, r#","options":{"ReadTimeout":"3500ms"}"#));
    let asks = [ask("POST", "/a", "0ms", ""), ask("POST", "/b", "5s", "")].join(",");
    let idle = r#","options":{"IdleTimeout":"2s"}"#;
    stories.push(go_pair(r#""KeepAlive":"1s""#, &asks, idle));
    let asks = [ask("POST", "/a", "0ms", ""), ask("POST", "/b", "7s", "")].join(",");
    stories.push(go_pair("", &asks, r#","runtime":"node-26""#));
    let burst = ["0ms", "1ms", "2ms"].map(|at| ask("GET", "/b", at, ""));
    stories.push(go_pair("", &burst.join(","), ""));
    let large = ask("POST", "/w", "0ms", r#","body":500000"#);
    let deaf =
        r#","runtime":"node-26","handler":{"body":100000,"read":false,"ends":"answer-close"}"#;
    stories.push(go_pair("", &large, deaf));
    let both = [ask("GET", "/a", "0ms", ""), ask("GET", "/b", "1ms", "")].join(",");
    let hangs_up = r#","handler":{"ends":"answer-then-close"}"#;
    let one = go_pair(r#""maxSockets":1,"keepAlive":true"#, &both, hangs_up);
    stories.push(one.replacen("go-1.27", "node-26", 1));
    let nobody = ask("GET", "/a", "0ms", "").replace(":80", ":81");
    stories.push(go_pair("", &nobody, ""));
    let ends = go_pair(
        "",
        &ask("POST", "/a", "0ms", ""),
        r#","handler":{"think":"1s"}"#,
    );
    stories.push(ends.replacen(r#""name":"agent","#, r#""name":"agent","exit":"500ms","#, 1));
    stories.push(unread("none", 1_024).replace("go-1.27", "go-1.19"));
    stories.extend(from_outside());
    stories
}

/// Faults, and programs of socket calls.
fn from_outside() -> [String; 11] {
    // TCP gives up after a quarter of an hour.
    let asks = [ask("POST", "/a", "0ms", ""), ask("POST", "/b", "1s", "")].join(",");
    let lost = go_pair("", &asks, "").replacen(
        r#""until":"8s""#,
        r#""until":"1200s","faults":[{"at":"500ms","drop":{}}]"#,
        1,
    );
    let rule = go_pair("", &ask("GET", "/a", "0ms", ""), "").replacen(
        r#""until":"8s""#,
        r#""until":"8s","faults":[{"on":"web","run":"iptables -A INPUT -p tcp -d agent -j DROP"}]"#,
        1,
    );
    let calls = r#"{"name":"agent","runtime":"sockets","calls":["@0 connect a web:80","@-1 reader a","@0.1 get a /","@3 get a /"]}"#;
    let fault = |fault: &str| format!(r#""until":"60s","faults":[{fault}]"#);
    let with_fault = |asks: &str, options: &str, server: &str, line: &str| {
        go_pair(options, asks, server).replacen(r#""until":"8s""#, &fault(line), 1)
    };
    let odd = r#"{"at":"900ms","reject":{"from":"agent","with":"tcp-reset"}}"#;
    // A program of socket calls closes when it was written to: no finding knows why.
    let unread = r#"{"version":1,"until":"4s","clients":[{"name":"c","runtime":"go-1.27","requests":[{"to":"s:80","at":"0s","method":"POST","body":5}]}],
        "servers":[{"name":"s","runtime":"sockets","calls":["@-1 listen 80","@-1 accept a","@0.5 close a"]}]}"#;
    let abort = r#"{"at":"1005ms","on":"web","run":"ss -K dst agent"}"#;
    let off = r#"{"at":"500ms","on":"web","run":"reboot -f","for":"1s"}"#;
    let forget = r#"{"forget":{"from":"agent","to":"web","idle":"500ms","then":"reset"}}"#;
    let silent = r#""KeepAlive":"-1s""#;
    let node = r#","runtime":"node-26""#;
    let short = r#""DisableKeepAlives":true"#;
    let one_port =
        r#""until":"8s","hosts":[{"name":"agent","sysctl":{"ip_local_port_range":"40000 40000"}}]"#;
    let two = [ask("POST", "/a", "0ms", ""), ask("POST", "/b", "5ms", "")].join(",");
    let ports = go_pair(short, &two, "").replacen(r#""until":"8s""#, one_port, 1);
    let late = [ask("POST", "/a", "0ms", ""), ask("POST", "/b", "3s", "")].join(",");
    [
        lost,
        rule,
        ports,
        with_fault(&asks, "", "", odd),
        with_fault(&asks, "", "", abort),
        unread.to_owned(),
        with_fault(&late, "", "", off),
        with_fault(&asks, silent, node, forget),
        five_of_which_one_is_silent(),
        stuck_behind_a_silence(),
        scene(calls, r#","options":{"IdleTimeout":"1s"}"#),
    ]
}

/// A name with several machines; the path to one of them is cut.
fn five_of_which_one_is_silent() -> String {
    let asks = r#"{"to":"api:80","every":"100ms","count":40,"deadline":"500ms"}"#;
    let server = |name: &str| format!(r#"{{"name":"{name}","listen":80,"runtime":"node-26"}}"#);
    let servers = ["s1", "s2", "s3"].map(server).join(",");
    format!(
        r#"{{"version":1,"until":"20s","clients":[{{"name":"c","runtime":"go-1.27","requests":[{asks}]}}],"servers":[{servers}],
        "names":{{"api":{{"hosts":"s1 s2 s3"}}}},"faults":[{{"at":"1s","drop":{{"from":"s3"}}}}]}}"#
    )
}

/// Node's queue behind a connection on which nothing comes through (08a in short).
fn stuck_behind_a_silence() -> String {
    r#"{"version":1,"until":"40s","clients":[{"name":"c","runtime":"node-26","options":{"keepAlive":true,"maxSockets":1},
        "requests":[{"to":"s:80","method":"POST","every":"3s","count":6,"deadline":"2s","leave":true}]}],
        "servers":[{"name":"s","listen":80,"runtime":"node-26"}],
        "faults":[{"at":"500ms","for":"14s","drop":{}}]}"#
        .to_owned()
}

/// Every preset and a few edits that bring out each finding.
fn traces() -> Vec<Trace> {
    let mut traces: Vec<_> = presets::ALL.iter().map(|p| run(p.id, &[])).collect();
    let late = ("clients.agent.requests.upload.every", "10012ms");
    let get = ("clients.agent.requests.upload.method", "GET");
    let timeout = ("clients.agent.options.Timeout", "5ms");
    // The request is on its way; the response is being read.
    for millis in ["14ms", "40ms"] {
        let slow = [
            ("clients.agent.options.Timeout", millis),
            ("servers.pyroscope.handler.body", "100000"),
        ];
        traces.push(run("pyroscope-idle-race", &with(&THIRD_FAILS, &slow)));
    }
    let write = ("servers.pyroscope.options.WriteTimeout", "1ms");
    traces.extend(stories().iter().map(|story| run_json(story)));
    for edit in [late, get, timeout, write] {
        traces.push(run("pyroscope-idle-race", &with(&THIRD_FAILS, &[edit])));
    }
    traces
}

#[test]
fn both_languages_say_everything() {
    for kind in findings::ALL {
        speaks(&kind.title);
        speaks(&kind.manual);
    }
    for trace in traces() {
        let report = diagnose(&trace);
        speaks(&report.verdict.text);
        for finding in &report.findings {
            speaks(&finding.title);
            speaks(&finding.explanation);
            assert!(
                finding.explanation.en.ends_with('.') && finding.explanation.zh.ends_with('。')
            );
            for evidence in &finding.evidence {
                speaks(&evidence.text);
            }
            for remedy in &finding.remedies {
                speaks(&remedy.title);
                speaks(&remedy.note);
            }
        }
    }
}

fn is_root(record: &Record, root: Root) -> bool {
    match root {
        Root::Timer => matches!(record.event, Event::Timer(TimerEvent::Fired { .. })),
        Root::Call => matches!(record.event, Event::Socket(SocketEvent::Called { .. })),
        Root::Fault | Root::Limit => matches!(record.event, Event::Fault(_)),
    }
}

fn kind(finding: &Finding) -> &'static FindingKind {
    let mut kinds = findings::ALL.into_iter();
    kinds
        .find(|k| k.code == finding.code)
        .expect("a kind in the list")
}

#[test]
fn evidence_is_in_order_and_goes_back_to_a_root_of_its_kind() {
    let mut seen = BTreeSet::new();
    for trace in traces() {
        for finding in diagnose(&trace).findings {
            seen.insert(finding.code);
            let ids: Vec<_> = finding.evidence.iter().map(|e| e.record).collect();
            assert!(
                !ids.is_empty() && ids.is_sorted() && finding.severity >= kind(&finding).severity
            );
            for id in &ids {
                let start = trace.causes(*id).last().expect("at least itself");
                assert_eq!(start.cause, None);
                // A program of socket calls does things at given times, from no other cause.
                let is_start = matches!(
                    start.event,
                    Event::Timer(_)
                        | Event::Fault(_)
                        | Event::Socket(SocketEvent::Called { .. })
                        | Event::Request(RequestEvent::Started { .. })
                );
                assert!(is_start, "{start:?}");
            }
            let Some(root) = kind(&finding).root else {
                continue;
            };
            if finding.severity > kind(&finding).severity {
                // Nobody got an error: it tells what is behind the others, and shows its records.
                continue;
            }
            // A RST may come after the caller has its error; what the caller got is what the timer must explain.
            let told =
                |e: &&Evidence| matches!(e.role, EvidenceRole::Failed | EvidenceRole::Retried);
            let told = finding.evidence.iter().find(told);
            let told = told.or(finding.evidence.last()).expect("steps").record;
            // Where the RST that answers a request comes first, it goes back to the request: the timer had closed the socket before.
            let reset = |s: &&RecordId| matches!(trace.record(**s).event, Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) if s.flags.has(Flags::RST));
            let reset = ids
                .iter()
                .filter(reset)
                .find(|s| trace.is_because_of(told, **s));
            let explains = |id: RecordId| {
                trace.is_because_of(told, id) || reset.is_some_and(|reset| id < *reset)
            };
            let proves = |id: &RecordId| is_root(trace.record(*id), root) && explains(*id);
            assert!(
                ids.iter().any(proves),
                "{}: the root is a step",
                finding.code
            );
        }
    }
    // The one is said after a sweep only; the other is what the swarm looks for in vain.
    let left_out = ["cannot-race", "unexplained"];
    for kind in findings::ALL.iter().filter(|k| !left_out.contains(&k.code)) {
        assert!(seen.contains(kind.code), "{} was brought out", kind.code);
    }
}

/// The caller's error, or its retry, is because of the server's timer: that is what makes it a race.
#[test]
fn every_race_ends_because_of_the_timer() {
    let mut races = 0;
    for trace in traces() {
        for race in &Reading::new(&trace).races {
            assert!(trace.is_because_of(race.end_sent, race.fired));
            // Of the FIN or, where that came later, of the RST from the socket that was closed with it.
            let reset = race.reset_sent.filter(|reset| *reset > race.end_sent);
            let told = |of: RecordId| trace.is_because_of(race.ended, of);
            assert!(told(race.fired) || reset.is_some_and(told));
            races += 1;
        }
    }
    assert!(races >= 6, "{races}");
}

#[test]
fn cannot_race_names_what_was_swept() {
    use std::time::Duration;
    let finding = findings::cannot_race((Duration::ZERO, Duration::from_secs(20)), 201);
    assert_eq!(finding.code, "cannot-race");
    for text in [&finding.explanation.en, &finding.explanation.zh] {
        assert!(text.contains("201") && text.contains("20 s"), "{text}");
    }
}

/// A request that a rule threw away is no longer on its way when the server closes.
#[test]
fn a_lost_request_is_not_on_its_way() {
    let report = diagnose(&run_json(
        r#"{"version":1,"until":"20s",
        "clients":[{"name":"c","runtime":"node-20","options":{"keepAlive":true},"requests":[{"to":"s:80","method":"POST","body":100,"every":"4s","count":3}]}],
        "servers":[{"name":"s","listen":80,"runtime":"node-20"}],
        "faults":[{"at":"2s","on":"s","run":"iptables -A INPUT -p tcp -s c --sport 32768 -j DROP"}]}"#,
    ));
    let mut findings = report.findings.iter();
    let told = findings.find(|it| it.code == "keepalive-race");
    let told = told.expect("the server closed");
    assert!(told.title.en.contains("was lost"), "{}", told.title.en);
    assert!(
        told.explanation.en.contains("and was lost (")
            && !told.explanation.en.contains("on its way"),
        "{}",
        told.explanation.en
    );
    let passed = |it: &Evidence| it.text.en.contains("passed each other");
    assert!(!told.evidence.iter().any(passed));
}
