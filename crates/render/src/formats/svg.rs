//! The diagram as a file: one SVG with its own style sheet, light or dark as its reader's machine is.
//!
//! The page draws the same shapes with the same classes and the same sheet, but as elements that can be chosen.

use super::{Format, Name, Shown, Write};
use crate::diagram::outline::elements;
use crate::diagram::{Diagram, HEADER, Item, Scene, View};
use crate::text::{Lang, Text};
use std::fmt::{Arguments, Write as _};
use whyeof_trace::Trace;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "svg",
        label: Text {
            en: "Diagram, SVG",
            zh: "时序图（SVG）",
        },
        extension: "svg",
        mime: "image/svg+xml",
        shown: Shown::Elsewhere,
    },
    write: Write::Text(|case, lang| write(case.trace, lang)),
};

/// Colours and fonts of the diagram's classes; the page loads the same file.
pub const STYLE: &str = include_str!("../diagram/diagram.css");

/// Width of a file, px.
const WIDTH: f64 = 760.0;

/// The whole run, up to [`MOST_ITEMS`](crate::diagram::MOST_ITEMS).
pub fn write(trace: &Trace, lang: Lang) -> String {
    file(&Diagram::new(trace, &View::new(WIDTH, lang)))
}

/// A diagram as a file of its own, lanes' names included.
pub fn file(diagram: &Diagram<'_>) -> String {
    let scene = diagram.whole();
    let (width, height) = (scene.width, scene.height + HEADER);
    let mut out = String::new();
    put(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"wy-file wy-diagram\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n"
        ),
    );
    put(
        &mut out,
        format_args!("<title>{}</title>\n", Escaped(&scene.summary)),
    );
    put(&mut out, format_args!("<style>{STYLE}</style>\n"));
    put(
        &mut out,
        format_args!("<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"),
    );
    out.push_str(&body(&diagram.header()));
    put(
        &mut out,
        format_args!("<g transform=\"translate(0 {HEADER})\">\n"),
    );
    out.push_str(&body(&scene));
    out.push_str("</g>\n</svg>\n");
    out
}

/// A scene's items as SVG elements, a line each, without the element around them. A click can be traced to its
/// record by the attribute `data-about`, the record's position in `Trace::records`.
pub fn body(scene: &Scene) -> String {
    let mut out = String::new();
    for item in &scene.items {
        element(&mut out, item);
    }
    out
}

fn put(out: &mut String, words: Arguments<'_>) {
    // Writing into a String never fails.
    let _ = out.write_fmt(words);
}

/// Each of an item's elements carries its classes; the first one also what it says.
fn element(out: &mut String, item: &Item) {
    let mut says = Some(item.says.as_str()).filter(|says| !says.is_empty());
    for element in elements(&item.shape) {
        let name = element.name;
        put(
            out,
            format_args!("<{name} class=\"{}\"", Escaped(&item.class)),
        );
        if let Some(record) = item.about {
            put(out, format_args!(" data-about=\"{}\"", record.index()));
        }
        for (attribute, value) in &element.form {
            put(out, format_args!(" {attribute}=\"{value}\""));
        }
        out.push('>');
        if let Some(says) = says.take() {
            put(out, format_args!("<title>{}</title>", Escaped(says)));
        }
        put(
            out,
            format_args!("{}</{name}>\n", Escaped(element.words.unwrap_or_default())),
        );
    }
}

/// Words as they stand in XML.
pub(crate) fn escaped(words: &str) -> String {
    Escaped(words).to_string()
}

/// Words with what XML reserves written as references, and without control characters, which it forbids.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                c if c.is_control() => f.write_str(" ")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
