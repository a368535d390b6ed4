//! From scores to the vector of weights that a validator sends ([`weights`]), what a subnet's epoch makes of stakes, weights
//! and bonds ([`consensus`]), both to the last bit, and what is signed of the requests between neurons ([`request`]). The
//! service, the devnet, and validators that send their weights themselves or want to know an epoch's outcome beforehand
//! import it; whoever gives scores to a running Pylon need not.
//!
//! Nothing here reads or writes anything: values go in, values come out, the same on every machine.

pub mod consensus;
pub mod request;
pub mod weights;
