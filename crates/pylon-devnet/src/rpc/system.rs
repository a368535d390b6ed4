//! `system_*`: the node itself.

use jsonrpsee::{RpcModule, server::RegisterMethodError, types::ErrorObjectOwned};
use serde_json::json;
use sp_core::crypto::Ss58Codec;

use super::{Endpoint, args::Args, errors};
use crate::runtime::{AccountId, system::SS58_PREFIX};

/// Decimals of TAO.
const DECIMALS: u8 = 9;

/// The identity of the key 1 of polkadot-sdk's examples: a well-formed one.
const PEER_ID: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_method("system_chain", |_, _, _| "Pylon Devnet")?;
    module.register_method("system_name", |_, _, _| "Pylon Devnet Node")?;
    module.register_method("system_version", |_, _, _| env!("CARGO_PKG_VERSION"))?;
    module.register_method("system_chainType", |_, _, _| "Development")?;
    module.register_method("system_properties", |_, _, _| {
        json!({
            "isEthereum": false,
            "ss58Format": SS58_PREFIX,
            "tokenDecimals": DECIMALS,
            "tokenSymbol": "TAO",
        })
    })?;
    module.register_method(
        "system_health",
        |_, _, _| json!({ "peers": 0, "isSyncing": false, "shouldHavePeers": false }),
    )?;
    // There is no network: nobody is connected, and no address is listened on.
    for name in [
        "system_peers",
        "system_reservedPeers",
        "system_localListenAddresses",
    ] {
        module.register_method(name, |_, _, _| json!([]))?;
    }
    module.register_method("system_localPeerId", |_, _, _| PEER_ID)?;
    module.register_method("system_nodeRoles", |_, _, _| vec!["Authority"])?;
    module.register_method("system_syncState", |_, endpoint, _| {
        let best = endpoint.view().best().number();
        json!({ "startingBlock": 0, "currentBlock": best, "highestBlock": best })
    })?;
    module.register_blocking_method("system_accountNextIndex", |params, endpoint, _| {
        let account: String = Args::parse(&params, &["account"])?.required(0)?;
        let account = AccountId::from_ss58check(&account)
            .map_err(|error| errors::invalid_params(format!("{error:?}")))?;
        let view = endpoint.view();
        let state = &view.best_snapshot().state;
        Ok::<_, ErrorObjectOwned>(endpoint.node().next_nonce(&account, state))
    })?;
    module.register_alias("account_nextIndex", "system_accountNextIndex")
}
