//! Where things are sent, and whether they are taken there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// What may wait to be sent; more is lost.
pub(super) const WAITING: usize = 2048;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes what is posted, or does not.
#[derive(Debug)]
pub(super) struct Destination {
    name: &'static str,
    client: reqwest::Client,
    stop: CancellationToken,
    refuses: AtomicBool,
    lost: AtomicUsize,
}

impl Destination {
    /// A destination that is given up once `stop` says so.
    pub(super) fn new(name: &'static str, stop: CancellationToken) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            name,
            client,
            stop,
            refuses: AtomicBool::new(false),
            lost: AtomicUsize::new(0),
        })
    }

    /// A request to be posted.
    pub(super) fn request(&self, url: &str) -> reqwest::RequestBuilder {
        self.client.post(url)
    }

    /// Posts it; there may be no answer. The address is in no line, for it may hold credentials.
    pub(super) async fn post(&self, request: reqwest::RequestBuilder) -> Option<reqwest::Response> {
        let answer = tokio::select! {
            answer = request.send() => answer,
            () = self.stop.cancelled() => return None,
        };
        let refused = match &answer {
            Ok(answer) => answer.error_for_status_ref().err(),
            Err(_) => None,
        };
        let (answer, refused) = match answer {
            Ok(answer) => (Some(answer), refused),
            Err(error) => (None, Some(error)),
        };
        match refused {
            None => self.taken(),
            Some(error) => self.refused(error),
        }
        answer
    }

    /// Counts what was not taken.
    pub(super) fn lose(&self, count: usize) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    fn refused(&self, error: reqwest::Error) {
        if !self.refuses.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                telemetry.to = self.name,
                error = crate::tasks::chain_of(&error.without_url()),
                "{} does not take what is sent",
                self.name
            );
        }
    }

    fn taken(&self) {
        if self.refuses.swap(false, Ordering::Relaxed) {
            tracing::info!(
                telemetry.to = self.name,
                telemetry.lost = self.lost.swap(0, Ordering::Relaxed),
                "{} takes what is sent again",
                self.name
            );
        }
    }
}
