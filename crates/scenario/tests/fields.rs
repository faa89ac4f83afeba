//! Knobs by path: every field can be read, set, unset and refused.

use whyeof_scenario::fields::{Field, difference};
use whyeof_scenario::kind::Kind;
use whyeof_scenario::presets::Preset;
use whyeof_scenario::{Lang, Scenario, apply, fields, get, presets, set};

fn story() -> Scenario {
    presets::ALL[0].scenario()
}

fn everything() -> Scenario {
    let json = include_str!("links/kernel-network-faults-calls.json");
    Scenario::from_json(json).expect("valid")
}

#[test]
fn every_field_is_described_in_both_languages_and_takes_its_own_text() {
    for scenario in presets::ALL
        .iter()
        .map(Preset::scenario)
        .chain([everything()])
    {
        let fields = fields(&scenario);
        for (at, field) in fields.iter().enumerate() {
            let Field { path, .. } = field;
            for lang in Lang::ALL {
                assert!(!field.label.of(lang).is_empty(), "{path}");
                assert!(!field.help.of(lang).is_empty(), "{path}");
                if let Some(option) = field.option {
                    let is_switch = field.kind == Kind::Switch;
                    assert_eq!(option.signs.of(lang).is_empty(), is_switch, "{path}");
                }
            }
            assert!(
                fields[..at].iter().all(|other| other.path != *path),
                "{path} twice"
            );
            assert_eq!(get(&scenario, path), Some(field.text()), "{path}");
            let mut same = scenario.clone();
            set(&mut same, path, &field.text()).unwrap_or_else(|e| panic!("{path}: {e}"));
            assert_eq!(same, scenario, "{path}");
        }
    }
}

#[test]
fn fields_are_set_and_unset_by_path() {
    for (path, text, canonical) in [
        ("seed", "7", "7"),
        ("until", "1m", "60s"),
        ("latency", "sampled", "sampled"),
        ("network.rtt", "50", "50ms"),
        ("title", "POST meets FIN", "POST meets FIN"),
        (
            "clients.agent.runtime",
            "go-1.27-default-transport",
            "go-1.27-default-transport",
        ),
        ("clients.agent.options.IdleConnTimeout", "9s", "9s"),
        ("clients.agent.options.IdleConnTimeout", "-1", "-1ns"),
        ("clients.agent.options.DisableKeepAlives", "true", "true"),
        ("clients.agent.requests.upload.every", "9.5s", "9.5s"),
        ("clients.agent.requests.upload.every", "", ""),
        ("clients.agent.requests.upload.plus", "3..5ms", "3ms..5ms"),
        ("clients.agent.requests.upload.method", "PUT", "PUT"),
        (
            "clients.agent.requests.upload.headers.Idempotency-Key",
            "1",
            "1",
        ),
        ("servers.pyroscope.options.IdleTimeout", "30s", "30s"),
        ("servers.pyroscope.options.ReadTimeout", "", ""),
        ("servers.pyroscope.handler.think", "0", "0s"),
        ("hosts.agent.hz", "1000", "1000"),
        ("hosts.agent.sysctl.tcp_retries2", "8", "8"),
        ("hosts.agent.sysctl.tcp_retries2", "", "15"),
        ("hosts.agent.sysctl.tcp_keepalive_intvl", "2m", "120"),
        ("network.paths.agent.pyroscope.delay", "1", "1ms"),
        ("network.paths.agent.pyroscope.delay", "", ""),
        ("network.paths.pyroscope.agent.jitter", "2ms", "2ms"),
        ("network.paths.pyroscope.agent.loss", "0.10 %", "0.1%"),
        (
            "network.paths.agent.pyroscope.bandwidth",
            "2000kbit",
            "2mbit",
        ),
        (
            "hosts.pyroscope.sysctl.tcp_rmem",
            "4096 131072 6291456",
            "4096 131072 6291456",
        ),
    ] {
        let mut scenario = story();
        set(&mut scenario, path, text).unwrap_or_else(|invalid| panic!("{path}={text}: {invalid}"));
        assert_eq!(
            get(&scenario, path).as_deref(),
            Some(canonical),
            "{path}={text}"
        );
        let json = scenario.to_json();
        assert_eq!(
            Scenario::from_json(&json),
            Ok(scenario.clone()),
            "{path}={text}"
        );
        // And back.
        let before = get(&story(), path).expect("a path");
        set(&mut scenario, path, &before).expect("as it was");
        assert_eq!(scenario, story(), "{path}={text}");
    }
}

