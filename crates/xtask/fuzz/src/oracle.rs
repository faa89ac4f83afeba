//! What harmless means, written without a look at what the product escapes.

use roxmltree::{Document, Node, ParsingOptions};
use whyeof_trace::Lang;

/// Longer messages are none: they would repeat their input.
const LONGEST: usize = 2_000;

/// Whether a letter steers a terminal or the direction of text, or hides: C0 and C1 controls, DEL, bidi marks, embeddings,
/// overrides and isolates, zero-width ones, line and paragraph separators, tags, and the mark of the order of bytes.
pub fn steers(letter: char) -> bool {
    let code = u32::from(letter);
    let is_control = code < 0x20 || (0x7f..0xa0).contains(&code);
    let turns = [0x61c, 0x200e, 0x200f].contains(&code)
        || (0x202a..=0x202e).contains(&code)
        || (0x2066..=0x2069).contains(&code);
    let hides = [0xad, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029, 0x2060, 0xfeff].contains(&code)
        || (0xe0000..=0xe007f).contains(&code);
    is_control || turns || hides
}

/// Lines for a terminal or a text field: nothing but line breaks steers anything.
///
/// # Panics
/// Something does.
pub fn clean(what: &str, text: &str) {
    let found = text.char_indices().find(|(_, c)| *c != '\n' && steers(*c));
    assert!(found.is_none(), "{what}: {found:?} in {text:?}");
}

/// What is wrong with an input, in both languages: one clean line that does not repeat all of it.
///
/// # Panics
/// It is none.
pub fn message(say: impl Fn(Lang) -> String) {
    for text in [Lang::En, Lang::Zh].map(say) {
        clean("message", &text);
        assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
        assert!(text.len() < LONGEST, "{} bytes: {text}", text.len());
    }
}

/// What a picture of ours is made of. No `a`, `image`, `use`, `foreignObject` or `script` is among them.
const ELEMENTS: [&str; 17] = [
    "svg", "g", "defs", "style", "title", "desc", "path", "line", "rect", "circle", "polygon",
    "polyline", "text", "tspan", "marker", "pattern", "clipPath",
];

/// A picture: XML of shapes and words that runs nothing and loads nothing.
///
/// # Panics
/// It is something else.
pub fn picture(what: &str, svg: &str) {
    clean(what, svg);
    // A quarter of a million records make a picture of some million elements at most.
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: 4_000_000,
        ..ParsingOptions::default()
    };
    let picture = Document::parse_with_options(svg, options)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    for node in picture.descendants().filter(Node::is_element) {
        shape(what, node);
    }
}

fn shape(what: &str, node: Node<'_, '_>) {
    let name = node.tag_name().name();
    assert!(ELEMENTS.contains(&name), "{what}: <{name}>");
    for attribute in node.attributes() {
        let (key, value) = (
            attribute.name().to_lowercase(),
            attribute.value().to_lowercase(),
        );
        let runs = key.starts_with("on")
            || ["href", "src", "style", "begin", "to"].contains(&key.as_str());
        let loads = value.contains("javascript:")
            || value.contains("data:")
            || value.contains("url(") && !value.contains("url(#");
        assert!(!runs && !loads, "{what}: <{name} {key}={value:?}>");
    }
    if name == "style" {
        let rules = node.text().unwrap_or_default();
        assert!(
            !rules.contains("@import") && !rules.contains("url(") && !rules.contains('\\'),
            "{what}: {rules}"
        );
    }
}
