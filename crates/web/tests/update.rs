//! What the page does, tested without a browser: messages in, model and effects out.
#![cfg(not(target_arch = "wasm32"))]

use std::cell::Cell;
use std::rc::Rc;
use whyeof_diagnose::{Basis, Tone};
use whyeof_explore::background;
use whyeof_render::diagram::Shape;
use whyeof_render::formats::{Case, Format, Written};
use whyeof_scenario::by_hand::Act;
use whyeof_scenario::lessons::Pass;
use whyeof_scenario::{Lang, get, lessons, presets};
use whyeof_trace::replay::{Armed, Snapshot};
use whyeof_trace::{Event, Flags, FlowId, Packet, RecordId, RequestEvent, SegmentEvent, TimerKind};
use whyeof_web::app::animate::Unit;
use whyeof_web::app::compare;
use whyeof_web::app::lesson::{self, Learn, Standing};
use whyeof_web::app::look::Turn;
use whyeof_web::app::model::{
    Beside, Dialog, Env, Freshness, From, Lane, Model, Motion, Notice, Screen, Shown, Strip, Theme,
};
use whyeof_web::app::msg::{Book, Effect, Msg};
use whyeof_web::app::sweep::{Part, State, Sweep};
use whyeof_web::app::update::update;
use whyeof_web::clerk::answer;
use whyeof_web::proto::{Answer, Proved, Question};
use whyeof_web::run::Run;

const IDLE: &str = "clients.agent.options.IdleConnTimeout";

/// A page whose runs are over at once and whose clerk answers at once, and the effects that nobody answers.
struct Page {
    model: Model,
    effects: Vec<Effect>,
    /// Whether what the workers are asked of a sweep is left to the test.
    holds: bool,
}

impl Page {
    fn open(fragment: &str) -> Self {
        Self::start(Env {
            fragment: fragment.to_owned(),
            motion: Motion::Reduced,
            ..Env::default()
        })
    }

    fn start(env: Env) -> Self {
        let mut page = Self {
            model: Model::new(),
            effects: Vec::new(),
            holds: false,
        };
        page.happen(Msg::Start(env));
        page
    }

    fn happen(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Run(ticket, scenario) => {
                    let run = Run::whole(scenario).expect("an edit lets only valid scenarios pass");
                    self.happen(Msg::Ran(ticket, Rc::new(run)));
                }
                Effect::RunBeside(ticket, scenario) => {
                    let run = Run::whole(scenario).expect("only valid scenarios are offered");
                    self.happen(Msg::RanBeside(ticket, Rc::new(run)));
                }
                Effect::Load(Book::Lessons) => {
                    let file = lessons::FILE.to_owned();
                    self.happen(Msg::Loaded(Book::Lessons, Some(file)));
                }
                Effect::Clerk(question) => {
                    answer(question, &|| 0.0, &mut |answer| {
                        self.happen(Msg::Worker(answer));
                    });
                }
                Effect::Sweep(parts) if !self.holds => {
                    for part in parts {
                        answer(Question::Sweep(part), &|| 0.0, &mut |answer| {
                            self.happen(Msg::Worker(answer));
                        });
                    }
                }
                Effect::Then(msg) | Effect::AfterFrame(msg) => self.happen(*msg),
                effect => self.effects.push(effect),
            }
        }
    }

    fn set(&mut self, path: &str, text: &str) {
        self.happen(Msg::Field {
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }

    fn get(&self, path: &str) -> String {
        get(&self.model.scenario, path).expect("a path")
    }

    fn tone(&self) -> Tone {
        self.model.run.as_ref().expect("a run").report.verdict.tone
    }

    /// The address bar behind the page's own address.
    fn address(&self) -> Option<&str> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::ReplaceAddress(fragment) => Some(fragment.as_str()),
            _ => None,
        })
    }
}

#[test]
fn a_first_visit_shows_the_first_race_and_leaves_the_address_alone() {
    let page = Page::open("");
    assert_eq!(page.model.screen, Screen::First);
    assert_eq!(page.tone(), Tone::Bad);
    assert_eq!(page.address(), None);
    let picture = page.model.picture.as_ref().expect("drawn");
    let (first, last) = picture.events();
    let run = page.model.run.as_ref().expect("a run");
    let shown = run.time_of(last).since(run.time_of(first));
    assert!(shown.as_millis() <= 40, "{shown:?}");
}

#[test]
fn it_plays_once_and_ends_with_everything_shown() {
    let mut page = Page::start(Env::default());
    assert!(matches!(page.model.shown, Shown::Height(_)));
    page.happen(Msg::Frame(1_000.0));
    page.happen(Msg::Frame(3_000.0));
    assert!(page.model.play.is_some());
    page.happen(Msg::Frame(5_100.0));
    assert_eq!((page.model.shown, page.model.play), (Shown::All, None));
    assert_eq!(page.address(), None);
}

#[test]
fn less_motion_means_no_play() {
    let page = Page::open("");
    assert_eq!((page.model.shown, page.model.play), (Shown::All, None));
}

#[test]
fn one_click_fixes_it_and_shows_before_and_after() {
    let mut page = Page::open("");
    page.happen(Msg::FixIt);
    assert_eq!(page.tone(), Tone::Good);
    assert!(page.model.compares());
    assert!(page.model.picture_before.is_some());
    let address = page.address().expect("the link of the fix").to_owned();
    assert!(address.contains(IDLE), "{address}");
    page.happen(Msg::Undo);
    assert_eq!(page.tone(), Tone::Bad);
    assert!(
        page.model.picture_before.is_none(),
        "nothing to compare it with"
    );
}

#[test]
fn a_link_opens_the_workbench() {
    let page = Page::open("#p=pyroscope-idle-race-get");
    assert_eq!(page.model.screen, Screen::Bench);
    assert_eq!(page.tone(), Tone::Fair);
    let embedded = Page::open("#p=pyroscope-idle-race&e");
    assert_eq!(embedded.model.screen, Screen::Embedded);
}

#[test]
fn every_edit_can_be_undone_and_done_again_and_the_address_follows() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set(IDLE, "9s");
    assert_eq!(page.tone(), Tone::Good);
    let fixed = page.address().expect("a link").to_owned();
    page.set("network.rtt", "20ms");
    page.happen(Msg::Undo);
    assert_eq!(page.address(), Some(fixed.as_str()));
    page.happen(Msg::Undo);
    assert_eq!(page.get(IDLE), "");
    page.happen(Msg::Redo);
    assert_eq!(page.address(), Some(fixed.as_str()));
    let again = Page::open(&fixed);
    assert_eq!(again.model.scenario, page.model.scenario);
}

#[test]
fn wrong_text_stays_where_it_was_typed_and_changes_nothing() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let scenario = Rc::clone(&page.model.scenario);
    page.set(IDLE, "nine");
    assert_eq!(page.model.scenario, scenario);
    let draft = page.model.drafts.get(IDLE).expect("what was typed");
    assert_eq!(draft.text, "nine");
    assert!(draft.wrong.is_some());
    // Another field's edit does not take it away; mending it does.
    page.set("network.rtt", "20ms");
    assert!(page.model.drafts.contains_key(IDLE));
    page.set(IDLE, "9s");
    assert!(page.model.drafts.is_empty());
}

#[test]
fn the_same_text_is_no_edit() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set("network.rtt", "10ms");
    page.set("network.rtt", "0.01s");
    assert!(page.model.past.is_empty());
}

#[test]
fn json_is_taken_over_when_it_holds() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Json("{".to_owned()));
    page.happen(Msg::RunJson);
    assert!(
        page.model
            .json
            .as_ref()
            .is_some_and(|draft| draft.wrong.is_some())
    );
    let clean = presets::find("pyroscope-idle-race-clean").expect("a preset");
    page.happen(Msg::Json(clean.json.to_owned()));
    page.happen(Msg::RunJson);
    assert_eq!(*page.model.scenario, clean.scenario());
    assert_eq!(page.tone(), Tone::Good);
    assert!(page.model.json.is_none());
}

