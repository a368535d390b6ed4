//! From scores to the vector that a validator sends: quantised to u16, held to the subnet's limits.
//!
//! [`conform`] is what the Python SDK 11 does and what Pylon sends by default; [`compat`] is what the SDKs 9 and
//! 10 did, oddities included; [`chain`] is what the runtime makes of a vector that it is given. All are exact to
//! the bit.
//!
//! ```
//! use pylon_models::Uid;
//! use pylon_scoring::weights::{Limits, conform};
//!
//! let scores = [(Uid::new(3), 0.5), (Uid::new(1), 0.25), (Uid::new(9), 1e-9)];
//! let sent = conform(&scores, &Limits { own_uid: None, min_allowed: 1, max_limit: u16::MAX })?;
//! assert_eq!(sent.uids, [Uid::new(1), Uid::new(3)]);
//! assert_eq!(sent.values, [32768, 65535]);
//! # Ok::<(), pylon_scoring::weights::WeightsError>(())
//! ```

use pylon_models::Uid;

pub mod chain;
pub mod compat;

/// A vector as it is sent: as many values as uids, none of them 0, the greatest 65535.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quantised {
    /// The miners.
    pub uids: Vec<Uid>,
    /// What each gets, of 65535.
    pub values: Vec<u16>,
}

/// What a subnet asks of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The validator's own uid: a vector that names it alone is held to no limit.
    pub own_uid: Option<Uid>,
    /// How many weights there must be (`MinAllowedWeights`).
    pub min_allowed: u16,
    /// How much of the sum one may have, of 65535 (`MaxWeightsLimit`).
    pub max_limit: u16,
}

impl Limits {
    fn exempt(&self, weights: &[(Uid, f64)]) -> bool {
        matches!((weights, self.own_uid), ([(uid, _)], Some(own)) if *uid == own)
    }

    /// The share that one weight may have, or none when it may have all.
    fn share(&self) -> Option<f64> {
        (self.max_limit < u16::MAX).then(|| f64::from(self.max_limit) / f64::from(u16::MAX))
    }

    fn check_count(&self, found: usize) -> Result<(), WeightsError> {
        if found < usize::from(self.min_allowed) {
            return Err(WeightsError::TooFew {
                required: self.min_allowed,
                found,
            });
        }
        Ok(())
    }
}

/// Why there is no vector to send.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A weight is negative, infinite or no number.
    #[error("the weight of uid {uid} is {weight}: weights are finite and not negative")]
    NotAWeight {
        /// Whose.
        uid: Uid,
        /// The weight.
        weight: f64,
    },
    /// A uid stands there twice.
    #[error("uid {0} has two weights")]
    Twice(Uid),
    /// There is nothing to set.
    #[error("all weights are zero")]
    AllZero,
    /// The subnet asks for more weights.
    #[error("the subnet asks for at least {required} weights, only {found} are not zero")]
    TooFew {
        /// How many it asks for.
        required: u16,
        /// How many there are after rounding.
        found: usize,
    },
    /// A weight that is to be sent as it is, is no integer up to 65535.
    #[error("the weight of uid {uid} is {weight}: raw weights are integers of at most 65535")]
    NotRaw {
        /// Whose.
        uid: Uid,
        /// The weight.
        weight: f64,
    },
    /// Weights that are to be sent as they are give one more than the subnet allows.
    #[error("one weight has more than {limit}/65535 of the sum")]
    OverLimit {
        /// How much it may have.
        limit: u16,
    },
}

/// Makes a vector that the subnet accepts: sorted by uid, no share above the limit, quantised.
///
/// # Errors
/// When a weight is no weight, a uid stands there twice, all are zero or too few are left.
pub fn conform(weights: &[(Uid, f64)], limits: &Limits) -> Result<Quantised, WeightsError> {
    let weights = sorted(weights)?;
    let exempt = limits.exempt(&weights);
    let quantised = match limits.share() {
        Some(share) if !exempt => {
            let bare: Vec<f64> = weights.iter().map(|&(_, weight)| weight).collect();
            let clipped = clip(&bare, share)?;
            let uids = weights.iter().map(|&(uid, _)| uid);
            quantise(&uids.zip(clipped).collect::<Vec<_>>())?
        }
        _ => quantise(&weights)?,
    };
    if quantised.uids.is_empty() {
        return Err(WeightsError::AllZero);
    }
    if !exempt {
        limits.check_count(quantised.uids.len())?;
    }
    Ok(quantised)
}

