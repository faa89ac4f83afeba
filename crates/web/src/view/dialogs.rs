//! Windows over the page: scenarios, share, keys; on a phone also the form and the inspector.

use super::{
    Tell, button, capture, cast, compare, files, form, gallery, inspector, lesson, look, orders,
    pairs, paste, reality, risk, says, sweep, terms,
};
use crate::app::effect::value;
use crate::app::lesson::hides;
use crate::app::model::{Dialog, Lane, Model, Reach};
use crate::app::msg::Msg;
use crate::app::update::fragment;
use crate::keys;
use crate::link;
use crate::text::{self, fill};
use whyeof_scenario::Text;
use whyeof_scenario::link::fits_chat;
use yew::{Callback, Event, Html, InputEvent, html};

/// The open window, if any.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let narrow = model.env.lanes == Lane::One;
    let (id, title, body) = match model.dialog {
        None => return Html::default(),
        Some(Dialog::Keys) => ("keys-window", text::KEYS_TITLE, keys(model, tell)),
        Some(Dialog::Gallery) => (
            "gallery-window",
            text::GALLERY_TITLE,
            gallery::view(model, tell),
        ),
        Some(Dialog::Share) => ("share-window", text::SHARE_TITLE, share(model, tell)),
        Some(Dialog::Export) => ("export-window", text::EXPORT, files::list(model, tell)),
        Some(Dialog::View) => ("view-window", text::VIEW, files::reader(model, tell)),
        Some(Dialog::Compare) => (
            "compare-window",
            text::COMPARE_WITH,
            compare::choices(model, tell),
        ),
        Some(Dialog::Capture) => (
            "capture-window",
            text::CAPTURE_TITLE,
            capture::opener(model, tell),
        ),
        Some(Dialog::Error) => ("error-window", text::ERROR_TITLE, paste::view(model, tell)),
        Some(Dialog::Risk) => ("risk-window", text::RISK_TITLE, risk::view(model, tell)),
        Some(Dialog::Sweep) => ("sweep-window", text::SWEEP, sweep::view(model, tell)),
        Some(Dialog::Orders) => ("orders-window", text::ORDERS, orders::view(model, tell)),
        Some(Dialog::Qr) => ("qr-window", text::QR, qr(model)),
        Some(Dialog::Lessons) => ("lessons-window", text::LESSONS, lesson::list(model, tell)),
        Some(Dialog::Reality) => ("reality-window", text::REALITY, reality::view(model)),
        Some(Dialog::Pairs) => ("pairs-window", text::PAIRS, pairs::view(model, tell)),
        Some(Dialog::Cast) => ("cast-window", text::CAST, cast::view(model)),
        Some(Dialog::Terms) => ("terms-window", text::TERMS, terms::view(model)),
        Some(Dialog::Look) if narrow => ("look-window", text::LOOK, look::body(model, tell)),
        Some(Dialog::Settings) if narrow => {
            ("settings-window", text::SETTINGS, form::body(model, tell))
        }
        Some(Dialog::Inspector) if narrow => (
            "inspector-window",
            text::SELECTED,
            inspector::view(model, tell),
        ),
        Some(Dialog::Look | Dialog::Settings | Dialog::Inspector) => return Html::default(),
    };
    window(model, tell, id, title, body)
}

fn window(model: &Model, tell: &Tell, id: &'static str, title: Text, body: Html) -> Html {
    let close = says::<Event>(tell, Msg::Open(None));
    html! {
        <dialog key={id} {id} aria-label={model.say(title)} onclose={close}>
            <div class="dialog-head">
                <h2>{ model.say(title) }</h2>
                <button class="tool round close" aria-label={model.say(text::CLOSE)} onclick={says(tell, Msg::Open(None))}>{ "✕" }</button>
            </div>
            { body }
        </dialog>
    }
}

fn keys(model: &Model, tell: &Tell) -> Html {
    let row = |(names, what): &(&'static str, Text)| {
        let keys = names.split(' ').filter(|name| !name.is_empty());
        html! { <div><dt>{ for keys.map(|k| html! { <kbd>{ k }</kbd> }) }</dt><dd>{ model.say(*what) }</dd></div> }
    };
    html! {
        <>
            <dl class="keys">{ for keys::HELP.iter().map(row) }</dl>
            <p>{ button(tell, "terms", "link", model.say(text::TERMS_ALL), Msg::Open(Some(Dialog::Terms))) }</p>
        </>
    }
}

