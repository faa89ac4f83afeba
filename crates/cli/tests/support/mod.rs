//! Runs the `whyeof` command.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::process::Command;

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// Runs `whyeof` with these words.
pub fn whyeof(args: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_whyeof"))
        .args(args)
        .output()
        .expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    Said {
        status: output.status.code().expect("it ends by itself"),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}
