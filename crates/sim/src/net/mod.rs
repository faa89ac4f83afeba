//! Between the hosts.

pub mod link;
