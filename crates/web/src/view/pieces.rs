//! Pieces of the page that are not there before somebody acts.

use super::{Tell, capture, compare, dialogs, events, inspector, instant, lesson, look, present};
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
        Piece::Look => look::body(model, tell),
        Piece::Events => events::list(model, tell),
        Piece::Selected => inspector::chosen(model, tell),
        Piece::Tables => instant::view(model, tell),
        Piece::Compared => compare::parted(model, tell),
    }
}
