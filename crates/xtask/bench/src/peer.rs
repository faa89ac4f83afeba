//! The work done by smoltcp's TCP over an event queue of its own: links of 5 ms, no checksums, no Nagle, pooled buffers.
//!
//! Programs take no time here, and there is no HTTP: a request is so many bytes, and so is a response.

use crate::{
    Answer, CONNECTIONS, EXCHANGES, FIRST_RACE, IDLE, ONE_WAY, RACE_STEP, RACES, REQUEST, RESPONSE,
    RETRIES2, SILENCES, Work,
};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Packet, TcpPacket};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::rc::Rc;

/// Microseconds since the run began, as every time here.
type Micros = u64;

const LINK: Micros = ONE_WAY.as_micros() as Micros;
/// Before a port is used again for another connection of the same client, 1,000 others are.
const NEXT_PORT: u16 = 1_000;
const FIRST_PORT: u16 = 49_152;
/// Keepalive probes, as Go has them.
const PROBES: Duration = Duration::from_secs(15);
/// smoltcp's default is 10 ms; Linux waits for 40 ms.
const ACK_DELAY: Duration = Duration::from_millis(40);

pub(crate) fn does(work: Work) -> Answer {
    let mut answer = Answer::default();
    let micros = |span: std::time::Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let (idle, second) = (micros(IDLE), 1_000_000);
    match work {
        Work::Exchanges => {
            let mut world = World::new((1, 1), EXCHANGES, second, idle);
            world.run(u64::MAX);
            answer.add(&world);
        }
        Work::Races => {
            for race in 0..RACES {
                let pause = micros(FIRST_RACE + RACE_STEP * race);
                let mut world = World::new((1, 1), 2, pause, idle);
                world.run(30 * second);
                answer.add(&world);
            }
        }
        Work::Silences => {
            for _ in 0..SILENCES {
                let mut world = World::new((1, 1), 2, second, 3_600 * second);
                world.fall_silent(1, Duration::from_micros(micros(RETRIES2)));
                world.run(1_200 * second);
                answer.add(&world);
            }
        }
        Work::Pool { clients, exchanges } => {
            let mut world = World::new((clients, CONNECTIONS), exchanges, 10_000, idle);
            world.run(u64::MAX);
            answer.add(&world);
        }
    }
    answer
}

impl Answer {
    fn add(&mut self, world: &World) {
        self.segments += world.segments;
        for client in &world.clients {
            self.answered += u64::from(client.done);
            match client.end {
                End::Answered => self.redialled += u64::from(client.redialled),
                End::Lost(after) => {
                    self.lost += 1;
                    self.gave_up = std::time::Duration::from_micros(after);
                }
                End::None => {}
            }
        }
    }
}

/// Buffers of packets that are over.
type Spare = Rc<RefCell<Vec<Vec<u8>>>>;

/// A host's interface: packets in, packets out.
#[derive(Default)]
struct Wire {
    received: VecDeque<Vec<u8>>,
    sent: Vec<Vec<u8>>,
    spare: Spare,
}

struct Receive(Vec<u8>, Spare);

struct Transmit<'a>(&'a mut Vec<Vec<u8>>, Spare);

impl RxToken for Receive {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let read = read(&self.0);
        self.1.borrow_mut().push(self.0);
        read
    }
}

impl TxToken for Transmit<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        let mut packet = self.1.borrow_mut().pop().unwrap_or_default();
        packet.clear();
        packet.resize(len, 0);
        let written = write(&mut packet);
        self.0.push(packet);
        written
    }
}

