//! What coldkeys have.

use actix_web::{HttpResponse, get};
use pylon_models::wire::AccountBody;

use super::access::OpenReader;
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::OurReadProblems;
use super::pages::Pages;
use super::path::{Account, Block};
use crate::reads::Read;

/// The balance and the stake of a coldkey.
#[utoipa::path(tag = "accounts", security(("token" = [])), params(Pages), responses((status = 200, body = AccountBody), OurReadProblems))]
#[get("/block/{block}/account/{coldkey}")]
pub(super) async fn account(
    _reader: OpenReader,
    block: Block,
    account: Account,
    pages: Pages,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    pages
        .answer(&wants, Read::Account(account.0), block.0)
        .await
}
