//! Shapes as SVG elements: one geometry for the page and the file.

use super::scene::{Anchor, Point, Rect, Shape};

/// An SVG element without its classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its name: `line`.
    pub name: &'static str,
    /// The attributes that give it its form.
    pub form: Vec<(&'static str, String)>,
    /// The words in it.
    pub words: Option<&'a str>,
}

/// The elements that a shape consists of: one, or two where words stand in a form.
pub fn elements(shape: &Shape) -> Vec<Element<'_>> {
    match shape {
        Shape::Line { from, to } => vec![line(*from, *to)],
        Shape::Arrow { from, to } => vec![path(arrow(*from, *to))],
        Shape::Span(at) => vec![rect(at, 2.0)],
        Shape::Text { at, anchor, words } => vec![text(*at, *anchor, words)],
        Shape::Badge { at, words } => vec![rect(at, at.h / 2.0), centred(at.centre(), words)],
        Shape::Fold(at) => vec![path(fold(*at))],
        Shape::Shade(corners) => vec![drawn("polygon", [("points", points(corners))])],
        Shape::Bracket { top, bottom } => vec![path(bracket(*top, *bottom))],
        Shape::Cross(at) => vec![path(cross(*at))],
        Shape::Mark { at, words } => {
            let circle = [("cx", px(at.x)), ("cy", px(at.y)), ("r", px(MARK))];
            vec![drawn("circle", circle), centred(*at, words)]
        }
    }
}

/// Radius of a mark, px.
const MARK: f64 = 8.5;
/// From the middle of a line of words to where it stands, px.
const BASELINE: f64 = 4.0;

fn drawn<const N: usize>(
    name: &'static str,
    form: [(&'static str, String); N],
) -> Element<'static> {
    Element {
        name,
        form: form.to_vec(),
        words: None,
    }
}

fn line(from: Point, to: Point) -> Element<'static> {
    let ends = [("x1", from.x), ("y1", from.y), ("x2", to.x), ("y2", to.y)];
    drawn("line", ends.map(|(name, at)| (name, px(at))))
}

fn rect(at: &Rect, radius: f64) -> Element<'static> {
    let form = [
        ("x", at.x),
        ("y", at.y),
        ("width", at.w),
        ("height", at.h),
        ("rx", radius),
    ];
    drawn("rect", form.map(|(name, at)| (name, px(at))))
}

fn path(d: String) -> Element<'static> {
    drawn("path", [("d", d)])
}

fn centred(at: Point, words: &str) -> Element<'_> {
    let below = Point {
        x: at.x,
        y: at.y + BASELINE,
    };
    text(below, Anchor::Middle, words)
}

fn text(at: Point, anchor: Anchor, words: &str) -> Element<'_> {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let form = [
        ("x", px(at.x)),
        ("y", px(at.y)),
        ("text-anchor", anchor.to_owned()),
    ];
    Element {
        words: Some(words),
        ..drawn("text", form)
    }
}

/// Length of an arrow's head, px.
const HEAD: f64 = 9.0;
/// Half its width, px.
const HEAD_HALF: f64 = 4.0;

/// A number for an attribute: to a tenth of a px, without a needless `.0`.
///
/// By whole numbers, which take less room than floats to print.
pub fn px(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
    let tenths = (number * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    match tenths % 10 {
        0 => format!("{sign}{}", tenths / 10),
        tenth => format!("{sign}{}.{tenth}", tenths / 10),
    }
}

/// Corners as `points` of a polygon.
fn points(corners: &[Point]) -> String {
    let corners = corners.iter().map(|p| format!("{},{}", px(p.x), px(p.y)));
    corners.collect::<Vec<_>>().join(" ")
}

/// An arrow as a path: its line, and its head.
fn arrow(from: Point, to: Point) -> String {
    let neck = arrow_neck(from, to);
    let [tip, left, right] = arrow_head(from, to);
    let at = |p: Point| format!("{} {}", px(p.x), px(p.y));
    format!(
        "M{}L{}M{}L{}L{}Z",
        at(from),
        at(neck),
        at(tip),
        at(left),
        at(right)
    )
}

/// The three corners of an arrow's head.
fn arrow_head(from: Point, to: Point) -> [Point; 3] {
    let (dx, dy) = direction(from, to);
    let aside = |side: f64| Point {
        x: to.x - dx * HEAD - dy * HEAD_HALF * side,
        y: to.y - dy * HEAD + dx * HEAD_HALF * side,
    };
    [to, aside(1.0), aside(-1.0)]
}

/// Where an arrow's line ends, so that it does not stick out of its head.
fn arrow_neck(from: Point, to: Point) -> Point {
    let (dx, dy) = direction(from, to);
    Point {
        x: to.x - dx * HEAD * 0.7,
        y: to.y - dy * HEAD * 0.7,
    }
}

fn direction(from: Point, to: Point) -> (f64, f64) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let long = dx.hypot(dy).max(1e-6);
    (dx / long, dy / long)
}

/// A fold as a path: a strip with waves above and below, like torn paper.
fn fold(at: Rect) -> String {
    const WAVE: f64 = 46.0;
    const RISE: f64 = 10.0;
    let waves = (at.w / WAVE).ceil().max(1.0);
    let wave = |wide: f64, rise: f64| {
        let step = wide / waves;
        let mut edge = String::new();
        let mut rise = rise;
        for _ in 0..waves as usize {
            edge.push_str(&format!("q{} {} {} 0", px(step / 2.0), px(rise), px(step)));
            rise = -rise;
        }
        edge
    };
    // The lower edge runs back, so its waves begin where the upper edge's end.
    let last = if (waves as usize).is_multiple_of(2) {
        RISE
    } else {
        -RISE
    };
    let (upper, lower) = (wave(at.w, -RISE), wave(-at.w, last));
    format!(
        "M{} {}{upper}V{}{lower}Z",
        px(at.x),
        px(at.y),
        px(at.bottom())
    )
}

/// A timer as a path: it begins with a tick, runs down, and ends with one.
fn bracket(top: Point, bottom: f64) -> String {
    let tick = |y: f64| format!("M{} {}h8", px(top.x - 4.0), px(y));
    format!("{}m-4 0V{}{}", tick(top.y), px(bottom), tick(bottom))
}

/// Where something was lost, as a path.
fn cross(at: Point) -> String {
    format!("M{} {}l10 10m0 -10l-10 10", px(at.x - 5.0), px(at.y - 5.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_have_one_decimal_at_most() {
        for (number, text) in [
            (0.0, "0"),
            (-0.01, "0"),
            (12.34, "12.3"),
            (-0.26, "-0.3"),
            (-3.0, "-3"),
            (9.96, "10"),
        ] {
            assert_eq!(px(number), text);
        }
    }

    #[test]
    fn shapes_close_where_they_began() {
        let strip = Rect {
            x: 10.0,
            y: 20.0,
            w: 92.0,
            h: 30.0,
        };
        assert_eq!(
            fold(strip),
            "M10 20q23 -10 46 0q23 10 46 0V50q-23 10 -46 0q-23 -10 -46 0Z"
        );
        let at = Point { x: 10.0, y: 20.0 };
        assert_eq!(bracket(at, 50.0), "M6 20h8m-4 0V50M6 50h8");
        assert_eq!(cross(at), "M5 15l10 10m0 -10l-10 10");
        let to = Point { x: 110.0, y: 20.0 };
        assert_eq!(points(&arrow_head(at, to)), "110,20 101,24 101,16");
    }
}
