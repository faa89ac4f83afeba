//! What a page may keep from people who do not see it, or see little: axe-core's rules, all of them.
//!
//! `axe/axe.min.js` is axe-core 4.14.1 as it was released, with its licence (MPL-2.0) and that of what it contains beside it; it is given
//! to the browser by the test and is no part of the site.

use crate::{Page, Result};
use serde_json::Value;

/// Once a page.
const AXE: &str = include_str!("../axe/axe.min.js");
/// Runs all rules; answers with a line a violation: the rule, what it asks for, and where.
const RUN: &str = "
    return axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.flatMap(rule =>
        rule.nodes.map(node => `${rule.id}: ${rule.help}: ${node.target.join(' ')}: ${node.html.slice(0, 160)} ${node.any.map(c => c.message).join('; ').slice(0, 200)}`)))";

impl Page {
    /// Violations of axe-core's rules by what is on the page now.
    ///
    /// # Errors
    ///
    /// The rules do not run.
    pub async fn violations(&self) -> Result<Vec<String>> {
        if self.js("return typeof axe").await? == "undefined" {
            self.js(AXE).await?;
        }
        let found = self.js(RUN).await?;
        let found = found.as_array().ok_or("a list of violations")?;
        let lines = found.iter().filter_map(Value::as_str);
        Ok(lines.map(str::to_owned).collect())
    }
}
