//! What each message makes of the model: pure, so that every rule of the page is tested without a browser.

use crate::app::compare;
use crate::app::instant;
use crate::app::knob::{self, Half};
use crate::app::lesson::{self, Learn};
use crate::app::model::{
    Beside, Dialog, Fresh, Freshness, Lane, Model, Notice, Played, Screen, Shown, Strip, Tried,
};
use crate::app::msg::{Book, Effect, Msg};
use crate::app::{
    animate, answers, books, by_hand, capture, config, edits, files, look, many, navigate, pairs,
    sweep, tab, windows,
};
use crate::later;
use crate::link;
use crate::picture::Picture;
use crate::proto::{Answer, Question};
use crate::run::Run;
use crate::view::form::in_play;
use std::ops::ControlFlow;
use std::rc::Rc;
use whyeof_diagnose::Tone;
use whyeof_scenario::{Lang, presets, symptoms};
use whyeof_trace::RecordId;

/// Keeps the reader's language.
pub const KEEP_LANG: &str = "whyeof.lang";
/// Keeps the reader's theme.
pub const KEEP_THEME: &str = "whyeof.theme";

/// Whether the page has to be drawn anew after a message.
pub fn shows(model: &Model, msg: &Msg) -> bool {
    match msg {
        Msg::Said(msg) => shows(model, msg),
        // It has been foreseen.
        Msg::Scrolled(..) if model.knob.hurries() => false,
        Msg::Scrolled(from, room) => {
            let covers = |picture: &Rc<Picture>| picture.covers((*from, *room));
            let mut pictures = model.picture.iter().chain(&model.picture_before);
            model.lit.at.is_some() || !pictures.all(covers)
        }
        // They come all at once; some at a time are drawn.
        Msg::Worker(Answer::Card { .. }) => {
            let drawn = model.cards.len() + 1;
            drawn.is_multiple_of(16) || drawn == presets::ALL.len()
        }
        // The run is drawn, not that it was asked for.
        Msg::Dragged(..) | Msg::DragOn | Msg::Dropped | Msg::Address => false,
        // It is laid out, and then drawn.
        Msg::Ran(..) => !model.knob.hurries(),
        // A tenth of a second is often enough to look how far it is.
        Msg::StillRunning(..) => model.running.is_some_and(|it| it.is_told_next()),
        Msg::Point(None) => model.lit.at.is_some(),
        Msg::Point(Some((record, _))) => model.lit.records != [*record] || model.lit.at.is_none(),
        _ => true,
    }
}

/// The half of the page that a message changes; `None`: it may be anything.
pub(super) fn half(model: &Model, msg: &Msg) -> Option<Half> {
    match msg {
        Msg::Draw => Some(Half::Diagram),
        Msg::Settled if model.knob.haste > 0 => Some(Half::Diagram),
        Msg::DrawAround | Msg::Settled => Some(Half::Around),
        _ => None,
    }
}

/// Lets a message happen.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let effects = happen(model, msg);
    if model.instant.is_some()
        && let Some(later) = later::get()
    {
        (later.keep_up)(model);
    }
    effects
}

/// Lets a message happen; one that follows from an act waits until what it takes has been loaded.
pub(super) fn happen(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let msg = match at_once(model, msg) {
        ControlFlow::Break(effects) => return effects,
        ControlFlow::Continue(msg) => msg,
    };
    match later::get() {
        Some(later) => (later.happen)(model, msg),
        None => wait(model, msg),
    }
}

/// What happens without an act: all that the first view needs.
fn at_once(model: &mut Model, msg: Msg) -> ControlFlow<Vec<Effect>, Msg> {
    ControlFlow::Break(match msg {
        Msg::Start(env) => navigate::start(model, env),
        Msg::Ran(ticket, run) => ran(model, ticket, run),
        Msg::Later(Ok(())) => all_here(model),
        Msg::Later(Err(())) => {
            let gave_up = std::mem::take(&mut model.waits.acts);
            // The first visit has nothing to miss before an act.
            if !gave_up.is_empty() || model.screen != Screen::First {
                model.notice = Some(Notice::NotLoaded);
            }
            Vec::new()
        }
        Msg::Lanes(lanes) => {
            model.env.lanes = lanes;
            redraw(model);
            let mut effects = at_door(model, Msg::LookAround);
            effects.extend(navigate::to_story(model));
            effects
        }
        // Who leaves before it is all there has done nothing that could be kept.
        Msg::Leaving if later::get().is_none() => Vec::new(),
        Msg::Frame(now) => animate::frame(model, now),
        // The diagram is drawn: now what stands around it, in the next frame.
        Msg::Draw => vec![Effect::AfterFrame(Box::new(Msg::DrawAround))],
        Msg::Scrolled(..) | Msg::StillRunning(..) => {
            watch(model, msg);
            Vec::new()
        }
        // What moves over the page before it is all there leaves no trace.
        Msg::Point(_) if later::get().is_none() => Vec::new(),
        Msg::Said(msg) if matches!(*msg, Msg::Hover(_)) && later::get().is_none() => Vec::new(),
        other => return ControlFlow::Continue(other),
    })
}

