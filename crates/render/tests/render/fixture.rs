//! A trace written by hand: the failing POST of `captures/01-go-idle-race` (connection 14, offset +5 ms), with
//! what the programs did at both ends. Packets and their times are the recorded ones, counted from the request.

use std::net::Ipv4Addr;
use std::time::Duration;
use whyeof_trace::*;

/// Position in the order of writing; becomes a [`RecordId`] when the tape is cut.
pub(crate) type Mark = usize;

pub(crate) const CLIENT: HostId = HostId(0);
pub(crate) const SERVER: HostId = HostId(1);

/// Notes things down in any order; `cut` sorts them by time.
pub(crate) struct Tape {
    pub(crate) trace: Trace,
    lines: Vec<(u64, HostId, Option<Mark>, Event)>,
    /// The cause of what is noted next.
    pub(crate) cause: Option<Mark>,
    ports: u16,
}

impl Tape {
    pub(crate) fn new() -> Self {
        let host = |name: &str, last: u8| Host {
            name: name.to_owned(),
            address: Ipv4Addr::new(10, 99, 0, last).into(),
        };
        let program = |host, name: &str, role| Program {
            host,
            name: name.to_owned(),
            role,
            runtime: "go-1.27".to_owned(),
            listens: None,
        };
        let setting = |program, path: &str, value, origin| Setting {
            host: if program == 0 { CLIENT } else { SERVER },
            program: Some(ProgramId(program)),
            path: path.to_owned(),
            name: path.rsplit('.').next().unwrap().to_owned(),
            value,
            origin,
        };
        let ten = Value::Duration(Duration::from_secs(10));
        let read = "servers.pyroscope.options.ReadTimeout";
        Self {
            trace: Trace {
                hosts: vec![host("agent", 1), host("pyroscope", 2)],
                programs: vec![
                    program(CLIENT, "agent", Role::Client),
                    program(SERVER, "pyroscope", Role::Server),
                ],
                settings: vec![
                    setting(
                        1,
                        "servers.pyroscope.options.IdleTimeout",
                        ten.clone(),
                        Origin::Fallback(read.to_owned()),
                    ),
                    setting(1, read, ten, Origin::Set),
                    setting(
                        0,
                        "clients.agent.options.IdleConnTimeout",
                        Value::None,
                        Origin::ProfileDefault,
                    ),
                ],
                flows: Vec::new(),
                faults: Vec::new(),
                commands: Vec::new(),
                requests: Vec::new(),
                messages: Vec::new(),
                options: vec![TcpOptions::Syn(SynOptions {
                    mss: 1460,
                    sack_ok: true,
                    window_scale: Some(10),
                })],
                texts: Vec::new(),
                records: Vec::new(),
                vantage: Vantage::Everywhere,
                stop: Stop::Quiet,
                end: Time::ZERO,
            },
            lines: Vec::new(),
            cause: None,
            ports: 52594,
        }
    }

    pub(crate) fn text(&mut self, text: &str) -> TextId {
        self.trace.texts.push(text.to_owned());
        TextId(self.trace.texts.len() as u32 - 1)
    }

    pub(crate) fn open_flow(&mut self) -> FlowId {
        self.trace.flows.push(Flow {
            hosts: [CLIENT, SERVER],
            ports: [self.ports, 8080],
        });
        self.ports += 12;
        FlowId(self.trace.flows.len() as u32 - 1)
    }

    /// Notes an event at so many microseconds; the next one is caused by it unless told otherwise.
    pub(crate) fn note(&mut self, micros: u64, host: HostId, event: Event) -> Mark {
        self.lines.push((micros * 1_000, host, self.cause, event));
        self.cause = Some(self.lines.len() - 1);
        self.lines.len() - 1
    }

    pub(crate) fn because(&mut self, cause: Mark) -> &mut Self {
        self.cause = Some(cause);
        self
    }

    pub(crate) fn entered(
        &mut self,
        micros: u64,
        socket: SocketId,
        from: State,
        to: State,
    ) -> Mark {
        let host = self.trace.host_of(socket);
        self.note(
            micros,
            host,
            Event::Socket(SocketEvent::Entered { socket, from, to }),
        )
    }

