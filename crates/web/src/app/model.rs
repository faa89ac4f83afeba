//! Everything the page shows follows from this, and from nothing else.

use super::animate::Unit;
use super::capture::Opened;
use super::instant::Instant;
use super::knob::Knob;
use super::lesson::Sitting;
use super::look::{Lit, Look};
use super::msg::{Book, Msg};
use super::pairs::Pairs;
use super::sweep::Sweeping;
use crate::picture::{Picture, Place};
use crate::proto::{Card, ConfigRow, Proved, WayRow};
use crate::run::Run;
use litemap::LiteMap;
use std::rc::Rc;
use whyeof_render::difference::Difference;
use whyeof_scenario::lessons::Lesson;
use whyeof_scenario::link::{Engine, LinkError, Selection};
use whyeof_scenario::manual::cast::Cast;
use whyeof_scenario::manual::help::Help;
use whyeof_scenario::presets::stories::Stories;
use whyeof_scenario::presets::{self, Preset};
use whyeof_scenario::symptoms::Symptoms;
use whyeof_scenario::terms::Terms;
use whyeof_scenario::{Invalid, Lang, Scenario};
use whyeof_trace::{RecordId, RequestId, Time};

/// The state of the page.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the browser said at the start.
    pub env: Env,
    /// The reader's language.
    pub lang: Lang,
    /// Light, dark, or as the system has it.
    pub theme: Theme,
    /// First visit, workbench, or embedded in another page.
    pub screen: Screen,
    /// What is simulated.
    pub scenario: Rc<Scenario>,
    /// Earlier scenarios, the latest last.
    pub past: Vec<Rc<Scenario>>,
    /// Undone scenarios, the next one last.
    pub future: Vec<Rc<Scenario>>,
    /// The capture that is looked at in its place.
    pub capture: Option<Opened>,
    /// The newest finished run; it may be that of an earlier scenario while one is under way.
    pub run: Option<Rc<Run>>,
    /// The run that is under way.
    pub running: Option<Running>,
    /// Number of the newest run asked for.
    pub ticket: u32,
    /// The run to compare with, and whether it stands beside the present one.
    pub before: Option<Before>,
    /// Where both part, while it does.
    pub parted: Option<Difference>,
    /// Which of both is shown where there is room for one only.
    pub flipped: Place,
    /// Number of the newest run asked for to compare with, and what it is called.
    pub beside_ticket: (u32, String),
    /// The present run as it is drawn.
    pub picture: Option<Rc<Picture>>,
    /// The same of the run before, while it stands beside.
    pub picture_before: Option<Rc<Picture>>,
    /// The request that the page tells about: it stays the same one across edits.
    pub story: Option<RequestId>,
    /// One request, or the whole run.
    pub focus: Option<usize>,
    /// How much of the diagram is shown.
    pub shown: Shown,
    /// The animation, while it plays.
    pub play: Option<Play>,
    /// How fast it plays: a position in [`SPEEDS`](super::animate::SPEEDS).
    pub speed: u8,
    /// What a step goes on by.
    pub unit: Unit,
    /// The state of things at the moment that is shown, while the reader wants to see it.
    pub instant: Option<Instant>,
    /// The selected record.
    pub selected: Option<RecordId>,
    /// What is lit in the diagram.
    pub lit: Lit,
    /// How the diagram is looked at.
    pub look: Look,
    /// Whether the run is shown on a wall.
    pub presents: bool,
    /// The link of what is shown as a picture: the link, and the picture unless it is too long for one.
    pub qr: Option<(String, Option<String>)>,
    /// The number that is being dragged.
    pub knob: Knob,
    /// Fields whose text is not valid: the text stays as the reader left it.
    pub drafts: LiteMap<String, Draft>,
    /// How long a packet is delayed by hand, as the reader typed it.
    pub delay: String,
    /// The JSON, while it differs from the scenario.
    pub json: Option<Draft>,
    /// The form or the JSON.
    pub pane: Pane,
    /// Fields that decided something since this story was opened: while somebody tries what helps, none leaves the form.
    pub played: Played,
    /// Groups whose rare fields are shown.
    pub open_groups: Vec<String>,
    /// Outcomes around this run.
    pub strip: Strip,
    /// What is known of each remedy.
    pub tried: Tried,
    /// Visible part of the diagram: first pixel and how many, in its own units.
    pub view: (f64, f64),
    /// What the page is drawn on.
    pub medium: Medium,
    /// A window over the page.
    pub dialog: Option<Dialog>,
    /// What the clerk is to write, and what for.
    pub writing: Writing,
    /// A scenario as JSON, and as a link carries it: packing is another program's work.
    pub packed: Option<(String, String)>,
    /// What stands in the field for links.
    pub pasting: String,
    /// What each preset looks like and comes to, by its id, as far as the clerk has said.
    pub cards: LiteMap<String, Card>,
    /// How the scenarios are put together.
    pub shelf: Shelf,
    /// What is sought among the scenarios.
    pub filter: String,
    /// A sentence for the reader, until it is read.
    pub notice: Option<Notice>,
    /// What has to wait.
    pub waits: Waits,
    /// Where the reader stood in a link that has just been opened; used when its run is there.
    pub arrival: Option<Arrival>,
    /// The lessons, once they have been loaded.
    pub lessons: Option<Rc<Vec<Lesson>>>,
    /// The number of a lesson that is to be opened when they are.
    pub wanted: Option<u8>,
    /// Somebody in a lesson.
    pub sitting: Option<Sitting>,
    /// The numbers of the lessons that are done.
    pub done: Vec<u8>,
    /// What error lines can mean, once it has been loaded.
    pub symptoms: Option<Rc<Symptoms>>,
    /// The field's terms.
    pub terms: Option<Rc<Terms>>,
    /// The term that is asked about, by position, and where it stands, px.
    pub term: Option<(usize, (i32, i32))>,
    /// The error that was pasted.
    pub error: String,
    /// What many runs answer.
    pub many: Many,
    /// What is known of the connection that it happened on.
    pub fresh: Fresh,
    /// What the presets tell, once it has been loaded.
    pub stories: Option<Rc<Stories>>,
    /// What the runtimes do, once it has been loaded.
    pub cast: Option<Rc<Cast>>,
    /// What the fields do, once it has been loaded.
    pub help: Option<Rc<Help>>,
    /// The last file that did not come.
    pub missing: Option<Book>,
    /// Engine version and digest that a link promised.
    pub promised: Option<Engine>,
}

