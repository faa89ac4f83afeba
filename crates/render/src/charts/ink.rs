//! Colours that are given when a picture is seen: what plotters draws with stands for class names, so that pictures follow the theme of the
//! page, or of whoever opens the file.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What is drawn on.
pub(super) type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;
/// Drawing into a text cannot fail, but plotters has other papers.
pub(super) type Drawn<'s> =
    Result<(), DrawingAreaErrorKind<<SVGBackend<'s> as DrawingBackend>::ErrorType>>;

/// Letters of this size, at this side of their place.
pub(super) fn font(size: i32, ink: RGBColor, x: HPos, y: VPos) -> TextStyle<'static> {
    let style = (FontFamily::SansSerif, size).into_font().color(&ink);
    style.pos(Pos::new(x, y))
}

/// Puts class names where plotters wrote the colours that stand for them, and the text alternative in front.
pub(super) fn themed(
    mut drawn: String,
    inks: impl IntoIterator<Item = (RGBColor, &'static str)>,
    class: &str,
    alternative: &str,
) -> String {
    for (ink, class) in inks {
        let written = format!("\"#{:02X}{:02X}{:02X}\"", ink.0, ink.1, ink.2);
        drawn = drawn
            .replace(&format!("fill={written}"), &format!("class=\"{class}\""))
            .replace(
                &format!("stroke={written}"),
                &format!("class=\"{class}-line\""),
            );
    }
    let (head, rest) = drawn.split_once('>').unwrap_or((&drawn, ""));
    let alternative = crate::formats::svg::escaped(alternative);
    format!("{head} class=\"{class}\" role=\"img\"><title>{alternative}</title>{rest}")
}

/// A picture as a file of its own: with its colours, on paper as light or dark as its reader's machine.
pub(super) fn file(svg: &str, style: &str) -> String {
    // The page's theme sets `color-scheme`; a file follows its reader's machine.
    let style = format!(".wy-file {{ color-scheme: light dark; }}\n{style}");
    let svg = svg.replacen("class=\"", "class=\"wy-file ", 1);
    let paper = "<rect width=\"100%\" height=\"100%\" fill=\"Canvas\"/>";
    svg.replacen(
        "</title>",
        &format!("</title>\n<style>{style}</style>\n{paper}"),
        1,
    )
}