    /// A segment from `from` to its peer: its sending and its arrival. The next event is caused by the arrival.
    pub(crate) fn segment(&mut self, sent: u64, arrived: u64, segment: Segment) -> (Mark, Mark) {
        let socket = SocketId {
            flow: segment.flow,
            side: segment.from,
        };
        let (here, there) = (
            self.trace.host_of(socket),
            self.trace.host_of(socket.peer()),
        );
        let packet = Packet::Tcp(segment);
        let left = self.note(sent, here, Event::Segment(SegmentEvent::Sent(packet)));
        let came = self.note(
            arrived,
            there,
            Event::Segment(SegmentEvent::Arrived(packet)),
        );
        (left, came)
    }

    pub(crate) fn lost(&mut self, sent: u64, at: u64, segment: Segment, by: Culprit) -> Mark {
        let socket = SocketId {
            flow: segment.flow,
            side: segment.from,
        };
        let here = self.trace.host_of(socket);
        let packet = Packet::Tcp(segment);
        let left = self.note(sent, here, Event::Segment(SegmentEvent::Sent(packet)));
        self.note(
            at,
            here,
            Event::Segment(SegmentEvent::Dropped { packet, by }),
        );
        left
    }

    pub(crate) fn cut(mut self) -> Trace {
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|i| (self.lines[*i].0, *i));
        let mut ids = vec![RecordId::from_index(0); order.len()];
        for (index, line) in order.iter().enumerate() {
            ids[*line] = RecordId::from_index(index);
        }
        for line in &order {
            let (nanos, host, cause, event) = self.lines[*line];
            let cause = cause.map(|c| ids[c]);
            assert!(
                cause.is_none_or(|c| c < ids[*line]),
                "{event:?} comes before its cause"
            );
            self.trace.records.push(Record {
                id: ids[*line],
                time: Time(nanos),
                host,
                cause,
                event,
            });
        }
        self.trace.end = self.trace.records.last().map_or(Time::ZERO, |r| r.time);
        self.trace
    }
}

/// `PA 1:135 ack 120` of one end, with timestamps as the recording has them where they matter.
pub(crate) fn segment(socket: SocketId, flags: &str, seq: u32, ack: u32, len: u16) -> Segment {
    let letters = [
        ("F", Flags::FIN),
        ("S", Flags::SYN),
        ("R", Flags::RST),
        ("P", Flags::PSH),
        ("A", Flags::ACK),
    ];
    let flags = letters
        .iter()
        .filter(|(letter, _)| flags.contains(letter))
        .fold(Flags::default(), |all, (_, bit)| all.with(*bit));
    let reset = flags.has(Flags::RST);
    let syn = flags.has(Flags::SYN);
    let window = match (reset, syn, socket.side) {
        (true, ..) => 0,
        (_, true, Side::Opener) => 64240,
        (_, true, Side::Listener) => 65160,
        (_, _, Side::Opener) => 63,
        (_, _, Side::Listener) => 64,
    };
    Segment {
        flow: socket.flow,
        from: socket.side,
        flags,
        window,
        seq: Seq(seq),
        ack: Seq(ack),
        timestamps: (!reset).then_some((1, 2)),
        options: syn.then_some(OptionsId::from_index(0)),
        len,
    }
}

pub(crate) fn both(flow: FlowId) -> (SocketId, SocketId) {
    let end = |side| SocketId { flow, side };
    (end(Side::Opener), end(Side::Listener))
}

pub(crate) fn timer(kind: TimerKind, socket: SocketId) -> Timer {
    Timer {
        kind,
        of: TimerOf::Socket(socket),
    }
}

const fn request(event: RequestEvent) -> Event {
    Event::Request(event)
}

