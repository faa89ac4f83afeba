//! What the page and its workers say to each other: scenarios go in as JSON, outcomes and texts come out. A trace never
//! crosses.

use std::rc::Rc;
use wasm_bindgen::JsValue;
use whyeof_diagnose::Basis;
use whyeof_render::formats::Written;
use whyeof_render::import::Packed;

/// What a worker is asked; [`crate::app::asked`] writes and reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What lies around a request. It can take a while.
    Around(Around),
    /// The scenario's run as a file of this format.
    Export {
        /// An answer that it cannot be done carries it.
        id: u32,
        /// The scenario.
        scenario: String,
        /// The format's id.
        format: String,
        /// The language of its words, as a tag.
        lang: String,
        /// The page's address, for a link in it.
        base: String,
    },
    /// A scenario as a link carries it.
    Pack {
        /// The scenario.
        scenario: String,
    },
    /// A link as a picture that a phone reads.
    Qr {
        /// The link.
        link: String,
    },
    /// What each preset looks like and comes to.
    Cards,
    /// Which idle gaps before a request are dangerous, and how likely they are.
    Risk(AboutRisk),
    /// In how many ways a scenario can end, if what is due at one moment happens in other orders.
    Orders {
        /// Its answer carries it.
        id: u32,
        /// The scenario.
        scenario: String,
        /// The language of the words, as a tag.
        lang: String,
    },
    /// What a client and a server come to.
    Pair(AboutPair),
    /// Edits as configuration to paste.
    Config {
        /// The scenario.
        scenario: String,
        /// Path and text.
        edits: Vec<(String, String)>,
        /// The language of the comments, as a tag.
        lang: String,
    },
    /// Something about a capture.
    Capture(AboutCapture),
    /// A part of a sweep.
    Sweep(AboutSweep),
    /// The picture of a sweep.
    SweepPicture(SweptRuns),
}

/// Something that is to be found out about a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutCapture {
    /// Its answers carry it, so that late ones can be told.
    pub id: u32,
    /// What.
    pub ask: AskCapture,
    /// The language of the words, as a tag.
    pub lang: String,
}

/// What can be asked about a capture. Connections are named by their numbers, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskCapture {
    /// What is in this file.
    Open(Posted),
    /// The trace of a connection.
    Part(u32),
    /// A scenario that does the same.
    Like {
        /// Which connection.
        flow: u32,
        /// What the scenario is to be called.
        name: String,
    },
    /// A connection as a file.
    File {
        /// Which connection.
        flow: u32,
        /// The format's id.
        format: String,
    },
}

/// Something of the browser's that is posted as it is: a file.
#[derive(Clone, Debug)]
pub struct Posted(pub JsValue);

/// By identity: what is in it is not looked at.
impl PartialEq for Posted {
    fn eq(&self, other: &Self) -> bool {
        js_sys::Object::is(&self.0, &other.0)
    }
}

impl Eq for Posted {}

/// What the clerk says of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureSaid {
    /// So many hundredths of it have been read.
    Reading(u32),
    /// What is in it.
    Opened(OpenedCapture),
    /// The trace of a connection, and whether its end was left out.
    Part {
        /// Which.
        flow: u32,
        /// The trace.
        packed: Packed,
        /// Whether it has more than can be drawn.
        cut: bool,
    },
    /// A scenario that does the same, and what was read off.
    Like {
        /// As JSON.
        scenario: String,
        /// In words.
        told: String,
    },
    /// It cannot be done, in words.
    Wrong(String),
}

/// What is in a capture; words in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenedCapture {
    /// How its requests went.
    pub verdict: [String; 2],
    /// How much is in it, and where it was taken.
    pub about: [String; 2],
    /// Where it breaks off; empty: nowhere.
    pub broken: [String; 2],
    /// The address of the machine that it was taken on.
    pub tap: String,
    /// The connection to be shown first.
    pub interest: u32,
    /// Connections that are not listed.
    pub more: u32,
    /// Its connections.
    pub rows: Vec<FlowRow>,
}

/// A connection of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowRow {
    /// Its number, from 0.
    pub flow: u32,
    /// Address and port of the client,
    pub client: String,
    /// and of the server.
    pub server: String,
    /// When it begins, and how long it lasts: seconds.
    pub opens: String,
    /// See there.
    pub lasts: String,
    /// Its packets.
    pub packets: u32,
    /// Its requests,
    pub requests: u32,
    /// and those without an answer.
    pub unanswered: u32,
    /// What it speaks.
    pub speech: String,
    /// Who ended it, and how; empty: nobody.
    pub ended: String,
    /// The code of the gravest finding about it; empty: none.
    pub finding: String,
}

