//! Where a client goes: to a machine, or to a name that stands for several.

use whyeof_trace::HostId;

/// Where a client goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To this machine.
    Host(HostId),
    /// To one of those that a name stands for, by the name's position among the client's.
    Name(u16),
}
