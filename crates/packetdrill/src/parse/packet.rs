//! `S. 0:0(0) ack 1 win 5 <mss 1000,nop,wscale 7>`.

use super::Refused;
use super::cursor::Cursor;
use crate::packet::{Options, Packet, TcpOption};
use crate::script::{Icmp, UNREACHABLE};
use whyeof_trace::Flags;

/// A segment, after its `<` or `>`.
pub(super) fn packet(at: &mut Cursor<'_>) -> Result<Packet, Refused> {
    let flags = flags(at)?;
    let (seq, len) = sequence(at)?;
    let ack = field(at, "ack")?;
    let win = field(at, "win")?;
    if at.eat_word("urg") {
        return Err(at.refuse("urgent data (`urg`) is not modelled".to_owned()));
    }
    let options = if at.eat("<") {
        options(at)?
    } else {
        Options::These(Vec::new())
    };
    Ok(Packet {
        flags,
        seq,
        len,
        ack,
        win,
        options,
    })
}

/// `unreachable CODE [seq:end(len)]`, after its `icmp`; without brackets our SYN is quoted.
pub(super) fn unreachable(at: &mut Cursor<'_>) -> Result<Icmp, Refused> {
    if !at.eat_word("unreachable") {
        return Err(at.unexpected("`unreachable`"));
    }
    let start = at.clone();
    let word = at.word();
    let Some(&(code, kind)) = UNREACHABLE.iter().find(|(code, _)| *code == word) else {
        *at = start;
        let known = UNREACHABLE.map(|(code, _)| code).join(", ");
        return Err(at.unexpected(&format!("one of {known}")));
    };
    let quoted = if at.eat("[") {
        let (seq, _) = sequence(at)?;
        at.expect("]")?;
        seq
    } else {
        0
    };
    Ok(Icmp { code, kind, quoted })
}

fn field<T: TryFrom<i64>>(at: &mut Cursor<'_>, name: &str) -> Result<Option<T>, Refused> {
    if !at.eat_word(name) {
        return Ok(None);
    }
    at.number(&format!("a number after {name}")).map(Some)
}

/// `S.`, `FP.`, `.`; `-` for none at all.
fn flags(at: &mut Cursor<'_>) -> Result<Flags, Refused> {
    if at.eat("-") {
        return Ok(Flags::default());
    }
    let start = at.clone();
    at.line();
    let text = at.take_while(|c| !c.is_whitespace() && !c.is_ascii_digit());
    let bit = |letter| match letter {
        'F' => Some(Flags::FIN),
        'S' => Some(Flags::SYN),
        'R' => Some(Flags::RST),
        'P' => Some(Flags::PSH),
        '.' => Some(Flags::ACK),
        _ => None,
    };
    let all = text
        .chars()
        .try_fold(Flags::default(), |flags, c| Some(flags.with(bit(c)?)));
    all.filter(|_| !text.is_empty()).ok_or_else(|| {
        *at = start;
        match text {
            "icmp" | "udp" | "ipv" => at.unexpected("a TCP segment"),
            _ => at.unexpected("flags of S F R P and `.`, or `-`"),
        }
    })
}

/// `1:101(100)`; the end must be the start plus the length.
fn sequence(at: &mut Cursor<'_>) -> Result<(u32, u16), Refused> {
    const WHAT: &str = "`seq:end(len)`";
    let start = at.clone();
    let seq: u32 = at.number(WHAT)?;
    let mut rest = || {
        at.expect(":").ok()?;
        let end: u32 = at.number(WHAT).ok()?;
        at.expect("(").ok()?;
        let len: u16 = at.number(WHAT).ok()?;
        at.expect(")").ok()?;
        (end == seq.wrapping_add(u32::from(len))).then_some(len)
    };
    rest().map(|len| (seq, len)).ok_or_else(|| {
        *at = start;
        at.unexpected("`seq:end(len)` that adds up")
    })
}

/// The list, after its `<`.
fn options(at: &mut Cursor<'_>) -> Result<Options, Refused> {
    if at.eat("...") {
        at.expect(">")?;
        return Ok(Options::Any);
    }
    let mut these = Vec::new();
    loop {
        these.push(option(at)?);
        if !at.eat(",") {
            break;
        }
    }
    if !at.eat(">") {
        return Err(at.unexpected("`,` or `>` in the options"));
    }
    Ok(Options::These(these))
}

fn option(at: &mut Cursor<'_>) -> Result<TcpOption, Refused> {
    let start = at.clone();
    Ok(match at.word() {
        "mss" => TcpOption::Mss(at.number("an MSS")?),
        "nop" => TcpOption::Nop,
        "sackOK" => TcpOption::SackOk,
        "wscale" => TcpOption::WindowScale(at.number("a window scale")?),
        "TS" => {
            let val = field(at, "val")?.ok_or_else(|| at.unexpected("`val`"))?;
            let ecr = field(at, "ecr")?.ok_or_else(|| at.unexpected("`ecr`"))?;
            TcpOption::Timestamps(val, ecr)
        }
        "sack" => {
            let mut blocks = Vec::new();
            while blocks.is_empty() || at.peek().is_some_and(|c| c.is_ascii_digit()) {
                let from = at.number("`from:to`")?;
                at.expect(":")?;
                blocks.push((from, at.number("`from:to`")?));
            }
            TcpOption::Sack(blocks)
        }
        "eol" => TcpOption::Eol,
        _ => {
            *at = start;
            let known = "an option of mss, nop, sackOK, wscale, TS, sack and eol";
            return Err(at.unexpected(known));
        }
    })
}
