//! The knobs of a scenario by path: `clients.agent.options.IdleConnTimeout`. Forms, `--set`, sweeps, links and remedies
//! all read and edit scenarios here.
//!
//! Rows are made per scenario, because paths name programs and requests. Adding and removing those is no field's
//! business: that is an edit of the JSON.

use crate::calls;
use crate::check::{check, check_header_name, normalise};
use crate::faults::{FAULT, PACKETS};
use crate::invalid::{Invalid, Problem, What, nearest};
use crate::kind::{Given, Kind, Word, target};
use crate::manual;
use crate::names::NAME;
use crate::profiles::{self, Effective, Knob};
use crate::rows::{
    CALLER, CLIENT, CLIENT_CALLS, CLIENT_END, HANDLER, HOST, Head, LISTEN, NETWORK, Need, PATH,
    PROXY, REQUEST, ROUTE, RUN, Row, SCHEDULE, SERVER, SERVER_CALLS, SERVER_END, TITLE,
};
use crate::shell::TYPED;
use crate::sysctl::SYSCTL;
use crate::v1::{
    Busy, Client, Fault, Handler, Host, Name, Packets, Path, Proxy, Request, Route, Scenario,
    Server, Typed,
};
use whyeof_trace::{Lang, Text};

/// Under which key of a server its handler stands.
pub(crate) const HANDLER_KEY: &str = "handler";

/// What stands for the effect of a command that somebody types.
pub(crate) const COMMAND: &str = "$";

/// The header that makes Go send a POST again; always offered.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A knob of a scenario, with its value there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where: `servers.pyroscope.options.IdleTimeout`.
    pub path: String,
    /// Under which heading of the form.
    pub group: Group,
    /// Its name in the form; a runtime's option has the runtime's spelling in both languages.
    pub label: Text,
    /// What it does.
    pub help: Text,
    /// Form, unit and range.
    pub kind: Kind,
    /// What the scenario says; `None`: not set.
    pub given: Option<Given>,
    /// What it is when the scenario says nothing; `None`: nothing, or as `effective` tells.
    pub default: Option<Given>,
    /// The value in force and its origin, for a runtime's option.
    pub effective: Option<Effective>,
    /// More about a runtime's option.
    pub option: Option<&'static Knob>,
}

/// A heading of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// The run as a whole.
    Run,
    /// A client, by name.
    Client(String),
    /// A client's requests, by its name and theirs.
    Request(String, String),
    /// A server, by name.
    Server(String),
    /// A proxy, by name.
    Proxy(String),
    /// A server's handler for one path, by its name and that of the handler.
    Route(String, String),
    /// A name for several machines.
    Name(String),
    /// A machine, by name.
    Host(String),
    /// What lies between machines.
    Network,
    /// The way from one machine to another, by their names.
    Path(String, String),
    /// What goes wrong with packets: the effect's key, and the fault's name.
    Fault(&'static str, String),
}

impl Field {
    /// The value as a form shows it; empty: not set.
    pub fn text(&self) -> String {
        text_of(self.given.as_ref())
    }

    /// Whether the scenario leaves it as it comes.
    pub fn is_default(&self) -> bool {
        self.given == self.default
    }

    /// For an option of a runtime, what is in force and why: `unset → ReadTimeout: 10 s`.
    pub fn hint(&self, lang: Lang) -> Option<String> {
        let effective = self.effective.as_ref()?;
        Some(effective.say(self.given.as_ref(), lang))
    }
}

