//! Cuts off what a program loads later: the functions that only those marked `wasm_split` lead to, and their data.

use crate::census::census;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use walrus::{Module, ModuleConfig};
use wasm_split_cli_support::{Options, transform};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a program that is to be cut has been linked with: `--emit-relocs`.
const TO_BE_CUT: &[u8] = b"reloc.CODE";
/// Bytes of code by crate of what is not cut off.
const CENSUS: &str = "first.tsv";
/// Where trunk puts what is published: there nobody reads the names of functions, which cutting needs.
const PUBLISHED: &str = "release";
/// The script that loads what has been cut off; programs import it by this name.
const SCRIPT: &str = "./later.js";

/// Cuts the program of a `wasm-bindgen` command, if it is to be cut, and returns the command for what is left of it. Beside the bindings
/// then lie the script and `split_NAME.wasm`.
pub(crate) fn cut(mut arguments: Vec<OsString>) -> Result<Vec<OsString>> {
    let Some(command) = Command::of(&arguments) else {
        return Ok(arguments);
    };
    let program = fs::read(&command.program)?;
    if command.is_published() {
        let names = ["--remove-name-section", "--remove-producers-section"];
        arguments.extend(names.map(OsString::from));
    }
    if !program.windows(TO_BE_CUT.len()).any(|it| it == TO_BE_CUT) {
        return Ok(arguments);
    }
    let first = command.folder.join("first.wasm");
    let bindings = format!("./{}.js", command.name);
    let mut options = Options::new(&program);
    options.output_dir = &command.folder;
    options.main_out_path = &first;
    options.link_name = SCRIPT;
    options.main_module = &bindings;
    let cut = transform(options).map_err(|error| format!("{error:?}"))?;
    fs::write(command.folder.join(CENSUS), census(&fs::read(&first)?)?)?;
    for later in &cut.split_modules {
        strip(later)?;
    }
    arguments[command.at] = first.into();
    // What was cut off reaches the rest through what the linker calls it.
    arguments.push("--keep-lld-exports".into());
    Ok(arguments)
}

/// What a `wasm-bindgen` command says of where things are.
pub(crate) struct Command {
    /// The program, and which argument that is.
    program: PathBuf,
    at: usize,
    /// `--out-dir`.
    pub(crate) folder: PathBuf,
    /// `--out-name`.
    pub(crate) name: String,
}

impl Command {
    /// `None`: it is another command, such as `--version`.
    pub(crate) fn of(arguments: &[OsString]) -> Option<Self> {
        let texts: Vec<&str> = arguments
            .iter()
            .map(|it| it.to_str())
            .collect::<Option<_>>()?;
        let value = |option| texts.iter().find_map(|it| it.strip_prefix(option));
        let at = texts.iter().position(|it| it.ends_with(".wasm"))?;
        Some(Self {
            program: PathBuf::from(texts[at]),
            at,
            folder: PathBuf::from(value("--out-dir=")?),
            name: value("--out-name=")?.to_owned(),
        })
    }

    /// Whether it binds what is published.
    pub(crate) fn is_published(&self) -> bool {
        self.folder.ends_with(PUBLISHED)
    }
}

/// A program that is written without the names of its functions and of what made it.
pub(crate) fn nameless(file: &Path) -> Result<Module> {
    let mut config = ModuleConfig::new();
    config
        .generate_name_section(false)
        .generate_producers_section(false);
    Ok(config.parse_file(file)?)
}

/// Leaves away what only linkers and debuggers read.
fn strip(file: &Path) -> Result<()> {
    let mut module = nameless(file)?;
    let custom: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for section in custom {
        module.customs.delete(section);
    }
    fs::write(file, module.emit_wasm())?;
    Ok(())
}
