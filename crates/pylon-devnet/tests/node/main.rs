//! The node over its socket, as clients meet it.

mod blocks;
mod golden;
mod heads;
mod refusals;
mod storage;
mod through_subxt;
mod wire;
