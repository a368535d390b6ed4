//! What an epoch does in the dev world. It is a play, not consensus: the values keep the shape
//! that Yuma's have, and the next epoch's differ a little.

use rand::Rng;

use super::{
    accounts::{COIN, alice, draws, issue_to_reserve},
    scores::{self, WHOLE, jitter, shares, upscaled},
};
use crate::{
    runtime::{
        AccountId,
        subtensor::{
            ACTIVE, ALPHA_DIVIDENDS_PER_SUBNET, BONDS, CONSENSUS, DIVIDENDS, EMISSION, INCENTIVE,
            KEYS, LAST_MECHANSIM_STEP_BLOCK, LAST_UPDATE, STAKE_WEIGHT, SUBNET_ALPHA_IN,
            SUBNET_ALPHA_IN_EMISSION, SUBNET_ALPHA_OUT, SUBNET_EPOCH_INDEX, SUBNET_TAO_IN_EMISSION,
            SUBNETWORK_N, TEMPO, TOTAL_HOTKEY_ALPHA, VALIDATOR_PERMIT, VALIDATOR_TRUST, WEIGHTS,
            hyperparams::activity_cutoff, stake::stake_of,
        },
    },
    state::State,
};

/// Alpha for miners and validators in a block, rao: what the owner's cut of 18 % leaves of one.
const EMISSION_PER_BLOCK: u64 = COIN * 82 / 100;
/// One validator in so many sets weights in an epoch.
const WEIGHTS_EVERY: u64 = 4;

/// A neuron in an epoch.
struct Neuron {
    uid: u16,
    hotkey: AccountId,
    permit: bool,
    /// Stake weight, rao.
    stake: u64,
    /// How good a miner's work is; 0 for a validator.
    quality: u64,
    last_update: u64,
}

/// A subnet in an epoch.
struct Epoch<'a> {
    state: &'a mut State,
    seed: u64,
    netuid: u16,
    block: u64,
    index: u64,
    neurons: Vec<Neuron>,
}

/// The epoch that the first block stands after: every validator has set weights.
pub(super) fn lay_down(state: &mut State, seed: u64, netuid: u16) {
    let mut epoch = Epoch::read(state, seed, netuid, 0, 0);
    epoch.set_weights(|_, _| true);
    epoch.score(u64::from(TEMPO.get(epoch.state, (netuid,))));
}

/// An epoch at `block`, whose slot is yet to be booked. //Alice's weights and dates are left to their
/// owner.
pub(super) fn run_epoch(state: &mut State, seed: u64, netuid: u16, block: u64) {
    let index = SUBNET_EPOCH_INDEX.get(state, (netuid,)).saturating_add(1);
    let mut epoch = Epoch::read(state, seed, netuid, block, index);
    let (index, alice) = (epoch.index, alice());
    epoch.set_weights(|nth, neuron| {
        nth.wrapping_add(index).is_multiple_of(WEIGHTS_EVERY) && neuron.hotkey != alice
    });
    let elapsed = block.saturating_sub(LAST_MECHANSIM_STEP_BLOCK.get(epoch.state, (netuid,)));
    epoch.grow_reserves(elapsed);
    epoch.score(elapsed);
}

