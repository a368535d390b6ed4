//! `check`.

use pylon_chain::{Chain, Reading};
use pylon_storage::Schema;

use super::{CommandError, say};
use crate::config::{Config, Network};
use crate::database;
use crate::node::{Node, chain_config};

pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let shown = serde_json::to_string_pretty(config).map_err(std::io::Error::other)?;
    say(&shown)?;
    let schema = match database::schema(&config.database).await? {
        Schema::Absent => "not there yet, made at the start".to_owned(),
        Schema::Current => "up to date".to_owned(),
        Schema::Behind(missing) => format!("migrated at the start: {}", missing.join(", ")),
    };
    say(&format!("database {}: {schema}", config.database))?;
    let node = match &config.network {
        Network::Node(_) => None,
        Network::Dev => Some(Node::start(&config.dev).await?),
    };
    let chain = Chain::connect(chain_config(config, node.as_ref())?)
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
