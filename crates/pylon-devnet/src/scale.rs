//! Macros that declare the runtime's types: struct or enum, codec, and type info under the real
//! runtime's path, from one declaration.
//!
//! What June's runtime lacks stands after the rest, under `since Oct2026`: its codec knows it in
//! either layout, its type info in October's alone.

use codec::{Decode, Encode, Error, Input, Output};

use crate::runtime::layout::described;

/// A struct of the runtime, and the fields that October added at its end.
macro_rules! scale_struct {
    ($(#[$meta:meta])* $path:literal $name:ident { $($field:ident: $ty:ty),* $(,)? } $(since Oct2026 { $($later:ident: $later_ty:ty),* $(,)? })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
        pub(crate) struct $name { $(pub(crate) $field: $ty,)* $($(pub(crate) $later: $crate::scale::Later<$later_ty>),*)? }

        impl scale_info::TypeInfo for $name {
            type Identity = Self;
            fn type_info() -> scale_info::Type {
                let fields = scale_info::build::Fields::named()
                    $(.field(|f| f.ty::<$ty>().name(stringify!($field)).type_name(stringify!($ty))))*;
                $(let fields = if $crate::runtime::layout::described().has_later() {
                    fields$(.field(|f| f.ty::<$later_ty>().name(stringify!($later)).type_name(stringify!($later_ty))))*
                } else {
                    fields
                };)?
                scale_info::Type::builder()
                    .path(scale_info::Path::new(stringify!($name), $path))
                    .composite(fields)
            }
        }
    };
}

/// An enum of the runtime: `index Variant { field: Type, … }` or `index Variant(Type, …)`, each
/// group possibly empty. Where October's index is one that June gives to another variant, it follows an
/// index of our own, from 200 on: `200 => 6 Variant`.
macro_rules! scale_enum {
    (@october $index:literal) => { $index };
    (@october $index:literal $october:literal) => { $october };
    ($(#[$meta:meta])* $path:literal $name:ident {
        $($index:literal $variant:ident $({ $($field:ident: $ty:ty),* $(,)? })? $(($($tuple:ty),*))?),* $(,)?
    } $(since Oct2026 {
        $($later_index:literal $(=> $october:literal)? $later:ident $({ $($later_field:ident: $later_ty:ty),* $(,)? })? $(($($later_tuple:ty),*))?),* $(,)?
    })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
        #[allow(non_camel_case_types, reason = "calls carry their snake-case names in the metadata")]
        pub(crate) enum $name {
            $(#[codec(index = $index)] $variant $({ $($field: $ty),* })? $(($($tuple),*))?,)*
            $($(#[codec(index = $later_index)] $later $({ $($later_field: $later_ty),* })? $(($($later_tuple),*))?),*)?
        }

        impl scale_info::TypeInfo for $name {
            type Identity = Self;
            fn type_info() -> scale_info::Type {
                let variants = scale_info::build::Variants::new()
                    $(.variant(stringify!($variant), |v| {
                        let v = v.index($index);
                        $(let v = v.fields(scale_info::build::Fields::named()
                            $(.field(|f| f.ty::<$ty>().name(stringify!($field)).type_name(stringify!($ty))))*);)?
                        $(let v = v.fields(scale_info::build::Fields::unnamed()
                            $(.field(|f| f.ty::<$tuple>().type_name(stringify!($tuple))))*);)?
                        v
                    }))*;
                $(let variants = if $crate::runtime::layout::described().has_later() {
                    variants$(.variant(stringify!($later), |v| {
                        let v = v.index($later_index);
                        $(let v = v.fields(scale_info::build::Fields::named()
                            $(.field(|f| f.ty::<$later_ty>().name(stringify!($later_field)).type_name(stringify!($later_ty))))*);)?
                        $(let v = v.fields(scale_info::build::Fields::unnamed()
                            $(.field(|f| f.ty::<$later_tuple>().type_name(stringify!($later_tuple))))*);)?
                        v
                    }))*
                } else {
                    variants
                };)?
                let ty = scale_info::Type::builder()
                    .path(scale_info::Path::new(stringify!($name), $path))
                    .variant(variants);
                $(let ty = $crate::runtime::oct2026::revise(ty, &[
                    $((stringify!($later), $crate::scale::scale_enum!(@october $later_index $($october)?))),*
                ]);)?
                ty
            }
        }
    };
}

pub(crate) use {scale_enum, scale_struct};

/// A field that October added at the end of a struct: no bytes at all in June's layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Later<T>(pub(crate) Option<T>);

impl<T: Encode> Encode for Later<T> {
    fn encode_to<O: Output + ?Sized>(&self, dest: &mut O) {
        if let Some(value) = &self.0 {
            value.encode_to(dest);
        }
    }
}

impl<T: Decode> Decode for Later<T> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        // Bytes do not say whose they are.
        if described().has_later() {
            T::decode(input).map(|value| Self(Some(value)))
        } else {
            Ok(Self(None))
        }
    }
}