/// What waits for acts is here.
fn all_here(model: &mut Model) -> Vec<Effect> {
    if let Some(later) = later::get() {
        (later.take_in)(model);
    }
    if model.notice == Some(Notice::NotLoaded) {
        model.notice = None;
    }
    let mut effects = Vec::new();
    // Whoever acts sooner has asked for it once more.
    if !std::mem::replace(&mut model.waits.here, true) {
        effects.push(Effect::KeepOffline);
    }
    if model.waits.begun {
        effects.extend(at_door(model, Msg::Resume));
    }
    effects.extend(at_door(model, Msg::LookAround));
    let waited = std::mem::take(&mut model.waits.acts);
    effects.extend(waited.into_iter().flat_map(|msg| happen(model, msg)));
    effects
}

/// What happens without an act as soon as it can: until then nothing is missed.
fn at_door(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match later::get() {
        Some(later) => (later.happen)(model, msg),
        None => Vec::new(),
    }
}

/// An act waits; the first one sees to it that it need not wait long.
fn wait(model: &mut Model, msg: Msg) -> Vec<Effect> {
    model.waits.acts.push(msg);
    match model.waits.acts.len() {
        1 => vec![Effect::LoadLater],
        _ => Vec::new(),
    }
}

/// What follows from an act.
pub fn happen_later(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Said(msg) => happen(model, Rc::unwrap_or_clone(msg)),
        Msg::LookAround => answers::explore(model),
        Msg::Resume => tab::resume(model),
        Msg::WorkerFailed(why) => {
            model.strip = Strip::Failed(why);
            Vec::new()
        }
        Msg::Leaving => leaving(model),
        Msg::Address => vec![address(model)],
        Msg::AddressChanged(fragment) => navigate::address_changed(model, fragment),
        Msg::Pasted => navigate::pasted(model),
        Msg::Edit(scenario) => edits::edit(model, scenario),
        Msg::Field { path, text } => edits::field(model, path, text),
        Msg::Apply { name, edits } => edits::remedy(model, name, &edits),
        Msg::Pair(which, id) => pairs::choose(model, which, id),
        Msg::Config(edits) => config::toggle(model, &edits),
        Msg::CompareFix { name, edits } => config::compare(model, name, &edits),
        Msg::ByHand(packet, act) => by_hand::act(model, packet, act),
        Msg::TakeAway(fault) => by_hand::take_away(model, &fault),
        Msg::Json(text) => edits::json(model, text),
        Msg::RunJson => edits::run_json(model),
        Msg::Capture(what) => capture::happen(model, what),
        Msg::Preset(id) => navigate::preset(model, id),
        Msg::FixIt => edits::fix_it(model),
        Msg::Undo => edits::undo(model),
        Msg::Redo => edits::redo(model),
        Msg::Stop => edits::stop(model),
        Msg::RunAgain => edits::run(model, Rc::clone(&model.scenario)),
        Msg::Worker(answer) => answers::worker(model, answer),
        Msg::Select(record) => select(model, record),
        Msg::Show(record) => show_record(model, record),
        Msg::FocusOn(id) => vec![Effect::FocusOn(id)],
        Msg::Home => navigate::home(model),
        Msg::Language(lang) => language(model, lang),
        Msg::Theme(theme) => {
            model.theme = theme;
            let kept = Effect::Keep(KEEP_THEME, theme.id().to_owned());
            vec![kept, dress(model)]
        }
        Msg::TakeOver => vec![Effect::TakeOver],
        Msg::Turn(turn) => look::turn(model, turn),
        Msg::Zoom(by, at) => look::zoom(model, by, at),
        Msg::GoTo(share) => look::go_to(model, share),
        Msg::Open(dialog) => windows::open(model, dialog),
        Msg::Read(book) => books::load(model, book).into_iter().collect(),
        Msg::Loaded(book, file) => {
            books::shelve(model, book, file.as_deref());
            match model.wanted {
                Some(_) => lesson::learn(model, Learn::Loaded),
                None => Vec::new(),
            }
        }
        Msg::Present => present(model),
        Msg::Learn(what) => lesson::learn(model, what),
        Msg::Compare => compare::toggle(model),
        Msg::CompareWith(name, scenario) => compare::with(model, name, scenario),
        Msg::ToDifference => compare::to_difference(model),
        Msg::RanBeside(ticket, run) => compare::ran(model, ticket, run),
        Msg::Copy(text) => vec![Effect::Copy(text)],
        Msg::Export(id) => files::save(model, id),
        Msg::Png(theme) => files::png(model, theme),
        Msg::View(id) => files::view(model, id),
        Msg::Sweep(what) => sweep::happen(model, what),
        Msg::Workbench => navigate::workbench(model),
        other => match knob::happen(model, other) {
            ControlFlow::Break(effects) => effects,
            ControlFlow::Continue(other) => play(model, other),
        },
    }
}

