//! One file a command.

pub(crate) mod explain;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod orders;
pub(crate) mod pair;
pub(crate) mod pkt;
pub(crate) mod risk;
pub(crate) mod run;
pub(crate) mod sweep;
pub(crate) mod verify;
