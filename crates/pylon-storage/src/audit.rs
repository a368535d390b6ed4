use diesel::prelude::*;
use pylon_models::{Hotkey, IdentityName, JobId, Timestamp};

use crate::connection::AnyConnection;
use crate::error::StorageError;
use crate::ids;
use crate::schema::signatures;
use crate::storage::Storage;

/// A signature that was made with a hotkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// When.
    pub at: Timestamp,
    /// For whom.
    pub identity: IdentityName,
    /// With which hotkey.
    pub hotkey: Hotkey,
    /// What for: the call of an extrinsic, or the kind of request.
    pub purpose: String,
    /// The hash of what was signed, 0x hex.
    pub digest: String,
    /// The job that it was made for.
    pub job: Option<JobId>,
}

impl Storage {
    /// Keeps that a signature was made.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn record_signature(&self, signature: Signature) -> Result<(), StorageError> {
        self.write(move |connection| record(connection, &signature))
            .await
    }

    /// The signatures made since a time, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn signatures_since(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Signature>, StorageError> {
        self.read(move |connection| {
            signatures::table
                .filter(signatures::at.ge(since.unix_millis()))
                .order(signatures::id)
                .limit(limit.into())
                .select((
                    signatures::at,
                    signatures::identity,
                    signatures::hotkey,
                    signatures::purpose,
                    signatures::digest,
                    signatures::job,
                ))
                .load::<(i64, String, String, String, String, Option<String>)>(connection)?
                .into_iter()
                .map(|(at, identity, hotkey, purpose, digest, job)| {
                    let unread =
                        |what: &dyn std::fmt::Display| StorageError::row("signatures", what);
                    Ok(Signature {
                        at: Timestamp::from_unix_millis(at).map_err(|e| unread(&e))?,
                        identity: identity.parse().map_err(|e| unread(&e))?,
                        hotkey: hotkey.parse().map_err(|e| unread(&e))?,
                        purpose,
                        digest,
                        job: job
                            .map(JobId::try_from)
                            .transpose()
                            .map_err(|e| unread(&e))?,
                    })
                })
                .collect()
        })
        .await
    }
}

pub(crate) fn record(
    connection: &mut AnyConnection,
    signature: &Signature,
) -> Result<(), StorageError> {
    diesel::insert_into(signatures::table)
        .values((
            signatures::id.eq(ids::next()),
            signatures::at.eq(signature.at.unix_millis()),
            signatures::identity.eq(signature.identity.as_str()),
            signatures::hotkey.eq(signature.hotkey.to_string()),
            signatures::purpose.eq(&signature.purpose),
            signatures::digest.eq(&signature.digest),
            signatures::job.eq(signature.job.as_ref().map(JobId::as_str)),
        ))
        .execute(connection)?;
    Ok(())
}
