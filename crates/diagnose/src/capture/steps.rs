//! The steps of a proof from a capture: what the tap saw, in its order.

use super::became::Became;
use super::exchange::{Conversation, Exchange};
use crate::finding::{Evidence, EvidenceRole, in_order};
use crate::reading::Reading;
use crate::text::Text;
use crate::times::moment;
use whyeof_trace::{Event, RecordId, SegmentEvent};

use EvidenceRole::{
    Asked, Closed, FinArrived, FinSent, RequestArrived, RequestSent, ResetArrived, ResetSent,
    ResponseSent,
};

/// The words of a step, and what it is to the finding where it leaves or comes.
type Step = (RecordId, [EvidenceRole; 2], Text);

/// What the tap saw of an exchange.
pub(super) fn steps(reading: &Reading<'_>, exchange: &Exchange) -> Vec<Evidence> {
    let before = exchange.before.map(|before| {
        let text = Text::new("the server's last response", "服务器的上一个响应");
        (before, [ResponseSent; 2], text)
    });
    let answer = exchange.answer.map(|answer| {
        let text = Text::new("the beginning of the answer", "响应的开头");
        (answer, [ResponseSent; 2], text)
    });
    let request = (
        exchange.sent,
        [RequestSent, RequestArrived],
        request(exchange),
    );
    let mut all: Vec<Step> = vec![request];
    all.extend(before.into_iter().chain(answer));
    all.extend(by_server(exchange).or_else(|| by_others(exchange)));
    all.extend(reset(exchange).into_iter().chain(heard(exchange)));
    all.extend(again(reading, exchange));
    let steps = all.into_iter();
    let mut steps: Vec<Evidence> = steps
        .map(|(record, roles, text)| step(reading, record, roles, text))
        .collect();
    in_order(&mut steps);
    steps
}

/// What the server's end sent.
fn by_server(exchange: &Exchange) -> Option<Step> {
    let (fins, resets) = ([FinSent, FinArrived], [ResetSent, ResetArrived]);
    Some(match exchange.became {
        Became::Crossed {
            fin,
            had_come: false,
            ..
        } => (
            fin,
            fins,
            Text::new(
                "the server's FIN, which does not acknowledge the request",
                "服务器的 FIN，它没有确认这个请求",
            ),
        ),
        Became::Crossed { fin, .. } | Became::AfterEnd { fin } | Became::Stale { fin } => {
            (fin, fins, Text::new("the server's FIN", "服务器的 FIN"))
        }
        Became::Closed { fin, whole: true } => (
            fin,
            fins,
            Text::new(
                "the server's FIN, which acknowledges the request, and no answer before it",
                "服务器的 FIN，它确认了这个请求，之前却没有响应",
            ),
        ),
        Became::Closed { fin, whole: false } => (
            fin,
            fins,
            Text::new(
                "the server's FIN, which acknowledges only a part of the request",
                "服务器的 FIN，它只确认了请求的一部分",
            ),
        ),
        Became::Reset { reset } => (
            reset,
            resets,
            Text::new(
                "a RST with ACK: a socket of the server's was there and ended the connection",
                "带 ACK 的 RST：服务器的 socket 还在，是它断开了连接",
            ),
        ),
        Became::Unknown { reset, .. } => (
            reset,
            resets,
            Text::new(
                "a RST without ACK: where the request came, nobody knew the connection",
                "不带 ACK 的 RST：请求到达的地方，没人认识这条连接",
            ),
        ),
        Became::Cut { end } => (
            end,
            fins,
            Text::new(
                "the server's end of the connection, before the answer was whole",
                "服务器在响应还没发完时断开了连接",
            ),
        ),
        _ => return None,
    })
}

