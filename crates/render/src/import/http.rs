//! HTTP/1 messages in one direction of a connection: where each begins and ends, and its head.
//!
//! RFC 9112. What is missing from the capture is skipped where the length is known; else a segment that begins as a message does begins the next
//! one. What does not begin so is not HTTP/1, and the rest of the connection is left alone.

use super::stream::{Begins, Next};
use whyeof_trace::Method;

/// Heads of more bytes are no heads (nginx takes 32 KiB, Node 16, Go 1 MiB).
const MOST_HEAD: usize = 64 << 10;

/// What a connection is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speech {
    /// No data was seen.
    #[default]
    Silent,
    /// HTTP/1.0 or 1.1.
    Http1,
    /// HTTP/2 without TLS.
    Http2,
    /// TLS: what is said is not to be seen.
    Tls,
    /// Something else.
    Other,
}

/// The head of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Its bytes, with the empty line.
    pub(super) bytes: Vec<u8>,
    /// Where in the stream it begins.
    pub(super) offset: u32,
    /// Request or response.
    pub(super) line: Line,
    /// The segment, by its number in the capture, that brought its first byte.
    pub(super) began: u32,
}

/// A first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Request(Method),
    Status(u16),
}

/// What is heard on one direction.
pub(super) enum Heard {
    /// A head is whole, or as much of it as there is.
    Head(Head),
    /// The message ends before this byte.
    End(u32),
    /// It is not HTTP/1.
    Strange(Speech),
}

/// How a body's end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
    /// What follows is another protocol.
    Switched,
}

#[derive(Debug, Default)]
enum State {
    /// Before a message.
    #[default]
    Between,
    Head,
    Body(u64),
    Chunked(Chunk),
    UntilClose,
    /// Within a message whose end is not known.
    Lost,
    Strange,
}

/// Where in a chunked body (RFC 9112 §7.1).
#[derive(Clone, Copy, Debug)]
enum Chunk {
    /// In the line with a chunk's size.
    Size(u64),
    /// Behind the size, to the end of its line.
    Extension(u64),
    /// In its data, with the line break behind it.
    Data(u64),
    /// In a trailer's line, of which there are so many bytes.
    Trailer(u32),
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    head: Vec<u8>,
    offset: u32,
    began: u32,
}

impl Parser {
    /// A connection whose beginning the capture has not.
    pub(super) const fn lost() -> Self {
        Self {
            state: State::Lost,
            head: Vec::new(),
            offset: 0,
            began: 0,
        }
    }

    /// Reads on; `seen` is the number of the segment, `framing` tells how the body behind a head ends.
    pub(super) fn take(
        &mut self,
        (mut at, seen): (u32, u32),
        next: &Next<'_>,
        framing: &mut dyn FnMut(&Head) -> Framing,
        each: &mut dyn FnMut(Heard),
    ) {
        let (mut rest, begins) = match next {
            Next::Gap(gap) => return self.gap(at, *gap, framing, each),
            Next::Bytes(bytes, begins) => (*bytes, *begins),
        };
        if matches!(self.state, State::Lost) && begins == Begins::Segment && is_start(rest) {
            each(Heard::End(at));
            self.state = State::Between;
        }
        while !rest.is_empty() {
            let read = match &mut self.state {
                State::Between => self.between(rest, (at, seen), each),
                State::Head => self.in_head(rest, framing, each),
                State::Body(left) => {
                    let read = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= read as u64;
                    if *left == 0 {
                        self.state = State::Between;
                        each(Heard::End(at.wrapping_add(read as u32)));
                    }
                    read
                }
                State::Chunked(chunk) => {
                    let (read, over) = chunk.read(rest);
                    if over {
                        self.state = State::Between;
                        each(Heard::End(at.wrapping_add(read as u32)));
                    }
                    read
                }
                State::UntilClose | State::Lost | State::Strange => rest.len(),
            };
            rest = rest.get(read..).unwrap_or_default();
            at = at.wrapping_add(read as u32);
        }
    }

    /// The direction's FIN.
    pub(super) fn close(&mut self, at: u32, each: &mut dyn FnMut(Heard)) {
        if matches!(self.state, State::UntilClose | State::Lost) {
            each(Heard::End(at));
            self.state = State::Strange;
        }
    }

