//! Every number under "Why" stands in the picture.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;
use whyeof_render::diagram::{Diagram, Extent, Layout, Shape, View};
use whyeof_scenario::{Lang, lessons, presets};
use whyeof_web::run::Run;

fn missing(run: &Run, layout: Layout, lang: Lang) -> Vec<u16> {
    let Some(finding) = run.finding(None) else {
        return Vec::new();
    };
    let width = match layout {
        Layout::Wide => 720.0,
        Layout::Phone => 356.0,
    };
    let mut view = View::new(width, lang);
    view.layout = layout;
    view.evidence = (1..)
        .zip(finding.evidence.iter().map(|e| e.record))
        .collect();
    let scene = Diagram::new(&run.trace, &view).whole();
    if scene.extent == Extent::Clipped {
        return Vec::new();
    }
    let drawn: Vec<String> = scene
        .items
        .iter()
        .filter_map(|item| match &item.shape {
            Shape::Mark { words, .. } => Some(words.clone()),
            _ => None,
        })
        .collect();
    let numbers = view.evidence.iter().map(|(number, _)| *number);
    numbers
        .filter(|number| !drawn.contains(&number.to_string()))
        .collect()
}

#[test]
fn every_number_of_the_evidence_is_drawn() {
    let stories = presets::ALL
        .iter()
        .map(|preset| (preset.id.to_owned(), preset.scenario()));
    let all = lessons::read(lessons::FILE).expect("lessons");
    let taught = all.iter().flat_map(|lesson| {
        let number = lesson.number;
        lesson
            .scenarios
            .iter()
            .map(move |one| (format!("lesson {number}"), one.1.clone()))
    });
    let mut wrong = Vec::new();
    for (name, scenario) in stories.chain(taught) {
        let run = Run::whole(Rc::new(scenario)).expect("it holds");
        for layout in [Layout::Wide, Layout::Phone] {
            for lang in [Lang::En, Lang::Zh] {
                let numbers = missing(&run, layout, lang);
                if !numbers.is_empty() {
                    wrong.push(format!("{name} {layout:?} {lang:?}: {numbers:?}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} pictures without:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
