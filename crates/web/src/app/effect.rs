//! The browser: the only place that touches it, for everything the page asks of it and hears from it.

use crate::app::address::AddressBar;
use crate::app::asked;
use crate::app::asking;
use crate::app::dropping;
use crate::app::gesture;
use crate::app::heard;
use crate::app::model::{Env, Lane, Medium, Motion, Reach, Theme};
use crate::app::msg::{Book, Effect, Msg};
use crate::app::offline;
use crate::app::png;
use crate::app::tab::KEEP_TAB;
use crate::app::turning;
use crate::app::viewport::{Scroll, Viewport};
use crate::keys::{self, Focus, Held};
use crate::later;
use crate::proto::{AboutCapture, AboutSweep, Answer, Around, AskCapture, Posted, Question};
use crate::run::Sliced;
use crate::worker;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, BlobPropertyBag, Document, Element, HtmlAnchorElement, HtmlDialogElement, HtmlElement,
    HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, KeyboardEvent, MediaQueryList,
    MessageEvent, NavigationType, Performance, PerformanceNavigationTiming, Response, Storage, Url,
    Window, Worker,
};
use whyeof_render::formats::Written;
use whyeof_scenario::Lang;
use whyeof_sim::world::Progress;
use yew::{Callback, Event, InputEvent, TargetCast};

/// Below this width a host has one lane and the form hides behind a button.
const NARROW: &str = "(max-width: 860px)";
/// A slice of a run, in milliseconds, so that the page answers in between.
const SLICE: f64 = 8.0;
/// Events between two looks at the clock.
const BUDGET: u32 = 2_000;
/// So long after an edit it is kept, ms: a tab may end without a word.
const SOON: u32 = 1_000;
/// After so long the first visit has all that it shows, ms.
const SETTLED: i32 = 2_000;

/// What the page holds of the browser.
pub struct Browser {
    tell: Callback<Msg>,
    frame: Option<AnimationFrame>,
    slices: Slices,
    /// The same of a run to compare with.
    beside: Slices,
    /// The file that was dropped or chosen last.
    file: dropping::Last,
    explorer: Option<Colleague>,
    clerk: Option<Colleague>,
    /// Those who sweep, while they do.
    sweepers: Vec<Colleague>,
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
        listeners.extend(gesture::listen(&tell));
        listeners.extend(asking::listen(&tell));
        listeners.extend(turning::listen(&tell));
        let file = dropping::Last::default();
        listeners.extend(dropping::listen(&tell, &file));
        let address = AddressBar::listen(tell.clone());
        Self {
            viewport: Viewport::new(tell.clone()),
            tell,
            frame: None,
            slices: Slices::default(),
            beside: Slices::default(),
            file,
            explorer: None,
            clerk: None,
            sweepers: Vec::new(),
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
            Effect::Keep(key, value) => {
                // Private windows may refuse; then it holds until the page is left.
                let _ = storage().map(|storage| storage.set_item(key, &value));
            }
            Effect::KeepInTab(key, value) => {
                self.address.flush();
                let Some(storage) = in_tab() else { return };
                if storage.set_item(key, &value).is_err() {
                    // It is full: what is older must not come back in its place.
                    let _ = storage.remove_item(key);
                }
            }
            Effect::KeepSoon => {
                let tell = self.tell.clone();
                self.soon = Some(Timeout::new(SOON, move || tell.emit(Msg::Leaving)));
            }
            Effect::Dress(theme, lang, title) => dress(theme, lang, &title),
            Effect::Load(book) => load(book, self.tell.clone()),
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
            Effect::LoadLater => load_later(self.tell.clone()),
            Effect::TellView => self.viewport.tell_anew(),
            Effect::ScrollDiagram(y) => self.viewport.scroll(y, Scroll::There),
            Effect::PinDiagram(y) => self.viewport.scroll(y, Scroll::Top),
            Effect::CentreDiagram(y) => self.viewport.scroll(y, Scroll::Centre),
            Effect::FollowDiagram(y, to) => self.viewport.scroll(y, Scroll::IntoSight(to)),
            Effect::Mark(_) | Effect::FocusOn(_) | Effect::StepIntoSight => {
                self.after.borrow_mut().push(effect)
            }
        }
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

/// A run in slices, each a task of its own, and one more to tell of it, so that what is drawn then does not come on top. A new run takes the
/// place of the old, whose next slice then never comes: it is dropped with what would wake it.
#[derive(Default)]
struct Slices(Rc<RefCell<Option<Timeout>>>);

impl Slices {
    fn begin(&self, ticket: u32, scenario: Rc<whyeof_scenario::Scenario>, tell: Callback<Msg>) {
        let sliced = match Sliced::new(scenario) {
            Ok(sliced) => sliced,
            // Every scenario has been checked before it comes here.
            Err(wrong) => unreachable!("an edit or a choice let {wrong} pass"),
        };
        Self::go_on(&self.0, ticket, sliced, tell);
    }

