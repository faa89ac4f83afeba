//! The recorded race as a picture: what is in it, and that labels keep out of each other's way.

use crate::fixture::{
    Tape, both, captured_race, long_run, lost_request, recorded_race, same_instant, segment,
};
use expect_test::{ExpectFile, expect_file};
use std::collections::BTreeSet;
use std::time::Duration;
use whyeof_render::Lang;
use whyeof_render::diagram::small::small;
use whyeof_render::diagram::{
    Anchor, Band, Bars, Diagram, Extent, Item, Layout, MOST_ITEMS, Point, Rect, Ruler, Scale,
    Scene, Shape, View, layers,
};
use whyeof_render::effects::effects;
use whyeof_render::formats::svg;
use whyeof_trace::{Event, RecordId, RequestEvent, RequestId, SegmentEvent, Time, Trace};

fn check(view: &View, expected: ExpectFile) {
    expected.assert_eq(&svg::file(&Diagram::new(&recorded_race(), view)));
}

/// The records that tell the race, numbered: timer, POST, FIN, RST, EOF, error.
fn evidence(trace: &Trace) -> Vec<(u16, RecordId)> {
    let failed =
        |r: &&whyeof_trace::Record| matches!(r.event, Event::Request(RequestEvent::Failed { .. }));
    let error = trace.records.iter().find(failed).expect("it fails");
    let chain: Vec<RecordId> = trace.causes(error.id).map(|r| r.id).take(6).collect();
    chain
        .into_iter()
        .rev()
        .zip(1..)
        .map(|(id, n)| (n, id))
        .collect()
}

#[test]
fn the_recorded_race_wide() {
    check(
        &View::new(760.0, Lang::En),
        expect_file!["expected/race.svg"],
    );
}

#[test]
fn the_recorded_race_on_a_phone_in_chinese() {
    let trace = recorded_race();
    let mut view = View::new(358.0, Lang::Zh).on_request(&trace, RequestId(1));
    view.evidence = evidence(&trace);
    check(&view, expect_file!["expected/race.phone.zh.svg"]);
}

/// The area of a label, a little smaller than what was kept free for it.
fn area(item: &Item) -> Option<Rect> {
    const LETTER: f64 = 5.8;
    let wide = |words: &str| -> f64 {
        let letter = |c: char| if c as u32 > 0x2e80 { 10.0 } else { LETTER };
        words.chars().map(letter).sum()
    };
    match &item.shape {
        Shape::Badge { at, .. } => Some(*at),
        Shape::Mark { at, .. } => Some(Rect::around(*at, 18.0, 18.0)),
        Shape::Text { at, anchor, words } => {
            let w = wide(words);
            let x = match anchor {
                Anchor::Start => at.x,
                Anchor::Middle => at.x - w / 2.0,
                Anchor::End => at.x - w,
            };
            let y = at.y - 9.0;
            Some(Rect { x, y, w, h: 10.0 })
        }
        _ => None,
    }
}

fn keeps_apart(scene: &Scene, what: &str) {
    let labels: Vec<(&Item, Rect)> = scene
        .items
        .iter()
        .filter_map(|item| Some((item, area(item)?)))
        .collect();
    let picture = Rect {
        x: 0.0,
        y: 0.0,
        w: scene.width,
        h: scene.height,
    };
    for (index, (item, area)) in labels.iter().enumerate() {
        assert!(picture.holds(area), "{what}: {item:?} leaves the picture");
        for (other, there) in &labels[..index] {
            assert!(!area.overlaps(there), "{what}: {item:?} lies on {other:?}");
        }
    }
}

#[test]
fn labels_keep_apart_and_in_the_picture() {
    let traces = [
        recorded_race(),
        lost_request(),
        long_run(40),
        captured_race(),
        same_instant(),
    ];
    for trace in &traces {
        for lang in [Lang::En, Lang::Zh] {
            for width in [320.0, 358.0, 430.0, 640.0, 700.0, 760.0, 1000.0, 1600.0] {
                let mut view = View::new(width, lang);
                view.evidence = evidence_or_none(trace);
                let what = format!("{lang:?} {width}");
                keeps_apart(&Diagram::new(trace, &view).whole(), &what);
                keeps_apart(&Diagram::new(trace, &view).header(), &what);
                let view = view.last(trace, Duration::from_millis(40));
                keeps_apart(&Diagram::new(trace, &view).whole(), &what);
            }
        }
    }
}

