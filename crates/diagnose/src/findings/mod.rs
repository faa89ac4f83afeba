//! All kinds of findings, one file each.
//!
//! A kind looks for itself in a [`Reading`](crate::Reading) and adds what it finds; later kinds know what earlier
//! ones have explained, so `unexplained` comes last.

mod body_leak;
mod body_unread;
mod broken_off;
mod caller_timeout;
mod cannot_race;
mod closed_behind_answer;
mod executed_twice;
mod hint_ignored;
mod idle_fallback;
mod keepalive_race;
mod never_used_connection;
mod not_connected;
mod pool_overflow;
mod probes_are_not_keep_alive;
mod process_exit;
mod request_unread;
mod rule_matched_nothing;
mod server_deadline;
mod shutdown_race;
mod silent_retry;
mod slow_request;
mod unexplained;
mod used_after_end;

use crate::finding::FindingKind;

pub use cannot_race::{cannot_race, only_this_traffic, only_this_traffic_once};

/// All kinds, in the order in which reports tell them.
pub static ALL: [&FindingKind; 23] = [
    &used_after_end::KIND,
    &keepalive_race::KIND,
    &never_used_connection::KIND,
    &silent_retry::KIND,
    &shutdown_race::KIND,
    &broken_off::KIND,
    &closed_behind_answer::KIND,
    &server_deadline::KIND,
    &slow_request::KIND,
    &request_unread::KIND,
    &not_connected::KIND,
    &process_exit::KIND,
    &body_leak::KIND,
    &caller_timeout::KIND,
    &executed_twice::KIND,
    &body_unread::KIND,
    &pool_overflow::KIND,
    &idle_fallback::KIND,
    &probes_are_not_keep_alive::KIND,
    &hint_ignored::KIND,
    &rule_matched_nothing::KIND,
    &unexplained::KIND,
    &cannot_race::KIND,
];
