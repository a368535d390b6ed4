//! Supervision: a task that ends before it is told to is counted, logged and started again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::metrics::{Metrics, TaskLabels};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A run this long was a good one: the next failure starts with a short pause again.
const GOOD_RUN: Duration = Duration::from_secs(60);

/// Why a task ended.
pub(crate) type TaskError = Box<dyn std::error::Error + Send + Sync>;

/// The background tasks of one service.
#[derive(Clone)]
pub(crate) struct Tasks {
    runtime: Handle,
    tracker: TaskTracker,
    ending: Arc<AtomicBool>,
    stop: CancellationToken,
    metrics: Metrics,
}

impl Tasks {
    /// Tasks that run on the runtime that calls this.
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self {
            runtime: Handle::current(),
            tracker: TaskTracker::new(),
            ending: Arc::new(AtomicBool::new(false)),
            stop: CancellationToken::new(),
            metrics,
        }
    }

    /// Says that the service is about to end, so that nobody sends it more work.
    pub(crate) fn refuse(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Whether the service is about to end.
    pub(crate) fn are_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Cancelled when the service ends.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Runs a task that should never end for as long as the service does.
    pub(crate) fn supervise<F, Run>(&self, name: &'static str, mut start: F)
    where
        F: FnMut() -> Run + Send + 'static,
        Run: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        let (stop, metrics, tracker) = (
            self.stop.clone(),
            self.metrics.clone(),
            self.tracker.clone(),
        );
        self.tracker.spawn_on(
            async move {
                let mut pause = FIRST_PAUSE;
                loop {
                    let began = Instant::now();
                    // In a task of its own, so that a panic ends that run and not the supervision.
                    let mut run = tracker.spawn(start());
                    let ended = tokio::select! {
                        ended = &mut run => ended,
                        () = stop.cancelled() => {
                            run.abort();
                            return;
                        }
                    };
                    if stop.is_cancelled() {
                        return;
                    }
                    let why: TaskError = match ended {
                        Ok(Ok(())) => "it returned".into(),
                        Ok(Err(error)) => error,
                        Err(panic) => Box::new(panic),
                    };
                    if began.elapsed() >= GOOD_RUN {
                        pause = FIRST_PAUSE;
                    }
                    let restarts = metrics
                        .task_restarts
                        .get_or_create_owned(&TaskLabels { task: name })
                        .inc()
                        + 1;
                    if is_worth_telling(restarts) {
                        tracing::error!(
                            task.name = name,
                            task.restarts = restarts,
                            error = %chain_of(why.as_ref()),
                            "task {name} ended and is started again"
                        );
                    }
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stop.cancelled() => return,
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            },
            &self.runtime,
        );
    }

    /// Runs work that a request waits for but that should be finished even when the request goes away.
    /// It is given up when the service ends.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let stop = self.stop.clone();
        self.tracker
            .spawn_on(
                // Part of the trace of whoever asked first.
                async move { stop.run_until_cancelled(work).await }.in_current_span(),
                &self.runtime,
            )
            .await
            .ok()
            .flatten()
    }

    /// Runs work that would hold up an async thread.
    pub(crate) async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.runtime.spawn_blocking(work).await.ok()
    }

    /// Tells every task to end and waits for them.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Whether the nth of failures that repeat is told: the first, and ever fewer after it.
pub(crate) fn is_worth_telling(count: u64) -> bool {
    count.is_power_of_two()
}

/// An error and its causes, in one line for the log.
pub(crate) fn chain_of(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_fails_or_returns_is_counted_and_started_again() {
        let metrics = Metrics::default();
        let tasks = Tasks::new(metrics.clone());
        let (runs, running) = (
            Arc::new(AtomicU32::new(0)),
            Arc::new(tokio::sync::Notify::new()),
        );
        let (counted, told) = (Arc::clone(&runs), Arc::clone(&running));
        tasks.supervise("unlucky", move || {
            let (run, told) = (counted.fetch_add(1, Ordering::SeqCst), Arc::clone(&told));
            async move {
                match run {
                    0 => panic!("out of luck"),
                    1 => Err("out of order".into()),
                    2 => Ok(()),
                    _ => {
                        told.notify_one();
                        std::future::pending().await
                    }
                }
            }
        });
        tokio::time::timeout(Duration::from_secs(5), running.notified())
            .await
            .unwrap();
        assert_eq!(
            metrics
                .task_restarts
                .get_or_create(&TaskLabels { task: "unlucky" })
                .get(),
            3
        );
        tokio::time::timeout(Duration::from_secs(1), tasks.end())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn work_goes_on_when_the_one_who_waits_for_it_leaves() {
        let tasks = Tasks::new(Metrics::default());
        let (done, finished) = tokio::sync::oneshot::channel();
        let work = async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let _ = done.send(());
        };
        let left = tokio::time::timeout(Duration::from_millis(5), tasks.finish(work)).await;
        assert!(left.is_err());
        finished.await.unwrap();
    }
}
