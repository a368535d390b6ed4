//! The keys that neurons serve TLS with.

use pylon_models::Hotkey;
use pylon_models::v1::{CertificateBody, CertificatesBody};

use crate::Call;
use crate::pinned::Scope;

/// The certificates of a subnet's neurons. An identity's own is
/// [`Identity::own_certificate`](crate::Identity::own_certificate).
#[derive(Debug, Clone)]
pub struct Certificates(Scope);

impl Certificates {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self(scope.clone())
    }

    /// `…/block/latest/certificates`: by hotkey, at the best head. The body names no block;
    /// [`Call::fetch`] does.
    pub fn latest(&self) -> Call<CertificatesBody> {
        self.0.get("/block/latest/certificates")
    }

    /// `…/block/latest/certificates/{hotkey}`: that of one neuron; `not_found` where it has none.
    pub fn of(&self, hotkey: &Hotkey) -> Call<CertificateBody> {
        self.0
            .get(format_args!("/block/latest/certificates/{hotkey}"))
    }
}
