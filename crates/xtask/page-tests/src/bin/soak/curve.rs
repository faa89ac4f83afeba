//! The curve of memory over time, as a picture.

use crate::Held;
use plotters::coord::Shift;
use plotters::prelude::*;
use whyeof_page_tests::Result;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A curve: its name, how to read it, its colour.
type Line = (&'static str, fn(&Held) -> u64, RGBColor);

/// What is drawn, each by itself because their sizes are far apart.
const LINES: [Line; 3] = [
    (
        "JavaScript's heap, MiB",
        |held| held.heap,
        RGBColor(210, 38, 60),
    ),
    (
        "The program's memory, MiB",
        |held| held.program,
        RGBColor(28, 84, 201),
    ),
    (
        "The process that draws the page, with its workers, MiB",
        |held| held.resident,
        RGBColor(94, 106, 133),
    ),
];

/// An SVG of what was held after each round.
pub(crate) fn draw(rounds: &[Held]) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (960, 640)).into_drawing_area();
        root.fill(&WHITE)?;
        let acts = rounds.last().map_or(0, |held| held.acts);
        let title = format!("{acts} acts in one document, {} rounds", rounds.len());
        let root = root.titled(&title, ("sans-serif", 18))?;
        for (area, line) in root.split_evenly((LINES.len(), 1)).iter().zip(LINES) {
            panel(area, rounds, line)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn panel(area: &Area<'_>, rounds: &[Held], (name, of, colour): Line) -> Result {
    #[expect(clippy::cast_precision_loss, reason = "memory is below 2^52 bytes")]
    let mib = |held: &Held| of(held) as f64 / 1_048_576.0;
    let minutes = |held: &Held| held.at / 60.0;
    let end = rounds.last().map_or(1.0, minutes).max(1.0 / 60.0);
    let most = rounds.iter().map(mib).fold(1.0, f64::max) * 1.25;
    let mut chart = ChartBuilder::on(area)
        .caption(name, ("sans-serif", 14))
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..end, 0.0..most)?;
    chart
        .configure_mesh()
        .x_desc("minutes")
        .y_labels(5)
        .light_line_style(TRANSPARENT)
        .draw()?;
    let points = rounds.iter().map(|held| (minutes(held), mib(held)));
    chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
    Ok(())
}