#[test]
fn a_hostile_link_is_told_and_the_page_goes_on() {
    for fragment in [
        "#s=1.AAAA",
        "#p=nonsense",
        "#s=9.x",
        "#p=pyroscope-idle-race&network.rtt=-1s",
        "#%ff%",
    ] {
        let mut page = Page::open(fragment);
        assert!(
            matches!(page.model.notice, Some(Notice::BadLink(_))),
            "{fragment}"
        );
        assert_eq!(page.tone(), Tone::Bad, "{fragment}");
        page.set(IDLE, "9s");
        assert_eq!(page.tone(), Tone::Good, "{fragment}");
    }
}

#[test]
fn a_pasted_link_is_opened_and_a_wrong_one_told() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Open(Some(Dialog::Share)));
    page.happen(Msg::Paste("nothing of ours".to_owned()));
    page.happen(Msg::Pasted);
    assert!(matches!(page.model.notice, Some(Notice::BadPaste(_))));
    page.happen(Msg::Paste(
        "see http://127.0.0.1:8080/#p=pyroscope-idle-race-clean".to_owned(),
    ));
    page.happen(Msg::Pasted);
    assert_eq!(page.tone(), Tone::Good);
    assert_eq!(page.model.dialog, None);
    assert_eq!(page.model.past.len(), 1, "undo leads back");
}

#[test]
fn a_link_keeps_position_and_selection() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    for _ in 0..9 {
        page.happen(Msg::Step(1));
    }
    page.happen(Msg::Select(page.model.run.as_ref().and_then(|run| {
        run.events
            .iter()
            .copied()
            .find(|id| run.trace.record(*id).event.segment().is_some())
    })));
    let (shown, selected) = (page.model.shown, page.model.selected);
    let address = page.address().expect("a link").to_owned();
    let again = Page::open(&address);
    assert_eq!(again.model.selected, selected);
    let time = |page: &Page, shown| match shown {
        Shown::Event(event) => page.model.run.as_ref().map(|run| run.time_of(event)),
        _ => None,
    };
    assert_eq!(time(&again, again.model.shown), time(&page, shown));
}

#[test]
fn steps_stay_within_the_picture() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Step(-1));
    let last = page.model.run.as_ref().expect("a run").events.len() - 1;
    assert_eq!(page.model.shown, Shown::Event(last));
    page.happen(Msg::Step(1));
    assert_eq!(page.model.shown, Shown::Event(last));
    page.happen(Msg::Rewind);
    assert_eq!(page.model.shown, Shown::Event(0));
    page.happen(Msg::Step(-1));
    assert_eq!(page.model.shown, Shown::Event(0));
    page.happen(Msg::ShowAll);
    assert_eq!(page.model.shown, Shown::All);
}

#[test]
fn a_step_is_an_event_a_segment_or_the_end_of_a_request() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let event = |page: &Page| match page.model.shown {
        Shown::Event(at) => {
            let run = page.model.run.as_ref().expect("a run");
            run.trace.record(run.events[at]).event
        }
        shown => panic!("{shown:?}"),
    };
    for _ in 0..6 {
        page.happen(Msg::Unit(Unit::Segment));
        page.happen(Msg::Step(1));
        assert!(matches!(event(&page), Event::Segment(_)));
    }
    let ends = |event: Event| {
        matches!(
            event,
            Event::Request(RequestEvent::Finished { .. } | RequestEvent::Failed { .. })
        )
    };
    page.happen(Msg::Unit(Unit::Request));
    for _ in 0..4 {
        page.happen(Msg::Step(1));
        assert!(ends(event(&page)), "{:?}", event(&page));
    }
    // There are four: one more goes to what comes after the last one, and there it stays.
    page.happen(Msg::Step(1));
    let last = page.model.shown;
    page.happen(Msg::Step(1));
    assert_eq!(page.model.shown, last);
    page.happen(Msg::Step(-1));
    assert!(ends(event(&page)));
}

#[test]
fn it_plays_faster_or_slower_and_by_steps() {
    let play = |speed: u8, unit: Unit| {
        let mut page = Page::open("#p=pyroscope-idle-race");
        page.happen(Msg::Speed(speed));
        page.happen(Msg::Unit(unit));
        page.happen(Msg::TogglePlay);
        let mut now = 0.0;
        while page.model.play.is_some() {
            now += 20.0;
            page.happen(Msg::Frame(now));
            assert!(now < 3_600_000.0, "it ends");
        }
        assert_eq!(page.model.shown, Shown::All);
        now
    };
    let (slow, usual, fast) = (
        play(0, Unit::Event),
        play(3, Unit::Event),
        play(9, Unit::Event),
    );
    assert!(
        slow > 9.0 * usual && usual > 9.0 * fast,
        "{slow} {usual} {fast}"
    );
    assert!(play(3, Unit::Request) < play(3, Unit::Segment));
}

#[test]
fn the_state_of_a_moment_is_the_same_however_one_came_there() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Instant);
    let now = |page: &Page| page.model.instant.as_ref().expect("open").now.clone();
    let end = now(&page);
    for _ in 0..30 {
        page.happen(Msg::Step(1));
        let run = page.model.run.as_ref().expect("a run");
        let Shown::Event(at) = page.model.shown else {
            panic!("{:?}", page.model.shown)
        };
        // With what comes at the same moment, up to the next event.
        let next = run.events.get(at + 1).map(|id| id.index());
        let rest = run.events[at].index() + 1..next.unwrap_or(run.trace.records.len());
        let with = run.trace.records[rest.clone()].iter();
        let count = rest.start + with.take_while(|r| r.time == run.time_of(at)).count();
        assert_eq!(now(&page), Snapshot::after(&run.trace, count));
    }
    page.happen(Msg::Step(-1));
    page.happen(Msg::ShowAll);
    assert_eq!(now(&page), end);
    page.set(IDLE, "9s");
    let run = page.model.run.as_ref().expect("a run");
    assert_eq!(now(&page), Snapshot::at(&run.trace, run.trace.end));
}

#[test]
fn a_request_is_followed_through_all_hops() {
    let mut page = Page::open("#p=silent-switch-two-of-five");
    let hosts = |page: &Page| {
        let picture = page.model.picture.as_ref().expect("drawn");
        picture
            .header
            .0
            .items
            .iter()
            .filter(|i| i.class == "lane")
            .count()
    };
    let all = hosts(&page);
    page.happen(Msg::Focus(Some(3)));
    assert!(
        hosts(&page) < all,
        "of many machines only those that had a part"
    );
    page.happen(Msg::Turn(Turn::Follow));
    assert_eq!(hosts(&page), all);
    page.happen(Msg::Turn(Turn::Alone(FlowId(0))));
    page.happen(Msg::Focus(None));
    let before = page.model.look.only.clone();
    assert_eq!(before, Some(vec![FlowId(0)]));
    let steps = |page: &mut Page| {
        page.happen(Msg::Step(1));
        page.model.selected.expect("a step selects")
    };
    for _ in 0..40 {
        let record = steps(&mut page);
        let run = page.model.run.as_ref().expect("a run");
        let flow = run.trace.record(record).event.flow();
        assert!(flow.is_none_or(|flow| flow == FlowId(0)), "{flow:?}");
    }
}

#[test]
fn requests_can_be_looked_at_one_by_one() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::StepRequest(-1));
    assert_eq!(page.model.focus, Some(1));
    for _ in 0..9 {
        page.happen(Msg::StepRequest(1));
    }
    assert_eq!(page.model.focus, Some(3));
    page.happen(Msg::Focus(None));
    assert_eq!(page.model.focus, None);
}

