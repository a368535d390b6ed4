//! Who counts: stakes, activity and permits.

use super::{
    Mechanism, Subnet,
    fixed::{Fixed, normalized},
};

/// The greatest stake, with 32 fraction bits, that the pallet's numbers hold.
const MAX_STAKE: u128 = (1 << 95) - 1;

/// Where each neuron stands at the start of an epoch, by uid.
pub(super) struct Standing {
    /// Part of all stake, inactive neurons' included.
    pub(super) stake: Vec<Fixed>,
    /// Whether it has set weights lately.
    pub(super) active: Vec<bool>,
    /// Permits that rule this epoch.
    pub(super) permits: Vec<bool>,
    /// Permits from now on.
    pub(super) new_permits: Vec<bool>,
    /// Part of the stake of active validators.
    pub(super) acting: Vec<Fixed>,
}

impl Standing {
    pub(super) fn new(subnet: &Subnet, mechanism: &Mechanism) -> Self {
        let size = subnet.neurons.len();
        let stake = shares(subnet);
        let cutoff = subnet.rules.activity_cutoff;
        let active: Vec<_> = (0..size)
            .map(|uid| mechanism.updated(uid).saturating_add(cutoff) >= subnet.block)
            .collect();
        let mut permits = subnet.permits.clone();
        let mut new_permits = greatest(&stake, subnet.rules.max_validators.into());
        for permits in [&mut permits, &mut new_permits] {
            if let Some(permit) = subnet.owner.and_then(|uid| permits.get_mut(place(uid))) {
                *permit = true;
            }
        }
        let forbidden = |uid: usize| !permits.is_empty() && !is_set(&permits, uid);
        let acting = stake.iter().enumerate().map(|(uid, stake)| {
            let counts = is_set(&active, uid) && !forbidden(uid);
            if counts { *stake } else { Fixed::ZERO }
        });
        Self {
            acting: normalized(acting.collect()),
            active,
            permits,
            new_permits,
            stake,
        }
    }
}

/// The place of a uid in a list by uid.
pub(super) fn place(uid: pylon_models::Uid) -> usize {
    uid.get().into()
}

/// Whether the flag of a uid is set; beyond the end it is not.
pub(super) fn is_set(flags: &[bool], uid: usize) -> bool {
    flags.get(uid).copied().unwrap_or(false)
}

/// Each neuron's part of the stake of those that reach the threshold.
fn shares(subnet: &Subnet) -> Vec<Fixed> {
    let rules = &subnet.rules;
    // The weight is cut before it is used; the fraction of what it makes of the stake is kept.
    let weight = (u128::from(rules.tao_weight) << 32) / u128::from(u64::MAX);
    let owner = subnet.owner.map(place);
    let totals: Vec<u128> = (0..)
        .zip(&subnet.neurons)
        .map(|(uid, neuron)| {
            let total = (u128::from(neuron.alpha.get()) << 32)
                .saturating_add(u128::from(neuron.tao.get()) * weight)
                .min(MAX_STAKE);
            let counts = total >> 32 >= rules.stake_threshold.get().into() || owner == Some(uid);
            if counts { total } else { 0 }
        })
        .collect();
    let sum = totals
        .iter()
        .fold(0u128, |sum, total| (sum + total).min(MAX_STAKE));
    let part = |total: u128| {
        let bits = (total << 32).checked_div(sum).unwrap_or(0);
        Fixed::from_bits(i64::try_from(bits).unwrap_or(i64::MAX))
    };
    totals.into_iter().map(part).collect()
}

/// The neurons with the greatest stakes, if they have any; of equal ones the higher uids.
fn greatest(stake: &[Fixed], count: usize) -> Vec<bool> {
    let mut uids: Vec<_> = (0..).zip(stake).map(|(uid, stake)| (*stake, uid)).collect();
    uids.sort_unstable();
    let mut permits = vec![false; stake.len()];
    for (stake, uid) in uids.into_iter().rev().take(count) {
        if let Some(permit) = permits.get_mut::<usize>(uid) {
            *permit = stake != Fixed::ZERO;
        }
    }
    permits
}