/// Takes integers as they are, for subnets that pay by the exact ratio (`SubnetEpochConsensus` = `Null`).
///
/// # Errors
/// As [`conform`]; and when a weight is no integer up to 65535, or too much of the sum.
pub fn conform_raw(weights: &[(Uid, f64)], limits: &Limits) -> Result<Quantised, WeightsError> {
    let weights = sorted(weights)?;
    let mut raw = Quantised::default();
    for &(uid, weight) in &weights {
        let value = to_u16(weight).filter(|&value| f64::from(value) == weight);
        let value = value.ok_or(WeightsError::NotRaw { uid, weight })?;
        if value > 0 {
            raw.uids.push(uid);
            raw.values.push(value);
        }
    }
    let total: f64 = raw.values.iter().copied().map(f64::from).sum();
    let Some(greatest) = raw.values.iter().copied().max() else {
        return Err(WeightsError::AllZero);
    };
    if limits.exempt(&weights) {
        return Ok(raw);
    }
    if limits
        .share()
        .is_some_and(|share| f64::from(greatest) / total > share)
    {
        return Err(WeightsError::OverLimit {
            limit: limits.max_limit,
        });
    }
    limits.check_count(raw.uids.len())?;
    Ok(raw)
}

/// Scales the greatest weight to 65535, rounds half to even and leaves out what comes to 0. The order stays.
///
/// # Errors
/// When a weight is negative, infinite or no number.
pub fn quantise(weights: &[(Uid, f64)]) -> Result<Quantised, WeightsError> {
    let mut greatest = 0.0_f64;
    for &(uid, weight) in weights {
        if !weight.is_finite() || weight < 0.0 {
            return Err(WeightsError::NotAWeight { uid, weight });
        }
        greatest = greatest.max(weight);
    }
    Ok(scaled(weights.iter().copied(), greatest))
}

/// What each weight is of the greatest one, in 65535ths rounded half to even; without those that come to 0.
fn scaled(weights: impl IntoIterator<Item = (Uid, f64)>, greatest: f64) -> Quantised {
    let mut quantised = Quantised::default();
    if greatest == 0.0 {
        return quantised;
    }
    for (uid, weight) in weights {
        let scaled = (weight / greatest * f64::from(u16::MAX)).round_ties_even();
        if let Some(value @ 1..) = to_u16(scaled) {
            quantised.uids.push(uid);
            quantised.values.push(value);
        }
    }
    quantised
}

/// Normalises, so that the sum is 1 and no weight exceeds `limit`, cutting the greatest down to one height.
/// Where that cannot be, all get the same.
///
/// # Errors
/// When all weights are zero.
pub fn clip(weights: &[f64], limit: f64) -> Result<Vec<f64>, WeightsError> {
    const EPSILON: f64 = 1e-7;
    let total = sum(weights);
    if total == 0.0 {
        return Err(WeightsError::AllZero);
    }
    let count = to_f64(weights.len());
    if count * limit <= 1.0 {
        return Ok(vec![1.0 / count; weights.len()]);
    }
    let mut shares: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    shares.sort_by(f64::total_cmp);
    if shares.last().is_some_and(|&greatest| greatest <= limit) {
        return Ok(weights.iter().map(|weight| weight / total).collect());
    }
    let mut cumulated = Vec::with_capacity(shares.len());
    let mut so_far = 0.0;
    for share in &shares {
        so_far += share;
        cumulated.push(so_far);
    }
    let kept = shares
        .iter()
        .zip(&cumulated)
        .enumerate()
        .filter(|&(i, (share, cumulated))| {
            let above = to_f64(shares.len() - i - 1);
            share / (above * share + cumulated + EPSILON) < limit
        })
        .count();
    let below = kept
        .checked_sub(1)
        .and_then(|last| cumulated.get(last))
        .or(cumulated.last())
        .copied()
        .unwrap_or_default();
    let cut = to_f64(shares.len() - kept);
    let cutoff = (limit * below - EPSILON) / (1.0 - limit * cut) * total;
    let clipped: Vec<f64> = weights.iter().map(|&weight| weight.min(cutoff)).collect();
    let total = sum(&clipped);
    Ok(clipped.iter().map(|weight| weight / total).collect())
}

