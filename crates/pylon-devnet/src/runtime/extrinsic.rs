//! Extrinsics as the metadata and the runtime APIs name them. Clients look the types of addresses,
//! calls and signatures up in the parameters of the inner one.

use codec::{Decode, Encode, Error, Input};
use scale_info::{Path, Type, TypeInfo, TypeParameter, build::Fields, meta_type};
use sp_runtime::MultiSignature;

use super::{Address, RuntimeCall, extension::Extensions, layout::Layout};
use crate::node::extrinsic::{DecodeError, Extrinsic};

/// An extrinsic in the arguments of a runtime API.
pub(crate) struct UncheckedExtrinsic(pub(crate) Extrinsic);

impl Decode for UncheckedExtrinsic {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let content = Vec::<u8>::decode(input)?;
        let bytes = content.encode();
        // Arguments are read without the state, so without its layout: any will do.
        let read = |layout| Extrinsic::decode(&bytes, layout);
        match read(Layout::Jun2026).or_else(|_| read(Layout::Oct2026)) {
            Ok(extrinsic) => Ok(Self(extrinsic)),
            Err(DecodeError::Envelope(error) | DecodeError::Content(error)) => Err(error),
        }
    }
}

fn parameters(extensions: &'static str) -> [TypeParameter; 4] {
    [
        TypeParameter::new("Address", Some(meta_type::<Address>())),
        TypeParameter::new("Call", Some(meta_type::<RuntimeCall>())),
        TypeParameter::new("Signature", Some(meta_type::<MultiSignature>())),
        TypeParameter::new(extensions, Some(meta_type::<Extensions>())),
    ]
}

impl TypeInfo for UncheckedExtrinsic {
    type Identity = Self;
    fn type_info() -> Type {
        Type::builder()
            .path(Path::new(
                "UncheckedExtrinsic",
                "fp_self_contained::unchecked_extrinsic",
            ))
            .type_params(parameters("Extension"))
            .composite(Fields::unnamed().field(|f| {
                f.ty::<Opaque>()
                    .type_name("generic::UncheckedExtrinsic<Address, Call, Signature, Extension>")
            }))
    }
}

/// What Frontier's extrinsic wraps: a list of bytes whose parameters name its parts.
struct Opaque;

impl TypeInfo for Opaque {
    type Identity = Self;
    fn type_info() -> Type {
        Type::builder()
            .path(Path::new(
                "UncheckedExtrinsic",
                "sp_runtime::generic::unchecked_extrinsic",
            ))
            .type_params(parameters("Extra"))
            .composite(Fields::unnamed().field(|f| f.ty::<Vec<u8>>()))
    }
}
