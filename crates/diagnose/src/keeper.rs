//! Who keeps a connection that nobody wants an answer from any more: a caller that stopped waiting and left the socket alone.

use crate::reading::Reading;
use crate::text::Text;
use litemap::LiteMap;
use whyeof_trace::{Event, Failure, ProgramId, RequestEvent, RequestId};

/// For each request that failed while such callers kept connections: how many they were, the first and the last of them.
#[derive(Debug, Default)]
pub(crate) struct Keepers(LiteMap<RequestId, (usize, RequestId, RequestId)>);

impl Keepers {
    /// Of a run.
    pub(crate) fn of(reading: &Reading<'_>) -> Self {
        let mut keep = LiteMap::<(ProgramId, RequestId), ()>::new();
        let mut found = LiteMap::new();
        for record in &reading.trace.records {
            let Event::Request(event) = record.event else {
                continue;
            };
            let request = event.request();
            let program = reading.trace.requests[request.index()].program;
            match event {
                RequestEvent::Late { .. } => {
                    keep.remove(&(program, request));
                }
                RequestEvent::Failed { failure, .. } => {
                    let mut mine = keep.iter().filter(|((p, _), ())| *p == program);
                    if let Some(((_, first), ())) = mine.next() {
                        let (count, last) =
                            mine.fold((1, *first), |(n, _), ((_, r), ())| (n + 1, *r));
                        found.insert(request, (count, *first, last));
                    }
                    let had = reading.last_attempt(request);
                    let had = had.is_some_and(|attempt| attempt.checkout < record.id);
                    if failure == Failure::Abandoned && had {
                        keep.insert((program, request), ());
                    }
                }
                _ => {}
            }
        }
        Self(found)
    }

    /// The sentence about them, for a request that waited behind them; empty if there were none.
    pub(crate) fn say(&self, reading: &Reading<'_>, waiting: RequestId) -> Text {
        let Some((count, first, last)) = self.0.get(&waiting) else {
            return Text::default();
        };
        let whose = Text::requests(*count, reading.number(*first), reading.number(*last));
        let (connections, callers, sockets) = match count {
            1 => ("A connection was", "its caller", "socket"),
            _ => ("Connections were", "their callers", "sockets"),
        };
        Text::made(
            format!(
                " {connections} kept by {}: {callers} had stopped waiting, but nobody had closed the {sockets}.",
                whose.en
            ),
            format!(
                "连接被{}占着：调用方已经不等了，socket 却没人关。",
                whose.zh
            ),
        )
    }
}
