//! `cargo xtask swarm`: random scenarios by the thousand, natively and in the browser.

use crate::bench::in_browser;
use crate::browser::browser;
use crate::module::Module;
use crate::program::{cargo, run};
use crate::{Result, layout};
use std::ops::Range;

/// Which runs.
pub(crate) struct Options {
    seeds: Range<u64>,
    /// How many of them, the first ones, also in the browser.
    wasm: u64,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self {
            seeds: 0..100_000,
            wasm: 1_000,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("{word}: a number is missing"))?;
            match *word {
                "--seeds" => options.seeds = range(value)?,
                "--wasm" => options.wasm = number(value)?,
                unknown => return Err(format!("swarm takes no `{unknown}`")),
            }
        }
        Ok(options)
    }
}

/// `1000`, or `1000..2000`.
fn range(text: &str) -> Result<Range<u64>> {
    match text.split_once("..") {
        Some((from, to)) => Ok(number(from)?..number(to)?),
        None => Ok(0..number(text)?),
    }
}

fn number(text: &str) -> Result<u64> {
    let digits = text.replace('_', "");
    digits.parse().map_err(|_| format!("`{text}` is no number"))
}

/// Runs them natively, then some of them in the browser.
pub(crate) fn swarm(options: &Options) -> Result {
    let Range { start, end } = options.seeds;
    let mut native = cargo();
    native.args([
        "run",
        "--profile",
        "swarm",
        "--package",
        "whyeof-swarm",
        "--",
    ]);
    native.args(["--seeds", &format!("{start}..{end}")]);
    run("the swarm", &mut native)?;
    let end = end.min(start.saturating_add(options.wasm));
    if start == end {
        return Ok(());
    }
    module()?;
    let mut compared = in_browser("swarm", &browser()?);
    compared.args(["--", &start.to_string(), &end.to_string()]);
    run("the same in the browser", &mut compared)
}

/// The swarm as a module, where the tests of the page look for it.
pub(crate) fn module() -> Result {
    let (name, profile) = ("swarm", "page");
    Module { name, profile }.build(&layout::root().join("target/swarm-page"))
}
