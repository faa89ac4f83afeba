//! How fast the engine is in the browser, compiled as the page is: `engine-bench FOLDER FILE` opens the page of the bench in the folder and
//! writes a line for each work: its name, how long the first time takes, and how long later ones, in milliseconds, separated by tabs.
//!
//! `cargo xtask bench` builds the page and runs it.

use serde_json::Value;
use std::env;
use std::fs;
use whyeof_page_tests::{Page, Result};

/// Programs that are loaded anew for each work; the median of their first times counts.
const PROGRAMS: usize = 5;

/// Rounds of the last of them whose median counts, the last ones. A browser goes on optimising for a while: what takes 10 ms in the eighth round
/// takes 7 in the thirtieth.
const WARM: usize = 7;

/// Rounds of the last of them; for what takes long it is as many as fit into three seconds, but never fewer than one more than count.
const ROUNDS: usize = 40;

/// A module of its own each time, with a section of its own behind it: the browser keeps what it has optimised of equal ones, and the first
/// time is to be the first time with this code. Answers with the first times, and all times of the last program.
const TIMES: &str = "
    const load = async number => {
        const bindings = await import(`./bench.js?work=${encodeURIComponent('WORK')}-${number}`);
        const program = new Uint8Array(await (await fetch('./bench_bg.wasm')).arrayBuffer());
        const name = new TextEncoder().encode('WORK-' + number);
        const section = new Uint8Array([0, name.length + 1, name.length, ...name]);
        const own = new Uint8Array(program.length + section.length);
        own.set(program);
        own.set(section, program.length);
        await bindings.default({ module_or_path: own });
        return bindings;
    };
    const timed = bindings => {
        const begun = performance.now();
        bindings.does('WORK');
        return performance.now() - begun;
    };
    return (async () => {
        const firsts = [];
        let times = [];
        for (let number = 0; number < PROGRAMS; number++) {
            const bindings = await load(number);
            times = [timed(bindings)];
            firsts.push(times[0]);
            if (number < PROGRAMS - 1) continue;
            const until = performance.now() + 3000;
            while (times.length <= WARM || (times.length < ROUNDS && performance.now() < until)) times.push(timed(bindings));
        }
        return [firsts, times];
    })()";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let [folder, file] = env::args_os()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "engine-bench FOLDER FILE")?;
    let page = Page::open_folder(folder.into()).await?;
    page.goto("").await?;
    page.wait_js("window.works").await?;
    let works = page.js("return window.works").await?;
    let works = works.as_array().ok_or("a list of works")?;
    let mut lines = String::new();
    for work in works.iter().filter_map(Value::as_str) {
        let numbers = [("PROGRAMS", PROGRAMS), ("ROUNDS", ROUNDS), ("WARM", WARM)];
        let script = numbers
            .iter()
            .fold(TIMES.replace("WORK", work), |script, (name, number)| {
                script.replace(name, &number.to_string())
            });
        let times = page.js(&script).await?;
        let first = median(&times[0], PROGRAMS)?;
        let warm = median(&times[1], WARM)?;
        lines += &format!("{work}\t{first}\t{warm}\n");
    }
    fs::write(file, lines)?;
    page.close().await
}

/// Of the last so many.
fn median(times: &Value, last: usize) -> Result<f64> {
    let times = times.as_array().ok_or("a list of times")?;
    let mut times: Vec<f64> = times.iter().filter_map(Value::as_f64).collect();
    let mut times = times.split_off(times.len().saturating_sub(last));
    times.sort_by(f64::total_cmp);
    times
        .get(times.len() / 2)
        .copied()
        .ok_or_else(|| "a time".into())
}
