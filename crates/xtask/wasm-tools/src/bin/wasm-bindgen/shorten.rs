//! Short names between a program and its bindings: a hash of sixteen digits in each tells the versions of a library apart, which here is one.

use crate::cut::{Result, nameless};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Exports of this name are closures, called by the bindings alone.
const CLOSURES: &str = "wasm_bindgen__";

/// Shortens the bindings of this name in a folder, and what they are to.
pub(crate) fn shorten(folder: &Path, name: &str) -> Result<()> {
    let program = folder.join(format!("{name}_bg.wasm"));
    let bindings = folder.join(format!("{name}.js"));
    let mut module = nameless(&program)?;
    let mut names = HashMap::new();
    let own = format!("./{name}_bg.js");
    let imports = module.imports.iter_mut();
    for (import, n) in imports.filter(|it| it.module == own).zip(0..) {
        let short = format!("i{n}");
        names.insert(std::mem::replace(&mut import.name, short.clone()), short);
    }
    let exports = module.exports.iter_mut();
    for (export, n) in exports.filter(|it| it.name.starts_with(CLOSURES)).zip(0..) {
        let short = format!("e{n}");
        names.insert(std::mem::replace(&mut export.name, short.clone()), short);
    }
    let text = fs::read_to_string(&bindings)?;
    fs::write(&program, module.emit_wasm())?;
    fs::write(&bindings, renamed(&text, &names))?;
    Ok(())
}

/// A script in which some words have other names.
fn renamed(script: &str, names: &HashMap<String, String>) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut renamed = String::new();
    let mut rest = script;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        renamed.push_str(names.get(word).map_or(word, String::as_str));
        let next = behind.find(is_word).unwrap_or(behind.len());
        let (between, words) = behind.split_at(next);
        renamed.push_str(between);
        rest = words;
    }
    renamed
}
