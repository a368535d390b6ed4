//! A typed client of the Pylon service, for validators and tools that read a Bittensor subnet without
//! talking to the chain. Programs import it; nothing inside the service does.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use pylon_client::PylonClient;
//!
//! let client = PylonClient::builder()
//!     .url("http://127.0.0.1:8000")
//!     .token(std::env::var("PYLON_OPEN_ACCESS_TOKEN")?)
//!     .build()?;
//!
//! let head = client.blocks().latest().await?;
//! let subnet = client.subnet(1).neurons().latest().await?;
//! println!("block {}: {} neurons", head.number, subnet.neurons.len());
//! # Ok(())
//! # }
//! ```
//!
//! # Calls
//!
//! | call | answer | token |
//! |---|---|---|
//! | [`client.blocks().latest()`](Blocks::latest) | number, hash and time of the best head | – |
//! | [`client.identities()`](PylonClient::identities) | netuids by the name of the identity | – |
//! | [`client.subnet(n).neurons()`](Neurons)`.latest()`, `.recent()`, `.at(block)` | every neuron, in uid order | open access |
//! | [`client.subnet(n).validators()`](Validators)`.latest()`, `.at(block)` | validators by stake | open access |
//! | [`client.identity("dev")?.neurons()`](Identity), `.validators()` | the same, of the identity's subnet | the identity's |
//! | [`client.live()`](PylonClient::live), [`ready()`](PylonClient::ready), [`version()`](PylonClient::version) | the service itself | – |
//!
//! Each gives a [`Call`]. Awaited, it gives the body; before that it can be given a time of its own, and it
//! can be asked for what came beside the body, or for the body only if it changed:
//!
//! ```no_run
//! # async fn run(client: pylon_client::PylonClient) -> Result<(), pylon_client::Error> {
//! use std::time::Duration;
//!
//! use pylon_client::Cached;
//!
//! let neurons = client.identity("dev")?.neurons();
//! let first = neurons.latest().timeout(Duration::from_secs(5)).fetch().await?;
//! println!("block {:?}, met {:?} ago", first.block, first.age);
//!
//! if let Some(etag) = &first.etag {
//!     match neurons.latest().if_none_match(etag).await? {
//!         Cached::Changed(newer) => println!("{} neurons now", newer.body.neurons.len()),
//!         Cached::NotModified => println!("still the same block"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Time and retries
//!
//! A call has one span of time for all it does, 60 s unless the builder or the call says otherwise, and the
//! service is told what is left of it. What can succeed later is tried again within it: as the
//! [`ErrorCode`] says, not before `Retry-After`, after pauses that grow and that chance spreads, and only while
//! the client's retry budget lasts ([`RetryPolicy`]). All calls so far only read, so repeating one is safe.
//!
//! # Errors
//!
//! [`Error`] is closed: whatever happens is one of its variants, and each says with [`Error::retry`] whether
//! the same call can succeed later.
//!
//! ```no_run
//! # async fn run(client: pylon_client::PylonClient) -> Result<(), pylon_client::Error> {
//! use pylon_client::ErrorCode;
//!
//! match client.subnet(1).neurons().at(100_000).await {
//!     Ok(body) => println!("{} neurons", body.neurons.len()),
//!     Err(error) if error.code() == Some(ErrorCode::BlockNotFound) => println!("not made yet"),
//!     Err(error) if error.retry().is_worthwhile() => println!("later: {error}"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Tokens and TLS
//!
//! Tokens are sent to the origin that the builder was given and nowhere else: redirects within it are
//! followed (the service sends an identity that asks for another subnet on to its own), others are an
//! error. TLS is rustls with the machine's own roots.

mod answer;
mod builder;
mod call;
mod client;
mod error;
mod retry;
mod subnet;

pub use answer::{Cached, ETag, Fetched};
pub use builder::{BuildError, ClientBuilder};
pub use call::Call;
pub use client::{Blocks, PylonClient};
pub use error::{ApiError, Error};
pub use pylon_models::{self as models, ErrorCode, NetUid, Retry};
pub use retry::RetryPolicy;
pub use subnet::{Identity, Neurons, Subnet, Validators};
