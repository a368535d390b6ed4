//! Takes over what the original Pylon left in the file of `PYLON_DATABASE_PATH`: weights that it had accepted and not
//! brought on chain. Each is taken over once, and the original's rows stay as they are.

use std::time::Duration;

use pylon_models::{Hotkey, IdentityName, JobKind, MechId, NetUid, Timestamp};
use pylon_storage::{ImportedJob, NewJob, OpenError, OriginalWeights, Storage, StorageError};

use crate::committer::WeightsRequest;
use crate::config::{Config, Network};
use crate::keys::Keys;
use crate::tasks::chain_of;

/// Why weights stay where they are.
#[derive(Debug, thiserror::Error)]
enum Left {
    #[error("there is no identity {0:?} that signs")]
    Identity(String),
    #[error("the identity belongs to subnet {now}, and they were for {then}")]
    Subnet { now: NetUid, then: i64 },
    #[error("the identity signs with {now}, and they were for {then:?}")]
    Hotkey { now: Hotkey, then: String },
    #[error("{0} is no mechanism")]
    Mechanism(i64),
    #[error("they cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("they are no weights: finite, not negative, and at least one above zero")]
    Weights,
    #[error("they are older than weights.expire_after_seconds")]
    Stale,
}

/// Why nothing could be taken over this time.
#[derive(Debug, thiserror::Error)]
enum TakeOverError {
    #[error("the original's file cannot be read")]
    File(#[from] OpenError),
    #[error("the database cannot be used")]
    Storage(#[from] StorageError),
}

/// Takes over what is there. What cannot be is told in the log, and keeps nothing from starting: the original would have
/// given up such weights too.
pub(crate) async fn take_over(config: &Config, keys: &Keys, storage: &Storage) {
    // What is meant for another chain is never sent to the simulated one.
    if matches!(config.network, Network::Dev) {
        return;
    }
    if let Err(error) = try_to(config, keys, storage).await {
        tracing::warn!(error = %chain_of(&error), "weights of the original Pylon could not be looked for");
    }
}

async fn try_to(config: &Config, keys: &Keys, storage: &Storage) -> Result<(), TakeOverError> {
    let Some(path) = &config.original else {
        return Ok(());
    };
    let source = path.display().to_string();
    let above = storage.imported(source.clone()).await?;
    let rows = OriginalWeights::read(path.clone(), above).await?;
    let Some(last) = rows.iter().map(|row| row.id).max() else {
        return Ok(());
    };
    let mut jobs = Vec::new();
    for row in rows {
        match job(&row, config, keys) {
            Ok(job) => jobs.push(job),
            Err(left) => tracing::warn!(
                job.identity = %row.identity_name,
                reason = %left,
                "weights that the original Pylon had not brought on chain are left out"
            ),
        }
    }
    for job in storage.import(source, last, jobs).await? {
        tracing::info!(
            job.id = %job.id(),
            job.identity = %job.receipt.identity,
            job.netuid = %job.receipt.netuid,
            job.mechanism = %job.receipt.mechanism,
            "weights that the original Pylon had not brought on chain were taken over"
        );
    }
    Ok(())
}

/// The same weights as a job, by the rules that the original goes by when it starts again.
fn job(row: &OriginalWeights, config: &Config, keys: &Keys) -> Result<ImportedJob, Left> {
    let unknown = || Left::Identity(row.identity_name.clone());
    let name: IdentityName = row.identity_name.parse().map_err(|_| unknown())?;
    let identity = config.identities.get(&name).ok_or_else(unknown)?;
    let hotkey = keys.hotkeys.get(&name).ok_or_else(unknown)?.hotkey();
    if i64::from(identity.netuid.get()) != row.netuid {
        return Err(Left::Subnet {
            now: identity.netuid,
            then: row.netuid,
        });
    }
    if hotkey.to_string() != row.hotkey {
        return Err(Left::Hotkey {
            now: hotkey,
            then: row.hotkey.clone(),
        });
    }
    let mechanism = u8::try_from(row.mechanism_id).ok();
    let mechanism = mechanism.and_then(|mechanism| MechId::try_from(mechanism).ok());
    let accepted_at = accepted_at(row, config.commits.expire_after).ok_or(Left::Stale)?;
    let request = WeightsRequest {
        weights: serde_json::from_str(&row.weights)?,
        version_key: None,
    };
    let is_weight = |weight: &f64| weight.is_finite() && *weight >= 0.0;
    let (mut all, mut some) = (request.weights.values(), request.weights.values());
    if !all.all(is_weight) || !some.any(|weight| *weight > 0.0) {
        return Err(Left::Weights);
    }
    Ok(ImportedJob {
        row: row.id,
        accepted_at,
        job: NewJob {
            kind: JobKind::Weights,
            identity: name,
            hotkey,
            netuid: identity.netuid,
            mechanism: mechanism.ok_or(Left::Mechanism(row.mechanism_id))?,
            hyperparameter: None,
            request: serde_json::to_string(&request)?,
            block_accepted: None,
        },
    })
}

/// When they were accepted, unless that is too long ago.
fn accepted_at(row: &OriginalWeights, expire_after: Duration) -> Option<Timestamp> {
    let accepted = Timestamp::from_unix_millis(row.created_at?.checked_mul(1000)?).ok()?;
    (accepted.elapsed() <= expire_after).then_some(accepted)
}
