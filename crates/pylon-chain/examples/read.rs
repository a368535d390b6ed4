//! Prints everything that is read of a subnet at a block, as JSON in the shape that `.ci/clients/shape.py`
//! tells: integers in text, so that no reader rounds them.
//!
//! Usage: `read --url ws://127.0.0.1:9944 --block 0x… --netuid 1`

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::net::IpAddr;

use pylon_chain::{Chain, ChainConfig, Snapshot};
use pylon_models::{
    Axon, BlockHash, Commitment, CommitmentField, Hyperparameter, HyperparameterValue, NetUid,
    Neuron,
};
use serde_json::{Map, Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (url, block, netuid) = arguments()?;
    let chain = Chain::connect(ChainConfig::new(url.parse()?)).await?;
    let block = chain.block(block).await?;
    let snapshot = chain.snapshot(netuid, block.block()).await?;
    let snapshot = snapshot.ok_or("there is no such subnet")?;
    let prices = chain.alpha_prices(block.block()).await?;
    let commitments = chain.commitments(netuid, block.block()).await?;
    let read = json!({
        "block": {
            "number": block.number.to_string(),
            "hash": block.hash.to_string(),
            "parent": block.parent.to_string(),
            "timestamp": block.timestamp.to_string(),
        },
        "netuid": netuid.to_string(),
        "neurons": snapshot.neurons.iter().map(neuron).collect::<Vec<_>>(),
        "metagraph": metagraph(&snapshot),
        "hyperparameters": snapshot.hyperparameters.iter().map(hyperparameter).collect::<Map<_, _>>(),
        "epoch": epoch(&snapshot),
        "prices": prices
            .iter()
            .map(|(netuid, price)| (netuid.to_string(), price.to_string().into()))
            .collect::<Map<_, Value>>(),
        "commitments": commitments.iter().map(commitment).collect::<Map<_, _>>(),
    });
    println!("{read}");
    Ok(())
}

fn arguments() -> Result<(String, BlockHash, NetUid), Box<dyn Error>> {
    let (mut url, mut block, mut netuid) = (None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} has no value"))?;
        match name.as_str() {
            "--url" => url = Some(value),
            "--block" => block = Some(value.parse()?),
            "--netuid" => netuid = Some(value.parse()?),
            _ => return Err(format!("{name} is not known").into()),
        }
    }
    Ok((
        url.ok_or("--url is missing")?,
        block.ok_or("--block is missing")?,
        netuid.ok_or("--netuid is missing")?,
    ))
}

fn neuron(neuron: &Neuron) -> Value {
    json!({
        "uid": neuron.uid.to_string(),
        "hotkey": neuron.hotkey.to_string(),
        "coldkey": neuron.coldkey.to_string(),
        "active": neuron.active,
        "axon": axon(&neuron.axon),
        "stake": neuron.stake.to_string(),
        "rank": neuron.rank.to_string(),
        "incentive": neuron.incentive.to_string(),
        "consensus": neuron.consensus.to_string(),
        "trust": neuron.trust.to_string(),
        "validator_trust": neuron.validator_trust.to_string(),
        "dividends": neuron.dividends.to_string(),
        "emission": neuron.emission.to_string(),
        "last_update": neuron.last_update.to_string(),
        "validator_permit": neuron.validator_permit,
        "pruning_score": neuron.pruning_score.to_string(),
    })
}

fn axon(axon: &Axon) -> Value {
    let ip: u128 = match axon.ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    json!({
        "ip": ip.to_string(),
        "port": axon.port.to_string(),
        "protocol": axon.protocol.to_string(),
        "version": axon.version.to_string(),
        "block": axon.block.to_string(),
    })
}

