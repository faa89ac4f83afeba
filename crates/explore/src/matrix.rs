//! Every client with every server, alone and behind every proxy: a table made by runs, for the page.

use crate::pair::{Pair, PairError, Paired, clients, peers, proxies};
use whyeof_scenario::Lang;
use whyeof_scenario::link::{Shared, encode};

/// One line for each pair, by tabs: the proxy between or nothing, client, server, whether some idle gap loses a request or sends it
/// twice (`!`, else nothing), the margin of each connection of the way, and the link of its scenario.
///
/// # Errors
/// None that a test has not met: all runtimes are known.
pub fn matrix() -> Result<String, PairError> {
    let mut lines = String::new();
    let ways = [None].into_iter().chain(proxies().into_iter().map(Some));
    for via in ways {
        for client in clients() {
            for server in peers(via) {
                let pair = Pair {
                    client,
                    server,
                    via,
                };
                let found = pair.found(&[])?;
                let via = via.unwrap_or_default();
                let danger = if found.is_dangerous() { "!" } else { "" };
                let (margins, link) = (found.margins(Lang::En), link(&found));
                lines.push_str(&format!(
                    "{via}\t{client}\t{server}\t{danger}\t{margins}\t{link}\n"
                ));
            }
        }
    }
    Ok(lines)
}

/// The link that opens a pair's scenario.
pub fn link(found: &Paired) -> String {
    encode(&Shared {
        scenario: Some(found.scenario.clone()),
        ..Shared::default()
    })
}
