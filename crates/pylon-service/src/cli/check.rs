//! `check`.

use pylon_chain::{Chain, ChainConfig, Reading};

use super::{CommandError, say};
use crate::config::{Config, Network};
use crate::node::Node;

pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let shown = serde_json::to_string_pretty(config).map_err(std::io::Error::other)?;
    say(&shown)?;
    let (node, endpoint) = match &config.network {
        Network::Node(endpoint) => (None, endpoint.clone()),
        Network::Dev => {
            let node = Node::start(&config.dev).await?;
            let endpoint = node.endpoint()?;
            (Some(node), endpoint)
        }
    };
    let chain = Chain::connect(ChainConfig::new(endpoint.clone()))
        .await
        .map_err(Box::new)?;
    let head = chain.latest().await?;
    say(&format!(
        "connected to {endpoint}: genesis {}, block {}",
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
