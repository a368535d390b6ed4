//! What happens in the dev world before an epoch: validators set weights, and reserves grow.

use rand::Rng;

use super::{
    accounts::{alice, draws, issue_to_reserve},
    scores::{self, jitter, upscaled},
    subnet,
};
use crate::{
    node::{dispatch::Context, epoch},
    runtime::{
        AccountId,
        subtensor::{
            KEYS, LAST_MECHANSIM_STEP_BLOCK, LAST_UPDATE, PENDING_SERVER_EMISSION,
            PENDING_VALIDATOR_EMISSION, SUBNET_ALPHA_IN, SUBNET_ALPHA_IN_EMISSION,
            SUBNET_ALPHA_OUT, SUBNET_ALPHA_OUT_EMISSION, SUBNET_EPOCH_INDEX,
            SUBNET_TAO_IN_EMISSION, SUBNETWORK_N, TEMPO, UIDS, VALIDATOR_PERMIT, WEIGHTS,
        },
    },
    state::State,
};

/// One validator in so many sets weights in an epoch.
const WEIGHTS_EVERY: u64 = 4;
/// The block that weights and scores of the first state are dated at: weights count from the block
/// after a neuron's registration on.
const BEGINNING: u64 = 1;

/// A neuron before an epoch.
struct Neuron {
    uid: u16,
    hotkey: AccountId,
    /// Whether it is one of the world's own validators, and still permitted.
    validates: bool,
    /// How good a miner's work is; 0 for a validator.
    quality: u64,
    last_update: u64,
}

/// A subnet before an epoch.
struct Play<'a> {
    state: &'a mut State,
    seed: u64,
    netuid: u16,
    block: u64,
    index: u64,
    neurons: Vec<Neuron>,
}

/// The epoch that the first block stands after: every validator has set weights, and what a tempo
/// brought was shared out. //Alice's date is left at nothing, so that the first weights that their owner
/// sends are not too early.
pub(super) fn lay_down(state: &mut State, seed: u64, netuid: u16) {
    let mut play = Play::read(state, seed, netuid, BEGINNING, 0);
    play.set_weights(|_, _| true);
    let tempo = u64::from(TEMPO.get(state, (netuid,)));
    let emission = SUBNET_ALPHA_OUT_EMISSION.get(state, (netuid,));
    for pending in [&PENDING_SERVER_EMISSION, &PENDING_VALIDATOR_EMISSION] {
        pending.put(state, (netuid,), emission.saturating_mul(tempo) / 2);
    }
    SUBNET_ALPHA_OUT.mutate(state, (netuid,), |out| {
        *out = out.saturating_add(emission.saturating_mul(tempo));
    });
    let mut context = Context {
        state,
        events: &mut Vec::new(),
    };
    epoch::run(&mut context, netuid, BEGINNING);
    if let Some(uid) = UIDS.find(state, (netuid, alice())) {
        LAST_UPDATE.mutate(state, (netuid,), |updates| {
            if let Some(update) = updates.get_mut(usize::from(uid)) {
                *update = 0;
            }
        });
    }
}

/// What comes before an epoch at `block`, whose slot is yet to be booked. //Alice's weights and dates
/// are left to their owner.
pub(super) fn before_epoch(state: &mut State, seed: u64, netuid: u16, block: u64) {
    let index = SUBNET_EPOCH_INDEX.get(state, (netuid,)).saturating_add(1);
    let elapsed = block.saturating_sub(LAST_MECHANSIM_STEP_BLOCK.get(state, (netuid,)));
    let mut play = Play::read(state, seed, netuid, block, index);
    let alice = alice();
    play.set_weights(|nth, neuron| {
        nth.wrapping_add(index).is_multiple_of(WEIGHTS_EVERY) && neuron.hotkey != alice
    });
    play.grow_reserves(elapsed);
}

impl<'a> Play<'a> {
    fn read(state: &'a mut State, seed: u64, netuid: u16, block: u64, index: u64) -> Self {
        let permits = VALIDATOR_PERMIT.get(state, (netuid,));
        let updates = LAST_UPDATE.get(state, (netuid,));
        let size = SUBNETWORK_N.get(state, (netuid,));
        let neurons = (0..size)
            .map(|uid| {
                let hotkey = KEYS.get(state, (netuid, uid));
                let permit = permits.get(usize::from(uid)).copied().unwrap_or(false);
                let (own, _) = subnet::keys(seed, netuid, uid, size);
                Neuron {
                    uid,
                    validates: permit && subnet::is_validator(uid) && hotkey == own,
                    quality: if subnet::is_validator(uid) {
                        0
                    } else {
                        scores::quality(seed, netuid, uid, index)
                    },
                    last_update: updates.get(usize::from(uid)).copied().unwrap_or(0),
                    hotkey,
                }
            })
            .collect();
        Self {
            state,
            seed,
            netuid,
            block,
            index,
            neurons,
        }
    }

    fn draws(&self, purpose: &str, uid: u16) -> impl Rng + use<> {
        draws(self.seed, purpose, (self.netuid, self.index, uid))
    }

    /// Lets those validators set weights of whom `sets` says so, by their place among the
    /// validators, some blocks before the epoch.
    fn set_weights(&mut self, sets: impl Fn(u64, &Neuron) -> bool) {
        let tempo = u64::from(TEMPO.get(self.state, (self.netuid,)));
        let miners: Vec<_> = self.neurons.iter().map(|n| (n.uid, n.quality)).collect();
        let setters: Vec<_> = (0u64..)
            .zip(self.neurons.iter().filter(|n| subnet::is_validator(n.uid)))
            .filter(|(nth, neuron)| neuron.validates && sets(*nth, neuron))
            .map(|(_, neuron)| neuron.uid)
            .collect();
        for uid in setters {
            let mut draws = self.draws("weights", uid);
            let ago = draws.random_range(1..=tempo.max(2) / 2);
            let row: Vec<_> = miners
                .iter()
                .map(|(uid, quality)| (*uid, jitter(&mut draws, *quality, 100)))
                .collect();
            WEIGHTS.put(self.state, (self.netuid, uid), upscaled(&row));
            if let Some(neuron) = self.neurons.get_mut(usize::from(uid)) {
                let date = self.block.saturating_sub(ago).max(BEGINNING);
                neuron.last_update = neuron.last_update.max(date);
            }
        }
        let dates = self.neurons.iter().map(|n| n.last_update).collect();
        LAST_UPDATE.put(self.state, (self.netuid,), dates);
    }

    /// Puts what the subnet was given in `elapsed` blocks into its reserves.
    fn grow_reserves(&mut self, elapsed: u64) {
        let key = (self.netuid,);
        let tao = SUBNET_TAO_IN_EMISSION.get(self.state, key);
        let alpha = SUBNET_ALPHA_IN_EMISSION.get(self.state, key);
        issue_to_reserve(self.state, self.netuid, tao.saturating_mul(elapsed));
        SUBNET_ALPHA_IN.mutate(self.state, key, |reserve| {
            *reserve = reserve.saturating_add(alpha.saturating_mul(elapsed));
        });
    }
}
