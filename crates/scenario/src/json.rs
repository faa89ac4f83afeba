//! Scenarios as JSON: read with the place of every fault, written in one canonical form.
//!
//! Reading walks the tables of `rows` instead of deriving, because a message must say where, and which
//! known name is nearest. Writing leaves defaults out and keeps one order, so equal scenarios are equal texts.

use crate::calls::SOCKETS;
use crate::check::{MAX_BYTES, check, normalise};
use crate::faults::{self, FAULT, PACKETS};
use crate::fields::HANDLER_KEY;
use crate::invalid::{Invalid, Problem, What, nearest, shorten};
use crate::kind::{Given, Kind, Word};
use crate::names::NAME;
use crate::once::{Once, TWICE};
use crate::profiles::{self, Knob};
use crate::rows::{
    CALLER, CLIENT, CLIENT_CALLS, CLIENT_END, HANDLER, HOST, NETWORK, Need, PATH, PROXY, REQUEST,
    ROUTE, RUN, Row, SCHEDULE, SERVER, SERVER_CALLS, SERVER_END,
};
use crate::shell::{self, TYPED};
use crate::sysctl::SYSCTL;
use crate::v1::{
    Client, Effect, Fault, Handler, Host, Name, Options, Path, Proxy, Request, Route, Scenario,
    Server, Typed, VERSION,
};
use litemap::LiteMap;
use serde::de::DeserializeSeed;
use serde_json::{Map, Value as Json};

type Object = Map<String, Json>;

/// What to do with fields that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strictness {
    /// Refuse them: they are typing errors.
    Refuse,
    /// Note them and go on: a later version wrote this.
    Note,
}

/// A reading in progress.
#[derive(Debug)]
struct Reader {
    strictness: Strictness,
    notes: Vec<Invalid>,
}

impl Scenario {
    /// Reads and checks JSON text.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn from_json(text: &str) -> Result<Self, Invalid> {
        let json = parse(text)?;
        Reader::new(Strictness::Refuse).scenario(&json)
    }

    /// Reads and checks JSON text that a later version may have written: fields that are not known are
    /// left out, and returned.
    ///
    /// # Errors
    /// The first fault other than an unknown field.
    pub fn from_json_kindly(text: &str) -> Result<(Self, Vec<Invalid>), Invalid> {
        let json = parse(text)?;
        let mut reader = Reader::new(Strictness::Note);
        let scenario = reader.scenario(&json)?;
        Ok((scenario, reader.notes))
    }

    /// The canonical text: no spaces, defaults left out, one order.
    pub fn to_json(&self) -> String {
        write(self).to_string()
    }

    /// The canonical text, spread over lines for people.
    pub fn to_json_pretty(&self) -> String {
        format!("{:#}", write(self))
    }
}

impl serde::Serialize for Scenario {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self).serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Scenario {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Once.deserialize(deserializer)?;
        Reader::new(Strictness::Refuse)
            .scenario(&json)
            .map_err(serde::de::Error::custom)
    }
}

fn parse(text: &str) -> Result<Json, Invalid> {
    if text.len() > MAX_BYTES {
        return Err(Invalid::new("", Problem::TooLarge { most: MAX_BYTES }));
    }
    let mut from = serde_json::Deserializer::from_str(text);
    let json = Once.deserialize(&mut from);
    let json = json.and_then(|json| from.end().map(|()| json));
    json.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // serde_json says which it is in words only.
        let said = error.to_string();
        let key = said.strip_prefix(TWICE);
        let key = key.and_then(|key| Some(key.rsplit_once(" at line ")?.0));
        let problem = match key {
            Some(key) => Problem::Twice {
                key: shorten(key),
                line,
                column,
            },
            None if said.starts_with("recursion limit") => Problem::TooDeep { line, column },
            None => Problem::NotJson { line, column },
        };
        Invalid::new("", problem)
    })
}