#[test]
fn the_readers_language_goes_before_the_links_and_the_links_before_the_browsers() {
    let lang = |fragment: &str, kept: Option<&str>, browser: &str| {
        let env = Env {
            fragment: fragment.to_owned(),
            kept_lang: kept.map(str::to_owned),
            languages: vec![browser.to_owned()],
            ..Env::default()
        };
        Page::start(env).model.lang
    };
    assert_eq!(lang("", None, "zh-CN"), Lang::Zh);
    assert_eq!(lang("", None, "de"), Lang::En);
    assert_eq!(lang("#p=pyroscope-idle-race&lang=zh", None, "en"), Lang::Zh);
    assert_eq!(
        lang("#p=pyroscope-idle-race&lang=zh", Some("en"), "en"),
        Lang::En
    );
}

#[test]
fn only_theme_and_language_are_kept() {
    let mut page = Page::open("");
    page.happen(Msg::Theme(Theme::Dark));
    page.happen(Msg::Language(Lang::Zh));
    page.set(IDLE, "9s");
    let kept: Vec<_> = page
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Keep(key, value) => Some((*key, value.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(
        kept,
        [
            ("whyeof.theme", "dark".to_owned()),
            ("whyeof.lang", "zh".to_owned())
        ]
    );
}

#[test]
fn late_answers_of_the_worker_are_not_shown() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let old = page.model.ticket;
    page.set(IDLE, "9s");
    page.happen(Msg::Worker(Answer::NoGap { id: old }));
    assert_eq!(page.model.strip, Strip::Busy(0, 0));
    let id = page.model.ticket;
    page.happen(Msg::Worker(Answer::NoGap { id }));
    assert_eq!(page.model.strip, Strip::None);
}

#[test]
fn a_run_that_was_given_up_changes_nothing() {
    let mut model = Model::new();
    drop(update(&mut model, Msg::Start(Env::default())));
    let late = Run::whole(Rc::clone(&model.scenario)).expect("valid");
    let ticket = model.ticket;
    drop(update(&mut model, Msg::Preset("pyroscope-idle-race-clean")));
    drop(update(&mut model, Msg::Ran(ticket, Rc::new(late))));
    assert!(model.run.is_none());
}

#[test]
fn the_run_before_an_edit_can_be_called_back_beside_it() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let edits = vec![(IDLE.to_owned(), "9s".to_owned())];
    page.happen(Msg::Apply {
        name: "fix".to_owned(),
        edits,
    });
    let beside = |page: &Page| page.model.before.as_ref().map(|before| before.beside);
    assert_eq!(beside(&page), Some(Beside::No));
    page.happen(Msg::Compare);
    assert_eq!(beside(&page), Some(Beside::Yes));
    assert!(page.model.picture_before.is_some());
}

#[test]
fn a_remedy_is_shown_as_configuration_until_something_changes() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let fix = vec![(IDLE.to_owned(), "9s".to_owned())];
    let other = vec![(
        "servers.pyroscope.options.IdleTimeout".to_owned(),
        "30s".to_owned(),
    )];
    let lines = |page: &Page| {
        let shown = page.model.tried.config.as_ref()?;
        Some(shown.rows.as_ref().expect("written")[0].lines.clone())
    };
    page.happen(Msg::Config(fix.clone()));
    assert!(lines(&page).is_some_and(|it| it.contains("9 * time.Second // was not set")));
    page.happen(Msg::Config(other.clone()));
    assert!(lines(&page).is_some_and(|it| it.starts_with("server.IdleTimeout = 30")));
    page.happen(Msg::Config(other));
    assert_eq!(lines(&page), None, "put away");
    page.happen(Msg::Config(fix.clone()));
    page.happen(Msg::Language(Lang::Zh));
    assert_eq!(lines(&page), None, "its comments were English");
    page.happen(Msg::Config(fix.clone()));
    assert!(lines(&page).is_some_and(|it| it.contains("原来没设")));
    page.set(IDLE, "5s");
    assert_eq!(lines(&page), None, "another scenario");
    let asked = Rc::clone(&page.model.scenario);
    page.happen(Msg::CompareFix {
        name: "9 s".to_owned(),
        edits: fix,
    });
    assert!(page.model.compares(), "beside it, and nothing is applied");
    assert_eq!(page.model.scenario, asked);
}

#[test]
fn a_lesson_hides_what_tells_the_answer_until_one_is_given() {
    for number in 1..=8_u8 {
        let mut page = Page::open(&format!("#lesson={number}"));
        let until = lesson::hides(&page.model).expect("a question");
        let shown = |page: &Page| {
            let picture = page.model.picture.clone().expect("drawn");
            let run = page.model.run.clone().expect("a run");
            run.time_of(picture.events().1)
        };
        assert!(shown(&page) <= until, "lesson {number}");
        assert_eq!(
            page.address(),
            Some(format!("#lesson={number}&lang=en").as_str())
        );
        assert!(lesson::is_examined(&page.model));
        page.happen(Msg::Learn(Learn::Choose(0)));
        assert_eq!(lesson::hides(&page.model), None);
        assert!(shown(&page) > until, "lesson {number}");
        // Its exercises are still to be done, unless they have been.
        assert!(lesson::is_examined(&page.model));
        page.model.done.push(number);
        assert!(!lesson::is_examined(&page.model));
    }
    let mut page = Page::open("#lesson=2");
    page.happen(Msg::Learn(Learn::Show));
    assert_eq!(lesson::hides(&page.model), None);
}

/// The explorer's word on the scenario as it is, which it is asked for after all remedies.
fn no_gap_fails(model: &Model) -> Answer {
    let run = model.run.as_ref().expect("a run");
    Answer::Proof {
        id: model.ticket,
        remedy: u32::try_from(run.remedies().len()).expect("a few"),
        proved: Some(Proved {
            to: 1,
            runs: 1,
            fails_at: None,
            replays_at: None,
            whose: String::new(),
            draws: Basis::ONE,
            still_failed: 0,
            mends: false,
            costs: String::new(),
        }),
    }
}

#[test]
fn every_exercise_is_marked_and_progress_is_kept() {
    for lesson in lessons::read(lessons::FILE).expect("the file") {
        let mut page = Page::open(&format!("#lesson={}", lesson.number));
        page.happen(Msg::Learn(Learn::Show));
        for (at, exercise) in lesson.exercises.iter().enumerate() {
            let apply = |page: &mut Page, edits: &[(String, String)]| {
                page.happen(Msg::Learn(Learn::Exercise(at)));
                assert_eq!(lesson::standing(&page.model), Some(Standing::Untouched));
                for (path, text) in edits {
                    page.set(path, text);
                }
                lesson::standing(&page.model).expect("at work")
            };
            // All of them are tried in crates/cli/tests/lessons.rs.
            for (place, (edits, _)) in exercise.refused.iter().enumerate().take(1) {
                assert_eq!(
                    apply(&mut page, edits),
                    Standing::Refused(place),
                    "{edits:?}"
                );
            }
            let mut solved = apply(&mut page, &exercise.solution);
            if exercise.passes.contains(&Pass::AnyGap) {
                // What the explorer will say is tested where it is at home: crates/cli/tests/lessons.rs.
                assert!(!solved.passes(), "runs are still at it");
                page.happen(Msg::Worker(no_gap_fails(&page.model)));
                solved = lesson::standing(&page.model).expect("at work");
            }
            assert!(solved.passes(), "lesson {}: {solved:?}", lesson.number);
            if let Some((_, answers)) = &exercise.asks {
                assert!(
                    !page.model.done.contains(&lesson.number),
                    "a question is left"
                );
                let right = answers.iter().position(|answer| answer.right);
                page.happen(Msg::Learn(Learn::Ask(right.expect("one is right"))));
            }
            let last = at + 1 == lesson.exercises.len();
            assert_eq!(
                page.model.done.contains(&lesson.number),
                last,
                "lesson {}, exercise {at}",
                lesson.number
            );
        }
        let kept = page.effects.iter().rev().find_map(|effect| match effect {
            Effect::Keep(key, value) if *key == lesson::KEEP_LESSONS => Some(value.clone()),
            _ => None,
        });
        assert_eq!(kept, Some(lesson.number.to_string()));
    }
}

