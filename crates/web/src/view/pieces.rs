//! Pieces of the page that are there for acts, or not before somebody acts.

use super::{Tell, capture, changes, compare, controls, diagram, dialogs, events, form};
use super::{inspector, instant, lesson, look, present, strip, terms, verdict};
use crate::app::model::Model;
use crate::later::Piece;
use yew::{Html, html};

/// One of them.
pub fn draw(piece: Piece, model: &Model, tell: &Tell) -> Html {
    match piece {
        Piece::Window => dialogs::view(model, tell),
        Piece::Capture => capture::view(model, tell),
        Piece::Present => present::view(model, tell),
        Piece::Lesson => lesson::view(model, tell),
        Piece::Form => form::body(model, tell),
        Piece::Controls => controls::view(model, tell),
        Piece::Strip => strip::view(model, tell),
        Piece::Look => look::body(model, tell),
        Piece::Events => events::list(model, tell),
        Piece::Selected => inspector::chosen(model, tell),
        Piece::Tables => instant::view(model, tell),
        Piece::Compared => compare::parted(model, tell),
        Piece::Story => verdict::story(model, tell),
        Piece::Changes => {
            html! { <>{ changes::view(model, tell) }{ verdict::others(model) }</> }
        }
        Piece::Proved => verdict::as_it_is(model),
        Piece::Minimap => look::minimap(model, tell),
        Piece::Whole => super::whole(model),
        Piece::Tips => html! { <>{ diagram::tip(model) }{ terms::tip(model) }</> },
    }
}
