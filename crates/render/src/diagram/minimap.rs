//! A run at a glance: how much happens where, what went wrong, and what is folded, on a strip as high as one likes.

use super::scene::{Extent, Item, Point, Rect, Scene, Shape};
use super::{Diagram, badges::What};
use litemap::LiteMap;
use whyeof_trace::{RecordId, Time};

/// Height of a bucket, px.
const BUCKET: f64 = 4.0;
/// Where what went wrong is marked: the share of the width.
const ERRORS: f64 = 0.6;

impl Diagram<'_> {
    /// The whole diagram on a strip of this size, px. A click at a height stands for the same share of the diagram's height.
    pub fn minimap(&self, width: f64, height: f64) -> Scene {
        let most = (height / BUCKET).floor().max(1.0);
        let bucket = |time: Time| {
            let share = self.axis().y(time) / self.height().max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a bucket of a few hundred"
            )]
            let at = (share * most).max(0.0).min(most - 1.0) as usize;
            at
        };
        let mut items = folds(self, width, height);
        let mut packets: LiteMap<usize, u32> = LiteMap::new();
        for passage in &self.wire.passages {
            if self.view().range.contains(passage.seen()) {
                *packets.entry(bucket(passage.seen())).or_insert(0) += 1;
            }
        }
        let busiest = packets.values().copied().max().unwrap_or(1);
        items.extend(packets.iter().map(|(at, count)| {
            // A lone packet shows beside a burst.
            let share = (f64::from(*count) / f64::from(busiest)).sqrt().sqrt();
            span("mini-packets", *at, [0.0, width * ERRORS * share], None)
        }));
        let mut marks: LiteMap<(usize, &'static str), RecordId> = LiteMap::new();
        for badge in &self.badges {
            let class = match badge.what {
                What::Failed(..) | What::NotServed(_) => "mini-error",
                What::Fault(_) => "mini-fault",
                _ => continue,
            };
            let _ = marks.try_insert((bucket(badge.time), class), badge.record);
        }
        items.extend(
            marks.iter().map(|((at, class), record)| {
                span(class, *at, [width * ERRORS, width], Some(*record))
            }),
        );
        Scene {
            width,
            height,
            items,
            summary: String::new(),
            extent: Extent::Whole,
        }
    }
}

fn span(class: &str, bucket: usize, [x, to]: [f64; 2], about: Option<RecordId>) -> Item {
    let at = Rect {
        x,
        y: bucket as f64 * BUCKET,
        w: to - x,
        h: BUCKET - 1.0,
    };
    Item {
        shape: Shape::Span(at),
        class: class.to_owned(),
        about,
        says: String::new(),
    }
}

/// Folds as lines across, as far as they can be told apart.
fn folds(diagram: &Diagram<'_>, width: f64, height: f64) -> Vec<Item> {
    let mut last = f64::NEG_INFINITY;
    let mut lines = Vec::new();
    for fold in diagram.axis().folds() {
        let y = (fold.top / diagram.height().max(1.0) * height).round();
        if y - last < BUCKET {
            continue;
        }
        last = y;
        lines.push(Item {
            shape: Shape::Line {
                from: Point { x: 0.0, y },
                to: Point { x: width, y },
            },
            class: "mini-fold".to_owned(),
            about: None,
            says: String::new(),
        });
    }
    lines
}
