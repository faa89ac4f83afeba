//! The work of those who sweep: a part of a grid each, and the picture of all of it; and the other orders of one moment.

use crate::explore::micros;
use crate::proto::{AboutSweep, Answer, EdgeRow, SweepDrawing, SweptRuns, WayRow};
use crate::text::{self, fill};
use std::rc::Rc;
use whyeof_explore::edges::{Edge, End, edges, hidden, stopped};
use whyeof_explore::orders::Way;
use whyeof_explore::{Closer, Ending, Grid, Numbered, Orders, orders, run_case};
use whyeof_render::Lang;
use whyeof_render::charts::sweep::{Knob, Swept, file, outcome, svg};
use whyeof_render::describe::short_error;
use whyeof_scenario::Scenario;
use whyeof_scenario::ties::ties_text;

/// Between two words of how far it is, ms.
const WORD: f64 = 60.0;
/// Edges that are told along each knob.
const MOST_TOLD: usize = 24;

/// Makes the runs of a part, and tells of them as they come. `now` is a clock in milliseconds.
pub fn sweep(asked: &AboutSweep, now: &dyn Fn() -> f64, say: &mut dyn FnMut(Answer)) {
    if let Err(why) = part(asked, now, say) {
        say(Answer::SweepWrong { id: asked.id, why });
    }
}

fn part(
    asked: &AboutSweep,
    now: &dyn Fn() -> f64,
    say: &mut dyn FnMut(Answer),
) -> Result<(), String> {
    let lang = Lang::from_tag(&asked.lang).unwrap_or(Lang::En);
    let (scenario, grid) = opened(asked, lang)?;
    let begun = now();
    let mut told = begun;
    let mut numbered = Numbered::default();
    let of = usize::try_from(asked.of.max(1)).unwrap_or(usize::MAX);
    let cases = (asked.part as usize..grid.runs()).step_by(of);
    let mut tell = |numbered: &mut Numbered, time: f64| {
        let runs = numbered.runs.drain(..).map(char::from).collect();
        say(Answer::Swept {
            id: asked.id,
            part: asked.part,
            kinds: numbered.kinds.join("\n"),
            runs,
            micros: micros(time - begun),
            total: u32::try_from(grid.runs()).unwrap_or(u32::MAX),
        });
    };
    for case in cases {
        let run = run_case(&scenario, &grid, case).map_err(|wrong| wrong.say(lang))?;
        let kind = numbered.number(run.kind());
        numbered.runs.push(kind);
        // A look at the clock costs more than some runs do.
        if numbered.runs.len().is_multiple_of(32) && now() - told > WORD {
            told = now();
            tell(&mut numbered, told);
        }
    }
    tell(&mut numbered, now());
    Ok(())
}

/// The scenario and what is tried with it.
fn opened(asked: &AboutSweep, lang: Lang) -> Result<(Scenario, Grid), String> {
    let scenario = Scenario::from_json(&asked.scenario).map_err(|wrong| wrong.say(lang))?;
    let grid = Grid::parse(&scenario, &asked.overs, asked.seeds.into())
        .map_err(|wrong| wrong.say(lang))?;
    Ok((scenario, grid))
}

/// The picture of a sweep, and, once it has ended, where one outcome turns into another.
pub fn draw(asked: &SweptRuns) -> Answer {
    let id = asked.sweep.id;
    drawn(asked).unwrap_or_else(|why| Answer::SweepWrong { id, why })
}

