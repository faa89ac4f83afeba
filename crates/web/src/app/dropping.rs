//! Files that are dropped on the page or chosen: the browser hands them over here, and the clerk reads them.

use crate::app::capture::Watch;
use crate::app::effect::document;
use crate::app::msg::Msg;
use gloo::events::{EventListener, EventListenerOptions};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, Event, File, HtmlInputElement};
use yew::Callback;

/// The file that was dropped or chosen last.
pub type Last = Rc<RefCell<Option<File>>>;

/// What a field for files has as its class.
const FIELD: &str = "open-file";
/// What the page's root has while a file is over it.
const OVER: &str = "dropping";

/// Listens from now on.
pub(super) fn listen(tell: &Callback<Msg>, last: &Last) -> Vec<EventListener> {
    let on = |name: &'static str, hear: fn(&Event) -> Option<File>| {
        let (tell, last) = (tell.clone(), Rc::clone(last));
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&document(), name, options, move |event| {
            if let Some(file) = hear(event) {
                let (name, size) = (file.name(), file.size());
                *last.borrow_mut() = Some(file);
                tell.emit(Msg::Capture(Watch::File(name, size)));
            }
        })
    };
    vec![
        on("dragover", |event| {
            if brings_files(event) {
                event.prevent_default();
                mark(true);
            }
            None
        }),
        on("dragleave", |event| {
            // It fires for each element; only with none next has the page been left.
            let left = event.dyn_ref::<DragEvent>()?.related_target().is_none();
            if left {
                mark(false);
            }
            None
        }),
        on("drop", |event| {
            mark(false);
            let files = event.dyn_ref::<DragEvent>()?.data_transfer()?.files()?;
            let file = files.get(0)?;
            event.prevent_default();
            Some(file)
        }),
        on("change", |event| {
            let field: HtmlInputElement = event.target()?.dyn_into().ok()?;
            if !field.class_list().contains(FIELD) {
                return None;
            }
            let file = field.files()?.get(0);
            // The same file may be chosen once more.
            field.set_value("");
            file
        }),
    ]
}

fn brings_files(event: &Event) -> bool {
    let brought = event
        .dyn_ref::<DragEvent>()
        .and_then(DragEvent::data_transfer);
    brought.is_some_and(|it| it.types().includes(&"Files".into(), 0))
}

fn mark(over: bool) {
    let root: Option<Element> = document().document_element();
    if let Some(root) = root {
        // A class that the page itself does not set.
        let _ = root.class_list().toggle_with_force(OVER, over);
    }
}