    /// The capture is over: a head that has begun is told as far as it goes.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(Heard)) {
        if matches!(self.state, State::Head)
            && let Some(head) = self.cut_head()
        {
            each(Heard::Head(head));
            self.state = State::Lost;
        }
    }

    fn between(
        &mut self,
        rest: &[u8],
        (at, seen): (u32, u32),
        each: &mut dyn FnMut(Heard),
    ) -> usize {
        let blank = rest
            .iter()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        if blank > 0 {
            return blank;
        }
        if is_start(rest) || rest.len() < LONGEST_METHOD && is_token(rest) {
            self.head.clear();
            self.offset = at;
            self.began = seen;
            self.state = State::Head;
            return 0;
        }
        self.state = State::Strange;
        each(Heard::Strange(strange(rest)));
        rest.len()
    }

    fn in_head(
        &mut self,
        rest: &[u8],
        framing: &mut dyn FnMut(&Head) -> Framing,
        each: &mut dyn FnMut(Heard),
    ) -> usize {
        // Behind this head there may be thousands in the same segment, and none of them is copied with it.
        const PIECE: usize = 4 << 10;
        let rest = &rest[..rest.len().min(PIECE)];
        // The empty line can lie across two pieces.
        let before = self.head.len();
        self.head.extend_from_slice(rest);
        let from = before.saturating_sub(3);
        let Some(end) = end_of_head(&self.head[from..]).map(|end| from + end) else {
            if self.head.len() > MOST_HEAD || !could_be_head(&self.head) {
                self.state = State::Strange;
                each(Heard::Strange(strange(&self.head)));
                self.head = Vec::new();
            }
            return rest.len();
        };
        let line = line(&self.head);
        let mut bytes = std::mem::take(&mut self.head);
        bytes.truncate(end);
        let Some(line) = line else {
            self.state = State::Strange;
            each(Heard::Strange(strange(&bytes)));
            return rest.len();
        };
        let head = Head {
            bytes,
            offset: self.offset,
            line,
            began: self.began,
        };
        let ends = self.offset.wrapping_add(end as u32);
        let framing = framing(&head);
        each(Heard::Head(head));
        self.state = match framing {
            Framing::Length(0) => {
                each(Heard::End(ends));
                State::Between
            }
            Framing::Length(bytes) => State::Body(bytes),
            Framing::Chunked => State::Chunked(Chunk::Size(0)),
            Framing::UntilClose => State::UntilClose,
            Framing::Switched => {
                each(Heard::End(ends));
                State::Strange
            }
        };
        end - before
    }

    fn gap(
        &mut self,
        at: u32,
        gap: u32,
        framing: &mut dyn FnMut(&Head) -> Framing,
        each: &mut dyn FnMut(Heard),
    ) {
        match &mut self.state {
            State::Body(left) if u64::from(gap) <= *left => {
                *left -= u64::from(gap);
                if *left == 0 {
                    self.state = State::Between;
                    each(Heard::End(at.wrapping_add(gap)));
                }
            }
            State::Strange | State::UntilClose => {}
            State::Head => {
                if let Some(head) = self.cut_head() {
                    let _ = framing(&head);
                    each(Heard::Head(head));
                }
                self.state = State::Lost;
            }
            _ => self.state = State::Lost,
        }
    }

    /// The head as far as it goes, if its first line says what it is.
    fn cut_head(&mut self) -> Option<Head> {
        let bytes = std::mem::take(&mut self.head);
        Some(Head {
            line: line(&bytes)?,
            bytes,
            offset: self.offset,
            began: self.began,
        })
    }
}

impl Chunk {
    /// Reads on; whether that was the body's end.
    fn read(&mut self, rest: &[u8]) -> (usize, bool) {
        let first = rest[0];
        match *self {
            Self::Size(size) => {
                let digit = char::from(first).to_digit(16);
                *self = match (digit, first) {
                    (Some(digit), _) => Self::Size((size << 4) | u64::from(digit)),
                    (None, b'\n') => Self::sized(size),
                    (None, _) => Self::Extension(size),
                };
                (1, false)
            }
            Self::Extension(size) => {
                if first == b'\n' {
                    *self = Self::sized(size);
                }
                (1, false)
            }
            Self::Data(left) => {
                let read = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                *self = match left - read as u64 {
                    0 => Self::Size(0),
                    left => Self::Data(left),
                };
                (read, false)
            }
            Self::Trailer(len) => match first {
                b'\n' if len == 0 => (1, true),
                b'\n' => {
                    *self = Self::Trailer(0);
                    (1, false)
                }
                b'\r' => (1, false),
                _ => {
                    *self = Self::Trailer(len.saturating_add(1));
                    (1, false)
                }
            },
        }
    }

    /// Behind the line with this size.
    const fn sized(size: u64) -> Self {
        match size {
            0 => Self::Trailer(0),
            _ => Self::Data(size.saturating_add(2)),
        }
    }
}

impl Head {
    /// The value of a field, without the spaces around it; the first of several.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let mut fields = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        let found = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(found.1.trim())
    }

    /// Whether a field's list has this word.
    fn has(&self, name: &str, word: &str) -> bool {
        let list = self.field(name).unwrap_or_default();
        list.split(',')
            .any(|it| it.trim().eq_ignore_ascii_case(word))
    }

    /// The target of a request.
    pub(super) fn target(&self) -> &str {
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        text.split(' ').nth(1).unwrap_or_default()
    }

    /// How its body ends (RFC 9112 §6.3); `answers`: what a response is to.
    pub(super) fn framing(&self, answers: Option<Method>) -> Framing {
        let status = match self.line {
            Line::Status(status) => Some(status),
            Line::Request(_) => None,
        };
        if status == Some(101) {
            return Framing::Switched;
        }
        let bodiless = status.is_some_and(|it| it < 200 || it == 204 || it == 304);
        if bodiless || status.is_some() && answers == Some(Method::Head) {
            return Framing::Length(0);
        }
        if self.has("transfer-encoding", "chunked") {
            return Framing::Chunked;
        }
        let length = self.field("content-length").and_then(|it| it.parse().ok());
        match (length, status) {
            (Some(length), _) => Framing::Length(length),
            (None, None) => Framing::Length(0),
            (None, Some(_)) => Framing::UntilClose,
        }
    }
}

