//! `cargo xtask release`: what is published of a version, in `target/release-VERSION`: the site and the command as archives, and their checksums.
//!
//! It publishes nothing by itself: it builds from what is committed, and says what is left to do.

use crate::program::{cargo, output, run, say};
use crate::{Result, layout, site};
use std::env;
use std::fs;
use std::process::Command;

/// What comes with the command.
const WITH: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Builds this version's archives.
pub(crate) fn release() -> Result {
    let version = env!("CARGO_PKG_VERSION");
    is_told(version)?;
    is_golden(version)?;
    is_committed()?;
    site::build()?;
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "whyeof"]);
    build.env("RUSTFLAGS", site::short_paths());
    // Elsewhere it would leave an older program where the archive takes it from.
    build.env_remove("CARGO_TARGET_DIR");
    build.env_remove("CARGO_BUILD_TARGET");
    run("building the command", &mut build)?;
    let target = host()?;
    let folder = layout::root().join(format!("target/release-{version}"));
    let program = format!("target/release/whyeof{}", env::consts::EXE_SUFFIX);
    let with = [&[program.as_str()], WITH.as_slice()].concat().join(",");
    let mut pack = cargo();
    pack.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "whyeof-pack",
        "--",
    ]);
    pack.arg(&folder);
    pack.arg(format!(
        "whyeof-{version}-site.zip=whyeof-{version}-site:dist"
    ));
    pack.arg(format!(
        "whyeof-{version}-{target}.zip=whyeof-{version}:{with}"
    ));
    run("packing", &mut pack)?;
    say(&format!(
        "{} has version {version}; to publish it: git tag v{version}",
        folder.display()
    ));
    Ok(())
}

/// The version has its part of the list of changes, with a date.
fn is_told(version: &str) -> Result {
    let file = layout::root().join("CHANGELOG.md");
    let changes = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    match heading(&changes, version) {
        true => Ok(()),
        false => Err(format!(
            "CHANGELOG.md has no line `## {version} - YYYY-MM-DD`"
        )),
    }
}

fn heading(changes: &str, version: &str) -> bool {
    let dates = changes
        .lines()
        .filter_map(|line| line.strip_prefix(&format!("## {version} - ")));
    let is_date = |text: &str| {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        lengths == [4, 2, 2] && parts.concat().bytes().all(|digit| digit.is_ascii_digit())
    };
    dates.into_iter().any(is_date)
}

/// What this version's links unpack to is written down, so that later versions are held to it.
fn is_golden(version: &str) -> Result {
    let file = format!("crates/scenario/tests/golden/{version}.txt");
    match layout::root().join(&file).is_file() {
        true => Ok(()),
        false => Err(format!(
            "{file} is missing; `UPDATE_EXPECT=1 cargo test -p whyeof-scenario --test golden` writes it, then commit it"
        )),
    }
}

/// What is published can be built again from what is committed.
fn is_committed() -> Result {
    let mut status = Command::new("git");
    // Somebody's settings may hide files that git does not know.
    let words = ["status", "--porcelain", "--untracked-files=normal"];
    status.current_dir(layout::root()).args(words);
    match output(&mut status) {
        None => Err("git cannot say whether all is committed".to_owned()),
        Some(changed) if changed.is_empty() => Ok(()),
        Some(changed) => Err(format!("not committed:\n{changed}")),
    }
}

/// The machine that the command is built for, as rustc calls it.
fn host() -> Result<String> {
    let said = output(Command::new("rustc").arg("-vV")).ok_or("rustc does not say what it is")?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not name its host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::heading;

    #[test]
    fn a_version_has_its_heading() {
        for (changes, expected) in [
            ("# Changes\n\n## 0.1.0 - 2026-11-23\n", true),
            ("## 0.1.0\n", false),
            ("## 0.1.0 - soon\n", false),
            ("## 0.1.1 - 2026-11-23\n", false),
        ] {
            assert_eq!(heading(changes, "0.1.0"), expected, "{changes}");
        }
    }
}
