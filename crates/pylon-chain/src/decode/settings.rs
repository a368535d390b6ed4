//! What the chain keeps of the beacon, and how a subnet comes to its consensus.

use codec::Decode;
use scale_info::PortableRegistry;

use super::DecodeError;
use super::wire::{Wire, expected, variants, wire_struct};

wire_struct! {
    /// `pallet_drand::types::BeaconConfiguration`, as far as sealing needs it.
    struct BeaconConfiguration {
        public_key: Vec<u8>,
        period: u32,
        genesis_time: u32,
    }
}

/// How a subnet's validators come to their consensus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EpochConsensus {
    Yuma,
    /// The validator with the most stake decides alone.
    Null,
}

impl Decode for EpochConsensus {
    fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
        match input.read_byte()? {
            0 => Ok(Self::Yuma),
            1 => Ok(Self::Null),
            _ => Err("unknown kind of consensus".into()),
        }
    }
}

impl Wire for EpochConsensus {
    fn matches(types: &PortableRegistry, id: u32) -> bool {
        let declared = variants(types, id).unwrap_or_default().iter();
        declared
            .map(|variant| (variant.name.as_str(), variant.index, variant.fields.len()))
            .eq([("Yuma", 0, 0), ("Null", 1, 0)])
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let Some(variants) = variants(types, id) else {
            return expected("an enum", types, id);
        };
        let index = u8::decode(input)?;
        let found = variants.iter().find(|variant| variant.index == index);
        match found.map(|variant| variant.name.as_str()) {
            Some("Yuma") => Ok(Self::Yuma),
            Some("Null") => Ok(Self::Null),
            _ => Err(DecodeError::Inconsistent("an enum is of no known kind")),
        }
    }
}
