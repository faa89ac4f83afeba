//! How requests end over the idle gap before them: one bar, coloured by outcome, with this run's place in it.
//!
//! Runs side by side with the same outcome are one piece. Plotters draws; the colours it is given stand for class
//! names and are replaced by them, so that the strip follows the page's theme. Pieces that fail are also higher than the
//! rest, and every piece says what it is, there or in [`describe`]: colour is never the only sign.

use super::ink::{self, Area, Drawn, font};
use crate::describe::error_in;
use crate::diagram::width_of;
use crate::text::{self, Lang};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};
use std::time::Duration;

/// How a run ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A response, on a connection that had been used before.
    OkReused,
    /// A response, on a new connection.
    OkNew,
    /// A response, after the runtime silently sent the request again.
    OkRetried,
    /// An error.
    Failed,
    /// The run ended before.
    Unfinished,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::OkReused,
        Self::OkNew,
        Self::OkRetried,
        Self::Failed,
        Self::Unfinished,
    ];

    /// The one that files call so; what they call otherwise is a failure.
    pub(super) fn named(code: &str) -> Self {
        match code {
            "ok-reused" => Self::OkReused,
            "ok-new" => Self::OkNew,
            "ok-retried" => Self::OkRetried,
            "unfinished" | "no-request" => Self::Unfinished,
            _ => Self::Failed,
        }
    }

    /// Its class name in the picture.
    pub const fn class(self) -> &'static str {
        match self {
            Self::OkReused => "strip-ok-reused",
            Self::OkNew => "strip-ok-new",
            Self::OkRetried => "strip-ok-retried",
            Self::Failed => "strip-failed",
            Self::Unfinished => "strip-unfinished",
        }
    }

    const fn is_ok(self) -> bool {
        matches!(self, Self::OkReused | Self::OkNew | Self::OkRetried)
    }

    /// In words; `label` is what the caller of [`svg`] calls an error.
    pub(super) fn words(self, label: &str, lang: Lang) -> String {
        let text = match self {
            Self::OkReused => text::OUTCOME_REUSED,
            Self::OkNew => text::OUTCOME_NEW,
            Self::OkRetried => text::OUTCOME_RETRIED,
            Self::Unfinished => text::OUTCOME_UNFINISHED,
            Self::Failed => {
                // Our own word for an answer that tells of somebody's failure.
                return match label.strip_prefix("status ") {
                    Some(status) => text::STATUS.fill(lang, &[("status", status)]),
                    None => error_in(label, lang).to_owned(),
                };
            }
        };
        text.of(lang).to_owned()
    }

    /// The same where there is less room, the longest first.
    fn in_short(self) -> &'static [text::Text] {
        match self {
            Self::OkReused => &[text::OUTCOME_REUSED_SHORT, text::OUTCOME_OK],
            Self::OkNew => &[text::OUTCOME_NEW_SHORT, text::OUTCOME_OK],
            Self::OkRetried => &[text::OUTCOME_RETRIED_SHORT, text::OUTCOME_OK],
            Self::Failed | Self::Unfinished => &[],
        }
    }

    /// The colour that stands for its class until plotters is done.
    const fn ink(self) -> RGBColor {
        RGBColor(1, 2, 10 + self as u8)
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The idle gap before the request, ns.
    pub gap: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// The error in short (`EOF`); empty for the others.
    pub label: String,
}

/// A strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip<'a> {
    /// The runs in the order of their gaps.
    pub runs: &'a [Run],
    /// The gap of the run that is shown beside the strip, ns.
    pub here: Option<i64>,
    /// Requests that come together, of which each run tells the one that fares worst.
    pub together: usize,
    /// The reader's language.
    pub lang: Lang,
    /// Width of the picture, px.
    pub width: u32,
}

/// Height of the picture, px.
pub const HEIGHT: u32 = 92;
/// Colours of the strip's classes; the page loads the same file.
pub const STYLE: &str = include_str!("outcome_strip.css");

