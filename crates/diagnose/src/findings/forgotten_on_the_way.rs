//! `forgotten-on-the-way`: a NAT, load balancer or firewall forgot an idle connection that both ends still had.
//!
//! Said of a failed request whose packets a box on the way lost, or answered with a RST that the other end never sent. Facts:
//! linux-tcp §7.5; cases A20 to A22.

use crate::evidence::Steps;
use crate::finding::{Evidence, EvidenceRole, Finding, FindingKind, Found, Root, Severity};
use crate::reading::{Attempt, Reading};
use crate::remedy::below_the_box;
use crate::report::RequestReport;
use crate::text::Text;
use crate::times::{exact, moment};
use std::time::Duration;
use whyeof_trace::{Culprit, Event, FaultEvent, Flags, Packet, RecordId, SegmentEvent};

/// The kind.
pub(super) static KIND: FindingKind = FindingKind {
    code: "forgotten-on-the-way",
    title: Text::new(
        "A box on the way forgot the connection",
        "中间设备忘记了这条连接",
    ),
    #[cfg(feature = "manual")]
    manual: Text::new(
        "NAT gateways, load balancers and firewalls keep an entry for each connection and drop it when the connection has been idle for their time: AWS 350 s, Azure 4 min, IPVS 900 s. Neither end is told. The next request is lost, again and again, or answered with a RST that the server never sent; the server's log shows nothing. Probes that come more often than the box forgets keep the entry alive; so does letting go of idle connections before it does.",
        "NAT 网关、负载均衡、防火墙给每条连接记一项，空闲超过它的时限就删掉：AWS 350 s，Azure 4 分钟，IPVS 900 s。两端都得不到通知。下一个请求不是反复丢失，就是收到一个服务器从没发过的 RST；服务器的日志里什么都没有。保活探测比它忘得勤，就能保住这一项；空闲连接早些关掉也行。",
    ),
    severity: Severity::Failure,
    root: Some(Root::Timer),
    find,
};

/// What a box did to a request.
struct Hit<'a> {
    attempt: &'a Attempt,
    /// When it forgot the connection.
    forgot: Option<RecordId>,
    /// The first packet of the request that it lost, and how many.
    lost: (RecordId, usize),
    /// The RST that it sent, where it arrived.
    reset: Option<RecordId>,
}

fn find(reading: &Reading<'_>, found: &mut Found) {
    found.tell(
        &KIND,
        reading,
        |request| hit(reading, request),
        |request, hit| word(reading, request, hit),
    );
}

fn hit<'a>(reading: &'a Reading<'_>, request: &RequestReport) -> Option<Hit<'a>> {
    let attempt = reading.last_attempt(request.id)?;
    let flow = || reading.of_flow(attempt.socket.flow);
    let mut lost = flow().filter(|r| {
        let boxed = matches!(
            r.event,
            Event::Segment(SegmentEvent::Dropped {
                by: Culprit::Box(_),
                ..
            })
        );
        boxed && r.id > attempt.checkout && Some(r.id) < request.last
    });
    let first = lost.next()?.id;
    let lost = (first, 1 + lost.count());
    let forgets = |r: &&whyeof_trace::Record| matches!(r.event, Event::Fault(FaultEvent::Forgot { flow, .. }) if flow == attempt.socket.flow);
    let mut before = reading.trace.records[..first.index()].iter().rev();
    let reset = flow().find(|r| {
        let arrives = matches!(r.event, Event::Segment(SegmentEvent::Arrived(Packet::Tcp(s))) if s.flags.has(Flags::RST));
        arrives && r.cause.is_some_and(|cause| cause >= first)
    });
    Some(Hit {
        attempt,
        forgot: before.find(forgets).map(|r| r.id),
        lost,
        reset: reset.map(|r| r.id),
    })
}

fn word(reading: &Reading<'_>, request: &RequestReport, hit: &Hit<'_>) -> Finding {
    let (number, method) = (request.number, request.method);
    let limit = limit(reading);
    let at = hit.forgot.map(|forgot| moment(reading.time(forgot)));
    let at = at.unwrap_or_default();
    let idle = limit.map(exact).unwrap_or_default();
    let (_, count) = hit.lost;
    // It had arrived: what was lost later is its answer.
    let ran = request.executed > 0;
    let (then, then_zh) = match hit.reset {
        _ if ran => (
            format!(
                "the answer to the {method} was lost there: its handler ran, and took longer than the box remembers"
            ),
            format!("{method} 的响应就丢在那里：处理函数执行了，只是比中间设备记得的时间还久"),
        ),
        Some(_) => (
            format!("it answered the {method} with a RST that the server never sent"),
            format!("它对 {method} 回了一个服务器从没发过的 RST"),
        ),
        None => (
            format!("it lost the {method} {count} times, and told nobody"),
            format!("它把 {method} 丢了 {count} 次，谁也没通知"),
        ),
    };
    Finding {
        code: KIND.code,
        severity: KIND.severity,
        request: Some(request.id),
        title: Text::made(
            format!("Request {number} met a box that had forgotten its connection"),
            format!("第 {number} 个请求的连接已经被中间设备忘记"),
        ),
        explanation: Text::made(
            format!(
                "Both ends still had the connection; a box on the way had forgotten it at {at}, after {idle} without a packet, and {then}.{}",
                if ran {
                    ""
                } else {
                    " The server heard nothing of it."
                }
            ),
            format!(
                "两端都还留着这条连接；中间设备在 {at} 把它忘了，因为 {idle} 没有包经过，{then_zh}。{}",
                if ran { "" } else { "服务器毫不知情。" }
            ),
        ),
        evidence: steps(reading, request, hit),
        remedies: limit.map_or_else(Vec::new, |limit| below_the_box(reading, request, limit)),
    }
}

fn steps(reading: &Reading<'_>, request: &RequestReport, hit: &Hit<'_>) -> Vec<Evidence> {
    let (method, ran) = (request.method, request.executed > 0);
    let (first, _) = hit.lost;
    let mut steps = Steps::new(reading);
    steps.add(
        hit.forgot,
        EvidenceRole::Closed,
        Text::new("the box forgot the connection", "中间设备忘记了这条连接"),
    );
    steps.add(
        // It may be lost before the call returns that sent it.
        match ran {
            true => hit.attempt.written,
            false => reading.trace.record(first).cause.or(hit.attempt.written),
        },
        EvidenceRole::RequestSent,
        Text::made(format!("the {method} was sent"), format!("{method} 发出")),
    );
    steps.add(
        Some(first),
        EvidenceRole::Lost,
        match ran {
            true => Text::new(
                "a packet was lost at the box for the first time",
                "第一次有包在中间设备那里丢了",
            ),
            false => Text::new("it was lost at the box", "在中间设备那里丢了"),
        },
    );
    steps.add(
        hit.reset,
        EvidenceRole::ResetArrived,
        Text::new(
            "the box's RST reached the client",
            "中间设备的 RST 到达客户端",
        ),
    );
    steps.ended_by_timer(reading, request);
    steps.in_order()
}

/// How long the box remembers.
fn limit(reading: &Reading<'_>) -> Option<Duration> {
    let mut settings = reading.trace.settings.iter();
    let idle = settings.find(|s| s.path.ends_with(".forget.idle"))?;
    idle.value.duration()
}