impl Reader {
    const fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            notes: Vec::new(),
        }
    }

    fn scenario(&mut self, json: &Json) -> Result<Scenario, Invalid> {
        let map = object(json, "")?;
        version(map)?;
        let network = nested(map, "network", "")?;
        if let Some(network) = network {
            self.known(network, "network", &[&["rtt", "paths"]])?;
        }
        let lists = [
            "version", "clients", "proxies", "servers", "hosts", "names", "network", "faults",
        ];
        self.known(map, "", &[&keys(&RUN), &lists])?;
        let mut scenario = Scenario::default();
        read_rows(map, "", &RUN, &mut scenario)?;
        read_rows(map, "", &NETWORK, &mut scenario)?;
        for (path, json) in list(map, "clients", "")? {
            scenario.clients.push(self.client(json, &path)?);
        }
        for (path, json) in list(map, "proxies", "")? {
            scenario.proxies.push(self.proxy(json, &path)?);
        }
        for (path, json) in list(map, "servers", "")? {
            scenario.servers.push(self.server(json, &path)?);
        }
        for (name, json) in nested(map, "names", "")?.into_iter().flatten() {
            scenario.names.push(self.name(name, json)?);
        }
        for (path, json) in list(map, "hosts", "")? {
            scenario.hosts.push(self.host(json, &path)?);
        }
        if let Some(network) = network {
            for (path, json) in list(network, "paths", "network")? {
                scenario.network.paths.push(self.path(json, &path)?);
            }
        }
        for (path, json) in list(map, "faults", "")? {
            if is_typed(json) {
                let typed = self.typed(json, &path, scenario.typed.len())?;
                scenario.typed.push(typed);
                continue;
            }
            let mut fault = self.fault(json, &path)?;
            if fault.name.is_empty() {
                fault.name = faults::default_name(scenario.faults.len());
            }
            scenario.faults.push(fault);
        }
        normalise(&mut scenario);
        check(&scenario)?;
        Ok(scenario)
    }

    fn client(&mut self, json: &Json, path: &str) -> Result<Client, Invalid> {
        let map = object(json, path)?;
        let others = ["name", "options", "requests", "busy", "calls"];
        self.known(map, path, &[&keys(&CLIENT), &keys(&CLIENT_END), &others])?;
        self.known_in(map, path, "busy", &["at", "for"])?;
        let mut client = Client {
            name: name(map, "name", path)?,
            ..Client::default()
        };
        read_rows(map, path, &CLIENT, &mut client)?;
        not_with(
            map,
            path,
            &client.runtime,
            &["options", "requests", "exit", "busy"],
        )?;
        read_rows(map, path, &CLIENT_CALLS, &mut client)?;
        if client.is_sockets() {
            return Ok(client);
        }
        let rows = profiles::client_options(&client.runtime);
        client.options = self.options(map, path, rows)?;
        for (path, json) in list(map, "requests", path)? {
            let mut request = self.request(json, &path)?;
            if request.name.is_empty() {
                request.name = default_name(client.requests.len());
            }
            client.requests.push(request);
        }
        read_rows(map, path, &CLIENT_END, &mut client)?;
        Ok(client)
    }

    fn request(&mut self, json: &Json, path: &str) -> Result<Request, Invalid> {
        let map = object(json, path)?;
        let others = ["name", "headers", "slow", "retry"];
        let keys = [keys(&REQUEST), keys(&SCHEDULE), keys(&CALLER)].concat();
        self.known(map, path, &[&keys, &others])?;
        self.known_in(map, path, "slow", &["pause", "piece"])?;
        self.known_in(map, path, "retry", &["times", "after"])?;
        let mut request = Request::default();
        if present(map, "name").is_some() {
            request.name = name(map, "name", path)?;
        }
        read_rows(map, path, &REQUEST, &mut request)?;
        read_rows(map, path, &SCHEDULE, &mut request)?;
        read_rows(map, path, &CALLER, &mut request)?;
        if let Some(headers) = nested(map, "headers", path)? {
            request.headers = read_headers(headers, path)?;
        }
        Ok(request)
    }

    fn proxy(&mut self, json: &Json, path: &str) -> Result<Proxy, Invalid> {
        let map = object(json, path)?;
        self.known(map, path, &[&keys(&PROXY), &["name", "options"]])?;
        let mut proxy = Proxy {
            name: name(map, "name", path)?,
            ..Proxy::default()
        };
        read_rows(map, path, &PROXY, &mut proxy)?;
        let rows = profiles::proxy_options(&proxy.runtime);
        proxy.options = self.options(map, path, rows)?;
        Ok(proxy)
    }

    fn name(&mut self, name: &str, json: &Json) -> Result<Name, Invalid> {
        let read = Kind::Word(Word::Name).read_text(name);
        read.map_err(|problem| Invalid::new("names", problem))?;
        let path = &format!("names.{name}");
        let map = object(json, path)?;
        self.known(map, path, &[&keys(&NAME)])?;
        let mut several = Name {
            name: name.to_owned(),
            ..Name::default()
        };
        read_rows(map, path, &NAME, &mut several)?;
        Ok(several)
    }

    fn server(&mut self, json: &Json, path: &str) -> Result<Server, Invalid> {
        let map = object(json, path)?;
        let others = ["name", "options", HANDLER_KEY, "routes", "busy", "calls"];
        self.known(map, path, &[&keys(&SERVER), &keys(&SERVER_END), &others])?;
        self.known_in(map, path, "busy", &["at", "for"])?;
        let mut server = Server {
            name: name(map, "name", path)?,
            ..Server::default()
        };
        read_rows(map, path, &SERVER, &mut server)?;
        not_with(
            map,
            path,
            &server.runtime,
            &[
                "listen",
                "options",
                HANDLER_KEY,
                "routes",
                "shutdown",
                "exit",
                "busy",
            ],
        )?;
        read_rows(map, path, &SERVER_CALLS, &mut server)?;
        if server.is_sockets() {
            return Ok(server);
        }
        if let Some(handler) = nested(map, HANDLER_KEY, path)? {
            let path = join(path, HANDLER_KEY);
            self.known(handler, &path, &[&keys(&HANDLER)])?;
            server.handler = read_handler(handler, &path)?;
        }
        for (path, json) in list(map, "routes", path)? {
            let mut route = self.route(json, &path)?;
            if route.name.is_empty() {
                route.name = default_route_name(server.routes.len());
            }
            server.routes.push(route);
        }
        read_rows(map, path, &SERVER_END, &mut server)?;
        let rows = profiles::server_options(&server.runtime);
        server.options = self.options(map, path, rows)?;
        Ok(server)
    }

    fn route(&mut self, json: &Json, path: &str) -> Result<Route, Invalid> {
        let map = object(json, path)?;
        self.known(map, path, &[&["name"], &keys(&ROUTE), &keys(&HANDLER)])?;
        let mut route = Route {
            handler: read_handler(map, path)?,
            ..Route::default()
        };
        if present(map, "name").is_some() {
            route.name = name(map, "name", path)?;
        }
        read_rows(map, path, &ROUTE, &mut route)?;
        Ok(route)
    }

    fn host(&mut self, json: &Json, path: &str) -> Result<Host, Invalid> {
        let map = object(json, path)?;
        let others = ["name", "sysctl"];
        self.known(map, path, &[&keys(&HOST), &others])?;
        if let Some(sysctl) = nested(map, "sysctl", path)? {
            self.known_sysctls(sysctl, &join(path, "sysctl"))?;
        }
        let mut host = Host {
            name: name(map, "name", path)?,
            ..Host::default()
        };
        read_rows(map, path, &HOST, &mut host)?;
        read_rows(map, path, &SYSCTL, &mut host)?;
        Ok(host)
    }

    fn path(&mut self, json: &Json, path: &str) -> Result<Path, Invalid> {
        let map = object(json, path)?;
        self.known(map, path, &[&["from", "to"], &keys(&PATH)])?;
        let mut way = Path {
            from: name(map, "from", path)?,
            to: name(map, "to", path)?,
            ..Path::default()
        };
        read_rows(map, path, &PATH, &mut way)?;
        Ok(way)
    }

    fn fault(&mut self, json: &Json, path: &str) -> Result<Fault, Invalid> {
        let map = object(json, path)?;
        let actions = Effect::ALL.map(Effect::key);
        let others = ["name", "on", "run"];
        self.known(map, path, &[&keys(&FAULT), &actions, &others])?;
        let mut fault = Fault::default();
        if present(map, "name").is_some() {
            fault.name = name(map, "name", path)?;
        }
        read_rows(map, path, &FAULT, &mut fault)?;
        let mut given = Effect::ALL.into_iter();
        let mut given = given.by_ref().filter(|e| present(map, e.key()).is_some());
        let (Some(effect), None) = (given.next(), given.next()) else {
            return Err(Invalid::new(path, one_action(map)));
        };
        fault.effect = effect;
        if let Some(packets) = nested(map, effect.key(), path)? {
            let path = join(path, effect.key());
            let known = [keys(&PACKETS), keys(effect.rows())];
            self.known(packets, &path, &[&known[0], &known[1]])?;
            read_rows(packets, &path, &PACKETS, &mut fault.packets)?;
            read_rows(packets, &path, effect.rows(), &mut fault.packets)?;
        }
        Ok(fault)
    }

    fn typed(&mut self, json: &Json, path: &str, at: usize) -> Result<Typed, Invalid> {
        let map = object(json, path)?;
        self.known(map, path, &[&keys(&TYPED), &["name"]])?;
        let mut typed = Typed {
            name: shell::default_name(at),
            ..Typed::default()
        };
        if present(map, "name").is_some() {
            typed.name = name(map, "name", path)?;
        }
        read_rows(map, path, &TYPED, &mut typed)?;
        Ok(typed)
    }

    fn known_sysctls(&mut self, map: &Object, path: &str) -> Result<(), Invalid> {
        let known = inner_keys(&SYSCTL);
        for name in map.keys() {
            if known.contains(&name.as_str()) {
                continue;
            }
            // The name as sysctl(8) has it means the same knob.
            let bare = name.strip_prefix("net.ipv4.");
            let bare = bare.or_else(|| name.strip_prefix("net.core."));
            let bare = bare.unwrap_or(name);
            let nearest = nearest(bare, &known);
            self.unknown(path, Problem::unknown_near(What::Sysctl, name, nearest))?;
        }
        Ok(())
    }

    fn options(&mut self, map: &Object, path: &str, rows: &[Knob]) -> Result<Options, Invalid> {
        let mut options = Options::new();
        let Some(given) = nested(map, "options", path)? else {
            return Ok(options);
        };
        let path = join(path, "options");
        for (name, json) in given {
            let Some(row) = rows.iter().find(|row| row.name == name) else {
                let known: Vec<_> = rows.iter().map(|row| row.name).collect();
                self.unknown(&path, Problem::unknown(What::Option, name, &known))?;
                continue;
            };
            if !json.is_null() {
                let value = row.kind.read_json(json);
                let value = value.map_err(|problem| Invalid::new(join(&path, name), problem))?;
                options.insert(name.clone(), value);
            }
        }
        Ok(options)
    }

    /// Refuses, or notes, keys that are not known.
    fn known(&mut self, map: &Object, path: &str, known: &[&[&str]]) -> Result<(), Invalid> {
        let known = known.concat();
        for key in map.keys() {
            if !known.contains(&key.as_str()) {
                self.unknown(path, Problem::unknown(What::Field, key, &known))?;
            }
        }
        Ok(())
    }

    /// The same in a nested object, where there is one.
    fn known_in(
        &mut self,
        map: &Object,
        path: &str,
        key: &str,
        known: &[&str],
    ) -> Result<(), Invalid> {
        match nested(map, key, path)? {
            Some(inside) => self.known(inside, &join(path, key), &[known]),
            None => Ok(()),
        }
    }

    fn unknown(&mut self, path: &str, problem: Problem) -> Result<(), Invalid> {
        let invalid = Invalid::new(path, problem);
        match self.strictness {
            Strictness::Refuse => Err(invalid),
            Strictness::Note => {
                self.notes.push(invalid);
                Ok(())
            }
        }
    }
}