/// Adds a POST to the run's requests and its message to a connection's stream.
pub(crate) fn post(tape: &mut Tape, flow: FlowId, offset: u32, line: &str) -> RequestId {
    let url = tape.text("http://10.99.0.2:8080/p");
    tape.trace.requests.push(Request {
        program: ProgramId(0),
        method: Method::Post,
        url,
        body: 5,
        parent: None,
        tries: 0,
        number: tape.trace.requests.len() as u32 + 1,
    });
    let id = RequestId(tape.trace.requests.len() as u32 - 1);
    let head = tape.text(&format!(
        "{line}\r\nHost: 10.99.0.2:8080\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 5\r\nAccept-Encoding: gzip\r\n\r\n"
    ));
    let (client, _) = both(flow);
    tape.trace.messages.push(Message {
        sender: client,
        request: id,
        attempt: 1,
        kind: MessageKind::Request,
        offset,
        head,
        head_len: 129,
        body_len: 5,
        before: None,
    });
    id
}

/// The answer's message.
pub(crate) fn answer(tape: &mut Tape, flow: FlowId, offset: u32, to: RequestId) {
    let head = tape.text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nDate: Fri, 20 Nov 2026 23:59:03 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
    let (_, server) = both(flow);
    tape.trace.messages.push(Message {
        sender: server,
        request: to,
        attempt: 1,
        kind: MessageKind::Response,
        offset,
        head,
        head_len: 116,
        body_len: 3,
        before: None,
    });
}

/// Dial, first POST, 200 OK, parking; returns the record that armed the server's idle timer and the parking.
#[expect(clippy::too_many_lines, reason = "a recording is one list")]
fn first_exchange(tape: &mut Tape, flow: FlowId) -> (Mark, Mark) {
    use State::{Closed, Established, SynReceived, SynSent};
    let (c, s) = both(flow);
    let first = post(tape, flow, 0, "POST /p?off=5.00&r=0 HTTP/1.1");
    answer(tape, flow, 0, first);
    tape.note(0, CLIENT, request(RequestEvent::Started { request: first }));
    tape.note(
        1,
        CLIENT,
        Event::Pool(PoolEvent::Dial {
            request: first,
            socket: c,
        }),
    );
    let call = tape.note(
        60,
        CLIENT,
        Event::Socket(SocketEvent::Called {
            socket: c,
            call: Call::Connect,
        }),
    );
    tape.entered(64, c, Closed, SynSent);
    let (_, came) = tape
        .because(call)
        .segment(64, 5_101, segment(c, "S", 0, 0, 0));
    tape.entered(5_101, s, Closed, SynReceived);
    let (_, came) = tape
        .because(came)
        .segment(5_102, 10_151, segment(s, "SA", 0, 1, 0));
    tape.entered(10_151, c, SynSent, Established);
    let (_, acked) = tape
        .because(came)
        .segment(10_159, 15_229, segment(c, "A", 1, 1, 0));
    tape.entered(15_229, s, SynReceived, Established);
    tape.because(came).note(
        10_200,
        CLIENT,
        Event::Socket(SocketEvent::Returned {
            socket: c,
            call: Call::Connect,
            result: Returned::Done,
        }),
    );
    let gets = tape.note(
        10_300,
        CLIENT,
        Event::Pool(PoolEvent::Checkout {
            request: first,
            socket: c,
            reused: false,
            idle_for: Duration::ZERO,
        }),
    );
    let (_, came) = tape.segment(10_615, 15_655, segment(c, "PA", 1, 1, 134));
    tape.because(gets).note(
        10_620,
        CLIENT,
        request(RequestEvent::Written {
            request: first,
            socket: c,
            attempt: 1,
        }),
    );
    tape.because(acked).note(
        15_300,
        SERVER,
        Event::Socket(SocketEvent::Returned {
            socket: s,
            call: Call::Accept,
            result: Returned::Done,
        }),
    );
    tape.because(came)
        .segment(15_657, 20_690, segment(s, "A", 1, 135, 0));
    let runs = tape.because(came).note(
        15_800,
        SERVER,
        request(RequestEvent::Executed {
            request: first,
            socket: s,
            attempt: 1,
        }),
    );
    let (_, came) = tape.segment(18_462, 23_490, segment(s, "PA", 1, 135, 119));
    tape.because(runs).note(
        18_463,
        SERVER,
        request(RequestEvent::Responded {
            request: first,
            socket: s,
        }),
    );
    let set = tape.note(
        18_463,
        SERVER,
        Event::Timer(TimerEvent::Set {
            timer: timer(TimerKind::ServerIdle, s),
            until: Time::from_micros(10_018_463),
            setting: Some(SettingId(0)),
        }),
    );
    tape.because(came)
        .segment(23_492, 28_517, segment(c, "A", 135, 120, 0));
    tape.because(came).note(
        23_600,
        CLIENT,
        request(RequestEvent::Head {
            request: first,
            status: 200,
        }),
    );
    let done = tape.note(
        23_700,
        CLIENT,
        request(RequestEvent::Finished { request: first }),
    );
    let parked = tape.because(done).note(
        23_700,
        CLIENT,
        Event::Pool(PoolEvent::Park {
            socket: c,
            used: true,
        }),
    );
    (set, parked)
}

