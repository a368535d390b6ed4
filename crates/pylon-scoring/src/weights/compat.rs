//! What the Python SDKs 9 and 10 made of scores (`process_weights` and the conversion before sending), bit for bit:
//! for validators that were tuned to it. The oddities are theirs.

mod numpy;

use numpy::Float;
use pylon_models::Uid;

use super::{Quantised, scaled, to_f64};

/// Weights after processing: numpy's type depends on the way taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// `float32`.
    Single(Vec<f32>),
    /// `float64`.
    Double(Vec<f64>),
}

impl Weights {
    /// As doubles, which is how they are quantised.
    #[must_use]
    pub fn to_doubles(&self) -> Vec<f64> {
        match self {
            Self::Single(weights) => weights.iter().copied().map(f64::from).collect(),
            Self::Double(weights) => weights.clone(),
        }
    }
}

/// What a subnet asked of a vector, as `process_weights` took it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// How many neurons the subnet has.
    pub neurons: u16,
    /// `MinAllowedWeights`.
    pub min_allowed: u16,
    /// The share that one weight may have.
    pub max_limit: f64,
    /// How many of 65535 of the lowest weights are left out.
    pub exclude_quantile: u16,
}

/// Why nothing can be sent: the SDK raised a `ValueError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// There are no weights.
    #[error("there are no weights")]
    Empty,
    /// A weight is negative.
    #[error("a weight is negative")]
    Negative,
    /// A weight is infinite or no number.
    #[error("a weight is infinite or no number")]
    NotFinite,
}

/// `process_weights`: positive weights only, at least `min_allowed` of them, none above the limit.
///
/// Weights that are zero, negative or no number are left out silently. With fewer neurons than `min_allowed`, or no
/// positive weight, all neurons get the same; with fewer positive weights than `min_allowed`, every neuron gets
/// 0.00001 and the weights are added by their position in the list, not by uid.
#[must_use]
pub fn process(uids: &[Uid], weights: &[f64], rules: &Rules) -> (Vec<Uid>, Weights) {
    let single: Vec<f32> = weights
        .iter()
        .map(|&weight| numpy::to_single(weight))
        .collect();
    let positive: Vec<(usize, Uid, f32)> = uids
        .iter()
        .zip(&single)
        .enumerate()
        .filter(|(_, (_, weight))| **weight > 0.0)
        .map(|(at, (uid, weight))| (at, *uid, *weight))
        .collect();
    let everyone = || (0..rules.neurons).map(Uid::new).collect::<Vec<_>>();
    if positive.is_empty() || rules.neurons < rules.min_allowed {
        let share = 1.0 / f64::from(rules.neurons);
        return (
            everyone(),
            Weights::Double(vec![share; rules.neurons.into()]),
        );
    }
    if positive.len() < usize::from(rules.min_allowed) {
        let mut filled = vec![1e-5; rules.neurons.into()];
        for &(at, _, weight) in &positive {
            if let Some(filled) = filled.get_mut(at) {
                *filled += f64::from(weight);
            }
        }
        return (
            everyone(),
            Weights::Double(normalise_max_weight(&filled, rules.max_limit)),
        );
    }
    let count = to_f64(positive.len());
    let spare = positive.len().saturating_sub(rules.min_allowed.into());
    let quantile =
        (f64::from(rules.exclude_quantile) / f64::from(u16::MAX)).min(to_f64(spare) / count);
    let lowest = numpy::quantile(
        positive.iter().map(|&(_, _, weight)| weight).collect(),
        quantile,
    );
    let (uids, kept): (Vec<Uid>, Vec<f32>) = positive
        .iter()
        .filter(|&&(_, _, weight)| lowest <= weight)
        .map(|&(_, uid, weight)| (uid, weight))
        .unzip();
    (
        uids,
        Weights::Single(normalise_max_weight(&kept, rules.max_limit)),
    )
}

/// `convert_weights_and_uids_for_emit`: scales the greatest to 65535, rounds half to even, leaves out what comes to
/// 0. The same uid may stand there twice.
///
/// # Errors
/// Where the SDK raised one.
pub fn emit(uids: &[Uid], weights: &[f64]) -> Result<Quantised, EmitError> {
    if weights.is_empty() {
        return Err(EmitError::Empty);
    }
    if weights.iter().any(|&weight| weight < 0.0) {
        return Err(EmitError::Negative);
    }
    if !weights.iter().all(|weight| weight.is_finite()) {
        return Err(EmitError::NotFinite);
    }
    let greatest = weights.iter().copied().fold(0.0, f64::max);
    let pairs = uids.iter().copied().zip(weights.iter().copied());
    Ok(scaled(pairs, greatest))
}

/// `normalize_max_weight`, in numpy's arithmetic for either type.
#[must_use]
pub fn normalise_max_weight<F: Float>(weights: &[F], limit: f64) -> Vec<F> {
    let count = weights.len();
    let mut sorted = weights.to_vec();
    // As numpy sorts: what is no number last.
    sorted.sort_by(|a, b| {
        a.partial_cmp(b)
            .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
    });
    let total = numpy::pairwise_sum(&sorted);
    let shares: Vec<F> = sorted.iter().map(|&value| value / total).collect();
    let original = numpy::pairwise_sum(weights);
    if original == F::ZERO || to_f64(count) * limit <= 1.0 {
        return vec![F::ONE / F::count(count); count];
    }
    let narrow = F::narrow(limit);
    // A share that is no number makes the greatest one none, and that is below nothing.
    let is_low = !shares.iter().any(|share| share.is_nan())
        && shares.last().is_some_and(|&greatest| greatest <= narrow);
    if is_low {
        return weights.iter().map(|&weight| weight / original).collect();
    }
    let epsilon = F::narrow(1e-7);
    let mut cumulated = Vec::with_capacity(count);
    let mut so_far = F::ZERO;
    for &share in &shares {
        so_far = so_far + share;
        cumulated.push(so_far);
    }
    let kept = shares
        .iter()
        .zip(&cumulated)
        .enumerate()
        .filter(|&(i, (&share, &cumulated))| {
            share / (F::count(count - i - 1) * share + cumulated + epsilon) < narrow
        })
        .count();
    let below = kept
        .checked_sub(1)
        .and_then(|last| cumulated.get(last))
        .or(cumulated.last())
        .copied()
        .unwrap_or(F::ZERO);
    // The count of those cut is a numpy integer, which makes the rest double.
    let numerator = (narrow * below - epsilon).widen();
    let cutoff = numerator / (1.0 - limit * to_f64(count - kept)) * total.widen();
    let clipped: Vec<F> = weights
        .iter()
        .map(|&weight| {
            if weight.widen() > cutoff {
                F::narrow(cutoff)
            } else {
                weight
            }
        })
        .collect();
    let total = numpy::pairwise_sum(&clipped);
    clipped.iter().map(|&weight| weight / total).collect()
}
