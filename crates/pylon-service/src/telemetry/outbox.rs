//! A bounded queue before a destination, and the task that empties it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What may wait; more is lost.
const WAITING: usize = 2048;
/// How long things gather before they are sent.
const GATHER: Duration = Duration::from_millis(500);
/// How long a destination that failed is left alone, twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where things are put to be sent.
pub(super) struct Outbox<T> {
    queue: mpsc::Sender<T>,
    lost: Arc<AtomicU64>,
}

/// Sends what is put there.
pub(super) struct Worker<T, P> {
    to: &'static str,
    batch: usize,
    queue: mpsc::Receiver<T>,
    lost: Arc<AtomicU64>,
    stop: CancellationToken,
    post: P,
}

/// A destination that takes `batch` things at once.
pub(super) fn new<T, P>(
    to: &'static str,
    batch: usize,
    stop: CancellationToken,
    post: P,
) -> (Outbox<T>, Worker<T, P>) {
    let (sender, queue) = mpsc::channel(WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    let outbox = Outbox {
        queue: sender,
        lost: Arc::clone(&lost),
    };
    let worker = Worker {
        to,
        batch,
        queue,
        lost,
        stop,
        post,
    };
    (outbox, worker)
}

impl<T> Outbox<T> {
    /// Never waits: what finds no room is lost, and counted.
    pub(super) fn put(&self, thing: T) {
        if self.queue.try_send(thing).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T, P> Worker<T, P>
where
    P: Fn(&[T]) -> reqwest::RequestBuilder,
{
    /// Runs until it is told to stop and has sent what is left.
    pub(super) async fn run(mut self) {
        let mut batch = Vec::new();
        let mut pause = FIRST_PAUSE;
        let mut failed = false;
        loop {
            if self.stop.is_cancelled() {
                self.queue.close();
            }
            let count = tokio::select! {
                biased;
                count = self.queue.recv_many(&mut batch, self.batch) => count,
                () = self.stop.cancelled(), if !self.queue.is_closed() => continue,
            };
            if count == 0 {
                return;
            }
            let rest = match send((self.post)(&batch)).await {
                Ok(()) => {
                    if failed {
                        let lost = self.lost.swap(0, Ordering::Relaxed);
                        tracing::info!(
                            telemetry.to = self.to,
                            telemetry.lost = lost,
                            "{} takes what is sent again",
                            self.to
                        );
                    }
                    (failed, pause) = (false, FIRST_PAUSE);
                    GATHER
                }
                Err(why) => {
                    self.lost
                        .fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
                    if !failed {
                        tracing::warn!(
                            telemetry.to = self.to,
                            error = why,
                            "{} does not take what is sent",
                            self.to
                        );
                    }
                    failed = true;
                    let rest = pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    rest
                }
            };
            batch.clear();
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }
}

/// One request; the address is in no error, for it may hold credentials.
async fn send(request: reqwest::RequestBuilder) -> Result<(), String> {
    let answer = request.send().await;
    match answer.and_then(reqwest::Response::error_for_status) {
        Ok(_) => Ok(()),
        Err(error) => Err(crate::tasks::chain_of(&error.without_url())),
    }
}

#[cfg(test)]
impl<T, P> Worker<T, P> {
    /// What was put there and not sent.
    pub(super) fn waiting(mut self) -> Vec<T> {
        std::iter::from_fn(|| self.queue.try_recv().ok()).collect()
    }
}