#[test]
fn what_an_exercise_is_not_about_is_not_to_be_changed() {
    let mut page = Page::open("#lesson=3");
    page.happen(Msg::Learn(Learn::Show));
    page.happen(Msg::Learn(Learn::Exercise(0)));
    page.set("clients.agent.requests.upload.method", "GET");
    let path = "clients.agent.requests.upload.method".to_owned();
    assert_eq!(lesson::standing(&page.model), Some(Standing::NotThat(path)));
    page.happen(Msg::Undo);
    assert_eq!(lesson::standing(&page.model), Some(Standing::Untouched));
    page.happen(Msg::Learn(Learn::Leave));
    let address = page.address().expect("a link");
    assert!(
        address.starts_with("#p=pyroscope-idle-race&title="),
        "{address}"
    );
}

#[test]
fn a_link_to_no_lesson_leads_home() {
    for tail in ["#lesson=99", "#lesson=0"] {
        let page = Page::open(tail);
        assert_eq!(page.model.screen, Screen::First, "{tail}");
    }
    let page = Page::open("#lesson=three");
    assert!(page.model.notice.is_some(), "no link of ours");
}

#[test]
fn two_runs_stand_on_one_axis_and_are_stepped_through_together() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set(IDLE, "9s");
    page.happen(Msg::Undo);
    let fixed = compare::variants(&page.model)
        .into_iter()
        .find(|choice| choice.scenario.title.contains("client lets go"));
    let fixed = fixed.expect("a variant of the story");
    page.happen(Msg::CompareWith(fixed.name.clone(), fixed.scenario));
    assert!(page.model.compares());
    let (now, other) = (
        page.model.picture.clone().expect("drawn"),
        page.model.picture_before.clone().expect("beside it"),
    );
    assert_eq!(now.height().to_bits(), other.height().to_bits());
    for run in [&now.run, &other.run] {
        for record in run.trace.records.iter().step_by(7) {
            assert_eq!(now.y(record.time).to_bits(), other.y(record.time).to_bits());
        }
    }
    // Up to the moment at which the one lets go of its connection both do the same.
    let parted = page.model.parted.clone().expect("they differ");
    assert_eq!(parted.host, "agent");
    let first = parted.acts[0].as_ref().expect("one more act");
    assert!(first.words.contains("pool timer fires"), "{parted:?}");
    assert!(
        page.effects
            .iter()
            .any(|e| matches!(e, Effect::ScrollDiagram(y) if (*y - now.y(parted.at)).abs() < 1.0))
    );
    // What plays now is the present run; the other one's picture is kept, and goes along by the moment.
    page.happen(Msg::Step(1));
    page.happen(Msg::Step(1));
    let again = page.model.picture_before.clone().expect("still there");
    assert!(Rc::ptr_eq(&again.scene, &other.scene) || again.height() == other.height());
    page.happen(Msg::Compare);
    assert!(page.model.picture_before.is_none() && page.model.parted.is_none());
}

#[test]
fn the_same_story_with_another_client_can_be_compared() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let choices = compare::runtimes(&page.model);
    assert!(choices.len() >= 3, "{}", choices.len());
    for choice in choices {
        page.happen(Msg::CompareWith(choice.name.clone(), choice.scenario));
        let before = page.model.before.as_ref().expect("a run");
        assert_eq!((&before.name, before.from), (&choice.name, From::Choice));
    }
    // An edit takes its place: what is compared is told apart from it.
    page.happen(Msg::FixIt);
    assert_eq!(page.model.before.as_ref().map(|b| b.from), Some(From::Edit));
}

#[test]
fn the_same_run_twice_does_not_part() {
    let mut page = Page::open("#p=pyroscope-idle-race-clean");
    let same = Rc::clone(&page.model.scenario);
    page.happen(Msg::CompareWith("the same".to_owned(), same));
    assert_eq!(page.model.parted, None);
    assert!(page.model.compares());
}

#[test]
fn every_preset_is_drawn_in_both_languages_and_on_a_phone() {
    for preset in &presets::ALL {
        for lanes in [Lane::Two, Lane::One] {
            let mut page = Page::open(&format!("#p={}", preset.id));
            page.happen(Msg::Lanes(lanes));
            page.happen(Msg::Language(Lang::Zh));
            let picture = page.model.picture.as_ref().expect("drawn");
            assert!(picture.scene.0.items.len() > 20, "{}", preset.id);
            assert!(page.model.title().is_ascii() == preset.title.zh.is_ascii());
        }
    }
}

/// Of a scenario that no readable link can carry, because it has a request more than its preset.
fn one_request_more() -> String {
    let mut scenario = presets::ALL[0].scenario();
    let more = scenario.clients[0].requests[0].clone();
    scenario.clients[0].requests.push(more);
    scenario.clients[0].requests[1].name = "more".to_owned();
    scenario.to_json()
}

#[test]
fn what_no_readable_link_can_carry_is_packed_for_the_address() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let readable = page.address().expect("a link").to_owned();
    page.happen(Msg::Json(one_request_more()));
    page.happen(Msg::RunJson);
    let packed = page.address().expect("a link").to_owned();
    assert!(packed.starts_with("#s=1."), "{packed}");
    let again = Page::open(&packed);
    assert_eq!(again.model.scenario, page.model.scenario);
    page.happen(Msg::Undo);
    assert_eq!(page.address(), Some(readable.as_str()));
}

/// Neither run, strip, proofs nor link ask for a request.
#[test]
fn programs_of_socket_calls_have_a_form_and_a_picture() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let go = Rc::clone(&page.model.scenario);
    page.set("servers.pyroscope.runtime", "sockets");
    page.set("clients.agent.runtime", "sockets");
    assert_eq!(page.tone(), Tone::Good);
    assert!(
        page.model
            .run
            .as_ref()
            .is_some_and(|run| run.report.requests.is_empty())
    );
    let picture = page.model.picture.as_ref().expect("drawn");
    assert!(picture.scene.0.items.len() > 20);
    let calls = "clients.agent.calls";
    page.set(calls, "@0 connect a pyroscope:4040\n@1 sned a 7");
    let wrong = page
        .model
        .drafts
        .get(calls)
        .and_then(|draft| draft.wrong.as_ref());
    let wrong = wrong
        .map(|wrong| wrong.problem.clone())
        .expect("no such call");
    let said = whyeof_scenario::Invalid::new("", wrong).to_string();
    assert_eq!(
        said,
        "call 2, `@1 sned a 7`: unknown call `sned`; did you mean `send`?"
    );
    page.set(calls, "@0 connect a pyroscope:4040\n@1 send a 7");
    assert_eq!(page.get(calls), "@0 connect a pyroscope:4040\n@1 send a 7");
    let link = page.address().expect("a link").to_owned();
    assert_eq!(Page::open(&link).model.scenario, page.model.scenario);
    page.happen(Msg::FixIt);
    for lanes in [Lane::One, Lane::Two] {
        page.happen(Msg::Lanes(lanes));
    }
    for _ in 0..3 {
        page.happen(Msg::Undo);
    }
    assert_eq!(page.model.scenario, go);
}

#[test]
fn a_scenario_that_was_packed_too_late_does_not_take_the_address() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let said = page.effects.len();
    page.happen(Msg::Json(one_request_more()));
    let waiting = update(&mut page.model, Msg::RunJson);
    let Some(Effect::Run(ticket, scenario)) = waiting.last().cloned() else {
        panic!("{waiting:?}");
    };
    let run = Rc::new(Run::whole(scenario).expect("valid"));
    update(&mut page.model, Msg::Ran(ticket, run));
    let asked = update(&mut page.model, Msg::Address);
    let is_pack = |effect: &&Effect| matches!(effect, Effect::Clerk(Question::Pack { .. }));
    assert_eq!(asked.iter().filter(is_pack).count(), 1);
    page.happen(Msg::Undo);
    let (scenario, packed) = (one_request_more(), "late".to_owned());
    page.happen(Msg::Worker(Answer::Packed { scenario, packed }));
    let addresses = page.effects[said..].iter();
    let late = addresses.filter(|e| matches!(e, Effect::ReplaceAddress(a) if a.contains("late")));
    assert_eq!(late.count(), 0);
}

