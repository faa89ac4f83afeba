//! The outcome strip: what becomes of the request for every idle time around this run's.

use crate::app::model::{Lane, Model, Strip};
use crate::proto::Point;
use crate::text::{self, fill};
use whyeof_render::charts::outcome_strip::{self, Outcome, Run};
use yew::{AttrValue, Html, html};

/// The strip with its heading.
pub fn view(model: &Model) -> Html {
    let body = match &model.strip {
        Strip::None => html! { <p class="quiet">{ model.say(text::STRIP_NONE) }</p> },
        Strip::Busy(done, of) => {
            let words = fill(
                model.say(text::STRIP_BUSY),
                &[&done.to_string(), &of.to_string()],
            );
            html! { <p class="quiet strip-wait">{ words }</p> }
        }
        Strip::Failed(why) => {
            html! { <p class="notice bad">{ fill(model.say(text::STRIP_FAILED), &[why]) }</p> }
        }
        Strip::Done { here, points, ms } => done(model, *here, points, *ms),
    };
    html! { <div class="strip"><h2>{ model.say(text::STRIP) }</h2>{ body }</div> }
}

fn done(model: &Model, here: u64, points: &[Point], ms: f64) -> Html {
    let runs: Vec<Run> = points.iter().map(run).collect();
    let strip = outcome_strip::Strip {
        runs: &runs,
        here: i64::try_from(here).ok(),
        lang: model.lang,
        width: match model.env.lanes {
            Lane::One => 350,
            Lane::Two => 720,
        },
    };
    let count = fill(model.say(text::STRIP_RUNS), &[&points.len().to_string()]);
    let picture = AttrValue::from(outcome_strip::svg(&strip));
    html! {
        <>
            <div class="strip-picture">{ Html::from_html_unchecked(picture) }</div>
            <p class="quiet" data-ms={format!("{ms:.1}")}>{ count }{ " · " }{ outcome_strip::describe(&strip) }</p>
        </>
    }
}

fn run(point: &Point) -> Run {
    let outcome = match point.ending.as_str() {
        "ok-reused" => Outcome::OkReused,
        "ok-new" => Outcome::OkNew,
        "ok-retried" => Outcome::OkRetried,
        "failed" => Outcome::Failed,
        _ => Outcome::Unfinished,
    };
    // `Post "http://pyroscope:4040/ingest": EOF` is `EOF` in short.
    let error = point.error.as_deref().unwrap_or_default();
    let label = error.rsplit(": ").next().unwrap_or(error).to_owned();
    Run {
        gap: i64::try_from(point.gap).unwrap_or(i64::MAX),
        outcome,
        label,
    }
}
