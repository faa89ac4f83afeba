//! The run as files: which there are, and one of them to read here.

use super::{Tell, says};
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::text::{self, fill};
use whyeof_render::formats::{self, Name};
use yew::{Html, html};

/// Most lines of a text that are drawn; the file has them all.
const MOST: usize = 1_000;

/// All formats: to keep, and those that are text to read here.
pub fn list(model: &Model, tell: &Tell) -> Html {
    let entry = |format: &Name| {
        let id = format.id;
        let label = format.label.of(model.lang);
        html! {
            <li key={id} class="file">
                <span class="file-name"><strong>{ label }</strong><span>{ format!(".{}", format.extension) }</span></span>
                if is_text(format) {
                    <button class="apply" data-view={id} aria-label={format!("{}: {label}", model.say(text::VIEW))}
                        onclick={says(tell, Msg::View(id))}>{ model.say(text::VIEW) }</button>
                }
                <button class="apply" data-format={id} aria-label={format!("{}: {label}", model.say(text::DOWNLOAD))}
                    onclick={says(tell, Msg::Export(id))}>{ model.say(text::DOWNLOAD) }</button>
            </li>
        }
    };
    html! { <ul class="gallery small">{ for formats::NAMES.iter().map(entry) }</ul> }
}

fn is_text(format: &Name) -> bool {
    format.mime.starts_with("text/plain")
}

/// The text that was asked for.
pub fn reader(model: &Model, tell: &Tell) -> Html {
    let Some(viewed) = &model.viewed else {
        return Html::default();
    };
    let others = formats::NAMES.iter().filter(|format| is_text(format));
    let tab = |format: &Name| {
        let pressed = (format.id == viewed.format.id).to_string();
        html! {
            <button key={format.id} class="tool" data-view={format.id} aria-pressed={pressed}
                onclick={says(tell, Msg::View(format.id))}>{ format.label.of(model.lang) }</button>
        }
    };
    html! {
        <>
            <div class="tool-group wraps" role="group">{ for others.map(tab) }</div>
            if let Some(written) = &viewed.text { { body(model, tell, viewed.format, written) } }
            else { <p class="quiet" role="status">{ model.say(text::RUNNING) }</p> }
        </>
    }
}

fn body(model: &Model, tell: &Tell, format: Name, written: &str) -> Html {
    let shown: Vec<&str> = written.split_inclusive('\n').take(MOST).collect();
    let more = written.lines().count() - shown.len();
    html! {
        <>
            <pre class="viewed" tabindex="0">{ shown.concat() }</pre>
            if more > 0 { <p class="quiet">{ fill(model.say(text::VIEW_MORE), &[&more.to_string()]) }</p> }
            <p class="view-ways">
                <button class="apply" onclick={says(tell, Msg::Copy(written.to_owned()))}>{ model.say(text::COPY) }</button>
                <button class="apply" data-format={format.id} onclick={says(tell, Msg::Export(format.id))}>{ model.say(text::DOWNLOAD) }</button>
            </p>
        </>
    }
}
