//! The parts of a Linux kernel around TCP: how its timers round, and its knobs.

pub mod sysctl;
pub mod timer_wheel;
