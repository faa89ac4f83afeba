//! The page without a network: asks the browser to keep the site's files, and hears of a newer version.
//!
//! `www/offline.js` does the keeping. A newer version waits there until the reader takes it; then the page is loaded anew, and finds
//! its link in the address and its drafts in this tab's storage.

use super::effect::{named, window};
use crate::app::msg::Msg;
use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState,
};
use yew::Callback;

/// Keeps the site's files from now on. A browser without service workers, or a page that came over a connection that is not safe, goes
/// without.
pub(super) fn keep(tell: Callback<Msg>) {
    spawn_local(async move {
        let _ = register(tell).await;
    });
}

async fn register(tell: Callback<Msg>) -> Result<(), JsValue> {
    let script = named("offline")?;
    let Some(container) = container() else {
        return Ok(());
    };
    let registration: ServiceWorkerRegistration = container.register(&script).await?.dyn_into()?;
    if registration.waiting().is_some() {
        tell.emit(Msg::Newer);
    }
    let found = registration.clone();
    let listener = EventListener::new(&registration, "updatefound", move |_| {
        if let Some(installing) = found.installing() {
            hear(installing, tell.clone());
        }
    });
    // For as long as the page is open.
    listener.forget();
    Ok(())
}

/// Waits until a version has been kept. The first one is nobody's successor.
fn hear(installing: ServiceWorker, tell: Callback<Msg>) {
    let worker = installing.clone();
    let listener = EventListener::new(&installing, "statechange", move |_| {
        let is_next = container().is_some_and(|container| container.controller().is_some());
        if worker.state() == ServiceWorkerState::Installed && is_next {
            tell.emit(Msg::Newer);
        }
    });
    listener.forget();
}

/// Takes the version that waits, and loads the page anew when it has taken over.
pub(super) fn take_over() {
    spawn_local(async {
        let _ = try_to_take_over().await;
    });
}

async fn try_to_take_over() -> Result<(), JsValue> {
    let Some(container) = container() else {
        return Ok(());
    };
    let registration: ServiceWorkerRegistration = container.ready()?.await?.dyn_into()?;
    let listener = EventListener::once(&container, "controllerchange", |_| {
        // A page that cannot be loaded anew stays.
        let _ = window().location().reload();
    });
    listener.forget();
    match registration.waiting() {
        Some(waiting) => waiting.post_message(&"take over".into()),
        None => window().location().reload(),
    }
}

/// `None` where a browser has none: some do not over plain HTTP.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let has = js_sys::Reflect::has(&navigator, &"serviceWorker".into());
    has.unwrap_or(false).then(|| navigator.service_worker())
}