/// Messages that move through a run.
fn play(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::TogglePlay => animate::toggle(model),
        // A clicker has no other key: the first press too many asks, the second one shows.
        Msg::Step(by)
            if by > 0
                && model.presents
                && lesson::hides(model).is_some()
                && animate::is_at_end(model) =>
        {
            lesson::learn(model, Learn::On)
        }
        Msg::Step(by) => {
            lesson::stepped(model);
            animate::step(model, by)
        }
        Msg::StepRequest(by) => animate::step_request(model, by),
        Msg::Seek(event) => animate::seek(model, event),
        Msg::SeekDone => vec![address(model)],
        Msg::Rewind => {
            let mut effects = animate::seek(model, 0);
            effects.push(address(model));
            effects
        }
        Msg::ShowAll => animate::show_all(model),
        Msg::Speed(speed) => animate::set_speed(model, speed),
        Msg::Unit(unit) => animate::set_unit(model, unit),
        Msg::CopyLink => copy_link(model).into_iter().collect(),
        Msg::Gaps(gaps) => {
            model.many.likely.gaps = gaps;
            many::ask_risk(model).into_iter().collect()
        }
        Msg::Focus(request) => animate::focus(model, request),
        simple => {
            show(model, simple);
            Vec::new()
        }
    }
}

/// Opens what is closed and closes what is open.
fn toggle(open: &mut Vec<String>, which: String) {
    match open.iter().position(|group| *group == which) {
        Some(at) => drop(open.remove(at)),
        None => open.push(which),
    }
}

/// What is known of the connection of another line: what it says itself goes before what the reader chose, and neither outlives its line.
fn fresh(model: &Model, text: &str) -> Fresh {
    let said = symptoms::reused(text).map(|reused| match reused {
        true => Freshness::Reused,
        false => Freshness::Fresh,
    });
    match said {
        Some(is) => Fresh { is, by_line: true },
        None if model.fresh.by_line || text.trim().is_empty() => Fresh::default(),
        None => model.fresh,
    }
}

/// Messages that change what is shown and nothing else.
fn show(model: &mut Model, msg: Msg) {
    match msg {
        Msg::Hover(records) => look::point(model, records, None),
        Msg::Point(None) => look::point(model, Vec::new(), None),
        Msg::Point(Some((record, at))) => look::point(model, vec![record], Some(at)),
        Msg::Instant => instant::toggle(model),
        Msg::Flip(to) => model.flipped = to,
        Msg::Shelf(shelf) => model.shelf = shelf,
        Msg::PasteError(text) => {
            model.fresh = fresh(model, &text);
            model.error = text;
        }
        Msg::Fresh(which) => {
            model.fresh = Fresh {
                is: which,
                by_line: false,
            }
        }
        Msg::Paste(text) => model.pasting = text,
        Msg::Filter(text) => model.filter = text,
        Msg::Typing { path, text } => edits::typing(model, path, text),
        Msg::DelayBy(text) => model.delay = text,
        Msg::Pane(pane) => model.pane = pane,
        Msg::More(group) => toggle(&mut model.open_groups, group),
        Msg::Copied(taken) => {
            model.notice = Some(if taken {
                Notice::Copied
            } else {
                Notice::CopyFailed
            });
        }
        Msg::Dismiss if model.notice.is_none() => model.waits.notice = None,
        Msg::Dismiss => model.notice = None,
        Msg::Term(term) => model.term = term,
        Msg::Medium(medium) => {
            model.medium = medium;
            redraw(model);
        }
        Msg::Newer => model.waits.notice = Some(Notice::Newer),
        _ => {}
    }
}

