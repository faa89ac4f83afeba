//! A Linux machine's sysctls, as `/etc/sysctl.d` has them.

use super::{Change, Subject, Writer};

pub(super) static WRITER: Writer = Writer {
    language: "ini",
    speaks: |runtime| runtime.is_none(),
    write,
};

fn write(subject: &Subject<'_>) -> Vec<String> {
    let line = |change: &Change| {
        let name = change.key.strip_prefix("sysctl.")?;
        let tree = match name {
            "somaxconn" => "net.core",
            _ => "net.ipv4",
        };
        let was = change.comment("#", subject.lang).trim_start().to_owned();
        Some([was, format!("{tree}.{name} = {}", change.field.text())])
    };
    let lines: Vec<String> = subject.changes.iter().filter_map(line).flatten().collect();
    if lines.is_empty() {
        return lines;
    }
    let file = "# /etc/sysctl.d/90-tcp.conf; sysctl --system".to_owned();
    [file].into_iter().chain(lines).collect()
}
