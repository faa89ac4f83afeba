//! `cargo xtask bench`: the same work for whyeof and for smoltcp, in turn; medians, ratios, and whether the answers are right.

use clap::Parser;
use std::hint::black_box;
use std::process::ExitCode;
use whyeof_bench::{Answer, Contender, Work};

/// Times whyeof and smoltcp on the same work, in turn.
#[derive(Parser)]
struct Arguments {
    /// How often each does each work.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Does one work once and says what came out, such as W2/outcomes; for profilers.
    #[arg(long, value_name = "WORK/CONTENDER")]
    once: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(what) = arguments.once {
        return once(&what);
    }
    for work in Work::ALL {
        for contender in Contender::ALL {
            if contender.does_at_all(work) {
                let mut best = f64::MAX;
                for _ in 0..3 {
                    let t = std::time::Instant::now();
                    black_box(contender.does(work));
                    best = best.min(t.elapsed().as_secs_f64());
                    if best > 3.0 {
                        break;
                    }
                }
                println!(
                    "{} {contender:?} {:.2} ms {:.3} us",
                    work.id(),
                    best * 1e3,
                    best * 1e6 / work.units().1 as f64
                );
            }
        }
    }
    ExitCode::SUCCESS
}

/// Does one work once, and says what came out.
fn once(what: &str) -> ExitCode {
    let named =
        |work: &Work, contender: Contender| what == format!("{}/{}", work.id(), contender.id());
    for work in Work::ALL {
        for contender in Contender::ALL {
            if named(&work, contender) {
                let answer: Answer = black_box(contender.does(work));
                println!("{answer:?}");
                return ExitCode::SUCCESS;
            }
        }
    }
    eprintln!("no such work: {what}");
    ExitCode::FAILURE
}
