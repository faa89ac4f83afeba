//! Stories, each a scenario in its own JSON file. They are examples, menu entries and fixtures of tests at once.
//!
//! Links name presets, so one that has been released never changes: a better one gets a new id, and the old one
//! stays. None has been released yet.

use crate::fields::{edits, fields, leads};
use crate::v1::Scenario;
use std::sync::LazyLock;
use whyeof_trace::{SortKey, Text};

/// A story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// As links and the command line name it.
    pub id: &'static str,
    /// The story that it is a variant of; its own id for the story itself.
    pub family: &'static str,
    /// What it shows, in a few words.
    pub title: Text,
    /// What happens and why, in two or three sentences.
    pub summary: Text,
    /// How it differs from what really happened; may be empty.
    pub about: Text,
    /// What it can be found by.
    pub tags: &'static [&'static str],
    /// The scenario.
    pub json: &'static str,
}

impl Preset {
    /// The scenario.
    pub fn scenario(&self) -> Scenario {
        match Scenario::from_json(self.json) {
            Ok(scenario) => scenario,
            Err(invalid) => unreachable!("a test reads all presets; {}: {invalid}", self.id),
        }
    }
}

/// The scenarios of `ALL`, read once: the link is made anew after every edit.
static SCENARIOS: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| ALL.iter().map(Preset::scenario).collect());

/// The preset of this id.
pub fn find(id: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.id == id)
}

/// The preset that a scenario is an edit of, and the edits; the one with the fewest, and of several such the
/// first. `None`: more than fields differ from all of them.
pub fn nearest(scenario: &Scenario) -> Option<(&'static Preset, Vec<(String, String)>)> {
    let fields = fields(scenario);
    let candidates = ALL.iter().zip(SCENARIOS.iter());
    let mut candidates: Vec<_> = candidates
        .map(|(preset, from)| (preset, from, edits(from, scenario, &fields)))
        .collect();
    // First, because trying whether edits lead there costs more than counting them.
    candidates.sort_by_cached_key(|(_, _, edits)| -> SortKey { (edits.len() as u64, 0) });
    candidates
        .into_iter()
        .find(|(_, from, edits)| leads(from, edits, scenario))
        .map(|(preset, _, edits)| (preset, edits))
}

/// Said of every preset of the pyroscope story.
const LOCALHOST: Text = Text::new(
    "In the article all of it ran on localhost. Here a round trip takes 10 ms, so that the crossing can be seen; the window in which an upload fails is about as wide as the round trip.",
    "原文里全都跑在 localhost 上。这里把往返时延设为 10 ms，好看清两个包怎样在路上错过；危险窗口大约就是一个往返那么宽。",
);

macro_rules! preset {
    ($id:literal of $family:literal, $tags:expr, $title:expr, $summary:expr) => {
        Preset {
            id: $id,
            family: $family,
            title: $title,
            summary: $summary,
            about: LOCALHOST,
            tags: &$tags,
            json: include_str!(concat!($id, ".json")),
        }
    };
}

