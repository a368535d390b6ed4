//! What is kept, in both databases: SQLite always, PostgreSQL where `PYLON_TEST_POSTGRES` names a server whose user
//! may make databases.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it fails, in its helpers too"
)]

mod contention;
mod database;
mod epoch_weights;
mod files;
mod genesis;
mod jobs;
mod original;
mod retention;
mod server;
