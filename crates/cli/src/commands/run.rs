//! `whyeof run`: one run, written in a format.

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{print_bytes, write_file};
use whyeof_explore::background;
use whyeof_render::formats::{self, Case, Format};
use whyeof_scenario::invalid::shorten;
use whyeof_trace::{HostId, Trace};

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let format = format_of(&args.format)?;
    let scenario = input::scenario(&args.scenario)?;
    let trace = input::trace(&scenario)?;
    let lang = args.lang.lang();
    let case = Case {
        trace: &trace,
        background: &|| background(&scenario, &trace, &args.base, lang).ok(),
        host: args
            .host
            .as_deref()
            .map(|name| host(&trace, name))
            .transpose()?,
    };
    let written = format.of(&case, lang);
    match &args.output {
        Some(path) => write_file(path, written.bytes()),
        None => print_bytes(written.bytes()),
    }
}

/// The format with this id.
pub(super) fn format_of(id: &str) -> Result<&'static Format, Failure> {
    formats::by_id(id).ok_or_else(|| {
        let known: Vec<_> = formats::NAMES.iter().map(|f| f.id).collect();
        Failure::input(format!(
            "--format: `{id}`: expected one of {}",
            known.join(", ")
        ))
    })
}

/// The host of this name.
fn host(trace: &Trace, name: &str) -> Result<HostId, Failure> {
    let mut hosts = (0..).map(HostId).zip(&trace.hosts);
    let found = hosts.find(|(_, it)| it.name == name);
    found.map(|(id, _)| id).ok_or_else(|| {
        let known: Vec<&str> = trace.hosts.iter().map(|it| it.name.as_str()).collect();
        let name = shorten(name);
        Failure::input(format!(
            "--host: `{name}`: expected one of {}",
            known.join(", ")
        ))
    })
}
