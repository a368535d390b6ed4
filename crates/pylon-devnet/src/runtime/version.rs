//! What the runtime says of itself.

use std::borrow::Cow;

use sp_crypto_hashing::blake2_64;

use super::{api, layout::Layout};
use crate::scale::scale_struct;

scale_struct! {
    /// Versions of the runtime and of its APIs.
    "sp_version" RuntimeVersion {
        spec_name: Cow<'static, str>,
        impl_name: Cow<'static, str>,
        authoring_version: u32,
        spec_version: u32,
        impl_version: u32,
        apis: Cow<'static, [([u8; 8], u32)]>,
        transaction_version: u32,
        system_version: u8,
    }
}

/// The version of a layout.
pub(crate) fn version(layout: Layout) -> RuntimeVersion {
    RuntimeVersion {
        spec_name: Cow::Borrowed("node-subtensor"),
        impl_name: Cow::Borrowed("node-subtensor"),
        authoring_version: 1,
        spec_version: layout.spec_version(),
        impl_version: 1,
        apis: api::TRAITS
            .iter()
            .map(|api| (blake2_64(api.name.as_bytes()), api.version))
            .collect(),
        transaction_version: 1,
        system_version: 1,
    }
}
