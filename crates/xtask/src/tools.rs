//! What the page needs to be built, in the versions it needs: the wasm target, wasm-bindgen, trunk; and
//! what its dependencies are checked with.

use crate::program::{cargo, output, run, say};
use crate::{Result, layout};
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// The target of the page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
const TRUNK: &str = "0.21.14";
const CARGO_DENY: &str = "0.20.2";

/// Adds the standard library for wasm to the Rust in use.
pub(crate) fn wasm_target() -> Result {
    let asked = ["--print", "target-libdir", "--target", WASM];
    let library = output(
        Command::new("rustc")
            .args(asked)
            .current_dir(layout::root()),
    )
    .ok_or("rustc was not found; Rust comes from https://rustup.rs")?;
    if Path::new(&library).is_dir() {
        return Ok(());
    }
    rustup(&["target", "add", WASM])
}

/// Adds rustfmt and clippy, which a minimal Rust lacks.
pub(crate) fn components() -> Result {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if output(cargo().args([subcommand, "--version"])).is_none() {
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result {
    let wanted = arguments.join(" ");
    if layout::find(&["rustup"]).is_none() {
        return Err(format!(
            "this Rust lacks what `rustup {wanted}` would add, and rustup was not found"
        ));
    }
    run(
        &format!("rustup {wanted}"),
        Command::new("rustup")
            .args(arguments)
            .current_dir(layout::root()),
    )
}

/// Builds wasm-bindgen and its test runner from the workspace's own lock file, so that they cannot
/// differ from the library.
pub(crate) fn wasm_bindgen() -> Result {
    let tools = layout::tools();
    let mut build = cargo();
    build
        .args(["build", "--package", "whyeof-wasm-tools", "--target-dir"])
        .arg(&tools);
    build.env("CARGO_PROFILE_DEV_DEBUG", "0");
    if tools
        .join("debug")
        .join(format!("wasm-bindgen{}", env::consts::EXE_SUFFIX))
        .is_file()
    {
        build.arg("--quiet");
        let status = build
            .status()
            .map_err(|e| format!("cannot start cargo: {e}"))?;
        return status
            .success()
            .then_some(())
            .ok_or_else(|| "wasm-bindgen: cargo build failed".into());
    }
    run(
        "building wasm-bindgen into target/tools, once (about a minute)",
        &mut build,
    )
}

/// Builds trunk, unless the version we need is there already.
pub(crate) fn trunk() -> Result {
    // Without features: no TLS, nothing to download with.
    let without = ["--no-default-features"];
    built("trunk", TRUNK, &without, "3 to 6 minutes")
}

/// Builds cargo-deny, likewise.
pub(crate) fn cargo_deny() -> Result {
    built("cargo-deny", CARGO_DENY, &[], "1 to 2 minutes")
}

/// Builds a program from crates.io, unless this version of it is there already.
fn built(name: &str, version: &str, more: &[&str], lasts: &str) -> Result {
    let wanted = format!("{name} {version}");
    let found = output(Command::new(name).arg("--version").env("PATH", path()));
    if found.is_some_and(|version| version == wanted) {
        return Ok(());
    }
    let scratch = layout::tools().join(format!("{name}-build"));
    let mut install = cargo();
    install.args(["install", name, "--locked", "--version", version]);
    // Unoptimised: half the time to build, and little work to do.
    install.args(["--debug", "--root"]).arg(layout::tools());
    // A folder that stays, so that an interrupted build goes on where it was.
    install
        .args(more)
        .arg("--target-dir")
        .arg(&scratch)
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    run(
        &format!("building {wanted} into target/tools, once ({lasts})"),
        &mut install,
    )?;
    if let Err(error) = std::fs::remove_dir_all(&scratch) {
        say(&format!("{} can be deleted ({error})", scratch.display()));
    }
    Ok(())
}

/// `PATH` with our tools first.
pub(crate) fn path() -> OsString {
    let own = [layout::tools().join("bin"), layout::tools().join("debug")];
    let inherited = env::var_os("PATH").unwrap_or_default();
    let folders = own.into_iter().chain(env::split_paths(&inherited));
    env::join_paths(folders).expect("a checkout whose path has no separator in it")
}
