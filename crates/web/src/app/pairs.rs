//! The window of pairs: a client, a server, and what may stand between them, as they come.

use super::model::{Model, Screen};
use super::msg::Effect;
use crate::proto::{AboutPair, Question};
use whyeof_scenario::profiles;

/// The window.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Client, server and proxy, by their runtimes; no proxy: empty.
    pub chosen: [String; 3],
    /// What runs say of them: in words, line by line, and the link of the scenario; `None`: they are still at it.
    pub said: Option<(String, String)>,
    /// The table, as it was loaded: see [`cells`].
    pub table: Option<String>,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Client, server and proxy.
    pub of: [&'a str; 3],
    /// Whether some idle gap loses a request or sends it twice.
    pub is_dangerous: bool,
    /// The margin of each connection of the way.
    pub margins: &'a str,
    /// The link of its scenario.
    pub link: &'a str,
}

/// The table's cells, in its order: by proxy, client, server.
pub fn cells(table: &str) -> impl Iterator<Item = Cell<'_>> {
    table.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        let mut next = || parts.next();
        let (via, client, server) = (next()?, next()?, next()?);
        Some(Cell {
            of: [client, server, via],
            is_dangerous: next()? == "!",
            margins: next()?,
            link: next()?,
        })
    })
}

/// Of whoever has not chosen one.
const USUAL_SERVER: &str = "node-26";

/// The window opens: with the runtimes of the scenario that is there.
pub(super) fn open(model: &mut Model) -> Option<Effect> {
    let pairs = &mut model.many.pairs;
    if pairs.chosen[0].is_empty() {
        let scenario = &model.scenario;
        let client = scenario.clients.first().map(|it| it.runtime.as_str());
        let server = scenario.servers.first().map(|it| it.runtime.as_str());
        let proxy = scenario.proxies.first().map(|it| it.runtime.as_str());
        // A program of socket calls is no runtime, and who has not looked yet has chosen none.
        let is_first = model.screen == Screen::First;
        let known = |id: Option<&str>, usual: &str| {
            let id = id.filter(|id| !is_first && profiles::find(id).is_some());
            id.unwrap_or(usual).to_owned()
        };
        pairs.chosen = [
            known(client, "go-1.27-default-transport"),
            known(server, USUAL_SERVER),
            known(proxy, ""),
        ];
    }
    Some(ask(model))
}

/// Another client (0), server (1) or proxy (2).
pub(super) fn choose(model: &mut Model, which: usize, id: String) -> Vec<Effect> {
    let chosen = &mut model.many.pairs.chosen;
    if let Some(chosen) = chosen.get_mut(which) {
        *chosen = id;
    }
    // A proxy stands at one place only: where it was put last.
    let is_front = profiles::find(&chosen[1]).is_some_and(|it| it.server.is_none());
    if is_front && !chosen[2].is_empty() {
        match which {
            2 => chosen[1] = USUAL_SERVER.to_owned(),
            _ => chosen[2].clear(),
        }
    }
    vec![ask(model)]
}

fn ask(model: &mut Model) -> Effect {
    model.many.pairs.said = None;
    Effect::Clerk(Question::Pair(AboutPair {
        of: model.many.pairs.chosen.clone(),
        lang: model.lang.tag().to_owned(),
    }))
}

/// Runs have said what a pair comes to.
pub(super) fn hear(model: &mut Model, of: &AboutPair, lines: String, link: String) {
    let pairs = &mut model.many.pairs;
    if of.of == pairs.chosen && of.lang == model.lang.tag() {
        pairs.said = Some((lines, link));
    }
}
