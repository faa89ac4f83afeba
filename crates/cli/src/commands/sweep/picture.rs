//! A sweep as a picture.

use whyeof_explore::{Edge, Numbered, Sweep};
use whyeof_render::Lang;
use whyeof_render::charts::sweep::{Knob, Swept, file};

/// As wide as a page of text.
const WIDTH: u32 = 760;

pub(super) fn svg(sweep: &Sweep, edges: &[Edge]) -> String {
    let knobs: Vec<Knob> = sweep
        .grid
        .overs()
        .iter()
        .map(|over| Knob {
            name: over.path.clone(),
            values: (0..over.count()).map(|n| over.label(n)).collect(),
        })
        .collect();
    let Numbered {
        kinds,
        runs,
        hidden,
    } = sweep.numbered(edges);
    file(&Swept {
        knobs: &knobs,
        seeds: usize::try_from(sweep.grid.seeds()).unwrap_or(usize::MAX),
        kinds: &kinds,
        runs: &runs,
        hidden: &hidden,
        lang: Lang::En,
        width: WIDTH,
    })
}
