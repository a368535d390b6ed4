//! Jobs for the same target: of each at most one waits, and a newer one has a greater id.

use diesel::prelude::*;
use diesel::result::Error as Diesel;
use pylon_models::{IdentityName, JobId, JobKind, JobState, MechId, NetUid, Receipt};

use super::{NewJob, unread};
use crate::connection::AnyConnection;
use crate::constants::{Open, Queued};
use crate::error::StorageError;
use crate::ids;
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

/// Every job for the same.
#[diesel::dsl::auto_type(no_type_alias)]
fn of<'a>(target: &Target<'a>) -> _ {
    let kind: &'static str = target.kind.as_str();
    let identity: &'a str = target.identity.as_str();
    let netuid: i32 = i32::from(target.netuid.get());
    let mechanism: i32 = i32::from(target.mechanism.get());
    let hyperparameter: &'a str = target.hyperparameter.unwrap_or_default();
    jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::identity.eq(identity))
        .filter(jobs::netuid.eq(netuid))
        .filter(jobs::mechanism.eq(mechanism))
        .filter(jobs::hyperparameter.eq(hyperparameter))
}

/// The id of the job that waits to write the same.
pub(crate) fn waiting<'a>(
    connection: &mut AnyConnection,
    target: impl Into<Target<'a>>,
) -> Result<Option<String>, Diesel> {
    of(&target.into())
        .filter(jobs::state.eq(Queued))
        .select(jobs::id)
        .first(connection)
        .optional()
}

/// The newest job for the same as this one that was accepted after it, and waits, is on its way or has come on chain.
pub(super) fn newer(
    connection: &mut AnyConnection,
    than: &Receipt,
) -> Result<Option<String>, Diesel> {
    use JobState::{Finalized, Included, Queued, Revealed, Submitted};
    let counts = [Queued, Submitted, Included, Finalized, Revealed].map(JobState::as_str);
    of(&than.into())
        .filter(jobs::id.gt(than.id.as_str()))
        .filter(jobs::state.eq_any(counts))
        .order(jobs::id.desc())
        .select(jobs::id)
        .first(connection)
        .optional()
}

/// An id for a job: greater than those of all that are open for the same, though another process, whose clock is ahead,
/// may have made theirs.
pub(super) fn next_id(connection: &mut AnyConnection, job: &NewJob) -> Result<JobId, StorageError> {
    let newest: Option<String> = of(&job.into())
        .filter(jobs::is_open.eq(Open))
        .filter(jobs::hotkey.eq(job.hotkey.to_string()))
        .order(jobs::id.desc())
        .select(jobs::id)
        .first(connection)
        .optional()?;
    let id = newest.map_or_else(ids::next, |newest| ids::after(&newest));
    JobId::try_from(id).map_err(unread)
}
