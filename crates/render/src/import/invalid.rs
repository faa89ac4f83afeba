//! What is wrong with a capture file: where, and what was expected there.

use crate::text::Lang;
use std::fmt;
use whyeof_trace::Text;

/// Where reading a capture ended, and why. What stood before it has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The first byte of what could not be read, counted from the beginning of the file.
    pub offset: u64,
    /// What is wrong there.
    pub what: What,
}

/// What is wrong with a capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It does not begin as a capture does.
    NoCapture,
    /// It is compressed.
    Compressed,
    /// It ends within a header, a packet or a block; so many more bytes were expected.
    EndsWithin(u64),
    /// A packet or a block says that it has so many bytes.
    TooLong(u64),
    /// A field that cannot be; in the words of whoever reads the format.
    Malformed(String),
    /// It has no packet of TCP. How many others there are.
    NoTcp(u64),
    /// It has more than are read: so many bytes.
    TooLarge(u64),
}

impl Invalid {
    /// In words.
    pub fn say(&self, lang: Lang) -> String {
        let Self { offset, what } = self;
        let what = match what {
            What::NoCapture => NO_CAPTURE.of(lang).to_owned(),
            What::Compressed => COMPRESSED.of(lang).to_owned(),
            What::EndsWithin(more) => ENDS_WITHIN.fill(lang, &[("more", &more.to_string())]),
            What::TooLong(bytes) => TOO_LONG.fill(
                lang,
                &[
                    ("bytes", &bytes.to_string()),
                    ("most", &super::file::MOST_BLOCK.to_string()),
                ],
            ),
            What::Malformed(words) => MALFORMED.fill(lang, &[("words", words)]),
            What::NoTcp(others) => NO_TCP.fill(lang, &[("others", &others.to_string())]),
            What::TooLarge(most) => TOO_LARGE.fill(lang, &[("most", &most.to_string())]),
        };
        AT_BYTE.fill(lang, &[("offset", &offset.to_string()), ("what", &what)])
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl std::error::Error for Invalid {}

const AT_BYTE: Text = Text::new("byte {offset}: {what}", "第 {offset} 字节：{what}");
const NO_CAPTURE: Text = Text::new(
    "expected the beginning of a pcap or pcapng file",
    "应为 pcap 或 pcapng 文件的开头",
);
const COMPRESSED: Text = Text::new(
    "a compressed file; expected pcap or pcapng: unpack it first",
    "这是压缩文件，应为 pcap 或 pcapng：请先解压",
);
const ENDS_WITHIN: Text = Text::new(
    "the file ends here, where at least {more} more bytes were expected",
    "文件到此为止，本应至少还有 {more} 个字节",
);
const TOO_LONG: Text = Text::new(
    "a packet or block of {bytes} bytes; expected at most {most}",
    "一个包或块声称有 {bytes} 个字节，应不超过 {most}",
);
const MALFORMED: Text = Text::new("malformed: {words}", "格式不对：{words}");
const NO_TCP: Text = Text::new(
    "the end, and no TCP packet before it (of other packets {others}); expected at least one",
    "文件结束，前面没有 TCP 包（其他包 {others} 个），应至少有一个",
);
const TOO_LARGE: Text = Text::new(
    "the file goes on; expected at most {most} bytes",
    "文件还没完，应不超过 {most} 个字节",
);
