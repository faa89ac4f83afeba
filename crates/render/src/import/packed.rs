//! A capture's part, and what it is diagnosed with, on its way from the clerk to the page: numbers of 32 bits and texts, because a trace does not
//! cross from one program to another, and the page's program knows nothing of captures.
//!
//! Only what a capture has is packed. Both ends are the same version of the same site; what does not fit is no part of a capture, and `None`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use whyeof_diagnose::{
    Evidence, EvidenceRole, Finding, Outcome, Report, RequestReport, Severity, Text, Tone, Verdict,
    findings,
};
use whyeof_trace::{
    Event, Flags, Flow, FlowId, Host, HostId, Message, MessageId, MessageKind, Method, OptionsId,
    Packet, Program, ProgramId, Record, RecordId, Request, RequestEvent, RequestId, Role,
    SackBlocks, Segment, SegmentEvent, Seq, SeqRange, Side, SocketEvent, SocketId, State, Stop,
    SynOptions, TcpOptions, TextId, Time, Trace, Unreachable, Vantage,
};

/// A trace of a capture, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Everything that is a number.
    pub words: Vec<u32>,
    /// The report's texts, the names of hosts, then the trace's texts.
    pub texts: Vec<String>,
}

const TONES: [Tone; 3] = [Tone::Good, Tone::Fair, Tone::Bad];
const OUTCOMES: [Outcome; 3] = [Outcome::Ok, Outcome::Failed, Outcome::Unfinished];
const SEVERITIES: [Severity; 4] = [
    Severity::Failure,
    Severity::Hidden,
    Severity::Cause,
    Severity::Good,
];
const METHODS: [Method; 9] = [
    Method::Get,
    Method::Head,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Options,
    Method::Trace,
    Method::Other,
];
const KINDS: [MessageKind; 3] = [
    MessageKind::Request,
    MessageKind::Response,
    MessageKind::Interim,
];
const ROLES: [Role; 3] = [Role::Client, Role::Server, Role::Proxy];
const STATES: [State; 11] = [
    State::Closed,
    State::Listen,
    State::SynSent,
    State::SynReceived,
    State::Established,
    State::FinWait1,
    State::FinWait2,
    State::CloseWait,
    State::Closing,
    State::LastAck,
    State::TimeWait,
];
const ERRORS: [Unreachable; 5] = [
    Unreachable::Net,
    Unreachable::Host,
    Unreachable::Port,
    Unreachable::Protocol,
    Unreachable::Admin,
];

