//! `devnet`.

use super::{CommandError, say};
use crate::config::Config;
use crate::node::Node;
use crate::signals;

pub(super) async fn run(config: Config) -> Result<(), CommandError> {
    let stop = signals::stop()?;
    let node = Node::start(&config.dev).await?;
    say(&format!("listening {}", node.ws_url()))?;
    stop.await;
    node.stop().await;
    Ok(())
}
