//! Pools that are large enough.

use super::{Edit, Grade, Remedy, RemedyKind, at_client};
use crate::reading::Reading;
use crate::text::Text;
use whyeof_trace::{ProgramId, Setting, Value};

/// A pool that keeps as many connections as a burst has used: to one host and in all.
pub(crate) fn pool_size(
    reading: &Reading<'_>,
    client: ProgramId,
    limit: Option<&Setting>,
    (there, in_all): (u32, u32),
) -> Vec<Remedy> {
    let Some(limit) = limit.filter(|s| !s.path.is_empty()) else {
        return Vec::new();
    };
    let sum = reading.trace.settings.iter().find(|s| {
        let small = matches!(s.value, Value::Count(n) if n > 0 && n < u64::from(in_all));
        s.program == Some(client) && s.name == "MaxIdleConns" && small
    });
    let mut raised = vec![(limit, there)];
    if limit.name == "MaxIdleConns" {
        raised.clear();
    }
    raised.extend(sum.map(|sum| (sum, in_all)));
    let names: Vec<_> = raised
        .iter()
        .map(|(s, n)| format!("{} = {n}", s.name))
        .collect();
    let names = names.join(", ");
    vec![Remedy::new(
        RemedyKind::PoolSize,
        Grade::Amber,
        at_client(&names),
        Text::new(
            "Enough for what this run had at once: every connection goes back into the pool. Idle connections cost memory at both ends until somebody's idle timeout closes them.",
            "够这次运行的并发用：每条连接都能放回池里。空闲连接在两端都占内存，直到有一端空闲超时把它关掉。",
        ),
        raised
            .iter()
            .map(|(s, n)| Edit {
                path: s.path.clone(),
                value: n.to_string(),
            })
            .collect(),
    )]
}
