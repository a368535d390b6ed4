//! Values whose type only the metadata knows, as polkadot's JSON has them.

use codec::{Compact, Decode};
use pylon_models::v1::{CallArgBody, CallBody};
use pylon_models::{CallHash, Hotkey, ScaleValue};
use scale_info::form::PortableForm;
use scale_info::{Field, PortableRegistry, TypeDef, TypeDefPrimitive};
use sp_crypto_hashing::blake2_256;
use subxt::Metadata;

use super::DecodeError;
use super::skip::skip;

/// How deep values may nest: the runtime itself gives up at 256 calls in one another, each a few types deep.
const DEPTH: usize = 1024;

/// Reads values and calls by one runtime's metadata.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    metadata: &'a Metadata,
    depth: usize,
}

impl<'a> Values<'a> {
    pub(crate) fn new(metadata: &'a Metadata) -> Self {
        Self {
            metadata,
            depth: DEPTH,
        }
    }

    fn types(self) -> &'a PortableRegistry {
        self.metadata.types()
    }

    fn deeper(self) -> Result<Self, DecodeError> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or(DecodeError::Inconsistent("a value is nested too deep"))?;
        Ok(Self { depth, ..self })
    }

    /// The value at the front of the bytes.
    pub(crate) fn read(self, input: &mut &[u8], id: u32) -> Result<ScaleValue, DecodeError> {
        let inner = self.deeper()?;
        let ty = self
            .types()
            .resolve(id)
            .ok_or(DecodeError::Inconsistent("a type is not declared"))?;
        match &ty.type_def {
            TypeDef::Composite(composite) => match ty.path.segments.last().map(String::as_str) {
                Some("AccountId32") => Ok(account(<[u8; 32]>::decode(input)?)),
                _ => inner.fields(input, &composite.fields),
            },
            TypeDef::Variant(variant) => {
                if id == self.metadata.outer_enums().call_enum_ty() {
                    return Ok(object(inner.call(input)?));
                }
                let index = u8::decode(input)?;
                let chosen = variant
                    .variants
                    .iter()
                    .find(|variant| variant.index == index)
                    .ok_or(DecodeError::Inconsistent("an enum is of no declared kind"))?;
                if chosen.fields.is_empty() {
                    return Ok(match (ty.path.segments.as_slice(), chosen.name.as_str()) {
                        ([name], "None") if name == "Option" => ScaleValue::Null,
                        (_, name) => ScaleValue::Text(name.to_owned()),
                    });
                }
                let value = inner.fields(input, &chosen.fields)?;
                let plain = match ty.path.segments.last().map(String::as_str) {
                    Some("Option") => chosen.name == "Some",
                    // Others are rare, and then say what they are.
                    Some("MultiAddress") => chosen.name == "Id",
                    _ => false,
                };
                Ok(if plain {
                    value
                } else {
                    ScaleValue::Object(vec![(chosen.name.clone(), value)])
                })
            }
            TypeDef::Sequence(sequence) => {
                let Compact(length) = Compact::<u32>::decode(input)?;
                inner.list(input, sequence.type_param.id, length)
            }
            TypeDef::Array(array) => inner.list(input, array.type_param.id, array.len),
            TypeDef::Tuple(tuple) => match tuple.fields.as_slice() {
                [] => Ok(ScaleValue::Null),
                [only] => inner.read(input, only.id),
                fields => fields
                    .iter()
                    .map(|field| inner.read(input, field.id))
                    .collect::<Result<_, _>>()
                    .map(ScaleValue::List),
            },
            TypeDef::Primitive(kind) => primitive(input, kind),
            TypeDef::Compact(_) => Ok(ScaleValue::Unsigned(Compact::<u128>::decode(input)?.0)),
            TypeDef::BitSequence(_) => {
                let start = *input;
                skip(input, self.types(), id)?;
                let length = start.len().saturating_sub(input.len());
                Ok(bytes(start.get(..length).unwrap_or_default()))
            }
        }
    }

    /// A struct; one field without a name is what it holds.
    fn fields(
        self,
        input: &mut &[u8],
        fields: &[Field<PortableForm>],
    ) -> Result<ScaleValue, DecodeError> {
        match fields {
            [] => Ok(ScaleValue::Null),
            [only] if only.name.is_none() => self.read(input, only.ty.id),
            fields if fields.iter().all(|field| field.name.is_some()) => fields
                .iter()
                .map(|field| {
                    let name = field.name.clone().unwrap_or_default();
                    Ok((name, self.read(input, field.ty.id)?))
                })
                .collect::<Result<_, _>>()
                .map(ScaleValue::Object),
            fields => fields
                .iter()
                .map(|field| self.read(input, field.ty.id))
                .collect::<Result<_, _>>()
                .map(ScaleValue::List),
        }
    }

    /// A list; one of bytes is hex. It grows as it is read, so a length that lies costs nothing.
    fn list(self, input: &mut &[u8], item: u32, length: u32) -> Result<ScaleValue, DecodeError> {
        let ty = self.types().resolve(item).map(|ty| &ty.type_def);
        if let Some(TypeDef::Primitive(TypeDefPrimitive::U8)) = ty {
            let too_short = DecodeError::Inconsistent("a value is longer than its bytes");
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let Some((list, rest)) = input.split_at_checked(length) else {
                return Err(too_short);
            };
            *input = rest;
            return Ok(bytes(list));
        }
        let mut items = Vec::new();
        for _ in 0..length {
            let before = input.len();
            items.push(self.read(input, item)?);
            if input.len() == before {
                return Err(DecodeError::Inconsistent(
                    "a list holds items without bytes",
                ));
            }
        }
        Ok(ScaleValue::List(items))
    }

    /// The call at the front of the bytes.
    pub(crate) fn call(self, input: &mut &[u8]) -> Result<CallBody, DecodeError> {
        let start = *input;
        let (pallet_index, call_index) = <(u8, u8)>::decode(input)?;
        let pallet = self
            .metadata
            .pallet_by_call_index(pallet_index)
            .ok_or(DecodeError::Inconsistent("a call is of no declared pallet"))?;
        let call = pallet
            .call_variant_by_index(call_index)
            .ok_or(DecodeError::Inconsistent("a call is not declared"))?;
        let call_args = call
            .fields
            .iter()
            .map(|field| {
                Ok(CallArgBody {
                    name: field.name.clone().unwrap_or_default(),
                    type_name: field.type_name.as_deref().map(shorten).unwrap_or_default(),
                    value: self.read(input, field.ty.id)?,
                })
            })
            .collect::<Result<_, DecodeError>>()?;
        let length = start.len().saturating_sub(input.len());
        Ok(CallBody {
            call_module: pallet.name().to_owned(),
            call_function: call.name.clone(),
            call_args,
            call_index: format!("0x{pallet_index:02x}{call_index:02x}"),
            call_hash: CallHash::from(blake2_256(start.get(..length).unwrap_or_default())),
        })
    }
}