/// The name of the request at this position when it is given none.
pub(crate) fn default_name(position: usize) -> String {
    format!("r{}", position + 1)
}

/// The name of the handler for a path at this position when it is given none.
fn default_route_name(position: usize) -> String {
    format!("h{}", position + 1)
}

fn read_handler(map: &Object, path: &str) -> Result<Handler, Invalid> {
    let mut handler = Handler::default();
    read_rows(map, path, &HANDLER, &mut handler)?;
    Ok(handler)
}

/// Whether an entry among the faults is a command.
fn is_typed(json: &Json) -> bool {
    json.as_object()
        .is_some_and(|map| present(map, "run").is_some())
}

/// Of a fault that has no action key, or several.
fn one_action(map: &Object) -> Problem {
    let found = map.keys().map(String::as_str).collect::<Vec<_>>();
    let expected = whyeof_trace::Text::new(
        "one of the keys `drop`, `reject`, `delay`, `duplicate`, `mark`, `forget`, `run`",
        " `drop`、`reject`、`delay`、`duplicate`、`mark`、`forget`、`run` 中的一个键",
    );
    Problem::expected(&found.join(", "), expected)
}

fn read_headers(map: &Object, path: &str) -> Result<LiteMap<String, String>, Invalid> {
    let mut headers = LiteMap::new();
    for (name, json) in map {
        let place = || format!("{path}.headers.{}", shorten(name));
        if json.is_null() {
            continue;
        }
        let value = Kind::Word(Word::HeaderValue).read_json(json);
        let value = value
            .map_err(|problem| Invalid::new(place(), problem))?
            .text();
        headers.insert(name.clone(), value);
    }
    Ok(headers)
}