/// All presets, in the order menus show them; the first is what the page opens with.
pub static ALL: [Preset; 8] = [
    preset!(
        "pyroscope-idle-race" of "pyroscope-idle-race",
        ["go", "eof", "keep-alive", "idle-timeout", "race"],
        Text::new("The upload that meets the server's FIN", "上报撞上服务器的 FIN"),
        Text::new(
            "An agent uploads every 10 s over a kept-alive connection. The server sets ReadTimeout 10 s and no IdleTimeout, so it closes connections that were idle for 10 s: just when the next upload is on its way. FIN and POST cross, and the agent gets EOF.",
            "采集端用长连接每 10 s 上报一次。服务器只设了 ReadTimeout 10 s，没设 IdleTimeout，于是空闲 10 s 就关连接，正赶上下一次上报在路上。FIN 和 POST 错过，采集端报 EOF。"
        )
    ),
    preset!(
        "pyroscope-idle-race-client-idle-9s" of "pyroscope-idle-race",
        ["go", "keep-alive", "idle-timeout", "fix"],
        Text::new("Fixed: the client lets go first, after 9 s", "修好了：客户端空闲 9 s 先关"),
        Text::new(
            "With IdleConnTimeout 9 s the client closes idle connections a second before the server would. Nobody writes to a connection that the other end is closing.",
            "把 IdleConnTimeout 设为 9 s，客户端总比服务器早一秒关掉空闲连接，就不会往对端正在关的连接上写。"
        )
    ),
    preset!(
        "pyroscope-idle-race-server-idle-30s" of "pyroscope-idle-race",
        ["go", "keep-alive", "idle-timeout", "fix"],
        Text::new("Moved, not fixed: the server waits 30 s", "挪了窗口，没根治：服务器等 30 s"),
        Text::new(
            "This was the project's own fix. With IdleTimeout 30 s an upload every 10 s is safe, but the window has only moved: after a pause of about 30 s a request fails as before, because the client still never closes first.",
            "这是项目当年的修法。IdleTimeout 改成 30 s，每 10 s 上报一次就安全了，但危险窗口只是挪了地方：隔 30 s 左右再发请求照样失败，因为客户端还是从不先关。"
        )
    ),
    preset!(
        "pyroscope-idle-race-short-connections" of "pyroscope-idle-race",
        ["go", "short-connections", "fix"],
        Text::new("Fixed at a price: a connection for each upload", "能修，有代价：每次上报都用短连接"),
        Text::new(
            "With DisableKeepAlives nothing is reused, so nothing can race. Each upload pays for a handshake.",
            "打开 DisableKeepAlives 就不再复用连接，自然没有竞态，代价是每次上报都要多一次握手。"
        )
    ),
    preset!(
        "pyroscope-idle-race-idempotency-key" of "pyroscope-idle-race",
        ["go", "retry", "idempotency-key", "fix"],
        Text::new("Hidden: Go sends the POST again by itself", "盖住了：Go 自动重发 POST"),
        Text::new(
            "With an Idempotency-Key header Go takes the POST as replayable and sends it again on a new connection. The race is still there; the caller no longer sees it. The server must be able to take a request twice.",
            "带上 Idempotency-Key，Go 就认为这个 POST 可以重放，会换一条新连接重发。竞态还在，只是调用方看不到了。服务器必须能承受同一个请求执行两次。"
        )
    ),
    preset!(
        "pyroscope-idle-race-get" of "pyroscope-idle-race",
        ["go", "retry", "get", "race"],
        Text::new("The same race with GET: nobody notices", "同样的竞态换成 GET：没人察觉"),
        Text::new(
            "A GET meets the FIN just as the POST does, but Go sends it again by itself on a new connection. The caller sees one slow success.",
            "GET 一样会撞上 FIN，但 Go 会静默重试，换一条新连接再发一次。调用方只觉得这次慢了一点。"
        )
    ),
    preset!(
        "pyroscope-never-used-connection" of "pyroscope-never-used-connection",
        ["go", "eof", "keep-alive", "idle-timeout", "dial", "race"],
        Text::new("A connection that was dialled and never used", "建好却从没用过的连接"),
        Text::new(
            "The second act: IdleTimeout is 30 s now, and EOF is back. A request that waits makes Go dial; when another connection comes free first, the new one goes to the pool unused. To the server it is still waiting for its first request, so ReadTimeout closes it 10 s after accept: just when the next upload takes it.",
            "第二幕：IdleTimeout 已经是 30 s，EOF 又回来了。请求排队时 Go 会去建连接；如果别的连接先空出来，新连接没用过就进了池。在服务器看来它还在等第一个请求，所以 accept 之后 10 s 被 ReadTimeout 关掉，下一次上报正好取到它。"
        )
    ),
    preset!(
        "pyroscope-idle-race-clean" of "pyroscope-idle-race",
        ["go", "keep-alive"],
        Text::new("The same settings, a period of 7 s: no race", "同样的配置，周期 7 s：没有竞态"),
        Text::new(
            "An upload every 7 s comes long before the server's 10 s are over, so one connection serves them all. The settings are no better than before: only the traffic is kind to them.",
            "每 7 s 上报一次，离服务器的 10 s 还早，一条连接用到底。配置并没有变好，只是这样的流量碰不到窗口。"
        )
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/presets");

    #[test]
    fn presets_are_valid_canonical_and_titled_like_their_entry() {
        for (at, preset) in ALL.iter().enumerate() {
            let scenario = preset.scenario();
            let file = format!("{FOLDER}/{}.json", preset.id);
            expect_test::expect_file![file].assert_eq(&format!("{}\n", scenario.to_json_pretty()));
            assert_eq!(scenario.title, preset.title.en, "{}", preset.id);
            crate::build(&scenario).expect(preset.id);
            assert!(ALL[..at].iter().all(|other| other.id != preset.id));
            assert!(find(preset.family).is_some(), "{}", preset.family);
        }
    }

    #[test]
    fn a_scenario_is_told_as_edits_of_its_nearest_preset() {
        let race = find("pyroscope-idle-race").expect("a preset");
        let mut scenario = race.scenario();
        assert_eq!(nearest(&scenario), Some((race, Vec::new())));
        let path = "servers.pyroscope.options.IdleTimeout";
        crate::set(&mut scenario, path, "1m").expect("valid");
        let edits = vec![(path.to_owned(), "60s".to_owned())];
        assert_eq!(nearest(&scenario), Some((race, edits)));
        scenario.clients[0].name = "other".to_owned();
        assert_eq!(nearest(&scenario), None);
    }
}
