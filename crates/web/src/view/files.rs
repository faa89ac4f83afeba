//! The run as files: which there are, and one of them to read here.

use super::{Tell, button, says};
use crate::app::model::{Model, Theme};
use crate::app::msg::Msg;
use crate::text::{self, fill};
use whyeof_render::formats::{self, Name, Shown};
use yew::{AttrValue, Html, html};

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
                if format.shown != Shown::Elsewhere {
                    <button class="apply" data-view={id} aria-label={format!("{}: {label}", model.say(text::VIEW))}
                        onclick={says(tell, Msg::View(id))}>{ model.say(text::VIEW) }</button>
                }
                <button class="apply" data-format={id} aria-label={format!("{}: {label}", model.say(text::DOWNLOAD))}
                    onclick={says(tell, Msg::Export(id))}>{ model.say(text::DOWNLOAD) }</button>
            </li>
        }
    };
    let known = |format: &&Name| model.capture.is_none() || formats::knows(format.id);
    html! {
        <>
            <ul class="gallery small">{ for formats::NAMES.iter().filter(known).map(entry) }</ul>
            <p class="file"><span class="file-name"><strong>{ model.say(text::PNG) }</strong><span>{ ".png" }</span></span>
                { button(tell, "png-light", "apply", model.say(text::THEME_LIGHT), Msg::Png(Theme::Light)) }{ " " }
                { button(tell, "png-dark", "apply", model.say(text::THEME_DARK), Msg::Png(Theme::Dark)) }
            </p>
        </>
    }
}

/// The text that was asked for.
pub fn reader(model: &Model, tell: &Tell) -> Html {
    let Some(viewed) = &model.writing.viewed else {
        return Html::default();
    };
    let others = formats::NAMES
        .iter()
        .filter(|format| format.shown != Shown::Elsewhere);
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
    html! {
        <>
            { shown(model, format, written) }
            <p class="view-ways">
                { button(tell, "", "apply", model.say(text::COPY), Msg::Copy(written.to_owned())) }
                <button class="apply" data-format={format.id} onclick={says(tell, Msg::Export(format.id))}>{ model.say(text::DOWNLOAD) }</button>
            </p>
        </>
    }
}

fn shown(model: &Model, format: Name, written: &str) -> Html {
    if format.shown == Shown::Picture {
        let picture = AttrValue::from(bare(written));
        return html! { <div class="viewed">{ Html::from_html_unchecked(picture) }</div> };
    }
    let lines: Vec<&str> = written.split_inclusive('\n').take(MOST).collect();
    let more = written.lines().count() - lines.len();
    html! {
        <>
            <pre class="viewed" tabindex="0">{ lines.concat() }</pre>
            if more > 0 { <p class="quiet">{ fill(model.say(text::VIEW_MORE), &[&more.to_string()]) }</p> }
        </>
    }
}

/// A picture without the class, the colours and the paper of its file: the page has its own.
fn bare(svg: &str) -> String {
    let (head, rest) = svg.split_once("<style>").unwrap_or((svg, ""));
    let rest = rest.split_once("</style>").map_or(rest, |(_, rest)| rest);
    let rest = rest
        .split_once("fill=\"Canvas\"/>")
        .map_or(rest, |(_, rest)| rest);
    let head = head.replacen("wy-file ", "", 1);
    format!("{head}{rest}")
}
