//! The command line as scripts and people meet it: what it prints, and how it refuses.

mod support;

use expect_test::expect;
use std::path::{Path, PathBuf};
use support::{Said, whyeof};

#[test]
fn unusable_input_is_refused_in_one_line() {
    let table = [
        (vec!["run", "pyroscope-idle-rac"], "whyeof: SCENARIO: "),
        (vec!["run", "no/such/file.json"], "whyeof: SCENARIO: "),
        (
            vec!["run", "pyroscope-idle-race", "--format", "pdf"],
            "whyeof: --format: `pdf`: expected one of ",
        ),
        (
            vec!["run", "pyroscope-idle-race", "--set", "network.rtt"],
            "whyeof: --set: `network.rtt`: expected path=value",
        ),
        (
            vec!["run", "pyroscope-idle-race", "--set", "network.rt=1ms"],
            "whyeof: --set: unknown path `network.rt`; did you mean `network.rtt`?",
        ),
        (
            vec!["run", "pyroscope-idle-race", "--set", "network.rtt=soon"],
            "whyeof: --set: network.rtt: ",
        ),
        (vec!["run", "{\"version\": 2}"], "whyeof: SCENARIO: version"),
        (vec!["run", "#s=1.AAAA"], "whyeof: SCENARIO: "),
        (
            vec![
                "sweep",
                "pyroscope-idle-race",
                "--over",
                "network.rtt=1ms..9s/1us",
            ],
            "whyeof: --over: ",
        ),
        (
            vec![
                "sweep",
                "pyroscope-idle-race",
                "--over",
                "nowhere=1ms..9ms/1ms",
            ],
            "whyeof: unknown path `nowhere`",
        ),
        (
            vec!["link", "pyroscope-idle-race", "--at", "later"],
            "whyeof: --at: `later`: expected ",
        ),
    ];
    refused(&table);
}

#[test]
fn what_risk_and_pair_cannot_use_is_refused_in_one_line() {
    refused(&[
        (
            vec!["risk", "pyroscope-idle-race", "--gaps", "poisson:0s"],
            "whyeof: --gaps: `poisson:0s`",
        ),
        (
            vec!["risk", "pyroscope-idle-race", "--gaps", "2s..1s"],
            "whyeof: --gaps: ",
        ),
        (
            vec!["risk", "pyroscope-idle-race", "--gaps", "nowhere"],
            "whyeof: nowhere: ",
        ),
        (
            vec![
                "risk",
                "pyroscope-idle-race",
                "--set",
                "clients.agent.requests.upload.count=1",
            ],
            "whyeof: SCENARIO: ",
        ),
        (
            vec!["pair", "nginx-1.22", "go-1.27"],
            "whyeof: `nginx-1.22` is no client; expected one of ",
        ),
        (vec!["pair", "go-1.27"], "whyeof: "),
        (
            vec!["pair", "go-1.27", "go-1.27", "--via", "go-1.27"],
            "whyeof: `go-1.27` is no proxy; expected one of ",
        ),
        (
            vec!["pair", "go-1.27", "go-1.27", "--set", "nowhere=1"],
            "whyeof: unknown path `nowhere`",
        ),
    ]);
}

/// Words, exit status, and what standard error begins with. One line says what, where, and what was expected.
fn refused(table: &[(Vec<&str>, &str)]) {
    for (words, begin) in table {
        let said = whyeof(words);
        assert_eq!(said.status, 2, "{words:?}: {said:?}");
        assert!(said.err.starts_with(begin), "{words:?}: {}", said.err);
        assert_eq!(said.err.lines().count(), 1, "{words:?}: {}", said.err);
        assert_eq!(said.out, "", "{words:?}");
    }
}

/// What was typed comes back in the message, and must not steer the terminal or break the line.
#[test]
fn what_is_repeated_is_printable() {
    let bad = "\u{1b}]0;gone\u{7}\u{9b}31m\u{202e}\nx";
    let value = format!("network.rtt={bad}");
    let over = format!("network.rtt={bad}..2ms/1ms");
    let file = format!("{bad}/no.json");
    for words in [
        vec!["run", bad],
        vec!["run", &file],
        vec!["run", "pyroscope-idle-race", bad],
        vec!["run", "pyroscope-idle-race", "--format", bad],
        vec!["run", "pyroscope-idle-race", "--set", bad],
        vec!["run", "pyroscope-idle-race", "--set", &value],
        vec!["explain", "pyroscope-idle-race", "--lang", bad],
        vec!["sweep", "pyroscope-idle-race", "--over", &over],
        vec!["link", "pyroscope-idle-race", "--at", bad],
        vec!["pkt", &file],
        vec![bad],
    ] {
        let said = whyeof(&words);
        assert_eq!(said.status, 2, "{words:?}: {said:?}");
        let line = said.err.strip_suffix('\n').expect("a line");
        let steers = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!line.contains(steers), "{words:?}: {line:?}");
    }
}

