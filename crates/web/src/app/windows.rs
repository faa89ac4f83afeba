//! Windows over the page open and close.

use super::books::load;
use super::model::{Dialog, Model, Notice, Screen};
use super::msg::{Book, Effect};
use super::update::{address, copy_link, fragment};
use super::{many, navigate, pairs, sweep};
use crate::proto::Question;

/// Opens a window over the page; that for sharing also takes the link to the clipboard.
pub(super) fn open(model: &mut Model, dialog: Option<Dialog>) -> Vec<Effect> {
    // What stands in another's page is only looked at there.
    let dialog = dialog.filter(|_| model.screen != Screen::Embedded);
    model.dialog = dialog;
    let mut effects = sweep::close(model);
    effects.extend(opened(model, dialog));
    effects
}

fn opened(model: &mut Model, dialog: Option<Dialog>) -> Vec<Effect> {
    // It spoke of an earlier link.
    if matches!(model.notice, Some(Notice::Copied | Notice::CopyFailed)) {
        model.notice = None;
    }
    let effect = match dialog {
        Some(Dialog::Gallery) => {
            let drawn = !model.cards.is_empty();
            let cards = (!drawn).then_some(Effect::Clerk(Question::Cards));
            return load(model, Book::Stories)
                .into_iter()
                .chain(cards)
                .collect();
        }
        Some(Dialog::Cast) => load(model, Book::Cast),
        Some(Dialog::Terms) => load(model, Book::Terms),
        Some(Dialog::Pairs) => {
            let table = load(model, Book::Pairs);
            return table.into_iter().chain(pairs::open(model)).collect();
        }
        Some(Dialog::Lessons) => load(model, Book::Lessons),
        Some(Dialog::Reality) => load(model, Book::Reality),
        Some(Dialog::Error) => load(model, Book::Symptoms),
        Some(Dialog::Share) => {
            // A lesson's own link is short; what another page embeds is its scenario.
            let packs = crate::link::of(model).err();
            let packs = packs.map(|scenario| Effect::Clerk(Question::Pack { scenario }));
            let link = copy_link(model).into_iter();
            return link.chain(qr(model)).chain(packs).collect();
        }
        Some(Dialog::Qr) => qr(model),
        Some(window @ (Dialog::Risk | Dialog::Sweep | Dialog::Orders)) => many::open(model, window),
        // The window had an address of its own.
        None if navigate::window(&model.env.fragment).is_some() => Some(behind(model)),
        _ => None,
    };
    effect.into_iter().collect()
}

/// The address of what stands behind a window.
fn behind(model: &mut Model) -> Effect {
    match model.screen {
        Screen::First => {
            model.env.fragment.clear();
            Effect::ReplaceAddress(String::new())
        }
        Screen::Bench | Screen::Embedded | Screen::Capture => address(model),
    }
}

/// Asks for the link as a picture.
fn qr(model: &mut Model) -> Option<Effect> {
    model.qr = None;
    let link = format!("{}{}", model.env.base, fragment(model)?);
    Some(Effect::Clerk(Question::Qr { link }))
}