/// Every way to see a run, and every zoom.
fn rulers() -> Vec<Ruler> {
    let mut rulers = Vec::new();
    for scale in [Scale::Nonlinear, Scale::Even, Scale::Equal] {
        for (zoom, stretch, least, folds) in [
            (1.0, 0, None, true),
            (0.125, -Ruler::STRETCH, Some(0), false),
            (8.0, Ruler::STRETCH, Some(100), true),
        ] {
            rulers.push(Ruler {
                scale,
                stretch,
                least,
                zoom,
                folds,
            });
        }
    }
    rulers
}

#[test]
fn labels_keep_apart_on_every_axis() {
    for trace in [
        recorded_race(),
        lost_request(),
        long_run(12),
        same_instant(),
    ] {
        for ruler in rulers() {
            for bars in [Bars::Apart, Bars::Together] {
                for width in [356.0, 720.0] {
                    let mut view = View::new(width, Lang::En);
                    (view.ruler, view.bars) = (ruler, bars);
                    view.evidence = evidence_or_none(&trace);
                    let what = format!("{ruler:?} {width}");
                    keeps_apart(&Diagram::new(&trace, &view).whole(), &what);
                }
            }
        }
    }
}

#[test]
fn even_is_true_to_scale_between_folds_and_equal_counts_events() {
    let trace = recorded_race();
    let axis = |ruler: Ruler| {
        let mut view = View::new(760.0, Lang::En);
        view.ruler = ruler;
        Diagram::new(&trace, &view).axis().clone()
    };
    let even = axis(Ruler {
        scale: Scale::Even,
        ..Ruler::default()
    });
    let mut pace = None;
    for pair in even.knots().windows(2) {
        let folded = even.folds().iter().any(|fold| fold.from == pair[0].time);
        let span = pair[1].time.since(pair[0].time).as_secs_f64();
        if !folded {
            let now = (pair[1].y - pair[0].y) / span;
            let first: f64 = *pace.get_or_insert(now);
            assert!((now / first - 1.0).abs() < 1e-6, "{now} after {first}");
        }
    }
    let folded = even.bottom();
    let whole = axis(Ruler {
        scale: Scale::Even,
        folds: false,
        ..Ruler::default()
    });
    assert!(whole.folds().is_empty() && whole.bottom() > 100.0 * folded);
    let short = |stretch| {
        let axis = axis(Ruler {
            stretch,
            ..Ruler::default()
        });
        axis.bottom()
    };
    assert!(short(4) > short(0) && short(0) > short(-4));
}

#[test]
fn one_connection_alone_has_its_hosts_and_its_requests_only() {
    let trace = long_run(3);
    let mut view = View::new(760.0, Lang::En);
    view.only = Some(vec![whyeof_trace::FlowId(99)]);
    let nothing = Diagram::new(&trace, &view).whole();
    let packets = |scene: &Scene| {
        let packets = scene
            .items
            .iter()
            .filter(|i| i.class.starts_with("packet "));
        packets.count()
    };
    assert_eq!(packets(&nothing), 0);
    view.only = Some(vec![whyeof_trace::FlowId(0)]);
    assert!(packets(&Diagram::new(&trace, &view).whole()) > 0);
}

#[test]
fn what_is_pointed_at_is_the_nearest_thing() {
    let trace = recorded_race();
    let scene = Diagram::new(&trace, &View::new(760.0, Lang::En)).whole();
    for item in &scene.items {
        let (Shape::Arrow { from, to }, Some(record)) = (&item.shape, item.about) else {
            continue;
        };
        let share = |by: f64| Point {
            x: from.x + (to.x - from.x) * by,
            y: from.y + (to.y - from.y) * by + 3.0,
        };
        assert!(scene.at(share(0.4), 8.0).is_some());
        let found = [0.2, 0.4, 0.6].map(|by| scene.at(share(by), 8.0) == Some(record));
        assert!(found.contains(&true), "{item:?}");
    }
    assert_eq!(scene.at(Point { x: -50.0, y: -50.0 }, 8.0), None);
}

