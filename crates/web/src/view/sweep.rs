//! The window in which a knob or two are swept.

use super::{Tell, button, says};
use crate::app::effect::{chosen, value};
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::sweep::{KnobForm, Part, State, Sweep};
use crate::proto::{EdgeRow, SweepDrawing};
use crate::text::{self, fill};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;
use whyeof_explore::edges::values;
use whyeof_scenario::Text;
use yew::{AttrValue, Callback, Event, Html, InputEvent, MouseEvent, TargetCast, html};

/// The form, and what came of it.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let sweeping = &model.many.sweeping;
    let runs = matches!(sweeping.state, State::Runs(..));
    let [first, second] = &sweeping.knobs;
    html! {
        <div class="sweep">
            { knob(model, tell, (0, first)) }
            { knob(model, tell, (1, second)) }
            <div class="sweep-go">
                <label for="sweep-seeds">{ model.say(text::SWEEP_SEEDS) }</label>
                { input(tell, "sweep-seeds", &sweeping.seeds, Sweep::Seeds) }
                if runs {
                    { button(tell, "sweep-stop", "apply", model.say(text::STOP), Msg::Sweep(Sweep::Stop)) }
                } else {
                    { button(tell, "sweep-go", "primary", model.say(text::SWEEP_GO), Msg::Sweep(Sweep::Go)) }
                }
            </div>
            { came(model, tell) }
        </div>
    }
}

/// One knob: which, from where to where, in how many values.
fn knob(model: &Model, tell: &Tell, (which, knob): (usize, &KnobForm)) -> Html {
    let id = |part: &str| format!("sweep-{which}-{part}");
    let field = |part: Part, name: &'static str, label: Text, now: &str| {
        let turned = move |to| Sweep::Knob(which, part, to);
        html! {
            <span class="sweep-field">
                <label for={id(name)}>{ model.say(label) }</label>
                { input(tell, &id(name), now, turned) }
            </span>
        }
    };
    let told = tell.clone();
    let onchange = Callback::from(move |event: Event| {
        told.emit(Msg::Sweep(Sweep::Knob(which, Part::Path, chosen(&event))));
    });
    let log = says(
        tell,
        Msg::Sweep(Sweep::Knob(which, Part::Log, String::new())),
    );
    let option = |path: &String| {
        html! { <option value={path.clone()} selected={*path == knob.path}>{ path.clone() }</option> }
    };
    let name = if which == 0 {
        text::SWEEP_KNOB
    } else {
        text::SWEEP_AND
    };
    html! {
        <fieldset class="sweep-knob">
            <legend><label for={id("path")}>{ model.say(name) }</label></legend>
            <select id={id("path")} {onchange}>
                if which > 0 { <option value="" selected={knob.path.is_empty()}>{ model.say(text::SWEEP_NONE) }</option> }
                { for model.many.sweeping.known.iter().map(option) }
            </select>
            if let Some(listed) = &knob.listed {
                { field(Part::Listed, "listed", text::SWEEP_LISTED, listed) }
            } else if !knob.path.is_empty() {
                { field(Part::From, "from", text::SWEEP_FROM, &knob.from) }
                { field(Part::To, "to", text::SWEEP_TO, &knob.to) }
                { field(Part::Count, "count", text::SWEEP_COUNT, &knob.count) }
                <label class="check" for={id("log")}>
                    <input id={id("log")} type="checkbox" checked={knob.log} onchange={log} />{ model.say(text::SWEEP_LOG) }
                </label>
            }
        </fieldset>
    }
}

fn input(tell: &Tell, id: &str, now: &str, turned: impl Fn(String) -> Sweep + 'static) -> Html {
    let told = tell.clone();
    let oninput =
        Callback::from(move |event: InputEvent| told.emit(Msg::Sweep(turned(value(&event)))));
    html! { <input id={id.to_owned()} type="text" autocomplete="off" spellcheck="false" value={now.to_owned()} {oninput} /> }
}

/// How far it is, or what came of it.
fn came(model: &Model, tell: &Tell) -> Html {
    match &model.many.sweeping.state {
        State::Asks => html! { <p class="quiet">{ model.say(text::SWEEP_HELP) }</p> },
        State::Wrong(why) => html! { <p class="notice bad" role="alert">{ why.clone() }</p> },
        State::Runs(done, of) => {
            let counts = [done, of].map(ToString::to_string);
            let words = fill(
                model.say(text::STRIP_BUSY),
                &counts.each_ref().map(String::as_str),
            );
            html! {
                <>
                    <p class="quiet" role="status">
                        <progress max={of.max(&1).to_string()} value={done.to_string()} aria-label={model.say(text::SWEEP)} />{ " " }{ words }
                    </p>
                    { picture(model, tell) }
                </>
            }
        }
        State::Draws => {
            let runs = model.many.sweeping.come().to_string();
            html! { <><p class="quiet" role="status">{ fill(model.say(text::SWEEP_EDGING), &[&runs]) }</p>{ picture(model, tell) }</> }
        }
        State::Drawn => match &model.many.sweeping.drawn {
            Some(drawn) => self::drawn(model, tell, drawn),
            None => Html::default(),
        },
    }
}

/// What has come.
fn picture(model: &Model, tell: &Tell) -> Html {
    let Some(drawn) = &model.many.sweeping.drawn else {
        return Html::default();
    };
    let told = tell.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        if let Some(at) = pointed(&event) {
            told.emit(Msg::Sweep(Sweep::Pick(at)));
        }
    });
    html! {
        <div class="sweep-picture" {onclick} title={model.say(text::SWEEP_PICK)} data-counts={counts(drawn)}>
            { Html::from_html_unchecked(AttrValue::from(Rc::clone(&drawn.picture))) }
        </div>
    }
}

