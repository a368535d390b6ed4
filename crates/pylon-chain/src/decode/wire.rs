//! What a type of the chain must look like for us, and how to read it when it looks otherwise.

use codec::{Compact, Decode};
use scale_decode::DecodeAsType;
use scale_info::form::PortableForm;
use scale_info::{Field, PortableRegistry, Type, TypeDef, TypeDefPrimitive, Variant};

use super::DecodeError;

/// Newtypes stand one in another a few levels deep at most; a registry that nests them further, or in a
/// circle, declares nothing that we read.
pub(crate) const NEWTYPE_DEPTH: usize = 8;

/// Lists grow as their items are read, so a length that lies costs no more memory than this many items.
const FIRST_CAPACITY: usize = 256;

/// A value of the chain: its static layout is its `Decode`.
pub(crate) trait Wire: Decode {
    /// Whether `Decode` reads what the metadata declares, names of fields included.
    fn matches(types: &PortableRegistry, id: u32) -> bool;

    /// Reads whatever the metadata declares, as long as the fields that we need are in it.
    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError>;
}

/// The type behind its newtypes: one field, so the same bytes.
fn resolve(types: &PortableRegistry, mut id: u32) -> Option<(&Type<PortableForm>, u32)> {
    for _ in 0..NEWTYPE_DEPTH {
        let ty = types.resolve(id)?;
        match &ty.type_def {
            TypeDef::Composite(composite) => match composite.fields.as_slice() {
                [only] => id = only.ty.id,
                _ => return Some((ty, id)),
            },
            TypeDef::Tuple(tuple) => match tuple.fields.as_slice() {
                [only] => id = only.id,
                _ => return Some((ty, id)),
            },
            _ => return Some((ty, id)),
        }
    }
    None
}

fn found(types: &PortableRegistry, id: u32) -> &'static str {
    match resolve(types, id).map(|(ty, _)| &ty.type_def) {
        None => "an unknown type",
        Some(TypeDef::Composite(_)) => "a struct",
        Some(TypeDef::Variant(_)) => "an enum",
        Some(TypeDef::Sequence(_)) => "a list",
        Some(TypeDef::Array(_)) => "an array",
        Some(TypeDef::Tuple(_)) => "a tuple",
        Some(TypeDef::Primitive(_)) => "a primitive",
        Some(TypeDef::Compact(_)) => "a compact number",
        Some(TypeDef::BitSequence(_)) => "a bit sequence",
    }
}

pub(crate) fn expected<T>(
    expected: &'static str,
    types: &PortableRegistry,
    id: u32,
) -> Result<T, DecodeError> {
    Err(DecodeError::Type {
        expected,
        found: found(types, id),
    })
}

/// The fields of a struct.
pub(crate) fn fields(types: &PortableRegistry, id: u32) -> Option<&[Field<PortableForm>]> {
    match &resolve(types, id)?.0.type_def {
        TypeDef::Composite(composite) => Some(&composite.fields),
        _ => None,
    }
}

/// The variants of an enum.
pub(crate) fn variants(types: &PortableRegistry, id: u32) -> Option<&[Variant<PortableForm>]> {
    match &resolve(types, id)?.0.type_def {
        TypeDef::Variant(variant) => Some(&variant.variants),
        _ => None,
    }
}

/// What a list holds.
pub(crate) fn item(types: &PortableRegistry, id: u32) -> Option<u32> {
    match &resolve(types, id)?.0.type_def {
        TypeDef::Sequence(sequence) => Some(sequence.type_param.id),
        _ => None,
    }
}

/// What an `Option` may hold.
pub(crate) fn option(types: &PortableRegistry, id: u32) -> Option<u32> {
    match variants(types, id)? {
        [none, some]
            if (none.name.as_str(), none.index) == ("None", 0)
                && (some.name.as_str(), some.index) == ("Some", 1) =>
        {
            match (none.fields.as_slice(), some.fields.as_slice()) {
                ([], [inner]) => Some(inner.ty.id),
                _ => None,
            }
        }
        _ => None,
    }
}

macro_rules! primitive {
    ($($ty:ty = $primitive:ident),+ $(,)?) => {$(
        impl Wire for $ty {
            fn matches(types: &PortableRegistry, id: u32) -> bool {
                matches!(
                    resolve(types, id),
                    Some((Type { type_def: TypeDef::Primitive(TypeDefPrimitive::$primitive), .. }, _))
                )
            }

            fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
                Ok(<$ty>::decode_as_type(input, id, types)?)
            }
        }
    )+};
}

primitive! { bool = Bool, u8 = U8, u16 = U16, u32 = U32, u64 = U64, u128 = U128, i64 = I64 }

macro_rules! compact {
    ($($ty:ty),+ $(,)?) => {$(
        impl Wire for Compact<$ty> {
            fn matches(types: &PortableRegistry, id: u32) -> bool {
                match resolve(types, id).map(|(ty, _)| &ty.type_def) {
                    Some(TypeDef::Compact(inner)) => <$ty>::matches(types, inner.type_param.id),
                    _ => false,
                }
            }

            fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
                Ok(Self(<$ty>::decode_as_type(input, id, types)?))
            }
        }
    )+};
}