impl Device for Wire {
    type RxToken<'a> = Receive;
    type TxToken<'a> = Transmit<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Receive, Transmit<'_>)> {
        let packet = self.received.pop_front()?;
        let spare = || Rc::clone(&self.spare);
        let (received, sending) = (Receive(packet, spare()), spare());
        Some((received, Transmit(&mut self.sent, sending)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Transmit<'_>> {
        let spare = Rc::clone(&self.spare);
        Some(Transmit(&mut self.sent, spare))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1_500;
        capabilities.checksum = ChecksumCapabilities::ignored();
        capabilities
    }
}

struct Host {
    interface: Interface,
    sockets: SocketSet<'static>,
    wire: Wire,
    /// When its stack is called next.
    wake: Micros,
}

enum Todo {
    Arrive { host: usize, packet: Vec<u8> },
    Wake { host: usize },
    Ask { client: usize },
    Idle { server: usize },
}

/// In the order of time, then of scheduling.
struct Due {
    at: Micros,
    ordinal: u64,
    todo: Todo,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.ordinal) == (other.at, other.ordinal)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.ordinal).cmp(&(other.at, other.ordinal))
    }
}

#[derive(Clone, Copy)]
enum End {
    None,
    Answered,
    /// So long after it was asked.
    Lost(Micros),
}

/// One connection's client, and what is left to do on it.
struct Client {
    host: usize,
    socket: SocketHandle,
    port: u16,
    received: u32,
    left: u32,
    done: u32,
    up: bool,
    /// Since when it waits for a response.
    waits: Option<Micros>,
    redialled: bool,
    end: End,
}

struct Server {
    socket: SocketHandle,
    received: u32,
    idle_until: Micros,
    armed: bool,
    closed: bool,
}

struct World {
    now: Micros,
    ordinal: u64,
    queue: BinaryHeap<Reverse<Due>>,
    /// The server's first, then one a client.
    hosts: Vec<Host>,
    clients: Vec<Client>,
    per_host: usize,
    servers: Vec<Server>,
    by_peer: HashMap<(IpAddress, u16), usize>,
    pause: Micros,
    idle: Micros,
    /// After so many exchanges nothing passes any more.
    silent_after: Option<u32>,
    silent: bool,
    user_timeout: Option<Duration>,
    segments: u64,
    spare: Spare,
}

fn socket() -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; 8_192]);
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(Some(ACK_DELAY));
    socket.set_keep_alive(Some(PROBES));
    socket
}

fn address(host: usize) -> IpAddress {
    let [high, low] = u16::try_from(host + 1).unwrap_or(u16::MAX).to_be_bytes();
    IpAddress::v4(10, 0, high, low)
}

fn host(address: smoltcp::wire::Ipv4Address) -> usize {
    let [_, _, high, low] = address.octets();
    usize::from(u16::from_be_bytes([high, low])) - 1
}

impl World {
    /// So many clients, with so many connections each, that ask so often.
    fn new((clients, per_host): (u16, u32), exchanges: u32, pause: Micros, idle: Micros) -> Self {
        let spare = Spare::default();
        let per_host = usize::try_from(per_host).unwrap_or(usize::MAX);
        let machines = usize::from(clients) + 1;
        let mut world = Self {
            now: 0,
            ordinal: 0,
            queue: BinaryHeap::new(),
            hosts: (0..machines).map(|at| machine(at, &spare)).collect(),
            clients: Vec::new(),
            per_host,
            servers: Vec::new(),
            by_peer: HashMap::new(),
            pause,
            idle,
            silent_after: None,
            silent: false,
            user_timeout: None,
            segments: 0,
            spare,
        };
        for host in 1..machines {
            for port in (FIRST_PORT..).take(per_host) {
                let socket = world.hosts[host].sockets.add(socket());
                world.clients.push(Client {
                    host,
                    socket,
                    port,
                    received: 0,
                    left: exchanges,
                    done: 0,
                    up: false,
                    waits: None,
                    redialled: false,
                    end: End::None,
                });
            }
        }
        world
    }

    /// After so many exchanges nothing passes; the client's kernel gives up after so long.
    fn fall_silent(&mut self, after: u32, user_timeout: Duration) {
        self.silent_after = Some(after);
        self.user_timeout = Some(user_timeout);
    }

    fn schedule(&mut self, at: Micros, todo: Todo) {
        let ordinal = self.ordinal;
        self.queue.push(Reverse(Due { at, ordinal, todo }));
        self.ordinal += 1;
    }

