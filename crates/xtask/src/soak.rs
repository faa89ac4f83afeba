//! `cargo xtask soak`: the page in use for an hour; whether its memory stays flat and its console empty.

use crate::bench::in_browser;
use crate::browser::browser;
use crate::program::{run, say};
use crate::{Result, layout, site};

/// An hour of use.
const MINUTES: &str = "60";

/// Reads `[--minutes N]`.
pub(crate) fn minutes<'a>(words: &[&'a str]) -> Result<&'a str> {
    match words {
        [] => Ok(MINUTES),
        ["--minutes", number] if number.parse::<u32>().is_ok_and(|number| number > 0) => Ok(number),
        _ => Err("soak: expected `--minutes N`".to_owned()),
    }
}

/// Builds the page and uses it.
pub(crate) fn soak(minutes: &str) -> Result {
    let browser = browser()?;
    site::build()?;
    let folder = layout::root().join("target/soak");
    let mut soak = in_browser("soak", &browser);
    soak.arg("--").arg(&folder).arg(minutes);
    run(&format!("the page in use for {minutes} minutes"), &mut soak)?;
    say(&format!("the curve: {}", folder.join("soak.svg").display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn an_hour_unless_somebody_says_otherwise() {
        assert_eq!(minutes(&[]), Ok("60"));
        assert_eq!(minutes(&["--minutes", "5"]), Ok("5"));
        for wrong in [&["--minutes"][..], &["--minutes", "0"], &["5"]] {
            assert!(minutes(wrong).is_err(), "{wrong:?}");
        }
    }
}
