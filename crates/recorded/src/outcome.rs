//! How requests end: as the recorded programs said, and as a run says.

use crate::word::{word, word_if};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use whyeof_trace::{Event, Request, RequestEvent, RequestId, Trace};

/// How one request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The error as the program prints it, addresses and ports left out; `None`: ok.
    pub error: Option<String>,
    /// The response's status code; `None`: there was none, or nobody says.
    pub status: Option<u16>,
    /// Attempts that had a connection; `None`: the program does not say.
    pub attempts: Option<u16>,
    /// Whether the last one's connection counted as reused; `None`: it had none, or nobody says.
    pub reused: Option<bool>,
    /// What came of it after its caller had stopped waiting: `ok`, or the error; `None`: nothing.
    pub late: Option<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.as_deref().unwrap_or("ok");
        let status = self.status.map_or("?".to_owned(), |n| n.to_string());
        let attempts = self.attempts.map_or("?".to_owned(), |n| n.to_string());
        let reused = match self.reused {
            Some(true) => "reused",
            Some(false) => "new",
            None => "?",
        };
        let late = self.late.as_ref();
        let late = late.map_or(String::new(), |late| format!(", late: {late}"));
        write!(
            f,
            "{error}, status {status}, attempts {attempts}, {reused}{late}"
        )
    }
}

/// A recorded request.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// `POST /path`.
    pub what: String,
    /// When its caller asked, s.
    pub at: f64,
    /// The local ports of the connections that it was given, in their order, as far as the program says.
    pub ports: Vec<u16>,
    /// How it ended; `None`: it did not.
    pub outcome: Option<Outcome>,
}

/// A line of a client's log.
#[derive(Deserialize)]
struct Line {
    #[serde(deserialize_with = "word")]
    ev: String,
    #[serde(deserialize_with = "word")]
    who: String,
    #[serde(default, deserialize_with = "word_if")]
    id: Option<String>,
    #[serde(default, deserialize_with = "word_if")]
    method: Option<String>,
    #[serde(default, deserialize_with = "word_if")]
    path: Option<String>,
    t: f64,
    ok: Option<bool>,
    status: Option<u16>,
    #[serde(default, deserialize_with = "word_if")]
    err: Option<String>,
    attempts: Option<u16>,
    reused: Option<bool>,
    late: Option<bool>,
    /// Go: the connection's own address;
    #[serde(default, deserialize_with = "word_if")]
    local: Option<String>,
    /// Node: its port alone.
    port: Option<u16>,
}

impl Line {
    /// The local port of the connection that a request is given, where this line tells of one.
    fn given(&self) -> Option<u16> {
        match self.ev.as_str() {
            "got_conn" => self.local.as_ref()?.rsplit(':').next()?.parse().ok(),
            "socket" => self.port,
            _ => None,
        }
    }
}

/// What the recorded programs say where their own timer has only stopped waiting, and what whyeof says.
const STOPPED: [&str; 2] = ["app timer ", "(the caller stopped waiting)"];

/// The requests of a recording in the order in which they were made.
///
/// # Errors
/// The first line that is no line of a log.
pub fn recorded(log: &str) -> Result<Vec<Asked>, serde_json::Error> {
    let said = log.lines().filter(|line| line.starts_with('{'));
    let lines: Result<Vec<Line>, _> = said.map(serde_json::from_str).collect();
    let mut asked = Vec::new();
    let mut ended: BTreeMap<_, Outcome> = BTreeMap::new();
    let mut given: BTreeMap<_, Vec<u16>> = BTreeMap::new();
    for line in lines? {
        let port = line.given();
        let Some(id) = line.id else { continue };
        let key = (line.who, id);
        if let Some(port) = port {
            given.entry(key.clone()).or_default().push(port);
        }
        match line.ev.as_str() {
            "request" => {
                let what = format!(
                    "{} {}",
                    line.method.unwrap_or_default(),
                    line.path.unwrap_or_default()
                );
                asked.push((line.t, what, key));
            }
            "result" => {
                let failed = line.ok == Some(false);
                let error = line.err.filter(|_| failed).map(|text| match text {
                    _ if text.starts_with(STOPPED[0]) => STOPPED[1].to_owned(),
                    _ => plain(&text),
                });
                if line.late == Some(true) {
                    if let Some(outcome) = ended.get_mut(&key) {
                        outcome.late = Some(error.unwrap_or("ok".to_owned()));
                    }
                    continue;
                }
                let outcome = Outcome {
                    error,
                    late: None,
                    status: line.status,
                    attempts: line.attempts,
                    reused: line.reused.filter(|_| line.attempts != Some(0)),
                };
                ended.entry(key).or_insert(outcome);
            }
            _ => {}
        }
    }
    asked.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(asked
        .into_iter()
        .map(|(at, what, key)| Asked {
            what,
            at,
            ports: given.remove(&key).unwrap_or_default(),
            outcome: ended.get(&key).cloned(),
        })
        .collect())
}

