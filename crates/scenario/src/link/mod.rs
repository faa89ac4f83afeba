//! A scenario as a link: all of it stands after `#`, so nothing of it reaches a server.
//!
//! Readable when fields are all that differ from a preset, `#p=pyroscope-idle-race&servers.pyroscope.options.IdleTimeout=30s`;
//! whole otherwise, `#s=1.<base64url(deflate(json))>`. Position, selection, language and view ride along; the end says which
//! engine drew what the sender saw. Plain ASCII, and the last character is a letter or digit, so that chat programs do not
//! cut it.
//!
//! Reading is bounded and kind: what a later version added is left out and told ([`Opened::notes`]), what cannot
//! be meant is refused.

mod escape;
mod pack;

use crate::fields::{apply_known, unknown_path};
use crate::invalid::{Invalid, Problem, What, nearest, shorten};
use crate::presets;
use crate::span::{Span, Unit};
use crate::v1::Scenario;
pub use pack::pack;
use pack::unpack;
use std::convert::Infallible;
use std::fmt;
use whyeof_trace::{Lang, Side, Text, Time, Trace, digest};

/// Longer links are cut by some chat programs.
pub const CHAT_LIMIT: usize = 1_900;
/// Longer ones are not read.
const MAX_LENGTH: usize = 128 * 1024;
/// More parts than a readable link ever has.
const MAX_PARTS: usize = 256;
/// A readable link with more edits than this would be longer than a whole one.
const MAX_EDITS: usize = 24;

/// What a link carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// What to run; `None`: whatever the page opens with.
    pub scenario: Option<Scenario>,
    /// Where in the run.
    pub at: Option<Time>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// The sender's language; the reader's own choice goes first.
    pub lang: Option<Lang>,
    /// Whether it is to be shown inside another page.
    pub view: View,
    /// The engine that drew what the sender saw.
    pub engine: Option<Engine>,
}

/// How the page shows itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// With everything.
    #[default]
    Whole,
    /// Inside another page.
    Embedded,
}

/// A segment, named so that it is the same one in every version of the engine that draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Connection, from 1.
    pub connection: u32,
    /// Which end sent it.
    pub side: Side,
    /// The how-manieth that this end sent on this connection, from 1.
    pub segment: u32,
}

/// An engine and what it drew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its version: `0.1.0`.
    pub version: String,
    /// The first eight hexadecimal digits of the run's digest.
    pub digest: Option<String>,
}

/// A link that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// What it carries.
    pub shared: Shared,
    /// The preset it names.
    pub preset: Option<&'static str>,
    /// What was not understood and left out; a later version may have written it.
    pub notes: Vec<Invalid>,
}

/// Why a link cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// There is nothing in the text that looks like a link of ours.
    NoLink,
    /// It is longer, or unpacks to more, than anything of ours.
    TooLong,
    /// It has been cut or altered on its way.
    Damaged {
        /// The part.
        key: String,
    },
    /// Its scenario has a form that this version does not know.
    NewerForm {
        /// The form's number.
        form: String,
    },
    /// A part stands in it twice.
    Twice {
        /// The part.
        key: String,
    },
    /// What it carries is no valid scenario.
    Invalid(Invalid),
}

/// The part of a link from `#` on; the address of any page of ours goes before it.
pub fn encode(shared: &Shared) -> String {
    let packed = |json: String| Ok::<_, Infallible>(pack(&json));
    encode_with(shared, packed).unwrap_or_else(|never| match never {})
}

/// [`encode`] for a program that leaves packing to another: `packed` is asked for what [`pack`] makes of a scenario's
/// JSON, unless the link is readable.
///
/// # Errors
/// That of `packed`.
pub fn encode_with<E>(
    shared: &Shared,
    packed: impl FnOnce(String) -> Result<String, E>,
) -> Result<String, E> {
    let mut parts = match &shared.scenario {
        Some(scenario) => scenario_parts(scenario, packed)?,
        None => Vec::new(),
    };
    if let Some(at) = shared.at {
        let at = Span(i64::try_from(at.nanos()).unwrap_or(i64::MAX));
        parts.push(format!("t={at}"));
    }
    if let Some(selection) = shared.selection {
        parts.push(format!("sel={selection}"));
    }
    if let Some(lang) = shared.lang {
        parts.push(format!("lang={}", lang.tag()));
    }
    if shared.view == View::Embedded {
        parts.push("e".to_owned());
    }
    parts.push(match &shared.engine {
        Some(engine) => format!("v={}", escape::encode(&engine.to_string())),
        None => format!("v={}", env!("CARGO_PKG_VERSION")),
    });
    let mut link = format!("#{}", parts.join("&"));
    if !link.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        // Only a version that is none of ours ends in anything else.
        link.push_str("&x");
    }
    Ok(link)
}

