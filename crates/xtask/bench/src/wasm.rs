//! The same in a browser, which takes the times.

use crate::{Contender, Work};
use wasm_bindgen::prelude::wasm_bindgen;

/// What there is to do, as `W1/outcomes`.
#[wasm_bindgen]
pub fn all() -> Vec<String> {
    let mut all = Vec::new();
    for work in Work::ALL {
        for contender in Contender::ALL {
            // What takes minutes or hundreds of megabytes is for the native program.
            if contender.does_at_all(work)
                && work.units().1 <= crate::EXCHANGES.into()
                && !work.is_slow()
            {
                all.push(format!("{}/{}", work.id(), contender.id()));
            }
        }
    }
    all
}

/// Does it once; how many requests were answered.
///
/// # Panics
/// There is no such work.
#[wasm_bindgen]
pub fn does(what: &str) -> f64 {
    let (work, contender) = crate::named(what).expect("one of `all`");
    contender.does(work).answered as f64
}
