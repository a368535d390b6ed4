//! The arithmetic of scores: what a subnet's epoch makes of stakes, weights and bonds, to the last bit.
//! And what is signed of the requests between neurons ([`request`]). The devnet and whoever wants to know an epoch's outcome beforehand import it; a validator that only
//! sends weights need not.
//!
//! Nothing here reads or writes anything: values go in, values come out, the same on every machine.

pub mod consensus;
pub mod request;
pub mod weights;