fn version(map: &Object) -> Result<(), Invalid> {
    match map.get("version") {
        None | Some(Json::Null) => Err(Invalid::new("version", Problem::Missing)),
        Some(json) if json.as_u64() == Some(VERSION) => Ok(()),
        Some(json) => {
            let expected = whyeof_trace::Text::same("1");
            let problem = Problem::expected(&json.to_string(), expected);
            Err(Invalid::new("version", problem))
        }
    }
}

fn says_nothing(json: Option<&Json>) -> bool {
    match json {
        None | Some(Json::Null) => true,
        Some(Json::Array(list)) => list.is_empty(),
        Some(Json::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}

/// A program of socket calls has calls and not what others have (`others`), and the other way round.
fn not_with(map: &Object, path: &str, runtime: &str, others: &[&str]) -> Result<(), Invalid> {
    let calls = ["calls"];
    let foreign = if runtime == SOCKETS { others } else { &calls };
    let said = foreign.iter().find(|key| !says_nothing(map.get(**key)));
    said.map_or(Ok(()), |key| {
        Err(Invalid::new(
            join(path, key),
            crate::check::not_with(runtime),
        ))
    })
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// The keys of rows.
fn keys<T>(rows: &[Row<T>]) -> Vec<&'static str> {
    rows.iter().map(|row| row.key).collect()
}

/// The keys of rows of one nested object, without that object's own key.
fn inner_keys<T>(rows: &[Row<T>]) -> Vec<&'static str> {
    let inner = |row: &Row<T>| row.key.split_once('.').map_or(row.key, |(_, inner)| inner);
    rows.iter().map(inner).collect()
}

fn object<'a>(json: &'a Json, path: &str) -> Result<&'a Object, Invalid> {
    json.as_object().ok_or_else(|| {
        let expected = whyeof_trace::Text::new("an object {…}", "对象 {…}");
        Invalid::new(path, Problem::expected(&json.to_string(), expected))
    })
}

