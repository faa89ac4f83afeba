//! `body-unread`: callers closed response bodies before their end, and their runtime closed the connections with them.
//!
//! Said once of each client program that lost connections so. Nobody got an error: the next request dials. Not said where the
//! runtime reads the rest behind the caller's back and keeps the connection (Go 1.27), which costs nothing.
//! Facts: runtimes §1.7, §0.1 (close(2) with unread bytes resets); ground-truth §5. Recorded: 05 (Go 1.27), sweeps of go-1.19.

use crate::capture::{Became, Exchange, Words, tell_exchanges};
use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::race::Ending;
use crate::reading::{Reading, runtime_name};
use crate::remedy::read_bodies;
use crate::text::{Text, count};
use litemap::LiteMap;
use whyeof_trace::{
    BodyLeft, Call, Event, Evicted, Flags, Packet, PoolEvent, ProgramId, RecordId, RequestEvent,
    RequestId, Returned, SegmentEvent, SocketEvent, SocketId,
};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "body-unread",
    title: Text::new(
        "Bodies closed unread cost connections",
        "没读完就关 Body，连接也丢了",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "A connection can carry its next request only when the response before has been read to its end. Who looks at the status code and closes the body early makes the runtime close the connection (older Go, 1.19 for one; Go 1.27 first tries to read the rest, up to 256 KiB in 50 ms). If bytes lie in the kernel's receive queue by then, close() sends RST instead of FIN. No caller gets an error: each request dials instead, and the pool stays empty.",
        "上一个响应读完了，连接才能给下一个请求用。只看状态码、没读完就关 Body，运行时就只好把连接也关掉（老版本的 Go，比如 1.19；Go 1.27 会先在后台把剩下的读完，最多 256 KiB、50 ms）。这时内核接收缓冲区里要是还有没读的数据，close() 发出的就是 RST，不是 FIN。调用方看不到错误，只是每个请求都要重新建连，连接池总是空的。",
    ),
    severity: Severity::Hidden,
    root: Some(Root::Call),
    find,
};

/// A connection that a body cost.
struct Lost {
    /// The request whose body was closed.
    request: RequestId,
    /// The caller closes the body.
    left: RecordId,
    /// The runtime closes the connection.
    close: RecordId,
    /// What that sent.
    sent: RecordId,
    ending: Ending,
    /// Bytes in the kernel's receive queue by then.
    unread: u32,
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    let mut by_client: LiteMap<ProgramId, Vec<Lost>> = LiteMap::new();
    for record in &reading.trace.records {
        if let Event::Pool(PoolEvent::Evict {
            socket,
            why: Evicted::BodyUnread,
        }) = record.event
            && let Some(lost) = lost(reading, socket, record.id)
            // It would have been closed in any case.
            && !reading.asks_to_close(lost.request)
        {
            let client = reading.trace.requests[lost.request.index()].program;
            by_client.entry(client).or_default().push(lost);
        }
    }
    for (client, lost) in by_client.iter() {
        found.add(&KIND, None, || word(reading, *client, lost));
    }
}

fn lost(reading: &Reading<'_>, socket: SocketId, evicted: RecordId) -> Option<Lost> {
    let before = reading.of_flow(socket.flow).rev();
    let (left, request) = before
        .filter(|r| r.id < evicted)
        .find_map(|r| match r.event {
            Event::Request(RequestEvent::BodyLeft {
                request,
                left: BodyLeft::Closed,
                ..
            }) => Some((r.id, request)),
            _ => None,
        })?;
    let mut after = reading.of_flow(socket.flow).filter(|r| r.id > evicted);
    let closes = Event::Socket(SocketEvent::Called {
        socket,
        call: Call::Close,
    });
    let close = after.find(|r| r.event == closes)?.id;
    let (sent, segment) = after.find_map(|r| match &r.event {
        Event::Segment(SegmentEvent::Sent(Packet::Tcp(s)))
            if s.from == socket.side && (s.flags.has(Flags::FIN) || s.flags.has(Flags::RST)) =>
        {
            Some((r.id, *s))
        }
        _ => None,
    })?;
    // Whatever has arrived in order is acknowledged with the RST (ground-truth §5); the SYN counts one.
    let arrived = segment.ack.0.saturating_sub(1);
    let unread = arrived.saturating_sub(read_by(reading, socket, close));
    let ending = match segment.flags.has(Flags::RST) {
        true => Ending::Reset,
        false => Ending::Fin,
    };
    Some(Lost {
        request,
        left,
        close,
        sent,
        ending,
        unread,
    })
}

/// Bytes that a program had read from a socket.
fn read_by(reading: &Reading<'_>, of: SocketId, until: RecordId) -> u32 {
    let flow = reading.of_flow(of.flow).take_while(|r| r.id < until);
    let read = flow.filter_map(|r| match r.event {
        Event::Socket(SocketEvent::Returned {
            socket,
            call: Call::Read,
            result: Returned::Bytes(n),
        }) if socket == of => Some(n),
        _ => None,
    });
    read.sum()
}

