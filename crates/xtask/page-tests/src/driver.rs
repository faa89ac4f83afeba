//! A chromedriver, and what it is asked to start.

use crate::Result;
use fantoccini::wd::Capabilities;
use serde_json::json;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

/// What a browser keeps of what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    /// The console.
    Console,
    /// Also each task of each of its threads, see [`crate::Page::longest_task`].
    Tasks,
}

/// Runs until it is dropped, and its browser with it, also when the test panics.
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub(crate) fn start() -> Result<Self> {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| OsString::from("chromedriver"));
        let mut command = Command::new(&program);
        // It picks a free port and says which, so that no two tests meet on one.
        command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let port = port(&mut lines)?;
        // A full pipe would stop it.
        thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
        Ok(Self { child, port })
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A killed chromedriver would leave its browser running; one that is asked takes it along.
    fn shut_down(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream
            .write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(|_| ())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            // It is gone already, or past asking: nobody is left to hear of an error here.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn port(lines: &mut BufReader<ChildStdout>) -> Result<u16> {
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Ok(port.trim().trim_end_matches('.').parse()?);
        }
        line.clear();
    }
    Err("chromedriver ended before it listened".into())
}

/// Headless Chromium, also as root and in a container, that asks nothing of the network by itself
/// and keeps no page that was left: a test's page ends when the next test begins.
pub(crate) fn capabilities(watched: Watched) -> Capabilities {
    let mut chrome = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--disable-back-forward-cache",
        ],
    });
    if let Ok(program) = env::var("CHROME") {
        chrome["binary"] = program.into();
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("browserName".into(), "chrome".into());
    let mut logs = json!({ "browser": "ALL" });
    if watched == Watched::Tasks {
        chrome["perfLoggingPrefs"] = json!({
            "enableNetwork": false, "enablePage": false,
            "traceCategories": "toplevel,blink.user_timing",
        });
        logs["performance"] = "ALL".into();
    }
    capabilities.insert("goog:chromeOptions".into(), chrome);
    capabilities.insert("goog:loggingPrefs".into(), logs);
    capabilities
}
