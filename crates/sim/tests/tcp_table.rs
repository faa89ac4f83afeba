//! Totality: every state against every segment, call and timer, as one table. A surprise shows up in review.
//!
//! The client of a warm connection (100 bytes asked, 200 answered); numbers as in linux-tcp §8. In brackets: what read(2)
//! would then say, where a program still has the socket. Timers stand where they are armed.

use expect_test::expect_file;
use std::fmt::Write;
use std::time::Duration;
use whyeof_sim::outbox::{Outbox, Output};
use whyeof_sim::tcp::recv::Read;
use whyeof_sim::tcp::segment_arrives::Answer;
use whyeof_sim::tcp::{Owner, Tcb, TcbConfig};
use whyeof_trace::{
    Flags, FlowId, OptionsId, Segment, Seq, Side, SocketId, State, Time, TimerKind,
};

const NOW: Time = Time::from_secs(5);

fn tcb(side: Side) -> Tcb {
    Tcb::new(TcbConfig {
        socket: SocketId {
            flow: FlowId(0),
            side,
        },
        keep_alive: None,
        ts_offset: 0,
        syn_options: OptionsId::from_index(0),
    })
}

fn segment(flags: Flags, seq: u32, len: u16, ack: u32) -> Segment {
    Segment {
        flow: FlowId(0),
        from: Side::Listener,
        flags,
        window: 64,
        seq: Seq(seq),
        ack: Seq(ack),
        timestamps: None,
        options: None,
        len,
    }
}

const DATA: Flags = Flags(Flags::PSH.0 | Flags::ACK.0);
const FIN: Flags = Flags(Flags::FIN.0 | Flags::ACK.0);

type Step = fn(&mut Tcb, &mut Outbox);

fn warm(t: &mut Tcb, out: &mut Outbox) {
    let at = Time::from_millis;
    t.connect(at(0), out);
    t.segment_arrives(
        at(10),
        &segment(Flags(Flags::SYN.0 | Flags::ACK.0), 0, 0, 1),
        out,
    );
    let _ = t.write(at(10), 100, out);
    t.segment_arrives(at(20), &segment(DATA, 1, 200, 101), out);
    t.read(at(20), out);
}

fn closed(t: &mut Tcb, out: &mut Outbox) {
    warm(t, out);
    t.close(NOW, out);
}

fn shut(t: &mut Tcb, out: &mut Outbox) {
    warm(t, out);
    t.shutdown_write(NOW, out);
}

fn left(t: &mut Tcb, out: &mut Outbox) {
    warm(t, out);
    t.segment_arrives(NOW, &segment(FIN, 201, 0, 101), out);
}

/// The states, and how each comes about.
const STATES: [(&str, Step); 12] = [
    ("CLOSED", |_, _| {}),
    ("SYN-SENT", |t, out| t.connect(Time::ZERO, out)),
    ("SYN-RECEIVED", |t, out| {
        *t = tcb(Side::Listener);
        t.listen_arrives(Time::ZERO, &segment(Flags::SYN, 0, 0, 0), out);
    }),
    ("ESTABLISHED", warm),
    ("FIN-WAIT-1", shut),
    ("FIN-WAIT-1 of nobody", closed),
    ("FIN-WAIT-2", |t, out| {
        shut(t, out);
        t.segment_arrives(NOW, &segment(Flags::ACK, 201, 0, 102), out);
    }),
    ("FIN-WAIT-2 of nobody", |t, out| {
        closed(t, out);
        t.segment_arrives(NOW, &segment(Flags::ACK, 201, 0, 102), out);
    }),
    ("CLOSE-WAIT", left),
    ("CLOSING", |t, out| {
        closed(t, out);
        t.segment_arrives(NOW, &segment(FIN, 201, 0, 101), out);
    }),
    ("LAST-ACK", |t, out| {
        left(t, out);
        t.close(NOW, out);
    }),
    ("TIME-WAIT", |t, out| {
        closed(t, out);
        t.segment_arrives(NOW, &segment(FIN, 201, 0, 102), out);
    }),
];

fn arrives(t: &mut Tcb, out: &mut Outbox, s: Segment) -> Answer {
    t.segment_arrives(NOW + Duration::from_millis(1), &s, out)
}

type Act = fn(&mut Tcb, &mut Outbox) -> Answer;

