//! HTTP/1.1 programs on top of socket calls: what a runtime's client and server do with connections.

pub mod client;
pub mod codec;
pub mod pool;
pub mod retry;
pub mod server;
pub mod words;
