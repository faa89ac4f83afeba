//! The lists that grow during a run and that the trace ends up with: connections, requests, messages, texts.

use crate::copy::clone_into_place;
use std::ops::Index;
use whyeof_trace::{
    Flow, FlowId, Message, MessageId, OptionsId, Request, RequestId, Segment, SocketId, TcpOptions,
    TextId,
};

/// Lists that grow during a run. Ids are positions.
#[derive(Debug, Default)]
pub struct Tables {
    /// Connections.
    pub flows: Vec<Flow>,
    /// The last message of each direction of each connection.
    pub last_message: Vec<[Option<MessageId>; 2]>,
    /// Requests.
    pub requests: Vec<Request>,
    /// Those of them that no proxy made.
    callers: u32,
    /// HTTP messages.
    pub messages: Vec<Message>,
    /// Options that most segments do not carry.
    pub options: Vec<TcpOptions>,
    /// Which of them are a SYN's: few, and shared.
    syns: Vec<OptionsId>,
    /// Texts.
    pub texts: Texts,
}

clone_into_place!(Tables {
    flows,
    last_message,
    requests,
    callers,
    messages,
    options,
    syns,
    texts
});

/// Texts, one behind the other, so that a copy of a run copies them as one.
#[derive(Debug, Default)]
pub struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<usize>,
}

clone_into_place!(Texts { all, ends });

impl Texts {
    fn push(&mut self, text: &str) -> TextId {
        self.all.push_str(text);
        self.ends.push(self.all.len());
        TextId(id(self.ends.len() - 1))
    }

    /// All of them, each by itself.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).map(TextId).take(self.ends.len()).map(|id| &self[id])
    }
}

impl Index<TextId> for Texts {
    type Output = str;

    fn index(&self, id: TextId) -> &str {
        let end = self.ends[id.index()];
        let start = match id.index() {
            0 => 0,
            index => self.ends[index - 1],
        };
        &self.all[start..end]
    }
}

impl Tables {
    /// Keeps a text.
    pub fn text(&mut self, text: &str) -> TextId {
        self.texts.push(text)
    }

    /// Keeps a set of options; equal ones of SYNs share an entry.
    pub fn options(&mut self, options: TcpOptions) -> OptionsId {
        let same = |id: &&OptionsId| self.options[id.index()] == options;
        if let Some(known) = self.syns.iter().find(same) {
            return *known;
        }
        let id = OptionsId::from_index(self.options.len());
        self.options.push(options);
        if options.syn().is_some() {
            self.syns.push(id);
        }
        id
    }

    /// Keeps a connection.
    pub fn flow(&mut self, flow: Flow) -> FlowId {
        self.flows.push(flow);
        self.last_message.push([None; 2]);
        FlowId(id(self.flows.len() - 1))
    }

    /// The request that was made last. Connections are dialled for requests, so where there is one there is the other, but for
    /// programs of socket calls.
    pub fn last_request(&self) -> RequestId {
        RequestId(id(self.requests.len().saturating_sub(1)))
    }

    /// Keeps a request; its `number` is filled in here.
    pub fn request(&mut self, mut request: Request) -> RequestId {
        request.number = match request.parent {
            Some(parent) => self.requests[parent.index()].number,
            None => {
                self.callers += 1;
                self.callers
            }
        };
        self.requests.push(request);
        RequestId(id(self.requests.len() - 1))
    }

    /// Keeps a message; `before` is filled in here.
    pub fn message(&mut self, mut message: Message) -> MessageId {
        let MessageId(number) = MessageId(id(self.messages.len()));
        let SocketId { flow, side } = message.sender;
        let last = &mut self.last_message[flow.index()][side.index()];
        message.before = last.replace(MessageId(number));
        self.messages.push(message);
        MessageId(number)
    }

    /// The first line of the message that begins in a segment; empty if none does.
    pub fn first_line(&self, segment: &Segment) -> &str {
        let sender = SocketId {
            flow: segment.flow,
            side: segment.from,
        };
        let range = segment.payload();
        let Some((_, message)) = self.message_at(sender, range.end().saturating_sub(1)) else {
            return "";
        };
        if message.offset < range.offset {
            return "";
        }
        let head = &self.texts[message.head];
        head.lines().next().unwrap_or("")
    }

    /// The message that the byte at `offset` of this sender's stream belongs to.
    pub fn message_at(&self, sender: SocketId, offset: u32) -> Option<(MessageId, &Message)> {
        let mut next = self.last_message[sender.flow.index()][sender.side.index()];
        while let Some(id) = next {
            let message = &self.messages[id.index()];
            if offset >= message.offset {
                return (offset < message.end()).then_some((id, message));
            }
            next = message.before;
        }
        None
    }
}

fn id(index: usize) -> u32 {
    u32::try_from(index).expect("limits keep every list below 2^32 entries")
}
