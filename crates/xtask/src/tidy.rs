//! What readers of the page need not wait for: its style in several files, and what stands in them for readers of the code.

use crate::Result;
use crate::finish::{digest, text, write};
use std::fs;
use std::path::Path;

/// How the page asks for a stylesheet, as trunk writes it.
const STYLESHEET: &str = "<link rel=\"stylesheet\" href=\"./";

/// Makes one stylesheet of all that the page asks for, in their order, and returns the page that asks for it.
pub(crate) fn one_style(site: &Path, page: &str) -> Result<String> {
    let mut pieces = page.split(STYLESHEET);
    let head = pieces.next().unwrap_or_default();
    let (mut style, mut rest) = (String::new(), String::new());
    for piece in pieces {
        let cut = piece.split_once('"');
        let cut = cut.and_then(|(name, behind)| Some((name, behind.split_once("/>")?.1)));
        let (name, behind) = cut.ok_or("the page has a stylesheet without a name or an end")?;
        let file = site.join(name);
        style.push_str(&bare(&text(&file)?));
        fs::remove_file(&file).map_err(|e| format!("{name}: {e}"))?;
        rest.push_str(behind);
    }
    let name = format!("style-{}.css", digest(style.as_bytes()));
    write(&site.join(&name), &style)?;
    Ok(format!("{head}{STYLESHEET}{name}\" />{rest}"))
}

/// Takes the comments out of the site's scripts.
pub(crate) fn scripts(site: &Path) -> Result {
    let entries = fs::read_dir(site).map_err(|e| format!("{}: {e}", site.display()))?;
    for entry in entries {
        let file = entry.map_err(|e| e.to_string())?.path();
        if file.extension().is_some_and(|it| it == "js") {
            write(&file, &bare(&text(&file)?))?;
        }
    }
    Ok(())
}

/// A script, a stylesheet or a page without the comments that have lines of their own, and without what lines begin with.
pub(crate) fn bare(code: &str) -> String {
    let mut bare = String::new();
    let mut lines = code.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let ends = match line.get(..2) {
            Some("/*") => Some("*/"),
            Some("<!") if line.starts_with("<!--") => Some("-->"),
            _ => None,
        };
        if let Some(end) = ends {
            // Up to the line that ends it.
            let mut comment = std::iter::once(line).chain(lines.by_ref());
            comment.find(|line| line.ends_with(end));
        } else if !line.is_empty() && !line.starts_with("//") {
            bare.push_str(line);
            bare.push('\n');
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_their_own_lines_go() {
        for (code, expected) in [
            (
                "/* A box. */\n.a {\n  color: red;\n}\n",
                ".a {\ncolor: red;\n}\n",
            ),
            (
                "/**\n * What it does.\n */\nexport function f() {}\n",
                "export function f() {}\n",
            ),
            (
                "// Why.\n\nconst a = 'https://b'; // c\n",
                "const a = 'https://b'; // c\n",
            ),
            ("<!-- two\n lines -->\n<p>\n", "<p>\n"),
            ("<!doctype html>\n", "<!doctype html>\n"),
        ] {
            assert_eq!(bare(code), expected);
        }
    }

    #[test]
    fn several_stylesheets_become_one_in_their_order() -> Result {
        let site = std::env::temp_dir().join(format!("whyeof-style-{}", std::process::id()));
        fs::create_dir_all(&site).map_err(|e| e.to_string())?;
        for (name, style) in [("b.css", "/* one */\n.b {}\n"), ("a.css", ".a {}\n")] {
            write(&site.join(name), style)?;
        }
        let link = |name| format!("{STYLESHEET}{name}\" integrity=\"sha384-x\"/>");
        let page = format!("<head>{}\n{}</head>", link("b.css"), link("a.css"));
        let page = one_style(&site, &page)?;
        let name = format!("style-{}.css", digest(b".b {}\n.a {}\n"));
        assert_eq!(page, format!("<head>{STYLESHEET}{name}\" />\n</head>"));
        assert_eq!(text(&site.join(name))?, ".b {}\n.a {}\n");
        assert!(!site.join("b.css").exists());
        fs::remove_dir_all(&site).map_err(|e| e.to_string())
    }
}
