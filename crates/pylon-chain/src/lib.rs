//! Talks to subtensor over subxt: pinned reads of a subnet, blocks, and the heads as they come. The service and
//! tools that need the chain itself import it; whoever can do with a running Pylon imports `pylon-client`.

mod decode;
mod runtime;
mod snapshot;
pub mod storage;

pub use decode::DecodeError;
pub use runtime::{NeuronsAnswer, Runtime, RuntimeError};
pub use snapshot::{Snapshot, validators};
