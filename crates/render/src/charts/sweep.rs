//! How runs end over one knob, or over two: the outcome of every value as a colour.
//!
//! One knob is a bar along its values, in which each seed has its share; two are a map, in which the worst of the seeds stands for all.
//! Every colour has a letter where there is room for one, and the letters stand in the key: colour is never the only sign.

use super::ink::{self, Area, Drawn, font};
use super::outcome_strip::Outcome;
use crate::diagram::width_of;
use crate::text::{self, Lang};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

/// A sweep as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept<'a> {
    /// One knob or two.
    pub knobs: &'a [Knob],
    /// Runs of each value.
    pub seeds: usize,
    /// What the numbers in `runs` stand for: an ending's code, and then the error in short or who had closed first.
    pub kinds: &'a [String],
    /// The kind of every run: by the first knob, then the second, then the seed. Others than there are stand for a run that was not made.
    pub runs: &'a [u8],
    /// What fails between two values that do not.
    pub hidden: &'a [Hidden],
    /// The reader's language.
    pub lang: Lang,
    /// Width of the picture, px.
    pub width: u32,
}

/// What fails between two values that do not, in a window that is narrower than a step: along which knob, behind which value of that one and beside
/// which of the other (the first knob's first), and its kind.
pub type Hidden = (usize, [usize; 2], u8);

/// A knob of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// What it is called.
    pub name: String,
    /// Its values, as texts.
    pub values: Vec<String>,
}

/// Colours of the picture's classes.
pub const STYLE: &str = include_str!("sweep.css");

const INK: RGBColor = RGBColor(1, 2, 3);
const SOFT: RGBColor = RGBColor(1, 2, 4);
const ON: RGBColor = RGBColor(1, 2, 5);
const SMALL: i32 = 14;
const SMALL_PX: f64 = 11.3;
/// Height of the bar of one knob, and of the map of two, px.
const BAR: i32 = 56;
const MAP: i32 = 320;
const TOP: i32 = 10;
const RIGHT: i32 = 14;
/// A line of words.
const LINE: i32 = 18;
/// Room for a letter, px.
const LETTER: i32 = 15;
/// Cells of a map, at most, each way; of more the worst is drawn.
const MOST_CELLS: usize = 160;

/// What runs of one kind look like.
struct Look {
    class: &'static str,
    words: String,
    letter: char,
    /// Of several runs the highest stands for all.
    badness: u8,
}

/// Failures of different kinds that have a colour of their own.
const FAILED: [&str; 4] = [
    "swept-failed-1",
    "swept-failed-2",
    "swept-failed-3",
    "swept-failed-4",
];
const CLASSES: [&str; 10] = [
    "swept-reused",
    "swept-new",
    "swept-client",
    "swept-server",
    "swept-retried",
    "swept-unfinished",
    FAILED[0],
    FAILED[1],
    FAILED[2],
    FAILED[3],
];

fn looks(kinds: &[String], lang: Lang) -> Vec<Look> {
    let mut failed = 0;
    let letters = 'A'..='Z';
    let look = |(kind, letter): (&String, char)| {
        let (code, more) = kind.split_once(' ').unwrap_or((kind, ""));
        let outcome = Outcome::named(code);
        let (class, badness) = match (outcome, more) {
            (Outcome::OkReused, _) => ("swept-reused", 0),
            (Outcome::OkNew, "client") => ("swept-client", 1),
            (Outcome::OkNew, "server") => ("swept-server", 2),
            (Outcome::OkNew, _) => ("swept-new", 3),
            (Outcome::OkRetried, _) => ("swept-retried", 4),
            (Outcome::Unfinished, _) => ("swept-unfinished", 5),
            (Outcome::Failed, _) => {
                failed += 1;
                (FAILED[(failed - 1).min(FAILED.len() - 1)], 6)
            }
        };
        let words = self::outcome(code, more, lang);
        Look {
            class,
            words,
            letter,
            badness,
        }
    };
    kinds.iter().zip(letters.cycle()).map(look).collect()
}

fn ink_of(class: &str) -> RGBColor {
    let at = CLASSES.iter().position(|other| *other == class);
    RGBColor(1, 2, 10 + u8::try_from(at.unwrap_or(0)).unwrap_or(0))
}

