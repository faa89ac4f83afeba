//! What has been cut off the page's program and is loaded later: trunk knows nothing of it. `wasm-bindgen` of `wasm-tools` leaves it
//! beside the bindings; here it gets the bindings' version in its name, so that no program ever meets another one's rest.

use crate::finish::{text, write};
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
    let loads = text(&beside.join(SCRIPT))?;
    let loads = replace(&loads, &format!("{BINDINGS}.js"), &bindings)?;
    write(&site.join(&script), &replace(&loads, REST, &rest)?)?;
    fs::copy(beside.join(REST), site.join(&rest)).map_err(|e| format!("{REST}: {e}"))?;
    // The bindings import the script by its versioned name; to the program it is called as before.
    let [plain, versioned] = [SCRIPT, &script].map(|name| format!("from \"./{name}\""));
    let importer = site.join(&bindings);
    write(&importer, &replace(&text(&importer)?, &plain, &versioned)?)
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

fn replace(text: &str, from: &str, to: &str) -> Result<String> {
    if !text.contains(from) {
        return Err(format!("what loads the page's rest does not name {from}"));
    }
    Ok(text.replace(from, to))
}