/// Runs side by side that end alike.
struct Piece<'a> {
    outcome: Outcome,
    label: &'a str,
    /// Gap of its first and of its last run, ns.
    first: i64,
    last: i64,
}

fn pieces(runs: &[Run]) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for run in runs {
        match pieces.last_mut() {
            Some(piece) if piece.outcome == run.outcome && piece.label == run.label => {
                piece.last = run.gap;
            }
            _ => pieces.push(Piece {
                outcome: run.outcome,
                label: &run.label,
                first: run.gap,
                last: run.gap,
            }),
        }
    }
    pieces
}

/// The strip as one SVG element of class `wy-strip`; its text alternative is [`describe`].
pub fn svg(strip: &Strip<'_>) -> String {
    let mut out = String::new();
    {
        let area = SVGBackend::with_string(&mut out, (strip.width.max(120), HEIGHT));
        let area = area.into_drawing_area();
        // Drawing into a String cannot fail.
        let _ = draw(strip, &area);
        let _ = area.present();
    }
    themed(out, &describe(strip))
}

const MARGIN: i32 = 8;
const TOP: i32 = 8;
const BAR: i32 = 30;
/// How much higher a piece that fails is, above and below, px.
const HIGHER: i32 = 4;
/// Proportional letters are narrower than the monospaced ones of the diagram.
const NARROW: f64 = 0.92;
/// Sizes of letters as plotters takes them, which writes 1 px for 1.24 of them, and in px.
const LABEL: i32 = 15;
const LABEL_PX: f64 = 12.1;
const SMALL: i32 = 14;
const SMALL_PX: f64 = 11.3;
const INK: RGBColor = RGBColor(1, 2, 3);
const SOFT: RGBColor = RGBColor(1, 2, 4);
const ON_PIECE: RGBColor = RGBColor(1, 2, 5);

/// From gaps to px.
struct Scale {
    from: i64,
    to: i64,
    wide: i32,
}

impl Scale {
    fn new(strip: &Strip<'_>) -> Self {
        Self {
            from: strip.runs.first().map_or(0, |run| run.gap),
            to: strip.runs.last().map_or(0, |run| run.gap),
            wide: i32::try_from(strip.width).unwrap_or(i32::MAX) - 2 * MARGIN,
        }
    }

    fn x(&self, gap: i64) -> i32 {
        let whole = (self.to - self.from).max(1);
        let part = (gap - self.from).clamp(0, whole);
        let x = i128::from(part) * i128::from(self.wide) / i128::from(whole);
        MARGIN + i32::try_from(x).unwrap_or(0)
    }
}

fn draw<'s>(strip: &Strip<'_>, area: &Area<'s>) -> Drawn<'s> {
    let scale = Scale::new(strip);
    let pieces = pieces(strip.runs);
    for (index, piece) in pieces.iter().enumerate() {
        // Between the last run of one piece and the first of the next lies the edge, somewhere: draw it in the middle.
        let middle = |a: i64, b: i64| scale.x(i64::midpoint(a, b));
        let before = index.checked_sub(1).and_then(|i| pieces.get(i));
        let left = before.map_or(MARGIN, |p| middle(p.last, piece.first));
        let after = pieces.get(index + 1);
        let right = after.map_or(MARGIN + scale.wide, |p| middle(piece.last, p.first));
        draw_piece(strip, area, &scale, piece, [left, right.max(left + 1)])?;
    }
    draw_scale(strip, area, &scale, &pieces)?;
    draw_here(strip, area, &scale)
}

