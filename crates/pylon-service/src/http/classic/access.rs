//! Who may call the classic surface.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use pylon_models::NetUid;
use pylon_storage::Epoch;

use crate::app::App;
use crate::classic::{Access, Classic};
use crate::http::access::{Writer, app, open_access};
use crate::http::credentials::present;
use crate::http::error::ApiError;
use crate::http::neurons::recent;
use crate::snapshots::Page;

/// May read the subnet: by the open-access token, unless anybody may.
pub(super) struct Reader {
    pub(super) netuid: NetUid,
}

/// May write for the identity, with its key: by its own token, unless anybody may.
pub(super) struct Signer(pub(super) Writer);

/// May write for the identity, which is a validator: by its own token, unless anybody may.
pub(super) struct Validator {
    /// The subnet as it was last read.
    pub(super) page: Arc<Page>,
    /// The epoch that was under way then.
    pub(super) epoch: Epoch,
}

impl FromRequest for Reader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = |request| {
            let (app, classic) = served(request)?;
            if let Access::Token = classic.access {
                open_access(app, request)?;
            }
            Ok(Self {
                netuid: classic.netuid,
            })
        };
        ready(read(request))
    }
}

impl FromRequest for Signer {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signer(request).map(Self))
    }
}

impl FromRequest for Validator {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { validator(&request).await })
    }
}

async fn validator(request: &HttpRequest) -> Result<Validator, ApiError> {
    let (app, classic) = writer(request)?;
    let hotkey = classic.hotkey.ok_or(ApiError::ValidatorsOnly)?;
    let (page, _) = recent(app, classic.netuid).await?;
    let snapshot = page.snapshot();
    let mut neurons = snapshot.neurons.iter();
    if !neurons.any(|neuron| neuron.hotkey == hotkey && neuron.validator_permit) {
        return Err(ApiError::ValidatorsOnly);
    }
    let (start, _) = snapshot
        .epochs
        .bounds(snapshot.block.number.into())
        .ok_or(ApiError::NoEpochs(classic.netuid))?;
    Ok(Validator {
        epoch: classic.epoch(start),
        page,
    })
}

fn signer(request: &HttpRequest) -> Result<Writer, ApiError> {
    let (app, classic) = writer(request)?;
    let hotkey = app.committer.hotkey(&classic.identity);
    Ok(Writer {
        hotkey: hotkey.ok_or_else(|| ApiError::HotkeyUnknown(classic.identity.to_string()))?,
        identity: classic.identity.clone(),
        netuid: classic.netuid,
    })
}

fn writer(request: &HttpRequest) -> Result<(&App, &Classic), ApiError> {
    let (app, classic) = served(request)?;
    if let Access::Token = classic.access {
        let identity = app.gates.identities.get(classic.identity.as_str());
        let gate = identity
            .map(|identity| &identity.gate)
            .filter(|gate| !gate.is_closed())
            .ok_or_else(|| ApiError::IdentityClosed(classic.identity.to_string()))?;
        present(gate, request)?;
    }
    Ok((app, classic))
}

/// The surface, which has no paths where it is not served.
fn served(request: &HttpRequest) -> Result<(&App, &Classic), ApiError> {
    let app = app(request)?;
    let classic = app.classic.as_ref().ok_or(ApiError::NotFound)?;
    Ok((app, classic))
}
