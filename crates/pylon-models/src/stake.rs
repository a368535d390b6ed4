//! Stake as the chain weighs it: childkeys move stake between hotkeys, root TAO counts at a discount.
//!
//! Exact integer forms of the pallet's fixed-point arithmetic (`staking/stake_utils.rs`), which floors
//! to 32 fraction bits at every step.

use crate::{Proportion, Rao};

/// Fraction bits of the chain's fixed-point numbers.
const FRACTION_BITS: u32 = 32;

/// A share of `u64::MAX` in 32 fraction bits: `u64::MAX` is exactly one.
fn fraction(share: u64) -> u128 {
    (u128::from(share) << FRACTION_BITS) / u128::from(u64::MAX)
}

fn floor(fixed: u128) -> Rao {
    Rao::new(u64::try_from(fixed >> FRACTION_BITS).unwrap_or(u64::MAX))
}

/// What a hotkey's stake on a subnet is after its children took their shares of its own stake and
/// its parents gave theirs.
///
/// `own` and the parents' stakes are `TotalHotkeyAlpha` rows, in rao.
///
/// ```
/// use pylon_models::{Proportion, Rao, inherited_stake};
///
/// let half = Proportion::new(u64::MAX / 2);
/// assert_eq!(inherited_stake(Rao::new(1_000), [half], []), Rao::new(500));
/// ```
pub fn inherited_stake(
    own: Rao,
    children: impl IntoIterator<Item = Proportion>,
    parents: impl IntoIterator<Item = (Proportion, Rao)>,
) -> Rao {
    let part = |stake: Rao, share: Proportion| u128::from(stake.get()) * fraction(share.get());
    let given = children
        .into_iter()
        .fold(0u128, |sum, share| sum.saturating_add(part(own, share)));
    let received = parents.into_iter().fold(0u128, |sum, (share, stake)| {
        sum.saturating_add(part(stake, share))
    });
    floor(
        (u128::from(own.get()) << FRACTION_BITS)
            .saturating_sub(given)
            .saturating_add(received),
    )
}

/// The stake weight that the runtime's APIs show: alpha plus root TAO times `TaoWeight`
/// (`tao_weight`, a share of `u64::MAX`), floored to rao.
pub fn stake_weight(alpha: Rao, tao: Rao, tao_weight: u64) -> Rao {
    floor(
        (u128::from(alpha.get()) << FRACTION_BITS)
            .saturating_add(u128::from(tao.get()) * fraction(tao_weight)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_share_moves_everything_and_nothing_more() {
        let whole = Proportion::new(u64::MAX);
        assert_eq!(inherited_stake(Rao::new(7), [whole], []), Rao::new(0));
        assert_eq!(
            inherited_stake(Rao::new(0), [], [(whole, Rao::new(u64::MAX))]),
            Rao::new(u64::MAX)
        );
    }

    #[test]
    fn half_a_share_rounds_as_the_chain_does() {
        let half = Proportion::new(u64::MAX / 2);
        assert_eq!(
            inherited_stake(Rao::new(1_000_000_000_000), [half], []),
            Rao::new(500_000_000_232)
        );
    }

    #[test]
    fn root_stake_counts_at_its_weight() {
        let weight = 971_718_665_099_567_868;
        assert_eq!(
            stake_weight(Rao::new(0), Rao::new(1_000_000_000_000), weight),
            Rao::new(52_676_974_330)
        );
        assert_eq!(
            stake_weight(
                Rao::new(123_456_789_012_345),
                Rao::new(987_654_321_098_765),
                weight
            ),
            Rao::new(175_483_430_331_874)
        );
    }
}
