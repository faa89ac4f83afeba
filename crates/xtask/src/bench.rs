//! `cargo xtask bench`: times, for people to read; no test depends on them.

use crate::browser::{Browser, browser};
use crate::module::Module;
use crate::program::{cargo, run};
use crate::{Result, layout, site};
use std::process::Command;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The engine beside smoltcp, natively and in the browser, and the built page.
    All,
    /// The engine only; its table goes into the README.
    Readme,
}

/// Measures the engine, then the page.
pub(crate) fn bench(what: What) -> Result {
    let browser = browser()?;
    engine(what, &browser)?;
    if what == What::Readme {
        return Ok(());
    }
    site::build()?;
    run(
        "the page, slowed down",
        in_browser("page-bench", &browser).arg("--"),
    )
}

/// The same work for whyeof and smoltcp: in the browser, then natively, with one table of both.
fn engine(what: What, browser: &Browser) -> Result {
    let folder = layout::root().join("target/bench");
    // What it times are sweeps.
    let (name, profile) = ("bench", "worker");
    Module { name, profile }.build(&folder)?;
    let times = folder.join("times.tsv");
    let mut measure = in_browser("engine-bench", browser);
    measure.arg("--").arg(&folder).arg(&times);
    run("the engine in the browser", &mut measure)?;
    let mut native = cargo();
    native.args(["run", "--release", "--package", "whyeof-bench", "--"]);
    native.arg("--wasm").arg(&times);
    if what == What::Readme {
        native.args(["--readme", "README.md"]);
    }
    run("the engine and smoltcp, in turn", &mut native)
}

/// A program that drives the browser.
pub(crate) fn in_browser(program: &str, browser: &Browser) -> Command {
    let mut bench = cargo();
    bench.args(["run", "--package", "whyeof-page-tests", "--bin", program]);
    bench
        .env("CHROME", &browser.chrome)
        .env("CHROMEDRIVER", &browser.driver);
    bench
}
