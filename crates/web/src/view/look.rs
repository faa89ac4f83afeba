//! How the diagram is looked at: axis, zoom, lanes, layers, connections. And the minimap beside it.

use super::{Tell, button, diagram, says};
use crate::app::effect::value;
use crate::app::look::{self, Turn, ZOOM_STEP};
use crate::app::model::{Lane, Model, Screen};
use crate::app::msg::Msg;
use crate::app::viewport::height_share;
use crate::later::{self, Piece};
use crate::picture::MINIMAP;
use crate::run::Run;
use crate::text::{self, fill};
use whyeof_render::diagram::outline::px;
use whyeof_render::diagram::{Bars, Layout, Ruler, Scale, layers};
use whyeof_scenario::Text;
use whyeof_trace::{Event, FlowId, HostId, RequestEvent, Side, SocketId, Trace};
use yew::{Callback, Html, InputEvent, PointerEvent, classes, html};

/// Most connections with a line of their own.
const MOST: usize = 200;
/// The percentage that the wide layout chooses for *Smallest step*.
const LEAST: u8 = 5;

/// The settings, where they are open.
pub fn view(model: &Model, tell: &Tell) -> Html {
    if !model.look.open || model.env.lanes == Lane::One {
        return Html::default();
    }
    html! { <section id="look" class="look" aria-label={model.say(text::LOOK)}>{ later::draw(Piece::Look, model, tell) }</section> }
}

/// All there is to turn.
pub fn body(model: &Model, tell: &Tell) -> Html {
    html! {
        <>
            { axis(model, tell) }
            { lanes(model, tell) }
            { shown(model, tell) }
            { connections(model, tell) }
            <p>{ button(tell, "look-reset", "link", model.say(text::LOOK_RESET), Msg::Turn(Turn::Reset)) }</p>
        </>
    }
}

/// One of a few: what it is called, what turns to it, and whether it is the present one.
struct Choice(&'static str, Text, Turn, bool);

/// Some of them as buttons side by side.
fn choice(model: &Model, tell: &Tell, name: Text, of: &[Choice]) -> Html {
    let button = |Choice(id, label, turn, now): &Choice| {
        html! {
            <button id={*id} class="tab" aria-pressed={now.to_string()} onclick={says(tell, Msg::Turn(turn.clone()))}>{ model.say(*label) }</button>
        }
    };
    html! {
        <div class="turn"><span>{ model.say(name) }</span>
            <span class="tabs" role="group" aria-label={model.say(name)}>{ for of.iter().map(button) }</span>
        </div>
    }
}

fn check(model: &Model, tell: &Tell, id: String, label: Text, on: bool, turn: Turn) -> Html {
    html! {
        <label class="check" for={id.clone()}>
            <input {id} type="checkbox" checked={on} onchange={says(tell, Msg::Turn(turn))} />{ model.say(label) }
        </label>
    }
}

/// A slider: its name, where it stands, from where to where, and what is said of where it stands.
struct Slider {
    id: &'static str,
    name: Text,
    now: i8,
    range: [i8; 2],
    says: String,
}

fn slider(model: &Model, tell: &Tell, slider: Slider, turn: fn(i8) -> Turn) -> Html {
    let Slider {
        id,
        name,
        now,
        range: [least, most],
        says,
    } = slider;
    let told = tell.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Ok(to) = value(&event).parse() {
            told.emit(Msg::Turn(turn(to)));
        }
    });
    html! {
        <div class="turn"><label for={id}>{ model.say(name) }</label>
            <input {id} type="range" min={least.to_string()} max={most.to_string()} value={now.to_string()} aria-valuetext={says.clone()} {oninput} />
            <output for={id}>{ says }</output>
        </div>
    }
}

fn axis(model: &Model, tell: &Tell) -> Html {
    let ruler = model.look.ruler;
    let scale = |id, name, scale| Choice(id, name, Turn::Scale(scale), ruler.scale == scale);
    let scales = [
        scale("axis-nonlinear", text::AXIS_NONLINEAR, Scale::Nonlinear),
        scale("axis-even", text::AXIS_EVEN, Scale::Even),
        scale("axis-equal", text::AXIS_EQUAL, Scale::Equal),
    ];
    let stretch = Slider {
        id: "stretch",
        name: text::STRETCH,
        now: ruler.stretch,
        range: [-Ruler::STRETCH, Ruler::STRETCH],
        says: match ruler.stretch {
            0 => model.say(text::AUTOMATIC).to_owned(),
            more => format!("{more:+}"),
        },
    };
    let least = ruler.least.unwrap_or(LEAST);
    let least = Slider {
        id: "least",
        name: text::LEAST,
        now: i8::try_from(least).unwrap_or(100),
        range: [0, 100],
        says: format!("{least} %"),
    };
    html! {
        <fieldset>
            <legend>{ model.say(text::AXIS) }</legend>
            { choice(model, tell, text::AXIS_KIND, &scales) }
            if ruler.scale == Scale::Nonlinear {
                { slider(model, tell, stretch, Turn::Stretch) }
                { slider(model, tell, least, |to| Turn::Least(to.unsigned_abs())) }
            }
            { zoom(model, tell) }
            { check(model, tell, "folds".to_owned(), text::FOLDS, ruler.folds, Turn::Folds) }
        </fieldset>
    }
}

