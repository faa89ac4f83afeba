//! A sweep as a picture.

use whyeof_explore::Sweep;
use whyeof_explore::edges::{Edge, hidden};
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
            values: over.labels(),
        })
        .collect();
    let mut numbered = sweep.numbered();
    let hidden = hidden(edges, &sweep.grid, &mut numbered);
    file(&Swept {
        knobs: &knobs,
        seeds: usize::try_from(sweep.grid.seeds()).unwrap_or(usize::MAX),
        kinds: &numbered.kinds,
        runs: &numbered.runs,
        hidden: &hidden,
        lang: Lang::En,
        width: WIDTH,
    })
}
