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
    /// Its upper and its lower end, px.
    pub fn reach(&self) -> (f64, f64) {
        /// What words and marks need above and below their point.
        const LINE: f64 = 12.0;
        match self {
            Self::Line { from, to } | Self::Arrow { from, to } => {
                (from.y.min(to.y), from.y.max(to.y))
            }
            Self::Span(at) | Self::Fold(at) | Self::Badge { at, .. } => (at.y, at.bottom()),
            Self::Text { at, .. } | Self::Mark { at, .. } | Self::Cross(at) => {
                (at.y - LINE, at.y + LINE)
            }
            Self::Shade(corners) => {
                let ys = || corners.iter().map(|at| at.y);
                (ys().fold(f64::MAX, f64::min), ys().fold(f64::MIN, f64::max))
            }
            Self::Bracket { top, bottom } => (top.y, *bottom),
        }
    }

    /// Whether some of it stands between two heights, px.
    fn meets(&self, top: f64, bottom: f64) -> bool {
        let (from, to) = self.reach();
        from <= bottom && to >= top
    }

    /// How far a point is from it, px; zero in it.
    pub fn distance(&self, at: Point) -> f64 {
        let outside = |rect: &Rect| {
            let dx = (rect.x - at.x).max(at.x - rect.right()).max(0.0);
            let dy = (rect.y - at.y).max(at.y - rect.bottom()).max(0.0);
            dx.hypot(dy)
        };
        match self {
            Self::Line { from, to } | Self::Arrow { from, to } => from_line(*from, *to, at),
            Self::Span(rect) | Self::Badge { at: rect, .. } => outside(rect),
            Self::Mark { at: centre, .. } | Self::Cross(centre) => {
                outside(&Rect::around(*centre, 16.0, 16.0))
            }
            Self::Bracket { top, bottom } => from_line(
                *top,
                Point {
                    x: top.x,
                    y: *bottom,
                },
                at,
            ),
            // Grounds, and words that stand for something beside them.
            Self::Text { .. } | Self::Fold(_) | Self::Shade(_) => f64::MAX,
        }
    }

    /// SVG elements that it takes.
    pub const fn nodes(&self) -> usize {
        match self {
            Self::Badge { .. } | Self::Mark { .. } => 2,
            _ => 1,
        }
    }

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

fn from_line(from: Point, to: Point, at: Point) -> f64 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let long = (dx * dx + dy * dy).max(1e-9);
    let share = ((at.x - from.x) * dx + (at.y - from.y) * dy) / long;
    let share = share.clamp(0.0, 1.0);
    (from.x + dx * share - at.x).hypot(from.y + dy * share - at.y)
}

/// What a picture does not do without.
const INDISPENSABLE: u8 = 8;

/// How easily a picture does without an item: 0 the most easily.
fn dispensable(item: &Item) -> u8 {
    let is = |class: &str| item.class.starts_with(class);
    match &item.shape {
        _ if is("grid") => 0,
        _ if is("packet-words ack") || is("timer-words faint") => 1,
        _ if is("packet ack") || is("pooled") || is("timer") => 2,
        Shape::Text { .. } if !is("fold") && !is("time") && !is("packet-words") => 3,
        _ if is("time") => 4,
        Shape::Text { .. } if !is("fold") => 5,
        Shape::Span(_) => 6,
        Shape::Badge { .. } | Shape::Arrow { .. } => 7,
        _ => INDISPENSABLE,
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
    /// What the picture shows, in one paragraph: its text alternative; empty of a band, which is part of a picture that has one.
    pub summary: String,
    /// Whether something was left out.
    pub extent: Extent,
}

impl Scene {
    /// What of it stands between two heights, px; words that belong to something further away stay with it.
    #[must_use]
    pub fn between(&self, top: f64, bottom: f64) -> Self {
        let meets = |item: &&Item| item.shape.meets(top, bottom);
        Self {
            items: self.items.iter().filter(meets).cloned().collect(),
            summary: self.summary.clone(),
            ..*self
        }
    }

    /// The same with at most so many SVG elements: first grid lines and times go, then words that say what one would guess, then all
    /// words, and arrows last.
    #[must_use]
    pub fn thinned(mut self, most: usize) -> Self {
        for rank in 0..INDISPENSABLE {
            let over = self.nodes(f64::MIN, f64::MAX).saturating_sub(most);
            if over == 0 {
                break;
            }
            let of_rank = |item: &&Item| dispensable(item) == rank;
            let ranked = self.items.iter().filter(of_rank);
            let there: usize = ranked.map(|item| item.shape.nodes()).sum();
            // Evenly, so that no part of the picture goes without.
            let mut due = 0;
            self.items.retain(|item| {
                if dispensable(item) != rank {
                    return true;
                }
                let own = item.shape.nodes();
                due += over * own;
                let goes = due >= there * own;
                due -= if goes { there * own } else { 0 };
                !goes
            });
        }
        self
    }

    /// SVG elements that it takes between two heights, px.
    pub fn nodes(&self, top: f64, bottom: f64) -> usize {
        let items = self.items.iter();
        let meeting = items.filter(|item| item.shape.meets(top, bottom));
        meeting.map(|item| item.shape.nodes()).sum()
    }

    /// The record that is shown at a point or not further than `reach` px from it; the foremost of those that are as near.
    pub fn at(&self, point: Point, reach: f64) -> Option<RecordId> {
        let mut best: Option<(f64, RecordId)> = None;
        for item in self.items.iter().rev() {
            let Some(record) = item.about else {
                continue;
            };
            let distance = item.shape.distance(point);
            if distance <= reach && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, record));
            }
        }
        best.map(|(_, record)| record)
    }
}
