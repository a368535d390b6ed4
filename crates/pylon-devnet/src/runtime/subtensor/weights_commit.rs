//! The argument of timelocked commits.

use codec::{Decode, Encode, Error, Input};
use scale_info::{Type, TypeInfo};
use sp_runtime::{BoundedVec, traits::ConstU32};

use crate::runtime::layout::described;

/// Most bytes that a subnet under Yuma takes; June's runtime decodes no more.
pub(crate) const MAX_COMMIT_BYTES: u32 = 5_000;
/// Most bytes that October's runtime decodes.
const MAX_DECODED_BYTES: u32 = 32 * 1_024;

/// Weights that somebody sealed. How long they may be is the layout's, which the metadata does not
/// tell.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub(crate) struct WeightsCommit(pub(crate) Vec<u8>);

impl Decode for WeightsCommit {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        if described().has_later() {
            BoundedVec::<u8, ConstU32<MAX_DECODED_BYTES>>::decode(input)
                .map(|bytes| Self(bytes.into()))
        } else {
            BoundedVec::<u8, ConstU32<MAX_COMMIT_BYTES>>::decode(input)
                .map(|bytes| Self(bytes.into()))
        }
    }
}

impl TypeInfo for WeightsCommit {
    type Identity = BoundedVec<u8, ConstU32<MAX_COMMIT_BYTES>>;
    fn type_info() -> Type {
        Self::Identity::type_info()
    }
}