/// The second POST meets the FIN of the idle timer.
#[expect(clippy::too_many_lines, reason = "a recording is one list")]
fn second_exchange(tape: &mut Tape, flow: FlowId, set: Mark) {
    use State::{CloseWait, Closed, Established, FinWait1, LastAck};
    let (c, s) = both(flow);
    let second = post(tape, flow, 134, "POST /p?off=5.00&r=1 HTTP/1.1");
    tape.cause = None;
    tape.note(
        10_015_676,
        CLIENT,
        request(RequestEvent::Started { request: second }),
    );
    let takes = tape.note(
        10_015_677,
        CLIENT,
        Event::Pool(PoolEvent::Checkout {
            request: second,
            socket: c,
            reused: true,
            idle_for: Duration::from_micros(9_991_977),
        }),
    );
    let (_, post_came) = tape.segment(10_015_774, 10_020_822, segment(c, "PA", 135, 120, 134));
    tape.because(takes).note(
        10_015_780,
        CLIENT,
        request(RequestEvent::Written {
            request: second,
            socket: c,
            attempt: 1,
        }),
    );
    tape.because(set).note(
        10_019_600,
        SERVER,
        Event::Timer(TimerEvent::Fired {
            timer: timer(TimerKind::ServerIdle, s),
            setting: Some(SettingId(0)),
        }),
    );
    let close = tape.note(
        10_019_660,
        SERVER,
        Event::Socket(SocketEvent::Called {
            socket: s,
            call: Call::Close,
        }),
    );
    tape.entered(10_019_671, s, Established, FinWait1);
    let (_, fin_came) =
        tape.because(close)
            .segment(10_019_671, 10_024_683, segment(s, "FA", 120, 135, 0));
    tape.because(post_came)
        .segment(10_020_825, 10_025_864, segment(s, "R", 120, 0, 0));
    tape.because(post_came)
        .entered(10_020_825, s, FinWait1, Closed);
    tape.because(fin_came)
        .entered(10_024_683, c, Established, CloseWait);
    let eof = tape.because(fin_came).note(
        10_024_740,
        CLIENT,
        Event::Socket(SocketEvent::Returned {
            socket: c,
            call: Call::Read,
            result: Returned::EndOfStream,
        }),
    );
    let text = tape.text(r#"Post "http://10.99.0.2:8080/p?off=5.00&r=1": EOF"#);
    let evict = tape.note(
        10_024_750,
        CLIENT,
        Event::Pool(PoolEvent::Evict {
            socket: c,
            why: Evicted::Broken,
        }),
    );
    let close = tape.because(evict).note(
        10_024_770,
        CLIENT,
        Event::Socket(SocketEvent::Called {
            socket: c,
            call: Call::Close,
        }),
    );
    tape.entered(10_024_775, c, CloseWait, LastAck);
    let (_, fin2_came) =
        tape.because(close)
            .segment(10_024_775, 10_029_800, segment(c, "FA", 269, 121, 0));
    tape.because(eof).note(
        10_024_933,
        CLIENT,
        request(RequestEvent::Failed {
            request: second,
            failure: Failure::EndOfStream,
            text,
        }),
    );
    let reset_came = tape.reset_arrival(10_025_864);
    tape.because(reset_came)
        .entered(10_025_864, c, LastAck, Closed);
    tape.because(fin2_came)
        .segment(10_029_802, 10_034_831, segment(s, "R", 121, 0, 0));
}

impl Tape {
    fn reset_arrival(&self, micros: u64) -> Mark {
        let found = self.lines.iter().position(|(nanos, _, _, event)| {
            *nanos == micros * 1_000 && matches!(event, Event::Segment(SegmentEvent::Arrived(_)))
        });
        found.expect("the reset was noted")
    }
}

/// The whole run: one POST that dials and succeeds, one that reuses and fails with EOF.
pub(crate) fn recorded_race() -> Trace {
    let mut tape = Tape::new();
    let flow = tape.open_flow();
    let (set, _) = first_exchange(&mut tape, flow);
    second_exchange(&mut tape, flow, set);
    tape.cut()
}

/// A POST that the link swallows, and its retransmission, which arrives.
pub(crate) fn lost_request() -> Trace {
    let mut tape = Tape::new();
    let flow = tape.open_flow();
    first_exchange(&mut tape, flow);
    let (c, s) = both(flow);
    let second = post(&mut tape, flow, 134, "POST /p?off=5.00&r=1 HTTP/1.1");
    tape.cause = None;
    tape.note(
        2_000_000,
        CLIENT,
        request(RequestEvent::Started { request: second }),
    );
    let data = segment(c, "PA", 135, 120, 134);
    tape.lost(2_000_100, 2_002_600, data, Culprit::Link);
    let again = Timer {
        kind: TimerKind::LossProbe,
        of: TimerOf::Socket(c),
    };
    tape.cause = None;
    tape.note(
        2_216_000,
        CLIENT,
        Event::Timer(TimerEvent::Fired {
            timer: again,
            setting: None,
        }),
    );
    tape.segment(2_216_000, 2_221_000, data);
    tape.segment(2_221_010, 2_226_010, segment(s, "A", 120, 269, 0));
    tape.cut()
}

/// Requests and answers, three segments each, 30 ms apart.
pub(crate) fn long_run(exchanges: u32) -> Trace {
    let mut tape = Tape::new();
    let flow = tape.open_flow();
    let (c, s) = both(flow);
    tape.entered(0, c, State::Closed, State::Established);
    tape.entered(0, s, State::Closed, State::Established);
    for n in 0..exchanges {
        let at = 1_000 + u64::from(n) * 30_000;
        tape.cause = None;
        let asked = RequestId(n);
        let id = post(&mut tape, flow, n * 134, "POST /ingest HTTP/1.1");
        assert_eq!(id, asked);
        tape.note(at, CLIENT, request(RequestEvent::Started { request: id }));
        tape.segment(
            at + 100,
            at + 5_100,
            segment(c, "PA", 1 + n * 134, 1 + n * 119, 134),
        );
        tape.segment(
            at + 5_300,
            at + 10_300,
            segment(s, "PA", 1 + n * 119, 135 + n * 134, 119),
        );
        tape.segment(
            at + 10_310,
            at + 15_310,
            segment(c, "A", 135 + n * 134, 120 + n * 119, 0),
        );
        tape.note(
            at + 15_310,
            CLIENT,
            request(RequestEvent::Finished { request: id }),
        );
    }
    tape.cut()
}

/// The recorded race as a capture at the client shows it: each segment once, no causes, no programs' doings.
pub(crate) fn captured_race() -> Trace {
    let mut trace = recorded_race();
    trace.vantage = Vantage::Tap(CLIENT);
    trace
        .records
        .retain(|r| r.host == CLIENT && matches!(r.event, Event::Segment(_)));
    for (index, record) in trace.records.iter_mut().enumerate() {
        record.id = RecordId::from_index(index);
        record.cause = None;
    }
    trace
}

/// A response and a FIN that leave in one instant, on two connections.
pub(crate) fn same_instant() -> Trace {
    let mut tape = Tape::new();
    for _ in 0..2 {
        let flow = tape.open_flow();
        let (_, s) = both(flow);
        let asked = post(&mut tape, flow, 0, "POST /ingest HTTP/1.1");
        answer(&mut tape, flow, 0, asked);
        for (flags, seq, len) in [("PA", 1, 119), ("FA", 120, 0)] {
            tape.cause = None;
            tape.segment(1_000, 6_000, segment(s, flags, seq, 135, len));
        }
    }
    tape.cut()
}
