//! What must hold between the parts of a scenario, and its bounds.
//!
//! Forms and ranges of single values are their row's business; a scenario built in code is held to them here, too.

use crate::calls::{self, Call, SOCKETS};
use crate::faults::{FAULT, PACKETS};
use crate::invalid::{Invalid, Problem, What, shorten};
use crate::kind::{Given, Kind, Word, is_name, target};
use crate::names::{MAX_NAMES, NAME};
use crate::profiles::{self, Knob};
use crate::rows::{
    CALLER, CLIENT, CLIENT_END, HANDLER, HOST, NETWORK, PATH, PROXY, REQUEST, ROUTE, RUN, Row,
    SCHEDULE, SERVER, SERVER_END,
};
use crate::shell::{self, TYPED};
use crate::sysctl::SYSCTL;
use crate::v1::{Client, Effect, Fault, Host, Options, Proxy, Request, Scenario, Server};
use litemap::LiteMap;
use std::time::Duration;
use whyeof_trace::{SortKey, Text};

/// The longest JSON text that is read or written.
pub const MAX_BYTES: usize = 64 * 1024;
/// The most clients, and the most servers.
pub const MAX_PROGRAMS: usize = 32;
/// The most rows of requests of one client.
pub const MAX_REQUESTS: usize = 32;
/// The most handlers for single paths of one server.
pub const MAX_ROUTES: usize = 32;
/// The most header fields of one request.
pub const MAX_HEADERS: usize = 16;
/// The most faults: every packet meets every one of them.
pub const MAX_FAULTS: usize = 32;

/// Fields that runtimes write themselves.
const RESERVED: [&str; 11] = [
    "Accept-Encoding",
    "Connection",
    "Content-Length",
    "Host",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
];

/// Puts what has no order of its own into one: machines in the order of their programs, and paths likewise, ordinary ones
/// left out.
pub(crate) fn normalise(scenario: &mut Scenario) {
    let order: Vec<String> = scenario.machines().into_iter().map(str::to_owned).collect();
    let ordinary = |host: &Host| {
        *host
            == Host {
                name: host.name.clone(),
                ..Host::default()
            }
    };
    let is_machine = |name: &String| order.contains(name);
    // One that no program runs on stays, to be refused by its name.
    scenario
        .hosts
        .retain(|host| !(ordinary(host) && is_machine(&host.name)));
    let place = |name: &str| {
        let known = order.iter().zip(0..).find(|(known, _)| *known == name);
        known.map_or(u64::MAX, |(_, place)| place)
    };
    scenario
        .hosts
        .sort_by_cached_key(|host| -> SortKey { (place(&host.name), 0) });
    let paths = &mut scenario.network.paths;
    paths.retain(|path| {
        let ordinary = PATH.iter().all(|row| (row.get)(path) == row.default());
        let is_known = is_machine(&path.from) && is_machine(&path.to) && path.from != path.to;
        !(ordinary && is_known)
    });
    paths.sort_by_cached_key(|path| -> SortKey { (place(&path.from), place(&path.to)) });
}

/// Checks a whole scenario. What passes can be built, written, and read again.
///
/// # Errors
/// The first fault, with its place by name.
pub fn check(scenario: &Scenario) -> Result<(), Invalid> {
    check_rows(&RUN, scenario, "")?;
    check_rows(&NETWORK, scenario, "")?;
    if scenario.until.is_zero() {
        return Err(out_of_range("until", "0s", "1ns", "3600s"));
    }
    let clients = scenario.clients.iter().map(|c| c.name.as_str());
    names(&clients.collect::<Vec<_>>(), "clients", MAX_PROGRAMS)?;
    let servers = scenario.servers.iter().map(|s| s.name.as_str());
    names(&servers.collect::<Vec<_>>(), "servers", MAX_PROGRAMS)?;
    let proxies = scenario.proxies.iter().map(|p| p.name.as_str());
    let proxies: Vec<_> = proxies.collect();
    if !proxies.is_empty() {
        names(&proxies, "proxies", MAX_PROGRAMS)?;
    }
    for client in &scenario.clients {
        check_client(scenario, client)?;
    }
    for proxy in &scenario.proxies {
        check_proxy(scenario, proxy)?;
    }
    for server in &scenario.servers {
        check_server(scenario, server)?;
    }
    check_listeners(scenario)?;
    check_names(scenario)?;
    check_hosts(scenario)?;
    check_paths(scenario)?;
    check_faults(scenario)?;
    check_typed(scenario)?;
    if may_be_long(scenario) && scenario.to_json().len() > MAX_BYTES {
        return Err(Invalid::new("", Problem::TooLarge { most: MAX_BYTES }));
    }
    Ok(())
}

