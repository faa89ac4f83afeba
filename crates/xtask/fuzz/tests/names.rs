//! Words of strangers in everything that is written: each hostile word, wherever a scenario or a capture can carry it, in each format,
//! read again by readers that share nothing with our writers.

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use whyeof_explore::{background, imitate};
use whyeof_fuzz::oracle::{clean, message, picture};
use whyeof_render::formats::{self, Case, Written};
use whyeof_render::import;
use whyeof_scenario::{Lang, Scenario, build};
use whyeof_sim::world::run;
use whyeof_trace::Trace;

/// What a name can be in order to be something else where it is shown.
const HOSTILE: [&str; 30] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></text><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "&lt;script&gt; &#60;b&#62;",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example> https://evil.example",
    "``` \n# heading\n``` `x` ~~~",
    "| a | b |\n|---|---|",
    "**bold** _em_ ~~s~~ $x$ \\[y\\]",
    "</details><!-- -->",
    "a;b\nclick h0 \"javascript:alert(1)\"",
    "%%{init: {'theme':'dark'}}%%",
    "#quot;#60;script#62;",
    "end\nparticipant evil",
    "@enduml\n!include /etc/passwd",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "a,b\"c\"\r\nd",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{9b}31m\u{7}\u{8}\r",
    "abc\u{202e}fdp.exe\u{2066}x\u{2069}",
    "a\u{200b}b\u{200d}c\u{feff}d",
    "nul\0nul",
    "$(id) `id` ${HOME} %s %n {0}",
];

/// Where a scenario has words of its author, as pointers into [`scenario`]'s JSON.
const PLACES: [&str; 14] = [
    "/title",
    "/clients/0/name",
    "/clients/0/host",
    "/clients/0/requests/0/name",
    "/clients/0/requests/0/path",
    "/clients/0/requests/0/headers/X-Note",
    "/clients/0/requests/0/to",
    "/servers/0/name",
    "/servers/0/routes/0/name",
    "/servers/0/routes/0/path",
    "/hosts/0/name",
    "/faults/0/name",
    "/faults/0/drop/contains",
    "/faults/1/run",
];

/// A race with a name in every place.
fn scenario() -> Json {
    json!({
        "version": 1, "title": "a race", "until": "25s",
        "clients": [{ "name": "agent", "host": "left", "runtime": "go-1.27", "requests": [{
            "name": "upload", "to": "shop:4040", "method": "POST", "path": "/ingest", "body": 90,
            "headers": { "X-Note": "note" }, "every": "10.003s", "count": 2 }] }],
        "servers": [{ "name": "shop", "listen": 4040, "runtime": "go-1.27", "options": { "ReadTimeout": "10s" },
            "routes": [{ "name": "in", "path": "/ingest" }] }],
        "hosts": [{ "name": "left", "hz": "1000" }],
        "faults": [{ "name": "gone", "at": "20s", "drop": { "contains": "POST" } },
            { "name": "typed", "at": "21s", "on": "shop", "run": "iptables -A INPUT -p tcp --dport 4040 -j DROP" }],
    })
}

/// Whether a scenario can have this word in this place; if it is refused, then in one clean line.
fn takes(place: &str, word: &str) -> bool {
    let mut json = scenario();
    *json.pointer_mut(place).expect("a place") = word.into();
    let read = Scenario::from_json(&json.to_string());
    if let Err(invalid) = &read {
        message(|lang| invalid.say(lang));
    }
    read.is_ok()
}

/// The formats of a run, each read by a reader of its own.
fn harmless(trace: &Trace, scenario: Option<&Scenario>) {
    for format in formats::ALL
        .iter()
        .filter(|it| scenario.is_some() || formats::knows(it.name.id))
    {
        for lang in [Lang::En, Lang::Zh] {
            let tell = || background(scenario?, trace, "https://whyeof.example/", lang).ok();
            let case = Case {
                trace,
                background: &tell,
                host: None,
            };
            let id = format.name.id;
            match format.of(&case, lang) {
                Written::Text(svg) if format.name.extension == "svg" => picture(id, &svg),
                Written::Text(text) => {
                    clean(id, &text.replace('\t', " "));
                    match id {
                        "markdown" => markdown(&text),
                        "mermaid" => mermaid(&text),
                        "plantuml" => plantuml(&text),
                        "json" => drop(serde_json::from_str::<Json>(&text).expect("JSON")),
                        _ => {}
                    }
                }
                Written::Bytes(bytes) => {
                    let read = import::open(&bytes).map(|capture| capture.broken);
                    assert_eq!(read.ok(), Some(None), "{id}");
                }
            }
        }
    }
}

