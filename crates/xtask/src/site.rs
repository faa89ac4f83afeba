//! The static site, built by trunk.

use crate::program::run;
use crate::{Result, layout, tools};
use std::process::Command;

/// Builds the site as it is published, into `dist/`.
pub(crate) fn build() -> Result {
    prepare()?;
    run(
        "building the site into dist/",
        trunk("build").arg("--release"),
    )
}

/// Everything that [`trunk`] needs.
pub(crate) fn prepare() -> Result {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    tools::trunk()
}

/// A trunk that uses our tools, asks nobody on the network, and reads our configuration.
pub(crate) fn trunk(subcommand: &str) -> Command {
    let mut command = Command::new("trunk");
    command
        .current_dir(layout::root())
        .env("PATH", tools::path());
    // trunk 0.21 takes `NO_COLOR=1` for a wrong argument.
    command.env_remove("NO_COLOR");
    command.args([
        "--config",
        "trunk.toml",
        "--offline=true",
        "--skip-version-check",
        subcommand,
    ]);
    command
}
