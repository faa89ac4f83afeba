//! What can happen to the page, and what the page can ask of the browser.

use crate::app::animate::Unit;
use crate::app::capture::Watch;
use crate::app::lesson::Learn;
use crate::app::look::Turn;
use crate::app::model::{Dialog, Env, Freshness, Lane, Medium, Pane, Shelf, Theme};
use crate::app::sweep::Sweep;
use crate::picture::Place;
use crate::proto::{AboutSweep, Answer, Around, Question};
use crate::run::Run;
use std::rc::Rc;
use whyeof_render::formats::Written;
use whyeof_scenario::by_hand::Act;
use whyeof_scenario::{Lang, Scenario};
use whyeof_trace::{RecordId, Time};

/// Something that happened: a reader's act, an answer, a tick.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// What a callback says, however often it is called.
    Said(Rc<Self>),
    /// The page begins.
    Start(Env),
    /// The part of the address from `#` on was changed by the reader.
    AddressChanged(String),
    /// What stands in the field for links.
    Paste(String),
    /// What is sought among the scenarios.
    Filter(String),
    /// Open the link in that field.
    Pasted,
    /// How long connections lie idle, being typed.
    Gaps(String),
    /// A knob was turned, whichever: the whole scenario.
    Edit(Rc<Scenario>),
    /// A field's text, valid or not.
    Field {
        /// The field's path.
        path: String,
        /// What stands in it.
        text: String,
    },
    /// Another client (0), server (1) or proxy (2) in the window of pairs.
    Pair(usize, String),
    /// Shows what edits are as configuration to paste, or puts it away.
    Config(Vec<(String, String)>),
    /// Puts the run with a remedy beside this one.
    CompareFix {
        /// What it is called.
        name: String,
        /// The edits.
        edits: Vec<(String, String)>,
    },
    /// Edits of a remedy or of a preset's variant: path and text.
    Apply {
        /// What they are called.
        name: String,
        /// The edits.
        edits: Vec<(String, String)>,
    },
    /// Something is to happen to the packet that this record sends.
    ByHand(RecordId, Act),
    /// How long a packet is to be delayed, being typed.
    DelayBy(String),
    /// A fault or a command of this name is taken away.
    TakeAway(String),
    /// The scenario as JSON, being typed.
    Json(String),
    /// Run the typed JSON.
    RunJson,
    /// Somebody looks at a capture.
    Capture(Watch),
    /// Another story.
    Preset(&'static str),
    /// The main button of the first visit.
    FixIt,
    /// One edit back.
    Undo,
    /// One edit on.
    Redo,
    /// A run is over.
    Ran(u32, Rc<Run>),
    /// A run goes on: this many records so far.
    StillRunning(u32, usize, Time),
    /// End the run that is under way.
    Stop,
    /// Run the scenario once more.
    RunAgain,
    /// What this tab kept of the first run's scenario comes back.
    Resume,
    /// What lies around the run is to be found out.
    LookAround,
    /// A worker says something.
    Worker(Answer),
    /// A worker failed.
    WorkerFailed(String),
    /// What waits for acts has been loaded, or has not come.
    Later(Result<(), ()>),
    /// An animation frame, in milliseconds of the browser's clock.
    Frame(f64),
    /// Play, or pause.
    TogglePlay,
    /// The event before or after.
    Step(i32),
    /// The request before or after.
    StepRequest(i32),
    /// To this event (a position in the list of events).
    Seek(usize),
    /// The scrubber was let go.
    SeekDone,
    /// To the very beginning.
    Rewind,
    /// Everything is shown again.
    ShowAll,
    /// How fast it plays: a position in the list of speeds.
    Speed(u8),
    /// What a step goes on by.
    Unit(Unit),
    /// The state of things at the moment that is shown, or no more.
    Instant,
    /// The link of what is shown, for the clipboard.
    CopyLink,
    /// A record in the diagram, the list or the reasons.
    Select(Option<RecordId>),
    /// A record that a reason names: it is selected and brought into sight.
    Show(RecordId),
    /// The element of this id gets the keyboard's focus.
    FocusOn(&'static str),
    /// The first visit's page.
    Home,
    /// What is being typed into a field.
    Typing {
        /// The field's path.
        path: String,
        /// What stands in it.
        text: String,
    },
    /// The pointer is over these records elsewhere than in the diagram.
    Hover(Vec<RecordId>),
    /// The pointer is over this record in the diagram, at this point of the window, or over none.
    Point(Option<(RecordId, (i32, i32))>),
    /// The diagram is to be looked at otherwise.
    Turn(Turn),
    /// The diagram is to be so many times as high; what stands at this height of the view stays there, or else its middle.
    Zoom(f64, Option<f64>),
    /// To this share of the diagram's height.
    GoTo(f64),
    /// One request, or the whole run.
    Focus(Option<usize>),
    /// The form or the JSON.
    Pane(Pane),
    /// A group of fields is opened to its rare ones.
    More(String),
    /// How many lanes the diagram has room for.
    Lanes(Lane),
    /// The page is printed, or has been.
    Medium(Medium),
    /// A field's number is turned by so many steps.
    Turned(String, i32),
    /// A field's number is dragged: so many steps from where that began.
    Dragged(String, i32),
    /// What was done before has been drawn: now the run of where it is.
    DragOn,
    /// It is let go.
    Dropped,
    /// It is given up.
    GiveUp,
    /// What had no time while it was dragged has time now.
    Settled,
    /// The diagram that has been laid out is drawn.
    Draw,
    /// What stands around it is drawn.
    DrawAround,
    /// The address is to show what the page shows.
    Address,
    /// The window in which knobs are swept.
    Sweep(Sweep),
    /// The page is left, or covered for who knows how long.
    Leaving,
    /// A term is asked about, by position, at this place, px.
    Term(Option<(usize, (i32, i32))>),
    /// A newer version of the page has come and waits.
    Newer,
    /// Take it.
    TakeOver,
    /// The diagram was scrolled: first visible pixel and how many, in the diagram's own units.
    Scrolled(f64, f64),
    /// A window over the page, or none.
    Open(Option<Dialog>),
    /// Text for the clipboard.
    Copy(String),
    /// Whether the browser took it.
    Copied(bool),
    /// A file to keep, by format.
    Export(&'static str),
    /// The diagram as PNG, light or dark.
    Png(Theme),
    /// The run as a text in a window, by format.
    View(&'static str),
    /// The other language.
    Language(Lang),
    /// The next theme.
    Theme(Theme),
    /// On a wall, or no more.
    Present,
    /// How the scenarios are put together.
    Shelf(Shelf),
    /// The error that somebody pastes.
    PasteError(String),
    /// What is known of its connection.
    Fresh(Freshness),
    /// Somebody learns.
    Learn(Learn),
    /// Somebody may want to read this.
    Read(Book),
    /// A file to read is here, or did not come.
    Loaded(Book, Option<String>),
    /// The notice was read.
    Dismiss,
    /// Beside the run before the last edit, or alone.
    Compare,
    /// Beside a run of this scenario, which is called so.
    CompareWith(String, Rc<Scenario>),
    /// A run to compare with is over.
    RanBeside(u32, Rc<Run>),
    /// To where both runs part.
    ToDifference,
    /// The other one of both runs, where there is room for one only.
    Flip(Place),
    /// From the first visit to the workbench.
    Workbench,
}

/// A file beside the page that is loaded when somebody wants to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Book {
    /// What the presets tell.
    Stories,
    /// What the runtimes do.
    Cast,
    /// What the fields of the form do.
    Help,
    /// The lessons.
    Lessons,
    /// What error lines can mean.
    Symptoms,
    /// `terms.json`.
    Terms,
    /// Every client with every server.
    Pairs,
    /// Recorded real runs, and how ours compare.
    Reality,
}

/// Something asked of the browser. Its answer comes back as a [`Msg`].
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run a scenario, in slices; answers [`Msg::Ran`] with the ticket.
    Run(u32, Rc<Scenario>),
    /// Give up the run that is under way.
    StopRun,
    /// Run a scenario to compare with; answers [`Msg::RanBeside`] with the ticket.
    RunBeside(u32, Rc<Scenario>),
    /// Ask the explorer for a strip and the proofs of remedies; ends what it is doing.
    Explore(Box<Around>),
    /// End what the explorer is doing.
    StopExplorer,
    /// Ask the clerk for a file or a packed link; answers [`Msg::Worker`].
    Clerk(Question),
    /// Let the clerk open the file that was dropped or chosen last, under this number; words in this language.
    OpenCapture(u32, String),
    /// End the clerk, who is reading a file.
    StopClerk,
    /// Sweep, each worker a part.
    Sweep(Vec<AboutSweep>),
    /// End a sweep.
    StopSweep,
    /// Let the address show this, from `#` on (empty: without).
    ReplaceAddress(String),
    /// Call back at the next animation frame.
    NextFrame,
    /// Answers with this in a task of its own, so that none takes long.
    Then(Box<Msg>),
    /// The same, when the next frame has been drawn.
    AfterFrame(Box<Msg>),
    /// Keep a preference.
    Keep(&'static str, String),
    /// Theme, language and title of the document.
    Dress(Theme, Lang, String),
    /// Put text on the clipboard; answers [`Msg::Copied`].
    Copy(String),
    /// Offer a file: name, media type, contents.
    Save(String, &'static str, Written),
    /// Offer a picture as PNG: name, and the SVG that it is drawn from.
    SavePng(String, String),
    /// Bring the diagram to this height, in its own units.
    ScrollDiagram(f64),
    /// Let the view of the diagram begin at this height.
    PinDiagram(f64),
    /// Let this height of the diagram stand in the middle of its view.
    CentreDiagram(f64),
    /// Keep what lies between these heights of the diagram in sight.
    FollowDiagram(f64, f64),
    /// Tell anew which part of the diagram is in view; answers [`Msg::Scrolled`].
    TellView,
    /// Put the keyboard's focus on the element of this id.
    FocusOn(&'static str),
    /// Let the reason that is selected stand where it can be read.
    StepIntoSight,
    /// Keep in this tab, under a name.
    KeepInTab(&'static str, String),
    /// Keep what this tab has when the reader has paused; answers [`Msg::Leaving`].
    KeepSoon,
    /// Keep the site's files, so that the page works without a network; answers [`Msg::Newer`] when others have come.
    KeepOffline,
    /// Load the page anew, in its newer version.
    TakeOver,
    /// Load a file to read; answers [`Msg::Loaded`].
    Load(Book),
    /// Load what waits for acts; answers [`Msg::Later`].
    LoadLater,
    /// Say when the first diagram was drawn.
    Mark(&'static str),
}