/// A type's name without the configuration that its pallet hangs on.
fn shorten(name: &str) -> String {
    name.replace("<T as Config>::", "").replace("T::", "")
}

fn account(key: [u8; 32]) -> ScaleValue {
    ScaleValue::Text(Hotkey::from_bytes(key).to_string())
}

fn bytes(bytes: &[u8]) -> ScaleValue {
    ScaleValue::Text(format!("0x{}", hex::encode(bytes)))
}

fn signed(value: i128) -> ScaleValue {
    u128::try_from(value).map_or(ScaleValue::Negative(value), ScaleValue::Unsigned)
}

fn primitive(input: &mut &[u8], kind: &TypeDefPrimitive) -> Result<ScaleValue, DecodeError> {
    Ok(match kind {
        TypeDefPrimitive::Bool => ScaleValue::Bool(bool::decode(input)?),
        TypeDefPrimitive::Char => {
            let letter = char::from_u32(u32::decode(input)?);
            ScaleValue::Text(letter.unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
        }
        TypeDefPrimitive::Str => ScaleValue::Text(String::decode(input)?),
        TypeDefPrimitive::U8 => ScaleValue::Unsigned(u8::decode(input)?.into()),
        TypeDefPrimitive::U16 => ScaleValue::Unsigned(u16::decode(input)?.into()),
        TypeDefPrimitive::U32 => ScaleValue::Unsigned(u32::decode(input)?.into()),
        TypeDefPrimitive::U64 => ScaleValue::Unsigned(u64::decode(input)?.into()),
        TypeDefPrimitive::U128 => ScaleValue::Unsigned(u128::decode(input)?),
        TypeDefPrimitive::I8 => signed(i8::decode(input)?.into()),
        TypeDefPrimitive::I16 => signed(i16::decode(input)?.into()),
        TypeDefPrimitive::I32 => signed(i32::decode(input)?.into()),
        TypeDefPrimitive::I64 => signed(i64::decode(input)?.into()),
        TypeDefPrimitive::I128 => signed(i128::decode(input)?),
        // Wider than any number in JSON is read as.
        TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => bytes(&<[u8; 32]>::decode(input)?),
    })
}

/// A call within a call.
fn object(call: CallBody) -> ScaleValue {
    let text = ScaleValue::Text;
    let arguments = call.call_args.into_iter().map(|argument| {
        ScaleValue::Object(vec![
            ("name".to_owned(), text(argument.name)),
            ("type".to_owned(), text(argument.type_name)),
            ("value".to_owned(), argument.value),
        ])
    });
    ScaleValue::Object(vec![
        ("call_module".to_owned(), text(call.call_module)),
        ("call_function".to_owned(), text(call.call_function)),
        (
            "call_args".to_owned(),
            ScaleValue::List(arguments.collect()),
        ),
        ("call_index".to_owned(), text(call.call_index)),
        ("call_hash".to_owned(), text(call.call_hash.to_string())),
    ])
}
