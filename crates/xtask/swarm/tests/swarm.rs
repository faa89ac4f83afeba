//! Some thousand random runs in every test run: all that must hold of a run holds of them, and together they say and meet nearly everything.

use std::collections::BTreeSet;
use whyeof_scenario::calls::Verb;
use whyeof_scenario::profiles;
use whyeof_scenario::v1::{Effect, Request};
use whyeof_scenario::{Scenario, fields};
use whyeof_swarm::invariants::Broken;
use whyeof_swarm::minimise::minimised_by;
use whyeof_swarm::scenario;
use whyeof_swarm::tally::{Tally, link_of, nameless, said};

/// Runs of each part; parts run beside each other.
const PART: u64 = 600;

fn check(part: u64) {
    let tally = Tally::of(part * PART..(part + 1) * PART);
    let broken = tally.broken.iter().map(|(seed, broken)| {
        let Broken { invariant, what } = broken;
        format!("{seed}: {invariant}: {what}\n{}", link_of(*seed))
    });
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    // They are worth running: much happens in them, and much goes wrong.
    let failed: u64 = tally.failed.values().sum();
    let (packets, kinds) = (tally.packets, tally.findings.len());
    assert!(
        packets > 10 * PART && failed > PART && kinds > 15,
        "{packets} packets, {failed} failures, {kinds} kinds of findings"
    );
}

#[test]
fn all_holds_of_the_first_runs() {
    check(0);
}

#[test]
fn all_holds_of_the_second_runs() {
    check(1);
}

#[test]
fn all_holds_of_the_third_runs() {
    check(2);
}

#[test]
fn all_holds_of_the_fourth_runs() {
    check(3);
}

#[test]
fn all_holds_of_the_last_runs() {
    check(4);
}

/// Whether a scenario says something.
type Says = fn(&Scenario) -> bool;

/// What no list of the project names.
const SHAPES: [(&str, Says); 6] = [
    ("a body of which the server is asked first", |scenario| {
        requests(scenario).any(|row| row.body > 0 && row.headers.get("Expect").is_some())
    }),
    ("a header field that nobody offers", |scenario| {
        requests(scenario).any(|row| row.headers.get("Cookie").is_some())
    }),
    ("several header fields", |scenario| {
        requests(scenario).any(|row| row.headers.len() > 1)
    }),
    ("as many requests as there is time for", |scenario| {
        requests(scenario).any(|row| row.count.is_none() && row.every.is_some())
    }),
    ("a single request, by default", |scenario| {
        requests(scenario).any(|row| row.count.is_none() && row.every.is_none())
    }),
    ("two names", |scenario| scenario.names.len() > 1),
];

/// What commands say, and no list of the project names.
const TYPED: [&str; 14] = [
    "--dport 80:8080",
    "! --sport 1024:",
    "--dport :4040",
    "-s 10.0.0.0/24",
    "! -d 10.0.0.2/31",
    "/255.255.255.252",
    "-I INPUT 2 ",
    "-I OUTPUT 3 ",
    "-D INPUT 2",
    "-D OUTPUT 3",
    "-F INPUT",
    "-F OUTPUT",
    "--tcp-flags ALL ",
    " NONE",
];

fn requests(scenario: &Scenario) -> impl Iterator<Item = &Request> {
    scenario.clients.iter().flat_map(|client| &client.requests)
}

/// Everything that a scenario can say is said: each profile in each role, each fault's word, each call, each field, each kind of rule.
#[test]
fn everything_is_said() {
    let mut sayable = BTreeSet::new();
    for profile in profiles::ALL {
        let roles = [
            ("client", profile.client.is_some()),
            ("proxy", profile.proxy.is_some()),
            ("server", profile.server.is_some()),
        ];
        let can = roles.into_iter().filter(|(_, can)| *can);
        sayable.extend(can.map(|(role, _)| format!("{role} {}", profile.id)));
    }
    sayable.extend(Effect::ALL.map(|effect| format!("fault {}", effect.key())));
    sayable.extend(Verb::all().map(|verb| format!("call {}", verb.usage())));
    sayable.extend(SHAPES.map(|(what, _)| what.to_owned()));
    sayable.extend(TYPED.map(str::to_owned));
    let mut heard = BTreeSet::new();
    for seed in 0..3_000 {
        let scenario = scenario(seed);
        let all = fields(&scenario).into_iter();
        // What stands in every scenario, or is fixed with who is there, is set and never other than it was.
        let free = all.filter(|field| field.default.is_some() || field.option.is_some());
        sayable.extend(free.map(|field| nameless(&scenario, &field.path, &field.group)));
        heard.extend(said(&scenario));
        let shapes = SHAPES.into_iter().filter(|(_, says)| says(&scenario));
        heard.extend(shapes.map(|(what, _)| what.to_owned()));
        let is_typed = |words: &&str| scenario.typed.iter().any(|typed| typed.run.contains(words));
        heard.extend(TYPED.into_iter().filter(is_typed).map(str::to_owned));
    }
    let unheard: Vec<_> = sayable.difference(&heard).collect();
    assert!(unheard.is_empty(), "{unheard:?}");
}

/// The same number makes the same scenario, and another number another one.
#[test]
fn a_number_makes_one_scenario() {
    let all: Vec<String> = (0..300).map(|seed| scenario(seed).to_json()).collect();
    let again = (0..300).map(|seed| scenario(seed).to_json());
    assert!(again.eq(all.iter().cloned()));
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}

/// What breaks is made small: here whatever sends a POST while something is dropped.
#[test]
fn what_breaks_is_made_small() {
    let breaks = |scenario: &Scenario| {
        let posts = scenario.to_json().contains(r#""method":"POST""#);
        let drops = scenario.faults.iter().any(|f| f.effect == Effect::Drop);
        (posts && drops).then(|| Broken {
            invariant: "no POST into a silence",
            what: "it does".to_owned(),
        })
    };
    let found = (0..2_000)
        .map(scenario)
        .find_map(|it| Some((breaks(&it)?, it)));
    let (broken, scenario) = found.expect("one of two thousand");
    let (smallest, _) = minimised_by(&breaks, &scenario, &broken);
    let json = smallest.to_json();
    assert!(json.len() < 260, "{json}");
    let rows = smallest.clients.iter().flat_map(|c| &c.requests).count();
    let counts = (smallest.servers.len(), rows, smallest.faults.len());
    assert_eq!(counts, (1, 1, 1), "{json}");
}
