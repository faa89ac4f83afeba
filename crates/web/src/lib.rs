//! The playground page: a model, views of it, and the one place that touches the browser.

use yew::{Html, function_component, html};

/// The whole page.
#[function_component]
pub fn App() -> Html {
    html! { <main><h1>{ "whyeof" }</h1></main> }
}