/// Cut off it would be refused for what was cut, or worse, not be refused.
#[test]
fn a_file_that_is_too_large_is_refused_as_that() {
    let path = std::env::temp_dir().join(format!("whyeof-{}.json", std::process::id()));
    let scenario = whyeof_scenario::presets::ALL[0].scenario().to_json();
    let spaces = " ".repeat((1 << 20) - scenario.len());
    for (more, status) in [("", 0), ("x", 2), ("字", 2)] {
        let text = format!("{scenario}{spaces}{more}");
        std::fs::write(&path, text).expect("written");
        let said = whyeof(&["run", path.to_str().expect("a name")]);
        assert_eq!(said.status, status, "{}", said.err);
        let refused = said
            .err
            .contains(": expected a scenario of at most 1048576 bytes");
        assert_eq!(refused, status == 2, "{}", said.err);
    }
    std::fs::remove_file(&path).expect("removed");
}

/// What a file called JSON holds is no preset's name.
#[test]
fn a_json_file_without_a_scenario_is_refused_as_json() {
    let file = folder("no-scenario").join("some.json");
    let name = file.display().to_string();
    for (text, said) in [
        ("", "this is not JSON: line 1, column 0"),
        ("[", "this is not JSON: line 1, column 1"),
        ("null", "found null, expected "),
    ] {
        std::fs::write(&file, text).expect("a file");
        let begin = format!("whyeof: {name}: {said}");
        refused(&[(vec!["run", &name], &begin)]);
    }
}

/// `whyeof run <(…)` in a shell.
#[cfg(unix)]
#[test]
fn a_pipe_is_read_as_a_file() {
    let program = env!("CARGO_BIN_EXE_whyeof");
    let command = format!("'{program}' link hijack-close | '{program}' run /dev/fd/0");
    let piped = std::process::Command::new("sh")
        .args(["-c", &command])
        .output();
    let piped = piped.expect("a shell");
    let whole = whyeof(&["run", "hijack-close"]);
    assert_eq!(String::from_utf8_lossy(&piped.stdout), whole.out);
}

#[test]
fn lists_name_everything_that_commands_take() {
    let said = whyeof(&["list"]);
    assert_eq!(said.status, 0);
    for word in [
        "pyroscope-idle-race",
        "go-1.27",
        "keepalive-race",
        "tcpdump",
    ] {
        assert!(said.out.contains(word), "{word}");
    }
    assert!(
        whyeof(&["list", "presets", "--lang", "zh"])
            .out
            .contains('，')
    );
    for (what, line) in [
        ("faults", "duplicate"),
        ("faults", "reject.with"),
        ("faults", "ACTION.nth"),
        ("sysctls", "tcp_retries2 "),
        ("calls", "ka C [IDLE INTVL CNT]"),
    ] {
        assert!(whyeof(&["list", what]).out.contains(line), "{what}: {line}");
    }
    assert!(
        whyeof(&["list", "fields"])
            .out
            .contains("servers.pyroscope.options.IdleTimeout")
    );
    assert!(
        whyeof(&["list", "fields", "two-keep-alives-elb"])
            .out
            .contains("proxies.elb.listen")
    );
}

