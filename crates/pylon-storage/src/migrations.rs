//! The migrations of both databases, compiled in.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::AnyConnection;
use crate::error::OpenError;

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
            use diesel::RunQueryDsl;
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
const MIGRATION_LOCK: i64 = 0x70_796c_6f6e_01;

fn run_on<DB, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, OpenError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed = |error: &dyn std::fmt::Display| OpenError::Migrate {
        reason: error.to_string(),
    };
    let known: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(|error| failed(&error))?;
    let known: Vec<MigrationVersion<'_>> = known
        .iter()
        .map(|migration| migration.name().version())
        .collect();
    let applied = connection
        .applied_migrations()
        .map_err(|error| failed(&error))?;
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        return Err(OpenError::Newer {
            version: newer.to_string(),
        });
    }
    let ran = connection
        .run_pending_migrations(source)
        .map_err(|error| failed(&error))?;
    Ok(ran.iter().map(ToString::to_string).collect())
}