fn word(reading: &Reading<'_>, client: ProgramId, lost: &[Lost]) -> Finding {
    let number = lost.len();
    let program = reading.trace.program(client);
    let runtime = runtime_name(&program.runtime);
    let name = &program.name;
    let (how, dials) = (how(lost), dials(reading, client, lost));
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: None,
        title: Text::made(
            format!("Bodies closed unread cost {}", count(number, "connection")),
            format!("没读完就关 Body，丢了 {number} 条连接"),
        ),
        explanation: Text::made(
            format!(
                "{name} closed {} before the end, and {runtime} closed {}: {}; {}.",
                count(number, "response body"),
                if number == 1 {
                    "the connection with it"
                } else {
                    "their connections with them"
                },
                how.en,
                dials.en
            ),
            format!(
                "{name} 有 {number} 次没读完响应体就关了 Body，{runtime} 只好把连接一起关掉：{}；{}。",
                how.zh, dials.zh
            ),
        ),
        evidence: steps(reading, &lost[0]),
        remedies: read_bodies(reading, lost.iter().map(|l| l.request)),
    }
}

/// FIN or RST, and why.
fn how(lost: &[Lost]) -> Text {
    let resets = lost.iter().filter(|l| l.ending == Ending::Reset).count();
    let fins = lost.len() - resets;
    let most = lost.iter().map(|l| l.unread).max().unwrap_or_default();
    let (up_to, up_to_zh) = match resets {
        1 => ("", ""),
        _ => ("up to ", "最多"),
    };
    let (reset_en, reset_zh) = (
        format!(
            "{resets} by RST, because {up_to}{most} bytes lay unread in the kernel's receive queue"
        ),
        format!("{resets} 条发 RST，因为内核接收缓冲区里还有{up_to_zh} {most} 字节没读"),
    );
    let (fin_en, fin_zh) = (
        format!("{fins} by FIN, because nothing lay in the kernel's receive queue"),
        format!("{fins} 条发 FIN，因为内核接收缓冲区里没有数据"),
    );
    match (resets, fins) {
        (_, 0) => Text::made(reset_en, reset_zh),
        (0, _) => Text::made(fin_en, fin_zh),
        _ => Text::made(
            format!("{reset_en}, {fin_en}"),
            format!("{reset_zh}，{fin_zh}"),
        ),
    }
}

/// What it cost the requests that came later.
fn dials(reading: &Reading<'_>, client: ProgramId, lost: &[Lost]) -> Text {
    let since = lost[0].close;
    let records = &reading.trace.records[since.index()..];
    let dials = records.iter().filter(|r| {
        matches!(
            r.event,
            Event::Pool(PoolEvent::Dial { request, .. })
                if reading.trace.requests[request.index()].program == client
        )
    });
    match dials.count() {
        0 => Text::new("no request has dialled since", "之后还没有请求新建连接"),
        n => Text::made(
            format!("this client has dialled {} since", count(n, "connection")),
            format!("之后又新建了 {n} 条连接"),
        ),
    }
}

/// The first of them.
fn steps(reading: &Reading<'_>, lost: &Lost) -> Vec<Evidence> {
    let number = reading.number(lost.request);
    let mut steps = Steps::new(reading);
    steps.add(
        Some(lost.left),
        EvidenceRole::BodyLeft,
        Text::made(
            format!("the caller of request {number} closed the response's body before its end"),
            format!("第 {number} 个请求的调用方没读完响应体就关了 Body"),
        ),
    );
    steps.add(
        Some(lost.close),
        EvidenceRole::Closed,
        Text::new(
            "the runtime closed the connection, which could not be used again",
            "这条连接没法再用，运行时把它关了",
        ),
    );
    let unread = lost.unread;
    let (role, words) = match lost.ending {
        Ending::Fin => (
            EvidenceRole::FinSent,
            Text::new(
                "close() sent FIN: all that had arrived had been read from the kernel",
                "close() 发出 FIN：到达的数据都已经从内核读走",
            ),
        ),
        Ending::Reset => (
            EvidenceRole::ResetSent,
            Text::made(
                format!(
                    "close() sent RST: {unread} bytes lay unread in the kernel's receive queue"
                ),
                format!("close() 发出 RST：内核接收缓冲区里还有 {unread} 字节没读"),
            ),
        ),
    };
    steps.add(Some(lost.sent), role, words);
    steps.in_order()
}

/// Looks for it in a capture.
pub(super) fn captured(reading: &Reading<'_>, found: &mut Found) {
    tell_exchanges(&KIND, reading, found, |met| in_capture(reading, met));
}

/// What a capture tells: the client ended the connection in the midst of an answer.
fn in_capture(reading: &Reading<'_>, met: &Exchange) -> Option<Words> {
    if !matches!(met.became, Became::Left { begun: true, .. }) {
        return None;
    }
    let name = met.name(reading);
    Some([
        Text::made(
            format!(
                "The client ended the connection before the answer to the {} was whole",
                name.en
            ),
            format!("{} 的响应还没收完，客户端就断开了连接", name.zh),
        ),
        Text::new(
            "Its caller had closed the body, or its time was over: which, a capture at one end cannot know. The connection is lost for the next request either way.",
            "调用方关了响应体，或者时限到了：是哪一种，只在一端抓的包里看不到。不管哪一种，这条连接下一个请求都用不上了。",
        ),
    ])
}
