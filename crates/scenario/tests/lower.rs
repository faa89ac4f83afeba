//! From scenario to plan: positions, values in force, where they come from.

use std::net::Ipv4Addr;
use std::time::Duration;
use whyeof_scenario::kind::{Given, Kind, Word};
use whyeof_scenario::{Scenario, build, presets, set};
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::pool::Reuse;
use whyeof_sim::http::server::ServerConfig;
use whyeof_sim::net::fault::{Effect, Match, Place, Refusal, When};
use whyeof_sim::plan::{Deadline, FaultPlan, KeepAlive, Path, PathPlan, Plan, RolePlan, Sysctl};
use whyeof_sim::sockets::{Name, SocketCall};
use whyeof_sim::target::Target;
use whyeof_sim::tcp::calls::Shutdown;
use whyeof_sim::tcp::options::SocketOption;
use whyeof_trace::{Flags, FlowId, HostId, Origin, Unreachable, Value};

fn plan(edits: &[(&str, &str)]) -> Plan {
    let mut scenario = presets::ALL[0].scenario();
    for (path, text) in edits {
        set(&mut scenario, path, text).expect("valid");
    }
    build(&scenario).expect("valid")
}

fn client(plan: &Plan) -> &ClientConfig {
    match &plan.programs[0].role {
        RolePlan::Client(config) => config,
        other => panic!("clients come first, not {other:?}"),
    }
}

fn server(plan: &Plan) -> &ServerConfig {
    match &plan.programs[1].role {
        RolePlan::Server(config) => config,
        other => panic!("there is one client, not {other:?}"),
    }
}

/// The path, value and origin that a deadline points to.
fn told(plan: &Plan, deadline: Option<Deadline>) -> (String, Value, Origin) {
    let setting = deadline.and_then(|d| d.setting).expect("a deadline");
    let setting = &plan.settings[setting.index()];
    (
        setting.path.clone(),
        setting.value.clone(),
        setting.origin.clone(),
    )
}

#[test]
fn the_story_is_lowered() {
    let plan = plan(&[]);
    let hosts: Vec<_> = plan
        .hosts
        .iter()
        .map(|h| (h.name.as_str(), h.address))
        .collect();
    assert_eq!(
        hosts,
        [
            ("agent", Ipv4Addr::new(10, 0, 0, 1)),
            ("pyroscope", Ipv4Addr::new(10, 0, 0, 2))
        ]
    );
    assert_eq!(plan.one_way, Duration::from_millis(5));
    assert_eq!(plan.until, Duration::from_secs(45));
    let workload = &client(&plan).workloads[0];
    assert_eq!(workload.authority, "pyroscope:4040");
    assert_eq!(
        (workload.to, workload.port),
        (Target::Host(HostId(1)), 4040)
    );
    assert_eq!(workload.every, Some(Duration::from_secs(10)));
    assert_eq!(workload.plus, (Duration::ZERO, Duration::from_millis(20)));
    assert_eq!((workload.count, workload.body), (4, 900));
    assert_eq!(server(&plan).listen, 4040);
    assert_eq!(server(&plan).handler.think, Duration::from_millis(2));
}

/// The timer is IdleTimeout's; its setting says that ReadTimeout lends the value.
#[test]
fn a_deadline_points_to_the_option_it_is_named_after() {
    let lent = plan(&[]);
    let path = "servers.pyroscope.options.IdleTimeout".to_owned();
    let fallback = Origin::Fallback("servers.pyroscope.options.ReadTimeout".to_owned());
    let ten = Value::Duration(Duration::from_secs(10));
    assert_eq!(
        told(&lent, server(&lent).idle),
        (path.clone(), ten, fallback)
    );
    let own = plan(&[(path.as_str(), "30s")]);
    let thirty = Value::Duration(Duration::from_secs(30));
    assert_eq!(
        told(&own, server(&own).idle),
        (path.clone(), thirty, Origin::Set)
    );
    let never = plan(&[(path.as_str(), "-1s")]);
    assert_eq!(server(&never).idle, None);
    let idle = "clients.agent.options.IdleConnTimeout";
    let client_idle = plan(&[(idle, "9s")]);
    let nine = Value::Duration(Duration::from_secs(9));
    let deadline = client(&client_idle).pool.idle_timeout;
    assert_eq!(
        told(&client_idle, deadline),
        (idle.to_owned(), nine, Origin::Set)
    );
}

