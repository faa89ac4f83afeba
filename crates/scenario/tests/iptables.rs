//! iptables commands as typed: what they are read as, what they do, and which word is wrong (linux-tcp §7.4).

use whyeof_scenario::{Lang, Scenario, build, get, set};
use whyeof_sim::world::run;
use whyeof_trace::{Event, FaultEvent, RequestEvent, SegmentEvent, Trace};

/// A client that asks every second, and a command.
fn scenario(commands: &[(&str, &str)]) -> Result<Scenario, String> {
    let faults = commands
        .iter()
        .map(|(on, run)| format!(r#"{{"at":"1500ms","on":"{on}","run":"{run}"}}"#));
    let faults: Vec<String> = faults.collect();
    let json = format!(
        r#"{{"version":1,"until":"9s",
        "clients":[{{"name":"client","runtime":"go-1.27","options":{{"Timeout":"700ms"}},"requests":[{{"to":"server:80","path":"/x","every":"1s","count":4}}]}}],
        "servers":[{{"name":"server","listen":80,"runtime":"go-1.27","handler":{{"body":3}}}}],
        "faults":[{}]}}"#,
        faults.join(",")
    );
    Scenario::from_json(&json).map_err(|e| e.to_string())
}

fn traced(commands: &[(&str, &str)]) -> Trace {
    let scenario = scenario(commands).expect("a scenario");
    let again = Scenario::from_json(&scenario.to_json()).expect("what is written can be read");
    assert_eq!(again, scenario);
    run(build(&scenario).expect("a plan"))
}

/// Requests that failed, and packets that each command's rules threw away.
fn outcome(trace: &Trace, commands: usize) -> (usize, Vec<usize>) {
    let failed = trace
        .records
        .iter()
        .filter(|r| matches!(r.event, Event::Request(RequestEvent::Failed { .. })));
    let lost = |n: usize| {
        let number = u16::try_from(n).ok();
        let lost = trace.records.iter().filter(
            |r| matches!(r.event, Event::Segment(SegmentEvent::Dropped { by, .. }) if by.rule() == number),
        );
        lost.count()
    };
    (failed.count(), (0..commands).map(lost).collect())
}

/// The article's own mistake: on the server, INPUT has the server as destination, so a rule with `-d client` sees nothing there.
#[test]
fn rules_match_what_they_say_and_nothing_else() {
    let port = "32768";
    for (on, rule, fails, sees) in [
        (
            "server",
            "INPUT -p tcp -d client --dport 32768",
            false,
            false,
        ),
        (
            "server",
            "OUTPUT -p tcp -d client --dport 32768",
            true,
            true,
        ),
        ("server", "INPUT -p tcp -s client --sport 32768", true, true),
        ("client", "INPUT -p tcp -s server --sport 80", true, true),
        (
            "client",
            "INPUT -p tcp -s 10.0.0.2/32 --dport 32768",
            true,
            true,
        ),
        (
            "client",
            "INPUT -p tcp -s 10.0.0.0/24 --dport 30000:40000",
            true,
            true,
        ),
        ("client", "INPUT -p tcp ! -s server", false, false),
        ("client", "INPUT -p tcp ! -s client", true, true),
        (
            "client",
            "INPUT -p tcp --tcp-flags SYN,ACK SYN",
            false,
            false,
        ),
        (
            "client",
            "INPUT -p tcp --tcp-flags PSH,ACK PSH,ACK",
            true,
            true,
        ),
        ("client", "OUTPUT -p tcp --syn", false, false),
        ("server", "INPUT -m conntrack --ctstate NEW", false, false),
        (
            "server",
            "INPUT -m state --state ESTABLISHED,RELATED",
            true,
            true,
        ),
        ("server", "FORWARD -p tcp", false, false),
    ] {
        let command = format!("sudo iptables -A {rule} -j DROP");
        let (failed, lost) = outcome(&traced(&[(on, &command)]), 1);
        assert_eq!(
            (failed > 0, lost[0] > 0),
            (fails, sees),
            "{on}: {command} {port}"
        );
    }
}

