//! A packetdrill script, played to its end.

use crate::Target;
use crate::oracle::{clean, message};
use whyeof_packetdrill::run;
use whyeof_scenario::invalid::printable;

pub(crate) const TARGET: Target = Target {
    name: "packetdrill",
    check,
};

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().count();
    match run(&text) {
        Ok(report) => {
            assert!(report.line().is_none_or(|line| line <= lines));
            clean("difference", &report.difference(4));
        }
        Err(refused) => {
            assert!(refused.line <= lines + 1, "{refused}");
            // It repeats the line's words; the command line prints it so.
            message(|_| printable(&refused.to_string()));
        }
    }
}
