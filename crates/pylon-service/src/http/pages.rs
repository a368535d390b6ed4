//! `?limit=` and `?cursor=`: a list in pages that are all of one block, however far the head has gone meanwhile.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use pylon_models::{BlockHash, BlockNumber, BlockRef};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::answer::Wants;
use super::error::ApiError;
use super::path;
use crate::blocks::{At, Stamp};
use crate::reads::Read;

/// Items of a page at most.
const MOST: u16 = 1000;

/// Which page was asked for; the whole list where the request does not say.
pub(super) struct Pages {
    limit: Option<u16>,
    cursor: Option<String>,
}

/// The place of an item in a list at a block. As text it is hex; clients keep it as it is.
struct Cursor {
    block: BlockRef,
    position: u32,
}

impl FromRequest for Pages {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pages(request))
    }
}

fn pages(request: &HttpRequest) -> Result<Pages, ApiError> {
    let limit = path::query(request, "limit")?.map(|text| {
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        let message = format!("not a number from 1 to {MOST}");
        limit.ok_or_else(|| ApiError::invalid(request, "query", "limit", message))
    });
    Ok(Pages {
        limit: limit.transpose()?,
        cursor: path::query(request, "cursor")?,
    })
}

impl Pages {
    /// The answer with the page that was asked for of what is read at that block.
    pub(super) async fn answer(
        &self,
        wants: &Wants,
        read: Read,
        at: At,
    ) -> Result<HttpResponse, ApiError> {
        let reads = &wants.app().reads;
        let (found, holds, position) = match &self.cursor {
            None if self.limit.is_none() => return wants.read(read, at).await,
            None => {
                let (found, holds) = reads.get(read, at).await?;
                (found, holds, 0)
            }
            Some(text) => {
                let cursor = Cursor::parse(text, read).ok_or(ApiError::BadCursor)?;
                if matches!(at, At::Number(number) if number != cursor.block.number) {
                    return Err(ApiError::BadCursor);
                }
                let found = reads.get_of(read, cursor.block).await?;
                let (found, holds) = found.ok_or(ApiError::BadCursor)?;
                (found, holds, cursor.position)
            }
        };
        let limit = self.limit.unwrap_or(MOST);
        let block = found.block;
        let next = |position| {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            Cursor { block, position }.text(read)
        };
        let first = usize::try_from(position).map_err(|_| ApiError::BadCursor)?;
        let page = found.page(first, limit.into(), next);
        let page = page.ok_or(ApiError::BadCursor)?;
        let stamp = Stamp::of_part(block, &format!(".{position}.{limit}"))
            .map_err(crate::load::LoadError::from)?;
        Ok(wants.answer(&stamp, &page, holds).await)
    }
}

impl Cursor {
    fn payload(&self) -> Vec<u8> {
        [
            &self.block.number.get().to_be_bytes()[..],
            self.block.hash.as_bytes(),
            &self.position.to_be_bytes(),
        ]
        .concat()
    }

    /// Tells a cursor of another list, and one that was damaged. It is no secret: whoever makes one up reads what he may
    /// read anyway, and the block is confirmed before it is.
    fn check(payload: &[u8], read: Read) -> Vec<u8> {
        let digest = Sha256::new()
            .chain_update(payload)
            .chain_update(format!("{read:?}"))
            .finalize();
        digest.iter().take(8).copied().collect()
    }

    fn text(&self, read: Read) -> String {
        let payload = self.payload();
        let check = Self::check(&payload, read);
        hex::encode([payload, check].concat())
    }

    fn parse(text: &str, read: Read) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        let (number, rest) = bytes.split_first_chunk()?;
        let (hash, rest) = rest.split_first_chunk::<32>()?;
        let (position, check) = rest.split_first_chunk()?;
        let cursor = Self {
            block: BlockRef {
                number: BlockNumber::new(u32::from_be_bytes(*number)),
                hash: BlockHash::from_bytes(*hash),
            },
            position: u32::from_be_bytes(*position),
        };
        (check == Self::check(&cursor.payload(), read)).then_some(cursor)
    }
}

impl IntoParams for Pages {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MOST));
        let text = ObjectBuilder::new().schema_type(Type::String);
        [
            (
                "limit",
                number,
                "Items of a page; without it and without a cursor the whole list is answered",
            ),
            (
                "cursor",
                text,
                "`next_cursor` of the page before: the answer is of that page's block, whatever is the latest by now",
            ),
        ]
        .map(|(name, schema, text)| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(text))
                .schema(Some(Schema::Object(schema.build())))
                .build()
        })
        .to_vec()
    }
}
