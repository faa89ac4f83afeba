//! The bounds of a run. Reaching one is recorded, never silent.

/// Bounds of a run, so that no plan can fill the memory or hang the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records kept in a trace; the run ends with the step that reaches it.
    pub records: usize,
    /// Events handled; the run ends there. Bounds a run without a trace too.
    pub steps: u64,
    /// Connections; the run ends there.
    pub flows: u32,
    /// Requests; later ones are not started.
    pub requests: u32,
}

impl Default for Limits {
    /// Enough for hours of keep-alive traffic: 64 bytes a record make 16 MiB.
    fn default() -> Self {
        Self {
            records: 250_000,
            steps: 2_000_000,
            flows: 20_000,
            requests: 50_000,
        }
    }
}
