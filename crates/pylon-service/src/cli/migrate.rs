//! `migrate`.

use super::{CommandError, say};
use crate::config::Config;
use crate::database;

pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let ran = database::migrate(&config.database).await?;
    for migration in &ran {
        say(&format!("migrated {}: {migration}", config.database))?;
    }
    if ran.is_empty() {
        say(&format!("{} is up to date", config.database))?;
    }
    Ok(())
}