/// The first rule that decides decides; deleting takes one away; a policy is for the rest.
#[test]
fn chains_are_in_order() {
    let all = ("client", "iptables -A INPUT -j DROP");
    for (commands, fails) in [
        (
            vec![all, ("client", "iptables -I INPUT -s server -j ACCEPT")],
            false,
        ),
        (
            vec![("client", "iptables -A INPUT -s server -j ACCEPT"), all],
            false,
        ),
        (
            vec![all, ("client", "iptables -A INPUT -s server -j ACCEPT")],
            true,
        ),
        (
            vec![all, ("client", "iptables -I INPUT 2 -s server -j ACCEPT")],
            true,
        ),
        (vec![all, ("client", "iptables -D INPUT 1")], false),
        (vec![all, ("client", "iptables -D INPUT -j DROP")], false),
        (vec![all, ("client", "iptables -D INPUT 2")], true),
        // A network is what its mask leaves, and all addresses are no condition.
        (
            vec![
                ("client", "iptables -A INPUT -s 10.0.0.7/24 -j DROP"),
                (
                    "client",
                    "iptables -D INPUT -s 10.0.0.0/255.255.255.0 -j DROP",
                ),
            ],
            false,
        ),
        (
            vec![all, ("client", "iptables -D INPUT -s 0.0.0.0/0 -j DROP")],
            false,
        ),
        // The command may stand anywhere.
        (
            vec![(
                "client",
                "sudo iptables -w 5 -v -p TCP --sport=:80 -m state --state established --tcp-flags psh PSH -A INPUT -j DROP",
            )],
            true,
        ),
        (
            vec![all, ("client", "iptables -j ACCEPT -I INPUT 1")],
            false,
        ),
        (vec![all, ("client", "iptables -F")], false),
        (vec![all, ("client", "iptables -F OUTPUT")], true),
        (vec![all, ("server", "iptables -F INPUT")], true),
        (vec![("client", "iptables -P INPUT DROP")], true),
        (
            vec![
                ("client", "iptables -P INPUT DROP"),
                ("client", "iptables -A INPUT -s server -j ACCEPT"),
            ],
            false,
        ),
    ] {
        let (failed, _) = outcome(&traced(&commands), commands.len());
        assert_eq!(failed > 0, fails, "{commands:?}");
    }
}

/// linux-tcp §7.4: a reset in the peer's name ends the connection at once; ICMP is a soft error for one that is established.
#[test]
fn rejections_are_told_to_the_sender() {
    let errors = |command| {
        let trace = traced(&[("server", command)]);
        let failed = trace.records.iter().filter_map(|r| match r.event {
            Event::Request(RequestEvent::Failed { text, .. }) => Some(trace.text(text).to_owned()),
            _ => None,
        });
        failed.collect::<Vec<_>>()
    };
    let reset = errors("iptables -A INPUT -p tcp --dport 80 -j REJECT --reject-with tcp-reset");
    assert!(
        reset[0].ends_with("connect: connection refused"),
        "{reset:?}"
    );
    let soft = errors("iptables -A INPUT -p tcp --dport 80 -j REJECT");
    assert!(soft[0].contains("Client.Timeout exceeded"), "{soft:?}");
    let own = traced(&[("client", "iptables -A OUTPUT -p tcp --dport 80 -j REJECT")]);
    assert!(outcome(&own, 1).0 > 0);
}

