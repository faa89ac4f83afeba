//! `cargo xtask bench`: times of the built page, for people to read; no test depends on them.

use crate::browser::browser;
use crate::program::{cargo, run};
use crate::{Result, site};

/// Builds the site and measures it.
pub(crate) fn bench() -> Result {
    let browser = browser()?;
    site::build()?;
    let mut bench = cargo();
    bench.args([
        "run",
        "--package",
        "whyeof-page-tests",
        "--bin",
        "page-bench",
    ]);
    bench
        .env("CHROME", &browser.chrome)
        .env("CHROMEDRIVER", &browser.driver);
    run("the page, slowed down", &mut bench)
}
