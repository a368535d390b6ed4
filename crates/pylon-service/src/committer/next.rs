//! What is done about a job that waits, by its kind, decided by what the chain says at one head.

use std::time::Duration;

use pylon_chain::timelock::sealed_text;
use pylon_chain::{Call, Chain, CommitmentTerms, Heads, ServedAxon};
use pylon_models::{
    BlockNumber, BlockRef, CommitMode, CommitmentField, JobError, JobKind, NewHyperparameter,
    SettableHyperparameter,
};
use pylon_storage::{Job, Plan};

use super::plan::{self, Verdict};
use super::queue::Queue;
use super::request::{
    CertificateRequest, CommitmentRequest, HyperparameterRequest, WeightsRequest, read, unreadable,
};
use super::trouble::StepError;

/// An axon that has a TLS key.
const TLS: u8 = 4;

/// What is done about a job.
pub(super) enum Next {
    /// The chain refuses it for good.
    Fail(JobError),
    /// The chain takes it later, as the plan tells.
    Wait(Plan),
    /// It is sent.
    Send(Plan, Box<Call>),
}

fn fail(name: &str, message: impl Into<String>) -> Next {
    Next::Fail(JobError::new(name, message))
}

/// The value, or the end of the job.
macro_rules! or_fail {
    ($value:expr) => {
        match $value {
            Ok(value) => value,
            Err(error) => return Ok(Next::Fail(error)),
        }
    };
}

impl Queue {
    pub(super) async fn next(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
    ) -> Result<Next, StepError> {
        let head = heads.best.block();
        match job.receipt.kind {
            JobKind::Weights => self.next_weights(chain, heads, job).await,
            JobKind::Commitment => self.next_commitment(chain, head, job).await,
            JobKind::Certificate => self.next_certificate(chain, head, job).await,
            JobKind::Hyperparameter => self.next_hyperparameter(chain, head, job).await,
        }
    }

    async fn next_weights(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
    ) -> Result<Next, StepError> {
        let request: WeightsRequest = or_fail!(read(&job.request));
        let (netuid, mechanism) = (job.receipt.netuid, job.receipt.mechanism);
        let hotkey = self.key.hotkey();
        let Some(terms) = self.terms_now(chain, heads, job).await? else {
            return Ok(no_subnet(job));
        };
        let metrics = &self.committer.metrics();
        metrics.tell_terms(netuid, mechanism, &hotkey, &terms);
        let planned = match plan::plan(&terms, &request, netuid, mechanism, &hotkey) {
            Verdict::Fail(error) => return Ok(Next::Fail(error)),
            Verdict::Wait(planned) => return Ok(Next::Wait(planned.plan())),
            Verdict::Send(planned) => planned,
        };
        let mut plan = planned.plan();
        if self.is_paused(heads, planned.mode) {
            return Ok(Next::Wait(plan));
        }
        let sealed = tokio::task::spawn_blocking(move || planned.call(&hotkey)).await;
        let Ok(sealed) = sealed else {
            // The process ends.
            return Ok(Next::Wait(plan));
        };
        let (call, sent) = or_fail!(sealed);
        plan.sent = Some(or_fail!(sent.write()));
        Ok(Next::Send(plan, Box::new(call)))
    }

    async fn next_commitment(
        &mut self,
        chain: &Chain,
        head: BlockRef,
        job: &Job,
    ) -> Result<Next, StepError> {
        let request: CommitmentRequest = or_fail!(read(&job.request));
        let netuid = job.receipt.netuid;
        let hotkey = self.key.hotkey();
        let Some(terms) = chain.commitment_terms(head, netuid, &hotkey).await? else {
            return Ok(no_subnet(job));
        };
        if !terms.is_registered {
            let message = format!("{hotkey} is not registered on subnet {netuid}");
            return Ok(fail("AccountNotAllowedCommit", message));
        }
        if let Some(plan) = waits(job, head) {
            return Ok(Next::Wait(plan));
        }
        let (plan, field) = match request {
            CommitmentRequest::Data(digits) => {
                let bytes = or_fail!(hex::decode(digits).map_err(|error| unreadable(&error)));
                let plan = Plan {
                    mode: Some(CommitMode::Plain),
                    ..Plan::default()
                };
                (plan, CommitmentField::Raw(bytes))
            }
            CommitmentRequest::Timelocked {
                text,
                blocks_until_reveal,
            } => {
                let block_time = self.committer.block_time();
                or_fail!(sealed(&terms, head, block_time, text, blocks_until_reveal).await)
            }
        };
        let call = Call::SetCommitment { netuid, field };
        Ok(Next::Send(plan, Box::new(call)))
    }

