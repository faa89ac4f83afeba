//! A place in the text of a script: blanks and comments are stepped over, lines are counted.

use super::Refused;
use std::str::FromStr;

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    /// The start of a script.
    pub(super) const fn new(text: &'a str) -> Self {
        Self::at(text, 1)
    }

    /// The start of a piece of a script that begins on this line.
    pub(super) const fn at(text: &'a str, line: usize) -> Self {
        Self { rest: text, line }
    }

    /// The line of what comes next.
    pub(super) fn line(&mut self) -> usize {
        self.skip();
        self.line
    }

    /// Whether nothing more comes.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip();
        self.rest.is_empty()
    }

    /// The character that comes next.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.skip();
        self.rest.chars().next()
    }

    /// The character right here, be it a blank.
    pub(super) fn peek_raw(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// The line right here, be it the end of one.
    pub(super) const fn raw_line(&self) -> usize {
        self.line
    }

    /// Steps over the character right here.
    pub(super) fn take_one(&mut self) {
        let len = self.peek_raw().map_or(0, char::len_utf8);
        self.step(len);
    }

    /// Steps over this if it comes next.
    pub(super) fn eat(&mut self, what: &str) -> bool {
        self.skip();
        let comes = self.rest.starts_with(what);
        if comes {
            self.step(what.len());
        }
        comes
    }

    /// Steps over this, which must come next.
    pub(super) fn expect(&mut self, what: &str) -> Result<(), Refused> {
        if self.eat(what) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{what}`")))
        }
    }

    /// Letters, digits and `_` that come next; empty if there are none.
    pub(super) fn word(&mut self) -> &'a str {
        self.skip();
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    /// Steps over a word if it is this one.
    pub(super) fn eat_word(&mut self, wanted: &str) -> bool {
        let mut ahead = self.clone();
        let is_it = ahead.word() == wanted;
        if is_it {
            *self = ahead;
        }
        is_it
    }

    /// A number, decimal or `0x…`, that fits what is asked for.
    pub(super) fn number<T: TryFrom<i64>>(&mut self, what: &str) -> Result<T, Refused> {
        let mut ahead = self.clone();
        let negative = ahead.eat("-");
        let word = ahead.word();
        let value = match word.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => i64::from_str(word).ok(),
        };
        let value = value.map(|n| if negative { -n } else { n });
        let fits = value.and_then(|n| T::try_from(n).ok());
        let fits = fits.ok_or_else(|| self.unexpected(what))?;
        *self = ahead;
        Ok(fits)
    }

    /// What comes right here, blanks or not, as long as it is of a kind.
    pub(super) fn take_while(&mut self, is_it: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_it(c)).unwrap_or(self.rest.len());
        let taken = &self.rest[..end];
        self.step(end);
        taken
    }

    /// Everything up to this mark, and steps over the mark.
    pub(super) fn until(&mut self, mark: &str) -> Result<&'a str, Refused> {
        let Some(end) = self.rest.find(mark) else {
            return Err(self.refuse(format!("expected `{mark}` at the end of what begins here")));
        };
        let taken = &self.rest[..end];
        self.step(end + mark.len());
        Ok(taken)
    }

    /// Refuses the script here, because this was expected and something else comes.
    pub(super) fn unexpected(&mut self, expected: &str) -> Refused {
        self.skip();
        let got: String = self
            .rest
            .chars()
            .take_while(|c| !c.is_whitespace())
            .take(40)
            .collect();
        let got = if got.is_empty() {
            "the end".to_owned()
        } else {
            format!("`{got}`")
        };
        self.refuse(format!("expected {expected}, got {got}"))
    }

    /// Refuses the script here.
    pub(super) const fn refuse(&self, what: String) -> Refused {
        Refused {
            line: self.line,
            what,
        }
    }

    fn skip(&mut self) {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.step(blank);
            let end = if self.rest.starts_with("//") {
                self.rest.find('\n')
            } else if self.rest.starts_with("/*") {
                self.rest.find("*/").map(|end| end + 2)
            } else {
                return;
            };
            self.step(end.unwrap_or(self.rest.len()));
        }
    }

    fn step(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        self.line += passed.bytes().filter(|b| *b == b'\n').count();
        self.rest = rest;
    }
}
