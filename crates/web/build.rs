//! Keeps what cutting the page's program in two needs to know.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bin=playground=--emit-relocs");
}
