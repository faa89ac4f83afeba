//! `whyeof-pack FOLDER ARCHIVE.zip=TOP:FILE[,FILE…] …`: packs files and folders into archives, and writes `SHA256SUMS` beside them.
//!
//! The same files make the same archive, byte for byte, on every machine: names in order, one date, one set of rights.

use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The name under which the checksums are published; `sha256sum -c` reads it.
const SUMS: &str = "SHA256SUMS";

fn main() -> ExitCode {
    match pack(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("whyeof-pack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pack(mut arguments: impl Iterator<Item = String>) -> Result {
    let folder = PathBuf::from(arguments.next().ok_or("FOLDER is missing")?);
    fs::create_dir_all(&folder)?;
    let mut sums = String::new();
    for wanted in arguments {
        let (name, top, files) = parts(&wanted).ok_or("expected ARCHIVE=TOP:FILE,FILE")?;
        let bytes = archive(top, &files)?;
        writeln!(sums, "{}  {name}", sum(&bytes))?;
        println!("{:>10} {}", bytes.len(), folder.join(name).display());
        fs::write(folder.join(name), bytes)?;
    }
    fs::write(folder.join(SUMS), sums)?;
    Ok(())
}

/// An archive's name, the folder that all of it stands in, and what comes into it.
fn parts(wanted: &str) -> Option<(&str, &str, Vec<PathBuf>)> {
    let (name, rest) = wanted.split_once('=')?;
    let (top, files) = rest.split_once(':')?;
    Some((name, top, files.split(',').map(PathBuf::from).collect()))
}

/// Files by their names; of a folder what is in it.
fn archive(top: &str, files: &[PathBuf]) -> Result<Vec<u8>> {
    let mut found = Vec::new();
    for file in files {
        match file.is_dir() {
            true => gather(file, top, &mut found)?,
            false => found.push((format!("{top}/{}", name(file)?), file.clone())),
        }
    }
    found.sort();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, file) in found {
        let rights = if is_program(&file) { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(rights);
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn gather(folder: &Path, inside: &str, found: &mut Vec<(String, PathBuf)>) -> Result {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let inside = format!("{inside}/{}", name(&path)?);
        match path.is_dir() {
            true => gather(&path, &inside, found)?,
            false => found.push((inside, path)),
        }
    }
    Ok(())
}

fn name(file: &Path) -> Result<&str> {
    let name = file.file_name().and_then(|name| name.to_str());
    Ok(name.ok_or_else(|| format!("{}: a name that is text", file.display()))?)
}

/// What is run and not read.
fn is_program(file: &Path) -> bool {
    let names = ["whyeof", "whyeof.exe"];
    name(file).is_ok_and(|name| names.contains(&name))
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_archive() {
        let folder = env::temp_dir().join(format!("whyeof-pack-{}", std::process::id()));
        let site = folder.join("site/deep");
        fs::create_dir_all(&site).expect("a folder");
        fs::write(site.join("b.txt"), "b").expect("a file");
        fs::write(folder.join("site/a.txt"), "a").expect("a file");
        let wanted = "x.zip=top:".to_owned() + folder.join("site").to_str().expect("a text");
        let mut packed = Vec::new();
        for out in ["one", "two"] {
            let out = folder.join(out);
            let arguments = [out.display().to_string(), wanted.clone()];
            pack(arguments.into_iter()).expect("it packs");
            let sums = fs::read_to_string(out.join(SUMS)).expect("sums");
            packed.push((fs::read(out.join("x.zip")).expect("an archive"), sums));
        }
        assert_eq!(packed[0], packed[1]);
        assert_eq!(packed[0].1, format!("{}  x.zip\n", sum(&packed[0].0)));
        let mut read = zip::ZipArchive::new(Cursor::new(&packed[0].0)).expect("an archive");
        let mut name = |n| {
            read.by_index(n)
                .and_then(|file| Ok(file.name()?.into_owned()))
        };
        let names: Vec<_> = (0..2).map(|n| name(n).expect("a file")).collect();
        assert_eq!(names, ["top/a.txt", "top/deep/b.txt"]);
        fs::remove_dir_all(folder).expect("gone");
    }

    /// FIPS 180-4, the empty text.
    #[test]
    fn sums_are_sha256() {
        assert_eq!(
            sum(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