#[test]
fn the_minimap_marks_what_went_wrong() {
    let trace = recorded_race();
    let diagram = Diagram::new(&trace, &View::new(760.0, Lang::En));
    let map = diagram.minimap(28.0, 600.0);
    let errors: Vec<&Item> = map
        .items
        .iter()
        .filter(|i| i.class == "mini-error")
        .collect();
    assert_eq!(errors.len(), 1);
    let record = errors[0].about.expect("it is the error's");
    let share = diagram.axis().y(trace.record(record).time) / diagram.height();
    let (top, bottom) = errors[0].shape.reach();
    assert!(top / 600.0 <= share + 0.01 && bottom / 600.0 >= share - 0.01);
    let long = long_run(7_000);
    let map = Diagram::new(&long, &View::new(760.0, Lang::En)).minimap(28.0, 600.0);
    assert!(map.nodes(0.0, 600.0) <= 400, "{}", map.nodes(0.0, 600.0));
}

#[test]
fn a_packet_leads_to_what_comes_of_it_and_no_further() {
    let trace = recorded_race();
    let fails =
        |r: &&whyeof_trace::Record| matches!(r.event, Event::Request(RequestEvent::Failed { .. }));
    let error = trace.records.iter().find(fails).expect("it fails");
    let mut before = trace.causes(error.id).skip(1);
    let shown = before.find(|r| whyeof_render::effects::is_shown(r));
    let shown = shown.expect("something shown led to it");
    assert!(effects(&trace, shown.id).contains(&error.id));
    assert!(!effects(&trace, trace.records[0].id).contains(&error.id));
}

fn evidence_or_none(trace: &Trace) -> Vec<(u16, RecordId)> {
    let fails =
        |r: &whyeof_trace::Record| matches!(r.event, Event::Request(RequestEvent::Failed { .. }));
    if trace.records.iter().any(fails) {
        evidence(trace)
    } else {
        Vec::new()
    }
}

fn words(scene: &Scene) -> Vec<&str> {
    let words = scene.items.iter().filter_map(|item| match &item.shape {
        Shape::Text { words, .. } | Shape::Badge { words, .. } | Shape::Mark { words, .. } => {
            Some(words.as_str())
        }
        _ => None,
    });
    words.collect()
}

#[test]
fn the_race_can_be_read_in_the_picture() {
    let trace = recorded_race();
    let mut view = View::new(760.0, Lang::En);
    view.evidence = evidence(&trace);
    let scene = Diagram::new(&trace, &view).whole();
    let words = words(&scene);
    for expected in [
        "9.99 s with nothing on the wire",
        "POST #2 · reused",
        "idle for 9.992 s",
        "idle timer fired",
        "idle timer",
        "ReadTimeout",
        "FIN ACK",
        "FIN-WAIT-1 → CLOSED",
        "no socket: data → RST",
        "read() → EOF",
        "error: EOF",
        "10.0196",
    ] {
        assert!(words.contains(&expected), "{expected} in {words:?}");
    }
    for (number, _) in &view.evidence {
        let number = number.to_string();
        assert!(words.contains(&number.as_str()), "{number} in {words:?}");
    }
    let shades = scene
        .items
        .iter()
        .filter(|i| matches!(i.shape, Shape::Shade(_)));
    assert_eq!(shades.count(), 1, "one FIN meets one POST");
}

