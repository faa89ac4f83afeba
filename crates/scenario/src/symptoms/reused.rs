//! Whether a pasted text says that its connection had been used before: as a key with its value (`Reused:true`, `"conn_new": 0`,
//! `连接复用：否`), as Go's `httptrace`, logs and curl have it, or in a phrase (`on a freshly dialled connection`, 旧连接).
//!
//! What says nothing of the connection that failed is left alone (`retrying on a new connection`, 新建订单): a wrong "fresh" would hide the
//! race, and a wrong "reused" would show one that cannot be.

use super::head;

/// Words for it in a key; whether they mean a used one, and whether they do so without a noun.
const STATES: [(&str, bool, bool); 9] = [
    ("reused", true, true),
    ("reuse", true, true),
    ("复用", true, true),
    ("旧", true, false),
    ("fresh", false, true),
    ("new", false, false),
    ("新建", false, false),
    ("新建的", false, false),
    ("新", false, false),
];
const NOUNS: [&str; 6] = ["connection", "conn", "socket", "sock", "连接", "链接"];
/// Words that may stand in a key and say nothing.
const HOLLOW: [&str; 26] = [
    "request",
    "req",
    "https",
    "http",
    "tcp",
    "tls",
    "client",
    "upstream",
    "backend",
    "trace",
    "info",
    "state",
    "status",
    "type",
    "kind",
    "was",
    "is",
    "got",
    "the",
    "a",
    "是否",
    "是不是",
    "为",
    "的",
    "被",
    "是",
];
const NOT: [&str; 9] = [
    "not", "never", "non", "un", "isnt", "wasnt", "aint", "hadnt", "havent",
];

