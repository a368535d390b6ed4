//! The service as its users meet it: over HTTP and as a process, against a development node behind a
//! real socket.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

mod app;
mod auth;
mod beside;
mod caching;
mod classic;
mod classic_commits;
mod classic_weights;
mod classic_writes;
mod client;
mod columns;
mod commit_faults;
mod commits;
mod config;
mod crashes;
mod database;
mod destination;
mod errors;
mod evm;
mod failover;
mod faults;
mod genesis;
mod golden;
mod lifecycle;
mod numbers;
mod operations;
mod original;
mod pages;
mod pressure;
mod process;
mod reads;
mod recovery;
mod reorganisations;
mod schedules;
mod sign;
#[cfg(feature = "telemetry")]
mod telemetry;
mod three_subnets;
#[cfg(not(feature = "telemetry"))]
mod untold;
mod wallets;
mod weights;
mod writes;
