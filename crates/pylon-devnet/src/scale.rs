//! Macros that declare the runtime's types: struct or enum, codec, and type info under the real
//! runtime's path, from one declaration.

/// A struct of the runtime.
macro_rules! scale_struct {
    ($(#[$meta:meta])* $path:literal $name:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
        pub(crate) struct $name { $(pub(crate) $field: $ty),* }

        impl scale_info::TypeInfo for $name {
            type Identity = Self;
            fn type_info() -> scale_info::Type {
                scale_info::Type::builder()
                    .path(scale_info::Path::new(stringify!($name), $path))
                    .composite(scale_info::build::Fields::named()
                        $(.field(|f| f.ty::<$ty>().name(stringify!($field)).type_name(stringify!($ty))))*)
            }
        }
    };
}

/// An enum of the runtime: `index Variant { field: Type, … }` or `index Variant(Type, …)`, each
/// group possibly empty.
macro_rules! scale_enum {
    ($(#[$meta:meta])* $path:literal $name:ident { $($index:literal $variant:ident $({ $($field:ident: $ty:ty),* $(,)? })? $(($($tuple:ty),*))?),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
        #[allow(non_camel_case_types, reason = "calls carry their snake-case names in the metadata")]
        pub(crate) enum $name { $(#[codec(index = $index)] $variant $({ $($field: $ty),* })? $(($($tuple),*))?),* }

        impl scale_info::TypeInfo for $name {
            type Identity = Self;
            fn type_info() -> scale_info::Type {
                scale_info::Type::builder()
                    .path(scale_info::Path::new(stringify!($name), $path))
                    .variant(scale_info::build::Variants::new()
                        $(.variant(stringify!($variant), |v| {
                            let v = v.index($index);
                            $(let v = v.fields(scale_info::build::Fields::named()
                                $(.field(|f| f.ty::<$ty>().name(stringify!($field)).type_name(stringify!($ty))))*);)?
                            $(let v = v.fields(scale_info::build::Fields::unnamed()
                                $(.field(|f| f.ty::<$tuple>().type_name(stringify!($tuple))))*);)?
                            v
                        }))*)
            }
        }
    };
}

pub(crate) use {scale_enum, scale_struct};
