//! A row of weights as a validator sends it.

use std::collections::BTreeSet;

use super::ensure;
use crate::{
    runtime::subtensor::{Error, KEYS, MIN_ALLOWED_WEIGHTS, SUBNETWORK_N},
    state::State,
};

/// The greatest weight of a stored row.
const WHOLE: u64 = 65_535;
/// Values above it are scaled by a factor, as the pallet does so that nothing overflows.
const HALF: u64 = 32_768;
/// One half, with 32 fraction bits.
const ROUNDING: u64 = 1 << 31;

/// Uids with their values, and what the sender thinks that the subnet's version is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    uids: &'a [u16],
    values: &'a [u16],
    /// The subnet's version as the sender knows it.
    pub(super) version_key: u64,
}

impl<'a> Row<'a> {
    /// A row that nobody has looked at.
    pub(super) fn new(uids: &'a [u16], values: &'a [u16], version_key: u64) -> Self {
        Self {
            uids,
            values,
            version_key,
        }
    }

    /// Whether every uid has a value.
    pub(super) fn is_paired(&self) -> bool {
        self.uids.len() == self.values.len()
    }

    /// The uids and the values.
    pub(super) fn columns(&self) -> (&'a [u16], &'a [u16]) {
        (self.uids, self.values)
    }

    /// Number of uids.
    pub(super) fn len(&self) -> usize {
        self.uids.len()
    }

    /// Whether it is one weight, of the neuron that sets it.
    pub(super) fn is_of_self(&self, uid: u16) -> bool {
        self.values.len() == 1 && self.uids.first() == Some(&uid)
    }

    /// Whether the subnet takes the uids, and so few of them. There is no greatest weight: the
    /// chain stopped reading `MaxWeightsLimit`.
    pub(super) fn ensure_valid(&self, state: &State, netuid: u16, uid: u16) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        ensure(
            self.uids.iter().all(|uid| seen.insert(*uid)),
            Error::DuplicateUids,
        )?;
        let known = |uid: &u16| KEYS.contains(state, (netuid, *uid));
        ensure(self.uids.iter().all(known), Error::UidVecContainInvalidOne)?;
        let least = MIN_ALLOWED_WEIGHTS
            .get(state, (netuid,))
            .min(SUBNETWORK_N.get(state, (netuid,)));
        ensure(
            self.is_of_self(uid) || self.len() >= usize::from(least),
            Error::WeightVecLengthIsLow,
        )
    }

    /// The row as it is stored: scaled so that the greatest value is 65535, zeros kept.
    pub(super) fn upscaled(&self) -> Vec<(u16, u16)> {
        let greatest = u64::from(self.values.iter().copied().max().unwrap_or(0));
        let scaled = self.values.iter().map(|value| upscale(*value, greatest));
        self.uids.iter().copied().zip(scaled).collect()
    }
}

/// Rows from the lists of their parts.
pub(super) fn rows<'a>(
    uids: &'a [Vec<u16>],
    values: &'a [Vec<u16>],
    version_keys: &'a [u64],
) -> impl Iterator<Item = Row<'a>> {
    uids.iter()
        .zip(values)
        .zip(version_keys)
        .map(|((uids, values), version_key)| Row::new(uids, values, *version_key))
}

/// By fixed-point numbers with 32 fraction bits, cut at each step and rounded at the end.
fn upscale(value: u16, greatest: u64) -> u16 {
    let value = u64::from(value);
    let scaled = match greatest {
        0 => 0,
        1..=HALF => ((value * WHOLE) << 32) / greatest,
        _ => value * ((WHOLE << 32) / greatest),
    };
    u16::try_from((scaled + ROUNDING) >> 32).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upscaled(values: &[u16]) -> Vec<u16> {
        let uids: Vec<u16> = (0..).take(values.len()).collect();
        let row = Row::new(&uids, values, 0).upscaled();
        row.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn the_greatest_value_becomes_65535_and_the_rest_keeps_its_proportion() {
        assert_eq!(upscaled(&[100, 50, 25]), [65_535, 32_768, 16_384]);
        assert_eq!(upscaled(&[40_000, 10_000, 1]), [65_535, 16_384, 2]);
        assert_eq!(upscaled(&[3, 0]), [65_535, 0]);
        assert_eq!(upscaled(&[0, 0]), [0, 0]);
        assert!(upscaled(&[]).is_empty());
    }

    #[test]
    fn an_upscaled_row_is_not_changed_by_upscaling() {
        let values = [65_535, 32_768, 32_767, 1, 0];
        assert_eq!(upscaled(&values), values);
        assert!(upscaled(&[65_534; 3]).iter().all(|value| *value == 65_535));
    }
}