/// Whether it is worth the while to write the scenario in order to measure it: most are far below the bound.
fn may_be_long(scenario: &Scenario) -> bool {
    let requests = scenario.clients.iter().flat_map(|client| &client.requests);
    let bytes = requests.map(|request| {
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.len() + 8);
        request.path.len() + headers.sum::<usize>() + 256
    });
    let calls = scenario.clients.iter().map(|client| client.calls.len());
    let calls = calls.chain(scenario.servers.iter().map(|server| server.calls.len()));
    let calls = calls.sum::<usize>() * 128;
    let routes = scenario.servers.iter().flat_map(|server| &server.routes);
    let routes = routes.map(|route| route.path.len() + 128).sum::<usize>();
    let programs = scenario.clients.len() + scenario.proxies.len() + scenario.servers.len();
    let programs = programs * 512;
    let hosts = scenario.hosts.len() * 1_024 + scenario.names.len() * 1_024;
    let paths = scenario.network.paths.len() * 192;
    let faults = scenario.faults.len() * 768 + scenario.typed.len() * 512;
    // Twice, because JSON escapes some characters.
    2 * (bytes.sum::<usize>() + calls + routes + programs + hosts + paths + faults) > MAX_BYTES / 2
}

fn check_client(scenario: &Scenario, client: &Client) -> Result<(), Invalid> {
    let path = format!("clients.{}", client.name);
    check_rows(&CLIENT, client, &path)?;
    check_rows(&CLIENT_END, client, &path)?;
    let is_plain = client.options.is_empty() && client.requests.is_empty() && client.exit.is_none();
    check_calls(scenario, &client.calls, &client.runtime, is_plain, &path)?;
    let rows = profiles::client_options(&client.runtime);
    check_options(&client.options, rows, &path)?;
    let path = format!("{path}.requests");
    if client.requests.len() > MAX_REQUESTS {
        return Err(Invalid::new(path, Problem::TooMany { most: MAX_REQUESTS }));
    }
    let requests = client.requests.iter().map(|r| r.name.as_str());
    unique(&requests.collect::<Vec<_>>(), &path)?;
    for request in &client.requests {
        check_request(scenario, request, &format!("{path}.{}", request.name))?;
    }
    Ok(())
}

fn check_request(scenario: &Scenario, request: &Request, path: &str) -> Result<(), Invalid> {
    check_rows(&REQUEST, request, path)?;
    check_rows(&SCHEDULE, request, path)?;
    check_rows(&CALLER, request, path)?;
    check_headers(&request.headers, &format!("{path}.headers"))?;
    check_target(scenario, &request.to, path)?;
    if request.every == Some(Duration::ZERO) && request.count.is_none() {
        return Err(Invalid::new(format!("{path}.count"), Problem::Missing));
    }
    Ok(())
}

fn check_headers(headers: &LiteMap<String, String>, path: &str) -> Result<(), Invalid> {
    if headers.len() > MAX_HEADERS {
        return Err(Invalid::new(path, Problem::TooMany { most: MAX_HEADERS }));
    }
    for (at, (name, value)) in headers.iter().enumerate() {
        let place = || format!("{path}.{}", shorten(name));
        check_header_name(name).map_err(|problem| Invalid::new(place(), problem))?;
        let read = Kind::Word(Word::HeaderValue).read_text(value);
        read.map_err(|problem| Invalid::new(place(), problem))?;
        // Servers answer any other with 417, which is not modelled.
        if name.eq_ignore_ascii_case("Expect") && value != "100-continue" {
            let expected = Text::same("`100-continue`");
            let problem = Problem::expected(&format!("`{}`", shorten(value)), expected);
            return Err(Invalid::new(place(), problem));
        }
        let mut before = headers.keys().take(at);
        if before.any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(Invalid::new(path, Problem::Taken { name: name.clone() }));
        }
    }
    Ok(())
}

