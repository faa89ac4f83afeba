//! Whether random runs are the same in the browser: `swarm FROM TO`. `cargo xtask swarm` builds the module and runs it.

use std::env;
use whyeof_page_tests::{Result, swarm};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let mut numbers = env::args().skip(1).map(|it| it.parse::<u64>());
    let (Some(from), Some(to)) = (numbers.next(), numbers.next()) else {
        return Err("swarm FROM TO".into());
    };
    let seeds = from?..to?;
    let differing = swarm::differing(seeds.clone()).await?;
    for line in &differing {
        println!("BROKEN {line}");
    }
    let (runs, broken) = (seeds.end - seeds.start, differing.len());
    println!("{runs} runs compared with the browser's, {broken} differ");
    match broken {
        0 => Ok(()),
        _ => Err("not the same in the browser".into()),
    }
}
