//! The sequence diagram: two lanes a host, slanted arrows, time down the page.
//!
//! [`Sheet::new`] lays out time for all that a [`View`] shows, in one pass over the records; a [`Diagram`] is a sheet with
//! its run, and [`Diagram::scene`] draws a band of it. A page keeps the sheet, asks for the band that can be seen, and never
//! for twenty thousand arrows. Labels are placed within chunks of the axis, so what a chunk looks like does not depend on
//! the band that was asked for.

pub mod axis;
mod badges;
mod canvas;
pub mod lanes;
pub mod layers;
mod layout;
mod minimap;
pub mod outline;
mod part;
mod place;
pub mod scene;
pub mod small;
mod spans;
mod view;

pub use axis::{Axis, Band, Ruler, Scale};
pub use scene::{Anchor, Extent, Item, Point, Rect, Scene, Shape};
pub use view::{Bars, Layout, View};

pub(crate) use part::Part;
pub(crate) use place::width as width_of;

use crate::effects;
use crate::summary;
use crate::text;
use crate::wire::{Packets, Wire};
use badges::Badge;
use canvas::Canvas;
use lanes::Lanes;
use layout::{Chunks, Gathered};
use spans::Spans;
use std::rc::Rc;
use std::time::Duration;
use whyeof_trace::{HostId, Record, RecordId, SocketId, Trace};

/// Most items in a scene; what goes beyond is left out, and the scene says so.
pub const MOST_ITEMS: usize = 4_000;
/// Height of [`Diagram::header`], px.
pub const HEADER: f64 = 40.0;

/// A trace laid out for a view: all of a picture but its ink. It owns what it has, so that a page keeps it while it draws band
/// after band.
#[derive(Debug)]
pub struct Sheet {
    view: View,
    part: Part,
    packets: Rc<Packets>,
    lanes: Lanes,
    axis: Axis,
    badges: Vec<Badge>,
    spans: Spans,
    height: f64,
    /// The first knots of the chunks.
    starts: Vec<usize>,
    /// How much lower than its moments each packet is drawn, px.
    stagger: Vec<f64>,
    /// The longest flight in the range: how far before a band a packet may have left.
    longest: Duration,
}

/// A sheet with its run, and with what is selected in it.
pub struct Diagram<'a> {
    trace: &'a Trace,
    wire: Wire<'a>,
    sheet: Rc<Sheet>,
    selected: Option<RecordId>,
    /// The causes of the selected record,
    causes: Vec<RecordId>,
    /// and what it led to.
    effects: Vec<RecordId>,
}

impl std::ops::Deref for Diagram<'_> {
    type Target = Sheet;

    fn deref(&self) -> &Sheet {
        &self.sheet
    }
}

/// A trace with all that its sheet is to show, before it has an axis.
struct Unlaid<'a> {
    wire: Wire<'a>,
    view: View,
    part: Part,
    hosts: Vec<HostId>,
    badges: Vec<Badge>,
    spans: Spans,
    stagger: Vec<f64>,
}

impl<'a> Unlaid<'a> {
    fn new(trace: &'a Trace, packets: &Rc<Packets>, view: &View) -> Self {
        let part = Part::new(trace, view.only.as_deref());
        let packets = match &view.only {
            None => Rc::clone(packets),
            Some(only) => Rc::new(Packets::new(trace, Some(only))),
        };
        let hosts = lanes::order(trace, &part);
        let view = View {
            layout: view.layout.for_hosts(view.width, hosts.len()),
            ..view.clone()
        };
        let wire = Wire::with(trace, packets);
        Self {
            stagger: layout::stagger(&wire),
            wire,
            badges: badges::badges(trace, view.range, &part),
            spans: Spans::new(trace, &view, &part),
            view,
            part,
            hosts,
        }
    }

    fn gather(&self) -> Gathered {
        layout::gather(
            &self.view,
            (&self.wire, &self.stagger),
            &self.badges,
            &self.spans,
        )
    }

    fn on(self, axis: Axis, height: f64) -> Sheet {
        let Self {
            wire,
            view,
            part,
            hosts,
            badges,
            spans,
            stagger,
        } = self;
        Sheet {
            lanes: Lanes::new(wire.trace, &view, &hosts, &spans.most_slots),
            starts: layout::chunk_starts(&axis, &wire, &badges, &spans),
            longest: layout::longest(&view, &wire),
            packets: wire.packets(),
            axis,
            height,
            badges,
            spans,
            stagger,
            view,
            part,
        }
    }
}

impl Sheet {
    /// Lays out a trace whose packets have been read. Time and room are linear in its records.
    pub fn new(trace: &Trace, packets: &Rc<Packets>, view: &View) -> Self {
        let unlaid = Unlaid::new(trace, packets, view);
        let laid = unlaid.gather().lay_out(&unlaid.view);
        unlaid.on(laid.axis, laid.height)
    }

