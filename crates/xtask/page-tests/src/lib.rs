//! A real browser before the built site: what a test of the page does, in a reader's words.
//!
//! A test opens a [`Page`] as some [`Reader`], acts, waits for what a reader would see, and ends
//! with [`Page::close`], which fails if the browser complained, if the Content-Security-Policy was
//! violated, or if anything was asked of another origin.
//!
//! ```text
//! #[tokio::test]
//! async fn the_fix_turns_it_green() -> Result {
//!     let page = Page::open(Reader::default()).await?;
//!     page.goto("").await?;
//!     page.click("#fix").await?;
//!     page.wait(".verdict.green").await?;
//!     page.screenshot("fixed").await?;
//!     page.close().await
//! }
//! ```
//!
//! The site is that of `dist/`; `cargo xtask test` builds it and then runs these tests. They wait
//! by polling and never for a time. A browser goes from one test to the next with nothing kept.

mod axe;
mod browser;
mod command;
mod driver;
mod page;
mod reader;
mod site;
pub mod swarm;
mod trace;
mod weight;

pub use page::{Complaint, Page};
pub use reader::{Language, Motion, Reader, Scheme};
pub use site::{Host, dist};
pub use weight::weight;

/// A test fails with whatever went wrong, whoever says it.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
