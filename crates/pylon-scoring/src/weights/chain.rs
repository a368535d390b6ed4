//! What the runtime makes of a vector (`epoch/math.rs` of the pallet), in its fixed point of 32 fraction bits.

const ONE: i128 = 1 << 32;
const HALF: i128 = 1 << 31;

/// Scales a vector so that its greatest value is 65535, as it is stored: rounded half up, and past 32768 by a
/// ratio that was cut before, so that the values of such a vector may be one less than expected.
#[must_use]
pub fn upscale(values: &[u16]) -> Vec<u16> {
    let greatest = values.iter().copied().max().unwrap_or_default();
    if matches!(greatest, 0 | u16::MAX) {
        return values.to_vec();
    }
    let (full, greatest) = (i128::from(u16::MAX) * ONE, i128::from(greatest));
    values
        .iter()
        .map(|&value| {
            let value = i128::from(value);
            let scaled = if greatest > 32_768 {
                value * (full / greatest)
            } else {
                value * full / greatest
            };
            u16::try_from((scaled + HALF) >> 32).unwrap_or(u16::MAX)
        })
        .collect()
}

/// Whether no value of a vector has more than `limit`/65535 of its sum, as the runtime compares.
#[must_use]
pub fn is_within_limit(values: &[u16], limit: u16) -> bool {
    if limit == u16::MAX {
        return true;
    }
    let sum: i128 = values.iter().copied().map(i128::from).sum();
    let greatest = values.iter().copied().max().unwrap_or_default();
    sum == 0 || i128::from(greatest) * ONE / sum <= i128::from(limit) * ONE / i128::from(u16::MAX)
}
