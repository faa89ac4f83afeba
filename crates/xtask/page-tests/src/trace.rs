//! What the threads of a browser did, as its trace tells it.

use crate::Result;
use serde_json::Value;

/// See [`crate::Page::longest_task`].
pub(crate) fn longest_task(log: &Value, mark: &str) -> Result<f64> {
    let events = log.as_array().ok_or("a log is a list")?.iter().map(event);
    let events = events.collect::<Result<Vec<_>>>()?;
    let mark = events
        .iter()
        .rfind(|event| event["name"] == mark)
        .ok_or_else(|| format!("the trace has no mark {mark:?}"))?;
    let thread = |event: &Value| (event["pid"].as_u64(), event["tid"].as_u64());
    let micros = |value: &Value| value.as_f64().unwrap_or_default();
    let tasks = events.iter().filter(|event| {
        event["name"] == "ThreadControllerImpl::RunTask"
            && thread(event) == thread(mark)
            && micros(&event["ts"]) >= micros(&mark["ts"])
    });
    // `tdur` is the time of the thread, where `dur` is that of the wall.
    Ok(tasks
        .map(|task| micros(&task["tdur"]) / 1_000.0)
        .fold(0.0, f64::max))
}

/// An entry is a line of its own, with a DevTools event in it.
fn event(entry: &Value) -> Result<Value> {
    let text = entry["message"].as_str().ok_or("an entry has a message")?;
    let mut message: Value = serde_json::from_str(text)?;
    Ok(message["message"]["params"].take())
}
