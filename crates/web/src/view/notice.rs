//! A sentence for the reader, until it is read.

use super::{Tell, button, says};
use crate::app::model::{Model, Notice};
use crate::app::msg::Msg;
use crate::text::{self, fill};
use yew::{Html, html};

/// The sentence, if there is one.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some(notice) = model.notice.as_ref().or(model.waits.notice.as_ref()) else {
        return html! { <div role="status" class="notice-place"></div> };
    };
    let (class, words) = match notice {
        Notice::BadLink(error) => (
            "notice bad",
            // A question ends its sentence itself.
            fill(
                model.say(text::LINK_SHOWN_INSTEAD),
                &[&error.say(model.lang)],
            )
            .replace("?.", "?")
            .replace("？。", "？"),
        ),
        Notice::BadPaste(error) => (
            "notice bad",
            fill(model.say(text::LINK_BAD), &[&error.say(model.lang)]),
        ),
        Notice::Note(invalid) | Notice::Wrong(invalid) => ("notice fair", invalid.say(model.lang)),
        Notice::Applied(name) => ("notice good", fill(model.say(text::APPLIED), &[name])),
        Notice::OtherEngine(engine) => (
            "notice fair",
            fill(model.say(text::OTHER_ENGINE), &[engine]),
        ),
        Notice::Copied => ("notice good", model.say(text::COPIED).to_owned()),
        Notice::CopyFailed => ("notice fair", model.say(text::COPY_FAILED).to_owned()),
        Notice::Stopped => ("notice fair", model.say(text::STOPPED).to_owned()),
        Notice::Writing => ("notice", model.say(text::WRITING).to_owned()),
        Notice::Saved(name) => ("notice good", fill(model.say(text::SAVED), &[name])),
        Notice::Like(told) => ("notice good", fill(model.say(text::LIKE), &[told])),
        Notice::NoLesson(count) => (
            "notice fair",
            fill(model.say(text::NO_LESSON), &[&count.to_string()]),
        ),
        Notice::NotOfLesson(key) => ("notice fair", fill(model.say(text::NOT_OF_LESSON), &[key])),
        Notice::NoMoment(end) => (
            "notice fair",
            fill(
                model.say(text::NO_MOMENT),
                &[&whyeof_render::text::moment(*end)],
            ),
        ),
        Notice::NoSegment => ("notice fair", model.say(text::NO_SEGMENT).to_owned()),
        Notice::NotLoaded => ("notice bad", model.say(text::PIECE_NOT_LOADED).to_owned()),
        Notice::Newer => ("notice good", model.say(text::NEWER).to_owned()),
    };
    let way_on = match notice {
        Notice::Newer => Some(("take-over", text::TAKE_OVER, Msg::TakeOver)),
        Notice::Applied(_) | Notice::Like(_) if !model.past.is_empty() => {
            Some(("", text::UNDO, Msg::Undo))
        }
        Notice::Stopped => Some(("run-again", text::RUN_AGAIN, Msg::RunAgain)),
        _ => None,
    };
    html! {
        <div role="status" class="notice-place">
            <div class={class}>
                <span>{ words }</span>
                { for way_on.map(|(id, name, msg)| button(tell, id, "link", model.say(name), msg)) }
                <button class="link" aria-label={model.say(text::CLOSE)} onclick={says(tell, Msg::Dismiss)}>{ "✕" }</button>
            </div>
        </div>
    }
}
