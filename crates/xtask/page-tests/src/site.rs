//! The built site, served as a static host serves it: below a sub-path, with no fallback and no
//! header of its own.

use crate::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, IF_MODIFIED_SINCE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

/// Where a project page lives, so that an address which starts with `/` fails here and not after
/// publication.
const BELOW: &str = "/some/project";
/// The service worker.
const OFFLINE: &str = "/offline.js";
/// Most bytes of it.
const MOST: usize = 1 << 16;

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

/// The built site while it is served, until the test ends.
pub(crate) struct Site {
    /// Its address, with the slash at the end.
    pub(crate) address: String,
    state: Arc<AtomicU8>,
}

/// What the host does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// It answers.
    Up,
    /// It answers nothing of use.
    Down,
    /// It has a version of the site that is newer than the one it began with.
    Newer,
}

impl Site {
    pub(crate) async fn serve(folder: PathBuf) -> Result<Self> {
        let state = Arc::new(AtomicU8::new(Host::Up as u8));
        let asked = from_fn_with_state(Arc::clone(&state), answer);
        let files = Router::new().nest_service(BELOW, ServeDir::new(folder));
        let files = files.layer(asked);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, files).await });
        let address = format!("http://{address}{BELOW}/");
        Ok(Self { address, state })
    }

    pub(crate) fn turn(&self, host: Host) {
        self.state.store(host as u8, Ordering::Relaxed);
    }
}

async fn answer(State(state): State<Arc<AtomicU8>>, mut request: Request, files: Next) -> Response {
    let state = state.load(Ordering::Relaxed);
    if state == Host::Down as u8 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let is_worker = request.uri().path().ends_with(OFFLINE);
    // A file that is newer has changed since.
    request.headers_mut().remove(IF_MODIFIED_SINCE);
    let answer = files.run(request).await;
    if !is_worker || state != Host::Newer as u8 {
        return answer;
    }
    // Any other byte in it makes it another version to the browser, and this one to itself.
    let (mut parts, body) = answer.into_parts();
    let script = to_bytes(body, MOST).await.unwrap_or_default();
    let script = String::from_utf8_lossy(&script).replacen("VERSION = '", "VERSION = 'newer-", 1);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(script))
}