/// A token (RFC 9110 §5.6.2) that the runtime does not write itself.
pub(crate) fn check_header_name(name: &str) -> Result<(), Problem> {
    let is_token = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_token {
        let expected = Text::new(
            "a header name of 1 to 64 characters",
            " 1 到 64 个字符的首部名",
        );
        return Err(Problem::expected(&format!("{name:?}"), expected));
    }
    if RESERVED.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        let expected = Text::new(
            "a header that the runtime does not write itself",
            "运行时自己不写的首部",
        );
        return Err(Problem::expected(&format!("{name:?}"), expected));
    }
    Ok(())
}

fn check_proxy(scenario: &Scenario, proxy: &Proxy) -> Result<(), Invalid> {
    let path = format!("proxies.{}", proxy.name);
    check_rows(&PROXY, proxy, &path)?;
    let rows = profiles::proxy_options(&proxy.runtime);
    check_options(&proxy.options, rows, &path)?;
    check_target(scenario, &proxy.to, &path)?;
    check_no_circle(scenario, proxy, &path)
}

/// Nobody passes on to himself, be it through others or by a name: the request would go round for ever.
fn check_no_circle(scenario: &Scenario, proxy: &Proxy, path: &str) -> Result<(), Invalid> {
    let mut reached = behind(scenario, proxy);
    let mut next = 0;
    while let Some(found) = reached.get(next).copied() {
        if found.name == proxy.name {
            let expected = Text::new("a server that is not itself", "不是自己的服务器");
            let problem = Problem::expected(&format!("{:?}", proxy.to), expected);
            return Err(Invalid::new(format!("{path}.to"), problem));
        }
        for further in behind(scenario, found) {
            if reached.iter().all(|known| known.name != further.name) {
                reached.push(further);
            }
        }
        next += 1;
    }
    Ok(())
}

/// The proxies that a proxy may pass on to: several, where that is a name for several machines.
fn behind<'a>(scenario: &'a Scenario, proxy: &'a Proxy) -> Vec<&'a Proxy> {
    let Some((host, port)) = target(&proxy.to) else {
        return Vec::new();
    };
    let hosts = scenario.meant(host);
    let mut next: Vec<&Proxy> = scenario.proxies.iter().collect();
    next.retain(|next| next.listen == port && hosts.contains(&next.host_name()));
    next
}

/// A machine, or a name for several.
fn check_target(scenario: &Scenario, to: &str, path: &str) -> Result<(), Invalid> {
    let host = target(to).map_or("", |(host, _)| host);
    let names = scenario.names.iter().map(|name| name.name.as_str());
    let known: Vec<&str> = scenario.machines().into_iter().chain(names).collect();
    check_host(&known, host, &format!("{path}.to"))
}

/// Each stands for machines that there are, and is called like none of them.
fn check_names(scenario: &Scenario) -> Result<(), Invalid> {
    if scenario.names.len() > MAX_NAMES {
        return Err(Invalid::new("names", Problem::TooMany { most: MAX_NAMES }));
    }
    let all: Vec<_> = scenario.names.iter().map(|n| n.name.as_str()).collect();
    unique(&all, "names")?;
    let machines = scenario.machines();
    for several in &scenario.names {
        let path = format!("names.{}", several.name);
        check_rows(&NAME, several, &path)?;
        if machines.contains(&several.name.as_str()) {
            let name = several.name.clone();
            return Err(Invalid::new(path, Problem::Taken { name }));
        }
        for host in &several.hosts {
            check_host(&machines, host, &format!("{path}.hosts"))?;
        }
    }
    Ok(())
}

