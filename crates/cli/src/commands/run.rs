//! `whyeof run`: one run, written in a format.

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{print, write_file};
use whyeof_explore::background;
use whyeof_render::formats::{self, Case};

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let Some(format) = formats::by_id(&args.format) else {
        let known: Vec<_> = formats::NAMES.iter().map(|f| f.id).collect();
        return Err(Failure::input(format!(
            "--format: `{}`: expected one of {}",
            args.format,
            known.join(", ")
        )));
    };
    let scenario = input::scenario(&args.scenario)?;
    let trace = input::trace(&scenario)?;
    let lang = args.lang.lang();
    let case = Case {
        trace: &trace,
        background: &|| background(&scenario, &trace, &args.base, lang).ok(),
    };
    let text = (format.write)(&case, lang);
    match &args.output {
        Some(path) => write_file(path, &text),
        None => print(&text),
    }
}
