//! A server to test a program against that uses this crate: it gives the answers that it was told to, and says which
//! calls it met. It listens on a port of its own on 127.0.0.1, so tests can run side by side.
//!
//! ```
//! use pylon_client::models::v1::BlockBody;
//! use pylon_client::testing::{Reply, Request, Server};
//! use pylon_client::{ErrorCode, PylonClient};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start().await;
//! let client = PylonClient::builder().url(server.url()).token("open").build()?;
//!
//! // A call can say itself which request it makes; a path does as well.
//! server
//!     .on(&client.blocks().latest())
//!     .reply(Reply::problem(ErrorCode::Stale, "too old").header("retry-after", "0"))
//!     .answer(200, &BlockBody { number: 200.into(), hash: "0x28c0c84d733c64250449e92ed0b79f893d9892d54af6958dba30f8234bbeaa25".parse()?, timestamp: 1_795_232_412 });
//! server
//!     .on("/api/v1/subnet/9/block/latest/neurons")
//!     .problem(ErrorCode::SubnetNotFound, "Subnet 9 not found.");
//!
//! assert_eq!(client.blocks().latest().await?.number.get(), 200);
//! let error = client.subnet(9).neurons().latest().await.unwrap_err();
//! assert_eq!(error.code(), Some(ErrorCode::SubnetNotFound));
//!
//! server.assert_called_times(&client.blocks().latest(), 2);
//! server.assert_called(Request::get("/api/v1/subnet/9/block/latest/neurons"));
//! # Ok(())
//! # }
//! ```
//!
//! A request that no answer was given for is met with 404 and a problem that names it, and makes the server panic when
//! it is dropped, so that a test cannot pass over it.

#![allow(
    clippy::panic,
    reason = "a test fails by panicking, and this is for tests alone"
)]

mod received;
mod reply;
mod request;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use pylon_models::ErrorCode;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use received::Received;
pub use reply::Reply;
pub use request::Request;

/// The server. It listens until it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    script: Arc<Script>,
    task: JoinHandle<()>,
}

/// What a server was told, and what it met.
#[derive(Debug, Default)]
struct Script(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lines: Vec<Line>,
    calls: Vec<Received>,
    unexpected: Vec<String>,
}

#[derive(Debug)]
struct Line {
    request: Request,
    replies: Vec<Reply>,
    /// How many requests it has met.
    met: usize,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// Where the machine has none.
    pub async fn start() -> Self {
        let bound = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener.local_addr().map(|address| (listener, address)),
            Err(error) => Err(error),
        };
        let (listener, address) =
            bound.unwrap_or_else(|error| panic!("no port to listen on: {error}"));
        let script = Arc::<Script>::default();
        Self {
            url: format!("http://{address}"),
            task: tokio::spawn(wire::serve(listener, script.clone())),
            script,
        }
    }

    /// Where it listens, for [`ClientBuilder::url`](crate::ClientBuilder::url).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to answer a request with: the replies that follow, one after another, the last of them for ever. Of two
    /// requests that fit, the one that was named last counts.
    pub fn on(&self, request: impl Into<Request>) -> On<'_> {
        let mut state = self.script.lock();
        state.lines.push(Line {
            request: request.into(),
            replies: Vec::new(),
            met: 0,
        });
        On {
            script: &self.script,
            line: state.lines.len() - 1,
        }
    }

    /// Every request so far, in the order in which they came.
    pub fn calls(&self) -> Vec<Received> {
        self.script.lock().calls.clone()
    }

    /// The requests so far that fit.
    pub fn calls_of(&self, request: impl Into<Request>) -> Vec<Received> {
        let request = request.into();
        let mut calls = self.calls();
        calls.retain(|call| request.fits(call));
        calls
    }

    /// Asserts that the request came at least once.
    ///
    /// # Panics
    /// When it did not, with all that came.
    #[track_caller]
    pub fn assert_called(&self, request: impl Into<Request>) {
        let request = request.into();
        if self.calls_of(request.clone()).is_empty() {
            panic!("expected a call of {request}, {}", self.told());
        }
    }

    /// Asserts that the request came as often as this; 0 for never.
    ///
    /// # Panics
    /// When it did not, with all that came.
    #[track_caller]
    pub fn assert_called_times(&self, request: impl Into<Request>, times: usize) {
        let request = request.into();
        let came = self.calls_of(request.clone()).len();
        if came != times {
            panic!(
                "expected {times} calls of {request}, got {came}; {}",
                self.told()
            );
        }
    }

    fn told(&self) -> String {
        let calls = self.calls();
        if calls.is_empty() {
            return "nothing was called".to_owned();
        }
        let lines: Vec<_> = calls.iter().map(|call| format!("\n  {call}")).collect();
        format!("what was called:{}", lines.concat())
    }
}

impl Drop for Server {
    /// # Panics
    /// When a request came that no answer was given for, unless the test fails already.
    fn drop(&mut self) {
        self.task.abort();
        let unexpected = self.script.lock().unexpected.join("\n  ");
        if !unexpected.is_empty() && !thread::panicking() {
            panic!("no answer was given for what was called:\n  {unexpected}");
        }
    }
}

/// A request whose replies are being told; see [`Server::on`].
#[derive(Debug)]
pub struct On<'a> {
    script: &'a Script,
    line: usize,
}

impl On<'_> {
    /// Next, this status and this body in JSON.
    pub fn answer(self, status: u16, body: &impl Serialize) -> Self {
        self.reply(Reply::json(status, body))
    }

    /// Next, a problem with the status of its code.
    pub fn problem(self, code: ErrorCode, detail: &str) -> Self {
        self.reply(Reply::problem(code, detail))
    }

    /// Next, this.
    pub fn reply(self, reply: Reply) -> Self {
        if let Some(line) = self.script.lock().lines.get_mut(self.line) {
            line.replies.push(reply);
        }
        self
    }
}

impl Script {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the request down and gives what it is met with.
    fn meet(&self, received: Received) -> Reply {
        let mut state = self.lock();
        let line = state
            .lines
            .iter_mut()
            .rev()
            .find(|line| !line.replies.is_empty() && line.request.fits(&received));
        let reply = line.and_then(|line| {
            let reply = line.replies.get(line.met).or(line.replies.last()).cloned();
            line.met += 1;
            reply
        });
        let reply = reply.unwrap_or_else(|| {
            let name = received.to_string();
            let detail = format!("No answer was given for {name}.");
            state.unexpected.push(name);
            Reply::problem(ErrorCode::NotFound, &detail)
        });
        state.calls.push(received);
        reply
    }
}