/// The sweep as one SVG element of class `wy-swept`; its text alternative is [`describe`].
pub fn svg(swept: &Swept<'_>) -> String {
    let looks = looks(swept.kinds, swept.lang);
    let page = Page::of(swept, &looks);
    let mut out = String::new();
    {
        let size = (page.width.unsigned_abs(), page.height.unsigned_abs());
        let area = SVGBackend::with_string(&mut out, size).into_drawing_area();
        // Drawing into a String cannot fail.
        let _ = draw(swept, &looks, &page, &area);
        let _ = area.present();
    }
    let inks = CLASSES.map(|class| (ink_of(class), class));
    let words = [
        (INK, "swept-ink"),
        (SOFT, "swept-soft"),
        (ON, "swept-letter"),
    ];
    let inks = inks.into_iter().chain(words);
    let drawn = ink::themed(out, inks, "wy-swept", &describe(swept));
    // Where values lie, for those who point at one.
    let plot = [page.left, page.right, page.bottom, page.top(swept)].map(|it| it.to_string());
    drawn.replacen(
        "role=\"img\"",
        &format!("role=\"img\" data-plot=\"{}\"", plot.join(" ")),
        1,
    )
}

/// The same as a file of its own.
pub fn file(swept: &Swept<'_>) -> String {
    ink::file(&svg(swept), STYLE)
}

/// An outcome that files call so, in words, with the error as its program prints it, or who had closed first.
pub fn outcome(code: &str, more: &str, lang: Lang) -> String {
    match (Outcome::named(code), more) {
        (Outcome::OkNew, "client") => text::SWEPT_CLIENT.of(lang).to_owned(),
        (Outcome::OkNew, "server") => text::SWEPT_SERVER.of(lang).to_owned(),
        (outcome, error) => outcome.words(error, lang),
    }
}

/// Where things stand, px.
struct Page {
    width: i32,
    height: i32,
    left: i32,
    right: i32,
    /// Bottom of the bar or the map.
    bottom: i32,
    /// The key, line by line.
    key: Vec<Vec<usize>>,
}

impl Page {
    fn of(swept: &Swept<'_>, looks: &[Look]) -> Self {
        let width = i32::try_from(swept.width).unwrap_or(i32::MAX).max(200);
        let beside = match swept.knobs {
            [_, second] => second.values.iter().map(|it| wide(it)).max().unwrap_or(0),
            _ => 0,
        };
        let left = (8 + beside + if beside > 0 { 8 } else { 0 }).min(width / 3);
        let (right, high) = (width - RIGHT, if beside > 0 { MAP } else { BAR });
        let mut key: Vec<Vec<usize>> = vec![Vec::new()];
        let mut room = width - 16;
        for (number, look) in looks.iter().enumerate() {
            let needs = wide(&look.words) + 40;
            if needs > room && key.last().is_some_and(|line| !line.is_empty()) {
                key.push(Vec::new());
                room = width - 16;
            }
            room -= needs;
            if let Some(line) = key.last_mut() {
                line.push(number);
            }
        }
        // The second knob's name stands above, the first one's below its values.
        let top = if beside > 0 { LINE } else { 0 };
        let bottom = TOP + top + high;
        let lines = i32::try_from(key.len()).unwrap_or(0) + i32::from(!swept.hidden.is_empty());
        Self {
            width,
            height: bottom + 2 * LINE + 12 + lines * (LINE + 4) + 4,
            left,
            right,
            bottom,
            key,
        }
    }

    fn top(&self, swept: &Swept<'_>) -> i32 {
        self.bottom - if swept.knobs.len() > 1 { MAP } else { BAR }
    }

    /// Where the n-th of so many begins, from left to right.
    fn x(&self, n: usize, of: usize) -> i32 {
        between(self.left, self.right, n, of)
    }
}

fn between(from: i32, to: i32, n: usize, of: usize) -> i32 {
    let (wide, n) = (i128::from(to) - i128::from(from), n as i128);
    from + i32::try_from(wide * n / (of.max(1) as i128)).unwrap_or(0)
}

fn wide(words: &str) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
    let wide = (width_of(words, SMALL_PX) * 0.92) as i32;
    wide
}

