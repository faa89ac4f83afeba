//! Who is there, and who asks whom: clients, chains of proxies, servers, machines behind a name, programs of socket calls; what goes wrong, and
//! what is typed. Of each only what must be said.

use super::beats::Beats;
use super::calls;
use super::commands::{self, About};
use super::words::{PATHS, PORTS, some_of, target};
use crate::dice::Dice;
use std::time::Duration;
use whyeof_scenario::calls::{Call, SOCKETS};
use whyeof_scenario::profiles::{self, Profile};
use whyeof_scenario::v1::{
    Client, Effect, Fault, Handler, Name, Packets, Proxy, Request, Route, Server, Typed,
};
use whyeof_scenario::{Scenario, check};
use whyeof_trace::Method;

/// One scenario in so many has programs of socket calls among the others.
const WITH_SOCKETS: u64 = 8;

/// Header fields of one's own; one of them as the project offers it, in other letters.
const HEADERS: [&str; 4] = ["X-Request-Id", "Cookie", "idempotency-key", "!x"];

/// A scenario of which nothing is said that need not be.
pub(super) fn drawn(dice: &mut Dice, beats: &Beats) -> Scenario {
    let mut scenario = Scenario {
        until: until(beats, dice),
        ..Scenario::default()
    };
    scenario.network.rtt = nanos(beats.rtt);
    let sockets = dice.once_in(WITH_SOCKETS);
    servers(&mut scenario, sockets, dice);
    proxies(&mut scenario, dice);
    names(&mut scenario, dice);
    // Machines must be known before anybody asks there.
    clients(&mut scenario, sockets, beats, dice);
    calls(&mut scenario, beats, dice);
    for number in 1..=few(dice, 3) {
        let fault = fault(number, &scenario, beats, dice);
        scenario.faults.push(fault);
    }
    typed(&mut scenario, beats, dice);
    scenario
}

/// None as often as any.
fn few(dice: &mut Dice, most: u64) -> u64 {
    if dice.once_in(2) {
        return 0;
    }
    dice.between(1, most)
}

fn nanos(nanos: i64) -> Duration {
    Duration::from_nanos(nanos.unsigned_abs())
}

/// Long enough for some rounds, and for most timeouts; seldom for as long as a connection can be given up after.
fn until(beats: &Beats, dice: &mut Dice) -> Duration {
    let rounds = u32::try_from(dice.between(1, 6)).unwrap_or(1);
    match dice.below(20) {
        0 => nanos(1 + dice.any_size(0, 3_600_000_000_000 - 1)),
        1 => Duration::from_secs(1_200),
        _ => (nanos(beats.near(dice)) * rounds)
            .clamp(Duration::from_secs(1), Duration::from_secs(200)),
    }
}

fn runtime(fits: fn(&Profile) -> bool, dice: &mut Dice) -> String {
    let all: Vec<&Profile> = profiles::ALL.into_iter().filter(|p| fits(p)).collect();
    dice.one_of(&all).id.to_owned()
}

fn servers(scenario: &mut Scenario, sockets: bool, dice: &mut Dice) {
    for number in 1..=*dice.one_of(&[1, 1, 1, 2, 3]) {
        let mut server = Server {
            name: format!("s{number}"),
            listen: *dice.one_of(&PORTS),
            runtime: runtime(|p| p.server.is_some(), dice),
            ..Server::default()
        };
        if sockets && dice.once_in(2) {
            SOCKETS.clone_into(&mut server.runtime);
            let listen = format!("@-1 listen {}", server.listen);
            server.calls.extend(Call::parse(&listen));
            server.listen = Server::default().listen;
        } else {
            for route in 1..=dice.below(3) {
                let path = PATHS[dice.place(PATHS.len())].to_owned();
                if server.routes.iter().all(|r| r.path != path) {
                    let handler = Handler::default();
                    let name = format!("h{route}");
                    server.routes.push(Route {
                        name,
                        path,
                        handler,
                    });
                }
            }
        }
        scenario.servers.push(server);
    }
}

/// Chains: each passes on to one of those that were there before it.
fn proxies(scenario: &mut Scenario, dice: &mut Dice) {
    for number in 1..=*dice.one_of(&[0, 0, 0, 1, 1, 2, 3]) {
        let proxy = Proxy {
            name: format!("p{number}"),
            listen: *dice.one_of(&PORTS),
            runtime: runtime(|p| p.proxy.is_some(), dice),
            to: target(scenario, dice),
            ..Proxy::default()
        };
        scenario.proxies.push(proxy);
    }
}

/// Sometimes a name for some of the machines that answer, or two.
fn names(scenario: &mut Scenario, dice: &mut Dice) {
    if !dice.once_in(4) {
        return;
    }
    for number in 1..=*dice.one_of(&[1, 1, 2]) {
        let machines = scenario.machines();
        let hosts = some_of(&machines, dice).into_iter().map(str::to_owned);
        let several = Name {
            name: format!("n{number}"),
            hosts: hosts.collect(),
            ..Name::default()
        };
        scenario.names.push(several);
    }
    // Perhaps a proxy before all of them, unless it would pass on to itself.
    let Some(at) = scenario.proxies.len().checked_sub(1) else {
        return;
    };
    let to = scenario.proxies[at].to.clone();
    let several = dice.one_of(&scenario.names);
    let passes_on_to_itself = several.hosts.iter().any(|host| {
        let mut proxies = scenario.proxies.iter();
        proxies.any(|proxy| proxy.host_name() == host)
    });
    if dice.once_in(2) && !passes_on_to_itself {
        let port = to.rsplit(':').next().unwrap_or_default();
        scenario.proxies[at].to = format!("{}:{port}", several.name);
    }
}

