//! Error lines, and what can be behind each: a file of its own that the page loads when somebody pastes one.
//!
//! A line is matched by words that it has and has not, in small letters (see `Symptoms::has`); nothing of it leaves the browser. The race is
//! one cause among others, and an `EOF` on a fresh connection is never called one.

mod dialled;
mod reused;

use crate::presets::{self, Preset};
pub use reused::reused;
use serde_json::Value as Json;
use whyeof_trace::{Lang, SortKey};

/// The file.
pub const FILE: &str = include_str!("symptoms.json");
/// More of a pasted text is not read.
pub const MOST: usize = 20_000;

/// What is read of a pasted text.
fn head(pasted: &str) -> &str {
    let end = pasted.char_indices().nth(MOST);
    &pasted[..end.map_or(pasted.len(), |(at, _)| at)]
}

/// All symptoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Symptoms(Json);

/// What a line can mean, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom<'a> {
    /// Its name in the file.
    pub id: &'a str,
    /// Who writes such lines.
    pub who: &'a str,
    /// What the line says.
    pub says: &'a str,
    /// What can be behind it, the likeliest first.
    pub causes: Vec<Cause<'a>>,
}

/// What can be behind a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// What it is called.
    pub name: &'a str,
    /// How to tell that it is this one.
    pub tell: &'a str,
    /// Whether it can only happen on a reused connection.
    pub reused_only: bool,
    /// A scenario that shows it.
    pub preset: Option<&'static Preset>,
    /// Whether that scenario shows it on a reused connection, where it can happen on a fresh one, too.
    pub shows_reused: bool,
}

impl Symptoms {
    /// Reads the file; `None`: it is none.
    pub fn read(file: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(file).ok()?;
        json.get("symptoms")?.as_array()?;
        Some(Self(json))
    }

    /// All of them, in one language.
    pub fn all(&self, lang: Lang) -> Vec<Symptom<'_>> {
        let all = self.0.get("symptoms").and_then(Json::as_array);
        let all = all.into_iter().flatten();
        all.filter_map(|one| symptom(one, lang)).collect()
    }

    /// What a pasted text can mean, the most specific first. What only catches all else is left out where something better was found.
    pub fn matching(&self, pasted: &str, lang: Lang) -> Vec<Symptom<'_>> {
        /// Below this weight an entry is a net for what nothing else catches.
        const NET: u64 = 20;
        let text = head(pasted).to_lowercase();
        let all = self.0.get("symptoms").and_then(Json::as_array);
        let mut found: Vec<(u64, &Json)> = all
            .into_iter()
            .flatten()
            .filter(|one| self.fits(one, &text))
            .map(|one| (one.get("weight").and_then(Json::as_u64).unwrap_or(0), one))
            .collect();
        found.sort_by_cached_key(|(weight, _)| -> SortKey { (u64::MAX - weight, 0) });
        let best = found.first().map_or(0, |(weight, _)| *weight);
        let kept = found
            .into_iter()
            .filter(|(weight, _)| best < NET || *weight >= NET);
        kept.filter_map(|(_, one)| symptom(one, lang)).collect()
    }
}

fn words<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = &'a str> {
    let list = json.get(key).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str)
}

impl Symptoms {
    /// Whether a text has this: words anywhere, `=` in front as whole words, `^` as all of it; `@` names a list of which one is enough.
    fn has(&self, word: &str, text: &str) -> bool {
        if let Some(list) = word.strip_prefix('@') {
            let lists = self.0.get("lists");
            return lists.is_some_and(|it| words(it, list).any(|word| self.has(word, text)));
        }
        match (word.strip_prefix('='), word.strip_prefix('^')) {
            (Some(word), _) => stands_alone(word, text),
            (_, Some(word)) => text.trim() == word,
            _ => text.contains(word),
        }
    }

    fn fits(&self, symptom: &Json, text: &str) -> bool {
        let has = |word: &str| self.has(word, text);
        let mut any = words(symptom, "any").peekable();
        words(symptom, "all").all(has)
            && (any.peek().is_none() || any.any(has))
            && !words(symptom, "none").any(has)
    }
}

/// Whether a word of a text is this one: no part of another, nor of a path.
fn stands_alone(word: &str, text: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || ['_', '-', '/'].contains(&c);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

fn symptom(json: &Json, lang: Lang) -> Option<Symptom<'_>> {
    let said = |key: &str| crate::manual::said(json.get(key)?, lang);
    let causes = json.get("causes")?.as_array()?.iter();
    Some(Symptom {
        id: json.get("id")?.as_str()?,
        who: said("who")?,
        says: said("says")?,
        causes: causes.filter_map(|one| cause(one, lang)).collect(),
    })
}

