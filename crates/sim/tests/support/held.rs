//! A run held against a recorded one, connection by connection.

use super::{Packet1, recorded, simulated};
use whyeof_recorded::packet::HOSTS;
use whyeof_recorded::timing;
use whyeof_trace::Trace;

/// What one host sent.
pub fn lines(packets: &[Packet1], host: &str) -> Vec<String> {
    let mine = packets.iter().filter(|p| p.from == host);
    mine.map(Packet1::words).collect()
}

/// Holds one connection of a run against one of a recording, which counts until `until` seconds: then its programs were
/// ended.
pub fn check(trace: &Trace, flow: u32, recording: &str, conn: u32, until: f64) {
    let mut real = recorded(recording, conn);
    let mut ours = simulated(trace, flow);
    real.retain(|p| p.t_send < until);
    ours.retain(|p| p.t_send < until);
    assert!(real.len() > 1, "the recording has connection {conn}");
    for host in HOSTS {
        let (a, b) = (lines(&ours, host), lines(&real, host));
        assert_eq!(a, b, "{host}, connection {conn}");
        check_times(trace, flow, host, &real, &ours);
    }
}

/// Each segment of one host as long after what triggered it as recorded.
pub fn check_times(trace: &Trace, flow: u32, host: &str, real: &[Packet1], ours: &[Packet1]) {
    let held = timing::check_times(trace, flow, host, real, ours);
    assert_eq!(held, Ok(()), "{host}, flow {flow}");
}
