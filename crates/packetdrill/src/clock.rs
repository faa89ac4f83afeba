//! TSval and TSecr: a script's numbers, the stack's, and what one is in terms of the other.

use crate::packet::Packet;
use crate::script::Rules;
use std::time::Duration;

/// How a script's timestamps stand to the stack's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// What the script's are ahead by, from the first that it states.
    ahead: Option<u32>,
    /// Each TSval that the script states, and what was sent there. The two may differ by the tolerance, and the other end
    /// echoes the script's.
    stated: Vec<(u32, u32)>,
}

impl Clock {
    /// What was sent stands where the script has this.
    pub(crate) fn learn(&mut self, wanted: &Packet, sent: &Packet) {
        if let (Some((script, _)), Some((ours, _))) = (wanted.timestamps(), sent.timestamps()) {
            self.ahead.get_or_insert(script.wrapping_sub(ours));
            self.stated.push((script, ours));
        }
    }

    /// What was sent, with the TSval that the script would state.
    pub(crate) fn as_script(&self, mut sent: Packet) -> Packet {
        if let Some((val, _)) = sent.timestamps() {
            sent.set_ts_val(val.wrapping_add(self.ahead.unwrap_or(0)));
        }
        sent
    }

    /// The TSval of ours that a script's TSecr echoes.
    pub(crate) fn echoed(&self, ecr: u32) -> u32 {
        let exact = self.stated.iter().rev().find(|(script, _)| *script == ecr);
        exact.map_or_else(
            || ecr.wrapping_sub(self.ahead.unwrap_or(0)),
            |(_, ours)| *ours,
        )
    }
}

/// Whether what was sent is what is written, as far as the script looks at it. `elapsed` is the time since its start, which
/// the tolerance of timestamps grows with.
pub(crate) fn is_like(wanted: &Packet, sent: &Packet, rules: &Rules, elapsed: Duration) -> bool {
    let mut sent = sent.clone();
    if wanted.win.is_none() {
        sent.win = None;
    }
    if wanted.options == crate::packet::Options::Any {
        sent.options = crate::packet::Options::Any;
    }
    if let (Some((script, _)), Some((ours, _))) = (wanted.timestamps(), sent.timestamps()) {
        let ticks = script.wrapping_sub(ours).min(ours.wrapping_sub(script));
        let off = rules.ts_tick.map_or(Duration::ZERO, |tick| tick * ticks);
        if off <= rules.tolerance_after(elapsed) {
            sent.set_ts_val(script);
        }
    }
    sent == *wanted
}
