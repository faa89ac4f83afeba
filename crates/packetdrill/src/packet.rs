//! A segment as scripts write it.

use std::fmt;
use whyeof_trace::Flags;

/// A segment. Numbers count from the ISN of whoever they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Control bits.
    pub flags: Flags,
    /// First sequence number.
    pub seq: u32,
    /// Bytes of data.
    pub len: u16,
    /// Acknowledgment field.
    pub ack: Option<u32>,
    /// Window field, not scaled.
    pub win: Option<u16>,
    /// Options.
    pub options: Options,
}

impl Packet {
    /// The sequence number after its last byte of data.
    pub fn end(&self) -> u32 {
        self.seq.wrapping_add(u32::from(self.len))
    }

    /// Options that it states.
    pub fn options(&self) -> &[TcpOption] {
        match &self.options {
            Options::Any => &[],
            Options::These(options) => options,
        }
    }

    /// TSval and TSecr, if it states them.
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        self.options().iter().find_map(|option| match option {
            TcpOption::Timestamps(val, ecr) => Some((*val, *ecr)),
            _ => None,
        })
    }

    /// Puts another TSval in the place of the one it states.
    pub fn set_ts_val(&mut self, new: u32) {
        if let Options::These(options) = &mut self.options {
            for option in options {
                if let TcpOption::Timestamps(val, _) = option {
                    *val = new;
                }
            }
        }
    }
}

/// Options of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Options {
    /// `<...>`: whatever they are.
    Any,
    /// These, in this order.
    These(Vec<TcpOption>),
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOption {
    /// `mss n`.
    Mss(u16),
    /// `nop`.
    Nop,
    /// `sackOK`.
    SackOk,
    /// `wscale n`.
    WindowScale(u8),
    /// `TS val v ecr e`.
    Timestamps(u32, u32),
    /// `sack a:b c:d`.
    Sack(Vec<(u32, u32)>),
    /// `eol`.
    Eol,
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.flags.to_string();
        let flags = if flags.is_empty() { "-" } else { &flags };
        write!(f, "{flags} {}:{}({})", self.seq, self.end(), self.len)?;
        if let Some(ack) = self.ack {
            write!(f, " ack {ack}")?;
        }
        if let Some(win) = self.win {
            write!(f, " win {win}")?;
        }
        match &self.options {
            Options::Any => f.write_str(" <...>"),
            Options::These(options) if options.is_empty() => Ok(()),
            Options::These(options) => {
                let options: Vec<String> = options.iter().map(ToString::to_string).collect();
                write!(f, " <{}>", options.join(","))
            }
        }
    }
}

impl fmt::Display for TcpOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mss(n) => write!(f, "mss {n}"),
            Self::Nop => f.write_str("nop"),
            Self::SackOk => f.write_str("sackOK"),
            Self::WindowScale(n) => write!(f, "wscale {n}"),
            Self::Timestamps(val, ecr) => write!(f, "TS val {val} ecr {ecr}"),
            Self::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.iter().try_for_each(|(a, b)| write!(f, " {a}:{b}"))
            }
            Self::Eol => f.write_str("eol"),
        }
    }
}
