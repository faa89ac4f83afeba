//! A kernel's knobs as scripts set them, and which of them decide nothing here.

use crate::script::Knob;
use std::time::Duration;
use whyeof_sim::kernel::sysctl::Sysctl;

/// Sysctls that have no effect in the model, with the values for which that is true; none: for all.
const NO_EFFECT: [(&str, &[&str]); 16] = [
    ("tcp_autocorking", &[]),
    ("tcp_congestion_control", &["reno", "cubic"]),
    ("tcp_ecn", &["0", "2"]),
    ("tcp_fack", &[]),
    ("tcp_fastopen", &[]),
    ("tcp_frto", &["2"]),
    ("tcp_limit_output_bytes", &[]),
    ("tcp_no_metrics_save", &["1"]),
    ("tcp_notsent_lowat", &["4294967295"]),
    ("tcp_pacing_ca_ratio", &["120"]),
    ("tcp_pacing_ss_ratio", &["200"]),
    ("tcp_recovery", &["1"]),
    ("tcp_reordering", &["3"]),
    ("tcp_retries1", &[]),
    ("tcp_tso_win_divisor", &[]),
    ("tcp_wmem", &[]),
];

/// Why the kernel under test cannot be set like this.
pub(crate) fn rejects(knob: &Knob) -> Option<String> {
    set(&mut Sysctl::default(), knob).err()
}

/// The knobs of the kernel under test.
pub(crate) fn sysctl<'a>(knobs: impl IntoIterator<Item = &'a Knob>) -> Sysctl {
    let mut sysctl = Sysctl::default();
    for knob in knobs {
        // Checked before the script began.
        let _ = set(&mut sysctl, knob);
    }
    sysctl
}

fn set(sysctl: &mut Sysctl, knob: &Knob) -> Result<(), String> {
    let Knob::Sysctl(name, value) = knob else {
        // Segments leave one by one, whatever the device offers.
        return Ok(());
    };
    let wrong = || format!("the value `{value}` of sysctl net.ipv4.{name} is not in the subset");
    if let Some((_, values)) = NO_EFFECT.iter().find(|(known, _)| known == name) {
        let known = values.is_empty() || values.contains(&value.as_str());
        return if known { Ok(()) } else { Err(wrong()) };
    }
    if name == "tcp_rmem" {
        sysctl.tcp_rmem = buffer(value).ok_or_else(wrong)?;
        return Ok(());
    }
    let number: u32 = value.parse().map_err(|_| wrong())?;
    if let Some(switch) = switch(sysctl, name) {
        *switch = match number {
            0 => false,
            1 => true,
            // Without an offset of its own for each connection, which scripts do not see.
            2 if name == "tcp_timestamps" => true,
            _ => return Err(wrong()),
        };
    } else if let Some(count) = count(sysctl, name) {
        *count = u8::try_from(number).map_err(|_| wrong())?;
    } else if let Some((span, unit)) = span(sysctl, name) {
        *span = unit.saturating_mul(number);
    } else if name == "tcp_max_tw_buckets" {
        sysctl.tcp_max_tw_buckets = number;
    } else {
        return Err(format!("sysctl net.ipv4.{name} is not in the subset"));
    }
    Ok(())
}

/// `4096 131072 6291456`: the least is not modelled.
fn buffer(value: &str) -> Option<[u32; 2]> {
    let numbers: Result<Vec<u32>, _> = value.split_whitespace().map(str::parse).collect();
    match numbers.ok()?[..] {
        [_, initial, most] => Some([initial, most]),
        _ => None,
    }
}

