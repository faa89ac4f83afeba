//! `whyeof merge`: the parts of a sweep that several machines ran, as one.

use super::lines;
use super::shard::Shard;
use super::show;
use crate::args::{MergeArgs, SweepFormat};
use crate::failure::Failure;
use crate::input;
use crate::output::print;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use whyeof_explore::merge::{Header, Merged, RunLine};

/// A line is no longer than this: a run has at most some thousand requests.
const MOST_LINE: u64 = 64 << 20;

/// The first run of each file is made once more, and one of so many after it.
const CHECKED: usize = 64;

pub(crate) fn merge(args: &MergeArgs) -> Result<(), Failure> {
    let mut merged: Option<Merged> = None;
    for path in &args.files {
        let mut lines = Lines::open(path)?;
        let header: Header = lines
            .next()?
            .ok_or_else(|| lines.wrong("a sweep's first line"))?;
        let wrong = |expected: String| lines.wrong(&expected);
        let merged = match &mut merged {
            Some(merged) => {
                merged.goes_on(&header).map_err(wrong)?;
                merged
            }
            None => merged.insert(Merged::begin(header).map_err(wrong)?),
        };
        let mut count = 0_usize;
        while let Some(line) = lines.next::<RunLine>()? {
            let again = count.is_multiple_of(CHECKED);
            let taken = merged.take(line, again);
            taken.map_err(|expected| lines.wrong(&expected))?;
            count += 1;
        }
    }
    let Some(merged) = merged else {
        return Err(Failure::input("FILE: expected the parts of a sweep"));
    };
    if let Some((missing, first)) = merged.missing() {
        let all = merged.all();
        return Err(Failure::input(format!(
            "FILE: {missing} of {all} runs are in none of these files, the first is case {first}"
        )));
    }
    let (mut header, sweep) = merged.end();
    if args.format == SweepFormat::Lines {
        header.shard = Shard::WHOLE.to_string();
        print(&lines::line(&header)?)?;
    }
    show(&header.scenario, &sweep, args.format)
}

/// The lines of a file, and where one is in it.
struct Lines<'a> {
    name: &'a str,
    from: BufReader<File>,
    number: usize,
}

impl<'a> Lines<'a> {
    fn open(path: &'a str) -> Result<Self, Failure> {
        let name = input::name(path);
        let file = File::open(path).map_err(|error| Failure::File {
            name: name.to_owned(),
            error,
        })?;
        Ok(Self {
            name,
            from: BufReader::new(file),
            number: 0,
        })
    }

    /// The next line, if there is one. What editors add says nothing: empty lines, and a mark of the order of bytes.
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, Failure> {
        loop {
            let mut line = String::new();
            let read = (&mut self.from).take(MOST_LINE).read_line(&mut line);
            let read = read.map_err(|error| Failure::File {
                name: self.name.to_owned(),
                error,
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() {
                continue;
            }
            let value = serde_json::from_str(line);
            return value
                .map(Some)
                .map_err(|error| self.wrong(&format!("JSON of a sweep ({error})")));
        }
    }

    /// What is wrong with the line that was read last.
    fn wrong(&self, expected: &str) -> Failure {
        Failure::input(format!(
            "{}: line {}: expected {expected}",
            self.name,
            self.number.max(1)
        ))
    }
}