/// Whether chat programs leave a link of this length whole.
pub const fn fits_chat(link: &str) -> bool {
    link.len() <= CHAT_LIMIT
}

/// Reads a link, a part from `#` on, or a text in which one stands.
///
/// # Errors
/// When it is no link, damaged, or carries no valid scenario.
pub fn decode(text: &str) -> Result<Opened, LinkError> {
    let parts = parts(text)?;
    let whole = parts.iter().find(|(key, _)| key == "s");
    let whole = whole.map(|(_, value)| packed(value).and_then(unpack));
    read(&parts, whole.transpose()?.as_deref())
}

/// The packed scenario of a form that this version knows.
fn packed(value: &str) -> Result<&str, LinkError> {
    let damaged = || LinkError::Damaged {
        key: "s".to_owned(),
    };
    let (form, packed) = value.split_once('.').ok_or_else(damaged)?;
    if form == "1" {
        Ok(packed)
    } else {
        let form = shorten(form);
        Err(LinkError::NewerForm { form })
    }
}

/// Keys and values, each key once.
fn parts(text: &str) -> Result<Vec<(String, String)>, LinkError> {
    let fragment = escape::fragment(text).ok_or(LinkError::NoLink)?;
    if fragment.len() > MAX_LENGTH {
        return Err(LinkError::TooLong);
    }
    let mut parts: Vec<(String, String)> = Vec::new();
    // Where a link went through HTML, its `&` may have become `&amp;`.
    let parts_of = fragment
        .split('&')
        .map(|part| part.strip_prefix("amp;").unwrap_or(part));
    for part in parts_of.filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let damaged = || LinkError::Damaged { key: shorten(key) };
        let name = escape::decode(key).ok_or_else(damaged)?;
        let value = escape::decode(value).ok_or_else(damaged)?;
        if parts.iter().any(|(known, _)| *known == name) {
            let key = shorten(&name);
            return Err(LinkError::Twice { key });
        }
        parts.push((name, value));
        if parts.len() > MAX_PARTS {
            return Err(LinkError::TooLong);
        }
    }
    Ok(parts)
}

fn scenario_parts<E>(
    scenario: &Scenario,
    packed: impl FnOnce(String) -> Result<String, E>,
) -> Result<Vec<String>, E> {
    Ok(match presets::nearest(scenario, MAX_EDITS) {
        Some((preset, edits)) => {
            let edits = edits
                .iter()
                .map(|(path, text)| format!("{}={}", escape::encode(path), escape::encode(text)));
            std::iter::once(format!("p={}", preset.id))
                .chain(edits)
                .collect()
        }
        None => vec![format!("s=1.{}", packed(scenario.to_json())?)],
    })
}

const A_MOMENT: Text = Text::new(
    "a moment in seconds, as `20.5`",
    "以秒计的时刻，例如 `20.5`",
);
const A_SEGMENT: Text = Text::new(
    "connection, end and segment, as `1.c.3`",
    "连接、哪一端、第几个报文段，例如 `1.c.3`",
);
const A_LANGUAGE: Text = Text::new("`en` or `zh`", "`en` 或 `zh`");
const A_VERSION: Text = Text::new("a version, as `0.1.0`", "版本号，例如 `0.1.0`");

/// Keys that are no paths.
const KEYS: [&str; 7] = ["p", "s", "t", "sel", "lang", "e", "v"];

fn read(parts: &[(String, String)], whole: Option<&str>) -> Result<Opened, LinkError> {
    let mut opened = Opened::default();
    let mut edits: Vec<(&str, &str)> = Vec::new();
    for (key, value) in parts {
        let (key, value) = (key.as_str(), value.as_str());
        match key {
            "p" => opened.open_preset(value)?,
            "s" => opened.open_whole(whole.unwrap_or_default())?,
            "t" => opened.shared.at = opened.noted(key, value, read_time(value), A_MOMENT),
            "sel" => {
                opened.shared.selection =
                    opened.noted(key, value, Selection::parse(value), A_SEGMENT)
            }
            "lang" => {
                opened.shared.lang = opened.noted(key, value, Lang::from_tag(value), A_LANGUAGE)
            }
            "e" => opened.shared.view = View::Embedded,
            "v" => opened.shared.engine = opened.noted(key, value, Engine::parse(value), A_VERSION),
            // Anybody may hang something of their own on a link.
            _ if key == "x" || key.starts_with("x-") => {}
            _ => edits.push((key, value)),
        }
    }
    opened.edit(edits)?;
    Ok(opened)
}

impl Opened {
    fn open_preset(&mut self, id: &str) -> Result<(), LinkError> {
        let Some(preset) = presets::find(id) else {
            let known: Vec<_> = presets::ALL.iter().map(|preset| preset.id).collect();
            let problem = Problem::unknown(What::Preset, id, &known);
            return Err(LinkError::Invalid(Invalid::new("p", problem)));
        };
        self.preset = Some(preset.id);
        self.open(preset.scenario())
    }

