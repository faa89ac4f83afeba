//! The page in the browser: act, look, wait, and hear what the browser complains about.

use crate::browser::Lent;
use crate::command::ChromeCommand;
use crate::driver::Watched;
use crate::site::{self, Host, Site, dist};
use crate::trace;
use crate::{Reader, Result};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::future::Future;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Far more than anything takes, also on a busy machine: reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A browser that has nothing kept, and the site to look at, at an address of its own.
///
/// Selectors are CSS. What acts on an element waits until it is displayed, and fails when it is not
/// within half a minute.
pub struct Page {
    client: Client,
    site: Site,
    browser: Lent,
}

impl Page {
    /// Comes to a browser as `reader` would. Nothing is loaded yet.
    ///
    /// # Errors
    ///
    /// The site is not built, or the browser does not start.
    pub async fn open(reader: Reader) -> Result<Self> {
        Self::open_in(Watched::Console, reader, dist()?).await
    }

    /// As [`Self::open`], but for what is in this folder.
    ///
    /// # Errors
    ///
    /// The browser does not start.
    pub async fn open_folder(folder: PathBuf) -> Result<Self> {
        Self::open_in(Watched::Console, Reader::default(), folder).await
    }

    /// As [`Self::open`], in a browser that keeps what its threads do, for [`Self::longest_task`].
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub async fn open_watched(reader: Reader) -> Result<Self> {
        Self::open_in(Watched::Tasks, reader, dist()?).await
    }

    async fn open_in(watched: Watched, reader: Reader, folder: PathBuf) -> Result<Self> {
        let site = Site::serve(folder).await?;
        let browser = Lent::take(watched).await?;
        let client = browser.client(&site.address).await?;
        let page = Self {
            client,
            site,
            browser,
        };
        page.become_reader(reader).await?;
        Ok(page)
    }

