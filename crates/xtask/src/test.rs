//! `cargo xtask test`: what has to hold before a change is kept, cheapest first.

use crate::browser::{Browser, browser};
use crate::program::{cargo, output, run, say};
use crate::tools::{self, WASM};
use crate::{Result, layout, site};
use std::env;
use std::process::Command;
use std::time::Instant;

const PAGE: &str = "whyeof-web";
const PAGE_TESTS: &str = "whyeof-page-tests";
const WASM_TOOLS: &str = "whyeof-wasm-tools";

/// Runs everything; the first failure ends it.
pub(crate) fn test() -> Result {
    let start = Instant::now();
    tools::wasm_target()?;
    tools::components()?;
    let browser = browser()?;
    run("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    lints()?;
    native_tests()?;
    wasm_tests(&browser)?;
    site::build()?;
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
        cargo()
            .args(["clippy", "--workspace", "--exclude", WASM_TOOLS])
            .args(strict),
    )?;
    run(
        "lints, wasm",
        cargo()
            .args(["clippy", "--package", PAGE, "--target", WASM])
            .args(strict),
    )
}

fn native_tests() -> Result {
    let all = [
        "--workspace",
        "--exclude",
        WASM_TOOLS,
        "--exclude",
        PAGE_TESTS,
    ];
    run("native tests", runner().args(all))?;
    run(
        "examples in documentation",
        cargo().args(["test", "--doc"]).args(all),
    )
}

/// nextest where it is installed, because it tells more; else cargo's own.
fn runner() -> Command {
    let mut command = cargo();
    if output(cargo().args(["nextest", "--version"])).is_some() {
        command.args(["nextest", "run", "--no-tests=pass", "--no-fail-fast"]);
    } else {
        command.args(["test", "--no-fail-fast", "--all-targets"]);
    }
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
    // Its own limits, 5 s and 20 s, are too short on a busy machine.
    tests
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    run("wasm tests in the browser", &mut tests)
}

fn page_tests(browser: &Browser) -> Result {
    let mut tests = runner();
    tests.args(["--package", PAGE_TESTS]);
    tests
        .env("CHROME", &browser.chrome)
        .env("CHROMEDRIVER", &browser.driver);
    run(
        "the built page in the browser (its pictures: target/screenshots)",
        &mut tests,
    )
}
