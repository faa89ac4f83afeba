//! The other kinds of requests in a question's scenario: what is safe for one row of one client need not be so for another, which has the same pool, or
//! the same server.

use super::ways::asked;
use super::{Leads, Moves, Probe};
use std::time::Duration;
use whyeof_sim::http::client::workload::Workload;
use whyeof_sim::plan::RolePlan;
use whyeof_trace::HostId;

/// A row of a client's, and the machine that it is asked of.
type Kind = (usize, usize, HostId);

impl Probe {
    /// A question about each other kind of request that a caller of the scenario makes: by who asks, for what, and which machine. Where something
    /// goes wrong at a given time there are none, for no gap of theirs is about that.
    pub(crate) fn others(&self) -> Vec<Self> {
        if self.has_mishap() {
            return Vec::new();
        }
        let own = self.kind();
        let kinds = self.distinct_kinds().into_iter();
        let others = kinds.filter(|kind| !own.is_some_and(|own| self.is_same(own, *kind)));
        let others = others.map(|(client, row, to)| {
            let mut probe = Self {
                client,
                moves: Moves::Series {
                    row,
                    to: Some(to),
                    leads: Leads::default(),
                },
                gap: Duration::from_secs(1),
                ..self.clone()
            };
            probe.measure_leads();
            probe
        });
        // One that fails without a connection that lay idle has other troubles.
        others
            .filter(|it| it.first_fails_with().is_none())
            .collect()
    }

    /// Its own kind; `None`: it is about several machines.
    pub(super) fn kind(&self) -> Option<Kind> {
        let row = self.row()?;
        let one = |hosts: Vec<HostId>| <[HostId; 1]>::try_from(hosts).ok().map(|[host]| host);
        let to = match self.moves {
            Moves::Series { to, .. } => to,
            Moves::Starts(_) => one(asked(self.config()?, self.workloads().get(row)?)),
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

    /// Whose requests it is about, and which.
    pub fn whose(&self) -> String {
        let row = self.row().and_then(|row| self.workloads().get(row));
        let what = row.map(|row| format!("{} {}{}", row.method, row.authority, row.path));
        let name = self
            .plan
            .programs
            .get(self.client)
            .map(|it| it.name.as_str());
        format!("{}, {}", name.unwrap_or_default(), what.unwrap_or_default())
    }
}