fn draw_piece<'s>(
    strip: &Strip<'_>,
    area: &Area<'s>,
    scale: &Scale,
    piece: &Piece<'_>,
    [left, right]: [i32; 2],
) -> Drawn<'s> {
    let more = if piece.outcome.is_ok() { 0 } else { HIGHER };
    let corners = [
        (left, TOP + HIGHER - more),
        (right, TOP + HIGHER + BAR + more),
    ];
    area.draw(&Rectangle::new(corners, piece.outcome.ink().filled()))?;
    let words = piece.outcome.words(piece.label, strip.lang);
    // The words stand beside the line of this run, where that crosses the piece.
    let here = strip
        .here
        .map(|gap| scale.x(gap))
        .filter(|x| (left..right).contains(x));
    let [left, right] = match here {
        Some(x) if x - left > right - x => [left, x],
        Some(x) => [x, right],
        None => [left, right],
    };
    let fits = |words: &str| width_of(words, LABEL_PX) * NARROW + 10.0 <= f64::from(right - left);
    let short = piece.outcome.in_short().iter();
    let short = short.map(|words| words.of(strip.lang).to_owned());
    if let Some(words) = std::iter::once(words)
        .chain(short)
        .find(|words| fits(words))
    {
        let at = (i32::midpoint(left, right), TOP + HIGHER + BAR / 2);
        area.draw(&Text::new(
            words,
            at,
            font(LABEL, ON_PIECE, HPos::Center, VPos::Center),
        ))?;
    }
    Ok(())
}

/// The ends of the strip, and the edges and the width of what fails.
fn draw_scale<'s>(
    strip: &Strip<'_>,
    area: &Area<'s>,
    scale: &Scale,
    pieces: &[Piece<'_>],
) -> Drawn<'s> {
    let y = TOP + 2 * HIGHER + BAR + 6;
    let lang = strip.lang;
    if strip.runs.is_empty() {
        let words = text::STRIP_NONE.of(lang).to_owned();
        return area.draw(&Text::new(
            words,
            (MARGIN, y),
            font(SMALL, SOFT, HPos::Left, VPos::Top),
        ));
    }
    let (from, to) = (gap_words(scale.from), gap_words(scale.to));
    area.draw(&Text::new(
        from,
        (MARGIN, y),
        font(SMALL, SOFT, HPos::Left, VPos::Top),
    ))?;
    let right = MARGIN + scale.wide;
    area.draw(&Text::new(
        to,
        (right, y),
        font(SMALL, SOFT, HPos::Right, VPos::Top),
    ))?;
    draw_title(strip, area, scale, y + 18)?;
    let mut bad = pieces.iter().filter(|p| !p.outcome.is_ok());
    // Where it goes on beyond the strip, its width is not known.
    let ends = |window: &&Piece<'_>| {
        let (low, high) = (window.first.min(window.last), window.first.max(window.last));
        low > scale.from && high < scale.to
    };
    if let (Some(window), None) = (bad.next().filter(ends), bad.next()) {
        let span = Duration::from_nanos(window.last.abs_diff(window.first));
        let words = text::STRIP_WINDOW.fill(lang, &[("span", &text::about(span))]);
        let middle = scale.x(i64::midpoint(window.first, window.last));
        // Not on the ends' own words.
        let half = (width_of(&words, SMALL_PX) / 2.0) as i32 + 70;
        let x = middle.clamp(MARGIN + half, (right - half).max(MARGIN + half));
        area.draw(&Text::new(
            words,
            (x, y),
            font(SMALL, INK, HPos::Center, VPos::Top),
        ))?;
    }
    Ok(())
}

/// What the scale is of, at the end that the words about this run leave free; a narrow strip may have none, and the page says it
/// above the strip too.
fn draw_title<'s>(strip: &Strip<'_>, area: &Area<'s>, scale: &Scale, y: i32) -> Drawn<'s> {
    let title = text::STRIP_X.of(strip.lang).to_owned();
    let wide = width_of(&title, SMALL_PX) as i32;
    let right = MARGIN + scale.wide;
    let taken = here(strip, scale).map(|(_, [from, to])| [from - 8, to + 8]);
    let (x, side) = match taken {
        Some([from, to]) if to > right - wide && from < MARGIN + wide => return Ok(()),
        Some([_, to]) if to > right - wide => (MARGIN, HPos::Left),
        _ => (right, HPos::Right),
    };
    area.draw(&Text::new(
        title,
        (x, y),
        font(SMALL, SOFT, side, VPos::Top),
    ))
}

