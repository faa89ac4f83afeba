//! `closed-behind-answer`: the server closed right behind an answer, and a request that followed on the connection met its FIN.
//!
//! No timer stands behind that close(2), but an earlier answer: the server meant that answer to be the last, whether it said so
//! (`Connection: close`, which a pipelined request comes too late to read) or not (the opening of article 002). The request
//! was not executed. Nobody's idle time has anything to do with it.
//! Facts: runtimes §1.6, §2.4; RFC 9112 §9.3.2 (what a client does about pipelined requests), §9.6.

use crate::capture::{AT_ONCE, Became, Exchange, Words, tell_exchanges};
use crate::ending::ServerEnd;
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Attempt, Reading};
use crate::report::{Outcome, RequestReport};
use crate::text::Text;
use crate::times::span;
use whyeof_trace::{
    Event, Failure, MessageKind, RecordId, RequestEvent, RequestId, TimerEvent, TimerKind,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "closed-behind-answer",
    title: Text::new(
        "The server closed behind an earlier answer",
        "服务器回完前一个响应就关了连接",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A server may close as soon as it has answered. If it says so, with Connection: close, a client keeps nothing, unless it has sent the next request already. If it says nothing, the client takes the connection for a kept one: a request that goes out before the FIN has come meets a closed socket. It was not executed, and the fix is the server's: say Connection: close, or keep the connection.",
        "服务器可以回完响应就关连接。写了 Connection: close，客户端就不会再用，除非下一个请求已经发出去了。什么也不说，客户端就当它还能用：赶在 FIN 到达之前发出的请求，撞上的是已经关掉的 socket。请求没有被执行；该改的是服务器：要么写 Connection: close，要么别关。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

fn find(reading: &Reading<'_>, found: &mut Found) {
    for request in reading.requests.values() {
        let hidden = request.outcome == Outcome::Ok && request.attempts > 1;
        if !(hidden || is_lost(request.failure)) || found.explains(request.id) {
            continue;
        }
        let of_it = |a: &&Attempt| a.request == request.id && is_lost(a.failure);
        let Some(attempt) = reading.attempts.iter().rfind(of_it) else {
            continue;
        };
        if let Some(behind) = Behind::of(reading, attempt) {
            found.add(&KIND, Some(request.id), || word(reading, request, &behind));
        }
    }
}

const fn is_lost(failure: Option<Failure>) -> bool {
    matches!(
        failure,
        Some(
            Failure::EndOfStream | Failure::Reset | Failure::BrokenPipe | Failure::ServerClosedIdle
        )
    )
}

/// A connection that was closed behind an answer to an earlier request.
struct Behind {
    answered: RequestId,
    fired: Option<RecordId>,
    answer: RecordId,
    end: ServerEnd,
    ended: RecordId,
    said: bool,
    /// Its handler broke off instead of answering.
    broke: bool,
}

impl Behind {
    fn of(reading: &Reading<'_>, attempt: &Attempt) -> Option<Self> {
        let end = ServerEnd::of(reading, attempt.socket)?;
        let ended = attempt.ended.filter(|ended| end.close < *ended)?;
        let mut causes = reading.trace.causes(end.close);
        // A timer in between is a time that ran out: another story.
        let (answer, answered) = causes.find_map(|r| match r.event {
            Event::Request(RequestEvent::Responded { request, .. }) => {
                Some(Some((r.id, Some(request))))
            }
            Event::Timer(TimerEvent::Fired { timer, .. }) => {
                Some((timer.kind == TimerKind::Handler).then_some((r.id, None)))
            }
            _ => None,
        })??;
        let broke = answered.is_none();
        let fired = if broke {
            Some(reading.trace.record(answer))
        } else {
            causes.find(|r| matches!(r.event, Event::Timer(TimerEvent::Fired { .. })))
        };
        let answered = match answered {
            Some(answered) => answered,
            None => reading.at_work(attempt.socket.flow, answer)?,
        };
        let mut messages = reading.trace.messages.iter();
        let said = messages.any(|m| {
            (m.kind, m.request, m.sender)
                == (MessageKind::Response, answered, attempt.socket.peer())
                && reading
                    .trace
                    .text(m.head)
                    .contains("\r\nConnection: close\r\n")
        });
        (answered != attempt.request).then_some(Self {
            answered,
            fired: fired.map(|r| r.id),
            answer,
            end,
            ended,
            said,
            broke,
        })
    }
}

fn word(reading: &Reading<'_>, request: &RequestReport, behind: &Behind) -> Finding {
    let (number, method) = (request.number, request.method);
    let earlier = reading.number(behind.answered);
    let said = if behind.broke {
        Text::new("without a whole answer", "没有给出完整的响应")
    } else if behind.said {
        Text::new(
            "with Connection: close, which came too late for this one",
            "也写了 Connection: close，可这个请求在看到它之前就发出去了",
        )
    } else {
        Text::new(
            "without a word about it in the answer",
            "响应里却一个字也没提",
        )
    };
    let what = if behind.broke {
        Text::new("breaking off", "中断了")
    } else {
        Text::new("its answer to", "回完")
    };
    let ran = if request.executed > 0 {
        Text::new(
            "Its handler had begun all the same, and its answer was never sent",
            "它的处理函数其实已经开始执行，响应却没能发出",
        )
    } else {
        Text::new("It was not executed", "它没有被执行")
    };
    let hidden = request.outcome == Outcome::Ok;
    let again = if hidden {
        let runtime = reading.runtime_of(request.id);
        Text::made(
            format!(" {runtime} sent it again by itself."),
            format!("{runtime} 自动重试了它。"),
        )
    } else {
        Text::default()
    };
    Finding {
        code: KIND.code,
        severity: if hidden {
            Severity::Hidden
        } else {
            KIND.severity
        },
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} followed on a connection that its server had closed"),
            format!("第 {number} 个请求跟在一条服务器已经关掉的连接上"),
        ),
        explanation: Text::made(
            format!(
                "The server closed the connection right behind {} request {earlier}, {}; the {method} had that connection by then. {}, and no idle time has run out: this is no keepalive race.{}",
                what.en, said.en, ran.en, again.en
            ),
            format!(
                "服务器{}第 {earlier} 个请求就关了连接，{}；那时 {method} 已经用上这条连接。{}；也没有哪个空闲超时到点，这不是长连接竞态。{}",
                what.zh, said.zh, ran.zh, again.zh
            ),
        ),
        evidence: steps(reading, request, behind),
        remedies: Vec::new(),
    }
}

