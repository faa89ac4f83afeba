//! A run at one moment, as tables: what `ss -tno state connected` lists, what pools hold, what programs wait for, what rules have thrown away.

use crate::describe;
use crate::text::{self, Lang, Text};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;
use whyeof_trace::replay::{Armed, Pooled, Snapshot, SocketNow};
use whyeof_trace::{
    RecordId, RequestId, SocketId, SortKey, State, Time, TimerKind, TimerOf, Trace,
};

/// A table. Its rows have as many cells as it has columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it is called in pages: `sockets`.
    pub id: &'static str,
    /// Its heading.
    pub name: Text,
    /// The headings of its columns; those of `ss` stay as `ss` has them.
    pub columns: Vec<Text>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<String>,
    /// The record that brought it about, where there is one.
    pub by: Option<RecordId>,
}

/// Most rows of a table; a sum stands under what is left out.
pub const MOST: usize = 60;

/// The tables that have something to tell.
pub fn tables(trace: &Trace, now: &Snapshot, at: Time, lang: Lang) -> Vec<Table> {
    let tables = [
        sockets(trace, now, at),
        pool(trace, now, at, lang),
        timers(trace, now, at, lang),
        rules(trace, now, lang),
    ];
    tables.into_iter().filter(|t| !t.rows.is_empty()).collect()
}

/// What a request is called in a cell: `POST #3`.
fn request(trace: &Trace, id: RequestId) -> String {
    let request = &trace.requests[id.index()];
    format!("{} #{}", request.method.name(), request.number)
}

fn sockets(trace: &Trace, now: &Snapshot, at: Time) -> Table {
    let mut all: Vec<(&SocketId, &SocketNow)> = now.sockets.iter().collect();
    all.sort_by_cached_key(|(id, s)| -> SortKey { (s.host.0.into(), id.flow.0.into()) });
    let rows = all.into_iter().map(|(id, socket)| {
        let (recv_q, send_q) = socket.queues();
        let cells = vec![
            trace.host(socket.host).name.clone(),
            state_of_ss(socket.state).to_owned(),
            recv_q.to_string(),
            send_q.to_string(),
            end(trace, *id),
            end(trace, id.peer()),
            timer_of_ss(now, *id, at),
        ];
        Row { cells, by: None }
    });
    Table {
        id: "sockets",
        name: text::NOW_SOCKETS,
        columns: vec![
            text::NOW_HOST,
            Text::same("State"),
            Text::same("Recv-Q"),
            Text::same("Send-Q"),
            Text::same("Local Address:Port"),
            Text::same("Peer Address:Port"),
            Text::same("timer"),
        ],
        rows: rows.collect(),
    }
}

fn end(trace: &Trace, id: SocketId) -> String {
    SocketAddr::from(trace.address(id)).to_string()
}

/// As `ss` writes states (iproute2 misc/ss.c, `sstate_name`).
pub(crate) const fn state_of_ss(state: State) -> &'static str {
    match state {
        State::Established => "ESTAB",
        State::SynSent => "SYN-SENT",
        State::SynReceived => "SYN-RECV",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::TimeWait => "TIME-WAIT",
        State::Closed => "UNCONN",
        State::CloseWait => "CLOSE-WAIT",
        State::LastAck => "LAST-ACK",
        State::Listen => "LISTEN",
        State::Closing => "CLOSING",
    }
}

/// The timer that `ss -o` names, what is left of it, and how often it fired in vain: `on,216ms,0` (iproute2 misc/ss.c, `tcp_timer_print`).
/// Those for ACKs it does not list.
fn timer_of_ss(now: &Snapshot, socket: SocketId, at: Time) -> String {
    // Of several, the first of these (net/ipv4/inet_diag.c, `inet_sk_diag_fill`).
    let name = |armed: &Armed| match armed.timer.kind {
        TimerKind::Retransmit | TimerKind::LossProbe | TimerKind::Reorder | TimerKind::SynAck => {
            Some((0, "on"))
        }
        TimerKind::Persist => Some((1, "persist")),
        TimerKind::KeepAlive => Some((2, "keepalive")),
        TimerKind::TimeWait => Some((3, "timewait")),
        _ => None,
    };
    let mine = |armed: &&Armed| armed.timer.of == TimerOf::Socket(socket);
    let mine = now.timers.iter().filter(mine);
    let named = mine.filter_map(|armed| Some((name(armed)?, armed.until)));
    let found = named.min_by_key(|((rank, _), _)| *rank);
    let tried = now.sockets.get(&socket).map_or([0; 2], |it| it.tried());
    found.map_or_else(String::new, |((rank, name), until)| {
        // The kernel's `icsk_retransmits`, or its `icsk_probes_out`.
        let tries = match rank {
            0 => tried[0],
            1 | 2 => tried[1],
            _ => 0,
        };
        format!("{name},{},{tries}", left_of_ss(until.since(at)))
    })
}

/// As `ss` writes what is left of a timer (iproute2 misc/ss.c, `print_ms_timer`): `1min59sec`, `58sec`, `1.200ms`, `216ms`.
fn left_of_ss(left: Duration) -> String {
    let (all, mut millis) = (left.as_secs(), left.subsec_millis());
    let (minutes, mut seconds) = (all / 60, all % 60);
    let mut out = String::new();
    // Writing into a String never fails.
    if minutes > 0 {
        millis = 0;
        let _ = write!(out, "{minutes}min");
        if minutes > 9 {
            seconds = 0;
        }
    }
    if seconds > 0 {
        if seconds > 9 {
            millis = 0;
        }
        let unit = if millis > 0 { "." } else { "sec" };
        let _ = write!(out, "{seconds}{unit}");
    }
    if millis > 0 {
        let _ = write!(out, "{millis:03}ms");
    }
    out
}

