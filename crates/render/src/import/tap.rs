//! At which host a capture was taken: what the file says, else hops, else the handshake's times, else that one address is in all of it.

use super::flows::Signs;

/// How it is known where a capture was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Somebody said so.
    Told,
    /// The file says of packets whether they left or came.
    Direction,
    /// Packets of this host had gone no hop, those of others had.
    Hops,
    /// The handshake: at the client its last ACK follows the SYN-ACK at once, at the server the SYN-ACK the SYN.
    Handshake,
    /// The host is in every connection, no other one is.
    Common,
    /// Nothing tells: taken as at the client.
    Assumed,
}

/// What speaks for each end of a connection, the strongest first.
pub(super) fn votes(signs: &Signs) -> Option<(usize, How)> {
    let Signs {
        left,
        hops,
        handshake,
    } = signs;
    if left[0] != left[1] {
        return Some((usize::from(left[1] > left[0]), How::Direction));
    }
    /// What systems send with: Linux and macOS, Windows, network gear.
    const FRESH: [u8; 3] = [64, 128, 255];
    if let [Some(a), Some(b)] = hops.map(|it| it.map(|hops| FRESH.contains(&hops)))
        && a != b
    {
        return Some((usize::from(b), How::Hops));
    }
    if let [Some(syn), Some(answer), Some(ack)] = *handshake {
        let at_server = answer.saturating_sub(syn);
        let at_client = ack.saturating_sub(answer);
        // On one machine both are some microseconds.
        let (less, more) = (at_server.min(at_client), at_server.max(at_client));
        if more > 50_000 && more > 4 * less {
            return Some((usize::from(at_server < at_client), How::Handshake));
        }
    }
    None
}
