//! The steps of a race in words, each tied to its record. Findings that share a race share them.

use crate::finding::{Evidence, EvidenceRole, in_order};
use crate::race::{Connection, Ending, Race};
use crate::reading::{Attempt, Reading};
use crate::text::Text;
use crate::times::{exact, moment, span};
use std::time::Duration;
use whyeof_trace::{Event, Failure, Origin, RecordId, RequestEvent, RetryReason, Setting, Value};

/// A race with the words that its steps and sentences need.
pub(crate) struct Story<'a> {
    pub(crate) reading: &'a Reading<'a>,
    pub(crate) race: &'a Race,
    pub(crate) attempt: &'a Attempt,
    /// `POST`.
    pub(crate) method: &'static str,
}

impl<'a> Story<'a> {
    pub(crate) fn of(reading: &'a Reading<'a>, race: &'a Race) -> Self {
        let attempt = &reading.attempts[race.attempt];
        let request = &reading.trace.requests[attempt.request.index()];
        Self {
            reading,
            race,
            attempt,
            method: request.method.name(),
        }
    }

    /// All steps, in the order of their records.
    pub(crate) fn steps(&self) -> Vec<Evidence> {
        let race = self.race;
        let steps = [
            self.step(race.set, EvidenceRole::TimerSet, Self::timer_set),
            self.step(Some(race.fired), EvidenceRole::TimerFired, Self::fired),
            self.end_sent(),
            self.request_sent(),
            self.request_arrived(),
            self.step(race.reset_sent, EvidenceRole::ResetSent, Self::reset_sent),
            self.end_arrived(),
            self.step(race.read, EvidenceRole::ReadEnded, Self::read),
            self.ended(),
        ];
        let mut steps: Vec<_> = steps.into_iter().flatten().collect();
        in_order(&mut steps);
        steps
    }

    fn step(
        &self,
        record: Option<RecordId>,
        role: EvidenceRole,
        text: impl FnOnce(&Self, &str) -> Text,
    ) -> Option<Evidence> {
        let record = record?;
        let at = self.moment(record);
        Some(Evidence {
            record,
            role,
            text: text(self, &at),
        })
    }

    /// The moment of a record in words.
    pub(crate) fn moment(&self, record: RecordId) -> String {
        moment(self.reading.time(record))
    }