fn clients(scenario: &mut Scenario, sockets: bool, beats: &Beats, dice: &mut Dice) {
    for number in 1..=*dice.one_of(&[1, 1, 1, 2, 3]) {
        let mut client = Client {
            name: format!("c{number}"),
            runtime: runtime(|p| p.client.is_some(), dice),
            ..Client::default()
        };
        if sockets && dice.happens(2, 3) {
            SOCKETS.clone_into(&mut client.runtime);
        } else {
            for row in 1..=*dice.one_of(&[1, 1, 2, 3]) {
                client.requests.push(request(row, scenario, beats, dice));
            }
        }
        scenario.clients.push(client);
    }
}

/// What programs of socket calls do. Calls that cannot be made after those before them are left out.
fn calls(scenario: &mut Scenario, beats: &Beats, dice: &mut Dice) {
    for at in 0..scenario.clients.len() + scenario.servers.len() {
        let (is_sockets, listens) = match of(scenario, at) {
            Ok(client) => (client.is_sockets(), None),
            Err(server) => (
                server.is_sockets(),
                server.calls.iter().find_map(Call::listens),
            ),
        };
        if !is_sockets {
            continue;
        }
        for line in calls::program(listens, scenario, beats, dice) {
            let Ok(call) = Call::parse(&line) else {
                continue;
            };
            calls_of(scenario, at).push(call);
            if check(scenario).is_err() {
                calls_of(scenario, at).pop();
            }
        }
    }
}

/// The n-th client or, beyond them, server.
fn of(scenario: &Scenario, at: usize) -> Result<&Client, &Server> {
    let clients = scenario.clients.len();
    scenario
        .clients
        .get(at)
        .ok_or_else(|| &scenario.servers[at - clients])
}

fn calls_of(scenario: &mut Scenario, at: usize) -> &mut Vec<Call> {
    let clients = scenario.clients.len();
    match scenario.clients.get_mut(at) {
        Some(client) => &mut client.calls,
        None => &mut scenario.servers[at - clients].calls,
    }
}

/// Requests about a beat apart, so that connections are used again about when they end.
fn request(row: u64, scenario: &Scenario, beats: &Beats, dice: &mut Dice) -> Request {
    let methods = Method::ALL;
    let method = match dice.below(3) {
        0 => *dice.one_of(&methods),
        1 => Method::Post,
        _ => Method::Get,
    };
    let every = (!dice.once_in(6)).then(|| nanos(beats.near(dice)));
    let endless = every.is_some_and(|every| every.is_zero());
    let count = u32::try_from(dice.between(1, 5)).unwrap_or(1);
    let body = if method == Method::Post { 900 } else { 0 };
    Request {
        name: format!("r{row}"),
        to: target(scenario, dice),
        method,
        path: (*dice.one_of(&PATHS)).to_owned(),
        body,
        headers: headers(body > 0, dice).collect(),
        at: if dice.once_in(3) {
            nanos(beats.near(dice))
        } else {
            Duration::ZERO
        },
        every,
        // Without a number there are as many as there is time for, which must not be endless.
        count: (endless || !dice.once_in(8)).then_some(count),
        ..Request::default()
    }
}

/// Fields of one's own; with a body now and then the one that has the server asked first.
fn headers(has_body: bool, dice: &mut Dice) -> impl Iterator<Item = (String, String)> + use<> {
    let expects = dice.once_in(if has_body { 4 } else { 60 });
    let expect = expects.then_some(("Expect", "100-continue"));
    let own = match dice.below(8) {
        0 => some_of(&HEADERS, dice),
        _ => Vec::new(),
    };
    let own = own.into_iter().map(|name| (name, "a b"));
    let all = expect.into_iter().chain(own);
    all.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn fault(number: u64, scenario: &Scenario, beats: &Beats, dice: &mut Dice) -> Fault {
    let effect = *dice.one_of(&Effect::ALL);
    let mut packets = Packets::default();
    if effect == Effect::Delay {
        packets.by = nanos(1 + beats.near(dice));
    }
    if effect == Effect::Forget {
        packets.idle = nanos(1 + beats.near(dice));
    }
    let machines = scenario.machines();
    if dice.once_in(2) {
        packets.from = Some((*dice.one_of(&machines)).to_owned());
    }
    // What lasts for ever ends most stories.
    if dice.happens(2, 3) {
        packets.nth = u32::try_from(1 + dice.any_size(0, 12)).unwrap_or(1);
        packets.count = Some(u32::try_from(1 + dice.any_size(0, 6)).unwrap_or(1));
    }
    Fault {
        name: format!("f{number}"),
        at: if dice.once_in(2) {
            nanos(beats.near(dice))
        } else {
            Duration::ZERO
        },
        effect,
        packets,
        ..Fault::default()
    }
}

/// What is typed, here and there; or at one machine, and all about its filter, whose rules are then numbered.
fn typed(scenario: &mut Scenario, beats: &Beats, dice: &mut Dice) {
    let (about, many) = match dice.below(8) {
        0 => (About::Filter, dice.between(2, 6)),
        _ => (About::Anything, few(dice, 2)),
    };
    let machines = scenario.machines();
    let one = (*dice.one_of(&machines)).to_owned();
    for number in 1..=many {
        let on = match about {
            About::Filter => one.clone(),
            About::Anything => (*dice.one_of(&scenario.machines())).to_owned(),
        };
        let Some(run) = commands::on_machine(&on, about, scenario, dice) else {
            continue;
        };
        scenario.typed.push(Typed {
            name: format!("t{number}"),
            at: nanos(beats.near(dice)),
            on,
            run,
            lasts: None,
        });
        // Not all that can be put together is a command.
        if check(scenario).is_err() {
            scenario.typed.pop();
        }
    }
}
