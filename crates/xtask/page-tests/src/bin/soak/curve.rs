//! The curve of memory over time, as a picture.

use crate::Held;
use plotters::prelude::*;
use whyeof_page_tests::Result;

const MIB: f64 = 1_048_576.0;

/// An SVG of what was held after each round.
pub(crate) fn draw(rounds: &[Held]) -> Result<String> {
    type Of = fn(&Held) -> u64;
    let lines: [(&str, Of, RGBColor); 3] = [
        (
            "the renderer's process, workers included",
            |held| held.resident,
            RGBColor(94, 106, 133),
        ),
        (
            "the program's memory",
            |held| held.program,
            RGBColor(28, 84, 201),
        ),
        ("JavaScript's heap", |held| held.heap, RGBColor(210, 38, 60)),
    ];
    let minutes = |held: &Held| held.at / 60.0;
    #[expect(clippy::cast_precision_loss, reason = "memory is below 2^52 bytes")]
    let mib = |bytes: u64| bytes as f64 / MIB;
    let most = rounds
        .iter()
        .flat_map(|held| lines.map(|(_, of, _)| mib(of(held))));
    let most = most.fold(1.0, f64::max) * 1.15;
    let end = rounds.last().map_or(1.0, minutes).max(1.0 / 60.0);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (960, 420)).into_drawing_area();
        root.fill(&WHITE)?;
        let acts = rounds.last().map_or(0, |held| held.acts);
        let title = format!(
            "The page in use: {} rounds, {acts} acts in one document",
            rounds.len()
        );
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..end, 0.0..most)?;
        chart
            .configure_mesh()
            .x_desc("minutes")
            .y_desc("MiB")
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (name, of, colour) in lines {
            let points = rounds.iter().map(|held| (minutes(held), mib(of(held))));
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.8))
            .draw()?;
        root.present()?;
    }
    Ok(svg)
}
