//! Idle gaps as somebody measured them: the histogram that goes into `whyeof risk --gaps` and the page's "How likely?".

use crate::Target;
use crate::oracle::{clean, message};
use std::sync::LazyLock;
use std::time::Duration;
use whyeof_explore::say::tell;
use whyeof_explore::{Often, Probe, Risk, Shape, risk};
use whyeof_scenario::{build, presets};
use whyeof_sim::world::run;
use whyeof_trace::Lang;

pub(crate) const TARGET: Target = Target {
    name: "histogram",
    check,
};

/// The windows of one race, which take some hundred runs to find.
static RACE: LazyLock<(Probe, Risk)> = LazyLock::new(|| {
    let preset = presets::find("pyroscope-idle-race").expect("a preset");
    let scenario = preset.scenario();
    let trace = run(build(&scenario).expect("a plan"));
    let probe = Probe::of_interest(&scenario, &trace)
        .expect("valid")
        .expect("a question");
    let found = risk(&scenario, &probe).expect("valid");
    (probe, found)
});

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Shape::histogram(&text) {
        Ok(shape) => told(shape),
        Err(error) => message(|lang| error.say(lang)),
    }
    Shape::parse(&text).into_iter().for_each(told);
}

fn told(shape: Shape) {
    let (probe, found) = &*RACE;
    let all = shape.share(Duration::ZERO, Duration::MAX);
    assert!((all - 1.0).abs() < 1e-6, "{all}");
    let some = shape.share(Duration::from_secs(5), Duration::from_secs(15));
    assert!((0.0..=1.0 + 1e-9).contains(&some), "{some}");
    let _ = shape.mean();
    // Counting takes thousands of simulated requests: the page does so once a histogram, and so do we for some of them.
    let often = match shape.mean().subsec_nanos() % 64 {
        0 => Often::of(probe, found, Some(shape)),
        _ => None,
    };
    for lang in [Lang::En, Lang::Zh] {
        for (_, words) in tell(found, often.as_ref(), lang) {
            clean("told", &words);
            assert!(!words.contains("NaN") && !words.contains("inf "), "{words}");
        }
    }
}