    async fn next_certificate(
        &self,
        chain: &Chain,
        head: BlockRef,
        job: &Job,
    ) -> Result<Next, StepError> {
        let request: CertificateRequest = or_fail!(read(&job.request));
        let key = or_fail!(hex::decode(&request.public_key).map_err(|error| unreadable(&error)));
        let netuid = job.receipt.netuid;
        let hotkey = self.key.hotkey();
        let terms = chain.axon_terms(head, netuid, &hotkey).await?;
        let Some(terms) = terms.filter(|terms| terms.axon.port != 0) else {
            let message = format!("{hotkey} serves no axon on subnet {netuid}");
            return Ok(fail("AxonNotServed", message));
        };
        if terms.earliest_block > head.number.next() {
            return Ok(wait_until(terms.earliest_block));
        }
        let call = Call::ServeAxonTls {
            netuid,
            axon: ServedAxon {
                protocol: TLS,
                ..terms.axon
            },
            certificate: [&[request.algorithm], key.as_slice()].concat(),
        };
        Ok(Next::Send(Plan::default(), Box::new(call)))
    }

    async fn next_hyperparameter(
        &self,
        chain: &Chain,
        head: BlockRef,
        job: &Job,
    ) -> Result<Next, StepError> {
        let request: HyperparameterRequest = or_fail!(read(&job.request));
        let name = job.receipt.hyperparameter.as_deref().unwrap_or_default();
        let parameter: SettableHyperparameter =
            or_fail!(name.parse().map_err(|error| unreadable(&error)));
        let value = or_fail!(
            parameter
                .value(&request.value)
                .map_err(|error| unreadable(&error))
        );
        let netuid = job.receipt.netuid;
        let Some(terms) = chain.owner_terms(head, netuid).await? else {
            return Ok(no_subnet(job));
        };
        let Some(acting) = self.committer.owner(&job.receipt.identity) else {
            let message = "no key of the subnet's owner is configured".to_owned();
            return Ok(fail("BadOrigin", message));
        };
        if acting.owner() != terms.owner {
            let message = format!("subnet {netuid} is owned by {}", terms.owner);
            return Ok(fail("BadOrigin", message));
        }
        if terms.earliest_block > head.number.next() {
            return Ok(wait_until(terms.earliest_block));
        }
        // The chain sets both liquid alphas together.
        let value = match (parameter, value) {
            (SettableHyperparameter::AlphaLow, NewHyperparameter::Integer(low)) => {
                NewHyperparameter::Alphas(fraction(low), terms.alphas.1)
            }
            (SettableHyperparameter::AlphaHigh, NewHyperparameter::Integer(high)) => {
                NewHyperparameter::Alphas(terms.alphas.0, fraction(high))
            }
            (_, value) => value,
        };
        let call = Call::SetHyperparameter {
            netuid,
            parameter,
            value,
            on_behalf_of: acting.on_behalf_of,
        };
        Ok(Next::Send(Plan::default(), Box::new(call)))
    }
}

fn wait_until(block: BlockNumber) -> Next {
    Next::Wait(Plan {
        earliest_block: Some(block),
        ..Plan::default()
    })
}

fn no_subnet(job: &Job) -> Next {
    let message = format!("there is no subnet {}", job.receipt.netuid);
    fail("SubnetNotExists", message)
}

/// The chain said that it takes the job later, and that block has not come.
fn waits(job: &Job, head: BlockRef) -> Option<Plan> {
    let earliest = job.receipt.earliest_block?;
    (earliest > head.number.next()).then(|| Plan {
        mode: job.receipt.mode,
        earliest_block: Some(earliest),
        ..Plan::default()
    })
}

fn fraction(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// A text, sealed for the round that is due so many blocks after the head.
async fn sealed(
    terms: &CommitmentTerms,
    head: BlockRef,
    block_time: Duration,
    text: String,
    blocks_until_reveal: u32,
) -> Result<(Plan, CommitmentField), JobError> {
    let Some(beacon) = terms.beacon.clone() else {
        let message = "the chain does not say which beacon opens commitments";
        return Err(JobError::new("NoBeacon", message));
    };
    let later = block_time.saturating_mul(blocks_until_reveal);
    let due = beacon.round_at(terms.timestamp_millis, later);
    // One that the chain has already would be opened at once.
    let round = due.max(terms.last_round.saturating_add(1));
    let sealed = tokio::task::spawn_blocking(move || beacon.seal(&sealed_text(&text), round));
    let encrypted = match sealed.await {
        Ok(Ok(encrypted)) => encrypted,
        Ok(Err(failed)) => return Err(JobError::new("SealFailed", failed.to_string())),
        Err(_) => {
            let message = "the text was not sealed to its end";
            return Err(JobError::new("SealFailed", message));
        }
    };
    let expected = head.number.plus(blocks_until_reveal);
    let plan = Plan {
        mode: Some(CommitMode::Timelocked),
        reveal_round: Some(round),
        reveal_expected_block: Some(expected),
        ..Plan::default()
    };
    Ok((
        plan,
        CommitmentField::TimelockEncrypted {
            encrypted,
            reveal_round: round,
        },
    ))
}
