//! The whyeof command: what the page does, scripted.
fn main() {}
