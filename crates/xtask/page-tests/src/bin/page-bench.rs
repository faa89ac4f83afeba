//! How fast the page is on a machine four times slower than this one: until a first visit can be used, and while a knob is dragged.
//!
//! `cargo xtask bench` builds the site and runs it. These are times, so they are printed and not tested; a test counts work instead.

use serde_json::Value;
use whyeof_page_tests::{Page, Reader, Result};

/// As phones and old laptops are to the machines that people develop on.
const SLOWER: u32 = 4;
/// First visits, of which the median counts.
const VISITS: usize = 7;
/// Drags of each knob, each in a page of its own, of which each is told.
const DRAGS: usize = 5;
/// Scenarios of which a knob is dragged: the number, and its field.
const KNOBS: [(&str, &str); 4] = [
    (
        "pyroscope-idle-race",
        "servers.pyroscope.options.IdleTimeout",
    ),
    ("two-keep-alives-elb", "servers.api.options.IdleTimeout"),
    ("silent-switch", "clients.client.requests.job.deadline"),
    ("node-six-seconds", "clients.gateway.requests.call.every"),
];

/// Tasks of 50 ms and more, from the beginning of the page.
const LONG_TASKS: &str = "
    window.tasks = [];
    new PerformanceObserver(list => window.tasks.push(...list.getEntries())).observe({ type: 'longtask', buffered: true });";

/// From the request for the page: when the picture stood, and when what came behind it let the page answer, in ms.
const READY: &str = "
    const drawn = performance.getEntriesByName('first-diagram')[0].startTime;
    const last = Math.max(0, ...window.tasks.map(task => task.startTime + task.duration));
    return [drawn, Math.max(drawn, last)]";

/// Drags a number sixty steps, one a frame; answers with the longest task, the longest time between frames and between a step and
/// its frame, in ms.
const DRAG: &str = "
    const label = document.querySelector(`label[for='FIELD']`);
    const point = (name, x) => label.dispatchEvent(new PointerEvent(name, { bubbles: true, clientX: x, buttons: 1 }));
    const frame = () => new Promise(requestAnimationFrame);
    return (async () => {
        window.tasks.length = 0;
        performance.mark('drag');
        point('pointerdown', 0);
        let [longest, last] = [0, await frame()];
        for (let step = 1; step <= 60; step++) {
            point('pointermove', step * 5);
            const now = await frame();
            [longest, last] = [Math.max(longest, now - last), now];
        }
        point('pointerup', 300);
        await new Promise(done => setTimeout(done, 500));
        return [Math.max(0, ...window.tasks.map(task => task.duration)), longest];
    })()";

/// Sixty frames with one piece of arithmetic each, of 6 ms at full speed; answers with the longest task, in ms: what this machine
/// adds of its own to work that is always the same.
const SAME_WORK: &str = "
    const work = rounds => { let sum = 0; for (let i = 0; i < rounds; i++) sum = (sum + i * i) % 65521; return sum };
    const frame = () => new Promise(requestAnimationFrame);
    const soon = () => new Promise(done => setTimeout(done));
    work(1e6);
    const begun = performance.now();
    work(1e7);
    window.rounds ??= Math.round(1e7 * 6 / (performance.now() - begun));
    return (async () => {
        let longest = 0;
        for (let step = 1; step <= 60; step++) {
            await frame();
            await soon();
            const begun = performance.now();
            work(window.rounds);
            longest = Math.max(longest, performance.now() - begun);
        }
        return [longest, 0];
    })()";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    println!("{SLOWER} times slower than this machine");
    first_visits().await?;
    same_work().await?;
    for (preset, field) in KNOBS {
        drag(preset, field).await?;
    }
    Ok(())
}

async fn first_visits() -> Result {
    let (mut drawn, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..VISITS {
        // A page of its own each time: nothing is kept.
        let page = Page::open(Reader::default()).await?;
        page.slow_down(SLOWER).await?;
        page.goto("").await?;
        page.js(LONG_TASKS).await?;
        page.wait_js("performance.getEntriesByName('first-diagram').length")
            .await?;
        // The worker's answers, which the page takes in, come last.
        page.wait_js("document.readyState === 'complete'").await?;
        let [one, two] = pair(&page.js(READY).await?)?;
        drawn.push(one);
        ready.push(two);
        page.slow_down(1).await?;
        page.close().await?;
    }
    println!(
        "first visit: drawn after {:.0} ms, answers after {:.0} ms (medians of {VISITS})",
        median(drawn),
        median(ready)
    );
    Ok(())
}

/// The floor of the times below: no page can do better here.
async fn same_work() -> Result {
    let page = Page::open(Reader::default()).await?;
    page.goto("").await?;
    page.js(SAME_WORK).await?;
    page.slow_down(SLOWER).await?;
    let mut longest = Vec::new();
    for _ in 0..DRAGS {
        longest.push(pair(&page.js(SAME_WORK).await?)?[0]);
    }
    page.slow_down(1).await?;
    println!(
        "one and the same piece of work of {} ms, 60 times: longest {}",
        6 * SLOWER,
        told(&longest)
    );
    page.close().await
}

async fn drag(preset: &str, field: &str) -> Result {
    let (mut tasks, mut own, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..DRAGS {
        let page = Page::open_watched(Reader::default()).await?;
        page.goto(&format!("#p={preset}")).await?;
        page.wait(&format!("label[for='{field}']")).await?;
        // The workers are done, so that only the page is measured.
        page.wait_js(
            "document.querySelector('.below .strip') && !document.querySelector('.strip-wait')",
        )
        .await?;
        page.js(LONG_TASKS).await?;
        page.slow_down(SLOWER).await?;
        let [task, frame] = pair(&page.js(&DRAG.replace("FIELD", field)).await?)?;
        page.slow_down(1).await?;
        tasks.push(task);
        own.push(page.longest_task("drag").await?);
        frames.push(frame);
        page.close().await?;
    }
    println!(
        "{preset}: {field} dragged by 60 steps: longest task {}, of the processor's time {}; longest frame {}",
        told(&tasks),
        told(&own),
        told(&frames)
    );
    Ok(())
}

/// Times of several runs, each; a task is only told by a browser from 50 ms on.
fn told(times: &[f64]) -> String {
    let each: Vec<String> = times
        .iter()
        .map(|time| match time {
            0.0 => "< 50".to_owned(),
            time => format!("{time:.0}"),
        })
        .collect();
    format!("{} ms", each.join(", "))
}

fn pair(answer: &Value) -> Result<[f64; 2]> {
    let number = |at: usize| {
        answer[at]
            .as_f64()
            .ok_or_else(|| format!("no two numbers: {answer}"))
    };
    Ok([number(0)?, number(1)?])
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
