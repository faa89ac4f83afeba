//! `whyeof merge`: the parts of a sweep that several machines ran, as one.

use super::lines::{self, Header, RunLine};
use super::shard::Shard;
use super::show;
use crate::args::{MergeArgs, SweepFormat};
use crate::failure::Failure;
use crate::input;
use crate::output::print;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use whyeof_explore::{Grid, Sweep, SweepRun, run_case};
use whyeof_scenario::Scenario;

/// A line is no longer than this: a run has at most some thousand requests.
const MOST_LINE: u64 = 64 << 20;

/// The first run of each file is made once more, and one of so many after it.
const CHECKED: usize = 64;

pub(crate) fn merge(args: &MergeArgs) -> Result<(), Failure> {
    let mut whole: Option<Whole> = None;
    for path in &args.files {
        let mut lines = Lines::open(path)?;
        let header: Header = lines
            .next()?
            .ok_or_else(|| lines.wrong("a sweep's first line"))?;
        if !header.is_ours() {
            return Err(lines.wrong("the first line of `whyeof sweep --shard`"));
        }
        let whole = match &mut whole {
            Some(whole) if whole.header.is_of_same(&header) => whole,
            Some(_) => return Err(lines.wrong("a part of the same sweep as the first file")),
            None => whole.insert(Whole::begin(header)?),
        };
        let mut count = 0_usize;
        while let Some(line) = lines.next::<RunLine>()? {
            whole.take(line, count.is_multiple_of(CHECKED), &lines)?;
            count += 1;
        }
    }
    let Some(whole) = whole else {
        return Err(Failure::input("FILE: expected the parts of a sweep"));
    };
    let header = Header {
        shard: Shard::WHOLE.to_string(),
        ..whole.header.clone()
    };
    let (scenario, sweep) = whole.end()?;
    if args.format == SweepFormat::Lines {
        print(&lines::line(&header)?)?;
    }
    show(&scenario, &sweep, args.format)
}

/// A sweep that is being put together.
struct Whole {
    header: Header,
    scenario: Scenario,
    grid: Grid,
    runs: Vec<Option<SweepRun>>,
}

impl Whole {
    fn begin(header: Header) -> Result<Self, Failure> {
        let json = header.scenario.to_string();
        let scenario = Scenario::from_json(&json).map_err(Failure::input)?;
        let grid = Grid::parse(&scenario, &header.over, header.seeds).map_err(Failure::input)?;
        Ok(Self {
            runs: vec![None; grid.runs()],
            header,
            scenario,
            grid,
        })
    }

    /// `again`: the run is made once more. A file of another version, or of another scenario, is told by it.
    fn take(&mut self, line: RunLine, again: bool, lines: &Lines<'_>) -> Result<(), Failure> {
        let case = line.case;
        let fits = case < self.runs.len() && line.values == self.grid.values(&self.grid.case(case));
        if !fits {
            return Err(lines.wrong("a case of this sweep"));
        }
        let run = line
            .run()
            .ok_or_else(|| lines.wrong("an outcome that this version knows"))?;
        if again && run_case(&self.scenario, &self.grid, case).map_err(Failure::input)? != run {
            let said = format!("case {case} as this version runs it; was it made by another?");
            return Err(lines.wrong(&said));
        }
        match &self.runs[case] {
            Some(other) if *other != run => {
                let said =
                    format!("case {case} as another file has it; was one made by another version?");
                Err(lines.wrong(&said))
            }
            _ => {
                self.runs[case] = Some(run);
                Ok(())
            }
        }
    }

    fn end(self) -> Result<(Scenario, Sweep), Failure> {
        let all = self.runs.len();
        let missing = self.runs.iter().filter(|run| run.is_none()).count();
        if let Some(first) = self.runs.iter().position(Option::is_none) {
            return Err(Failure::input(format!(
                "FILE: {missing} of {all} runs are in none of these files, the first is case {first}"
            )));
        }
        let sweep = Sweep {
            grid: self.grid,
            runs: self.runs.into_iter().flatten().collect(),
        };
        Ok((self.scenario, sweep))
    }
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
