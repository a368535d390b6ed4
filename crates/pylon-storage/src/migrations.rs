//! The migrations of both databases, compiled in.

use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::AnyConnection;
use crate::error::{OpenError, StorageError};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Brings the database up to date and tells which migrations that took.
///
/// # Errors
/// When a newer version has migrated it, or a migration fails.
pub(crate) fn run(connection: &mut AnyConnection) -> Result<Vec<String>, OpenError> {
    match connection {
        AnyConnection::Sqlite(connection) => run_on(connection, SQLITE),
        AnyConnection::Postgres(connection) => {
            // Two processes that start at once migrate one after the other.
            let failed = |error: diesel::result::Error| OpenError::Storage(error.into());
            diesel::sql_query(format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
                .execute(connection)
                .map_err(failed)?;
            let done = run_on(connection, POSTGRES);
            diesel::sql_query(format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
                .execute(connection)
                .map_err(failed)?;
            done
        }
    }
}

/// Any number that no other user of the database takes: "pylon" in ASCII, and 1.
const MIGRATION_LOCK: i64 = 0x7079_6c6f_6e01;

fn run_on<DB, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, OpenError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let applied = connection.applied_migrations().map_err(failed)?;
    let applied = applied.iter().map(ToString::to_string).collect();
    let missing = missing::<DB>(applied, &source)?;
    connection.run_pending_migrations(source).map_err(failed)?;
    Ok(missing)
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> OpenError {
    OpenError::Migrate {
        reason: error.to_string(),
    }
}

/// The migrations that are not among the applied versions.
fn missing<DB>(applied: Vec<String>, source: &EmbeddedMigrations) -> Result<Vec<String>, OpenError>
where
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    let (mut versions, mut missing) = (Vec::new(), Vec::new());
    for migration in &known {
        let version = migration.name().version().to_string();
        if !applied.contains(&version) {
            missing.push(migration.name().to_string());
        }
        versions.push(version);
    }
    match applied
        .into_iter()
        .find(|version| !versions.contains(version))
    {
        Some(version) => Err(OpenError::Newer { version }),
        None => Ok(missing),
    }
}

/// How the schema of a database stands to this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// There is no database: opening makes it.
    Absent,
    /// Nothing is to be done.
    Current,
    /// Opening runs these migrations.
    Behind(Vec<String>),
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

#[derive(diesel::QueryableByName)]
struct Tables {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    found: i64,
}

/// Looks at a database without changing it.
pub(crate) fn schema(connection: &mut AnyConnection) -> Result<Schema, OpenError> {
    let missing = match connection {
        AnyConnection::Sqlite(_) => {
            missing::<diesel::sqlite::Sqlite>(applied(connection)?, &SQLITE)?
        }
        AnyConnection::Postgres(_) => missing::<diesel::pg::Pg>(applied(connection)?, &POSTGRES)?,
    };
    Ok(if missing.is_empty() {
        Schema::Current
    } else {
        Schema::Behind(missing)
    })
}

fn applied(connection: &mut AnyConnection) -> Result<Vec<String>, StorageError> {
    let counts = match connection {
        AnyConnection::Sqlite(_) => {
            "SELECT count(*) AS found FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
        }
        AnyConnection::Postgres(_) => {
            "SELECT count(to_regclass('__diesel_schema_migrations')) AS found"
        }
    };
    let tables: Tables = diesel::sql_query(counts).get_result(connection)?;
    if tables.found == 0 {
        return Ok(Vec::new());
    }
    Ok(__diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .load(connection)?)
}