    /// How long the server's timer was set for.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.reading.limit_of(self.race)
    }

    fn timer_set(&self, at: &str) -> Text {
        let limit = self.limit().map(exact).unwrap_or_default();
        let (en, zh) = match self.setting() {
            None => (limit.clone(), limit),
            Some(setting) => {
                let why = why(setting, self.limit());
                (
                    format!("{limit} ({})", why.en),
                    format!("{limit}（{}）", why.zh),
                )
            }
        };
        match self.race.connection {
            Connection::Used => Text::made(
                format!(
                    "At {at} the server had sent its last response and started its idle timer: {en}."
                ),
                format!("{at}，服务器发完上一个响应，开始空闲计时：{zh}。"),
            ),
            Connection::NeverUsed => Text::made(
                format!(
                    "At {at} the server accepted the connection and gave the first request {en}; its limit for idle connections counts only after that."
                ),
                format!("{at}，服务器接受连接，第一个请求最多等 {zh}；空闲超时要到那之后才管用。"),
            ),
        }
    }

    fn fired(&self, at: &str) -> Text {
        Text::made(
            format!("At {at} that time was over, and the server went on to close the connection."),
            format!("{at}，时间到，服务器开始关这条连接。"),
        )
    }

    fn end_sent(&self) -> Option<Evidence> {
        let method = self.method;
        match self.race.ending {
            Ending::Fin => self.step(Some(self.race.end_sent), EvidenceRole::FinSent, |_, at| {
                Text::made(
                    format!("At {at} close() sent FIN; the server's kernel knew nothing of the {method}."),
                    format!("{at}，close() 发出 FIN，这时服务器内核还不知道有这个 {method}。"),
                )
            }),
            Ending::Reset => self.step(Some(self.race.end_sent), EvidenceRole::ResetSent, |_, at| {
                Text::made(
                    format!("At {at} close() sent RST instead of FIN, because the {method} lay unread in the socket."),
                    format!("{at}，close() 发出的是 RST 而不是 FIN，因为 socket 里躺着还没读的 {method}。"),
                )
            }),
        }
    }

    fn request_sent(&self) -> Option<Evidence> {
        let (method, idle) = (self.method, span(self.attempt.idle_for));
        let Some(sent) = self.race.request_sent else {
            let checkout = Some(self.attempt.checkout);
            return self.step(checkout, EvidenceRole::Checkout, |_, at| {
                Text::made(
                    format!("At {at} the client took this connection, idle for {idle}, from its pool for the {method}; nothing was written yet."),
                    format!("{at}，客户端从池里取出这条空闲了 {idle} 的连接给 {method} 用，还什么都没写。"),
                )
            });
        };
        let noticed_late = self.race.end_arrived.is_some_and(|end| end < sent);
        self.step(Some(sent), EvidenceRole::RequestSent, |_, at| {
            if noticed_late {
                Text::made(
                    format!("At {at} the {method} left on this connection, idle for {idle}: the client's kernel knew that it was over, the program had not noticed yet."),
                    format!("{at}，{method} 从这条空闲了 {idle} 的连接发出：客户端内核已经知道连接关了，程序还没察觉。"),
                )
            } else {
                Text::made(
                    format!("At {at} the {method} left on this connection, idle for {idle} in the client's pool: to the client it looked healthy."),
                    format!("{at}，{method} 从池里这条空闲了 {idle} 的连接发出：在客户端看来，它还好好的。"),
                )
            }
        })
    }

    /// Told where it matters: the request was there, and close(2) found it unread.
    fn request_arrived(&self) -> Option<Evidence> {
        let unread = self.race.ending == Ending::Reset;
        let arrived = self.race.request_arrived.filter(|_| unread);
        let method = self.method;
        self.step(arrived, EvidenceRole::RequestArrived, |_, at| {
            Text::made(
                format!("At {at} the {method} reached the server, whose time was over: nobody would read it any more."),
                format!("{at}，{method} 到达服务器，可时间已到，没人再读它。"),
            )
        })
    }

    fn reset_sent(&self, at: &str) -> Text {
        let method = self.method;
        Text::made(
            format!(
                "At {at} the {method} reached a closed socket; nobody would read it, so the server's kernel answered RST."
            ),
            format!("{at}，{method} 到达时 socket 已经关闭，没人会读它，服务器内核回了 RST。"),
        )
    }

    fn end_arrived(&self) -> Option<Evidence> {
        let arrived = self.race.end_arrived;
        let method = self.method;
        match self.race.ending {
            Ending::Reset => self.step(arrived, EvidenceRole::ResetArrived, |_, at| {
                Text::made(
                    format!("At {at} RST reached the client."),
                    format!("{at}，RST 到达客户端。"),
                )
            }),
            Ending::Fin => {
                let crossed = self
                    .race
                    .request_sent
                    .is_some_and(|s| arrived.is_some_and(|a| s < a))
                    && self.race.request_lost.is_none();
                self.step(arrived, EvidenceRole::FinArrived, |_, at| {
                    if crossed {
                        Text::made(
                            format!("At {at} FIN reached the client: it and the {method} had passed each other on the wire."),
                            format!("{at}，FIN 到达客户端：它和 {method} 在路上擦肩而过。"),
                        )
                    } else {
                        Text::made(
                            format!("At {at} FIN reached the client's kernel."),
                            format!("{at}，FIN 到达客户端内核。"),
                        )
                    }
                })
            }
        }
    }

    fn read(&self, at: &str) -> Text {
        match (self.race.failure, self.race.ending) {
            (Failure::Reset, Ending::Reset) => Text::made(
                format!(
                    "At {at} the client's read returned ECONNRESET: no FIN came before the RST."
                ),
                format!("{at}，客户端读到 ECONNRESET：RST 之前没有 FIN。"),
            ),
            (Failure::Reset, Ending::Fin) => Text::made(
                format!(
                    "At {at} the client's read returned ECONNRESET: the RST came before the FIN."
                ),
                format!("{at}，客户端读到 ECONNRESET：RST 比 FIN 先到。"),
            ),
            _ => {
                let (en, zh) = match self.race.reset_sent {
                    Some(_) => ("FIN came first, RST after it", "FIN 先到，RST 在后"),
                    None => (
                        "a FIN came, and no RST before it",
                        "到的是 FIN，之前没有 RST",
                    ),
                };
                Text::made(
                    format!("At {at} the client's read returned EOF, not ECONNRESET: {en}."),
                    format!("{at}，客户端读到 EOF 而不是 ECONNRESET：{zh}。"),
                )
            }
        }
    }

    fn ended(&self) -> Option<Evidence> {
        let (method, ended) = (self.method, self.race.ended);
        let runtime = self.reading.runtime_of(self.attempt.request);
        let retried = match self.reading.trace.record(ended).event {
            Event::Request(RequestEvent::Retried { because, .. }) => Some(because),
            _ => None,
        };
        let Some(because) = retried else {
            return self.step(Some(ended), EvidenceRole::Failed, |_, at| {
                Text::made(
                    format!("At {at} the caller got the error: {runtime} does not send this {method} again by itself."),
                    format!("{at}，调用方拿到错误：{runtime} 不会自动重试这个 {method}。"),
                )
            });
        };
        let why = match because {
            RetryReason::NothingWritten => Text::new(
                "not one byte of it had been written",
                "它一个字节都没写出去",
            ),
            RetryReason::ReplayableMethod => {
                Text::new("this method counts as replayable", "这个方法算可重放的")
            }
            RetryReason::IdempotencyKey => Text::new(
                "its Idempotency-Key makes it replayable",
                "带了 Idempotency-Key，算可重放的",
            ),
        };
        self.step(Some(ended), EvidenceRole::Retried, |_, at| {
            Text::made(
                format!("At {at} {runtime} began to send the {method} again, because {}; the caller heard nothing.", why.en),
                format!("{at}，{runtime} 开始自动重试 {method}：{}，调用方毫不知情。", why.zh),
            )
        })
    }

    /// The setting that the server's timer took its value from.
    pub(crate) fn setting(&self) -> Option<&'a Setting> {
        self.race.setting.map(|s| self.reading.trace.setting(s))
    }
}