/// All knobs of a scenario, in the order of the form.
pub fn fields(scenario: &Scenario) -> Vec<Field> {
    let mut fields = Vec::new();
    push(&mut fields, &RUN, scenario, "", &Group::Run);
    for client in &scenario.clients {
        client_fields(&mut fields, client);
    }
    for proxy in &scenario.proxies {
        proxy_fields(&mut fields, proxy);
    }
    for server in &scenario.servers {
        server_fields(&mut fields, server);
    }
    for several in &scenario.names {
        let prefix = format!("names.{}.", several.name);
        let group = Group::Name(several.name.clone());
        push(&mut fields, &NAME, several, &prefix, &group);
    }
    for name in scenario.machines() {
        let prefix = format!("hosts.{name}.");
        let group = Group::Host(name.to_owned());
        let host = scenario.machine(name);
        push(&mut fields, &HOST, &host, &prefix, &group);
        push(&mut fields, &SYSCTL, &host, &prefix, &group);
    }
    push(&mut fields, &NETWORK, scenario, "", &Group::Network);
    for (from, to) in scenario.ways() {
        let prefix = format!("network.paths.{from}.{to}.");
        let group = Group::Path(from.to_owned(), to.to_owned());
        push(
            &mut fields,
            &PATH,
            &scenario.path(from, to),
            &prefix,
            &group,
        );
    }
    for fault in &scenario.faults {
        fault_fields(&mut fields, fault);
    }
    for typed in &scenario.typed {
        let prefix = format!("faults.{}.", typed.name);
        let group = Group::Fault(COMMAND, typed.name.clone());
        push(&mut fields, &TYPED, typed, &prefix, &group);
    }
    fields
}

/// The fields that tell a reader how a scenario is configured: what it sets, and every option of its runtimes, set or not.
pub fn telling(scenario: &Scenario) -> Vec<Field> {
    let mut fields = fields(scenario);
    // The title tells what it is, not how it is configured.
    fields
        .retain(|field| (field.effective.is_some() || !field.is_default()) && field.path != TITLE);
    fields
}

/// The text of a field; empty when it is not set, `None` when there is no such path.
pub fn get(scenario: &Scenario, path: &str) -> Option<String> {
    let place = Place::find(scenario, path)?;
    Some(text_of(place.get(scenario).as_ref()))
}

/// Empty: not set.
fn text_of(given: Option<&Given>) -> String {
    given.map(Given::text).unwrap_or_default()
}

/// Sets a field from text; empty text goes back to "not set". The scenario changes only if it is valid afterwards.
///
/// # Errors
/// An unknown path with the nearest known one, a value that the field does not take, or what does not hold
/// afterwards.
pub fn set(scenario: &mut Scenario, path: &str, text: &str) -> Result<(), Invalid> {
    apply(scenario, [(path, text)])
}

/// Sets several fields and then checks once, so that what must fit together can change together.
///
/// # Errors
/// As [`set`]; the scenario is unchanged then.
pub fn apply<'a>(
    scenario: &mut Scenario,
    edits: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Invalid> {
    apply_all(scenario, &mut edits.into_iter())
}

fn apply_all<'a>(
    scenario: &mut Scenario,
    edits: &mut dyn Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Invalid> {
    let mut edited = scenario.clone();
    let unknown = apply_known(&mut edited, edits)?;
    if let Some(path) = unknown.first() {
        return Err(Invalid::new(
            "",
            unknown_path(&edited, path, What::Path, &[]),
        ));
    }
    *scenario = edited;
    Ok(())
}

/// As [`apply`], but edits of unknown paths are left out, and returned.
pub(crate) fn apply_known<'a>(
    scenario: &mut Scenario,
    edits: &mut dyn Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<&'a str>, Invalid> {
    let mut edited = scenario.clone();
    let mut unknown = Vec::new();
    for (path, text) in edits {
        let Some(place) = Place::find(&edited, path) else {
            unknown.push(path);
            continue;
        };
        let put = place.put(&mut edited, text);
        put.map_err(|problem| Invalid::new(path, problem))?;
    }
    normalise(&mut edited);
    check(&edited)?;
    *scenario = edited;
    Ok(unknown)
}

/// The edits that make `from` into `to`, if fields are all that differ.
pub fn difference(from: &Scenario, to: &Scenario) -> Option<Vec<(String, String)>> {
    let edits = edits(from, to, &fields(to), usize::MAX)?;
    leads(from, &edits, to).then_some(edits)
}

