//! A module of our own for the browser: compiled as one of the page's programs is, bound, and laid beside the page that loads it.

use crate::program::{cargo, run};
use crate::tools::{self, WASM};
use crate::{Result, layout};
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A package whose library is such a module; it lies in `crates/xtask/NAME`, with its `index.html`.
pub(crate) struct Module {
    pub(crate) name: &'static str,
    /// The cargo profile: of the page's own program, or of the one that sweeps.
    pub(crate) profile: &'static str,
}

impl Module {
    /// Leaves it in a folder, as `NAME.js`.
    pub(crate) fn build(&self, folder: &Path) -> Result {
        tools::wasm_target()?;
        tools::wasm_bindgen()?;
        let Self { name, profile } = self;
        let mut build = cargo();
        build.args(["build", "--package", &format!("whyeof-{name}"), "--lib"]);
        build.args(["--profile", profile, "--target", WASM]);
        run(&format!("building the {name} for the browser"), &mut build)?;
        let program = format!("wasm-bindgen{}", env::consts::EXE_SUFFIX);
        let mut bind = Command::new(layout::tools().join("debug").join(program));
        bind.current_dir(layout::root())
            .args(["--target", "web", "--no-typescript", "--out-name", name])
            // As of the page's program.
            .args(["--remove-name-section", "--remove-producers-section"])
            .arg("--out-dir")
            .arg(folder)
            .arg(format!("target/{WASM}/{profile}/whyeof_{name}.wasm"));
        run("binding it", &mut bind)?;
        let page = layout::root().join(format!("crates/xtask/{name}/index.html"));
        fs::copy(&page, folder.join("index.html"))
            .map(drop)
            .map_err(|e| format!("{}: {e}", page.display()))
    }
}
