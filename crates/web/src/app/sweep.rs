//! The window in which a knob or two are swept: what is tried, how far that is, and what it came to.
//!
//! The runs are made by workers, a part each; the page only counts and keeps what each run came to, one byte.

use crate::app::edits::edit;
use crate::app::model::Model;
use crate::app::msg::Effect;
use crate::proto::{AboutSweep, Answer, Question, SweepDrawing, SweptRuns};
use crate::run::Run;
use crate::text::{self, fill};
use std::rc::Rc;
use whyeof_explore::Numbered;
use whyeof_explore::grid::MOST_SEEDS;
use whyeof_render::formats::Written;
use whyeof_scenario::{Scenario, apply, fields, nudge};

/// Values of one knob alone, and of each of two.
const ALONE: &str = "201";
const TOGETHER: &str = "41";
/// Parts of a sweep, at most: beyond, workers only wait for each other.
const MOST_PARTS: u32 = 8;
/// Between two pictures of what has come, µs: most sweeps are done before the first.
const NOW_AND_THEN: u32 = 700_000;

/// The window.
#[derive(Clone, Debug, Default)]
pub struct Sweeping {
    /// The knobs; the second may have none.
    pub knobs: [KnobForm; 2],
    /// Runs of each value, as typed.
    pub seeds: String,
    /// What came of it.
    pub state: State,
    /// Carried by the answers of the workers, so that late ones can be told.
    id: u32,
    /// What the workers were asked: what is typed afterwards changes nothing of what came of it.
    pub asked: AboutSweep,
    /// What the runs came to; [`u8::MAX`]: not yet.
    pub swept: Numbered,
    /// How many runs of each part have come.
    come: Vec<u32>,
    /// How long the slowest part took, in microseconds.
    pub micros: u32,
    /// The picture: of what had come when it was last drawn.
    pub drawn: Option<Rc<SweepDrawing>>,
    /// When the clerk was last asked for one, as `micros`; `None`: it has answered.
    asked_at: Option<u32>,
    drawn_at: u32,
    /// What is swept: the scenario as it was,
    of: Option<Rc<Scenario>>,
    /// and the paths of what can be turned: numbers first.
    pub known: Vec<String>,
}

/// One knob as the form has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnobForm {
    /// Its path; empty: none.
    pub path: String,
    /// The least value,
    pub from: String,
    /// and the greatest.
    pub to: String,
    /// How many values.
    pub count: String,
    /// Whether they are by an even factor.
    pub log: bool,
    /// Of a knob that is no number: the values, with commas between them.
    pub listed: Option<String>,
}

/// How far it is.
#[derive(Clone, Debug, Default)]
pub enum State {
    /// Nothing has been asked.
    #[default]
    Asks,
    /// Runs are made: how many there are, of how many. What has come is drawn now and then.
    Runs(usize, usize),
    /// No more runs come, all are there or it was stopped: the clerk draws them, and looks where one outcome turns into another.
    Draws,
    /// Done.
    Drawn,
    /// It cannot be, and why.
    Wrong(String),
}

/// What happens to the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// A field of a knob was changed: which knob, which field, to what.
    Knob(usize, Part, String),
    /// How many seeds.
    Seeds(String),
    /// Run it.
    Go,
    /// No more.
    Stop,
    /// Opens the scenario with these values, one for each knob.
    Open(Vec<String>),
    /// The same, where the picture was clicked: which value of each knob, by position.
    Pick(Vec<usize>),
    /// Keep the picture.
    Save,
}

/// A field of a knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Which knob.
    Path,
    /// The least value.
    From,
    /// The greatest.
    To,
    /// How many.
    Count,
    /// By an even factor or not.
    Log,
    /// The values of what is no number.
    Listed,
}

