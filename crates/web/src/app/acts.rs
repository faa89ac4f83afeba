//! What acts ask of the browser: workers, files, the clipboard. Comes with all that waits for acts.

use super::colleague::{Colleague, Trade};
use super::dropping;
use super::effect::{after, document, in_tab, storage, window};
use super::msg::{Effect, Msg};
use super::slices::Slices;
use super::{asking, gesture, offline, png, turning};
use crate::proto::{AboutCapture, AboutSweep, Around, AskCapture, Posted, Question};
use gloo::events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use whyeof_render::formats::Written;
use yew::Callback;

/// After so long the first visit has all that it shows, ms.
const SETTLED: i32 = 2_000;

/// Does what it is asked.
pub type Does = Box<dyn FnMut(Effect)>;

/// Does what acts ask for, from now on, and hears of pointers over the page; the file is the one that was dropped or chosen last.
pub fn begin(tell: &Callback<Msg>, file: &dropping::Last) -> Does {
    let mut listeners = gesture::listen(tell);
    listeners.extend(asking::listen(tell));
    listeners.extend(turning::listen(tell));
    let mut acts = Acts {
        tell: tell.clone(),
        beside: Slices::default(),
        file: file.clone(),
        explorer: None,
        clerk: None,
        sweepers: Vec::new(),
        _listeners: listeners,
    };
    Box::new(move |effect| acts.cause(effect))
}

struct Acts {
    tell: Callback<Msg>,
    /// A run to compare with.
    beside: Slices,
    file: dropping::Last,
    explorer: Option<Colleague>,
    clerk: Option<Colleague>,
    /// Those who sweep, while they do.
    sweepers: Vec<Colleague>,
    _listeners: Vec<EventListener>,
}

impl Acts {
    fn cause(&mut self, effect: Effect) {
        match effect {
            Effect::RunBeside(ticket, scenario) => {
                let tell = self.tell.reform(|msg| match msg {
                    Msg::Ran(ticket, run) => Msg::RanBeside(ticket, run),
                    other => other,
                });
                self.beside.begin(ticket, scenario, tell);
            }
            Effect::Explore(question) => self.explore(*question),
            Effect::Clerk(question) => self.ask_clerk(&question),
            Effect::OpenCapture(id, lang) => self.open_capture(id, lang),
            // Ending the worker is how what it reads is given up.
            Effect::StopClerk => self.clerk = None,
            Effect::Sweep(parts) => self.sweep(parts),
            // Ending the workers is how what they do is given up.
            Effect::StopSweep => self.sweepers.clear(),
            Effect::StopExplorer => {
                self.explorer.take_if(|it| it.is_busy());
            }
            Effect::Keep(key, value) => {
                // Private windows may refuse; then it holds until the page is left.
                let _ = storage().map(|storage| storage.set_item(key, &value));
            }
            Effect::KeepInTab(key, value) => {
                let Some(storage) = in_tab() else { return };
                if storage.set_item(key, &value).is_err() {
                    // It is full: what is older must not come back in its place.
                    let _ = storage.remove_item(key);
                }
            }
            Effect::Copy(text) => copy(text, self.tell.clone()),
            Effect::Save(name, mime, file) => {
                // Without a file the reader sees that there is none.
                let _ = save(&name, mime, &file);
            }
            Effect::SavePng(name, svg) => png::save(name, svg),
            Effect::KeepOffline => {
                // The files are many: first the page itself.
                let tell = self.tell.clone();
                after(SETTLED, move || offline::keep(tell));
            }
            Effect::TakeOver => offline::take_over(),
            _ => {}
        }
    }

    /// Posts the clerk the file itself: it is read there.
    fn open_capture(&mut self, id: u32, lang: String) {
        let file = self.file.borrow_mut().take();
        if let Some(file) = file {
            let ask = AskCapture::Open(Posted(file.into()));
            self.ask_clerk(&Question::Capture(AboutCapture { id, ask, lang }));
        }
    }

    fn explore(&mut self, question: Around) {
        if self.explorer.as_ref().is_none_or(Colleague::is_busy) {
            // Ending the worker is how what it does is given up.
            self.explorer = None;
            self.explorer = self.spawn(Trade::Explorer);
        }
        if let Some(explorer) = &self.explorer {
            explorer.ask(&Question::Around(question));
        }
    }

    /// Unlike the explorer, the clerk is never interrupted.
    fn ask_clerk(&mut self, question: &Question) {
        if self.clerk.is_none() {
            self.clerk = self.spawn(Trade::Clerk);
        }
        if let Some(clerk) = &self.clerk {
            clerk.ask(question);
        }
    }

    /// A worker for each part, for as long as it takes.
    fn sweep(&mut self, parts: Vec<AboutSweep>) {
        self.sweepers.clear();
        for part in parts {
            if let Some(worker) = self.spawn(Trade::Clerk) {
                worker.ask(&Question::Sweep(part));
                self.sweepers.push(worker);
            }
        }
    }

    fn spawn(&self, trade: Trade) -> Option<Colleague> {
        let spawned = Colleague::spawn(trade, self.tell.clone());
        let failed = |why: JsValue| self.tell.emit(Msg::WorkerFailed(words(&why)));
        spawned.map_err(failed).ok()
    }
}

fn copy(text: String, tell: Callback<Msg>) {
    let clipboard = window().navigator().clipboard();
    if clipboard.is_undefined() {
        // Browsers offer it on secure addresses only.
        tell.emit(Msg::Copied(false));
        return;
    }
    spawn_local(async move {
        let taken = JsFuture::from(clipboard.write_text(&text)).await.is_ok();
        tell.emit(Msg::Copied(taken));
    });
}

fn save(name: &str, mime: &str, file: &Written) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let bytes = Uint8Array::from(file.bytes());
    let parts = js_sys::Array::of1(&bytes);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    offer(name, &blob)
}

/// Offers a file to keep.
pub(super) fn offer(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    // The browser reads it after this turn.
    after(10_000, move || {
        let _ = Url::revoke_object_url(&address);
    });
    Ok(())
}

fn words(error: &JsValue) -> String {
    error.as_string().unwrap_or_else(|| format!("{error:?}"))
}