fn check_server(scenario: &Scenario, server: &Server) -> Result<(), Invalid> {
    let path = format!("servers.{}", server.name);
    check_rows(&SERVER, server, &path)?;
    let ordinary = Server::default();
    let is_plain = *server
        == Server {
            name: server.name.clone(),
            host: server.host.clone(),
            runtime: server.runtime.clone(),
            calls: server.calls.clone(),
            ..ordinary
        };
    check_calls(scenario, &server.calls, &server.runtime, is_plain, &path)?;
    check_rows(&SERVER_END, server, &path)?;
    check_rows(&HANDLER, &server.handler, &format!("{path}.handler"))?;
    check_routes(server, &format!("{path}.routes"))?;
    let rows = profiles::server_options(&server.runtime);
    check_options(&server.options, rows, &path)?;
    Ok(())
}

/// Each has a name and a path of its own.
fn check_routes(server: &Server, path: &str) -> Result<(), Invalid> {
    if server.routes.len() > MAX_ROUTES {
        return Err(Invalid::new(path, Problem::TooMany { most: MAX_ROUTES }));
    }
    let names = server.routes.iter().map(|route| route.name.as_str());
    unique(&names.collect::<Vec<_>>(), path)?;
    for (at, route) in server.routes.iter().enumerate() {
        let place = format!("{path}.{}", route.name);
        check_rows(&ROUTE, route, &place)?;
        check_rows(&HANDLER, &route.handler, &place)?;
        let mut before = server.routes[..at].iter();
        if before.any(|other| other.path == route.path) {
            let name = route.path.clone();
            return Err(Invalid::new(
                format!("{place}.path"),
                Problem::Taken { name },
            ));
        }
    }
    Ok(())
}

/// A program of socket calls has calls, each of which can be made, and nothing else (`is_plain`); others have none.
fn check_calls(
    scenario: &Scenario,
    calls: &[Call],
    runtime: &str,
    is_plain: bool,
    path: &str,
) -> Result<(), Invalid> {
    let fits = if runtime == SOCKETS {
        is_plain
    } else {
        calls.is_empty()
    };
    if !fits {
        return Err(Invalid::new(path, not_with(runtime)));
    }
    let checked = calls::check(calls, &scenario.machines());
    checked.map_err(|problem| Invalid::new(format!("{path}.calls"), problem))
}

/// No two programs of a machine listen on one port.
fn check_listeners(scenario: &Scenario) -> Result<(), Invalid> {
    let mut all: Vec<(String, &str, u16)> = Vec::new();
    for client in &scenario.clients {
        let path = format!("clients.{}.calls", client.name);
        let ports = client.calls.iter().filter_map(Call::listens);
        all.extend(ports.map(|port| (path.clone(), client.host_name(), port)));
    }
    for server in &scenario.servers {
        let host = server.host_name();
        if !server.is_sockets() {
            let path = format!("servers.{}.listen", server.name);
            all.push((path, host, server.listen));
        }
        let path = format!("servers.{}.calls", server.name);
        let ports = server.calls.iter().filter_map(Call::listens);
        all.extend(ports.map(|port| (path.clone(), host, port)));
    }
    for proxy in &scenario.proxies {
        let path = format!("proxies.{}.listen", proxy.name);
        all.push((path, proxy.host_name(), proxy.listen));
    }
    for (path, host, port) in &all {
        // A program may listen, close the listener, and listen again.
        let twice = |(p, h, n): &(String, &str, u16)| p != path && h == host && n == port;
        if all.iter().any(twice) {
            let name = format!("{host}:{port}");
            return Err(Invalid::new(path.as_str(), Problem::Taken { name }));
        }
    }
    Ok(())
}

fn check_hosts(scenario: &Scenario) -> Result<(), Invalid> {
    let hosts = scenario.hosts.iter().map(|h| h.name.as_str());
    unique(&hosts.collect::<Vec<_>>(), "hosts")?;
    let machines = scenario.machines();
    for host in &scenario.hosts {
        check_host(&machines, &host.name, "hosts")?;
        let path = format!("hosts.{}", host.name);
        check_rows(&HOST, host, &path)?;
        check_rows(&SYSCTL, host, &path)?;
    }
    Ok(())
}

