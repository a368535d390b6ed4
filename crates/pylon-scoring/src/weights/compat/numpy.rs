//! The arithmetic of numpy 2 where its order or width of operations shows in the last bit.

use std::ops::{Add, Div, Mul, Sub};

use crate::weights::to_u16;

/// `float32` or `float64`.
pub trait Float:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// A Python float that meets an array takes the array's type.
    fn narrow(value: f64) -> Self;
    /// As a double.
    fn widen(self) -> f64;
    /// A number of elements.
    fn count(count: usize) -> Self;
    /// Whether it is no number.
    fn is_nan(self) -> bool;
}

impl Float for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn narrow(value: f64) -> Self {
        to_single(value)
    }

    fn widen(self) -> f64 {
        self.into()
    }

    fn count(count: usize) -> Self {
        to_single(super::to_f64(count))
    }

    fn is_nan(self) -> bool {
        Self::is_nan(self)
    }
}

impl Float for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn narrow(value: f64) -> Self {
        value
    }

    fn widen(self) -> f64 {
        self
    }

    fn count(count: usize) -> Self {
        super::to_f64(count)
    }

    fn is_nan(self) -> bool {
        Self::is_nan(self)
    }
}

/// `astype(float32)`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to the nearest single is what is asked for"
)]
pub(super) fn to_single(value: f64) -> f32 {
    value as f32
}

/// `sum()`: one after the other below 8, eight at a time up to 128, halves above.
pub(super) fn pairwise_sum<F: Float>(values: &[F]) -> F {
    const BLOCK: usize = 128;
    let add = |sum: F, &value: &F| sum + value;
    if values.len() < 8 {
        return values.iter().fold(F::ZERO, add);
    }
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (low, high) = values.split_at(half - half % 8);
        return pairwise_sum(low) + pairwise_sum(high);
    }
    let (chunks, tail) = values.as_chunks::<8>();
    let Some((&first, rest)) = chunks.split_first() else {
        return F::ZERO;
    };
    let [a, b, c, d, e, f, g, h] = rest.iter().fold(first, |mut sums, chunk| {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum = *sum + value;
        }
        sums
    });
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    tail.iter().fold(sum, add)
}

/// `quantile(.., method="linear")` of singles, which stays in singles.
pub(super) fn quantile(mut values: Vec<f32>, q: f64) -> f32 {
    values.sort_by(f32::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = f32::count(last) * to_single(q);
    let below = at.floor();
    let t = at - below;
    // No more than 65,535 values: exact as a single.
    let low = to_u16(below.into()).map_or(0, usize::from).min(last);
    let high = low.saturating_add(1).min(last);
    match (values.get(low), values.get(high)) {
        (Some(&a), Some(&b)) if t >= 0.5 => b - (b - a) * (1.0 - t),
        (Some(&a), Some(&b)) => a + (b - a) * t,
        _ => 0.0,
    }
}