    /// What would wake it holds the place where it is kept: it goes when it is taken out.
    fn stop(&self) {
        self.0.borrow_mut().take();
    }

    fn go_on(
        next: &Rc<RefCell<Option<Timeout>>>,
        ticket: u32,
        mut sliced: Sliced,
        tell: Callback<Msg>,
    ) {
        let start = performance().now();
        while sliced.advance(BUDGET) == Progress::Running {
            if performance().now() - start < SLICE {
                continue;
            }
            tell.emit(Msg::StillRunning(ticket, sliced.records(), sliced.now()));
            let then = Rc::clone(next);
            let go_on = move || Self::go_on(&then, ticket, sliced, tell);
            *next.borrow_mut() = Some(Timeout::new(0, go_on));
            return;
        }
        let run = Rc::new(sliced.finish());
        let told = move || tell.emit(Msg::Ran(ticket, run));
        *next.borrow_mut() = Some(Timeout::new(0, told));
    }
}

fn load_later(tell: Callback<Msg>) {
    spawn_local(async move { tell.emit(Msg::Later(later::load().await)) });
}

/// What a worker is for.
#[derive(Clone, Copy)]
enum Trade {
    /// Runs around a request: the page's own program.
    Explorer,
    /// Files and packed links: a program of its own.
    Clerk,
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

/// A worker of its own.
struct Colleague {
    worker: Worker,
    state: Rc<RefCell<Asked>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

/// What the worker has been asked.
#[derive(Default)]
struct Asked {
    ready: bool,
    /// Wait for `Ready`: a message posted before that is lost.
    waiting: Vec<JsValue>,
    /// Questions under way.
    open: u32,
}

impl Colleague {
    fn spawn(trade: Trade, tell: Callback<Msg>) -> Result<Self, JsValue> {
        let worker = Worker::new(&named("worker")?)?;
        worker.post_message(&match trade {
            Trade::Explorer => worker::start(),
            Trade::Clerk => worker::start_from(&named("clerk")?),
        })?;
        let state = Rc::new(RefCell::new(Asked::default()));
        let (asked, posts, told) = (Rc::clone(&state), worker.clone(), tell.clone());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(answer) = heard::answer(&event.data()) else {
                told.emit(Msg::WorkerFailed(
                    "an answer that cannot be read".to_owned(),
                ));
                return;
            };
            hear(&mut asked.borrow_mut(), &posts, &answer);
            told.emit(Msg::Worker(answer));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let error = event.dyn_ref::<web_sys::ErrorEvent>();
            tell.emit(Msg::WorkerFailed(
                error.map(|e| e.message()).unwrap_or_default(),
            ));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            state,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    fn is_busy(&self) -> bool {
        self.state.borrow().open > 0
    }

    fn ask(&self, question: &Question) {
        let mut state = self.state.borrow_mut();
        let value = asked::question(question);
        state.open = 1;
        if state.ready {
            // It fails only for what cannot be copied.
            let _ = self.worker.post_message(&value);
        } else {
            state.waiting.push(value);
        }
    }
}

impl Drop for Colleague {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn hear(state: &mut Asked, worker: &Worker, answer: &Answer) {
    match answer {
        Answer::Ready => {
            state.ready = true;
            for question in state.waiting.drain(..) {
                let _ = worker.post_message(&question);
            }
        }
        Answer::Done { .. } | Answer::Failed { .. } => state.open = 0,
        _ => {}
    }
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

fn performance() -> Performance {
    window()
        .performance()
        .expect("every browser that runs wasm has a clock")
}

fn media(query: &str) -> Option<MediaQueryList> {
    window().match_media(query).ok().flatten()
}

fn storage() -> Option<Storage> {
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
fn in_tab() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn kept(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn words(error: &JsValue) -> String {
    error.as_string().unwrap_or_else(|| format!("{error:?}"))
}
