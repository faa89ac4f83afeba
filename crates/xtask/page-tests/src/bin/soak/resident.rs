//! What the browser's processes that draw pages hold of the machine's memory: with the workers', which no page can ask for.

use std::fs;
use std::path::Path;

/// In bytes, of those processes that this one has started, also through others; 0 where the machine does not say.
pub(crate) fn of_renderers() -> u64 {
    let Ok(all) = fs::read_dir("/proc") else {
        return 0;
    };
    let ids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let ours = ids.filter(|id| is_renderer(*id) && descends(*id));
    ours.filter_map(resident).sum()
}

fn is_renderer(id: u32) -> bool {
    // A browser's children write theirs anew, with spaces.
    let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains("--type=renderer")
}

/// Whether a process was started by this one.
fn descends(mut id: u32) -> bool {
    while id > 1 {
        if id == std::process::id() {
            return true;
        }
        match field(id, "PPid:") {
            Some(parent) => id = u32::try_from(parent).unwrap_or(0),
            None => return false,
        }
    }
    false
}

fn resident(id: u32) -> Option<u64> {
    Some(field(id, "VmRSS:")? * 1_024)
}

fn field(id: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