/// The columns of the metagraph, each of them a part of our neurons.
fn metagraph(snapshot: &Snapshot) -> Value {
    let column =
        |of: fn(&Neuron) -> Value| -> Vec<Value> { snapshot.neurons.iter().map(of).collect() };
    let schedule = snapshot.epochs.schedule();
    let tempo = schedule.map(|epoch| epoch.tempo.to_string());
    let since = schedule.map(|epoch| epoch.blocks_since_last_step.to_string());
    json!({
        "netuid": snapshot.netuid.to_string(),
        "block": snapshot.block.number.to_string(),
        "tempo": tempo,
        "blocks_since_last_step": since,
        "hotkeys": column(|n| n.hotkey.to_string().into()),
        "coldkeys": column(|n| n.coldkey.to_string().into()),
        "axons": column(|n| axon(&n.axon)),
        "active": column(|n| n.active.into()),
        "validator_permit": column(|n| n.validator_permit.into()),
        "last_update": column(|n| n.last_update.to_string().into()),
        "emission": column(|n| n.emission.to_string().into()),
        "dividends": column(|n| n.dividends.to_string().into()),
        "incentives": column(|n| n.incentive.to_string().into()),
        "consensus": column(|n| n.consensus.to_string().into()),
        "block_at_registration": column(|n| n.block_at_registration.map(|block| block.to_string()).into()),
        "alpha_stake": column(|n| n.stakes.alpha.to_string().into()),
        "tao_stake": column(|n| n.stakes.tao.to_string().into()),
        "total_stake": column(|n| n.stakes.total.to_string().into()),
    })
}

fn hyperparameter(parameter: &Hyperparameter) -> (String, Value) {
    let value = match parameter.value {
        HyperparameterValue::Bool(value) => value.into(),
        HyperparameterValue::U16(value) => value.to_string().into(),
        HyperparameterValue::U32(value) => value.to_string().into(),
        HyperparameterValue::U64(value) => value.to_string().into(),
        HyperparameterValue::U128(value) | HyperparameterValue::U64F64(value) => {
            value.to_string().into()
        }
        HyperparameterValue::Rao(value) => value.to_string().into(),
        HyperparameterValue::I32F32(bits) => bits.to_string().into(),
        _ => Value::Null,
    };
    (parameter.name.clone(), value)
}

fn epoch(snapshot: &Snapshot) -> Value {
    snapshot.epochs.schedule().map_or(Value::Null, |epoch| {
        json!({
            "tempo": epoch.tempo.to_string(),
            "last_epoch_block": epoch.last_epoch_block.to_string(),
            "pending_epoch_at": epoch.pending_epoch_at.to_string(),
            "subnet_epoch_index": epoch.subnet_epoch_index.to_string(),
            "blocks_since_last_step": epoch.blocks_since_last_step.to_string(),
        })
    })
}

fn commitment(commitment: &Commitment) -> (String, Value) {
    let fields: Vec<Value> = commitment.fields.iter().map(field).collect();
    let value = json!({
        "block": commitment.block.to_string(),
        "deposit": commitment.deposit.to_string(),
        "fields": fields,
    });
    (commitment.hotkey.to_string(), value)
}

fn field(field: &CommitmentField) -> Value {
    let bytes = |kind: &str, bytes: &[u8]| json!({ "kind": kind, "bytes": hex(bytes) });
    let timelocked = |kind: &str, encrypted: &[u8], round: &u64| json!({ "kind": kind, "bytes": hex(encrypted), "reveal_round": round.to_string() });
    match field {
        CommitmentField::None => json!({ "kind": "None" }),
        CommitmentField::Raw(raw) => bytes("Raw", raw),
        CommitmentField::BigRaw(raw) => bytes("BigRaw", raw),
        CommitmentField::BlakeTwo256(hash) => bytes("BlakeTwo256", hash),
        CommitmentField::Sha256(hash) => bytes("Sha256", hash),
        CommitmentField::Keccak256(hash) => bytes("Keccak256", hash),
        CommitmentField::ShaThree256(hash) => bytes("ShaThree256", hash),
        CommitmentField::TimelockEncrypted {
            encrypted,
            reveal_round,
        } => timelocked("TimelockEncrypted", encrypted, reveal_round),
        CommitmentField::TimelockRevealFailed {
            encrypted,
            reveal_round,
        } => timelocked("TimelockRevealFailed", encrypted, reveal_round),
        CommitmentField::ResetBondsFlag => json!({ "kind": "ResetBondsFlag" }),
        CommitmentField::Unknown(kind) => json!({ "kind": kind }),
        _ => Value::Null,
    }
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
