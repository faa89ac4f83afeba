//! Links: golden ones, round trips, and hostile ones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use whyeof_scenario::amount::{rate_text, share_text};
use whyeof_scenario::kind::{Given, Kind, Word};
use whyeof_scenario::link::{
    self, CHAT_LIMIT, Engine, LinkError, Selection, Shared, View, decode, encode,
};
use whyeof_scenario::span::Span;
use whyeof_scenario::{Field, Lang, Scenario, Source, fields, presets, set};
use whyeof_trace::{Side, Time};

fn story() -> Scenario {
    presets::ALL[0].scenario()
}

fn edited(edits: &[(&str, &str)]) -> Scenario {
    let mut scenario = story();
    whyeof_scenario::apply(&mut scenario, edits.iter().copied()).expect("valid");
    scenario
}

/// A scenario that no preset is near.
fn own() -> Scenario {
    let mut scenario = story();
    scenario.clients[0].name = "other".to_owned();
    scenario
}

fn shared(scenario: Scenario) -> Shared {
    Shared {
        scenario: Some(scenario),
        engine: Engine::parse("0.1.0.1a2b3c4d"),
        ..Shared::default()
    }
}

/// Until the first release these may change together with the form; afterwards they are never edited.
#[test]
fn golden_links() {
    let everything = Shared {
        at: Some(Time::from_millis(10_019)),
        selection: Selection::parse("1.s.7"),
        lang: Some(Lang::Zh),
        view: View::Embedded,
        ..shared(edited(&[("servers.pyroscope.options.IdleTimeout", "30s")]))
    };
    let titled = edited(&[("title", "POST & FIN 错过了"), ("network.rtt", "50ms")]);
    for (link, shared) in [
        ("#p=pyroscope-idle-race&v=0.1.0.1a2b3c4d", shared(story())),
        (
            "#p=pyroscope-idle-race&servers.pyroscope.options.IdleTimeout=30s&t=10.019s&sel=1.s.7&lang=zh&e&v=0.1.0.1a2b3c4d",
            everything,
        ),
        (
            "#p=pyroscope-idle-race&title=POST%20%26%20FIN%20%E9%94%99%E8%BF%87%E4%BA%86&network.rtt=50ms&v=0.1.0.1a2b3c4d",
            shared(titled),
        ),
        (
            "#p=pyroscope-idle-race&servers.pyroscope.options.WriteTimeout=&v=0.1.0.1a2b3c4d",
            shared(edited(&[("servers.pyroscope.options.WriteTimeout", "")])),
        ),
    ] {
        assert_eq!(encode(&shared), link);
        let opened = decode(link).expect(link);
        assert_eq!(opened.shared, shared, "{link}");
        assert_eq!(opened.notes, []);
        assert_eq!(opened.preset, Some("pyroscope-idle-race"));
    }
}

/// Only reading is pinned: another version of the packer may pack differently. Packed by zlib itself.
#[test]
fn golden_whole_links() {
    for (link, json) in [
        (
            include_str!("links/every-field.txt"),
            include_str!("links/every-field.json"),
        ),
        (
            include_str!("links/kernel-network-faults-calls.txt"),
            EVERYTHING,
        ),
    ] {
        let link = link.trim();
        let scenario = Scenario::from_json(json).expect("valid");
        let opened = decode(link).expect(link);
        assert_eq!(opened.shared, shared(scenario.clone()));
        assert_eq!((opened.preset, opened.notes), (None, Vec::new()));
        let again = encode(&shared(scenario.clone()));
        assert!(again.starts_with("#s=1."), "{again}");
        assert_eq!(decode(&again).expect("ours").shared, shared(scenario));
    }
}

const EVERYTHING: &str = include_str!("links/kernel-network-faults-calls.json");

#[test]
fn links_are_found_in_what_people_paste() {
    let link = encode(&shared(story()));
    for text in [
        link.clone(),
        link.trim_start_matches('#').to_owned(),
        format!("https://example.org/whyeof/{link}"),
        format!("http://127.0.0.1:8080/?a=b{link}\n"),
        format!("  see https://example.org/{link}, it fails every time."),
        format!("issue #12: [this](https://example.org/{link})"),
        format!("<https://example.org/{link}>"),
        format!("看这个：https://example.org/{link}。第三次就失败了"),
        format!("https://example.org/{}", link.replace('&', "&amp;")),
    ] {
        let opened = decode(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(opened.shared, shared(story()), "{text}");
    }
    for text in [
        "",
        "#",
        "hello",
        "https://example.org/",
        "issue #12",
        "a#glossary",
        "p",
        "##",
    ] {
        assert_eq!(decode(text), Err(LinkError::NoLink), "{text}");
    }
}

#[test]
fn a_link_without_a_scenario_carries_the_rest() {
    let opened = decode("#lang=zh").expect("ours");
    assert_eq!(opened.shared.lang, Some(Lang::Zh));
    assert_eq!(opened.shared.scenario, None);
    assert_eq!(decode("#e").expect("ours").shared.view, View::Embedded);
    assert!(Source::parse("#lang=zh").is_err());
}

#[test]
fn what_a_later_version_added_is_left_out_and_told() {
    let opened = decode(
        "#p=pyroscope-idle-race&servers.pyroscope.options.IdelTimeout=3s&zoom=3&t=now&sel=1.x.7&lang=de&x-from=mail&v=9.0.0",
    )
    .expect("the scenario is known");
    assert_eq!(opened.shared.scenario, Some(story()));
    let notes: Vec<_> = opened.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "t: found `now`, expected a moment in seconds, as `20.5`",
            "sel: found `1.x.7`, expected connection, end and segment, as `1.c.3`",
            "lang: found `de`, expected `en` or `zh`",
            "unknown link key `servers.pyroscope.options.IdelTimeout`; did you mean `servers.pyroscope.options.IdleTimeout`?",
            "unknown link key `zoom`",
        ]
    );
    let json = own().to_json().replacen('{', r#"{"weather":"fine","#, 1);
    let packed = pack(json.as_bytes());
    let opened = decode(&format!("#s=1.{packed}")).expect("known otherwise");
    assert_eq!(opened.shared.scenario, Some(own()));
    assert_eq!(opened.notes.len(), 1);
}

