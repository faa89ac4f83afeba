//! `whyeof open`: a real capture, its connections, and what became of their requests.
//!
//! What a file holds before the byte at which it breaks off is told all the same; the error is said, and the exit status is 2.

use super::explain::{findings_text, pick};
use super::run::format_of;
use crate::args::OpenArgs;
use crate::failure::{Failure, complain};
use crate::input;
use crate::output::{print_bytes, write_file};
use std::fmt::Write;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use whyeof_diagnose::{Report, diagnose_capture};
use whyeof_explore::{NotImitated, imitate};
use whyeof_render::formats::{self, Case};
use whyeof_render::import::{Capture, Ended, Import, Invalid, Listed, Speech, What, list, window};
use whyeof_trace::time::clock;
use whyeof_trace::{FlowId, Lang, Side, Text, Trace};

/// Larger captures are to be cut first (`tcpdump -r FILE -w PART host …`).
const MOST_BYTES: u64 = 4 << 30;
/// So much is read at a time.
const PIECE: usize = 1 << 20;
/// So many connections are listed.
const MOST_ROWS: usize = 40;

pub(crate) fn open(args: &OpenArgs) -> Result<(), Failure> {
    let lang = args.lang.lang();
    let format = format_of(&args.format)?;
    if !formats::knows(&args.format) {
        return Err(Failure::input(format!(
            "--format: `{}` tells what programs did, which a capture does not show",
            args.format
        )));
    }
    let name = input::name(&args.file);
    let capture = read(args).map_err(|error| match error {
        Wrong::File(failure) => failure,
        Wrong::Capture(invalid) => Failure::input(format!("{name}: {}", invalid.say(lang))),
    })?;
    let written = if args.simulate {
        simulated(args, &capture)?.into_bytes()
    } else if args.format == formats::text::FORMAT.name.id {
        text(args, &capture)?.into_bytes()
    } else {
        let trace = capture.part(&only(args, &capture)?);
        let case = Case::from(&trace);
        format.of(&case, lang).bytes().to_vec()
    };
    match &args.output {
        Some(path) => write_file(path, &written)?,
        None => print_bytes(&written)?,
    }
    match &capture.broken {
        Some(broken) => {
            complain(&format!("{name}: {}", broken.say(lang)));
            Err(Failure::Said(2))
        }
        None => Ok(()),
    }
}

/// A scenario like the connections that were asked for, or like that of the gravest finding; what was read off goes to standard error.
fn simulated(args: &OpenArgs, capture: &Capture) -> Result<String, Failure> {
    let mut asked = only(args, capture)?;
    if asked.is_empty() {
        let of_interest = interest(&capture.trace, &diagnose_capture(&capture.trace));
        asked.extend(of_interest.or((!capture.flows.is_empty()).then_some(FlowId(0))));
    }
    let name = Path::new(&args.file).file_name();
    let name = name.map(|it| it.to_string_lossy().into_owned());
    let imitated = imitate(&capture.part(&asked), &name.unwrap_or_default());
    let lang = args.lang.lang();
    let wrong = |it: NotImitated| Failure::input(format!("--simulate: {}", it.say(lang)));
    let imitated = imitated.map_err(wrong)?;
    for told in &imitated.told {
        complain(told.of(args.lang.lang()));
    }
    Ok(imitated.scenario.to_json_pretty() + "\n")
}

enum Wrong {
    File(Failure),
    Capture(Invalid),
}

fn read(args: &OpenArgs) -> Result<Capture, Wrong> {
    let name = input::name(&args.file);
    let failed = |error| {
        Wrong::File(Failure::File {
            name: name.to_owned(),
            error,
        })
    };
    let mut source = input::bytes(&args.file).map_err(Wrong::File)?;
    let mut import = Import::default();
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        let read = match source.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        total += read as u64;
        if total > MOST_BYTES {
            return Err(Wrong::Capture(Invalid {
                offset: MOST_BYTES,
                what: What::TooLarge(MOST_BYTES),
            }));
        }
        // It breaks off there; what came before is told.
        if import.feed(&piece[..read]).is_err() {
            break;
        }
    }
    let capture = import.finish(args.at).map_err(Wrong::Capture)?;
    if let Some(at) = args.at
        && !capture.trace.hosts.iter().any(|host| host.address == at)
    {
        let wrong = format!("--at: `{at}`: expected an address that is in the capture");
        return Err(Wrong::File(Failure::input(wrong)));
    }
    Ok(capture)
}

/// The connections that were asked for, in order; none: all.
fn only(args: &OpenArgs, capture: &Capture) -> Result<Vec<FlowId>, Failure> {
    let count = u32::try_from(capture.flows.len()).unwrap_or(u32::MAX);
    let mut flows = Vec::new();
    for number in &args.flow {
        if !(1..=count).contains(number) {
            return Err(Failure::input(format!(
                "--flow: `{number}`: expected a number from 1 to {count}"
            )));
        }
        flows.push(FlowId(number - 1));
    }
    flows.sort();
    flows.dedup();
    Ok(flows)
}