/// Where the diagram is, and how far a run.
fn watch(model: &mut Model, msg: Msg) {
    match msg {
        // With each step the diagram is moved, and what is heard of it is of the step before.
        Msg::Scrolled(..) if model.knob.hurries() => {}
        Msg::Scrolled(from, visible) => {
            if (from - model.view.0).abs() > 0.5 {
                model.lit.at = None;
            }
            model.view = (from, visible);
            let missing = |picture: &Rc<Picture>| !picture.covers((from, visible));
            if model
                .picture
                .iter()
                .chain(&model.picture_before)
                .any(missing)
            {
                redraw(model);
            }
        }
        Msg::StillRunning(ticket, records, now) => {
            if let Some(running) = model.running.as_mut().filter(|it| it.ticket == ticket) {
                (running.records, running.now) = (records, now);
                running.slices += 1;
            }
        }
        _ => {}
    }
}

/// On a wall, or no more.
fn present(model: &mut Model) -> Vec<Effect> {
    // What stands in another's page is only looked at there.
    if matches!(model.screen, Screen::Embedded | Screen::Capture) {
        return Vec::new();
    }
    model.presents = !model.presents;
    model.dialog = None;
    model.play = None;
    if model.presents {
        model.screen = Screen::Bench;
        if let Some(before) = &mut model.before {
            before.beside = Beside::No;
        }
    }
    redraw(model);
    navigate::to_story(model).into_iter().collect()
}

pub(super) fn copy_link(model: &Model) -> Option<Effect> {
    Some(Effect::Copy(format!(
        "{}{}",
        model.env.base,
        fragment(model)?
    )))
}

/// The part from `#` on that shows what the page shows: in a lesson the lesson. `None` until it is packed.
pub fn fragment(model: &Model) -> Option<String> {
    lesson::link(model).or_else(|| link::of(model).ok())
}

fn ran(model: &mut Model, ticket: u32, run: Rc<Run>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    let is_first = !std::mem::replace(&mut model.waits.begun, true);
    // Whoever asks for a run is done with the capture.
    if model.capture.take().is_some() && model.screen == Screen::Capture {
        model.screen = Screen::Bench;
    }
    model.running = None;
    let arrival = model.arrival.take();
    let requests = |run: &Run| run.trace.requests.len();
    let same_requests = model
        .run
        .as_ref()
        .is_some_and(|old| requests(old) == requests(&run));
    if arrival.is_some() || !same_requests {
        model.focus = None;
    }
    let tells = run
        .interest
        .filter(|_| run.report.verdict.tone == Tone::Bad);
    let kept = model
        .story
        .filter(|r| same_requests && r.index() < run.trace.requests.len());
    model.story = tells.or(kept).or(run.interest);
    model.shown = Shown::All;
    model.selected = still_selected(model, &run);
    model.lit = look::Lit::default();
    look::ran(model, run.trace.flows.len());
    model.tried = Tried::default();
    model.run = Some(run);
    if let Some(later) = later::get() {
        (later.take_in)(model);
    }
    redraw(model);
    let mut effects = navigate::arrive(model, arrival);
    navigate::foresee(model, &effects);
    let hurries = model.knob.hurries();
    if hurries {
        effects.push(Effect::Then(Box::new(Msg::Draw)));
    } else {
        effects.extend(at_door(model, Msg::LookAround));
    }
    if is_first {
        effects.extend(at_door(model, Msg::Resume));
        effects.push(Effect::Mark("first-diagram"));
        effects.push(Effect::LoadLater);
    }
    let untouched = model.screen == Screen::First && model.past.is_empty();
    if untouched {
        effects.extend(animate::play_once(model));
    } else if !hurries {
        effects.push(address_soon());
    }
    if model.sitting.is_some() {
        effects.extend(happen(model, Msg::Learn(Learn::Ran)));
    }
    if !hurries {
        effects.push(Effect::KeepSoon);
    }
    effects.extend(read_up(model));
    effects.push(dress(model));
    effects
}

/// What is told beside a run.
fn read_up(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Bench {
        return Vec::new();
    }
    let terms = books::load(model, Book::Terms);
    let tells = model.story().is_some();
    let stories = tells.then(|| books::load(model, Book::Stories)).flatten();
    terms.into_iter().chain(stories).collect()
}

/// What a run means for what waits for acts.
pub fn take_in(model: &mut Model) {
    let both = model.run.as_ref().zip(model.before.as_ref());
    if both.is_some_and(|(run, before)| run.scenario == before.run.scenario) {
        model.before = None;
    }
    compare::part(model);
    played(model);
}

