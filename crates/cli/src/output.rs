//! Writing what a command has to say.

use crate::failure::Failure;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// To standard output. A reader that has gone is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
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
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::File {
        name: path.display().to_string(),
        error,
    })
}

/// As indented JSON with a newline at the end.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::input)?;
    print(&(text + "\n"))
}
