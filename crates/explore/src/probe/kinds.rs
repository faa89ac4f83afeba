//! The other kinds of requests in a question's scenario: what is safe for one row of one client need not be so for another, which has the same pool, or
//! the same server.

use super::traffic::is_always;
use super::ways::asked;
use super::{Leads, Moves, Probe};
use std::sync::Arc;
use std::time::Duration;
use whyeof_sim::http::client::workload::Workload;
use whyeof_sim::plan::RolePlan;
use whyeof_trace::HostId;

/// Other kinds that a proof tries: each costs some hundred runs.
const MOST: usize = 8;

/// A row of a client's, and the machine that it is asked of.
type Kind = (usize, usize, HostId);

impl Probe {
    /// A question about each other kind of request that a caller of the scenario makes: by who asks, for what, and which machine; and how many
    /// there are beyond what is tried. Where something goes wrong at a given time they are asked of the same scenario without it, for no gap of theirs
    /// is about that, and so is its own kind.
    pub(crate) fn others(&self) -> (Vec<Self>, u32) {
        let has_mishap = self.has_mishap();
        let calm = if has_mishap {
            self.in_calm()
        } else {
            self.clone()
        };
        let own = self.kind().filter(|_| !has_mishap);
        let kinds = self.distinct_kinds().into_iter();
        let mut kinds = kinds.filter(|kind| !own.is_some_and(|own| self.is_same(own, *kind)));
        let others = kinds.by_ref().take(MOST).map(|(client, row, to)| {
            let mut probe = Self {
                client,
                moves: Moves::Series {
                    row,
                    to: Some(to),
                    leads: Leads::default(),
                },
                gap: Duration::from_secs(1),
                ..calm.clone()
            };
            probe.measure_leads();
            probe
        });
        // One that fails without a connection that lay idle has other troubles.
        let others = others.filter(|it| it.first_fails_with().is_none());
        let others = others.collect();
        (others, u32::try_from(kinds.count()).unwrap_or(u32::MAX))
    }

    /// The same scenario in which nothing goes wrong at a given time.
    fn in_calm(&self) -> Self {
        let mut calm = self.clone();
        calm.plan.faults.retain(is_always);
        calm.plan.commands.clear();
        for program in &mut calm.plan.programs {
            program.busy.clear();
            match &mut program.role {
                RolePlan::Client(config) => Arc::make_mut(config).exit = None,
                RolePlan::Server(config) => {
                    let config = Arc::make_mut(config);
                    (config.exit, config.shutdown) = (None, None);
                }
                RolePlan::Proxy(_) | RolePlan::Sockets(_) => {}
            }
        }
        calm
    }

    /// Its own kind; `None`: it is about several machines.
    pub(super) fn kind(&self) -> Option<Kind> {
        let row = self.row()?;
        let one = |hosts: Vec<HostId>| <[HostId; 1]>::try_from(hosts).ok().map(|[host]| host);
        let to = match self.moves {
            Moves::Series { to, .. } => to,
            Moves::Starts(_) => one(self.hosts()),
        };
        Some((self.client, row, to?))
    }

    /// Every row of every client, with every machine that it may be asked of.
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let clients = self.plan.programs.iter().enumerate();
        let clients = clients.filter_map(|(client, program)| match &program.role {
            RolePlan::Client(config) => Some((client, config)),
            _ => None,
        });
        clients.flat_map(|(client, config)| {
            let rows = (0..)
                .zip(&config.workloads)
                .filter(|(_, row)| row.count > 0);
            rows.flat_map(move |(at, row)| {
                let hosts = asked(config, row).into_iter();
                hosts.map(move |to| (client, at, to))
            })
        })
    }

    /// Each of them once.
    fn distinct_kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for kind in self.kinds() {
            if !kinds.iter().any(|known| self.is_same(*known, kind)) {
                kinds.push(kind);
            }
        }
        kinds
    }

    fn is_same(&self, one: Kind, other: Kind) -> bool {
        let what = |(client, row, _): Kind| {
            let row: &Workload = self.workloads_at(client).get(row)?;
            // What a remedy adds to one row's headers makes it no other kind.
            Some((row.port, row.method, &row.path, row.body))
        };
        (one.0, one.2) == (other.0, other.2) && what(one) == what(other)
    }

    /// Whose requests the question is about, where there are others.
    pub fn one_of_several(&self) -> Option<String> {
        (self.distinct_kinds().len() > 1).then(|| self.whose())
    }

    /// Whether both are about one client.
    pub(crate) const fn is_of_client_of(&self, other: &Self) -> bool {
        self.client == other.client
    }

    /// The machines that its row may be asked of.
    fn hosts(&self) -> Vec<HostId> {
        let row = self.config().zip(self.workload());
        row.map_or_else(Vec::new, |(config, row)| asked(config, row))
    }

    /// How many they are.
    pub(super) fn machines(&self) -> usize {
        self.hosts().len()
    }

    /// Whose requests it is about, and which; of a name with several machines also of which.
    pub fn whose(&self) -> String {
        let what = self
            .workload()
            .map(|row| format!("{} {}{}", row.method, row.authority, row.path));
        let name = self.plan.programs.get(self.client);
        let name = name.map_or("", |it| it.name.as_str());
        let to = self.kind().filter(|_| self.machines() > 1);
        let at = to.and_then(|(_, _, to)| self.plan.hosts.get(to.index()));
        let at = at.map_or_else(String::new, |host| format!(" at {}", host.name));
        format!("{name}, {}{at}", what.unwrap_or_default())
    }
}
