//! `check`.

use pylon_chain::{Chain, ChainConfig};

use super::{CommandError, say};
use crate::config::Config;
use crate::node::Node;

pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let shown = serde_json::to_string_pretty(config).map_err(std::io::Error::other)?;
    say(&shown)?;
    let node = match config.node_url() {
        Some(_) => None,
        None => Some(Node::start(&config.dev).await?),
    };
    let url = match (&node, config.node_url()) {
        (Some(node), _) => node.url()?,
        (None, Some(url)) => url.clone(),
        (None, None) => return Err(CommandError::Usage("no network is configured")),
    };
    let chain = Chain::connect(ChainConfig::new(url.expose())).await?;
    let head = chain.latest().await?;
    say(&format!(
        "connected to {url}: genesis {}, block {}",
        chain.genesis_hash(),
        head.number
    ))?;
    if let Some(node) = node {
        node.stop().await;
    }
    Ok(())
}
