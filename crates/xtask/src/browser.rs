//! The browser that the tests use: Chromium with its driver, and fonts to draw English and Chinese
//! with.

use crate::program::{output, run, say};
use crate::{Result, layout};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A browser and the program that steers it, of one version.
pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) driver: PathBuf,
}

const CHROMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const MAC_CHROME: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
/// Debian's names. Chromium itself depends on no font.
const BROWSER_PACKAGES: &[&str] = &["chromium", "chromium-driver", "fonts-dejavu-core"];
/// The smallest font of Debian's with all of Chinese (1.6 MB), and the command that finds fonts.
const FONT_PACKAGES: &[&str] = &["fonts-wqy-microhei", "fontconfig"];

/// Finds the browser, or installs it where that is ours to do.
pub(crate) fn browser() -> Result<Browser> {
    if find().is_none() {
        if !may_install() {
            return Err(
                "the tests need Chromium and its chromedriver: install them \
                        (Debian: apt-get install chromium chromium-driver) or name them in \
                        CHROME and CHROMEDRIVER"
                    .into(),
            );
        }
        install(
            "installing Chromium (about 140 MB, half a minute)",
            BROWSER_PACKAGES,
        )?;
    }
    chinese_font();
    find().ok_or_else(|| {
        "Chromium was installed, but PATH does not lead to chromium and chromedriver".into()
    })
}

fn find() -> Option<Browser> {
    let named = |variable| env::var_os(variable).map(PathBuf::from);
    let mac = || Some(PathBuf::from(MAC_CHROME)).filter(|p| p.is_file());
    Some(Browser {
        chrome: named("CHROME")
            .or_else(|| layout::find(CHROMES))
            .or_else(mac)?,
        driver: named("CHROMEDRIVER").or_else(|| layout::find(&["chromedriver"]))?,
    })
}

/// Without such a font the tests still pass, but their pictures show boxes: worth a try and a word,
/// not an error.
fn chinese_font() {
    let has_font =
        || output(Command::new("fc-list").arg(":lang=zh")).is_some_and(|fonts| !fonts.is_empty());
    if env::consts::OS != "linux" || has_font() {
        return;
    }
    if may_install() && install("installing a Chinese font (2 MB)", FONT_PACKAGES).is_ok() {
        return;
    }
    say(
        "no Chinese font was found, so the tests' pictures will show boxes \
         (Debian: apt-get install fonts-wqy-microhei fontconfig)",
    );
}

fn may_install() -> bool {
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    is_root && layout::find(&["apt-get"]).is_some() && Path::new("/var/lib/dpkg").is_dir()
}

/// The package lists may be missing or old, and a second apt-get elsewhere may delete what this one
/// fetched: both are mended by a look at the lists and one more try.
fn install(what: &str, packages: &[&str]) -> Result {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-y", "-q"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run(what, &mut command)
    };
    let install = [
        &["install", "--no-install-recommends", "--fix-broken"],
        packages,
    ]
    .concat();
    apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
}
