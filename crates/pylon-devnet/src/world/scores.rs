//! How good miners are, and what that makes of weights. All in integers, so that every
//! machine gives the same bytes.

use rand::Rng;

use super::accounts::draws;

/// The whole of a u16 ratio.
const WHOLE: u16 = u16::MAX;

/// Whether a miner does no work: it serves nothing and gets no weight.
pub(super) fn is_idle(uid: u16) -> bool {
    uid % 16 == 15
}

/// How good a miner's work is in an epoch. Some are far better than others; each swings by a fifth
/// around its own level, up and down in 6 to 30 epochs.
pub(super) fn quality(seed: u64, netuid: u16, uid: u16, epoch: u64) -> u64 {
    if is_idle(uid) {
        return 0;
    }
    let mut draws = draws(seed, "quality", (netuid, uid));
    let level: u64 = draws.random_range(25..=1_000);
    let period: u64 = draws.random_range(6..=30);
    let phase: u64 = draws.random_range(0..period);
    let at = epoch.wrapping_add(phase) % period;
    let swing = at.min(period - at) * 800 / period;
    level * level * (800 + swing)
}

/// A value moved by up to `permille` thousandths.
pub(super) fn jitter(draws: &mut impl Rng, value: u64, permille: u64) -> u64 {
    let factor = draws.random_range(1_000 - permille..=1_000 + permille);
    let moved = u128::from(value) * u128::from(factor) / 1_000;
    u64::try_from(moved).unwrap_or(u64::MAX)
}

/// `value` as a part of `of`, cut to a u16 ratio.
fn ratio(value: u64, of: u128) -> u16 {
    let part = u128::from(value) * u128::from(WHOLE) / of.max(1);
    u16::try_from(part).unwrap_or(WHOLE)
}

/// Pairs of uid and value, scaled so that the greatest is 65535; zeros left out.
pub(super) fn upscaled(row: &[(u16, u64)]) -> Vec<(u16, u16)> {
    let greatest = row.iter().map(|(_, value)| *value).max().unwrap_or(0);
    row.iter()
        .filter(|(_, value)| *value > 0)
        .map(|(uid, value)| (*uid, ratio(*value, greatest.into())))
        .collect()
}
