//! The ways that a question's requests take, and what chance has a say in on them.

use super::Probe;
use std::time::Duration;
use whyeof_diagnose::Basis;
use whyeof_sim::http::client::ClientConfig;
use whyeof_sim::http::client::workload::Workload;
use whyeof_sim::net::link::Links;
use whyeof_sim::plan::{LatencyMode, Path, PathPlan, RolePlan};
use whyeof_sim::target::Target;
use whyeof_trace::HostId;

/// Draws of chance that a search is done for, where chance has a say.
pub(crate) const DRAWS: u32 = 8;

impl Probe {
    /// Whether chance decides anything about its requests.
    pub fn draws(&self) -> bool {
        let is_drawn = |path: &Path| !path.jitter.is_zero() || path.loss_ppm > 0;
        self.plan.latency == LatencyMode::Sampled || self.is_on_its_way(is_drawn)
    }

    /// What chance has a say in, and how many of its draws a search is done for.
    pub(crate) fn chance(&self) -> Basis {
        if !self.draws() {
            return Basis::ONE;
        }
        Basis {
            count: DRAWS,
            lossy: self.is_on_its_way(|path| path.loss_ppm > 0),
            untried: 0,
            stopped: false,
        }
    }

    /// The same question with each draw of chance that a search is done for; this one where chance decides nothing.
    pub(crate) fn each_draw(&self) -> impl Iterator<Item = Self> {
        std::iter::once(self.clone()).chain(self.other_draws())
    }

    /// The others of [`Self::each_draw`].
    pub(crate) fn other_draws(&self) -> impl Iterator<Item = Self> {
        let others = if self.draws() {
            1..u64::from(DRAWS)
        } else {
            0..0
        };
        others.map(|other| self.drawn_anew(other))
    }

    /// The same question with other draws of chance.
    pub(super) fn drawn_anew(&self, other: u64) -> Self {
        let mut probe = self.clone();
        probe.plan.seed = self.plan.seed.wrapping_add(other);
        probe.measure();
        probe
    }

    /// Whether a path that its requests take, or others through the same proxies, is like this.
    fn is_on_its_way(&self, is: impl Fn(&Path) -> bool) -> bool {
        let programs = &self.plan.programs;
        let mut hosts = vec![programs[self.client].host];
        let mut proxies = Vec::new();
        let mut next = 0;
        while let Some(host) = hosts.get(next).copied() {
            next += 1;
            for program in programs.iter().filter(|program| program.host == host) {
                let config = match &program.role {
                    RolePlan::Client(config) => config,
                    RolePlan::Proxy(config) => {
                        proxies.push(host);
                        &config.client
                    }
                    RolePlan::Server(_) | RolePlan::Sockets(_) => continue,
                };
                let new = all_asked(config).filter(|to| !hosts.contains(to));
                let new: Vec<HostId> = new.collect();
                hosts.extend(new);
            }
        }
        let taken = |path: &PathPlan| {
            let ends = [path.from, path.to];
            ends.iter().all(|end| hosts.contains(end))
                || ends.iter().any(|end| proxies.contains(end))
        };
        let mut paths = self.plan.paths.iter();
        paths.any(|it| taken(it) && is(&it.path))
    }

    /// The round trip between this client and the servers that it asks: the longest.
    pub fn rtt(&self) -> Duration {
        let plan = &self.plan;
        let links = Links::new(plan.hosts.len(), plan.one_way, &plan.paths, plan.seed);
        let client = &self.plan.programs[self.client];
        let RolePlan::Client(config) = &client.role else {
            return Duration::ZERO;
        };
        let ways =
            all_asked(config).map(|to| links.delay(client.host, to) + links.delay(to, client.host));
        ways.max().unwrap_or(Duration::ZERO)
    }
}

/// The hosts that a client asks.
fn all_asked(config: &ClientConfig) -> impl Iterator<Item = HostId> {
    config.workloads.iter().flat_map(|row| asked(config, row))
}

/// The hosts that a row may be asked of: all that its name stands for.
pub(super) fn asked(config: &ClientConfig, row: &Workload) -> Vec<HostId> {
    match row.to {
        Target::Host(host) => vec![host],
        Target::Name(name) => {
            let name = config.names.get(usize::from(name));
            let hosts = name.map(|name| name.hosts.iter().map(|(host, _)| *host));
            hosts.into_iter().flatten().collect()
        }
    }
}
