//! The browser, for what the page asks of it and hears from it without an act; what acts ask for is in `acts.rs`. Nothing but these two and what
//! they call touches it.

use crate::app::acts;
use crate::app::address::AddressBar;
use crate::app::dropping;
use crate::app::model::{Env, Lane, Medium, Motion, Reach, Theme};
use crate::app::msg::{Book, Effect, Msg};
use crate::app::slices::Slices;
use crate::app::tab::KEEP_TAB;
use crate::app::viewport::{Scroll, Viewport};
use crate::keys::{self, Focus, Held};
use crate::later;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Document, Element, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlSelectElement,
    HtmlTextAreaElement, KeyboardEvent, MediaQueryList, NavigationType, Performance,
    PerformanceNavigationTiming, Response, Storage, Window,
};
use whyeof_scenario::Lang;
use yew::{Callback, Event, InputEvent, TargetCast};

/// Below this width a host has one lane and the form hides behind a button.
const NARROW: &str = "(max-width: 860px)";
/// So long after an edit it is kept, ms: a tab may end without a word.
const SOON: u32 = 1_000;

/// What the page holds of the browser.
pub struct Browser {
    tell: Callback<Msg>,
    frame: Option<AnimationFrame>,
    slices: Slices,
    /// The file that was dropped or chosen last.
    file: dropping::Last,
    /// Does what acts ask for.
    acts: Option<acts::Does>,
    address: AddressBar,
    /// To be done when the page has been drawn.
    after: RefCell<Vec<Effect>>,
    viewport: Viewport,
    /// Keeps what this tab has, a while after the last edit.
    soon: Option<Timeout>,
    _listeners: Vec<EventListener>,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser")
    }
}

impl Browser {
    /// Hears of the address, the keyboard and the width from now on.
    pub fn listen(tell: Callback<Msg>) -> Self {
        let mut listeners = vec![on_keys(&tell), on_width(&tell)];
        listeners.extend(on_print(&tell));
        listeners.extend(on_leaving(&tell));
        let file = dropping::Last::default();
        listeners.extend(dropping::listen(&tell, &file));
        let address = AddressBar::listen(tell.clone());
        Self {
            viewport: Viewport::new(tell.clone()),
            tell,
            frame: None,
            slices: Slices::default(),
            file,
            acts: None,
            address,
            after: RefCell::default(),
            soon: None,
            _listeners: listeners,
        }
    }

    /// What the page starts with.
    pub fn env(&self) -> Env {
        let location = window().location();
        let href = location.href().unwrap_or_default();
        let (base, _) = href.split_once('#').unwrap_or((&href, ""));
        let languages = window().navigator().languages();
        let matches = |query| media(query).is_some_and(|list| list.matches());
        Env {
            base: base.to_owned(),
            fragment: location.hash().unwrap_or_default(),
            languages: languages.iter().filter_map(|tag| tag.as_string()).collect(),
            kept_lang: kept(crate::app::update::KEEP_LANG),
            kept_theme: kept(crate::app::update::KEEP_THEME),
            kept_lessons: kept(crate::app::lesson::KEEP_LESSONS),
            kept_tab: in_tab()
                .filter(|_| comes_back())
                .and_then(|it| it.get_item(KEEP_TAB).ok().flatten()),
            motion: match matches("(prefers-reduced-motion: reduce)") {
                true => Motion::Reduced,
                false => Motion::Full,
            },
            lanes: lanes(matches(NARROW)),
            reach: reach(&location.hostname().unwrap_or_default()),
            cores: cores(),
        }
    }

    /// Does what is asked, or sees to it that it will be done.
    pub fn cause(&mut self, effect: Effect) {
        match effect {
            Effect::Run(ticket, scenario) => {
                self.slices.begin(ticket, scenario, self.tell.clone());
            }
            Effect::StopRun => self.slices.stop(),
            Effect::ReplaceAddress(fragment) => self.address.show(fragment),
            Effect::NextFrame => {
                let tell = self.tell.clone();
                self.frame = Some(request_animation_frame(move |now| {
                    tell.emit(Msg::Frame(now))
                }));
            }
            Effect::Then(msg) => {
                let tell = self.tell.clone();
                after(0, move || tell.emit(*msg));
            }
            Effect::AfterFrame(msg) => after_frame(self.tell.clone(), msg),
            Effect::KeepSoon => {
                let tell = self.tell.clone();
                self.soon = Some(Timeout::new(SOON, move || tell.emit(Msg::Leaving)));
            }
            Effect::Dress(theme, lang, title) => dress(theme, lang, &title),
            Effect::Load(book) => load(book, self.tell.clone()),
            Effect::LoadLater => load_later(self.tell.clone()),
            Effect::TellView => self.viewport.tell_anew(),
            Effect::ScrollDiagram(y) => self.viewport.scroll(y, Scroll::There),
            Effect::PinDiagram(y) => self.viewport.scroll(y, Scroll::Top),
            Effect::CentreDiagram(y) => self.viewport.scroll(y, Scroll::Centre),
            Effect::FollowDiagram(y, to) => self.viewport.scroll(y, Scroll::IntoSight(to)),
            Effect::Mark(_) | Effect::FocusOn(_) | Effect::StepIntoSight => {
                self.after.borrow_mut().push(effect)
            }
            other => self.act(other),
        }
    }

