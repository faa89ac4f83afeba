//! How a script is compared: what counts as a difference, and what the tool's own rules let pass.

use whyeof_packetdrill::run;

const ESTABLISHED: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n\
    +0...0.010 connect(3, ..., ...) = 0\n\
    +0 > S 0:0(0) <...>\n\
    +.01 < S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 700 ecr 0,nop,wscale 10>\n\
    +0 > . 1:1(0) ack 1 <...>\n";

/// Plays these option lines, an established connection, and these lines; says which of these differs first, from 1.
fn differs(options: &str, lines: &str) -> Option<usize> {
    let text = format!("{options}{ESTABLISHED}{lines}");
    let report = run(&text).unwrap_or_else(|refused| panic!("{refused}\n{text}"));
    let before = options.lines().count() + ESTABLISHED.lines().count();
    report.line().map(|line| line - before)
}

#[test]
fn one_large_segment_may_be_a_run_of_smaller_ones() {
    let write = "+0 write(3, ..., 3000) = 3000\n";
    let one = format!("{write}+0 > P. 1:3001(3000) ack 1 <...>\n");
    assert_eq!(differs("", &one), None);
    assert_eq!(differs("--strict_segments\n", &one), Some(2));
    let two =
        format!("{write}+0 > . 1:1449(1448) ack 1 <...>\n+0 > P. 1449:3001(1552) ack 1 <...>\n");
    assert_eq!(differs("", &two), None);
    for wrong in [
        "+0 > . 1:3001(3000) ack 1 <...>\n",
        "+0 > P. 1:3000(2999) ack 1 <...>\n",
        "+0 > P. 1:4001(4000) ack 1 <...>\n",
        "+0 > P. 1:2001(2000) ack 1 <...>\n+0 > P. 2001:3001(1000) ack 1 <...>\n",
    ] {
        assert_eq!(differs("", &format!("{write}{wrong}")), Some(2), "{wrong}");
    }
}

/// 4 ms or an eighth of the time since the line before, whichever is more, early or late.
#[test]
fn times_have_a_tolerance() {
    let resent = |after: &str| {
        format!(
            "+0 write(3, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 <...>\n{after} > P. 1:101(100) ack 1 <...>\n"
        )
    };
    // The retransmission timer runs for 210 ms, and fires 214 ms after it was set.
    for (options, after, expected) in [
        ("", "+.195", None),
        ("", "+.240", None),
        ("", "+.185", Some(3)),
        ("", "+.250", Some(3)),
        ("", "+.150~+.300", None),
        ("", "+.250~+.300", Some(3)),
        ("", "*", None),
        ("--tolerance_percent=0\n", "+.195", Some(3)),
        (
            "--tolerance_percent=0\n--tolerance_usecs=30000\n",
            "+.190",
            None,
        ),
    ] {
        assert_eq!(
            differs(options, &resent(after)),
            expected,
            "{options}{after}"
        );
    }
}

/// packetdrill looks at what was sent only where it waits for something.
#[test]
fn a_segment_that_nobody_waits_for_is_no_difference_unless_asked_for() {
    let writes = "+0 write(3, ..., 100) = 100\n+.1 read(3, ..., 10) = -1 EAGAIN\n";
    assert_eq!(differs("", writes), None);
    assert_eq!(differs("--every_segment\n", writes), Some(1));
    let waits = format!("{writes}+0 > F. 1:1(0) ack 1 <...>\n");
    assert_eq!(differs("", &waits), Some(3));
}

/// A script states timestamps on a clock of its own, which begins at its first. Whether they go on as they should is looked
/// at where the length of a tick is given.
#[test]
fn timestamps_are_the_scripts() {
    let lines = |later: u32| {
        format!(
            "+0 write(3, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 <nop,nop,TS val 9000 ecr 700>\n\
             +.1 < . 1:1(0) ack 11 win 64 <nop,nop,TS val 800 ecr 9000>\n+0 write(3, ..., 10) = 10\n\
             +0 > P. 11:21(10) ack 1 <nop,nop,TS val {later} ecr 800>\n"
        )
    };
    let tick = "--tcp_ts_tick_usecs=1000\n";
    assert_eq!(differs(tick, &lines(9_100)), None);
    assert_eq!(differs(tick, &lines(9_103)), None);
    assert_eq!(differs(tick, &lines(9_200)), Some(5));
    assert_eq!(differs("", &lines(9_200)), None);
}

#[test]
fn a_call_that_waits_returns_when_the_script_says_so() {
    let data = "+.1 < P. 1:101(100) ack 1 win 64\n";
    let read = |until: &str| format!("+0...{until} read(3, ..., 1000) = 100\n{data}");
    assert_eq!(differs("", &read("0.100")), None);
    assert_eq!(differs("", &read("0.110")), None);
    assert_eq!(differs("", &read("0.120")), Some(1));
    let never = format!("{}+0...9 read(3, ..., 1000) = 100\n", read("0.100"));
    assert_eq!(differs("", &never), Some(3));
    // Where it may not wait, it does not.
    let set = "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n";
    assert_eq!(differs("", &format!("{set}{}", read("0.100"))), Some(2));
    let told = "+0...0.1 recv(3, ..., 10, MSG_DONTWAIT) = -1 EAGAIN\n";
    assert_eq!(differs("", told), Some(1));
}

#[test]
fn epoll_and_queues_say_what_there_is() {
    let lines = "+0 epoll_create(1) = 5\n\
        +0 epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLOUT|EPOLLET, fd=3}) = 0\n\
        +0 epoll_wait(5, {events=EPOLLOUT, fd=3}, 1, 0) = 1\n\
        +0...0.1 epoll_wait(5, {events=EPOLLIN|EPOLLOUT, fd=3}, 1, -1) = 1\n\
        +.1 < P. 1:101(100) ack 1 win 64\n\
        +0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0\n\
        +0 ioctl(3, SIOCINQ, [100]) = 0\n\
        +0 %{ assert tcpi_state == TCP_ESTABLISHED }%\n\
        +0 close(5) = 0\n\
        +0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = -1 EBADF\n";
    assert_eq!(differs("", lines), None);
}

#[test]
fn what_the_engine_lacks_is_refused_by_line() {
    for (line, what) in [
        ("%{ assert tcpi_ato == 0 }%", "tcpi_ato"),
        (
            "setsockopt(3, SOL_SOCKET, SO_RCVBUF, [4096], 4) = 0",
            "SO_RCVBUF of a connection that is under way",
        ),
    ] {
        let text = format!("{ESTABLISHED}+0 {line}\n");
        let refused = run(&text).expect_err("not modelled");
        assert_eq!(refused.to_string(), format!("6: {what} is not modelled"));
    }
}