fn zoom(model: &Model, tell: &Tell) -> Html {
    let zoom = model.look.ruler.zoom;
    let button = |id: &'static str, sign: &'static str, name: Text, by: f64| {
        html! {
            <button {id} class="tool round" aria-label={model.say(name)} title={model.say(name)} onclick={says(tell, Msg::Zoom(by, None))}>{ sign }</button>
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
    let percent = (zoom * 100.0).round() as i64;
    html! {
        <div class="turn"><span>{ model.say(text::ZOOM) }</span>
            <span class="tool-group">
                { button("zoom-out", "−", text::ZOOM_OUT, 1.0 / ZOOM_STEP) }
                <output>{ format!("{percent} %") }</output>
                { button("zoom-in", "+", text::ZOOM_IN, ZOOM_STEP) }
            </span>
        </div>
    }
}

fn lanes(model: &Model, tell: &Tell) -> Html {
    let look = &model.look;
    let lane = |id, name, lanes| Choice(id, name, Turn::Lanes(lanes), look.lanes == lanes);
    let bar = |id, name, bars| Choice(id, name, Turn::Bars(bars), look.bars == bars);
    let lanes = [
        lane("lanes-auto", text::AUTOMATIC, None),
        lane("lanes-two", text::LANES_TWO, Some(Layout::Wide)),
        lane("lanes-one", text::LANES_ONE, Some(Layout::Phone)),
    ];
    let bars = [
        bar("bars-apart", text::BARS_APART, Bars::Apart),
        bar("bars-together", text::BARS_TOGETHER, Bars::Together),
    ];
    html! {
        <fieldset>
            <legend>{ model.say(text::LANES) }</legend>
            { choice(model, tell, text::LANES_A_HOST, &lanes) }
            { choice(model, tell, text::BARS, &bars) }
        </fieldset>
    }
}

fn shown(model: &Model, tell: &Tell) -> Html {
    let layer = |layer: &layers::Layer| {
        let on = model.look.layers.contains(&layer.id);
        check(
            model,
            tell,
            format!("layer-{}", layer.id),
            layer.label,
            on,
            Turn::Layer(layer.id),
        )
    };
    html! {
        <fieldset class="checks">
            <legend>{ model.say(text::LAYERS) }</legend>
            { for layers::ALL.iter().map(layer) }
        </fieldset>
    }
}

/// What a connection's line says.
struct Line {
    flow: FlowId,
    requests: u32,
    failed: u32,
}

/// The connections of each pair of hosts, in the order of their first one.
fn by_hosts(trace: &Trace) -> Vec<([HostId; 2], Vec<Line>)> {
    let mut lines: Vec<Line> = (0..)
        .map(FlowId)
        .take(trace.flows.len().min(MOST))
        .map(|flow| Line {
            flow,
            requests: 0,
            failed: 0,
        })
        .collect();
    let mut last: Vec<Option<FlowId>> = vec![None; trace.requests.len()];
    for record in &trace.records {
        match (record.event, record.event.flow()) {
            (Event::Pool(whyeof_trace::PoolEvent::Checkout { request, .. }), Some(flow)) => {
                last[request.index()] = Some(flow);
                if let Some(line) = lines.get_mut(flow.index()) {
                    line.requests += 1;
                }
            }
            (Event::Request(RequestEvent::Failed { request, .. }), _) => {
                let flow = last[request.index()];
                if let Some(line) = flow.and_then(|flow| lines.get_mut(flow.index())) {
                    line.failed += 1;
                }
            }
            _ => {}
        }
    }
    let mut groups: Vec<([HostId; 2], Vec<Line>)> = Vec::new();
    for line in lines {
        let opener = SocketId {
            flow: line.flow,
            side: Side::Opener,
        };
        let hosts = [trace.host_of(opener), trace.host_of(opener.peer())];
        match groups.iter_mut().find(|(of, _)| *of == hosts) {
            Some((_, group)) => group.push(line),
            None => groups.push((hosts, vec![line])),
        }
    }
    groups
}

fn connections(model: &Model, tell: &Tell) -> Html {
    let Some(run) = model.run.as_ref().filter(|run| run.trace.flows.len() > 1) else {
        return Html::default();
    };
    let trace = &run.trace;
    let group = |([from, to], lines): ([HostId; 2], Vec<Line>)| {
        let name = |host| trace.host(host).name.clone();
        let title = format!("{} → {} · {}", name(from), name(to), lines.len());
        let bad = lines.iter().any(|line| line.failed > 0);
        html! {
            <details key={title.clone()} open={lines.len() <= 8 || bad}>
                <summary>{ title }</summary>
                <ul class="connections">{ for lines.iter().map(|it| line(model, tell, run, it)) }</ul>
            </details>
        }
    };
    let more = trace.flows.len().saturating_sub(MOST);
    let follows = look::follows(model);
    let whole = look::only(model).is_none();
    html! {
        <fieldset>
            <legend>{ model.say(text::CONNECTIONS) }</legend>
            <p class="turn">
                <button id="all-connections" class="chip" aria-pressed={whole.to_string()} onclick={says(tell, Msg::Turn(Turn::AllConnections))}>
                    { model.say(text::ALL_CONNECTIONS) }
                </button>
                if model.focus.is_some() {
                    <button id="follow" class="chip" aria-pressed={follows.to_string()} onclick={says(tell, Msg::Turn(Turn::Follow))}>
                        { model.say(text::FOLLOW_REQUEST) }
                    </button>
                }
            </p>
            { for by_hosts(trace).into_iter().map(group) }
            if more > 0 { <p class="quiet">{ fill(model.say(text::MORE), &[&more.to_string()]) }</p> }
        </fieldset>
    }
}

fn line(model: &Model, tell: &Tell, run: &Run, line: &Line) -> Html {
    let flow = line.flow;
    let on = model
        .look
        .only
        .as_ref()
        .is_none_or(|only| only.contains(&flow));
    let id = format!("connection-{}", flow.0 + 1);
    let opener = SocketId {
        flow,
        side: Side::Opener,
    };
    let (_, port) = run.trace.address(opener);
    let said = fill(
        model.say(text::CONNECTION_LINE),
        &[
            &(flow.0 + 1).to_string(),
            &port.to_string(),
            &line.requests.to_string(),
        ],
    );
    html! {
        <li key={flow.0}>
            <label class="check" for={id.clone()}>
                <input {id} type="checkbox" checked={on} onchange={says(tell, Msg::Turn(Turn::Connection(flow)))} />
                { said }
                if line.failed > 0 { <b class="bad">{ format!("✕ {}", line.failed) }</b> }
            </label>
            <button class="link" data-alone={(flow.0 + 1).to_string()} onclick={says(tell, Msg::Turn(Turn::Alone(flow)))}>{ model.say(text::ALONE) }</button>
        </li>
    }
}

/// The whole run on a strip: a click or a drag goes there.
pub fn minimap(model: &Model, tell: &Tell) -> Html {
    // Only of a picture that scrolls.
    let scrolls = model.screen == Screen::Bench && model.env.lanes == Lane::Two && !model.presents;
    let Some(picture) = model.picture.as_ref().filter(|_| scrolls) else {
        return Html::default();
    };
    let map = picture.minimap();
    let told = tell.clone();
    let go = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1
            && let Some(share) = height_share(&event, "#minimap")
        {
            told.emit(Msg::GoTo(share));
        }
    });
    let (width, height) = MINIMAP;
    html! {
        <div id="minimap" class="minimap" aria-hidden="true" title={model.say(text::MINIMAP)} onpointerdown={go.clone()} onpointermove={go}>
            <svg class="wy-diagram" viewBox={format!("0 0 {} {}", px(width), px(height))} preserveAspectRatio="none">
                <diagram::Items scene={map} />
                <rect class="minimap-view" x="0" width={px(width)} />
            </svg>
        </div>
    }
}

/// The button that opens the settings.
pub fn opener(model: &Model, tell: &Tell) -> Html {
    let msg = match model.env.lanes {
        Lane::One => Msg::Open(Some(crate::app::model::Dialog::Look)),
        Lane::Two => Msg::Turn(Turn::Open),
    };
    let turned = look::only(model).is_some();
    html! {
        <button id="look-open" class={classes!("control", "wide", turned.then_some("turned"))} aria-expanded={model.look.open.to_string()} onclick={says(tell, msg)}>
            { model.say(text::LOOK) }
        </button>
    }
}