#[test]
fn options_reach_the_pool() {
    let plan = plan(&[
        ("clients.agent.options.MaxIdleConns", "7"),
        ("clients.agent.options.MaxIdleConnsPerHost", "-1"),
        ("clients.agent.options.MaxConnsPerHost", "0"),
        ("clients.agent.options.DisableKeepAlives", "true"),
        ("clients.agent.options.KeepAlive", "1500ms"),
    ]);
    let config = client(&plan);
    assert_eq!(config.pool.max_idle, Some(7));
    assert_eq!(config.pool.max_idle_per_host, Some(0));
    assert_eq!(config.pool.max_per_host, None);
    assert_eq!(config.pool.reuse, Reuse::Never);
    let probes = config.keep_alive.expect("on");
    // Whole seconds, rounded up.
    assert_eq!(probes.idle, Duration::from_secs(2));
    assert_eq!(
        (probes.interval, probes.count),
        (Duration::from_secs(15), 9)
    );
}

/// runtimes §1.1, §1.4: a negative MaxIdleConnsPerHost turns pooling off; 0 stands for 2; DisableKeepAlives is said to the
/// server as well.
#[test]
fn connections_are_used_again_unless_pooling_is_off() {
    use Reuse::{KeepAlive, Never, Unpooled};
    for (per_host, disabled, expected) in [
        ("0", "false", KeepAlive),
        ("-1", "false", Unpooled),
        ("-1", "true", Never),
        ("2", "true", Never),
    ] {
        let plan = plan(&[
            ("clients.agent.options.MaxIdleConnsPerHost", per_host),
            ("clients.agent.options.DisableKeepAlives", disabled),
        ]);
        let reuse = client(&plan).pool.reuse;
        assert_eq!(reuse, expected, "{per_host} {disabled}");
    }
}

/// Every knob of the form that has a number is a setting, once, so that a finding can name it.
#[test]
fn settings_list_every_option_and_every_time() {
    let plan = plan(&[]);
    let paths: Vec<_> = plan.settings.iter().map(|s| s.path.as_str()).collect();
    for path in [
        "clients.agent.options.IdleConnTimeout",
        "clients.agent.requests.upload.every",
        "servers.pyroscope.options.ReadHeaderTimeout",
        "servers.pyroscope.handler.think",
        "network.rtt",
    ] {
        assert_eq!(paths.iter().filter(|p| **p == path).count(), 1, "{path}");
        let scenario = presets::ALL[0].scenario();
        assert!(whyeof_scenario::get(&scenario, path).is_some(), "{path}");
    }
}