fn text(args: &OpenArgs, capture: &Capture) -> Result<String, Failure> {
    let lang = args.lang.lang();
    let asked = only(args, capture)?;
    let whole = &capture.trace;
    let report = diagnose_capture(whole);
    let rows = list(capture, &report);
    let mut out = format!("{}: {}\n", input::name(&args.file), capture.about(lang));
    if !asked.is_empty() {
        let trace = capture.part(&asked);
        let report = diagnose_capture(&trace);
        let _ = writeln!(out, "{}", report.verdict.text.of(lang));
        let rows: Vec<&Listed> = rows
            .iter()
            .filter(|it| asked.contains(&it.flow.id))
            .collect();
        table(&mut out, &rows, lang);
        findings_text(&mut out, &trace, &report, lang);
        ladder(&mut out, trace, lang);
        return Ok(out);
    }
    let _ = writeln!(out, "{}", report.verdict.text.of(lang));
    table(&mut out, &chosen(&rows), lang);
    let left = rows.len().saturating_sub(MOST_ROWS);
    if left > 0 {
        let words = pick(
            lang,
            "more connections; those with findings stand above",
            "条连接没有列出；有诊断结论的都在上面",
        );
        let _ = writeln!(out, "{left} {words}");
    }
    findings_text(&mut out, whole, &report, lang);
    let of_interest = interest(whole, &report).or((rows.len() == 1).then_some(FlowId(0)));
    if let Some(flow) = of_interest {
        let words = Text::new(
            "Connection {n} (--flow N for another one)",
            "第 {n} 条连接（--flow N 看别的）",
        );
        let number = (flow.0 + 1).to_string();
        let _ = writeln!(out, "\n{}", words.fill(lang, &[("n", &number)]));
        ladder(&mut out, capture.part(&[flow]), lang);
    }
    Ok(out)
}

/// The connection that the gravest finding is about.
fn interest(trace: &Trace, report: &Report) -> Option<FlowId> {
    let evidence = &report.leading()?.evidence;
    evidence
        .iter()
        .find_map(|it| trace.record(it.record).event.flow())
}

/// More records of a connection are not drawn: a reader would not read them, and drawing takes the longer the more there are.
const MOST_DRAWN: usize = 4_000;

fn ladder(out: &mut String, mut trace: Trace, lang: Lang) {
    let mut report = diagnose_capture(&trace);
    if window(&mut trace, &mut report, MOST_DRAWN) {
        let words = Text::new(
            "Only a part is drawn, around what was found or at the end; --format tcpdump has all of it.",
            "只画了一部分：出问题的前后，或者结尾；全部内容用 --format tcpdump。",
        );
        let _ = writeln!(out, "{}", words.of(lang));
    }
    out.push('\n');
    out.push_str(&formats::text::write(&trace));
}

/// Those with findings first, if there are too many.
fn chosen(rows: &[Listed]) -> Vec<&Listed> {
    let mut chosen: Vec<&Listed> = rows.iter().collect();
    if chosen.len() > MOST_ROWS {
        chosen.sort_by_key(|it| it.finding.is_none());
        chosen.truncate(MOST_ROWS);
        chosen.sort_by_key(|it| it.flow.id);
    }
    chosen
}

fn table(out: &mut String, rows: &[&Listed], lang: Lang) {
    let head = [
        "#",
        pick(lang, "client", "客户端"),
        pick(lang, "server", "服务器"),
        pick(lang, "opens", "开始"),
        pick(lang, "lasts", "持续"),
        pick(lang, "packets", "包"),
        pick(lang, "requests", "请求"),
        pick(lang, "ended by", "结束"),
        pick(lang, "finding", "结论"),
    ]
    .map(str::to_owned);
    let mut cells = vec![head];
    cells.extend(rows.iter().map(|row| {
        let [client, server] = row.flow.ends.map(|end| SocketAddr::from(end).to_string());
        [
            (row.flow.id.0 + 1).to_string(),
            client,
            server,
            clock(row.opened),
            format!("{}.{:03}", row.lasts.as_secs(), row.lasts.subsec_millis()),
            row.packets.to_string(),
            requests(row, lang),
            ended(row, lang),
            row.finding.unwrap_or_default().to_owned(),
        ]
    }));
    let wide = |column: usize| {
        let widths = cells
            .iter()
            .map(|row| unicode_width::UnicodeWidthStr::width(row[column].as_str()));
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..cells[0].len()).map(wide).collect();
    out.push('\n');
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let pad = width - unicode_width::UnicodeWidthStr::width(cell.as_str());
            let _ = write!(line, "{cell}{}  ", " ".repeat(pad));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn requests(row: &Listed, lang: Lang) -> String {
    let bad = match row.unanswered {
        0 => String::new(),
        bad => format!(" ({bad} {})", pick(lang, "unanswered", "无响应")),
    };
    let of = match row.flow.speech {
        Speech::Silent => "-".to_owned(),
        Speech::Http1 => row.requests.to_string(),
        Speech::Http2 => "HTTP/2".to_owned(),
        Speech::Tls => "TLS".to_owned(),
        Speech::Other => pick(lang, "other data", "其他数据").to_owned(),
    };
    of + &bad
}

fn ended(row: &Listed, lang: Lang) -> String {
    let Some((side, how)) = row.ended else {
        return pick(lang, "still open", "未结束").to_owned();
    };
    let who = match side {
        Side::Opener => pick(lang, "client", "客户端"),
        Side::Listener => pick(lang, "server", "服务器"),
    };
    match how {
        Ended::Fin => format!("{who} FIN"),
        Ended::Rst => format!("{who} RST"),
    }
}