/// What an edit of the JSON is called.
pub const JSON: &str = "JSON";

/// What the browser said at the start, and the reader's kept choices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Env {
    /// The address up to `#`.
    pub base: String,
    /// The part from `#` on; empty: none.
    pub fragment: String,
    /// `navigator.languages`.
    pub languages: Vec<String>,
    /// The kept language, if the reader ever chose one.
    pub kept_lang: Option<String>,
    /// The kept theme.
    pub kept_theme: Option<String>,
    /// Which lessons are done.
    pub kept_lessons: Option<String>,
    /// What this tab kept when it was left.
    pub kept_tab: Option<String>,
    /// Whether things may move.
    pub motion: Motion,
    /// How many lanes fit.
    pub lanes: Lane,
    /// Whether others can open this address.
    pub reach: Reach,
    /// Processors that programs may use, as the browser says.
    pub cores: u32,
}

/// How the scenarios are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shelf {
    /// By the story that they tell.
    #[default]
    Story,
    /// By the error that a caller sees.
    Symptom,
    /// By the client's runtime.
    Runtime,
    /// By what is behind it.
    Cause,
}

/// What is known of the connection that an error happened on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing.
    #[default]
    Unknown,
    /// Another request had used it.
    Reused,
    /// It was dialled for this request.
    Fresh,
}

/// The same, and who says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// What.
    pub is: Freshness,
    /// The pasted line; else the reader chose it.
    pub by_line: bool,
}