#[test]
fn an_arrow_takes_the_time_its_packet_takes() {
    let trace = recorded_race();
    let diagram = Diagram::new(&trace, &View::new(760.0, Lang::En));
    let axis = diagram.axis();
    for passage in &diagram.wire().passages {
        let scene = diagram.whole();
        let mine = |item: &&Item| {
            item.about == Some(passage.record) && matches!(item.shape, Shape::Arrow { .. })
        };
        let arrow = scene.items.iter().find(mine).expect("it is drawn");
        let Shape::Arrow { from, to } = arrow.shape else {
            unreachable!("only arrows were asked for")
        };
        let (sent, came) = (
            passage.sent.expect("seen"),
            passage.arrived().expect("seen"),
        );
        assert!((from.y - axis.y(sent)).abs() < 0.01 && (to.y - axis.y(came)).abs() < 0.01);
        assert!(to.y > from.y);
    }
}

#[test]
fn a_lost_segment_ends_in_a_cross_that_says_who_dropped_it() {
    let trace = lost_request();
    let scene = Diagram::new(&trace, &View::new(760.0, Lang::En)).whole();
    let crosses = scene
        .items
        .iter()
        .filter(|i| matches!(i.shape, Shape::Cross(_)));
    assert_eq!(crosses.count(), 1);
    assert!(words(&scene).contains(&"lost: the link"));
}

#[test]
fn packets_of_one_instant_lie_beside_each_other() {
    let trace = same_instant();
    let scene = Diagram::new(&trace, &View::new(760.0, Lang::En)).whole();
    let arrows = scene.items.iter().filter_map(|item| match item.shape {
        Shape::Arrow { from, .. } => Some(from.y),
        _ => None,
    });
    let heights: BTreeSet<String> = arrows.map(|y| format!("{y:.1}")).collect();
    assert_eq!(heights.len(), 4);
    for name in ["FIN ACK", "PSH ACK · 200 OK"] {
        let named = words(&scene).iter().filter(|words| **words == name).count();
        assert_eq!(named, 2, "{name}");
    }
}

#[test]
fn a_capture_is_drawn_without_what_it_cannot_know() {
    let trace = captured_race();
    let scene = Diagram::new(&trace, &View::new(760.0, Lang::En)).whole();
    let drawn = |class: &str| {
        scene
            .items
            .iter()
            .filter(|i| i.class.contains(class))
            .count()
    };
    assert_eq!(drawn("packet "), 12, "each segment once");
    assert_eq!(drawn("open-ended"), 12, "with its far end open");
    assert_eq!(drawn("badge"), 0);
}

#[test]
fn twenty_thousand_segments_are_not_twenty_thousand_items() {
    let trace = long_run(7_000);
    let sent = trace
        .records
        .iter()
        .filter(|r| matches!(r.event, Event::Segment(SegmentEvent::Sent(_))));
    assert!(sent.count() >= 20_000);
    let diagram = Diagram::new(&trace, &View::new(760.0, Lang::En));
    let whole = diagram.whole();
    assert_eq!(whole.extent, Extent::Clipped, "and the picture says so");
    assert!(whole.items.len() <= MOST_ITEMS + 1, "{}", whole.items.len());
    let middle = diagram.height() / 2.0;
    let band = diagram.axis().band(middle, middle + 900.0);
    let seen = diagram.scene(band);
    assert_eq!(seen.extent, Extent::Whole);
    assert!(seen.items.len() < 3_000, "{}", seen.items.len());
    let in_sight =
        |item: &&Item| area(item).is_some_and(|a| a.y > middle && a.bottom() < middle + 900.0);
    assert!(seen.items.iter().filter(in_sight).count() > 20);
}

#[test]
fn a_label_stands_where_it_stands_whatever_band_was_asked_for() {
    let trace = long_run(400);
    let diagram = Diagram::new(&trace, &View::new(760.0, Lang::En));
    let labels = |scene: &Scene, top: f64| -> Vec<String> {
        let near = |item: &&Item| area(item).is_some_and(|a| a.y > top && a.bottom() < top + 600.0);
        let mut seen: Vec<String> = scene
            .items
            .iter()
            .filter(near)
            .map(|i| format!("{i:?}"))
            .collect();
        seen.sort();
        seen
    };
    for part in 1..8 {
        let top = diagram.height() / 8.0 * f64::from(part);
        let exact = diagram.scene(diagram.axis().band(top, top + 600.0));
        let wider = diagram.scene(diagram.axis().band(top - 500.0, top + 1_100.0));
        assert_eq!(labels(&exact, top), labels(&wider, top));
    }
}

