//! Between the hosts.

pub mod fault;
pub mod filter;
pub mod link;
pub mod listing;
pub mod memory;
