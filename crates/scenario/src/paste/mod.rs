//! An edit of a scenario as configuration to paste: the lines that a runtime, a load balancer or a kernel takes for it, in its own
//! language and units.
//!
//! Each language is a file here and a line in [`ALL`]. What a change was before stands behind it as a comment.

mod alb;
mod go;
mod nginx;
mod node;
mod sysctl;

use crate::fields::{Field, Group, fields};
use crate::kind::Given;
use crate::v1::Scenario;
use crate::{apply, profiles};
use whyeof_trace::{Lang, Text};

/// What somebody has to paste, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Whose configuration it is: `agent · Go 1.27 net/http`.
    pub of: String,
    /// The language, as Markdown names it after a fence: `go`, `js`, `nginx`, `hcl`, `ini`.
    pub language: &'static str,
    /// The lines.
    pub lines: String,
}

/// A language of configuration.
struct Writer {
    language: &'static str,
    /// Whether a runtime is configured in it; `None`: a machine's kernel is asked for.
    speaks: fn(Option<&str>) -> bool,
    write: fn(&Subject<'_>) -> Vec<String>,
}

/// All languages.
const ALL: [&Writer; 5] = [
    &go::WRITER,
    &node::WRITER,
    &nginx::WRITER,
    &alb::WRITER,
    &sysctl::WRITER,
];

/// One program or machine, and all that changes there.
struct Subject<'a> {
    scenario: &'a Scenario,
    /// Its name in the scenario.
    name: &'a str,
    /// The profile that it follows with the change; `None`: it is a machine.
    runtime: Option<&'a str>,
    changes: Vec<Change>,
    lang: Lang,
}

/// One value that changes.
struct Change {
    /// The field with the change.
    field: Field,
    /// Its path behind the program's or machine's name: `options.IdleTimeout`, `requests.upload.read`.
    key: String,
    /// What was set before; `None`: nothing was.
    was: Option<String>,
}

const WAS: Text = Text::new("was {was}", "原来是 {was}");
const WAS_UNSET: Text = Text::new("was not set", "原来没设");

impl Change {
    /// The option's name, if it is one, and what it is a field of.
    fn option(&self) -> Option<(&'static str, &'static str)> {
        let option = self.field.option?;
        Some((option.name, option.of))
    }

    /// The value; `None`: it is to be taken out.
    const fn given(&self) -> Option<&Given> {
        self.field.given.as_ref()
    }

    /// What it was, behind the sign with which a comment begins.
    fn comment(&self, sign: &str, lang: Lang) -> String {
        let was = match &self.was {
            Some(was) => WAS.fill(lang, &[("was", was)]),
            None => WAS_UNSET.of(lang).to_owned(),
        };
        format!(" {sign} {was}")
    }

    /// Whether it is about requests or handlers and its path ends so.
    fn is(&self, last: &str) -> bool {
        self.field.option.is_none() && self.key.rsplit('.').next() == Some(last)
    }
}

/// What these edits (path and text) of a scenario are in the files of those that are configured: one for each program or machine.
/// Empty: it has none, as a network, or they cannot be made.
pub fn snippets(scenario: &Scenario, edits: &[(String, String)], lang: Lang) -> Vec<Snippet> {
    let mut edited = scenario.clone();
    let texts = edits.iter();
    if apply(
        &mut edited,
        texts.map(|(path, text)| (path.as_str(), text.as_str())),
    )
    .is_err()
    {
        return Vec::new();
    }
    let (before, after) = (fields(scenario), fields(&edited));
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    for (path, _) in edits {
        let Some(field) = after.iter().find(|field| field.path == *path) else {
            continue;
        };
        let Some((name, runtime)) = owner(&edited, &field.group) else {
            continue;
        };
        let was = before.iter().find(|field| field.path == *path);
        let change = Change {
            field: field.clone(),
            key: path.splitn(3, '.').nth(2).unwrap_or_default().to_owned(),
            was: was.and_then(|field| Some(field.given.as_ref()?.text())),
        };
        let same = |other: &&mut Subject<'_>| (other.name, other.runtime) == (name, runtime);
        match subjects.iter_mut().find(same) {
            Some(subject) => subject.changes.push(change),
            None => subjects.push(Subject {
                scenario: &edited,
                name,
                runtime,
                changes: vec![change],
                lang,
            }),
        }
    }
    subjects.iter().filter_map(snippet).collect()
}

/// Adds lines of a program that say what to do wherever it is done: several requests need them once.
fn add_once(lines: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for line in more {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
}

/// Whose field it is: the name and the runtime of a program, or the name of a machine.
fn owner<'a>(scenario: &'a Scenario, group: &Group) -> Option<(&'a str, Option<&'a str>)> {
    match group {
        Group::Client(name) | Group::Request(name, _) => {
            let client = scenario.clients.iter().find(|it| it.name == *name)?;
            Some((&client.name, Some(&client.runtime)))
        }
        Group::Proxy(name) => {
            let proxy = scenario.proxies.iter().find(|it| it.name == *name)?;
            Some((&proxy.name, Some(&proxy.runtime)))
        }
        Group::Server(name) | Group::Route(name, _) => {
            let server = scenario.servers.iter().find(|it| it.name == *name)?;
            Some((&server.name, Some(&server.runtime)))
        }
        Group::Host(name) => {
            let mut machines = scenario.machines().into_iter();
            Some((machines.find(|it| it == name)?, None))
        }
        Group::Run | Group::Name(_) | Group::Network | Group::Path(..) | Group::Fault(..) => None,
    }
}

fn snippet(subject: &Subject<'_>) -> Option<Snippet> {
    let writer = ALL
        .into_iter()
        .find(|writer| (writer.speaks)(subject.runtime))?;
    let lines = (writer.write)(subject);
    let profile = subject.runtime.and_then(profiles::find);
    let label = profile.map_or("sysctl", |profile| profile.label.of(subject.lang));
    (!lines.is_empty()).then(|| Snippet {
        of: format!("{} · {label}", subject.name),
        language: writer.language,
        lines: lines.join("\n"),
    })
}
