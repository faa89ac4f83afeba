//! The built page in a browser. One program, because its tests share browsers.

mod axe;
mod bytes;
mod capture;
mod compare;
mod diagram;
mod error;
mod hostile;
mod later;
mod lessons;
mod memory;
mod offline;
mod play;
mod playground;
mod present;
mod site;
mod swarm;
mod sweep;
mod terms;
mod waiting;

use whyeof_page_tests::{Motion, Page, Reader, Result};

/// The first story.
const RACE: &str = "#p=pyroscope-idle-race";

/// A reader whose page does not move, so that pictures are of what is there.
fn still() -> Reader {
    Reader {
        motion: Motion::Reduced,
        ..Reader::default()
    }
}

/// Opens a link and waits until its run is drawn.
async fn open(reader: Reader, tail: &str) -> Result<Page> {
    let page = Page::open(reader).await?;
    page.goto(tail).await?;
    page.wait("svg.diagram .packet").await?;
    Ok(page)
}
