//! Tells the operator's own program when a job ends badly.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use pylon_models::Receipt;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::config::Webhook;
use crate::tasks::TaskError;

/// How many alerts wait at most; further ones are dropped, with a line in the log.
const WAITING: usize = 256;
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
struct Alert {
    /// `weights.failed`, `weights.expired` or `weights.reveal_missed`.
    event: String,
    receipt: Receipt,
}

/// The way to the operator's program, if one is configured. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Alerts(Arc<ArcSwapOption<mpsc::Sender<Alert>>>);

/// What carries alerts there.
#[derive(Clone)]
pub(crate) struct Carrier {
    webhook: Webhook,
    client: reqwest::Client,
    alerts: Alerts,
}

impl Alerts {
    /// To a webhook, once the carrier runs.
    pub(crate) fn to(webhook: Webhook) -> Result<(Self, Carrier), reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let alerts = Self::default();
        let carrier = Carrier {
            webhook,
            client,
            alerts: alerts.clone(),
        };
        Ok((alerts, carrier))
    }

    /// Tells of a job that ended badly; never waits.
    pub(super) fn tell(&self, receipt: &Receipt) {
        let waiting = self.0.load();
        let Some(waiting) = waiting.as_ref() else {
            return;
        };
        let alert = Alert {
            event: format!("{}.{}", receipt.kind, receipt.state),
            receipt: receipt.clone(),
        };
        if waiting.try_send(alert).is_err() {
            tracing::warn!(job.id = %receipt.id, "too many alerts wait; one was dropped");
        }
    }
}

impl Carrier {
    /// Posts alerts, one after the other, each until it was taken or often enough refused.
    pub(crate) async fn run(self) -> Result<(), TaskError> {
        let (sender, mut alerts) = mpsc::channel(WAITING);
        self.alerts.0.store(Some(Arc::new(sender)));
        while let Some(alert) = alerts.recv().await {
            let mut pauses = PAUSES.into_iter();
            while let Err(error) = self.post(&alert).await {
                let Some(pause) = pauses.next() else {
                    tracing::error!(
                        job.id = %alert.receipt.id,
                        error = %error.without_url(),
                        "the webhook did not take an alert"
                    );
                    break;
                };
                tokio::time::sleep(pause).await;
            }
        }
        Ok(())
    }

    async fn post(&self, alert: &Alert) -> Result<(), reqwest::Error> {
        let request = self.client.post(self.webhook.0.expose_secret());
        request.json(alert).send().await?.error_for_status()?;
        Ok(())
    }
}
