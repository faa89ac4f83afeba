//! What a remedy costs, counted in the same traffic without it and with it.

use super::proof::Rerun;
use crate::text::{Text, count};
use crate::times::span;
use std::time::Duration;
use whyeof_trace::Role;

/// Less than this a request is not slower: a wake-up of a process wanders as much.
const LEAST: Duration = Duration::from_micros(500);

impl Rerun {
    /// What there is more of with the remedy, and what there is no more; `None`: nothing of that.
    pub fn costs(&self) -> Option<Text> {
        let parts = [
            self.dialled(),
            self.reuse(),
            self.time_wait(Role::Client),
            self.time_wait(Role::Proxy),
            self.time_wait(Role::Server),
            self.slower(),
        ];
        let parts: Vec<Text> = parts.into_iter().flatten().collect();
        let join = |pick: fn(&Text) -> &str, with: &str| {
            parts.iter().map(pick).collect::<Vec<_>>().join(with)
        };
        (!parts.is_empty()).then(|| {
            let (en, zh) = (join(|it| &it.en, "; "), join(|it| &it.zh, "；"));
            Text::made(
                format!("Its price in the same run: {en}."),
                format!("代价，同样跑一遍：{zh}。"),
            )
        })
    }

    /// What it shows, and what it costs.
    pub fn account(&self) -> Text {
        let said = self.say();
        match self.costs() {
            Some(costs) => Text::made(
                format!("{} {}", said.en, costs.en),
                format!("{}{}", said.zh, costs.zh),
            ),
            None => said,
        }
    }

    fn dialled(&self) -> Option<Text> {
        let (was, is) = (self.before.dialled, self.after.dialled);
        (is > was).then(|| {
            Text::made(
                format!("{} dialled, not {was}", count(is as usize, "connection")),
                format!("新建 {is} 条连接（原来 {was} 条）"),
            )
        })
    }

    fn reuse(&self) -> Option<Text> {
        let (was, is) = (self.before.reused, self.after.reused);
        (was > 0 && is == 0).then(|| {
            Text::made(
                format!("reuse drops to 0, from {was}"),
                format!("复用降到 0 次（原来 {was} 次）"),
            )
        })
    }

    /// Of the machines of this role.
    fn time_wait(&self, role: Role) -> Option<Text> {
        let [was, is] = [self.before, self.after].map(|it| it.time_wait[role as usize]);
        let (en, zh) = match role {
            Role::Client => ("client", "客户端"),
            Role::Server => ("server", "服务器"),
            Role::Proxy => ("proxy", "代理"),
        };
        (is > was).then(|| {
            let sockets = count(is as usize, "socket");
            Text::made(
                format!("{sockets} in TIME-WAIT at the {en}, not {was}"),
                format!("{zh}有 {is} 个 TIME-WAIT（原来 {was} 个）"),
            )
        })
    }

    fn slower(&self) -> Option<Text> {
        let more = self.after.mean()?.checked_sub(self.before.mean()?)?;
        (more >= LEAST).then(|| {
            let more = span(more);
            Text::made(
                format!("{more} more a request, on average"),
                format!("平均每个请求多 {more}"),
            )
        })
    }
}
