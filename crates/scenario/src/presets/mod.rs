//! Stories, each a scenario in its own JSON file. They are examples, menu entries and fixtures of tests at once.
//!
//! Links name presets, so one that has been released never changes: a better one gets a new id, and the old one
//! stays. None has been released yet.

pub mod stories;

use crate::fields::{edits, fields, leads};
use crate::v1::Scenario;
use std::sync::LazyLock;
use whyeof_trace::{Lang, Text};

/// A story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// As links and the command line name it.
    pub id: &'static str,
    /// The story that it is a variant of; its own id for the story itself.
    pub family: &'static str,
    /// What it shows, in a few words.
    pub title: Text,
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

    /// Whether it is a story itself, no variant of one.
    pub fn leads(&self) -> bool {
        self.family == self.id
    }

    /// Whether all these words occur in its title, its tags or its name. Letters may be of either case.
    pub fn has(&self, words: &str) -> bool {
        let Text { en, zh } = self.title;
        let all = format!("{} {en} {zh} {}", self.id, self.tags.join(" "));
        let (all, words) = (all.to_ascii_lowercase(), words.to_ascii_lowercase());
        words.split_whitespace().all(|word| all.contains(word))
    }
}

/// The scenarios of `ALL`, read once: the link is made anew after every edit.
static SCENARIOS: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| ALL.iter().map(Preset::scenario).collect());

/// The preset of this id.
pub fn find(id: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.id == id)
}

/// The preset that this scenario is.
pub fn of(scenario: &Scenario) -> Option<&'static Preset> {
    let mut all = ALL.iter().zip(SCENARIOS.iter());
    all.find(|(_, its)| *its == scenario)
        .map(|(preset, _)| preset)
}

/// The preset whose story a scenario tells: itself, or the one that it has been edited from, for an edited one keeps its title.
pub fn story_of(scenario: &Scenario) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.title.en == scenario.title)
}

/// What a scenario is called: its story's title in the reader's language, else its own.
pub fn title(scenario: &Scenario, lang: Lang) -> &str {
    story_of(scenario).map_or(scenario.title.as_str(), |preset| preset.title.of(lang))
}

/// The preset that a scenario is an edit of, and the edits; the one with the fewest, and of several such the
/// first. `None`: more than fields, or more than `most` fields, differ from all of them.
pub fn nearest(
    scenario: &Scenario,
    most: usize,
) -> Option<(&'static Preset, Vec<(String, String)>)> {
    let fields = fields(scenario);
    let mut best: Option<(usize, Vec<(String, String)>)> = None;
    // Whoever edits a story keeps its title, so it is likely the nearest: then most others are given up after a few fields.
    let likely = ALL
        .iter()
        .position(|preset| preset.title.en == scenario.title);
    for at in likely.into_iter().chain(0..ALL.len()) {
        let from = &SCENARIOS[at];
        let most = best.as_ref().map_or(most, |(_, edits)| edits.len());
        let Some(edits) = edits(from, scenario, &fields, most) else {
            continue;
        };
        let goes_first =
            |(other, others): &(usize, Vec<_>)| (edits.len(), at) < (others.len(), *other);
        if best.as_ref().is_none_or(goes_first) && leads(from, &edits, scenario) {
            best = Some((at, edits));
        }
    }
    best.map(|(at, edits)| (&ALL[at], edits))
}

macro_rules! preset {
    ($id:literal of $family:literal, $tags:expr, $title:expr) => {
        Preset {
            id: $id,
            family: $family,
            title: $title,
            tags: &$tags,
            json: include_str!(concat!($id, ".json")),
        }
    };
}