fn cause(json: &Json, lang: Lang) -> Option<Cause<'_>> {
    let said = |key: &str| crate::manual::said(json.get(key)?, lang);
    let preset = json.get("preset").and_then(Json::as_str);
    Some(Cause {
        name: said("name")?,
        tell: said("tell")?,
        reused_only: json.get("reused").is_some(),
        preset: preset.and_then(presets::find),
        shows_reused: json.get("shows").is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read() -> Symptoms {
        Symptoms::read(FILE).expect("the file")
    }

    fn entries(symptoms: &Symptoms) -> &[Json] {
        symptoms.0["symptoms"].as_array().expect("a list")
    }

    #[test]
    fn every_sample_leads_to_its_own_entry_first_and_no_counter_example_does() {
        let symptoms = read();
        for entry in entries(&symptoms) {
            let id = entry["id"].as_str().expect("an id");
            for line in words(entry, "lines") {
                for line in [line.to_owned(), format!("12:03 ERROR {line} (job 7)")] {
                    let found = symptoms.matching(&line, Lang::En);
                    assert_eq!(found.first().map(|found| found.id), Some(id), "{line}");
                }
            }
            for line in words(entry, "not") {
                let found = symptoms.matching(line, Lang::En);
                assert!(found.iter().all(|found| found.id != id), "{id}: {line}");
            }
        }
    }

    #[test]
    fn every_entry_speaks_both_languages_and_names_scenarios_that_exist() {
        let symptoms = read();
        let cjk = |text: &str| text.chars().any(|c| ('一'..='鿿').contains(&c));
        for entry in entries(&symptoms) {
            let en = symptom(entry, Lang::En).expect("English");
            let zh = symptom(entry, Lang::Zh).expect("中文");
            assert!(cjk(zh.says) && !cjk(en.says), "{}", en.id);
            assert_eq!(
                en.causes.len(),
                entry["causes"].as_array().map_or(0, Vec::len)
            );
            assert!(!en.causes.is_empty() && en.causes.len() == zh.causes.len());
            for (cause, json) in en
                .causes
                .iter()
                .zip(entry["causes"].as_array().into_iter().flatten())
            {
                assert_eq!(
                    cause.preset.is_some(),
                    json.get("preset").is_some(),
                    "{json}"
                );
                assert!(cause.tell.len() > 20, "{json}");
            }
        }
    }

    #[test]
    fn the_race_is_not_always_first_and_never_on_a_fresh_connection() {
        let symptoms = read();
        let (mut first, mut later) = (0, 0);
        for entry in entries(&symptoms) {
            let found = symptom(entry, Lang::En).expect("English");
            for (at, cause) in found.causes.iter().enumerate() {
                if cause.name.to_lowercase().contains("race") && cause.name.contains("live") {
                    assert!(cause.reused_only, "{}: {}", found.id, cause.name);
                    *(if at == 0 { &mut first } else { &mut later }) += 1;
                }
            }
        }
        assert!(first > 5 && later > 5, "{first} {later}");
    }

    /// What is found for a line, and no more; the same in a log and between words of Chinese.
    #[track_caller]
    fn check(expected: &[&str], lines: &[&str]) {
        let symptoms = read();
        for line in lines {
            for line in [
                (*line).to_owned(),
                format!("12:03 ERROR {line} (job 7)"),
                format!("线上偶发报错：{line}，求助"),
            ] {
                let found = symptoms.matching(&line, Lang::Zh);
                let found: Vec<&str> = found.iter().map(|found| found.id).collect();
                assert_eq!(found, expected, "{line}");
            }
        }
    }

    #[test]
    fn a_tls_end_without_a_goodbye_is_no_cut_body() {
        check(
            &["tls-eof"],
            &[
                "OpenSSL::SSL::SSLError (SSL_read: unexpected eof while reading)",
                "cURL error 56: OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, errno 0",
                "LibreSSL SSL_read: SSL_ERROR_SYSCALL, errno 0",
                "GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
                "hyper::Error(Io, Custom { kind: UnexpectedEof, error: \"peer closed connection without sending TLS close_notify\" })",
            ],
        );
        check(
            &["nginx-premature"],
            &[
                "SSL_read() failed (SSL: error:0A000126:SSL routines::unexpected eof while reading) while reading response header from upstream",
            ],
        );
        check(
            &["handshake"],
            &[
                "OpenSSL::SSL::SSLError: SSL_connect returned=1 errno=0 state=error: unexpected eof while reading",
                "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to api:443",
                "System.Net.WebException: The request was aborted: Could not create SSL/TLS secure channel.",
            ],
        );
        check(
            &["curl-56"],
            &["OpenSSL SSL_read: SSL_ERROR_SYSCALL, errno 104"],
        );
    }

    #[test]
    fn what_was_never_connected_or_never_sent_is_told_from_a_slow_handler() {
        check(
            &["connect-timeout"],
            &[
                "curl: (28) Failed to connect to 10.0.0.9 port 80 after 75001 ms: Connection timed out",
                "curl: (28) Failed to connect to api port 443 after 129965 ms: Couldn't connect to server",
                "cURL error 28: Connection timed out after 5001 milliseconds",
            ],
        );
        check(
            &["dns"],
            &["curl: (28) Resolving timed out after 5000 milliseconds"],
        );
        check(&["tls-timeout"], &["curl: (28) SSL connection timeout"]);
        check(
            &["refused"],
            &[
                "curl: (7) Failed to connect to api port 8080 after 0 ms: Could not connect to server",
            ],
        );
        check(
            &["db-pool-wait"],
            &[
                "HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=5)",
                "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
                "The timeout period elapsed prior to obtaining a connection from the pool.",
            ],
        );
        check(
            &["client-timeout"],
            &[
                "curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received",
                "curl: (28) Operation too slow. Less than 1 bytes/sec transferred the last 30 seconds",
            ],
        );
    }

    #[test]
    fn who_closed_or_refused_it_here_is_told_from_a_peer() {
        check(
            &["aiohttp-closing"],
            &[
                "aiohttp.client_exceptions.ClientConnectionResetError: Cannot write to closing transport",
                "ConnectionResetError: Cannot write to closing transport",
            ],
        );
        check(
            &["go-canceled"],
            &["Get \"http://api/x\": context canceled"],
        );
        check(
            &["unix-socket"],
            &[
                "error during connect: Post \"http://%2Fvar%2Frun%2Fdocker.sock/v1.45/build\": EOF",
                "Get \"http://docker.sock/v1.41/info\": EOF",
                "read unix @->/run/containerd/containerd.sock: read: connection reset by peer",
                "upstream prematurely closed connection while reading response header from upstream, upstream: \"fastcgi://unix:/run/php-fpm.sock:\"",
            ],
        );
    }

    #[test]
    fn text_that_ended_is_no_connection_that_did() {
        check(
            &["parser"],
            &[
                "strconv.ParseInt: parsing \"EOF\": invalid syntax",
                "strconv.Atoi: parsing \"EOF\": invalid syntax",
                "EOF in JSON: unexpected end of JSON input",
                "java.io.EOFException: Unexpected end of ZLIB input stream",
                "_pickle.UnpicklingError, EOFError: Ran out of input",
            ],
        );
        check(
            &[],
            &[
                "job aborted: order 7 is gone",
                "The transaction was aborted",
            ],
        );
    }

    #[test]
    fn the_program_that_a_line_names_is_known() {
        check(
            &["httpx-read"],
            &["httpx.ReadError", "httpcore.ReadError: "],
        );
        check(
            &["httpx"],
            &["httpx.RemoteProtocolError: Server disconnected without sending a response."],
        );
        check(
            &["node-premature"],
            &[
                "FetchError: Invalid response body while trying to fetch http://a/: Premature close",
                "code: 'ERR_STREAM_PREMATURE_CLOSE'",
            ],
        );
        check(
            &["hyper-not-sent"],
            &[
                "hyper::Error(Canceled, \"connection was not ready\")",
                "hyper::Error(ChannelClosed)",
            ],
        );
        check(
            &["hyper-reset"],
            &[
                "hyper::Error(Io, Os { code: 104, kind: ConnectionReset, message: \"Connection reset by peer\" })",
            ],
        );
        check(
            &["ruby-reset"],
            &[
                "Errno::ECONNRESET: Connection reset by peer",
                "Errno::ECONNRESET (Connection reset by peer - SSL_read)",
            ],
        );
        check(&["py-disconnected"], &["http.client.BadStatusLine: ''"]);
        check(
            &["cut-head"],
            &["http.client.BadStatusLine: SSH-2.0-OpenSSH_9.6"],
        );
    }

    #[test]
    fn so_are_java_and_dotnet() {
        check(
            &["dotnet-kept"],
            &["A connection that was expected to be kept alive was closed by the server."],
        );
        check(
            &["win-10054"],
            &[
                "Unable to read data from the transport connection: Connection reset by peer.",
                "远程主机强迫关闭了一个现有的连接",
            ],
        );
        check(
            &["kernel-gave-up"],
            &["Unable to read data from the transport connection: Connection timed out."],
        );
        check(
            &["java-reset"],
            &["java.net.SocketException: 连接被对方重设"],
        );
        check(
            &["cut-body"],
            &[
                "Premature end of Content-Length delimited message body (expected: 100; received: 50)",
                "Get \"http://a/\" body: unexpected EOF",
            ],
        );
    }

    #[test]
    fn proxies_and_curl_say_what_became_of_a_connection() {
        check(
            &["seen-dead"],
            &[
                "* Connection 0 seems to be dead, closing",
                "Resetting dropped connection: api",
            ],
        );
        check(
            &["curl-died"],
            &["* Connection died, retrying a fresh connect (retry count: 1)"],
        );
        check(
            &["envoy-ur"],
            &["disconnect/reset before headers. reset reason: remote reset"],
        );
        check(
            &["envoy-uo"],
            &[
                "\"GET /a HTTP/1.1\" 503 UO upstream_reset_before_response_started{overflow} - \"-\" 0 81 0 -",
            ],
        );
        check(
            &["alb-503"],
            &[
                "h2 2026-11-20T10:00:10Z app/web/50dc 10.0.0.7:2817 - -1 -1 -1 503 - 34 366 \"GET https://a:443/ HTTP/2.0\"",
            ],
        );
        check(&["h2-gone"], &["Error: 14 UNAVAILABLE: read ECONNRESET"]);
        check(
            &["nginx-client"],
            &["recv() failed (104: Connection reset by peer) while keepalive, client: 10.0.0.7"],
        );
    }

    #[test]
    fn what_ended_while_it_was_opened_is_no_race() {
        check(
            &["proxy-tunnel"],
            &[
                "tunneling socket could not be established, cause=socket hang up",
                "tunneling socket could not be established, cause=read ECONNRESET",
                "tunneling socket could not be established, cause=write ECONNRESET",
                "Proxy connection ended before receiving CONNECT response",
                "socks connect tcp 127.0.0.1:1080->api:443: EOF",
                "Post \"https://api/\": socks connect tcp 127.0.0.1:1080->api:443: EOF",
            ],
        );
        check(
            &["refused"],
            &[
                "tunneling socket could not be established, cause=connect ECONNREFUSED 127.0.0.1:8888",
                "socks connect tcp 127.0.0.1:1080->api:443: dial tcp 127.0.0.1:1080: connect: connection refused",
            ],
        );
        check(
            &["handshake"],
            &[
                "rpc error: code = Unavailable desc = connection error: desc = \"transport: authentication handshake failed: EOF\"",
                "rpc error: code = Unavailable desc = connection error: desc = \"error reading server preface: EOF\"",
                "Error: 14 UNAVAILABLE: authentication handshake failed: read tcp 10.0.0.1:1->10.0.0.2:2: read: connection reset by peer",
                "ssh: handshake failed: EOF",
                "Unable to connect to the server: EOF",
                "Unable to connect to the server: read tcp 10.0.0.1:1->10.0.0.2:2: read: connection reset by peer",
                "Error from server: error dialing backend: EOF",
                "Post \"https://api/\": proxyconnect tcp: unexpected EOF",
                "java.io.EOFException: SSL peer shut down incorrectly",
                "System.IO.IOException: Received an unexpected EOF or 0 bytes from the transport stream.",
                "System.IO.IOException: 从传输流收到意外的 EOF 或 0 个字节。",
                "请求被中止: 未能创建 SSL/TLS 安全通道。",
            ],
        );
        check(
            &["db-opening"],
            &[
                "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication packet', system error: 0",
                "connection to server at \"db\", port 5432 failed: server closed the connection unexpectedly",
                "connection to server at \"db\", port 5432 failed: could not receive data from server: Connection reset by peer",
            ],
        );
    }

    #[test]
    fn what_go_would_have_sent_again_was_on_a_fresh_connection() {
        check(&["go-eof-get"], &["Get http://api:8080/crash: EOF"]);
        check(
            &["go-read-reset-get"],
            &[
                "Readiness probe failed: Get \"http://10.0.0.7:8080/ready\": read tcp 10.0.0.1:1->10.0.0.7:8080: read: connection reset by peer",
                "Readiness probe failed: Get \"http://…/ready\": read tcp …: connection reset by peer",
                r#"{"err":"Head \"http://api/\": read tcp 10.0.0.1:1->10.0.0.7:80: read: connection reset by peer"}"#,
                "Get http://api/: read tcp 10.0.0.1:1->10.0.0.7:80: read: connection reset by peer",
            ],
        );
        check(
            &["go-read-reset"],
            &[
                "Post \"http://api/\": read tcp 10.0.0.1:1->10.0.0.7:80: read: connection reset by peer",
            ],
        );
        let symptoms = read();
        for id in [
            "go-eof-get",
            "go-read-reset-get",
            "handshake",
            "proxy-tunnel",
            "db-opening",
        ] {
            let entry = entries(&symptoms).iter().find(|it| it["id"] == id);
            let found = entry.and_then(|it| symptom(it, Lang::En)).expect(id);
            assert!(found.causes.iter().all(|it| !it.reused_only), "{id}");
        }
    }

    #[test]
    fn what_a_line_does_not_say_is_not_said() {
        check(
            &["dns"],
            &[
                "dial tcp: lookup api on 10.96.0.10:53: read udp 10.0.0.1:1->10.96.0.10:53: i/o timeout",
                "dial tcp: lookup api on 10.96.0.10:53: read udp 10.0.0.1:1->10.96.0.10:53: read: connection refused",
                "lookup api on 10.96.0.10:53: read udp 10.0.0.1:1->10.96.0.10:53: i/o timeout",
            ],
        );
        check(
            &["any-eof"],
            &["asyncio.IncompleteReadError: 0 bytes read on a total of 4 expected bytes"],
        );
        check(
            &["cut-body"],
            &[
                "asyncio.IncompleteReadError: 10 bytes read on a total of 40 expected bytes",
                "http.client.IncompleteRead: IncompleteRead(0 bytes read, 7 more expected)",
                "GET https://api/ net::ERR_INCOMPLETE_CHUNKED_ENCODING 200 (OK)",
            ],
        );
        check(
            &["go-unexpected"],
            &[
                "Get \"https://api/v1\": unexpected EOF",
                "Post \"https://api/v1\": unexpected EOF",
            ],
        );
        check(
            &["ldap"],
            &[
                "ldap: connection closed: unexpected EOF",
                "LDAP Result Code 200 \"Network Error\": ldap: unable to read LDAP response packet: unexpected EOF",
                "ldaps://ldap.corp:636: EOF",
            ],
        );
        check(
            &["go-io-timeout"],
            &["read tcp 10.0.0.2:8080->10.0.0.1:51512: i/o timeout"],
        );
        check(
            &["any-timeout"],
            &["read udp 10.0.0.1:40000->10.0.0.2:123: i/o timeout"],
        );
        check(&["go-handler-timeout"], &["http: Handler timeout"]);
    }

    #[test]
    fn more_that_is_known_by_its_own_words() {
        check(
            &["dotnet-kept"],
            &["基础连接已经关闭: 服务器关闭了本应保持活动状态的连接。"],
        );
        check(&["dotnet-ended"], &["基础连接已经关闭: 连接被意外关闭。"]);
        check(
            &["database"],
            &[
                "psycopg2.OperationalError: server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally",
                "psycopg2.OperationalError: SSL SYSCALL error: EOF detected",
            ],
        );
        check(
            &["h2-gone"],
            &["status = StatusCode.UNAVAILABLE\n\tdetails = \"Socket closed\""],
        );
        check(&["socket-closed"], &["Socket closed"]);
        check(
            &["haproxy-ph"],
            &[
                "PH--",
                "web app/s1 0/0/0/-1/1 502 208 - - PH-- 12/11/1/1/0 0/0 \"GET /api HTTP/1.1\"",
            ],
        );
    }

    #[test]
    fn every_list_is_there_and_used() {
        let symptoms = read();
        let lists = symptoms.0["lists"].as_object().expect("lists");
        let all = entries(&symptoms).iter();
        let all = all.flat_map(|it| ["all", "any", "none"].map(|key| words(it, key)));
        let within = lists.values().filter_map(Json::as_array).flatten();
        let named = all.flatten().chain(within.filter_map(Json::as_str));
        let mut named: Vec<&str> = named.filter_map(|it| it.strip_prefix('@')).collect();
        named.sort_unstable();
        named.dedup();
        let mut there: Vec<&str> = lists.keys().map(String::as_str).collect();
        there.sort_unstable();
        assert_eq!(named, there);
    }

    #[test]
    fn what_means_nothing_finds_nothing_and_what_is_no_file_is_none() {
        let symptoms = read();
        for text in ["", "hello", "typeof x", "200 OK", "\u{0}\u{1}"] {
            assert!(symptoms.matching(text, Lang::En).is_empty(), "{text}");
        }
        let long = "x".repeat(3 * MOST) + " EOF";
        assert!(symptoms.matching(&long, Lang::En).is_empty(), "bounded");
        for text in ["", "{}", "[]", "<html>"] {
            assert_eq!(Symptoms::read(text), None, "{text}");
        }
    }
}