/// The window opens: with the knobs that the advice turns, unless the reader chose some of this scenario.
pub(super) fn open(model: &mut Model) {
    let Some(run) = &model.run else { return };
    let sweeping = &mut model.many.sweeping;
    if sweeping.of.as_ref() == Some(&run.scenario) {
        return;
    }
    sweeping.of = Some(Rc::clone(&run.scenario));
    sweeping.known = knobs(&run.scenario);
    sweeping.state = State::Asks;
    let has = |knob: &KnobForm| sweeping.known.contains(&knob.path);
    let [first, second] = &sweeping.knobs;
    if has(first) && (second.path.is_empty() || has(second)) {
        return;
    }
    let advised = advised(run);
    // A server's along the picture, a client's upwards.
    let of = |list: &str| {
        let mut paths = advised.iter().map(|(path, _)| path);
        paths.find(|path| path.starts_with(list) && sweeping.known.contains(path))
    };
    let (server, client) = (of("servers."), of("clients."));
    let second = server.and(client);
    let first = server.or_else(|| of("")).or(sweeping.known.first());
    let count = if second.is_some() { TOGETHER } else { ALONE };
    sweeping.knobs = [first, second].map(|path| match path {
        Some(path) => around(run, &advised, path, count),
        None => KnobForm::default(),
    });
    sweeping.seeds = "1".to_owned();
}

/// The paths of what can be turned in a scenario: numbers, and then words and switches.
fn knobs(scenario: &Scenario) -> Vec<String> {
    let all = fields(scenario).into_iter();
    let (mut numbers, others): (Vec<_>, Vec<_>) = all.partition(nudge::is_number);
    numbers.extend(
        others
            .into_iter()
            .filter(|field| nudge::choices(field).is_some()),
    );
    numbers.into_iter().map(|field| field.path).collect()
}

/// What the remedies of a run would set.
fn advised(run: &Run) -> Vec<(String, String)> {
    let advice = run.advice().into_iter();
    advice.flat_map(|(_, _, edits)| edits).collect()
}

/// A knob with the range that is worth a look.
fn around(run: &Run, advised: &[(String, String)], path: &str, count: &str) -> KnobForm {
    let all = fields(&run.scenario);
    let field = all.iter().find(|field| field.path == path);
    let advised = advised.iter().find(|(of, _)| of == path);
    let advised = advised.map(|(_, value)| value.as_str());
    let range = field.and_then(|field| nudge::around(field, advised));
    let [from, to] = range.unwrap_or_default();
    let words = field.filter(|field| !nudge::is_number(field));
    let words = words.and_then(nudge::choices);
    KnobForm {
        path: path.to_owned(),
        from,
        to,
        count: count.to_owned(),
        log: false,
        listed: words.map(|words| words.join(", ")),
    }
}

/// What happens to the window happens.
pub(super) fn happen(model: &mut Model, what: Sweep) -> Vec<Effect> {
    match what {
        Sweep::Knob(which, part, text) => turn(model, which, part, text),
        Sweep::Seeds(text) => model.many.sweeping.seeds = text,
        Sweep::Go => return go(model),
        Sweep::Stop => return close(model),
        Sweep::Open(values) => return open_at(model, &values),
        Sweep::Pick(at) => {
            if let Some(drawn) = &model.many.sweeping.drawn {
                let values = at.iter().zip(&drawn.values);
                let values = values.map(|(at, values)| values.get(*at).cloned());
                if let Some(values) = values.collect::<Option<Vec<_>>>() {
                    return open_at(model, &values);
                }
            }
        }
        Sweep::Save => {
            if let Some(drawn) = &model.many.sweeping.drawn {
                let name = model.preset().map_or("whyeof", |preset| preset.id);
                let name = format!("{name}.sweep.svg");
                return vec![Effect::Save(
                    name,
                    "image/svg+xml",
                    Written::Text(drawn.file.clone()),
                )];
            }
        }
    }
    Vec::new()
}