compact! { u8, u16, u32, u64, u128 }

/// An account, a hash, an address of the EVM.
impl<const N: usize> Wire for [u8; N] {
    fn matches(types: &PortableRegistry, id: u32) -> bool {
        match resolve(types, id).map(|(ty, _)| &ty.type_def) {
            Some(TypeDef::Array(array)) => {
                u32::try_from(N) == Ok(array.len) && u8::matches(types, array.type_param.id)
            }
            _ => false,
        }
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        if !Self::matches(types, id) {
            return expected("bytes of another number", types, id);
        }
        Ok(Self::decode(input)?)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn matches(types: &PortableRegistry, id: u32) -> bool {
        item(types, id).is_some_and(|item| T::matches(types, item))
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let Some(item) = item(types, id) else {
            return expected("a list", types, id);
        };
        let Compact(length) = Compact::<u32>::decode(input)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > input.len() {
            return Err(DecodeError::Inconsistent("a list is longer than its bytes"));
        }
        let mut items = Self::with_capacity(length.min(FIRST_CAPACITY));
        for _ in 0..length {
            items.push(T::by_name(input, types, item)?);
        }
        Ok(items)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn matches(types: &PortableRegistry, id: u32) -> bool {
        option(types, id).is_some_and(|inner| T::matches(types, inner))
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let Some(inner) = option(types, id) else {
            return expected("an option", types, id);
        };
        Ok(match u8::decode(input)? {
            0 => None,
            1 => Some(T::by_name(input, types, inner)?),
            _ => {
                return Err(DecodeError::Inconsistent(
                    "an option is neither none nor some",
                ));
            }
        })
    }
}

/// Nothing: what is kept of a key alone.
impl Wire for () {
    fn matches(types: &PortableRegistry, id: u32) -> bool {
        matches!(
            types.resolve(id).map(|ty| &ty.type_def),
            Some(TypeDef::Tuple(tuple)) if tuple.fields.is_empty()
        )
    }

    fn by_name(_: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        if Self::matches(types, id) {
            Ok(())
        } else {
            expected("nothing", types, id)
        }
    }
}

macro_rules! tuple {
    ($what:literal: $($ty:ident $field:ident),+) => {
        impl<$($ty: Wire),+> Wire for ($($ty,)+) {
            fn matches(types: &PortableRegistry, id: u32) -> bool {
                match resolve(types, id).map(|(ty, _)| &ty.type_def) {
                    Some(TypeDef::Tuple(tuple)) => match tuple.fields.as_slice() {
                        [$($field),+] => $($ty::matches(types, $field.id))&&+,
                        _ => false,
                    },
                    _ => false,
                }
            }

            fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
                match resolve(types, id).map(|(ty, _)| &ty.type_def) {
                    Some(TypeDef::Tuple(tuple)) => match tuple.fields.as_slice() {
                        [$($field),+] => Ok(($($ty::by_name(input, types, $field.id)?,)+)),
                        _ => expected($what, types, id),
                    },
                    _ => expected($what, types, id),
                }
            }
        }
    };
}

tuple! { "a pair": A a, B b }
tuple! { "four values": A a, B b, C c, D d }

/// A struct of the chain. A field with `= value` is one that a runtime may drop: the value then stands for it.
macro_rules! wire_struct {
    ($(#[$doc:meta])* struct $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty $(= $default:expr)?),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, codec::Decode)]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: $ty,)+
        }

        impl $crate::decode::wire::Wire for $name {
            fn matches(types: &scale_info::PortableRegistry, id: u32) -> bool {
                let Some(fields) = $crate::decode::wire::fields(types, id) else {
                    return false;
                };
                let mut fields = fields.iter();
                $(fields.next().is_some_and(|field| {
                    field.name.as_deref() == Some(stringify!($field))
                        && <$ty as $crate::decode::wire::Wire>::matches(types, field.ty.id)
                }) &&)+ fields.next().is_none()
            }

            fn by_name(
                input: &mut &[u8],
                types: &scale_info::PortableRegistry,
                id: u32,
            ) -> Result<Self, $crate::decode::DecodeError> {
                let Some(fields) = $crate::decode::wire::fields(types, id) else {
                    return $crate::decode::wire::expected("a struct", types, id);
                };
                $(let mut $field: Option<$ty> = None;)+
                for field in fields {
                    let (name, id) = (field.name.as_deref().unwrap_or_default(), field.ty.id);
                    $(if name == stringify!($field) {
                        $field = Some($crate::decode::wire::Wire::by_name(input, types, id)?);
                        continue;
                    })+
                    $crate::decode::skip::skip(input, types, id)?;
                }
                Ok(Self {
                    $($field: $field
                        $(.or(Some($default)))?
                        .ok_or($crate::decode::DecodeError::MissingField(stringify!($field)))?,)+
                })
            }
        }
    };
}

pub(crate) use wire_struct;
