//! What somebody with `ss`, a log file and strace would have in hand, for the stories where it tells the cause.
//!
//! The calls agree with recording 04-hijack-close (a read of 0; a second attempt for GET on a used connection alone), the
//! queues with ground-truth section 5 (bytes lie in Recv-Q when Go 1.19 closes), the log with the fields of AWS's access
//! log (`elb_status_code`, `target_status_code`).

use expect_test::{ExpectFile, expect_file};
use whyeof_render::formats;
use whyeof_scenario::{build, presets};
use whyeof_sim::world::run;

/// The first `lines` lines of a preset in a format.
fn check(preset: &str, format: &str, lines: usize, expected: ExpectFile) {
    let scenario = presets::find(preset).expect("a preset").scenario();
    let trace = run(build(&scenario).expect("a plan"));
    let format = formats::by_id(format).expect("listed");
    let mut text: String = (format.write)(&trace)
        .lines()
        .take(lines)
        .collect::<Vec<_>>()
        .join("\n");
    text.push('\n');
    expected.assert_eq(&text);
}

#[test]
fn bytes_wait_in_the_receive_queue_when_the_client_closes() {
    check(
        "body-unread",
        "ss",
        14,
        expect_file!["snapshots/view-body-unread.ss.txt"],
    );
}

#[test]
fn a_handler_that_closes_is_a_read_of_nothing() {
    check(
        "hijack-close",
        "calls",
        60,
        expect_file!["snapshots/view-hijack-close.calls.txt"],
    );
}

#[test]
fn a_load_balancer_logs_both_statuses() {
    check(
        "two-keep-alives-elb",
        "log",
        60,
        expect_file!["snapshots/view-elb.log.txt"],
    );
}
