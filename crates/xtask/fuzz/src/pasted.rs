//! An error that somebody pasted, with as much of a log around it as there is.

use crate::Target;
use std::sync::LazyLock;
use whyeof_scenario::Lang;
use whyeof_scenario::symptoms::{FILE, Symptoms, reused};

pub(crate) const TARGET: Target = Target {
    name: "pasted",
    check,
};

/// Reading the file takes longer than matching a line.
static SYMPTOMS: LazyLock<Symptoms> = LazyLock::new(|| Symptoms::read(FILE).expect("the file"));

fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let [en, zh] = [Lang::En, Lang::Zh].map(|lang| SYMPTOMS.matching(&text, lang));
    // What is found does not depend on who reads, and what is said of it is ours, never the text.
    assert!(en.iter().map(|it| it.id).eq(zh.iter().map(|it| it.id)));
    let all = SYMPTOMS.all(Lang::En);
    assert!(en.iter().all(|found| all.contains(found)));
    let _ = reused(&text);
}