    fn open_whole(&mut self, json: &str) -> Result<(), LinkError> {
        let (scenario, notes) = Scenario::from_json_kindly(json).map_err(LinkError::Invalid)?;
        self.notes.extend(notes);
        self.open(scenario)
    }

    fn open(&mut self, scenario: Scenario) -> Result<(), LinkError> {
        match self.shared.scenario.replace(scenario) {
            None => Ok(()),
            Some(_) => Err(LinkError::Twice {
                key: "p, s".to_owned(),
            }),
        }
    }

    /// What rides along is left out when it is not understood.
    fn noted<T>(&mut self, key: &str, value: &str, read: Option<T>, expected: Text) -> Option<T> {
        if read.is_none() {
            let found = format!("`{value}`");
            let problem = Problem::expected(&found, expected);
            self.notes.push(Invalid::new(key, problem));
        }
        read
    }

    /// Applies what the link says of single fields. Unknown ones are left out, values that do not fit are not: the
    /// sender saw something else.
    fn edit(&mut self, edits: Vec<(&str, &str)>) -> Result<(), LinkError> {
        let Some(scenario) = &mut self.shared.scenario else {
            for (key, _) in edits {
                let problem = Problem::unknown_near(What::LinkKey, key, nearest(key, &KEYS));
                self.notes.push(Invalid::new("", problem));
            }
            return Ok(());
        };
        let unknown = apply_known(scenario, &mut edits.into_iter()).map_err(LinkError::Invalid)?;
        for key in unknown {
            let problem = unknown_path(scenario, key, What::LinkKey, &KEYS);
            self.notes.push(Invalid::new("", problem));
        }
        Ok(())
    }
}

fn read_time(text: &str) -> Option<Time> {
    let nanos = Span::parse(text, Unit::Seconds)?.0;
    u64::try_from(nanos).ok().map(Time)
}

impl Selection {
    /// Reads `1.s.7`: connection, end (`c` or `s`), number of the segment.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let number = |text: &str| text.parse().ok().filter(|n| *n > 0);
        let connection = number(parts.next()?)?;
        let side = match parts.next()? {
            "c" => Side::Opener,
            "s" => Side::Listener,
            _ => return None,
        };
        let segment = number(parts.next()?)?;
        parts.next().is_none().then_some(Self {
            connection,
            side,
            segment,
        })
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Opener => 'c',
            Side::Listener => 's',
        };
        write!(f, "{}.{side}.{}", self.connection, self.segment)
    }
}

impl Engine {
    /// This one, and this run's digest.
    pub fn of(trace: &Trace) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            digest: Some(digest::short(digest::digest(trace))),
        }
    }

    /// Reads `0.1.0.1a2b3c4d`, or a version alone.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digest = |tail: &str| tail.len() == 8 && tail.bytes().all(|b| b.is_ascii_hexdigit());
        let (version, digest) = match text.rsplit_once('.') {
            Some((version, tail)) if is_digest(tail) => (version, Some(tail.to_ascii_lowercase())),
            _ => (text, None),
        };
        let is_version = (1..=32).contains(&version.len())
            && version
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b));
        is_version.then(|| Self {
            version: version.to_owned(),
            digest,
        })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)?;
        match &self.digest {
            Some(digest) => write!(f, ".{digest}"),
            None => Ok(()),
        }
    }
}

impl LinkError {
    /// The fault in one line of one language.
    pub fn say(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NoLink, Lang::En) => "there is no whyeof link in this text".to_owned(),
            (Self::NoLink, Lang::Zh) => "这段文字里没有 whyeof 链接".to_owned(),
            (Self::TooLong, Lang::En) => "this link is longer than any of ours".to_owned(),
            (Self::TooLong, Lang::Zh) => "链接过长，不是 whyeof 生成的".to_owned(),
            (Self::Damaged { key }, Lang::En) => {
                format!("`{key}` was cut or altered on its way; ask for the link again")
            }
            (Self::Damaged { key }, Lang::Zh) => {
                format!("`{key}` 在传递中被截断或改动了，请重新要一份链接")
            }
            (Self::NewerForm { form }, Lang::En) => {
                format!("the scenario has form `{form}`; this version reads form 1")
            }
            (Self::NewerForm { form }, Lang::Zh) => {
                format!("场景的格式是 `{form}`，当前版本只认得格式 1")
            }
            (Self::Twice { key }, Lang::En) => format!("`{key}` is there twice"),
            (Self::Twice { key }, Lang::Zh) => format!("`{key}` 重复了"),
            (Self::Invalid(invalid), lang) => invalid.say(lang),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl std::error::Error for LinkError {}