    /// Changes viewport, language, colours and motion. A running page hears of all but the language,
    /// which it asks for when it is loaded.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn become_reader(&self, reader: Reader) -> Result {
        self.devtools("Emulation.setDeviceMetricsOverride", &reader.screen())
            .await?;
        let touch = json!({ "enabled": reader.has_phone(), "maxTouchPoints": 5 });
        self.devtools("Emulation.setTouchEmulationEnabled", &touch)
            .await?;
        self.devtools("Emulation.setEmulatedMedia", &reader.media())
            .await?;
        // Without a name the browser keeps its own.
        let language = json!({ "userAgent": "", "acceptLanguage": reader.language.accepted() });
        self.devtools("Emulation.setUserAgentOverride", &language)
            .await?;
        Ok(())
    }

    /// Loads the page with `tail` behind its address, such as `#p=pyroscope-idle-race`. Only the
    /// part from `#` on changing is what it is for a reader: the page stays and hears of it.
    ///
    /// # Errors
    ///
    /// It does not load.
    pub async fn goto(&self, tail: &str) -> Result {
        let address = format!("{}{tail}", self.site.address);
        steady(async || self.client.goto(&address).await).await
    }

    /// Loads what stands in the address bar once more.
    ///
    /// # Errors
    ///
    /// It does not load.
    pub async fn reload(&self) -> Result {
        // The page does it itself: chromedriver's own way at times waits for a page that is gone.
        self.js("window.gone = true; setTimeout(() => location.reload())")
            .await?;
        self.wait_js("!window.gone && document.readyState === 'complete'")
            .await
    }

    /// What the page holds in memory when what nobody needs has been collected, in bytes: JavaScript's heap, and the program's own memory,
    /// which never shrinks.
    ///
    /// # Errors
    ///
    /// The browser does not say.
    pub async fn memory(&self) -> Result<[u64; 2]> {
        // Its bindings answer with the program that runs already.
        const PROGRAM: &str = "
            import(document.querySelector('link[rel=modulepreload]').href)
                .then(it => it.default()).then(program => program.memory.buffer.byteLength)";
        let nothing = json!({});
        // Twice: what the first round frees may hold what the second one frees.
        for _ in 0..2 {
            self.devtools("HeapProfiler.collectGarbage", &nothing)
                .await?;
        }
        let usage = self.devtools("Runtime.getHeapUsage", &nothing).await?;
        let heap = usage["usedSize"].as_f64().ok_or("a heap has a size")?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and positive"
        )]
        let heap = heap as u64;
        let program = self.value(PROGRAM).await?;
        Ok([heap, program.as_u64().ok_or("a program has memory")?])
    }

    /// From now on the page's processor is so many times slower.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn slow_down(&self, times: u32) -> Result {
        let rate = json!({ "rate": times });
        self.devtools("Emulation.setCPUThrottlingRate", &rate)
            .await?;
        Ok(())
    }

    /// The time of the processor that the longest task took of those that the page's own thread began since it made the
    /// `performance.mark` of this name, in ms. What the machine did meanwhile for others does not count.
    ///
    /// # Errors
    ///
    /// The page is not of [`Self::open_watched`], or made no such mark since it was loaded.
    pub async fn longest_task(&self, mark: &str) -> Result<f64> {
        let log = self.client.issue_cmd(ChromeCommand::trace()).await?;
        trace::longest_task(&log, mark)
    }

    /// From now on the host does this with requests.
    pub fn host(&self, host: Host) {
        self.site.turn(host);
    }

    /// What stands in the address bar behind the site's own address.
    ///
    /// # Errors
    ///
    /// The page left the site.
    pub async fn tail(&self) -> Result<String> {
        let url = steady(async || self.client.current_url().await).await?;
        let tail = url.as_str().strip_prefix(&self.site.address);
        Ok(tail
            .ok_or_else(|| format!("the page went to {url}"))?
            .to_owned())
    }

    /// Waits until the address has this in it: it follows what the page shows after a pause.
    ///
    /// # Errors
    ///
    /// It has not within half a minute.
    pub async fn wait_tail(&self, part: &str) -> Result {
        let part = Value::from(part);
        self.wait_js(&format!("location.href.includes({part})"))
            .await
    }

    /// Waits until an element is displayed.
    ///
    /// # Errors
    ///
    /// It is not within half a minute.
    pub async fn wait(&self, css: &str) -> Result<Element> {
        self.until(css, || self.displayed(css)).await
    }

    /// Waits until a JavaScript expression is truthy.
    ///
    /// # Errors
    ///
    /// It throws, or is not within half a minute.
    pub async fn wait_js(&self, expression: &str) -> Result {
        self.until(expression, async || {
            let holds = self.js(&format!("return !!({expression})")).await?;
            Ok((holds == Value::Bool(true)).then_some(()))
        })
        .await
    }

    /// Clicks the middle of an element.
    ///
    /// # Errors
    ///
    /// It does not appear, or something covers it.
    pub async fn click(&self, css: &str) -> Result {
        self.until(css, async || {
            let Some(element) = self.displayed(css).await? else {
                return Ok(None);
            };
            if element.click().await.is_ok() {
                return Ok(Some(()));
            }
            // A redraw may have replaced it since, or something covers it, such as a bar: a person scrolls, and looks again.
            let scroll = "arguments[0].scrollIntoView({ block: 'center' })";
            let arguments = vec![serde_json::to_value(&element)?];
            let _ = self.client.execute(scroll, arguments).await;
            Ok(None)
        })
        .await
    }

    /// Replaces what stands in a field, as a person does: all of it is selected, deleted, typed anew.
    ///
    /// # Errors
    ///
    /// It does not appear, or is no field.
    pub async fn fill(&self, css: &str, text: &str) -> Result {
        let select_all = [Key::Control.into(), 'a', Key::Null.into()];
        let keys: String = select_all.into_iter().chain([Key::Delete.into()]).collect();
        let keys = keys + text;
        self.until(css, async || {
            let Some(field) = self.displayed(css).await? else {
                return Ok(None);
            };
            // A redraw may have replaced it since: look again.
            Ok(field.send_keys(&keys).await.ok())
        })
        .await
    }

    /// Presses keys where the focus is: text, or a [`fantoccini::key::Key`] as text.
    ///
    /// # Errors
    ///
    /// Nothing there takes keys.
    pub async fn press(&self, keys: &str) -> Result {
        let press = async || self.client.active_element().await?.send_keys(keys).await;
        steady(press).await
    }

    /// The text of an element as it is displayed.
    ///
    /// # Errors
    ///
    /// It does not appear.
    pub async fn text(&self, css: &str) -> Result<String> {
        self.until(css, async || {
            let Some(element) = self.displayed(css).await? else {
                return Ok(None);
            };
            Ok(element.text().await.ok())
        })
        .await
    }

    /// How many elements there are now, displayed or not.
    ///
    /// # Errors
    ///
    /// `css` is no selector.
    pub async fn count(&self, css: &str) -> Result<usize> {
        Ok(self.all(css).await?.len())
    }

    /// Runs the body of a JavaScript function; a promise that it returns is awaited.
    ///
    /// # Errors
    ///
    /// It throws.
    pub async fn js(&self, body: &str) -> Result<Value> {
        steady(async || self.client.execute(body, Vec::new()).await).await
    }

    /// What an expression comes to, or the promise that it is. It leaves nothing behind, which is what measuring memory needs: chromedriver
    /// holds on to an array for each [`Self::js`], 64 bytes, for as long as the document is there.
    ///
    /// # Errors
    ///
    /// It throws.
    pub async fn value(&self, expression: &str) -> Result<Value> {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.devtools("Runtime.evaluate", &asked).await?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(format!("{expression}: {thrown}").into()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Keeps a picture of what is visible as `target/screenshots/NAME.png`.
    ///
    /// # Errors
    ///
    /// It cannot be taken or written.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = site::workspace().join("target/screenshots");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}.png"));
        // The picture is of the last frame that was put together; on a busy machine that is not the present one.
        self.js("return new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
            .await?;
        let picture = steady(async || self.client.screenshot().await).await?;
        std::fs::write(&file, picture)?;
        Ok(file)
    }

    /// Lets nothing come from addresses like this, with `*` for anything; from all again if it is empty.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn block(&self, addresses: &str) -> Result {
        self.devtools("Network.enable", &json!({})).await?;
        let urls: Vec<_> = Some(addresses)
            .filter(|it| !it.is_empty())
            .into_iter()
            .collect();
        self.devtools("Network.setBlockedURLs", &json!({ "urls": urls }))
            .await?;
        Ok(())
    }

    /// What the browser has complained about since the last time this was asked.
    ///
    /// # Errors
    ///
    /// The browser does not say.
    pub async fn complaints(&self) -> Result<Vec<Complaint>> {
        let log = steady(async || self.client.issue_cmd(ChromeCommand::console()).await).await?;
        let entries = log.as_array().ok_or("the console's log is a list")?;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        let mut complaints: Vec<_> = severe
            .map(|e| Complaint::of_console(e["message"].as_str().unwrap_or_default()))
            .collect();
        complaints.extend(
            self.foreign_requests()
                .await?
                .into_iter()
                .map(Complaint::Foreign),
        );
        Ok(complaints)
    }

    /// Waits until the browser has complained at least `least` times, and gives all of it. The console hears of things later than
    /// the page does.
    ///
    /// # Errors
    ///
    /// It has not within half a minute.
    pub async fn wait_complaints(&self, least: usize) -> Result<Vec<Complaint>> {
        let heard = RefCell::new(Vec::new());
        let wanted = format!("{least} complaints");
        self.until(&wanted, async || {
            let more = self.complaints().await?;
            let mut heard = heard.borrow_mut();
            heard.extend(more);
            Ok((heard.len() >= least).then(|| heard.split_off(0)))
        })
        .await
    }

    /// Leaves the browser to the next test.
    ///
    /// # Errors
    ///
    /// There were complaints.
    pub async fn close(self) -> Result {
        let complaints = self.complaints().await?;
        if complaints.is_empty() {
            self.browser.give_back();
            Ok(())
        } else {
            Err(format!("the browser complains: {complaints:#?}").into())
        }
    }

    async fn foreign_requests(&self) -> Result<Vec<String>> {
        const FOREIGN: &str = "
            return performance.getEntriesByType('resource')
                .map(entry => new URL(entry.name))
                .filter(url => url.protocol.startsWith('http') && url.origin !== location.origin)
                .map(String)";
        let urls = self.js(FOREIGN).await?;
        let urls = urls.as_array().ok_or("a list of addresses")?;
        Ok(urls
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    async fn devtools(&self, name: &str, parameters: &Value) -> Result<Value> {
        let command = || ChromeCommand::devtools(name, parameters);
        steady(async || self.client.issue_cmd(command()).await).await
    }

    async fn displayed(&self, css: &str) -> Result<Option<Element>> {
        for element in self.all(css).await? {
            // An element that a redraw has just replaced is not displayed.
            if element.is_displayed().await.unwrap_or(false) {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    async fn all(&self, css: &str) -> Result<Vec<Element>> {
        steady(async || self.client.find_all(Locator::Css(css)).await).await
    }

    async fn until<T, L, F>(&self, what: &str, mut look: L) -> Result<T>
    where
        L: FnMut() -> F,
        F: Future<Output = Result<Option<T>>>,
    {
        let seen = timeout(PATIENCE, async {
            loop {
                let seen = look().await;
                let seen = seen.map_err(|error| format!("waiting for {what}: {error}"))?;
                if let Some(seen) = seen {
                    return Ok(seen);
                }
                sleep(LOOK_EVERY).await;
            }
        });
        if let Ok(seen) = seen.await {
            return seen;
        }
        let test = thread::current()
            .name()
            .unwrap_or("unnamed")
            .replace(':', "-");
        let picture = self.screenshot(&format!("failed-{test}")).await?;
        Err(format!("waited for {what} in vain, see {}", picture.display()).into())
    }
}

/// Does something again when the address changed under it: chromedriver takes that for another page, and gives up on the one that it
/// was at. Whatever else goes wrong, goes wrong.
pub(crate) async fn steady<T>(
    act: impl AsyncFn() -> std::result::Result<T, CmdError>,
) -> Result<T> {
    const TRIES: u32 = 200;
    for _ in 1..TRIES {
        match act().await {
            Err(error) if error.to_string().contains("aborted by navigation") => {
                sleep(LOOK_EVERY).await;
            }
            other => return Ok(other?),
        }
    }
    Ok(act().await?)
}

/// Something a page of ours must not give the browser reason for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// The Content-Security-Policy forbade something; the console's words.
    Policy(String),
    /// Any other error in the console; its words.
    Console(String),
    /// A request to another origin; its address.
    Foreign(String),
}

impl Complaint {
    fn of_console(message: &str) -> Self {
        let is_policy = message.contains("Content Security Policy");
        if is_policy {
            Self::Policy(message.to_owned())
        } else {
            Self::Console(message.to_owned())
        }
    }
}
