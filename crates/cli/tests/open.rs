//! `whyeof open`: what it says of recorded captures, and of files that are none.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::whyeof;

fn pcap(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recorded/pcaps");
    folder
        .join(format!("{name}.pcap"))
        .to_string_lossy()
        .into_owned()
}

/// A file of this test's own.
fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("open-{name}"));
    fs::write(&path, bytes).expect("a place for it");
    path
}

#[test]
fn a_capture_is_listed_and_told() {
    let file = pcap("15d-fin-lost-client");
    let out = whyeof(&["open", &file]);
    assert_eq!(out.status, 0, "{}", out.err);
    for part in [
        "48 packets, 48 of TCP, 5 connections",
        "taken at 10.99.0.1 (the handshakes' times tell)",
        "2 of 7 requests got no answer",
        "half-open: Where the POST came, nobody knew the connection",
        "a capture at one end cannot know",
        "Connection 1 (--flow N for another one)",
    ] {
        assert!(out.out.contains(part), "{part} in\n{}", out.out);
    }
    let zh = whyeof(&["open", &file, "--lang", "zh", "--flow", "2"]);
    assert!(
        zh.out.contains("抓包点 10.99.0.1") && zh.out.contains("这个请求得到了响应"),
        "{}",
        zh.out
    );
    let none = whyeof(&["open", &file, "--flow", "9"]);
    assert_eq!(none.status, 2);
    assert!(
        none.err
            .contains("--flow: `9`: expected a number from 1 to 5"),
        "{}",
        none.err
    );
    let svg = whyeof(&["open", &file, "--flow", "1", "--format", "svg"]);
    assert!(svg.out.starts_with("<svg"), "{}", svg.out);
}

#[test]
fn a_file_that_breaks_off_is_told_as_far_as_it_goes() {
    let bytes = fs::read(pcap("15h-server-reboot-client")).expect("a capture");
    let half = written("half.pcap", &bytes[..bytes.len() / 2]);
    let out = whyeof(&["open", &half.to_string_lossy()]);
    assert_eq!(out.status, 2);
    assert!(out.out.contains("requests"), "{}", out.out);
    assert!(
        out.err.contains(": byte ") && out.err.contains("the file ends here"),
        "{}",
        out.err
    );
    for (name, bytes) in [
        ("empty.pcap", &b""[..]),
        ("text.pcap", b"hello, this is a text"),
    ] {
        let out = whyeof(&["open", &written(name, bytes).to_string_lossy()]);
        assert_eq!((out.status, out.out.as_str()), (2, ""));
        assert!(
            out.err
                .contains("byte 0: expected the beginning of a pcap or pcapng file"),
            "{}",
            out.err
        );
        assert_eq!(out.err.lines().count(), 1);
    }
}

/// What is simulated is a scenario that every other command takes, and it meets the same end.
#[test]
fn a_capture_can_be_simulated() {
    let file = pcap("01-go-idle-race-server");
    let like = whyeof(&["open", &file, "--flow", "11", "--simulate"]);
    assert_eq!(like.status, 0, "{}", like.err);
    assert!(
        like.err
            .contains("IdleTimeout = 10s: read off the server's FINs"),
        "{}",
        like.err
    );
    let scenario = written("like.json", like.out.as_bytes());
    let out = whyeof(&["explain", &scenario.to_string_lossy()]);
    assert!(out.out.contains("keepalive-race"), "{}", out.out);
    let none = whyeof(&[
        "open",
        &pcap("11c-connect-closed-port-client"),
        "--simulate",
    ]);
    assert_eq!(none.status, 2);
    assert!(
        none.err.contains("expected at least one HTTP request"),
        "{}",
        none.err
    );
}
