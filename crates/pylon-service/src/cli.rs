//! The command line: one program, its roles as subcommands.

mod backup;
mod check;
#[cfg(feature = "devnet")]
mod devnet;
mod healthcheck;
mod migrate;
mod options;
mod serve;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::layer::Identity;

use self::options::{Devnet, Node, Place};
use crate::config::{Config, ConfigError, Sources};
use crate::keys::KeyError;
use crate::service::StartError;
use crate::telemetry::{Telemetry, TelemetryError};
use crate::{http, logging};

/// A command line that cannot be used, as clap itself answers.
const USAGE: u8 = 2;

/// Reads a Bittensor chain and serves it over HTTP.
#[derive(Debug, Parser)]
#[command(name = "pylon-service", version)]
pub struct Cli {
    /// The configuration file, in place of `pylon.toml` in the working folder.
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve HTTP.
    Serve(Node),
    /// Run a simulated subtensor node.
    Devnet(Devnet),
    /// Print the effective configuration, secrets redacted, and connect to the chain.
    Check(Node),
    /// Bring the database up to date; `serve` does so by itself.
    Migrate(Place),
    /// Copy the database of a file, whole and as of one moment, also while a service uses it.
    Backup {
        /// The copy, where nothing stands yet.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Ask the service on the configured address whether it is ready.
    Healthcheck(Node),
    /// Print the OpenAPI document.
    Openapi,
}

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("the configuration cannot be used")]
    Config(#[from] ConfigError),
    #[error("logging cannot be started")]
    Log(#[from] logging::LogError),
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Database(#[from] crate::database::DatabaseError),
    #[error(transparent)]
    Backup(#[from] pylon_storage::BackupError),
    #[error(transparent)]
    Node(#[from] crate::node::NodeError),
    #[error("the chain cannot be reached")]
    Connect(#[from] Box<pylon_chain::ConnectError>),
    #[error("the chain cannot be read")]
    Read(#[from] pylon_chain::ReadError),
    #[error("the service is not ready: {0}")]
    NotReady(String),
    #[error("the service on {0} does not answer")]
    Unanswered(std::net::SocketAddr, #[source] io::Error),
    #[error("input or output failed")]
    Io(#[from] io::Error),
}

impl Cli {
    /// Runs the command. Exit codes: 0 for success, 1 for failure, 2 for a command line or configuration
    /// that cannot be used.
    pub async fn run(self) -> ExitCode {
        let sources = Sources {
            file: self.config.clone(),
            ..Sources::of_process()
        };
        match self.command.run(sources).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(io::stderr(), "error: {}", crate::tasks::chain_of(&error));
                match error {
                    CommandError::Config(_)
                    | CommandError::Log(_)
                    | CommandError::Telemetry(_)
                    | CommandError::Key(_)
                    | CommandError::Start(StartError::Key(_)) => ExitCode::from(USAGE),
                    _ => ExitCode::FAILURE,
                }
            }
        }
    }
}

impl Command {
    async fn run(self, mut sources: Sources) -> Result<(), CommandError> {
        match self {
            Self::Serve(node) => {
                sources.command_line = node.settings();
                let (config, telemetry) = load_telling(&sources)?;
                serve::run(config, telemetry).await
            }
            Self::Check(node) => {
                sources.command_line = node.settings();
                check::run(load(&sources)?).await
            }
            Self::Migrate(place) => {
                sources.command_line = place.settings();
                migrate::run(&load(&sources)?).await
            }
            Self::Backup { file, place } => {
                sources.command_line = place.settings();
                backup::run(&load(&sources)?, file).await
            }
            Self::Healthcheck(node) => {
                sources.command_line = node.settings();
                healthcheck::run(&sources.load()?.0).await
            }
            #[cfg(feature = "devnet")]
            Self::Devnet(options) => {
                sources.command_line = options.settings();
                devnet::run(load(&sources)?).await
            }
            #[cfg(not(feature = "devnet"))]
            Self::Devnet(_) => Err(crate::node::NodeError::Absent.into()),
            Self::Openapi => Ok(io::stdout().write_all(&http::openapi::json())?),
        }
    }
}

/// Reads the configuration, starts logging as it says and tells what was ignored.
fn load(sources: &Sources) -> Result<Config, CommandError> {
    let (config, warnings) = sources.load()?;
    logging::start(&config.log, None::<Identity>)?;
    warn(&warnings);
    Ok(config)
}

/// The same for what runs long: errors and traces are sent where the configuration says.
fn load_telling(sources: &Sources) -> Result<(Config, Telemetry), CommandError> {
    let (config, warnings) = sources.load()?;
    let (telemetry, layer) = Telemetry::start(&config)?;
    logging::start(&config.log, layer)?;
    warn(&warnings);
    Ok((config, telemetry))
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// Says one line on stdout at once.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
