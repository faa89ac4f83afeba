//! What the site still needs after trunk: no inline script, one stylesheet, addresses of workers that change with
//! their files, and the list of files that the page keeps for when there is no network.
//!
//! The Content-Security-Policy of the page allows scripts from files only, while trunk writes its
//! start script (and, when it serves, its reload script) into the page. Trunk calls this as its
//! `post_build` hook, so it holds for `serve` as for `build`.

use crate::{Result, later, tidy};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

const PAGE: &str = "index.html";
/// The service worker.
const OFFLINE: &str = "offline.js";
/// Set while the site is served and built anew: old files must not be kept then.
pub(crate) const SERVES: &str = "WHYEOF_SERVES";
/// What the page starts workers from, and what each consists of; these names carry no hash.
const WORKERS: [&[&str]; 2] = [&["worker.js"], &["clerk.js", "clerk_bg.wasm"]];

/// The hook: finishes the folder that trunk is about to publish.
pub(crate) fn hook() -> Result {
    let folder =
        env::var_os("TRUNK_STAGING_DIR").ok_or("`finish` is what trunk calls; you want `build`")?;
    finish(&PathBuf::from(folder))
}

fn finish(site: &Path) -> Result {
    later::place(site)?;
    tidy::scripts(site)?;
    let (html, scripts) = externalise(&text(&site.join(PAGE))?)?;
    for script in scripts {
        write(&site.join(&script.file), &script.text)?;
    }
    let mut page = tidy::bare(&tidy::one_style(site, &html)?);
    for files in WORKERS {
        let mut bytes = Vec::new();
        for file in files {
            bytes.extend(read(&site.join(file))?);
        }
        page = version(&page, files[0], &digest(&bytes))?;
    }
    if env::var_os(SERVES).is_some() {
        page = page.replace(&meta(OFFLINE), "");
        write(&site.join(PAGE), &page)?;
        return fs::remove_file(site.join(OFFLINE)).map_err(|e| format!("{OFFLINE}: {e}"));
    }
    write(&site.join(PAGE), &page)?;
    keep_offline(site)
}

/// The element that tells the page where its service worker is.
fn meta(file: &str) -> String {
    format!("<meta name=\"offline\" content=\"./{file}\" />")
}

