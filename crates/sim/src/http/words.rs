//! How a runtime words a failure, to the letter: templates that a profile fills in.

use std::fmt::Display;
use whyeof_trace::text::{Piece, pieces};
use whyeof_trace::{Failure, Method, SocketError};

/// One failure and its words. Placeholders: `{Method}` (as Go's url.Error prints it: `Post`), `{METHOD}`,
/// `{url}`, `{local}` and `{remote}` (address and port of the client's socket and of its peer), `{to}` (host and
/// port as the URL has them), `{cut}` (what Go says of a head that ends too early), `{errno}`, `{strerror}` and `{errno=strerror}`
/// (another error of the kernel's: `EHOSTUNREACH`, `no route to host`, `113: No route to host`).
pub type Words = (Failure, &'static str);

/// The words of a runtime that words one failure in its own way and all others like another: `N` is one more than `M`.
pub const fn first<const N: usize, const M: usize>(own: Words, others: &[Words; M]) -> [Words; N] {
    assert!(N == M + 1, "its own and all others");
    let mut words = [own; N];
    let mut n = 0;
    while n < M {
        words[n + 1] = others[n];
        n += 1;
    }
    words
}

/// What the placeholders stand for.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The request's method.
    pub method: Method,
    /// The request's URL.
    pub url: &'a str,
    /// Address and port of the client's socket and of the server's.
    pub ends: [&'a dyn Display; 2],
    /// As much of the response's head as has come.
    pub cut: &'a str,
}

/// The error as the program prints it. A failure that the profile has no words for says its own name.
pub fn word(words: &[Words], failure: Failure, facts: Facts<'_>) -> String {
    let alike = |f: &Failure| std::mem::discriminant(f) == std::mem::discriminant(&failure);
    let exact = words.iter().find(|(f, _)| *f == failure);
    let template = exact.or_else(|| words.iter().find(|(f, _)| alike(f)));
    let template = template.map(|(_, words)| *words);
    let Some(template) = template else {
        return format!("{failure:?}");
    };
    let mut words = String::with_capacity(ROOM);
    pieces(template, &mut |piece| match piece {
        Piece::Words(plain) => words.push_str(plain),
        Piece::Name(name) => fill(&mut words, name, failure, facts),
    });
    words
}

/// Bytes that most errors take: a sweep words one for each of its runs.
const ROOM: usize = 128;

/// Says what a placeholder stands for.
fn fill(words: &mut String, name: &str, failure: Failure, facts: Facts<'_>) {
    let error = match failure {
        Failure::Errno(error) | Failure::DialErrno(error) => Some(error),
        _ => None,
    };
    let upper = facts.method.name();
    match name {
        "Method" => {
            let (first, rest) = upper.split_at(1);
            words.push_str(first);
            words.extend(rest.chars().map(|c| c.to_ascii_lowercase()));
        }
        "METHOD" => words.push_str(upper),
        "local" => words.push_str(&facts.ends[0].to_string()),
        "remote" => words.push_str(&facts.ends[1].to_string()),
        "url" => words.push_str(facts.url),
        "to" => words.push_str(facts.url.split('/').nth(2).unwrap_or_default()),
        "cut" => words.push_str(&go_cut(facts.cut)),
        "errno" => words.push_str(error.map_or("", SocketError::name)),
        "strerror" => words.push_str(error.map_or("", SocketError::text)),
        "errno=strerror" => words.push_str(&error.map(numbered).unwrap_or_default()),
        _ => {}
    }
}

/// `113: No route to host`, as nginx prints errno.
fn numbered(error: SocketError) -> String {
    let (first, rest) = error.text().split_at(1);
    format!("{}: {}{rest}", error.number(), first.to_ascii_uppercase())
}

/// What Go says of a head that ends too early: `bufio.ReadLine` hands out the unfinished line, and it is that line that makes
/// no sense (response.go `ReadResponse`, textproto/reader.go `readContinuedLineSlice`; recorded in 04).
fn go_cut(head: &str) -> String {
    let line = head.rsplit("\r\n").next().unwrap_or_default();
    let first = line.len() == head.len();
    match line.split_once(' ') {
        // Nothing at all, after a `100 Continue` (textproto.ReadLine's EOF becomes an unexpected one).
        None if head.is_empty() => "unexpected EOF".to_owned(),
        None if first => format!("malformed HTTP response \"{line}\""),
        Some((_, status)) if first => match status.split(' ').next() {
            Some(code) if code.len() != 3 => format!("malformed HTTP status code \"{code}\""),
            _ => "unexpected EOF".to_owned(),
        },
        _ if line.is_empty() || line.contains(':') => "unexpected EOF".to_owned(),
        _ => format!("malformed MIME header: missing colon: \"{line}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// runtimes §1.6, and the first of them recorded in 04.
    #[test]
    fn go_names_the_line_that_was_cut() {
        let table = [
            (
                "HTTP/1.1 200 OK\r\nContent-",
                r#"malformed MIME header: missing colon: "Content-""#,
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1", "unexpected EOF"),
            ("HTTP/1.1 200 OK\r\n", "unexpected EOF"),
            ("HTTP/1.1 2", r#"malformed HTTP status code "2""#),
            ("HTTP/1.", r#"malformed HTTP response "HTTP/1.""#),
        ];
        for (head, expected) in table {
            assert_eq!(go_cut(head), expected, "{head:?}");
        }
    }

    #[test]
    fn templates_are_filled_in() {
        let words = [
            (Failure::EndOfStream, r#"{Method} "{url}": EOF"#),
            (Failure::BrokenPipe, "{METHOD} {local}->{remote}"),
        ];
        let facts = Facts {
            method: Method::Post,
            url: "http://pyroscope:4040/ingest",
            ends: [&"10.0.0.1:32768", &"10.0.0.2:4040"],
            cut: "",
        };
        assert_eq!(
            word(&words, Failure::EndOfStream, facts),
            r#"Post "http://pyroscope:4040/ingest": EOF"#
        );
        assert_eq!(
            word(&words, Failure::BrokenPipe, facts),
            "POST 10.0.0.1:32768->10.0.0.2:4040"
        );
        assert_eq!(word(&words, Failure::Reset, facts), "Reset");
    }
}
