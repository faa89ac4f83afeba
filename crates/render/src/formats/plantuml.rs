//! A sequence diagram in PlantUML's language, with slanted arrows: <https://plantuml.com/sequence-diagram>.

use super::{Format, Name, Shown, Write};
use crate::sequence::{Step, Stretch, hosts, steps};
use crate::text::{Lang, Text};
use crate::wire::Wire;
use std::fmt::Write as _;
use std::time::Duration;
use whyeof_trace::Trace;

/// The format's entry.
pub const FORMAT: Format = Format {
    name: Name {
        id: "plantuml",
        label: Text::new("PlantUML, with slanted arrows", "PlantUML（斜箭头）"),
        extension: "puml",
        mime: "text/plain; charset=utf-8",
        shown: Shown::Text,
    },
    write: Write::Text(|case, lang| write(case.trace, lang)),
};

/// How far down an arrow ends that takes as long as the longest in the picture, px.
const SLANT: f64 = 40.0;

/// The whole run, as far as such a diagram can be read.
pub fn write(trace: &Trace, lang: Lang) -> String {
    let wire = Wire::new(trace);
    let mut out = "@startuml\nskinparam sequenceMessageAlign center\n".to_owned();
    // Writing into a String never fails.
    for host in hosts(&wire) {
        let (name, address) = (&trace.host(host).name, trace.host(host).address);
        let _ = writeln!(
            out,
            "participant \"{}\\n{address}\" as h{}",
            plain(name),
            host.0
        );
    }
    let longest = wire.passages.iter().filter_map(|p| p.flight()).max();
    for step in steps(&wire, &Stretch::WHOLE, lang) {
        let _ = match step {
            Step::Packet {
                from,
                to,
                words,
                faint,
                flight,
                lost,
            } => {
                let line = if faint { "--" } else { "-" };
                let head = match lost {
                    true => format!("{line}>x"),
                    false => format!("{line}>({})", slant(flight, longest)),
                };
                writeln!(out, "h{} {head} h{} : {}", from.0, to.0, plain(&words))
            }
            Step::Note { host, words } => {
                writeln!(out, "note over h{} : {}", host.0, plain(&words))
            }
            Step::Quiet(words) | Step::More(words) => {
                writeln!(out, "... {} ...", plain(&words))
            }
        };
    }
    out.push_str("@enduml\n");
    out
}

fn slant(flight: Option<Duration>, longest: Option<Duration>) -> u32 {
    let (Some(flight), Some(longest)) = (flight, longest.filter(|span| !span.is_zero())) else {
        return 0;
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most SLANT"
    )]
    let px = (flight.as_secs_f64() / longest.as_secs_f64() * SLANT) as u32;
    px
}

/// Words that mean nothing to PlantUML: no markup, no quotes, no escapes, no preprocessing.
fn plain(words: &str) -> String {
    let letter = |letter: char| match letter {
        '"' => '\'',
        '\\' => '/',
        '<' => '‹',
        '>' => '›',
        c if c.is_control() => ' ',
        c => c,
    };
    let words: String = words.chars().map(letter).collect();
    // Three points are a delay, a leading `!` or `@` is a directive.
    words
        .replace("...", "…")
        .trim_start_matches(['!', '@'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_in_a_name_makes_markup() {
        assert_eq!(
            plain("!include \"a\\b\" <img> ..."),
            "include 'a/b' ‹img› …"
        );
    }
}
