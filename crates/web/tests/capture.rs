//! A capture on the page: what each thing that happens makes of the model, and what is asked of the clerk.

use std::fs;
use std::path::Path;
use whyeof_diagnose::diagnose_capture;
use whyeof_render::import::{self, Packed};
use whyeof_web::app::capture::{State, Watch};
use whyeof_web::app::model::{Env, Model, Notice, Screen};
use whyeof_web::app::msg::{Effect, Msg};
use whyeof_web::app::update::update;
use whyeof_web::proto::{Answer, AskCapture, CaptureSaid, FlowRow, OpenedCapture, Question};
use whyeof_web::run::Run;

/// A page with the first story on the workbench.
fn page() -> Model {
    let mut model = Model::new();
    let env = Env {
        fragment: "#p=pyroscope-idle-race".to_owned(),
        ..Env::default()
    };
    let effects = update(&mut model, Msg::Start(env));
    let asked = run(&mut model, &effects);
    assert!(model.run.is_some() && begins(&asked));
    model
}

/// Whether it is what the page asks for once, behind its first run.
fn begins(asked: &[Effect]) -> bool {
    let once = |effect: &Effect| matches!(effect, Effect::KeepOffline | Effect::LoadLater);
    asked.iter().any(once)
}

/// Carries out the runs that were asked for, and gives what they ask for.
fn run(model: &mut Model, effects: &[Effect]) -> Vec<Effect> {
    let mut asked = Vec::new();
    for effect in effects {
        if let Effect::Run(ticket, scenario) = effect {
            let run = Run::whole(scenario.clone()).expect("it holds");
            asked.extend(update(model, Msg::Ran(*ticket, run.into())));
        }
    }
    asked
}

fn says(model: &mut Model, said: CaptureSaid) -> Vec<Effect> {
    let id = model.capture.as_ref().map_or(0, |it| it.id);
    update(model, Msg::Worker(Answer::Capture { id, said }))
}

/// What the clerk is asked about a capture.
fn asked(effects: &[Effect]) -> Option<&AskCapture> {
    effects.iter().find_map(|effect| match effect {
        Effect::Clerk(Question::Capture(about)) => Some(&about.ask),
        _ => None,
    })
}

fn opened(model: &mut Model) -> Vec<Effect> {
    let row = |flow| FlowRow {
        flow,
        ..FlowRow::default()
    };
    says(
        model,
        CaptureSaid::Opened(OpenedCapture {
            interest: 1,
            rows: vec![row(0), row(1)],
            ..OpenedCapture::default()
        }),
    )
}

/// The first connection of a recorded capture.
fn part() -> Packed {
    let file = "../recorded/pcaps/15d-fin-lost-client.pcap";
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a capture");
    let capture = import::open(&bytes).expect("it can be read");
    let part = capture.part(&[capture.flows[0].id]);
    Packed::of(&part, &diagnose_capture(&part))
}

#[test]
fn a_capture_is_read_listed_and_drawn() {
    let mut model = page();
    let (before, fragment) = (model.scenario.clone(), model.env.fragment.clone());
    let effects = update(
        &mut model,
        Msg::Capture(Watch::File("a.pcap".into(), 900.0)),
    );
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::OpenCapture(..)))
    );
    assert_eq!((model.screen, model.run.is_none()), (Screen::Capture, true));
    says(&mut model, CaptureSaid::Reading(40));
    assert_eq!(
        model.capture.as_ref().map(|it| &it.state),
        Some(&State::Reading(40))
    );
    let effects = opened(&mut model);
    assert_eq!(asked(&effects), Some(&AskCapture::Part(1)));
    // A late answer about another connection draws nothing.
    let late = CaptureSaid::Part {
        flow: 0,
        packed: part(),
        cut: false,
    };
    says(&mut model, late);
    assert!(model.run.is_none());
    let now = CaptureSaid::Part {
        flow: 1,
        packed: part(),
        cut: false,
    };
    let effects = says(&mut model, now);
    let run = model.run.as_ref().expect("it is drawn");
    assert_eq!(run.report.findings[0].code, "half-open");
    assert_eq!(
        model.selected,
        run.report.findings[0].evidence.last().map(|it| it.record)
    );
    // It is in no link, and no scenario is tried for it.
    assert!(
        !effects
            .iter()
            .any(|it| matches!(it, Effect::Explore(_) | Effect::Run(..)))
    );
    assert_eq!(model.env.fragment, fragment);
    // Closed, it leaves everything as it was.
    let effects = update(&mut model, Msg::Capture(Watch::Close));
    self::run(&mut model, &effects);
    assert_eq!((model.screen, &model.scenario), (Screen::Bench, &before));
    assert!(model.run.is_some() && model.capture.is_none());
}

