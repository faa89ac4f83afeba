//! What each message makes of the model: pure, so that every rule of the page is tested without a browser.

use crate::app::advice::main_advice;
use crate::app::animate;
use crate::app::by_hand;
use crate::app::compare::{self, keep_before};
use crate::app::config;
use crate::app::files;
use crate::app::instant;
use crate::app::knob::{self, Half};
use crate::app::lesson::{self, Learn};
use crate::app::look;
use crate::app::many;
use crate::app::model::{
    Beside, Dialog, Draft, Fresh, Freshness, JSON, Lane, Model, Notice, Pane, Reran, Running,
    Screen, Shown, Strip, Tried, Unpacked,
};
use crate::app::msg::{Book, Effect, Msg};
use crate::app::navigate;
use crate::app::pairs;
use crate::app::sweep;
use crate::app::tab;
use crate::link;
use crate::picture::Picture;
use crate::proto::{Answer, Around, Question, Trial};
use crate::run::Run;
use std::ops::ControlFlow;
use std::rc::Rc;
use whyeof_diagnose::Tone;
use whyeof_scenario::manual::cast::Cast;
use whyeof_scenario::manual::help::Help;
use whyeof_scenario::presets;
use whyeof_scenario::presets::stories::Stories;
use whyeof_scenario::symptoms::{self, Symptoms};
use whyeof_scenario::terms::Terms;
use whyeof_scenario::{Invalid, Lang, Scenario, apply, lessons};
use whyeof_trace::{RecordId, Time};

/// Keeps the reader's language.
pub const KEEP_LANG: &str = "whyeof.lang";
/// Keeps the reader's theme.
pub const KEEP_THEME: &str = "whyeof.theme";
/// Steps that undo remembers.
const PAST: usize = 200;

/// Whether the page has to be drawn anew after a message.
pub fn shows(model: &Model, msg: &Msg) -> bool {
    match msg {
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
        Msg::Dragged(..) | Msg::DragOn | Msg::Address => false,
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
        Msg::DrawAround => Some(Half::Around),
        _ => None,
    }
}

/// Lets a message happen.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let effects = happen(model, msg);
    instant::keep_up(model);
    effects
}

fn happen(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Start(env) => navigate::start(model, env),
        Msg::AddressChanged(fragment) => navigate::address_changed(model, fragment),
        Msg::Pasted => navigate::pasted(model),
        Msg::Edit(scenario) => edit(model, scenario),
        Msg::Field { path, text } => field(model, path, text),
        Msg::Apply { name, edits } => remedy(model, name, &edits),
        Msg::Pair(which, id) => pairs::choose(model, which, id),
        Msg::Config(edits) => config::toggle(model, &edits),
        Msg::CompareFix { name, edits } => config::compare(model, name, &edits),
        Msg::ByHand(packet, act) => by_hand::act(model, packet, act),
        Msg::TakeAway(fault) => by_hand::take_away(model, &fault),
        Msg::Json(text) => json(model, text),
        Msg::RunJson => run_json(model),
        Msg::Preset(id) => navigate::preset(model, id),
        Msg::FixIt => fix_it(model),
        Msg::Undo => undo(model),
        Msg::Redo => redo(model),
        Msg::Ran(ticket, run) => ran(model, ticket, run),
        Msg::Stop => stop(model),
        Msg::RunAgain => run(model, Rc::clone(&model.scenario)),
        Msg::Worker(answer) => worker(model, answer),
        Msg::WorkerFailed(why) => navigate::worker_failed(model, why),
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
        Msg::Lanes(lanes) => {
            model.env.lanes = lanes;
            redraw(model);
            let mut effects = explore(model);
            effects.extend(navigate::to_story(model));
            effects
        }
        Msg::TakeOver => vec![Effect::TakeOver],
        Msg::Leaving => leaving(model),
        Msg::Turn(turn) => look::turn(model, turn),
        Msg::Zoom(by, at) => look::zoom(model, by, at),
        Msg::GoTo(share) => look::go_to(model, share),
        Msg::Open(dialog) => open(model, dialog),
        Msg::Read(book) => load(model, book).into_iter().collect(),
        Msg::Present => present(model),
        Msg::Learn(what) => lesson::learn(model, what),
        Msg::Loaded(book, file) => {
            shelve(model, book, file.as_deref());
            lesson::loaded(model)
        }
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
        Msg::Frame(now) => animate::frame(model, now),
        Msg::TogglePlay => animate::toggle(model),
        // A clicker has no other key.
        Msg::Step(by)
            if by > 0
                && model.presents
                && lesson::hides(model).is_some()
                && animate::is_at_end(model) =>
        {
            lesson::learn(model, Learn::Show)
        }
        Msg::Step(by) => animate::step(model, by),
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
        Msg::Typing { path, text } => typing(model, path, text),
        Msg::DelayBy(text) => model.delay = text,
        Msg::Pane(pane) => model.pane = pane,
        Msg::More(group) => toggle(&mut model.open_groups, group),
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
        Msg::Copied(taken) => {
            model.notice = Some(if taken {
                Notice::Copied
            } else {
                Notice::CopyFailed
            });
        }
        Msg::Dismiss if model.notice.is_none() => model.waits = None,
        Msg::Dismiss => model.notice = None,
        Msg::StillRunning(ticket, records, now) => {
            if let Some(running) = model.running.as_mut().filter(|it| it.ticket == ticket) {
                (running.records, running.now) = (records, now);
                running.slices += 1;
            }
        }
        Msg::Term(term) => model.term = term,
        Msg::Medium(medium) => {
            model.medium = medium;
            redraw(model);
        }
        Msg::Newer => model.waits = Some(Notice::Newer),
        _ => {}
    }
}