#[test]
fn refusals_name_the_path_and_change_nothing() {
    for (path, text, message) in [
        (
            "clients.agent.options.IdleConTimeout",
            "9s",
            "unknown path `clients.agent.options.IdleConTimeout`; did you mean `clients.agent.options.IdleConnTimeout`?",
        ),
        ("weather", "fine", "unknown path `weather`"),
        (
            "servers.pyroscope.options.IdleTimeout",
            "soon",
            r#"servers.pyroscope.options.IdleTimeout: found "soon", expected a duration such as "10s" or "5ms""#,
        ),
        (
            "clients.agent.requests.upload.to",
            "pyroskope:4040",
            "clients.agent.requests.upload.to: unknown host `pyroskope`; did you mean `pyroscope`?",
        ),
        (
            "clients.agent.runtime",
            "",
            "clients.agent.runtime: is missing",
        ),
        (
            "hosts.agent.sysctl.tcp_fin_timeout",
            "1500ms",
            r#"hosts.agent.sysctl.tcp_fin_timeout: found "1500ms", expected a whole number of seconds, or a duration such as "60s""#,
        ),
        (
            "network.paths.agent.pyroscope.los",
            "1%",
            "unknown path `network.paths.agent.pyroscope.los`; did you mean `network.paths.agent.pyroscope.loss`?",
        ),
        (
            "network.paths.agent.agent.loss",
            "1%",
            "unknown path `network.paths.agent.agent.loss`; did you mean `network.paths.agent.pyroscope.loss`?",
        ),
        (
            "network.paths.agent.pyroscope.loss",
            "101%",
            r#"network.paths.agent.pyroscope.loss: found "101%", expected a share such as "0.1%", at most 100%"#,
        ),
        (
            "hosts.agent.sysctl.tcp_fin_timout",
            "5s",
            "unknown path `hosts.agent.sysctl.tcp_fin_timout`; did you mean `hosts.agent.sysctl.tcp_fin_timeout`?",
        ),
        (
            "clients.agent.requests.upload.count",
            "0",
            "clients.agent.requests.upload.count: 0 is not between 1 and 10000",
        ),
        (
            "clients.agent.requests.upload.headers.Host",
            "x",
            r#"clients.agent.requests.upload.headers.Host: found "Host", expected a header that the runtime does not write itself"#,
        ),
        (
            "servers.pyroscope.host",
            "elsewhere",
            "clients.agent.requests.upload.to: unknown host `pyroscope`; there is `agent`, `elsewhere`",
        ),
    ] {
        let mut scenario = story();
        let invalid = set(&mut scenario, path, text).expect_err(path);
        assert_eq!(invalid.to_string(), message);
        assert_eq!(scenario, story());
    }
}

#[test]
fn faults_are_fields_by_their_names() {
    for (path, text, canonical) in [
        ("faults.m.at", "1500", "1.5s"),
        ("faults.m.for", "2s", "2s"),
        ("faults.m.mark.from", "", ""),
        ("faults.m.mark.data", "false", "false"),
        ("faults.f2.after", "m", "m"),
        ("faults.f2.drop.nth", "3", "3"),
        ("faults.f2.drop.count", "", ""),
        ("faults.f2.drop.has", "AS", "SA"),
        ("faults.f2.drop.where", "link", "link"),
        ("faults.f2.drop.contains", "POST /", "POST /"),
        ("faults.f3.delay.by", "1", "1ms"),
        ("network.paths.far.edge.loss", "", "0%"),
    ] {
        let mut scenario = everything();
        set(&mut scenario, path, text).unwrap_or_else(|e| panic!("{path}={text}: {e}"));
        assert_eq!(get(&scenario, path).as_deref(), Some(canonical), "{path}");
        assert_ne!(scenario, everything(), "{path}");
        let json = scenario.to_json();
        assert_eq!(Scenario::from_json(&json).as_ref(), Ok(&scenario), "{path}");
        let before = get(&everything(), path).expect("a path");
        set(&mut scenario, path, &before).expect("as it was");
        assert_eq!(scenario, everything(), "{path}");
    }
    for (path, text, message) in [
        (
            "faults.m.drop.nth",
            "2",
            "unknown path `faults.m.drop.nth`; did you mean `faults.f2.drop.nth`?",
        ),
        (
            "faults.f2.after",
            "n",
            "faults.f2.after: unknown fault `n`; did you mean `m`?",
        ),
        ("faults.f3.delay.by", "", "faults.f3.delay.by: is missing"),
        (
            "clients.raw.host",
            "elsewhere",
            "network.paths.far.edge: unknown host `edge`; there is `agent`, `elsewhere`, `pyroscope`, `far`",
        ),
    ] {
        let mut scenario = everything();
        let invalid = set(&mut scenario, path, text).expect_err(path);
        assert_eq!(invalid.to_string(), message);
        assert_eq!(scenario, everything());
    }
}

