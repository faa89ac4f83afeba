//! Plays a script line by line, and writes down beside each line what really happened.

use crate::report::{Report, Row};
use crate::script::{Act, Call, Line, Options, Packet, Returned, Script, TcpOption, When};
use crate::stand::{Stand, packet};
use std::time::Duration;
use whyeof_trace::{Segment, Time};

/// A call that has not returned yet.
#[derive(Clone, Copy, Debug)]
struct Blocked {
    row: usize,
    fd: u32,
    call: Call,
    wanted: Returned,
    from: Time,
    to: Time,
}

#[derive(Debug)]
struct Player {
    stand: Stand,
    tolerance: Duration,
    /// The time that the next `+` counts from.
    base: Time,
    rows: Vec<Row>,
    blocked: Vec<Blocked>,
    /// What the script's TSvals are ahead of ours, from the first that it states.
    shift: Option<u32>,
}

/// Plays a script.
pub fn play(script: &Script) -> Report {
    let mut player = Player {
        stand: Stand::new(script),
        tolerance: script.tolerance,
        base: Time::ZERO,
        rows: Vec::new(),
        blocked: Vec::new(),
        shift: None,
    };
    for line in &script.lines {
        player.line(line);
    }
    player.unexpected(Time::NEVER);
    for blocked in std::mem::take(&mut player.blocked) {
        let row = &mut player.rows[blocked.row];
        row.actual = format!("{} …", row.actual);
        row.is_right = false;
    }
    Report { rows: player.rows }
}

impl Player {
    fn line(&mut self, line: &Line) {
        let (from, to) = self.between(line.when);
        match &line.act {
            Act::Inbound(inbound) => {
                self.advance(from);
                self.unexpected(from - self.tolerance);
                self.base = from;
                self.stand.arrives(inbound, self.shift.unwrap_or(0));
                let text = format!("{from} < {inbound}");
                self.write(Some(line.number), text.clone(), text, true);
            }
            Act::Outbound(outbound) => self.outbound(line, outbound, from, to),
            Act::Call(fd, call, wanted) => {
                self.advance(from);
                self.unexpected(from - self.tolerance);
                self.base = from;
                let returns = matches!(line.when, When::Blocks(..) | When::AfterBlocks(..));
                self.call(line.number, *fd, *call, *wanted, (from, to, returns));
            }
        }
        self.poll();
    }

    /// The earliest and the latest time that a line names.
    fn between(&self, when: When) -> (Time, Time) {
        let at = |span| Time::ZERO + span;
        match when {
            When::At(span) => (at(span), at(span)),
            When::After(span) => (self.base + span, self.base + span),
            When::Between(from, to) | When::Blocks(from, to) => (at(from), at(to)),
            When::AfterBetween(from, to) | When::AfterBlocks(from, to) => {
                (self.base + from, self.base + to)
            }
            When::Any => (Time::ZERO, Time::NEVER),
        }
    }

    /// Lets timers fire up to and including a moment.
    fn advance(&mut self, to: Time) {
        while self.stand.next_timer().is_some_and(|next| next <= to) {
            self.stand.fire();
            self.poll();
        }
        self.stand.wait(to);
    }

    fn outbound(&mut self, line: &Line, wanted: &Packet, from: Time, to: Time) {
        let latest = to + self.tolerance;
        while self.stand.sent.is_empty()
            && self.stand.next_timer().is_some_and(|next| next <= latest)
        {
            self.stand.fire();
            self.poll();
        }
        let expected = match line.when {
            When::Any => format!("* > {wanted}"),
            _ if from == to => format!("{from} > {wanted}"),
            _ => format!("{from}~{to} > {wanted}"),
        };
        let Some((time, segment)) = self.stand.sent.pop_front() else {
            self.base = from;
            self.write(Some(line.number), expected, "(nothing)".to_owned(), false);
            return;
        };
        self.learn_shift(wanted, &segment);
        let sent = like(wanted, packet(&segment, self.shift.unwrap_or(0)));
        let in_time = from <= time + self.tolerance && time <= latest;
        self.base = time;
        let actual = format!("{time} > {sent}");
        self.write(
            Some(line.number),
            expected,
            actual,
            in_time && sent == *wanted,
        );
    }

    fn learn_shift(&mut self, wanted: &Packet, segment: &Segment) {
        let Options::These(options) = &wanted.options else {
            return;
        };
        let stated = options.iter().find_map(|o| match o {
            TcpOption::Timestamps(val, _) => Some(*val),
            _ => None,
        });
        if let (None, Some(stated), Some((ours, _))) = (self.shift, stated, segment.timestamps) {
            self.shift = Some(stated.wrapping_sub(ours));
        }
    }

    fn call(
        &mut self,
        line: usize,
        fd: u32,
        call: Call,
        wanted: Returned,
        (from, to, blocks): (Time, Time, bool),
    ) {
        let until = if blocks {
            format!("...{to}")
        } else {
            String::new()
        };
        let expected = format!("{from}{until} {call} {wanted}");
        match self.stand.call(fd, call, wanted) {
            Some(got) => {
                let right = got == wanted && (!blocks || to <= from + self.tolerance);
                self.write(Some(line), expected, format!("{from} {call} {got}"), right);
            }
            None if blocks => {
                self.blocked.push(Blocked {
                    row: self.rows.len(),
                    fd,
                    call,
                    wanted,
                    from,
                    to,
                });
                self.write(Some(line), expected, format!("{from}... {call}"), true);
            }
            None => {
                let errno = if call == Call::Connect {
                    "EINPROGRESS"
                } else {
                    "EAGAIN"
                };
                let got = Returned::Errno(errno);
                let actual = format!("{from} {call} {got}");
                self.write(Some(line), expected, actual, got == wanted);
            }
        }
    }

    /// Lets blocked calls return that can.
    fn poll(&mut self) {
        let waiting = std::mem::take(&mut self.blocked);
        for blocked in waiting {
            let Blocked {
                row,
                fd,
                call,
                wanted,
                from,
                to,
            } = blocked;
            let Some(got) = self.stand.call(fd, call, wanted) else {
                self.blocked.push(blocked);
                continue;
            };
            let now = self.stand.now();
            let in_time = to <= now + self.tolerance && now <= to + self.tolerance;
            let row = &mut self.rows[row];
            row.actual = format!("{from}...{now} {call} {got}");
            row.is_right = in_time && got == wanted;
        }
    }

    /// Whatever was sent before this moment and is still here is not in the script.
    fn unexpected(&mut self, before: Time) {
        while let Some((time, segment)) = self.stand.sent.front().copied()
            && time < before
        {
            self.stand.sent.pop_front();
            let sent = packet(&segment, self.shift.unwrap_or(0));
            self.write(None, String::new(), format!("{time} > {sent}"), false);
        }
    }

    fn write(&mut self, line: Option<usize>, expected: String, actual: String, is_right: bool) {
        self.rows.push(Row {
            line,
            expected,
            actual,
            is_right,
        });
    }
}

/// What was sent, without what the script's line does not look at.
fn like(wanted: &Packet, mut sent: Packet) -> Packet {
    if wanted.win.is_none() {
        sent.win = None;
    }
    if wanted.options == Options::Any {
        sent.options = Options::Any;
    }
    sent
}