/// `prefers-reduced-motion`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// No preference.
    #[default]
    Full,
    /// Reduce.
    Reduced,
}

/// What the page is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// It scrolls.
    #[default]
    Screen,
    /// It does not: all of the diagram is drawn, if that is not too much.
    Paper,
}

/// Whether others can open the address of this page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// A public or network address.
    #[default]
    Shared,
    /// A loopback or file address.
    ThisMachine,
}

/// Lanes a host: program and kernel, or both in one on a narrow screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    /// Program and kernel side by side.
    #[default]
    Two,
    /// One lane a host, with the program's events as badges.
    One,
}

/// Colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// As it is kept and as the document has it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

/// How much page there is around the diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// No link: headline, picture, one button.
    First,
    /// Everything.
    Bench,
    /// Inside another page: verdict and diagram.
    Embedded,
    /// A real capture.
    Capture,
}

/// A run under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub ticket: u32,
    /// Records so far.
    pub records: usize,
    /// How far it is in its own time.
    pub now: Time,
    /// Slices so far.
    pub slices: u32,
}

impl Running {
    /// After so many slices, 8 ms each, a reader wants to know.
    const LONG: u32 = 12;

    /// Whether a reader has been waiting.
    pub const fn is_long(&self) -> bool {
        self.slices >= Self::LONG
    }

    /// Whether a reader is to see how far it is with the next slice: as often again.
    pub const fn is_told_next(&self) -> bool {
        (self.slices + 1).is_multiple_of(Self::LONG)
    }
}

/// Another run to be held beside the present one.
#[derive(Clone, Debug)]
pub struct Before {
    /// The run.
    pub run: Rc<Run>,
    /// What the edit is called that came between, or what the other run is.
    pub name: String,
    /// Whether it stands beside the present one.
    pub beside: Beside,
    /// Where it comes from.
    pub from: From,
}

/// Where a run to compare with comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// It is the run before the last edit.
    Edit,
    /// The reader chose it.
    Choice,
}

/// Whether the run before stands beside the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// It does.
    Yes,
    /// It can be called back.
    No,
}

/// How much of the diagram is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shown {
    /// All of it.
    #[default]
    All,
    /// Up to this event, by its position in the list.
    Event(usize),
    /// Up to this height, while it plays.
    Height(f64),
}

/// An animation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// The browser's clock at its first frame, in milliseconds.
    pub began: Option<f64>,
    /// The height it began at.
    pub from: f64,
    /// The height it ends at.
    pub to: f64,
    /// How long it takes, in milliseconds.
    pub ms: f64,
}

/// Text that is not valid yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// As the reader typed it.
    pub text: String,
    /// What is wrong with it; `None`: nothing, it has just not been taken over.
    pub wrong: Option<Invalid>,
}

/// What the left column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Fields.
    Form,
    /// The JSON.
    Json,
}

/// Outcomes around this run.
#[derive(Clone, Debug, PartialEq)]
pub enum Strip {
    /// Nothing to vary.
    None,
    /// The worker is at it: runs done, of how many.
    Busy(u32, u32),
    /// Done.
    Done {
        /// Drawn by the worker, as SVG.
        picture: Rc<str>,
        /// In words.
        words: String,
        /// How many runs.
        runs: u32,
        /// How long they took, in microseconds.
        micros: u32,
    },
    /// It did not work.
    Failed(String),
}

/// A window over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Keys.
    Keys,
    /// The scenarios.
    Gallery,
    /// The share link and a place for one.
    Share,
    /// File formats.
    Export,
    /// The run in one of the formats that are text.
    View,
    /// What to compare with.
    Compare,
    /// The lessons.
    Lessons,
    /// Paste your error.
    Error,
    /// Open a capture.
    Capture,
    /// The link as a picture.
    Qr,
    /// What each runtime does.
    Cast,
    /// The field's terms.
    Terms,
    /// Any client with any server.
    Pairs,
    /// Checked against reality.
    Reality,
    /// Which idle gaps are dangerous, and how likely they are.
    Risk,
    /// A knob or two, swept.
    Sweep,
    /// In how many ways it can end.
    Orders,
    /// How the diagram is looked at, on a phone.
    Look,
    /// The form, on a phone.
    Settings,
    /// The selected segment, on a phone.
    Inspector,
}

