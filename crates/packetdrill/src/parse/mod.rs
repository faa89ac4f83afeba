//! Text to script. Every refusal names the line and what was expected there.
//!
//! What is read: option lines; an init command of [recognised](Knob) settings, and one that cleans up; times (`t`, `+t`, ranges
//! with `~`, `*`, and `t...u` of calls that block); TCP segments without ports, ECN and urgent data; the calls of [`Call`];
//! `%{ assert … }%`; ICMP destination-unreachable that arrives; between events the commands that put in and take out a [filter].
//! What is not: other shell commands and other Python, IPv6, other ICMP, UDP, TCP Fast Open, MD5, control messages.
//!
//! [`Call`]: crate::script::Call
//! [filter]: crate::script::Filter

mod arguments;
mod assertion;
mod call;
mod cursor;
mod option;
mod packet;
mod shell;

use crate::script::{Act, Knob, Line, Rules, Script, When};
use cursor::Cursor;
use std::fmt;
use std::time::Duration;
use whyeof_sim::kernel::timer_wheel::Hz;

/// Why a script is not played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// What was expected, and what was there.
    pub what: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

impl Refused {
    /// Without the rest of a word or command that goes on for a mebibyte.
    fn shortened(mut self) -> Self {
        const MOST: usize = 240;
        if let Some((end, _)) = self.what.char_indices().nth(MOST) {
            self.what.truncate(end);
            self.what.push('…');
        }
        self
    }
}

/// Reads a script.
///
/// # Errors
/// The first line that is outside the subset.
pub fn parse(text: &str) -> Result<Script, Refused> {
    read(text).map_err(Refused::shortened)
}

fn read(text: &str) -> Result<Script, Refused> {
    let mut script = Script {
        hz: Hz::Hz250,
        phase: Duration::ZERO,
        rules: Rules::default(),
        knobs: Vec::new(),
        lines: Vec::new(),
    };
    let mut at = Cursor::new(text);
    while !at.is_at_end() {
        let started = !script.lines.is_empty();
        if at.eat("--") {
            option::set(&mut at, &mut script)?;
        } else if at.peek() == Some('`') {
            let knobs = shell_command(&mut at)?;
            // What follows the first event restores what the init command has set, and no kernel of ours outlives its script.
            if !started {
                script.knobs.extend(knobs);
            }
        } else {
            script.lines.push(line(&mut at)?);
        }
    }
    Ok(script)
}

fn shell_command(at: &mut Cursor<'_>) -> Result<Vec<(usize, Knob)>, Refused> {
    at.expect("`")?;
    let first = at.raw_line();
    shell::knobs(at.until("`")?, first)
}

fn line(at: &mut Cursor<'_>) -> Result<Line, Refused> {
    let number = at.line();
    let when = when(at)?;
    let start = at.clone();
    let act = if at.eat("<") {
        if at.eat_word("icmp") {
            Act::Unreachable(packet::unreachable(at)?)
        } else {
            Act::Inbound(packet::packet(at)?)
        }
    } else if at.eat(">") {
        Act::Outbound(packet::packet(at)?)
    } else if at.eat("%{") {
        let first = at.raw_line();
        Act::Assert(assertion::assertions(at.until("}%")?, first)?)
    } else if at.eat("`") {
        let filter = shell::filter(at.until("`")?).map_err(|what| start.refuse(what))?;
        Act::Filter(filter)
    } else {
        call::call(at)?
    };
    match (when, &act) {
        (When::Any | When::Between(..) | When::AfterBetween(..), Act::Outbound(_))
        | (When::At(_) | When::After(_), _)
        | (When::Blocks(..) | When::AfterBlocks(..), Act::Call(..)) => {}
        (When::Blocks(..) | When::AfterBlocks(..), _) => {
            return Err(start.refuse("expected a call after `t...u`".to_owned()));
        }
        _ => return Err(start.refuse("expected `>` after a range or `*`".to_owned())),
    }
    Ok(Line { number, when, act })
}