/// The value of a key; `null` is "not given".
fn present<'a>(map: &'a Object, key: &str) -> Option<&'a Json> {
    map.get(key).filter(|json| !json.is_null())
}

fn nested<'a>(map: &'a Object, key: &str, path: &str) -> Result<Option<&'a Object>, Invalid> {
    let json = present(map, key);
    json.map(|json| object(json, &join(path, key))).transpose()
}

fn name(map: &Object, key: &str, path: &str) -> Result<String, Invalid> {
    let place = join(path, key);
    let Some(json) = present(map, key) else {
        return Err(Invalid::new(place, Problem::Missing));
    };
    let given = Kind::Word(Word::Name).read_json(json);
    let given = given.map_err(|problem| Invalid::new(place, problem))?;
    Ok(given.text())
}

/// The entries of a list, with their places.
fn list<'a>(map: &'a Object, key: &str, path: &str) -> Result<Vec<(String, &'a Json)>, Invalid> {
    let Some(json) = present(map, key) else {
        return Ok(Vec::new());
    };
    let path = join(path, key);
    let Some(list) = json.as_array() else {
        let expected = whyeof_trace::Text::new("a list […]", "数组 […]");
        let problem = Problem::expected(&json.to_string(), expected);
        return Err(Invalid::new(path, problem));
    };
    let entries = list.iter().enumerate();
    Ok(entries
        .map(|(at, entry)| (format!("{path}[{at}]"), entry))
        .collect())
}