/// The words about this run, and from where to where they stand.
fn here(strip: &Strip<'_>, scale: &Scale) -> Option<(String, [i32; 2])> {
    let is_shown = |gap: &i64| (scale.from..=scale.to).contains(gap) && !strip.runs.is_empty();
    let gap = strip.here.filter(is_shown)?;
    let words = text::STRIP_HERE_AT_GAP.fill(strip.lang, &[("at", &gap_words(gap))]);
    let half = (width_of(&words, SMALL_PX) / 2.0) as i32;
    let right = MARGIN + scale.wide;
    let middle = scale
        .x(gap)
        .clamp(MARGIN + half, (right - half).max(MARGIN + half));
    Some((words, [middle - half, middle + half]))
}

fn draw_here<'s>(strip: &Strip<'_>, area: &Area<'s>, scale: &Scale) -> Drawn<'s> {
    let (Some(gap), Some((words, [from, to]))) = (strip.here, here(strip, scale)) else {
        return Ok(());
    };
    let x = scale.x(gap);
    let bottom = TOP + 2 * HIGHER + BAR;
    area.draw(&Rectangle::new(
        [(x - 1, TOP - 4), (x + 1, bottom + 2)],
        INK.filled(),
    ))?;
    // Words at an end of the strip stand beside the line.
    let tip = [(x, bottom + 14), (x - 4, bottom + 21), (x + 4, bottom + 21)];
    area.draw(&Polygon::new(tip, INK.filled()))?;
    area.draw(&Text::new(
        words,
        (i32::midpoint(from, to), bottom + 24),
        font(SMALL, INK, HPos::Center, VPos::Top),
    ))
}

/// `9.9906 s`.
fn gap_words(gap: i64) -> String {
    text::moment(whyeof_trace::Time(gap.unsigned_abs()))
}

fn themed(drawn: String, alternative: &str) -> String {
    let outcomes = Outcome::ALL.map(|outcome| (outcome.ink(), outcome.class()));
    let words = [
        (INK, "strip-ink"),
        (SOFT, "strip-soft"),
        (ON_PIECE, "strip-words"),
    ];
    let inks = outcomes.into_iter().chain(words);
    ink::themed(drawn, inks, "wy-strip", alternative)
}