/// A link that carries its whole scenario.
fn packed_link() -> String {
    let mut author = Page::open("#p=pyroscope-idle-race");
    author.happen(Msg::Json(one_request_more()));
    author.happen(Msg::RunJson);
    author.address().expect("a link").to_owned()
}

#[test]
fn a_packed_link_opens_without_a_worker() {
    let page = Page::open(&packed_link());
    assert_eq!(page.model.scenario.to_json(), one_request_more());
    assert!(page.model.run.is_some());
}

#[test]
fn a_packed_link_can_be_pasted() {
    let fragment = packed_link();
    let mut page = Page::open("#p=pyroscope-idle-race-clean");
    page.happen(Msg::Paste(format!("look: https://example.org/{fragment}")));
    page.happen(Msg::Pasted);
    assert_eq!(page.model.scenario.to_json(), one_request_more());
    page.happen(Msg::Undo);
    assert_eq!(
        page.model.preset().map(|p| p.id),
        Some("pyroscope-idle-race-clean")
    );
}

#[test]
fn a_text_is_read_in_a_window_and_can_still_be_kept() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::View("tcpdump"));
    assert_eq!(page.model.dialog, Some(Dialog::View));
    let viewed = page.model.writing.viewed.clone().expect("asked for");
    let run = page.model.run.clone().expect("a run");
    let written = whyeof_render::formats::tcpdump::FORMAT.text(&Case::from(&run.trace), Lang::En);
    assert_eq!(viewed.text, Some(written.clone()));
    assert!(!matches!(page.effects.last(), Some(Effect::Save(..))));
    page.happen(Msg::Export("tcpdump"));
    assert!(
        matches!(page.effects.last(), Some(Effect::Save(_, _, file)) if *file == Written::Text(written))
    );
    assert_eq!(
        (page.model.dialog, page.model.writing.viewed.clone()),
        (None, None)
    );
}

#[test]
fn every_format_is_offered_as_a_file() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    for format in whyeof_render::formats::ALL {
        page.happen(Msg::Export(format.name.id));
        let written = page.written(format);
        let file = format!("pyroscope-idle-race.{}", format.name.extension);
        let saved = Effect::Save(file, format.name.mime, written);
        assert_eq!(page.effects.last(), Some(&saved));
    }
}

impl Page {
    /// What the page shows, in a format.
    fn written(&self, format: &Format) -> Written {
        let (model, run) = (&self.model, self.model.run.as_ref().expect("a run"));
        let told = || background(&model.scenario, &run.trace, &model.env.base, model.lang).ok();
        let case = Case {
            trace: &run.trace,
            background: &told,
            host: None,
        };
        format.of(&case, model.lang)
    }

    /// The server's first FIN.
    fn first_fin(&self) -> RecordId {
        let trace = &self.model.run.as_ref().expect("a run").trace;
        let is_fin = |event: &Event| match event {
            Event::Segment(SegmentEvent::Sent(Packet::Tcp(s))) => s.flags.has(Flags::FIN),
            _ => false,
        };
        let fin = trace.records.iter().find(|record| is_fin(&record.event));
        fin.expect("the story has one").id
    }
}

#[test]
fn a_packet_is_dropped_by_hand_and_undo_brings_it_back() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let fin = page.first_fin();
    page.happen(Msg::Select(Some(fin)));
    page.happen(Msg::ByHand(fin, Act::Drop));
    assert_eq!(page.model.scenario.faults.len(), 1);
    assert_eq!(
        page.model.selected,
        Some(fin),
        "the same packet is still selected"
    );
    let Some(Notice::Applied(words)) = &page.model.notice else {
        panic!("{:?}", page.model.notice);
    };
    assert_eq!(words, "FIN ACK, pyroscope → agent, is dropped");
    assert!(
        page.address()
            .is_some_and(|address| address.contains("s=1."))
    );
    page.happen(Msg::TakeAway("f1".to_owned()));
    assert!(page.model.scenario.faults.is_empty());
    page.happen(Msg::Undo);
    page.happen(Msg::Undo);
    assert_eq!(
        page.model.preset().map(|p| p.id),
        Some("pyroscope-idle-race")
    );
}

#[test]
fn a_packet_is_held_up_for_as_long_as_the_field_says() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let fin = page.first_fin();
    assert!(whyeof_web::app::by_hand::delay(&page.model).is_some());
    for (text, delay) in [
        ("1.5s", Some(1_500)),
        ("40", Some(40)),
        ("0", None),
        ("soon", None),
        ("-1s", None),
    ] {
        page.happen(Msg::DelayBy(text.to_owned()));
        let read = whyeof_web::app::by_hand::delay(&page.model);
        assert_eq!(read.map(|d| d.as_millis()), delay, "{text}");
    }
    page.happen(Msg::ByHand(
        fin,
        Act::Delay(std::time::Duration::from_hours(2)),
    ));
    assert!(
        matches!(page.model.notice, Some(Notice::Wrong(_))),
        "{:?}",
        page.model.notice
    );
    assert!(page.model.scenario.faults.is_empty());
}

impl Page {
    /// The page is left and loaded again, at the address that it had.
    fn reload(&mut self, tab: impl FnOnce(String) -> String) -> Self {
        self.happen(Msg::Leaving);
        let kept = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::KeepInTab("whyeof.tab", text) => Some(text.clone()),
            _ => None,
        });
        let fragment = self.address().map(str::to_owned);
        Self::start(Env {
            fragment: fragment.unwrap_or_else(|| self.model.env.fragment.clone()),
            motion: Motion::Reduced,
            kept_tab: kept.map(tab),
            ..Env::default()
        })
    }
}

#[test]
fn undo_redo_and_drafts_survive_a_reload() {
    let timeout = "servers.pyroscope.options.IdleTimeout";
    let mut page = Page::open("#p=pyroscope-idle-race");
    for value in ["20s", "30s", "40s"] {
        page.set(timeout, value);
    }
    page.happen(Msg::Undo);
    page.set("clients.agent.options.Timeout", "soon");
    page.happen(Msg::PasteError("read ECONNRESET".to_owned()));
    let mut again = page.reload(|text| text);
    assert_eq!(again.model.scenario, page.model.scenario);
    assert_eq!(again.model.drafts, page.model.drafts);
    assert_eq!(again.model.error, "read ECONNRESET");
    again.happen(Msg::Redo);
    assert_eq!(again.get(timeout), "40s");
    for value in ["30s", "20s", ""] {
        again.happen(Msg::Undo);
        assert_eq!(again.get(timeout), value);
    }
    again.happen(Msg::Json("{\"version\": 1,".to_owned()));
    let third = again.reload(|text| text);
    assert_eq!(third.model.json, again.model.json);
    assert_eq!(third.model.pane, whyeof_web::app::model::Pane::Json);
}

#[test]
fn an_exercise_survives_a_reload() {
    let mut page = Page::open("#lesson=3");
    page.happen(Msg::Learn(Learn::Choose(1)));
    page.happen(Msg::Learn(Learn::Exercise(0)));
    let path = page.model.scenario.clients[0].name.clone();
    page.set(&format!("clients.{path}.options.IdleConnTimeout"), "7s");
    let again = page.reload(|text| text);
    assert_eq!(again.model.scenario, page.model.scenario);
    let stands = |page: &Page| {
        let sitting = page.model.sitting.clone().expect("in a lesson");
        let exercise = sitting.exercise.map(|(at, _)| at);
        (sitting.lesson, sitting.chosen, sitting.told, exercise)
    };
    assert_eq!(stands(&again), stands(&page));
}

