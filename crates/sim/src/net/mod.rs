//! Between the hosts.

pub mod fault;
pub mod link;