fn read_rows<T: Default + 'static>(
    map: &Object,
    path: &str,
    rows: &[Row<T>],
    into: &mut T,
) -> Result<(), Invalid> {
    for row in rows {
        row.set(into, read_row(map, path, row.key, row.kind, row.need)?);
    }
    Ok(())
}

fn read_row(
    map: &Object,
    path: &str,
    key: &str,
    kind: Kind,
    need: Need,
) -> Result<Option<Given>, Invalid> {
    let place = || join(path, key);
    let json = match key.split_once('.') {
        Some((outer, inner)) => nested(map, outer, path)?.and_then(|map| present(map, inner)),
        None => present(map, key),
    };
    let given = json.map(|json| kind.read_json(json)).transpose();
    let given = given.map_err(|problem| Invalid::new(place(), problem))?;
    match (&given, need) {
        (None, Need::Required) => Err(Invalid::new(place(), Problem::Missing)),
        _ => Ok(given),
    }
}

fn write(scenario: &Scenario) -> Json {
    let mut map = Object::new();
    map.insert("version".to_owned(), Json::from(VERSION));
    write_rows(&RUN, scenario, &mut map);
    let clients = scenario.clients.iter().map(write_client).collect();
    map.insert("clients".to_owned(), Json::Array(clients));
    if !scenario.proxies.is_empty() {
        let proxies = scenario.proxies.iter().map(write_proxy).collect();
        map.insert("proxies".to_owned(), Json::Array(proxies));
    }
    let servers = scenario.servers.iter().map(write_server).collect();
    map.insert("servers".to_owned(), Json::Array(servers));
    if !scenario.names.is_empty() {
        let names = scenario.names.iter().map(|several| {
            let mut map = Object::new();
            write_rows(&NAME, several, &mut map);
            (several.name.clone(), Json::Object(map))
        });
        map.insert("names".to_owned(), Json::Object(names.collect()));
    }
    if !scenario.hosts.is_empty() {
        let hosts = scenario.hosts.iter().map(write_host).collect();
        map.insert("hosts".to_owned(), Json::Array(hosts));
    }
    write_rows(&NETWORK, scenario, &mut map);
    if !scenario.network.paths.is_empty() {
        let paths = scenario.network.paths.iter().map(write_path).collect();
        put(&mut map, "network.paths", Json::Array(paths));
    }
    let faults = scenario.faults.iter().enumerate();
    let faults = faults.map(|(at, fault)| write_fault(at, fault));
    let typed = scenario.typed.iter().enumerate();
    let typed = typed.map(|(at, typed)| write_typed(at, typed));
    let faults: Vec<Json> = faults.chain(typed).collect();
    if !faults.is_empty() {
        map.insert("faults".to_owned(), Json::Array(faults));
    }
    Json::Object(map)
}

fn write_client(client: &Client) -> Json {
    let mut map = named(&client.name);
    write_rows(&CLIENT, client, &mut map);
    write_options(&client.options, &mut map);
    if !client.requests.is_empty() {
        let requests = client.requests.iter().enumerate();
        let requests = requests.map(|(at, request)| write_request(at, request));
        map.insert("requests".to_owned(), Json::Array(requests.collect()));
    }
    write_rows(&CLIENT_END, client, &mut map);
    write_rows(&CLIENT_CALLS, client, &mut map);
    Json::Object(map)
}

fn write_request(at: usize, request: &Request) -> Json {
    let mut map = Object::new();
    if request.name != default_name(at) {
        map = named(&request.name);
    }
    write_rows(&REQUEST, request, &mut map);
    if !request.headers.is_empty() {
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), Json::from(value.as_str())));
        map.insert("headers".to_owned(), Json::Object(headers.collect()));
    }
    write_rows(&SCHEDULE, request, &mut map);
    write_rows(&CALLER, request, &mut map);
    Json::Object(map)
}

