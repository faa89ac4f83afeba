//! The page's entry: puts the app into the document's body.

fn main() {
    yew::Renderer::<whyeof_web::App>::new().render();
}
