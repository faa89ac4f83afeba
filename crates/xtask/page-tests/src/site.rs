//! The built site, served as a static host serves it: below a sub-path, with no fallback and no
//! header of its own.

use crate::Result;
use axum::Router;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

/// Where a project page lives, so that an address which starts with `/` fails here and not after
/// publication.
const BELOW: &str = "/some/project";

/// The folder of the built site.
///
/// # Errors
///
/// There is none yet.
pub fn dist() -> Result<PathBuf> {
    let dist = workspace().join("dist");
    if !dist.join("index.html").is_file() {
        return Err(
            "there is no dist/index.html: run `cargo xtask build` first, or `cargo xtask test`"
                .into(),
        );
    }
    Ok(dist)
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors()
        .nth(3)
        .expect("this package lies three folders below the workspace")
}

/// Serves the built site until the test ends; its address, with the slash at the end.
pub(crate) async fn serve() -> Result<String> {
    let files = Router::new().nest_service(BELOW, ServeDir::new(dist()?));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, files).await });
    Ok(format!("http://{address}{BELOW}/"))
}
