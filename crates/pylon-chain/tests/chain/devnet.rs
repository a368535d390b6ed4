//! The golden state on a devnet.

use pylon_chain::{Chain, ChainConfig};
use pylon_devnet::{BlockTime, Devnet, World};

use crate::answers::Golden;

/// At block 200, with the golden subnet laid down there.
pub(crate) async fn golden_devnet() -> Devnet {
    let devnet = Devnet::builder()
        .world(World::Empty)
        .block_time(BlockTime::Manual)
        .finality_lag(2)
        .start()
        .await
        .unwrap();
    devnet.new_blocks(200).await.unwrap();
    devnet.set_storage(Golden::load().set).await.unwrap();
    devnet
}

pub(crate) async fn connect(devnet: &Devnet) -> Chain {
    Chain::connect(config(&devnet.ws_url())).await.unwrap()
}

pub(crate) fn config(url: &str) -> ChainConfig {
    ChainConfig::new(url.parse().unwrap())
}
