//! Where two runs part: the first thing that one machine does in one of them and not, or otherwise, in the other.
//!
//! Machines are compared one by one, for two runs of the same story may order what happens on different machines otherwise; and what
//! happens is compared, not its microsecond, for another runtime is a little faster or slower from the start.

use crate::describe;
use crate::effects::is_shown;
use crate::text::Lang;
use crate::wire::Wire;
use whyeof_trace::{HostId, Record, RecordId, Time, Trace};

/// What one run has where they part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The record.
    pub record: RecordId,
    /// When.
    pub time: Time,
    /// What happens.
    pub words: String,
}

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The earlier of both moments.
    pub at: Time,
    /// The machine.
    pub host: String,
    /// What it does in each run; `None`: nothing more.
    pub acts: [Option<Act>; 2],
}

/// The first difference between two runs, if there is one.
pub fn first_difference(runs: [&Wire<'_>; 2], lang: Lang) -> Option<Difference> {
    let [one, two] = runs;
    let hosts = (0..).map(HostId).take(one.trace.hosts.len());
    let parted = hosts.filter_map(|host| {
        let name = &one.trace.host(host).name;
        let other = two.trace.hosts.iter().position(|h| h.name == *name)?;
        let other = HostId(u16::try_from(other).ok()?);
        on_host([(one, host), (two, other)], lang)
    });
    parted.min_by_key(|difference| difference.at)
}

/// The first difference on one machine.
fn on_host(runs: [(&Wire<'_>, HostId); 2], lang: Lang) -> Option<Difference> {
    let [one, two] = runs;
    let mut acts = (shown(one.0.trace, one.1), shown(two.0.trace, two.1));
    loop {
        let pair = [acts.0.next(), acts.1.next()];
        if let [Some(a), Some(b)] = pair
            && same([(one.0, a), (two.0, b)], lang)
        {
            continue;
        }
        let tell = |wire: &Wire<'_>, record: Option<&Record>| {
            record.map(|record| Act {
                record: record.id,
                time: record.time,
                words: words(wire, record, lang),
            })
        };
        let acts = [tell(one.0, pair[0]), tell(two.0, pair[1])];
        let at = acts.iter().flatten().map(|act| act.time).min()?;
        return Some(Difference {
            at,
            host: one.0.trace.host(one.1).name.clone(),
            acts,
        });
    }
}

fn shown(trace: &Trace, host: HostId) -> impl Iterator<Item = &Record> {
    trace.of_host(host).filter(|record| is_shown(record))
}

/// Whether two records tell the same; words are compared only where the events differ, which may be in numbers alone.
fn same([a, b]: [(&Wire<'_>, &Record); 2], lang: Lang) -> bool {
    a.1.event == b.1.event || words(a.0, a.1, lang) == words(b.0, b.1, lang)
}

fn words(wire: &Wire<'_>, record: &Record, lang: Lang) -> String {
    match wire.passage(record.id) {
        Some(passage) => wire.long_name(passage, lang),
        None => describe::sentence(wire.trace, record, lang).map_or_else(String::new, |s| s.words),
    }
}
