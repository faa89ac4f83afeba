//! Times: every round has each contender once, so that what else the machine does meets all of them.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use whyeof_bench::{Contender, Work, named};

/// What one contender took for one work.
pub(crate) struct Timed {
    pub(crate) work: Work,
    pub(crate) contender: Contender,
    /// In ascending order.
    pub(crate) took: Vec<Duration>,
}

impl Timed {
    pub(crate) fn median(&self) -> Duration {
        self.took[self.took.len() / 2]
    }
}

/// All works, by all who do them.
pub(crate) fn timed(rounds: usize) -> Vec<Timed> {
    let works = Work::ALL.into_iter();
    let pairs = works.flat_map(|work| Contender::ALL.map(|contender| (work, contender)));
    let pairs = pairs.filter(|(work, contender)| contender.does_at_all(*work));
    let mut all: Vec<Timed> = pairs
        .map(|(work, contender)| Timed {
            work,
            contender,
            took: Vec::new(),
        })
        .collect();
    for round in 1..=rounds {
        for timed in &mut all {
            // Most of a minute: once is enough.
            if round > 1 && timed.work.is_slow() && timed.contender == Contender::Smoltcp {
                continue;
            }
            let begun = Instant::now();
            black_box(timed.contender.does(timed.work));
            timed.took.push(begun.elapsed());
        }
        eprintln!("round {round} of {rounds}");
    }
    for timed in &mut all {
        timed.took.sort_unstable();
    }
    all
}

/// What a browser took for a work: the first time, and as a median of the later ones.
pub(crate) struct InBrowser {
    pub(crate) work: Work,
    pub(crate) contender: Contender,
    pub(crate) first: Duration,
    pub(crate) warm: Duration,
}

/// Reads what the browser's part has written.
pub(crate) fn of_browser(file: &Path) -> Result<Vec<InBrowser>, String> {
    let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let line = |line: &str| {
        let mut cells = line.split('\t');
        let (work, contender) = named(cells.next()?)?;
        let mut time = || {
            let ms: f64 = cells.next()?.parse().ok()?;
            Duration::try_from_secs_f64(ms / 1_000.0).ok()
        };
        Some(InBrowser {
            work,
            contender,
            first: time()?,
            warm: time()?,
        })
    };
    let read = text.lines().map(|it| line(it).ok_or(it));
    let read: Result<_, _> = read.collect();
    read.map_err(|it| format!("{}: no times: {it}", file.display()))
}
