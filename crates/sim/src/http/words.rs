//! How a runtime words a failure, to the letter: templates that a profile fills in.

use whyeof_trace::{Failure, Method, text};

/// One failure and its words. Placeholders: `{Method}` (as Go's url.Error prints it: `Post`), `{METHOD}`,
/// `{url}`, `{local}` and `{remote}` (address and port of the client's socket and of its peer).
pub type Words = (Failure, &'static str);

/// What the placeholders stand for.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The request's method.
    pub method: Method,
    /// The request's URL.
    pub url: &'a str,
    /// Address and port of the client's socket.
    pub local: &'a str,
    /// Address and port of the server's socket.
    pub remote: &'a str,
}

/// The error as the program prints it. A failure that the profile has no words for says its own name.
pub fn word(words: &[Words], failure: Failure, facts: Facts<'_>) -> String {
    let template = words
        .iter()
        .find(|(f, _)| *f == failure)
        .map(|(_, words)| *words);
    let Some(template) = template else {
        return format!("{failure:?}");
    };
    let upper = facts.method.name();
    let (first, rest) = upper.split_at(1);
    let capitalized = format!("{first}{}", rest.to_ascii_lowercase());
    let value = |name: &str| match name {
        "Method" => capitalized.as_str(),
        "METHOD" => upper,
        "local" => facts.local,
        "remote" => facts.remote,
        "url" => facts.url,
        _ => "",
    };
    let mut words = String::new();
    text::fill(template, &value, &mut |piece| words.push_str(piece));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_in() {
        let words = [(Failure::EndOfStream, r#"{Method} "{url}": EOF"#)];
        let facts = Facts {
            method: Method::Post,
            url: "http://pyroscope:4040/ingest",
            local: "10.0.0.1:32768",
            remote: "10.0.0.2:4040",
        };
        assert_eq!(
            word(&words, Failure::EndOfStream, facts),
            r#"Post "http://pyroscope:4040/ingest": EOF"#
        );
        assert_eq!(word(&words, Failure::Reset, facts), "Reset");
    }
}
