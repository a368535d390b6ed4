//! The service as its users meet it: over HTTP and as a process, against a development node behind a
//! real socket.

mod app;
mod auth;
mod caching;
mod client;
mod config;
mod errors;
mod golden;
mod lifecycle;
mod operations;
mod process;
mod reads;
