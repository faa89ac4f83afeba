//! Pieces of the page that are there for acts, or not before somebody acts.

use super::{Tell, capture, compare, controls, dialogs, events, form};
use super::{inspector, instant, lesson, look, present, strip};
use crate::app::model::Model;
use crate::later::Piece;
use yew::Html;

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
    }
}
