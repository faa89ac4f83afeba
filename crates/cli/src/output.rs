//! Writing what a command has to say.

use crate::failure::Failure;
use std::io::{ErrorKind, Write};
use std::path::Path;
use whyeof_explore::Ending;
use whyeof_render::describe::short_error;

/// To standard output. A reader that has gone is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// The same of what need not be a text.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| {
            if error.kind() == ErrorKind::BrokenPipe {
                Failure::Closed
            } else {
                Failure::File {
                    name: "standard output".to_owned(),
                    error,
                }
            }
        })
}

/// To a file.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::File {
        name: path.display().to_string(),
        error,
    })
}

/// As indented JSON with a newline at the end.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::input)?;
    print(&(text + "\n"))
}

/// How a request ended, in a few words.
pub(crate) fn said((ending, error): &(Ending, Option<String>)) -> String {
    match ending {
        Ending::OkReused => "ok, on the reused connection".to_owned(),
        Ending::OkNew => "ok, on a new connection".to_owned(),
        Ending::OkRetried => "ok, after a silent retry".to_owned(),
        Ending::Failed(_) => match error {
            Some(error) => format!("FAILED: {}", short_error(error)),
            None => format!("FAILED: {}", ending.failure().unwrap_or_default()),
        },
        Ending::Unfinished => "not finished when the run ended".to_owned(),
    }
}

/// How a request ended, for programs.
#[derive(serde::Serialize)]
pub(crate) struct RequestJson<'a> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> RequestJson<'a> {
    pub(crate) fn of((ending, error): &'a (Ending, Option<String>)) -> Self {
        Self {
            outcome: ending.code(),
            error: error.as_deref(),
        }
    }
}