/// Opens a window over the page; that for sharing also takes the link to the clipboard.
pub(super) fn open(model: &mut Model, dialog: Option<Dialog>) -> Vec<Effect> {
    // What stands in another's page is only looked at there.
    let dialog = dialog.filter(|_| model.screen != Screen::Embedded);
    model.dialog = dialog;
    let stops = sweep::close(model);
    // It spoke of an earlier link.
    if matches!(model.notice, Some(Notice::Copied | Notice::CopyFailed)) {
        model.notice = None;
    }
    let effect = match dialog {
        Some(Dialog::Gallery) => {
            let drawn = !model.cards.is_empty();
            let cards = (!drawn).then_some(Effect::Clerk(Question::Cards));
            return load(model, Book::Stories)
                .into_iter()
                .chain(cards)
                .chain(stops)
                .collect();
        }
        Some(Dialog::Cast) => load(model, Book::Cast),
        Some(Dialog::Terms) => load(model, Book::Terms),
        Some(Dialog::Pairs) => {
            let table = load(model, Book::Pairs);
            return table
                .into_iter()
                .chain(pairs::open(model))
                .chain(stops)
                .collect();
        }
        Some(Dialog::Lessons) => load(model, Book::Lessons),
        Some(Dialog::Error) => load(model, Book::Symptoms),
        Some(Dialog::Share) => return copy_link(model).into_iter().chain(qr(model)).collect(),
        Some(Dialog::Qr) => qr(model),
        Some(window @ (Dialog::Risk | Dialog::Sweep | Dialog::Orders)) => many::open(model, window),
        // The window had an address of its own.
        None if navigate::is_window(&model.env.fragment) => Some(behind(model)),
        _ => None,
    };
    effect.into_iter().chain(stops).collect()
}

/// The address of what stands behind a window.
fn behind(model: &mut Model) -> Effect {
    match model.screen {
        Screen::First => {
            model.env.fragment.clear();
            Effect::ReplaceAddress(String::new())
        }
        Screen::Bench | Screen::Embedded => address(model),
    }
}

/// Asks for the link as a picture.
fn qr(model: &mut Model) -> Option<Effect> {
    model.qr = None;
    let link = format!("{}{}", model.env.base, fragment(model)?);
    Some(Effect::Clerk(Question::Qr { link }))
}

