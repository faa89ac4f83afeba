//! How the requests of a capture went, in one line.

use super::became::Became;
use crate::reading::Reading;
use crate::report::{Outcome, Tone, Verdict};
use crate::text::Text;
use whyeof_trace::not_served;

/// A capture shows packets; what the programs reported, it does not.
pub(crate) fn verdict(reading: &Reading<'_>) -> Verdict {
    let count = |wanted: fn(&Became) -> bool| {
        let exchanges = reading.captured.exchanges();
        // Bytes that are no HTTP need not ask for anything.
        let told = exchanges.filter(|it| it.request.is_some() || it.became.is_bad());
        told.filter(|it| wanted(&it.became)).count()
    };
    let (all, bad) = (count(|_| true), count(Became::is_bad));
    let open = count(|it| matches!(it, Became::Open));
    let unknown = count(|it| matches!(it, Became::OneSided));
    let unserved = reading
        .requests
        .values()
        .filter(|it| it.outcome == Outcome::Ok && it.status.is_some_and(not_served));
    let (unserved, dials) = (unserved.count(), reading.captured.conversations.iter());
    let dials = dials.filter(|it| it.refused.is_some()).count();
    let mut text = match (all, reading.requests.len()) {
        (0, answers @ 1..) => Text::made(
            format!("Only answers were captured: {answers}"),
            format!("只抓到了响应方向：{answers} 个响应"),
        ),
        _ => text(all, bad, open + unknown),
    };
    let mut also = |count: usize, en: &str, zh: &str| {
        if count > 0 {
            let (en, zh) = (
                format!("{}; {}", text.en, en.replace("{}", &count.to_string())),
                format!("{}；{}", text.zh, zh.replace("{}", &count.to_string())),
            );
            text = Text::made(en, zh);
        }
    };
    also(
        unserved,
        "answered with an error: {}",
        "响应是错误的：{} 个",
    );
    also(
        dials,
        "connections that were not made: {}",
        "没有建成的连接：{} 条",
    );
    also(
        unknown,
        "only their own direction was captured: {}",
        "只抓到了请求方向：{} 个",
    );
    also(
        open,
        "still open when the capture ended: {}",
        "抓包结束时还没结果：{} 个",
    );
    Verdict {
        tone: match (bad + dials + unserved, open) {
            (1.., _) => Tone::Bad,
            (0, 1..) => Tone::Fair,
            (0, 0) => Tone::Good,
        },
        text,
        error: None,
    }
}

/// How many of how many had no answer; the answer to some is not known.
fn text(all: usize, bad: usize, pending: usize) -> Text {
    match (all, bad) {
        (0, _) => Text::new("No request in this capture", "这份抓包里没有请求"),
        (1, 0) if pending == 0 => Text::new("The request was answered", "这个请求得到了响应"),
        (_, 0) => Text::made(
            format!("{} of {all} requests were answered", all - pending),
            format!("{all} 个请求里有 {} 个得到了响应", all - pending),
        ),
        (1, _) => Text::new(
            "The request got no answer; what the program reported, a capture does not show",
            "这个请求没有得到响应；程序报了什么错，抓包里看不到",
        ),
        _ => Text::made(
            format!(
                "{bad} of {all} requests got no answer; what the program reported, a capture does not show"
            ),
            format!("{all} 个请求里有 {bad} 个没有得到响应；程序报了什么错，抓包里看不到"),
        ),
    }
}
