//! `eth_*`, `net_*`, `web3_*`: the EVM's JSON-RPC, as far as logs need it, as Frontier answers it.

mod filter;

use jsonrpsee::{RpcModule, server::RegisterMethodError, types::ErrorObjectOwned};
use serde_json::{Value, json};
use sp_core::{Bytes, H160};

use self::filter::{Filter, Place, logs};
use super::{Endpoint, args::Args};
use crate::{
    evm::{CHAIN_ID, EvmBlock, GAS_LIMIT, NO_UNCLES},
    node::chain::{Block, View},
    runtime::Hash,
};

/// A number as Ethereum writes it.
fn quantity(number: impl Into<u64>) -> String {
    format!("{:#x}", number.into())
}

/// The block at a place, if its state is still kept: that is where Frontier reads it.
fn block_at(view: &View, place: Place) -> Option<&Block> {
    let block = match place {
        Place::Number(number) => view.at(number.try_into().ok()?)?,
        Place::Earliest => view.at(0)?,
        Place::Latest | Place::Pending => view.best(),
        Place::Safe | Place::Finalized => view.finalized(),
    };
    kept(view, block)
}

fn block_of(view: &View, hash: Hash) -> Option<&Block> {
    kept(view, view.block_of_evm(hash)?)
}

fn kept<'a>(view: &View, block: &'a Block) -> Option<&'a Block> {
    view.state(Some(block.hash)).ok().map(|_| block)
}

/// Transactions are given by their hashes even where they are asked for in full: there is nothing
/// behind them.
fn rich(block: &EvmBlock) -> Value {
    let transactions: Vec<Hash> = block
        .emissions
        .iter()
        .map(|emission| emission.transaction)
        .collect();
    json!({
        "hash": block.hash,
        "parentHash": block.parent,
        "sha3Uncles": Hash::from(NO_UNCLES),
        "author": H160::zero(),
        "miner": H160::zero(),
        "stateRoot": block.state_root,
        "transactionsRoot": block.transactions_root(),
        "receiptsRoot": block.receipts_root(),
        "number": quantity(block.number),
        "gasUsed": quantity(0u64),
        "gasLimit": quantity(GAS_LIMIT),
        "extraData": "0x",
        "logsBloom": Bytes(block.bloom().to_vec()),
        "timestamp": quantity(block.timestamp),
        "difficulty": quantity(0u64),
        "totalDifficulty": quantity(0u64),
        "mixHash": Hash::zero(),
        "nonce": "0x0000000000000000",
        "size": Value::Null,
        "uncles": [],
        "transactions": transactions,
    })
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_chainId", |_, _, _| quantity(CHAIN_ID))?;
    module.register_method("net_version", |_, _, _| CHAIN_ID.to_string())?;
    module.register_method("net_listening", |_, _, _| true)?;
    module.register_method("eth_syncing", |_, _, _| false)?;
    module.register_method("web3_clientVersion", |_, _, _| {
        concat!("pylon-devnet/v", env!("CARGO_PKG_VERSION"))
    })?;
    module.register_method("eth_blockNumber", |_, endpoint, _| {
        quantity(endpoint.view().best().number())
    })?;
    module.register_method("eth_getBlockByNumber", |params, endpoint, _| {
        let args = Args::parse(&params, &["number", "full"])?;
        let view = endpoint.view();
        let block = block_at(&view, args.required(0)?);
        Ok::<_, ErrorObjectOwned>(block.map(|block| rich(&block.evm)))
    })?;
    module.register_method("eth_getBlockByHash", |params, endpoint, _| {
        let args = Args::parse(&params, &["hash", "full"])?;
        let view = endpoint.view();
        let block = block_of(&view, args.required(0)?);
        Ok::<_, ErrorObjectOwned>(block.map(|block| rich(&block.evm)))
    })?;
    module.register_blocking_method("eth_getLogs", |params, endpoint, _| {
        let filter: Filter = Args::parse(&params, &["filter"])?.required(0)?;
        logs(&endpoint.view(), &filter)
    })?;
    Ok(())
}
