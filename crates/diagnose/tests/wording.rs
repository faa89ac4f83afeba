//! What a reader reads, whole, in both languages.

mod support;

use expect_test::{Expect, expect};
use support::{THIRD_FAILS, as_capture, ask, go_pair, run, run_json, written};
use whyeof_diagnose::{Text, diagnose_any};
use whyeof_trace::{HostId, Trace};

fn check(trace: &Trace, pick: fn(&Text) -> &str, expected: Expect) {
    expected.assert_eq(&written(&diagnose_any(trace), trace, pick));
}

#[test]
fn the_race_in_english() {
    let trace = run("pyroscope-idle-race", &THIRD_FAILS);
    check(
        &trace,
        |t| &t.en,
        expect![[r#"
            Request 3 of 4 failed
              Post "http://pyroscope:4040/ingest": EOF

            [keepalive-race] The POST crossed the server's FIN
            After 10 s without a request (ReadTimeout, because IdleTimeout is not set) the server closed the connection at 20.0152 s; your POST had left 1 ms earlier and was still on its way, and the client read the FIN as EOF.
              - At 10.0144 s the server had sent its last response and started its idle timer: 10 s (ReadTimeout, because IdleTimeout is not set). <timer-set>
              - At 20.0142 s the POST left on this connection, idle for 9.994 s in the client's pool: to the client it looked healthy. <request-sent>
              - At 20.0152 s that time was over, and the server went on to close the connection. <timer-fired>
              - At 20.0152 s close() sent FIN; the server's kernel knew nothing of the POST. <fin-sent>
              - At 20.0192 s the POST reached a closed socket; nobody would read it, so the server's kernel answered RST. <reset-sent>
              - At 20.0202 s FIN reached the client: it and the POST had passed each other on the wire. <fin-arrived>
              - At 20.0203 s the client's read returned EOF, not ECONNRESET: FIN came first, RST after it. <read-ended>
              - At 20.0203 s the caller got the error: Go does not send this POST again by itself. <failed>
              green: Client: IdleConnTimeout = 9 s
                Safe for every gap: the client lets go before the server's 10 s. After a longer gap it dials anew, one round trip more, and the TIME-WAIT is the client's.
                clients.agent.options.IdleConnTimeout=9s
              green: Short connections: DisableKeepAlives = true
                Safe: nothing is reused. Every request pays for a handshake, one round trip more, and leaves a TIME-WAIT.
                clients.agent.options.DisableKeepAlives=true
              amber: Server: IdleTimeout = 30 s
                Only moves the window: a gap of about 30 s still fails, because the client never closes first. And the server holds a socket that much longer for each idle connection.
                servers.pyroscope.options.IdleTimeout=30s
              amber: Retry: Idempotency-Key
                Hides the race: Go then sends the request again by itself. It may run twice, so only where the server drops repeats.
                clients.agent.requests.upload.headers.Idempotency-Key=upload

            [idle-fallback] IdleTimeout is not set, so ReadTimeout closes idle connections
            The server does not set IdleTimeout; Go then takes ReadTimeout, 10 s, as the idle limit, and that closed the connection at 20.0152 s.
              - At 10.0144 s the server had sent its last response and started its idle timer: 10 s (ReadTimeout, because IdleTimeout is not set). <timer-set>
              - At 20.0152 s that time was over, and the server went on to close the connection. <timer-fired>
              - At 20.0152 s close() sent FIN; the server's kernel knew nothing of the POST. <fin-sent>
              amber: Server: IdleTimeout = 30 s
                Only moves the window: a gap of about 30 s still fails, because the client never closes first. And the server holds a socket that much longer for each idle connection.
                servers.pyroscope.options.IdleTimeout=30s
        "#]],
    );
}

#[test]
fn the_race_in_chinese() {
    let trace = run("pyroscope-idle-race", &THIRD_FAILS);
    check(
        &trace,
        |t| &t.zh,
        expect![[r#"
            4 个请求里第 3 个失败
              Post "http://pyroscope:4040/ingest": EOF

            [keepalive-race] POST 和服务器的 FIN 擦肩而过
            10 s 没有新请求（没设 IdleTimeout，用的是 ReadTimeout），服务器在 20.0152 s 关掉了连接；POST 早 1 ms 发出，还在路上，客户端先收到 FIN，读到 EOF。
              - 10.0144 s，服务器发完上一个响应，开始空闲计时：10 s（没设 IdleTimeout，用的是 ReadTimeout）。 <timer-set>
              - 20.0142 s，POST 从池里这条空闲了 9.994 s 的连接发出：在客户端看来，它还好好的。 <request-sent>
              - 20.0152 s，时间到，服务器开始关这条连接。 <timer-fired>
              - 20.0152 s，close() 发出 FIN，这时服务器内核还不知道有这个 POST。 <fin-sent>
              - 20.0192 s，POST 到达时 socket 已经关闭，没人会读它，服务器内核回了 RST。 <reset-sent>
              - 20.0202 s，FIN 到达客户端：它和 POST 在路上擦肩而过。 <fin-arrived>
              - 20.0203 s，客户端读到 EOF 而不是 ECONNRESET：FIN 先到，RST 在后。 <read-ended>
              - 20.0203 s，调用方拿到错误：Go 不会自动重试这个 POST。 <failed>
              green: 客户端：IdleConnTimeout = 9 s
                任何间隔都安全：客户端总比服务器的 10 s 先关。空闲更久时重新建连，多一个往返，TIME-WAIT 也留在客户端。
                clients.agent.options.IdleConnTimeout=9s
              green: 改用短连接：DisableKeepAlives = true
                安全：连接不复用。代价是每个请求都要握手，多一个往返，还留下一个 TIME-WAIT。
                clients.agent.options.DisableKeepAlives=true
              amber: 服务器：IdleTimeout = 30 s
                只是把危险窗口挪开：请求间隔在 30 s 左右照样失败，因为客户端从不先关。每条空闲连接占服务器 socket 的时间也更长。
                servers.pyroscope.options.IdleTimeout=30s
              amber: 自动重试：Idempotency-Key
                只是盖住竞态：加上以后 Go 会自动重试。请求可能执行两次，服务器能去重才用。
                clients.agent.requests.upload.headers.Idempotency-Key=upload

            [idle-fallback] 没设 IdleTimeout，空闲连接由 ReadTimeout 来关
            服务器没设 IdleTimeout，Go 就拿 ReadTimeout（10 s）当空闲超时，在 20.0152 s 关掉了连接。
              - 10.0144 s，服务器发完上一个响应，开始空闲计时：10 s（没设 IdleTimeout，用的是 ReadTimeout）。 <timer-set>
              - 20.0152 s，时间到，服务器开始关这条连接。 <timer-fired>
              - 20.0152 s，close() 发出 FIN，这时服务器内核还不知道有这个 POST。 <fin-sent>
              amber: 服务器：IdleTimeout = 30 s
                只是把危险窗口挪开：请求间隔在 30 s 左右照样失败，因为客户端从不先关。每条空闲连接占服务器 socket 的时间也更长。
                servers.pyroscope.options.IdleTimeout=30s
        "#]],
    );
}

#[test]
fn the_never_used_connection_in_english() {
    let trace = run("pyroscope-never-used-connection", &[]);
    check(
        &trace,
        |t| &t.en,
        expect![[r#"
            Request 5 of 5 failed
              Post "http://pyroscope:4040/ingest": EOF

            [never-used-connection] The POST got a connection that had never been used
            The connection had never carried a request, so IdleTimeout (30 s) did not count yet: after 10 s without a request (ReadTimeout, because ReadHeaderTimeout is not set) the server closed the connection at 11.0211 s; your POST left 97 µs later, before the FIN reached the client, and the client read the FIN as EOF.
              - At 1.0052 s this connection was dialled for request 3, which got another one first. <dialled>
              - At 1.0155 s it was connected and parked in the pool, unused. <parked-unused>
              - At 1.0203 s the server accepted the connection and gave the first request 10 s (ReadTimeout, because ReadHeaderTimeout is not set); its limit for idle connections counts only after that. <timer-set>
              - At 11.0211 s that time was over, and the server went on to close the connection. <timer-fired>
              - At 11.0211 s close() sent FIN; the server's kernel knew nothing of the POST. <fin-sent>
              - At 11.0212 s the POST left on this connection, idle for 10.005 s in the client's pool: to the client it looked healthy. <request-sent>
              - At 11.0261 s FIN reached the client: it and the POST had passed each other on the wire. <fin-arrived>
              - At 11.0262 s the POST reached a closed socket; nobody would read it, so the server's kernel answered RST. <reset-sent>
              - At 11.0262 s the client's read returned EOF, not ECONNRESET: FIN came first, RST after it. <read-ended>
              - At 11.0262 s the caller got the error: Go does not send this POST again by itself. <failed>
              green: Client: IdleConnTimeout = 9 s
                Safe for every gap: the client lets go before the server's 10 s. After a longer gap it dials anew, one round trip more, and the TIME-WAIT is the client's.
                clients.agent.options.IdleConnTimeout=9s
              green: Short connections: DisableKeepAlives = true
                Safe: nothing is reused. Every request pays for a handshake, one round trip more, and leaves a TIME-WAIT.
                clients.agent.options.DisableKeepAlives=true
              amber: Server: ReadHeaderTimeout = 30 s
                Only moves the window: a connection that stays unused for about 30 s still fails, because the client never closes first. And the server holds a socket that much longer for each idle connection.
                servers.pyroscope.options.ReadHeaderTimeout=30s
              amber: Retry: Idempotency-Key
                Hides the race: Go then sends the request again by itself. It may run twice, so only where the server drops repeats.
                clients.agent.requests.pair.headers.Idempotency-Key=pair
        "#]],
    );
}

#[test]
fn the_never_used_connection_in_chinese() {
    let trace = run("pyroscope-never-used-connection", &[]);
    check(
        &trace,
        |t| &t.zh,
        expect![[r#"
            5 个请求里第 5 个失败
              Post "http://pyroscope:4040/ingest": EOF

            [never-used-connection] POST 拿到了一条从没用过的连接
            这条连接从没用过，IdleTimeout（30 s）还管不到它：10 s 没有新请求（没设 ReadHeaderTimeout，用的是 ReadTimeout），服务器在 11.0211 s 关掉了连接；POST 晚 97 µs 发出，那时 FIN 还没到客户端，客户端先收到 FIN，读到 EOF。
              - 1.0052 s，为第 3 个请求新建这条连接，可那个请求先等到了别的连接。 <dialled>
              - 1.0155 s，连接建好，一次没用就放进池里。 <parked-unused>
              - 1.0203 s，服务器接受连接，第一个请求最多等 10 s（没设 ReadHeaderTimeout，用的是 ReadTimeout）；空闲超时要到那之后才管用。 <timer-set>
              - 11.0211 s，时间到，服务器开始关这条连接。 <timer-fired>
              - 11.0211 s，close() 发出 FIN，这时服务器内核还不知道有这个 POST。 <fin-sent>
              - 11.0212 s，POST 从池里这条空闲了 10.005 s 的连接发出：在客户端看来，它还好好的。 <request-sent>
              - 11.0261 s，FIN 到达客户端：它和 POST 在路上擦肩而过。 <fin-arrived>
              - 11.0262 s，POST 到达时 socket 已经关闭，没人会读它，服务器内核回了 RST。 <reset-sent>
              - 11.0262 s，客户端读到 EOF 而不是 ECONNRESET：FIN 先到，RST 在后。 <read-ended>
              - 11.0262 s，调用方拿到错误：Go 不会自动重试这个 POST。 <failed>
              green: 客户端：IdleConnTimeout = 9 s
                任何间隔都安全：客户端总比服务器的 10 s 先关。空闲更久时重新建连，多一个往返，TIME-WAIT 也留在客户端。
                clients.agent.options.IdleConnTimeout=9s
              green: 改用短连接：DisableKeepAlives = true
                安全：连接不复用。代价是每个请求都要握手，多一个往返，还留下一个 TIME-WAIT。
                clients.agent.options.DisableKeepAlives=true
              amber: 服务器：ReadHeaderTimeout = 30 s
                只是把危险窗口挪开：一直没用过、放到 30 s 左右照样失败，因为客户端从不先关。每条空闲连接占服务器 socket 的时间也更长。
                servers.pyroscope.options.ReadHeaderTimeout=30s
              amber: 自动重试：Idempotency-Key
                只是盖住竞态：加上以后 Go 会自动重试。请求可能执行两次，服务器能去重才用。
                clients.agent.requests.pair.headers.Idempotency-Key=pair
        "#]],
    );
}

#[test]
fn the_silent_retry_in_english() {
    let trace = run("pyroscope-idle-race-idempotency-key", &THIRD_FAILS);
    check(
        &trace,
        |t| &t.en,
        expect![[r#"
            All 4 requests succeeded, one of them by a silent retry

            [silent-retry] The POST was sent twice, and nobody noticed
            The server closed the idle connection at 20.0152 s while your POST was on its way; Go sent it again by itself on a new connection, 16.6 ms later: the handler ran once, and the caller saw no error.
              - At 10.0144 s the server had sent its last response and started its idle timer: 10 s (ReadTimeout, because IdleTimeout is not set). <timer-set>
              - At 20.0142 s the POST left on this connection, idle for 9.994 s in the client's pool: to the client it looked healthy. <request-sent>
              - At 20.0152 s that time was over, and the server went on to close the connection. <timer-fired>
              - At 20.0152 s close() sent FIN; the server's kernel knew nothing of the POST. <fin-sent>
              - At 20.0192 s the POST reached a closed socket; nobody would read it, so the server's kernel answered RST. <reset-sent>
              - At 20.0202 s FIN reached the client: it and the POST had passed each other on the wire. <fin-arrived>
              - At 20.0203 s the client's read returned EOF, not ECONNRESET: FIN came first, RST after it. <read-ended>
              - At 20.0203 s Go began to send the POST again, because its Idempotency-Key makes it replayable; the caller heard nothing. <retried>
              - At 20.0308 s the POST was sent again, on a new connection. <request-sent>
              - At 20.0359 s its handler began. <executed>
              - At 20.0432 s the caller had its response. <finished>
              green: Client: IdleConnTimeout = 9 s
                Safe for every gap: the client lets go before the server's 10 s. After a longer gap it dials anew, one round trip more, and the TIME-WAIT is the client's.
                clients.agent.options.IdleConnTimeout=9s
              green: Short connections: DisableKeepAlives = true
                Safe: nothing is reused. Every request pays for a handshake, one round trip more, and leaves a TIME-WAIT.
                clients.agent.options.DisableKeepAlives=true
              amber: Server: IdleTimeout = 30 s
                Only moves the window: a gap of about 30 s still fails, because the client never closes first. And the server holds a socket that much longer for each idle connection.
                servers.pyroscope.options.IdleTimeout=30s

            [idle-fallback] IdleTimeout is not set, so ReadTimeout closes idle connections
            The server does not set IdleTimeout; Go then takes ReadTimeout, 10 s, as the idle limit, and that closed the connection at 20.0152 s.
              - At 10.0144 s the server had sent its last response and started its idle timer: 10 s (ReadTimeout, because IdleTimeout is not set). <timer-set>
              - At 20.0152 s that time was over, and the server went on to close the connection. <timer-fired>
              - At 20.0152 s close() sent FIN; the server's kernel knew nothing of the POST. <fin-sent>
              amber: Server: IdleTimeout = 30 s
                Only moves the window: a gap of about 30 s still fails, because the client never closes first. And the server holds a socket that much longer for each idle connection.
                servers.pyroscope.options.IdleTimeout=30s
        "#]],
    );
}

#[test]
fn the_silent_retry_in_chinese() {
    let trace = run("pyroscope-idle-race-idempotency-key", &THIRD_FAILS);
    check(
        &trace,
        |t| &t.zh,
        expect![[r#"
            4 个请求全部成功，其中 1 个靠静默重试

            [silent-retry] POST 悄悄发了两次
            服务器在 20.0152 s 关掉了空闲连接，而 POST 正在路上；Go 自动重试，改用新连接，晚了 16.6 ms：处理函数执行了 1 次，调用方没看到错误。
              - 10.0144 s，服务器发完上一个响应，开始空闲计时：10 s（没设 IdleTimeout，用的是 ReadTimeout）。 <timer-set>
              - 20.0142 s，POST 从池里这条空闲了 9.994 s 的连接发出：在客户端看来，它还好好的。 <request-sent>
              - 20.0152 s，时间到，服务器开始关这条连接。 <timer-fired>
              - 20.0152 s，close() 发出 FIN，这时服务器内核还不知道有这个 POST。 <fin-sent>
              - 20.0192 s，POST 到达时 socket 已经关闭，没人会读它，服务器内核回了 RST。 <reset-sent>
              - 20.0202 s，FIN 到达客户端：它和 POST 在路上擦肩而过。 <fin-arrived>
              - 20.0203 s，客户端读到 EOF 而不是 ECONNRESET：FIN 先到，RST 在后。 <read-ended>
              - 20.0203 s，Go 开始自动重试 POST：带了 Idempotency-Key，算可重放的，调用方毫不知情。 <retried>
              - 20.0308 s，POST 在新连接上又发了一次。 <request-sent>
              - 20.0359 s，处理函数开始执行。 <executed>
              - 20.0432 s，调用方拿到响应。 <finished>
              green: 客户端：IdleConnTimeout = 9 s
                任何间隔都安全：客户端总比服务器的 10 s 先关。空闲更久时重新建连，多一个往返，TIME-WAIT 也留在客户端。
                clients.agent.options.IdleConnTimeout=9s
              green: 改用短连接：DisableKeepAlives = true
                安全：连接不复用。代价是每个请求都要握手，多一个往返，还留下一个 TIME-WAIT。
                clients.agent.options.DisableKeepAlives=true
              amber: 服务器：IdleTimeout = 30 s
                只是把危险窗口挪开：请求间隔在 30 s 左右照样失败，因为客户端从不先关。每条空闲连接占服务器 socket 的时间也更长。
                servers.pyroscope.options.IdleTimeout=30s

            [idle-fallback] 没设 IdleTimeout，空闲连接由 ReadTimeout 来关
            服务器没设 IdleTimeout，Go 就拿 ReadTimeout（10 s）当空闲超时，在 20.0152 s 关掉了连接。
              - 10.0144 s，服务器发完上一个响应，开始空闲计时：10 s（没设 IdleTimeout，用的是 ReadTimeout）。 <timer-set>
              - 20.0152 s，时间到，服务器开始关这条连接。 <timer-fired>
              - 20.0152 s，close() 发出 FIN，这时服务器内核还不知道有这个 POST。 <fin-sent>
              amber: 服务器：IdleTimeout = 30 s
                只是把危险窗口挪开：请求间隔在 30 s 左右照样失败，因为客户端从不先关。每条空闲连接占服务器 socket 的时间也更长。
                servers.pyroscope.options.IdleTimeout=30s
        "#]],
    );
}

#[test]
fn a_capture_in_english() {
    let trace = as_capture(run("pyroscope-idle-race", &THIRD_FAILS), HostId(0));
    check(
        &trace,
        |t| &t.en,
        expect![[r#"
            1 of 4 requests got no answer; what the program reported, a capture does not show

            [keepalive-race] The POST crossed the server's FIN
            The server sent FIN 10.001 s after its last response, and neither does the FIN acknowledge the request nor the request the FIN: they passed each other. Which timer closed, and what the program reported, a capture at one end cannot know.
              - At 10.0194 s the tap saw the server's last response. <response-sent>
              - At 20.0142 s the tap saw the request, which does not acknowledge the FIN. <request-sent>
              - At 20.0202 s the tap saw the server's FIN, which does not acknowledge the request. <fin-arrived>
              - At 20.0242 s the tap saw the RST that the request got from a closed socket. <reset-arrived>
        "#]],
    );
}

#[test]
fn a_capture_in_chinese() {
    let trace = as_capture(run("pyroscope-idle-race", &THIRD_FAILS), HostId(0));
    check(
        &trace,
        |t| &t.zh,
        expect![[r#"
            4 个请求里有 1 个没有得到响应；程序报了什么错，抓包里看不到

            [keepalive-race] POST 和服务器的 FIN 擦肩而过
            上一个响应之后 10.001 s，服务器发了 FIN；FIN 没有确认这个请求，请求也没有确认 FIN：两者在路上擦肩而过。是哪个定时器关的、程序报了什么错，只在一端抓的包里看不到。
              - 10.0194 s，抓包点看到服务器的上一个响应。 <response-sent>
              - 20.0142 s，抓包点看到这个请求，它没有确认 FIN。 <request-sent>
              - 20.0202 s，抓包点看到服务器的 FIN，它没有确认这个请求。 <fin-arrived>
              - 20.0242 s，抓包点看到请求撞上已关闭的 socket 换来的 RST。 <reset-arrived>
        "#]],
    );
}

/// One connection is allowed, and a body that nobody closes keeps it.
fn starving() -> Trace {
    let leak = ask("GET", "/a", "0ms", r#","read":"leak""#);
    let waits = ask("GET", "/b", "200ms", r#","deadline":"1s""#);
    let handler = r#","handler":{"body":10}"#;
    let one = r#""MaxConnsPerHost":1"#;
    run_json(&go_pair(one, &format!("{leak},{waits}"), handler))
}

#[test]
fn the_starving_request_in_english() {
    check(
        &starving(),
        |t| &t.en,
        expect![[r#"
            Request 2 of 2 failed
              Get "http://web:80/b": context deadline exceeded

            [body-leak] Request 2 waited for a connection that a leaked body kept
            The only connection that MaxConnsPerHost allows belonged to request 1, whose body nobody had read to the end or closed; the GET waited 1.001 s for one, without a packet on the wire, until deadline was over.
              - At 0.0209 s the caller of request 1 had its head and left the body as it was: the connection stays with it. <body-left>
              - At 0.2000 s the request began to wait: no connection was free, and the pool may have no more. <waited>
              - At 1.2005 s the caller's time was over. <timer-fired>
              - At 1.2005 s the caller got the error. <failed>
              green: Client: read response bodies to their end
                The connection goes back into the pool, and the next request uses it. The price is the bytes that are read; of a very large body they may cost more than a new connection.
                clients.agent.requests.r0ms.read=all
              amber: Client: Timeout = 1 s
                It runs on over the body: a leaked connection is closed when it is over, and the next request gets its place. Each leak still holds one for so long, and an answer that takes longer fails.
                clients.agent.options.Timeout=1s
              amber: Client: MaxConnsPerHost = 0
                Without a limit nobody waits: each leak costs one more connection, and they pile up until file descriptors or the server's memory run out.
                clients.agent.options.MaxConnsPerHost=0

            [body-leak] 1 response body never closed: 1 connection leaked
            agent left 1 response body neither read to the end nor closed: it keeps its connection to the very end, and with it the only place that MaxConnsPerHost allows, and 1 request waited in vain.
              - At 0.0209 s the caller of request 1 had its head and left the body as it was: the connection stays with it. <body-left>
              green: Client: read response bodies to their end
                The connection goes back into the pool, and the next request uses it. The price is the bytes that are read; of a very large body they may cost more than a new connection.
                clients.agent.requests.r0ms.read=all
        "#]],
    );
}

#[test]
fn the_starving_request_in_chinese() {
    check(
        &starving(),
        |t| &t.zh,
        expect![[r#"
            2 个请求里第 2 个失败
              Get "http://web:80/b": context deadline exceeded

            [body-leak] 第 2 个请求等不到连接：被漏掉的 Body 占满了
            MaxConnsPerHost 允许的 1 条连接，被第 1 个请求占着：响应体既没读完也没关；GET 等了 1.001 s，一个包也没发出去，直到 deadline 到点。
              - 0.0209 s，第 1 个请求的调用方拿到响应头就不管响应体了，连接一直被它占着。 <body-left>
              - 0.2000 s，请求开始等连接：没有空闲的，也不许再建。 <waited>
              - 1.2005 s，调用方给的时间到了。 <timer-fired>
              - 1.2005 s，调用方拿到错误。 <failed>
              green: 客户端：把响应体读完
                读完以后连接就放回池里，给下一个请求用。代价是要收完这些字节；响应体特别大的时候，可能还不如新建一条连接。
                clients.agent.requests.r0ms.read=all
              amber: 客户端：Timeout = 1 s
                它连响应体也管：时间一到，漏掉的连接就关掉，名额让给下一个请求。每次泄漏还是会占这么久，比这更慢的响应也会失败。
                clients.agent.options.Timeout=1s
              amber: 客户端：MaxConnsPerHost = 0
                不设上限就没人等：每漏一个就多一条连接，越积越多，直到耗尽文件描述符或服务器内存。
                clients.agent.options.MaxConnsPerHost=0

            [body-leak] 1 个 Body 没关，漏了 1 条连接
            agent 有 1 个响应体既没读完也没关：它占着一条连接，也占着 MaxConnsPerHost（1）的一个名额；一直占到最后，1 个请求到超时也没等到。
              - 0.0209 s，第 1 个请求的调用方拿到响应头就不管响应体了，连接一直被它占着。 <body-left>
              green: 客户端：把响应体读完
                读完以后连接就放回池里，给下一个请求用。代价是要收完这些字节；响应体特别大的时候，可能还不如新建一条连接。
                clients.agent.requests.r0ms.read=all
        "#]],
    );
}

/// A body that an old Go closes unread, and the request after it.
fn unread() -> Trace {
    let closed = ask("GET", "/a", "0ms", r#","read":"none""#);
    let next = ask("GET", "/b", "200ms", "");
    let handler = r#","handler":{"body":65536}"#;
    let pair = go_pair("", &format!("{closed},{next}"), handler);
    run_json(&pair.replacen("go-1.27", "go-1.19", 1))
}

#[test]
fn the_unread_body_in_english() {
    check(
        &unread(),
        |t| &t.en,
        expect![[r#"
            Both requests succeeded

            [body-unread] Bodies closed unread cost 1 connection
            agent closed 1 response body before the end, and Go closed the connection with it: 1 by RST, because 10136 bytes lay unread in the kernel's receive queue; this client has dialled 1 connection since.
              - At 0.0209 s the caller of request 1 closed the response's body before its end. <body-left>
              - At 0.0209 s the runtime closed the connection, which could not be used again. <closed>
              - At 0.0209 s close() sent RST: 10136 bytes lay unread in the kernel's receive queue. <reset-sent>
              green: Client: read response bodies to their end
                The connection goes back into the pool, and the next request uses it. The price is the bytes that are read; of a very large body they may cost more than a new connection.
                clients.agent.requests.r0ms.read=all
        "#]],
    );
}

#[test]
fn the_unread_body_in_chinese() {
    check(
        &unread(),
        |t| &t.zh,
        expect![[r#"
        2 个请求全部成功

        [body-unread] 没读完就关 Body，丢了 1 条连接
        agent 有 1 次没读完响应体就关了 Body，Go 只好把连接一起关掉：1 条发 RST，因为内核接收缓冲区里还有 10136 字节没读；之后又新建了 1 条连接。
          - 0.0209 s，第 1 个请求的调用方没读完响应体就关了 Body。 <body-left>
          - 0.0209 s，这条连接没法再用，运行时把它关了。 <closed>
          - 0.0209 s，close() 发出 RST：内核接收缓冲区里还有 10136 字节没读。 <reset-sent>
          green: 客户端：把响应体读完
            读完以后连接就放回池里，给下一个请求用。代价是要收完这些字节；响应体特别大的时候，可能还不如新建一条连接。
            clients.agent.requests.r0ms.read=all
    "#]],
    );
}
