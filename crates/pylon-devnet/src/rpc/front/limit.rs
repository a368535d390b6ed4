//! How many requests pass in a second.

use std::sync::{Mutex, PoisonError};

use tokio::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// Counts what came in the second that the first of it began.
#[derive(Debug, Default)]
pub(super) struct Window(Mutex<Option<(Instant, u32)>>);

impl Window {
    /// Counts one more. Returns whether it is within so many.
    pub(super) fn admits(&self, now: Instant, per_second: u32) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, passed) = window
            .filter(|(began, _)| now.duration_since(*began) < SECOND)
            .unwrap_or((now, 0));
        let admitted = passed < per_second;
        *window = Some((began, passed + u32::from(admitted)));
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_in_each_second() {
        let (window, mut now) = (Window::default(), Instant::now());
        for _ in 0..2 {
            let admitted: Vec<bool> = (0..4).map(|_| window.admits(now, 2)).collect();
            assert_eq!(admitted, [true, true, false, false]);
            now += SECOND;
        }
        assert!(!window.admits(now, 0));
    }
}