fn drawn(asked: &SweptRuns) -> Result<Answer, String> {
    let lang = Lang::from_tag(&asked.sweep.lang).unwrap_or(Lang::En);
    let (scenario, grid) = opened(&asked.sweep, lang)?;
    let mut numbered = Numbered {
        kinds: asked.kinds.clone(),
        // A letter of more than one byte stands for no run.
        runs: asked
            .runs
            .chars()
            .map(|letter| u8::try_from(letter).unwrap_or(u8::MAX))
            .collect(),
    };
    let found = match asked.ended {
        true => edges(&scenario, &grid, &numbered).map_err(|wrong| wrong.say(lang))?,
        false => Vec::new(),
    };
    let told = found.chunk_by(|one, next| one.along == next.along);
    let told: Vec<EdgeRow> = told
        .flat_map(|along| along.iter().take(MOST_TOLD))
        .map(|edge| row(edge, lang))
        .collect();
    let hidden = hidden(&found, &grid, &mut numbered);
    let knobs = grid.overs().iter().map(|over| Knob {
        name: over.path.clone(),
        values: over.labels(),
    });
    let knobs: Vec<Knob> = knobs.collect();
    let swept = Swept {
        knobs: &knobs,
        seeds: usize::try_from(grid.seeds()).unwrap_or(usize::MAX),
        kinds: &numbered.kinds,
        runs: &numbered.runs,
        hidden: &hidden,
        lang,
        width: asked.width,
    };
    let drawing = SweepDrawing {
        ended: asked.ended,
        picture: svg(&swept).into(),
        file: file(&swept),
        words: whyeof_render::charts::sweep::describe(&swept),
        values: grid
            .overs()
            .iter()
            .map(|it| it.values().collect())
            .collect(),
        more: more(found.len() - told.len(), stopped(&found)),
        edges: told,
    };
    Ok(Answer::SweepDrawn {
        id: asked.sweep.id,
        drawing: Rc::new(drawing),
    })
}

/// How many edges are not told; there are more where the search has ended early.
fn more(count: usize, stopped: bool) -> String {
    match (count, stopped) {
        (0, _) => String::new(),
        (count, false) => count.to_string(),
        (count, true) => format!("≥ {count}"),
    }
}

fn row(edge: &Edge, lang: Lang) -> EdgeRow {
    let said = |end: &End| {
        let error = end.error.as_deref().map(short_error);
        let closer = end.closer.map(Closer::code);
        outcome(
            end.ending.code(),
            error.or(closer).unwrap_or_default(),
            lang,
        )
    };
    EdgeRow {
        below: edge.below.clone(),
        above: edge.above.clone(),
        along: u32::try_from(edge.along).unwrap_or_default(),
        beside: edge.beside.clone().unwrap_or_default(),
        from: said(&edge.from),
        to: said(&edge.to),
    }
}

/// In how many ways a scenario can end.
pub fn ways(id: u32, scenario: &str, lang: &str) -> Answer {
    let lang = Lang::from_tag(lang).unwrap_or(Lang::En);
    let found = Scenario::from_json(scenario)
        .and_then(|scenario| orders(&scenario))
        .map_err(|wrong| wrong.say(lang));
    match found {
        Ok(found) => Answer::Orders {
            id,
            words: tried(&found, lang),
            ways: found.ways.iter().map(|way| way_row(way, lang)).collect(),
        },
        Err(why) => Answer::Failed { id: 0, why },
    }
}

fn tried(found: &Orders, lang: Lang) -> String {
    let text = match (found.all, found.tried, found.ways.len()) {
        (true, 1, _) => return text::ORDERS_NONE.of(lang).to_owned(),
        (true, _, 1) => text::ORDERS_ALL_ONE,
        (true, ..) => text::ORDERS_ALL,
        (false, _, 1) => text::ORDERS_FIRST_ONE,
        (false, ..) => text::ORDERS_FIRST,
    };
    let counts = [found.tried, found.ways.len()].map(|count| count.to_string());
    fill(text.of(lang), &counts.each_ref().map(String::as_str))
}

fn way_row(way: &Way, lang: Lang) -> WayRow {
    let line = |([first, last], (ending, error)): ([usize; 2], &(Ending, Option<String>))| {
        let numbers = match first == last {
            true => format!("#{first}"),
            false => format!("#{first}–#{last}"),
        };
        let error = error.as_deref().unwrap_or_default();
        format!("{numbers}: {}", outcome(ending.code(), error, lang))
    };
    let lines: Vec<String> = way.alike().map(line).collect();
    WayRow {
        ties: ties_text(&way.ties),
        lines: lines.join("\n"),
    }
}
