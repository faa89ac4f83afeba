//! The commands that chromedriver adds to WebDriver's.

use axum::http::Method;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command below `/session/{id}/`.
#[derive(Clone, Debug)]
pub(crate) struct ChromeCommand {
    path: &'static str,
    body: Value,
}

impl ChromeCommand {
    /// What was logged in the console since the last time.
    pub(crate) fn console() -> Self {
        Self::log("browser")
    }

    /// What the browser's threads did since a page was last loaded: only a browser that [`capabilities`] told to keeps it.
    ///
    /// [`capabilities`]: crate::driver::capabilities
    pub(crate) fn trace() -> Self {
        Self::log("performance")
    }

    fn log(kind: &str) -> Self {
        Self {
            path: "se/log",
            body: json!({ "type": kind }),
        }
    }

    /// A command of the DevTools protocol.
    pub(crate) fn devtools(name: &str, parameters: &Value) -> Self {
        Self {
            path: "goog/cdp/execute",
            body: json!({ "cmd": name, "params": parameters }),
        }
    }
}

impl WebDriverCompatibleCommand for ChromeCommand {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.expect("a command of a running session");
        driver.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
