//! The arguments of a call, before anybody knows what they mean: numbers, words, lists, structs.

use super::Refused;
use super::cursor::Cursor;

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `...`: it is not looked at.
    Any,
    /// `1000`, `0x2`.
    Number(i64),
    /// `O_RDWR|O_NONBLOCK`.
    Words(Vec<String>),
    /// `"text"`.
    Text,
    /// `[1100]`.
    List(Vec<Self>),
    /// `{events=EPOLLIN, fd=4}`, `{..., 40}`; without a name where none is given.
    Struct(Vec<(String, Self)>),
}

impl Value {
    /// The number that it is.
    pub(super) const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The number that it is or that a list of one holds.
    pub(super) fn held(&self) -> Option<i64> {
        match self {
            Self::List(list) => list.first().filter(|_| list.len() == 1)?.number(),
            other => other.number(),
        }
    }

    /// The words that are or'ed; none for 0.
    pub(super) fn words(&self) -> Option<Vec<&str>> {
        match self {
            Self::Words(words) => Some(words.iter().map(String::as_str).collect()),
            Self::Number(0) => Some(Vec::new()),
            _ => None,
        }
    }

    /// The member of a struct.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Struct(members) => members.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }
}

/// Values separated by commas, up to and with this mark.
pub(super) fn values(at: &mut Cursor<'_>, mark: &str) -> Result<Vec<Value>, Refused> {
    let mut values = Vec::new();
    if at.eat(mark) {
        return Ok(values);
    }
    loop {
        values.push(value(at)?);
        if at.eat(mark) {
            return Ok(values);
        }
        if !at.eat(",") {
            return Err(at.unexpected(&format!("`,` or `{mark}`")));
        }
    }
}

fn value(at: &mut Cursor<'_>) -> Result<Value, Refused> {
    if at.eat("...") {
        return Ok(Value::Any);
    }
    if at.eat("[") {
        return values(at, "]").map(Value::List);
    }
    if at.eat("{") {
        return members(at).map(Value::Struct);
    }
    if at.eat("\"") {
        at.until("\"")?;
        return Ok(Value::Text);
    }
    match at.peek() {
        Some(c) if c.is_ascii_digit() || c == '-' => at.number("a number").map(Value::Number),
        Some(c) if c.is_ascii_alphabetic() => words(at),
        _ => Err(at.unexpected("an argument")),
    }
}

/// `A|B`, or `htons(80)`, which is not looked at.
fn words(at: &mut Cursor<'_>) -> Result<Value, Refused> {
    let mut words = vec![at.word().to_owned()];
    if at.eat("(") {
        values(at, ")")?;
        return Ok(Value::Any);
    }
    while at.eat("|") {
        words.push(at.word().to_owned());
    }
    Ok(Value::Words(words))
}

/// `{a=1, b(2)=[…], 40}`, after its `{`.
fn members(at: &mut Cursor<'_>) -> Result<Vec<(String, Value)>, Refused> {
    let mut members = Vec::new();
    loop {
        let mut ahead = at.clone();
        let mut name = ahead.word();
        let counted = ahead.eat("(");
        if counted {
            values(&mut ahead, ")")?;
        }
        if !name.is_empty() && ahead.eat("=") {
            *at = ahead;
        } else {
            name = "";
        }
        members.push((name.to_owned(), value(at)?));
        if at.eat("}") {
            return Ok(members);
        }
        if !at.eat(",") {
            return Err(at.unexpected("`,` or `}`"));
        }
    }
}
