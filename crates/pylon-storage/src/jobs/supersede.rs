use diesel::prelude::*;
use diesel::result::Error as Diesel;
use pylon_models::{JobState, Timestamp};

use crate::connection::AnyConnection;
use crate::schema::jobs;

/// Ends a job whose place a newer one takes, if it is still in that state. What it asked for is read no more, and of
/// many vectors a second only the last is worth its room.
pub(super) fn supersede(
    connection: &mut AnyConnection,
    old: &str,
    from: JobState,
    by: &str,
) -> Result<bool, Diesel> {
    let ended = diesel::update(jobs::table.find(old).filter(jobs::state.eq(from.as_str())))
        .set((
            jobs::state.eq(JobState::Superseded.as_str()),
            jobs::is_open.eq(0),
            jobs::superseded_by.eq(by),
            jobs::request.eq(""),
            jobs::plan.eq(None::<String>),
            jobs::updated_at.eq(Timestamp::now().unix_millis()),
        ))
        .execute(connection)?;
    Ok(ended == 1)
}