#[test]
fn what_a_tab_kept_of_another_page_or_of_nobody_is_left_alone() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set("servers.pyroscope.options.IdleTimeout", "20s");
    for text in [
        "",
        "{}",
        "[1]",
        "{\"scenario\": \"{}\"}",
        "{\"scenario\": 7, \"past\": [1, null]}",
    ] {
        let again = page.reload(|_| text.to_owned());
        assert_eq!(again.model.scenario, page.model.scenario);
        assert!(again.model.past.is_empty(), "{text}");
    }
    let other = page.reload(|text| text.replace("IdleTimeout", "ReadTimeout"));
    assert!(other.model.past.is_empty());
}

#[test]
fn what_a_tab_keeps_is_bounded() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let long = "x".repeat(100);
    for n in 0..70 {
        let mut scenario = (*page.model.scenario).clone();
        scenario.title = format!("{long} {n}");
        let request = scenario.clients[0].requests[0].clone();
        let more = (0..31).map(|at| {
            let (name, path) = (format!("r{at}"), format!("/{}", "y".repeat(500)));
            whyeof_scenario::v1::Request {
                name,
                path,
                at: std::time::Duration::from_secs(500),
                ..request.clone()
            }
        });
        scenario.clients[0].requests.truncate(1);
        scenario.clients[0].requests.extend(more);
        page.happen(Msg::Edit(Rc::new(scenario)));
    }
    page.happen(Msg::Leaving);
    let Some(Effect::KeepInTab(_, text)) = page.effects.last() else {
        panic!("nothing is kept");
    };
    // Quotes within the scenarios take room too.
    assert!((1 << 19..3 << 20).contains(&text.len()), "{}", text.len());
    let again = page.reload(|text| text);
    assert!(again.model.past.len() > 30 && again.model.past.len() < page.model.past.len());
    assert_eq!(again.model.past.last(), page.model.past.last());
}

#[test]
fn a_number_is_turned_by_keys_and_dragged_in_one_step_of_undo() {
    let idle = "servers.pyroscope.options.IdleTimeout";
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Turned(idle.to_owned(), 1));
    assert_eq!(page.get(idle), "11s", "from what is in force");
    page.happen(Msg::Typing {
        path: idle.to_owned(),
        text: "20s".to_owned(),
    });
    page.happen(Msg::Turned(idle.to_owned(), -1));
    assert_eq!(page.get(idle), "19s", "from what is typed");
    let link = page.address().map(str::to_owned);
    for turns in 1..=12 {
        page.happen(Msg::Dragged(idle.to_owned(), turns));
        assert!(
            page.model
                .run
                .as_ref()
                .is_some_and(|run| run.scenario == page.model.scenario)
        );
        assert_eq!(page.address().map(str::to_owned), link, "not at every step");
    }
    assert_eq!(page.get(idle), "31s");
    page.happen(Msg::Dragged(idle.to_owned(), 0));
    assert_eq!(page.get(idle), "19s", "back to where it began");
    page.happen(Msg::Dragged(idle.to_owned(), 2));
    page.happen(Msg::Dropped);
    assert!(
        page.address()
            .is_some_and(|link| link.contains("IdleTimeout=21s"))
    );
    page.happen(Msg::Undo);
    assert_eq!(page.get(idle), "19s", "one step");
    // At its end a knob does not turn; back from there it is one step all the same.
    let at_end = page.model.past.len();
    page.set(idle, "0s");
    for turns in [-1, -2, 3] {
        page.happen(Msg::Dragged(idle.to_owned(), turns));
    }
    page.happen(Msg::Dropped);
    assert_ne!(page.get(idle), "0s");
    assert_eq!(page.model.past.len(), at_end + 2);
    page.happen(Msg::Undo);
    assert_eq!(page.get(idle), "0s", "one step");
    page.happen(Msg::Undo);
    page.happen(Msg::Dragged("clients.agent.name".to_owned(), 3));
    page.happen(Msg::Dropped);
    assert_eq!(page.get(idle), "19s", "a name is no number");
}

#[test]
fn a_lesson_can_be_linked_in_a_language_and_undo_never_leads_into_it_from_outside() {
    let page = Page::open("#lesson=3&lang=zh");
    assert_eq!(page.model.lang, Lang::Zh);
    assert!(page.model.sitting.is_some());
    assert!(page.model.past.is_empty(), "nothing was there before");
    assert_eq!(page.address(), Some("#lesson=3&lang=zh"));
    assert_eq!(
        page.model.title(),
        lesson::lesson(&page.model)
            .expect("in it")
            .title
            .of(Lang::Zh)
    );
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set("servers.pyroscope.options.IdleTimeout", "30s");
    let before = Rc::clone(&page.model.scenario);
    page.happen(Msg::Learn(Learn::Open(7)));
    page.happen(Msg::Undo);
    assert!(
        page.model.sitting.is_none(),
        "that is another scenario than the lesson's"
    );
    assert_eq!(page.model.scenario, before);
    assert!(page.address().is_some_and(|link| link.starts_with("#p=")));
}

#[test]
fn a_lesson_that_is_none_is_told() {
    for number in ["0", "9", "999", "-1", "3x", ""] {
        let page = Page::open(&format!("#lesson={number}"));
        assert_eq!(page.model.notice, Some(Notice::NoLesson(8)));
        assert_eq!(page.model.screen, Screen::First);
    }
}

#[test]
fn the_terms_have_a_link_of_their_own() {
    for link in ["#terms", "#terms&lang=zh"] {
        let page = Page::open(link);
        assert_eq!(page.model.dialog, Some(Dialog::Terms), "{link}");
        assert!(page.model.run.is_some());
    }
}

#[test]
fn links_to_lessons_and_terms_can_be_pasted_and_a_flaw_in_one_is_forgiven() {
    for (pasted, lesson) in [
        ("#lesson=4&lang=en", Some(4)),
        ("see http://a.example/#lesson=2", Some(2)),
        ("#lesson=3&t=20", Some(3)),
        ("http://a.example/#terms", None),
    ] {
        let mut page = Page::open("#p=silent-switch");
        page.happen(Msg::Paste(pasted.to_owned()));
        page.happen(Msg::Pasted);
        assert_eq!(
            lesson::lesson(&page.model).map(|lesson| lesson.number),
            lesson,
            "{pasted}"
        );
        let terms = page.model.dialog == Some(Dialog::Terms);
        assert_eq!(terms, lesson.is_none(), "{pasted}");
    }
}

#[test]
fn undo_in_a_lesson_presses_the_part_that_it_shows_and_a_clicker_goes_beyond_the_question() {
    let mut page = Page::open("#lesson=4");
    page.happen(Msg::Learn(Learn::Part(1)));
    page.happen(Msg::Learn(Learn::Part(2)));
    page.happen(Msg::Undo);
    assert_eq!(
        page.model.sitting.as_ref().map(|sitting| sitting.part),
        Some(1)
    );
    let mut page = Page::open("#lesson=3");
    page.happen(Msg::Present);
    let mut steps = 0;
    while lesson::hides(&page.model).is_some() {
        page.happen(Msg::Step(1));
        steps += 1;
        assert!(steps < 1_000, "it never shows the rest");
    }
    assert!(steps > 2, "not before the question's instant");
}

/// `ss` at the moment at which a FIN leaves: it is in flight, so the retransmission timer is on.
#[test]
fn a_moment_has_what_comes_with_it() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    let run = page.model.run.clone().expect("a run");
    let fin = run.events.iter().position(|id| {
        let segment = run.trace.record(*id).event.segment();
        segment.is_some_and(|segment| segment.flags.has(Flags::FIN))
    });
    page.happen(Msg::Instant);
    page.happen(Msg::Seek(fin.expect("a FIN")));
    let now = &page.model.instant.as_ref().expect("tables").now;
    let on = |timer: &Armed| {
        matches!(
            timer.timer.kind,
            TimerKind::Retransmit | TimerKind::LossProbe
        )
    };
    assert!(
        now.timers.iter().any(on),
        "the timer that its sending set: {:?}",
        now.timers
    );
}

