//! What heads say to their readers: each is read once, because most of a run's messages share a few.

use super::codec::{SNIFFED, Typed, is_expectation, status};
use crate::copy::{Map, clone_into_place};
use crate::tables::Tables;
use whyeof_trace::TextId;

/// What a head says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Says {
    /// The status code of a response; 0 if it has none.
    pub(super) status: u16,
    /// `Connection: close`.
    pub(super) close: bool,
    /// Its body waits to be asked for.
    pub(super) expects_continue: bool,
    /// The time of a `Keep-Alive: timeout=N` that stands at the very beginning of the field's value, s (Node:
    /// `/^timeout=(\\d+)/`).
    pub(super) keep_alive: Option<u32>,
    /// What it says of the body's type.
    pub(super) typed: Typed,
}

impl Says {
    fn of(head: &str) -> Self {
        let mut says = Self {
            status: status(head),
            typed: Typed::No,
            ..Self::default()
        };
        for line in head.lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim_start();
            match name {
                "Connection" => says.close |= value == "close",
                "Keep-Alive" => says.keep_alive = says.keep_alive.or_else(|| seconds(value)),
                "Content-Type" if says.typed != Typed::No => {}
                "Content-Type" if value == SNIFFED => says.typed = Typed::Sniffed,
                "Content-Type" => says.typed = Typed::Own,
                _ => says.expects_continue |= is_expectation((name, value)),
            }
        }
        says
    }
}

fn seconds(hint: &str) -> Option<u32> {
    let digits = hint.strip_prefix("timeout=")?;
    let end = digits.find(|c: char| !c.is_ascii_digit());
    digits[..end.unwrap_or(digits.len())].parse().ok()
}

/// Heads that a program has read.
#[derive(Debug, Default)]
pub(super) struct Heads {
    read: Map<TextId, Says>,
}

clone_into_place!(Heads { read });

impl Heads {
    /// What this one says.
    pub(super) fn say(&mut self, head: TextId, tables: &Tables) -> Says {
        if let Some(says) = self.read.get(&head) {
            return *says;
        }
        let says = Says::of(&tables.texts[head]);
        self.read.insert(head, says);
        says
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fields: &str, says: Says) {
        let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        let typed = says.typed;
        let expected = Says {
            status: 200,
            typed,
            ..says
        };
        assert_eq!(Says::of(&head), expected, "{fields:?}");
    }

    #[test]
    fn each_field_is_read() {
        let nothing = Says {
            typed: Typed::No,
            ..Says::default()
        };
        let hint = |keep_alive| Says {
            keep_alive,
            ..nothing
        };
        let typed = |typed| Says { typed, ..nothing };
        let close = Says {
            close: true,
            ..nothing
        };
        let expects = Says {
            expects_continue: true,
            ..nothing
        };
        for (fields, says) in [
            ("", nothing),
            ("Connection: close\r\n", close),
            ("Connection: keep-alive\r\n", nothing),
            ("X-Connection: close\r\n", nothing),
            // The hint counts only at the beginning.
            ("Keep-Alive: timeout=5\r\n", hint(Some(5))),
            ("Keep-Alive: timeout=5, max=7\r\n", hint(Some(5))),
            ("Keep-Alive: max=7, timeout=5\r\n", hint(None)),
            ("Keep-Alive: timeout=99999999999\r\n", hint(None)),
            ("expect: 100-Continue\r\n", expects),
            ("Content-Type: text/html\r\n", typed(Typed::Own)),
            (
                "Content-Type: text/plain; charset=utf-8\r\n",
                typed(Typed::Sniffed),
            ),
        ] {
            check(fields, says);
        }
    }
}