/// On a wall, or no more.
fn present(model: &mut Model) -> Vec<Effect> {
    // What stands in another's page is only looked at there.
    if model.screen == Screen::Embedded {
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

fn copy_link(model: &Model) -> Option<Effect> {
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

/// A file is loaded when somebody may read it, and once.
pub(super) fn load(model: &mut Model, book: Book) -> Option<Effect> {
    model.missing = None;
    let there = match book {
        Book::Stories => model.stories.is_some(),
        Book::Cast => model.cast.is_some(),
        Book::Help => model.help.is_some(),
        Book::Lessons => model.lessons.is_some(),
        Book::Symptoms => model.symptoms.is_some(),
        Book::Terms => model.terms.is_some(),
        Book::Pairs => model.many.pairs.table.is_some(),
    };
    (!there).then_some(Effect::Load(book))
}

fn shelve(model: &mut Model, book: Book, file: Option<&str>) {
    let there = match book {
        Book::Stories => {
            model.stories = file.and_then(Stories::read).map(Rc::new);
            model.stories.is_some()
        }
        Book::Cast => {
            model.cast = file.and_then(Cast::read).map(Rc::new);
            model.cast.is_some()
        }
        Book::Help => {
            model.help = file.and_then(Help::read).map(Rc::new);
            model.help.is_some()
        }
        Book::Lessons => {
            model.lessons = file.and_then(lessons::read).map(Rc::new);
            model.lessons.is_some()
        }
        Book::Symptoms => {
            model.symptoms = file.and_then(Symptoms::read).map(Rc::new);
            model.symptoms.is_some()
        }
        Book::Pairs => {
            model.many.pairs.table = file.map(str::to_owned);
            file.is_some()
        }
        Book::Terms => {
            model.terms = file.and_then(Terms::read).map(Rc::new);
            model.terms.is_some()
        }
    };
    model.missing = (!there).then_some(book);
}

/// Every change of the scenario comes through here: undo is a list because of it.
pub(super) fn edit(model: &mut Model, scenario: Rc<Scenario>) -> Vec<Effect> {
    model.drafts.clear();
    model.json = None;
    if scenario == model.scenario && model.run.is_some() {
        return Vec::new();
    }
    // Before the first run there was nothing to come back to.
    if model.ticket > 0 {
        model.past.push(Rc::clone(&model.scenario));
    }
    if model.past.len() > PAST {
        model.past.remove(0);
    }
    model.future.clear();
    run(model, scenario)
}

fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(scenario) = model.past.pop() else {
        return Vec::new();
    };
    model.future.push(Rc::clone(&model.scenario));
    model.drafts.clear();
    model.json = None;
    model.notice = None;
    lesson::undone(model, &scenario);
    run(model, scenario)
}

fn redo(model: &mut Model) -> Vec<Effect> {
    let Some(scenario) = model.future.pop() else {
        return Vec::new();
    };
    model.past.push(Rc::clone(&model.scenario));
    model.drafts.clear();
    model.json = None;
    lesson::undone(model, &scenario);
    run(model, scenario)
}

/// Asks for a run; the one under way, if any, is given up.
pub(super) fn run(model: &mut Model, scenario: Rc<Scenario>) -> Vec<Effect> {
    // What the reader does meanwhile goes before a link that is still being unpacked.
    model.opening = None;
    model.scenario = Rc::clone(&scenario);
    model.ticket += 1;
    model.running = Some(Running {
        ticket: model.ticket,
        records: 0,
        now: Time::ZERO,
        slices: 0,
    });
    // What it said is over.
    if model.notice == Some(Notice::Stopped) {
        model.notice = None;
    }
    model.play = None;
    vec![Effect::StopExplorer, Effect::Run(model.ticket, scenario)]
}

/// Ends the run that is under way; what was drawn before stays.
fn stop(model: &mut Model) -> Vec<Effect> {
    model.running = None;
    // Late words of it are nobody's.
    model.ticket += 1;
    model.notice = Some(Notice::Stopped);
    vec![Effect::StopRun]
}

/// An edit of one field: what is being typed elsewhere stays.
pub(super) fn edit_field(model: &mut Model, path: &str, scenario: Rc<Scenario>) -> Vec<Effect> {
    model.drafts.remove(path);
    let drafts = std::mem::take(&mut model.drafts);
    let json = model.json.take();
    let effects = edit(model, scenario);
    (model.drafts, model.json) = (drafts, json);
    effects
}

fn field(model: &mut Model, path: String, text: String) -> Vec<Effect> {
    model.notice = None;
    let mut edited = (*model.scenario).clone();
    match whyeof_scenario::set(&mut edited, &path, &text) {
        Ok(()) => edit_field(model, &path, Rc::new(edited)),
        Err(wrong) => {
            model.drafts.insert(
                path,
                Draft {
                    text,
                    wrong: Some(wrong),
                },
            );
            Vec::new()
        }
    }
}

fn remedy(model: &mut Model, name: String, edits: &[(String, String)]) -> Vec<Effect> {
    let mut edited = (*model.scenario).clone();
    let pairs = edits
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    match apply(&mut edited, pairs) {
        Ok(()) => {
            keep_before(model, Beside::No, &name);
            model.notice = Some(Notice::Applied(name));
            model.selected = None;
            let mut effects = edit(model, Rc::new(edited));
            // The button stands far below what it changes.
            effects.push(Effect::FocusOn("verdict"));
            effects
        }
        Err(wrong) => {
            model.notice = Some(Notice::Wrong(wrong));
            Vec::new()
        }
    }
}

/// The best remedy, with the diagram before beside the one after.
fn fix_it(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.run.clone() else {
        return Vec::new();
    };
    let Some(best) = main_advice(model, &run) else {
        return Vec::new();
    };
    let (best, pairs) = (best.remedy, best.edits);
    let mut edited = (*model.scenario).clone();
    if apply(
        &mut edited,
        pairs.iter().map(|(p, v)| (p.as_str(), v.as_str())),
    )
    .is_err()
    {
        return Vec::new();
    }
    let name = best.title.of(model.lang).to_owned();
    keep_before(model, Beside::Yes, &name);
    model.shown = Shown::All;
    model.selected = None;
    edit(model, Rc::new(edited))
}

fn json(model: &mut Model, text: String) -> Vec<Effect> {
    let wrong = Scenario::from_json(&text).err();
    model.json = Some(Draft { text, wrong });
    vec![Effect::KeepSoon]
}

fn run_json(model: &mut Model) -> Vec<Effect> {
    let Some(draft) = &model.json else {
        return Vec::new();
    };
    match Scenario::from_json(&draft.text) {
        Ok(scenario) => {
            keep_before(model, Beside::No, JSON);
            edit(model, Rc::new(scenario))
        }
        Err(wrong) => {
            model.json = Some(Draft {
                text: draft.text.clone(),
                wrong: Some(wrong),
            });
            Vec::new()
        }
    }
}

fn ran(model: &mut Model, ticket: u32, run: Rc<Run>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    let is_first = model.run.is_none();
    model.running = None;
    if let Some(before) = &model.before
        && before.run.scenario == run.scenario
    {
        model.before = None;
    }
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
    compare::part(model);
    redraw(model);
    let mut effects = navigate::arrive(model, arrival);
    navigate::foresee(model, &effects);
    let hurries = model.knob.hurries();
    if hurries {
        effects.push(Effect::Then(Box::new(Msg::Draw)));
    } else {
        effects.extend(explore(model));
    }
    if is_first {
        tab::resume(model);
        effects.push(Effect::Mark("first-diagram"));
        effects.push(Effect::KeepOffline);
    }
    let untouched = model.screen == Screen::First && model.past.is_empty();
    if untouched {
        effects.extend(animate::play_once(model));
    } else if !hurries {
        effects.push(address(model));
    }
    effects.extend(lesson::keep_progress(model));
    if !hurries {
        effects.push(Effect::KeepSoon);
    }
    if model.screen == Screen::Bench {
        effects.extend(load(model, Book::Terms));
        if model.story().is_some() {
            effects.extend(load(model, Book::Stories));
        }
    }
    effects.push(dress(model));
    effects
}

/// The selected record, if the new run has the very same one.
fn still_selected(model: &Model, new: &Run) -> Option<RecordId> {
    let id = model.selected?;
    let record = |run: &Run| run.trace.records.get(id.index()).copied();
    let old = record(model.run.as_ref()?)?;
    (record(new)? == old).then_some(id)
}

/// Asks the worker what lies around this run.
pub(super) fn explore(model: &mut Model) -> Vec<Effect> {
    let Some(run) = &model.run else {
        return Vec::new();
    };
    let asked = model.story.or(run.interest);
    let Some(request) = asked.filter(|_| model.screen != Screen::Embedded) else {
        model.strip = Strip::None;
        return Vec::new();
    };
    let remedies = run
        .advice()
        .into_iter()
        .map(|(finding, remedy, edits)| Trial {
            // What has nothing to do with idle gaps is not tried on them.
            request: remedy
                .kind
                .is_about_races()
                .then(|| finding.request.unwrap_or(request).0),
            edits,
        });
    // Last: the scenario as it is.
    let as_it_is = Trial {
        request: Some(request.0),
        edits: Vec::new(),
    };
    let remedies = remedies.chain([as_it_is]).collect();
    let question = Around {
        id: model.ticket,
        scenario: run.scenario.to_json(),
        request: request.0,
        remedies,
        lang: model.lang.tag().to_owned(),
        width: model.strip_width(),
    };
    model.strip = Strip::Busy(0, 0);
    vec![Effect::Explore(Box::new(question))]
}

fn worker(model: &mut Model, answer: Answer) -> Vec<Effect> {
    let now = model.ticket;
    match answer {
        Answer::NoGap { id } if id == now => model.strip = Strip::None,
        Answer::Progress { id, done, of } if id == now => model.strip = Strip::Busy(done, of),
        Answer::Strip {
            id,
            picture,
            words,
            runs,
            micros,
        } if id == now => {
            model.strip = Strip::Done {
                picture: picture.into(),
                words,
                runs,
                micros,
            };
        }
        Answer::Proof { id, remedy, proved } if id == now => {
            model.tried.proofs.insert(remedy, proved);
            return lesson::keep_progress(model);
        }
        Answer::Reran {
            id,
            remedy,
            words,
            better,
            clean,
        } if id == now => {
            let reran = Reran {
                words,
                better,
                clean,
            };
            model.tried.reruns.insert(remedy, reran);
        }
        Answer::Failed { id, why } if id == now => model.strip = Strip::Failed(why),
        Answer::Exported { format, text } => return files::written(model, &format, text),
        Answer::Packed { scenario, packed } => {
            model.packed = Some((scenario, packed));
            // Of an earlier scenario: the answer for this one is on its way.
            return link::of(model)
                .map(|_| address(model))
                .into_iter()
                .collect();
        }
        Answer::Card { preset, card } => {
            model.cards.insert(preset, card);
        }
        answer @ (Answer::Risk { .. }
        | Answer::Orders { .. }
        | Answer::Swept { .. }
        | Answer::SweepDrawn { .. }
        | Answer::SweepWrong { .. }) => return many::hear(model, answer),
        Answer::Pair { of, lines, link } => pairs::hear(model, &of, lines, link),
        Answer::Config { edits, rows } => config::hear(model, &edits, rows),
        Answer::Qr { link, picture } => model.qr = Some((link, picture)),
        Answer::Unpacked { packed, scenario } => {
            return navigate::unpacked(model, Unpacked { packed, scenario });
        }
        // Late ones, and Ready, which only its client needs.
        _ => {}
    }
    Vec::new()
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
    vec![address(model)]
}

/// Selects a record and brings it into sight.
fn show_record(model: &mut Model, record: RecordId) -> Vec<Effect> {
    let mut effects = select(model, Some(record));
    let event = model.run.as_ref().and_then(|run| run.event_of(record));
    let height = event
        .zip(model.picture.as_ref())
        .map(|(event, p)| p.height_of(event));
    effects.extend(height.map(Effect::FollowDiagram));
    effects
}

/// Keeps what is being typed, so that a redraw does not take it away; a wrong that is mended is forgiven at once.
fn typing(model: &mut Model, path: String, text: String) {
    let was_wrong = wrong_with(model, &path).is_some();
    let mut edited = (*model.scenario).clone();
    let wrong = was_wrong
        .then(|| whyeof_scenario::set(&mut edited, &path, &text).err())
        .flatten();
    model.drafts.insert(path, Draft { text, wrong });
}

fn language(model: &mut Model, lang: Lang) -> Vec<Effect> {
    model.lang = lang;
    model.env.kept_lang = Some(lang.tag().to_owned());
    // Their comments are in the other one.
    model.tried.config = None;
    compare::part(model);
    redraw(model);
    let mut effects = explore(model);
    effects.extend([Effect::Keep(KEEP_LANG, lang.tag().to_owned()), dress(model)]);
    if model.screen != Screen::First {
        effects.push(address(model));
    }
    effects
}

/// Draws anew what a change of run, language, room or focus has made stale.
pub(crate) fn redraw(model: &mut Model) {
    let both = model.run.clone().zip(model.before.clone());
    match both.filter(|_| model.compares()) {
        Some((now, before)) => {
            let (before, now) = Picture::pair(&before.run, &now, model);
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

/// Lets the address show what the page shows, if need be when its scenario has been packed.
pub(crate) fn address(model: &mut Model) -> Effect {
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
        Screen::Bench | Screen::Embedded => model.title(),
    };
    Effect::Dress(model.theme, model.lang, title)
}

/// Whether a window that covers the form is open, so that keys go to it.
pub const fn is_covered(model: &Model) -> bool {
    !matches!(model.dialog, None | Some(Dialog::Inspector))
}

/// The JSON as the left column shows it.
pub fn json_text(model: &Model) -> String {
    match (&model.json, model.pane) {
        (Some(draft), _) => draft.text.clone(),
        (None, Pane::Json) => model.scenario.to_json_pretty(),
        (None, Pane::Form) => String::new(),
    }
}

/// What is wrong with a field's text, if it is being typed and wrong.
pub fn wrong_with<'a>(model: &'a Model, path: &str) -> Option<&'a Invalid> {
    model.drafts.get(path)?.wrong.as_ref()
}