/// Where two scenarios differ as far as fields tell, unless that is at more than `most` places; `fields` are those of `to`.
pub(crate) fn edits(
    from: &Scenario,
    to: &Scenario,
    fields: &[Field],
    most: usize,
) -> Option<Vec<(String, String)>> {
    let mut edits = Vec::new();
    for field in fields {
        let before = Place::find(from, &field.path).map(|place| place.get(from));
        let differs = match &before {
            // Texts are written only where values differ: links are made while somebody works.
            Some(before) if *before == field.given => false,
            Some(before) => text_of(before.as_ref()) != field.text(),
            None => !field.is_default(),
        };
        if differs {
            edits.push((field.path.clone(), field.text()));
        }
        if edits.len() > most {
            return None;
        }
    }
    // A header that only `from` has is no field of `to`.
    for client in &from.clients {
        for request in &client.requests {
            let prefix = format!("clients.{}.requests.{}.headers.", client.name, request.name);
            let paths = request.headers.keys().map(|name| format!("{prefix}{name}"));
            let gone = paths.filter(|path| get(to, path).is_some_and(|text| text.is_empty()));
            for path in gone {
                if edits.iter().all(|(known, _)| *known != path) {
                    edits.push((path, String::new()));
                }
            }
        }
    }
    (edits.len() <= most).then_some(edits)
}

/// Whether these edits make `from` into `to`.
pub(crate) fn leads(from: &Scenario, edits: &[(String, String)], to: &Scenario) -> bool {
    let mut edited = from.clone();
    let mut pairs = edits
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    apply_known(&mut edited, &mut pairs).is_ok_and(|unknown| unknown.is_empty()) && edited == *to
}

/// An unknown path, and the known one, or other name, that it was probably meant to be.
pub(crate) fn unknown_path(
    scenario: &Scenario,
    path: &str,
    what: What,
    others: &[&str],
) -> Problem {
    let fields = fields(scenario);
    let paths = fields.iter().map(|field| field.path.as_str());
    let known: Vec<_> = paths.chain(others.iter().copied()).collect();
    // All paths would be too many to list.
    Problem::unknown_near(what, path, nearest(path, &known))
}

fn push<T: Default + 'static>(
    fields: &mut Vec<Field>,
    rows: &'static [Row<T>],
    owner: &T,
    prefix: &str,
    group: &Group,
) {
    for row in rows {
        let (given, default) = ((row.get)(owner), row.default());
        fields.push(field(row.head(), given, default, prefix, group));
    }
}

fn field(
    head: Head,
    given: Option<Given>,
    default: Option<Given>,
    prefix: &str,
    group: &Group,
) -> Field {
    Field {
        path: format!("{prefix}{}", head.key),
        group: group.clone(),
        label: head.label,
        help: head.help,
        kind: head.kind,
        given,
        default: default.filter(|_| head.need == Need::Optional),
        effective: None,
        option: None,
    }
}

fn client_fields(fields: &mut Vec<Field>, client: &Client) {
    let prefix = format!("clients.{}.", client.name);
    let group = Group::Client(client.name.clone());
    push(fields, &CLIENT, client, &prefix, &group);
    if client.is_sockets() {
        push(fields, &CLIENT_CALLS, client, &prefix, &group);
    }
    let rows = profiles::client_options(&client.runtime);
    push_options(fields, rows, &client.options, &prefix, &group);
    for request in &client.requests {
        let prefix = format!("{prefix}requests.{}.", request.name);
        let group = Group::Request(client.name.clone(), request.name.clone());
        push(fields, &REQUEST, request, &prefix, &group);
        push_headers(fields, request, &prefix, &group);
        push(fields, &SCHEDULE, request, &prefix, &group);
        push(fields, &CALLER, request, &prefix, &group);
    }
    if !client.is_sockets() {
        push(fields, &CLIENT_END, client, &prefix, &group);
    }
}

fn fault_fields(fields: &mut Vec<Field>, fault: &Fault) {
    let effect = fault.effect;
    let prefix = format!("faults.{}.", fault.name);
    let group = Group::Fault(effect.key(), fault.name.clone());
    push(fields, &FAULT, fault, &prefix, &group);
    let prefix = format!("{prefix}{}.", effect.key());
    push(fields, effect.rows(), &fault.packets, &prefix, &group);
    push(fields, &PACKETS, &fault.packets, &prefix, &group);
}

