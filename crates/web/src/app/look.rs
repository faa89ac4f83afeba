//! How the diagram is looked at: axis, zoom, lanes, layers, and which connections. Nothing of it changes the run.

use crate::app::model::{Model, Shown};
use crate::app::msg::Effect;
use crate::app::update::redraw;
use whyeof_render::diagram::{Bars, Layout, Ruler, Scale, layers};
use whyeof_trace::{FlowId, RecordId, Time};

/// What the reader has turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The axis.
    pub ruler: Ruler,
    /// Where connections stand.
    pub bars: Bars,
    /// Lanes a host; `None`: as many as there is room for.
    pub lanes: Option<Layout>,
    /// The layers that are on, by id.
    pub layers: Vec<&'static str>,
    /// The connections that are drawn, in order; `None`: all.
    pub only: Option<Vec<FlowId>>,
    /// Whether only the connections of the request in focus are drawn; `None`: where there are more than two machines.
    pub follows: Option<bool>,
    /// Whether the settings of all this are open.
    pub open: bool,
}

impl Default for Look {
    fn default() -> Self {
        let on = layers::ALL.iter().filter(|layer| layer.default_on);
        Self {
            ruler: Ruler::default(),
            bars: Bars::default(),
            lanes: None,
            layers: on.map(|layer| layer.id).collect(),
            only: None,
            follows: None,
            open: false,
        }
    }
}

/// One of the things to turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// The kind of axis.
    Scale(Scale),
    /// *Stretch short gaps*.
    Stretch(i8),
    /// *Smallest step*, in percent.
    Least(u8),
    /// As high as at first.
    Zoom,
    /// Fold silence, or not.
    Folds,
    /// Connections apart or together.
    Bars(Bars),
    /// Lanes a host.
    Lanes(Option<Layout>),
    /// A layer on or off.
    Layer(&'static str),
    /// A connection drawn or not.
    Connection(FlowId),
    /// Only this connection.
    Alone(FlowId),
    /// All connections.
    AllConnections,
    /// Only the connections of the request in focus, or all again.
    Follow,
    /// The settings open or closed.
    Open,
    /// Everything as it was at first.
    Reset,
}

/// What is lit in the diagram, and told beside the pointer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lit {
    /// The records pointed at.
    pub records: Vec<RecordId>,
    /// What led to them.
    pub causes: Vec<RecordId>,
    /// What they led to.
    pub effects: Vec<RecordId>,
    /// Where the pointer is, px of the window; `None`: elsewhere than in the diagram.
    pub at: Option<(i32, i32)>,
}

/// A step of the zoom keys.
pub const ZOOM_STEP: f64 = 1.5;

/// Turns one thing. What stands in the middle of the view stays there.
pub(super) fn turn(model: &mut Model, turn: Turn) -> Vec<Effect> {
    let middle = model.view.1 / 2.0;
    let follows = follows(model);
    keeping(model, middle, |model| {
        let look = &mut model.look;
        match turn {
            Turn::Scale(scale) => look.ruler.scale = scale,
            Turn::Stretch(stretch) => look.ruler.stretch = stretch,
            Turn::Least(percent) => look.ruler.least = Some(percent),
            Turn::Zoom => look.ruler.zoom = 1.0,
            Turn::Folds => look.ruler.folds = !look.ruler.folds,
            Turn::Bars(bars) => look.bars = bars,
            Turn::Lanes(lanes) => look.lanes = lanes,
            Turn::Layer(id) => match look.layers.iter().position(|on| *on == id) {
                Some(at) => drop(look.layers.remove(at)),
                None => look.layers.push(id),
            },
            Turn::Connection(flow) => toggle(model, flow),
            Turn::Alone(flow) => look.only = Some(vec![flow]),
            Turn::AllConnections => {
                look.only = None;
                look.follows = Some(false);
            }
            Turn::Follow => look.follows = Some(!follows),
            Turn::Open => look.open = !look.open,
            Turn::Reset => {
                model.look = Look {
                    open: look.open,
                    ..Look::default()
                };
            }
        }
    })
}

