//! `devnet`.

use super::{CommandError, say};
use crate::config::Config;
use crate::node::Node;
use crate::signals;

pub(super) async fn run(config: Config) -> Result<(), CommandError> {
    let stop = signals::stop()?;
    let node = Node::start(&config.dev).await?;
    if let Some(archive) = node.archive_ws_url() {
        say(&format!("archive {archive}"))?;
    }
    // Last, so that a script that waits for it has read the other.
    say(&format!("listening {}", node.ws_url()))?;
    stop.await;
    node.stop().await;
    Ok(())
}
