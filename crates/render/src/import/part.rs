//! The trace of some of a capture's connections, with the states that the tap's own ends must have had.

use super::Capture;
use super::assemble::{Cast, empty, name_hosts, programs, record};
use super::states::Own;
use litemap::LiteMap;
use whyeof_trace::{
    Event, FlowId, HostId, MessageId, OptionsId, Packet, ProgramId, RequestEvent, RequestId,
    Segment, SegmentEvent, Side, SocketEvent, SocketId, TextId, Time, Trace,
};

impl Capture {
    /// The trace of these connections, which stand in order; of all of them, if none is named. Requests keep their numbers.
    pub fn part(&self, only: &[FlowId]) -> Trace {
        Part::new(self, only).whole()
    }
}

/// A trace that is being taken out of a capture's.
struct Part<'a> {
    capture: &'a Capture,
    only: &'a [FlowId],
    /// Numbers in the part by numbers in the capture.
    flows: LiteMap<FlowId, FlowId>,
    requests: LiteMap<RequestId, RequestId>,
    messages: LiteMap<MessageId, MessageId>,
    texts: LiteMap<TextId, TextId>,
    /// Of each connection of the part, the tap's end and its state.
    own: Vec<(SocketId, Own)>,
    trace: Trace,
}

impl<'a> Part<'a> {
    const fn new(capture: &'a Capture, only: &'a [FlowId]) -> Self {
        Self {
            capture,
            only,
            flows: LiteMap::new(),
            requests: LiteMap::new(),
            messages: LiteMap::new(),
            texts: LiteMap::new(),
            own: Vec::new(),
            trace: empty(),
        }
    }

    fn whole(mut self) -> Trace {
        let capture = self.capture;
        let mut cast = Cast::default();
        for flow in &capture.flows {
            if self.only.is_empty() || self.only.binary_search(&flow.id).is_ok() {
                let id = FlowId(u32::try_from(self.trace.flows.len()).unwrap_or(u32::MAX));
                self.flows.insert(flow.id, id);
                cast.flow(&mut self.trace, flow);
                let socket = SocketId {
                    flow: id,
                    side: flow.tap,
                };
                self.own.push((socket, Own::new(!flow.is_whole)));
            }
        }
        name_hosts(&mut self.trace);
        programs(&mut self.trace);
        self.requests();
        self.messages();
        for record in &capture.trace.records {
            match record.event {
                Event::Segment(event) => self.packet(record.time, event),
                Event::Request(event) => self.request(record.time, event),
                _ => {}
            }
        }
        self.trace.end = self.trace.records.last().map_or(Time::ZERO, |it| it.time);
        self.trace
    }

    fn text(&mut self, text: TextId) -> TextId {
        if let Some(known) = self.texts.get(&text) {
            return *known;
        }
        let id = TextId(u32::try_from(self.trace.texts.len()).unwrap_or(u32::MAX));
        self.trace
            .texts
            .push(self.capture.trace.text(text).to_owned());
        self.texts.insert(text, id);
        id
    }

    fn requests(&mut self) {
        let all = self
            .capture
            .trace
            .requests
            .iter()
            .zip(&self.capture.asked_on);
        for (number, (request, flow)) in (0..).zip(all) {
            let Some(flow) = self.flows.get(flow).copied() else {
                continue;
            };
            let id = RequestId(u32::try_from(self.trace.requests.len()).unwrap_or(u32::MAX));
            self.requests.insert(RequestId(number), id);
            let client = self.trace.flow(flow).host(Side::Opener);
            let request = whyeof_trace::Request {
                program: ProgramId(client.0),
                url: self.text(request.url),
                ..request.clone()
            };
            self.trace.requests.push(request);
        }
    }

    fn messages(&mut self) {
        for (number, message) in (0..).zip(&self.capture.trace.messages) {
            let flow = self.flows.get(&message.sender.flow).copied();
            let request = self.requests.get(&message.request).copied();
            let (Some(flow), Some(request)) = (flow, request) else {
                continue;
            };
            let id = MessageId(u32::try_from(self.trace.messages.len()).unwrap_or(u32::MAX));
            self.messages.insert(MessageId(number), id);
            let message = whyeof_trace::Message {
                sender: SocketId {
                    flow,
                    side: message.sender.side,
                },
                request,
                head: self.text(message.head),
                before: message
                    .before
                    .and_then(|it| self.messages.get(&it).copied()),
                ..*message
            };
            self.trace.messages.push(message);
        }
    }

    fn packet(&mut self, time: Time, event: SegmentEvent) {
        let Some(flow) = self.flows.get(&event.packet().flow()).copied() else {
            return;
        };
        let packet = match *event.packet() {
            Packet::Tcp(segment) => Packet::Tcp(Segment {
                flow,
                options: segment.options.map(|it| self.options(it)),
                ..segment
            }),
            Packet::Unreachable {
                to, kind, quoted, ..
            } => Packet::Unreachable {
                flow,
                to,
                kind,
                quoted,
            },
        };
        let event = match event {
            SegmentEvent::Sent(_) => SegmentEvent::Sent(packet),
            _ => SegmentEvent::Arrived(packet),
        };
        let host = self.tap(flow);
        record(&mut self.trace, time, host, Event::Segment(event));
        if let Packet::Tcp(segment) = &packet {
            self.state(time, host, segment);
        }
    }

    fn tap(&self, flow: FlowId) -> HostId {
        self.trace.host_of(self.own[flow.index()].0)
    }

    fn options(&mut self, options: OptionsId) -> OptionsId {
        let options = self.capture.trace.options[options.index()];
        self.trace.options.push(options);
        OptionsId::from_index(self.trace.options.len() - 1)
    }

    fn state(&mut self, time: Time, host: HostId, segment: &Segment) {
        let (socket, own) = &mut self.own[segment.flow.index()];
        let (socket, from) = (*socket, own.state());
        if segment.from == socket.side {
            own.sent(segment);
        } else {
            own.arrived(segment);
        }
        let to = own.state();
        if from != to {
            let event = SocketEvent::Entered { socket, from, to };
            record(&mut self.trace, time, host, Event::Socket(event));
        }
    }

    fn request(&mut self, time: Time, event: RequestEvent) {
        let Some(request) = self.requests.get(&event.request()).copied() else {
            return;
        };
        let flow = self.capture.asked_on[event.request().index()];
        let flow = self.flows[&flow];
        let event = match event {
            RequestEvent::Started { .. } => RequestEvent::Started { request },
            RequestEvent::Written {
                socket, attempt, ..
            } => RequestEvent::Written {
                request,
                socket: SocketId { flow, ..socket },
                attempt,
            },
            RequestEvent::Head { status, .. } => RequestEvent::Head { request, status },
            RequestEvent::Finished { .. } => RequestEvent::Finished { request },
            _ => return,
        };
        let host = self.tap(flow);
        record(&mut self.trace, time, host, Event::Request(event));
    }
}
