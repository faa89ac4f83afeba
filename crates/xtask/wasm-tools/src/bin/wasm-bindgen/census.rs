//! How much of a program's code is whose: what a budget is kept with.

use crate::cut::Result;
use std::collections::BTreeMap;
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// Bytes of code by crate, the largest first, a line each. What is generic counts where it is used, if that is a crate of ours.
pub(crate) fn census(program: &[u8]) -> Result<String> {
    let (mut imported, mut sizes, mut names) = (0, Vec::<u64>::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(program) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push({
                let range = body.range();
                range.end - range.start
            }),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(all) = section.as_known() else {
                    continue;
                };
                for part in all {
                    if let Name::Function(functions) = part? {
                        for function in functions {
                            let function = function?;
                            names.insert(function.index, function.name);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut crates: BTreeMap<String, u64> = BTreeMap::new();
    for (index, size) in (imported..).zip(sizes) {
        let name = names.get(&index).copied().unwrap_or_default();
        *crates.entry(owner(name)).or_default() += size;
    }
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let line = |(owner, size): (String, u64)| format!("{owner}\t{size}\n");
    Ok(crates.into_iter().map(line).collect())
}

/// The crate that a function is in, or is made for.
fn owner(mangled: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(mangled));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = || name.split(|c| !is_word(c)).filter(|word| !word.is_empty());
    let ours = words().find(|word| word.starts_with("whyeof_"));
    let others = || words().find(|word| !matches!(*word, "mut" | "dyn" | "impl" | "as"));
    ours.or_else(others).unwrap_or("?").replace('_', "-")
}
