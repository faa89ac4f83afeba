//! `%{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%`: the few forms of Python that scripts need, and no others.
//!
//! Comparisons of fields, numbers and constants, chains of them, `&`, `and`, tuples; what follows the comma is only said when
//! it fails, and is not read. Statements end with `;` or their line.

use super::Refused;
use super::cursor::Cursor;
use crate::script::{Assertion, Comparison, Expression, FIELDS};

/// Constants of Linux that scripts name, from `include/net/tcp_states.h` and `include/uapi/linux/tcp.h`; the last is
/// `TCP_INFINITE_SSTHRESH` of `include/net/tcp.h`.
const CONSTANTS: [(&str, i64); 24] = [
    ("TCP_ESTABLISHED", 1),
    ("TCP_SYN_SENT", 2),
    ("TCP_SYN_RECV", 3),
    ("TCP_FIN_WAIT1", 4),
    ("TCP_FIN_WAIT2", 5),
    ("TCP_TIME_WAIT", 6),
    ("TCP_CLOSE", 7),
    ("TCP_CLOSE_WAIT", 8),
    ("TCP_LAST_ACK", 9),
    ("TCP_LISTEN", 10),
    ("TCP_CLOSING", 11),
    ("TCP_CA_Open", 0),
    ("TCP_CA_Disorder", 1),
    ("TCP_CA_CWR", 2),
    ("TCP_CA_Recovery", 3),
    ("TCP_CA_Loss", 4),
    ("TCPI_OPT_TIMESTAMPS", 1),
    ("TCPI_OPT_SACK", 2),
    ("TCPI_OPT_WSCALE", 4),
    ("TCPI_OPT_ECN", 8),
    ("TCPI_OPT_ECN_SEEN", 16),
    ("TCPI_OPT_SYN_DATA", 32),
    ("TCPI_OPT_USEC_TS", 64),
    ("TCP_INFINITE_SSTHRESH", 0x7fff_ffff),
];

/// All that a block asserts.
pub(super) fn assertions(code: &str, line: usize) -> Result<Vec<Assertion>, Refused> {
    let read = |(number, text): (usize, String)| {
        let mut at = Cursor::at(&text, number);
        if !at.eat_word("assert") {
            return Err(at.unexpected("`assert`, which is all of Python that is read"));
        }
        let condition = conjunction(&mut at)?;
        if !at.is_at_end() {
            return Err(at.unexpected("`and`, `&`, a comparison or `,`"));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(Assertion {
            number,
            text: words.join(" "),
            condition,
        })
    };
    statements(code, line).into_iter().map(read).collect()
}

/// The statements of a block, each with its line, without comments and without what follows its first comma outside of
/// brackets.
fn statements(code: &str, first: usize) -> Vec<(usize, String)> {
    let mut statements = vec![(first, String::new())];
    let (mut line, mut depth, mut quote) = (first, 0_u32, None);
    let (mut is_comment, mut is_message, mut goes_on) = (false, false, false);
    for c in code.chars() {
        let ends = c == '\n' && !goes_on || c == ';' && !is_comment && quote.is_none();
        line += usize::from(c == '\n');
        goes_on = c == '\\';
        if ends && depth == 0 {
            statements.push((line, String::new()));
            (is_comment, is_message, quote) = (false, false, None);
            continue;
        }
        match (quote, c) {
            _ if is_comment => is_comment = c != '\n',
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '#') => is_comment = true,
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, ',') => is_message |= depth == 0,
            _ => {}
        }
        if let Some((_, text)) = statements.last_mut()
            && !is_comment
            && !is_message
            && !goes_on
        {
            text.push(c);
        }
    }
    statements.retain(|(_, text)| !text.trim().is_empty());
    statements
}

/// `a and b`.
fn conjunction(at: &mut Cursor<'_>) -> Result<Expression, Refused> {
    let mut all = vec![comparison(at)?];
    while at.eat_word("and") {
        all.push(comparison(at)?);
    }
    Ok(one_or(all, Expression::And))
}

/// `a <= b <= c`.
fn comparison(at: &mut Cursor<'_>) -> Result<Expression, Refused> {
    let first = masked(at)?;
    let mut rest = Vec::new();
    while let Some((_, how)) = SIGNS.iter().find(|(sign, _)| at.eat(sign)) {
        rest.push((*how, masked(at)?));
    }
    Ok(if rest.is_empty() {
        first
    } else {
        Expression::Compare(Box::new(first), rest)
    })
}

/// Longer signs first, since a shorter one may begin a longer.
const SIGNS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

/// `a & b`.
fn masked(at: &mut Cursor<'_>) -> Result<Expression, Refused> {
    let mut left = atom(at)?;
    while at.eat("&") {
        left = Expression::Mask(Box::new(left), Box::new(atom(at)?));
    }
    Ok(left)
}

fn atom(at: &mut Cursor<'_>) -> Result<Expression, Refused> {
    const WHAT: &str = "a field tcpi_…, a number or a constant";
    if at.eat("(") {
        return tuple(at);
    }
    if at.peek().is_some_and(|c| c.is_ascii_digit() || c == '-') {
        return at.number(WHAT).map(Expression::Number);
    }
    let start = at.clone();
    let word = at.word();
    if let Some(field) = FIELDS.iter().find(|field| field.0 == word) {
        return Ok(Expression::Field(*field));
    }
    if let Some((_, value)) = CONSTANTS.iter().find(|(name, _)| *name == word) {
        return Ok(Expression::Number(*value));
    }
    *at = start;
    Err(at.unexpected(WHAT))
}

/// `a)` or `a, b)`, after the `(`.
fn tuple(at: &mut Cursor<'_>) -> Result<Expression, Refused> {
    let mut all = vec![conjunction(at)?];
    let mut is_tuple = false;
    while !at.eat(")") {
        if !at.eat(",") {
            return Err(at.unexpected("`,` or `)`"));
        }
        is_tuple = true;
        if at.peek() != Some(')') {
            all.push(conjunction(at)?);
        }
    }
    Ok(if is_tuple {
        Expression::Tuple(all)
    } else {
        one_or(all, Expression::And)
    })
}

/// The only one as it is, several together.
fn one_or(
    mut all: Vec<Expression>,
    together: impl FnOnce(Vec<Expression>) -> Expression,
) -> Expression {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => together(all.into_iter().chain(last).collect()),
    }
}
