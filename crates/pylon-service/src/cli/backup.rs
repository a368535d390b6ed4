//! `backup`.

use std::path::PathBuf;

use pylon_storage::Storage;

use super::{CommandError, say};
use crate::config::Config;

pub(super) async fn run(config: &Config, to: PathBuf) -> Result<(), CommandError> {
    Storage::backup(&config.database, to.clone()).await?;
    say(&format!(
        "{} is copied to {}",
        config.database,
        to.display()
    ))?;
    Ok(())
}