fn when(at: &mut Cursor<'_>) -> Result<When, Refused> {
    if at.eat("*") {
        return Ok(When::Any);
    }
    let relative = at.eat("+");
    let from = seconds(at)?;
    if at.eat("...") {
        let to = seconds(at)?;
        return Ok(if relative {
            When::AfterBlocks(from, to)
        } else {
            When::Blocks(from, to)
        });
    }
    if at.eat("~") {
        if relative {
            at.expect("+")?;
        }
        let to = seconds(at)?;
        return Ok(if relative {
            When::AfterBetween(from, to)
        } else {
            When::Between(from, to)
        });
    }
    Ok(if relative {
        When::After(from)
    } else {
        When::At(from)
    })
}

/// Seconds with up to nine decimals, exactly: `.0105`.
fn seconds(at: &mut Cursor<'_>) -> Result<Duration, Refused> {
    const WHAT: &str = "a time";
    let start = at.clone();
    at.line();
    let whole = at.take_while(|c| c.is_ascii_digit());
    let mut ahead = at.clone();
    let mut part = "";
    if ahead.peek_raw() == Some('.') {
        ahead.take_one();
        part = ahead.take_while(|c| c.is_ascii_digit());
        if !part.is_empty() {
            *at = ahead;
        }
    }
    let fits = whole.len() <= 9 && part.len() <= 9 && !(whole.is_empty() && part.is_empty());
    let whole = if whole.is_empty() { "0" } else { whole };
    let nanos = format!("{part:0<9}");
    match (whole.parse(), nanos.parse()) {
        (Ok(whole), Ok(nanos)) if fits => Ok(Duration::new(whole, nanos)),
        _ => {
            *at = start;
            Err(at.unexpected(WHAT))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Expression, Field};

    /// Scripts, and how their refusal begins.
    const REFUSED: &[(&str, &str)] = &[
        (
            "\n\n0 > Q 0:0(0)",
            "3: expected flags of S F R P and `.`, or `-`, got `Q`",
        ),
        (
            "0 < . 1:2(0) ack 1",
            "1: expected `seq:end(len)` that adds up, got `1:2(0)`",
        ),
        (
            "/* a\n b */ soon < . 1:1(0)",
            "2: expected a time, got `soon`",
        ),
        ("0 < . 1:1(0) ack 1 wim 5", "1: expected a time, got `wim`"),
        (
            "0 < S 0:0(0) <mss 1460",
            "1: expected `,` or `>` in the options, got the end",
        ),
        ("0 < S 0:0(0) <FO abc>", "1: expected an option of mss, nop"),
        (
            "0 > icmp unreachable",
            "1: expected a TCP segment, got `icmp`",
        ),
        ("0 poll(3, ..., 10) = 0", "1: `poll` with these arguments"),
        ("0 read(3, ..., 10) = -1 ENOPE", "1: unknown errno `ENOPE`"),
        (
            "0 send(3, ..., 10, MSG_OOB) = 10",
            "1: flag MSG_OOB of `send`",
        ),
        (
            "0 setsockopt(3, SOL_TCP, TCP_X, [1], 4) = 0",
            "1: socket option TCP_X",
        ),
        (
            "0 sendmsg(3, {msg_name(...)=...,\n msg_oops}, 0) = 1",
            "1: expected `msg_iov(n)=",
        ),
        (
            "0 epoll_wait(3, {events=0, ptr=0}, 1, 50) = 0",
            "1: expected a timeout of 0 or -1",
        ),
        (
            "*  < . 1:1(0) ack 1",
            "1: expected `>` after a range or `*`",
        ),
        ("0...1 < . 1:1(0) ack 1", "1: expected a call after `t...u`"),
        (
            "`../common/defaults.sh\n tc qdisc add`\n",
            "2: shell command `tc`",
        ),
        (
            "`sysctl -q net.core.x=1`",
            "1: expected `net.ipv4.NAME=VALUE`",
        ),
        (
            "`ethtool -K tun0 tso off`",
            "1: expected `ethtool -K DEVICE",
        ),
        (
            "0 `sleep 1`",
            "1: expected `iptables -A OUTPUT -p tcp -j DROP`, or -D, between events, got `sleep 1`",
        ),
        (
            "0 `iptables -A INPUT -p tcp -j DROP`",
            "1: expected `iptables -A OUTPUT",
        ),
        (
            "0 < icmp echo_reply",
            "1: expected `unreachable`, got `echo_reply`",
        ),
        (
            "0 < icmp unreachable frag_needed mtu 1200 [1:11(10)]",
            "1: expected one of net_unreachable, host_unreachable, protocol_unreachable, port_unreachable, host_prohibited, \
             packet_filtered, got `frag_needed`",
        ),
        (
            "0 < icmp unreachable host_unreachable [1:12(10)]",
            "1: expected `seq:end(len)` that adds up, got `1:12(10)",
        ),
        ("0 %{\n print(1) }%", "2: expected `assert`"),
        (
            "0 %{ assert tcpi_cwnd == 1 }%",
            "1: expected a field tcpi_…",
        ),
        (
            "0 %{ assert tcpi_state == 1 or 1 }%",
            "1: expected `and`, `&`, a comparison or `,`",
        ),
        (
            "0 %{ assert 1",
            "1: expected `}%` at the end of what begins here",
        ),
        ("--hz=100", "1: --hz is 250, 1000 or ideal"),
        ("--ip_version=ipv6", "1: --ip_version is ipv4, not `ipv6`"),
        (
            "--frobnicate=1",
            "1: option --frobnicate is not in the subset",
        ),
        (
            "0 close(3) = 0\n--hz=250",
            "2: expected --hz before the first event",
        ),
    ];

    #[test]
    fn what_is_outside_the_subset_is_refused_by_line_and_name() {
        for (text, what) in REFUSED {
            let error = parse(text).expect_err(text);
            assert!(error.to_string().starts_with(what), "{text}: {error}");
        }
    }

    #[test]
    fn times_are_read_exactly() {
        let ms = Duration::from_millis;
        for (text, expected) in [
            ("0.1", When::At(ms(100))),
            ("+.01", When::After(ms(10))),
            (".1~.2", When::Between(ms(100), ms(200))),
            ("+0~+.004", When::AfterBetween(ms(0), ms(4))),
            ("1...1.5", When::Blocks(ms(1_000), ms(1_500))),
            ("+0...0.500", When::AfterBlocks(ms(0), ms(500))),
            ("*", When::Any),
        ] {
            assert_eq!(when(&mut Cursor::new(text)), Ok(expected), "{text}");
        }
    }

    #[test]
    fn segments_are_printed_as_they_are_written() {
        for text in [
            "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10>",
            "P. 1:101(100) ack 1 <...>",
            ". 1:1(0) ack 201 <nop,nop,sack 211:221 231:241>",
            "- 1:1001(1000) win 20000",
            "FP. 1:60001(60000) ack 1",
            "R 201:201(0)",
        ] {
            let read = packet::packet(&mut Cursor::new(text)).expect(text);
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn calls_are_read_with_what_they_fill_in() {
        for (text, printed) in [
            ("read(4, ..., 1000) = 100", "read(1000) = 100"),
            (
                "recv(4, ..., 10, MSG_DONTWAIT) = -1 EAGAIN (Try again)",
                "read(10 MSG_DONTWAIT) = -1 EAGAIN",
            ),
            (
                "sendmsg(4, {msg_name(...)=...,\n msg_iov(2)=[{..., 100}, {..., 95}],\n msg_flags=0}, MSG_MORE) = 195",
                "write(195 MSG_MORE) = 195",
            ),
            (
                "fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0",
                "fcntl(F_SETFL O_NONBLOCK) = 0",
            ),
            (
                "fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)",
                "fcntl(F_GETFL) = 2",
            ),
            (
                "getsockopt(4, SOL_TCP, TCP_MAXSEG, [1100], [4]) = 0",
                "getsockopt(TCP_MAXSEG) [1100] = 0",
            ),
            (
                "getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0",
                "getsockopt(SO_ERROR) [ECONNRESET] = 0",
            ),
            (
                "setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0",
                "setsockopt(SO_LINGER {onoff=1, linger=0}) = 0",
            ),
            ("ioctl(4, SIOCINQ, [1000]) = 0", "ioctl(SIOCINQ) [1000] = 0"),
            (
                "epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0",
                "epoll_ctl(Add 4 EPOLLIN|EPOLLET) = 0",
            ),
            (
                "epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1",
                "epoll_wait() {events=EPOLLIN, fd=4} = 1",
            ),
            (
                "epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0",
                "epoll_wait() {} = 0",
            ),
        ] {
            let Ok(Act::Call(_, call, outcome)) = call::call(&mut Cursor::new(text)) else {
                panic!("{text}");
            };
            assert_eq!(format!("{call} {outcome}"), printed, "{text}");
        }
    }

    #[test]
    fn init_commands_are_recognised_and_not_run() {
        let text = "`../common/defaults.sh\n../common/set_sysctls.py /proc/sys/net/ipv4/tcp_a=1 \\\n\t/proc/sys/net/ipv4/tcp_b=2`\n\
            0 close(3) = 0\n`../common/sysctl_restore_${PPID}.sh`";
        let knobs = parse(text).expect(text).knobs;
        let sysctl = |name: &str, value: &str| Knob::Sysctl(name.to_owned(), value.to_owned());
        assert_eq!(knobs[0], (1, sysctl("tcp_rmem", "4096 540000 15728640")));
        let last = &knobs[knobs.len() - 2..];
        assert_eq!(last, [(2, sysctl("tcp_a", "1")), (2, sysctl("tcp_b", "2"))]);
        let text =
            "`sysctl -q net.ipv4.tcp_rmem=\"1 2 3\" > /dev/null; ethtool -K tun0 tso off gso off`";
        let knobs = parse(text).expect(text).knobs;
        assert_eq!(
            knobs,
            [(1, sysctl("tcp_rmem", "1 2 3")), (1, Knob::Offload(false))]
        );
    }

    #[test]
    fn assertions_are_read_without_what_they_say() {
        let text = "0 %{\nassert tcpi_lost == 7, 'a;b %d' % (tcpi_lost) # why\n\
            assert 5 <= tcpi_rtt <= 20 and (tcpi_options & TCPI_OPT_SACK) != 0; assert tcpi_state == TCP_CLOSE,\\\n  1 }%";
        let script = parse(text).expect(text);
        let Act::Assert(all) = &script.lines[0].act else {
            panic!("{text}");
        };
        let lines: Vec<_> = all.iter().map(|a| (a.number, a.text.as_str())).collect();
        let second = "assert 5 <= tcpi_rtt <= 20 and (tcpi_options & TCPI_OPT_SACK) != 0";
        assert_eq!(
            lines,
            [
                (2, "assert tcpi_lost == 7"),
                (3, second),
                (3, "assert tcpi_state == TCP_CLOSE")
            ]
        );
        let holds = |at: usize, values: &[(&str, i64)]| {
            let value = |f: Field| {
                values
                    .iter()
                    .find(|(n, _)| *n == f.0)
                    .map_or(0, |(_, v)| *v)
            };
            all[at].condition.holds(&mut { value })
        };
        assert!(holds(0, &[("tcpi_lost", 7)]) && !holds(0, &[("tcpi_lost", 6)]));
        assert!(holds(1, &[("tcpi_rtt", 20), ("tcpi_options", 6)]));
        assert!(!holds(1, &[("tcpi_rtt", 21), ("tcpi_options", 6)]));
        assert!(!holds(1, &[("tcpi_rtt", 20), ("tcpi_options", 5)]));
        assert!(holds(2, &[("tcpi_state", 7)]));
        assert!(matches!(all[1].condition, Expression::And(_)));
    }
}
