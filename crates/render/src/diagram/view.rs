//! What the reader wants to see: width, layout, language, layers, time, evidence, selection.

use super::axis::{Band, Ruler};
use super::layers;
use crate::text::Lang;
use std::time::Duration;
use whyeof_trace::{FlowId, RecordId, RequestId, Time, Trace};

/// How lanes are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Two lanes a host: its program and its kernel.
    Wide,
    /// One lane a host; what programs do stands in badges beside it.
    Phone,
}

impl Layout {
    /// The layout for a width in px.
    pub fn for_width(width: f64) -> Self {
        if width < 640.0 {
            Self::Phone
        } else {
            Self::Wide
        }
    }
}

impl Layout {
    /// The same, or one lane a host where so many have no room for two.
    pub(super) fn for_hosts(self, width: f64, hosts: usize) -> Self {
        /// What two lanes, their badges and an arrow need, px.
        const ROOM: f64 = 220.0;
        if hosts > 2 && width < ROOM * hosts as f64 {
            Self::Phone
        } else {
            self
        }
    }
}

/// Where the connections of a host stand on its lifeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bars {
    /// Side by side, as far as there is room.
    #[default]
    Apart,
    /// All in one bar.
    Together,
}

/// What to draw of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Width of the picture, px.
    pub width: f64,
    /// How lanes are arranged.
    pub layout: Layout,
    /// The reader's language.
    pub lang: Lang,
    /// The layers that are on, by id.
    pub layers: Vec<&'static str>,
    /// Whether words about states and timers are left out: what moves sixty times a second is not read.
    pub terse: bool,
    /// How time becomes height.
    pub ruler: Ruler,
    /// Where the connections of a host stand.
    pub bars: Bars,
    /// The connections that are drawn, in order; `None`: all. Hosts that have no part in them have no lane.
    pub only: Option<Vec<FlowId>>,
    /// The time to be drawn; what lies before and after is said to be left out.
    pub range: Band,
    /// Numbered evidence: the number to show, and the record that it is about.
    pub evidence: Vec<(u16, RecordId)>,
    /// The selected record; it and what led to it get class names.
    pub selected: Option<RecordId>,
}

impl View {
    /// The whole run with the layers that are on by default, no evidence and no selection.
    pub fn new(width: f64, lang: Lang) -> Self {
        let on = layers::ALL.iter().filter(|layer| layer.default_on);
        Self {
            width,
            layout: Layout::for_width(width),
            lang,
            layers: on.map(|layer| layer.id).collect(),
            terse: false,
            ruler: Ruler::default(),
            bars: Bars::default(),
            only: None,
            range: Band::ALL,
            evidence: Vec::new(),
            selected: None,
        }
    }

    /// The same, of the last stretch of a run only. The stretch is counted back from the last record.
    #[must_use]
    pub fn last(mut self, trace: &Trace, span: Duration) -> Self {
        let end = trace.records.last().map_or(Time::ZERO, |r| r.time);
        self.range = Band {
            from: end - span,
            to: Time::NEVER,
        };
        self
    }

    /// The same, around a moment.
    #[must_use]
    pub fn around(mut self, at: Time, before: Duration, after: Duration) -> Self {
        self.range = Band {
            from: at - before,
            to: at + after,
        };
        self
    }

    /// The same, of what happened around a request: from the silence before it to the silence after it.
    #[must_use]
    pub fn on_request(mut self, trace: &Trace, request: RequestId) -> Self {
        /// A silence this long ends what happened around a request.
        const SILENCE: Duration = Duration::from_millis(50);
        let mine: Vec<RecordId> = trace.of_request(request).map(|(r, _)| r.id).collect();
        let (Some(first), Some(last)) = (mine.first(), mine.last()) else {
            return self;
        };
        let records = &trace.records;
        let (mut from, mut to) = (first.index(), last.index());
        while from > 0 && records[from].time.since(records[from - 1].time) < SILENCE {
            from -= 1;
        }
        while to + 1 < records.len() && records[to + 1].time.since(records[to].time) < SILENCE {
            to += 1;
        }
        self.range = Band {
            from: records[from].time,
            to: records[to].time,
        };
        self
    }

    /// Whether a connection is drawn.
    pub fn draws(&self, flow: FlowId) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|only| only.binary_search(&flow).is_ok())
    }

    /// Whether a layer is on.
    pub fn shows(&self, layer: &str) -> bool {
        self.layers.contains(&layer)
    }
}
