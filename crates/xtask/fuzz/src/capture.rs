//! A capture in either form: read, listed, cut to parts, packed for the page, imitated.

use crate::oracle::{clean, message};
use crate::{scenario, traced};
use whyeof_diagnose::diagnose_capture;
use whyeof_explore::imitate;
use whyeof_render::import::{self, Capture, Import, Invalid};
use whyeof_trace::{FlowId, Lang};

pub(crate) fn check(bytes: &[u8]) {
    let whole = import::open(bytes);
    match &whole {
        Ok(capture) => {
            capture.broken.iter().for_each(|it| refused(it, bytes));
            used(capture);
        }
        Err(invalid) => refused(invalid, bytes),
    }
    // Pieces of any size say the same.
    let mut import = Import::default();
    for piece in bytes.chunks(bytes.len() % 61 + 3) {
        if import.feed(piece).is_err() {
            break;
        }
    }
    match (whole, import.finish(None)) {
        (Ok(whole), Ok(pieces)) => {
            assert!(whole.trace == pieces.trace && whole.broken == pieces.broken)
        }
        (Err(whole), Err(pieces)) => assert_eq!(whole, pieces),
        (whole, pieces) => panic!("{:?}, in pieces {:?}", whole.err(), pieces.err()),
    }
}

fn refused(invalid: &Invalid, bytes: &[u8]) {
    assert!(invalid.offset <= bytes.len() as u64, "{invalid}");
    message(|lang| invalid.say(lang));
}

fn used(capture: &Capture) {
    let whole = &capture.trace;
    clean("about", &capture.about(Lang::En));
    let rows = import::list(capture, &diagnose_capture(whole));
    assert_eq!(rows.len(), whole.flows.len());
    traced::used(&capture.part(&[]));
    // As the page asks for one connection: the first, and one in the midst.
    let count = u32::try_from(rows.len()).expect("fewer flows than packets");
    for flow in [0, count / 2].map(FlowId) {
        let part = capture.part(&[flow]);
        traced::used(&part);
        if let Ok(imitated) = imitate(&part, "capture.pcap") {
            imitated
                .told
                .iter()
                .for_each(|told| clean("told", told.of(Lang::Zh)));
            scenario::again(&imitated.scenario);
            traced::ran(&imitated.scenario);
        }
    }
}