/// What decides in the new run joins what did before, unless the story is another.
fn played(model: &mut Model) {
    // While a number is dragged none comes.
    let Some(run) = model.run.as_ref().filter(|_| !model.knob.hurries()) else {
        return;
    };
    let title = &run.scenario.title;
    if model.played.story != *title {
        model.played = Played {
            story: title.clone(),
            paths: Vec::new(),
        };
    }
    for path in in_play(model) {
        if !model.played.paths.contains(&path) {
            model.played.paths.push(path);
        }
    }
}

/// The selected record, if the new run has the very same one.
fn still_selected(model: &Model, new: &Run) -> Option<RecordId> {
    let id = model.selected?;
    let record = |run: &Run| run.trace.records.get(id.index()).copied();
    let old = record(model.run.as_ref()?)?;
    (record(new)? == old).then_some(id)
}

fn select(model: &mut Model, record: Option<RecordId>) -> Vec<Effect> {
    model.selected = record;
    if model.env.lanes == Lane::One && record.is_some() && model.screen == Screen::Bench {
        model.dialog = Some(Dialog::Inspector);
    }
    redraw(model);
    if let (Some(run), Some(id)) = (&model.run, record)
        && let Some(event) = run.event_of(id)
    {
        // What is selected is shown.
        if let Shown::Event(last) = model.shown {
            model.shown = Shown::Event(last.max(event));
        }
    }
    vec![Effect::StepIntoSight, address(model)]
}

/// Selects a record and brings it into sight.
pub(super) fn show_record(model: &mut Model, record: RecordId) -> Vec<Effect> {
    let mut effects = select(model, Some(record));
    let event = model.run.as_ref().and_then(|run| run.event_of(record));
    let reach = event
        .zip(model.picture.as_ref())
        .map(|(event, p)| p.reach_of(event));
    effects.extend(reach.map(|(from, to)| Effect::FollowDiagram(from, to)));
    effects
}

fn language(model: &mut Model, lang: Lang) -> Vec<Effect> {
    model.lang = lang;
    model.env.kept_lang = Some(lang.tag().to_owned());
    // Their comments are in the other one.
    model.tried.config = None;
    compare::part(model);
    redraw(model);
    let mut effects = answers::explore(model);
    effects.extend(sweep::language(model));
    effects.extend([Effect::Keep(KEEP_LANG, lang.tag().to_owned()), dress(model)]);
    if model.screen != Screen::First {
        effects.push(address(model));
    }
    effects
}

/// Draws anew what a change of run, language, room or focus has made stale.
pub(crate) fn redraw(model: &mut Model) {
    let both = model.run.clone().zip(model.before.clone());
    let both = both.filter(|_| model.compares());
    match both.zip(later::get()) {
        Some(((now, before), later)) => {
            let [before, now] = (later.pair)([&before.run, &now], model);
            (model.picture, model.picture_before) = (Some(now), Some(before));
        }
        None => {
            let last = model.picture.clone();
            let now = model.run.as_ref();
            let now = now.map(|run| Rc::new(Picture::of(run, model, last.as_deref())));
            (model.picture, model.picture_before) = (now, None);
        }
    }
}

/// What is kept belongs to the address, which a drag leaves behind.
fn leaving(model: &mut Model) -> Vec<Effect> {
    let behind = model.knob.hurries().then(|| address(model));
    let kept = Effect::KeepInTab(tab::KEEP_TAB, tab::keep(model));
    behind.into_iter().chain([kept]).collect()
}

/// Lets the address follow what happens without an act: nobody waits for that.
pub(super) fn address_soon() -> Effect {
    Effect::Then(Box::new(Msg::Address))
}

/// Lets the address show what the page shows, if need be when its scenario has been packed.
pub(crate) fn address(model: &mut Model) -> Effect {
    // A capture is the reader's own.
    if model.capture.is_some() {
        return Effect::ReplaceAddress(model.env.fragment.clone());
    }
    if let Some(fragment) = lesson::link(model) {
        model.env.fragment.clone_from(&fragment);
        return Effect::ReplaceAddress(fragment);
    }
    match link::of(model) {
        Ok(fragment) => {
            model.env.fragment.clone_from(&fragment);
            Effect::ReplaceAddress(fragment)
        }
        Err(scenario) => Effect::Clerk(Question::Pack { scenario }),
    }
}

pub(super) fn dress(model: &Model) -> Effect {
    let title = match model.screen {
        Screen::First => model.say(crate::text::HEADLINE).to_owned(),
        Screen::Bench | Screen::Embedded | Screen::Capture => model.title(),
    };
    Effect::Dress(model.theme, model.lang, title)
}

/// Whether a window that covers the form is open, so that keys go to it.
pub const fn is_covered(model: &Model) -> bool {
    !matches!(model.dialog, None | Some(Dialog::Inspector))
}
