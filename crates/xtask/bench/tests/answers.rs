//! What is timed is right, whoever does it: speed at the price of truth is none.

use whyeof_bench::{Contender, Work, races_of_go};

#[test]
fn everybody_comes_to_the_same() {
    for work in [Work::Exchanges, Work::Races, Work::Silences] {
        for contender in Contender::ALL {
            let answer = contender.does(work);
            assert!(
                work.is_right(&answer),
                "{}/{}: {answer:?}",
                work.id(),
                contender.id()
            );
        }
    }
}

/// With the times that Go takes a race is lost in a wider window.
#[test]
fn go_loses_as_many_as_its_window_is_wide() {
    let (answer, expected) = races_of_go();
    assert!(
        answer.lost.abs_diff(expected) <= 1,
        "{answer:?}, {expected}"
    );
    assert!(expected > 1_000);
}