/// What the clerk is to write, and what for.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// A PNG that is to be drawn when the clerk has written the SVG, and in which colours.
    pub png: Option<Theme>,
    /// The run as a text, in the window for it.
    pub viewed: Option<Viewed>,
}

/// The run in one of the formats that are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewed {
    /// Which.
    pub format: whyeof_render::formats::Name,
    /// The whole text; `None`: the worker still writes it.
    pub text: Option<String>,
}

/// What the same traffic came to with a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reran {
    /// In words.
    pub words: String,
    /// Whether that is better.
    pub better: bool,
    /// Whether nobody gets an error any more.
    pub clean: bool,
}

/// What is known of each remedy of a run.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// What trying every gap said of each, by its position.
    pub proofs: LiteMap<u32, Option<Proved>>,
    /// What the same traffic came to with the others, by their position, and whether that is better.
    pub reruns: LiteMap<u32, Reran>,
    /// The one whose configuration is shown.
    pub config: Option<Config>,
}

/// A remedy as configuration to paste.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its edits: path and text.
    pub edits: Vec<(String, String)>,
    /// One for each program or machine; `None`: the clerk writes it.
    pub rows: Option<Vec<ConfigRow>>,
}

/// What many runs answer.
#[derive(Clone, Debug, Default)]
pub struct Many {
    /// Which idle gaps are dangerous, and how likely they are.
    pub likely: Likely,
    /// The window in which knobs are swept.
    pub sweeping: Sweeping,
    /// Any client with any server.
    pub pairs: Pairs,
    /// How our runs compare with recorded real ones, once it has been loaded.
    pub reality: Option<Rc<str>>,
    /// In how many ways the scenario can end: in words, and each of them; `None`: runs are still at it.
    pub orders: Option<(String, Vec<WayRow>)>,
}

/// Which idle gaps are dangerous, and how likely they are.
#[derive(Clone, Debug, Default)]
pub struct Likely {
    /// How long connections lie idle, as it was typed; empty: as the scenario has it.
    pub gaps: String,
    /// The lines of it, or what is wrong with what was typed; `None`: runs are still at it.
    pub said: Option<Result<String, String>>,
}

/// A sentence for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A link cannot be read.
    BadLink(LinkError),
    /// A pasted link cannot be read.
    BadPaste(LinkError),
    /// A part of a link was not understood.
    Note(Invalid),
    /// An edit cannot be made.
    Wrong(Invalid),
    /// A remedy was applied.
    Applied(String),
    /// The link comes from another engine.
    OtherEngine(String),
    /// Something is on the clipboard.
    Copied,
    /// The browser refused.
    CopyFailed,
    /// What an act takes did not come.
    NotLoaded,
    /// A newer version of the page waits.
    Newer,
    /// The reader ended a run.
    Stopped,
    /// A link selects a segment that this run does not have.
    NoSegment,
    /// A link shows a moment after the end of the run, which is here.
    NoMoment(Time),
    /// There is no lesson of this number, but so many.
    NoLesson(usize),
    /// A link to a lesson has a part that only links to scenarios have: its key.
    NotOfLesson(String),
    /// The clerk writes a file.
    Writing,
    /// A file has been offered to keep: its name.
    Saved(String),
    /// The scenario was made from a capture: what was read off.
    Like(String),
}

/// What has decided so far in the runs of one story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// The scenario's title.
    pub story: String,
    /// The paths of its fields.
    pub paths: Vec<String>,
}

