//! Recorded real runs, and the comparison with them.
//!
//! A recording is what left and reached two hosts, packet by packet, and what the client programs said. A run is equal to it if
//! each host sends the same segments in the same order, as long after what triggered them, and each request ends the same way
//! (DESIGN §3). What a recording cannot repeat is not compared: how ACKs and PSH fall in bulk transfers.

pub mod compare;
pub mod connection;
pub mod edges;
pub mod exceptions;
pub mod outcome;
pub mod packet;
mod pools;
pub mod timing;
mod word;

pub use compare::{Comparison, Held, Recording, compare};
pub use exceptions::{Depth, Exception, Exceptions};
pub use outcome::Outcome;
pub use packet::{Packet, recorded, simulated};
