//! What can be asked about a connection without changing it: TCP_INFO, poll(2), the queues' lengths.

use super::Tcb;
use super::recovery::Phase;
use super::send::Fin;
use std::time::Duration;
use whyeof_trace::{Seq, State};

/// What TCP_INFO tells (`tcp_get_info`), by its field names without `tcpi_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Congestion window, segments.
    pub snd_cwnd: u32,
    /// Slow-start threshold, segments; `u32::MAX`: none yet (Linux says 0x7fffffff).
    pub snd_ssthresh: u32,
    /// Data of a full segment of ours, bytes.
    pub snd_mss: u32,
    /// Data of a full segment that we ask for, bytes.
    pub advmss: u32,
    /// Estimate of the peer's segment size, bytes.
    pub rcv_mss: u32,
    /// Segments in flight.
    pub unacked: u32,
    /// Of these held by the peer.
    pub sacked: u32,
    /// Counted as lost.
    pub lost: u32,
    /// Sent again and not acknowledged.
    pub retrans: u32,
    /// Congestion state.
    pub ca_state: Phase,
    /// Smoothed round trip.
    pub rtt: Duration,
    /// Least round trip.
    pub min_rtt: Duration,
    /// Retransmission timeout in force.
    pub rto: Duration,
    /// Timeouts without progress.
    pub retransmits: u8,
    /// Window probes unanswered.
    pub probes: u8,
    /// Doublings in force.
    pub backoff: u8,
    /// When data last came, as time since the start of the run; zero: never.
    pub last_data_recv: Duration,
    /// Bytes received in order.
    pub bytes_received: u32,
    /// Window offered, bytes.
    pub rcv_wnd: u32,
    /// The peer's window, bytes.
    pub snd_wnd: u32,
    /// SND.NXT (not in TCP_INFO).
    pub snd_nxt: Seq,
    /// RCV.NXT (not in TCP_INFO).
    pub rcv_nxt: Seq,
}

/// What poll(2) says of a connection (`tcp_poll`); the names are its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// POLLIN: read(2) would not block.
    pub readable: bool,
    /// POLLOUT: write(2) would not block.
    pub writable: bool,
    /// POLLRDHUP: the peer has ended its stream, or nobody reads any more.
    pub ended: bool,
    /// POLLHUP: both directions are over.
    pub hung_up: bool,
    /// POLLERR: an error waits.
    pub error: bool,
}

impl Tcb {
    /// TCP_INFO.
    pub fn info(&self) -> Info {
        Info {
            snd_cwnd: self.cwnd.window,
            snd_ssthresh: self.cwnd.threshold,
            snd_mss: self.send_mss(),
            advmss: self.receive_mss(),
            rcv_mss: self.ack.rcv_mss(),
            unacked: u32::try_from(self.snd.in_flight.len()).unwrap_or(u32::MAX),
            sacked: self.recovery.sacked_out,
            lost: self.recovery.lost_out,
            retrans: self.recovery.resent_out,
            ca_state: self.recovery.phase,
            rtt: self.rtt.smoothed().unwrap_or_default().into(),
            min_rtt: self.rtt.least().unwrap_or_default().into(),
            rto: self.rtt.timeout().into(),
            retransmits: self.rexmit.count,
            probes: self.probing.unanswered,
            backoff: self.rtt.backoff,
            last_data_recv: self
                .ack
                .last_data()
                .map_or(Duration::ZERO, |at| Duration::from_nanos(at.nanos())),
            bytes_received: self.rcv.received,
            rcv_wnd: self.rcv.window.offered,
            snd_wnd: self.snd.window,
            snd_nxt: self.snd.nxt,
            rcv_nxt: self.rcv.nxt,
        }
    }

    /// Recv-Q: bytes that the program has not read (SIOCINQ).
    pub const fn unread(&self) -> u32 {
        self.rcv.unread()
    }

    /// Send-Q: bytes that are not acknowledged, sent or not (SIOCOUTQ).
    pub fn unacknowledged(&self) -> u32 {
        let first = self.snd.iss + 1;
        let acked = self.snd.una.offset_from(first).min(self.snd.written);
        self.snd.written - acked
    }

    /// Bytes that were never sent (SIOCOUTQNSD).
    pub const fn unsent(&self) -> u32 {
        self.snd.unsent()
    }

    /// What the program has set.
    pub const fn options(&self) -> &super::options::SocketOptions {
        &self.options
    }

    /// poll(2).
    pub fn readiness(&self) -> Readiness {
        let closed = self.state() == State::Closed;
        let opening = matches!(self.state(), State::SynSent | State::SynReceived);
        let read_ended = self.rcv.fin || self.rcv.shut || closed;
        let write_ended = self.snd.fin != Fin::Open || closed;
        if opening {
            return Readiness::default();
        }
        Readiness {
            // `tcp_epollin_ready`
            readable: self.unread() >= self.options.receive_low_water.max(1) || read_ended,
            writable: write_ended || self.has_room(),
            ended: read_ended,
            hung_up: closed || (read_ended && write_ended),
            error: self.error.is_some(),
        }
    }
}
