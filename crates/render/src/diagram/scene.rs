//! What a picture consists of: shapes with class names, each tied to the record that it shows.
//!
//! No colours and no inline styles: a page has its own style sheet, a file brings one along.

use whyeof_trace::RecordId;

/// A point, px from the top left corner of the whole diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downward.
    pub y: f64,
}

/// An upright rectangle, px.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// The rectangle around a centre.
    pub const fn around(centre: Point, w: f64, h: f64) -> Self {
        Self {
            x: centre.x - w / 2.0,
            y: centre.y - h / 2.0,
            w,
            h,
        }
    }

    /// Right edge.
    pub const fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    pub const fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Its centre.
    pub const fn centre(&self) -> Point {
        Point {
            x: self.x + self.w / 2.0,
            y: self.y + self.h / 2.0,
        }
    }

    /// Whether both have a point in common that is not on their edges.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// Whether a point lies in it.
    pub fn has(&self, at: Point) -> bool {
        (self.x..=self.right()).contains(&at.x) && (self.y..=self.bottom()).contains(&at.y)
    }

    /// Whether the other one lies in it.
    pub fn holds(&self, other: &Self) -> bool {
        self.x <= other.x
            && other.right() <= self.right()
            && self.y <= other.y
            && other.bottom() <= self.bottom()
    }

    /// The same, moved.
    #[must_use]
    pub const fn moved(self, dx: f64, dy: f64) -> Self {
        Self {
            x: self.x + dx,
            y: self.y + dy,
            ..self
        }
    }
}

/// Which part of a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A straight line.
    Line {
        /// One end.
        from: Point,
        /// The other.
        to: Point,
    },
    /// A line with a head at its end: a packet's way.
    Arrow {
        /// Where it left.
        from: Point,
        /// Where it arrived.
        to: Point,
    },
    /// A bar: a state on a lifeline, a handler at work.
    Span(Rect),
    /// Words on their own.
    Text {
        /// Where the baseline stands.
        at: Point,
        /// Which part of the words stands there.
        anchor: Anchor,
        /// The words.
        words: String,
    },
    /// Words in a pill: what a program does.
    Badge {
        /// The pill.
        at: Rect,
        /// The words.
        words: String,
    },
    /// A stretch of time left out; its words are a text of their own.
    Fold(Rect),
    /// A shaded area: the time in which two packets cross.
    Shade(Vec<Point>),
    /// A vertical bracket that begins at `top` and ends at `bottom`: a timer.
    Bracket {
        /// Where it begins.
        top: Point,
        /// Its lower end, below `top`.
        bottom: f64,
    },
    /// ✕: a packet ends here.
    Cross(Point),
    /// A number in a circle: evidence.
    Mark {
        /// Its centre.
        at: Point,
        /// The number.
        words: String,
    },
}

impl Shape {
    /// Moves it.
    pub(crate) fn shift(&mut self, dx: f64, dy: f64) {
        let point = |p: &mut Point| {
            p.x += dx;
            p.y += dy;
        };
        match self {
            Self::Line { from, to } | Self::Arrow { from, to } => {
                point(from);
                point(to);
            }
            Self::Span(rect) | Self::Fold(rect) | Self::Badge { at: rect, .. } => {
                *rect = rect.moved(dx, dy);
            }
            Self::Text { at, .. } | Self::Mark { at, .. } | Self::Cross(at) => point(at),
            Self::Shade(corners) => corners.iter_mut().for_each(point),
            Self::Bracket { top, bottom } => {
                point(top);
                *bottom += dy;
            }
        }
    }
}

/// One thing in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What is drawn.
    pub shape: Shape,
    /// Class names, separated by spaces. `selected` marks the selection, `cause` what led to it.
    pub class: String,
    /// The record that it shows; a click on it selects that record.
    pub about: Option<RecordId>,
    /// What it says to those who can't see it, and as a tooltip; may be empty.
    pub says: String,
}

/// Whether a picture shows all that belongs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The rest was left out because it would have been too many items; the picture says so.
    Clipped,
}

/// A picture, or the visible band of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Width of the whole diagram, px.
    pub width: f64,
    /// Height of the whole diagram, px. Items of a band stand at their place in the whole.
    pub height: f64,
    /// The items, those further back first.
    pub items: Vec<Item>,
    /// What the picture shows, in one paragraph: its text alternative.
    pub summary: String,
    /// Whether something was left out.
    pub extent: Extent,
}
