//! `cargo xtask test`: what has to hold before a change is kept, cheapest first.

use crate::browser::{Browser, browser};
use crate::program::{cargo, output, run, say};
use crate::tools::{self, WASM};
use crate::{Result, layout, site, swarm};
use std::env;
use std::process::Command;
use std::thread;
use std::time::Instant;

const PAGE: &str = "whyeof-web";
const PAGE_TESTS: &str = "whyeof-page-tests";
/// The same packages in every step, because other packages mean other features of what they depend
/// on, and all of that would be built again. The one left out holds tools, not code of ours.
const NATIVE: [&str; 3] = ["--workspace", "--exclude", "whyeof-wasm-tools"];

/// Runs everything; the first failure ends it.
pub(crate) fn test() -> Result {
    let start = Instant::now();
    tools::wasm_target()?;
    tools::components()?;
    let browser = browser()?;
    run("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    lints()?;
    dependencies()?;
    native_tests()?;
    wasm_tests(&browser)?;
    site::build()?;
    swarm::module()?;
    page_tests(&browser)?;
    say(&format!(
        "all tests passed ({:.0} s)",
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn lints() -> Result {
    let strict = ["--all-targets", "--", "-D", "warnings"];
    run(
        "lints, native",
        cargo().arg("clippy").args(NATIVE).args(strict),
    )?;
    run(
        "lints, wasm",
        cargo()
            .args(["clippy", "--package", PAGE, "--target", WASM])
            .args(strict),
    )
}

/// Licences, sources and versions of all that is depended on, by `deny.toml`. Advisories are not asked for: they come from the network, and change without
/// any change of ours.
fn dependencies() -> Result {
    tools::cargo_deny()?;
    let mut deny = cargo();
    deny.env("PATH", tools::path());
    deny.args(["deny", "--locked", "--workspace", "--log-level", "error"]);
    deny.args(["check", "licenses", "bans", "sources"]);
    run("dependencies", &mut deny)
}

fn native_tests() -> Result {
    run("native tests", &mut native())?;
    let mut examples = cargo();
    examples.args(["test", "--doc"]).args(NATIVE);
    run("examples in documentation", &mut examples)
}

/// All that needs no built site; by nextest where it is installed, because it tells more, else by
/// cargo's own runner.
fn native() -> Command {
    let mut command = cargo();
    if output(cargo().args(["nextest", "--version"])).is_some() {
        command.args(["nextest", "run"]).args(NATIVE);
        command.args(["--no-fail-fast", "--no-tests=pass", "--filterset"]);
        command.arg(format!("not package({PAGE_TESTS})"));
        return command;
    }
    command
        .args(["test", "--no-fail-fast", "--all-targets"])
        .args(NATIVE)
        .args(["--exclude", PAGE_TESTS]);
    command
}

/// Always by `cargo test`: nextest would start a browser for each test. Never quietly: the runner
/// refuses `--quiet`.
fn wasm_tests(browser: &Browser) -> Result {
    tools::wasm_bindgen()?;
    let runner = format!("wasm-bindgen-test-runner{}", env::consts::EXE_SUFFIX);
    let mut tests = cargo();
    tests.args(["test", "--package", PAGE, "--target", WASM]);
    tests.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        layout::tools().join("debug").join(runner),
    );
    tests
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1");
    // Half of the wasm would be line tables, which wasm-bindgen would take twice as long to read.
    tests.env("CARGO_PROFILE_DEV_DEBUG", "false");
    // Its own limits, 5 s and 20 s, are too short on a busy machine.
    tests
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    run("wasm tests in the browser", &mut tests)
}

/// Always by `cargo test`: the tests of one process share browsers, and nextest gives each a process.
fn page_tests(browser: &Browser) -> Result {
    // They wait for the browser now and then, so one more than there are cores.
    let at_once = thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
    let mut tests = cargo();
    tests
        .args(["test", "--no-fail-fast"])
        .args(NATIVE)
        .args(["--test", "page", "--", "--test-threads"])
        .arg(at_once.to_string());
    tests
        .env("CHROME", &browser.chrome)
        .env("CHROMEDRIVER", &browser.driver);
    run(
        "the built page in the browser (its pictures: target/screenshots)",
        &mut tests,
    )
}