fn pack(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(bytes, 9))
}

#[test]
fn damaged_and_hostile_links_are_refused() {
    let damaged = |key: &str| LinkError::Damaged {
        key: key.to_owned(),
    };
    let whole = pack(own().to_json().as_bytes());
    let bomb = pack(&vec![b' '; 4 << 20]);
    for (link, error) in [
        ("#s=".to_owned(), damaged("s")),
        ("#s=1".to_owned(), damaged("s")),
        ("#s=1.!!!".to_owned(), damaged("s")),
        (format!("#s=1.{}", &whole[..whole.len() / 2]), damaged("s")),
        (format!("#s=1.{}", pack(&[0xff, 0xfe])), damaged("s")),
        (format!("#s=1.{bomb}"), LinkError::TooLong),
        (
            format!("#s=2.{whole}"),
            LinkError::NewerForm {
                form: "2".to_owned(),
            },
        ),
        ("#p=%zz".to_owned(), damaged("p")),
        ("#p=%ff".to_owned(), damaged("p")),
        (
            "#p=pyroscope-idle-race&p=pyroscope-idle-race".to_owned(),
            LinkError::Twice {
                key: "p".to_owned(),
            },
        ),
        (
            format!("#p=pyroscope-idle-race&s=1.{whole}"),
            LinkError::Twice {
                key: "p, s".to_owned(),
            },
        ),
        (format!("#p={}", "a".repeat(200_000)), LinkError::TooLong),
        (format!("#p=a{}", many_parts()), LinkError::TooLong),
    ] {
        let shown: String = link.chars().take(60).collect();
        assert_eq!(decode(&link), Err(error), "{shown}");
    }
    for (link, message) in [
        (
            "#p=pyroscope-idle-rage",
            "p: unknown preset `pyroscope-idle-rage`; did you mean `pyroscope-idle-race`?",
        ),
        (
            "#p=pyroscope-idle-race&seed=x",
            r#"seed: found "x", expected a whole number"#,
        ),
        (
            "#p=pyroscope-idle-race&clients.agent.requests.upload.headers.X-A=1%0D%0AHost:%20b",
            "clients.agent.requests.upload.headers.X-A: found \"1\\r\\nHost: b\", expected 1 to 256 printable ASCII characters",
        ),
    ] {
        let error = decode(link).expect_err(link);
        assert_eq!(error.to_string(), message);
    }
}

fn many_parts() -> String {
    (0..300).map(|n| format!("&k{n}=1")).collect()
}

#[test]
fn long_links_are_told() {
    let mut scenario = own();
    let request = scenario.clients[0].requests[0].clone();
    for n in 0..30 {
        let mut request = request.clone();
        request.name = format!("n{n}");
        request.path = format!("/{}", hash_text(n));
        scenario.clients[0].requests.push(request);
    }
    let link = encode(&shared(scenario.clone()));
    assert!(
        link.len() > CHAT_LIMIT && !link::fits_chat(&link),
        "{}",
        link.len()
    );
    assert_eq!(decode(&link).expect("ours").shared.scenario, Some(scenario));
    assert!(link::fits_chat(&encode(&shared(own()))));
}