    /// Lays out two traces on one axis, so that what happens at the same moment stands at the same height. The axis is turned as the
    /// first view says.
    pub fn pair(runs: [(&Trace, &Rc<Packets>, &View); 2]) -> [Self; 2] {
        let [one, two] = runs.map(|(trace, packets, view)| Unlaid::new(trace, packets, view));
        let laid = one.gather().with(two.gather()).lay_out(&one.view);
        let height = laid.height;
        [one.on(laid.axis.clone(), height), two.on(laid.axis, height)]
    }

    /// The mapping between time and y: for the cursor, for scrolling, for "which band can be seen".
    pub const fn axis(&self) -> &Axis {
        &self.axis
    }

    /// Where lanes stand.
    pub const fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// What is drawn.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// Height of the whole diagram without its header, px.
    pub const fn height(&self) -> f64 {
        self.height
    }

    /// Whether a record belongs to what is drawn: to its connections and its stretch of time.
    pub fn has(&self, record: &Record) -> bool {
        self.view.range.contains(record.time) && self.part.has(record)
    }

    /// A band of time widened to whole chunks: what [`Diagram::scene`] draws when it is asked for that band.
    pub fn widened(&self, band: Band) -> Band {
        self.chunks().widen(band)
    }

    fn chunks(&self) -> Chunks<'_> {
        Chunks {
            axis: &self.axis,
            starts: &self.starts,
            width: self.view.width,
            height: self.height,
        }
    }

    /// Which of several bars side by side a socket has.
    fn slot(&self, socket: SocketId) -> usize {
        self.spans.slots.get(&socket).copied().unwrap_or(0)
    }
}

impl<'a> Diagram<'a> {
    /// Lays out a trace and is ready to draw it: for those who draw once.
    pub fn new(trace: &'a Trace, view: &View) -> Self {
        let packets = Rc::new(Packets::new(trace, None));
        let sheet = Sheet::new(trace, &packets, view);
        Self::on(trace, Rc::new(sheet), view.selected)
    }

    /// A trace on the sheet that it has been laid out on.
    pub fn on(trace: &'a Trace, sheet: Rc<Sheet>, selected: Option<RecordId>) -> Self {
        let selected = selected.filter(|id| id.index() < trace.records.len());
        let causes = selected.map(|id| trace.causes(id).skip(1).map(|r| r.id).collect());
        Self {
            wire: Wire::with(trace, Rc::clone(&sheet.packets)),
            trace,
            sheet,
            selected,
            causes: causes.unwrap_or_default(),
            effects: selected.map_or_else(Vec::new, |id| effects::effects(trace, id)),
        }
    }

    /// Draws a band of time, widened to whole chunks.
    pub fn scene(&self, band: Band) -> Scene {
        let band = self.widened(band);
        let mut canvas = Canvas::new(self, MOST_ITEMS);
        for layer in layers::ALL {
            if self.view.shows(layer.id) {
                (layer.draw)(&mut canvas, band);
            }
        }
        let extent = if canvas.has_room() {
            Extent::Whole
        } else {
            Extent::Clipped
        };
        let mut items = canvas.finish();
        if extent == Extent::Clipped {
            items.truncate(MOST_ITEMS);
            items.push(self.more(band));
        }
        Scene {
            width: self.view.width,
            height: self.height,
            items,
            summary: String::new(),
            extent,
        }
    }

    /// Draws everything, up to [`MOST_ITEMS`], and says what it shows.
    pub fn whole(&self) -> Scene {
        Scene {
            summary: self.summary(),
            ..self.scene(Band::ALL)
        }
    }

    /// What the picture shows, in one paragraph.
    pub fn summary(&self) -> String {
        summary::paragraph(&self.wire, self.view.range, self.view.lang)
    }

    /// The lanes' names: a picture of its own, [`HEADER`] px high, so that a page can keep it in sight.
    pub fn header(&self) -> Scene {
        Scene {
            width: self.view.width,
            height: HEADER,
            items: layers::header(self),
            summary: String::new(),
            extent: Extent::Whole,
        }
    }

    /// The packets, read once; the inspector and the event list use them too.
    pub const fn wire(&self) -> &Wire<'a> {
        &self.wire
    }

    /// `selected`, or `cause` or `effect` of what is selected.
    fn standing(&self, record: RecordId) -> Option<&'static str> {
        if self.selected == Some(record) {
            Some("selected")
        } else if self.causes.contains(&record) {
            Some("cause")
        } else if self.effects.contains(&record) {
            Some("effect")
        } else {
            None
        }
    }

    fn more(&self, band: Band) -> Item {
        Item {
            shape: Shape::Text {
                at: Point {
                    x: self.view.width / 2.0,
                    y: self.axis.y(band.to).min(self.height) - 4.0,
                },
                anchor: Anchor::Middle,
                words: text::MORE_ITEMS.of(self.view.lang).to_owned(),
            },
            class: "note".to_owned(),
            about: None,
            says: String::new(),
        }
    }
}

/// Lays out a trace and draws a band of it: for those who draw once.
pub fn scene(trace: &Trace, view: &View, band: Band) -> Scene {
    Diagram::new(trace, view).scene(band)
}
