//! What strangers can hand over, each kind taken as far as the product takes it: read, run, diagnosed, drawn, written, said.
//!
//! A target is a function of bytes that panics where something does not hold: not only that nothing panics, but that what is
//! read can be written and read again, that bounds are kept, that an error lies inside the input, and that nothing of it can
//! steer a page or a terminal ([`oracle`]). `tests/` takes the corpus and damaged files of it through them, `libfuzzer/` lets
//! a fuzzer loose on them.

pub mod oracle;

mod capture;
mod histogram;
mod iptables;
mod link;
mod packetdrill;
mod part;
mod pasted;
mod pcap;
mod pcapng;
mod scenario;
mod traced;

/// A kind of input.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of its folder in `corpus/`, too.
    pub name: &'static str,
    /// Takes an input as far as the product does; panics where something does not hold.
    pub check: fn(&[u8]),
}

/// All of them.
pub const ALL: &[Target] = &[
    histogram::TARGET,
    iptables::TARGET,
    link::TARGET,
    packetdrill::TARGET,
    part::TARGET,
    pasted::TARGET,
    pcap::TARGET,
    pcapng::TARGET,
    scenario::TARGET,
];

/// The target of this name.
pub fn by_name(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}
