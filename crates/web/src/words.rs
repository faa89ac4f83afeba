//! Spans that workers post as numbers, as people read them.

/// A span given in nanoseconds: `9.993 s`.
pub fn span(nanos: u64) -> String {
    whyeof_render::text::span(std::time::Duration::from_nanos(nanos))
}
