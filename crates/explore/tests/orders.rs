//! Other orders of what happens at one moment.

use whyeof_explore::orders::{MOST_ORDERS, Way};
use whyeof_explore::{Ending, Grid, Orders, Over, orders, sweep};
use whyeof_scenario::span::{Span, Unit};
use whyeof_scenario::ties::ties_text;
use whyeof_scenario::{Scenario, build, get, presets, set};
use whyeof_sim::world::outcomes;

const EVERY: &str = "clients.agent.requests.upload.every";

fn race() -> Scenario {
    let mut scenario = presets::find("pyroscope-idle-race")
        .expect("a preset")
        .scenario();
    for (path, value) in [
        ("clients.agent.requests.upload.count", "2"),
        ("clients.agent.requests.upload.plus", "0ms..0ms"),
    ] {
        set(&mut scenario, path, value).expect("a field");
    }
    scenario
}

/// Each way is a run that anybody can open: its ties stand in the scenario.
fn check(scenario: &Scenario, found: &Orders) {
    assert!(found.tried <= MOST_ORDERS);
    let counted: usize = found.ways.iter().map(|way| way.orders).sum();
    assert_eq!(counted, found.tried);
    for way in &found.ways {
        let mut edited = scenario.clone();
        set(&mut edited, "ties", &ties_text(&way.ties)).expect("ties");
        assert_eq!(get(&edited, "ties"), Some(ties_text(&way.ties)));
        let (run, _) = outcomes(build(&edited).expect("it holds"));
        let ends: Vec<Ending> = run.requests.iter().map(Ending::of).collect();
        let said: Vec<Ending> = way.requests.iter().map(|(ending, _)| *ending).collect();
        assert_eq!(ends, said);
        let again = Scenario::from_json(&edited.to_json()).expect("it holds");
        assert_eq!(again, edited);
    }
}

/// At the very nanosecond at which the request arrives as the server closes, both ends of the story are true.
#[test]
fn at_the_edge_itself_a_scenario_ends_in_more_than_one_way() {
    let scenario = race();
    let over = Over::parse(&format!("{EVERY}=10.012s..10.016s/1ms")).expect("a range");
    let grid = Grid::new(vec![over], 1).expect("a grid");
    let done = sweep(&scenario, grid, |_, _| true).expect("it holds");
    let edges = done.edges(&scenario).expect("they hold");
    let span = |text: &str| Span::parse(text, Unit::Nanos).expect("a span").0;
    let mut several = 0;
    for edge in &edges {
        for nanos in span(&edge.below)..=span(&edge.above) {
            let mut at = scenario.clone();
            set(&mut at, EVERY, &Span(nanos).to_string()).expect("a span");
            let found = orders(&at).expect("it holds");
            check(&at, &found);
            assert!(found.all, "a second request has few ties");
            if found.ways.len() > 1 {
                several += 1;
                let last = |way: &Way| way.requests.last().map(|(e, _)| *e);
                let ends: Vec<Option<Ending>> = found.ways.iter().map(last).collect();
                assert!(
                    ends.contains(&Some(edge.from.ending)) || ends.contains(&Some(edge.to.ending))
                );
            }
        }
    }
    assert!(several > 0, "{edges:?}");
}

#[test]
fn away_from_edges_all_orders_end_alike_and_crowds_are_bounded() {
    let found = orders(&race()).expect("it holds");
    assert_eq!((found.ways.len(), found.all), (1, true));
    let crowd = presets::find("pool-overflow").expect("a preset").scenario();
    let found = orders(&crowd).expect("it holds");
    assert_eq!((found.tried, found.all), (MOST_ORDERS, false));
    check(&crowd, &found);
}