fn draw<'s>(swept: &Swept<'_>, looks: &[Look], page: &Page, area: &Area<'s>) -> Drawn<'s> {
    match swept.knobs {
        [first] => {
            bar(swept, looks, page, area)?;
            along(page, area, first)
        }
        [first, second] => {
            map(
                swept,
                looks,
                page,
                area,
                [first.values.len(), second.values.len()],
            )?;
            along(page, area, first)?;
            beside(swept, page, area, second)
        }
        _ => Ok(()),
    }?;
    key(swept, looks, page, area)
}

/// Some of the values of the first knob below what is drawn, and its name.
fn along<'s>(page: &Page, area: &Area<'s>, knob: &Knob) -> Drawn<'s> {
    let count = knob.values.len();
    let longest = knob.values.iter().map(|value| wide(value)).max();
    let room = (page.right - page.left) / (longest.unwrap_or(0) + 14).max(1);
    for at in ticks(count, usize::try_from(room).unwrap_or(1)) {
        let x = (page.x(at, count) + page.x(at + 1, count)) / 2;
        let half = wide(&knob.values[at]) / 2;
        let x = x.clamp(page.left + half, (page.right - half).max(page.left + half));
        let style = font(SMALL, SOFT, HPos::Center, VPos::Top);
        area.draw(&Text::new(
            knob.values[at].clone(),
            (x, page.bottom + 5),
            style,
        ))?;
    }
    let style = font(SMALL, INK, HPos::Right, VPos::Top);
    let at = (page.right, page.bottom + 5 + LINE);
    area.draw(&Text::new(format!("{} →", knob.name), at, style))
}

/// The same of the second knob, upwards.
fn beside<'s>(swept: &Swept<'_>, page: &Page, area: &Area<'s>, knob: &Knob) -> Drawn<'s> {
    let count = knob.values.len();
    let top = page.top(swept);
    for at in ticks(
        count,
        usize::try_from((page.bottom - top) / 30).unwrap_or(1),
    ) {
        let y =
            (between(page.bottom, top, at, count) + between(page.bottom, top, at + 1, count)) / 2;
        let y = y.clamp(top + 6, page.bottom - 6);
        let style = font(SMALL, SOFT, HPos::Right, VPos::Center);
        area.draw(&Text::new(
            knob.values[at].clone(),
            (page.left - 6, y),
            style,
        ))?;
    }
    let style = font(SMALL, INK, HPos::Left, VPos::Top);
    area.draw(&Text::new(format!("↑ {}", knob.name), (8, TOP - 6), style))
}

/// Values that are written out: evenly spread, with both ends.
fn ticks(count: usize, room: usize) -> Vec<usize> {
    let most = count.min(room.clamp(2, 9));
    match most {
        0 => Vec::new(),
        1 => vec![0],
        most => (0..most).map(|n| n * (count - 1) / (most - 1)).collect(),
    }
}

/// One knob: columns, in which every kind has its share of the runs.
fn bar<'s>(swept: &Swept<'_>, looks: &[Look], page: &Page, area: &Area<'s>) -> Drawn<'s> {
    let count = swept.runs.len() / swept.seeds.max(1);
    // A column a pixel is as fine as it gets.
    let columns = count.min(usize::try_from(page.right - page.left).unwrap_or(1));
    let top = page.top(swept);
    let shares: Vec<Vec<usize>> = (0..columns)
        .map(|at| {
            let values = at * count / columns..((at + 1) * count / columns);
            let runs = values.start * swept.seeds..values.end * swept.seeds;
            let mut shares = vec![0; looks.len()];
            for kind in &swept.runs[runs] {
                if let Some(share) = shares.get_mut(usize::from(*kind)) {
                    *share += 1;
                }
            }
            shares
        })
        .collect();
    // What fails lies on top, so that its share can be read from there.
    let mut order: Vec<usize> = (0..looks.len()).collect();
    order.sort_by_key(|kind| looks[*kind].badness);
    let mut at = 0;
    for alike in shares.chunk_by(|one, next| one == next) {
        let (left, right) = (page.x(at, columns), page.x(at + alike.len(), columns));
        let whole: usize = alike[0].iter().sum();
        let mut below = 0;
        for kind in &order {
            let share = alike[0][*kind];
            if share > 0 {
                let y = |n: usize| between(page.bottom, top, n, whole);
                let corners = [(left, y(below + share)), (right, y(below))];
                piece(area, corners, &looks[*kind])?;
            }
            below += share;
        }
        at += alike.len();
    }
    for (_, at, kind) in swept.hidden {
        if let Some(look) = looks.get(usize::from(*kind)) {
            let x = page.x(at[0] + 1, count);
            narrow_line(area, [(x - 1, top), (x + 2, page.bottom)], look)?;
        }
    }
    Ok(())
}