fn drawn(model: &Model, tell: &Tell, drawn: &SweepDrawing) -> Html {
    let sweeping = &model.many.sweeping;
    let (come, all) = (sweeping.come(), sweeping.swept.runs.len());
    let counts = [come, all].map(|count| count.to_string());
    let [come, all] = counts.each_ref().map(String::as_str);
    let count = match come == all {
        true => fill(model.say(text::SWEEP_RUNS), &[all]),
        false => fill(model.say(text::SWEEP_STOPPED), &[come, all]),
    };
    let line = command(model);
    html! {
        <>
            { picture(model, tell) }
            <p class="quiet" role="status" data-micros={sweeping.micros.to_string()}>{ count }{ " · " }{ drawn.words.clone() }</p>
            if !drawn.edges.is_empty() {
                <h3>{ model.say(text::SWEEP_EDGES) }</h3>
                <div class="scrolls" tabindex="0" role="group" aria-label={model.say(text::SWEEP_EDGES)}>
                    { for drawn.edges.chunk_by(|one, next| one.along == next.along).map(|along| edges(model, tell, along)) }
                </div>
                if !drawn.more.is_empty() { <p class="quiet">{ fill(model.say(text::SWEEP_MORE), &[&drawn.more]) }</p> }
            }
            <p class="sweep-take">
                { button(tell, "sweep-save", "apply", model.say(text::SWEEP_SAVE), Msg::Sweep(Sweep::Save)) }
                { button(tell, "sweep-copy", "apply", model.say(text::SWEEP_COPY), Msg::Copy(line.clone())) }
            </p>
            <pre class="command" tabindex="0">{ line }</pre>
        </>
    }
}

/// The edges along one knob, with its name where there is another beside it.
fn edges(model: &Model, tell: &Tell, edges: &[EdgeRow]) -> Html {
    let paths = model.many.sweeping.asked.overs.iter();
    let mut paths = paths.filter_map(|over| Some(over.split_once('=')?.0.to_owned()));
    let two = edges.iter().any(|edge| !edge.beside.is_empty());
    let path = edges
        .first()
        .and_then(|edge| paths.nth(edge.along as usize));
    html! {
        <table class="edges">
            if let Some(path) = path.filter(|_| two) { <caption>{ path }</caption> }
            <tbody>{ for edges.iter().map(|edge| row(model, tell, edge, two)) }</tbody>
        </table>
    }
}

/// One edge: both values open their scenario.
fn row(model: &Model, tell: &Tell, edge: &EdgeRow, two: bool) -> Html {
    let open = |value: &String| {
        let beside = Some(edge.beside.as_str()).filter(|beside| !beside.is_empty());
        let values = values(edge.along as usize, value, beside);
        let msg = Msg::Sweep(Sweep::Open(values));
        html! { <button class="link" onclick={says(tell, msg)} title={model.say(text::SWEEP_OPEN)}>{ value.clone() }</button> }
    };
    html! {
        <tr>
            <td>{ edge.from.clone() }</td><td class="value">{ open(&edge.below) }</td>
            <td class="value">{ open(&edge.above) }</td><td>{ edge.to.clone() }</td>
            if two { <td class="value">{ edge.beside.clone() }</td> }
        </tr>
    }
}

/// The same for a terminal.
fn command(model: &Model) -> String {
    let link = crate::app::update::fragment(model).unwrap_or_default();
    let asked = &model.many.sweeping.asked;
    let overs = asked.overs.iter();
    let overs: Vec<String> = overs.map(|over| format!(" --over '{over}'")).collect();
    let seeds = match asked.seeds {
        1 => String::new(),
        seeds => format!(" --seeds {seeds}"),
    };
    format!("whyeof sweep '{link}'{}{seeds}", overs.concat())
}

/// How many values each knob has.
fn counts(drawn: &SweepDrawing) -> String {
    let counts = drawn.values.iter().map(|values| values.len().to_string());
    let counts: Vec<String> = counts.collect();
    counts.join(" ")
}

/// Which value of each knob lies where the picture was clicked.
fn pointed(event: &MouseEvent) -> Option<Vec<usize>> {
    let target = event.target_dyn_into::<Element>()?;
    let svg = target.closest("svg").ok()??;
    let holder = svg.parent_element()?.unchecked_into::<Element>();
    let plot: Vec<f64> = numbers(&svg.get_attribute("data-plot")?);
    let counts: Vec<f64> = numbers(&holder.get_attribute("data-counts")?);
    let [left, right, bottom, top] = plot[..] else {
        return None;
    };
    let area = svg.get_bounding_client_rect();
    let width: u32 = svg.get_attribute("width")?.parse().ok()?;
    let scale = f64::from(width) / area.width();
    let x = (f64::from(event.client_x()) - area.left()) * scale;
    let y = (f64::from(event.client_y()) - area.top()) * scale;
    let shares = [(x - left) / (right - left), (bottom - y) / (bottom - top)];
    let inside = shares.iter().all(|share| (0.0..1.0).contains(share));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    let at = |(count, share): (&f64, f64)| (count * share) as usize;
    inside.then(|| counts.iter().zip(shares).map(at).collect())
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(' ')
        .filter_map(|it| it.parse::<u32>().ok())
        .map(f64::from)
        .collect()
}
