//! What is typed at a shell: each command with names in the places for names.

use super::words::PORTS;
use crate::dice::Dice;
use whyeof_scenario::{Field, Scenario};

/// Commands about a filter; words in capitals stand for what is drawn.
const FILTER: [&str; 9] = [
    "iptables RULE",
    "iptables RULE",
    "iptables RULE",
    "sudo iptables -F",
    "iptables -F CHAIN",
    "iptables -P CHAIN VERDICT",
    "iptables -D CHAIN NUMBER",
    "iptables -nvL --line-numbers",
    "iptables -L CHAIN",
];
/// Other commands.
const OTHER: [&str; 6] = [
    "kill SIGNAL PROGRAM",
    "kill SIGNAL PROGRAM",
    "systemctl WHAT PROGRAM",
    "reboot -f",
    "poweroff -f",
    "ss -K dst MACHINE",
];

/// What may stand for a word in capitals; what stands here may hold such words itself.
const WORDS: [(&str, &[&str]); 12] = [
    (
        "RULE",
        &[
            "-A CHAIN MATCH TARGET",
            "-A CHAIN MATCH TARGET",
            "-I CHAIN MATCH TARGET",
            "-I CHAIN NUMBER MATCH TARGET",
            "-D CHAIN MATCH TARGET",
        ],
    ),
    ("CHAIN", &["INPUT", "OUTPUT", "INPUT", "OUTPUT", "FORWARD"]),
    ("NUMBER", &["1", "1", "2", "3"]),
    (
        "MATCH",
        &[
            "",
            "-p tcp",
            "-p tcp --dport PORT",
            "-p tcp --sport PORT",
            "-s MACHINE",
            "-d MACHINE",
            "! -s MACHINE",
            "-s MACHINE -p tcp --dport PORT",
            "-s NETWORK",
            "! -d NETWORK",
            "-p tcp --dport PORTS",
            "-p tcp ! --sport PORTS",
            "-p tcp --syn",
            "-p tcp ! --syn",
            "-p tcp --tcp-flags SYN,ACK,FIN,RST FLAG",
            "-p tcp --tcp-flags ALL FLAG",
            "-p tcp --tcp-flags FLAG NONE",
            "-m state --state STATE",
            "-p tcp -m conntrack --ctstate STATE",
        ],
    ),
    (
        "TARGET",
        &[
            "-j DROP",
            "-j DROP",
            "-j DROP",
            "-j ACCEPT",
            "-j REJECT",
            "-j REJECT --reject-with tcp-reset",
            "-j REJECT --reject-with icmp-host-unreachable",
            "-j REJECT --reject-with icmp-port-unreachable",
            "",
        ],
    ),
    ("VERDICT", &["DROP", "ACCEPT"]),
    ("SIGNAL", &["-9", "-TERM", "-STOP", "-CONT", "-INT"]),
    ("WHAT", &["start", "stop", "restart"]),
    (
        "STATE",
        &["NEW", "ESTABLISHED", "NEW,ESTABLISHED", "INVALID"],
    ),
    ("FLAG", &["FIN", "RST", "SYN", "ACK", "PSH", "ACK,PSH"]),
    (
        "NETWORK",
        &["10.0.0.0/24", "10.0.0.2/31", "10.0.0.0/255.255.255.252"],
    ),
    ("PORTS", &["80:8080", "1024:", ":4040"]),
];

/// Whether a field takes a command.
pub(super) fn is_command(field: &Field) -> bool {
    field.path.ends_with(".run")
}

/// A command for the machine at which this one is typed; `None`: it names a program, and none runs there.
pub(super) fn drawn(field: &Field, scenario: &Scenario, dice: &mut Dice) -> Option<String> {
    let name = field.path.split('.').nth(1)?;
    let typed = scenario.typed.iter().find(|t| t.name == name)?;
    on_machine(&typed.on, About::Anything, scenario, dice)
}

/// What commands are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Filter,
    Anything,
}

/// A command for this machine.
pub(super) fn on_machine(
    on: &str,
    about: About,
    scenario: &Scenario,
    dice: &mut Dice,
) -> Option<String> {
    let others: &[&str] = match about {
        About::Filter => &[],
        About::Anything => &OTHER,
    };
    let command = *dice.one_of(&[&FILTER, others].concat());
    spelled(command, on, scenario, dice)
}

/// A text with what its words in capitals stand for.
fn spelled(text: &str, on: &str, scenario: &Scenario, dice: &mut Dice) -> Option<String> {
    let mut words = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = match word {
            "PROGRAM" => {
                let here = scenario.programs_on(on);
                here.get(dice.place(here.len()))?.to_string()
            }
            "MACHINE" => (*dice.one_of(&scenario.machines())).to_owned(),
            "PORT" => dice.one_of(&PORTS).to_string(),
            word => match WORDS.iter().find(|(known, _)| *known == word) {
                Some((_, all)) => {
                    let one: &str = dice.one_of::<&str>(all);
                    spelled(one, on, scenario, dice)?
                }
                None => word.to_owned(),
            },
        };
        words.push(word);
    }
    Some(words.join(" "))
}