/// A rectangle, with its letter if there is room.
fn piece<'s>(area: &Area<'s>, corners: [(i32, i32); 2], look: &Look) -> Drawn<'s> {
    let [(left, top), (right, bottom)] = corners;
    area.draw(&Rectangle::new(corners, ink_of(look.class).filled()))?;
    if right - left < LETTER || bottom - top < LETTER {
        return Ok(());
    }
    letter(
        area,
        (i32::midpoint(left, right), i32::midpoint(top, bottom)),
        look,
    )
}

fn letter<'s>(area: &Area<'s>, at: (i32, i32), look: &Look) -> Drawn<'s> {
    let style = font(SMALL, ON, HPos::Center, VPos::Center);
    area.draw(&Text::new(look.letter.to_string(), at, style))
}

/// Two knobs: a cell each pair of values. Cells that are alike side by side are one rectangle.
fn map<'s>(
    swept: &Swept<'_>,
    looks: &[Look],
    page: &Page,
    area: &Area<'s>,
    of: [usize; 2],
) -> Drawn<'s> {
    let cells = Cells::of(swept, looks, of);
    let [columns, rows] = cells.of;
    let top = page.top(swept);
    let y = |row: usize| between(page.bottom, top, row, rows);
    for row in 0..rows {
        let mut at = 0;
        for alike in cells.row(row).chunk_by(|one, next| one == next) {
            let (left, right) = (page.x(at, columns), page.x(at + alike.len(), columns));
            if let Some(look) = looks.get(usize::from(alike[0])) {
                let corners = [(left, y(row + 1)), (right, y(row))];
                area.draw(&Rectangle::new(corners, ink_of(look.class).filled()))?;
            }
            at += alike.len();
        }
    }
    for (knob, [column, row], kind) in swept.hidden {
        if let Some(look) = looks.get(usize::from(*kind)) {
            let (column, row) = (*column, *row);
            let x = [column, column + 1].map(|n| page.x(n, of[0]));
            let y = [row, row + 1].map(|n| between(page.bottom, top, n, of[1]));
            let corners = match knob {
                0 => [(x[1] - 1, y[1]), (x[1] + 2, y[0])],
                _ => [(x[0], y[1] - 1), (x[1], y[1] + 2)],
            };
            narrow_line(area, corners, look)?;
        }
    }
    for (kind, look) in looks.iter().enumerate() {
        let cell = [page.right - page.left, page.bottom - top];
        let cell = [0, 1].map(|way| f64::from(cell[way]) / cells.of[way].max(1) as f64);
        let kind = u8::try_from(kind).unwrap_or(u8::MAX);
        let Some([column, row, wide, high]) = cells.roomiest(kind, cell) else {
            continue;
        };
        let (left, right) = (page.x(column, columns), page.x(column + wide, columns));
        let (low, upper) = (y(row), y(row + high));
        if right - left >= LETTER && low - upper >= LETTER {
            letter(
                area,
                (i32::midpoint(left, right), i32::midpoint(low, upper)),
                look,
            )?;
        }
    }
    Ok(())
}

/// The cells of a map, row by row.
struct Cells {
    of: [usize; 2],
    kinds: Vec<u8>,
}