/// What the client's end sent, or somebody on the way.
fn by_others(exchange: &Exchange) -> Option<Step> {
    Some(match exchange.became {
        Became::Error { error, .. } => (
            error,
            [Closed; 2],
            Text::new("an ICMP error about it", "关于它的 ICMP 错误"),
        ),
        Became::Left { end, .. } => (
            end,
            [Closed; 2],
            Text::new("the client's end of the connection", "客户端断开了连接"),
        ),
        Became::Undelivered { last, .. } => (
            last,
            [ResponseSent; 2],
            Text::new(
                "the answer for the last time; the client had acknowledged nothing of it",
                "响应最后一次发送；客户端一个字节都没确认",
            ),
        ),
        Became::Silence { last, .. } => (
            last,
            [RequestSent, RequestArrived],
            Text::new(
                "the last that the client sent; nothing came back",
                "客户端最后一次发送；什么都没回来",
            ),
        ),
        _ => return None,
    })
}

/// The RST that a request got which had crossed a FIN.
fn reset(exchange: &Exchange) -> Option<Step> {
    let Became::Crossed { reset, .. } = exchange.became else {
        return None;
    };
    let text = Text::new(
        "the RST that the request got from a closed socket",
        "请求撞上已关闭的 socket 换来的 RST",
    );
    Some((reset?, [ResetSent, ResetArrived], text))
}

/// That the server's kernel had the request, where its client left before an answer.
fn heard(exchange: &Exchange) -> Option<Step> {
    let Became::Left {
        heard: Some(heard), ..
    } = exchange.became
    else {
        return None;
    };
    let text = Text::new(
        "the server's kernel acknowledge the whole request",
        "服务器内核确认了整个请求",
    );
    Some((heard, [RequestArrived; 2], text))
}

/// What looks like the same request once more.
fn again(reading: &Reading<'_>, exchange: &Exchange) -> Option<Step> {
    let next = reading.captured.sent_again(reading, exchange)?;
    let number = next.flow.0 + 1;
    let (en, zh) = match next.became {
        Became::Answered | Became::Delayed { .. } => ("answered there", "在那里得到了响应"),
        _ => ("in vain", "也没成"),
    };
    let text = Text::made(
        format!(
            "the same request once more, on connection {number}, {en}: a retry, or another one that says the same"
        ),
        format!(
            "同样的请求又从第 {number} 条连接发出，{zh}：可能是重试，也可能是另一个内容相同的请求"
        ),
    );
    Some((next.sent, [EvidenceRole::Retried; 2], text))
}

/// The SYNs of a connection that was not made, and what came back.
pub(super) fn dial(
    reading: &Reading<'_>,
    talk: &Conversation,
    came: Option<RecordId>,
) -> Vec<Evidence> {
    let mut steps = Vec::new();
    if let Some((first, last)) = talk.syns {
        let text = Text::new("the SYN", "SYN");
        steps.push(step(reading, first, [Asked; 2], text));
        if first != last {
            let text = Text::new("the last SYN", "最后一个 SYN");
            steps.push(step(reading, last, [Asked; 2], text));
        }
    }
    if let Some(came) = came {
        let text = Text::new("what came back", "回来的包");
        steps.push(step(reading, came, [ResetSent, ResetArrived], text));
    }
    in_order(&mut steps);
    steps
}

fn request(exchange: &Exchange) -> Text {
    match exchange.became {
        Became::Crossed {
            had_come: false, ..
        }
        | Became::Stale { .. } => Text::new(
            "the request, which does not acknowledge the FIN",
            "这个请求，它没有确认 FIN",
        ),
        Became::Crossed { .. } | Became::AfterEnd { .. } => Text::new(
            "the request, which acknowledges the FIN",
            "这个请求，它确认了 FIN",
        ),
        _ => Text::new("the request", "这个请求"),
    }
}

fn step(
    reading: &Reading<'_>,
    record: RecordId,
    [here, there]: [EvidenceRole; 2],
    text: Text,
) -> Evidence {
    let record = reading.trace.record(record);
    let arrived = matches!(record.event, Event::Segment(SegmentEvent::Arrived(_)));
    let at = moment(record.time);
    Evidence {
        record: record.id,
        role: if arrived { there } else { here },
        text: Text::made(
            format!("At {at} the tap saw {}.", text.en),
            format!("{at}，抓包点看到{}。", text.zh),
        ),
    }
}
