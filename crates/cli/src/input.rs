//! From what was typed to a scenario and its run.

use crate::args::ScenarioArgs;
use crate::failure::{Failure, complain};
use std::io::Read;
use std::path::Path;
use whyeof_scenario::source::Source;
use whyeof_scenario::{Scenario, build, set};
use whyeof_sim::world::run;
use whyeof_trace::Trace;

/// Larger files are no scenarios of ours, nor scripts.
pub(crate) const MOST_BYTES: u64 = 1 << 20;

/// Stands for standard input where a file is asked for.
const STDIN: &str = "-";

/// The scenario: a preset, a file, a link, or JSON on standard input, with the changes asked for.
pub(crate) fn scenario(args: &ScenarioArgs) -> Result<Scenario, Failure> {
    let (name, text) = match args.scenario.as_str() {
        path if path == STDIN || is_readable(Path::new(path)) => {
            let most = format!("expected a scenario of at most {MOST_BYTES} bytes");
            (name(path), file(path, &most)?)
        }
        word if is_path(word) => {
            return Err(Failure::input(format!(
                "SCENARIO: no file is called `{word}`"
            )));
        }
        word => ("SCENARIO", word.to_owned()),
    };
    let source = if name.ends_with(".json") {
        Source::json(&text)
    } else {
        Source::parse(&text)
    };
    let source = source.map_err(|error| Failure::input(format!("{name}: {error}")))?;
    for note in &source.notes {
        complain(&format!("{name}: left out: {note}"));
    }
    let mut scenario = source.scenario;
    for change in &args.set {
        let (path, value) = path_and_value(change)?;
        set(&mut scenario, path, value)
            .map_err(|invalid| Failure::input(format!("--set: {invalid}")))?;
    }
    Ok(scenario)
}

/// What `--set` changes, and to what.
pub(crate) fn path_and_value(change: &str) -> Result<(&str, &str), Failure> {
    let Some((path, value)) = change.split_once('=') else {
        return Err(Failure::input(format!(
            "--set: `{change}`: expected path=value"
        )));
    };
    Ok((path.trim(), value.trim()))
}

/// Whether there is something to read: a file, or a pipe as a shell's `<(…)` has it.
fn is_readable(path: &Path) -> bool {
    path.exists() && !path.is_dir()
}

/// Whether a word is neither preset nor link, but looks like a file.
fn is_path(word: &str) -> bool {
    let looks_like_file = word.ends_with(".json") || word.contains('/');
    looks_like_file && !word.contains('#')
}

/// What a file is called in messages.
pub(crate) fn name(path: &str) -> &str {
    if path == STDIN {
        "standard input"
    } else {
        path
    }
}

/// The text of a file, or of standard input. `too_large` says what was expected instead of so many bytes.
pub(crate) fn file(path: &str, too_large: &str) -> Result<String, Failure> {
    let name = name(path);
    if path == STDIN {
        read(name, std::io::stdin(), MOST_BYTES, too_large)
    } else {
        read(name, open(path)?, MOST_BYTES, too_large)
    }
}

/// The text of a file of at most so many bytes.
pub(crate) fn file_of(path: &str, most: u64, too_large: &str) -> Result<String, Failure> {
    read(path, open(path)?, most, too_large)
}

/// The bytes of a file, or of standard input, as they come.
pub(crate) fn bytes(path: &str) -> Result<Box<dyn Read>, Failure> {
    if path == STDIN {
        Ok(Box::new(std::io::stdin()))
    } else {
        Ok(Box::new(open(path)?))
    }
}

fn open(path: &str) -> Result<std::fs::File, Failure> {
    std::fs::File::open(path).map_err(|error| Failure::File {
        name: path.to_owned(),
        error,
    })
}

fn read(name: &str, from: impl Read, most: u64, too_large: &str) -> Result<String, Failure> {
    let unreadable = |error| Failure::File {
        name: name.to_owned(),
        error,
    };
    let mut bytes = Vec::new();
    let mut some = from.take(most + 1);
    some.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(Failure::input(format!("{name}: {too_large}")));
    }
    String::from_utf8(bytes).map_err(|_| Failure::input(format!("{name}: expected text in UTF-8")))
}

/// The scenario's run.
pub(crate) fn trace(scenario: &Scenario) -> Result<Trace, Failure> {
    Ok(run(build(scenario).map_err(Failure::input)?))
}
