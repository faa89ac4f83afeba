//! `cargo xtask bench`: times, for people to read; no test depends on them.

use crate::browser::{Browser, browser};
use crate::program::{cargo, run};
use crate::tools::{self, WASM};
use crate::{Result, layout, site};
use std::env;
use std::fs;
use std::path::Path;
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
        page_tests("page-bench", &browser).arg("--"),
    )
}

/// The same work for whyeof and smoltcp: in the browser, then natively, with one table of both.
fn engine(what: What, browser: &Browser) -> Result {
    let folder = layout::root().join("target/bench");
    in_browser(&folder)?;
    let times = folder.join("times.tsv");
    let mut measure = page_tests("engine-bench", browser);
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

/// The bench as the page is compiled, and the page that it is loaded by.
fn in_browser(folder: &Path) -> Result {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    let mut build = cargo();
    build.args(["build", "--package", "whyeof-bench", "--lib"]);
    build.args(["--profile", "page", "--target", WASM]);
    run("building the bench for the browser", &mut build)?;
    let program = format!("wasm-bindgen{}", env::consts::EXE_SUFFIX);
    let mut bind = Command::new(layout::tools().join("debug").join(program));
    bind.current_dir(layout::root())
        .args(["--target", "web", "--no-typescript", "--out-name", "bench"])
        .arg("--out-dir")
        .arg(folder)
        .arg(format!("target/{WASM}/page/whyeof_bench.wasm"));
    run("binding it", &mut bind)?;
    let page = layout::root().join("crates/xtask/bench/index.html");
    fs::copy(&page, folder.join("index.html"))
        .map(drop)
        .map_err(|e| format!("{}: {e}", page.display()))
}

pub(crate) fn page_tests(program: &str, browser: &Browser) -> Command {
    let mut bench = cargo();
    bench.args(["run", "--package", "whyeof-page-tests", "--bin", program]);
    bench
        .env("CHROME", &browser.chrome)
        .env("CHROMEDRIVER", &browser.driver);
    bench
}
