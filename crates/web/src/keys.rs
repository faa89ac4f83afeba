//! What keys do. Pure, so that the table in the help and the keyboard cannot drift apart unseen.

use crate::app::look::{Turn, ZOOM_STEP};
use crate::app::model::Dialog;
use crate::app::msg::Msg;
use crate::text;
use whyeof_scenario::Text;

/// What has the keyboard's focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A field that takes text or arrow keys itself.
    Field,
    /// Such a field of the form, in which nothing has been typed.
    Settled,
    /// A button or link, which the space bar presses.
    Button,
    /// Anything else.
    Page,
}

/// Which other keys are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// None, or only Shift.
    Plain,
    /// Ctrl or Cmd.
    Command,
    /// Those and Shift.
    CommandShift,
}

/// What a key asks for while a run is shown on a wall: presenters' clickers send Page Up and Page Down.
pub fn on_a_wall(key: &str, held: Held, focus: Focus) -> Option<Msg> {
    match (held, key) {
        (Held::Plain, "PageDown" | "ArrowRight" | "ArrowDown") => Some(Msg::Step(1)),
        (Held::Plain, " ") if focus != Focus::Button => Some(Msg::Step(1)),
        (Held::Plain, "PageUp" | "ArrowLeft" | "ArrowUp") => Some(Msg::Step(-1)),
        (Held::Plain, "Escape") => Some(Msg::Present),
        (Held::Plain, "q") => Some(Msg::Open(Some(Dialog::Qr))),
        _ => msg(key, held, focus),
    }
}

/// What a key asks for; `None`: it is the browser's.
pub fn msg(key: &str, held: Held, focus: Focus) -> Option<Msg> {
    match (held, key, focus) {
        (Held::Plain, "Escape", _) => return Some(Msg::GiveUp),
        // Nothing is being typed: there is nothing else to undo.
        (Held::Command, "z", Focus::Settled) => return Some(Msg::Undo),
        (Held::CommandShift, "z" | "Z", Focus::Settled) => return Some(Msg::Redo),
        (_, _, Focus::Field | Focus::Settled) => return None,
        _ => {}
    }
    match (held, key) {
        (Held::Command, "z") => Some(Msg::Undo),
        (Held::CommandShift, "z" | "Z") | (Held::Command, "y") => Some(Msg::Redo),
        (Held::Command | Held::CommandShift, _) => None,
        (Held::Plain, "ArrowLeft") => Some(Msg::Step(-1)),
        (Held::Plain, "ArrowRight") => Some(Msg::Step(1)),
        (Held::Plain, " ") if focus == Focus::Page => Some(Msg::TogglePlay),
        (Held::Plain, "[") => Some(Msg::StepRequest(-1)),
        (Held::Plain, "]") => Some(Msg::StepRequest(1)),
        (Held::Plain, "p" | "P") => Some(Msg::Present),
        (Held::Plain, "i") => Some(Msg::Instant),
        (Held::Plain, "Home") => Some(Msg::Rewind),
        (Held::Plain, "End") => Some(Msg::ShowAll),
        (Held::Plain, "+" | "=") => Some(Msg::Zoom(ZOOM_STEP, None)),
        (Held::Plain, "-") => Some(Msg::Zoom(1.0 / ZOOM_STEP, None)),
        (Held::Plain, "0") => Some(Msg::Turn(Turn::Zoom)),
        (Held::Plain, "v") => Some(Msg::Turn(Turn::Open)),
        (Held::Plain, "f") => Some(Msg::Turn(Turn::Follow)),
        (Held::Plain, "?") => Some(Msg::Open(Some(Dialog::Keys))),
        (Held::Plain, "s") => Some(Msg::Open(Some(Dialog::Share))),
        _ => None,
    }
}

/// The help: keys and what they do.
pub const HELP: [(&str, Text); 14] = [
    ("← →", text::KEY_STEP),
    ("Space", text::KEY_PLAY),
    ("[ ]", text::KEY_REQUEST),
    ("Home End", text::KEY_ALL),
    ("i", text::INSTANT),
    ("p", text::KEY_PRESENT),
    ("+ − 0", text::KEY_ZOOM),
    ("v", text::KEY_LOOK),
    ("f", text::KEY_FOLLOW),
    ("Ctrl-Z  Shift-Ctrl-Z", text::KEY_UNDO),
    ("s", text::KEY_SHARE),
    ("↑ ↓", text::KEY_TURN),
    ("?", text::KEY_HELP),
    ("Esc", text::KEY_CLOSE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_keys() {
        for key in ["z", "ArrowLeft", " ", "[", "?", "s"] {
            assert_eq!(msg(key, Held::Plain, Focus::Field), None, "{key}");
            assert_eq!(msg(key, Held::Command, Focus::Field), None, "{key}");
        }
    }

    #[test]
    fn the_space_bar_presses_the_button_that_has_the_focus() {
        assert_eq!(msg(" ", Held::Plain, Focus::Button), None);
        assert_eq!(msg(" ", Held::Plain, Focus::Page), Some(Msg::TogglePlay));
        assert_eq!(
            msg("ArrowRight", Held::Plain, Focus::Button),
            Some(Msg::Step(1))
        );
    }

    #[test]
    fn a_presenters_clicker_steps() {
        for (key, says) in [
            ("PageDown", Msg::Step(1)),
            ("PageUp", Msg::Step(-1)),
            ("Escape", Msg::Present),
        ] {
            assert_eq!(on_a_wall(key, Held::Plain, Focus::Page), Some(says));
        }
        assert_eq!(
            msg("PageDown", Held::Plain, Focus::Page),
            None,
            "it scrolls"
        );
    }

    #[test]
    fn the_browsers_own_shortcuts_stay_its_own() {
        for key in ["s", "f", "[", "ArrowLeft"] {
            assert_eq!(msg(key, Held::Command, Focus::Page), None, "{key}");
        }
        assert_eq!(msg("z", Held::Command, Focus::Page), Some(Msg::Undo));
        assert_eq!(msg("z", Held::Command, Focus::Settled), Some(Msg::Undo));
        assert_eq!(msg("i", Held::Plain, Focus::Settled), None);
        assert_eq!(msg("Z", Held::CommandShift, Focus::Page), Some(Msg::Redo));
    }
}
