//! The recorded race in words.

use crate::fixture::{long_run, lost_request, recorded_race};
use expect_test::{ExpectFile, expect_file};
use whyeof_render::Lang;
use whyeof_render::diagram::Band;
use whyeof_render::summary::{events, paragraph};
use whyeof_render::wire::Wire;

fn check(lang: Lang, expected: ExpectFile) {
    let trace = recorded_race();
    let wire = Wire::new(&trace);
    let mut lines = vec![paragraph(&wire, Band::ALL, lang), String::new()];
    let events = events(&wire, Band::ALL, lang, 1_000);
    lines.extend(events.into_iter().map(|event| event.words));
    lines.push(String::new());
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn english() {
    check(Lang::En, expect_file!["expected/race.en.txt"]);
}

#[test]
fn chinese() {
    check(Lang::Zh, expect_file!["expected/race.zh.txt"]);
}

#[test]
fn a_long_list_says_what_it_leaves_out() {
    for trace in [recorded_race(), lost_request(), long_run(30)] {
        let wire = Wire::new(&trace);
        let all = events(&wire, Band::ALL, Lang::En, usize::MAX);
        for most in [0, 1, 7, all.len()] {
            let some = events(&wire, Band::ALL, Lang::En, most);
            let left_out = all.len() - most.min(all.len());
            assert_eq!(some[..most.min(all.len())], all[..most.min(all.len())]);
            let last = some.last().expect("there are events");
            let says = format!("… {left_out} more events are not listed");
            assert_eq!(last.words == says, left_out > 0, "{}", last.words);
        }
    }
}
