//! What only a browser can answer about the page's components.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::window;
use whyeof_web::App;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_page_has_one_heading() {
    let document = window().expect("a window").document().expect("a document");
    let root = document.create_element("div").expect("an element");
    yew::Renderer::<App>::with_root(root.clone()).render();
    yew::platform::time::sleep(std::time::Duration::ZERO).await;
    let headings = root.query_selector_all("h1").expect("a selector");
    assert_eq!(headings.length(), 1);
}
