//! Every word of the page itself, in both languages side by side.
//!
//! Protocol words, states, option names and error texts stay verbatim in both. What a field, a finding
//! or an event is called stands with the crate that knows it.

use whyeof_scenario::Text;
use whyeof_trace::text::{Piece, pieces};

/// Fills `{0}`, `{1}` … of a wording.
pub fn fill(words: &str, values: &[&str]) -> String {
    let value = |name: &str| {
        name.parse()
            .ok()
            .and_then(|at: usize| values.get(at).copied())
    };
    let mut filled = String::new();
    pieces(words, &mut |piece| {
        filled.push_str(match piece {
            Piece::Words(words) => words,
            Piece::Name(name) => value(name).unwrap_or_default(),
        });
    });
    filled
}

macro_rules! texts {
    ($($name:ident: $en:literal, $zh:literal;)*) => {$(
        #[doc = $en]
        pub const $name: Text = Text::new($en, $zh);
    )*};
}

texts! {
    // First visit.
    HEADLINE: "Why did my request get EOF?", "请求为什么报 EOF？";
    SUBLINE: "The server closed an idle connection while your request was already on its way.", "服务器关空闲连接的那一刻，你的请求已经在路上了。";
    LOCALHOST: "In the article behind this story everything ran on localhost. Here a round trip takes 10 ms, so that the crossing can be seen.", "原文里全都跑在 localhost 上；这里把往返时延设为 10 ms，好看清两个包怎样在路上错过。";
    LAST_MOMENTS: "{0} out of a simulated run of {1}", "从一次 {1} 的模拟运行里截取的 {0}";
    FIX_IT: "Fix it", "一键修好";
    NEXT_STEP: "Make it better", "先改这一处";
    SEE_WHY: "See why, step by step", "一步步看原因";
    PLAY_AGAIN: "Play again", "再放一遍";
    BEFORE: "Before", "修改前";
    AFTER: "After", "修改后";
    FIXED: "Fixed: {0}", "修好了：{0}";
    MOVED: "Moved, not fixed: {0}", "只是挪开了，没有修好：{0}";
    WAYS_ON: "And now?", "接下来？";
    WAY_SETTINGS: "Change the settings", "改改配置";
    WAY_SETTINGS_WHY: "Every timeout of both ends, the whole run, and the window in which it fails.", "两端的每个超时、整个运行过程，以及会失败的危险窗口。";
    WAY_LESSONS: "Learn it in eight lessons", "八节课学会";
    WAY_LESSONS_WHY: "Predict, run, see why, and solve exercises that the simulator marks.", "先猜，再跑，看原因，做练习；对不对由模拟器评判。";
    WAY_ERROR_WHY: "Any log line: what it can mean, and how to tell. Nothing is uploaded.", "任何一行日志：可能是什么原因，怎么分辨。不上传任何东西。";

    // Checked against reality.
    REALITY: "Checked against reality", "与真实运行对照";
    REALITY_WHY: "What is drawn here is held, segment by segment, against recorded real runs.", "这里画的每个报文段，都和录制下来的真实运行逐一对照过。";
    REALITY_SUM: "{0} recorded real runs: {1} equal in every segment, {2} equal as far as they can be repeated, {3} not equal. That is {4} connections, {5} segments and {6} requests; requests at an edge ({7}) and behind a standstill of the recording machine ({8}) are counted apart.", "{0} 次真实运行的录制：{1} 次每个报文段都一致，{2} 次在可重复的范围内一致，{3} 次不一致。共 {4} 条连接、{5} 个报文段、{6} 个请求；另计：落在边界上的请求 {7} 个，录制机器停顿之后的 {8} 个。";
    REALITY_MADE: "Engine {0}. This table was written when the page was built, by the program that `whyeof verify` is; nobody edits it.", "引擎 {0}。这张表在构建页面时由 `whyeof verify` 程序生成，没有人手改。";
    REALITY_HOW: "Each run has two hosts, a relay with a fixed delay between them, and the real programs: every packet as it left one host and reached the other, and what the programs said. Ours has to send the same segments in the same order, as long after what triggered them within 2 ms, and each request has to end the same way, to the letter of the error.", "每次录制都有两台主机、中间一个固定时延的转发，以及真实的程序：记下每个包离开一端、到达另一端的时刻，还有程序说了什么。我们的运行必须按同样的顺序发出同样的报文段，与触发它的事件相隔的时间误差不超过 2 ms，每个请求的结局也要一样，错误文字一字不差。";
    REALITY_EQUAL: "equal", "一致";
    REALITY_PART: "equal as far as it repeats", "可重复部分一致";
    REALITY_DIFFERS: "not equal", "不一致";
    REALITY_COUNTS: "{0} connections, {1} segments, {2} requests", "{0} 条连接，{1} 个报文段，{2} 个请求";
    REALITY_EDGE: "at an edge, counted apart: {0}", "落在边界上，另计 {0} 个";
    REALITY_STILL: "behind a standstill, counted apart: {0}", "机器停顿之后，另计 {0} 个";
    REALITY_LAB: "recorded by this project in the same way; its kernel was not noted", "由本项目以同样方式录制，未记下内核版本";
    REALITY_LINUX: "{0}, Linux {1}, {2}", "{0}，Linux {1}，{2}";
    REALITY_SCRIPTS: "Kernel rules as packetdrill scripts: {0} of {1} pass", "内核规则的 packetdrill 脚本：{1} 个中 {0} 个通过";
    REALITY_LINES: "{0} lines", "{0} 行";

    // Captures.
    CAPTURE: "Capture", "抓包";
    CAPTURE_TITLE: "Open a capture", "打开抓包文件";
    CAPTURE_HELP: "A pcap or pcapng file of up to 64 MB, taken at one end. Drop it anywhere on this page, or choose it:", "pcap 或 pcapng 文件，64 MB 以内，在任意一端抓的都行。拖到页面上任何地方，或在这里选：";
    CAPTURE_CHOOSE: "Choose a file", "选择文件";
    CAPTURE_STAYS: "It is read in this browser. Nothing of it leaves this machine.", "文件只在这个浏览器里读取，内容不会离开这台机器。";
    CAPTURE_TAKE: "Take one", "这样抓";
    CAPTURE_TOO_LARGE: "The file is larger than 64 MB. The command line takes more: whyeof open FILE", "文件超过 64 MB。更大的请用命令行：whyeof open FILE";
    CAPTURE_READING: "Reading: {0}%", "读取中：{0}%";
    CAPTURE_CLOSE: "Close the capture", "关闭抓包";
    CAPTURE_FLOWS: "Connections", "连接";
    CAPTURE_SIMULATE: "Simulate this", "照这样模拟";
    CAPTURE_CUT: "Only a part is drawn, around what was found or at the end: there is more than a picture holds. What is told is about all of it.", "内容太多，只画了一部分：出问题的前后，或者结尾。结论针对整条连接。";
    CAPTURE_BROKEN: "The file breaks off; what stands before it is shown. {0}", "文件在中途断了，断之前的内容照常显示。{0}";
    CAPTURE_MORE: "{0} more connections without findings: whyeof open lists them", "还有 {0} 条没有结论的连接：用 whyeof open 列出";
    CAPTURE_REQUESTS: "requests: {0}", "请求 {0} 个";
    CAPTURE_NO_DATA: "no data", "没有数据";
    CAPTURE_OTHER: "other data", "其他数据";
    CAPTURE_OPEN: "still open", "未结束";
    CAPTURE_ENDED: "ended by {0}", "{0} 结束";
    CAPTURE_FACTS: "{0} s, for {1} s, {2} packets", "{0} s 起，持续 {1} s，{2} 个包";
    ERROR_OR_CAPTURE: "Do you have a capture of it?", "手上有抓包吗？";
    LIKE: "Made from the capture. {0}", "照抓包生成。{0}";

    // Toolbar.
    HOME: "whyeof: start page", "whyeof：首页";
    SCENARIOS: "Scenarios", "场景";
    SHARE: "Share link", "分享链接";
    EXPORT: "Export", "导出";
    VIEW: "Read", "查看";
    VIEW_MORE: "{0} more lines: download the file", "还有 {0} 行，请下载文件";
    CAST: "Runtimes", "运行时";
    CAST_HELP: "What each runtime does with its defaults, read off what the simulator gets. UNVERIFIED: nobody has recorded it yet.", "每种运行时在默认配置下的行为，直接取自模拟器的参数。UNVERIFIED：还没有实测记录。";
    OPTIONS_IF_UNSET: "Options, and what holds if nobody sets them", "选项，以及没人设置时的取值";
    LOADING: "Loading …", "加载中…";
    NOT_LOADED: "The table did not come. Open it again to try once more.", "表格没有加载成功。重新打开即可再试。";
    PIECE_NOT_LOADED: "A part of the page did not come. What you do next tries once more.", "页面的一部分没有加载成功。接着操作就会重试。";
    LANGUAGE: "Language", "语言";
    THEME: "Theme", "配色";
    THEME_AUTO: "auto", "自动";
    THEME_LIGHT: "light", "浅色";
    THEME_DARK: "dark", "深色";
    KEYS: "Keys", "快捷键";
    UNDO: "Undo", "撤销";
    REDO: "Redo", "重做";
    SKIP: "Skip to the verdict", "跳到结论";
    CLOSE: "Close", "关闭";
    COPY: "Copy", "复制";
    COPIED: "Copied", "已复制";
    PNG: "Diagram, PNG, twice as large", "时序图（PNG，两倍大小）";
    DOWNLOAD: "Download", "下载";
    OPEN_FULL: "Open in whyeof", "在 whyeof 中打开";

    NEWER: "A newer version of whyeof is ready. What you have here is kept.", "whyeof 有新版本了。现在页面上的内容都会保留。";
    TAKE_OVER: "Load it now", "现在更新";

    TERMS: "Terms", "术语";
    TERMS_ALL: "All terms, explained", "术语表";

    KEY_TURN: "in a number's field: turn it; or drag its name", "在数字栏里：微调数值；也可以左右拖动它的名字";

    NO_LESSON: "There is no such lesson: they are numbered 1 to {0}. Shown instead: the start page.", "没有这一课，一共 {0} 课。先显示首页。";

    // Form.
    SETTINGS: "Settings", "配置";
    AS_FORM: "Form", "表单";
    AS_JSON: "JSON", "JSON";
    JSON_HELP: "The whole scenario. What is left out has its default.", "整个场景。没写的项取默认值。";
    JSON_APPLY: "Run this", "运行";
    UNSET: "unset", "未设置";
    DEFAULT_IS: "default {0}", "默认 {0}";
    RESET: "Back to not set", "恢复为未设置";
    STOP_MARK: ". ", "。";
    ERROR_NO_FRESH: "On a fresh connection none of these is behind it. Record it (`tcpdump`) and see who sent the FIN or RST: the server itself, or a box on the way.", "新建的连接上不会是这些原因。抓包（`tcpdump`）看是谁发的 FIN 或 RST：服务器自己，还是中间设备。";
    MORE: "{0} more", "还有 {0} 项";
    MORE_REQUESTS: "{0} more", "还有 {0} 个请求";
    FEWER: "Fewer", "收起";
    CLIENT: "Client", "客户端";
    SERVER: "Server", "服务器";
    PROXY: "Proxy", "代理";
    NAME: "Name", "名字";
    HANDLER: "Handler", "处理函数";
    REQUESTS: "Requests", "请求";
    HOST: "Machine", "机器";
    NETWORK: "Network", "网络";
    FAULT: "Fault", "故障";
    RUN: "Run", "运行";
    ON: "on", "开";
    OFF: "off", "关";

    // Diagram.
    DIAGRAM: "Sequence diagram", "时序图";
    EVENTS: "Events in order", "事件列表";
    EVENTS_COUNT: "{0} events in this stretch", "这一段有 {0} 个事件";
    REQUEST_N: "Request {0}", "第 {0} 个请求";
    PLAY: "Play", "播放";
    PAUSE: "Pause", "暂停";
    STEP_BACK: "Previous event", "上一个事件";
    STEP_ON: "Next event", "下一个事件";
    SHOW_ALL: "Show all", "全部显示";
    POSITION: "Position in the run", "运行到的位置";
    WHOLE_RUN: "Whole run", "全程";
    THIS_REQUEST: "This request", "只看这个请求";
    COMPARE: "Compare with before", "与修改前对比";
    COMPARE_OTHER: "Compare", "对比";
    COMPARE_WITH: "Compare with …", "与……对比";
    COMPARE_HELP: "Both runs stand side by side on one time axis; where they part is marked.", "两次运行并排画在同一条时间轴上，并标出从哪里开始不同。";
    COMPARE_VARIANTS: "This story's other settings", "同一场景的其他配置";
    COMPARE_RUNTIMES: "The same with another client", "换一种客户端";
    PARTED: "They part at {0}, on {1}:", "从 {0} 起在 {1} 上出现不同：";
    NOT_OF_LESSON: "A link to a lesson has no `{0}`: it was left out. The lesson begins at its beginning.", "课程的链接里没有 `{0}`，已忽略；课程从头开始。";
    NO_MOMENT: "t: this run ends at {0}; this is its last moment.", "t：这次运行在 {0} 就结束了；这里显示它的最后一刻。";
    NO_SEGMENT: "sel: this run has no such segment, so none is selected.", "sel：这次运行里没有这个报文段，所以什么也没选中。";
    SET_OTHERWISE: "Set otherwise: {0}", "设置不同：{0}";
    SET_SINCE: "The settings have been changed since: {0}. What is told below is of the story as it was.", "设置已经改过：{0}。下面讲的是改之前的情形。";
    NO_DIFFERENCE: "Every machine does the same in both runs.", "两次运行里每台机器做的事都一样。";
    NOTHING_MORE: "nothing more happens", "之后什么都没发生";
    RUNNING: "Running …", "正在运行……";
    RUN_SO_FAR: "Simulated so far: {0} of {1}, {2} records", "已模拟 {0} / {1}，{2} 条记录";
    STOP: "Stop", "停止";
    STOPPED: "The run was stopped. What is drawn is the one before.", "运行已停止，图上仍是上一次的结果。";
    RUN_AGAIN: "Run it", "重新运行";
    WRITING: "Writing the file …", "正在生成文件……";
    SAVED: "Saved: {0}", "已保存：{0}";
    LIMIT_REACHED: "The run was cut short at {0}: {1}. What comes later is not simulated; with fewer requests, or for a shorter time, it runs to its end.", "运行在 {0} 提前结束：{1}。之后的没有模拟；请求少一些，或者时间短一些，就能跑完。";
    LIMIT_WAY_ON: "End the run there", "就到那时为止";
    NO_REQUESTS: "This scenario makes no requests.", "这个场景没有请求。";

    // Playing.
    UNIT: "What a step goes on by", "每一步走多远";
    UNIT_EVENT: "by event", "按事件";
    UNIT_SEGMENT: "by segment", "按报文段";
    UNIT_REQUEST: "by request", "按请求";
    SPEED: "Speed: 1× is a pace to read along", "速度：1× 适合边看边读";
    INSTANT: "Sockets, pools, timers now", "此刻的 socket、连接池、定时器";
    AT_INSTANT: "At {0}", "{0} 时";
    INSTANT_NOTHING: "No sockets, no timers, no rules.", "没有 socket、定时器或规则。";
    TO_MOMENT: "The run up to this moment", "运行到这一刻";
    LINK_HERE: "Link to here", "复制到此刻的链接";

    // How the diagram is looked at.
    LOOK: "View", "显示";
    LOOK_RESET: "Everything as at first", "全部恢复默认";
    AXIS: "Time axis", "时间轴";
    AXIS_KIND: "Scale", "刻度";
    AXIS_NONLINEAR: "compressed", "压缩";
    AXIS_EVEN: "true to scale", "真实比例";
    AXIS_EQUAL: "equal steps", "等距";
    STRETCH: "Stretch short gaps", "拉开短间隔";
    LEAST: "Smallest step", "最小步长";
    AUTOMATIC: "automatic", "自动";
    FOLDS: "Fold silence", "折叠静默时段";
    ZOOM: "Zoom", "缩放";
    ZOOM_IN: "Zoom in", "放大";
    ZOOM_OUT: "Zoom out", "缩小";
    LANES: "Lanes", "泳道";
    LANES_A_HOST: "Of each machine", "每台机器";
    LANES_TWO: "program and kernel", "程序和内核";
    LANES_ONE: "one", "合成一条";
    BARS: "Connections of a machine", "同一台机器的连接";
    BARS_APART: "side by side", "并排";
    BARS_TOGETHER: "in one bar", "合成一条";
    LAYERS: "Layers", "图层";
    CONNECTIONS: "Connections", "连接";
    NO_CONNECTION: "No connection is chosen to be shown.", "没有选中要显示的连接。";
    ALL_CONNECTIONS: "All", "全部";
    FOLLOW_REQUEST: "Only those of this request", "只看这个请求的";
    CONNECTION_LINE: "{0} · port {1} · requests {2}", "{0} · 端口 {1} · 请求 {2}";
    ALONE: "only this", "只看它";
    FOLLOW_CONNECTION: "Only this connection", "只看这条连接";
    MINIMAP: "The whole run", "整个运行";

    // Strip.
    STRIP: "What becomes of it, by idle time before reuse", "空闲多久再复用，结果如何";
    STRIP_RUNS: "{0} runs around this one", "在本次运行附近跑 {0} 次";
    STRIP_BUSY: "{0} of {1} runs …", "已跑 {0} / {1} 次……";
    STRIP_NONE: "The idle time before this request makes no difference to it: there is nothing to sweep.", "这个请求的结果与空闲多久无关，没什么可扫的。";
    STRIP_FAILED: "The worker did not answer: {0}", "后台线程没有响应：{0}";
    STRIP_HERE: "this run: {0}", "本次运行：{0}";

    // Many runs.
    ORDERS: "How else can it end?", "还可能怎样结束？";
    ORDERS_NONE: "Nothing is due at one moment whose order could matter: this scenario ends in one way.", "没有两件事正好在同一时刻到期、先后会影响结果：这个场景只有一种结局。";
    ORDERS_ALL: "All {0} orders of what is due at one moment were tried: this scenario can end in {1} ways.", "同一时刻到期的事，{0} 种先后顺序都试过了：这个场景有 {1} 种结局。";
    ORDERS_ALL_ONE: "All {0} orders of what is due at one moment were tried: this scenario ends in one way.", "同一时刻到期的事，{0} 种先后顺序都试过了：这个场景只有一种结局。";
    ORDERS_FIRST_ONE: "The first {0} orders of what is due at one moment were tried, and there are more: in all of these this scenario ends in one way.", "同一时刻到期的事，试了前 {0} 种先后顺序（还有别的），结局都一样。";
    ORDERS_FIRST: "The first {0} orders of what is due at one moment were tried; there are more. This scenario can end in at least {1} ways.", "同一时刻到期的事，试了前 {0} 种先后顺序，还有别的：这个场景至少有 {1} 种结局。";
    ORDERS_OWN: "what was set first happens first", "先设的先发生";
    ORDERS_HELP: "Real machines decide such ties by chance. Times apart, however little, are no ties: sweep a number, or run more seeds.", "真实机器上，这种同时全凭运气。只要差一点就不算同时：可以扫参数，或者多跑几个随机种子。";
    SWEEP: "Sweep a knob or two", "扫一扫一两个参数";
    SWEEP_KNOB: "Turn", "改变";
    SWEEP_AND: "and", "同时改变";
    SWEEP_NONE: "nothing else", "（不改第二个）";
    SWEEP_FROM: "from", "从";
    SWEEP_TO: "to", "到";
    SWEEP_COUNT: "values", "取几个值";
    SWEEP_LISTED: "values, with commas", "取哪些值（逗号分隔）";
    SWEEP_LOG: "by an even factor", "按等比";
    SWEEP_SEEDS: "Seeds for each", "每个值跑几个随机种子";
    SWEEP_SEEDS_RANGE: "Seeds for each: expected a whole number from 1 to {0}", "每个值跑几个随机种子：应为 1 到 {0} 的整数";
    SWEEP_GO: "Run", "运行";
    SWEEP_HELP: "Every value is a run of its own. One knob gives a bar, two a map of who closes first; where one outcome turns into another is found to 1 µs.", "每个值都单独运行一次。一个参数画成一条，两个参数画成一张图，看得出谁先关；结果在哪里变，精确到 1 µs。";
    SWEEP_RUNS: "{0} runs", "跑了 {0} 次";
    SWEEP_STOPPED: "Stopped: {0} of {1} runs", "已停止：跑了 {0} / {1} 次";
    SWEEP_EDGING: "{0} runs; finding where it turns …", "跑了 {0} 次，正在找从哪里开始变……";
    SWEEP_PICK: "Click a place to open its scenario", "点一处，打开对应的场景";
    SWEEP_OPEN: "Open this scenario", "打开这个场景";
    SWEEP_EDGES: "Where it turns", "从哪里开始变";
    SWEEP_MORE: "and {0} more", "还有 {0} 处";
    SWEEP_SAVE: "Save the picture", "保存图片";
    SWEEP_COPY: "Copy the command line", "复制命令行";
    PAIRS: "Any client with any server", "客户端配服务器";
    PAIRS_HELP: "Who lets go of an idle connection first? Each pair as it comes, with its default options.", "空闲连接谁先放手？每一对都用默认配置。";
    PAIRS_NO_PROXY: "none in between", "中间没有";
    PAIRS_NOT_KEPT: "not kept", "不保留";
    PAIRS_CLIENT: "client", "客户端";
    PAIRS_SERVER: "server", "服务器";
    PAIRS_NOBODY: "nobody", "都不放";
    PAIRS_LEGEND: "✕: some idle gap loses a request. +: the client lets go first, by so much; −: the server. A name alone: only that end ever does; nobody: neither does; not kept: each request dials. Behind a proxy, each connection of the way. Every cell opens its scenario.", "✕：有的空闲间隔会丢请求。+：客户端先放手，早这么多；−：服务器先关。只写一方：只有那头会放手；都不放：两头都不放手；不保留：每个请求都新建连接。有代理时，每段连接各写一个。每格点开都是对应的场景。";
    RISK_TITLE: "How likely?", "有多大可能？";
    RISK_NONE: "No idle gap decides how this request ends.", "这个请求的结果和空闲间隔无关。";
    RISK_GAPS: "How long connections lie idle: `9.98s..10.02s`, `poisson:10s`, or a line `10s 120` for each length, as measured. Empty: as this scenario's requests have it.", "连接空闲多久：`9.98s..10.02s`、`poisson:10s`，或者按实测每行写一种长度和次数，如 `10s 120`。留空：按这个场景的请求。";

    // Verdict.
    VERDICT: "Verdict", "结论";
    ALL_OK: "All {0} requests succeeded", "{0} 个请求全部成功";
    ONE_OK: "The request succeeded", "请求成功";
    N_OF_M_FAILED: "Request {0} of {1} failed", "{1} 个请求中第 {0} 个失败";
    SEVERAL_FAILED: "{0} of {1} requests failed, first request {2}", "{1} 个请求失败了 {0} 个，最早的是第 {2} 个";
    UNFINISHED: "{0} of {1} requests were not over when the run ended", "运行结束时，{1} 个请求里还有 {0} 个没有结果";
    WHY: "Why", "原因";
    CHANGE: "What to change", "怎么改";
    APPLY: "Apply", "应用";
    CONFIG: "Configuration to paste", "可粘贴的配置";
    COMPARE_FIX: "Compare", "对比";
    CONFIG_NONE: "No file of anybody's says this.", "没有哪个配置文件写这个。";
    APPLIED: "Applied: {0}", "已应用：{0}";
    PROVED: "Checked: {0} runs, idle gaps from 0 to {1}, none fails.", "实测：跑了 {0} 次，空闲间隔从 0 到 {1}，没有一次失败。";
    STILL_FAILS: "Checked by runs: a gap of {0} still fails.", "实测：空闲 {0} 时仍会失败。";
    OTHERS_FAIL: " But in the same run with it requests still fail on other connections, or for another reason: {0}.", "但同样跑一遍，别的连接上（或因别的原因）还有 {0} 个请求失败。";
    STILL_REPLAYS: "Checked by runs: after a gap of {0} the request is sent twice.", "实测：空闲 {0} 时请求会发两次。";
    COUNTS: "Counts", "计数";
    SENT: "sent", "已发送";
    EXECUTED: "executed", "已执行";
    REPORTED_FAILED: "reported failed", "报错";

    // Inspector.
    SELECTED: "Selected", "选中";
    NOTHING_SELECTED: "Select an arrow or a step to see its segment.", "点一个箭头或步骤，看它的报文段。";
    F_SENT: "sent / received", "发出 / 到达";
    F_LOST: "lost", "丢失";
    F_SEQ: "seq · ack", "seq · ack";
    F_FLAGS: "flags", "标志位";
    F_BECAUSE: "because", "起因";
    F_STATE: "state of sender", "发送方状态";
    F_WHERE: "where", "位置";
    F_WHEN: "when", "时刻";
    F_CONNECTION: "connection", "连接";
    RELATIVE: "{0} · {1} (relative)", "{0} · {1}（相对值）";
    COPY_LINE: "Copy the tcpdump line", "复制这行 tcpdump";
    IN_FLIGHT: "under way", "还在路上";

    // Faults by hand.
    HAND: "Let something happen to this packet", "让这个包出点状况";
    HAND_DROP: "Drop it", "丢掉它";
    HAND_DROP_HELP: "This packet is lost on its way.", "这个包在路上丢掉。";
    HAND_DELAY: "Delay it by", "推迟";
    HAND_DELAY_HELP: "This packet takes so much longer; others overtake it.", "这个包晚到这么久，后面的包会先到。";
    HAND_DELAY_BY: "Delay, as 200ms or 1.5s", "推迟多久，例如 200ms、1.5s";
    HAND_LIKE: "Drop all like it", "同类的都丢掉";
    HAND_LIKE_HELP: "This packet and all of its kind that go the same way from now on, on any connection.", "从这个包起，同一方向、同一种类的包全部丢掉，不管哪条连接。";
    HAND_SILENCE: "Silence from here on", "从此失联";
    HAND_SILENCE_HELP: "This packet and everything that goes the same way from now on.", "从这个包起，这个方向的包全部丢掉。";
    HAND_PASS: "Let it pass", "放它过去";
    TAKE_AWAY: "Take away", "去掉";
    TAKE_AWAY_HELP: "Takes this fault out of the scenario.", "把这个故障从场景里去掉。";
    DID_DROP: "{0}, {1} → {2}, is dropped", "丢掉 {0}（{1} → {2}）";
    DID_DELAY: "{0}, {1} → {2}, is delayed by {3}", "{0}（{1} → {2}）推迟 {3}";
    DID_DROP_LIKE: "all like {0}, {1} → {2}, are dropped", "{0} 及其同类（{1} → {2}）全部丢掉";
    DID_SILENCE: "silence from {1} to {2}", "{1} → {2} 方向失联";
    DID_TAKE_AWAY: "{0} taken away", "去掉 {0}";

    // Share.
    SHARE_TITLE: "Share this scenario", "分享这个场景";
    SHARE_COPIED: "The link is on the clipboard.", "链接已复制到剪贴板。";
    SHARE_LOCAL: "This page runs on your own machine, so nobody else can open this address. Send the part from # on: any whyeof page takes it pasted below.", "这个页面跑在你自己的机器上，别人打不开这个地址。把 # 开始的部分发给对方，粘贴到任何一个 whyeof 页面都能打开。";
    SHARE_LINK: "Link", "链接";
    SHARE_EMBED: "For another page", "嵌入其他网页";
    SHARE_PART: "The part from #", "# 开始的部分";
    SHARE_LONG: "{0} characters: some chats cut links longer than 1,900.", "共 {0} 个字符：有些聊天工具会截断超过 1,900 个字符的链接。";
    PASTE_TITLE: "Open a link", "打开链接";
    PASTE_HELP: "Paste a whyeof link, or its part from # on", "粘贴 whyeof 链接，或 # 开始的部分";
    OPEN: "Open", "打开";
    LINK_BAD: "This link cannot be read: {0}", "这个链接读不了：{0}";
    LINK_SHOWN_INSTEAD: "This link cannot be read: {0}. Shown instead: the first scenario.", "这个链接读不了：{0}。先显示第一个场景。";
    LINK_OPENING: "Opening the link …", "正在打开链接……";
    OTHER_ENGINE: "This link was made with another version of the engine ({0}); today's run differs from what its author saw.", "这个链接出自另一个版本的引擎（{0}），现在的运行结果和作者当时看到的不一样。";
    COPY_FAILED: "The browser did not let us copy; select the text and copy it yourself.", "浏览器不允许复制，请手动选中再复制。";

    // Scenarios.
    OVER_TIME: "all of them over time", "看全部随时间的变化";
    GALLERY_TITLE: "Scenarios", "场景";
    GALLERY_FILTER: "Find: eof, timeout, 502, 350 s …", "查找：eof、超时、502、350 s……";
    GALLERY_ALL: "Show all", "显示全部";
    GALLERY_NONE: "No scenario has all of these words.", "没有场景同时含这些词。";
    BY_STORY: "by story", "按故事";
    BY_SYMPTOM: "by error", "按报错";
    BY_RUNTIME: "by client", "按客户端";
    BY_CAUSE: "by cause", "按原因";
    BY_NO_ERROR: "no error", "没有报错";
    BY_NO_CAUSE: "nothing to explain", "没有要解释的";
    BY_SOCKETS: "socket calls", "socket 调用";
    GALLERY_HELP: "Each is a whole run; open one and change it.", "每个都是一次完整的运行，打开就能改。";

    // Paste your error.
    ERROR_TITLE: "Paste your error", "粘贴报错";
    ERROR_HELP: "A line from a log, or several. It stays in this browser.", "一行或几行日志，只留在这个浏览器里。";
    ERROR_CONNECTION: "The connection was", "这条连接";
    ERROR_UNKNOWN: "not known", "不清楚";
    ERROR_REUSED: "reused", "是复用的";
    ERROR_FRESH: "fresh", "是新建的";
    ERROR_NOTHING: "Nothing known looks like this. Try the error text alone, or look for its symptom among the scenarios:", "没有找到类似的报错。试试只贴错误文本，或者到场景里按现象找：";
    ERROR_SHOW: "See it happen", "看它怎么发生";

    // On a wall.
    PRESENT: "Present", "演示";
    PRESENT_LEAVE: "Leave (Esc)", "退出（Esc）";
    PRESENT_ON: "That is all before the answer. Once more shows it.", "答案之前就到这里。再按一次就揭晓。";
    PRESENT_STEP: "Step with → or Page Down.", "按 → 或 Page Down 一步步看。";
    QR: "QR code of the link", "链接的二维码";
    QR_LONG: "This link has {0} characters: too long for a QR code that a phone reads. Send the link itself.", "这个链接有 {0} 个字符，太长了，手机扫不了；请直接发链接。";
    QR_LOCAL: "The address is that of this machine: other people's phones cannot open it.", "这是本机的地址，别人的手机打不开。";

    // Lessons.
    LESSONS: "Lessons", "课程";
    LESSONS_HELP: "Eight lessons of five to seven minutes. What you have done is kept in this browser only.", "八节课，每节五到七分钟。学到哪里只记在这个浏览器里。";
    LESSON_OF: "Lesson {0} of {1}", "第 {0} 课，共 {1} 课";
    LESSON_SHOW: "Show", "直接看";
    LESSON_EXERCISE: "Your turn", "动手";
    LESSON_TRY: "Try it", "试一试";
    LESSON_AGAIN: "Start over", "重来";
    LESSON_HINT: "A hint", "提示";
    LESSON_UNTOUCHED: "Change a setting below; each run is marked.", "改下面的配置；每次运行都会评判。";
    LESSON_NOT_THAT: "{0} is not to be changed here, only: {1}.", "这里不能改 {0}，只能改：{1}。";
    LESSON_PASSED: "That passes.", "通过了。";
    LESSON_DONE: "done", "已完成";
    LESSON_TEACHER: "Notes for teachers", "给老师的提示";
    LESSON_LEAVE: "Leave the lesson", "离开课程";
    LESSON_NEXT: "Next lesson", "下一课";
    PASS_FAILED: "failed requests: {0}", "失败的请求：{0}";
    PASS_CONNECTIONS: "SYNs, one for each connection: {0}", "SYN（每条连接一个）：{0}";
    PASS_AT_MOST: "at most {0} connections", "最多 {0} 条连接";
    PASS_ONCE: "every request executes exactly once", "每个请求恰好执行一次";
    PASS_TIME_WAIT_CLIENT: "TIME-WAIT at the client only", "TIME-WAIT 只在客户端";
    PASS_TIME_WAIT_SERVER: "TIME-WAIT at the server only", "TIME-WAIT 只在服务器";
    PASS_TIME_WAIT_NOBODY: "no TIME-WAIT anywhere", "两边都没有 TIME-WAIT";
    PASS_REUSED: "request {0} reuses the connection", "第 {0} 个请求复用旧连接";
    PASS_SLOWEST: "no request takes longer than {0}", "没有请求超过 {0}";
    PASS_ANY_GAP: "no idle gap fails, from 0 to twice the largest timeout", "从 0 到最大超时的两倍，任何空闲间隔都不失败";
    HAS: "(here: {0})", "（现在：{0}）";
    HAS_NO_END: "(here: one never ends)", "（现在：有一个一直没结束）";
    HAS_TIME_WAIT: "(here: client {0}, server {1})", "（现在：客户端 {0}，服务器 {1}）";
    HAS_GAP: "(here: {0} fails)", "（现在：空闲 {0} 会失败）";
    STORY_STEP: "{0} of {1} in this story", "本故事第 {0} / {1} 幕";
    STORY_BACK: "Back in this story", "上一幕";
    STORY_ON: "On in this story", "下一幕";

    // Keys.
    KEYS_TITLE: "Keys", "快捷键";
    KEY_STEP: "previous / next event, segment or request", "上一个 / 下一个事件、报文段或请求";
    KEY_PLAY: "play or pause", "播放或暂停";
    KEY_REQUEST: "previous / next request", "上一个 / 下一个请求";
    KEY_ALL: "to the start / show all", "回到开头 / 全部显示";
    KEY_ZOOM: "zoom in / out / as at first (also Ctrl and wheel, or two fingers)", "放大 / 缩小 / 还原（也可以按住 Ctrl 滚动，或用两指）";
    KEY_LOOK: "axis, lanes, layers, connections", "时间轴、泳道、图层、连接";
    KEY_FOLLOW: "only the connections of the request in focus", "只看当前请求的连接";
    KEY_PRESENT: "present: on a wall, one step a key press", "演示：投到墙上，按一下走一步";
    KEY_UNDO: "undo / redo", "撤销 / 重做";
    KEY_HELP: "this help", "打开本帮助";
    KEY_CLOSE: "close what is open", "关闭当前窗口";
    KEY_SHARE: "share link", "分享链接";
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        assert_eq!(fill("{1} of {0}", &["3", "1"]), "1 of 3");
        assert_eq!(fill("none", &["3"]), "none");
    }
}