fn proxy_fields(fields: &mut Vec<Field>, proxy: &Proxy) {
    let prefix = format!("proxies.{}.", proxy.name);
    let group = Group::Proxy(proxy.name.clone());
    push(fields, &PROXY, proxy, &prefix, &group);
    let rows = profiles::proxy_options(&proxy.runtime);
    push_options(fields, rows, &proxy.options, &prefix, &group);
}

fn server_fields(fields: &mut Vec<Field>, server: &Server) {
    let prefix = format!("servers.{}.", server.name);
    let group = Group::Server(server.name.clone());
    if server.is_sockets() {
        for row in SERVER.iter().filter(|row| row.key != LISTEN) {
            let row = std::slice::from_ref(row);
            push(fields, row, server, &prefix, &group);
        }
        push(fields, &SERVER_CALLS, server, &prefix, &group);
        return;
    }
    push(fields, &SERVER, server, &prefix, &group);
    let rows = profiles::server_options(&server.runtime);
    push_options(fields, rows, &server.options, &prefix, &group);
    let inside = format!("{prefix}{HANDLER_KEY}.");
    push(fields, &HANDLER, &server.handler, &inside, &group);
    push(fields, &SERVER_END, server, &prefix, &group);
    for route in &server.routes {
        let prefix = format!("{prefix}routes.{}.", route.name);
        let group = Group::Route(server.name.clone(), route.name.clone());
        push(fields, &ROUTE, route, &prefix, &group);
        push(fields, &HANDLER, &route.handler, &prefix, &group);
    }
}

fn push_options(
    fields: &mut Vec<Field>,
    rows: &'static [Knob],
    options: &crate::v1::Options,
    prefix: &str,
    group: &Group,
) {
    let prefix = format!("{prefix}options.");
    fields.extend(rows.iter().map(|row| Field {
        path: format!("{prefix}{}", row.name),
        group: group.clone(),
        label: Text::same(row.name),
        help: row.help,
        kind: row.kind,
        given: options.get(row.name).cloned(),
        default: None,
        effective: Some(row.effective(rows, options, &prefix)),
        option: Some(row),
    }));
}

fn push_headers(fields: &mut Vec<Field>, request: &Request, prefix: &str, group: &Group) {
    let offered = [IDEMPOTENCY_KEY];
    let is_offered = |name: &str| offered.iter().any(|o| o.eq_ignore_ascii_case(name));
    let own = request.headers.keys().map(String::as_str);
    let missing = offered.into_iter().filter(|o| {
        !request
            .headers
            .keys()
            .any(|own| own.eq_ignore_ascii_case(o))
    });
    fields.extend(own.chain(missing).map(|name| Field {
        path: format!("{prefix}headers.{name}"),
        group: group.clone(),
        label: if is_offered(name) {
            Text::same(IDEMPOTENCY_KEY)
        } else {
            Text::new("Header field", "首部字段")
        },
        help: manual::says(Text::new(
            "A header field of one's own. Go sends a POST with Idempotency-Key again by itself.",
            "自定义的首部字段。POST 带上 Idempotency-Key，Go 就会自动重试。",
        )),
        kind: Kind::Word(Word::HeaderValue),
        given: request.headers.get(name).cloned().map(Given::Word),
        default: None,
        effective: None,
        option: None,
    }));
}

