//! Socket options, as scripts set and ask for them and as the engine takes them.

use crate::call::{Argument, Outcome, SocketOption as Name};
use std::time::Duration;
use whyeof_sim::kernel::sysctl::{MSS_DEFAULT, Sysctl};
use whyeof_sim::tcp::keepalive::KeepAlive;
use whyeof_sim::tcp::options::{FinTimeout, SocketOption, SocketOptions};

/// What a program has set on a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// As the engine takes them.
    pub(crate) engine: SocketOptions,
    /// TCP_KEEPIDLE and so on: also kept while SO_KEEPALIVE is off.
    keep_alive: KeepAlive,
    /// SO_SNDBUF and SO_RCVBUF as they are asked for.
    buffers: (u32, u32),
    /// `tcp_fin_timeout`, which TCP_LINGER2 replaces.
    fin_timeout: Duration,
}

/// TCP_LINGER2 of so many seconds: below 0 not at all, 0 as the sysctl says, at most TCP_FIN_TIMEOUT_MAX.
fn fin_timeout(seconds: i64) -> FinTimeout {
    const MOST: u64 = 120;
    match u64::try_from(seconds) {
        Err(_) => FinTimeout::Never,
        Ok(0) => FinTimeout::Sysctl,
        Ok(seconds) => FinTimeout::Span(Duration::from_secs(seconds.min(MOST))),
    }
}

/// SO_SNDBUF is at least SOCK_MIN_SNDBUF and at most twice `net.core.wmem_max`.
const SEND_BUFFER: (u32, u32) = (2 * 2_304, 2 * 212_992);
/// `tcp_wmem`: what a send buffer begins with (linux-tcp §1.2). It decides nothing: until it is set, the model's takes
/// everything, as Linux's grows with the congestion window (`tcp_sndbuf_expand`).
const SEND_BUFFER_DEFAULT: u32 = 16_384;

/// SO_RCVBUF is at least SOCK_MIN_RCVBUF and at most twice `net.core.rmem_max` (`include/net/sock.h`, `net/core/sock.c`).
const RECEIVE_BUFFER: (u32, u32) = (2_304, 2 * 212_992);

impl Options {
    /// A new socket's.
    pub(crate) fn new(sysctl: &Sysctl) -> Self {
        Self {
            engine: SocketOptions::default(),
            keep_alive: KeepAlive {
                idle: sysctl.tcp_keepalive_time,
                interval: sysctl.tcp_keepalive_intvl,
                count: sysctl.tcp_keepalive_probes,
            },
            buffers: (SEND_BUFFER_DEFAULT, sysctl.tcp_rmem[0]),
            fin_timeout: sysctl.tcp_fin_timeout,
        }
    }

    /// setsockopt(2); returns what an open connection is told of it. A value that cannot be is an errno.
    pub(crate) fn set(
        &mut self,
        name: Name,
        value: Argument,
    ) -> Result<Option<SocketOption>, Outcome> {
        if let (Name::Linger, Argument::Linger(seconds)) = (name, value) {
            let span = seconds.map(|s| Duration::from_secs(s.into()));
            self.engine.linger = span;
            return Ok(Some(SocketOption::Linger(span)));
        }
        let invalid = || Outcome::errno("EINVAL");
        let Argument::Number(value) = value else {
            return Err(invalid());
        };
        if name == Name::Linger2 {
            self.engine.fin_timeout = fin_timeout(value);
            return Ok(Some(SocketOption::FinTimeout(self.engine.fin_timeout)));
        }
        let number = u32::try_from(value).map_err(|_| invalid())?;
        self.set_number(name, number).ok_or_else(invalid)
    }

    fn set_number(&mut self, name: Name, number: u32) -> Option<Option<SocketOption>> {
        let (options, on) = (&mut self.engine, number != 0);
        let seconds = Duration::from_secs(number.into());
        Some(match name {
            Name::NoDelay => {
                options.no_delay = on;
                Some(SocketOption::NoDelay(on))
            }
            Name::Cork => {
                options.cork = on;
                Some(SocketOption::Cork(on))
            }
            Name::UserTimeout => {
                options.user_timeout = Duration::from_millis(number.into());
                Some(SocketOption::UserTimeout(options.user_timeout))
            }
            Name::ReceiveLowWater => {
                options.receive_low_water = number;
                Some(SocketOption::ReceiveLowWater(number))
            }
            Name::QuickAck => Some(SocketOption::QuickAck(on)),
            Name::MaxSegment => {
                options.max_segment = Some(u16::try_from(number).ok()?);
                None
            }
            Name::ReceiveBuffer => {
                let (least, most) = RECEIVE_BUFFER;
                let doubled = number.saturating_mul(2).clamp(least, most);
                options.receive_buffer = Some(doubled);
                self.buffers.1 = doubled;
                None
            }
            Name::SendBuffer => {
                let (least, most) = SEND_BUFFER;
                let doubled = number.saturating_mul(2).clamp(least, most);
                options.send_buffer = Some(doubled);
                self.buffers.0 = doubled;
                Some(SocketOption::SendBuffer(doubled))
            }
            Name::KeepAlive => {
                options.keep_alive = on.then_some(self.keep_alive);
                Some(SocketOption::KeepAlive(options.keep_alive))
            }
            Name::KeepIdle => self.keep(|keep| keep.idle = seconds),
            Name::KeepInterval => self.keep(|keep| keep.interval = seconds),
            Name::KeepCount => {
                let count = u8::try_from(number).ok()?;
                self.keep(|keep| keep.count = count)
            }
            _ => None,
        })
    }

    fn keep(&mut self, change: impl FnOnce(&mut KeepAlive)) -> Option<SocketOption> {
        change(&mut self.keep_alive);
        let held = self.engine.keep_alive.as_mut()?;
        *held = self.keep_alive;
        Some(SocketOption::KeepAlive(Some(self.keep_alive)))
    }

    /// getsockopt(2), but for what a connection alone knows.
    pub(crate) fn get(&self, name: Name) -> Argument {
        let options = &self.engine;
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        Argument::Number(match name {
            Name::Linger => {
                let seconds = |span: Duration| u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
                return Argument::Linger(options.linger.map(seconds));
            }
            Name::KeepAlive => options.keep_alive.is_some().into(),
            Name::KeepIdle => seconds(self.keep_alive.idle),
            Name::KeepInterval => seconds(self.keep_alive.interval),
            Name::KeepCount => self.keep_alive.count.into(),
            Name::NoDelay => options.no_delay.into(),
            Name::Cork => options.cork.into(),
            Name::MaxSegment => options.max_segment.unwrap_or(MSS_DEFAULT).into(),
            Name::UserTimeout => {
                i64::try_from(options.user_timeout.as_millis()).unwrap_or(i64::MAX)
            }
            Name::ReceiveLowWater => options.receive_low_water.max(1).into(),
            Name::Linger2 => match options.fin_timeout {
                FinTimeout::Sysctl => seconds(self.fin_timeout),
                FinTimeout::Span(span) => seconds(span),
                FinTimeout::Never => -1,
            },
            Name::SendBuffer => self.buffers.0.into(),
            Name::ReceiveBuffer => self.buffers.1.into(),
            _ => 0,
        })
    }
}