fn switch<'a>(sysctl: &'a mut Sysctl, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "tcp_abort_on_overflow" => &mut sysctl.tcp_abort_on_overflow,
        "tcp_dsack" => &mut sysctl.tcp_dsack,
        "tcp_moderate_rcvbuf" => &mut sysctl.tcp_moderate_rcvbuf,
        "tcp_retrans_collapse" => &mut sysctl.tcp_retrans_collapse,
        "tcp_rfc1337" => &mut sysctl.tcp_rfc1337,
        "tcp_sack" => &mut sysctl.tcp_sack,
        "tcp_slow_start_after_idle" => &mut sysctl.tcp_slow_start_after_idle,
        "tcp_syncookies" => &mut sysctl.tcp_syncookies,
        "tcp_timestamps" => &mut sysctl.tcp_timestamps,
        "tcp_window_scaling" => &mut sysctl.tcp_window_scaling,
        _ => return None,
    })
}

fn count<'a>(sysctl: &'a mut Sysctl, name: &str) -> Option<&'a mut u8> {
    Some(match name {
        "tcp_early_retrans" => &mut sysctl.tcp_early_retrans,
        "tcp_keepalive_probes" => &mut sysctl.tcp_keepalive_probes,
        "tcp_min_tso_segs" => &mut sysctl.tcp_min_tso_segs,
        "tcp_orphan_retries" => &mut sysctl.tcp_orphan_retries,
        "tcp_pingpong_thresh" => &mut sysctl.tcp_pingpong_thresh,
        "tcp_retries2" => &mut sysctl.tcp_retries2,
        "tcp_syn_linear_timeouts" => &mut sysctl.tcp_syn_linear_timeouts,
        "tcp_syn_retries" => &mut sysctl.tcp_syn_retries,
        "tcp_synack_retries" => &mut sysctl.tcp_synack_retries,
        _ => return None,
    })
}

fn span<'a>(sysctl: &'a mut Sysctl, name: &str) -> Option<(&'a mut Duration, Duration)> {
    const SECOND: Duration = Duration::from_secs(1);
    const MILLISECOND: Duration = Duration::from_millis(1);
    const MICROSECOND: Duration = Duration::from_micros(1);
    Some(match name {
        "tcp_fin_timeout" => (&mut sysctl.tcp_fin_timeout, SECOND),
        "tcp_keepalive_time" => (&mut sysctl.tcp_keepalive_time, SECOND),
        "tcp_keepalive_intvl" => (&mut sysctl.tcp_keepalive_intvl, SECOND),
        "tcp_invalid_ratelimit" => (&mut sysctl.tcp_invalid_ratelimit, MILLISECOND),
        "tcp_rto_max_ms" => (&mut sysctl.tcp_rto_max_ms, MILLISECOND),
        "tcp_rto_min_us" => (&mut sysctl.tcp_rto_min_us, MICROSECOND),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, value: &str) -> String {
        let knob = Knob::Sysctl(name.to_owned(), value.to_owned());
        rejects(&knob).unwrap_or_default()
    }

    #[test]
    fn what_is_not_modelled_is_refused_by_name() {
        for (name, value, expected) in [
            ("tcp_timestamps", "0", ""),
            ("tcp_rmem", "4096 540000 15728640", ""),
            (
                "tcp_rmem",
                "1",
                "the value `1` of sysctl net.ipv4.tcp_rmem is not in the subset",
            ),
            ("tcp_tso_win_divisor", "100", ""),
            (
                "tcp_ecn",
                "1",
                "the value `1` of sysctl net.ipv4.tcp_ecn is not in the subset",
            ),
            (
                "tcp_thin_linear_timeouts",
                "1",
                "sysctl net.ipv4.tcp_thin_linear_timeouts is not in the subset",
            ),
        ] {
            assert_eq!(told(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn values_have_the_units_of_their_sysctls() {
        let knob = |(name, value): (&str, &str)| Knob::Sysctl(name.to_owned(), value.to_owned());
        let knobs = [("tcp_rto_max_ms", "1000"), ("tcp_fin_timeout", "5")].map(knob);
        let sysctl = sysctl(&knobs);
        assert_eq!(sysctl.tcp_rto_max_ms, Duration::from_secs(1));
        assert_eq!(sysctl.tcp_fin_timeout, Duration::from_secs(5));
    }
}