fn toggle(model: &mut Model, flow: FlowId) {
    let Some(run) = &model.run else {
        return;
    };
    let all = || (0..).map(FlowId).take(run.trace.flows.len());
    let only = model.look.only.take();
    let shown = |f: &FlowId| only.as_ref().is_none_or(|only| only.contains(f));
    let now: Vec<FlowId> = all().filter(|f| shown(f) != (*f == flow)).collect();
    model.look.only = (now.len() < run.trace.flows.len()).then_some(now);
}

/// Everything `by` times as high; what stands at this height of the view stays there.
pub(super) fn zoom(model: &mut Model, by: f64, at: Option<f64>) -> Vec<Effect> {
    let at = at.unwrap_or(model.view.1 / 2.0);
    keeping(model, at, |model| {
        let zoom = model.look.ruler.zoom * by;
        let is_first = (zoom - 1.0).abs() < 0.02;
        model.look.ruler.zoom = if is_first {
            1.0
        } else {
            zoom.clamp(0.125, 8.0)
        };
    })
}

/// Does something to the look, and moves the diagram so that the moment at this height of the view stays where it is.
fn keeping(model: &mut Model, at: f64, change: impl FnOnce(&mut Model)) -> Vec<Effect> {
    let here = |model: &Model| Some(model.picture.as_ref()?.time_at(model.view.0 + at));
    let moment = here(model);
    let before = model.look.clone();
    change(model);
    if before == model.look {
        return Vec::new();
    }
    redraw(model);
    let there = |time: Time| Some(model.picture.as_ref()?.y(time) - at);
    let top = moment.and_then(there);
    if let Some(top) = top {
        model.view.0 = top.max(0.0);
        redraw(model);
    }
    top.map(Effect::PinDiagram).into_iter().collect()
}

/// Whether only the connections of the request in focus are drawn.
pub fn follows(model: &Model) -> bool {
    let many = || {
        model
            .run
            .as_ref()
            .is_some_and(|run| run.trace.hosts.len() > 2)
    };
    model.look.follows.unwrap_or_else(many)
}

/// The connections that are drawn; `None`: all.
pub fn only(model: &Model) -> Option<Vec<FlowId>> {
    let run = model.run.as_ref()?;
    let focus = model.focus.filter(|_| follows(model));
    let followed = focus.and_then(|focus| Some(run.trace.connections_of(run.request(focus)?.id)));
    // One that never had a connection shows what it waited for.
    let followed = followed.filter(|flows| !flows.is_empty());
    followed.or_else(|| model.look.only.clone())
}

/// After another run: what named its connections is forgotten unless it has as many.
pub(super) fn ran(model: &mut Model, flows: usize) {
    let before = model.run.as_ref().map(|run| run.trace.flows.len());
    if before != Some(flows) {
        model.look.only = None;
    }
}

/// The pointer is over these records, here.
pub(super) fn point(model: &mut Model, records: Vec<RecordId>, at: Option<(i32, i32)>) {
    if model.lit.records == records && at.is_some() == model.lit.at.is_some() {
        return;
    }
    let Some(run) = &model.run else {
        return;
    };
    let records: Vec<RecordId> = records
        .into_iter()
        .filter(|id| id.index() < run.trace.records.len())
        .collect();
    let causes = records
        .iter()
        .flat_map(|id| run.trace.causes(*id).skip(1).map(|r| r.id));
    let effects = records
        .iter()
        .flat_map(|id| whyeof_render::effects::effects(&run.trace, *id));
    model.lit = Lit {
        causes: causes.collect(),
        effects: effects.collect(),
        records,
        at,
    };
}

/// The minimap, or the wheel, asks for this height of the diagram.
pub(super) fn go_to(model: &mut Model, share: f64) -> Vec<Effect> {
    let Some(picture) = &model.picture else {
        return Vec::new();
    };
    model.play = None;
    if matches!(model.shown, Shown::Height(_)) {
        model.shown = Shown::All;
    }
    vec![Effect::CentreDiagram(share * picture.height())]
}
