//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

/// The folder of the workspace, whatever folder the command was given in.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors()
        .nth(2)
        .expect("crates/xtask lies two folders below the workspace")
        .to_path_buf()
}

/// Tools that we build stay in the checkout: they are of the versions it needs and touch nothing of
/// the user's.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// The folders that cargo unpacks dependencies into, one a registry.
pub(crate) fn crate_sources() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registries = home.and_then(|home| home.join("registry/src").read_dir().ok());
    let folders = registries.into_iter().flatten().flatten();
    let mut folders: Vec<_> = folders.map(|folder| folder.path()).collect();
    folders.sort();
    folders
}

/// The first of `names` that `PATH` leads to.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        env::split_paths(&path)
            .map(|folder| folder.join(&file))
            .find(|p| p.is_file())
    })
}