fn place<T: PartialEq>(all: &[T], one: &T) -> u32 {
    let at = all.iter().position(|it| it == one).unwrap_or(all.len());
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

impl Packed {
    /// A trace of a capture, and the report on it, packed.
    pub fn of(trace: &Trace, report: &Report) -> Self {
        let mut packed = Self::default();
        packed.report(report);
        packed.cast(trace);
        packed.said(trace);
        packed.words.push(count(trace.options.len()));
        for options in &trace.options {
            packed.options(options);
        }
        packed.words.push(count(trace.records.len()));
        for record in &trace.records {
            packed.record(record);
        }
        packed.texts.extend(trace.texts.iter().cloned());
        packed
    }

    fn put<const N: usize>(&mut self, words: [u32; N]) {
        self.words.extend(words);
    }

    fn text(&mut self, text: &Text) {
        self.texts
            .extend([text.en.clone().into_owned(), text.zh.clone().into_owned()]);
    }

    fn report(&mut self, report: &Report) {
        self.text(&report.verdict.text);
        self.put([
            place(&TONES, &report.verdict.tone),
            count(report.requests.len()),
        ]);
        for request in &report.requests {
            let status = request.status.map_or(0, u32::from);
            let conn = request.conn.map_or(0, |it| it.flow.0 + 1);
            let last = request.last.map_or(0, |it| count(it.index()) + 1);
            let outcome = place(&OUTCOMES, &request.outcome);
            self.put([request.id.0, outcome, status, conn, request.reused.into()]);
            self.put([request.sent.into(), count(request.first.index()), last]);
        }
        self.put([count(report.findings.len())]);
        for finding in &report.findings {
            self.texts.push(finding.code.to_owned());
            self.text(&finding.title);
            self.text(&finding.explanation);
            let request = finding.request.map_or(0, |it| it.0 + 1);
            let severity = place(&SEVERITIES, &finding.severity);
            self.put([severity, request, count(finding.evidence.len())]);
            for step in &finding.evidence {
                self.text(&step.text);
                let role = place(&EvidenceRole::OF_CAPTURES, &step.role);
                self.put([count(step.record.index()), role]);
            }
        }
    }

    fn cast(&mut self, trace: &Trace) {
        let tap = match trace.vantage {
            Vantage::Tap(host) => host,
            Vantage::Everywhere => HostId(0),
        };
        self.put([tap.0.into(), count(trace.hosts.len())]);
        for host in &trace.hosts {
            self.texts.push(host.name.clone());
            match host.address {
                IpAddr::V4(address) => self.put([4, address.to_bits()]),
                IpAddr::V6(address) => {
                    self.put([6]);
                    let octets = address.octets();
                    let words = octets.chunks_exact(4).filter_map(|it| it.first_chunk());
                    self.words.extend(words.map(|it| u32::from_be_bytes(*it)));
                }
            }
        }
        for program in &trace.programs {
            let listens = program.listens.map_or(0, |port| u32::from(port) + 1);
            self.put([place(&ROLES, &program.role), listens]);
        }
        self.put([count(trace.flows.len())]);
        for flow in &trace.flows {
            let [a, b] = flow.hosts.map(|host| u32::from(host.0));
            let [p, q] = flow.ports.map(u32::from);
            self.put([a, b, p, q]);
        }
    }

    fn said(&mut self, trace: &Trace) {
        self.put([count(trace.requests.len())]);
        for request in &trace.requests {
            let method = place(&METHODS, &request.method);
            let program = request.program.0.into();
            self.put([program, method, request.url.0, request.body, request.number]);
        }
        self.put([count(trace.messages.len())]);
        for message in &trace.messages {
            let before = message.before.map_or(0, |id| id.0 + 1);
            self.socket(message.sender);
            self.put([
                message.request.0,
                place(&KINDS, &message.kind),
                message.offset,
                message.head.0,
                message.head_len,
                message.body_len,
                before,
            ]);
        }
    }

    fn socket(&mut self, socket: SocketId) {
        self.put([socket.flow.0, count(socket.side.index())]);
    }

    fn options(&mut self, options: &TcpOptions) {
        match options {
            TcpOptions::Syn(syn) => {
                let scale = syn.window_scale.map_or(0, |it| u32::from(it) + 1);
                self.put([u32::MAX, syn.mss.into(), syn.sack_ok.into(), scale]);
            }
            TcpOptions::Sack(blocks) => {
                self.put([count(blocks.as_slice().len())]);
                for block in blocks.as_slice() {
                    self.put([block.start.0, block.len]);
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half of a time")]
    fn record(&mut self, record: &Record) {
        let time = record.time.nanos();
        self.put([(time >> 32) as u32, time as u32, record.host.0.into()]);
        match record.event {
            Event::Segment(event) => self.segment(event),
            Event::Socket(SocketEvent::Entered { socket, from, to }) => {
                self.put([4]);
                self.socket(socket);
                self.put([place(&STATES, &from), place(&STATES, &to)]);
            }
            Event::Request(event) => self.request(event),
            _ => self.put([9]),
        }
    }

    fn segment(&mut self, event: SegmentEvent) {
        let arrived = u32::from(!matches!(event, SegmentEvent::Sent(_)));
        match *event.packet() {
            Packet::Tcp(it) => {
                let stamps = it.timestamps.unwrap_or_default();
                let has_stamps = u32::from(it.timestamps.is_some());
                let options = it.options.map_or(0, |id| count(id.index()) + 1);
                self.put([arrived, it.flow.0, count(it.from.index())]);
                self.put([it.flags.0.into(), it.window.into(), it.len.into()]);
                self.put([it.seq.0, it.ack.0, has_stamps, stamps.0, stamps.1, options]);
            }
            Packet::Unreachable {
                flow,
                to,
                kind,
                quoted,
            } => {
                self.put([2 + arrived]);
                self.socket(SocketId { flow, side: to });
                self.put([place(&ERRORS, &kind), quoted.0]);
            }
        }
    }

    fn request(&mut self, event: RequestEvent) {
        let request = event.request().0;
        match event {
            RequestEvent::Started { .. } => self.put([5, request]),
            RequestEvent::Written { socket, .. } => {
                self.put([6, request]);
                self.socket(socket);
            }
            RequestEvent::Head { status, .. } => self.put([7, request, status.into()]),
            RequestEvent::Finished { .. } => self.put([8, request]),
            _ => self.put([9]),
        }
    }

    /// The trace and the report; `None`: this is none.
    pub fn unpacked(self) -> Option<(Trace, Report)> {
        let mut words = Words { rest: &self.words };
        let mut texts = self.texts.into_iter();
        let said = words.report(&mut texts)?;
        let mut trace = super::assemble::empty();
        words.cast(&mut trace, &mut texts)?;
        words.said(&mut trace)?;
        for _ in 0..words.next()? {
            let options = words.options()?;
            trace.options.push(options);
        }
        for index in 0..words.next()? {
            let (high, low, host) = (words.next()?, words.next()?, words.id()?);
            trace.records.push(Record {
                id: RecordId::from_index(index as usize),
                time: Time(u64::from(high) << 32 | u64::from(low)),
                host: HostId(host),
                cause: None,
                event: words.event()?,
            });
        }
        trace.texts = texts.collect();
        trace.stop = Stop::Horizon;
        trace.end = trace.records.last().map_or(Time::ZERO, |it| it.time);
        let report = holds(&trace).then(|| said.report(&trace))??;
        Some((trace, report))
    }
}

/// A report whose requests are not known by their names yet.
struct Said {
    verdict: Verdict,
    requests: Vec<[u32; 8]>,
    findings: Vec<Finding>,
}

impl Said {
    fn report(self, trace: &Trace) -> Option<Report> {
        let record = |at: u32| trace.records.get(at as usize);
        let requests = self.requests.into_iter().map(|words| {
            let [id, outcome, status, conn, reused, sent, first, last] = words;
            let request = trace.requests.get(id as usize)?;
            let (first, last) = (record(first)?, last.checked_sub(1).and_then(record));
            let outcome = *OUTCOMES.get(outcome as usize)?;
            Some(RequestReport {
                id: RequestId(id),
                method: request.method,
                number: request.number,
                url: trace.text(request.url).to_owned(),
                outcome,
                status: u16::try_from(status).ok().filter(|it| *it > 0),
                parent: None,
                failure: None,
                error: None,
                attempts: 1,
                sent: u16::try_from(sent).ok()?,
                executed: 0,
                reused: reused == 1,
                conn: conn.checked_sub(1).map(|flow| SocketId {
                    flow: FlowId(flow),
                    side: Side::Opener,
                }),
                started: first.time,
                ended: last.map(|it| it.time),
                first: first.id,
                last: last.map(|it| it.id),
            })
        });
        let names = |finding: &Finding| {
            let mut steps = finding.evidence.iter().map(|it| it.record.index());
            finding
                .request
                .is_none_or(|it| it.index() < trace.requests.len())
                && steps.all(|it| it < trace.records.len())
        };
        let report = Report {
            verdict: self.verdict,
            requests: requests.collect::<Option<_>>()?,
            findings: self.findings,
            left_out: 0,
        };
        report.findings.iter().all(names).then_some(report)
    }
}

/// Whether every id names something, so that nobody who reads the trace falls.
fn holds(trace: &Trace) -> bool {
    let host = |id: HostId| id.index() < trace.hosts.len();
    let flow = |id: FlowId| id.index() < trace.flows.len();
    let text = |id: TextId| id.index() < trace.texts.len();
    let request = |id: RequestId| id.index() < trace.requests.len();
    let event = |event: &Event| {
        event.flow().is_none_or(flow)
            && event.request().is_none_or(request)
            && event
                .segment()
                .and_then(|it| it.options)
                .is_none_or(|it| it.index() < trace.options.len())
    };
    matches!(trace.vantage, Vantage::Tap(tap) if host(tap))
        && trace.programs.len() == trace.hosts.len()
        && trace.flows.iter().all(|it| it.hosts.into_iter().all(host))
        && trace
            .requests
            .iter()
            .all(|it| text(it.url) && it.program.index() < trace.programs.len())
        && (trace.messages.iter())
            .all(|it| text(it.head) && request(it.request) && flow(it.sender.flow))
        && trace
            .records
            .iter()
            .all(|it| host(it.host) && event(&it.event))
}

/// The next words, in both languages.
fn words_of(texts: &mut impl Iterator<Item = String>) -> Option<Text> {
    Some(Text::made(texts.next()?, texts.next()?))
}

/// What is left of the numbers.
struct Words<'a> {
    rest: &'a [u32],
}

impl Words<'_> {
    fn next(&mut self) -> Option<u32> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn id(&mut self) -> Option<u16> {
        u16::try_from(self.next()?).ok()
    }

    fn one<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.next()? as usize).copied()
    }

    fn side(&mut self) -> Option<Side> {
        self.one(&[Side::Opener, Side::Listener])
    }

    fn socket(&mut self) -> Option<SocketId> {
        Some(SocketId {
            flow: FlowId(self.next()?),
            side: self.side()?,
        })
    }

    fn report(&mut self, texts: &mut impl Iterator<Item = String>) -> Option<Said> {
        let mut said = Said {
            verdict: Verdict {
                text: words_of(texts)?,
                tone: self.one(&TONES)?,
                error: None,
            },
            requests: Vec::new(),
            findings: Vec::new(),
        };
        for _ in 0..self.next()? {
            let mut words = [0; 8];
            for word in &mut words {
                *word = self.next()?;
            }
            said.requests.push(words);
        }
        for _ in 0..self.next()? {
            let code = texts.next()?;
            let kind = findings::ALL.iter().find(|kind| kind.code == code)?;
            let mut finding = Finding {
                code: kind.code,
                title: words_of(texts)?,
                explanation: words_of(texts)?,
                severity: self.one(&SEVERITIES)?,
                request: self.next()?.checked_sub(1).map(RequestId),
                evidence: Vec::new(),
                remedies: Vec::new(),
            };
            for _ in 0..self.next()? {
                finding.evidence.push(Evidence {
                    text: words_of(texts)?,
                    record: RecordId::from_index(self.next()? as usize),
                    role: self.one(&EvidenceRole::OF_CAPTURES)?,
                });
            }
            said.findings.push(finding);
        }
        Some(said)
    }

    fn cast(&mut self, trace: &mut Trace, texts: &mut impl Iterator<Item = String>) -> Option<()> {
        trace.vantage = Vantage::Tap(HostId(self.id()?));
        for _ in 0..self.next()? {
            let name = texts.next()?;
            let address = match self.next()? {
                4 => Ipv4Addr::from_bits(self.next()?).into(),
                _ => {
                    let mut bits = 0;
                    for _ in 0..4 {
                        bits = bits << 32 | u128::from(self.next()?);
                    }
                    Ipv6Addr::from_bits(bits).into()
                }
            };
            trace.hosts.push(Host { name, address });
        }
        for (id, host) in (0..).zip(&trace.hosts) {
            let role = self.one(&ROLES)?;
            let listens = self.next()?.checked_sub(1);
            trace.programs.push(Program {
                host: HostId(id),
                name: host.name.clone(),
                role,
                runtime: String::new(),
                listens: listens.and_then(|it| it.try_into().ok()),
            });
        }
        for _ in 0..self.next()? {
            trace.flows.push(Flow {
                hosts: [HostId(self.id()?), HostId(self.id()?)],
                ports: [self.id()?, self.id()?],
            });
        }
        Some(())
    }

    fn said(&mut self, trace: &mut Trace) -> Option<()> {
        for _ in 0..self.next()? {
            trace.requests.push(Request {
                program: ProgramId(self.id()?),
                method: self.one(&METHODS)?,
                url: TextId(self.next()?),
                body: self.next()?,
                parent: None,
                tries: 0,
                number: self.next()?,
            });
        }
        for _ in 0..self.next()? {
            trace.messages.push(Message {
                sender: self.socket()?,
                request: RequestId(self.next()?),
                attempt: 1,
                kind: self.one(&KINDS)?,
                offset: self.next()?,
                head: TextId(self.next()?),
                head_len: self.next()?,
                body_len: self.next()?,
                before: self.next()?.checked_sub(1).map(MessageId),
            });
        }
        Some(())
    }

    fn options(&mut self) -> Option<TcpOptions> {
        Some(match self.next()? {
            u32::MAX => TcpOptions::Syn(SynOptions {
                mss: self.id()?,
                sack_ok: self.next()? == 1,
                window_scale: self
                    .next()?
                    .checked_sub(1)
                    .and_then(|it| it.try_into().ok()),
            }),
            blocks => {
                let mut all = SackBlocks::default();
                for _ in 0..blocks.min(4) {
                    all.push(SeqRange {
                        start: Seq(self.next()?),
                        len: self.next()?,
                    });
                }
                TcpOptions::Sack(all)
            }
        })
    }

    fn event(&mut self) -> Option<Event> {
        Some(match self.next()? {
            0 => Event::Segment(SegmentEvent::Sent(self.tcp()?)),
            1 => Event::Segment(SegmentEvent::Arrived(self.tcp()?)),
            2 => Event::Segment(SegmentEvent::Sent(self.error()?)),
            3 => Event::Segment(SegmentEvent::Arrived(self.error()?)),
            4 => Event::Socket(SocketEvent::Entered {
                socket: self.socket()?,
                from: self.one(&STATES)?,
                to: self.one(&STATES)?,
            }),
            kind => Event::Request(self.request(kind)?),
        })
    }

    fn tcp(&mut self) -> Option<Packet> {
        let (flow, from) = (FlowId(self.next()?), self.side()?);
        let flags = Flags(u8::try_from(self.next()?).ok()?);
        let (window, len) = (self.id()?, self.id()?);
        let (seq, ack) = (Seq(self.next()?), Seq(self.next()?));
        let has_stamps = self.next()? == 1;
        let stamps = (self.next()?, self.next()?);
        let options = self.next()?.checked_sub(1);
        Some(Packet::Tcp(Segment {
            flow,
            from,
            flags,
            window,
            seq,
            ack,
            timestamps: has_stamps.then_some(stamps),
            options: options.map(|it| OptionsId::from_index(it as usize)),
            len,
        }))
    }

    fn error(&mut self) -> Option<Packet> {
        let SocketId { flow, side } = self.socket()?;
        Some(Packet::Unreachable {
            flow,
            to: side,
            kind: self.one(&ERRORS)?,
            quoted: Seq(self.next()?),
        })
    }

    fn request(&mut self, kind: u32) -> Option<RequestEvent> {
        let request = RequestId(self.next()?);
        Some(match kind {
            5 => RequestEvent::Started { request },
            6 => RequestEvent::Written {
                request,
                socket: self.socket()?,
                attempt: 1,
            },
            7 => RequestEvent::Head {
                request,
                status: self.id()?,
            },
            8 => RequestEvent::Finished { request },
            _ => return None,
        })
    }
}
