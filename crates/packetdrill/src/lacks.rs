//! What of a script the engine does not model.

use crate::call::{Call, Returned, SocketOption};
use crate::script::{Act, Line};
use crate::stand::FIELDS_KNOWN;

/// The first line that asks for something that is not modelled, and for what.
pub(crate) fn first(lines: &[Line]) -> Option<(usize, String)> {
    let mut connected = Vec::new();
    lines.iter().find_map(|line| {
        if let Act::Call(fd, call, outcome) = &line.act {
            match (call, outcome.returned) {
                (Call::Connect, _) => connected.push(i64::from(*fd)),
                (Call::Accept, Returned::Number(new)) => connected.push(new),
                _ => {}
            }
        }
        let is_connected = |fd: u32| connected.contains(&i64::from(fd));
        let what = of(line, is_connected)?;
        Some((line.number, format!("{what} is not modelled")))
    })
}

fn of(line: &Line, is_connected: impl Fn(u32) -> bool) -> Option<String> {
    match &line.act {
        Act::Call(fd, Call::Set(SocketOption::ReceiveBuffer, _), _) if is_connected(*fd) => {
            Some("SO_RCVBUF of a connection that is under way".to_owned())
        }
        Act::Assert(assertions) => {
            let mut fields = assertions.iter().flat_map(|a| a.condition.fields());
            let unknown = fields.find(|f| !FIELDS_KNOWN.contains(&f.0))?;
            Some(unknown.to_string())
        }
        _ => None,
    }
}
