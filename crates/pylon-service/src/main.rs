//! The `pylon-service` program.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    pylon_service::Cli::parse().run().await
}
