//! Pairs of runtimes as they come.

use expect_test::expect_file;
use whyeof_diagnose::{Grade, RemedyKind, diagnose};
use whyeof_explore::advise::explain;
use whyeof_explore::matrix::matrix;
use whyeof_explore::pair::{clients, peers, proxies, servers};
use whyeof_explore::{Margin, Pair, PairError, Paired, paired};
use whyeof_scenario::link::decode;
use whyeof_scenario::{Lang, build};
use whyeof_sim::world::{outcomes, run};

fn pair(client: &str, server: &str, via: Option<&str>, edits: &[(&str, &str)]) -> Paired {
    let pair = Pair {
        client,
        server,
        via,
    };
    paired(pair.scenario(edits).expect("a pair")).expect("it holds")
}

/// Whole seconds of each hop's margin (below zero: the server lets go first; none: one of both never does), and whether a gap is dangerous.
#[test]
fn who_lets_go_first() {
    let table = [
        // Ground-truth §9: a Node server says 5 s and closes after 6, a Node client with the hint lets go after 4.
        ("node-26-global-agent", "node-26", Some(1.99), false),
        ("node-20-global-agent", "node-20", Some(1.99), false),
        ("agentkeepalive-4.6", "node-26", Some(1.99), false),
        // Node 18 closes after 5 s: the second more came later.
        ("node-26-global-agent", "node-18", Some(0.99), false),
        // http.DefaultTransport keeps connections for 90 s.
        ("go-1.27-default-transport", "node-26", Some(-84.0), true),
        ("go-1.27-default-transport", "nginx-1.22", Some(-15.0), true),
        // A Transport of one's own keeps them for ever, and so does a Go server that nobody limited.
        ("go-1.27", "node-26", None, true),
        ("go-1.27", "go-1.27", None, false),
        // Without keepAlive there is nothing to race for.
        ("node-26", "node-26", None, false),
    ];
    for (client, server, margin, dangerous) in table {
        let found = pair(client, server, None, &[]);
        let [hop] = found.hops.as_slice() else {
            panic!("{client} {server}: {:?}", found.hops);
        };
        let seconds = match hop.margin() {
            Margin::Client(margin) => margin.map(|margin| margin.as_secs_f64()),
            Margin::Server(margin) => margin.map(|margin| -margin.as_secs_f64()),
            Margin::Nobody | Margin::NotKept => None,
        };
        let near = match (seconds, margin) {
            (Some(one), Some(other)) => (one - other).abs() < 0.02,
            (one, other) => one == other,
        };
        assert!(near, "{client} {server}: {seconds:?}");
        let windows = found.risk.as_ref().map_or(0, |risk| risk.windows.len());
        assert_eq!(
            windows > 0,
            dangerous,
            "{client} {server}: {:?}",
            found.risk
        );
    }
}

/// Whoever lets go first by more than a round trip cannot race, and whose server does races: of all pairs.
#[test]
fn margins_and_windows_agree() {
    for client in clients() {
        for server in servers() {
            let found = pair(client, server, None, &[]);
            let dangerous = found.risk.is_some_and(|risk| !risk.windows.is_empty());
            let expected = match found.hops[0].margin() {
                Margin::NotKept | Margin::Nobody => Some(false),
                Margin::Client(margin) if margin.is_none_or(|by| by.as_millis() > 20) => {
                    Some(false)
                }
                Margin::Server(by) if by.is_none_or(|by| by.as_millis() > 20) => Some(true),
                _ => None,
            };
            assert!(
                expected.is_none_or(|expected| expected == dangerous),
                "{client} {server}"
            );
        }
    }
}

/// Where a request takes longer than the second usually waits, the second waits longer: the window is as wide as the round trip.
#[test]
fn a_slow_way_hides_no_window() {
    for (set, width) in [
        ([("network.rtt", "1s")], 1_000..1_020),
        ([("servers.server.handler.think", "2s")], 10..30),
        ([("servers.server.handler.think", "15s")], 10..30),
    ] {
        let found = pair("go-1.27", "node-26", None, &set);
        let (run, _) = outcomes(build(&found.scenario).expect("it holds"));
        assert!(
            run.requests[1].ended.is_some(),
            "{set:?}: the run is long enough"
        );
        let windows = found.risk.map(|risk| risk.windows).unwrap_or_default();
        let first = windows.first().expect("a window");
        assert!(
            width.contains(&first.width().as_millis()),
            "{set:?}: {first:?}"
        );
    }
}

