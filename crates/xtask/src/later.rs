//! What has been cut off the page's program and is loaded later: trunk knows nothing of it. `wasm-bindgen` of `wasm-tools` leaves it
//! beside the bindings; here it gets the bindings' version in its name, so that no program ever meets another one's rest.

use crate::{Result, layout};
use std::env;
use std::fs;
use std::path::Path;

/// The bindings, as wasm-bindgen calls them; trunk puts a version behind the name.
const BINDINGS: &str = "playground";
/// The script that loads the rest, as the program imports it.
const SCRIPT: &str = "later.js";
/// The rest.
const REST: &str = "split_later.wasm";

/// Puts it into the site.
pub(crate) fn place(site: &Path) -> Result {
    let profile = env::var("TRUNK_PROFILE").unwrap_or_else(|_| "release".to_owned());
    let beside = layout::root().join("target/wasm-bindgen").join(profile);
    let bindings = find(site)?;
    let version = &bindings[BINDINGS.len()..bindings.len() - ".js".len()];
    let (script, rest) = (format!("later{version}.js"), format!("later{version}.wasm"));
    let text = read(&beside.join(SCRIPT))?;
    let text = replace(&text, &format!("{BINDINGS}.js"), &bindings)?;
    write(&site.join(&script), replace(&text, REST, &rest)?.as_bytes())?;
    let bytes = fs::read(beside.join(REST)).map_err(|e| format!("{REST}: {e}"))?;
    write(&site.join(&rest), &bytes)?;
    let importer = site.join(&bindings);
    write(&importer, imports(&read(&importer)?, &script)?.as_bytes())
}

/// The bindings' name with its version.
fn find(site: &Path) -> Result<String> {
    let entries = fs::read_dir(site).map_err(|e| format!("{}: {e}", site.display()))?;
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_it = |name: &String| name.starts_with(&format!("{BINDINGS}-")) && name.ends_with(".js");
    names
        .find(is_it)
        .ok_or_else(|| format!("the site has no {BINDINGS}-VERSION.js"))
}

/// The bindings import the script by its versioned name; to the program it is called as before.
fn imports(bindings: &str, script: &str) -> Result<String> {
    for (before, after) in [
        ("from \"./", "\""),
        ("from\"./", "\""),
        ("from './", "'"),
        ("from'./", "'"),
    ] {
        let plain = format!("{before}{SCRIPT}{after}");
        if bindings.contains(&plain) {
            return Ok(bindings.replace(&plain, &format!("{before}{script}{after}")));
        }
    }
    Err(format!("the bindings do not import {SCRIPT}"))
}

fn replace(text: &str, from: &str, to: &str) -> Result<String> {
    if !text.contains(from) {
        return Err(format!("{SCRIPT} does not name {from}"));
    }
    Ok(text.replace(from, to))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Result {
    fs::write(file, bytes).map_err(|e| format!("{}: {e}", file.display()))
}
