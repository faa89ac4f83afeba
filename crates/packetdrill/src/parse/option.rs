//! `--tolerance_usecs=10000`.

use super::Refused;
use super::cursor::Cursor;
use crate::script::Script;
use std::str::FromStr;
use std::time::Duration;
use whyeof_sim::kernel::timer_wheel::Hz;

/// Options that decide nothing here: addresses, ports, and what is printed.
const NO_EFFECT: [&str; 10] = [
    "bind_port",
    "connect_port",
    "remote_ip",
    "local_ip",
    "gateway_ip",
    "netmask_ip",
    "speed",
    "is_anyip",
    "send_omit_free",
    "verbose",
];

/// One option, after its `--`.
pub(super) fn set(at: &mut Cursor<'_>, script: &mut Script) -> Result<(), Refused> {
    let start = at.clone();
    let name = at.word();
    let value = if at.peek_raw() == Some('=') {
        at.take_one();
        at.take_while(|c| !c.is_whitespace())
    } else {
        ""
    };
    if !script.lines.is_empty() {
        return Err(start.refuse(format!("expected --{name} before the first event")));
    }
    apply(name, value, script).map_err(|what| start.refuse(what))
}

fn apply(name: &str, value: &str, script: &mut Script) -> Result<(), String> {
    let micros = || number(name, value).map(Duration::from_micros);
    let rules = &mut script.rules;
    match name {
        "hz" => return set_hz(value, script),
        "phase_usecs" => script.phase = micros_below(name, value, 10_000)?,
        "tolerance_usecs" => rules.tolerance = micros()?,
        "tolerance_percent" => rules.tolerance_ppm = percent(value)?,
        "tcp_ts_tick_usecs" => {
            let tick = micros_below(name, value, 1_000_001)?;
            rules.ts_tick = Some(tick).filter(|tick| !tick.is_zero());
        }
        // It lets TSecr stand for values that were never sent; those are always inferred here.
        "tcp_ts_ecr_scaled" => {}
        "strict_segments" => rules.strict_segments = true,
        "every_segment" => rules.every_segment = true,
        "ip_version" if value == "ipv4" => {}
        "ip_version" => return Err(format!("--ip_version is ipv4, not `{value}`")),
        "mtu" if value == "1500" => {}
        "mtu" => return Err(format!("--mtu is 1500, not `{value}`")),
        _ if NO_EFFECT.contains(&name) => {}
        _ => return Err(format!("option --{name} is not in the subset")),
    }
    Ok(())
}

fn set_hz(value: &str, script: &mut Script) -> Result<(), String> {
    script.hz = match value {
        "250" => Hz::Hz250,
        "1000" => Hz::Hz1000,
        "ideal" => Hz::Ideal,
        _ => return Err(format!("--hz is 250, 1000 or ideal, not `{value}`")),
    };
    if script.hz == Hz::Ideal {
        script.rules.tolerance = Duration::ZERO;
        script.rules.tolerance_ppm = 0;
        script.rules.ts_tick = Some(Duration::from_millis(1));
    }
    Ok(())
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    let wrong = |_| format!("expected a number after --{name}=, got `{value}`");
    value.parse().map_err(wrong)
}

fn micros_below(name: &str, value: &str, bound: u64) -> Result<Duration, String> {
    let micros: u64 = number(name, value)?;
    if micros >= bound {
        return Err(format!(
            "expected less than {bound} after --{name}=, got `{value}`"
        ));
    }
    Ok(Duration::from_micros(micros))
}

/// `12.5` to millionths.
fn percent(value: &str) -> Result<u32, String> {
    let wrong = || format!("expected a percentage after --tolerance_percent=, got `{value}`");
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    if whole.len() > 4 || part.len() > 4 || whole.is_empty() {
        return Err(wrong());
    }
    let digits = format!("{whole}{part:0<4}");
    digits.parse().map_err(|_| wrong())
}
