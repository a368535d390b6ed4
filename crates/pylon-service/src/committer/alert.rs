//! Tells the operator's own program when a job ends badly.

use std::time::Duration;

use pylon_models::Receipt;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::Committer;
use crate::config::Webhook;
use crate::tasks::TaskError;

/// How many jobs are read at once; the others wait in the database.
const AT_ONCE: u32 = 16;
const TIMEOUT: Duration = Duration::from_secs(10);
/// After each of these one more try is made.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
];

/// What is posted.
#[derive(Debug, Serialize)]
struct Alert<'a> {
    /// The kind of the job and its state: `weights.failed`, `certificate.expired`.
    event: String,
    receipt: &'a Receipt,
}

/// What carries alerts there.
#[derive(Clone)]
pub(crate) struct Carrier {
    webhook: Webhook,
    client: reqwest::Client,
    committer: Committer,
}

impl Carrier {
    /// To a webhook, of what ends from now on and of what ended before and was not told.
    pub(crate) fn to(webhook: Webhook, committer: Committer) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        committer.storage().keep_untold();
        Ok(Self {
            webhook,
            client,
            committer,
        })
    }

    /// Posts alerts, one after the other, each until it was taken or often enough refused. What ends between the post
    /// and the note of it is told once more.
    pub(crate) async fn run(self) -> Result<(), TaskError> {
        let mut sends = self.committer.sends();
        let storage = self.committer.storage();
        loop {
            // Of the processes that share a database one tells.
            sends.wait_for(|sends| *sends).await?;
            let untold = storage.untold(AT_ONCE).await?;
            for job in &untold {
                self.carry(&job.receipt).await;
                storage.told(job.id().clone()).await?;
            }
            if untold.is_empty() {
                tokio::select! {
                    () = self.committer.ended_badly().notified() => {}
                    changed = sends.changed() => changed?,
                }
            }
        }
    }

    async fn carry(&self, receipt: &Receipt) {
        let alert = Alert {
            event: format!("{}.{}", receipt.kind, receipt.state),
            receipt,
        };
        let mut pauses = PAUSES.into_iter();
        while let Err(error) = self.post(&alert).await {
            let Some(pause) = pauses.next() else {
                tracing::error!(
                    job.id = %receipt.id,
                    error = %error.without_url(),
                    "the webhook did not take an alert"
                );
                return;
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn post(&self, alert: &Alert<'_>) -> Result<(), reqwest::Error> {
        let request = self.client.post(self.webhook.0.expose_secret());
        request.json(alert).send().await?.error_for_status()?;
        Ok(())
    }
}
