//! Finds each label a place: inside the picture, on no other label, and on as few lines as can be.
//!
//! Labels are placed one after the other, the most important first, and stay where they are put: the same input
//! gives the same picture. A label that finds no place is left out; its item's words stay in the event list.

use super::scene::{Point, Rect};

/// What is already there.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// The area that labels must stay in.
    pub bounds: Rect,
    /// Areas that no label may touch.
    pub taken: Vec<Rect>,
    /// Lines that labels should not cover.
    pub lines: Vec<[Point; 2]>,
    /// Points that the picture is about: only a label without another place may cover them.
    pub points: Vec<Point>,
}

/// What it costs to cover a line, against one position further down the list of candidates.
const PER_LINE: f64 = 4.0;

/// What it costs to cover a point that the picture is about.
const PER_POINT: f64 = 40.0;

/// Air between labels side by side, px.
const AIR: f64 = 3.0;

impl Ground {
    /// The best of the candidates, in order of preference, that is free and lies on at most so many lines.
    pub(crate) fn place(&self, candidates: &[Rect], most_lines: usize) -> Option<Rect> {
        let mut best: Option<(f64, Rect)> = None;
        for (preference, candidate) in candidates.iter().enumerate() {
            if !self.free(candidate) {
                continue;
            }
            let crossed = self
                .lines
                .iter()
                .filter(|line| crosses(line, candidate))
                .count();
            if crossed > most_lines {
                continue;
            }
            let covered = self.points.iter().filter(|at| candidate.has(**at)).count();
            let cost = preference as f64 + PER_LINE * crossed as f64 + PER_POINT * covered as f64;
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, *candidate));
            }
        }
        best.map(|(_, place)| place)
    }

    fn free(&self, candidate: &Rect) -> bool {
        let near = Rect {
            x: candidate.x - AIR,
            w: candidate.w + 2.0 * AIR,
            ..*candidate
        };
        self.bounds.holds(candidate) && !self.taken.iter().any(|taken| taken.overlaps(&near))
    }
}

/// Whether a line runs through a rectangle (Liang–Barsky clipping).
fn crosses(line: &[Point; 2], rect: &Rect) -> bool {
    let [from, to] = line;
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let mut enter: f64 = 0.0;
    let mut leave: f64 = 1.0;
    let edges = [
        (-dx, from.x - rect.x),
        (dx, rect.right() - from.x),
        (-dy, from.y - rect.y),
        (dy, rect.bottom() - from.y),
    ];
    for (p, q) in edges {
        if p == 0.0 {
            if q < 0.0 {
                return false;
            }
        } else if p < 0.0 {
            enter = enter.max(q / p);
        } else {
            leave = leave.min(q / p);
        }
    }
    enter < leave
}

/// Width that words need, px: a careful guess, because fonts differ from machine to machine.
pub(crate) fn width(words: &str, size: f64) -> f64 {
    words.chars().map(|letter| em(letter) * size).sum()
}

/// The widest usual glyph of monospaced and system fonts, in em.
const fn em(letter: char) -> f64 {
    match letter {
        // CJK, full-width punctuation.
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ff60}' => 1.0,
        '→' | '…' | '✕' => 0.9,
        _ => 0.61,
    }
}

/// Cuts words to a width, with an ellipsis.
pub(crate) fn fit(words: &str, size: f64, most: f64) -> String {
    if width(words, size) <= most {
        return words.to_owned();
    }
    let mut room = most - width("…", size);
    let kept: String = words
        .chars()
        .take_while(|letter| {
            room -= em(*letter) * size;
            room >= 0.0
        })
        .collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rect(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    fn ground() -> Ground {
        Ground {
            bounds: rect(0.0, 0.0, 100.0, 100.0),
            taken: vec![rect(0.0, 0.0, 20.0, 20.0)],
            lines: vec![[Point { x: 0.0, y: 50.0 }, Point { x: 100.0, y: 50.0 }]],
            points: vec![Point { x: 50.0, y: 85.0 }],
        }
    }

    #[test]
    fn labels_avoid_each_other_and_the_edge_and_would_rather_avoid_points_and_lines() {
        let mut ground = ground();
        let candidates = [
            rect(10.0, 10.0, 20.0, 10.0), // on another label
            rect(90.0, 10.0, 20.0, 10.0), // out of the picture
            rect(40.0, 80.0, 20.0, 10.0), // on what the picture is about
            rect(40.0, 45.0, 20.0, 10.0), // on a line
            rect(40.0, 60.0, 20.0, 10.0),
        ];
        for best in [candidates[4], candidates[3], candidates[2]] {
            assert_eq!(ground.place(&candidates, usize::MAX), Some(best));
            ground.taken.push(best);
        }
        assert_eq!(ground.place(&candidates, usize::MAX), None);
    }

    #[test]
    fn a_label_that_may_lie_on_no_line_would_rather_not_be_there() {
        let on_a_line = [rect(40.0, 45.0, 20.0, 10.0)];
        assert_eq!(ground().place(&on_a_line, 0), None);
        assert_eq!(ground().place(&on_a_line, 1), Some(on_a_line[0]));
    }

    #[test]
    fn words_are_cut_with_an_ellipsis() {
        assert_eq!(fit("POST /ingest", 10.0, 200.0), "POST /ingest");
        assert_eq!(fit("POST /ingest", 10.0, 60.0), "POST /in…");
        assert!(width("空闲定时器", 10.0) == 50.0);
    }
}