/// A load balancer is what most clients talk to: each is held against it alone (60 s of idling, runtimes §alb).
#[test]
fn a_proxy_alone_is_a_peer() {
    let found = |client, server| {
        let pair = Pair {
            client,
            server,
            via: None,
        };
        pair.found(&[]).expect("it holds")
    };
    let balanced = found("go-1.27-default-transport", "alb");
    assert_eq!(balanced.margins(Lang::En), "-30.01 s");
    assert!(balanced.is_dangerous());
    assert!(!found("node-26-global-agent", "alb").is_dangerous());
    // A connection that is not kept has no gaps to ask about.
    assert!(found("node-26", "alb").risk.is_none());
    let set = [("servers.server.options.IdleTimeout", "10s")];
    let alone = Pair {
        client: "go-1.27",
        server: "alb",
        via: None,
    };
    assert!(matches!(alone.found(&set), Err(PairError::Behind(_))));
    let both = Pair {
        client: "go-1.27",
        server: "alb",
        via: Some("alb"),
    };
    assert!(matches!(
        both.scenario(&[]),
        Err(PairError::Unknown("server", ..))
    ));
}

#[test]
fn a_proxy_makes_two_hops_and_options_can_be_set() {
    let found = pair(
        "go-1.27",
        "go-1.27",
        Some("alb"),
        &[("servers.server.options.IdleTimeout", "10s")],
    );
    let ends: Vec<_> = found.hops.iter().map(|hop| hop.ends.join(" ")).collect();
    assert_eq!(ends, ["client proxy", "proxy server"]);
    assert!(
        matches!(found.hops[1].margin(), Margin::Server(Some(_))),
        "{:?}",
        found.hops
    );
    assert!(found.risk.is_some_and(|risk| !risk.windows.is_empty()));
    let pair = Pair {
        client: "nginx-1.22",
        server: "go-1.27",
        via: None,
    };
    assert!(matches!(
        pair.scenario(&[]),
        Err(PairError::Unknown("client", ..))
    ));
    let pair = Pair {
        client: "go-1.27",
        ..pair
    };
    assert!(matches!(
        pair.scenario(&[("servers.server.options.IdleTimeot", "1s")]),
        Err(PairError::Invalid(_))
    ));
}

/// The table of the page is what runs come to today, and the link of each dangerous pair opens a run in which a request is lost.
#[test]
fn the_table_of_the_page_is_made_by_runs() {
    let lines = matrix().expect("all runtimes are known");
    let across = peers(None).len() + proxies().len() * servers().len();
    assert_eq!(lines.lines().count(), clients().len() * across);
    for line in lines.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let opened = decode(cells[5]).expect("a link").shared.scenario;
        let trace = run(build(&opened.expect("a scenario")).expect("a plan"));
        let report = diagnose(&trace);
        let replayed = report.requests.iter().any(|request| request.sent > 1);
        let harmed = report.totals().failed > 0 || replayed;
        assert_eq!(harmed, cells[3] == "!", "{line}");
    }
    expect_file!["../src/pairs.tsv"].assert_eq(&lines);
}

/// Every pair that races, alone or behind a proxy, has a remedy that runs prove for every gap: behind a proxy that may be one for each hop.
#[test]
fn who_races_has_a_green_remedy() {
    let ways: Vec<_> = [None]
        .into_iter()
        .chain(proxies().into_iter().map(Some))
        .collect();
    let mut both = 0;
    for client in clients() {
        for server in servers() {
            for via in &ways {
                let found = pair(client, server, *via, &[]);
                if found.risk.is_none_or(|risk| risk.windows.is_empty()) {
                    continue;
                }
                let explained = explain(&found.scenario).expect("it holds");
                let remedies = explained.report.remedies();
                let best = remedies.first().unwrap_or_else(|| {
                    panic!("{client} {server} {via:?}: no remedy");
                });
                assert_eq!(
                    best.grade,
                    Grade::Green,
                    "{client} {server} {via:?}: {}",
                    best.title.en
                );
                both += usize::from(best.kind == RemedyKind::EveryHop);
            }
        }
    }
    assert!(both > 0, "some race on both hops");
}