/// What has to wait.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// What is told when there is nothing else to tell: it has time.
    pub notice: Option<Notice>,
    /// Acts for which something is still being loaded, oldest first.
    pub acts: Vec<Msg>,
    /// Whether what waits for acts has come.
    pub here: bool,
    /// Whether what waits for the page's first run has been asked for: a capture takes a run away, and the next one is not the first.
    pub begun: bool,
}

/// Where the author of a link stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// Position in the run.
    pub at: Option<Time>,
    /// The selected segment.
    pub segment: Option<Selection>,
}

impl Model {
    /// The page before it knows anything: the first preset, nothing run yet.
    pub fn new() -> Self {
        Self {
            env: Env::default(),
            lang: Lang::En,
            theme: Theme::Auto,
            screen: Screen::First,
            scenario: Rc::new(presets::ALL[0].scenario()),
            past: Vec::new(),
            future: Vec::new(),
            capture: None,
            run: None,
            running: None,
            ticket: 0,
            before: None,
            parted: None,
            flipped: Place::Now,
            beside_ticket: (0, String::new()),
            picture: None,
            picture_before: None,
            story: None,
            focus: None,
            shown: Shown::All,
            play: None,
            speed: 3,
            unit: Unit::default(),
            instant: None,
            selected: None,
            lit: Lit::default(),
            look: Look::default(),
            presents: false,
            qr: None,
            knob: Knob::default(),
            drafts: LiteMap::new(),
            delay: "200ms".to_owned(),
            json: None,
            pane: Pane::Form,
            played: Played::default(),
            open_groups: Vec::new(),
            strip: Strip::None,
            tried: Tried::default(),
            view: (0.0, 1_600.0),
            medium: Medium::Screen,
            dialog: None,
            writing: Writing::default(),
            packed: None,
            pasting: String::new(),
            cards: LiteMap::new(),
            shelf: Shelf::default(),
            filter: String::new(),
            notice: None,
            waits: Waits::default(),
            arrival: None,
            lessons: None,
            wanted: None,
            sitting: None,
            done: Vec::new(),
            symptoms: None,
            terms: None,
            term: None,
            error: String::new(),
            many: Many::default(),
            fresh: Fresh::default(),
            stories: None,
            cast: None,
            help: None,
            missing: None,
            promised: None,
        }
    }

    /// The preset that the scenario is, unedited.
    pub fn preset(&self) -> Option<&'static Preset> {
        presets::of(&self.scenario)
    }

    /// The preset whose story it tells: itself, or the one that it has been edited from, for an edited one keeps its title.
    pub fn story(&self) -> Option<&'static Preset> {
        presets::story_of(&self.scenario)
    }

    /// What it is called: the preset's title in the reader's language, else its own.
    pub fn title(&self) -> String {
        if let Some(lesson) = super::lesson::lesson(self) {
            return lesson.title.of(self.lang).to_owned();
        }
        if let Some(capture) = &self.capture {
            return capture.name.clone();
        }
        presets::title(&self.scenario, self.lang).to_owned()
    }

    /// Room for the outcome strip, px.
    pub const fn strip_width(&self) -> u32 {
        match self.env.lanes {
            Lane::One => 350,
            Lane::Two => 720,
        }
    }

    /// Room for the picture of a sweep in its window, px.
    pub const fn sweep_width(&self) -> u32 {
        match self.env.lanes {
            Lane::One => 330,
            Lane::Two => 760,
        }
    }

    /// Whether a group is open that can be opened and closed.
    pub fn is_open(&self, group: &str) -> bool {
        self.open_groups.iter().any(|open| open == group)
    }

    /// Whether the run before stands beside the present one.
    pub fn compares(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| before.beside == Beside::Yes)
    }

    /// An error as a program prints it; what is no program's words but ours, in the reader's language.
    pub fn error<'a>(&self, error: &'a str) -> &'a str {
        whyeof_render::describe::error_in(error, self.lang)
    }

    /// The words of a text in the reader's language.
    pub fn say(&self, text: whyeof_scenario::Text) -> &'static str {
        text.of(self.lang)
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}