#[test]
fn a_line_that_says_whether_its_connection_is_fresh_is_believed() {
    let mut page = Page::open("");
    for (line, fresh) in [
        (
            "GotConn: {Reused:false WasIdle:false} Post \"http://a/\": EOF",
            Freshness::Fresh,
        ),
        (
            "Post \"http://a/\": EOF reused=true idle=10s",
            Freshness::Reused,
        ),
        ("EOF (first request on a new connection)", Freshness::Fresh),
    ] {
        page.happen(Msg::PasteError(line.to_owned()));
        assert_eq!(page.model.fresh.is, fresh, "{line}");
    }
    // What one line said is not said of the next; what the reader chose is, as long as there is a line.
    let paste = |page: &mut Page, line: &str| {
        page.happen(Msg::PasteError(line.to_owned()));
        page.model.fresh.is
    };
    assert_eq!(
        paste(&mut page, "Post \"http://a/\": EOF"),
        Freshness::Unknown
    );
    page.happen(Msg::Fresh(Freshness::Fresh));
    assert_eq!(paste(&mut page, "socket hang up"), Freshness::Fresh);
    assert_eq!(paste(&mut page, ""), Freshness::Unknown);
}

#[test]
fn how_likely_it_is_stands_in_a_window_and_follows_the_gaps_that_are_typed() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Open(Some(Dialog::Risk)));
    let said = |page: &Page| page.model.many.likely.said.clone().expect("an answer");
    let own = said(&page).expect("lines");
    assert!(
        own.contains("10.147 ms wide") && own.contains("fail a day"),
        "{own}"
    );
    page.happen(Msg::Gaps("9.98s..10.02s".to_owned()));
    assert!(
        said(&page)
            .expect("lines")
            .contains("10.147 ms / 40 ms = 25%")
    );
    page.happen(Msg::Gaps("9.995s 1\n20s 3".to_owned()));
    assert!(
        said(&page)
            .expect("lines")
            .contains("1.0 of 4.0 gaps = 25%")
    );
    page.happen(Msg::Gaps("soon".to_owned()));
    assert!(said(&page).is_err_and(|wrong| wrong.starts_with("line 1: `soon`")));
    page.happen(Msg::Gaps(String::new()));
    assert_eq!(said(&page), Ok(own));
}

#[test]
fn a_knob_or_two_are_swept_in_parts_and_any_value_opens_its_scenario() {
    let idle = "servers.pyroscope.options.IdleTimeout";
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.model.env.cores = 4;
    page.happen(Msg::Open(Some(Dialog::Sweep)));
    let paths = page.model.many.sweeping.knobs.clone().map(|knob| knob.path);
    let client = "clients.agent.options.IdleConnTimeout";
    assert_eq!(paths, [idle, client], "what the advice turns");
    let overs = page.model.many.sweeping.overs();
    assert_eq!(overs[0], format!("{idle}=0s..20s/lin41"));
    assert_eq!(
        overs[1],
        format!("{client}=0s..18s/lin41"),
        "unset: as it is advised"
    );
    page.happen(Msg::Sweep(Sweep::Go));
    let drawn = |page: &Page| match &page.model.many.sweeping.state {
        State::Drawn => page.model.many.sweeping.drawn.clone().expect("a picture"),
        other => panic!("{other:?}"),
    };
    let two = drawn(&page);
    assert_eq!(page.model.many.sweeping.swept.runs.len(), 41 * 41);
    assert!(
        two.words.contains("the server had closed first"),
        "{}",
        two.words
    );
    // As many parts as there are workers come to the same.
    page.model.env.cores = 1;
    page.happen(Msg::Sweep(Sweep::Go));
    assert_eq!(drawn(&page).picture, two.picture);
    // One knob has more values.
    page.happen(Msg::Sweep(Sweep::Knob(1, Part::Path, String::new())));
    assert_eq!(
        page.model.many.sweeping.overs(),
        [format!("{idle}=0s..20s/lin201")]
    );
    page.happen(Msg::Sweep(Sweep::Go));
    let one = drawn(&page);
    let fails = one
        .edges
        .iter()
        .find(|edge| edge.to == "EOF")
        .expect("it fails there");
    // A click opens the scenario, which can be undone.
    page.happen(Msg::Sweep(Sweep::Pick(vec![100])));
    assert_eq!(
        (page.get(idle), page.model.dialog),
        ("10s".to_owned(), None)
    );
    page.happen(Msg::Open(Some(Dialog::Sweep)));
    page.happen(Msg::Sweep(Sweep::Go));
    page.happen(Msg::Sweep(Sweep::Open(vec![fails.above.clone()])));
    assert_eq!(page.get(idle), fails.above);
    page.happen(Msg::Undo);
    page.happen(Msg::Undo);
    assert_eq!(page.get(idle), "");
}

