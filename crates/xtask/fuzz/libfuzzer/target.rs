//! The target that `WHYEOF_FUZZ` names, by libFuzzer: one program for all, because building and linking it takes minutes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use whyeof_fuzz::{ALL, Target, by_name};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let asked = std::env::var("WHYEOF_FUZZ").unwrap_or_default();
    by_name(&asked).unwrap_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|target| target.name).collect();
        panic!("WHYEOF_FUZZ: `{asked}`: expected one of {}", known.join(", "))
    })
});

fuzz_target!(|bytes: &[u8]| (TARGET.check)(bytes));