/// Commands, and what is wrong with them.
const WRONG: &[(&str, &str)] = &[
    ("ls", "found `ls`, expected `iptables`"),
    (
        "sudo iptables",
        "found ``, expected `-A`, `-I`, `-D`, `-F`, `-P`, `-L`",
    ),
    (
        "iptables -A INPT -j DROP",
        "unknown value `INPT`; did you mean `INPUT`?",
    ),
    (
        "iptables -A INPUT -p udp -j DROP",
        "found `udp`, expected `tcp`",
    ),
    (
        "iptables -A INPUT --dprot 80 -j DROP",
        "unknown value `--dprot`; did you mean `--dport`?",
    ),
    (
        "iptables -A INPUT -p tcp --dport x -j DROP",
        "found `x`, expected a port such as `8080`",
    ),
    (
        "iptables -A INPUT -s nobody -j DROP",
        "found `nobody`, expected a machine of this scenario",
    ),
    (
        "iptables -A INPUT -j DORP",
        "unknown value `DORP`; did you mean `DROP`?",
    ),
    (
        "iptables -A INPUT -p tcp --tcp-flags SYN XYZ -j DROP",
        "found `XYZ`, expected control bits",
    ),
    (
        "iptables -A INPUT -m conntrack --ctstate OLD -j DROP",
        "unknown value `OLD`",
    ),
    (
        "iptables -A INPUT -j DROP --reject-with tcp-reset",
        "expected `-j REJECT`",
    ),
    (
        "iptables -A INPUT --dport 80 -j DROP",
        "found `--dport`, expected `-p tcp` before it",
    ),
    (
        "iptables -A INPUT -s client -j REJECT --reject-with tcp-reset",
        "found `tcp-reset`, expected `-p tcp` with it",
    ),
    (
        "iptables -A INPUT -s client -s server -j DROP",
        "found `-s`, expected each option once",
    ),
    (
        "iptables -A INPUT -j DROP -j ACCEPT",
        "found `-j`, expected each option once",
    ),
    (
        "iptables -A INPUT -m state -j DROP",
        "expected `--state`, `--ctstate`",
    ),
    (
        "iptables -A INPUT --state NEW -j DROP",
        "found `--state`, expected `-m state` before it",
    ),
    (
        "iptables -A INPUT -m state --ctstate NEW -j DROP",
        "found `--ctstate`, expected `-m conntrack` before it",
    ),
    (
        "iptables -A INPUT ! -p tcp -j DROP",
        "found `-p`, expected a condition after `!`, but not `-p`",
    ),
    (
        "iptables -A INPUT -j DROP !",
        "found `!`, expected a condition after `!`",
    ),
    (
        "iptables -A INPUT ! -j DROP",
        "found `-j`, expected a condition after `!`",
    ),
    (
        "iptables -A INPUT -s 10.0.0.0/255.0.255.0 -j DROP",
        "found `10.0.0.0/255.0.255.0`, expected a machine of this scenario",
    ),
    (
        "iptables -A INPUT -p tcp --dport : -j DROP",
        "found `:`, expected a port such as `8080`",
    ),
    ("iptables -D INPUT 1 2", "found `2`, expected nothing more"),
    (
        "iptables -t nat -A INPUT -j DROP",
        "found `nat`, expected `filter`",
    ),
];

#[test]
fn what_is_wrong_is_named_by_its_word() {
    for (command, message) in WRONG {
        let said = scenario(&[("server", command)]).expect_err(command);
        assert!(
            said.starts_with("faults.c1.run: ") && said.contains(message),
            "{command}: {said}"
        );
    }
    let said = scenario(&[("nobody", "iptables -F")]).expect_err("no such machine");
    assert!(
        said.contains("faults.c1.on: unknown host `nobody`"),
        "{said}"
    );
}

#[test]
fn a_command_is_edited_by_its_path() {
    let mut scenario = scenario(&[("server", "iptables -F")]).expect("valid");
    assert_eq!(
        get(&scenario, "faults.c1.run").as_deref(),
        Some("iptables -F")
    );
    set(&mut scenario, "faults.c1.at", "2s").expect("a time");
    set(&mut scenario, "faults.c1.run", "iptables -A INPUT -j DROP").expect("a command");
    let refused = set(&mut scenario, "faults.c1.run", "rm -rf /").expect_err("no");
    assert!(refused.say(Lang::En).contains("expected `iptables`"));
}

proptest::proptest! {
    #[test]
    fn no_command_panics(text in "(sudo )?iptables( [-!A-Za-z0-9.,:/]{0,14}){0,12}", any in ".{0,80}") {
        for line in [text, any] {
            let line = line.replace(['"', '\\'], "");
            let _ = scenario(&[("server", &line)]);
        }
    }
}

/// A shell with iptables v1.8.9 (nf_tables), in a network of its own without traffic: each command and what it printed, trailing
/// spaces taken off.
const SEEN: &str = include_str!("iptables/v1.8.9.txt");

/// What is printed is what was seen at a shell: columns, words, errors.
#[test]
fn says_what_a_shell_says() {
    let lines: Vec<&str> = SEEN.lines().filter_map(|l| l.strip_prefix("$ ")).collect();
    let faults = lines
        .iter()
        .map(|line| format!(r#"{{"on":"server","run":"{line}"}}"#));
    let faults: Vec<String> = faults.collect();
    let json = format!(
        r#"{{"version":1,"until":"1s","clients":[{{"name":"client","runtime":"go-1.27","requests":[]}}],
        "servers":[{{"name":"server","listen":80,"runtime":"go-1.27"}}],"faults":[{}]}}"#,
        faults.join(",")
    );
    let scenario = Scenario::from_json(&json).expect("a scenario");
    let trace = run(build(&scenario).expect("a plan"));
    let mut said = String::new();
    for record in &trace.records {
        if let Event::Fault(FaultEvent::Typed { line, output, .. }) = record.event {
            said.push_str(&format!("$ {}\n", trace.text(line)));
            if let Some(output) = output {
                said.push_str(&format!("{}\n", trace.text(output)));
            }
        }
    }
    assert_eq!(said, SEEN);
}