/// Both ends become programs of socket calls, and Go's again.
#[test]
fn a_change_of_runtime_takes_along_what_the_new_one_has() {
    let mut scenario = story();
    set(&mut scenario, "clients.agent.runtime", "sockets").expect("valid");
    assert_eq!(
        get(&scenario, "clients.agent.calls").as_deref(),
        Some("@0 connect a pyroscope:4040\n@-1 send a 100\n@-1 read a\n@-1 close a")
    );
    assert_eq!(get(&scenario, "clients.agent.options.Timeout"), None);
    let ports = [
        "servers.pyroscope.listen",
        "servers.pyroscope.handler.think",
    ];
    assert!(ports.iter().all(|path| get(&scenario, path).is_some()));
    set(&mut scenario, "servers.pyroscope.runtime", "sockets").expect("valid");
    assert!(ports.iter().all(|path| get(&scenario, path).is_none()));
    let calls = "servers.pyroscope.calls";
    let begins = "@-1 listen 4040\n@-1 accept a\n@-1 read a\n@-1 send a 100\n@-1 close a";
    assert_eq!(get(&scenario, calls).as_deref(), Some(begins));
    set(&mut scenario, calls, "@-1 listen 4040; @0.50 accept b").expect("valid");
    assert_eq!(
        get(&scenario, calls).as_deref(),
        Some("@-1 listen 4040\n@0.5 accept b")
    );
    let wrong = set(&mut scenario, calls, "@-1 listen 4040; @0.50 acept b").expect_err("no call");
    assert_eq!(
        wrong.to_string(),
        "servers.pyroscope.calls: call 2, `@0.50 acept b`: unknown call `acept`; did you mean `accept`?"
    );
    assert_eq!(
        wrong.say(Lang::Zh),
        "servers.pyroscope.calls：第 2 个调用 `@0.50 acept b`：没有调用 `acept`，是不是想写 `accept`？"
    );
    set(&mut scenario, calls, "").expect("valid");
    assert_eq!(
        Scenario::from_json(&scenario.to_json()).as_ref(),
        Ok(&scenario)
    );
    for path in ["clients.agent.runtime", "servers.pyroscope.runtime"] {
        set(&mut scenario, path, "go-1.27").expect("valid");
    }
    assert_eq!(get(&scenario, calls), None);
    assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
}

#[test]
fn what_must_fit_together_can_change_together() {
    let mut scenario = story();
    let edits = [
        ("servers.pyroscope.host", "elsewhere"),
        ("clients.agent.requests.upload.to", "elsewhere:4040"),
    ];
    apply(&mut scenario, edits).expect("both fit");
    let found = difference(&story(), &scenario).expect("fields only");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn hints_tell_fallbacks() {
    let scenario = story();
    let fields = fields(&scenario);
    for (path, en, zh) in [
        (
            "servers.pyroscope.options.IdleTimeout",
            "unset → ReadTimeout: 10 s",
            "未设置 → ReadTimeout：10 s",
        ),
        (
            "clients.agent.options.MaxIdleConnsPerHost",
            "unset → default: 2",
            "未设置 → 默认：2",
        ),
        ("clients.agent.options.Timeout", "10 s", "10 s"),
    ] {
        let field = fields.iter().find(|field| field.path == path).expect(path);
        assert_eq!(field.hint(Lang::En).as_deref(), Some(en));
        assert_eq!(field.hint(Lang::Zh).as_deref(), Some(zh));
    }
}

proptest::proptest! {
    #[test]
    fn no_path_and_no_text_panics(path in "[a-zA-Z.]{0,60}", text in ".{0,40}", which in 0usize..60) {
        let mut scenario = story();
        let _ = set(&mut scenario, &path, &text);
        let fields = fields(&scenario);
        let path = &fields[which % fields.len()].path;
        if set(&mut scenario, path, &text).is_ok() {
            let json = scenario.to_json();
            proptest::prop_assert_eq!(Scenario::from_json(&json), Ok(scenario));
        }
    }
}
