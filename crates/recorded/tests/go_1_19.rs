//! What Go 1.19 sends when its caller closes a response's body unread: the table of ground-truth §5, for which no run is kept.

use whyeof_recorded::simulated;
use whyeof_scenario::{Scenario, build};
use whyeof_sim::world::run;

/// The client's segment that ends the connection, and how many resets follow it.
fn ends(body: u32) -> (String, usize) {
    let scenario = format!(
        r#"{{"version":1,"until":"1s",
        "clients":[{{"name":"client","runtime":"go-1.19","requests":[
            {{"to":"server-02:8080","path":"/b?n={body}","read":"none"}}]}}],
        "servers":[{{"name":"server-02","listen":8080,"runtime":"go-1.27","handler":{{"body":{body}}}}}]}}"#
    );
    let scenario = Scenario::from_json(&scenario).expect("a scenario");
    let trace = run(build(&scenario).expect("a plan"));
    let packets = simulated(&trace, 0);
    let mut mine = packets.iter().filter(|p| p.from == "client");
    let end = mine.find(|p| p.flags != "S" && (p.flags.contains('F') || p.flags.contains('R')));
    let end = end.expect("it closes");
    let resets = mine.filter(|p| p.flags == "R").count();
    (format!("{} ack {}", end.flags, end.ack), resets)
}

/// A FIN if `bufio` has read it all, a reset if anything is left in the kernel; the 20 segments of the next round trip are
/// answered one by one.
#[test]
fn a_body_closed_unread_costs_the_connection() {
    let table = [
        (1_024, "FA ack 1144", 0),
        (2_048, "FA ack 2168", 0),
        (4_096, "RA ack 4216", 0),
        (65_536, "RA ack 14233", 20),
        (262_144, "RA ack 14233", 20),
    ];
    for (body, end, resets) in table {
        assert_eq!(ends(body), (end.to_owned(), resets), "{body} bytes");
    }
}
