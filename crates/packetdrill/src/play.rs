//! Plays a script line by line, and writes down beside each line what really happened.

use crate::call::{Call, Outcome};
use crate::clock::{Clock, is_like};
use crate::packet::{Options, Packet, TcpOption};
use crate::process::{Pending, Process};
use crate::report::{Report, Row};
use crate::script::{Act, Assertion, Line, Rules, Script, When};
use std::time::Duration;
use whyeof_trace::{Flags, Time};

/// A call that has not returned yet.
#[derive(Clone, Copy, Debug)]
struct Blocked {
    row: usize,
    pending: Pending,
    from: Time,
    to: Time,
}

#[derive(Debug)]
struct Player {
    process: Process,
    rules: Rules,
    /// The time that the next `+` counts from.
    base: Time,
    /// The time that the line before was written for.
    before: Time,
    rows: Vec<Row>,
    blocked: Vec<Blocked>,
    clock: Clock,
}

/// Plays a script.
pub(crate) fn play(script: &Script) -> Report {
    let mut player = Player {
        process: Process::new(script),
        rules: script.rules,
        base: Time::ZERO,
        before: Time::ZERO,
        rows: Vec::new(),
        blocked: Vec::new(),
        clock: Clock::default(),
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

/// From when to when a line may happen, and by how much it may miss that.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Time,
    to: Time,
    tolerance: Duration,
}

impl Window {
    /// Nothing in time is too late by this.
    fn latest(&self) -> Time {
        self.to + self.tolerance
    }

    fn holds(&self, time: Time) -> bool {
        self.from <= time + self.tolerance && time <= self.latest()
    }
}

impl Player {
    fn line(&mut self, line: &Line) {
        let window = self.window(line.when);
        match &line.act {
            Act::Outbound(outbound) => self.outbound(line, outbound, window),
            act => {
                self.advance(window.from);
                self.unexpected(window.from - self.rules.tolerance);
                self.base = window.from;
                match act {
                    Act::Inbound(inbound) => self.inbound(line, inbound, window),
                    Act::Unreachable(icmp) => {
                        self.process.kernel.unreachable(icmp);
                        self.happens(line, &format!("< {icmp}"), window);
                    }
                    Act::Filter(filter) => {
                        self.process.kernel.filter(*filter);
                        self.happens(line, &format!("`{filter}`"), window);
                    }
                    Act::Call(fd, call, wanted) => self.call(line, *fd, (*call, *wanted), window),
                    Act::Assert(all) => all.iter().for_each(|a| self.assert(a)),
                    Act::Outbound(_) => {}
                }
            }
        }
        self.before = window.from;
        self.poll();
    }

    fn window(&self, when: When) -> Window {
        let at = |span| Time::ZERO + span;
        let (from, to) = match when {
            When::At(span) => (at(span), at(span)),
            When::After(span) => (self.base + span, self.base + span),
            When::Between(from, to) | When::Blocks(from, to) => (at(from), at(to)),
            When::AfterBetween(from, to) | When::AfterBlocks(from, to) => {
                (self.base + from, self.base + to)
            }
            When::Any => (Time::ZERO, Time::NEVER),
        };
        let tolerance = match when {
            When::Any => Duration::ZERO,
            _ => self.rules.tolerance_after(from.since(self.before)),
        };
        Window {
            from,
            to,
            tolerance,
        }
    }

    /// Lets timers fire up to and including a moment.
    fn advance(&mut self, to: Time) {
        while self.kernel_fires_by(to) {
            self.poll();
        }
        self.process.kernel.wait(to);
    }

    /// Lets the next timer fire, if it does so by then.
    fn kernel_fires_by(&mut self, latest: Time) -> bool {
        let kernel = &mut self.process.kernel;
        let fires = kernel.next_timer().is_some_and(|next| next <= latest);
        if fires {
            kernel.fire();
        }
        fires
    }

    fn inbound(&mut self, line: &Line, inbound: &Packet, window: Window) {
        let mut arrives = inbound.clone();
        if let (Options::These(options), true) =
            (&mut arrives.options, inbound.flags.has(Flags::ACK))
        {
            for option in options {
                if let TcpOption::Timestamps(_, ecr) = option {
                    *ecr = self.clock.echoed(*ecr);
                }
            }
        }
        self.process.kernel.arrives(&arrives);
        self.happens(line, &format!("< {inbound}"), window);
    }

    /// Something that a line of the script does has happened.
    fn happens(&mut self, line: &Line, what: &str, window: Window) {
        let now = self.process.kernel.now();
        let expected = format!("{} {what}", window.from);
        let actual = format!("{now} {what}");
        self.write(Some(line.number), expected, actual, window.holds(now));
    }

    fn outbound(&mut self, line: &Line, wanted: &Packet, window: Window) {
        let expected = match line.when {
            When::Any => format!("* > {wanted}"),
            _ if window.from == window.to => format!("{} > {wanted}", window.from),
            _ => format!("{}~{} > {wanted}", window.from, window.to),
        };
        let Some((time, sent)) = self.run(wanted.len, window.latest()) else {
            self.base = window.from.max(self.process.kernel.now());
            self.write(Some(line.number), expected, "(nothing)".to_owned(), false);
            return;
        };
        self.clock.learn(wanted, &sent);
        let sent = self.clock.as_script(sent);
        let elapsed = time.since(Time::ZERO);
        let is_right = window.holds(time) && is_like(wanted, &sent, &self.rules, elapsed);
        self.base = time;
        let sent = shown_like(wanted, sent);
        self.write(
            Some(line.number),
            expected,
            format!("{time} > {sent}"),
            is_right,
        );
    }

    /// The next segment, or as many as it takes to make up so many bytes: one expected segment larger than the MSS is sent
    /// as a run of segments of one size, of which only the last may be shorter or have PSH or FIN.
    fn run(&mut self, len: u16, latest: Time) -> Option<(Time, Packet)> {
        let (mut time, mut all) = self.next_sent(latest)?;
        let each = all.len;
        while all.len < len && all.len.is_multiple_of(each.max(1)) && !self.rules.strict_segments {
            let Some(next) = self.next_sent_if(latest, |next| continues(&all, next)) else {
                break;
            };
            time = next.0;
            let sum = all.len.saturating_add(next.1.len);
            all = Packet {
                seq: all.seq,
                len: sum,
                ..next.1
            };
        }
        Some((time, all))
    }

    fn next_sent(&mut self, latest: Time) -> Option<(Time, Packet)> {
        self.next_sent_if(latest, |_| true)
    }

    fn next_sent_if(
        &mut self,
        latest: Time,
        is_it: impl FnOnce(&Packet) -> bool,
    ) -> Option<(Time, Packet)> {
        while self.process.kernel.sent.is_empty() && self.kernel_fires_by(latest) {
            self.poll();
        }
        let sent = &mut self.process.kernel.sent;
        sent.pop_front_if(|(_, packet)| is_it(packet))
    }

    fn call(&mut self, line: &Line, fd: u32, (call, wanted): (Call, Outcome), window: Window) {
        let Window { from, to, .. } = window;
        let blocks = matches!(line.when, When::Blocks(..) | When::AfterBlocks(..));
        let until = if blocks {
            format!("...{to}")
        } else {
            String::new()
        };
        let expected = format!("{from}{until} {call} {wanted}");
        let number = Some(line.number);
        let now = self.process.kernel.now();
        let mut pending = Pending::new(fd, call, wanted);
        let outcome = self.process.go_on(&mut pending);
        if outcome.is_none() && blocks && self.process.may_wait(&pending) {
            self.blocked.push(Blocked {
                row: self.rows.len(),
                pending,
                from,
                to,
            });
            self.write(number, expected, format!("{now}... {call}"), true);
            return;
        }
        let got = outcome.unwrap_or_else(|| pending.at_once());
        let returns = if blocks { to } else { from };
        let in_time = now <= from + window.tolerance && self.returns_in_time(from, returns, now);
        let actual = format!("{now} {call} {got}");
        self.write(number, expected, actual, got == wanted && in_time);
    }

    /// Whether a call that begins then and is to return at `to` may return now.
    fn returns_in_time(&self, from: Time, to: Time, now: Time) -> bool {
        let tolerance = self.rules.tolerance_after(to.since(from));
        to <= now + tolerance && now <= to + tolerance
    }

    fn assert(&mut self, assertion: &Assertion) {
        let kernel = &self.process.kernel;
        let holds = assertion.condition.holds(&mut |f| kernel.field(f));
        let fields = assertion.condition.fields();
        let fields: Vec<String> = fields
            .into_iter()
            .map(|f| format!("{f} = {}", kernel.field(f)))
            .collect();
        let now = kernel.now();
        self.write(
            Some(assertion.number),
            format!("{now} {}", assertion.text),
            format!("{now} {}", fields.join(", ")),
            holds,
        );
    }

    /// Lets blocked calls return that can.
    fn poll(&mut self) {
        self.process.pass_on_wakes();
        for mut blocked in std::mem::take(&mut self.blocked) {
            let Some(got) = self.process.go_on(&mut blocked.pending) else {
                self.blocked.push(blocked);
                continue;
            };
            let Blocked {
                row,
                pending,
                from,
                to,
            } = blocked;
            let now = self.process.kernel.now();
            let in_time = self.returns_in_time(from, to, now);
            let row = &mut self.rows[row];
            row.actual = format!("{from}...{now} {} {got}", pending.call);
            row.is_right = in_time && got == pending.wanted;
        }
    }

    /// Whatever was sent before this moment and is still here is not in the script, if that is to have every segment.
    fn unexpected(&mut self, before: Time) {
        if !self.rules.every_segment {
            return;
        }
        while let Some((time, sent)) = self
            .process
            .kernel
            .sent
            .pop_front_if(|(time, _)| *time < before)
        {
            let sent = self.clock.as_script(sent);
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

/// Whether a segment goes on where a run has come to (packetdrill compares headers, but for PSH and FIN).
fn continues(run: &Packet, next: &Packet) -> bool {
    let flags = |p: &Packet| p.flags.0 & !(Flags::PSH.0 | Flags::FIN.0);
    next.seq == run.end() && next.len > 0 && next.ack == run.ack && flags(next) == flags(run)
}

/// What was sent, without what the script's line does not look at.
fn shown_like(wanted: &Packet, mut sent: Packet) -> Packet {
    if wanted.win.is_none() {
        sent.win = None;
    }
    if wanted.options == Options::Any {
        sent.options = Options::Any;
    }
    sent
}
