//! The field's terms: underlined where a text first names them, with what each is beside it; and all of them in a window.

use super::paste::coded_with;
use super::{awaited, beside, held};
use crate::app::model::Model;
use crate::app::msg::Book;
use yew::{Html, html};

/// A text with its terms marked; what stands between backticks in it is code.
pub fn prose(model: &Model, words: &str) -> Html {
    coded_with(&held(words), &|words| marked(model, words))
}

fn marked(model: &Model, words: &str) -> Html {
    let Some(terms) = &model.terms else {
        return html! { words.to_owned() };
    };
    let mut pieces = Vec::new();
    let mut end = 0;
    for (range, at) in terms.named(words, model.lang) {
        pieces.push(html! { words[end..range.start].to_owned() });
        let says = terms
            .all(model.lang)
            .nth(at)
            .map(|term| term.says.to_owned());
        let word = words[range.clone()].to_owned();
        // `app/asking.rs` hears what a finger, a pointer or the focus asks about.
        let term = html! { <button type="button" class="term" data-asks={at.to_string()} aria-description={says}>{ word }</button> };
        // No line begins with what ends a clause.
        let rest = words[range.end..].chars();
        let ends: String = rest
            .take_while(|c| "。，、；：？！）.,;:?!)".contains(*c))
            .collect();
        end = range.end + ends.len();
        pieces.push(match ends.is_empty() {
            true => term,
            false => html! { <span class="kept">{ term }{ ends }</span> },
        });
    }
    pieces.push(html! { words[end..].to_owned() });
    html! { <>{ for pieces }</> }
}

/// What the term is that is asked about, beside it.
pub fn tip(model: &Model) -> Html {
    let asked = model.term.zip(model.terms.as_ref());
    let told = asked.and_then(|((at, place), terms)| Some((terms.all(model.lang).nth(at)?, place)));
    let Some((term, place)) = told else {
        return Html::default();
    };
    let [en, zh] = term.names;
    let name = match en == zh {
        true => en.to_owned(),
        false => format!("{en} · {zh}"),
    };
    let words = html! {
        <><strong>{ name }</strong><br />{ term.says.to_owned() }</>
    };
    beside(place, words)
}

/// All terms.
pub fn view(model: &Model) -> Html {
    let Some(terms) = &model.terms else {
        return awaited(model, Book::Terms);
    };
    let entry = |term: whyeof_scenario::terms::Term<'_>| {
        let [en, zh] = term.names.map(str::to_owned);
        let other = (en != zh).then_some(zh);
        html! {
            <div data-term={term.id.to_owned()}>
                <dt><span lang="en">{ en }</span>if let Some(zh) = other { { " · " }<span lang="zh-CN">{ zh }</span> }</dt>
                <dd>{ term.says.to_owned() }</dd>
            </div>
        }
    };
    html! { <dl class="terms">{ for terms.all(model.lang).map(entry) }</dl> }
}
