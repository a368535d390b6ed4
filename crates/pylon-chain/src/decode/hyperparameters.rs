//! The hyperparameters of a subnet: `get_subnet_hyperparams_v3` answers with a list of named values, so runtimes
//! can add to it; before it, `_v2` and the one without a number answer with a struct.

use codec::{Compact, Decode};
use pylon_models::{Hyperparameter, HyperparameterValue, Rao};
use scale_info::PortableRegistry;
use subxt::Metadata;

use super::DecodeError;
use super::layout::{Layout, answer_of};
use super::skip::skip;
use super::wire::{Wire, expected, fields, option, variants, wire_struct};

/// How a runtime tells its hyperparameters.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HyperparametersLayout {
    /// As a list.
    Named(Layout<Option<Vec<Entry>>>),
    /// As a struct, in the answer of this method.
    Struct(&'static str, u32),
}

const API: &str = "SubnetInfoRuntimeApi";
pub(crate) const NAMED: &str = "get_subnet_hyperparams_v3";
const STRUCTS: [&str; 2] = ["get_subnet_hyperparams_v2", "get_subnet_hyperparams"];

impl HyperparametersLayout {
    /// The newest way that the runtime has; `None` where it has none.
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        if let Some(layout) = Layout::of(metadata, API, NAMED) {
            return Some(Self::Named(layout));
        }
        STRUCTS.into_iter().find_map(|method| {
            let id = answer_of(metadata, API, method)?;
            Some(Self::Struct(method, id))
        })
    }

    /// The method to ask.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Named(_) => NAMED,
            Self::Struct(method, _) => method,
        }
    }

    /// Whether the static layout is the runtime's. A struct is always read by name.
    pub(crate) fn is_exact(&self) -> bool {
        match self {
            Self::Named(layout) => layout.is_exact(),
            Self::Struct(..) => true,
        }
    }

    /// The same, never read the static way.
    pub(crate) fn by_name(self) -> Self {
        match self {
            Self::Named(layout) => Self::Named(layout.by_name()),
            other => other,
        }
    }

    /// What the runtime lists, in its order; nothing where there is no such subnet. Values of a kind newer than
    /// this code are left out.
    pub(crate) fn decode(
        &self,
        mut answer: &[u8],
        types: &PortableRegistry,
    ) -> Result<Vec<Hyperparameter>, DecodeError> {
        let id = match self {
            Self::Named(layout) => {
                let entries = layout.decode(answer, types)?.unwrap_or_default();
                let known = entries.into_iter().filter_map(Entry::into_hyperparameter);
                return Ok(known.collect());
            }
            Self::Struct(_, id) => *id,
        };
        let Some(fields) = option(types, id).and_then(|inner| fields(types, inner)) else {
            return expected("an optional struct", types, id);
        };
        let input = &mut answer;
        let mut hyperparameters = Vec::with_capacity(fields.len());
        if u8::decode(input)? == 1 {
            for field in fields {
                if let Some(value) = value(input, types, field.ty.id)? {
                    let name = field.name.clone().unwrap_or_default();
                    hyperparameters.push(Hyperparameter { name, value });
                }
            }
        }
        match input.len() {
            0 => Ok(hyperparameters),
            left => Err(DecodeError::LeftOver(left)),
        }
    }
}

/// A field of a struct of hyperparameters; `None` for one of a kind that we do not know.
fn value(
    input: &mut &[u8],
    types: &PortableRegistry,
    id: u32,
) -> Result<Option<HyperparameterValue>, DecodeError> {
    fn read<T: Wire, V>(
        input: &mut &[u8],
        types: &PortableRegistry,
        id: u32,
        make: impl FnOnce(T) -> V,
    ) -> Option<Result<V, DecodeError>> {
        T::matches(types, id).then(|| Ok(make(T::decode(input)?)))
    }
    let value = read(input, types, id, HyperparameterValue::Bool)
        .or_else(|| {
            read(input, types, id, |Compact(value)| {
                HyperparameterValue::U16(value)
            })
        })
        .or_else(|| {
            read(input, types, id, |Compact(value)| {
                HyperparameterValue::U32(value)
            })
        })
        .or_else(|| {
            read(input, types, id, |Compact(value)| {
                HyperparameterValue::U64(value)
            })
        })
        .or_else(|| {
            read(input, types, id, |Compact(value)| {
                HyperparameterValue::U128(value)
            })
        })
        .or_else(|| read(input, types, id, HyperparameterValue::I32F32))
        .or_else(|| read(input, types, id, HyperparameterValue::U64F64));
    match value {
        Some(value) => value.map(Some),
        None => {
            skip(input, types, id)?;
            Ok(None)
        }
    }
}

wire_struct! {
    /// `pallet_subtensor::rpc_info::subnet_info::HyperparamEntry`.
    struct Entry {
        name: Vec<u8>,
        value: Value,
    }
}

impl Entry {
    /// `None`: of a kind that we do not know.
    fn into_hyperparameter(self) -> Option<Hyperparameter> {
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

#[cfg(test)]
mod tests {
    use codec::Encode;
    use scale_info::{MetaType, Registry, TypeInfo};

    use super::*;

    #[derive(TypeInfo, Encode)]
    struct FixedI64 {
        bits: i64,
    }

    #[derive(TypeInfo, Encode)]
    struct SubnetHyperparams {
        rho: Compact<u16>,
        min_burn: Compact<u64>,
        registration_allowed: bool,
        alpha_sigmoid_steepness: FixedI64,
        /// Of a kind that no hyperparameter has had.
        split: Vec<u16>,
        yuma_version: Compact<u16>,
    }

    fn layout() -> (PortableRegistry, HyperparametersLayout) {
        let mut registry = Registry::new();
        let id = registry
            .register_type(&MetaType::new::<Option<SubnetHyperparams>>())
            .id;
        (
            registry.into(),
            HyperparametersLayout::Struct(STRUCTS[0], id),
        )
    }

    #[test]
    fn the_fields_of_a_struct_are_named_values_and_unknown_kinds_are_passed_over() {
        let (types, layout) = layout();
        let answer = Some(SubnetHyperparams {
            rho: Compact(10),
            min_burn: Compact(500_000),
            registration_allowed: true,
            alpha_sigmoid_steepness: FixedI64 { bits: 1000 << 32 },
            split: vec![1, 2],
            yuma_version: Compact(3),
        })
        .encode();
        let read: Vec<(String, HyperparameterValue)> = layout
            .decode(&answer, &types)
            .unwrap()
            .into_iter()
            .map(|hyperparameter| (hyperparameter.name, hyperparameter.value))
            .collect();
        assert_eq!(
            read,
            [
                ("rho", HyperparameterValue::U16(10)),
                ("min_burn", HyperparameterValue::U64(500_000)),
                ("registration_allowed", HyperparameterValue::Bool(true)),
                (
                    "alpha_sigmoid_steepness",
                    HyperparameterValue::I32F32(1000 << 32)
                ),
                ("yuma_version", HyperparameterValue::U16(3)),
            ]
            .map(|(name, value)| (name.to_owned(), value))
        );
        assert_eq!(layout.decode(&[0], &types).unwrap(), []);
        for end in 0..answer.len() {
            assert!(
                layout.decode(&answer[..end], &types).is_err(),
                "cut at {end}"
            );
        }
        assert!(
            layout
                .decode(&[&answer[..], &[0]].concat(), &types)
                .is_err()
        );
    }
}
