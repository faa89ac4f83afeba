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
    tools::trunk()?;
    reality()
}

/// The table of the page "Checked against reality": the recorded runs, held against the engine as it is built now. It lies where the page's list of
/// files looks for it.
fn reality() -> Result {
    let folder = layout::root().join("target");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut verify = Command::new("cargo");
    verify.current_dir(layout::root()).args([
        "run",
        "--quiet",
        "--package",
        "whyeof",
        "--",
        "verify",
        "crates/recorded/runs",
        "--format",
        "page",
        "--scripts",
        "crates/packetdrill/tests/scripts",
        "--output",
        "target/reality.tsv",
    ]);
    run("holding the engine against recorded real runs", &mut verify)
}

/// Flags, beside those of `.cargo/config.toml`, that keep folders of this machine out of the page's panic messages.
pub(crate) fn short_paths() -> String {
    let sources = layout::crate_sources().into_iter().chain([layout::root()]);
    let flags = sources.filter_map(|folder| {
        let folder = folder.to_str()?;
        // The variable is split at spaces.
        let fits = !folder.contains(char::is_whitespace) && !folder.contains('=');
        fits.then(|| format!("--remap-path-prefix={folder}/="))
    });
    flags.collect::<Vec<_>>().join(" ")
}

/// A trunk that uses our tools, asks nobody on the network, and reads our configuration.
pub(crate) fn trunk(subcommand: &str) -> Command {
    let mut command = Command::new("trunk");
    command
        .current_dir(layout::root())
        .env("PATH", tools::path())
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            short_paths(),
        );
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
