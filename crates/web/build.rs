//! Keeps what cutting the page's program in two needs to know. Natively it is not cut.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo:rustc-link-arg-bin=playground=--emit-relocs");
    }
}
