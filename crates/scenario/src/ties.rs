//! Who goes first in what is due at one moment: `4:1 9:2`.

/// Ties that a scenario can decide: what happens in its first seconds has some dozens.
pub const MOST_TIES: usize = 4_096;

/// How ties are decided, from the first on: `2:1` says that in the second one that goes first which would be next. `None`: it is no such text.
pub(crate) fn ties(text: &str) -> Option<Vec<u16>> {
    let mut choices = Vec::new();
    for part in text.split_ascii_whitespace() {
        let (number, choice) = part.split_once(':')?;
        let (number, choice): (usize, u16) = (number.parse().ok()?, choice.parse().ok()?);
        if number <= choices.len() || number > MOST_TIES || choice == 0 {
            return None;
        }
        choices.resize(number - 1, 0);
        choices.push(choice);
    }
    (!choices.is_empty()).then_some(choices)
}

/// The same as text; empty: none is decided otherwise.
pub fn ties_text(choices: &[u16]) -> String {
    let numbered = choices.iter().enumerate();
    let decided = numbered.filter(|(_, choice)| **choice > 0);
    let parts: Vec<String> = decided
        .map(|(at, choice)| format!("{}:{choice}", at + 1))
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_read_and_bounded() {
        assert_eq!(ties("2:1 5:3"), Some(vec![0, 1, 0, 0, 3]));
        assert_eq!(ties_text(&[0, 1, 0, 0, 3]), "2:1 5:3");
        assert_eq!(ties_text(&[0, 0]), "");
        for wrong in [
            "", "1", "0:1", "2:1 1:1", "1:1 1:2", "1:0", "4097:1", "1:70000", "a:b",
        ] {
            assert_eq!(ties(wrong), None, "{wrong}");
        }
    }
}