impl Cells {
    fn of(swept: &Swept<'_>, looks: &[Look], of: [usize; 2]) -> Self {
        let fits = of.map(|count| count.min(MOST_CELLS));
        let badness = |kind: &u8| looks.get(usize::from(*kind)).map_or(0, |look| look.badness);
        let mut kinds = vec![u8::MAX; fits[0] * fits[1]];
        for (value, runs) in swept.runs.chunks(swept.seeds.max(1)).enumerate() {
            let (column, row) = (value / of[1].max(1), value % of[1].max(1));
            let at = row * fits[1] / of[1] * fits[0] + column * fits[0] / of[0].max(1);
            for kind in runs {
                let known = usize::from(*kind) < looks.len();
                if known && (kinds[at] == u8::MAX || badness(kind) > badness(&kinds[at])) {
                    kinds[at] = *kind;
                }
            }
        }
        Self { of: fits, kinds }
    }

    fn row(&self, row: usize) -> &[u8] {
        &self.kinds[row * self.of[0]..(row + 1) * self.of[0]]
    }

    /// The rectangle of one kind with the most room for a letter, cells being so wide and high: its column and row, and how many cells it is wide
    /// and high.
    fn roomiest(&self, kind: u8, cell: [f64; 2]) -> Option<[usize; 4]> {
        let mut high = vec![0; self.of[0]];
        let mut best: Option<(f64, [usize; 4])> = None;
        for row in 0..self.of[1] {
            for (high, is) in high.iter_mut().zip(self.row(row)) {
                *high = if *is == kind { *high + 1 } else { 0 };
            }
            for from in 0..high.len() {
                let mut least = usize::MAX;
                for (wide, now) in (1..).zip(&high[from..]) {
                    least = least.min(*now);
                    if least == 0 {
                        break;
                    }
                    let room = (wide as f64 * cell[0]).min(least as f64 * cell[1]);
                    if best.is_none_or(|(most, _)| room > most) {
                        best = Some((room, [from, row + 1 - least, wide, least]));
                    }
                }
            }
        }
        best.map(|(_, at)| at)
    }
}

/// What the colours and letters stand for.
fn key<'s>(swept: &Swept<'_>, looks: &[Look], page: &Page, area: &Area<'s>) -> Drawn<'s> {
    let mut y = page.bottom + 2 * LINE + 16;
    for line in &page.key {
        let mut x = 8;
        for look in line.iter().map(|number| &looks[*number]) {
            let box_ = [(x, y), (x + 16, y + 16)];
            area.draw(&Rectangle::new(box_, ink_of(look.class).filled()))?;
            letter(area, (x + 8, y + 8), look)?;
            let style = font(SMALL, INK, HPos::Left, VPos::Center);
            area.draw(&Text::new(look.words.clone(), (x + 22, y + 8), style))?;
            x += wide(&look.words) + 40;
        }
        y += LINE + 4;
    }
    let narrow = swept
        .hidden
        .first()
        .and_then(|(.., kind)| looks.get(usize::from(*kind)));
    let Some(look) = narrow else {
        return Ok(());
    };
    narrow_line(area, [(15, y), (18, y + 16)], look)?;
    let style = font(SMALL, INK, HPos::Left, VPos::Center);
    let words = text::SWEPT_NARROW.of(swept.lang);
    area.draw(&Text::new(words, (30, y + 8), style))
}

/// A window that is narrower than a step.
fn narrow_line<'s>(area: &Area<'s>, corners: [(i32, i32); 2], look: &Look) -> Drawn<'s> {
    area.draw(&Rectangle::new(corners, ink_of(look.class).filled()))
}

/// Pieces that are told in words.
const MOST_PIECES: usize = 12;

/// The sweep in words: one knob from value to value, two as shares.
pub fn describe(swept: &Swept<'_>) -> String {
    let lang = swept.lang;
    let looks = looks(swept.kinds, lang);
    if swept.runs.is_empty() || looks.is_empty() {
        return text::STRIP_NONE.of(lang).to_owned();
    }
    let mut parts = match swept.knobs {
        [only] if swept.seeds <= 1 => pieces(swept, only, &looks),
        _ => shares(swept, &looks),
    };
    let more = parts.len().saturating_sub(MOST_PIECES);
    if more > 0 {
        parts.truncate(MOST_PIECES);
        parts.push(text::SWEPT_MORE.fill(lang, &[("count", &more.to_string())]));
    }
    let said = swept.hidden.iter().map(|(.., kind)| usize::from(*kind));
    let mut hidden: Vec<usize> = said.collect();
    hidden.sort_unstable();
    hidden.dedup();
    let hidden = hidden.into_iter().filter_map(|kind| looks.get(kind));
    let said = hidden.map(|look| text::SWEPT_HIDDEN.fill(lang, &[("what", &look.words)]));
    parts.extend(said.take(MOST_PIECES));
    parts.join(text::STRIP_AND.of(lang))
}

