//! Passing over values that are not needed.

use codec::{Compact, Decode};
use scale_decode::visitor::{IgnoreVisitor, decode_with_visitor};
use scale_info::{PortableRegistry, TypeDef, TypeDefPrimitive};

use super::DecodeError;
use super::wire::{NEWTYPE_DEPTH, Wire, item};

/// The length of a type whose values are all of one length.
fn fixed_length(types: &PortableRegistry, id: u32, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let sum = |sum: Option<usize>, id| sum?.checked_add(fixed_length(types, id, depth)?);
    match &types.resolve(id)?.type_def {
        TypeDef::Primitive(primitive) => match primitive {
            TypeDefPrimitive::Bool | TypeDefPrimitive::U8 | TypeDefPrimitive::I8 => Some(1),
            TypeDefPrimitive::U16 | TypeDefPrimitive::I16 => Some(2),
            TypeDefPrimitive::Char | TypeDefPrimitive::U32 | TypeDefPrimitive::I32 => Some(4),
            TypeDefPrimitive::U64 | TypeDefPrimitive::I64 => Some(8),
            TypeDefPrimitive::U128 | TypeDefPrimitive::I128 => Some(16),
            TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => Some(32),
            TypeDefPrimitive::Str => None,
        },
        TypeDef::Array(array) => fixed_length(types, array.type_param.id, depth)?
            .checked_mul(usize::try_from(array.len).ok()?),
        TypeDef::Composite(composite) => composite
            .fields
            .iter()
            .map(|field| field.ty.id)
            .fold(Some(0), sum),
        TypeDef::Tuple(tuple) => tuple.fields.iter().map(|field| field.id).fold(Some(0), sum),
        _ => None,
    }
}

/// Whether values of a type have no bytes.
pub(crate) fn is_empty(types: &PortableRegistry, id: u32) -> bool {
    fixed_length(types, id, NEWTYPE_DEPTH) == Some(0)
}

fn advance(input: &mut &[u8], by: usize) -> Result<(), DecodeError> {
    *input = input.get(by..).ok_or(DecodeError::Inconsistent(
        "a value is longer than its bytes",
    ))?;
    Ok(())
}

/// A compact number says in its first two bits how long it is.
fn advance_compact(input: &mut &[u8]) -> Result<(), DecodeError> {
    let first = input.first().copied().unwrap_or_default();
    advance(
        input,
        match first & 0b11 {
            0b00 => 1,
            0b01 => 2,
            0b10 => 4,
            _ => usize::from(first >> 2) + 5,
        },
    )
}

/// Passes over a value that is not needed. Columns of keys, numbers and axons, which metagraphs are made of,
/// are passed over without reading each item.
pub(crate) fn skip(
    input: &mut &[u8],
    types: &PortableRegistry,
    id: u32,
) -> Result<(), DecodeError> {
    if let Some(length) = fixed_length(types, id, NEWTYPE_DEPTH) {
        return advance(input, length);
    }
    if let Some(item) = item(types, id) {
        let mut rest = *input;
        let Compact(items) = Compact::<u32>::decode(&mut rest)?;
        if let Some(length) = fixed_length(types, item, NEWTYPE_DEPTH) {
            let items = usize::try_from(items).unwrap_or(usize::MAX);
            *input = rest;
            return advance(input, length.saturating_mul(items));
        }
        if Compact::<u64>::matches(types, item) || Compact::<u16>::matches(types, item) {
            *input = rest;
            return (0..items).try_for_each(|_| advance_compact(input));
        }
    }
    decode_with_visitor(input, id, types, IgnoreVisitor::new())?;
    Ok(())
}