fn sorted(weights: &[(Uid, f64)]) -> Result<Vec<(Uid, f64)>, WeightsError> {
    let mut weights = weights.to_vec();
    weights.sort_by_key(|&(uid, _)| uid);
    for pair in weights.windows(2) {
        if let [(first, _), (second, _)] = pair
            && first == second
        {
            return Err(WeightsError::Twice(*first));
        }
    }
    if let Some(&(uid, weight)) = weights
        .iter()
        .find(|(_, weight)| !weight.is_finite() || *weight < 0.0)
    {
        return Err(WeightsError::NotAWeight { uid, weight });
    }
    Ok(weights)
}

/// From left to right, as Python up to 3.11 sums.
fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, value| sum + value)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a subnet has at most 65,536 neurons, far below 2^53"
)]
fn to_f64(count: usize) -> f64 {
    count as f64
}

/// The integer that a float holds, if it fits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked, a fraction is cut"
)]
fn to_u16(value: f64) -> Option<u16> {
    (0.0..=f64::from(u16::MAX))
        .contains(&value)
        .then_some(value as u16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weights() -> impl Strategy<Value = Vec<(Uid, f64)>> {
        proptest::collection::btree_map(any::<u16>().prop_map(Uid::new), 0.0..1e9_f64, 1..300)
            .prop_map(|weights| weights.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_vector_is_sorted_has_no_zero_and_its_greatest_is_full(weights in weights(), max_limit in 300_u16..) {
            let limits = Limits { own_uid: None, min_allowed: 0, max_limit };
            match conform(&weights, &limits) {
                Ok(sent) => {
                    prop_assert!(sent.uids.is_sorted_by(|a, b| a < b));
                    prop_assert_eq!(sent.uids.len(), sent.values.len());
                    prop_assert!(sent.values.iter().all(|&value| value > 0));
                    prop_assert_eq!(sent.values.iter().max(), Some(&u16::MAX));
                    // What the chain makes of it is the same again.
                    prop_assert_eq!(&chain::upscale(&sent.values), &sent.values);
                }
                Err(error) => prop_assert_eq!(error, WeightsError::AllZero),
            }
        }

        #[test]
        fn a_greater_weight_never_gets_less(weights in weights(), max_limit in 300_u16..) {
            let limits = Limits { own_uid: None, min_allowed: 0, max_limit };
            if let Ok(sent) = conform(&weights, &limits) {
                let got = |uid| sent.uids.binary_search(&uid).map_or(0, |at| sent.values[at]);
                for pair in weights.windows(2) {
                    let [(a, of_a), (b, of_b)] = pair else { unreachable!() };
                    prop_assert!((of_a <= of_b && got(*a) <= got(*b)) || (of_a >= of_b && got(*a) >= got(*b)));
                }
            }
        }

        #[test]
        fn clipped_weights_sum_to_one_and_stay_under_the_limit(weights in weights(), limit in 0.001..1.0_f64) {
            let bare: Vec<f64> = weights.iter().map(|&(_, weight)| weight).collect();
            if let Ok(clipped) = clip(&bare, limit) {
                prop_assert!((sum(&clipped) - 1.0).abs() < 1e-9);
                let allowed = limit.max(1.0 / to_f64(bare.len()));
                prop_assert!(clipped.iter().all(|&weight| weight <= allowed + 1e-6));
            }
        }
    }
}