fn turn(model: &mut Model, which: usize, part: Part, text: String) {
    let Some(run) = model.run.clone() else {
        return;
    };
    let knobs = &mut model.many.sweeping.knobs;
    let both = |knobs: &[KnobForm]| knobs.iter().all(|it| !it.path.is_empty());
    let had = both(knobs);
    let Some(knob) = knobs.get_mut(which) else {
        return;
    };
    match part {
        Part::Path if text.is_empty() => *knob = KnobForm::default(),
        Part::Path => {
            *knob = around(&run, &advised(&run), &text, &knob.count.clone());
            // Another runtime has other options: one of this one's cannot be turned beside it.
            if let Some(program) = text.strip_suffix("runtime").filter(|_| which == 0)
                && knobs[1].path.starts_with(&format!("{program}options."))
            {
                knobs[1] = KnobForm::default();
            }
        }
        Part::From => knob.from = text,
        Part::To => knob.to = text,
        Part::Count => knob.count = text,
        Part::Log => knob.log = !knob.log,
        Part::Listed => knob.listed = Some(text),
    }
    // Two knobs have fewer values each, unless the reader said how many.
    let has = both(knobs);
    let usual = if has { TOGETHER } else { ALONE };
    for knob in knobs {
        if knob.count.is_empty() || (had != has && [ALONE, TOGETHER].contains(&knob.count.as_str()))
        {
            usual.clone_into(&mut knob.count);
        }
    }
}

impl Sweeping {
    /// What is varied, as the command line takes it, too.
    pub fn overs(&self) -> Vec<String> {
        let knobs = self.knobs.iter().filter(|knob| !knob.path.is_empty());
        let over = |knob: &KnobForm| {
            if let Some(listed) = &knob.listed {
                let values: Vec<&str> = listed.split(',').map(str::trim).collect();
                // One value is a list, too.
                return format!("{}={},", knob.path, values.join(",").trim_end_matches(','));
            }
            let spread = if knob.log { "log" } else { "lin" };
            let [from, to, count] = [&knob.from, &knob.to, &knob.count].map(|it| it.trim());
            format!("{}={from}..{to}/{spread}{count}", knob.path)
        };
        knobs.map(over).collect()
    }
}

/// Asks the workers, a part each.
fn go(model: &mut Model) -> Vec<Effect> {
    let Some(run) = &model.run else {
        return Vec::new();
    };
    let sweeping = &mut model.many.sweeping;
    let seeds = sweeping.seeds.trim().parse().ok();
    let Some(seeds) = seeds.filter(|seeds| (1..=MOST_SEEDS).contains(seeds)) else {
        let most = MOST_SEEDS.to_string();
        sweeping.state = State::Wrong(fill(text::SWEEP_SEEDS_RANGE.of(model.lang), &[&most]));
        return Vec::new();
    };
    // It may have been undone beneath the window.
    sweeping.of = Some(Rc::clone(&run.scenario));
    sweeping.known = knobs(&run.scenario);
    sweeping.id += 1;
    let of = model.env.cores.saturating_sub(1).clamp(1, MOST_PARTS);
    sweeping.asked = AboutSweep {
        id: sweeping.id,
        scenario: run.scenario.to_json(),
        overs: sweeping.overs(),
        seeds,
        part: 0,
        of,
        lang: model.lang.tag().to_owned(),
    };
    sweeping.swept = Numbered::default();
    sweeping.drawn = None;
    (sweeping.micros, sweeping.drawn_at, sweeping.asked_at) = (0, 0, None);
    sweeping.come = vec![0; of as usize];
    sweeping.state = State::Runs(0, 0);
    let part = |part| AboutSweep {
        part,
        ..sweeping.asked.clone()
    };
    vec![Effect::Sweep((0..of).map(part).collect())]
}

