//! `SubnetInfoRuntimeApi_get_subnet_hyperparams_v3`: a list of named values, so runtimes can add to it.

use codec::{Compact, Decode};
use pylon_models::{Hyperparameter, HyperparameterValue, Rao};
use scale_info::PortableRegistry;

use super::DecodeError;
use super::skip::skip;
use super::wire::{Wire, expected, variants, wire_struct};

wire_struct! {
    /// `pallet_subtensor::rpc_info::subnet_info::HyperparamEntry`.
    struct Entry {
        name: Vec<u8>,
        value: Value,
    }
}

impl Entry {
    /// `None`: of a kind that we do not know.
    pub(crate) fn into_hyperparameter(self) -> Option<Hyperparameter> {
        Some(Hyperparameter {
            name: String::from_utf8_lossy(&self.name).into_owned(),
            value: self.value.0?,
        })
    }
}

/// `pallet_subtensor::rpc_info::subnet_info::HyperparamValue`; `None` for a variant newer than this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(Option<HyperparameterValue>);

/// Each variant once: its index in the static layout, its name, what it holds and what becomes of it.
macro_rules! variants {
    ($($index:literal $name:literal $ty:ty => $value:expr;)+) => {
        impl Decode for Value {
            fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
                let value = match input.read_byte()? {
                    $($index => ($value)(<$ty>::decode(input)?),)+
                    _ => return Err("unknown kind of hyperparameter".into()),
                };
                Ok(Self(Some(value)))
            }
        }

        impl Wire for Value {
            fn matches(types: &PortableRegistry, id: u32) -> bool {
                let Some(declared) = variants(types, id) else {
                    return false;
                };
                let mut declared = declared.iter();
                $(declared.next().is_some_and(|variant| {
                    variant.index == $index
                        && variant.name == $name
                        && matches!(variant.fields.as_slice(), [only] if <$ty>::matches(types, only.ty.id))
                }) &&)+ declared.next().is_none()
            }

            fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
                let Some(declared) = variants(types, id) else {
                    return expected("an enum", types, id);
                };
                let index = u8::decode(input)?;
                let Some(variant) = declared.iter().find(|variant| variant.index == index) else {
                    return Err(DecodeError::Inconsistent("a hyperparameter is of no declared kind"));
                };
                match (variant.name.as_str(), variant.fields.as_slice()) {
                    $(($name, [only]) => Ok(Self(Some(($value)(<$ty>::by_name(input, types, only.ty.id)?)))),)+
                    (_, fields) => {
                        for field in fields {
                            skip(input, types, field.ty.id)?;
                        }
                        Ok(Self(None))
                    }
                }
            }
        }
    };
}

variants! {
    0 "Bool" bool => HyperparameterValue::Bool;
    1 "U16" Compact<u16> => |Compact(value)| HyperparameterValue::U16(value);
    2 "U32" Compact<u32> => |Compact(value)| HyperparameterValue::U32(value);
    3 "U64" Compact<u64> => |Compact(value)| HyperparameterValue::U64(value);
    4 "U128" Compact<u128> => |Compact(value)| HyperparameterValue::U128(value);
    5 "TaoBalance" Compact<u64> => |Compact(value)| HyperparameterValue::Rao(Rao::new(value));
    6 "I32F32" i64 => HyperparameterValue::I32F32;
    7 "U64F64" u128 => HyperparameterValue::U64F64;
}
