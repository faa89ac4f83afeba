//! `never-used-connection`: a connection was dialled, parked unused, and closed by the time for a first request.
//!
//! Said when a request failed on a connection from the pool that had never carried one, and close(2) goes back to
//! the server's timer for a request's head. Go dials while a request waits; if another connection is free first, the new
//! one is parked, counts as reused, and the server holds it to ReadHeaderTimeout or ReadTimeout, not to IdleTimeout.
//! Not said: of a connection that had carried a request (`keepalive-race`); in a capture it is said from the
//! sequence numbers, without the timer.
//! Facts: ground-truth §15a; runtimes §1.3 step 4, §12.2 step 1, §15 act 2. Recorded: 16-never-used-connection.

use super::keepalive_race::{explanation, failed};
use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::finding::{
    Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity, in_order,
};
use crate::race::{Connection, Race};
use crate::reading::Reading;
use crate::remedy::remedies;
use crate::steps::{Story, value};
use crate::text::Text;
use crate::times::span;
use whyeof_trace::{Event, PoolEvent};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "never-used-connection",
    title: Text::new(
        "A connection that had been dialled but never used was closed",
        "连接建好却一直没用，被服务器关掉了",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "Go dials while a request waits for a connection. If another connection becomes free first, the new one is parked in the pool although no request has used it, and later counts as reused. For the server it is still waiting for its first request: ReadHeaderTimeout, or ReadTimeout, closes it, whatever IdleTimeout says. The next request that takes it from the pool can meet that FIN, even if IdleTimeout is long.",
        "请求等连接的时候，Go 会同时新建一条。如果别的连接先空出来，新连接就一次没用放进池里，之后还算“复用”。可对服务器来说，它还在等第一个请求：到了 ReadHeaderTimeout（没设就是 ReadTimeout）就关，IdleTimeout 再长也没用。下一个从池里取到它的请求，就可能撞上那个 FIN。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for race in &reading.races {
        let request = reading.attempts[race.attempt].request;
        if race.connection == Connection::NeverUsed && failed(reading, race) {
            found.add(&KIND, Some(request), || word(reading, race));
        }
    }
}

fn word(reading: &Reading<'_>, race: &Race) -> Finding {
    let story = Story::of(reading, race);
    let method = story.method;
    let story_sentence = explanation(&story);
    let spare = spare(reading, race);
    let mut evidence: Vec<_> = origin(&story).into_iter().chain(story.steps()).collect();
    in_order(&mut evidence);
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(story.attempt.request),
        title: Text::made(
            format!("The {method} got a connection that had never been used"),
            format!("{method} 拿到了一条从没用过的连接"),
        ),
        explanation: Text::made(
            format!("{}{}", spare.en, lower(&story_sentence.en)),
            format!("{}{}", spare.zh, story_sentence.zh),
        ),
        evidence,
        remedies: remedies(reading, race),
    }
}

/// Which limit did not apply, and why.
fn spare(reading: &Reading<'_>, race: &Race) -> Text {
    let server = reading.server_of(race);
    let mut settings = reading.trace.settings.iter();
    let idle =
        settings.find(|s| server.is_some() && s.program == server && s.name == "IdleTimeout");
    match idle.map(value).filter(|v| !v.is_empty()) {
        Some(idle) => Text::made(
            format!(
                "The connection had never carried a request, so IdleTimeout ({idle}) did not count yet: "
            ),
            format!("这条连接从没用过，IdleTimeout（{idle}）还管不到它："),
        ),
        None => Text::new(
            "The connection had never carried a request: ",
            "这条连接从没用过：",
        ),
    }
}

/// A sentence as the second half of another.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// Where the connection came from: dialled for a request that was served by another one.
fn origin(story: &Story<'_>) -> Vec<Evidence> {
    let socket = story.attempt.socket;
    let step = |record: &whyeof_trace::Record| {
        let at = story.moment(record.id);
        match record.event {
            Event::Pool(PoolEvent::Dial { socket: s, request }) if s == socket => {
                let number = story.reading.number(request);
                Some(Evidence {
                    record: record.id,
                    role: EvidenceRole::Dialled,
                    text: Text::made(
                        format!(
                            "At {at} this connection was dialled for request {number}, which got another one first."
                        ),
                        format!(
                            "{at}，为第 {number} 个请求新建这条连接，可那个请求先等到了别的连接。"
                        ),
                    ),
                })
            }
            Event::Pool(PoolEvent::Park {
                socket: s,
                used: false,
            }) if s == socket => Some(Evidence {
                record: record.id,
                role: EvidenceRole::ParkedUnused,
                text: Text::made(
                    format!("At {at} it was connected and parked in the pool, unused."),
                    format!("{at}，连接建好，一次没用就放进池里。"),
                ),
            }),
            _ => None,
        }
    };
    story
        .reading
        .of_flow(socket.flow)
        .filter_map(step)
        .collect()
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the request was the first on its connection, and crossed the server's FIN.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let Became::Crossed { fin, .. } = met.became else {
        return None;
    };
    let begins = reading.captured.has_syn(met.flow);
    if !begins || met.before.is_some() || reading.captured.stopped(reading, met.flow, fin) {
        return None;
    }
    let name = met.name(reading);
    let opened = reading.of_flow(met.flow).next()?;
    let after = span(reading.time(fin).since(opened.time));
    Some([
        Text::made(
            format!("The {} got a connection that had never been used", name.en),
            format!("{} 拿到了一条从没用过的连接", name.zh),
        ),
        Text::made(
            format!(
                "No request had gone over this connection before. {after} after its beginning the server sent FIN, and the request and the FIN passed each other. Which timer closed, and what the program reported, a capture at one end cannot know."
            ),
            format!(
                "这条连接上从没有过请求。建立后 {after}，服务器发了 FIN，请求和 FIN 擦肩而过。是哪个定时器关的、程序报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
