//! The diagram as a file: one SVG with its own style sheet, light or dark as its reader's machine is.
//!
//! In a page the style sheet is the page's; there only [`body`] is used, which has classes and no styles.

use super::{Format, Name};
use crate::diagram::scene::{Anchor, Point, Rect, Shape};
use crate::diagram::{Diagram, HEADER, Item, Scene, View};
use crate::text::{Lang, Text};
use std::fmt::{Arguments, Write};
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
    },
    write,
};

/// Colours and fonts of the diagram's classes; a page includes the same text in its own style sheet.
pub const STYLE: &str = include_str!("../diagram/diagram.css");

/// Width of a file, px.
const WIDTH: f64 = 760.0;

/// The whole run, in English, up to [`MOST_ITEMS`](crate::diagram::MOST_ITEMS).
pub fn write(trace: &Trace) -> String {
    file(&Diagram::new(trace, &View::new(WIDTH, Lang::En)))
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

fn element(out: &mut String, item: &Item) {
    put(out, format_args!("<g class=\"{}\"", Escaped(&item.class)));
    if let Some(record) = item.about {
        put(out, format_args!(" data-about=\"{}\"", record.index()));
    }
    out.push('>');
    if !item.says.is_empty() {
        put(out, format_args!("<title>{}</title>", Escaped(&item.says)));
    }
    shape(out, &item.shape);
    out.push_str("</g>\n");
}

fn shape(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Line { from, to } => line(out, *from, *to),
        Shape::Arrow { from, to } => {
            let neck = arrow_neck(*from, *to);
            line(out, *from, neck);
            let corners = arrow_head(*from, *to);
            put(
                out,
                format_args!("<polygon points=\"{}\"/>", Points(&corners)),
            );
        }
        Shape::Span(at) => rect(out, *at, 2.0),
        Shape::Text { at, anchor, words } => text(out, *at, *anchor, words),
        Shape::Badge { at, words } => {
            rect(out, *at, at.h / 2.0);
            let centre = Point {
                x: at.centre().x,
                y: at.centre().y + 4.0,
            };
            text(out, centre, Anchor::Middle, words);
        }
        Shape::Fold(at) => {
            put(out, format_args!("<path d=\"{}\"/>", fold_path(*at)));
        }
        Shape::Shade(corners) => {
            put(
                out,
                format_args!("<polygon points=\"{}\"/>", Points(corners)),
            );
        }
        Shape::Bracket { top, bottom } => {
            let (x, y) = (N(top.x), N(top.y));
            let (left, right, bottom) = (N(top.x - 4.0), N(top.x + 4.0), N(*bottom));
            put(
                out,
                format_args!(
                    "<path d=\"M{left} {y}H{right}M{x} {y}V{bottom}M{left} {bottom}H{right}\"/>"
                ),
            );
        }
        Shape::Cross(at) => {
            let (l, r, t, b) = (N(at.x - 5.0), N(at.x + 5.0), N(at.y - 5.0), N(at.y + 5.0));
            put(
                out,
                format_args!("<path d=\"M{l} {t}L{r} {b}M{l} {b}L{r} {t}\"/>"),
            );
        }
        Shape::Mark { at, words } => {
            put(
                out,
                format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"9\"/>", N(at.x), N(at.y)),
            );
            let below = Point {
                x: at.x,
                y: at.y + 4.0,
            };
            text(out, below, Anchor::Middle, words);
        }
    }
}

fn line(out: &mut String, from: Point, to: Point) {
    put(
        out,
        format_args!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            N(from.x),
            N(from.y),
            N(to.x),
            N(to.y)
        ),
    );
}

fn rect(out: &mut String, at: Rect, radius: f64) {
    put(
        out,
        format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            N(at.x),
            N(at.y),
            N(at.w),
            N(at.h),
            N(radius)
        ),
    );
}

fn text(out: &mut String, at: Point, anchor: Anchor, words: &str) {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    put(
        out,
        format_args!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            N(at.x),
            N(at.y),
            Escaped(words)
        ),
    );
}

/// The three corners of an arrow's head.
pub fn arrow_head(from: Point, to: Point) -> [Point; 3] {
    let (dx, dy) = direction(from, to);
    let back = Point {
        x: to.x - dx * 9.0,
        y: to.y - dy * 9.0,
    };
    let aside = |side: f64| Point {
        x: back.x - dy * 4.0 * side,
        y: back.y + dx * 4.0 * side,
    };
    [to, aside(1.0), aside(-1.0)]
}

/// Where an arrow's line ends, so that it does not stick out of its head.
fn arrow_neck(from: Point, to: Point) -> Point {
    let (dx, dy) = direction(from, to);
    Point {
        x: to.x - dx * 6.0,
        y: to.y - dy * 6.0,
    }
}

fn direction(from: Point, to: Point) -> (f64, f64) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let long = dx.hypot(dy).max(1e-6);
    (dx / long, dy / long)
}

/// The outline of a fold: a strip with waves above and below.
pub fn fold_path(at: Rect) -> String {
    const WAVE: f64 = 46.0;
    const RISE: f64 = 5.0;
    let waves = (at.w / WAVE).ceil().max(1.0);
    let wide = at.w / waves;
    let mut path = format!("M{} {}", N(at.x), N(at.y));
    let count = waves as usize;
    for index in 0..count {
        let rise = if index % 2 == 0 { -RISE } else { RISE };
        put(
            &mut path,
            format_args!("q{} {} {} 0", N(wide / 2.0), N(rise * 2.0), N(wide)),
        );
    }
    put(&mut path, format_args!("V{}", N(at.bottom())));
    for index in (0..count).rev() {
        let rise = if index % 2 == 0 { -RISE } else { RISE };
        put(
            &mut path,
            format_args!("q{} {} {} 0", N(-wide / 2.0), N(rise * 2.0), N(-wide)),
        );
    }
    path.push('Z');
    path
}

/// A number to a tenth of a px, without a needless `.0`.
struct N(f64);

impl std::fmt::Display for N {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // −0 reads as 0.
        write!(f, "{}", tenths + 0.0)
    }
}

struct Points<'a>(&'a [Point]);

impl std::fmt::Display for Points<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, point) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{},{}", N(point.x), N(point.y))?;
        }
        Ok(())
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
