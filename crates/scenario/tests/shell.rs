//! Commands at a machine's shell: what becomes of the requests, and which word is wrong.

mod support;

use support::ends;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;

/// A client that asks each second, six times, and gives up after 700 ms; at 1.5 s and later somebody types.
fn scenario(faults: &str, server: &str) -> Result<Scenario, String> {
    let json = format!(
        r#"{{"version":1,"until":"20s",
        "clients":[{{"name":"client","runtime":"go-1.27","options":{{"Timeout":"700ms"}},
            "requests":[{{"to":"server:80","method":"POST","path":"/x","every":"1s","count":6}}]}}],
        "servers":[{{"name":"server","listen":80,"runtime":"go-1.27"{server}}}],
        "faults":[{faults}]}}"#
    );
    Scenario::from_json(&json).map_err(|e| e.to_string())
}

fn typed(at: &str, on: &str, run: &str, lasts: &str) -> String {
    let lasts = match lasts {
        "" => String::new(),
        lasts => format!(r#","for":"{lasts}""#),
    };
    format!(r#"{{"at":"{at}","on":"{on}","run":"{run}"{lasts}}}"#)
}

/// What each request came to, and how many connections were dialled.
fn outcome(faults: &[String], server: &str) -> String {
    let scenario = scenario(&faults.join(","), server).expect("a scenario");
    let trace = run(build(&scenario).expect("a plan"));
    format!("{} {}", ends(&trace), trace.flows.len())
}

/// signal(7), reboot(8), ss(8): a killed process's kernel closes for it, and then nobody listens; one that is stopped has a kernel
/// that goes on; a machine without power says nothing, and after its boot knows nothing.
#[test]
fn what_becomes_of_the_requests() {
    let one = |on, run, lasts| vec![typed("1500ms", on, run, lasts)];
    let two = |run, at, then| {
        vec![
            typed("1500ms", "server", run, ""),
            typed(at, "server", then, ""),
        ]
    };
    for (faults, expected) in [
        (vec![], "...... 1"),
        (one("server", "kill -9 server", ""), "..rrrr 5"),
        (
            one("server", "systemctl stop server.service", ""),
            "..rrrr 5",
        ),
        (one("server", "systemctl restart server", ""), "...... 2"),
        (
            two(
                "pkill -KILL server",
                "3200ms",
                "sudo systemctl start server",
            ),
            "..rr.. 4",
        ),
        (one("server", "kill -STOP server", "600ms"), "...... 1"),
        (one("server", "kill -STOP server", ""), "..tttt 4"),
        (
            two("kill -s SIGSTOP server", "3200ms", "kill -CONT server"),
            "..t... 2",
        ),
        // SIGTERM waits for a process that is stopped; SIGKILL and systemctl do not, and a new process is not stopped.
        (
            two("kill -STOP server", "3200ms", "kill server"),
            "..tttt 4",
        ),
        (
            two("kill -STOP server", "3200ms", "kill -9 server"),
            "..tRrr 4",
        ),
        (
            two("kill -STOP server", "3200ms", "systemctl stop server"),
            "..tRrr 4",
        ),
        (
            two("kill -STOP server", "3200ms", "systemctl restart server"),
            "..tR.. 3",
        ),
        (one("server", "poweroff -f", ""), "..tttt 4"),
        (one("server", "poweroff -f", "2s"), "..tt.. 3"),
        (one("server", "reboot -f", "2s"), "..tt.. 3"),
        (one("server", "reboot -f", ""), "..tttt 4"),
        (one("client", "ss -K dst server", ""), "...... 2"),
        (one("server", "ss -K dst client", ""), "...... 2"),
        (one("client", "kill -9 client", ""), ".. 1"),
        (one("client", "systemctl restart client", ""), "...... 2"),
    ] {
        assert_eq!(outcome(&faults, ""), expected, "{faults:?}");
    }
}

/// SIGTERM in mid-request: without `grace` the process ends and its kernel closes the connection; with it the handler finishes, so
/// long as that takes no longer.
#[test]
fn a_signal_in_mid_request() {
    for (run, server, expected) in [
        ("kill -TERM server", "", "..Errr 4"),
        ("kill -TERM server", r#","grace":"2s""#, "...rrr 4"),
        ("kill -TERM server", r#","grace":"100ms""#, "..Errr 4"),
        ("kill -9 server", r#","grace":"2s""#, "..Errr 4"),
        ("systemctl restart server", r#","grace":"2s""#, "...... 2"),
    ] {
        let works = format!(r#"{server},"handler":{{"body":3,"think":"300ms"}}"#);
        let faults = [typed("2100ms", "server", run, "")];
        assert_eq!(outcome(&faults, &works), expected, "{run} {server}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_word() {
    const PROGRAM: &str = "expected the name of a program";
    for (on, command, message) in [
        (
            "server",
            "sudo",
            "found ``, expected `iptables`, `kill`, `systemctl`",
        ),
        (
            "server",
            "shutdown now",
            "found `shutdown`, expected `iptables`",
        ),
        ("server", "kill", PROGRAM),
        ("server", "kill -9", PROGRAM),
        (
            "server",
            "kill -HUP server",
            "found `HUP`, expected -9, -KILL",
        ),
        (
            "server",
            "kill -9 server now",
            "found `now`, expected nothing more",
        ),
        (
            "server",
            "kill -9 sever",
            "unknown program on this machine `sever`; did you mean `server`?",
        ),
        (
            "server",
            "kill -9 client",
            "unknown program on this machine `client`",
        ),
        (
            "server",
            "systemctl",
            "found ``, expected start, stop, restart",
        ),
        (
            "server",
            "systemctl reload server",
            "found `reload`, expected start, stop, restart",
        ),
        ("server", "systemctl stop", PROGRAM),
        (
            "server",
            "systemctl stop server client",
            "found `client`, expected nothing more",
        ),
        ("server", "reboot", "found ``, expected -f"),
        ("server", "poweroff now", "found `now`, expected -f"),
        ("client", "ss -tan", "found `-tan`, expected `-K dst HOST`"),
        ("client", "ss -K dst nobody", "unknown host `nobody`"),
    ] {
        let said = scenario(&typed("1s", on, command, ""), "").expect_err(command);
        assert!(
            said.starts_with("faults.c1.run: ") && said.contains(message),
            "{command}: {said}"
        );
    }
    let said = scenario(&typed("1s", "server", "kill -9 server", "2s"), "").expect_err("no time");
    assert!(
        said.starts_with("faults.c1.for: found 2s, expected no time"),
        "{said}"
    );
}