/// What is to be found out about one request of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// Answers carry it, so that late ones can be told.
    pub id: u32,
    /// The scenario.
    pub scenario: String,
    /// The request, by its position.
    pub request: u32,
    /// Edits of the scenario that are to be proved safe.
    pub remedies: Vec<Trial>,
    /// The reader's language, by its tag.
    pub lang: String,
    /// Room for the strip, px.
    pub width: u32,
}

/// Which idle gaps before one request of one scenario are dangerous, and how likely they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutRisk {
    /// Its answer carries it, so that a late one can be told.
    pub id: u32,
    /// The scenario.
    pub scenario: String,
    /// The request, by its position.
    pub request: u32,
    /// The gaps, as the reader typed them; empty: as the scenario has them.
    pub gaps: String,
    /// The language of the words, as a tag.
    pub lang: String,
}

/// A sweep, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AboutSweep {
    /// Its answers carry it, so that late ones can be told.
    pub id: u32,
    /// The scenario.
    pub scenario: String,
    /// What is varied: one or two, `path=from..to/lin101`.
    pub overs: Vec<String>,
    /// Runs of each value.
    pub seeds: u32,
    /// Which part: every so many-th run from this one on.
    pub part: u32,
    /// Of how many.
    pub of: u32,
    /// The reader's language, by its tag.
    pub lang: String,
}

/// A sweep that is to be drawn, as far as it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweptRuns {
    /// The sweep.
    pub sweep: AboutSweep,
    /// What runs come to.
    pub kinds: Vec<String>,
    /// Which of those each run does: a character each, its number.
    pub runs: String,
    /// Whether no more runs come: then it is told where one outcome turns into another, which takes runs of its own.
    pub ended: bool,
    /// Room for the picture, px.
    pub width: u32,
}

/// One way in which a scenario can end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WayRow {
    /// What its field `ties` has to be.
    pub ties: String,
    /// How its requests end, a line for those in a row that end alike.
    pub lines: String,
}

/// A client and a server, as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AboutPair {
    /// The runtimes of the client, of the server, and of a proxy between them; empty: none.
    pub of: [String; 3],
    /// The language of the words, as a tag.
    pub lang: String,
}

/// Lines of somebody's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigRow {
    /// Whose.
    pub of: String,
    /// The lines.
    pub lines: String,
}

/// A sweep that is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepDrawing {
    /// See [`SweptRuns::ended`].
    pub ended: bool,
    /// As SVG, for the page,
    pub picture: Rc<str>,
    /// and as a file of its own.
    pub file: String,
    /// In words.
    pub words: String,
    /// The values of each knob.
    pub values: Vec<Vec<String>>,
    /// Where one outcome turns into another.
    pub edges: Vec<EdgeRow>,
    /// How many more edges there are, as it is told; empty: none.
    pub more: String,
}

/// Two values next to each other that end differently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeRow {
    /// The lower,
    pub below: String,
    /// and the upper one.
    pub above: String,
    /// Between values of the first knob, 0, or of the second, 1.
    pub along: u32,
    /// The value of the other knob; empty: there is none.
    pub beside: String,
    /// How it ends at the lower, in words,
    pub from: String,
    /// and at the upper one.
    pub to: String,
}

/// Edits of the scenario that are to be proved safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// For which request, by its position; `None`: for all of them, by the same traffic once more.
    pub request: Option<u32>,
    /// Path and text.
    pub edits: Vec<(String, String)>,
}

/// What a preset looks like and comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its run in small, as SVG.
    pub picture: Rc<str>,
    /// The error that its callers see, without what stands before it; empty: none.
    pub symptom: String,
    /// The code of its leading finding; empty: none.
    pub cause: String,
    /// The runtimes of its programs, by id, each once: clients, proxies, servers.
    pub runtimes: Vec<String>,
}

/// What trying every gap said of one remedy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proved {
    /// Gaps from 0 to here were tried, in nanoseconds.
    pub to: u64,
    /// How many runs.
    pub runs: u32,
    /// The first gap that fails, in nanoseconds, and the error.
    pub fails_at: Option<(u64, String)>,
    /// The first gap at which the request is sent again by itself, in nanoseconds.
    pub replays_at: Option<u64>,
    /// Whose requests those two are about; empty: the ones that were asked about.
    pub whose: String,
    /// The draws of chance that each gap was tried with.
    pub draws: Basis,
    /// Requests that fail all the same in the same run with it.
    pub still_failed: u32,
    /// Whether the network goes wrong at a given time, and the same run goes well with it.
    pub mends: bool,
    /// What it costs in the same traffic, in words; empty: nothing.
    pub costs: String,
}

