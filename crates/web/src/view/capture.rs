//! A real capture: its connections, one of them drawn, what its packets prove, and a scenario that does the same.

use super::{Tell, button, events, instant, middle, says, verdict};
use crate::app::capture::{Opened, State, Watch};
use crate::app::model::{Dialog, Lane, Model};
use crate::app::msg::Msg;
use crate::proto::{FlowRow, OpenedCapture};
use crate::text::{self, fill};
use yew::{Html, classes, html};

/// How to take one that has what is needed, and no more of what was said than heads.
const COMMAND: &str = "sudo tcpdump -i any -s 400 -w out.pcap 'tcp port 8080'";

/// The window in which one is opened.
pub fn opener(model: &Model, tell: &Tell) -> Html {
    html! {
        <>
            <p>{ model.say(text::CAPTURE_HELP) }</p>
            { chooser(model) }
            <p class="quiet">{ model.say(text::CAPTURE_STAYS) }</p>
            <div class="copyable">
                <label for="capture-command">{ model.say(text::CAPTURE_TAKE) }</label>
                <input id="capture-command" type="text" readonly=true value={COMMAND} />
                { button(tell, "", "apply", model.say(text::COPY), Msg::Copy(COMMAND.to_owned())) }
            </div>
        </>
    }
}

fn chooser(model: &Model) -> Html {
    html! {
        <label class="file">
            <span>{ model.say(text::CAPTURE_CHOOSE) }</span>
            <input id="capture-file" class="open-file" type="file" accept=".pcap,.pcapng,.cap,.ntar,application/vnd.tcpdump.pcap" />
        </label>
    }
}

/// The page.
pub fn view(model: &Model, tell: &Tell) -> Html {
    let Some(capture) = &model.capture else {
        return Html::default();
    };
    match &capture.state {
        State::Open(opened) => whole(model, tell, capture, opened),
        State::Reading(percent) => html! {
            <main class="reading"><section class="card side">
                <h2>{ &capture.name }</h2>
                <p role="status">{ fill(model.say(text::CAPTURE_READING), &[&percent.to_string()]) }</p>
                <progress aria-label={model.say(text::CAPTURE)} max="100" value={percent.to_string()} />
                { button(tell, "close-capture", "apply", model.say(text::STOP), Msg::Capture(Watch::Close)) }
            </section></main>
        },
        State::Failed(why) => html! {
            <main class="reading"><section class="card side">
                <h2>{ &capture.name }</h2>
                <p class="about error" role="alert" id="capture-wrong">{ why }</p>
                { chooser(model) }
                { button(tell, "close-capture", "apply", model.say(text::CAPTURE_CLOSE), Msg::Capture(Watch::Close)) }
            </section></main>
        },
    }
}

fn whole(model: &Model, tell: &Tell, capture: &Opened, opened: &OpenedCapture) -> Html {
    let list = html! { <section class="card form captured" aria-label={model.say(text::CAPTURE_FLOWS)}>{ flows(model, tell, capture, opened) }</section> };
    let told = html! { <>{ verdict::headline(model, tell) }{ acts(model, tell, capture) }</> };
    let why = verdict::proof(model, tell);
    let below = html! {
        <>
            { instant::view(model, tell) }
            <section class="card below">{ events::view(model, tell) }</section>
        </>
    };
    match model.env.lanes {
        Lane::Two => html! {
            <main class="bench">
                { list }
                { middle(model, tell) }
                <aside class="card side"><div class="because">{ told }{ why }{ super::inspector::view(model, tell) }</div></aside>
                { below }
            </main>
        },
        Lane::One => html! {
            <main class="bench">
                <section class="card side">{ told }</section>
                { middle(model, tell) }
                <section class="card side">{ why }</section>
                { list }
                { below }
            </main>
        },
    }
}

/// What can be done with the connection that is drawn.
fn acts(model: &Model, tell: &Tell, capture: &Opened) -> Html {
    html! {
        <section class="acts">
            { button(tell, "simulate", "primary", model.say(text::CAPTURE_SIMULATE), Msg::Capture(Watch::Simulate)) }
            { button(tell, "export-capture", "apply", model.say(text::EXPORT), Msg::Open(Some(Dialog::Export))) }
            if !capture.wrong.is_empty() { <p class="about error" role="alert">{ &capture.wrong }</p> }
            if capture.cut { <p class="notice fair">{ model.say(text::CAPTURE_CUT) }</p> }
        </section>
    }
}

fn flows(model: &Model, tell: &Tell, capture: &Opened, opened: &OpenedCapture) -> Html {
    let place = model.lang.place();
    let row = |row: &FlowRow| flow(model, tell, row, capture.shown == Some(row.flow));
    html! {
        <>
            <h2>{ model.say(text::CAPTURE) }</h2>
            <p id="capture-verdict"><b>{ &opened.verdict[place] }</b></p>
            <p class="quiet">{ &opened.about[place] }</p>
            if !opened.broken[place].is_empty() {
                <p class="notice bad" role="alert" id="capture-broken">{ fill(model.say(text::CAPTURE_BROKEN), &[&opened.broken[place]]) }</p>
            }
            <ol class="flows">{ for opened.rows.iter().map(row) }</ol>
            if opened.more > 0 { <p class="quiet">{ fill(model.say(text::CAPTURE_MORE), &[&opened.more.to_string()]) }</p> }
            <p class="quiet">{ model.say(text::CAPTURE_STAYS) }</p>
            { button(tell, "close-capture", "apply", model.say(text::CAPTURE_CLOSE), Msg::Capture(Watch::Close)) }
        </>
    }
}

fn flow(model: &Model, tell: &Tell, row: &FlowRow, is_shown: bool) -> Html {
    let requests = match row.speech.as_str() {
        "HTTP/1.1" => fill(
            model.say(text::CAPTURE_REQUESTS),
            &[&row.requests.to_string()],
        ),
        "-" => model.say(text::CAPTURE_NO_DATA).to_owned(),
        "?" => model.say(text::CAPTURE_OTHER).to_owned(),
        speech => speech.to_owned(),
    };
    let ended = match row.ended.as_str() {
        "" => model.say(text::CAPTURE_OPEN).to_owned(),
        ended => fill(model.say(text::CAPTURE_ENDED), &[ended]),
    };
    let finding = whyeof_diagnose::findings::ALL
        .iter()
        .find(|kind| kind.code == row.finding);
    let bad = row.unanswered > 0 || finding.is_some();
    let facts = fill(
        model.say(text::CAPTURE_FACTS),
        &[&row.opens, &row.lasts, &row.packets.to_string()],
    );
    html! {
        <li key={row.flow}>
            <button class={classes!("flow", bad.then_some("bad"))} data-flow={(row.flow + 1).to_string()}
                aria-current={is_shown.then_some("true")} onclick={says(tell, Msg::Capture(Watch::Flow(row.flow)))}>
                <span class="ends"><b>{ row.flow + 1 }</b>{ " " }{ &row.client }{ " → " }{ &row.server }</span>
                <span class="quiet">{ facts }{ " · " }{ requests }{ " · " }{ ended }</span>
                if let Some(finding) = finding { <span class="found">{ "✕ " }{ finding.title.of(model.lang).to_owned() }</span> }
            </button>
        </li>
    }
}