fn write_proxy(proxy: &Proxy) -> Json {
    let mut map = named(&proxy.name);
    write_rows(&PROXY, proxy, &mut map);
    write_options(&proxy.options, &mut map);
    Json::Object(map)
}

fn write_server(server: &Server) -> Json {
    let mut map = named(&server.name);
    write_rows(&SERVER, server, &mut map);
    write_options(&server.options, &mut map);
    let mut handler = Object::new();
    write_rows(&HANDLER, &server.handler, &mut handler);
    if !handler.is_empty() {
        map.insert(HANDLER_KEY.to_owned(), Json::Object(handler));
    }
    if !server.routes.is_empty() {
        let routes = server.routes.iter().enumerate();
        let routes = routes.map(|(at, route)| write_route(at, route));
        map.insert("routes".to_owned(), Json::Array(routes.collect()));
    }
    write_rows(&SERVER_END, server, &mut map);
    write_rows(&SERVER_CALLS, server, &mut map);
    Json::Object(map)
}

fn write_route(at: usize, route: &Route) -> Json {
    let mut map = Object::new();
    if route.name != default_route_name(at) {
        map = named(&route.name);
    }
    write_rows(&ROUTE, route, &mut map);
    write_rows(&HANDLER, &route.handler, &mut map);
    Json::Object(map)
}

fn write_host(host: &Host) -> Json {
    let mut map = named(&host.name);
    write_rows(&HOST, host, &mut map);
    write_rows(&SYSCTL, host, &mut map);
    Json::Object(map)
}

fn write_path(path: &Path) -> Json {
    let mut map = Object::new();
    map.insert("from".to_owned(), Json::from(path.from.as_str()));
    map.insert("to".to_owned(), Json::from(path.to.as_str()));
    write_rows(&PATH, path, &mut map);
    Json::Object(map)
}

fn write_fault(at: usize, fault: &Fault) -> Json {
    let mut map = Object::new();
    if fault.name != faults::default_name(at) {
        map = named(&fault.name);
    }
    write_rows(&FAULT, fault, &mut map);
    let mut packets = Object::new();
    write_rows(fault.effect.rows(), &fault.packets, &mut packets);
    write_rows(&PACKETS, &fault.packets, &mut packets);
    map.insert(fault.effect.key().to_owned(), Json::Object(packets));
    Json::Object(map)
}

fn write_typed(at: usize, typed: &Typed) -> Json {
    let mut map = Object::new();
    if typed.name != shell::default_name(at) {
        map = named(&typed.name);
    }
    write_rows(&TYPED, typed, &mut map);
    Json::Object(map)
}

fn named(name: &str) -> Object {
    let mut map = Object::new();
    map.insert("name".to_owned(), Json::from(name));
    map
}

fn write_options(options: &Options, map: &mut Object) {
    if !options.is_empty() {
        let written = options.iter();
        let written = written.map(|(name, given)| (name.clone(), given.json()));
        map.insert("options".to_owned(), Json::Object(written.collect()));
    }
}

fn write_rows<T: Default + 'static>(rows: &[Row<T>], from: &T, map: &mut Object) {
    for row in rows {
        write_row(row.key, row.need, (row.get)(from), row.default(), map);
    }
}

fn write_row(
    key: &str,
    need: Need,
    given: Option<Given>,
    default: Option<Given>,
    map: &mut Object,
) {
    let is_default = given == default && need == Need::Optional;
    if let Some(given) = given.filter(|_| !is_default) {
        put(map, key, given.json());
    }
}

/// Puts a value under its key, and that of `handler.think` one floor down.
fn put(map: &mut Object, key: &str, json: Json) {
    let Some((outer, inner)) = key.split_once('.') else {
        map.insert(key.to_owned(), json);
        return;
    };
    let nested = map.entry(outer);
    let nested = nested.or_insert_with(|| Json::Object(Object::new()));
    if let Json::Object(nested) = nested {
        nested.insert(inner.to_owned(), json);
    }
}
