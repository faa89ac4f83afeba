//! `whyeof pkt`: what it prints for scripts that pass, differ, or cannot be played.

mod support;

use std::path::{Path, PathBuf};
use support::whyeof;

const PASSES: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>\n";

/// A file of this name and text, in a folder of this test's own below `target`.
fn script(test: &str, name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pkt-{test}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("a name").to_owned()
}

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packetdrill/tests/scripts")
}

#[test]
fn a_script_that_passes_is_named_as_that() {
    let file = script("pass", "a.pkt", PASSES);
    let said = whyeof(&["pkt", &file]);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert_eq!(said.out, format!("{file}: pass\n"));
}

#[test]
fn the_first_line_that_differs_is_shown_with_what_happened() {
    let file = script(
        "differ",
        "a.pkt",
        &format!("{PASSES}+0 close(3) = -1 EBADF\n"),
    );
    let said = whyeof(&["pkt", &file]);
    assert_eq!((said.status, said.err.as_str()), (1, ""));
    let mut lines = said.out.lines();
    assert_eq!(lines.next(), Some(format!("{file}:4: differs").as_str()));
    let last = lines.next_back().expect("the line that differs");
    assert!(last.trim_start().starts_with("!  4"), "{last}");
    assert!(
        last.contains("= -1 EBADF") && last.trim_end().ends_with("= 0"),
        "{last}"
    );
}

/// What the command line says is read after what the script says.
#[test]
fn the_tolerance_can_be_given_in_place_of_the_scripts() {
    let late = format!("{PASSES}+1.046 > S 0:0(0) <...>\n");
    let narrow = format!("--tolerance_percent=0\n{late}");
    let wide = format!("--tolerance_usecs=30000\n{narrow}");
    for (name, text, options, status) in [
        ("narrow", &narrow, &[][..], 1),
        ("narrow", &narrow, &["--tolerance_usecs", "30000"], 0),
        ("narrow", &narrow, &["--tolerance_usecs=30000"], 0),
        ("wide", &wide, &[], 0),
        ("wide", &wide, &["--tolerance_usecs=4000"], 1),
        ("zero", &narrow, &["--tolerance_usecs=0"], 2),
    ] {
        let file = script("tolerance", &format!("{name}.pkt"), text);
        let words: Vec<&str> = ["pkt"].iter().chain(options).copied().collect();
        let said = whyeof(&[&words[..], &[&file]].concat());
        assert_eq!(said.status, status, "{name} {options:?}: {}", said.out);
    }
}

#[test]
fn what_cannot_be_played_is_refused_in_one_line() {
    let strange = script(
        "refuse",
        "strange.pkt",
        "0 socket(..., SOCK_STREAM, 0) = 3\n+0 frobnicate(3) = 0\n",
    );
    let bytes = script("refuse", "bytes.pkt", "");
    std::fs::write(&bytes, [0xff, 0xfe]).expect("written");
    for (file, what) in [
        (strange.as_str(), ":2: `frobnicate`"),
        (bytes.as_str(), ": expected text in UTF-8"),
        ("no/such.pkt", ": "),
    ] {
        let said = whyeof(&["pkt", file]);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
        assert!(
            said.err.starts_with(&format!("whyeof: {file}{what}")),
            "{}",
            said.err
        );
        assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    }
    let said = whyeof(&["pkt"]);
    assert_eq!((said.status, said.err.lines().count()), (2, 1), "{said:?}");
}

/// The worst that happened decides the exit status.
#[test]
fn several_scripts_have_a_line_each_and_a_sum() {
    let pass = script("sum", "pass.pkt", PASSES);
    let differ = script(
        "sum",
        "differ.pkt",
        &format!("{PASSES}+0 close(3) = -1 EBADF\n"),
    );
    for (files, status, sum) in [
        (
            vec![&pass, &pass],
            0,
            "2 scripts: 2 pass, 0 differ, 0 refused",
        ),
        (
            vec![&differ, &pass],
            1,
            "2 scripts: 1 pass, 1 differ, 0 refused",
        ),
    ] {
        let words = ["pkt"].into_iter().chain(files.iter().map(|f| f.as_str()));
        let said = whyeof(&words.collect::<Vec<_>>());
        assert_eq!(said.status, status, "{said:?}");
        assert_eq!(said.out.lines().last(), Some(sum), "{said:?}");
    }
    let said = whyeof(&["pkt", &differ, "no/such.pkt", &pass]);
    assert_eq!(said.status, 2, "{said:?}");
    assert_eq!(
        said.out.lines().last(),
        Some("3 scripts: 1 pass, 1 differ, 1 refused")
    );
    assert!(said.out.contains(&format!("{pass}: pass\n")), "{said:?}");
}

#[test]
fn our_own_scripts_pass() {
    let files = std::fs::read_dir(ours()).expect("our scripts");
    let files: Vec<String> = files
        .map(|f| {
            f.expect("readable")
                .path()
                .to_str()
                .expect("a name")
                .to_owned()
        })
        .collect();
    let words: Vec<&str> = ["pkt"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let said = whyeof(&words);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{}", said.out);
}