    fn dial(&mut self, client: usize) {
        let Client {
            host, socket, port, ..
        } = self.clients[client];
        self.clients[client].up = false;
        let machine = &mut self.hosts[host];
        let socket = machine.sockets.get_mut::<Socket<'_>>(socket);
        socket.set_timeout(self.user_timeout);
        let context = machine.interface.context();
        let dialled = socket.connect(context, (address(0), 80), port);
        dialled.expect("a socket that is new, and a free port");
        self.turn(host);
    }

    /// Lets a host's stack work now.
    fn turn(&mut self, host: usize) {
        let now = instant(self.now);
        let host = &mut self.hosts[host];
        host.interface.poll(now, &mut host.wire, &mut host.sockets);
    }

    /// Puts what a host has sent on its way, and notes when its stack wants to work again.
    fn flush(&mut self, host: usize) {
        let mut sent = std::mem::take(&mut self.hosts[host].wire.sent);
        for packet in sent.drain(..) {
            self.segments += 1;
            if self.silent {
                self.spare.borrow_mut().push(packet);
                continue;
            }
            let to = self::host(Ipv4Packet::new_unchecked(&packet).dst_addr());
            let arrive = Todo::Arrive { host: to, packet };
            self.schedule(self.now + LINK, arrive);
        }
        let machine = &mut self.hosts[host];
        machine.wire.sent = sent;
        let next = machine
            .interface
            .poll_at(instant(self.now), &machine.sockets);
        let Some(next) = next else { return };
        let next = u64::try_from(next.total_micros()).unwrap_or_default();
        let next = next.max(self.now);
        if next < machine.wake {
            machine.wake = next;
            self.schedule(next, Todo::Wake { host });
        }
    }

    fn run(&mut self, until: Micros) {
        for client in 0..self.clients.len() {
            self.dial(client);
        }
        for host in 0..self.hosts.len() {
            self.flush(host);
        }
        while let Some(Reverse(Due { at, todo, .. })) = self.queue.pop() {
            if at > until {
                break;
            }
            self.now = at;
            if let Some(host) = self.step(todo) {
                self.flush(host);
            }
        }
    }

    /// Lets the next thing happen; where, if something came of it.
    fn step(&mut self, todo: Todo) -> Option<usize> {
        match todo {
            Todo::Arrive { host, packet } => {
                self.arrive(host, packet);
                Some(host)
            }
            Todo::Wake { host } => {
                if self.hosts[host].wake != self.now {
                    return None;
                }
                self.hosts[host].wake = Micros::MAX;
                self.turn(host);
                if host > 0 && self.user_timeout.is_some() {
                    self.client(host - 1, false);
                }
                Some(host)
            }
            Todo::Ask { client } => {
                self.client(client, true);
                let host = self.clients[client].host;
                self.turn(host);
                Some(host)
            }
            Todo::Idle { server } => self.idle_over(server).then_some(0),
        }
    }

    fn arrive(&mut self, host: usize, packet: Vec<u8>) {
        let ip = Ipv4Packet::new_unchecked(&packet);
        let from = IpAddress::from(ip.src_addr());
        let tcp = TcpPacket::new_unchecked(ip.payload());
        let (peer, port) = ((from, tcp.src_port()), tcp.dst_port());
        if host == 0 && tcp.syn() && !tcp.ack() {
            self.listen(peer);
        }
        self.hosts[host].wire.received.push_back(packet);
        self.turn(host);
        if host == 0 {
            let server = self.by_peer[&peer];
            self.server(server);
        } else {
            let number = usize::from((port - FIRST_PORT) % NEXT_PORT);
            self.client((host - 1) * self.per_host + number, false);
        }
        self.turn(host);
    }

    /// One more listener, so that each connection's socket is known.
    fn listen(&mut self, peer: (IpAddress, u16)) {
        let mut socket = socket();
        socket.listen(80).expect("a socket that is new");
        let socket = self.hosts[0].sockets.add(socket);
        self.by_peer.insert(peer, self.servers.len());
        self.servers.push(Server {
            socket,
            received: 0,
            idle_until: 0,
            armed: false,
            closed: false,
        });
    }