/// Must show of the first issue: EOF for the right request, FIN before RST, the records, and the fallback.
#[test]
fn explain_names_error_order_records_and_fallback() {
    let said = whyeof(&["explain", "pyroscope-idle-race", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let failed: Vec<_> = report["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .filter(|r| r["outcome"] == "failed")
        .map(|r| {
            (
                r["id"].as_u64(),
                r["error"].as_str(),
                r["reused"].as_bool(),
                r["executed"].as_u64(),
            )
        })
        .collect();
    let error = r#"Post "http://pyroscope:4040/ingest": EOF"#;
    assert_eq!(failed, [(Some(3), Some(error), Some(true), Some(0))]);
    let findings = report["findings"].as_array().expect("findings");
    let race = findings
        .iter()
        .find(|f| f["code"] == "keepalive-race")
        .expect("the race");
    let steps: Vec<_> = race["evidence"]
        .as_array()
        .expect("evidence")
        .iter()
        .map(|e| {
            (
                e["role"].as_str().expect("a role"),
                e["record"].as_u64().expect("a record"),
            )
        })
        .collect();
    let at = |role: &str| {
        steps
            .iter()
            .position(|(r, _)| *r == role)
            .unwrap_or_else(|| panic!("{role}"))
    };
    assert!(at("timer-fired") < at("fin-sent"));
    assert!(
        at("fin-sent") < at("reset-sent"),
        "FIN before RST: {steps:?}"
    );
    assert!(
        steps.windows(2).all(|w| w[0].1 <= w[1].1),
        "in the order of the records: {steps:?}"
    );
    assert!(findings.iter().any(|f| f["code"] == "idle-fallback"));
    let green = race["remedies"]
        .as_array()
        .expect("remedies")
        .first()
        .expect("a remedy");
    assert_eq!(
        (green["grade"].as_str(), green["kind"].as_str()),
        (Some("green"), Some("client-idle"))
    );
    assert!(green["runs"].as_u64().is_some_and(|runs| runs > 100));
}

/// A link opens as the scenario it was made from, also when it is pasted whole.
#[test]
fn a_link_is_a_scenario() {
    let change = "servers.pyroscope.options.IdleTimeout=30s";
    let link = whyeof(&[
        "link",
        "pyroscope-idle-race",
        "--set",
        change,
        "--base",
        "https://example.org/x/",
    ]);
    let link = link.out.trim();
    assert!(
        link.starts_with("https://example.org/x/#p=pyroscope-idle-race"),
        "{link}"
    );
    let direct = whyeof(&[
        "run",
        "pyroscope-idle-race",
        "--set",
        change,
        "--format",
        "ladder",
    ]);
    assert_eq!(whyeof(&["run", link, "--format", "ladder"]).out, direct.out);
    assert!(!direct.out.is_empty());
}

/// The keys of a recorded ladder, so that the two can be compared by any tool.
#[test]
fn the_ladder_has_the_recordings_keys() {
    let said = whyeof(&["run", "pyroscope-idle-race", "--format", "ladder"]);
    let first: serde_json::Value =
        serde_json::from_str(said.out.lines().next().expect("a line")).expect("JSON");
    let keys: Vec<_> = first
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let recorded = [
        "t_send", "t_recv", "from", "conn", "sport", "dport", "flags", "seq", "ack", "len", "win",
        "opt", "line",
    ];
    assert_eq!(keys, recorded);
}

#[test]
fn a_sweep_prints_windows_for_people_and_programs() {
    let words = [
        "sweep",
        "pyroscope-idle-race",
        "--set",
        "clients.agent.requests.upload.count=2",
        "--set",
        "clients.agent.requests.upload.plus=0ms..0ms",
        "--over",
        "clients.agent.requests.upload.every=10.006s..10.030s/1ms",
        "--format",
    ];
    let said = |format: &str| {
        let words: Vec<_> = words.iter().copied().chain([format]).collect();
        whyeof(&words).out
    };
    let json: serde_json::Value = serde_json::from_str(&said("json")).expect("JSON");
    assert_eq!(json["runs"].as_array().map(Vec::len), Some(25));
    let outcomes: Vec<_> = json["windows"]
        .as_array()
        .expect("windows")
        .iter()
        .filter_map(|w| w["outcome"].as_str())
        .collect();
    assert_eq!(outcomes, ["ok-reused", "failed", "ok-new"]);
    assert_eq!(said("csv").lines().count(), 1 + 25 * 2);
    assert!(said("text").contains("EOF"));
}

/// Where chance decides, each value says in how many of its runs somebody got an error. The window is a round trip wide, 10 ms (ground-truth §2): two
/// steps of these.
#[test]
fn a_sweep_of_seeds_tells_how_often_each_value_fails() {
    let said = |overs: &[&'static str]| {
        let mut words = vec!["sweep", "pyroscope-idle-race", "--seeds", "4"];
        words.extend(["--set", "clients.agent.requests.upload.count=2"]);
        words.extend(["--set", "clients.agent.requests.upload.plus=0ms..0ms"]);
        words.extend(overs.iter().flat_map(|over| ["--over", over]));
        let out = whyeof(&words).out;
        let from = out.find("4 seeds: ").expect("what chance says");
        let to = out.find("\nEdges").expect("edges");
        out[from..to].to_owned()
    };
    let every = "clients.agent.requests.upload.every=10.01s..10.03s/5ms";
    expect![[r"
        4 seeds: 8 of 20 runs have an error, 8 of 40 requests; windows and edges are of the first seed
                  10.01s .. 10.01s             0 of 4 (0%)
                 10.015s .. 10.02s             4 of 4 (100%)
                 10.025s .. 10.03s             0 of 4 (0%)
    "]].assert_eq(&said(&[every]));
    let idle = "servers.pyroscope.options.IdleTimeout=9.99s..10.01s/5ms";
    expect![[r#"
        4 seeds: 36 of 100 runs have an error, 36 of 200 requests; windows and edges are of the first seed
           10.01s            ##...
          10.015s            .##..
           10.02s            ..##.
          10.025s            ...##
           10.03s            ....#
          of each, so many tenths of the seeds fail: . none, 0 less than one tenth, # all
    "#]]
    .assert_eq(&said(&[every, idle]));
}

/// Ground-truth §2: one round trip and the client's notice wide, around the server's timeout; RST first, and seldom.
#[test]
fn risk_says_where_the_window_is_and_how_many_of_a_day_meet_it() {
    let json = |words: &[&str]| -> serde_json::Value {
        let said = whyeof(&[&["risk"], words, &["--format", "json"]].concat());
        serde_json::from_str(&said.out).expect("JSON")
    };
    let found = json(&["pyroscope-idle-race", "--gaps", "9.98s..10.02s"]);
    let window = &found["windows"][0];
    assert_eq!(window["harm"], "fails");
    let nanos = |key: &str| window[key].as_u64().expect("a number");
    let wide = nanos("to_ns") - nanos("from_ns");
    assert!((10_000_000..10_500_000).contains(&wide), "{window}");
    let number = |key: &str| found["odds"][0][key].as_f64().expect("a number");
    let of_gaps = number("share_of_gaps");
    assert!((of_gaps - wide as f64 / 40e6).abs() < 1e-9, "{found}");
    // Behind a failure the next request dials, and cannot fail.
    let in_the_long_run = of_gaps / (1.0 + of_gaps);
    assert!((number("share") - in_the_long_run).abs() < 1e-6, "{found}");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gaps");
    std::fs::write(&file, "9.995s 1\n20s 3\n").expect("a file");
    let measured = json(&["pyroscope-idle-race", "--gaps", &file.display().to_string()]);
    assert_eq!(measured["odds"][0]["share_of_gaps"], 0.25);
    let said = whyeof(&["risk", "pyroscope-idle-race", "--lang", "zh"]).out;
    assert!(
        said.contains("请求失败") && said.contains("IdleTimeout (ReadTimeout)"),
        "{said}"
    );
    let safe = whyeof(&["risk", "pyroscope-idle-race-client-idle-9s"]).out;
    assert!(
        safe.starts_with("No idle gap from 0 s to 20 s is dangerous"),
        "{safe}"
    );
}

/// What moves with chance, whose requests it is about, and what runs of the traffic came to, for programs.
#[test]
fn risk_in_json_has_draws_the_client_and_what_was_counted() {
    let json = r#"{"version":1,"clients":[
        {"name":"ping","runtime":"go-1.27","requests":[{"to":"s:80"}]},
        {"name":"agent","runtime":"go-1.27","requests":[{"to":"s:80","method":"POST","body":100,"every":"10s","plus":"0ms..20ms","count":9}]}],
        "servers":[{"name":"s","listen":80,"runtime":"go-1.27","options":{"IdleTimeout":"10s"}}],
        "network":{"rtt":"10ms","paths":[{"from":"agent","to":"s","jitter":"4ms"}]}}"#;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jitter.json");
    std::fs::write(&file, json).expect("a file");
    let found = |scenario: &str| -> serde_json::Value {
        let said = whyeof(&["risk", scenario, "--format", "json"]);
        serde_json::from_str(&said.out).expect("JSON")
    };
    let jittery = found(&file.display().to_string());
    assert_eq!(jittery["about"], "agent, POST s:80/");
    let drawn = &jittery["drawn"][0];
    assert_eq!(
        (&drawn["harm"], &drawn["draws"]),
        (&"fails".into(), &8.into())
    );
    let edge = |of: &str, at: usize| drawn[of][0][at].as_u64().expect("nanoseconds");
    assert!(edge("in_some_ns", 0) < edge("in_all_ns", 0), "{drawn}");
    let counted = &jittery["counted"];
    let number = |key: &str| counted[key].as_f64().expect("a number");
    let share = number("failed") / number("requests");
    let odds = jittery["odds"][0]["share"].as_f64().expect("a share");
    assert!(
        number("requests") >= 1_900.0 && (share - odds).abs() < 0.05,
        "{jittery}"
    );
    // Somebody else's requests, by number; and a number that there is none of.
    let ping = whyeof(&["risk", &file.display().to_string(), "--request", "1"]);
    assert!(
        ping.err.contains("expected a second request"),
        "{}",
        ping.err
    );
    let none = whyeof(&["risk", "pyroscope-idle-race", "--request", "99"]);
    assert!(
        none.err
            .contains("--request: 99: expected a number from 1 to"),
        "{}",
        none.err
    );
    // Behind a proxy gaps alone do not tell: it is counted only, and of what shape of traffic is said.
    let elb = found("two-keep-alives-elb");
    assert_eq!((&elb["odds"], &elb["about"]), (&().into(), &().into()));
    assert!(
        elb["counted"]["runs"].as_u64() >= Some(4) && elb["assumed_gap_ns"].is_u64(),
        "{elb}"
    );
}

/// Ground-truth §9: Node's global agent lets go after 4 s where a Node server says 5 and closes after 6.
#[test]
fn pair_says_who_lets_go_first_and_all_pairs_stand_in_one_table() {
    let said = whyeof(&["pair", "node-26-global-agent", "node-26"]).out;
    assert!(said.contains("the client goes first, by 1.99 s"), "{said}");
    assert!(said.contains("No idle gap from 0 s to"), "{said}");
    let link = said.lines().last().expect("a link");
    assert!(
        whyeof(&["explain", link])
            .out
            .contains("Both requests succeeded"),
        "{link}"
    );
    let table = whyeof(&["pair"]).out;
    let row = |client: &str| {
        table
            .lines()
            .find(|line| line.split(' ').next() == Some(client))
    };
    assert!(
        row("go-1.27-default-transport").is_some_and(|row| row.contains("✕ -84.01 s")),
        "{table}"
    );
    assert!(
        row("agentkeepalive-4.6").is_some_and(|row| !row.contains('✕')),
        "{table}"
    );
    let json = whyeof(&[
        "pair", "go-1.27", "go-1.27", "--via", "alb", "--format", "json",
    ])
    .out;
    let found: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(found["hops"].as_array().map(Vec::len), Some(2));
}

/// What each way prints is what a run with its ties prints, and its link opens it.
#[test]
fn orders_lists_the_ways_in_which_a_scenario_can_end() {
    let said = whyeof(&["orders", "silent-switch-restart", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let ways = found["ways"].as_array().expect("ways");
    assert!(ways.len() > 1 && found["all"] == true, "{found}");
    for way in ways {
        let text = |key: &str| way[key].as_str().expect("a text");
        let ties = format!("ties={}", text("ties"));
        let run = whyeof(&[
            "run",
            "silent-switch-restart",
            "--set",
            &ties,
            "--format",
            "ladder",
        ]);
        let linked = whyeof(&["run", text("link"), "--format", "ladder"]);
        assert_eq!(run.out, linked.out);
    }
    let said = whyeof(&["orders", "two-keep-alives"]);
    assert!(
        said.out.starts_with("Nothing is due at one moment"),
        "{}",
        said.out
    );
}

/// What `whyeof merge` makes of these files.
fn merged(files: &[String], format: &str) -> Said {
    let files = files.iter().map(String::as_str);
    let words: Vec<_> = ["merge"].into_iter().chain(files).collect();
    whyeof(&[&words[..], &["--format", format]].concat())
}

/// An empty one for a test's files.
fn folder(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).expect("a folder");
    dir
}

/// Line ends of another system, empty lines and a mark of the order of bytes say nothing.
#[test]
fn what_editors_add_to_a_shard_is_passed_over() {
    let over = "network.rtt=1ms..3ms/1ms";
    let words = ["sweep", "pyroscope-idle-race", "--over", over];
    let lines = whyeof(&[&words[..], &["--shard", "1/1"]].concat()).out;
    let file = folder("edited").join("shard");
    let edited = format!("\u{feff}{}\r\n\r\n", lines.replace('\n', "\r\n"));
    std::fs::write(&file, edited).expect("a file");
    let whole = whyeof(&[&words[..], &["--format", "csv"]].concat());
    let merged = merged(&[file.display().to_string()], "csv");
    assert_eq!(merged.out, whole.out, "{}", merged.err);
}

/// Parts are refused with their file and line, in short, whatever they hold.
#[test]
fn what_is_no_part_is_refused_with_its_place() {
    let words = [
        "sweep",
        "hijack-close",
        "--over",
        "network.rtt=1ms..3ms/1ms",
    ];
    let lines = whyeof(&[&words[..], &["--shard", "1/1"]].concat()).out;
    let file = folder("no-part").join("part");
    let name = file.display().to_string();
    let long = format!("\"case\":\"{}\"", "A".repeat(1 << 20));
    for (old, new, place) in [
        ("\"case\":0", long.as_str(), "line 2"),
        ("\"title\":", "\"title\":\"x\",\"title\":", "line 1"),
        ("\"runs\":3", "\"runs\":3,\"runs\":3", "line 1"),
        ("network.rtt=1ms", "network.rtt=soon", "line 1"),
        ("\"version\":1", "\"version\":2", "line 1"),
    ] {
        assert!(lines.contains(old), "{old}: {lines}");
        std::fs::write(&file, lines.replacen(old, new, 1)).expect("a file");
        let said = merged(std::slice::from_ref(&name), "text");
        assert_eq!(said.status, 2, "{old}: {said:?}");
        let begin = format!("whyeof: {name}: {place}: expected ");
        assert!(said.err.starts_with(&begin), "{old}: {}", said.err);
        assert!(said.err.len() < 3_000, "{old}: {} bytes", said.err.len());
    }
}

/// Three machines have a part each; together it is what one would have found.
#[test]
fn shards_of_a_sweep_are_put_together() {
    let dir = folder("shards");
    let words = [
        "sweep",
        "pyroscope-idle-race",
        "--over",
        "clients.agent.requests.upload.every=9.98s..10.02s/lin21",
        "--over",
        "network.rtt=2ms..10ms/log3",
        "--seeds",
        "2",
    ];
    let mut files = Vec::new();
    for part in ["1/3", "2/3", "3/3"] {
        let said = whyeof(&[&words[..], &["--shard", part]].concat());
        assert_eq!(said.out.lines().count(), 1 + 21 * 3 * 2 / 3, "{said:?}");
        let file = dir.join(part.replace('/', "-"));
        std::fs::write(&file, said.out).expect("a file");
        files.push(file.display().to_string());
    }
    for format in ["text", "csv", "json", "jsonl"] {
        let whole = whyeof(&[&words[..], &["--format", format]].concat());
        assert_eq!(merged(&files, format).out, whole.out, "{format}");
    }
    assert!(
        merged(&files, "text")
            .out
            .contains("Edges along network.rtt, by bisection")
    );
    let missing = merged(&files[..2], "text");
    assert_eq!(missing.status, 2);
    assert!(
        missing
            .err
            .contains("42 of 126 runs are in none of these files"),
        "{}",
        missing.err
    );
    // A file in which a run came to something else than it does here.
    let file = dir.join("older");
    let lines = std::fs::read_to_string(&files[0]).expect("a file");
    let older = lines.replacen("ok-reused", "ok-new", 1);
    assert_ne!(older, lines);
    std::fs::write(&file, older).expect("a file");
    let older = merged(&[file.display().to_string()], "text");
    assert!(
        older
            .err
            .contains("line 2: expected case 0 as this version runs it"),
        "{}",
        older.err
    );
    let other = whyeof(&[
        "sweep",
        "hijack-close",
        "--over",
        "network.rtt=1ms..3ms/1ms",
        "--shard",
        "1/1",
    ]);
    let file = dir.join("other");
    std::fs::write(&file, other.out).expect("a file");
    let mixed = merged(&[files[0].clone(), file.display().to_string()], "text");
    assert!(
        mixed.err.contains("expected a part of the same sweep"),
        "{}",
        mixed.err
    );
}

/// 250,000 records are too few for these uploads: both forms say so.
#[test]
fn explain_says_that_a_limit_was_met() {
    let explained = |more: &[&str]| {
        let busy = [
            "explain",
            "pyroscope-idle-race",
            "--set",
            "clients.agent.requests.upload.every=10ms",
            "--set",
            "clients.agent.requests.upload.count=10000",
            "--set",
            "until=5m",
        ];
        whyeof(&[&busy, more].concat()).out
    };
    for (lang, said) in [("en", "too many records"), ("zh", "记录太多")] {
        let text = explained(&["--lang", lang]);
        let verdict = text.lines().next().expect("a verdict");
        assert!(verdict.ends_with(said), "{verdict}");
    }
    let json = explained(&["--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(report["stop"], "limit:records");
}
