//! `cargo xtask serve|test|build|bench|fuzz|swarm|soak|release`: everything that a person does with this project, from a fresh
//! clone on.
//!
//! What is missing is fetched once, into the project's own `target/tools`, and said. No
//! dependencies, so that it starts within seconds where nothing has been built yet.

mod bench;
mod browser;
mod finish;
mod fuzz;
mod later;
mod layout;
mod module;
mod program;
mod release;
mod serve;
mod site;
mod soak;
mod swarm;
mod test;
mod tidy;
mod tools;

use std::env;
use std::process::ExitCode;

/// Every error ends here, and is one line for a person.
type Result<T = ()> = std::result::Result<T, String>;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  serve [--open] [--lan] [--port N] [--dev]
          build the playground, serve it on this machine and rebuild it when a file changes
          --open   open it in a browser
          --lan    let other machines of the local network reach it
          --port   the port to listen on (without it: 8080, or the next free one)
          --dev    build without optimisation: quicker to rebuild, slower to run
  test    formatting, lints, native tests, and in a headless browser wasm tests and the built page
  build   leave the static site in dist/
  bench [--readme]
          how fast the engine is beside smoltcp, natively and in a headless browser, then the page on a
          processor that is slowed down
          --readme   the engine only; its tables go into README.md
  fuzz [TARGET] [--seconds N]
          hand made-up input to everything that reads input of strangers: with nightly Rust and cargo-fuzz
          for N seconds each (300), else cases made by proptest for as long
          TARGET   histogram, iptables, link, packetdrill, part, pasted, pcap, pcapng or scenario (without it: all)
  swarm [--seeds [FROM..]TO] [--wasm N]
          run random scenarios over everything that a scenario can say, hold each run against all that
          must hold, and tell what breaks as a link, made small
          --seeds  which (without it: 100000)
          --wasm   how many of them also in a headless browser, whose runs must be the same (without it: 1000)
  soak [--minutes N]
          use the page for N minutes (60) in a headless browser: its memory, as a table and a curve, and whether its console
          stays empty
  release what is published of this version, in target/release-VERSION: the site, the command, checksums";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] | [_, "help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        ["serve", options @ ..] => serve::Options::parse(options).and_then(|o| serve::serve(&o)),
        ["test"] => test::test(),
        ["build"] => site::build(),
        ["bench"] => bench::bench(bench::What::All),
        ["bench", "--readme"] => bench::bench(bench::What::Readme),
        ["soak", options @ ..] => soak::minutes(options).and_then(soak::soak),
        ["release"] => release::release(),
        ["fuzz", options @ ..] => fuzz::Options::parse(options).and_then(|o| fuzz::fuzz(&o)),
        ["swarm", options @ ..] => swarm::Options::parse(options).and_then(|o| swarm::swarm(&o)),
        ["finish"] => finish::hook(),
        [known @ ("test" | "build" | "bench" | "release"), extra, ..] => {
            Err(format!("{known} takes no `{extra}`\n\n{USAGE}"))
        }
        [unknown, ..] => Err(format!("no such command: {unknown}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
