//! JavaScript's plain objects, read and written field by field.
//!
//! That is how the page and its workers write and read what they post: derived readers and writers take several times
//! the room.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// An object with these fields.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in fields {
        // A new object refuses no field.
        let _ = Reflect::set(&object, &JsValue::from_str(key), value);
    }
    object.into()
}

/// A list of these values.
pub fn list(values: impl Iterator<Item = JsValue>) -> JsValue {
    values.collect::<Array>().into()
}

/// A field that is there.
pub fn field(of: &JsValue, key: &str) -> Option<JsValue> {
    let found = Reflect::get(of, &JsValue::from_str(key)).ok()?;
    (!found.is_undefined()).then_some(found)
}

/// A text that is there.
pub fn text(of: &JsValue, key: &str) -> Option<String> {
    field(of, key)?.as_string()
}

/// A list that is there.
pub fn items(of: &JsValue) -> Option<Array> {
    of.dyn_ref().cloned()
}

/// Texts that are there.
pub fn texts(of: &JsValue, key: &str) -> Option<Vec<String>> {
    let texts = items(&field(of, key)?)?;
    texts.iter().map(|it| it.as_string()).collect()
}

/// A small whole number that is there.
pub fn number(of: &JsValue, key: &str) -> Option<u32> {
    u32::try_from(whole(&field(of, key)?)?).ok()
}

/// A whole number as JavaScript has them; [`whole`] reads it.
pub fn exact(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// A whole number; JavaScript's hold 104 days of nanoseconds exactly, and no run lasts as long.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates"
)]
pub fn whole(value: &JsValue) -> Option<u64> {
    value.as_f64().map(|number| number as u64)
}