    /// What acts ask for. Before all of it is there nobody has acted, and there is nothing to stop.
    fn act(&mut self, effect: Effect) {
        if matches!(effect, Effect::KeepInTab(..)) {
            self.address.flush();
        }
        let Some(later) = later::get() else { return };
        let begin = || (later.acts)(&self.tell, &self.file);
        self.acts.get_or_insert_with(begin)(effect);
    }

    /// The page has been drawn: does what had to wait for that.
    pub fn rendered(&self) {
        for effect in self.after.take() {
            match effect {
                Effect::Mark(name) => {
                    // A measurement; nothing depends on it.
                    let _ = performance().mark(name);
                }
                Effect::FocusOn(id) => focus_on(id),
                Effect::StepIntoSight => step_into_sight(),
                _ => {}
            }
        }
        open_dialogs();
        self.viewport.settle();
    }
}

fn load_later(tell: Callback<Msg>) {
    spawn_local(async move { tell.emit(Msg::Later(later::load().await)) });
}

fn after_frame(tell: Callback<Msg>, msg: Box<Msg>) {
    let told = move || after(0, move || tell.emit(*msg));
    let framed = Closure::once_into_js(told);
    // A page in no window has no frames, and nobody waits for one there.
    let _ = window().request_animation_frame(framed.unchecked_ref());
}

/// Does this once, so many milliseconds from now. A [`Timeout`] that is forgotten keeps its closure for as long as the page is open, and what
/// is called here goes with its call.
pub(super) fn after(millis: i32, then: impl FnOnce() + 'static) {
    let then = Closure::once_into_js(then);
    let then = then.unchecked_ref();
    // No browser refuses a function.
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(then, millis);
}

/// Processors that programs may use; a browser that does not say has one.
fn cores() -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    let cores = window().navigator().hardware_concurrency() as u32;
    cores.max(1)
}

/// The address of a file that the page names.
pub(super) fn named(name: &str) -> Result<String, JsValue> {
    let meta = document().query_selector(&format!("meta[name={name}]"))?;
    let address = meta.and_then(|meta| meta.get_attribute("content"));
    address.ok_or_else(|| format!("the page names no {name}").into())
}

fn on_keys(tell: &Callback<Msg>) -> EventListener {
    let tell = tell.clone();
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if event.alt_key() || event.default_prevented() || is_covered() {
            return;
        }
        let held = match (event.ctrl_key() || event.meta_key(), event.shift_key()) {
            (false, _) => Held::Plain,
            (true, false) => Held::Command,
            (true, true) => Held::CommandShift,
        };
        let (key, focus) = (event.key(), focus_of(event));
        let on_a_wall = document().query_selector("main.present").ok().flatten();
        let msg = match on_a_wall {
            Some(_) => keys::on_a_wall(&key, held, focus),
            None => keys::msg(&key, held, focus),
        };
        if let Some(msg) = msg {
            event.prevent_default();
            tell.emit(msg);
        }
    })
}

fn on_width(tell: &Callback<Msg>) -> EventListener {
    let tell = tell.clone();
    let list = media(NARROW).expect("a valid media query");
    let now = list.clone();
    EventListener::new(&list, "change", move |_| {
        tell.emit(Msg::Lanes(lanes(now.matches())))
    })
}

/// The page goes, or goes out of sight, after which nothing more may be heard.
fn on_leaving(tell: &Callback<Msg>) -> [EventListener; 2] {
    let (left, covered) = (tell.clone(), tell.clone());
    [
        EventListener::new(&window(), "pagehide", move |_| left.emit(Msg::Leaving)),
        EventListener::new(&document(), "visibilitychange", move |_| {
            if document().hidden() {
                covered.emit(Msg::Leaving);
            }
        }),
    ]
}

/// The page is drawn between these two events and what is printed.
fn on_print(tell: &Callback<Msg>) -> [EventListener; 2] {
    let on = |event: &'static str, medium: Medium| {
        let tell = tell.clone();
        EventListener::new(&window(), event, move |_| tell.emit(Msg::Medium(medium)))
    };
    [
        on("beforeprint", Medium::Paper),
        on("afterprint", Medium::Screen),
    ]
}

/// What takes the key that was pressed.
fn focus_of(event: &KeyboardEvent) -> Focus {
    let Some(element) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return Focus::Page;
    };
    let has = element.get_attribute("data-has");
    let input = element.dyn_ref::<HtmlInputElement>();
    match element.tag_name().as_str() {
        "INPUT" if has.is_some() && input.map(HtmlInputElement::value) == has => Focus::Settled,
        "INPUT" | "SELECT" | "TEXTAREA" => Focus::Field,
        "BUTTON" | "A" | "SUMMARY" => Focus::Button,
        _ => Focus::Page,
    }
}

