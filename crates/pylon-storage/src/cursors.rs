use diesel::prelude::*;
use pylon_models::{BlockHash, BlockNumber, BlockRef};

use crate::connection::AnyConnection;
use crate::error::StorageError;
use crate::schema::cursors;
use crate::storage::Storage;

/// How far one follower of the chain has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Whose it is.
    pub name: String,
    /// The last block that it is done with.
    pub block: BlockRef,
}

impl Storage {
    /// Where the follower of that name stopped, if it ever ran.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cursor(&self, name: &'static str) -> Result<Option<Cursor>, StorageError> {
        self.read(move |connection| {
            let row: Option<(i64, String)> = cursors::table
                .find(name)
                .select((cursors::block, cursors::hash))
                .first(connection)
                .optional()?;
            row.map(|(block, hash)| {
                let unread = |what: &dyn std::fmt::Display| StorageError::row("cursors", what);
                Ok(Cursor {
                    name: name.to_owned(),
                    block: BlockRef {
                        number: BlockNumber::new(u32::try_from(block).map_err(|e| unread(&e))?),
                        hash: hash.parse::<BlockHash>().map_err(|e| unread(&e))?,
                    },
                })
            })
            .transpose()
        })
        .await
    }

    /// Keeps how far a follower has come.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn move_cursor(&self, cursor: Cursor) -> Result<(), StorageError> {
        self.write(move |connection| put(connection, &cursor)).await
    }
}

pub(crate) fn put(connection: &mut AnyConnection, cursor: &Cursor) -> Result<(), StorageError> {
    let block = i64::from(cursor.block.number.get());
    let hash = cursor.block.hash.to_string();
    let moved = diesel::update(cursors::table.find(&cursor.name))
        .set((cursors::block.eq(block), cursors::hash.eq(&hash)))
        .execute(connection)?;
    if moved == 0 {
        diesel::insert_into(cursors::table)
            .values((
                cursors::name.eq(&cursor.name),
                cursors::block.eq(block),
                cursors::hash.eq(&hash),
            ))
            .execute(connection)?;
    }
    Ok(())
}