/// All presets, in the order menus show them; the first is what the page opens with.
pub static ALL: [Preset; 64] = [
    preset!("pyroscope-idle-race" of "pyroscope-idle-race", ["go", "eof", "keep-alive", "idle-timeout", "race"], Text::new("The upload that meets the server's FIN", "上报撞上服务器的 FIN")),
    preset!("pyroscope-idle-race-client-idle-9s" of "pyroscope-idle-race", ["go", "keep-alive", "idle-timeout", "fix"], Text::new("Fixed: the client lets go first, after 9 s", "修好了：客户端空闲 9 s 先关")),
    preset!("pyroscope-idle-race-server-idle-30s" of "pyroscope-idle-race", ["go", "keep-alive", "idle-timeout", "fix"], Text::new("Moved, not fixed: the server waits 30 s", "挪了窗口，没根治：服务器等 30 s")),
    preset!("pyroscope-idle-race-short-connections" of "pyroscope-idle-race", ["go", "short-connections", "fix"], Text::new("Fixed at a price: a connection for each upload", "能修，有代价：每次上报都用短连接")),
    preset!("pyroscope-idle-race-idempotency-key" of "pyroscope-idle-race", ["go", "retry", "idempotency-key", "fix"], Text::new("Hidden: Go sends the POST again by itself", "盖住了：Go 自动重发 POST")),
    preset!("pyroscope-idle-race-get" of "pyroscope-idle-race", ["go", "retry", "get", "race"], Text::new("The same race with GET: nobody notices", "同样的竞态换成 GET：没人察觉")),
    preset!("pyroscope-never-used-connection" of "pyroscope-never-used-connection", ["go", "eof", "keep-alive", "idle-timeout", "dial", "race"], Text::new("A connection that was dialled and never used", "建好却从没用过的连接")),
    preset!("pyroscope-idle-race-clean" of "pyroscope-idle-race", ["go", "keep-alive"], Text::new("The same settings, a period of 7 s: no race", "同样的配置，周期 7 s：没有竞态")),
    preset!("two-keep-alives" of "two-keep-alives", ["go", "eof", "keep-alive", "tcp-keepalive", "idle-timeout", "race"], Text::new("Two things called keep-alive", "两个都叫 keep-alive 的东西")),
    preset!("two-keep-alives-probes-1s" of "two-keep-alives", ["go", "eof", "tcp-keepalive", "idle-timeout", "race"], Text::new("The first wrong turn: probes every second", "第一个弯路：每秒发探测包")),
    preset!("two-keep-alives-client-idle" of "two-keep-alives", ["go", "keep-alive", "idle-timeout", "fix"], Text::new("Fixed: the client lets go first", "修好了：客户端先关")),
    preset!("two-keep-alives-server-idle" of "two-keep-alives", ["go", "keep-alive", "idle-timeout", "fix"], Text::new("Fixed: the server outlasts the client", "修好了：服务器比客户端等得久")),
    preset!("two-keep-alives-short-connections" of "two-keep-alives", ["go", "keep-alive", "fix"], Text::new("Fixed at a price: short connections", "能修，有代价：短连接")),
    preset!("two-keep-alives-retry" of "two-keep-alives", ["go", "eof", "retry", "race"], Text::new("Hidden at a price: the caller tries again", "盖住了，有代价：调用方自己重试")),
    preset!("probes-and-idle-timeout" of "two-keep-alives", ["go", "tcp-keepalive", "idle-timeout"], Text::new("Probes flow, the server closes all the same", "探测包照发，服务器照关")),
    preset!("two-keep-alives-elb" of "two-keep-alives", ["go", "alb", "502", "keep-alive", "idle-timeout", "race"], Text::new("A load balancer in between: 502, and nothing in the server's log", "中间有负载均衡：502，服务器日志里什么也没有")),
    preset!("keep-alive-and-close" of "two-keep-alives", ["go", "keep-alive"], Text::new("A server that says keep-alive and closes", "嘴上 keep-alive、转头就关的服务器")),
    preset!("pipelined" of "two-keep-alives", ["go", "sockets", "pipelining"], Text::new("Pipelined: a quick answer waits behind a slow one", "流水线：快的响应排在慢的后面")),
    preset!("node-six-seconds" of "node-six-seconds", ["node", "socket-hang-up", "keep-alive", "idle-timeout", "race"], Text::new("Node says 5 s and closes after 6 s", "Node 说 5 s，其实 6 s 才关")),
    preset!("node-six-seconds-global-agent" of "node-six-seconds", ["node", "keep-alive", "fix"], Text::new("Safe by default: the global agent keeps to the hint", "默认就安全：globalAgent 遵守提示")),
    preset!("node-six-seconds-agentkeepalive" of "node-six-seconds", ["node", "agentkeepalive", "keep-alive", "fix"], Text::new("Fixed: agentkeepalive lets go after 4 s", "修好了：agentkeepalive 空闲 4 s 就关")),
    preset!("hijack-close" of "hijack-close", ["go", "eof", "hijack", "retry"], Text::new("Closed without an answer: an EOF that is no race", "没响应就关：不是竞态的 EOF")),
    preset!("shutdown-race" of "shutdown-race", ["go", "eof", "shutdown", "race"], Text::new("Graceful, and yet a request is lost", "优雅停机，还是丢了一个请求")),
    preset!("body-unread" of "body-unread", ["go", "rst", "body", "short-connections"], Text::new("The body that nobody reads", "没人读的响应体")),
    preset!("body-unread-read" of "body-unread", ["go", "body", "keep-alive", "fix"], Text::new("Fixed: the caller reads the body to its end", "修好了：调用方把响应体读完")),
    preset!("body-unread-go-1-27" of "body-unread", ["go", "body", "keep-alive", "fix"], Text::new("The same on Go 1.27: the rest is read behind the caller's back", "换成 Go 1.27：剩下的由运行时悄悄读完")),
    preset!("body-leak" of "body-leak", ["go", "body", "leak", "timeout"], Text::new("Bodies that are never closed: the third request starves", "响应体一直不关：第三个请求饿死")),
    preset!("body-leak-timeout" of "body-leak", ["go", "body", "leak", "timeout", "fix"], Text::new("Healed by Client.Timeout, 3 s later", "靠 Client.Timeout 自愈，晚了 3 s")),
    preset!("body-leak-unlimited" of "body-leak", ["go", "body", "leak"], Text::new("Without a limit: each leak costs one more connection", "不设上限：每泄漏一次多占一条连接")),
    preset!("pool-overflow" of "pool-overflow", ["go", "pool", "time-wait"], Text::new("Ten at once, two may stay", "十个一起来，只留两个")),
    preset!("pool-overflow-raised" of "pool-overflow", ["go", "pool", "fix"], Text::new("Fixed: MaxIdleConnsPerHost 10", "修好了：MaxIdleConnsPerHost 设为 10")),
    preset!("silent-switch" of "silent-switch", ["node", "timeout", "silence", "pool", "etimedout"], Text::new("The switch goes silent", "交换机哑了")),
    preset!("silent-switch-timeout" of "silent-switch", ["node", "timeout", "silence", "pool"], Text::new("timeout: 5000 alone: an event, nothing is closed", "只加 timeout: 5000：只有事件，什么也没关")),
    preset!("silent-switch-timeout-destroy" of "silent-switch", ["node", "timeout", "silence", "pool", "socket-hang-up", "fix"], Text::new("Fixed: timeout and req.destroy()", "修好了：timeout 加上 req.destroy()")),
    preset!("silent-switch-agentkeepalive" of "silent-switch", ["node", "timeout", "silence", "pool", "agentkeepalive", "fix"], Text::new("Fixed: agentkeepalive closes what is silent", "修好了：agentkeepalive 会关掉没动静的连接")),
    preset!("silent-switch-heal-early" of "silent-switch", ["node", "timeout", "silence", "pool"], Text::new("The network is back before the server lets go", "服务器还没放手，网络就恢复了")),
    preset!("silent-switch-no-heal" of "silent-switch", ["node", "timeout", "silence", "pool", "etimedout", "tcp_retries2"], Text::new("The network never comes back: 15 minutes", "网络一直没恢复：等了 15 分钟")),
    preset!("silent-switch-iptables-as-typed" of "silent-switch", ["node", "timeout", "silence", "pool", "iptables"], Text::new("iptables as the article typed it: answers are lost, the work is done", "照原文敲的 iptables：活都干了，只丢响应")),
    preset!("silent-switch-iptables-as-meant" of "silent-switch", ["node", "timeout", "silence", "pool", "iptables"], Text::new("iptables as it was meant: both directions of one connection", "原文本来想要的 iptables：一条连接双向都断")),
    preset!("silent-switch-iptables-all-ports" of "silent-switch", ["node", "timeout", "silence", "pool", "iptables"], Text::new("iptables for all ports: as if the switch were dead", "所有端口都断的 iptables：和交换机坏了一样")),
    preset!("silent-switch-process-exit" of "silent-switch", ["node", "fin", "restart"], Text::new("A process that exits says so", "进程退出，内核会替它道别")),
    preset!("silent-switch-host-death" of "silent-switch", ["node", "timeout", "silence", "pool", "poweroff"], Text::new("A machine that dies says nothing", "机器断电，什么也不会说")),
    preset!("silent-switch-restart" of "silent-switch", ["node", "timeout", "silence", "pool", "restart"], Text::new("The network is back, the client still stuck: a restart cures it", "网络恢复了，客户端还卡着：重启就好")),
    preset!("silent-switch-two-of-five" of "silent-switch", ["node", "timeout", "silence", "pool", "names", "round-robin"], Text::new("Two of five servers are silent: 40 % of requests fail", "五台服务器哑了两台：40% 的请求失败")),
    preset!("one-way-silence-before-to-client" of "one-way-silence-before-to-client", ["go", "silence", "one-way", "timeout"], Text::new("Answers are lost from before the request on", "请求之前，服务器到客户端就断了")),
    preset!("one-way-silence-before-to-server" of "one-way-silence-before-to-client", ["go", "silence", "one-way", "timeout"], Text::new("Requests are lost from before the request on", "请求之前，客户端到服务器就断了")),
    preset!("one-way-silence-during-to-client" of "one-way-silence-before-to-client", ["go", "silence", "one-way"], Text::new("Answers are lost while the handler works", "处理函数干活时，服务器到客户端断了")),
    preset!("one-way-silence-during-to-server" of "one-way-silence-before-to-client", ["go", "silence", "one-way"], Text::new("Only acknowledgements are lost while the handler works", "处理函数干活时，客户端到服务器断了")),
    preset!("one-way-silence-idle-to-client" of "one-way-silence-before-to-client", ["go", "silence", "one-way", "tcp-keepalive"], Text::new("Silence while the connection is idle, towards the client", "空闲时断了，服务器到客户端")),
    preset!("one-way-silence-idle-to-server" of "one-way-silence-before-to-client", ["go", "silence", "one-way", "tcp-keepalive"], Text::new("Silence while the connection is idle, towards the server", "空闲时断了，客户端到服务器")),
    preset!("one-way-silence-closing-to-client" of "one-way-silence-before-to-client", ["go", "silence", "one-way", "fin", "half-open"], Text::new("The server's FIN is lost for seconds", "服务器的 FIN 丢了好几秒")),
    preset!("one-way-silence-closing-to-server" of "one-way-silence-before-to-client", ["go", "silence", "one-way", "fin"], Text::new("The client's half of the goodbye is lost", "客户端那一半告别丢了")),
    preset!("fin-lost" of "fin-lost", ["go", "fin", "loss", "half-open", "econnreset"], Text::new("The server's FIN is lost", "服务器的 FIN 丢了")),
    preset!("rst-lost" of "fin-lost", ["go", "rst", "loss", "eof"], Text::new("The RST is lost, the FIN is not", "RST 丢了，FIN 没丢")),
    preset!("rst-overtakes-fin" of "fin-lost", ["go", "rst", "delay", "econnreset"], Text::new("The RST overtakes the FIN", "RST 赶在 FIN 前面")),
    preset!("server-reboot" of "fin-lost", ["go", "rst", "reboot", "half-open", "econnreset"], Text::new("The server was rebooted in between", "服务器在中间重启过")),
    preset!("lambda-freeze" of "fin-lost", ["node", "freeze", "lambda", "econnreset", "socket-hang-up"], Text::new("Frozen between two calls", "两次调用之间被冻结")),
    preset!("firewall-drop" of "fin-lost", ["go", "iptables", "timeout"], Text::new("DROP: the client waits", "DROP：客户端干等")),
    preset!("firewall-reject" of "fin-lost", ["go", "iptables", "econnreset", "econnrefused"], Text::new("REJECT: the client knows at once", "REJECT：客户端马上知道")),
    preset!("nat-350s" of "nat-350s", ["go", "nat", "rst", "aws"], Text::new("A NAT gateway forgets after 350 s", "NAT 网关 350 s 后就忘了")),
    preset!("nat-350s-probes" of "nat-350s", ["go", "nat", "tcp-keepalive", "aws", "fix"], Text::new("Fixed: probes every 15 s keep the entry alive", "修好了：每 15 s 一个探测，表项就不会过期")),
    preset!("nlb-350s" of "nat-350s", ["go", "nlb", "rst", "aws"], Text::new("A network load balancer forgets after 350 s", "NLB 空闲 350 s 后就忘了")),
    preset!("azure-4m" of "nat-350s", ["go", "azure", "silence", "timeout"], Text::new("Azure's load balancer forgets after 4 minutes, silently", "Azure 负载均衡 4 分钟后就忘了，还不吭声")),
    preset!("ipvs-900s" of "nat-350s", ["go", "ipvs", "kubernetes", "rst"], Text::new("IPVS forgets after 900 s", "IPVS 900 s 后就忘了")),
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
            assert!(
                find(preset.family).is_some_and(Preset::leads),
                "{}",
                preset.family
            );
        }
    }

    #[test]
    fn presets_are_found_by_words_of_title_tags_and_name() {
        let check = |words: &str, first: Option<&str>| {
            let found = ALL.iter().find(|preset| preset.has(words));
            assert_eq!(found.map(|preset| preset.id), first, "{words:?}");
        };
        check("", Some(ALL[0].id));
        check("ECONNRESET fin-lost", Some("fin-lost"));
        check("350 s  aws probes", Some("nat-350s-probes"));
        check("五台服务器", Some("silent-switch-two-of-five"));
        check("350 azure", None);
    }

    #[test]
    fn a_scenario_is_told_as_edits_of_its_nearest_preset() {
        let race = find("pyroscope-idle-race").expect("a preset");
        let mut scenario = race.scenario();
        assert_eq!(nearest(&scenario, 24), Some((race, Vec::new())));
        let path = "servers.pyroscope.options.IdleTimeout";
        crate::set(&mut scenario, path, "1m").expect("valid");
        let edits = vec![(path.to_owned(), "60s".to_owned())];
        assert_eq!(nearest(&scenario, 24), Some((race, edits)));
        scenario.clients[0].name = "other".to_owned();
        assert_eq!(nearest(&scenario, 24), None);
    }
}
