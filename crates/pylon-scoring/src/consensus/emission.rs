//! What scores are worth, and several mechanisms as one.

use pylon_models::{Rao, Ratio};

use super::{
    Scores,
    fixed::{Fixed, sum},
};

/// A mechanism's emission by uid, rao.
pub(super) struct Parts {
    pub(super) servers: Vec<Rao>,
    pub(super) validators: Vec<Rao>,
    pub(super) combined: Vec<Rao>,
}

/// Shares a mechanism's emission by incentive and dividends; where nobody earned any, among the
/// validators by `idle`.
pub(super) fn parts(
    emission: Rao,
    incentive: &[Fixed],
    dividends: &[Fixed],
    idle: &[Fixed],
) -> Parts {
    let pay = |share: Fixed| Rao::new(share.part_of(emission.get()));
    let combined: Vec<_> = incentive
        .iter()
        .zip(dividends)
        .map(|(incentive, dividend)| incentive.plus(*dividend))
        .collect();
    let whole = sum(combined.iter().copied());
    if whole == Fixed::ZERO {
        let paid: Vec<_> = idle.iter().map(|share| pay(*share)).collect();
        return Parts {
            servers: vec![Rao::ZERO; incentive.len()],
            validators: paid.clone(),
            combined: paid,
        };
    }
    let shared = |scores: &[Fixed]| -> Vec<Rao> {
        let scores = scores.iter();
        scores.map(|score| pay(score.over(whole))).collect()
    };
    Parts {
        servers: shared(incentive),
        validators: shared(dividends),
        combined: shared(&combined),
    }
}

/// What each of a subnet's mechanisms has of an emission: even parts where no `parts` of 65535 are
/// given. What is left over is the first mechanism's.
///
/// ```
/// use pylon_models::{Rao, Ratio};
/// use pylon_scoring::consensus::split_emission;
///
/// let even = split_emission(Rao::new(101), 2, None);
/// assert_eq!(even, [Rao::new(51), Rao::new(50)]);
/// let third = [Ratio::new(21_845)];
/// let split = split_emission(Rao::new(300), 2, Some(&third));
/// assert_eq!(split, [Rao::new(300), Rao::new(0)]);
/// ```
pub fn split_emission(emission: Rao, mechanisms: u8, parts: Option<&[Ratio]>) -> Vec<Rao> {
    let whole = emission.get();
    let count = usize::from(mechanisms);
    let even = whole.checked_div(mechanisms.into()).unwrap_or(0);
    let part = |nth: usize| match parts {
        None => even,
        Some(parts) => {
            let part = parts.get(nth).copied().unwrap_or_default();
            let rao = u128::from(whole) * u128::from(part.get()) / u128::from(u16::MAX);
            u64::try_from(rao).unwrap_or(u64::MAX)
        }
    };
    let mut split: Vec<u64> = (0..count).map(part).collect();
    let given = split
        .iter()
        .fold(0u64, |sum, part| sum.saturating_add(*part));
    if let Some(first) = split.first_mut() {
        *first = first.saturating_add(whole.saturating_sub(given));
    }
    split.into_iter().map(Rao::new).collect()
}

/// A subnet's scores over all its mechanisms, by uid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Whether a neuron is active in some mechanism.
    pub active: Vec<bool>,
    /// Whether it is a validator in some mechanism from now on.
    pub permits: Vec<bool>,
    /// Parts of all stake.
    pub stake_weight: Vec<Ratio>,
    /// What a majority gives each neuron.
    pub consensus: Vec<Ratio>,
    /// How much of its weights the majority shares.
    pub validator_trust: Vec<Ratio>,
    /// Parts of the dividends.
    pub dividends: Vec<Ratio>,
    /// What each earned as the chain shows it. With several mechanisms it is less than what is paid:
    /// each mechanism's is weighted once more.
    pub emission: Vec<Rao>,
    /// What each earned as a miner.
    pub servers: Vec<Rao>,
    /// What each earned as a validator, parents' part included.
    pub validators: Vec<Rao>,
}

/// A mechanism's part of the emission, with 64 fraction bits.
#[derive(Clone, Copy)]
struct Weight(u128);

impl Weight {
    const ONE: Self = Self(1 << 64);

    /// Where nothing is emitted the first mechanism is all there is.
    fn new(nth: usize, part: Rao, emission: Rao) -> Self {
        (u128::from(part.get()) << 64)
            .checked_div(emission.get().into())
            .map_or(if nth == 0 { Self::ONE } else { Self(0) }, Self)
    }

    fn of(self, value: u64) -> u64 {
        u64::try_from(u128::from(value).saturating_mul(self.0) >> 64).unwrap_or(u64::MAX)
    }
}

/// Adds up the mechanisms of one subnet, each by its part of the emission; every step is cut.
pub(super) fn merge<'a>(
    emission: Rao,
    mechanisms: impl IntoIterator<Item = (Rao, &'a Scores)>,
) -> Merged {
    let mut merged = Merged::default();
    for (nth, (part, scores)) in mechanisms.into_iter().enumerate() {
        let weight = Weight::new(nth, part, emission);
        either(&mut merged.active, &scores.active);
        either(&mut merged.permits, &scores.permits);
        for (sums, values) in [
            (&mut merged.stake_weight, &scores.stake_weight),
            (&mut merged.consensus, &scores.consensus),
            (&mut merged.validator_trust, &scores.validator_trust),
            (&mut merged.dividends, &scores.dividends),
        ] {
            fold(sums, values, |sum, value| {
                let value = u16::try_from(weight.of(value.get().into())).unwrap_or(u16::MAX);
                Ratio::new(sum.get().saturating_add(value))
            });
        }
        fold(&mut merged.emission, &scores.emission, |sum, value| {
            Rao::new(sum.get().saturating_add(weight.of(value.get())))
        });
        for (sums, values) in [
            (&mut merged.servers, &scores.servers),
            (&mut merged.validators, &scores.validators),
        ] {
            fold(sums, values, |sum, value| {
                Rao::new(sum.get().saturating_add(value.get()))
            });
        }
    }
    merged
}

fn either(flags: &mut Vec<bool>, more: &[bool]) {
    fold(flags, more, |flag, more| flag || more);
}

/// Folds values into sums of the same places, which are as many as the values.
fn fold<T: Copy + Default>(sums: &mut Vec<T>, values: &[T], fold: impl Fn(T, T) -> T) {
    sums.resize(values.len(), T::default());
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = fold(*sum, *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_halves_of_the_whole_are_cut_one_by_one() {
        let half = Rao::new(50);
        let scores = Scores {
            dividends: vec![Ratio::MAX],
            emission: vec![half],
            servers: vec![half],
            ..Scores::default()
        };
        let merged = merge(Rao::new(100), [(half, &scores), (half, &scores)]);
        assert_eq!(merged.dividends, [Ratio::new(65_534)]);
        assert_eq!(merged.emission, [half]);
        assert_eq!(merged.servers, [Rao::new(100)]);
        let merged = merge(Rao::ZERO, [(Rao::ZERO, &scores), (Rao::ZERO, &scores)]);
        assert_eq!(merged.dividends, [Ratio::MAX]);
    }

    #[test]
    fn parts_that_are_not_given_are_nothing_and_the_rest_is_the_firsts() {
        let parts = [Ratio::new(0), Ratio::new(32_768)];
        let split = split_emission(Rao::new(65_535), 3, Some(&parts));
        assert_eq!(split, [32_767, 32_768, 0].map(Rao::new));
        assert!(split_emission(Rao::new(5), 0, None).is_empty());
    }
}
