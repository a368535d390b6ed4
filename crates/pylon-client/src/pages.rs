//! Lists in pages.

use std::fmt;

use pylon_models::wire::Paged;
use serde::de::DeserializeOwned;

use crate::{Call, Error};

/// The pages of a list, all of the block that the first one was read at, however far the head goes meanwhile; see
/// [`Call::pages`].
#[must_use = "nothing is asked for before `next_page`"]
pub struct Pages<T> {
    call: Call<T>,
    limit: u16,
    next: Next,
}

/// Which page comes next.
#[derive(Debug)]
enum Next {
    First,
    At(String),
    None,
}

impl<T: Paged> Call<T> {
    /// Asks for the list in pages of `limit` items, 1,000 at most.
    ///
    /// ```no_run
    /// # async fn run(client: pylon_client::PylonClient) -> Result<(), pylon_client::Error> {
    /// use pylon_client::MechId;
    ///
    /// let mut pages = client.subnet(1).weights(MechId::MAIN).latest().pages(100);
    /// while let Some(page) = pages.next_page().await? {
    ///     println!("block {}: {} rows", page.block.number, page.weights.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(self, limit: u16) -> Pages<T> {
        Pages {
            call: self.query("limit", &limit.to_string()),
            limit,
            next: Next::First,
        }
    }
}

impl<T: Paged + DeserializeOwned + 'static> Pages<T> {
    /// The next page; `None` behind the last one. After an error the same page can be asked for again; after
    /// `bad_cursor` its block is gone, and the list has to be begun anew.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn next_page(&mut self) -> Result<Option<T>, Error> {
        let call = match &self.next {
            Next::None => return Ok(None),
            Next::First => self.call.clone(),
            Next::At(cursor) => self.call.clone().query("cursor", cursor),
        };
        let page = call.await?;
        self.next = match page.next_cursor() {
            Some(cursor) => Next::At(cursor.to_owned()),
            None => Next::None,
        };
        Ok(Some(page))
    }

    /// What all the pages that are left list, together.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn collect(mut self) -> Result<Vec<T::Item>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next_page().await? {
            items.extend(page.into_items());
        }
        Ok(items)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("path", &self.call.path())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