/// Tells the service worker which files there are, and their version, which changes with any of them.
fn keep_offline(site: &Path) -> Result {
    let entries = fs::read_dir(site).map_err(|e| format!("{}: {e}", site.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut files: Vec<String> = names.filter(|name| name != OFFLINE).collect();
    files.sort_unstable();
    let script = text(&site.join(OFFLINE))?;
    let mut bytes = script.clone().into_bytes();
    for file in &files {
        bytes.extend(read(&site.join(file))?);
    }
    write(
        &site.join(OFFLINE),
        &listed(&script, &files, &digest(&bytes))?,
    )
}

/// The service worker's script with its list and version. The page's own address is the folder's.
fn listed(script: &str, files: &[String], version: &str) -> Result<String> {
    let quoted: Vec<String> = files
        .iter()
        .map(|file| format!("'./{}'", if file == PAGE { "" } else { file }))
        .collect();
    for place in ["'{{FILES}}'", "{{VERSION}}"] {
        if !script.contains(place) {
            return Err(format!("{OFFLINE} has no place {place}"));
        }
    }
    let script = script.replace("'{{FILES}}'", &quoted.join(", "));
    Ok(script.replace("{{VERSION}}", version))
}

/// A script that stood in the page, and the file it goes to.
struct Script {
    file: String,
    text: String,
}

/// Replaces each inline script by a reference to a file named after its contents.
fn externalise(html: &str) -> Result<(String, Vec<Script>)> {
    const OPEN: &str = "<script";
    const CLOSE: &str = "</script>";
    let (mut page, mut scripts, mut rest) = (String::new(), Vec::new(), html);
    while let Some(start) = rest.find(OPEN) {
        let tag = start
            + rest[start..]
                .find('>')
                .ok_or_else(|| format!("{PAGE}: a script tag without end"))?;
        let end = tag
            + rest[tag..]
                .find(CLOSE)
                .ok_or_else(|| format!("{PAGE}: a script without end"))?;
        let (attributes, text) = (&rest[start + OPEN.len()..tag], rest[tag + 1..end].trim());
        page.push_str(&rest[..start]);
        if text.is_empty() {
            page.push_str(&rest[start..end + CLOSE.len()]);
        } else {
            let text = served_by_anyone(text);
            let file = format!("start-{}.js", digest(text.as_bytes()));
            page.push_str(&format!("{OPEN}{attributes} src=\"./{file}\">{CLOSE}"));
            scripts.push(Script { file, text });
        }
        rest = &rest[end + CLOSE.len()..];
    }
    page.push_str(rest);
    Ok((page, scripts))
}

/// Trunk's server fills in its own address, but only in HTML: in a file the browser must find it.
fn served_by_anyone(script: &str) -> String {
    let script = script.replace("'{{__TRUNK_ADDRESS__}}'", "window.location.host");
    script.replace("{{__TRUNK_WS_BASE__}}", "/") + "\n"
}

/// Puts the version behind a worker's address, so that a kept old file never meets a new page.
fn version(html: &str, file: &str, version: &str) -> Result<String> {
    let plain = format!("content=\"./{file}\"");
    let versioned = format!("content=\"./{file}?v={version}\"");
    if !html.contains(&plain) {
        return Err(format!("{PAGE} has no meta element with {plain}"));
    }
    Ok(html.replace(&plain, &versioned))
}

/// Names contents; it guards against nobody.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))
}

pub(crate) fn text(file: &Path) -> Result<String> {
    String::from_utf8(read(file)?).map_err(|e| format!("{}: {e}", file.display()))
}

pub(crate) fn write(file: &Path, text: &str) -> Result {
    fs::write(file, text).map_err(|e| format!("cannot write {}: {e}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_inline_scripts_and_keeps_their_attributes() {
        let html = "<a><script type=\"module\">\nimport init from './p.js';\n</script>\
                    <script>go()</script></a>";
        let (page, scripts) = externalise(html).expect("well-formed");
        let [first, second] = scripts.as_slice() else {
            panic!("two scripts")
        };
        assert_eq!(first.text, "import init from './p.js';\n");
        let wanted = format!(
            "<a><script type=\"module\" src=\"./{}\"></script><script src=\"./{}\"></script></a>",
            first.file, second.file
        );
        assert_eq!(page, wanted);
    }

    #[test]
    fn leaves_scripts_that_are_files() {
        let html = "<script src=\"x.js\"></script>";
        let (page, scripts) = externalise(html).expect("well-formed");
        assert_eq!((page.as_str(), scripts.len()), (html, 0));
    }

    #[test]
    fn refuses_a_script_without_end() {
        assert!(externalise("<script>go()").is_err());
        assert!(externalise("<script").is_err());
    }

    #[test]
    fn the_reload_script_finds_its_server() {
        let script = "const a = '{{__TRUNK_ADDRESS__}}', b = '{{__TRUNK_WS_BASE__}}';";
        assert_eq!(
            served_by_anyone(script),
            "const a = window.location.host, b = '/';\n"
        );
    }

    #[test]
    fn the_service_worker_gets_files_and_version() {
        let script = "const VERSION = '{{VERSION}}'; const FILES = ['{{FILES}}'];";
        let files = ["a.js", PAGE].map(str::to_owned);
        assert_eq!(
            listed(script, &files, "1f").expect("both places"),
            "const VERSION = '1f'; const FILES = ['./a.js', './'];"
        );
        assert!(listed("", &files, "1f").is_err());
    }

    #[test]
    fn the_worker_gets_its_version() {
        let page = version(
            "<meta name=\"worker\" content=\"./worker.js\" />",
            "worker.js",
            "1f",
        );
        assert_eq!(
            page.expect("a worker"),
            "<meta name=\"worker\" content=\"./worker.js?v=1f\" />"
        );
        assert!(version("<p>", "worker.js", "1f").is_err());
    }
}
