//! Who may call: extractors that hand out what a token opens.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use pylon_models::{Hotkey, IdentityName, NetUid};

use super::credentials::{is_logged_in, present};
use super::error::ApiError;
use super::path;
use crate::app::App;
use crate::auth::Gate;

/// May read one subnet: by the open-access token, or on an identity's path by that identity's.
pub(crate) struct SubnetReader {
    /// The subnet.
    pub(crate) netuid: NetUid,
    /// Whether it logged in, as clients up to 1.9 do.
    pub(crate) logged_in: bool,
}

/// May write for an identity: by its own token, on its own path.
pub(crate) struct Writer {
    /// The identity.
    pub(crate) identity: IdentityName,
    /// Its subnet.
    pub(crate) netuid: NetUid,
    /// The hotkey that signs for it.
    pub(crate) hotkey: Hotkey,
}

/// `{hotkey}` of a path: an address or, on an identity's path, `self`.
pub(crate) struct Neuron(pub(crate) Hotkey);

/// The hotkey of the identity whose path it is.
pub(crate) struct OwnHotkey(pub(crate) Hotkey);

/// May read what belongs to no subnet, by the open-access token.
pub(crate) struct OpenReader;

/// May read what the path is about: a subnet's where it names one, else what belongs to none.
pub(crate) struct Reader;

/// May read the metrics.
pub(crate) struct Scraper;

impl FromRequest for SubnetReader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(subnet_reader(request))
    }
}

impl FromRequest for Writer {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(writer(request))
    }
}

impl FromRequest for Neuron {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(neuron(request).map(Self))
    }
}

impl FromRequest for OwnHotkey {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(own_hotkey(request, path::segment(request, "identity_name")).map(Self))
    }
}

impl FromRequest for OpenReader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            app(request)
                .and_then(|app| open_access(app, request))
                .map(|()| Self),
        )
    }
}

impl FromRequest for Reader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let opened = if request.match_info().get("netuid").is_some() {
            subnet_reader(request).map(|_| ())
        } else {
            app(request).and_then(|app| open_access(app, request))
        };
        ready(opened.map(|()| Self))
    }
}

impl FromRequest for Scraper {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pass = |app: &App| {
            if app.gates.metrics.is_closed() {
                return Err(ApiError::MetricsClosed);
            }
            present(&app.gates.metrics, request)
                .map_err(|error| ApiError::MetricsForbidden(Box::new(error)))
        };
        ready(app(request).and_then(pass).map(|()| Self))
    }
}

/// Guard first, then the netuid: who may not read is not told what there would be.
fn subnet_reader(request: &HttpRequest) -> Result<SubnetReader, ApiError> {
    let app = app(request)?;
    let Some(name) = request.match_info().get("identity_name") else {
        open_access(app, request)?;
        return Ok(SubnetReader {
            netuid: path::netuid(request)?,
            logged_in: false,
        });
    };
    let identity = app.gates.identities.get(name);
    if identity.is_some_and(|identity| identity.gate.is_closed()) {
        return Err(ApiError::IdentityClosed(name.to_owned()));
    }
    let logged_in = match identity {
        Some(identity) => is_logged_in(name, &identity.gate, request)?,
        None => false,
    };
    if !logged_in {
        // Who shows nothing is not told whether the identity exists.
        let nobody = Gate::closed();
        let gate = identity.map_or(&nobody, |identity| &identity.gate);
        match (present(gate, request), identity) {
            (Err(ApiError::TokenWrong), None) => {}
            (shown, _) => shown?,
        }
    }
    let identity = identity.ok_or_else(|| ApiError::IdentityNotFound(name.to_owned()))?;
    let netuid = path::netuid(request)?;
    if netuid != identity.netuid {
        let location = with_netuid(request, identity.netuid);
        return Err(ApiError::OtherSubnet {
            name: name.to_owned(),
            netuid: identity.netuid,
            location,
        });
    }
    Ok(SubnetReader { netuid, logged_in })
}

fn writer(request: &HttpRequest) -> Result<Writer, ApiError> {
    let reader = subnet_reader(request)?;
    let name = path::segment(request, "identity_name");
    let identity: IdentityName = name
        .parse()
        .map_err(|_| ApiError::IdentityNotFound(name.to_owned()))?;
    let hotkey = app(request)?.committer.hotkey(&identity);
    Ok(Writer {
        hotkey: hotkey.ok_or_else(|| ApiError::HotkeyUnknown(name.to_owned()))?,
        identity,
        netuid: reader.netuid,
    })
}

fn neuron(request: &HttpRequest) -> Result<Hotkey, ApiError> {
    let Some(name) = request
        .match_info()
        .get("identity_name")
        .filter(|_| path::segment(request, "hotkey") == "self")
    else {
        return path::parsed(request, "hotkey");
    };
    own_hotkey(request, name)
}

fn own_hotkey(request: &HttpRequest, name: &str) -> Result<Hotkey, ApiError> {
    let identity = app(request)?.gates.identities.get(name);
    identity
        .and_then(|identity| identity.hotkey)
        .ok_or_else(|| ApiError::HotkeyUnknown(name.to_owned()))
}

pub(super) fn open_access(app: &App, request: &HttpRequest) -> Result<(), ApiError> {
    if app.gates.open_access.is_closed() {
        return Err(ApiError::OpenAccessClosed);
    }
    present(&app.gates.open_access, request)
}

/// The request's path and query with another netuid: the segment two after the identity's name.
fn with_netuid(request: &HttpRequest, netuid: NetUid) -> String {
    let mut segments: Vec<String> = request.path().split('/').map(str::to_owned).collect();
    let identity = segments.iter().position(|segment| segment == "identity");
    if let Some(segment) = identity.and_then(|index| segments.get_mut(index + 3)) {
        *segment = netuid.to_string();
    }
    let query = request.query_string();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{query}", segments.join("/"))
}

pub(super) fn app(request: &HttpRequest) -> Result<&App, ApiError> {
    request
        .app_data::<web::Data<App>>()
        .map(|app| app.get_ref())
        .ok_or(ApiError::Internal)
}