/// Whether a window over the page takes the keys.
fn is_covered() -> bool {
    document()
        .query_selector("dialog[open]")
        .ok()
        .flatten()
        .is_some()
}

const fn lanes(narrow: bool) -> Lane {
    if narrow { Lane::One } else { Lane::Two }
}

fn reach(host: &str) -> Reach {
    let own = host.is_empty() || host == "localhost" || host == "[::1]";
    if own || host.starts_with("127.") || host.ends_with(".localhost") {
        Reach::ThisMachine
    } else {
        Reach::Shared
    }
}

fn dress(theme: Theme, lang: Lang, title: &str) {
    let document = document();
    let title = format!("{title} · whyeof");
    if document.title() != title {
        document.set_title(&title);
    }
    if let Some(root) = document.document_element() {
        let tag = match lang {
            Lang::En => "en",
            Lang::Zh => "zh-CN",
        };
        for (name, value) in [("lang", tag), ("data-theme", theme.id())] {
            // Set anew, the same value too makes the browser find the style of every element again.
            if root.get_attribute(name).as_deref() != Some(value) {
                // Neither name is one that an element could refuse.
                let _ = root.set_attribute(name, value);
            }
        }
    }
}

fn load(book: Book, tell: Callback<Msg>) {
    let path = match book {
        Book::Stories => "./stories.json",
        Book::Cast => "./cast.json",
        Book::Help => "./help.json",
        Book::Lessons => "./lessons.json",
        Book::Symptoms => "./symptoms.json",
        Book::Terms => "./terms.json",
        Book::Pairs => "./pairs.tsv",
        Book::Reality => "./reality.tsv",
    };
    spawn_local(async move { tell.emit(Msg::Loaded(book, fetch(path).await)) });
}

async fn fetch(path: &str) -> Option<String> {
    let answer = JsFuture::from(window().fetch_with_str(path)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    let text = JsFuture::from(answer.text().ok()?).await.ok()?;
    text.as_string().filter(|_| answer.ok())
}

fn focus_on(id: &str) {
    let found = document().get_element_by_id(id);
    if let Some(element) = found.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        // What is gone meanwhile cannot have the focus.
        let _ = element.focus();
    }
}

/// Scrolls the reasons, where they scroll by themselves, as little as shows the step that is selected: the panel of what is selected takes room
/// from them.
fn step_into_sight() {
    into_sight(".because", ".step[aria-current]");
    into_sight(".flows", ".flow[aria-current]");
}

/// Scrolls a box so far that this in it is to be seen.
fn into_sight(around: &str, of: &str) {
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let Some((reasons, step)) = find(around).zip(find(&format!("{around} {of}"))) else {
        return;
    };
    let (around, step) = (
        reasons.get_bounding_client_rect(),
        step.get_bounding_client_rect(),
    );
    let (above, beneath) = (step.top() - around.top(), step.bottom() - around.bottom());
    let by = match (above < 0.0, beneath > 0.0) {
        (true, _) => above,
        (false, true) => beneath,
        (false, false) => return,
    };
    reasons.set_scroll_top(reasons.scroll_top() + by.round() as i32);
}

/// Opens the windows that have just been drawn, as the browser opens them: with the focus in them and Esc to close.
fn open_dialogs() {
    let Ok(closed) = document().query_selector_all("dialog:not([open])") else {
        return;
    };
    for at in 0..closed.length() {
        if let Some(dialog) = closed
            .get(at)
            .and_then(|d| d.dyn_into::<HtmlDialogElement>().ok())
        {
            // It is refused only for one that is open.
            let _ = dialog.show_modal();
        }
    }
}

/// What stands in the field that an event comes from.
pub fn value(event: &InputEvent) -> String {
    if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
        return input.value();
    }
    event
        .target_dyn_into::<HtmlTextAreaElement>()
        .map(|area| area.value())
        .unwrap_or_default()
}

/// What was chosen in, or put into, the field that an event comes from.
pub fn chosen(event: &Event) -> String {
    if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
        return select.value();
    }
    if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
        return area.value();
    }
    event
        .target_dyn_into::<HtmlInputElement>()
        .map(|input| input.value())
        .unwrap_or_default()
}

pub(super) fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

pub(super) fn document() -> Document {
    window().document().expect("a window has a document")
}

pub(super) fn performance() -> Performance {
    window()
        .performance()
        .expect("every browser that runs wasm has a clock")
}

fn media(query: &str) -> Option<MediaQueryList> {
    window().match_media(query).ok().flatten()
}

pub(super) fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Whether this page was loaded anew, or come back to: who follows a link begins with what is in the link.
fn comes_back() -> bool {
    let entries = performance().get_entries_by_type("navigation");
    let came = entries.get(0).dyn_into::<PerformanceNavigationTiming>();
    came.is_ok_and(|came| {
        let how = came.type_();
        matches!(how, NavigationType::Reload | NavigationType::BackForward)
    })
}

/// What lasts as long as this tab.
pub(super) fn in_tab() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn kept(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}
