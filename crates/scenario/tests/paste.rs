//! What an edit is as configuration to paste. Names, units and forms are those of the runtimes' own documents: Go's `net/http` and
//! `net`, Node's `http`, agentkeepalive's README, nginx's directives, Terraform's `aws_lb`, `ip-sysctl.rst`.

use expect_test::{Expect, expect};
use whyeof_scenario::paste::snippets;
use whyeof_scenario::{Lang, presets};

fn check(preset: &str, edits: &[(&str, &str)], expected: &Expect) {
    let scenario = presets::find(preset).expect("a preset").scenario();
    let edits: Vec<(String, String)> = edits
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let said = snippets(&scenario, &edits, Lang::En).into_iter();
    let said = said.map(|it| format!("{} ({})\n{}\n", it.of, it.language, it.lines));
    expected.assert_eq(&said.collect::<String>());
}

#[test]
fn go() {
    let transport = [("clients.agent.options.IdleConnTimeout", "9s")];
    check(
        "pyroscope-idle-race",
        &transport,
        &expect![[r#"
        agent · Go 1.27 net/http (go)
        // transport: the *http.Transport of your http.Client
        transport.IdleConnTimeout = 9 * time.Second // was not set
    "#]],
    );
    let server = [("servers.pyroscope.options.IdleTimeout", "1.5s")];
    check(
        "pyroscope-idle-race",
        &server,
        &expect![[r#"
        pyroscope · Go 1.27 net/http (go)
        server.IdleTimeout = 1500 * time.Millisecond // was not set
    "#]],
    );
    let key = "clients.agent.requests.upload.headers.Idempotency-Key";
    check(
        "pyroscope-idle-race",
        &[(key, "upload")],
        &expect![[r#"
        agent · Go 1.27 net/http (go)
        req.Header.Set("Idempotency-Key", id) // one id for a request and all its repeats
    "#]],
    );
    let dialer = [
        ("clients.agent.options.KeepAliveConfig.Idle", "3s"),
        ("clients.agent.options.KeepAliveConfig.Interval", "3s"),
        ("clients.agent.options.Dialer.Timeout", "2s"),
        ("clients.agent.options.TCP_USER_TIMEOUT", "30s"),
        ("clients.agent.options.Timeout", "5s"),
    ];
    check(
        "pyroscope-idle-race",
        &dialer,
        &expect![[r#"
            agent · Go 1.27 net/http (go)
            // transport: the *http.Transport of your http.Client
            dialer := &net.Dialer{} // or the one that you have
            dialer.Timeout = 2 * time.Second // was not set
            dialer.Control = func(_, _ string, conn syscall.RawConn) error {
            	var err error
            	controlled := conn.Control(func(fd uintptr) {
            		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 30000) // ms
            	})
            	return errors.Join(controlled, err)
            }
            dialer.KeepAliveConfig = net.KeepAliveConfig{
            	Enable:   true,
            	Idle:     3 * time.Second,
            	Interval: 3 * time.Second,
            }
            transport.DialContext = dialer.DialContext
            client.Timeout = 5 * time.Second // was 10s
        "#]],
    );
}

/// What two requests need stands once.
#[test]
fn bodies_that_are_read() {
    let read = [
        ("clients.caller.requests.first.read", "all"),
        ("clients.caller.requests.second.read", "all"),
    ];
    check(
        "body-leak",
        &read,
        &expect![[r#"
        caller · Go 1.27 net/http (go)
        io.Copy(io.Discard, resp.Body) // the rest, so that the connection can be used again
        resp.Body.Close()
    "#]],
    );
    let read = [("clients.caller.requests.pods.read", "all")];
    check(
        "body-unread",
        &read,
        &expect![[r#"
        caller · Go 1.19 net/http (go)
        io.Copy(io.Discard, resp.Body) // the rest, so that the connection can be used again
        resp.Body.Close()
    "#]],
    );
}

#[test]
fn the_default_transport_is_cloned() {
    let edits = [
        ("clients.agent.runtime", "go-1.27-default-transport"),
        ("clients.agent.options.IdleConnTimeout", "9s"),
    ];
    check(
        "pyroscope-idle-race",
        &edits,
        &expect![[r#"
        agent · Go 1.27 http.DefaultTransport (go)
        transport := http.DefaultTransport.(*http.Transport).Clone()
        transport.IdleConnTimeout = 9 * time.Second // was not set
        client.Transport = transport
    "#]],
    );
}

#[test]
fn node() {
    let agent = [("clients.gateway.options.timeout", "4500ms")];
    check(
        "node-six-seconds",
        &agent,
        &expect![[r#"
            gateway · Node 26 http (js)
            const agent = new http.Agent({
              keepAlive: true,
              timeout: 4500, // ms, was not set
            })
            const req = http.request(url, { agent }) // and wherever else requests are made
        "#]],
    );
    let server = [("servers.app.options.keepAliveTimeout", "15s")];
    check(
        "node-six-seconds",
        &server,
        &expect![[r#"
        app · Node 26 http (js)
        server.keepAliveTimeout = 15000 // ms, was not set
    "#]],
    );
    let destroy = [
        ("clients.client.options.timeout", "5s"),
        ("clients.client.requests.job.destroy", "true"),
    ];
    check(
        "silent-switch",
        &destroy,
        &expect![[r#"
            client · Node 26 http (js)
            const agent = new http.Agent({
              keepAlive: true,
              timeout: 5000, // ms, was not set
              maxSockets: 1,
              maxTotalSockets: 1,
            })
            const req = http.request(url, { agent }) // and wherever else requests are made
            // req: what http.request returns, each time
            req.on('timeout', () => req.destroy())
        "#]],
    );
    let other = [("clients.client.runtime", "agentkeepalive-4.6")];
    check(
        "silent-switch",
        &other,
        &expect![[r#"
            client · agentkeepalive 4.6 (js)
            const Agent = require('agentkeepalive')
            const agent = new Agent({
              keepAlive: true,
              maxSockets: 1,
              maxTotalSockets: 1,
            })
            const req = http.request(url, { agent }) // and wherever else requests are made
        "#]],
    );
}

#[test]
fn boxes_and_kernels() {
    let alb = [("proxies.elb.options.idle_timeout.timeout_seconds", "9s")];
    check(
        "two-keep-alives-elb",
        &alb,
        &expect![[r#"
        elb · AWS ALB (hcl)
        resource "aws_lb" "elb" {
          idle_timeout = 9 # s, was not set
        }
    "#]],
    );
    let nginx = [
        ("proxies.elb.runtime", "nginx-1.22"),
        ("proxies.elb.options.keepalive_timeout", "80s"),
        ("proxies.elb.options.upstream.keepalive", "16"),
        ("proxies.elb.options.upstream.keepalive_timeout", "9s"),
    ];
    check(
        "two-keep-alives-elb",
        &nginx,
        &expect![[r#"
        elb · nginx 1.22 (nginx)
        keepalive_timeout 80s; # was not set
        upstream api {
            server api:8080;
            keepalive 16; # was not set
            keepalive_timeout 9s; # was not set
        }
        # in the location: else nothing is kept
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    "#]],
    );
    let kernel = [
        ("hosts.client.sysctl.tcp_retries2", "8"),
        ("hosts.client.sysctl.tcp_keepalive_intvl", "5"),
    ];
    check(
        "silent-switch",
        &kernel,
        &expect![[r#"
        client · sysctl (ini)
        # /etc/sysctl.d/90-tcp.conf; sysctl --system
        # was 15
        net.ipv4.tcp_retries2 = 8
        # was 75
        net.ipv4.tcp_keepalive_intvl = 5
    "#]],
    );
}

/// A network has no file, and an edit that cannot be made has none either.
#[test]
fn what_nobody_configures_has_nothing_to_paste() {
    check(
        "pyroscope-idle-race",
        &[("network.rtt", "5ms")],
        &expect![""],
    );
    check(
        "pyroscope-idle-race",
        &[("servers.nobody.options.IdleTimeout", "5s")],
        &expect![""],
    );
}