/// What a path points to.
enum Place<'p> {
    Run(&'static Row<Scenario>),
    Client(usize, &'static Row<Client>),
    ClientOption(usize, &'static Knob),
    Request(usize, usize, &'static Row<Request>),
    Header(usize, usize, &'p str),
    Proxy(usize, &'static Row<Proxy>),
    ProxyOption(usize, &'static Knob),
    Server(usize, &'static Row<Server>),
    ServerOption(usize, &'static Knob),
    Handler(usize, &'static Row<Handler>),
    Route(usize, usize, &'static Row<Route>),
    RouteHandler(usize, usize, &'static Row<Handler>),
    Name(usize, &'static Row<Name>),
    Host(&'p str, &'static Row<Host>),
    Path(&'p str, &'p str, &'static Row<Path>),
    Fault(usize, &'static Row<Fault>),
    Typed(usize, &'static Row<Typed>),
    Packets(usize, &'static Row<Packets>),
}

impl<'p> Place<'p> {
    fn find(scenario: &Scenario, path: &'p str) -> Option<Self> {
        if let Some(row) = RUN.iter().chain(&NETWORK).find(|row| row.key == path) {
            return Some(Self::Run(row));
        }
        let (list, rest) = path.split_once('.')?;
        let (name, rest) = rest.split_once('.')?;
        match list {
            "clients" => {
                let at = scenario.clients.iter().position(|c| c.name == name)?;
                Self::in_client(at, &scenario.clients[at], rest)
            }
            "proxies" => {
                let at = scenario.proxies.iter().position(|p| p.name == name)?;
                if let Some(option) = rest.strip_prefix("options.") {
                    let rows = profiles::proxy_options(&scenario.proxies[at].runtime);
                    let row = rows.iter().find(|row| row.name == option)?;
                    return Some(Self::ProxyOption(at, row));
                }
                let row = PROXY.iter().find(|row| row.key == rest)?;
                Some(Self::Proxy(at, row))
            }
            "servers" => {
                let at = scenario.servers.iter().position(|s| s.name == name)?;
                Self::in_server(at, &scenario.servers[at], rest)
            }
            "names" => {
                let at = scenario.names.iter().position(|n| n.name == name)?;
                let row = NAME.iter().find(|row| row.key == rest)?;
                Some(Self::Name(at, row))
            }
            "hosts" => {
                let is_machine = scenario.machines().contains(&name);
                let mut rows = HOST.iter().chain(&SYSCTL);
                let row = rows.find(|row| row.key == rest)?;
                is_machine.then_some(Self::Host(name, row))
            }
            "network" if name == "paths" => {
                let (from, rest) = rest.split_once('.')?;
                let (to, key) = rest.split_once('.')?;
                let machines = scenario.machines();
                let is_way = from != to && machines.contains(&from) && machines.contains(&to);
                let row = PATH.iter().find(|row| row.key == key)?;
                is_way.then_some(Self::Path(from, to, row))
            }
            "faults" if scenario.typed.iter().any(|typed| typed.name == name) => {
                let at = scenario.typed.iter().position(|typed| typed.name == name)?;
                let row = TYPED.iter().find(|row| row.key == rest)?;
                Some(Self::Typed(at, row))
            }
            "faults" => {
                let at = scenario.faults.iter().position(|f| f.name == name)?;
                if let Some(row) = FAULT.iter().find(|row| row.key == rest) {
                    return Some(Self::Fault(at, row));
                }
                let effect = scenario.faults[at].effect;
                let key = rest.strip_prefix(effect.key())?.strip_prefix('.')?;
                let mut rows = PACKETS.iter().chain(effect.rows());
                rows.find(|row| row.key == key)
                    .map(|row| Self::Packets(at, row))
            }
            _ => None,
        }
    }

    fn in_server(at: usize, server: &Server, rest: &'p str) -> Option<Self> {
        if server.is_sockets() {
            let mut rows = SERVER.iter().chain(&SERVER_CALLS);
            let row = rows.find(|row| row.key == rest && row.key != LISTEN)?;
            return Some(Self::Server(at, row));
        }
        if let Some(option) = rest.strip_prefix("options.") {
            let rows = profiles::server_options(&server.runtime);
            let row = rows.iter().find(|row| row.name == option)?;
            return Some(Self::ServerOption(at, row));
        }
        let inside = rest.strip_prefix(HANDLER_KEY);
        if let Some(key) = inside.and_then(|rest| rest.strip_prefix('.')) {
            let row = HANDLER.iter().find(|row| row.key == key)?;
            return Some(Self::Handler(at, row));
        }
        if let Some(rest) = rest.strip_prefix("routes.") {
            let (name, key) = rest.split_once('.')?;
            let route = server.routes.iter().position(|r| r.name == name)?;
            if let Some(row) = ROUTE.iter().find(|row| row.key == key) {
                return Some(Self::Route(at, route, row));
            }
            let row = HANDLER.iter().find(|row| row.key == key)?;
            return Some(Self::RouteHandler(at, route, row));
        }
        let mut rows = SERVER.iter().chain(&SERVER_END);
        rows.find(|row| row.key == rest)
            .map(|row| Self::Server(at, row))
    }

    fn in_client(at: usize, client: &Client, rest: &'p str) -> Option<Self> {
        if let Some(option) = rest.strip_prefix("options.") {
            let rows = profiles::client_options(&client.runtime);
            let row = rows.iter().find(|row| row.name == option)?;
            return Some(Self::ClientOption(at, row));
        }
        let Some(rest) = rest.strip_prefix("requests.") else {
            let more: &[_] = if client.is_sockets() {
                &CLIENT_CALLS
            } else {
                &CLIENT_END
            };
            let mut rows = CLIENT.iter().chain(more);
            let row = rows.find(|row| row.key == rest)?;
            return Some(Self::Client(at, row));
        };
        let (name, rest) = rest.split_once('.')?;
        let request = client.requests.iter().position(|r| r.name == name)?;
        if let Some(header) = rest.strip_prefix("headers.") {
            return Some(Self::Header(at, request, header));
        }
        let mut rows = REQUEST.iter().chain(&SCHEDULE).chain(&CALLER);
        let row = rows.find(|row| row.key == rest)?;
        Some(Self::Request(at, request, row))
    }

    fn get(&self, scenario: &Scenario) -> Option<Given> {
        match *self {
            Self::Run(row) => (row.get)(scenario),
            Self::Client(at, row) => (row.get)(&scenario.clients[at]),
            Self::ClientOption(at, row) => scenario.clients[at].options.get(row.name).cloned(),
            Self::Request(at, request, row) => (row.get)(&scenario.clients[at].requests[request]),
            Self::Header(at, request, name) => {
                let headers = &scenario.clients[at].requests[request].headers;
                headers.get(name).cloned().map(Given::Word)
            }
            Self::Proxy(at, row) => (row.get)(&scenario.proxies[at]),
            Self::ProxyOption(at, row) => scenario.proxies[at].options.get(row.name).cloned(),
            Self::Server(at, row) => (row.get)(&scenario.servers[at]),
            Self::ServerOption(at, row) => scenario.servers[at].options.get(row.name).cloned(),
            Self::Handler(at, row) => (row.get)(&scenario.servers[at].handler),
            Self::Route(at, route, row) => (row.get)(&scenario.servers[at].routes[route]),
            Self::RouteHandler(at, route, row) => {
                (row.get)(&scenario.servers[at].routes[route].handler)
            }
            Self::Name(at, row) => (row.get)(&scenario.names[at]),
            Self::Host(name, row) => (row.get)(&scenario.machine(name)),
            Self::Path(from, to, row) => (row.get)(&scenario.path(from, to)),
            Self::Fault(at, row) => (row.get)(&scenario.faults[at]),
            Self::Typed(at, row) => (row.get)(&scenario.typed[at]),
            Self::Packets(at, row) => (row.get)(&scenario.faults[at].packets),
        }
    }

    fn put(&self, scenario: &mut Scenario, text: &str) -> Result<(), Problem> {
        match *self {
            Self::Run(row) => put_row(row, scenario, text),
            Self::Client(at, row) => {
                let client = &mut scenario.clients[at];
                put_row(row, client, text)?;
                forget_in_client(client);
                Ok(())
            }
            Self::ClientOption(at, row) => put_option(row, &mut scenario.clients[at].options, text),
            Self::Request(at, request, row) => {
                put_row(row, &mut scenario.clients[at].requests[request], text)
            }
            Self::Header(at, request, name) => {
                put_header(&mut scenario.clients[at].requests[request], name, text)
            }
            Self::Proxy(at, row) => {
                let proxy = &mut scenario.proxies[at];
                put_row(row, proxy, text)?;
                let rows = profiles::proxy_options(&proxy.runtime);
                let known = |name: &str| rows.iter().any(|row| row.name == name);
                proxy.options.retain(|name, _| known(name));
                Ok(())
            }
            Self::ProxyOption(at, row) => put_option(row, &mut scenario.proxies[at].options, text),
            Self::Server(at, row) => {
                let server = &mut scenario.servers[at];
                let was_sockets = server.is_sockets();
                put_row(row, server, text)?;
                if was_sockets != server.is_sockets() {
                    forget_in_server(server);
                }
                Ok(())
            }
            Self::ServerOption(at, row) => put_option(row, &mut scenario.servers[at].options, text),
            Self::Handler(at, row) => put_row(row, &mut scenario.servers[at].handler, text),
            Self::Route(at, route, row) => {
                put_row(row, &mut scenario.servers[at].routes[route], text)
            }
            Self::RouteHandler(at, route, row) => {
                put_row(row, &mut scenario.servers[at].routes[route].handler, text)
            }
            Self::Name(at, row) => put_row(row, &mut scenario.names[at], text),
            Self::Host(name, row) => {
                let mut host = scenario.machine(name);
                put_row(row, &mut host, text)?;
                scenario.hosts.retain(|host| host.name != name);
                scenario.hosts.push(host);
                Ok(())
            }
            Self::Fault(at, row) => put_row(row, &mut scenario.faults[at], text),
            Self::Typed(at, row) => put_row(row, &mut scenario.typed[at], text),
            Self::Packets(at, row) => put_row(row, &mut scenario.faults[at].packets, text),
            Self::Path(from, to, row) => {
                let mut path = scenario.path(from, to);
                put_row(row, &mut path, text)?;
                let paths = &mut scenario.network.paths;
                paths.retain(|path| path.from != from || path.to != to);
                paths.push(path);
                Ok(())
            }
        }
    }
}

/// A text as a value; empty is "not set".
fn read(kind: Kind, text: &str) -> Result<Option<Given>, Problem> {
    match text {
        "" => Ok(None),
        text => kind.read_text(text).map(Some),
    }
}

fn put_row<T: Default + 'static>(row: &Row<T>, owner: &mut T, text: &str) -> Result<(), Problem> {
    row.set(owner, read_row(row.kind, row.need, text)?);
    Ok(())
}

fn read_row(kind: Kind, need: Need, text: &str) -> Result<Option<Given>, Problem> {
    let given = read(kind, text)?;
    if given.is_none() && need == Need::Required {
        return Err(Problem::Missing);
    }
    Ok(given)
}

fn put_option(row: &Knob, options: &mut crate::v1::Options, text: &str) -> Result<(), Problem> {
    match read(row.kind, text)? {
        Some(given) => options.insert(row.name.to_owned(), given),
        None => options.remove(row.name),
    };
    Ok(())
}

fn put_header(request: &mut Request, name: &str, text: &str) -> Result<(), Problem> {
    check_header_name(name)?;
    match read(Kind::Word(Word::HeaderValue), text)? {
        Some(given) => request.headers.insert(name.to_owned(), given.text()),
        None => request.headers.remove(name),
    };
    Ok(())
}

/// A change of runtime takes along only what the new one has. A program that becomes one of socket calls begins with a
/// connection to where it asked before.
fn forget_in_client(client: &mut Client) {
    let rows = profiles::client_options(&client.runtime);
    let options = &mut client.options;
    options.retain(|name, _| rows.iter().any(|row| row.name == name));
    if !client.is_sockets() {
        client.calls.clear();
    } else if !client.requests.is_empty() {
        let first = client.requests.first().and_then(|r| target(&r.to));
        client.calls = calls::of_client(first);
        client.requests.clear();
        client.exit = None;
        client.busy = Busy::default();
    }
}

/// The same of a server, which goes on listening on its port.
fn forget_in_server(server: &mut Server) {
    let rows = profiles::server_options(&server.runtime);
    let options = &mut server.options;
    options.retain(|name, _| rows.iter().any(|row| row.name == name));
    let ordinary = Server::default();
    if !server.is_sockets() {
        server.calls.clear();
    } else {
        server.calls = calls::of_server(server.listen);
        server.listen = ordinary.listen;
        server.handler = ordinary.handler;
        server.routes.clear();
        (server.shutdown, server.exit) = (None, None);
        server.busy = ordinary.busy;
    }
}
