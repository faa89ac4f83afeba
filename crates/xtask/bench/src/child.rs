//! What only a process of its own can tell: how much memory a work takes, and how many instructions.

use std::env;
use std::fs;
use std::hint::black_box;
use std::process::Command;
use whyeof_bench::{Contender, Work, named};

/// Does one work once, says what came out, and how much memory the process had at most.
pub(crate) fn once(what: &str) -> Result<(), String> {
    let (work, contender) = named(what).ok_or_else(|| {
        let all = Work::ALL.map(Work::id).join(", ");
        format!("no such work: {what}; there are {all}, by trace, outcomes, smoltcp")
    })?;
    println!("{:?}", black_box(contender.does(work)));
    if let Some(kib) = peak() {
        println!("peak {kib} KiB");
    }
    Ok(())
}

/// What Linux says of this process.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// What a work costs besides time.
pub(crate) struct Cost {
    pub(crate) work: Work,
    pub(crate) contender: Contender,
    /// The most memory, KiB; `None`: this system does not tell.
    pub(crate) peak: Option<u64>,
    /// Instructions; `None`: callgrind is not installed, or it would take minutes.
    pub(crate) instructions: Option<u64>,
}

/// Of all works, by all who do them.
pub(crate) fn costs() -> Vec<Cost> {
    let mut costs = Vec::new();
    for work in Work::ALL {
        for contender in Contender::ALL {
            if contender.does_at_all(work) {
                let what = format!("{}/{}", work.id(), contender.id());
                let large = work.units().1 > 10_000 || work.is_slow();
                costs.push(Cost {
                    work,
                    contender,
                    peak: peak_of(&what),
                    instructions: if large { None } else { instructions(&what) },
                });
            }
        }
        eprintln!("costs of {}", work.id());
    }
    costs
}

fn peak_of(what: &str) -> Option<u64> {
    let this = env::current_exe().ok()?;
    let output = Command::new(this).args(["--once", what]).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let line = said.lines().find_map(|line| line.strip_prefix("peak "))?;
    line.strip_suffix(" KiB")?.parse().ok()
}

/// By callgrind; the program's own start is some hundred thousand of them.
fn instructions(what: &str) -> Option<u64> {
    let this = env::current_exe().ok()?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = command.arg(this).args(["--once", what]).output().ok()?;
    let said = String::from_utf8(output.stderr).ok()?;
    let line = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))?;
    line.1.trim().parse().ok()
}