/// The requests of a run that callers made, in the order in which they did, and how each ended.
pub fn simulated(trace: &Trace) -> Vec<(RequestId, Option<Outcome>)> {
    asked(trace, |request| request.parent.is_none())
        .map(|id| (id, outcome(trace, id)))
        .collect()
}

/// What a proxy (nginx) wrote to its error log: what was asked, and what it says of it.
pub fn logged(log: &str) -> Vec<(String, String)> {
    let entry = |line: &str| {
        let (_, said) = line.split_once(": *")?;
        let (_, said) = said.split_once(' ')?;
        let (error, rest) = said.split_once(", client: ")?;
        let (_, asked) = rest.split_once("request: \"")?;
        let (asked, _) = asked.split_once(" HTTP/1.1\"")?;
        Some((asked.to_owned(), error.to_owned()))
    };
    log.lines().filter_map(entry).collect()
}

/// The same of a run: requests of a proxy that failed for good.
pub fn failed_behind(trace: &Trace) -> Vec<(String, String)> {
    asked(trace, |request| request.parent.is_some())
        .filter_map(|id| Some((what(trace, id), outcome(trace, id)?.error?)))
        .collect()
}

fn asked(trace: &Trace, is_asked: impl Fn(&Request) -> bool) -> impl Iterator<Item = RequestId> {
    let requests = (0u32..).map(RequestId).zip(&trace.requests);
    requests
        .filter(move |(_, request)| is_asked(request))
        .map(|(id, _)| id)
}

/// `POST /path`.
fn what(trace: &Trace, id: RequestId) -> String {
    let asked = &trace.requests[id.index()];
    let path = trace
        .text(asked.url)
        .splitn(4, '/')
        .nth(3)
        .unwrap_or_default();
    format!("{} /{path}", asked.method)
}

fn outcome(trace: &Trace, id: RequestId) -> Option<Outcome> {
    let life = trace.life(id)?;
    life.ended?;
    let error = life.failed(trace).and_then(|record| match record.event {
        Event::Request(RequestEvent::Failed { text, .. }) => Some(plain(trace.text(text))),
        _ => None,
    });
    let events = || {
        trace
            .of_request(id)
            .rev()
            .map(|(record, event)| (record.id, event))
    };
    // What comes later does not change what the caller was told.
    let heard = events().filter(|(record, _)| life.ended.is_some_and(|ended| *record < ended));
    let mut heads = heard.filter_map(|(_, event)| match event {
        RequestEvent::Head { status, .. } => Some(status),
        _ => None,
    });
    let late = events().find_map(|(_, event)| match event {
        RequestEvent::Late { error: None, .. } => Some("ok".to_owned()),
        RequestEvent::Late {
            error: Some((_, text)),
            ..
        } => Some(plain(trace.text(text))),
        _ => None,
    });
    Some(Outcome {
        error,
        late,
        status: heads.next(),
        attempts: Some(life.attempts),
        reused: (life.attempts > 0).then_some(life.reused),
    })
}

/// A text with `ADDR` for each `host:port`, whatever the host is called.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (n, word) in text.split_inclusive([' ', '/', '>', ',']).enumerate() {
        let (body, end) =
            word.split_at(word.trim_end_matches([' ', '/', '>', ',', ':', '-']).len());
        let port = body.rsplit_once(':').map(|(_, port)| port);
        let is_address = n > 0
            && port.is_some_and(|port| {
                (2..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
            });
        plain.push_str(if is_address { "ADDR" } else { body });
        plain.push_str(end);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_left_out() {
        let text = r#"Post "http://10.99.0.2:8080/p": read tcp 10.99.0.1:1234->10.99.0.2:8080: read: connection reset by peer"#;
        let expected =
            r#"Post "http://ADDR/p": read tcp ADDR->ADDR: read: connection reset by peer"#;
        assert_eq!(plain(text), expected);
        assert_eq!(plain(&text.replace("10.99.0.2", "server-02")), expected);
        assert_eq!(
            plain("connect ECONNREFUSED 10.99.0.2:8080"),
            "connect ECONNREFUSED ADDR"
        );
    }
}