fn steps(reading: &Reading<'_>, request: &RequestReport, behind: &Behind) -> Vec<Evidence> {
    let mut steps = Steps::new(reading);
    let earlier = reading.number(behind.answered);
    steps.add(
        behind.fired,
        EvidenceRole::TimerFired,
        Text::made(
            format!("the handler of request {earlier} was done"),
            format!("第 {earlier} 个请求处理完了"),
        ),
    );
    steps.add(
        Some(behind.answer).filter(|_| !behind.broke),
        EvidenceRole::ResponseSent,
        Text::made(
            format!("the server answered request {earlier}"),
            format!("服务器回了第 {earlier} 个请求"),
        ),
    );
    steps.add(
        Some(behind.end.close),
        EvidenceRole::Closed,
        Text::new("and closed the connection", "接着关了连接"),
    );
    if request.outcome == Outcome::Ok {
        steps.sent_again(Some(behind.ended), request);
    } else {
        steps.failed(request);
    }
    steps.in_order()
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the FIN came with the answer before, and the request crossed it.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    let Became::Crossed { fin, .. } = met.became else {
        return None;
    };
    let gap = reading.time(fin).since(reading.time(met.before?));
    if gap >= AT_ONCE {
        return None;
    }
    let (name, after) = (met.name(reading), span(gap));
    Some([
        Text::made(
            format!(
                "The {} followed on a connection that its server had closed",
                name.en
            ),
            format!("{} 跟在一条服务器已经关掉的连接上", name.zh),
        ),
        Text::made(
            format!(
                "The server sent FIN {after} after an answer, and the request was on its way by then: neither acknowledges the other. No idle time was over. What the program reported, a capture at one end cannot know."
            ),
            format!(
                "服务器回完一个响应，{after} 之后就发了 FIN，那时请求已经在路上：两者都没有确认对方。这和空闲时限无关。程序报了什么错，只在一端抓的包里看不到。"
            ),
        ),
    ])
}
