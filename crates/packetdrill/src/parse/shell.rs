//! Shell commands in back-quotes. None is run: what they set is recognised, and others are refused by name.

use super::Refused;
use crate::script::{Filter, Knob};

/// What `defaults.sh` of packetdrill's own tests and of Linux's selftests sets, as far as it is about TCP over IPv4.
const DEFAULTS: [(&str, &str); 20] = [
    ("tcp_rmem", "4096 540000 15728640"),
    ("tcp_wmem", "4096 262144 4194304"),
    ("tcp_timestamps", "1"),
    ("tcp_syn_retries", "5"),
    ("tcp_synack_retries", "5"),
    ("tcp_frto", "2"),
    ("tcp_sack", "1"),
    ("tcp_dsack", "1"),
    ("tcp_fack", "0"),
    ("tcp_reordering", "3"),
    ("tcp_congestion_control", "cubic"),
    ("tcp_slow_start_after_idle", "0"),
    ("tcp_early_retrans", "4"),
    ("tcp_recovery", "1"),
    ("tcp_tso_win_divisor", "3"),
    ("tcp_ecn", "0"),
    ("tcp_pacing_ss_ratio", "200"),
    ("tcp_pacing_ca_ratio", "120"),
    ("tcp_fastopen", "0x70403"),
    ("tcp_syncookies", "1"),
];

/// What the commands set, each with its line.
pub(super) fn knobs(text: &str, first: usize) -> Result<Vec<(usize, Knob)>, Refused> {
    let mut knobs = Vec::new();
    for (line, words) in commands(text, first) {
        let refuse = |what| Refused { line, what };
        let set = command(&words).map_err(refuse)?;
        knobs.extend(set.into_iter().map(|knob| (line, knob)));
    }
    Ok(knobs)
}

/// The commands, each as words with the line on which it begins. A `\` at the end of a line joins it to the next.
fn commands(text: &str, first: usize) -> Vec<(usize, Vec<String>)> {
    let mut commands: Vec<(usize, Vec<String>)> = Vec::new();
    let mut goes_on = false;
    for (line, text) in (first..).zip(text.lines()) {
        let (text, joins) = match text.trim_end().strip_suffix('\\') {
            Some(text) => (text, true),
            None => (text, false),
        };
        for (at, part) in text.split([';', '&']).enumerate() {
            let words = words(part);
            match commands.last_mut() {
                Some((_, last)) if goes_on && at == 0 => last.extend(words),
                _ => commands.push((line, words)),
            }
        }
        goes_on = joins;
    }
    commands.retain(|(_, words)| !words.is_empty());
    commands
}

/// Words between blanks; a quoted one may have blanks. Comments are left out, and where output goes.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut quote, mut in_word) = (None, false);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                if !in_word {
                    words.push(String::new());
                    in_word = true;
                }
            }
            (None, '#') if !in_word => break,
            (None, c) if c.is_whitespace() => in_word = false,
            _ => {
                if !in_word {
                    words.push(String::new());
                    in_word = true;
                }
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    let end = words.iter().position(|w| w.starts_with('>') || w == "2>");
    words.truncate(end.unwrap_or(words.len()));
    words
}

fn command(words: &[String]) -> Result<Vec<Knob>, String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let program = words[0].rsplit('/').next().unwrap_or("");
    match (program, &words[1..]) {
        ("defaults.sh", []) => Ok(defaults()),
        ("set_sysctls.py", settings) => settings.iter().map(|s| proc_sysctl(s)).collect(),
        ("sysctl", arguments) => arguments
            .iter()
            .filter(|word| !matches!(**word, "-q" | "-w" | "-qw" | "-wq"))
            .map(|word| dotted_sysctl(word))
            .collect(),
        ("ethtool", ["-K", _, features @ ..]) => offload(features),
        (name, []) if name.starts_with("sysctl_restore_") => Ok(Vec::new()),
        _ => Err(format!("shell command `{}` is not recognised", words[0])),
    }
}

/// The one kind of command that may stand between events.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    match text.split_whitespace().collect::<Vec<_>>()[..] {
        ["iptables", "-A", "OUTPUT", "-p", "tcp", "-j", "DROP"] => Ok(Filter::Drop),
        ["iptables", "-D", "OUTPUT", "-p", "tcp", "-j", "DROP"] => Ok(Filter::Accept),
        _ => Err(format!(
            "expected `iptables -A OUTPUT -p tcp -j DROP`, or -D, between events, got `{}`",
            text.trim()
        )),
    }
}

fn defaults() -> Vec<Knob> {
    let knob = |(name, value): (&str, &str)| Knob::Sysctl(name.to_owned(), value.to_owned());
    DEFAULTS.into_iter().map(knob).collect()
}

/// `/proc/sys/net/ipv4/tcp_timestamps=0`.
fn proc_sysctl(word: &str) -> Result<Knob, String> {
    sysctl(word, "/proc/sys/net/ipv4/")
}

/// `net.ipv4.tcp_timestamps=0`.
fn dotted_sysctl(word: &str) -> Result<Knob, String> {
    sysctl(word, "net.ipv4.")
}

fn sysctl(word: &str, prefix: &str) -> Result<Knob, String> {
    let wrong = || format!("expected `{prefix}NAME=VALUE`, got `{word}`");
    let setting = word.strip_prefix(prefix).ok_or_else(wrong)?;
    let (name, value) = setting.split_once('=').ok_or_else(wrong)?;
    Ok(Knob::Sysctl(name.to_owned(), value.to_owned()))
}

/// `tso off gso off`: both together, as scripts do.
fn offload(features: &[&str]) -> Result<Vec<Knob>, String> {
    match features {
        ["tso", tso, "gso", gso] | ["gso", gso, "tso", tso] if tso == gso => match *tso {
            "on" => Ok(vec![Knob::Offload(true)]),
            "off" => Ok(vec![Knob::Offload(false)]),
            _ => Err(format!("expected on or off, got `{tso}`")),
        },
        _ => Err("expected `ethtool -K DEVICE tso on|off gso on|off`, both alike".to_owned()),
    }
}
