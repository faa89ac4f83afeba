//! TCP by scripts: what Linux does, ladder by ladder (linux-tcp §8), each a file in `scripts/`.
#![expect(clippy::disallowed_methods, reason = "it reads the folder of scripts")]

use std::fs;
use std::path::Path;
use whyeof_packetdrill::run;

fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let files = fs::read_dir(folder).expect("tests/scripts");
    let mut scripts: Vec<_> = files
        .map(|file| {
            let path = file.expect("readable").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("text");
            (name.into_owned(), text)
        })
        .collect();
    scripts.sort();
    scripts
}

fn failure(name: &str, text: &str) -> Option<String> {
    match run(text) {
        Ok(report) if report.passes() => None,
        Ok(report) => Some(format!("{name}:\n{}", report.side_by_side())),
        Err(refused) => Some(format!("{name}:{refused}")),
    }
}

#[test]
fn every_script_plays_as_it_is_written() {
    let scripts = scripts();
    assert!(scripts.len() > 30, "{} scripts", scripts.len());
    let failed: Vec<String> = scripts.iter().filter_map(|(n, s)| failure(n, s)).collect();
    assert!(
        failed.is_empty(),
        "{} of {} scripts differ\n\n{}",
        failed.len(),
        scripts.len(),
        failed.join("\n")
    );
}

/// The first line names the ladder or the section that the script holds the TCP against.
#[test]
fn every_script_says_where_it_comes_from() {
    for (name, text) in scripts() {
        let first = text.lines().next().unwrap_or("");
        assert!(
            first.starts_with("// ") && first.contains("linux-tcp §"),
            "{name}: {first}"
        );
    }
}

#[test]
fn a_difference_is_shown_side_by_side() {
    let script = "--hz=ideal\n--every_segment\n0 socket(..., SOCK_STREAM, 0) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n\
        +0 > S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10>\n+0 > . 1:1(0) ack 1 <...>\n+1 read(3, ..., 9) = 9\n";
    let report = run(script).expect("readable");
    assert_eq!(report.line(), Some(6));
    let text = report.side_by_side();
    let marked: Vec<_> = text.lines().filter(|l| l.starts_with('!')).collect();
    assert_eq!(
        marked,
        [
            "!  6 0.000000 > . 1:1(0) ack 1 <...>                                      (nothing)",
            "!  7 1.000000 read(9) = 9                                                 1.000000 read(9) = -1 EAGAIN",
            "!                                                                         1.000000 > S 0:0(0) win 64240 \
             <mss 1460,sackOK,TS val 1000 ecr 0,nop,wscale 10>",
        ]
    );
    let first = report.difference(1);
    let lines: Vec<_> = first.lines().map(|l| &l[..4]).collect();
    assert_eq!(lines, ["    ", "   5", "!  6"]);
}
