//! The outcome strip: what becomes of the request for every idle time around this run's.

use super::{Tell, button, held};
use crate::app::model::{Dialog, Model, Strip};
use crate::app::msg::Msg;
use crate::text::{self, fill};
use std::rc::Rc;
use yew::{AttrValue, Html, html};

/// The strip with its heading.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let body = match &model.strip {
        Strip::None => html! { <p class="quiet">{ model.say(text::STRIP_NONE) }</p> },
        Strip::Busy(_, 0) => html! { <p class="quiet strip-wait">{ model.say(text::RUNNING) }</p> },
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
        Strip::Done {
            picture,
            words,
            runs,
            micros,
        } => {
            let count = fill(model.say(text::STRIP_RUNS), &[&runs.to_string()]);
            let picture = AttrValue::from(Rc::clone(picture));
            html! {
                <>
                    <div class="strip-picture">{ Html::from_html_unchecked(picture) }</div>
                    <p class="quiet" data-micros={micros.to_string()}>{ count }{ " · " }{ held(words) }</p>
                </>
            }
        }
    };
    let link = |id: &'static str, words, opens| {
        button(tell, id, "link", model.say(words), Msg::Open(Some(opens)))
    };
    let likely = matches!(model.strip, Strip::Done { .. })
        .then(|| html! { <>{ link("risk", text::RISK_TITLE, Dialog::Risk) }{ " · " }</> });
    html! {
        <div class="strip">
            <h2>{ model.say(text::STRIP) }</h2>
            { body }
            <p>{ for likely }{ link("sweep", text::SWEEP, Dialog::Sweep) }{ " · " }{ link("orders", text::ORDERS, Dialog::Orders) }</p>
        </div>
    }
}
