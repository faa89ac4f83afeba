//! `whyeof run`: one run, written in a format.

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{print, write_file};
use whyeof_render::formats;

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let Some(format) = formats::by_id(&args.format) else {
        let known: Vec<_> = formats::NAMES.iter().map(|f| f.id).collect();
        return Err(Failure::input(format!(
            "--format: `{}`: expected one of {}",
            args.format,
            known.join(", ")
        )));
    };
    let trace = input::trace(&input::scenario(&args.scenario)?)?;
    let text = (format.write)(&trace, args.lang.lang());
    match &args.output {
        Some(path) => write_file(path, &text),
        None => print(&text),
    }
}
