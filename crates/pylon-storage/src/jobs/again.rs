use diesel::prelude::*;
use pylon_models::{BlockNumber, JobId, JobState, Timestamp};

use super::accept::insert;
use super::advance::{AdvanceError, ensure_unmoved, load};
use super::waiting::next_id;
use super::{Job, NewJob};
use crate::schema::jobs;
use crate::storage::Storage;

impl Storage {
    /// Gives what a commit asked for to a new job, as the chain will not open that one. Once for each commit, and not
    /// where its owner has asked for something newer since: `None` then.
    ///
    /// # Errors
    /// When the job does not wait for a reveal.
    pub async fn commit_again(
        &self,
        id: JobId,
        block: BlockNumber,
    ) -> Result<Option<Job>, AdvanceError> {
        self.write(move |connection| {
            let old = load(connection, &id)?;
            let (from, to) = (old.state(), JobState::RevealMissed);
            if old.is_over() || !from.may_become(to) {
                return Err(AdvanceError::Edge { from, to });
            }
            let receipt = old.receipt;
            // Ids grow with time.
            let newer = jobs::table
                .filter(jobs::kind.eq(receipt.kind.as_str()))
                .filter(jobs::identity.eq(receipt.identity.as_str()))
                .filter(jobs::netuid.eq(i32::from(receipt.netuid.get())))
                .filter(jobs::mechanism.eq(i32::from(receipt.mechanism.get())))
                .filter(jobs::id.gt(id.as_str()));
            if diesel::select(diesel::dsl::exists(newer)).get_result(connection)? {
                return Ok(None);
            }
            let job = NewJob {
                kind: receipt.kind,
                identity: receipt.identity,
                hotkey: old.hotkey,
                netuid: receipt.netuid,
                mechanism: receipt.mechanism,
                hyperparameter: receipt.hyperparameter,
                request: old.request,
                block_accepted: Some(block),
            };
            let new = next_id(connection, &job)?;
            let now = Timestamp::now().unix_millis();
            let waits = jobs::state.eq(from.as_str());
            let changed = diesel::update(jobs::table.find(id.as_str()).filter(waits))
                .set((
                    jobs::superseded_by.eq(new.as_str()),
                    jobs::updated_at.eq(now),
                ))
                .execute(connection)?;
            ensure_unmoved(connection, &id, changed, to)?;
            let job = insert(connection, &new, &job, Some(id.as_str()), now)?;
            Ok(Some(job))
        })
        .await
    }
}
