//! A picture as PNG, twice as large as it is drawn: what SVG is too new for.

use crate::app::acts::offer;
use crate::app::effect::document;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement};

/// Pixels of the file in one of the drawing.
const SCALE: f64 = 2.0;
/// The longest side that browsers draw on.
const MOST: f64 = 16_000.0;

/// Draws an SVG and offers it as a file. In vain where the browser does not draw: then there is no file, which the reader sees.
pub(super) fn save(name: String, svg: String) {
    spawn_local(async move {
        let _ = draw(name, &svg).await;
    });
}

async fn draw(name: String, svg: &str) -> Result<(), JsValue> {
    let image = HtmlImageElement::new()?;
    let data = String::from(js_sys::encode_uri_component(svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{data}"));
    JsFuture::from(image.decode()).await?;
    let (wide, high) = (
        f64::from(image.natural_width()),
        f64::from(image.natural_height()),
    );
    let scale = SCALE.min(MOST / high.max(wide).max(1.0));
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pixels of a canvas"
    )]
    let size = |side: f64| (side * scale).ceil() as u32;
    canvas.set_width(size(wide));
    canvas.set_height(size(high));
    let context = canvas.get_context("2d")?.ok_or("no canvas")?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(
        &image,
        0.0,
        0.0,
        wide * scale,
        high * scale,
    )?;
    let keep = Closure::once_into_js(move |blob: Option<Blob>| {
        if let Some(blob) = blob {
            // Without a file the reader sees that there is none.
            let _ = offer(&name, &blob);
        }
    });
    canvas.to_blob(keep.unchecked_ref())
}
