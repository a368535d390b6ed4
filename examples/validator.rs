//! A whole validator: scores the miners of its subnet by a formula, and sets weights once an epoch.
//!
//! ```sh
//! pylon-service serve --network dev          # says where it listens, and `token dev …`
//! PYLON_TOKEN=… cargo run -p pylon-client --example validator -- http://127.0.0.1:8000 dev
//! ```
//!
//! It holds no key: the service signs, keeps the weights until they stand on chain, and knows when the subnet takes them.
//! What a validator of your own changes is [`quality`].

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeMap;
use std::env;
use std::time::Duration;

use pylon_client::models::Hotkey;
use pylon_client::models::v1::{Neuron, NeuronsBody};
use pylon_client::{Error, Identity, JobState, PylonClient};

/// How much of a score is the last measurement; the rest is what was there before.
const NEWEST: f64 = 0.3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:8000".into());
    let name = arguments.next().unwrap_or_else(|| "dev".into());
    let token = env::var("PYLON_TOKEN")?;
    // Which subnet an identity serves is the service's to say.
    let client = PylonClient::builder().url(&url).build()?;
    let identities = client.identities().await?.identities;
    let netuid = *identities
        .get(&name.parse()?)
        .ok_or("the service has no such identity")?;
    let client = PylonClient::builder()
        .url(url)
        .identity(&name, netuid, token)
        .build()?;
    let identity = client.identity(&name)?;

    let mut scores = BTreeMap::new();
    let mut done = None;
    loop {
        match turn(&identity, &mut scores, done).await {
            Ok(epoch) => done = Some(epoch),
            Err(error) if error.retry().is_worthwhile() => println!("later: {error}"),
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Sets weights if the epoch is a new one, and returns which one it is.
async fn turn(
    identity: &Identity,
    scores: &mut BTreeMap<Hotkey, f64>,
    done: Option<u64>,
) -> Result<u64, Error> {
    let epoch = identity.epoch().latest().await?.epoch_index;
    if done == Some(epoch) {
        return Ok(epoch);
    }
    let subnet = identity.neurons().latest().await?;
    update(scores, &subnet);
    if scores.values().all(|score| *score == 0.0) {
        println!("epoch {epoch}: no miner has earned anything");
        return Ok(epoch);
    }
    let job = identity
        .set_weights(scores.iter().map(|(hotkey, score)| (*hotkey, *score)))
        .await?
        .job_id;
    // From here on the weights are the service's to bring on chain; this only looks on.
    let receipt = identity
        .wait_until(&job, JobState::Finalized, Duration::from_secs(60))
        .await?;
    let why = receipt.error.map(|error| format!(": {}", error.name));
    println!(
        "epoch {epoch}, block {}: weights for {} miners are {}{}",
        subnet.block.number,
        scores.len(),
        receipt.state,
        why.unwrap_or_default(),
    );
    Ok(epoch)
}

/// Moves each miner's score towards what it is worth now, and forgets those that have left.
fn update(scores: &mut BTreeMap<Hotkey, f64>, subnet: &NeuronsBody) {
    let miners = subnet.neurons.iter();
    *scores = miners
        .filter(|neuron| !neuron.validator_permit)
        .map(|miner| {
            let now = quality(miner);
            let before = scores.get(&miner.hotkey).copied().unwrap_or(now);
            (miner.hotkey, NEWEST * now + (1.0 - NEWEST) * before)
        })
        .collect();
}

/// What a miner is worth: here that it can be reached, and a little more for the alpha that stands behind it. A subnet asks
/// its miners something instead, in requests that `identity.sign_request` signs.
fn quality(miner: &Neuron) -> f64 {
    if miner.axon_info.port == 0 {
        return 0.0;
    }
    1.0 + miner.stakes.alpha.max(0.0).ln_1p() / 10.0
}
