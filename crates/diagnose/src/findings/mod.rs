//! All kinds of findings, one file each.
//!
//! A kind looks for itself in a [`Reading`](crate::Reading) and adds what it finds; later kinds know what earlier
//! ones have explained, so `unexplained` comes last.

mod black_hole;
mod body_leak;
mod body_unread;
mod broken_off;
mod by_command;
mod caller_timeout;
mod cannot_race;
mod closed_behind_answer;
mod connection_ended;
mod executed_twice;
mod forgotten_on_the_way;
mod half_open;
mod hint_ignored;
mod idle_fallback;
mod keepalive_race;
mod late_execution;
mod never_used_connection;
mod not_connected;
mod out_of_ports;
mod poisoned_pool;
mod pool_overflow;
mod probes_are_not_keep_alive;
mod probes_stand_back;
mod process_exit;
mod rejected;
mod request_unread;
mod rule_matched_nothing;
mod server_deadline;
mod shutdown_race;
mod silent_retry;
mod slow_request;
mod unexplained;
mod used_after_end;

use crate::finding::{FindingKind, Found};
use crate::reading::Reading;

pub use cannot_race::{cannot_race, gap_of, only_this_traffic, only_this_traffic_once};

/// All kinds, in the order in which reports tell them.
pub static ALL: [&FindingKind; 33] = [
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
    &forgotten_on_the_way::KIND,
    &rejected::KIND,
    &out_of_ports::KIND,
    &half_open::KIND,
    &black_hole::KIND,
    &body_leak::KIND,
    &caller_timeout::KIND,
    &executed_twice::KIND,
    &late_execution::KIND,
    &body_unread::KIND,
    &pool_overflow::KIND,
    &poisoned_pool::KIND,
    &probes_stand_back::KIND,
    &idle_fallback::KIND,
    &probes_are_not_keep_alive::KIND,
    &hint_ignored::KIND,
    &rule_matched_nothing::KIND,
    &by_command::KIND,
    &connection_ended::KIND,
    &unexplained::KIND,
    &cannot_race::KIND,
];

/// Those that a capture can show, which has packets and no causes: each looks for itself in one. A list of its own, because the page's program does
/// without it: there captures are the clerk's work.
pub(crate) const IN_CAPTURE: [fn(&Reading<'_>, &mut Found); 14] = [
    used_after_end::captured,
    keepalive_race::captured,
    never_used_connection::captured,
    shutdown_race::captured,
    broken_off::captured,
    closed_behind_answer::captured,
    server_deadline::captured,
    request_unread::captured,
    not_connected::captured,
    rejected::captured,
    half_open::captured,
    black_hole::captured,
    caller_timeout::captured,
    body_unread::captured,
];