fn check_paths(scenario: &Scenario) -> Result<(), Invalid> {
    let machines = scenario.machines();
    let paths = &scenario.network.paths;
    for (at, path) in paths.iter().enumerate() {
        let place = format!(
            "network.paths.{}.{}",
            shorten(&path.from),
            shorten(&path.to)
        );
        check_host(&machines, &path.from, &place)?;
        check_host(&machines, &path.to, &place)?;
        if path.from == path.to {
            let expected = Text::new("two different hosts", "两台不同的主机");
            let problem = Problem::expected(&format!("`{}` twice", path.from), expected);
            return Err(Invalid::new(place, problem));
        }
        let mut before = paths[..at].iter();
        if before.any(|other| other.from == path.from && other.to == path.to) {
            let name = format!("{} → {}", path.from, path.to);
            return Err(Invalid::new("network.paths", Problem::Taken { name }));
        }
        check_rows(&PATH, path, &place)?;
    }
    Ok(())
}

fn check_faults(scenario: &Scenario) -> Result<(), Invalid> {
    let faults = &scenario.faults;
    if faults.len() > MAX_FAULTS {
        let problem = Problem::TooMany { most: MAX_FAULTS };
        return Err(Invalid::new("faults", problem));
    }
    let names: Vec<_> = faults.iter().map(|fault| fault.name.as_str()).collect();
    unique(&names, "faults")?;
    let machines = scenario.machines();
    for fault in faults {
        let path = format!("faults.{}", fault.name);
        check_rows(&FAULT, fault, &path)?;
        check_after(faults, &names, fault, &path)?;
        let path = format!("{path}.{}", fault.effect.key());
        let packets = &fault.packets;
        check_rows(&PACKETS, packets, &path)?;
        check_rows(fault.effect.rows(), packets, &path)?;
        // What belongs to another action only code can say; it would not be written.
        for other in Effect::ALL.into_iter().filter(|e| *e != fault.effect) {
            let mut said = other.rows().iter();
            if said.any(|row| (row.get)(packets) != row.default()) {
                return Err(Invalid::new(path, not_with(fault.effect.key())));
            }
        }
        for (key, host) in [("from", &packets.from), ("to", &packets.to)] {
            if let Some(host) = host {
                check_host(&machines, host, &format!("{path}.{key}"))?;
            }
        }
    }
    Ok(())
}

/// What is typed can be carried out where it is typed.
fn check_typed(scenario: &Scenario) -> Result<(), Invalid> {
    let typed = &scenario.typed;
    if typed.len() > MAX_FAULTS {
        let problem = Problem::TooMany { most: MAX_FAULTS };
        return Err(Invalid::new("faults", problem));
    }
    let faults = scenario.faults.iter().map(|fault| fault.name.as_str());
    let names = faults.chain(typed.iter().map(|typed| typed.name.as_str()));
    unique(&names.collect::<Vec<_>>(), "faults")?;
    let machines = scenario.machines();
    for typed in typed {
        let path = format!("faults.{}", typed.name);
        check_rows(&TYPED, typed, &path)?;
        check_host(&machines, &typed.on, &format!("{path}.on"))?;
        shell::check(typed, scenario, &path)?;
    }
    Ok(())
}

/// Something that belongs to another action, or to another runtime.
pub(crate) fn not_with(name: &str) -> Problem {
    Problem::NotWith {
        name: name.to_owned(),
    }
}

/// A fault that waits has no other time, and is not waited for by what it waits for.
fn check_after(faults: &[Fault], names: &[&str], fault: &Fault, path: &str) -> Result<(), Invalid> {
    if fault.after.is_some() && !fault.at.is_zero() {
        let at = Given::span(fault.at).text();
        let expected = Text::new("one time, `at` or `after`", "一个时间，`at` 或 `after`");
        let problem = Problem::expected(&at, expected);
        return Err(Invalid::new(format!("{path}.at"), problem));
    }
    let mut waits = fault.after.as_ref();
    // No chain is longer than there are faults.
    for _ in faults {
        let Some(after) = waits else { return Ok(()) };
        let Some(other) = faults.iter().find(|other| other.name == after.fault) else {
            let problem = Problem::unknown(What::Fault, &after.fault, names);
            return Err(Invalid::new(format!("{path}.after"), problem));
        };
        waits = other.after.as_ref();
    }
    if waits.is_none() {
        return Ok(());
    }
    let found = fault.after.as_ref().map_or("", |after| &after.fault);
    let expected = Text::new(
        "a fault that does not wait for this one",
        "一个不反过来等它的故障",
    );
    let problem = Problem::expected(&format!("`{found}`"), expected);
    Err(Invalid::new(format!("{path}.after"), problem))
}