/// A worker says something of a sweep.
pub(super) fn hear(model: &mut Model, answer: Answer) -> Vec<Effect> {
    let sweeping = &mut model.many.sweeping;
    let is_now = |id: u32| id == sweeping.id;
    let runs = matches!(sweeping.state, State::Runs(..));
    let works = runs || matches!(sweeping.state, State::Draws);
    match answer {
        Answer::Swept {
            id,
            part,
            kinds,
            runs: come,
            micros,
            total,
        } if is_now(id) && runs => {
            sweeping.micros = sweeping.micros.max(micros);
            sweeping.take(part, &kinds, &come, total as usize);
            let come = sweeping.come();
            sweeping.state = State::Runs(come, total as usize);
            if come >= total as usize {
                return ended(model);
            }
            if sweeping.asked_at.is_none() && sweeping.micros - sweeping.drawn_at >= NOW_AND_THEN {
                sweeping.asked_at = Some(sweeping.micros);
                return vec![drawing(model, false)];
            }
        }
        Answer::SweepDrawn { id, drawing } if is_now(id) && works => {
            sweeping.drawn_at = sweeping.asked_at.take().unwrap_or_default();
            if drawing.ended {
                sweeping.state = State::Drawn;
            }
            sweeping.drawn = Some(drawing);
        }
        Answer::SweepWrong { id, why } if is_now(id) && works => {
            sweeping.state = State::Wrong(why);
            return vec![Effect::StopSweep];
        }
        _ => {}
    }
    Vec::new()
}

impl Sweeping {
    /// How many runs have come.
    pub fn come(&self) -> usize {
        self.come.iter().map(|come| *come as usize).sum()
    }

    /// Some more runs of a part.
    fn take(&mut self, part: u32, kinds: &str, runs: &str, total: usize) {
        self.swept.runs.resize(total, u8::MAX);
        // Every part counts its kinds for itself.
        let kinds = kinds.lines().map(str::to_owned);
        let known: Vec<u8> = kinds.map(|kind| self.swept.number(kind)).collect();
        let Some(come) = self.come.get_mut(part as usize) else {
            return;
        };
        for letter in runs.chars() {
            let at = part as usize + *come as usize * self.asked.of as usize;
            if let Some(run) = self.swept.runs.get_mut(at) {
                *run = known.get(letter as usize).copied().unwrap_or(u8::MAX);
            }
            *come += 1;
        }
    }
}

/// No more runs come.
fn ended(model: &mut Model) -> Vec<Effect> {
    model.many.sweeping.state = State::Draws;
    vec![Effect::StopSweep, drawing(model, true)]
}

/// The page's language is another one: what is drawn is drawn anew, once it is done.
pub(super) fn language(model: &mut Model) -> Vec<Effect> {
    match model.many.sweeping.state {
        State::Drawn => ended(model),
        _ => Vec::new(),
    }
}

/// Asks the clerk for a picture of what has come.
fn drawing(model: &Model, ended: bool) -> Effect {
    let sweeping = &model.many.sweeping;
    let runs = sweeping.swept.runs.iter().copied();
    Effect::Clerk(Question::SweepPicture(SweptRuns {
        sweep: AboutSweep {
            lang: model.lang.tag().to_owned(),
            ..sweeping.asked.clone()
        },
        kinds: sweeping.swept.kinds.clone(),
        runs: runs.map(char::from).collect(),
        ended,
        width: model.sweep_width(),
    }))
}

/// The scenario with these values, as an edit that can be undone.
fn open_at(model: &mut Model, values: &[String]) -> Vec<Effect> {
    let paths = model.many.sweeping.asked.overs.iter();
    let paths = paths.filter_map(|over| Some(over.split_once('=')?.0));
    let Some(of) = model.many.sweeping.of.clone() else {
        return Vec::new();
    };
    let mut scenario = (*of).clone();
    let edits: Vec<(&str, &str)> = paths.zip(values.iter().map(String::as_str)).collect();
    if apply(&mut scenario, edits).is_err() {
        return Vec::new();
    }
    model.dialog = None;
    edit(model, Rc::new(scenario))
}

/// The reader wants no more runs, or closes the window: what has come is drawn.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let sweeping = &mut model.many.sweeping;
    match sweeping.state {
        State::Runs(0, _) => {
            sweeping.state = State::Asks;
            vec![Effect::StopSweep]
        }
        State::Runs(..) => ended(model),
        _ => Vec::new(),
    }
}
