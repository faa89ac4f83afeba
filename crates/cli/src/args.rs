//! The words of the command line.

use crate::commands::sweep::Shard;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use whyeof_explore::grid::MOST_SEEDS;

/// Shows, segment by segment, why an HTTP client sees EOF, ECONNRESET or `socket hang up` on a kept-alive connection.
#[derive(Debug, Parser)]
#[command(name = "whyeof", version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List presets, profiles, findings and formats.
    List(ListArgs),
    /// Run a scenario once and print what happened.
    Run(RunArgs),
    /// Say who failed, why, and what to change.
    Explain(ExplainArgs),
    /// Run a scenario for every value of a knob.
    Sweep(SweepArgs),
    /// After which idle gaps is a request lost, why, and how many of a day's requests are that?
    Risk(RiskArgs),
    /// A client and a server as they come: who lets go of an idle connection first, by how much, and which gaps are dangerous. Without names: all of
    /// them.
    Pair(PairArgs),
    /// In how many ways can a scenario end, if what is due at one moment happens in another order?
    Orders(OrdersArgs),
    /// Put together the parts of a sweep that `whyeof sweep --shard` wrote on several machines.
    Merge(MergeArgs),
    /// Print a scenario's share link.
    Link(LinkArgs),
    /// Play packetdrill scripts against the TCP: `pass`, or the first line that differs.
    Pkt(PktArgs),
    /// Hold recorded real runs against runs of their scenarios: a line each, and where one first differs.
    Verify(VerifyArgs),
    /// Open a real capture: its connections, what became of their requests, and why.
    Open(OpenArgs),
}

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangArg {
    /// English.
    #[default]
    En,
    /// 中文.
    Zh,
}

/// Which scenario, and what to change in it.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ScenarioArgs {
    /// A preset id (`whyeof list`), a scenario file, a share link, or `-` for JSON on standard input.
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: String,
    /// Change a setting: `servers.pyroscope.options.IdleTimeout=30s`. May be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// What to list; everything when left out.
    #[arg(value_enum)]
    pub(crate) what: Option<Listed>,
    /// With `fields`: of which scenario; of the first preset when left out.
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: Option<String>,
    /// Language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listed {
    /// Stories that come with whyeof.
    Presets,
    /// Runtimes, with their options.
    Profiles,
    /// What a run can be diagnosed with.
    Findings,
    /// What a run can be written as.
    Formats,
    /// What can go wrong with packets.
    Faults,
    /// Kernel knobs of a host.
    Sysctls,
    /// What a program of socket calls can do.
    Calls,
    /// The knobs of a scenario, by path.
    Fields,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// What to write the run as (`whyeof list formats`).
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// At which host a capture (pcapng) is taken. Left out: at the client, or the server, as its format says.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// The page's address, for the link in a report.
    #[arg(long, value_name = "URL", default_value = "")]
    pub(crate) base: String,
    /// Language of pictures and reports; what is made to be pasted is in English.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

/// How to write an explanation or a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplainFormat,
    /// With every change, the lines to paste into the configuration of those that it is about
    #[arg(long)]
    pub(crate) config: bool,
    /// Language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

/// How to write a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepFormat {
    /// For people.
    #[default]
    Text,
    /// A line a request.
    Csv,
    /// For programs.
    Json,
    /// JSON lines: what was tried, then a line a run, as soon as there are some; what `whyeof merge` reads.
    #[value(name = "jsonl")]
    Lines,
    /// A picture: a bar of one knob, a map of two.
    Svg,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RiskArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// How long connections lie idle: `9.98s..10.02s` (any gap between), `poisson:10s` (on average), or a file with a line `GAP COUNT` or
    /// `FROM..TO COUNT` for each length, as measured. Left out: as the scenario's requests have it.
    #[arg(long, value_name = "GAPS")]
    pub(crate) gaps: Option<String>,
    /// Which request it is about, as `explain` numbers them. Left out: the first that met the end of its connection, or else the first that failed,
    /// or else the last.
    #[arg(long, value_name = "N")]
    pub(crate) request: Option<u32>,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplainFormat,
    /// In which language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PairArgs {
    /// The client's runtime (`whyeof list profiles`).
    #[arg(requires = "server")]
    pub(crate) client: Option<String>,
    /// The server's runtime, or a load balancer's: then it is about the connection to it.
    pub(crate) server: Option<String>,
    /// A proxy between them.
    #[arg(long, value_name = "PROXY")]
    pub(crate) via: Option<String>,
    /// An option: `servers.server.options.IdleTimeout=60s`, `clients.client.options.…`, `proxies.proxy.options.…`.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplainFormat,
    /// In which language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OrdersArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplainFormat,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MergeArgs {
    /// What `whyeof sweep --shard I/N` wrote: all N parts.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// How to write the whole.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: SweepFormat,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// A knob and its values: `clients.agent.requests.upload.every=9.988s..10.012s/0.12ms`; instead of a step `lin50` or `log50` for so
    /// many values. Twice for two knobs.
    #[arg(long, value_name = "PATH=FROM..TO/STEP", required = true)]
    pub(crate) over: Vec<String>,
    /// Run only the I-th of N parts and write it as JSON lines, for `whyeof merge`.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Seeds to try for each value, from the scenario's own on.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=u64::from(MOST_SEEDS)))]
    pub(crate) seeds: u64,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: SweepFormat,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LinkArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// The page's address, put before the link.
    #[arg(long, value_name = "URL", default_value = "")]
    pub(crate) base: String,
    /// A moment of the run that the link opens at: `10.019s`.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PktArgs {
    /// By how many microseconds anything may be early or late, in place of what the script says (4000 if it says nothing).
    #[arg(long = "tolerance_usecs", value_name = "N", value_parser = clap::value_parser!(u64).range(1..=i64::MAX as u64))]
    pub(crate) tolerance_usecs: Option<u64>,
    /// Scripts, or `-` for one on standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
}

/// How a comparison is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    /// A line a run, and sums.
    #[default]
    Text,
    /// For programs.
    Json,
    /// The table behind the page "Checked against reality".
    Page,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// Recorded runs (folders with ladder.jsonl, client.log.jsonl and scenario.json), or folders of such.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) dirs: Vec<String>,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: VerifyFormat,
    /// With `page`: packetdrill scripts that are played, too.
    #[arg(long, value_name = "DIR")]
    pub(crate) scripts: Option<String>,
    /// With `page`: write to a file.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OpenArgs {
    /// A pcap or pcapng file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// Only these connections, by their numbers in the list: `3` or `3,5`.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub(crate) flow: Vec<u32>,
    /// The address of the machine that it was taken on, where the file does not tell.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) at: Option<std::net::IpAddr>,
    /// Print a scenario that does the same, with the limits and delays read off the packets.
    #[arg(long)]
    pub(crate) simulate: bool,
    /// How to write it: `text` lists, tells and draws; any other of `whyeof list formats`.
    #[arg(long, default_value = "text")]
    pub(crate) format: String,
    /// Write to a file.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: LangArg,
}

impl LangArg {
    /// As every crate has it.
    pub(crate) const fn lang(self) -> whyeof_scenario::Lang {
        match self {
            Self::En => whyeof_scenario::Lang::En,
            Self::Zh => whyeof_scenario::Lang::Zh,
        }
    }
}