/// Whether a name is one of the machines.
fn check_host(machines: &[&str], name: &str, place: &str) -> Result<(), Invalid> {
    if machines.contains(&name) {
        return Ok(());
    }
    Err(Invalid::new(
        place,
        Problem::unknown(What::Host, name, machines),
    ))
}

fn check_options(options: &Options, rows: &[Knob], path: &str) -> Result<(), Invalid> {
    let path = format!("{path}.options");
    for (name, given) in options {
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            let known: Vec<_> = rows.iter().map(|row| row.name).collect();
            return Err(Invalid::new(
                path,
                Problem::unknown(What::Option, name, &known),
            ));
        };
        check_value(row.kind, given, &format!("{path}.{name}"))?;
    }
    check_node_times(options, rows, &path)
}

/// Node does not start with a headersTimeout over its requestTimeout (_http_server.js `storeHTTPOptions`: ERR_OUT_OF_RANGE).
fn check_node_times(options: &Options, rows: &[Knob], path: &str) -> Result<(), Invalid> {
    let limit = |name| {
        let row = rows.iter().find(|row| row.name == name)?;
        row.effective(rows, options, "").value.duration()
    };
    let Some(given) = options.get("headersTimeout") else {
        return Ok(());
    };
    match (limit("headersTimeout"), limit("requestTimeout")) {
        (Some(head), Some(whole)) if head > whole => {
            let expected = Text::new(
                "at most requestTimeout, else Node throws ERR_OUT_OF_RANGE",
                "不超过 requestTimeout，否则 Node 会抛出 ERR_OUT_OF_RANGE",
            );
            let problem = Problem::expected(&given.text(), expected);
            Err(Invalid::new(format!("{path}.headersTimeout"), problem))
        }
        _ => Ok(()),
    }
}

fn check_rows<T: Default + 'static>(rows: &[Row<T>], owner: &T, path: &str) -> Result<(), Invalid> {
    for row in rows {
        if let Some(given) = (row.get)(owner) {
            check_row(row.key, row.kind, &given, path)?;
        }
    }
    Ok(())
}

fn check_row(key: &str, kind: Kind, given: &Given, path: &str) -> Result<(), Invalid> {
    let place = match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    };
    check_value(kind, given, &place)
}

fn check_value(kind: Kind, given: &Given, path: &str) -> Result<(), Invalid> {
    if kind.holds(given) {
        return Ok(());
    }
    // Reading its text tells best what is wrong with it.
    let text = given.text();
    let expected = Text::new("a value of this option's own kind", "与该项类型一致的值");
    let read = kind.read_text(&text).err();
    let problem = read.unwrap_or_else(|| Problem::expected(&text, expected));
    Err(Invalid::new(path, problem))
}

fn names(names: &[&str], path: &str, most: usize) -> Result<(), Invalid> {
    match names.len() {
        0 => Err(Invalid::new(path, Problem::Missing)),
        n if n > most => Err(Invalid::new(path, Problem::TooMany { most })),
        _ => unique(names, path),
    }
}

fn unique(names: &[&str], path: &str) -> Result<(), Invalid> {
    for (at, name) in names.iter().enumerate() {
        if !is_name(name) {
            let read = Kind::Word(Word::Name).read_text(name).err();
            let problem = read.unwrap_or(Problem::Missing);
            return Err(Invalid::new(path, problem));
        }
        if names[..at].contains(name) {
            let name = (*name).to_owned();
            return Err(Invalid::new(path, Problem::Taken { name }));
        }
    }
    Ok(())
}

fn out_of_range(path: &str, found: &str, min: &str, max: &str) -> Invalid {
    let problem = Problem::Range {
        found: found.to_owned(),
        min: min.to_owned(),
        max: max.to_owned(),
    };
    Invalid::new(path, problem)
}
