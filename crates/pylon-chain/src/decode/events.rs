//! `System.Events`. Indices of pallets and events move with nearly every runtime, so events are read by name.

use codec::Decode;
use scale_info::form::PortableForm;
use scale_info::{PortableRegistry, Variant};

use super::DecodeError;
use super::skip::skip;
use super::wire::{Wire, expected, fields, variants};

/// An event, and the extrinsic that it is of, if it is of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventRecord {
    pub(crate) extrinsic: Option<u32>,
    pub(crate) pallet: String,
    pub(crate) name: String,
    /// Each with its type.
    fields: Vec<(u32, Vec<u8>)>,
}

impl EventRecord {
    /// A field by its place.
    pub(crate) fn field<T: Wire>(
        &self,
        place: usize,
        types: &PortableRegistry,
    ) -> Result<T, DecodeError> {
        let (id, bytes) = self
            .fields
            .get(place)
            .ok_or(DecodeError::MissingField("a field of an event"))?;
        let mut input = bytes.as_slice();
        let value = T::by_name(&mut input, types, *id)?;
        match input.len() {
            0 => Ok(value),
            left => Err(DecodeError::LeftOver(left)),
        }
    }
}

/// The variant at the front of the bytes.
fn variant<'a>(
    input: &mut &[u8],
    types: &'a PortableRegistry,
    id: u32,
) -> Result<&'a Variant<PortableForm>, DecodeError> {
    let Some(variants) = variants(types, id) else {
        return expected("an enum", types, id);
    };
    let index = u8::decode(input)?;
    let found = variants.iter().find(|variant| variant.index == index);
    found.ok_or(DecodeError::Inconsistent("an enum is of no declared kind"))
}

/// The bytes of a value.
fn taken(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Vec<u8>, DecodeError> {
    let start = *input;
    skip(input, types, id)?;
    let length = start.len().saturating_sub(input.len());
    Ok(start.get(..length).unwrap_or_default().to_vec())
}

impl Decode for EventRecord {
    fn decode<I: codec::Input>(_: &mut I) -> Result<Self, codec::Error> {
        Err("an event is read by name alone".into())
    }
}

impl Wire for EventRecord {
    fn matches(_: &PortableRegistry, _: u32) -> bool {
        false
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let Some(parts) = fields(types, id) else {
            return expected("a struct", types, id);
        };
        let (mut extrinsic, mut event) = (None, None);
        for part in parts {
            match part.name.as_deref() {
                Some("phase") => {
                    let phase = variant(input, types, part.ty.id)?;
                    match (phase.name.as_str(), phase.fields.as_slice()) {
                        ("ApplyExtrinsic", [index]) => {
                            extrinsic = Some(u32::by_name(input, types, index.ty.id)?);
                        }
                        (_, fields) => {
                            for field in fields {
                                skip(input, types, field.ty.id)?;
                            }
                        }
                    }
                }
                Some("event") => {
                    let pallet = variant(input, types, part.ty.id)?;
                    let [inner] = pallet.fields.as_slice() else {
                        return Err(DecodeError::MissingField("an event of a pallet"));
                    };
                    let declared = variant(input, types, inner.ty.id)?;
                    let fields = declared
                        .fields
                        .iter()
                        .map(|field| Ok((field.ty.id, taken(input, types, field.ty.id)?)))
                        .collect::<Result<Vec<_>, DecodeError>>()?;
                    event = Some((pallet.name.clone(), declared.name.clone(), fields));
                }
                _ => skip(input, types, part.ty.id)?,
            }
        }
        let (pallet, name, fields) = event.ok_or(DecodeError::MissingField("event"))?;
        Ok(Self {
            extrinsic,
            pallet,
            name,
            fields,
        })
    }
}

/// `sp_runtime::DispatchError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A pallet's error, by index.
    Module {
        /// The pallet.
        pallet: u8,
        /// Its error.
        error: u8,
    },
    /// Any other, the innermost name of it.
    Named(String),
}

impl Decode for Failure {
    fn decode<I: codec::Input>(_: &mut I) -> Result<Self, codec::Error> {
        Err("an error is read by name alone".into())
    }
}

impl Wire for Failure {
    fn matches(_: &PortableRegistry, _: u32) -> bool {
        false
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let kind = variant(input, types, id)?;
        match (kind.name.as_str(), kind.fields.as_slice()) {
            ("Module", _) => {
                // The pallet's index, then four bytes, the first of which is the error's.
                let (pallet, [error, _, _, _]) = <(u8, [u8; 4])>::decode(input)?;
                Ok(Self::Module { pallet, error })
            }
            (_, [inner]) if variants(types, inner.ty.id).is_some() => {
                let inner = variant(input, types, inner.ty.id)?;
                for field in &inner.fields {
                    skip(input, types, field.ty.id)?;
                }
                Ok(Self::Named(inner.name.clone()))
            }
            (name, fields) => {
                for field in fields {
                    skip(input, types, field.ty.id)?;
                }
                Ok(Self::Named(name.to_owned()))
            }
        }
    }
}

/// `DispatchResult`: why a call within a call failed, if it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executed(pub(crate) Option<Failure>);

impl Decode for Executed {
    fn decode<I: codec::Input>(_: &mut I) -> Result<Self, codec::Error> {
        Err("a result is read by name alone".into())
    }
}

impl Wire for Executed {
    fn matches(_: &PortableRegistry, _: u32) -> bool {
        false
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let kind = variant(input, types, id)?;
        match (kind.name.as_str(), kind.fields.as_slice()) {
            ("Err", [failure]) => {
                Failure::by_name(input, types, failure.ty.id).map(|it| Self(Some(it)))
            }
            ("Ok", fields) => {
                for field in fields {
                    skip(input, types, field.ty.id)?;
                }
                Ok(Self(None))
            }
            _ => expected("a result", types, id),
        }
    }
}
