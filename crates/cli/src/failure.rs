//! Why a command could not be carried out: one line, and the exit status.

use std::fmt;
use std::process::ExitCode;
use whyeof_scenario::invalid::shorten_to;

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Unusable input: what, where, what was expected.
    Input(String),
    /// A file could not be read or written.
    File {
        /// Which.
        name: String,
        /// Why.
        error: std::io::Error,
    },
    /// The reader of our output has gone (`whyeof … | head`); that is no failure.
    Closed,
    /// All is said already; only the exit status is left.
    Said(u8),
}

impl Failure {
    /// An input that cannot be used.
    pub(crate) fn input(what: impl fmt::Display) -> Self {
        Self::Input(what.to_string())
    }

    /// The exit status.
    pub(crate) fn status(&self) -> ExitCode {
        ExitCode::from(2)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(what) => f.write_str(what),
            Self::File { name, error } => write!(f, "{name}: {error}"),
            Self::Closed => f.write_str("output closed"),
            Self::Said(status) => write!(f, "exit status {status}"),
        }
    }
}

/// One line to standard error. What was typed or read is often repeated in it: nothing of that steers the terminal, nor fills it.
pub(crate) fn complain(what: &str) {
    /// More than any message of ours has by itself.
    const MOST: usize = 1_000;
    eprintln!("whyeof: {}", shorten_to(MOST, what));
}

/// Help and version go to standard output with status 0; wrong words to standard error, in one line, with status 2.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.use_stderr() && error.kind() != DisplayHelpOnMissingArgumentOrSubcommand {
        complain(&one_line(&error.render().to_string()));
        return ExitCode::from(2);
    }
    // Printing fails only when nobody reads any more.
    let _ = error.print();
    ExitCode::from(u8::from(error.use_stderr()) * 2)
}

/// What clap spreads over lines, without the usage that `--help` shows.
fn one_line(words: &str) -> String {
    let lines = words.lines().map(str::trim);
    let lines = lines.take_while(|line| {
        !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    let words = lines.join(" ");
    format!(
        "{} (`--help` lists what there is)",
        words.trim_start_matches("error: ")
    )
}
