//! Weights that are given one by one in the course of an epoch.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::result::Error as Diesel;
use diesel::sql_types::{BigInt, Double, Integer, Text};
use pylon_models::{Hotkey, IdentityName, NetUid, Timestamp};

use crate::connection::AnyConnection;
use crate::error::{StorageError, WriteError};
use crate::schema::epoch_weights;
use crate::storage::Storage;

/// An epoch of a subnet, and whose weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Whose.
    pub identity: IdentityName,
    /// On which subnet.
    pub netuid: NetUid,
    /// The block it starts with.
    pub start: i64,
}

/// A sum too large for a number.
#[derive(Debug, thiserror::Error)]
#[error("the weight would be too large for a number")]
pub struct NotANumber;

/// Either of both.
#[derive(Debug, thiserror::Error)]
enum AddError {
    #[error(transparent)]
    NotANumber(#[from] NotANumber),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<Diesel> for AddError {
    fn from(error: Diesel) -> Self {
        // PostgreSQL refuses the sum by itself.
        if error.to_string().contains("value out of range") {
            return Self::NotANumber(NotANumber);
        }
        Self::Storage(error.into())
    }
}

impl WriteError for AddError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::NotANumber(_) => None,
        }
    }
}

/// Diesel's own upsert knows one database at a time; both read this one.
const SET: &str = "INSERT INTO epoch_weights (identity, netuid, epoch, hotkey, weight, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (identity, netuid, epoch, hotkey) \
    DO UPDATE SET weight = excluded.weight, updated_at = excluded.updated_at RETURNING weight";
const ADD: &str = "INSERT INTO epoch_weights (identity, netuid, epoch, hotkey, weight, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (identity, netuid, epoch, hotkey) \
    DO UPDATE SET weight = epoch_weights.weight + excluded.weight, updated_at = excluded.updated_at \
    RETURNING weight";

#[derive(QueryableByName)]
struct Weight {
    #[diesel(sql_type = Double)]
    weight: f64,
}

/// Runs one of both, and returns the weight that stands now.
fn upsert(
    connection: &mut AnyConnection,
    statement: &str,
    epoch: &Epoch,
    hotkey: &Hotkey,
    weight: f64,
) -> Result<f64, Diesel> {
    let row: Weight = diesel::sql_query(statement)
        .bind::<Text, _>(epoch.identity.as_str())
        .bind::<Integer, _>(i32::from(epoch.netuid.get()))
        .bind::<BigInt, _>(epoch.start)
        .bind::<Text, _>(hotkey.to_string())
        .bind::<Double, _>(weight)
        .bind::<BigInt, _>(Timestamp::now().unix_millis())
        .get_result(connection)?;
    Ok(row.weight)
}

impl Storage {
    /// Keeps weights of an epoch in place of those that the same hotkeys had; all of them or none. When this returns
    /// they survive a loss of power.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn set_epoch_weights(
        &self,
        epoch: Epoch,
        weights: BTreeMap<Hotkey, f64>,
    ) -> Result<(), StorageError> {
        self.write(move |connection| {
            for (hotkey, weight) in &weights {
                upsert(connection, SET, &epoch, hotkey, *weight)?;
            }
            Ok(())
        })
        .await
    }

    /// Adds to what a hotkey has in an epoch, at first 0, and returns the sum. When this returns it survives a loss of
    /// power. However many do it at once, nothing is lost.
    ///
    /// # Errors
    /// When the database cannot be written to; the inner result, when the sum is no number any more.
    pub async fn add_epoch_weight(
        &self,
        epoch: Epoch,
        hotkey: Hotkey,
        delta: f64,
    ) -> Result<Result<f64, NotANumber>, StorageError> {
        let added = self
            .write(move |connection| {
                let sum = upsert(connection, ADD, &epoch, &hotkey, delta)?;
                if sum.is_finite() {
                    Ok(sum)
                } else {
                    Err(AddError::NotANumber(NotANumber))
                }
            })
            .await;
        match added {
            Ok(sum) => Ok(Ok(sum)),
            Err(AddError::NotANumber(error)) => Ok(Err(error)),
            Err(AddError::Storage(error)) => Err(error),
        }
    }

    /// The weights of an epoch; empty where none were given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn epoch_weights(&self, epoch: Epoch) -> Result<BTreeMap<Hotkey, f64>, StorageError> {
        self.read(move |connection| {
            let rows: Vec<(String, f64)> = epoch_weights::table
                .filter(epoch_weights::identity.eq(epoch.identity.as_str()))
                .filter(epoch_weights::netuid.eq(i32::from(epoch.netuid.get())))
                .filter(epoch_weights::epoch.eq(epoch.start))
                .select((epoch_weights::hotkey, epoch_weights::weight))
                .load(connection)?;
            let unread = |what| StorageError::row("epoch_weights", what);
            rows.into_iter()
                .map(|(hotkey, weight)| Ok((hotkey.parse().map_err(unread)?, weight)))
                .collect()
        })
        .await
    }
}

/// Forgets one epoch whose weights were last changed before that, if there is one.
pub(crate) fn forget_one(
    connection: &mut AnyConnection,
    before: Timestamp,
) -> Result<usize, StorageError> {
    let old: Option<(String, i32, i64)> = epoch_weights::table
        .group_by((
            epoch_weights::identity,
            epoch_weights::netuid,
            epoch_weights::epoch,
        ))
        .having(diesel::dsl::max(epoch_weights::updated_at).lt(before.unix_millis()))
        .select((
            epoch_weights::identity,
            epoch_weights::netuid,
            epoch_weights::epoch,
        ))
        .first(connection)
        .optional()?;
    let Some((identity, netuid, epoch)) = old else {
        return Ok(0);
    };
    let gone = epoch_weights::table
        .filter(epoch_weights::identity.eq(identity))
        .filter(epoch_weights::netuid.eq(netuid))
        .filter(epoch_weights::epoch.eq(epoch));
    Ok(diesel::delete(gone).execute(connection)?)
}
