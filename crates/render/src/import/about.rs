//! A capture in one sentence: how much is in it, and where it was taken.

use super::{Capture, How};
use whyeof_trace::time::clock;
use whyeof_trace::{Lang, Text, Vantage};

impl Capture {
    /// How much is in it, where it was taken, and what was left out.
    pub fn about(&self, lang: Lang) -> String {
        let tap = match self.trace.vantage {
            Vantage::Tap(host) => self.trace.host(host).address.to_string(),
            Vantage::Everywhere => String::new(),
        };
        let mut out = ABOUT.fill(
            lang,
            &[
                ("packets", &self.counts.packets.to_string()),
                ("tcp", &self.counts.tcp.to_string()),
                ("flows", &self.flows.len().to_string()),
                ("span", &clock(self.trace.end)),
                ("tap", &tap),
                ("how", how(self.how).of(lang)),
            ],
        );
        for (count, words) in [
            (self.counts.copies, COPIES),
            (self.counts.fragments, FRAGMENTS),
            (self.counts.left_out, LEFT_OUT),
            (self.counts.unheard, UNHEARD),
            (self.counts.cut_heads, CUT_HEADS),
        ] {
            if count > 0 {
                let between = match lang {
                    Lang::En => "; ",
                    Lang::Zh => "；",
                };
                out.push_str(between);
                out.push_str(&words.fill(lang, &[("count", &count.to_string())]));
            }
        }
        out
    }
}

const ABOUT: Text = Text::new(
    "{packets} packets, {tcp} of TCP, {flows} connections, {span} s, taken at {tap} ({how})",
    "{packets} 个包，其中 TCP {tcp} 个，{flows} 条连接，{span} s，抓包点 {tap}（{how}）",
);
const COPIES: Text = Text::new(
    "{count} captured twice and left out",
    "{count} 个重复抓到，已略去",
);
const FRAGMENTS: Text = Text::new("{count} fragments left out", "{count} 个分片已略去");
const LEFT_OUT: Text = Text::new(
    "{count} packets beyond the bounds left out",
    "{count} 个包超出上限，已略去",
);
const UNHEARD: Text = Text::new(
    "{count} HTTP messages beyond the bound left out",
    "{count} 条 HTTP 消息超出上限，已略去",
);
const CUT_HEADS: Text = Text::new(
    "of {count} heads the end left out",
    "{count} 个消息头的后半部分已略去",
);

const fn how(how: How) -> Text {
    match how {
        How::Told => Text::new("as you say", "由你指定"),
        How::Direction => Text::new("the file says so", "文件里写明"),
        How::Hops => Text::new("its packets had gone no hop", "它的包一跳都没走"),
        How::Handshake => Text::new("the handshakes' times tell", "由握手的时间看出"),
        How::Common => Text::new("it is in every connection", "每条连接都有它"),
        How::Assumed => Text::new(
            "assumed: nothing in the file tells",
            "只是假定：文件里看不出来",
        ),
    }
}