/// Whether a pasted text says that the connection had been used before; `None`: it does not say, or says both.
pub fn reused(pasted: &str) -> Option<bool> {
    let pasted = head(pasted);
    let words = cut(pasted);
    let (words, mut said) = pairs(&words);
    let phrases: Vec<&str> = words.iter().flat_map(|it| it.split('-')).collect();
    // curl says it of a reused connection only.
    let died = |it: &[&str]| matches!(it, ["connection", "died", ",", "retrying" | "tried"]);
    said.extend(phrases.windows(4).any(died).then_some(true));
    for clause in phrases.split(|word| *word == ",") {
        english(clause, &mut said);
    }
    said.extend(super::dialled::said(pasted));
    chinese(&words.concat().replace("链接", "连接"), &mut said);
    match (said.contains(&false), said.contains(&true)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

/// A text as words in small letters, `=` or `:` between a key and its value, and `,` for what parts clauses. Addresses are one word, and
/// quotes, backslashes and underscores none.
fn cut(pasted: &str) -> Vec<String> {
    let text: Vec<char> = pasted.chars().collect();
    let mut words = vec![String::new()];
    let (mut address, mut before) = (false, ' ');
    for (at, c) in text.iter().copied().enumerate() {
        let next = text.get(at + 1).copied().unwrap_or(' ');
        let blank = c.is_whitespace() || matches!(c, '"' | '\\' | '`' | '“' | '”');
        address = !blank && !matches!(c, ')' | ',' | '，') && (address || c == '/' && next == '/');
        // A line's end as JSON writes it: `\n`.
        let escaped = before == '\\' && matches!(c, 'n' | 't' | 'r');
        let inside = address
            || c.is_alphanumeric()
            || matches!(c, '-' | '/' | '%')
            || c == '.' && next.is_alphanumeric();
        let mark = match c {
            _ if blank || escaped => Some(""),
            '_' | '\'' | '’' if before.is_alphanumeric() && next.is_alphanumeric() => None,
            _ if inside => {
                let word = words.last_mut().into_iter();
                word.for_each(|word| word.extend(c.to_lowercase()));
                None
            }
            '=' | '?' | '？' => Some("="),
            ':' | '：' => Some(if next.is_whitespace() { ":" } else { "=" }),
            '\'' | '_' | '>' => Some(""),
            _ => Some(","),
        };
        if let Some(mark) = mark {
            words.extend([mark.to_owned(), String::new()]);
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_mark(word: &str) -> bool {
    matches!(word, "=" | ":" | ",")
}

/// What keys and their values say, and the other words; a `,` stands for what was taken out.
fn pairs(words: &[String]) -> (Vec<&str>, Vec<bool>) {
    let (mut rest, mut said) = (Vec::<&str>::new(), Vec::new());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        // `reused=false`, and `reused false` where only a word stands between.
        let bare = matches!(word.as_str(), "true" | "false");
        let value = match word.as_str() {
            "=" | ":" => words.get(at + 1..).unwrap_or(&[]),
            _ if bare => words.get(at..).unwrap_or(&[]),
            _ => &[],
        };
        let key = rest.rsplit(|word| is_mark(word)).next().unwrap_or(&[]);
        let longest = key.len().min(3);
        let found = (1..=longest).rev().find_map(|many| {
            let key = key[key.len() - many..].concat();
            Some((many, state(&key, value, word == ":")?))
        });
        match found {
            Some((many, used)) => {
                said.push(used);
                rest.truncate(rest.len() - many);
                rest.push(",");
                at += if bare { 1 } else { 2 };
            }
            None => {
                // `new-conn-count=0` is a name, no phrase.
                if let Some(key) = rest.last_mut()
                    && word == "="
                    && key.contains('-')
                {
                    *key = ",";
                }
                rest.push(word);
                at += 1;
            }
        }
    }
    // What still stands between a key and a value parts two clauses.
    for word in &mut rest {
        if is_mark(word) {
            *word = ",";
        }
    }
    (rest, said)
}

/// What a key is made of.
#[derive(Default)]
struct Key {
    /// The last word of [`STATES`].
    state: Option<(bool, bool)>,
    noun: bool,
    not: bool,
}

impl Key {
    /// `connreused`, `是否新连接`; `None`: another word is in it, as in `newconnspersec`.
    fn read(key: &str) -> Option<Self> {
        let mut left = key.replace(['-', '.'], "");
        let mut it = Self::default();
        loop {
            let ends =
                |list: &[&'static str]| list.iter().copied().find(|word| left.ends_with(word));
            let state = STATES.iter().find(|(word, ..)| left.ends_with(word));
            let part = if let Some((word, used, alone)) = state {
                it.state.get_or_insert((*used, *alone));
                word
            } else if let Some(word) = ends(&NOUNS) {
                it.noun = true;
                word
            } else if let Some(word) = ends(&HOLLOW) {
                word
            } else if let Some(word) = ends(&NOT) {
                it.not = true;
                word
            } else {
                break;
            };
            left.truncate(left.len() - part.len());
        }
        // 本次连接是否复用: what goes before a Chinese key is no part of it.
        (!left.ends_with(|c: char| c.is_ascii_alphanumeric())).then_some(it)
    }
}

/// What a key with this value says: `reused` and `connnew` take a yes or a no, `connection` itself a state.
fn state(key: &str, value: &[String], spaced: bool) -> Option<bool> {
    let says = value.first()?.as_str();
    let after = value.get(1).map_or(",", String::as_str);
    let key = Key::read(key)?;
    let Some((used, alone)) = key.state else {
        // `connection: new`, and not `lost connection: new order`.
        let whole = !spaced || is_mark(after) || value.get(2).is_some_and(|word| word == "=");
        let word = says.trim_end_matches("连接");
        let (_, used, _) = STATES.iter().find(|(state, ..)| *state == word)?;
        return (key.noun && whole).then_some(*used);
    };
    let yes = match says {
        "true" | "yes" | "1" | "y" | "是" | "是的" => true,
        "false" | "no" | "0" | "n" | "否" | "不是" | "没有" => false,
        _ => return None,
    };
    // `reused: 0 of 12`, `reused: no idea`.
    let counted = matches!(after, "of" | "out" | "idea" | "more" | "longer");
    ((key.noun || alone) && !counted).then_some((used == yes) != key.not)
}

/// What a clause of English says.
fn english(words: &[&str], said: &mut Vec<bool>) {
    for (at, word) in words.iter().copied().enumerate() {
        let noun = word.strip_suffix('s').unwrap_or(word);
        if NOUNS.contains(&noun) {
            said.extend(before_noun(&words[..at], noun != word, &words[at + 1..]));
            said.extend(after_noun(&words[at + 1..]));
        }
        let not = at > 0 && NOT.contains(&words[at - 1]);
        if word == "unreused" || word == "reused" && not {
            said.push(false);
        }
        if word == "first" {
            said.extend(first_of_it(&words[at + 1..]));
        }
    }
}

/// Whether the end of these words is an adjective for a connection, and how many of them it takes.
fn adjective(words: &[&str]) -> Option<(bool, usize)> {
    let (last, rest) = words.split_last()?;
    let before = rest.last().copied().unwrap_or("");
    match *last {
        "new" | "fresh" => Some((false, 1)),
        "dialed" | "dialled" | "opened" | "created" | "established" | "made" | "connected"
            if matches!(before, "freshly" | "newly" | "just" | "recently") =>
        {
            Some((false, 2))
        }
        "used" if before == "re" => Some((true, 2)),
        "alive" if matches!(before, "kept" | "keep") => Some((true, 2)),
        "reused" => Some((true, 1)),
        "existing" | "pooled" | "idle" | "old" | "stale" | "cached" | "keepalive" => {
            Some((true, 1))
        }
        _ => None,
    }
}

/// `on a newly opened TCP connection`. A connection that somebody opens, or tries again on, is another than the one that failed.
fn before_noun(words: &[&str], many: bool, after: &[&str]) -> Option<bool> {
    const KINDS: [&str; 9] = [
        "tcp", "tls", "http", "https", "http/1.1", "client", "upstream", "server", "backend",
    ];
    const REMEDIES: [&str; 17] = [
        "retr",
        "reconnect",
        "redial",
        "open",
        "start",
        "creat",
        "establish",
        "dial",
        "mak",
        "try",
        "tries",
        "use",
        "using",
        "switch",
        "forc",
        "need",
        "fall",
    ];
    // `new connection pool`.
    if matches!(
        after,
        [
            "pool" | "count" | "rate" | "limit" | "timeout" | "string",
            ..
        ]
    ) {
        return None;
    }
    let mut words = words;
    while let Some((last, rest)) = words.split_last()
        && KINDS.contains(last)
    {
        words = rest;
    }
    let (used, long) = adjective(words)?;
    let lead = &words[..words.len() - long];
    let lead = &lead[lead.len().saturating_sub(4)..];
    let has = |list: &[&str]| lead.iter().any(|word| list.contains(word));
    let remedy = |word: &&str| REMEDIES.iter().any(|start| word.starts_with(start));
    let on = has(&["on", "over"]);
    let taken = has(&["on", "over", "reuse", "reusing", "using", "re"]);
    let plain = matches!(words.last(), Some(&("reused" | "used")));
    let works = |word: &&str| {
        matches!(
            *word,
            "works" | "work" | "worked" | "fine" | "ok" | "succeeds" | "helps"
        )
    };
    let other = if used {
        !plain && !taken
    } else {
        many && !on || lead.iter().any(remedy) || after.iter().take(3).any(works)
    };
    if other || has(&["no", "without"]) {
        return None;
    }
    Some(used != has(&NOT))
}

/// `connection was reused`, `conn not new`, `connection just opened`.
fn after_noun(words: &[&str]) -> Option<bool> {
    let copula = |word: &&&str| {
        matches!(
            **word,
            "is" | "was" | "were" | "had" | "has" | "been" | "brand"
        ) || NOT.contains(*word)
    };
    let many = words.iter().take_while(copula).count();
    let not = words[..many].iter().any(|word| NOT.contains(word));
    let used = match words.get(many..)? {
        ["reused", ..] | ["re", "used", ..] => true,
        [one, ..] if many > 0 && matches!(*one, "new" | "fresh") => false,
        [one, two, ..] => adjective(&[*one, *two]).filter(|it| !it.0 && it.1 == 2)?.0,
        _ => return None,
    };
    Some(used != not)
}

/// `first request on its connection`; the first one after a pause is the textbook race.
fn first_of_it(words: &[&str]) -> Option<bool> {
    let what = words.first()?;
    let paused = |word: &&str| matches!(*word, "after" | "since" | "idle" | "pause");
    let noun = words.iter().take(6).position(|word| NOUNS.contains(word))?;
    let of = words[..noun]
        .iter()
        .any(|word| matches!(*word, "on" | "of" | "over"));
    let sent = matches!(*what, "request" | "use" | "call" | "write" | "message");
    (sent && of && !words.iter().any(paused)).then_some(false)
}

/// What Chinese says, without spaces: each 连接, by what stands before and after it.
fn chinese(text: &str, said: &mut Vec<bool>) {
    /// Between 新 and 连接: 新建立的 TCP 连接.
    const FILLING: &str = "的了个条那这开好上建立过httpstcl长短";
    for (at, noun) in text.match_indices("连接") {
        let (before, after) = (&text[..at], &text[at + noun.len()..]);
        if after.starts_with(['池', '数', '串', '器', '率']) {
            continue;
        }
        let before = before.trim_end_matches(|c| FILLING.contains(c));
        let new = before.strip_suffix(['新', '刚']);
        // 重新, 更新, 刷新, 最新 are other words.
        let new = new.filter(|it| !it.ends_with(['重', '更', '刷', '最']));
        let old = ["复用", "旧", "老"]
            .iter()
            .find_map(|it| before.strip_suffix(it));
        if let Some(lead) = new.or(old) {
            // 没有复用旧连接.
            let lead = lead.trim_end_matches(|c| FILLING.contains(c));
            let lead = lead.strip_suffix("复用").unwrap_or(lead);
            let not = ["不是", "并非", "没有", "没", "未", "非"]
                .iter()
                .any(|it| lead.ends_with(it));
            if old.is_some() || not || !elsewhere(lead, after) {
                said.push(old.is_some() != not);
            }
        }
        let starts = |list: &[&str]| list.iter().any(|it| after.starts_with(it));
        if starts(&[
            "是新",
            "为新",
            "刚建",
            "刚刚建",
            "刚打开",
            "上的第一个请求",
            "的第一个请求",
            "上的首个请求",
            "的首个请求",
        ]) {
            said.push(false);
        }
        if starts(&["是复用", "被复用", "是旧", "不是新"]) {
            said.push(true);
        }
    }
    for (at, word) in text.match_indices("复用") {
        let not = ["没有", "没", "未", "未被", "没有被", "非", "不是"];
        let before = &text[..at];
        if not.iter().any(|it| before.ends_with(it)) && !text[at + word.len()..].starts_with("连接")
        {
            said.push(false);
        }
    }
}

/// 重试时新建连接, 换新连接就正常: another connection than the one that failed.
fn elsewhere(lead: &str, after: &str) -> bool {
    let start = lead.char_indices().rev().nth(5).map_or(0, |(at, _)| at);
    let end = after
        .char_indices()
        .nth(5)
        .map_or(after.len(), |(at, _)| at);
    let lead = lead[start..].rsplit(',').next().unwrap_or("");
    let after = after[..end].split(',').next().unwrap_or("");
    let has = |text: &str, list: &[&str]| list.iter().any(|it| text.contains(it));
    has(lead, &["重试", "换", "改", "重连", "再", "才"])
        || has(after, &["正常", "成功", "就好", "没问题", "没事", "恢复"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: Option<bool>, lines: &[&str]) {
        for line in lines {
            assert_eq!(reused(line), expected, "{line}");
            assert_eq!(
                reused(&format!("12:03 ERROR {line} (job 7)")),
                expected,
                "{line}, in a log"
            );
        }
    }

    #[test]
    fn a_fresh_connection_is_told() {
        check(
            Some(false),
            &[
                "Post \"http://a/x\": EOF（新连接）",
                "刚建立的连接就报 Post \"http://a/x\": EOF",
                "Post \"http://a/x\": EOF on a new TCP connection",
                "Post \"http://a/x\": EOF (conn not reused)",
                "Post \"http://a/x\": EOF on a brand-new conn",
                r#"{"msg":"Post \"http://a/x\": EOF","reused":"false"}"#,
                r#"{"conn_reused": 0, "error": "EOF"}"#,
                "a socket hang up on first use, reusedSocket=false",
                "{Conn:0xc000 Reused:false WasIdle:false IdleTime:0s}",
                // A key and its value.
                "EOF wasIdle=false reused: no",
                "EOF connection: new",
                "EOF conn=fresh idle=0s",
                "EOF isNewConnection=true",
                "EOF new_conn=1 attempt=2",
                "EOF new connection: yes",
                "EOF fresh_connection=true",
                "EOF conn.reused=False",
                "{'reused': False, 'error': 'EOF'}",
                ":conn_reused => false, :error => \"EOF\"",
                r#"level=error err="EOF" conn-reused=no"#,
                r#"{\"error\":\"EOF\",\"connReused\":false}"#,
                "socket hang up\treused false\tattempt 1",
                "EOF, was the connection reused? no",
                "EOF 连接复用：否",
                "EOF 是否复用=false",
                "本次连接是否复用: 否，EOF",
                "EOF 新连接=true",
                "socket hang up，连接：新建",
                // A phrase.
                "EOF on a freshly dialed connection",
                "EOF on a newly established TLS connection",
                "read ECONNRESET, the socket was just opened",
                "EOF; the connection is brand new",
                "EOF over a fresh HTTP/1.1 connection",
                "EOF even on new connections",
                "EOF, not on a reused connection",
                "EOF: the conn wasn't reused",
                "EOF on the first request of its connection",
                "socket hang up，连接是新建的",
                "新建立的 TCP 连接上 EOF",
                "刚连上，没有复用，EOF",
                "EOF，不是复用的连接",
                "EOF，没有复用旧连接",
                "连接上的第一个请求就 EOF",
                "新链接，EOF",
            ],
        );
    }

    #[test]
    fn a_reused_connection_is_told() {
        check(
            Some(true),
            &[
                "{Conn:0xc000 Reused:true WasIdle:true IdleTime:9.9s}",
                r#"{"conn_reused": 1}"#,
                "EOF on a reused connection",
                "旧连接上的 EOF",
                // A key and its value.
                "Post \"http://a/x\": EOF newConnection=false idle=9.99s",
                "Post \"http://a/x\": EOF fresh_connection=false",
                "EOF is_new_conn=0",
                "EOF reusedSocket: true",
                "EOF connection=reused",
                "EOF not_reused=false",
                "EOF, is it a new connection? No",
                "{\"error\":\"EOF\",\"attempt\":1,\"conn-reused\":true}",
                "EOF 复用：是",
                "EOF 新连接：否",
                "EOF 是否新建连接=false",
                // A phrase.
                "* Connection died, retrying a fresh connect (retry count: 1)",
                "* Connection died, tried 5 times before giving up",
                "* Re-using existing connection with host api",
                "EOF on an idle connection",
                "socket hang up over an old kept-alive connection",
                "EOF: connection was reused",
                "EOF, not a new connection",
                "EOF，不是新连接",
                "复用了旧连接，EOF",
                "EOF，复用的 TCP 连接",
                "老连接上报 socket hang up",
                "EOF on a reused connection, retrying on a fresh one",
                "旧连接报 EOF，新建连接就好",
            ],
        );
    }

    #[test]
    fn what_is_said_of_something_else_is_no_word_on_the_connection() {
        check(
            None,
            &[
                "EOF",
                "reused: 0.5 of all, no new connections",
                "reused=false, then reused=true",
                "reused: 0 of 12",
                "reused: 0% of all",
                "reuseAddr=true reusePort=1 newClient=true",
                "reused? no idea",
                "新建订单失败: Post \"http://order-svc/orders\": EOF",
                "新建用户接口报错 err=Post \"http://user/api\": EOF",
                "Post \"http://a/x\": EOF newConnsPerSec=0",
                "EOF new_conn_count=0 new-conn-per-sec=3",
                "EOF new connection rate: 0",
                "Post \"http://a/x\": EOF, always on the first request after an idle period",
                "EOF on the first request on the connection after 10 s idle",
                "EOF on the first request of the day",
                "Post \"http://a/new/connection?conn=new&reused=false\": EOF",
                "new order failed: EOF, newOrder=true isNew=true",
                "EOF, retrying on a new connection",
                "EOF, then we open a fresh connection and it works",
                "EOF; a new connection works",
                "EOF with the new connection pool",
                "lost connection: new order not sent: EOF",
                "Connection: close",
                "the freshly created order: EOF",
                "the connection died: EOF",
                "EOF，重试时新建连接",
                "EOF，换新连接就正常",
                "重新建立的连接",
                "EOF，上线新连接池之后出现",
                "更新连接信息失败: EOF",
                "最新的连接数 12",
                "EOF（空闲后的第一个请求）",
            ],
        );
    }
}