/// What happens in each of them. Segments are in order, and acknowledge all that was sent, unless they say otherwise.
fn inputs() -> Vec<(&'static str, Act)> {
    fn next(t: &Tcb) -> u32 {
        t.rcv.nxt.0
    }
    fn all(t: &Tcb) -> u32 {
        t.snd.nxt.0
    }
    vec![
        ("< S", |t, o| arrives(t, o, segment(Flags::SYN, 0, 0, 0))),
        ("< S.", |t, o| {
            let s = segment(Flags::SYN.with(Flags::ACK), 0, 0, all(t));
            arrives(t, o, s)
        }),
        ("< .", |t, o| {
            let s = segment(Flags::ACK, next(t), 0, all(t));
            arrives(t, o, s)
        }),
        ("< . old", |t, o| {
            let s = segment(Flags::ACK, next(t).saturating_sub(1), 0, all(t));
            arrives(t, o, s)
        }),
        ("< P. 50", |t, o| {
            let s = segment(DATA, next(t), 50, all(t));
            arrives(t, o, s)
        }),
        ("< F.", |t, o| {
            let s = segment(FIN, next(t), 0, all(t));
            arrives(t, o, s)
        }),
        ("< F. old", |t, o| {
            let s = segment(FIN, next(t).saturating_sub(1), 0, all(t));
            arrives(t, o, s)
        }),
        ("< R", |t, o| {
            let s = segment(Flags::RST, next(t), 0, 0);
            arrives(t, o, s)
        }),
        ("< R one below", |t, o| {
            let s = segment(Flags::RST, next(t).saturating_sub(1), 0, 0);
            arrives(t, o, s)
        }),
        ("< R beyond", |t, o| {
            let s = segment(Flags::RST, next(t) + 10, 0, 0);
            arrives(t, o, s)
        }),
        ("< R.", |t, o| {
            let s = segment(Flags::RST.with(Flags::ACK), next(t), 0, all(t));
            arrives(t, o, s)
        }),
        ("write", |t, o| {
            let written = t.write(NOW, 10, o);
            if let Err(error) = written {
                assert_eq!(error.name(), "EPIPE");
            }
            Answer::Done
        }),
        ("shutdown", |t, o| {
            t.shutdown_write(NOW, o);
            Answer::Done
        }),
        ("close", |t, o| {
            t.close(NOW, o);
            Answer::Done
        }),
    ]
}

/// Timers that are armed after all that was said.
fn armed(out: &Outbox) -> Vec<TimerKind> {
    let mut armed = Vec::new();
    for output in &out.said {
        match output {
            Output::Set(timer, _) => {
                armed.retain(|t| t != timer);
                armed.push(*timer);
            }
            Output::Clear(timer) => armed.retain(|t| t != timer),
            _ => {}
        }
    }
    armed
}

fn said(out: &Outbox, answer: Answer) -> Vec<String> {
    let mut words: Vec<String> = out
        .said
        .iter()
        .filter_map(|o| match o {
            Output::Transmit(segment) => Some(format!("> {segment}")),
            Output::Set(timer, span) => Some(format!("set {timer:?} {span:?}")),
            Output::Wake(signal) => Some(format!("wake {signal:?}")),
            Output::Clear(_) | Output::Note(_) => None,
        })
        .collect();
    if answer == Answer::Reset {
        words.push("reset".to_owned());
    }
    words
}

fn program_sees(tcb: &mut Tcb) -> String {
    let mut out = Outbox::default();
    let read = match tcb.read(NOW, &mut out) {
        Read::Blocks => "blocks".to_owned(),
        Read::Returns(returned) => format!("{returned:?}"),
    };
    format!("[{read}]")
}

#[test]
fn every_state_has_an_answer_to_everything() {
    let mut table = String::new();
    for (name, build) in STATES {
        let mut out = Outbox::default();
        let mut start = tcb(Side::Opener);
        build(&mut start, &mut out);
        let state = start.state();
        assert!(name.starts_with(state.name()), "{name}: {state}");
        let _ = writeln!(table, "{name}");
        let mut row = |input: &str, act: &dyn Fn(&mut Tcb, &mut Outbox) -> Answer| {
            let mut tcb = start.clone();
            let mut out = Outbox::default();
            let answer = act(&mut tcb, &mut out);
            let to = match tcb.state() {
                to if to == state => "-",
                to => to.name(),
            };
            let mut line = format!("  {input:14} {to:13} {}", said(&out, answer).join(", "));
            if tcb.owner == Owner::Program && tcb.state() != State::SynReceived {
                line = format!("{line} {}", program_sees(&mut tcb));
            }
            let _ = writeln!(table, "{}", line.trim_end());
        };
        for (input, act) in inputs() {
            row(input, &act);
        }
        for timer in armed(&out) {
            row(&format!("{timer:?}"), &|tcb, out| {
                tcb.timeout(NOW + Duration::from_secs(1), timer, out);
                Answer::Done
            });
        }
    }
    expect_file!["tcp_table.txt"].assert_eq(&table);
}
