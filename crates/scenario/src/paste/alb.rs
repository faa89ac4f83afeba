//! AWS's application load balancer, as Terraform has it: whole seconds.

use super::{Change, Subject, Writer};
use crate::kind::Given;

pub(super) static WRITER: Writer = Writer {
    language: "hcl",
    speaks: |runtime| runtime == Some("alb"),
    write,
};

fn write(subject: &Subject<'_>) -> Vec<String> {
    let attribute = |change: &Change| {
        let Some(Given::Span(span)) = change.given() else {
            return None;
        };
        let name = match change.option()?.0 {
            "idle_timeout.timeout_seconds" => "idle_timeout",
            _ => return None,
        };
        let was = change.comment("# s,", subject.lang);
        Some(format!("  {name} = {}{was}", span.0 / 1_000_000_000))
    };
    let attributes: Vec<String> = subject.changes.iter().filter_map(attribute).collect();
    if attributes.is_empty() {
        return attributes;
    }
    let begin = format!("resource \"aws_lb\" \"{}\" {{", subject.name);
    let rest = attributes.into_iter().chain(["}".to_owned()]);
    [begin].into_iter().chain(rest).collect()
}
