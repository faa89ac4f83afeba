//! A half of the page, which stays as it is drawn while the other is drawn anew: while a number is dragged the diagram and what stands
//! around it are drawn in two frames, so that neither keeps the page for long.

use crate::app::knob::Half;
use crate::app::model::Model;
use yew::{Component, Context, Html, Properties, html};

/// What is drawn of a half, if it is drawn now.
#[derive(Clone, Properties)]
pub struct Props {
    /// `None`: it stays as it is.
    drawn: Option<Html>,
}

/// Whether it is drawn again is not for a comparison of two pages to say.
impl PartialEq for Props {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

/// A half of the page, or a piece of one.
pub struct Part;

impl Component for Part {
    type Message = ();
    type Properties = Props;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &Props) -> bool {
        ctx.props().drawn.is_some()
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        ctx.props().drawn.clone().unwrap_or_default()
    }
}

/// A piece of the page that belongs to this half.
pub fn part(model: &Model, half: Half, of: impl FnOnce() -> Html) -> Html {
    let drawn = model.knob.draws(half).then(of);
    html! { <Part {drawn} /> }
}