impl Proved {
    /// Safe for every gap that was tried, whatever chance decides, without sending anything twice; and nothing else fails.
    pub const fn is_green(&self) -> bool {
        self.fails_at.is_none()
            && self.replays_at.is_none()
            && self.still_failed == 0
            && self.draws.is_whole()
    }
}

/// What the worker says; [`crate::app::heard`] writes and reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is up: what was posted before would have been lost.
    Ready,
    /// Nothing comes before this request, so there is no gap to vary.
    NoGap {
        /// The question.
        id: u32,
    },
    /// How many runs of the strip are done.
    Progress {
        /// The question.
        id: u32,
        /// Runs done.
        done: u32,
        /// Of how many.
        of: u32,
    },
    /// The strip.
    Strip {
        /// The question.
        id: u32,
        /// Drawn, as SVG.
        picture: String,
        /// In words.
        words: String,
        /// How many runs.
        runs: u32,
        /// How long they took, in microseconds.
        micros: u32,
    },
    /// One remedy, tried.
    Proof {
        /// The question.
        id: u32,
        /// Which remedy, by its position.
        remedy: u32,
        /// The result; `None`: it cannot be applied.
        proved: Option<Proved>,
    },
    /// The same traffic once more, with a remedy that is about no race.
    Reran {
        /// The question.
        id: u32,
        /// Which remedy, by its position.
        remedy: u32,
        /// What it came to.
        words: String,
        /// Whether that is better.
        better: bool,
        /// Whether nobody gets an error any more.
        clean: bool,
    },
    /// Everything about the question has been said.
    Done {
        /// The question.
        id: u32,
    },
    /// A run as a file.
    Exported {
        /// The format's id.
        format: String,
        /// What to put into it.
        file: Written,
    },
    /// Something about a capture.
    Capture {
        /// The question.
        id: u32,
        /// What.
        said: CaptureSaid,
    },
    /// A scenario as a link carries it.
    Packed {
        /// The scenario.
        scenario: String,
        /// The same, packed.
        packed: String,
    },
    /// What a preset looks like and comes to.
    Card {
        /// Its id.
        preset: String,
        /// The rest.
        card: Card,
    },
    /// A link as a picture that a phone reads.
    Qr {
        /// The link.
        link: String,
        /// As SVG; `None`: it is too long for one.
        picture: Option<String>,
    },
    /// Which idle gaps are dangerous, and how likely they are.
    Risk {
        /// The question.
        id: u32,
        /// The gaps as they were typed.
        gaps: String,
        /// Line by line, each two spaces further in than what it belongs to.
        lines: String,
        /// What is wrong with the gaps; empty: nothing.
        wrong: String,
    },
    /// Some more runs of a sweep's part.
    Swept {
        /// The question.
        id: u32,
        /// The part.
        part: u32,
        /// What runs of this part come to, a line each.
        kinds: String,
        /// Which of those the next runs do: a character each, its number.
        runs: String,
        /// How long this part has taken so far, in microseconds.
        micros: u32,
        /// How many runs the sweep has in all its parts.
        total: u32,
    },
    /// A sweep that is drawn.
    SweepDrawn {
        /// The question.
        id: u32,
        /// The rest.
        drawing: Rc<SweepDrawing>,
    },
    /// In how many ways a scenario can end.
    Orders {
        /// The question.
        id: u32,
        /// How many orders were tried, and how many ways there are, in words.
        words: String,
        /// Each way once.
        ways: Vec<WayRow>,
    },
    /// What a client and a server come to.
    Pair {
        /// Which.
        of: AboutPair,
        /// Line by line, each two spaces further in than what it belongs to.
        lines: String,
        /// The link of the scenario; empty: there is none.
        link: String,
    },
    /// Edits as configuration to paste.
    Config {
        /// The edits, as they were asked for.
        edits: Vec<(String, String)>,
        /// One for each program or machine.
        rows: Vec<ConfigRow>,
    },
    /// There is no such sweep.
    SweepWrong {
        /// The question.
        id: u32,
        /// Why.
        why: String,
    },
    /// The question could not be understood.
    Failed {
        /// The question.
        id: u32,
        /// Why.
        why: String,
    },
}

impl Answer {
    /// Another worker answers that.
    pub(crate) fn not_mine() -> Self {
        Self::Failed {
            id: 0,
            why: "this worker does not do that".to_owned(),
        }
    }
}
