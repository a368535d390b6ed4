//! What neurons have committed: fields of every length and kind that readers meet.

use codec::Encode;
use rand::RngCore;
use sp_runtime::BoundedVec;

use crate::{
    runtime::{
        commitments::{
            COMMITMENT_OF, CommitmentInfo, Data, LAST_COMMITMENT, REVEALED_COMMITMENTS,
            Registration, TIMELOCKED_INDEX, USED_SPACE_OF, UsageTracker,
        },
        subtensor::KEYS,
    },
    state::State,
    world::accounts::draws,
};

/// The drand round at which timelocked fields open, some ninety years off.
const ROUND: u64 = 1_000_000_000;
/// The least space that a commitment counts for.
const LEAST_SPACE: u64 = 100;

/// Lets some miners of a subnet of `size` neurons commit something.
pub(super) fn build(state: &mut State, seed: u64, netuid: u16, size: u16) {
    for uid in 0..size {
        let fields = fields(seed, netuid, uid);
        let revealed = revealed(netuid, uid);
        let key = (netuid, KEYS.get(state, (netuid, uid)));
        if !revealed.is_empty() {
            REVEALED_COMMITMENTS.put(state, key.clone(), revealed);
        }
        if fields.is_empty() {
            continue;
        }
        let timelocked = |field: &Data| matches!(field, Data::TimelockEncrypted { .. });
        if fields.iter().any(timelocked) {
            TIMELOCKED_INDEX.mutate(state, (), |index| index.insert(key.clone()));
        }
        let length: usize = fields.iter().map(Encode::encoded_size).sum();
        let used_space = u64::try_from(length).unwrap_or(u64::MAX).max(LEAST_SPACE);
        let usage = UsageTracker {
            last_epoch: 0,
            used_space,
        };
        USED_SPACE_OF.put(state, key.clone(), usage);
        LAST_COMMITMENT.put(state, key.clone(), 0);
        let registration = Registration {
            deposit: 0,
            block: 0,
            info: CommitmentInfo {
                fields: BoundedVec::truncate_from(fields),
            },
        };
        COMMITMENT_OF.put(state, key, registration);
    }
}

fn raw(bytes: impl Into<Vec<u8>>) -> Data {
    Data::Raw(BoundedVec::truncate_from(bytes.into()))
}

fn fields(seed: u64, netuid: u16, uid: u16) -> Vec<Data> {
    let noise = |length: usize| {
        let mut bytes = vec![0; length];
        draws(seed, "commitment", (netuid, uid)).fill_bytes(&mut bytes);
        bytes
    };
    match uid % 16 {
        1 => vec![raw(format!("https://example.com/models/{netuid}/{uid}"))],
        2 => vec![raw([b'x'; 128])],
        3 => vec![raw("model"), raw([]), Data::BlakeTwo256([7; 32])],
        5 => vec![Data::BigRaw(BoundedVec::truncate_from(noise(512)))],
        // Nothing opens this: it is noise of a ciphertext's length.
        6 => vec![Data::TimelockEncrypted {
            encrypted: BoundedVec::truncate_from(noise(300)),
            reveal_round: ROUND,
        }],
        _ => Vec::new(),
    }
}

/// What was timelocked once, as (plaintext, block): a text as the SDK packs it, then plain bytes.
fn revealed(netuid: u16, uid: u16) -> Vec<(Vec<u8>, u64)> {
    if uid % 16 == 7 {
        let text = format!("revealed on {netuid} by {uid}");
        vec![(text.encode(), 0), (text.into_bytes(), 0)]
    } else {
        Vec::new()
    }
}