#[test]
fn nothing_at_all_is_a_picture_too() {
    let empty = Tape::new().cut();
    for width in [358.0, 760.0] {
        let diagram = Diagram::new(&empty, &View::new(width, Lang::En));
        keeps_apart(&diagram.whole(), "empty");
        assert!(diagram.height() > 0.0);
    }
    let trace = recorded_race();
    let mut view = View::new(760.0, Lang::En);
    view.range = Band {
        from: Time::from_secs(3),
        to: Time::from_secs(4),
    };
    keeps_apart(&Diagram::new(&trace, &view).whole(), "between");
    assert_eq!(view.layout, Layout::Wide);
}

#[test]
fn words_from_outside_cannot_leave_their_place_in_the_file() {
    let mut tape = Tape::new();
    tape.trace.hosts[0].name = "<script>alert(1)</script>&\"'\u{1}".to_owned();
    tape.trace.programs[0].name = "<img src=x>".to_owned();
    let flow = tape.open_flow();
    let (client, _) = both(flow);
    tape.segment(10, 5_000, segment(client, "S", 0, 0, 0));
    let trace = tape.cut();
    let file = svg::FORMAT.text(&whyeof_render::formats::Case::from(&trace), Lang::En);
    assert!(!file.contains("<img") && !file.contains("<script") && !file.contains('\u{1}'));
    assert!(file.contains("&lt;img src=x&gt;"));
}

#[test]
fn each_layer_can_be_switched_off() {
    let trace = recorded_race();
    let all = Diagram::new(&trace, &View::new(760.0, Lang::En)).whole();
    for layer in layers::ALL {
        let mut view = View::new(760.0, Lang::En);
        view.layers.retain(|id| *id != layer.id);
        let fewer = Diagram::new(&trace, &view).whole();
        let draws = !matches!(layer.id, "findings" | "faults");
        assert_eq!(fewer.items.len() < all.items.len(), draws, "{}", layer.id);
    }
}

#[test]
fn each_layer_file_is_a_line_of_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/diagram/layers");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect();
    let listed: BTreeSet<String> = layers::ALL.iter().map(|l| l.id.to_owned()).collect();
    assert_eq!(files, listed);
}

#[test]
fn a_small_picture_has_no_words_and_shows_how_it_ends() {
    let trace = recorded_race();
    let picture = small(&trace, Some(RequestId(1)));
    assert!(
        !picture.contains("<text") && !picture.contains("<title"),
        "{picture}"
    );
    for class in ["packet data", "packet fin", "badge error", "state"] {
        assert!(picture.contains(class), "{class} in {picture}");
    }
    let long = long_run(7_000);
    assert!(small(&long, Some(RequestId(6_000))).len() < 12_000);
    assert!(small(&Tape::new().cut(), None).starts_with("<svg"));
}

#[test]
fn the_times_of_a_long_run_have_room() {
    /// Of the widest usual monospaced font at 11 px.
    const LETTER: f64 = 6.7;
    let mut tape = Tape::new();
    let flow = tape.open_flow();
    let (client, _) = both(flow);
    tape.segment(2_924_344_000, 2_924_349_000, segment(client, "S", 0, 0, 0));
    let trace = tape.cut();
    for width in [356.0, 720.0] {
        let scene = Diagram::new(&trace, &View::new(width, Lang::En)).whole();
        let times = scene.items.iter().filter(|item| item.class == "time");
        let mut widths = times.filter_map(|item| match &item.shape {
            Shape::Text { at, words, .. } => Some((at.x, words.clone())),
            _ => None,
        });
        let (x, words) = widths.next().expect("a time");
        assert!(words.starts_with("2924."), "{words}");
        assert!(
            x >= words.len() as f64 * LETTER - 1.0,
            "{words} ends at {x}"
        );
    }
}