/// Which option a limit comes from: `ReadTimeout, because IdleTimeout is not set`; and what a program waits besides, as Node does.
pub(crate) fn why(setting: &Setting, limit: Option<Duration>) -> Text {
    let name = &setting.name;
    let value = setting.value.duration();
    let more = value.and_then(|value| Some((value, limit?.checked_sub(value)?)));
    if let Some((value, more)) = more.filter(|(_, more)| !more.is_zero()) {
        let (value, more) = (exact(value), exact(more));
        return match setting.origin {
            Origin::ProfileDefault => Text::made(
                format!("{name}, {value} by default, and {more} more"),
                format!("{name} 默认 {value}，再加 {more}"),
            ),
            _ => Text::made(
                format!("{name} {value} and {more} more"),
                format!("{name} {value}，再加 {more}"),
            ),
        };
    }
    match &setting.origin {
        Origin::Fallback(path) => {
            let used = path.rsplit('.').next().unwrap_or(path);
            Text::made(
                format!("{used}, because {name} is not set"),
                format!("没设 {name}，用的是 {used}"),
            )
        }
        Origin::ProfileDefault => {
            Text::made(format!("{name}, by default"), format!("{name} 的默认值"))
        }
        Origin::Set | Origin::Unknown => Text::made(name.clone(), name.clone()),
    }
}

/// A setting's value in words; empty if it is not a span.
pub(crate) fn value(setting: &Setting) -> String {
    match setting.value {
        Value::Duration(span) => exact(span),
        _ => String::new(),
    }
}
