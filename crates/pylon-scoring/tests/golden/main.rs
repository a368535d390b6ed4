//! Epochs that the real runtime of June 2026 ran on small states, and what it stored.
//!
//! `golden_epochs.json` is read from the folder that `PYLON_VECTORS_DIR` names, else from the crate's
//! own copy.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

mod raw;
mod subnet;

use std::{env, fs, path::PathBuf};

use codec::Encode;
use pylon_models::{Rao, Ratio};
use pylon_scoring::consensus::{Epoch, epoch};
use serde::Deserialize;

use crate::{
    raw::{Hex, Raw},
    subnet::Read,
};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    netuid: u16,
    block: u64,
    emission: u64,
    set: Vec<(Hex, Option<Hex>)>,
    read: Vec<(Hex, Option<Hex>, String)>,
}

fn golden() -> Golden {
    let folder = env::var_os("PYLON_VECTORS_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")),
        PathBuf::from,
    );
    let text = fs::read_to_string(folder.join("golden_epochs.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn ratios(values: &[Ratio]) -> Vec<u16> {
    values.iter().map(|value| value.get()).collect()
}

/// What the runtime would store of an epoch, in its encoding. Neurons without a hotkey are left out,
/// which moves the later ones up.
fn stored(item: &str, index: u16, uid: Option<u16>, read: &Read, epoch: &Epoch) -> Option<Vec<u8>> {
    let mechanism = &epoch.mechanisms[usize::from(index / 4_096)];
    let merged = &epoch.merged;
    let column = |values: Vec<u16>| -> Option<Vec<u8>> { Some(read.with_keys(&values).encode()) };
    match item {
        "Active" => Some(read.with_keys(&merged.active).encode()),
        "ValidatorPermit" => Some(read.with_keys(&merged.permits).encode()),
        "StakeWeight" => column(ratios(&merged.stake_weight)),
        "Consensus" => column(ratios(&merged.consensus)),
        "ValidatorTrust" => column(ratios(&merged.validator_trust)),
        "Dividends" => column(ratios(&merged.dividends)),
        "Incentive" => column(ratios(&mechanism.incentive)),
        "Emission" => {
            let amounts: Vec<u64> = merged.emission.iter().map(|rao| rao.get()).collect();
            Some(read.with_keys(&amounts).encode())
        }
        "Bonds" => {
            let rows = read.with_keys(&mechanism.bonds);
            let row = rows.get(usize::from(uid.unwrap()))?;
            let row: Vec<_> = row.iter().map(|(uid, bond)| (uid.get(), *bond)).collect();
            Some(row.encode())
        }
        _ => panic!("nobody said what {item} is"),
    }
}

#[test]
fn consensus_of_every_recorded_epoch_is_exact() {
    let golden = golden();
    assert!(golden.cases.len() >= 80, "{} cases", golden.cases.len());
    let (mut compared, mut wrong) = (0, Vec::new());
    for (nth, case) in golden.cases.iter().enumerate() {
        let raw = Raw::new(&case.set);
        let read = Read::new(&raw, case.netuid, case.block);
        let emission = Rao::new(case.emission);
        let epoch = epoch(
            &read.subnet,
            &read.mechanisms,
            read.parts.as_deref(),
            emission,
        );
        for (key, real, item) in &case.read {
            let (index, uid) = raw::place(key);
            // A row that no neuron fills any more stays what it was.
            let before = raw.bytes(key);
            let here = stored(item, index, uid, &read, &epoch).or(before);
            compared += 1;
            if here.as_deref() != real.as_ref().map(|real| real.0.as_slice()) {
                wrong.push(format!(
                    "case {nth}: {item} {index} {uid:?}: {here:?} {real:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {compared}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