#[test]
fn counts_that_are_not_given_follow_from_the_interval() {
    for (request, every, count) in [
        (r#""to":"s:80""#, None, 1),
        (r#""to":"s:80","count":2"#, Some(Duration::ZERO), 2),
        (
            r#""to":"s:80","every":"10s""#,
            Some(Duration::from_secs(10)),
            7,
        ),
        (
            r#""to":"s:80","every":"10s","at":"5s""#,
            Some(Duration::from_secs(10)),
            6,
        ),
        (
            r#""to":"s:80","every":"1ns""#,
            Some(Duration::from_nanos(1)),
            10_000,
        ),
    ] {
        let json = format!(
            r#"{{"version":1,"clients":[{{"name":"a","runtime":"go-1.27","requests":[{{{request}}}]}}],"servers":[{{"name":"s","runtime":"go-1.27"}}]}}"#
        );
        let scenario = Scenario::from_json(&json).expect(request);
        let plan = build(&scenario).expect(request);
        let workload = &client(&plan).workloads[0];
        assert_eq!(
            (workload.every, workload.count),
            (every, count),
            "{request}"
        );
    }
}

/// Every row reaches the knob of its name, and the trace says what the scenario sets.
#[test]
fn sysctls_reach_the_kernel() {
    let scenario = presets::ALL[0].scenario();
    let prefix = "hosts.pyroscope.sysctl.";
    let sysctls: Vec<_> = whyeof_scenario::fields(&scenario)
        .into_iter()
        .filter(|field| field.path.starts_with(prefix))
        .collect();
    assert_eq!(sysctls.len(), 30);
    let ordinary = plan(&[]).hosts[1].sysctl;
    assert_eq!(ordinary, Sysctl::default());
    for field in &sysctls {
        let name = field.path.strip_prefix(prefix).expect("a sysctl");
        let text = match (field.kind, field.kind.range()) {
            (Kind::Bit, _) if field.text() == "0" => "1",
            (Kind::Bit, _) => "0",
            (Kind::Choice(_), _) => "reno",
            (Kind::Word(Word::PortRange), _) => "4096 65535",
            (Kind::Word(_), _) => "4096 65536 70000",
            (_, Some((_, Given::Count(max)))) if max < 3_000 => "4",
            _ => "3000",
        };
        let text = if field.text() == text { "2" } else { text };
        let plan = plan(&[(&field.path, text)]);
        let changed = format!("{:?}", plan.hosts[1].sysctl);
        let before = format!("{ordinary:?}");
        let differing: Vec<_> = changed
            .split(", tcp_")
            .zip(before.split(", tcp_"))
            .filter(|(now, then)| now != then)
            .collect();
        assert_eq!(differing.len(), 1, "{name}: {differing:?}");
        let of = format!("tcp_{}", differing[0].0);
        assert!(of.contains(name), "{name}: {differing:?}");
        assert_eq!(plan.hosts[0].sysctl, ordinary, "{name}");
        let setting = plan.settings.last().expect("settings");
        assert_eq!(
            (&setting.path, &setting.origin),
            (&field.path, &Origin::Set)
        );
        assert_eq!((setting.host.index(), setting.program), (1, None));
    }
    let fin = plan(&[("hosts.agent.sysctl.tcp_fin_timeout", "30")]);
    assert_eq!(fin.hosts[0].sysctl.tcp_fin_timeout, Duration::from_secs(30));
    let setting = fin.settings.last().expect("settings");
    assert_eq!(setting.value, Value::Duration(Duration::from_secs(30)));
    let sack = plan(&[("hosts.agent.sysctl.tcp_sack", "0")]);
    let setting = sack.settings.last().expect("settings");
    assert_eq!(setting.value, Value::Switch(false));
}

#[test]
fn paths_reach_the_network_with_half_of_the_round_trip() {
    assert_eq!(plan(&[]).paths, []);
    let plan = plan(&[
        ("network.rtt", "30ms"),
        ("network.paths.pyroscope.agent.loss", "0.1%"),
        ("network.paths.agent.pyroscope.delay", "1ms"),
        ("network.paths.agent.pyroscope.jitter", "2ms"),
        ("network.paths.agent.pyroscope.bandwidth", "10mbit"),
    ]);
    let (agent, pyroscope) = (HostId(0), HostId(1));
    let out = PathPlan {
        from: agent,
        to: pyroscope,
        path: Path {
            delay: Duration::from_millis(1),
            jitter: Duration::from_millis(2),
            loss_ppm: 0,
            bandwidth: Some(10_000_000),
        },
    };
    let back = PathPlan {
        from: pyroscope,
        to: agent,
        path: Path {
            loss_ppm: 1_000,
            ..Path::of_delay(Duration::from_millis(15))
        },
    };
    assert_eq!(plan.paths, [out, back]);
    let told = |path: &str| {
        let setting = plan.settings.iter().find(|setting| setting.path == path);
        let setting = setting.expect(path);
        (setting.host, setting.value.clone(), setting.origin.clone())
    };
    let (one, fifteen) = (Duration::from_millis(1), Duration::from_millis(15));
    assert_eq!(
        told("network.paths.agent.pyroscope.delay"),
        (agent, Value::Duration(one), Origin::Set)
    );
    let fallback = Origin::Fallback("network.rtt".to_owned());
    assert_eq!(
        told("network.paths.pyroscope.agent.delay"),
        (pyroscope, Value::Duration(fifteen), fallback)
    );
}

#[test]
fn faults_reach_the_network() {
    let json = presets::ALL[0].scenario().to_json();
    let faults = r#","faults":[
        {"name":"fin1","after":"m + 0.3s","for":"15s","drop":{"conn":1,"from":"pyroscope","to":"agent","port":4040,
            "has":"F","lacks":"R","data":true,"contains":"/b","nth":2,"count":3,"where":"output"}},
        {"name":"m","at":"1s","for":"2s","mark":{}},
        {"delay":{"by":"20ms"}},{"reject":{}},{"reject":{"with":"tcp-reset"}}]}"#;
    let json = format!("{}{faults}", json.strip_suffix('}').expect("an object"));
    let plan = build(&Scenario::from_json(&json).expect("valid")).expect("valid");
    let always = |name: &str, effect| FaultPlan {
        name: name.to_owned(),
        when: When::ALWAYS,
        packets: Match::default(),
        nth: 1,
        count: None,
        effect,
        place: Place::Link,
    };
    let fin = FaultPlan {
        when: When::After {
            fault: 1,
            start: Duration::from_millis(300),
            lasts: Some(Duration::from_secs(15)),
        },
        packets: Match {
            from: Some(HostId(1)),
            to: Some(HostId(0)),
            flow: Some(FlowId(0)),
            port: Some(4040),
            has: Flags::FIN,
            lacks: Flags::RST,
            data: Some(true),
            contains: Some("/b".to_owned()),
        },
        nth: 2,
        count: Some(3),
        place: Place::Output,
        ..always("fin1", Effect::Drop)
    };
    let mark = FaultPlan {
        when: When::Between(Duration::from_secs(1), Some(Duration::from_secs(3))),
        ..always("m", Effect::Mark)
    };
    let delay = always("f3", Effect::Delay(Duration::from_millis(20)));
    let port = always(
        "f4",
        Effect::Reject(Refusal::Unreachable(Unreachable::Port)),
    );
    let reset = always("f5", Effect::Reject(Refusal::TcpReset));
    assert_eq!(plan.faults, [fin, mark, delay, port, reset]);
    let paths = plan.settings.iter().map(|setting| setting.path.as_str());
    let paths: Vec<_> = paths.filter(|path| path.starts_with("faults.")).collect();
    assert!(
        paths.contains(&"faults.m.at") && paths.contains(&"faults.f3.delay.by"),
        "{paths:?}"
    );
}

