//! Files that are loaded when somebody may read them, and once.

use super::model::Model;
use super::msg::{Book, Effect};
use std::rc::Rc;
use whyeof_scenario::lessons;
use whyeof_scenario::manual::cast::Cast;
use whyeof_scenario::manual::help::Help;
use whyeof_scenario::presets::stories::Stories;
use whyeof_scenario::symptoms::Symptoms;
use whyeof_scenario::terms::Terms;

/// A file is loaded when somebody may read it, and once.
pub(super) fn load(model: &mut Model, book: Book) -> Option<Effect> {
    model.missing = None;
    let there = match book {
        Book::Stories => model.stories.is_some(),
        Book::Cast => model.cast.is_some(),
        Book::Help => model.help.is_some(),
        Book::Lessons => model.lessons.is_some(),
        Book::Symptoms => model.symptoms.is_some(),
        Book::Terms => model.terms.is_some(),
        Book::Pairs => model.many.pairs.table.is_some(),
        Book::Reality => model.many.reality.is_some(),
    };
    (!there).then_some(Effect::Load(book))
}

pub(super) fn shelve(model: &mut Model, book: Book, file: Option<&str>) {
    let there = match book {
        Book::Stories => {
            model.stories = file.and_then(Stories::read).map(Rc::new);
            model.stories.is_some()
        }
        Book::Cast => {
            model.cast = file.and_then(Cast::read).map(Rc::new);
            model.cast.is_some()
        }
        Book::Help => {
            model.help = file.and_then(Help::read).map(Rc::new);
            model.help.is_some()
        }
        Book::Lessons => {
            model.lessons = file.and_then(lessons::read).map(Rc::new);
            model.lessons.is_some()
        }
        Book::Symptoms => {
            model.symptoms = file.and_then(Symptoms::read).map(Rc::new);
            model.symptoms.is_some()
        }
        Book::Reality => {
            model.many.reality = file.map(Into::into);
            file.is_some()
        }
        Book::Pairs => {
            model.many.pairs.table = file.map(str::to_owned);
            file.is_some()
        }
        Book::Terms => {
            model.terms = file.and_then(Terms::read).map(Rc::new);
            model.terms.is_some()
        }
    };
    model.missing = (!there).then_some(book);
}