/// Text that does not pack well: SplitMix64, as hexadecimal digits.
fn hash_text(n: u64) -> String {
    let mix = |x: u64| (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = |k: u64| mix(mix((n * 8 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    (0..8).map(|k| format!("{:016x}", bits(k))).collect()
}

#[test]
fn sources_are_presets_json_or_links() {
    let link = encode(&shared(story()));
    for text in [
        "pyroscope-idle-race",
        &link,
        &story().to_json(),
        &story().to_json_pretty(),
    ] {
        let source = Source::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(source.scenario, story());
    }
    for (text, message) in [
        (
            "pyroscope-idle-rase",
            "unknown preset `pyroscope-idle-rase`; did you mean `pyroscope-idle-race`?",
        ),
        ("{", "this is not JSON: line 1, column 1"),
        ("#lang=zh", "this link carries no scenario"),
        ("issue #12", "there is no whyeof link in this text"),
    ] {
        let error = Source::parse(text).expect_err(text);
        assert_eq!(error.to_string(), message);
    }
}

/// A text that a field may take, made from a number.
fn some_text(field: &Field, n: u64) -> String {
    match field.kind {
        Kind::Span { max, .. } => Span(i64::try_from(n).unwrap_or(0) % (max.0 + 1)).to_string(),
        Kind::Spread { .. } => format!("{}us..{}us", n % 1_000, 1_000 + n % 7_777),
        Kind::Count { min, max, .. } => {
            let width = u64::try_from(max - min).unwrap_or(0) + 1;
            Given::Count(min + i64::try_from(n % width).unwrap_or(0)).text()
        }
        Kind::Whole { min, max, .. } => {
            let width = u64::try_from(max - min).unwrap_or(0) + 1;
            Given::Count(min + i64::try_from(n % width).unwrap_or(0)).text()
        }
        Kind::Bit => (n % 2).to_string(),
        Kind::Switch => n.is_multiple_of(2).to_string(),
        Kind::Choice(choices) => {
            let list = choices.list();
            list[usize::try_from(n).unwrap_or(0) % list.len()]
                .id
                .to_owned()
        }
        Kind::Word(Word::Buffers) => format!("4096 {} {}", 1 + n % 999_999, 1 + n % 7_777_777),
        Kind::Word(Word::Share) => share_text(u32::try_from(n % 1_000_001).unwrap_or(0)),
        Kind::Word(Word::BitRate) => rate_text(1_000 + n % 1_000_000_000_000),
        Kind::Word(Word::Flags) => {
            ["S", "FA", "R", "PA"][usize::try_from(n % 4).unwrap_or(0)].to_owned()
        }
        Kind::Word(Word::After) => format!("m + {}us", n % 7_777_777),
        Kind::Calls => format!("@{n} connect a s:80\n@-1 send a {n}; @1.5 read b"),
        Kind::Word(_) => format!("/a b%&=#{n}é"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_scenario_survives_its_link(
        preset in 0..=presets::ALL.len(),
        edits in proptest::collection::vec((any::<usize>(), any::<u64>()), 0..40),
        rename: bool,
        at in proptest::option::of(0u64..4_000_000_000_000),
    ) {
        let mut scenario = match presets::ALL.get(preset) {
            Some(preset) => preset.scenario(),
            None => Scenario::from_json(EVERYTHING).expect("valid"),
        };
        // Faults name machines: they would have to be renamed with them.
        if rename && scenario.faults.is_empty() && scenario.typed.is_empty() {
            scenario.clients[0].name = "somebody".to_owned();
        }
        for (which, n) in edits {
            let fields = fields(&scenario);
            let field = &fields[which % fields.len()];
            // What the field does not take is another test's business.
            let _ = set(&mut scenario, &field.path, &some_text(field, n));
        }
        let shared = Shared { at: at.map(Time), ..shared(scenario) };
        let link = encode(&shared);
        prop_assert!(link.is_ascii() && link.ends_with(|c: char| c.is_ascii_alphanumeric()));
        let opened = decode(&link).map_err(|e| proptest::test_runner::TestCaseError::fail(format!("{e}: {link}")))?;
        prop_assert_eq!(opened.notes, []);
        prop_assert_eq!(opened.shared, shared);
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = decode(&text);
        let _ = decode(&format!("#p=pyroscope-idle-race&{text}"));
        let _ = decode(&format!("#s=1.{text}"));
        let _ = Source::parse(&text);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&format!("#s=1.{}", URL_SAFE_NO_PAD.encode(&bytes)));
        let _ = decode(&format!("#s=1.{}", pack(&bytes)));
    }
}

#[test]
fn selections_and_engines_have_one_spelling() {
    for text in ["1.s.7", "12.c.1"] {
        assert_eq!(Selection::parse(text).expect(text).to_string(), text);
    }
    assert_eq!(
        Selection::parse("1.s.7").map(|s| s.side),
        Some(Side::Listener)
    );
    for text in [
        "", "1", "1.s", "0.s.1", "1.s.0", "1.x.1", "1.s.1.1", "-1.s.1",
    ] {
        assert_eq!(Selection::parse(text), None, "{text}");
    }
    for (text, version, digest) in [
        ("0.1.0.1a2b3c4d", "0.1.0", Some("1a2b3c4d")),
        ("0.1.0", "0.1.0", None),
        ("1.0.0-rc.1", "1.0.0-rc.1", None),
    ] {
        let engine = Engine::parse(text).expect(text);
        assert_eq!(
            (engine.version.as_str(), engine.digest.as_deref()),
            (version, digest)
        );
        assert_eq!(engine.to_string(), text);
    }
}
