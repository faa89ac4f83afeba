//! `whyeof pkt`: packetdrill scripts, played against the TCP.

use crate::args::PktArgs;
use crate::failure::{Failure, complain};
use crate::input::{self, MOST_BYTES};
use crate::output::print;
use std::fmt::Write;
use std::time::Duration;
use whyeof_packetdrill::{Report, run_with_tolerance};
use whyeof_scenario::invalid::printable;

/// Lines of a script that are shown before the one that differs.
const BEFORE: usize = 4;

/// How many scripts ended how.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    pass: usize,
    differ: usize,
    refused: usize,
}

pub(crate) fn pkt(args: &PktArgs) -> Result<(), Failure> {
    let tolerance = args.tolerance_usecs.map(Duration::from_micros);
    let mut sum = Sum::default();
    for file in &args.files {
        match played(file, tolerance) {
            Ok(report) => {
                sum.pass += usize::from(report.passes());
                sum.differ += usize::from(!report.passes());
                print(&said(file, &report))?;
            }
            Err(refused) => {
                sum.refused += 1;
                complain(&refused.to_string());
            }
        }
    }
    if args.files.len() > 1 {
        let Sum {
            pass,
            differ,
            refused,
        } = sum;
        let all = args.files.len();
        print(&format!(
            "{all} scripts: {pass} pass, {differ} differ, {refused} refused\n"
        ))?;
    }
    match sum {
        Sum { refused: 1.., .. } => Err(Failure::Said(2)),
        Sum { differ: 1.., .. } => Err(Failure::Said(1)),
        _ => Ok(()),
    }
}

fn played(file: &str, tolerance: Option<Duration>) -> Result<Report, Failure> {
    let text = input::file(
        file,
        &format!("expected a script of at most {MOST_BYTES} bytes"),
    )?;
    let name = input::name(file);
    let report = run_with_tolerance(&text, tolerance);
    report.map_err(|refused| Failure::input(format!("{name}:{refused}")))
}

fn said(file: &str, report: &Report) -> String {
    let name = printable(input::name(file));
    let Some(line) = report.line() else {
        return format!("{name}: pass\n");
    };
    let mut text = format!("{name}:{line}: differs\n");
    for row in report.difference(BEFORE).lines() {
        let _ = writeln!(text, "  {}", row.trim_end());
    }
    text
}
