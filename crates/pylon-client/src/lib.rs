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
//! | [`client.blocks()`](Blocks)`.latest()`, `.extrinsic(block, index)` | the best head; a decoded extrinsic | – |
//! | [`client.identities()`](PylonClient::identities), [`drand_round()`](PylonClient::drand_round) | netuids by identity; the newest drand round | – |
//! | [`client.subnets()`](PylonClient::subnets), [`prices()`](PylonClient::prices), [`account(&coldkey)`](PylonClient::account) | all subnets, all prices, a coldkey's balance and stake | open access |
//! | [`client.evm_logs(&contract, blocks, &abi)`](PylonClient::evm_logs) | what a contract logged in a range of blocks | open access |
//! | [`client.subnet(n)`](Subnet)`.summary()` and all of [`Reads`] | a subnet | open access |
//! | [`client.identity("dev")?`](Identity) and all of [`Reads`] | the identity's subnet, and what the identity itself has | the identity's |
//! | [`identity.set_weights(…)`](Identity::set_weights) | weights | the identity's |
//! | [`identity.commit(…)`](Identity::commit), [`commit_timelocked`](Identity::commit_timelocked), [`generate_certificate`](Identity::generate_certificate), [`set_hyperparameter`](Identity::set_hyperparameter) | what else an identity writes | the identity's |
//! | [`identity.jobs()`](Identity::jobs), [`job(&id)`](Identity::job), [`wait_until`](Identity::wait_until), [`cancel_job`](Identity::cancel_job) | how far what it writes has come | the identity's |
//! | [`identity.sign_request(…)`](Identity::sign_request) | the headers that make a request to a miner good | the identity's |
//! | [`client.live()`](PylonClient::live), [`ready()`](PylonClient::ready), [`version()`](PylonClient::version) | the service itself | – |
//!
//! | of a subnet | at |
//! |---|---|
//! | [`neurons()`](Reads::neurons) | `latest()`, `recent()`, `at(block)` |
//! | [`validators()`](Reads::validators), [`hyperparameters()`](Reads::hyperparameters), [`epoch()`](Reads::epoch), [`weights(mechanism)`](Reads::weights), [`bonds(mechanism)`](Reads::bonds), [`price()`](Reads::price) | `latest()`, `at(block)` |
//! | [`certificates()`](Reads::certificates), [`commitments()`](Reads::commitments), [`tagged_commitments()`](Reads::tagged_commitments), [`revealed_commitments()`](Reads::revealed_commitments) | `latest()`, `of(&hotkey)`, and for an identity its own |
//! | [`evm_associations()`](Reads::evm_associations) | the best head |
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
//! Neurons and validators can be asked for by some of their fields, which makes the answer small, and whatever is read
//! at the best head can be read at the last finalized block instead:
//!
//! ```no_run
//! # async fn run(client: pylon_client::PylonClient) -> Result<(), pylon_client::Error> {
//! use pylon_client::NeuronField::{LastUpdate, Uid};
//!
//! let body = client.subnet(1).neurons().latest().finalized().fields([Uid, LastUpdate]).await?;
//! for (hotkey, neuron) in &body.neurons {
//!     println!("{hotkey} {:?} {:?}", neuron.uid, neuron.last_update);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Subnets, weights, bonds and accounts can be read in pages, all of one block: see [`Call::pages`].
//!
//! # Time and retries
//!
//! A call has one span of time for all it does, 60 s unless the builder or the call says otherwise, and the
//! service is told what is left of it. What can succeed later is tried again within it: as the
//! [`ErrorCode`] says, not before `Retry-After`, after pauses that grow and that chance spreads, and only while
//! the client's retry budget lasts ([`RetryPolicy`]). Reads are safe to repeat; weights, commitments and hyperparameters carry
//! a name by which the service knows them again, so they are too.
//! A runtime that lacks what is asked for (`unsupported_by_runtime`) will lack it in a second too: that is told at once.
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
//!
//! # Tests of your own
//!
//! The feature `testing` brings a server to test your program against: it gives the answers that it was told to, and
//! says which calls it met. See `pylon_client::testing`.

mod answer;
mod blocks;
mod builder;
mod call;
mod certificates;
mod client;
mod commitments;
mod error;
mod fields;
mod identity;
mod jobs;
mod neurons;
mod pages;
mod pinned;
mod reads;
mod retry;
mod sign;
mod subnet;
#[cfg(feature = "testing")]
pub mod testing;
mod weights;
mod writes;

pub use answer::{Cached, ETag, Fetched};
pub use blocks::Blocks;
pub use builder::{BuildError, ClientBuilder};
pub use call::Call;
pub use certificates::Certificates;
pub use client::PylonClient;
pub use commitments::{Commitments, RevealedCommitments, TaggedCommitments};
pub use error::{ApiError, Error};
pub use identity::{Identity, Login};
pub use neurons::Neurons;
pub use pages::Pages;
pub use pinned::Pinned;
pub use pylon_models::v1::{NeuronField, PartialNeuron, PartialNeuronsBody, PartialValidatorsBody};
pub use pylon_models::{
    self as models, AuthScheme, ErrorCode, JobId, JobKind, JobState, MechId, NetUid, Receipt,
    Retry, SettableHyperparameter,
};
pub use reads::Reads;
pub use retry::RetryPolicy;
pub use subnet::Subnet;
pub use weights::SetWeights;
