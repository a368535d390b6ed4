//! What the original Pylon (2.x) keeps of weights: the rows of `weight_tasks` in the SQLite file of
//! `PYLON_DATABASE_PATH`. Those that are running are accepted and not on chain yet.

use std::path::PathBuf;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use pylon_models::{JobId, Timestamp};

use crate::connection::{AnyConnection, Location, Use};
use crate::error::{OpenError, StorageError};
use crate::ids;
use crate::jobs::{self, Job, NewJob};
use crate::schema::imports;
use crate::storage::{Storage, blocking};

/// Weights that the original Pylon accepted and did not bring on chain, as it wrote them down.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct OriginalWeights {
    /// The number of the row: later ones have greater ones.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// For which identity.
    #[diesel(sql_type = Text)]
    pub identity_name: String,
    /// On which subnet.
    #[diesel(sql_type = BigInt)]
    pub netuid: i64,
    /// For which of its mechanisms.
    #[diesel(sql_type = BigInt)]
    pub mechanism_id: i64,
    /// The hotkey that was to sign them.
    #[diesel(sql_type = Text)]
    pub hotkey: String,
    /// Weights by hotkey, as JSON.
    #[diesel(sql_type = Text)]
    pub weights: String,
    /// When they were accepted, in unix seconds.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub created_at: Option<i64>,
}

/// A job that comes from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedJob {
    /// Its row there.
    pub row: i64,
    /// When it was accepted there.
    pub accepted_at: Timestamp,
    /// The job.
    pub job: NewJob,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const HAS_TABLE: &str =
    "SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = 'weight_tasks'";
const RUNNING: &str = "SELECT id, identity_name, netuid, mechanism_id, hotkey, weights, \
    CAST(strftime('%s', created_at) AS INTEGER) AS created_at \
    FROM weight_tasks WHERE status = 'RUNNING' AND id > $1 ORDER BY id DESC LIMIT 1000";

impl OriginalWeights {
    /// Those in a file of the original Pylon with numbers above one, the latest first. None, where there is no such
    /// file or it is none of the original's. The file is only read.
    ///
    /// # Errors
    /// When the file is no database, or what it holds is not of that form.
    pub async fn read(path: PathBuf, above: i64) -> Result<Vec<Self>, OpenError> {
        blocking(move || {
            if !path.exists() {
                return Ok(Vec::new());
            }
            let mut connection = Location::Sqlite(path).connect(Use::Read)?;
            let rows = running(&mut connection, above);
            rows.map_err(|error| StorageError::from(error).into())
        })
        .await?
    }
}

fn running(connection: &mut AnyConnection, above: i64) -> QueryResult<Vec<OriginalWeights>> {
    let tables: Count = diesel::sql_query(HAS_TABLE).get_result(connection)?;
    if tables.count == 0 {
        return Ok(Vec::new());
    }
    diesel::sql_query(RUNNING)
        .bind::<BigInt, _>(above)
        .load(connection)
}

impl Storage {
    /// The last row of that source that was imported; 0 where none was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn imported(&self, source: String) -> Result<i64, StorageError> {
        self.read(move |connection| last_row(connection, &source))
            .await
    }

    /// Keeps jobs of that source, all of them or none, and that its rows are imported up to `last`. A row is imported
    /// once, and none takes the place of a job that waits here for the same weights. Returns those that were kept.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn import(
        &self,
        source: String,
        last: i64,
        imported: Vec<ImportedJob>,
    ) -> Result<Vec<Job>, StorageError> {
        self.write(move |connection| {
            let before = last_row(connection, &source)?;
            let mut kept = Vec::new();
            if !set_last_row(connection, &source, before, last.max(before))? {
                // Another process imports the same, and has begun earlier.
                return Ok(kept);
            }
            for import in imported.iter().filter(|import| import.row > before) {
                if jobs::waiting(connection, &import.job)?.is_none() {
                    let id = JobId::try_from(ids::next())
                        .map_err(|error| StorageError::row("jobs", error))?;
                    let accepted_at = import.accepted_at.unix_millis();
                    let job = jobs::insert(connection, &id, &import.job, None, accepted_at)?;
                    kept.push(job);
                }
            }
            Ok(kept)
        })
        .await
    }
}

fn last_row(connection: &mut AnyConnection, source: &str) -> Result<i64, StorageError> {
    let row: Option<i64> = imports::table
        .find(source)
        .select(imports::last_row)
        .first(connection)
        .optional()?;
    Ok(row.unwrap_or_default())
}

/// Both databases read it; diesel's own knows one at a time.
const CLAIM: &str = "INSERT INTO imports (source, last_row, at) VALUES ($1, $2, $3) \
    ON CONFLICT (source) DO UPDATE SET last_row = excluded.last_row, at = excluded.at \
    WHERE imports.last_row = $4";

/// Moves the last row of a source on, unless another process has moved it meanwhile.
fn set_last_row(
    connection: &mut AnyConnection,
    source: &str,
    before: i64,
    last: i64,
) -> Result<bool, StorageError> {
    let moved = diesel::sql_query(CLAIM)
        .bind::<Text, _>(source)
        .bind::<BigInt, _>(last)
        .bind::<BigInt, _>(Timestamp::now().unix_millis())
        .bind::<BigInt, _>(before)
        .execute(connection)?;
    Ok(moved == 1)
}
