//! JavaScript's plain objects, read and written field by field.
//!
//! The page's half of what it and its workers post: the program is 2 kB less over the wire than with derived readers and
//! writers for that, too. The workers' half is `serde_wasm_bindgen`'s.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

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

/// A whole number; JavaScript's hold 104 days of nanoseconds exactly, and no run lasts as long.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates"
)]
pub fn whole(value: &JsValue) -> Option<u64> {
    value.as_f64().map(|number| number as u64)
}
