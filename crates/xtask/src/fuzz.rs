//! `cargo xtask fuzz`: what strangers can hand over, made up by libFuzzer for as long as somebody likes; where the tools for that are missing, by
//! proptest.
//!
//! What a fuzzer finds interesting stays in `target/fuzz/corpus`, what breaks something in `target/fuzz/found`; a file of the latter goes into
//! `crates/xtask/fuzz/corpus` together with its mend.

use crate::program::{cargo, output, run, say};
use crate::{Result, layout};
use std::fs;
use std::process::Command;

const FUZZER: &str = "crates/xtask/fuzz/libfuzzer";
const CORPUS: &str = "crates/xtask/fuzz/corpus";

/// What to fuzz, and how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// One target; `None`: all, one after the other.
    target: Option<String>,
    /// For each.
    seconds: u32,
}

impl Options {
    /// Reads `[TARGET] [--seconds N]`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            target: None,
            seconds: 300,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seconds" => {
                    let number = words.next().and_then(|number| number.parse().ok());
                    options.seconds = number.ok_or("--seconds: expected a number")?;
                }
                name if !name.starts_with('-') && options.target.is_none() => {
                    options.target = Some(name.to_owned());
                }
                other => return Err(format!("fuzz takes no `{other}`")),
            }
        }
        Ok(options)
    }
}

/// Fuzzes one target after the other; the first that breaks ends it.
pub(crate) fn fuzz(options: &Options) -> Result {
    let known = targets()?;
    let asked = match &options.target {
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => {
            let known = known.join(", ");
            return Err(format!("fuzz: `{name}`: expected one of {known}"));
        }
        None => known,
    };
    if let Some(missing) = missing() {
        say(&format!(
            "no fuzzer: `{missing}` would install it; by proptest instead"
        ));
        return asked
            .iter()
            .try_for_each(|name| by_proptest(name, options.seconds));
    }
    asked
        .iter()
        .try_for_each(|name| by_libfuzzer(name, options.seconds))
}

/// The targets, which are the folders of the corpus.
fn targets() -> Result<Vec<String>> {
    let folder = layout::root().join(CORPUS);
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let names = entries.flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// What would install the first thing that is missing.
fn missing() -> Option<&'static str> {
    let has = |words: &[&str]| output(nightly().args(words)).is_some();
    if !has(&["cargo", "--version"]) {
        return Some("rustup toolchain install nightly");
    }
    (!has(&["cargo", "fuzz", "--version"])).then_some("cargo install cargo-fuzz")
}

/// Sanitizers and coverage are nightly's.
fn nightly() -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly"]).current_dir(layout::root());
    command
}

fn by_libfuzzer(name: &str, seconds: u32) -> Result {
    let [kept, found] = ["corpus", "found"].map(|it| format!("target/fuzz/{it}/{name}"));
    for folder in [&kept, &found] {
        let folder = layout::root().join(folder);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let mut command = nightly();
    command.args(["cargo", "fuzz", "run", "--fuzz-dir", FUZZER]);
    command.args(["--target-dir", "target/fuzz", "target"]);
    // It writes into the first folder only.
    command.arg(kept).arg(format!("{CORPUS}/{name}")).arg("--");
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={found}/"))
        .args(["-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"]);
    command.env("WHYEOF_FUZZ", name);
    run(&format!("fuzzing {name} for {seconds} s"), &mut command)
}

fn by_proptest(name: &str, seconds: u32) -> Result {
    let mut command = cargo();
    command.args(["test", "--release", "--package", "whyeof-fuzz"]);
    command.args(["--test", "corpus", "--", "--exact", "--nocapture"]);
    command.arg(format!("damaged_{name}"));
    command.env("WHYEOF_FUZZ_SECONDS", seconds.to_string());
    run(&format!("damaging {name} for {seconds} s"), &mut command)
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn words_are_read() {
        let options = |target: Option<&str>, seconds| Options {
            target: target.map(str::to_owned),
            seconds,
        };
        for (words, expected) in [
            (&[][..], Ok(options(None, 300))),
            (&["link"], Ok(options(Some("link"), 300))),
            (&["--seconds", "9", "pcap"], Ok(options(Some("pcap"), 9))),
            (&["--seconds"], Err("--seconds: expected a number")),
            (&["--seconds", "x"], Err("--seconds: expected a number")),
            (&["--fast"], Err("fuzz takes no `--fast`")),
            (&["link", "pcap"], Err("fuzz takes no `pcap`")),
        ] {
            let expected = expected.map_err(str::to_owned);
            assert_eq!(Options::parse(words), expected, "{words:?}");
        }
    }
}
