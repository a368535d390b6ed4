//! `check`.

use pylon_chain::{Chain, Reading};
use pylon_storage::Schema;

use super::{CommandError, say};
use crate::config::{Config, Network};
use crate::node::{Node, chain_config};
use crate::{database, keys};

pub(super) async fn run(mut config: Config) -> Result<(), CommandError> {
    let shown = serde_json::to_string_pretty(&config).map_err(std::io::Error::other)?;
    say(&shown)?;
    let schema = match database::schema(&config.database).await? {
        Schema::Absent => "not there yet, made at the start".to_owned(),
        Schema::Current => "up to date".to_owned(),
        Schema::Behind(missing) => format!("migrated at the start: {}", missing.join(", ")),
    };
    say(&format!("database {}: {schema}", config.database))?;
    say_keys(&mut config).await?;
    let node = match &config.network {
        Network::Node(_) => None,
        Network::Dev => Some(Node::start(&config.dev).await?),
    };
    let chain = Chain::connect(chain_config(&config, node.as_ref())?)
        .await
        .map_err(Box::new)?;
    let head = chain.latest().await?;
    say(&format!(
        "connected to {}: genesis {}, block {}",
        chain.endpoint(),
        chain.genesis_hash(),
        head.number
    ))?;
    let report = chain.runtime_at(head.hash).await?.report();
    let newer = if report.is_newer_than_known() {
        ", newer than any that is known"
    } else {
        ""
    };
    say(&format!("runtime of spec {}{newer}", report.spec_version))?;
    for (reading, means) in [
        (Reading::Missing, "missing"),
        (Reading::ByName, "of another layout, read by name"),
    ] {
        for entry in report.read(reading) {
            say(&format!("{means}: {entry}"))?;
        }
    }
    if let Some(node) = node {
        node.stop().await;
    }
    Ok(())
}

/// Says whose key each identity has, or why it has none. The first failure is the command's, once all are told.
async fn say_keys(config: &mut Config) -> Result<(), CommandError> {
    let mut failed = None;
    for (name, read) in keys::read(config).await {
        match read {
            Ok(read) => {
                match read.hotkey {
                    Some(key) => say(&format!("identity {name} signs with {}", key.hotkey()))?,
                    None => say(&format!("identity {name} has no wallet and only reads"))?,
                }
                if let Some(key) = read.owner {
                    let account = key.hotkey();
                    say(&format!(
                        "identity {name} sets hyperparameters with {account}"
                    ))?;
                }
            }
            Err(error) => {
                say(&crate::tasks::chain_of(&error))?;
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}
