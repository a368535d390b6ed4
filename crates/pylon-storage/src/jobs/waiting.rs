//! The job that waits: for each target there is at most one.

use diesel::prelude::*;
use pylon_models::{IdentityName, JobKind, MechId, NetUid, Receipt};

use super::NewJob;
use crate::connection::AnyConnection;
use crate::constants::Queued;
use crate::error::StorageError;
use crate::schema::jobs;

/// What a job writes. A newer job for the same takes the place of one that waits.
pub(crate) struct Target<'a> {
    kind: JobKind,
    identity: &'a IdentityName,
    netuid: NetUid,
    mechanism: MechId,
    hyperparameter: Option<&'a str>,
}

impl<'a> From<&'a NewJob> for Target<'a> {
    fn from(job: &'a NewJob) -> Self {
        Self {
            kind: job.kind,
            identity: &job.identity,
            netuid: job.netuid,
            mechanism: job.mechanism,
            hyperparameter: job.hyperparameter.as_deref(),
        }
    }
}

impl<'a> From<&'a Receipt> for Target<'a> {
    fn from(receipt: &'a Receipt) -> Self {
        Self {
            kind: receipt.kind,
            identity: &receipt.identity,
            netuid: receipt.netuid,
            mechanism: receipt.mechanism,
            hyperparameter: receipt.hyperparameter.as_deref(),
        }
    }
}

/// The id of the job that waits to write the same.
pub(crate) fn waiting<'a>(
    connection: &mut AnyConnection,
    target: impl Into<Target<'a>>,
) -> Result<Option<String>, StorageError> {
    let target = target.into();
    let id = jobs::table
        .filter(jobs::kind.eq(target.kind.as_str()))
        .filter(jobs::identity.eq(target.identity.as_str()))
        .filter(jobs::netuid.eq(i32::from(target.netuid.get())))
        .filter(jobs::mechanism.eq(i32::from(target.mechanism.get())))
        .filter(jobs::hyperparameter.eq(target.hyperparameter.unwrap_or_default()))
        .filter(jobs::state.eq(Queued))
        .select(jobs::id)
        .first(connection)
        .optional()?;
    Ok(id)
}
