//! The one component: it owns the model, lets messages happen, and hands their effects to the browser.

pub mod acts;
mod address;
pub mod advice;
pub mod animate;
mod answers;
pub mod asked;
mod asking;
mod books;
pub mod by_hand;
pub mod capture;
pub mod captured;
mod colleague;
pub mod compare;
pub mod config;
pub mod dropping;
pub mod edits;
pub mod effect;
mod files;
mod gesture;
pub mod heard;
pub mod instant;
pub mod knob;
pub mod lesson;
pub mod look;
mod many;
pub mod model;
pub mod msg;
mod navigate;
mod offline;
pub mod pairs;
mod png;
mod slices;
pub mod sweep;
mod swept;
pub mod tab;
mod turning;
pub mod update;
pub mod viewport;
mod windows;

use crate::app::effect::Browser;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::view;
use yew::{Component, Context, Html};

/// The whole page.
#[derive(Debug)]
pub struct App {
    model: Model,
    browser: Browser,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let browser = Browser::listen(ctx.link().callback(|msg| msg));
        let mut app = Self {
            model: Model::new(),
            browser,
        };
        let env = app.browser.env();
        app.happen(Msg::Start(env));
        app
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        let shows = update::shows(&self.model, &msg);
        if shows {
            self.model.knob.touch(update::half(&self.model, &msg));
        }
        self.happen(msg);
        shows
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        view::page(&self.model, &ctx.link().callback(|msg| msg))
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        self.model.knob.rendered();
        self.browser.rendered();
    }
}

impl App {
    fn happen(&mut self, msg: Msg) {
        for effect in update::update(&mut self.model, msg) {
            self.browser.cause(effect);
        }
    }
}