#[test]
fn what_cannot_be_read_is_said() {
    let mut model = page();
    let effects = update(
        &mut model,
        Msg::Capture(Watch::File("large.pcap".into(), 1e9)),
    );
    assert!(
        !effects
            .iter()
            .any(|it| matches!(it, Effect::OpenCapture(..)))
    );
    assert!(matches!(
        model.capture.as_ref().map(|it| &it.state),
        Some(State::Failed(_))
    ));
    update(&mut model, Msg::Capture(Watch::File("b.pcap".into(), 9.0)));
    says(&mut model, CaptureSaid::Wrong("byte 0".into()));
    let state = model.capture.as_ref().map(|it| it.state.clone());
    assert_eq!(state, Some(State::Failed("byte 0".into())));
}

#[test]
fn a_capture_that_is_simulated_can_be_undone() {
    let mut model = page();
    let before = model.scenario.clone();
    update(
        &mut model,
        Msg::Capture(Watch::File("a.pcap".into(), 900.0)),
    );
    opened(&mut model);
    let effects = update(&mut model, Msg::Capture(Watch::Simulate));
    let name = "a.pcap".to_owned();
    assert_eq!(asked(&effects), Some(&AskCapture::Like { flow: 1, name }));
    let scenario = before.to_json().replace("45s", "44s");
    let told = "what was read off".to_owned();
    let effects = says(
        &mut model,
        CaptureSaid::Like {
            scenario,
            told: told.clone(),
        },
    );
    let asked = run(&mut model, &effects);
    assert!(!begins(&asked), "{asked:?}");
    assert_eq!(
        (model.screen, model.notice.clone()),
        (Screen::Bench, Some(Notice::Like(told)))
    );
    assert_eq!(model.scenario.until.as_secs(), 44);
    let effects = update(&mut model, Msg::Undo);
    run(&mut model, &effects);
    assert_eq!(model.scenario, before);
}

/// Another story, a link, the start page: each is done with the capture.
#[test]
fn whoever_goes_on_leaves_the_capture() {
    for msg in [
        Msg::Preset("silent-switch"),
        Msg::Home,
        Msg::AddressChanged("#p=silent-switch".into()),
    ] {
        let mut model = page();
        update(
            &mut model,
            Msg::Capture(Watch::File("a.pcap".into(), 900.0)),
        );
        opened(&mut model);
        let effects = update(&mut model, msg.clone());
        let asked = run(&mut model, &effects);
        assert!(!begins(&asked), "{msg:?}: {asked:?}");
        assert!(model.capture.is_none() && model.run.is_some(), "{msg:?}");
        assert_ne!(model.screen, Screen::Capture, "{msg:?}");
        // What the clerk still says of it is not heard.
        let late = CaptureSaid::Part {
            flow: 1,
            packed: part(),
            cut: false,
        };
        update(
            &mut model,
            Msg::Worker(Answer::Capture { id: 2, said: late }),
        );
        assert!(
            model.run.as_ref().is_some_and(
                |it| it.report.verdict.error.is_some() || !it.trace.settings.is_empty()
            )
        );
    }
}
