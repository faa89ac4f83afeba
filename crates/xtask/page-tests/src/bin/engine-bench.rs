//! How fast the engine is in the browser, compiled as the page is: `engine-bench FOLDER FILE` opens the page of the bench in the folder and
//! writes a line for each work: its name, the first time, and the median of later ones, in milliseconds, separated by tabs.
//!
//! `cargo xtask bench` builds the page and runs it.

use serde_json::Value;
use std::env;
use std::fs;
use whyeof_page_tests::{Page, Result};

/// Times each work takes, of which the first is told apart.
const ROUNDS: usize = 8;

/// A module of its own for each work, with a section of its own behind it: the browser keeps what it has optimised of equal ones, and the first
/// time is to be the first time with this code. Answers with the times.
const TIMES: &str = "
    return (async () => {
        const bindings = await import(`./bench.js?work=${encodeURIComponent('WORK')}`);
        const program = new Uint8Array(await (await fetch('./bench_bg.wasm')).arrayBuffer());
        const name = new TextEncoder().encode('WORK');
        const section = new Uint8Array([0, name.length + 1, name.length, ...name]);
        const own = new Uint8Array(program.length + section.length);
        own.set(program);
        own.set(section, program.length);
        await bindings.default({ module_or_path: own });
        const times = [];
        for (let round = 0; round < ROUNDS; round++) {
            const begun = performance.now();
            bindings.does('WORK');
            times.push(performance.now() - begun);
        }
        return times;
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
        let script = TIMES.replace("WORK", work);
        let times = page
            .js(&script.replace("ROUNDS", &ROUNDS.to_string()))
            .await?;
        let times = times.as_array().ok_or("a list of times")?;
        let mut times: Vec<f64> = times.iter().filter_map(Value::as_f64).collect();
        let first = *times.first().ok_or("a first time")?;
        times.remove(0);
        times.sort_by(f64::total_cmp);
        let warm = times.get(times.len() / 2).ok_or("a second time")?;
        lines += &format!("{work}\t{first}\t{warm}\n");
    }
    fs::write(file, lines)?;
    page.close().await
}