fn pool(trace: &Trace, now: &Snapshot, at: Time, lang: Lang) -> Table {
    let state = |id: SocketId| now.sockets.get(&id).map_or("-", |s| s.state.name());
    let connections = now.pool.iter().map(|(id, pooled)| {
        let place = match pooled.place {
            Pooled::Dialling => text::NOW_DIALLING,
            Pooled::InUse => text::NOW_IN_USE,
            Pooled::Idle => text::NOW_IDLE,
        };
        let cells = vec![
            trace.host(trace.host_of(*id)).name.clone(),
            describe::conn(*id),
            place.of(lang).to_owned(),
            text::about(at.since(pooled.since)),
            pooled
                .request
                .map_or_else(String::new, |id| request(trace, id)),
            state(*id).to_owned(),
            state(id.peer()).to_owned(),
        ];
        Row { cells, by: None }
    });
    let waiting = now.waiting.iter().map(|id| {
        let program = trace.program(trace.requests[id.index()].program);
        let cells = vec![
            trace.host(program.host).name.clone(),
            "-".to_owned(),
            text::NOW_WAITS.of(lang).to_owned(),
            String::new(),
            request(trace, *id),
            String::new(),
            String::new(),
        ];
        Row { cells, by: None }
    });
    Table {
        id: "pool",
        name: text::NOW_POOL,
        columns: vec![
            text::NOW_HOST,
            text::NOW_CONNECTION,
            text::NOW_PLACE,
            text::NOW_FOR,
            text::NOW_REQUEST,
            text::NOW_HERE,
            text::NOW_THERE,
        ],
        rows: connections.chain(waiting).collect(),
    }
}

fn timers(trace: &Trace, now: &Snapshot, at: Time, lang: Lang) -> Table {
    let of_programs = now
        .timers
        .iter()
        .filter(|armed| !armed.timer.kind.is_kernel());
    let mut due: Vec<&Armed> = of_programs.collect();
    due.sort_by_cached_key(|armed| -> SortKey { (armed.until.nanos(), 0) });
    let rows = due.into_iter().map(|armed| {
        let of = match armed.timer.of {
            TimerOf::Socket(socket) => {
                text::CONNECTION_SHORT.fill(lang, &[("conn", &describe::conn(socket))])
            }
            TimerOf::Request(id) => request(trace, id),
            TimerOf::Workload(_) | TimerOf::Program(_) => String::new(),
        };
        let setting = armed
            .setting
            .map(|id| describe::setting_words(trace, id, lang));
        let cells = vec![
            trace.host(armed.host).name.clone(),
            text::timer(armed.timer.kind).of(lang).to_owned(),
            of,
            text::about(armed.until.since(at)),
            setting.unwrap_or_default(),
        ];
        Row {
            cells,
            by: Some(armed.by),
        }
    });
    Table {
        id: "timers",
        name: text::NOW_TIMERS,
        columns: vec![
            text::NOW_HOST,
            text::NOW_TIMER,
            text::NOW_OF,
            text::NOW_DUE,
            text::NOW_SETTING,
        ],
        rows: rows.collect(),
    }
}

fn rules(trace: &Trace, now: &Snapshot, lang: Lang) -> Table {
    let is_rule = |number: u16| {
        trace
            .command(number)
            .is_none_or(|typed| typed.rule.is_some())
    };
    let shown = now.rules.iter().filter(|(number, _)| is_rule(**number));
    let rows = shown.map(|(number, rule)| {
        let typed = trace.command(*number);
        let name = match typed {
            Some(typed) => trace.text(typed.line).to_owned(),
            None => trace.fault(*number).into_owned(),
        };
        let host = typed.map(|typed| trace.host(typed.host).name.clone());
        let (words, at) = match (typed, rule.until) {
            // Whether another command has taken it away is for that command to say.
            (Some(_), _) => (text::NOW_TYPED, rule.since),
            (None, None) => (text::NOW_HOLDS, rule.since),
            (None, Some(until)) => (text::NOW_LIFTED, until),
        };
        let holds = words.fill(lang, &[("at", &text::moment(at))]);
        let cells = vec![
            host.unwrap_or_default(),
            name,
            holds,
            rule.packets.to_string(),
        ];
        Row { cells, by: None }
    });
    Table {
        id: "rules",
        name: text::NOW_RULES,
        columns: vec![
            text::NOW_HOST,
            text::NOW_RULE,
            text::NOW_SINCE,
            text::NOW_DROPPED,
        ],
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::left_of_ss;
    use std::time::Duration;

    #[test]
    fn what_is_left_is_written_as_ss_writes_it() {
        for (millis, written) in [
            (216, "216ms"),
            (1_200, "1.200ms"),
            (3_000, "3sec"),
            (13_568, "13sec"),
            (58_900, "58sec"),
            (119_000, "1min59sec"),
            (900_000, "15min"),
            (0, ""),
        ] {
            assert_eq!(left_of_ss(Duration::from_millis(millis)), written);
        }
    }
}