/// Behind the empty line.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// More letters than any registered method has.
const LONGEST_METHOD: usize = 24;

fn is_token(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| b.is_ascii_uppercase() || *b == b'-') || b"HTTP/1.".starts_with(bytes)
}

/// Whether bytes begin as a message does.
fn is_start(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"HTTP/1.") {
        return true;
    }
    let word = bytes.iter().take(LONGEST_METHOD).position(|b| *b == b' ');
    word.is_some_and(|len| len >= 3 && is_token(&bytes[..len]))
        && !bytes.starts_with(b"PRI * HTTP/2")
}

/// Whether what has come of a head can be one: its first line says HTTP/1, if it is whole.
fn could_be_head(bytes: &[u8]) -> bool {
    let is_whole = bytes.contains(&b'\n');
    !is_whole || line(bytes).is_some()
}

/// The first line.
fn line(bytes: &[u8]) -> Option<Line> {
    let end = bytes
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(bytes.len());
    let text = std::str::from_utf8(&bytes[..end]).ok()?.trim_end();
    if let Some(rest) = text.strip_prefix("HTTP/1.") {
        let status = rest.split(' ').nth(1)?;
        return Some(Line::Status(status.parse().ok()?));
    }
    let (method, rest) = text.split_once(' ')?;
    // Of a head that is cut in its first line the version may be missing.
    if end < bytes.len() && !rest.contains(" HTTP/1.") {
        return None;
    }
    let known = Method::ALL.into_iter().find(|it| it.name() == method);
    Some(Line::Request(known.unwrap_or(Method::Other)))
}

/// What it is that is not HTTP/1.
fn strange(bytes: &[u8]) -> Speech {
    match bytes {
        // A handshake record of TLS 1.x (RFC 8446 §5.1), or another of its records.
        [0x14..=0x17, 3, ..] => Speech::Tls,
        [b'P', b'R', b'I', b' ', b'*', ..] => Speech::Http2,
        _ => Speech::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard in a stream that comes in pieces of so many bytes; `?` stands for a byte that the capture has not.
    fn heard(text: &str, piece: usize, answers: Option<Method>) -> Vec<String> {
        let mut parser = Parser::default();
        let mut out = Vec::new();
        let mut at = 0;
        let mut each = |heard: Heard| {
            out.push(match heard {
                Heard::Head(head) => format!("{:?} at {}", head.line, head.offset),
                Heard::End(at) => format!("end {at}"),
                Heard::Strange(speech) => format!("{speech:?}"),
            });
        };
        for bytes in text.as_bytes().chunks(piece) {
            let next = match bytes {
                [b'?', ..] => Next::Gap(bytes.len() as u32),
                _ => Next::Bytes(bytes, Begins::Segment),
            };
            let mut framing = |head: &Head| head.framing(answers);
            parser.take((at, 0), &next, &mut framing, &mut each);
            at += bytes.len() as u32;
        }
        parser.close(at, &mut each);
        parser.finish(&mut each);
        out
    }

    fn check(text: &str, expected: &[&str]) {
        for piece in [1, 2, 3, 7, 4096] {
            assert_eq!(heard(text, piece, None), expected, "{text:?} by {piece}");
        }
    }

    #[test]
    fn messages_end_where_their_framing_says() {
        check(
            "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n",
            &[
                "Request(Post) at 0",
                "end 42",
                "Request(Get) at 42",
                "end 61",
            ],
        );
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n0\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            &["Status(200) at 0", "end 71", "Status(204) at 71", "end 98"],
        );
        check(
            "HTTP/1.0 200 OK\r\n\r\nall of it",
            &["Status(200) at 0", "end 28"],
        );
        check(
            "PROPFIND / HTTP/1.1\r\n\r\n",
            &["Request(Other) at 0", "end 23"],
        );
    }

    #[test]
    fn a_response_to_head_has_no_body() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        assert_eq!(
            heard(head, 4096, Some(Method::Head)),
            ["Status(200) at 0", "end 38"]
        );
    }

    #[test]
    fn what_is_not_http_is_left_alone() {
        check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &["Http2"]);
        check("SSH-2.0-x\r\n", &["Other"]);
        assert_eq!(heard("\u{16}\u{3}\u{1}aaaa", 4096, None), ["Tls"]);
        check("HELO there\r\n", &["Other"]);
    }

    #[test]
    fn a_cut_head_is_told_as_far_as_it_goes() {
        assert_eq!(
            heard("GET /somewhere HTTP/1.1\r\nHost: a\r\n????????", 33, None)[0],
            "Request(Get) at 0"
        );
        assert_eq!(heard("GET /somew", 4096, None), ["Request(Get) at 0"]);
    }
}