fn pieces(swept: &Swept<'_>, knob: &Knob, looks: &[Look]) -> Vec<String> {
    let mut at = 0;
    let mut parts = Vec::new();
    for alike in swept.runs.chunk_by(|one, next| one == next) {
        let (from, to) = (&knob.values[at], &knob.values[at + alike.len() - 1]);
        at += alike.len();
        let Some(look) = looks.get(usize::from(alike[0])) else {
            continue;
        };
        let text = match alike.len() {
            1 => text::STRIP_POINT,
            _ => text::STRIP_RANGE,
        };
        let values = [("from", from.as_str()), ("to", to), ("what", &look.words)];
        parts.push(text.fill(swept.lang, &values));
    }
    parts
}

fn shares(swept: &Swept<'_>, looks: &[Look]) -> Vec<String> {
    let count = |kind: usize| {
        let is_of = |run: &&u8| usize::from(**run) == kind;
        swept.runs.iter().filter(is_of).count()
    };
    // Of a sweep that was stopped some were not made.
    let made = swept.runs.iter();
    let made = made.filter(|run| usize::from(**run) < looks.len()).count();
    let said = |(kind, look): (usize, &Look)| {
        let values = [
            ("count", count(kind).to_string()),
            ("of", made.to_string()),
            ("what", look.words.clone()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        text::SWEPT_SHARE.fill(swept.lang, &values)
    };
    let looks = looks.iter().enumerate();
    // What only happens between two values is told apart.
    looks
        .filter(|(kind, _)| count(*kind) > 0)
        .map(said)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn knob(name: &str, values: impl IntoIterator<Item = usize>) -> Knob {
        Knob {
            name: name.to_owned(),
            values: values.into_iter().map(|n| format!("{n}s")).collect(),
        }
    }

    const KINDS: [&str; 4] = [
        "ok-reused",
        "failed EOF",
        "ok-new server",
        "failed connection reset by peer",
    ];

    fn check(
        knobs: &[Knob],
        seeds: usize,
        runs: &[u8],
        hidden: &[Hidden],
        expected: &Expect,
    ) -> String {
        let kinds = KINDS.map(str::to_owned);
        let swept = |lang| Swept {
            knobs,
            seeds,
            kinds: &kinds,
            runs,
            hidden,
            lang,
            width: 400,
        };
        let said = [Lang::En, Lang::Zh].map(|lang| describe(&swept(lang)));
        expected.assert_eq(&said.join("\n"));
        let drawn = svg(&swept(Lang::En));
        assert!(!drawn.contains("=\"#01"), "every colour became a class");
        let escaped = KINDS.len();
        let boxes = drawn.matches("<text").count();
        assert!(boxes > escaped, "{boxes}: a key of {escaped}, and more");
        assert!(file(&swept(Lang::En)).contains("wy-file wy-swept"));
        drawn
    }

    /// The corners of the rectangles of a class.
    fn rectangles(drawn: &str, class: &str) -> Vec<[i32; 4]> {
        let of = |element: &str| {
            let value = |name: &str| {
                let from = element.split_once(&format!(" {name}=\""))?.1;
                from.split_once('"')?.0.parse().ok()
            };
            Some([value("x")?, value("y")?, value("width")?, value("height")?])
        };
        let all = drawn.split("<rect").skip(1);
        all.filter(|it| it.contains(class)).filter_map(of).collect()
    }

    #[test]
    fn one_knob_is_a_bar_from_value_to_value() {
        let knobs = [knob("IdleTimeout", 8..12)];
        let expected = expect![[r#"
            from 8s to 9s: OK on the reused connection; at 10s: EOF; at 11s: OK on a new connection, the server had closed first; between two values, in a window too narrow for them: connection reset by peer
            8s 到 9s：复用旧连接，成功；10s：EOF；11s：新建连接，成功：服务器先关了旧的；相邻两个值之间有一个很窄的窗口：connection reset by peer"#]];
        let drawn = check(&knobs, 1, &[0, 0, 1, 2], &[(0, [2, 0], 3)], &expected);
        let failed = rectangles(&drawn, "swept-failed-1");
        assert_eq!(failed[0][1], TOP, "from top to bottom");
        assert_eq!(failed[0][3], BAR);
        // Beside its box in the key, and the line that says what a line is.
        assert_eq!(rectangles(&drawn, "swept-failed-2").len(), 3);
        assert!(drawn.contains("narrower than one step"), "{drawn}");
    }

    #[test]
    fn seeds_have_their_share_of_the_bar() {
        let knobs = [knob("IdleTimeout", 8..10)];
        let expected = expect![[r#"
            3 of 8: OK on the reused connection; 4 of 8: EOF; 1 of 8: OK on a new connection, the server had closed first
            8 次里 3 次：复用旧连接，成功；8 次里 4 次：EOF；8 次里 1 次：新建连接，成功：服务器先关了旧的"#]];
        let drawn = check(&knobs, 4, &[0, 0, 0, 1, 1, 1, 1, 2], &[], &expected);
        let failed = rectangles(&drawn, "swept-failed-1");
        // One of four, and three of four, both from the top.
        assert_eq!([failed[0][3], failed[1][3]], [BAR / 4, BAR * 3 / 4]);
        assert_eq!([failed[0][1], failed[1][1]], [TOP, TOP]);
    }

    #[test]
    fn two_knobs_are_a_map_that_grows_upwards() {
        let knobs = [knob("IdleTimeout", 1..3), knob("IdleConnTimeout", 1..3)];
        let expected = expect![[r#"
            2 of 4: OK on the reused connection; 1 of 4: EOF; 1 of 4: OK on a new connection, the server had closed first; between two values, in a window too narrow for them: connection reset by peer
            4 次里 2 次：复用旧连接，成功；4 次里 1 次：EOF；4 次里 1 次：新建连接，成功：服务器先关了旧的；相邻两个值之间有一个很窄的窗口：connection reset by peer"#]];
        let drawn = check(
            &knobs,
            1,
            &[0, 1, 2, 0],
            &[(0, [0, 1], 3), (1, [1, 0], 3)],
            &expected,
        );
        // The first value of the first knob, the second of the second: left, above.
        let failed = rectangles(&drawn, "swept-failed-1");
        let server = rectangles(&drawn, "swept-server");
        assert!(failed[0][0] < server[0][0] && failed[0][1] < server[0][1]);
        // One between two values of the first knob stands, one between two of the second lies.
        let narrow = rectangles(&drawn, "swept-failed-2");
        let stands = |[_, _, wide, high]: [i32; 4]| (wide == 3, high == 3);
        assert_eq!(
            [stands(narrow[0]), stands(narrow[1])],
            [(true, false), (false, true)]
        );
    }

    #[test]
    fn wide_cells_have_their_letters_although_they_are_low() {
        let knobs = [knob("runtime", 0..2), knob("every", 0..31)];
        let runs: Vec<u8> = (0..62_u8).map(|n| n / 31).collect();
        let swept = Swept {
            knobs: &knobs,
            seeds: 1,
            kinds: &KINDS.map(str::to_owned),
            runs: &runs,
            hidden: &[],
            lang: Lang::En,
            width: 600,
        };
        let drawn: String = svg(&swept).split_whitespace().collect();
        for letter in ["A", "B"] {
            let count = drawn.matches(&format!(">{letter}</text>")).count();
            assert_eq!(count, 2, "{letter}: in the map and in its key");
        }
    }

    #[test]
    fn large_maps_are_bounded() {
        let knobs = [knob("a", 0..1_000), knob("b", 0..1_000)];
        let kinds = KINDS.map(str::to_owned);
        let runs: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 3) as u8).collect();
        let drawn = svg(&Swept {
            knobs: &knobs,
            seeds: 1,
            kinds: &kinds,
            runs: &runs,
            hidden: &[],
            lang: Lang::En,
            width: 600,
        });
        assert!(drawn.matches("<rect").count() <= MOST_CELLS * MOST_CELLS + 10);
    }
}
