//! Checked against reality: the recorded real runs and how ours compare, as the build wrote it down.

use super::awaited;
use crate::app::model::Model;
use crate::app::msg::Book;
use crate::text::{self, fill};
use whyeof_scenario::Text;
use yew::{Html, classes, html};

/// A line of the table: what it is, and its fields.
type Line<'a> = (&'a str, Vec<&'a str>);

/// Sums, runs, scripts.
pub fn view(model: &Model) -> Html {
    let Some(table) = &model.many.reality else {
        return awaited(model, Book::Reality);
    };
    let lines: Vec<Line<'_>> = table
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(what, rest)| (what, rest.split('\t').collect()))
        .collect();
    let of = |wanted: &'static str| lines.iter().filter(move |(what, _)| *what == wanted);
    html! {
        <div class="reality">
            { for of("sum").map(|(_, fields)| sum(model, fields)) }
            <p class="quiet">{ model.say(text::REALITY_HOW) }</p>
            <ul class="runs">{ for runs(&lines).map(|(fields, more)| run(model, fields, more)) }</ul>
            <h3>{ scripts_title(model, &lines) }</h3>
            <ul class="runs">{ for of("script").map(|(_, fields)| script(model, fields)) }</ul>
        </div>
    }
}

/// Each run with the lines that are about it.
fn runs<'a>(lines: &'a [Line<'a>]) -> impl Iterator<Item = (&'a [&'a str], &'a [Line<'a>])> {
    let starts = (0..lines.len()).filter(|at| lines[*at].0 == "run");
    starts.map(|at| {
        let rest = &lines[at + 1..];
        let more = rest.iter();
        let more = more.take_while(|(what, _)| matches!(*what, "why" | "differs"));
        (lines[at].1.as_slice(), &rest[..more.count()])
    })
}

fn field<'a>(fields: &[&'a str], at: usize) -> &'a str {
    fields.get(at).copied().unwrap_or_default()
}

fn sum(model: &Model, fields: &[&str]) -> Html {
    let number = |at| field(fields, at).parse::<u32>().unwrap_or(0);
    let runs = (number(1) + number(2) + number(3)).to_string();
    let mut values = vec![runs.as_str()];
    values.extend((1..=8).map(|at| field(fields, at)));
    html! {
        <>
            <p><b>{ fill(model.say(text::REALITY_SUM), &values) }</b></p>
            <p class="quiet">{ fill(model.say(text::REALITY_MADE), &[field(fields, 0)]) }</p>
        </>
    }
}

fn verdict(model: &Model, of: &str) -> Html {
    let (class, sign, words): (_, _, Text) = match of {
        "equal" => ("good", "✓", text::REALITY_EQUAL),
        "in-part" => ("good", "✓", text::REALITY_PART),
        _ => ("bad", "✕", text::REALITY_DIFFERS),
    };
    html! { <span class={classes!("said", class)}>{ sign }{ " " }{ model.say(words) }</span> }
}

fn run(model: &Model, fields: &[&str], more: &[Line<'_>]) -> Html {
    let at = |place| field(fields, place);
    let counts = fill(model.say(text::REALITY_COUNTS), &[at(6), at(7), at(8)]);
    let apart = [(9, text::REALITY_EDGE), (10, text::REALITY_STILL)];
    let apart = apart.into_iter().filter(|(place, _)| at(*place) != "0");
    let apart: Vec<String> = apart
        .map(|(place, words)| fill(model.say(words), &[at(place)]))
        .collect();
    let made = match at(4) {
        "" => model.say(text::REALITY_LAB).to_owned(),
        kernel => fill(model.say(text::REALITY_LINUX), &[at(3), kernel, at(5)]),
    };
    let line = |(what, fields): &Line<'_>| {
        let is_why = *what == "why";
        let (class, place) = if is_why {
            ("quiet", model.lang.place())
        } else {
            ("about error", 0)
        };
        html! { <p {class}>{ field(fields, place).to_owned() }</p> }
    };
    html! {
        <li key={at(0)} data-run={at(0).to_owned()}>
            <div>{ verdict(model, at(1)) }{ " " }<code>{ at(0).to_owned() }</code>{ " " }{ at(2).to_owned() }</div>
            <p class="quiet">{ counts }{ for apart.iter().map(|it| format!(" · {it}")) }{ " · " }{ made }</p>
            { for more.iter().map(line) }
        </li>
    }
}

fn scripts_title(model: &Model, lines: &[Line<'_>]) -> String {
    let scripts = lines.iter().filter(|(what, _)| *what == "script");
    let all = scripts.clone().count();
    let pass = scripts
        .filter(|(_, fields)| field(fields, 1) == "equal")
        .count();
    fill(
        model.say(text::REALITY_SCRIPTS),
        &[&pass.to_string(), &all.to_string()],
    )
}

fn script(model: &Model, fields: &[&str]) -> Html {
    let at = |place| field(fields, place).to_owned();
    let lines = fill(model.say(text::REALITY_LINES), &[&at(2)]);
    html! {
        <li key={at(0)}>
            <div>{ verdict(model, &at(1)) }{ " " }<code>{ at(0) }</code>{ " " }<span class="quiet">{ lines }</span></div>
            <p class="quiet">{ at(3) }</p>
        </li>
    }
}