/// Our own headings, one link to the page, and no HTML but the fold around the scenario.
fn markdown(text: &str) {
    let ours = ["<details>", "</details>", "<summary>", "</summary>"];
    let mut links = 0;
    let mut heads = 0;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let tags: Vec<_> = html.match_indices('<').map(|(at, _)| &html[at..]).collect();
                let known = tags
                    .iter()
                    .all(|tag| ours.iter().any(|it| tag.starts_with(it)));
                assert!(known, "{html}");
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                links += 1;
                assert!(
                    dest_url.starts_with("https://whyeof.example/#"),
                    "{dest_url}"
                );
            }
            Event::Start(Tag::Image { dest_url, .. }) => panic!("an image: {dest_url}"),
            Event::Start(Tag::Heading { .. }) => heads += 1,
            _ => {}
        }
    }
    assert_eq!(links, 1, "{text}");
    assert!((4..=6).contains(&heads), "{heads} headings in {text}");
}

/// Statements of the kinds that we write, each on its own line.
fn mermaid(text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    for line in lines {
        let line = line.trim_start();
        let arrow = line.split(':').next().unwrap_or_default();
        let is_packet =
            ["->>", "-->>", "-x"].iter().any(|it| arrow.contains(it)) && arrow.starts_with('h');
        let known =
            is_packet || line.starts_with("participant h") || line.starts_with("Note over h");
        assert!(known, "{line}");
        // What is left of `;` and `#` are entities, `#` and digits and `;`.
        let mut rest = line.split('#');
        assert!(!rest.next().unwrap_or_default().contains(';'), "{line}");
        for entity in rest {
            let (digits, words) = entity.split_once(';').unwrap_or_else(|| panic!("{line}"));
            assert!(
                digits.bytes().all(|b| b.is_ascii_digit()) && !words.contains(';'),
                "{line}"
            );
        }
        assert!(
            !line.contains(['<', '&']) && !line.contains("%%{"),
            "{line}"
        );
    }
}

/// The same of PlantUML.
fn plantuml(text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[lines.len() - 1]), ("@startuml", "@enduml"));
    for line in &lines[2..lines.len() - 1] {
        let known = ["participant \"", "h", "note over h", "... "]
            .iter()
            .any(|it| line.starts_with(it));
        assert!(known && !line.contains('<'), "{line}");
        assert!(line.matches('"').count() <= 2, "{line}");
    }
}

#[test]
fn no_word_of_a_scenario_is_more_than_a_word() {
    let mut taken = BTreeSet::new();
    for word in HOSTILE {
        let mut json = scenario();
        for place in PLACES.iter().filter(|place| takes(place, word)) {
            taken.insert(*place);
            *json.pointer_mut(place).expect("a place") = word.into();
        }
        let scenario = Scenario::from_json(&json.to_string()).expect("valid one by one");
        harmless(&run(build(&scenario).expect("a plan")), Some(&scenario));
    }
    // Names are letters, digits, `-` and `_`. If nothing else were taken anywhere, this test would say nothing.
    let free = [
        "/clients/0/requests/0/headers/X-Note",
        "/faults/0/drop/contains",
        "/title",
    ];
    assert_eq!(taken, free.into());
}

#[test]
fn no_word_of_a_capture_is_more_than_a_word() {
    // As long as the longest word in bytes, so that lengths and numbers stay as they are.
    let room = HOSTILE.map(str::len).into_iter().max().unwrap_or_default();
    let path = format!("/{}", "p".repeat(room));
    let mut json = scenario();
    for place in ["/clients/0/requests/0/path", "/servers/0/routes/0/path"] {
        *json.pointer_mut(place).expect("a place") = path.as_str().into();
    }
    *json
        .pointer_mut("/clients/0/requests/0/headers/X-Note")
        .expect("a place") = "n".repeat(room).into();
    let scenario = Scenario::from_json(&json.to_string()).expect("valid");
    let trace = run(build(&scenario).expect("a plan"));
    let taken = formats::by_id("pcapng")
        .expect("a format")
        .of(&Case::from(&trace), Lang::En);
    for word in HOSTILE {
        let padded = format!("{word}{}", "x".repeat(room - word.len()));
        let mut bytes = taken.bytes().to_vec();
        let places = [
            path.as_bytes()[1..].to_vec(),
            "n".repeat(room).into_bytes(),
            b"200 OK".to_vec(),
        ];
        let words = [
            padded.as_bytes(),
            padded.as_bytes(),
            &padded.as_bytes()[..6],
        ];
        let replaced = places
            .iter()
            .zip(words)
            .map(|(old, new)| replace(&mut bytes, old, new));
        assert!(replaced.sum::<usize>() >= 3, "{word}");
        let capture = import::open(&bytes).expect("a capture");
        harmless(&capture.part(&[]), None);
        if let Ok(imitated) = imitate(&capture.part(&[]), word) {
            harmless(
                &run(build(&imitated.scenario).expect("a plan")),
                Some(&imitated.scenario),
            );
        }
    }
}

/// Replaces bytes by as many others; how often.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) -> usize {
    assert_eq!(old.len(), new.len());
    let places = 0..=bytes.len() - old.len();
    let found: Vec<usize> = places.filter(|at| bytes[*at..].starts_with(old)).collect();
    for at in &found {
        bytes[*at..*at + new.len()].copy_from_slice(new);
    }
    found.len()
}