/// The strip in words: `from 9.9810 s to 9.9905 s: OK on the reused connection; …; this run is at 9.9930 s: EOF`.
pub fn describe(strip: &Strip<'_>) -> String {
    let lang = strip.lang;
    let pieces = pieces(strip.runs);
    if pieces.is_empty() {
        return text::STRIP_NONE.of(lang).to_owned();
    }
    let words = |piece: &Piece<'_>| piece.outcome.words(piece.label, lang);
    let mut parts: Vec<String> = pieces
        .iter()
        .map(|piece| {
            let (from, to) = (gap_words(piece.first), gap_words(piece.last));
            let what = words(piece);
            let text = if piece.first == piece.last {
                text::STRIP_POINT
            } else {
                text::STRIP_RANGE
            };
            text.fill(lang, &[("from", &from), ("to", &to), ("what", &what)])
        })
        .collect();
    let here = strip.here.and_then(|gap| {
        let piece = pieces.iter().find(|p| (p.first..=p.last).contains(&gap))?;
        let values = [("at", gap_words(gap)), ("what", words(piece))];
        let values = [("at", values[0].1.as_str()), ("what", values[1].1.as_str())];
        Some(text::STRIP_HERE_AT.fill(lang, &values))
    });
    parts.extend(here);
    let count = strip.together.to_string();
    parts.extend(
        (strip.together > 1).then(|| text::STRIP_TOGETHER.fill(lang, &[("count", &count)])),
    );
    parts.join(text::STRIP_AND.of(lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn runs() -> Vec<Run> {
        let outcome = |gap: i64| match gap {
            ..9_990_600_000 => Outcome::OkReused,
            9_990_600_000..10_000_800_000 => Outcome::Failed,
            _ => Outcome::OkNew,
        };
        let gaps = (0..201).map(|n| 9_981_000_000 + n * 150_000);
        let run = |gap| Run {
            gap,
            outcome: outcome(gap),
            label: if outcome(gap) == Outcome::Failed {
                "EOF".to_owned()
            } else {
                String::new()
            },
        };
        gaps.map(run).collect()
    }

    fn strip(runs: &[Run], lang: Lang) -> Strip<'_> {
        Strip {
            runs,
            here: Some(9_993_000_000),
            together: 1,
            lang,
            width: 640,
        }
    }

    #[test]
    fn says_what_it_shows() {
        let runs = runs();
        let check = |lang, expected: expect_test::Expect| {
            expected.assert_eq(&describe(&strip(&runs, lang)));
        };
        check(
            Lang::En,
            expect![
                "from 9.9810 s to 9.9905 s: OK on the reused connection; from 9.9906 s to 10.0007 s: EOF; from 10.0008 s to 10.0110 s: OK on a new connection; this run is at 9.9930 s: EOF"
            ],
        );
        check(
            Lang::Zh,
            expect![
                "9.9810 s 到 9.9905 s：复用旧连接，成功；9.9906 s 到 10.0007 s：EOF；10.0008 s 到 10.0110 s：新建连接，成功；本次运行在 9.9930 s：EOF"
            ],
        );
        assert_eq!(describe(&strip(&[], Lang::En)), "nothing was run");
    }

    #[test]
    fn words_about_this_run_and_the_title_of_the_scale_stand_apart() {
        let runs = runs();
        for (lang, width) in [(Lang::En, 350), (Lang::En, 720), (Lang::Zh, 350)] {
            for run in &runs {
                let strip = Strip {
                    here: Some(run.gap),
                    width,
                    ..strip(&runs, lang)
                };
                let drawn = svg(&strip);
                let words: Vec<(f64, &str, &str)> =
                    drawn.split("<text").skip(1).map(words).collect();
                let title = words
                    .iter()
                    .find(|(.., words)| *words == text::STRIP_X.of(lang));
                let own = ["this run", "本次运行"];
                let is_own = |words: &str| own.iter().any(|own| words.starts_with(own));
                let here = words.iter().find(|(.., words)| is_own(words));
                let here = here.expect("this run is on the strip");
                let half = width_of(here.2, SMALL_PX) / 2.0;
                if let Some((x, anchor, title)) = title {
                    let wide = width_of(title, SMALL_PX);
                    let from = if *anchor == "end" { x - wide } else { *x };
                    let apart = here.0 + half <= from || from + wide <= here.0 - half;
                    assert!(apart, "{width} {}", run.gap);
                }
            }
        }
    }

    /// Place, anchor and words of a text element, from after its name on.
    fn words(element: &str) -> (f64, &str, &str) {
        let of = |key: &str| {
            let (_, rest) = element.split_once(&format!("{key}=\"")).expect(key);
            rest.split_once('"').expect("closed").0
        };
        let (_, inside) = element.split_once('>').expect("an element");
        let words = inside.split_once('<').expect("closed").0.trim();
        (of("x").parse().expect("a number"), of("text-anchor"), words)
    }

    #[test]
    fn every_colour_became_a_class() {
        let runs = runs();
        for lang in [Lang::En, Lang::Zh] {
            let drawn = svg(&strip(&runs, lang));
            assert!(!drawn.contains("#0102"), "{drawn}");
            assert!(!drawn.contains("style="), "{drawn}");
            for class in [
                "strip-ok-reused",
                "strip-failed",
                "strip-ok-new",
                "strip-ink",
            ] {
                assert!(drawn.contains(class), "{class} in {drawn}");
            }
        }
        assert!(svg(&strip(&[], Lang::En)).contains("nothing was run"));
    }
}