impl<'a> Epoch<'a> {
    fn read(state: &'a mut State, seed: u64, netuid: u16, block: u64, index: u64) -> Self {
        let permits = VALIDATOR_PERMIT.get(state, (netuid,));
        let updates = LAST_UPDATE.get(state, (netuid,));
        let neurons = (0..SUBNETWORK_N.get(state, (netuid,)))
            .map(|uid| {
                let hotkey = KEYS.get(state, (netuid, uid));
                let permit = permits.get(usize::from(uid)).copied().unwrap_or(false);
                Neuron {
                    uid,
                    permit,
                    stake: stake_of(state, netuid, &hotkey).total,
                    quality: if permit {
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
            .zip(self.neurons.iter().filter(|n| n.permit))
            .filter(|(nth, neuron)| sets(*nth, neuron))
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
                neuron.last_update = neuron.last_update.max(self.block.saturating_sub(ago));
            }
        }
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

    /// Scores everyone and pays out what `elapsed` blocks brought.
    fn score(&mut self, elapsed: u64) {
        let cutoff = activity_cutoff(self.state, self.netuid);
        let block = self.block;
        let active = |n: &Neuron| n.last_update.saturating_add(cutoff) >= block;
        let mut draws = self.draws("scores", 0);
        let qualities = self.column(|n| n.quality);
        let incentive = shares(&self.column(|n| jitter(&mut draws, n.quality, 20)));
        let dividends = shares(&self.column(|n| {
            let earns = n.permit && active(n);
            if earns {
                jitter(&mut draws, n.stake, 30)
            } else {
                0
            }
        }));
        let trust = self.column(|n| {
            if n.permit {
                draws.random_range(58_000..=WHOLE)
            } else {
                0
            }
        });
        let key = (self.netuid,);
        ACTIVE.put(self.state, key, self.column(active));
        LAST_UPDATE.put(self.state, key, self.column(|n| n.last_update));
        STAKE_WEIGHT.put(self.state, key, shares(&self.column(|n| n.stake)));
        CONSENSUS.put(self.state, key, shares(&qualities));
        VALIDATOR_TRUST.put(self.state, key, trust);
        self.bond();
        let budget = EMISSION_PER_BLOCK.saturating_mul(elapsed);
        self.pay(&incentive, &dividends, budget);
        INCENTIVE.put(self.state, key, incentive);
        DIVIDENDS.put(self.state, key, dividends);
    }

    fn column<T>(&self, value: impl FnMut(&Neuron) -> T) -> Vec<T> {
        self.neurons.iter().map(value).collect()
    }

    /// Bonds go with stake; the greatest on each miner is 65535.
    fn bond(&mut self) {
        let validators = || self.neurons.iter().filter(|n| n.permit);
        let greatest = validators().map(|n| n.stake).max().unwrap_or(0);
        let rows: Vec<_> = validators()
            .map(|validator| {
                let mut draws = self.draws("bonds", validator.uid);
                let least = if validator.stake == greatest {
                    1_000
                } else {
                    900
                };
                let share = u64::from(scores::ratio(validator.stake, greatest.into()));
                let row = self.neurons.iter().filter(|n| n.quality > 0).map(|miner| {
                    let bond = share * draws.random_range(least..=1_000) / 1_000;
                    (miner.uid, u16::try_from(bond).unwrap_or(WHOLE))
                });
                (validator.uid, row.collect())
            })
            .collect();
        for (uid, row) in rows {
            BONDS.put(self.state, (self.netuid, uid), row);
        }
    }

    /// Shares `budget` by incentive and dividends and adds it to the stakes.
    fn pay(&mut self, incentive: &[u16], dividends: &[u16], budget: u64) {
        let scores: Vec<u64> = incentive
            .iter()
            .zip(dividends)
            .map(|(incentive, dividend)| u64::from(*incentive) + u64::from(*dividend))
            .collect();
        let sum: u64 = scores.iter().sum();
        let paid: Vec<u64> = scores
            .iter()
            .map(|score| u128::from(*score) * u128::from(budget) / u128::from(sum.max(1)))
            .map(|part| u64::try_from(part).unwrap_or(budget))
            .collect();
        for (neuron, amount) in self.neurons.iter().zip(&paid) {
            let stake = (neuron.hotkey.clone(), self.netuid);
            if *amount > 0 {
                TOTAL_HOTKEY_ALPHA.mutate(self.state, stake, |s| *s = s.saturating_add(*amount));
            }
            if neuron.permit {
                let dividend = (self.netuid, neuron.hotkey.clone());
                ALPHA_DIVIDENDS_PER_SUBNET.put(self.state, dividend, *amount);
            }
        }
        let total = paid.iter().sum();
        SUBNET_ALPHA_OUT.mutate(self.state, (self.netuid,), |out| {
            *out = out.saturating_add(total);
        });
        EMISSION.put(self.state, (self.netuid,), paid);
    }
}
