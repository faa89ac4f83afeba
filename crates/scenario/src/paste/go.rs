//! Go's `net/http`: statements about a client's `transport` and `dialer`, and about a `server`.

use super::{Change, Subject, Writer, add_once};
use crate::kind::Given;
use crate::span::Span;
use whyeof_trace::Text;

pub(super) static WRITER: Writer = Writer {
    language: "go",
    speaks: |runtime| runtime.is_some_and(|runtime| runtime.starts_with("go-")),
    write,
};

const TRANSPORT: Text = Text::new(
    "// transport: the *http.Transport of your http.Client",
    "// transport：你的 http.Client 所用的 *http.Transport",
);
const DIALER: Text = Text::new(
    "dialer := &net.Dialer{} // or the one that you have",
    "dialer := &net.Dialer{} // 已经有就用现成的",
);
const ONE_KEY: Text = Text::new(
    "req.Header.Set(\"{name}\", id) // one id for a request and all its repeats",
    "req.Header.Set(\"{name}\", id) // 同一个请求和它的重发用同一个 id",
);
const READ_RESPONSE: Text = Text::new(
    "io.Copy(io.Discard, resp.Body) // the rest, so that the connection can be used again\nresp.Body.Close()",
    "io.Copy(io.Discard, resp.Body) // 读完剩下的，连接才能复用\nresp.Body.Close()",
);
const READ_REQUEST: Text = Text::new(
    "io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 10<<20)) // before the response; with a limit",
    "io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 10<<20)) // 先读完再写响应；要有上限",
);

fn write(subject: &Subject<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let lang = subject.lang;
    let of = |struct_: &str| -> Vec<&Change> {
        let changes = subject.changes.iter();
        let is_of = |it: &&Change| it.option().is_some_and(|(_, of)| of == struct_);
        changes.filter(is_of).collect()
    };
    let sets = |variable: &str, change: &Change| {
        let (name, _) = change.option()?;
        // `Dialer.Timeout` is the dialer's, as `Timeout` is the client's.
        let name = name.rsplit('.').next().unwrap_or(name);
        let value = value(change.given())?;
        let was = change.comment("//", lang);
        Some(format!("{variable}.{name} = {value}{was}"))
    };
    let transport = of("http.Transport");
    let dialer = [of("net.Dialer"), of("net.Dialer.Control")].concat();
    let shared = subject.runtime == Some("go-1.27-default-transport");
    if !transport.is_empty() || !dialer.is_empty() {
        lines.push(match shared {
            true => "transport := http.DefaultTransport.(*http.Transport).Clone()".to_owned(),
            false => TRANSPORT.of(lang).to_owned(),
        });
    }
    lines.extend(transport.iter().filter_map(|it| sets("transport", it)));
    if !dialer.is_empty() {
        lines.push(DIALER.of(lang).to_owned());
        let (probes, plain): (Vec<&Change>, Vec<&Change>) =
            dialer.into_iter().partition(|it| probe(it).is_some());
        lines.extend(plain.iter().filter_map(|it| match it.option() {
            Some((_, "net.Dialer.Control")) => user_timeout(it.given()),
            _ => sets("dialer", it),
        }));
        lines.extend(probe_config(&probes));
        lines.push("transport.DialContext = dialer.DialContext".to_owned());
    }
    if shared && !lines.is_empty() {
        lines.push("client.Transport = transport".to_owned());
    }
    lines.extend(of("http.Client").iter().filter_map(|it| sets("client", it)));
    let server = of("http.Server");
    lines.extend(server.iter().filter_map(|it| match it.option() {
        Some((name @ "SetKeepAlivesEnabled", _)) => {
            Some(format!("server.{name}({})", value(it.given())?))
        }
        _ => sets("server", it),
    }));
    let code = subject.changes.iter().filter_map(|it| code(it, subject));
    add_once(&mut lines, code);
    lines
}

/// What is no option, but a line of the program.
fn code(change: &Change, subject: &Subject<'_>) -> Option<String> {
    let lang = subject.lang;
    if let Some((_, header)) = change.key.split_once(".headers.") {
        return Some(ONE_KEY.fill(lang, &[("name", header)]));
    }
    let is_client = change.key.starts_with("requests.");
    let text = match is_client {
        _ if !change.is("read") => return None,
        true => READ_RESPONSE,
        false => READ_REQUEST,
    };
    Some(text.of(lang).to_owned())
}

/// A field of `net.KeepAliveConfig`.
fn probe(change: &Change) -> Option<&'static str> {
    change.option()?.0.strip_prefix("KeepAliveConfig.")
}

fn probe_config(probes: &[&Change]) -> Option<String> {
    let set = probes.iter();
    let set = set.filter_map(|it| Some((probe(it)?, value(it.given())?)));
    let mut fields = vec![("Enable", "true".to_owned())];
    fields.extend(set);
    // As gofmt has them.
    let wide = fields.iter().map(|(name, _)| name.len() + 1).max()?;
    let line = |(name, value): &(&str, String)| {
        let name = format!("{name}:");
        format!("\t{name:wide$} {value},\n")
    };
    let lines: String = fields.iter().map(line).collect();
    let config = format!("dialer.KeepAliveConfig = net.KeepAliveConfig{{\n{lines}}}");
    (fields.len() > 1).then_some(config)
}

/// `golang.org/x/sys/unix` names the option; `net.Dialer.Control` is called before the connection is made.
fn user_timeout(given: Option<&Given>) -> Option<String> {
    let Some(Given::Span(span)) = given else {
        return None;
    };
    let millis = span.0 / 1_000_000;
    Some(format!(
        "dialer.Control = func(_, _ string, conn syscall.RawConn) error {{\n\
         \tvar err error\n\
         \tcontrolled := conn.Control(func(fd uintptr) {{\n\
         \t\terr = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, {millis}) // ms\n\
         \t}})\n\
         \treturn errors.Join(controlled, err)\n\
         }}"
    ))
}

/// A value as Go writes it; what is taken out is the zero value.
fn value(given: Option<&Given>) -> Option<String> {
    Some(match given {
        None => "0".to_owned(),
        Some(Given::Span(span)) => duration(*span),
        Some(Given::Count(count)) => count.to_string(),
        Some(Given::Switch(on)) => on.to_string(),
        Some(_) => return None,
    })
}

fn duration(span: Span) -> String {
    let units = [
        (1_000_000_000, "time.Second"),
        (1_000_000, "time.Millisecond"),
        (1_000, "time.Microsecond"),
    ];
    let whole = units.into_iter().find(|(nanos, _)| span.0 % nanos == 0);
    match whole {
        _ if span.0 == 0 => "0".to_owned(),
        Some((nanos, unit)) => format!("{} * {unit}", span.0 / nanos),
        None => span.0.to_string(),
    }
}
