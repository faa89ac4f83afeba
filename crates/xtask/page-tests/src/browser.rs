//! Browsers, each with one test at a time. To start one costs as much as what most tests do with it,
//! so the next test gets what the last one gave back.

use crate::Result;
use crate::command::ChromeCommand;
use crate::driver::{Driver, Watched, capabilities};
use crate::page::steady;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Browsers that no test has just now.
type Idle = Mutex<Vec<Browser>>;

/// Held by the tests that run, not by the program, which would end without dropping it: the last
/// one to end takes all browsers along.
static IDLE: Mutex<Weak<Idle>> = Mutex::new(Weak::new());

/// A running browser, with one window.
struct Browser {
    session: String,
    watched: Watched,
    driver: Driver,
}

/// A browser while a test has it. Dropped, it ends; only a test that went well gives it back.
pub(crate) struct Lent {
    browser: Browser,
    idle: Arc<Idle>,
}

impl Lent {
    /// A browser that is free, else a new one.
    pub(crate) async fn take(watched: Watched) -> Result<Self> {
        let idle = idle();
        let free = lock(&idle)
            .extract_if(.., |browser| browser.watched == watched)
            .next();
        let browser = match free {
            Some(browser) => browser,
            None => Browser::start(watched).await?,
        };
        Ok(Self { browser, idle })
    }

    /// What steers it, for as long as the runtime of this test lives: nothing of what was there
    /// before is there for a page of `site`.
    pub(crate) async fn client(&self, site: &str) -> Result<Client> {
        let client = self.browser.client().await?;
        // The test before may have left a page that is on its way.
        steady(async || client.goto("about:blank").await).await?;
        // Each test serves its own copy at a port of its own, but ports come round again.
        let kept = json!({ "origin": site, "storageTypes": "all" });
        for command in [
            ChromeCommand::devtools("Storage.clearDataForOrigin", &kept),
            ChromeCommand::devtools("Network.clearBrowserCache", &json!({})),
            ChromeCommand::devtools("Page.resetNavigationHistory", &json!({})),
            ChromeCommand::console(),
        ] {
            steady(async || client.issue_cmd(command.clone()).await).await?;
        }
        Ok(client)
    }

    /// Leaves it to the next test.
    pub(crate) fn give_back(self) {
        lock(&self.idle).push(self.browser);
    }
}

impl Browser {
    async fn start(watched: Watched) -> Result<Self> {
        let driver = Driver::start()?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(watched));
        let client = builder.connect(&driver.address()).await?;
        client.persist().await?;
        let session = client.session_id().await?.ok_or("a session has an id")?;
        Ok(Self {
            session,
            watched,
            driver,
        })
    }

    async fn client(&self) -> Result<Client> {
        let address = self.driver.address();
        let client = Client::with_existing_session(&address, &self.session, HttpConnector::new());
        let client = client.await?;
        client.persist().await?;
        Ok(client)
    }
}

fn idle() -> Arc<Idle> {
    let mut running = lock(&IDLE);
    running.upgrade().unwrap_or_else(|| {
        let idle = Arc::default();
        *running = Arc::downgrade(&idle);
        idle
    })
}

/// A test that failed leaves nothing half done in here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