fn share(model: &Model, tell: &Tell) -> Html {
    // Packed long before anybody opens this window.
    let fragment = fragment(model).unwrap_or_default();
    let whole = format!("{}{fragment}", model.env.base);
    let local = model.env.reach == Reach::ThisMachine;
    let field = |id: &'static str, name: Text, value: String| {
        html! {
            <div class="copyable">
                <label for={id}>{ model.say(name) }</label>
                <input {id} type="text" readonly=true value={value.clone()} />
                { button(tell, "", "apply", model.say(text::COPY), Msg::Copy(value)) }
            </div>
        }
    };
    let told = tell.clone();
    let paste = Callback::from(move |event: InputEvent| told.emit(Msg::Paste(value(&event))));
    html! {
        <div class="share">
            if local { <p class="notice fair" id="share-local">{ model.say(text::SHARE_LOCAL) }</p> }
            { field("share-link", text::SHARE_LINK, whole.clone()) }
            if local { { field("share-part", text::SHARE_PART, fragment) } }
            if !fits_chat(&whole) { <p class="quiet">{ fill(model.say(text::SHARE_LONG), &[&whole.len().to_string()]) }</p> }
            if let Some(said) = copied(model) { <p class="quiet" role="status">{ said }</p> }
            // It would show what a lesson still asks.
            if let Some(snippet) = embed(model).filter(|_| hides(model).is_none()) { { field("share-embed", text::SHARE_EMBED, snippet) } }
            <details class="qr-details"><summary>{ model.say(text::QR) }</summary>{ qr(model) }</details>
            <h3>{ model.say(text::PASTE_TITLE) }</h3>
            <form class="copyable" onsubmit={submit(tell)}>
                <label for="paste">{ model.say(text::PASTE_HELP) }</label>
                <input id="paste" type="text" autocomplete="off" spellcheck="false" value={model.pasting.clone()} oninput={paste} />
                <button id="paste-open" class="apply" type="submit">{ model.say(text::OPEN) }</button>
            </form>
            if let Some(error) = wrong_paste(model) { <p class="about error" role="alert" id="paste-wrong">{ error }</p> }
            if model.env.lanes == Lane::One && hides(model).is_none() {
                // The bar has no room for it.
                <h3>{ model.say(text::EXPORT) }</h3>
                { files::list(model, tell) }
            }
        </div>
    }
}

/// What another page has to say to have this run in it, to be looked at; `None` until it is packed.
fn embed(model: &Model) -> Option<String> {
    let address = format!("{}{}", model.env.base, link::embedded(model)?);
    let attribute = |words: &str| {
        let words = words.replace('&', "&amp;").replace('"', "&quot;");
        words.replace('<', "&lt;").replace('>', "&gt;")
    };
    let (address, title) = (attribute(&address), attribute(&model.title()));
    Some(format!(
        "<iframe src=\"{address}\" title=\"{title}\" width=\"100%\" height=\"720\" loading=\"lazy\"></iframe>"
    ))
}

/// The link as a picture that a phone reads.
fn qr(model: &Model) -> Html {
    let Some((link, picture)) = &model.qr else {
        return html! { <p class="quiet" role="status">{ model.say(text::RUNNING) }</p> };
    };
    let Some(picture) = picture else {
        return html! { <p>{ fill(model.say(text::QR_LONG), &[&link.len().to_string()]) }</p> };
    };
    let data = String::from(js_sys::encode_uri_component(picture));
    html! {
        <figure class="qr">
            <img id="qr" src={format!("data:image/svg+xml;charset=utf-8,{data}")} alt={model.say(text::QR)} />
            if model.env.reach == Reach::ThisMachine { <figcaption class="quiet">{ model.say(text::QR_LOCAL) }</figcaption> }
        </figure>
    }
}

fn submit(tell: &Tell) -> Callback<yew::SubmitEvent> {
    let tell = tell.clone();
    Callback::from(move |event: yew::SubmitEvent| {
        event.prevent_default();
        tell.emit(Msg::Pasted);
    })
}

fn copied(model: &Model) -> Option<&'static str> {
    use crate::app::model::Notice;
    match model.notice {
        Some(Notice::Copied) => Some(model.say(text::SHARE_COPIED)),
        Some(Notice::CopyFailed) => Some(model.say(text::COPY_FAILED)),
        _ => None,
    }
}

fn wrong_paste(model: &Model) -> Option<String> {
    match &model.notice {
        Some(crate::app::model::Notice::BadPaste(error)) => {
            Some(fill(model.say(text::LINK_BAD), &[&error.say(model.lang)]))
        }
        _ => None,
    }
}