#[test]
fn a_sweep_that_cannot_be_says_why_and_one_that_is_stopped_is_silent() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Open(Some(Dialog::Sweep)));
    for (part, text, why) in [
        (Part::To, "soon", "`soon`"),
        (Part::To, "20s", ""),
        (Part::Count, "100000", "100000 values"),
        (Part::Count, "0", "from <= to"),
        (Part::Count, "41", ""),
        (Part::From, "30s", "from <= to"),
    ] {
        page.happen(Msg::Sweep(Sweep::Knob(0, part, text.to_owned())));
        page.happen(Msg::Sweep(Sweep::Go));
        match &page.model.many.sweeping.state {
            State::Wrong(said) => assert!(!why.is_empty() && said.contains(why), "{text}: {said}"),
            State::Drawn => assert_eq!(why, "", "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    // Nobody turns a switch of the command line here, and it is said in the reader's language.
    page.happen(Msg::Language(Lang::Zh));
    page.happen(Msg::Sweep(Sweep::Go));
    let State::Wrong(said) = &page.model.many.sweeping.state else {
        panic!("{:?}", page.model.many.sweeping.state);
    };
    assert_eq!(
        said,
        "`servers.pyroscope.options.IdleTimeout`: 起点不能大于终点，步长要大于 0"
    );
    // What is on its way when it is stopped counts for nothing.
    let late = Answer::SweepWrong {
        id: 0,
        why: "late".to_owned(),
    };
    page.happen(Msg::Worker(late));
    assert_eq!(
        page.model.many.sweeping.drawn, None,
        "of what was asked last nothing has come"
    );
}

#[test]
fn what_has_come_of_a_sweep_is_drawn_meanwhile_and_kept_when_it_is_stopped() {
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.model.env.cores = 1;
    page.holds = true;
    page.happen(Msg::Open(Some(Dialog::Sweep)));
    page.happen(Msg::Sweep(Sweep::Knob(1, Part::Path, String::new())));
    page.happen(Msg::Sweep(Sweep::Go));
    let parts = page.effects.drain(..).find_map(|effect| match effect {
        Effect::Sweep(parts) => Some(parts),
        _ => None,
    });
    let [part] = parts.expect("it is asked").try_into().expect("one worker");
    // A clock that goes on by 0.2 s whenever somebody looks.
    let clock = Cell::new(0.0);
    let now = || clock.replace(clock.get() + 200.0);
    let mut said = Vec::new();
    answer(Question::Sweep(part), &now, &mut |answer| said.push(answer));
    let mut said = said.into_iter();
    let sweeping = |page: &Page| page.model.many.sweeping.clone();
    page.happen(Msg::Worker(said.next().expect("some runs")));
    assert_eq!(sweeping(&page).drawn, None, "it may be done at once");
    page.happen(Msg::Worker(said.next().expect("some more")));
    let first = sweeping(&page).drawn.expect("a picture");
    assert!(matches!(sweeping(&page).state, State::Runs(64, 201)));
    assert!(!first.ended && first.edges.is_empty());
    // Between the two that the story's own race lies.
    page.happen(Msg::Worker(said.next().expect("some more")));
    page.happen(Msg::Worker(said.next().expect("some more")));
    page.happen(Msg::Sweep(Sweep::Stop));
    let kept = sweeping(&page);
    assert!(matches!(kept.state, State::Drawn));
    assert_eq!((kept.come(), kept.swept.runs.len()), (128, 201));
    let drawn = kept.drawn.expect("a picture");
    assert!(drawn.ended && drawn.edges.iter().any(|edge| edge.to == "EOF"));
    assert_ne!(drawn.picture, first.picture);
    // What is on its way when it is stopped counts for nothing.
    page.happen(Msg::Worker(said.next().expect("some more")));
    assert_eq!(sweeping(&page).come(), 128);
}

#[test]
fn a_drag_ends_where_something_else_happens_and_can_be_given_up() {
    let every = "clients.agent.requests.upload.every";
    let read = "servers.pyroscope.options.ReadTimeout";
    let drag = |page: &mut Page, turns: i32| {
        page.happen(Msg::Dragged(every.to_owned(), turns));
    };
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set(read, "9s");
    let before = page.model.past.len();
    // Undo in the middle: what the pointer still does is nothing.
    drag(&mut page, 6);
    page.happen(Msg::Undo);
    drag(&mut page, 10);
    page.happen(Msg::Dropped);
    assert_eq!(
        (page.get(every), page.model.past.len()),
        ("10s".to_owned(), before)
    );
    page.happen(Msg::Redo);
    assert_eq!(page.get(every), "16s", "and redo is still there");
    page.happen(Msg::Undo);
    // Given up.
    drag(&mut page, 6);
    page.happen(Msg::GiveUp);
    drag(&mut page, 12);
    page.happen(Msg::Dropped);
    assert_eq!(
        (page.get(every), page.model.past.len()),
        ("10s".to_owned(), before)
    );
    // There and back.
    for turns in [3, 0] {
        drag(&mut page, turns);
    }
    page.happen(Msg::Dropped);
    assert_eq!(page.model.past.len(), before);
    assert_eq!(page.model.future.len(), 1, "neither took redo away");
    // Another address.
    drag(&mut page, 6);
    page.happen(Msg::AddressChanged("#p=node-six-seconds".to_owned()));
    drag(&mut page, 9);
    page.happen(Msg::Dropped);
    assert!(
        page.address()
            .is_some_and(|link| link.contains("node-six-seconds"))
    );
}

#[test]
fn what_is_kept_in_the_middle_of_a_drag_comes_back() {
    let every = "clients.agent.requests.upload.every";
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set("servers.pyroscope.options.ReadTimeout", "9s");
    page.happen(Msg::Dragged(every.to_owned(), 6));
    let stood = page.model.env.fragment.clone();
    let again = page.reload(|text| text);
    assert_eq!(
        (again.get(every), again.model.past.len()),
        ("16s".to_owned(), 2)
    );
    // A browser that loads the page again takes what stood in the address before the page could say what it shows now.
    let kept = page.effects.iter().rev().find_map(|effect| match effect {
        Effect::KeepInTab("whyeof.tab", text) => Some(text.clone()),
        _ => None,
    });
    let again = Page::start(Env {
        fragment: stood,
        motion: Motion::Reduced,
        kept_tab: kept,
        ..Env::default()
    });
    assert_eq!(
        (again.get(every), again.model.past.len()),
        ("16s".to_owned(), 2)
    );
    assert!(again.address().is_some_and(|link| link.contains("16s")));
}

#[test]
fn a_moment_after_the_end_is_told() {
    let page = Page::open("#p=pyroscope-idle-race&t=99999s");
    assert!(matches!(page.model.notice, Some(Notice::NoMoment(_))));
    // The last moment of the run, as a link rounds it.
    let end = page.model.run.as_ref().expect("a run").trace.end;
    let page = Page::open(&format!("#p=pyroscope-idle-race&t={end}s"));
    assert_eq!(page.model.notice, None);
}

#[test]
fn a_segment_that_the_run_does_not_have_is_told() {
    let page = Page::open("#p=pyroscope-idle-race&sel=9.c.1");
    assert_eq!(page.model.notice, Some(Notice::NoSegment));
    let page = Page::open("#p=pyroscope-idle-race&sel=1.c.1");
    assert!(page.model.notice.is_none() && page.model.selected.is_some());
}

#[test]
fn undo_leaves_what_is_typed_in_other_fields() {
    let (idle, read) = (
        "servers.pyroscope.options.IdleTimeout",
        "servers.pyroscope.options.ReadTimeout",
    );
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set(idle, "20s");
    page.set(read, "banana");
    page.happen(Msg::Undo);
    assert_eq!(page.model.drafts[&read.to_owned()].text, "banana");
    // Of the field itself it would hide what undo did.
    page.set(idle, "pear");
    page.happen(Msg::Redo);
    assert!(!page.model.drafts.contains_key(&idle.to_owned()));
    assert_eq!(page.get(idle), "20s");
}

#[test]
fn a_turn_leaves_alone_what_is_typed_elsewhere() {
    let (every, read) = (
        "clients.agent.requests.upload.every",
        "servers.pyroscope.options.ReadTimeout",
    );
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.set(read, "soon");
    page.happen(Msg::Json("{".to_owned()));
    page.happen(Msg::Turned(every.to_owned(), 1));
    page.happen(Msg::Dragged(every.to_owned(), 2));
    page.happen(Msg::Dropped);
    assert_eq!(page.get(every), "13s");
    assert_eq!(page.model.drafts[&read.to_owned()].text, "soon");
    assert_eq!(
        page.model.json.as_ref().map(|json| json.text.as_str()),
        Some("{")
    );
}

#[test]
fn other_orders_of_one_moment_are_told_and_open() {
    let mut page = Page::open("#p=silent-switch-restart");
    page.happen(Msg::Open(Some(Dialog::Orders)));
    let (words, ways) = page.model.many.orders.clone().expect("an answer");
    assert!(ways.len() > 1 && words.contains("can end in"), "{words}");
    assert_eq!(ways[0].ties, "", "first the scenario's own");
    let other = ways[1].clone();
    let verdict = |page: &Page| page.model.run.as_ref().map(|run| run.digest);
    let before = verdict(&page);
    page.happen(Msg::Apply {
        name: other.ties.clone(),
        edits: vec![("ties".to_owned(), other.ties.clone())],
    });
    assert_eq!(page.get("ties"), other.ties);
    assert_ne!(verdict(&page), before);
    let mut page = Page::open("#p=pyroscope-idle-race");
    page.happen(Msg::Open(Some(Dialog::Orders)));
    let (words, ways) = page.model.many.orders.clone().expect("an answer");
    assert_eq!(ways.len(), 1, "{words}");
}

#[test]
fn words_that_nobody_reads_while_it_moves_come_back_when_it_is_let_go() {
    let every = "clients.agent.requests.upload.every";
    let mut page = Page::open("#p=pyroscope-idle-race");
    let words = |page: &Page| {
        let picture = page.model.picture.clone().expect("drawn");
        let items = &picture.scene.0.items;
        let is_word = |words: &str| words.contains("ESTABLISHED");
        let texts = items.iter().filter(|item| match &item.shape {
            Shape::Text { words, .. } => is_word(words),
            _ => false,
        });
        texts.count()
    };
    let before = words(&page);
    page.happen(Msg::Dragged(every.to_owned(), 1));
    assert!(before > 0 && words(&page) == 0);
    page.happen(Msg::Dragged(every.to_owned(), 0));
    page.happen(Msg::Dropped);
    assert_eq!(words(&page), before);
}
