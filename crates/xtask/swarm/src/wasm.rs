//! The same in a browser: what this machine's digests are compared with.

use crate::Seen;
use wasm_bindgen::prelude::wasm_bindgen;

/// The digest of the run of a number, in hexadecimal digits.
#[wasm_bindgen]
pub fn digest(seed: u32) -> String {
    format!("{:016x}", Seen::of_seed(seed.into()).digest())
}