    /// A client's turn: something came, or it is time to ask.
    fn client(&mut self, number: usize, ask: bool) {
        let now = self.now;
        let client = &mut self.clients[number];
        let host = &mut self.hosts[client.host];
        let socket = host.sockets.get_mut::<Socket<'_>>(client.socket);
        let mut ask = ask;
        if !client.up && socket.may_send() {
            client.up = true;
            ask = true;
        }
        client.received += read(socket);
        if let Some(asked) = client.waits {
            if client.received >= RESPONSE {
                client.received -= RESPONSE;
                client.waits = None;
                client.done += 1;
                client.left -= 1;
                if client.left > 0 {
                    self.schedule(now + self.pause, Todo::Ask { client: number });
                    return;
                }
                client.end = End::Answered;
                socket.close();
            } else if matches!(socket.state(), State::CloseWait | State::Closed) {
                client.waits = None;
                client.end = End::Lost(now - asked);
                socket.close();
            }
        } else if ask && socket.state() == State::CloseWait {
            socket.close();
            client.redialled = true;
            client.port += NEXT_PORT;
            client.socket = host.sockets.add(self::socket());
            self.dial(number);
        } else if ask && socket.may_send() {
            self.silent |= self.silent_after == Some(client.done);
            let request = [7; REQUEST as usize];
            let taken = socket.send_slice(&request);
            assert_eq!(taken, Ok(request.len()), "there is room for a request");
            client.waits = Some(now);
        }
    }

    /// A server's turn: something came.
    fn server(&mut self, number: usize) {
        let server = &mut self.servers[number];
        let socket = self.hosts[0].sockets.get_mut::<Socket<'_>>(server.socket);
        server.received += read(socket);
        let mut armed = None;
        if server.received >= REQUEST && socket.may_send() {
            server.received -= REQUEST;
            let response = [9; RESPONSE as usize];
            let taken = socket.send_slice(&response);
            assert_eq!(taken, Ok(response.len()), "there is room for a response");
            server.idle_until = self.now + self.idle;
            if !server.armed {
                server.armed = true;
                armed = Some(server.idle_until);
            }
        }
        if socket.state() == State::CloseWait {
            socket.close();
            server.closed = true;
        }
        if let Some(at) = armed {
            self.schedule(at, Todo::Idle { server: number });
        }
    }

    /// A server's timer fires; whether it closes the connection.
    fn idle_over(&mut self, number: usize) -> bool {
        let server = &mut self.servers[number];
        server.armed = false;
        if server.closed {
            return false;
        }
        if server.idle_until > self.now {
            server.armed = true;
            let at = server.idle_until;
            self.schedule(at, Todo::Idle { server: number });
            return false;
        }
        server.closed = true;
        let socket = self.hosts[0].sockets.get_mut::<Socket<'_>>(server.socket);
        socket.close();
        self.turn(0);
        true
    }
}

fn machine(number: usize, spare: &Spare) -> Host {
    let mut wire = Wire {
        spare: Rc::clone(spare),
        ..Wire::default()
    };
    let config = Config::new(HardwareAddress::Ip);
    let mut interface = Interface::new(config, &mut wire, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let own = IpCidr::new(address(number), 8);
        addresses.push(own).expect("room for one address");
    });
    Host {
        interface,
        sockets: SocketSet::new(Vec::new()),
        wire,
        wake: Micros::MAX,
    }
}

/// Takes what has come; how much.
fn read(socket: &mut Socket<'_>) -> u32 {
    if !socket.can_recv() {
        return 0;
    }
    let read = socket.recv(|bytes| (bytes.len(), bytes.len()));
    let read = read.expect("a socket that has something to read");
    u32::try_from(read).unwrap_or(u32::MAX)
}

fn instant(at: Micros) -> Instant {
    Instant::from_micros(i64::try_from(at).unwrap_or(i64::MAX))
}
