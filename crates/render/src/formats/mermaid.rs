//! A sequence diagram in Mermaid's language, for issues and wikis that draw it: <https://mermaid.js.org/syntax/sequenceDiagram.html>.
//!
//! Its arrows are flat and stand where packets leave; how long one travels is for pictures that can tell.

use super::{Format, Name, Shown, Write};
use crate::sequence::{Step, Stretch, hosts, steps};
use crate::text::{Lang, Text};
use crate::wire::Wire;
use std::fmt::Write as _;
use whyeof_trace::Trace;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "mermaid",
        label: Text::new(
            "Mermaid, for issues and wikis",
            "Mermaid（贴到 issue、wiki）",
        ),
        extension: "mmd",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, lang| write(case.trace, lang)),
};

/// The whole run, as far as such a diagram can be read.
pub fn write(trace: &Trace, lang: Lang) -> String {
    diagram(&Wire::new(trace), &Stretch::WHOLE, lang)
}

/// Some of a run.
pub(crate) fn diagram(wire: &Wire<'_>, stretch: &Stretch, lang: Lang) -> String {
    let trace = wire.trace;
    let mut out = "sequenceDiagram\n".to_owned();
    let count = trace.hosts.len();
    let all = if count > 1 {
        format!("h0,h{}", count - 1)
    } else {
        "h0".to_owned()
    };
    // Writing into a String never fails.
    for host in hosts(wire) {
        let (name, address) = (&trace.host(host).name, trace.host(host).address);
        let _ = writeln!(
            out,
            "    participant h{} as {} {address}",
            host.0,
            plain(name)
        );
    }
    for step in steps(wire, stretch, lang) {
        let _ = match step {
            Step::Packet {
                from,
                to,
                words,
                faint,
                lost,
                ..
            } => {
                let arrow = match (lost, faint) {
                    (true, _) => "-x",
                    (false, true) => "-->>",
                    (false, false) => "->>",
                };
                writeln!(out, "    h{}{arrow}h{}: {}", from.0, to.0, plain(&words))
            }
            Step::Note { host, words } => {
                writeln!(out, "    Note over h{}: {}", host.0, plain(&words))
            }
            Step::Quiet(words) | Step::More(words) => {
                writeln!(out, "    Note over {all}: {}", plain(&words))
            }
        };
    }
    out
}

/// Words that mean nothing to Mermaid: what begins an entity, ends a statement or makes markup is written as an entity, and so is what begins a directive,
/// which it obeys in the midst of a line, too (`%%{init: …}%%`).
fn plain(words: &str) -> String {
    let mut out = String::new();
    for letter in words.chars() {
        match letter {
            '#' | ';' | '<' | '>' | '&' | '%' => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_in_a_name_ends_a_statement_or_makes_markup() {
        assert_eq!(
            plain("a;b #1 <img>\n%%{"),
            "a#59;b #35;1 #60;img#62; #37;#37;{"
        );
    }
}