const CALLS: &str = r#"{"version":1,
    "clients":[{"name":"a","runtime":"sockets","calls":["@0 connect r s:9000","@0.25 connect n s:9000 40001","@-1 send r 100",
        "@1 ka r 5 2 3","@1 ka n","@1 utimeout n 7000","@2 cork r 1","@2 cork r 0","@2 quickack n 0","@2 nodelay n",
        "@3 lowat n 7","@3 linger0 r","@4 shut r","@4 shutrd r","@4 shutrdwr r","@5 info n","@5 read n","@5 reader r","@6 close r"]}],
    "servers":[{"name":"s","runtime":"sockets","calls":["@-1 listen 9000","@-1 accept x","@9 unlisten 9000","@9 listen 9000 7"]}],
    "hosts":[{"name":"a","sysctl":{"tcp_keepalive_time":600}}]}"#;

#[test]
fn socket_calls_are_lowered_with_names_as_numbers() {
    let json = CALLS;
    let plan = build(&Scenario::from_json(json).expect("valid")).expect("valid");
    let config = |at: usize| match &plan.programs[at].role {
        RolePlan::Sockets(config) => config,
        other => panic!("{other:?}"),
    };
    let calls: Vec<_> = config(0).calls.iter().map(|timed| timed.call).collect();
    let (r, n) = (Name(0), Name(1));
    let connect = |socket, local| SocketCall::Connect {
        socket,
        to: HostId(1),
        port: 9_000,
        local,
    };
    let probes = |idle, interval, count| {
        SocketOption::KeepAlive(Some(KeepAlive {
            idle: Duration::from_secs(idle),
            interval: Duration::from_secs(interval),
            count,
        }))
    };
    assert_eq!(
        calls,
        [
            connect(r, None),
            connect(n, Some(40_001)),
            SocketCall::Send(r, 100),
            SocketCall::Set(r, probes(5, 2, 3)),
            SocketCall::Set(n, probes(600, 75, 9)),
            SocketCall::Set(n, SocketOption::UserTimeout(Duration::from_secs(7))),
            SocketCall::Set(r, SocketOption::Cork(true)),
            SocketCall::Set(r, SocketOption::Cork(false)),
            SocketCall::Set(n, SocketOption::QuickAck(false)),
            SocketCall::Set(n, SocketOption::NoDelay(true)),
            SocketCall::Set(n, SocketOption::ReceiveLowWater(7)),
            SocketCall::Set(r, SocketOption::Linger(Some(Duration::ZERO))),
            SocketCall::Shutdown(r, Shutdown::Write),
            SocketCall::Shutdown(r, Shutdown::Read),
            SocketCall::Shutdown(r, Shutdown::Both),
            SocketCall::TakeError(n),
            SocketCall::Read(n),
            SocketCall::Reader(r),
            SocketCall::Close(r),
        ]
    );
    let times: Vec<_> = config(0).calls.iter().map(|timed| timed.at).collect();
    assert_eq!(
        times[..3],
        [Some(Duration::ZERO), Some(Duration::from_millis(250)), None]
    );
    assert_eq!((config(0).names, config(1).names), (2, 1));
    let calls: Vec<_> = config(1).calls.iter().map(|timed| timed.call).collect();
    let listen = |backlog| SocketCall::Listen {
        port: 9_000,
        backlog,
    };
    assert_eq!(
        calls,
        [
            listen(128),
            SocketCall::Accept(Name(0)),
            SocketCall::CloseListener { port: 9_000 },
            listen(7),
        ]
    );
    assert_eq!(plan.programs[0].runtime, "sockets");
}
