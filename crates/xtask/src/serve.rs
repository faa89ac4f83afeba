//! `cargo xtask serve`: trunk serves the site and builds it anew when a file changes; we choose the
//! port and say the address.

use crate::program::{not_started, say};
use crate::{Result, finish, layout, site};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

const FIRST_PORT: u16 = 8080;
/// How many ports are tried when nobody asked for one.
const PORTS: u16 = 20;

/// What the command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    browser: Browser,
    reach: Reach,
    profile: Profile,
    port: Option<u16>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Browser {
    #[default]
    Leave,
    Open,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Reach {
    #[default]
    ThisMachine,
    LocalNetwork,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Profile {
    #[default]
    Release,
    Dev,
}

impl Options {
    /// Reads the words behind `serve`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--open" => options.browser = Browser::Open,
                "--lan" => options.reach = Reach::LocalNetwork,
                "--dev" => options.profile = Profile::Dev,
                "--port" => {
                    let port = words.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                    options.port = Some(port.ok_or("--port wants a number from 1 to 65535")?);
                }
                _ => {
                    return Err(format!(
                        "serve knows --open, --lan, --port N and --dev, not {word}"
                    ));
                }
            }
        }
        Ok(options)
    }

    fn address(&self) -> IpAddr {
        match self.reach {
            Reach::ThisMachine => Ipv4Addr::LOCALHOST.into(),
            Reach::LocalNetwork => Ipv4Addr::UNSPECIFIED.into(),
        }
    }
}

/// Serves until it is interrupted.
pub(crate) fn serve(options: &Options) -> Result {
    let port = free_port(options)?;
    site::prepare()?;
    let folder = fresh_folder(port)?;
    say("building the site (the first time takes about a minute)");
    let mut trunk = trunk(options, &folder, port);
    let child = trunk.spawn().map_err(|e| not_started(&trunk, &e))?;
    wait(child, &folder.join("index.html"), options, port)
}

fn trunk(options: &Options, folder: &Path, port: u16) -> Command {
    let mut trunk = site::trunk("serve");
    trunk.env(finish::SERVES, "1");
    trunk.arg("--dist").arg(folder);
    trunk.args(["--port", &port.to_string()]);
    trunk.args(["--address", &options.address().to_string()]);
    if options.profile == Profile::Release {
        trunk.arg("--release");
    }
    trunk
}

/// A folder that nobody else writes to, neither `build` nor a second server. Trunk answers also
/// when the first build failed, so an old page must not be there to be served.
fn fresh_folder(port: u16) -> Result<PathBuf> {
    let folder = layout::root().join("target/serve").join(port.to_string());
    match std::fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(format!("cannot empty {}: {e}", folder.display()))
        }
        _ => Ok(folder),
    }
}

fn free_port(options: &Options) -> Result<u16> {
    let is_free = |port: u16| TcpListener::bind((options.address(), port)).is_ok();
    if let Some(port) = options.port {
        return if is_free(port) {
            Ok(port)
        } else {
            Err(format!("port {port} cannot be listened on; try another"))
        };
    }
    let ports = FIRST_PORT..FIRST_PORT + PORTS;
    let port = ports.clone().find(|&port| is_free(port));
    let port = port.ok_or_else(|| {
        format!(
            "no free port from {} to {}; name one with --port",
            ports.start,
            ports.end - 1
        )
    })?;
    if port != FIRST_PORT {
        say(&format!("port {FIRST_PORT} is in use, taking {port}"));
    }
    Ok(port)
}

/// Waits for trunk to end; says where the page is once there is one and the server answers.
fn wait(mut trunk: Child, page: &Path, options: &Options, port: u16) -> Result {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(trunk.wait()));
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut announced = false;
    loop {
        match end.recv_timeout(Duration::from_millis(200)) {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => return Err(format!("trunk ended ({status})")),
            Ok(Err(error)) => return Err(format!("lost trunk: {error}")),
            Err(RecvTimeoutError::Disconnected) => return Err("lost trunk".into()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if !announced && page.is_file() && TcpStream::connect(server).is_ok() {
            announce(options, port);
            announced = true;
        }
    }
}

fn announce(options: &Options, port: u16) {
    let here = format!("http://127.0.0.1:{port}/");
    say(&format!("whyeof is at {here}"));
    if options.reach == Reach::LocalNetwork {
        match lan_address() {
            Some(address) => eprintln!("   for others on this network: http://{address}:{port}/"),
            None => eprintln!("   this machine seems to be on no network"),
        }
    }
    eprintln!("   it is built anew when a file changes; Ctrl-C ends it\n");
    if options.browser == Browser::Open {
        open(here);
    }
}

/// The address this machine would send from. Connecting a UDP socket sends nothing; 192.0.2.1 is
/// nobody's (RFC 5737).
fn lan_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_unspecified())
}

/// Opens a browser, or says that there is none. What opens it may stay until the browser is closed.
fn open(url: String) {
    let (program, before): (_, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/c", "start"]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(before).arg(url);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    thread::spawn(move || {
        if !command.status().is_ok_and(|status| status.success()) {
            eprintln!("   no browser could be started: open the address by hand");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_options() {
        let all =
            Options::parse(&["--open", "--lan", "--dev", "--port", "9000"]).expect("known options");
        let wanted = Options {
            browser: Browser::Open,
            reach: Reach::LocalNetwork,
            profile: Profile::Dev,
            port: Some(9000),
        };
        assert_eq!(all, wanted);
        assert_eq!(Options::parse(&[]), Ok(Options::default()));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for words in [
            &["--prot", "1"][..],
            &["--port"],
            &["--port", "0"],
            &["--port", "http"],
        ] {
            assert!(Options::parse(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn trunk_is_told_what_we_announce() {
        let options = Options::parse(&["--lan"]).expect("known options");
        let trunk = trunk(&options, Path::new("target/serve/8081"), 8081);
        let words: Vec<_> = trunk
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        for wanted in [
            ["--dist", "target/serve/8081"],
            ["--port", "8081"],
            ["--address", "0.0.0.0"],
        ] {
            assert!(
                words.windows(2).any(|pair| pair == wanted),
                "{wanted:?} in {words:?}"
            );
        }
    }

    #[test]
    fn says_that_an_asked_for_port_is_taken() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("its address").port();
        let options = Options {
            port: Some(port),
            ..Options::default()
        };
        assert!(free_port(&options).is_err());
    }
}
