//! `Commitments.CommitmentOf`. Raw bytes have no length before them: each length is a variant of its own.

use codec::{Decode, Encode};
use pylon_models::{Commitment, CommitmentField, Hotkey, Rao};
use scale_info::form::PortableForm;
use scale_info::{PortableRegistry, TypeDef, Variant};

use super::DecodeError;
use super::skip::skip;
use super::wire::{Wire, expected, item, variants, wire_struct};

wire_struct! {
    /// `pallet_commitments::types::Registration`.
    struct Registration {
        deposit: u64 = 0,
        block: u32,
        info: Vec<Field>,
    }
}

impl Registration {
    pub(crate) fn into_commitment(self, hotkey: Hotkey) -> Commitment {
        Commitment {
            hotkey,
            block: self.block.into(),
            deposit: Rao::new(self.deposit),
            fields: self.info.into_iter().map(|field| field.0).collect(),
        }
    }
}

/// `pallet_commitments::types::Data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field(CommitmentField);

/// The tag of raw bytes is one more than their length.
const LONGEST_RAW: u8 = 129;
const TIMELOCKED: u8 = 134;
const BIG_RAW: u8 = 136;

impl Decode for Field {
    fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
        Ok(Self(match input.read_byte()? {
            0 => CommitmentField::None,
            tag @ 1..=LONGEST_RAW => {
                let mut bytes = vec![0; usize::from(tag) - 1];
                input.read(&mut bytes)?;
                CommitmentField::Raw(bytes)
            }
            130 => CommitmentField::BlakeTwo256(Decode::decode(input)?),
            131 => CommitmentField::Sha256(Decode::decode(input)?),
            132 => CommitmentField::Keccak256(Decode::decode(input)?),
            133 => CommitmentField::ShaThree256(Decode::decode(input)?),
            TIMELOCKED => CommitmentField::TimelockEncrypted {
                encrypted: Decode::decode(input)?,
                reveal_round: Decode::decode(input)?,
            },
            135 => CommitmentField::ResetBondsFlag,
            BIG_RAW => CommitmentField::BigRaw(Decode::decode(input)?),
            _ => return Err("unknown kind of commitment field".into()),
        }))
    }
}

/// The types of a variant's fields.
fn contents(variant: &Variant<PortableForm>) -> Vec<u32> {
    variant.fields.iter().map(|field| field.ty.id).collect()
}

/// How many bytes a variant named `Raw` and a number holds.
fn raw_length(types: &PortableRegistry, variant: &Variant<PortableForm>) -> Option<u32> {
    let length = variant.name.strip_prefix("Raw")?.parse().ok()?;
    let [bytes] = contents(variant)[..] else {
        return None;
    };
    match types.resolve(bytes).map(|ty| &ty.type_def) {
        Some(TypeDef::Array(array))
            if array.len == length && u8::matches(types, array.type_param.id) =>
        {
            Some(length)
        }
        _ => None,
    }
}

/// Whether the runtime takes a list of fields as [`encode_field`] makes them, whatever other kinds it has.
pub(crate) fn takes_fields(types: &PortableRegistry, id: u32) -> bool {
    let Some(declared) = item(types, id).and_then(|item| variants(types, item)) else {
        return false;
    };
    let takes = |name: &str, index: u8, fits: &dyn Fn(&[u32]) -> bool| {
        let mut named = declared.iter().filter(|variant| variant.name == name);
        named.any(|variant| variant.index == index && fits(&contents(variant)))
    };
    let bytes = |id: u32| Vec::<u8>::matches(types, id);
    let raws = declared.iter().filter(|variant| {
        let index = raw_length(types, variant).map(|length| length.saturating_add(1));
        index == Some(variant.index.into())
    });
    raws.count() == usize::from(LONGEST_RAW)
        && takes(
            "TimelockEncrypted",
            TIMELOCKED,
            &|contents| matches!(contents, [sealed, round] if bytes(*sealed) && u64::matches(types, *round)),
        )
        && takes(
            "BigRaw",
            BIG_RAW,
            &|contents| matches!(contents, [long] if bytes(*long)),
        )
}

/// A field as it is committed: raw bytes with their length as the tag, longer ones and sealed ones as they are. What
/// is none of these is empty.
pub(crate) fn encode_field(field: &CommitmentField) -> Vec<u8> {
    match field {
        CommitmentField::Raw(bytes) => match u8::try_from(bytes.len()) {
            Ok(length @ 0..LONGEST_RAW) => [&[length.saturating_add(1)], bytes.as_slice()].concat(),
            _ => (BIG_RAW, bytes).encode(),
        },
        CommitmentField::BigRaw(bytes) => (BIG_RAW, bytes).encode(),
        CommitmentField::TimelockEncrypted {
            encrypted,
            reveal_round,
        } => (TIMELOCKED, encrypted, reveal_round).encode(),
        _ => vec![0],
    }
}

impl Wire for Field {
    fn matches(types: &PortableRegistry, id: u32) -> bool {
        let Some(declared) = variants(types, id) else {
            return false;
        };
        // No index stands twice, so as many variants as there are known indices are all of them.
        declared.len() == 137
            && declared.iter().all(|variant| {
                let contents = contents(variant);
                let hash = |name| {
                    variant.name == name
                        && matches!(contents[..], [hash] if <[u8; 32]>::matches(types, hash))
                };
                match variant.index {
                    0 => variant.name == "None" && contents.is_empty(),
                    tag @ 1..=LONGEST_RAW => raw_length(types, variant) == Some(u32::from(tag) - 1),
                    130 => hash("BlakeTwo256"),
                    131 => hash("Sha256"),
                    132 => hash("Keccak256"),
                    133 => hash("ShaThree256"),
                    TIMELOCKED => {
                        variant.name == "TimelockEncrypted"
                            && matches!(contents[..], [bytes, round] if
                                Vec::<u8>::matches(types, bytes) && u64::matches(types, round))
                    }
                    135 => variant.name == "ResetBondsFlag" && contents.is_empty(),
                    BIG_RAW => {
                        variant.name == "BigRaw"
                            && matches!(contents[..], [bytes] if Vec::<u8>::matches(types, bytes))
                    }
                    _ => false,
                }
            })
    }

    fn by_name(input: &mut &[u8], types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let Some(declared) = variants(types, id) else {
            return expected("an enum", types, id);
        };
        let index = u8::decode(input)?;
        let Some(variant) = declared.iter().find(|variant| variant.index == index) else {
            return Err(DecodeError::Inconsistent(
                "a field of a commitment is of no declared kind",
            ));
        };
        let contents = contents(variant);
        let hash = |input: &mut &[u8]| match contents[..] {
            [hash] => <[u8; 32]>::by_name(input, types, hash),
            _ => expected("a hash", types, id),
        };
        let bytes = |input: &mut &[u8]| match contents[..] {
            [bytes] => Vec::<u8>::by_name(input, types, bytes),
            _ => expected("bytes", types, id),
        };
        let timelocked = |input: &mut &[u8]| match contents[..] {
            [bytes, round] => Ok((
                Vec::<u8>::by_name(input, types, bytes)?,
                u64::by_name(input, types, round)?,
            )),
            _ => expected("bytes and a round", types, id),
        };
        Ok(Self(match variant.name.as_str() {
            "None" => CommitmentField::None,
            "BlakeTwo256" => CommitmentField::BlakeTwo256(hash(input)?),
            "Sha256" => CommitmentField::Sha256(hash(input)?),
            "Keccak256" => CommitmentField::Keccak256(hash(input)?),
            "ShaThree256" => CommitmentField::ShaThree256(hash(input)?),
            "TimelockEncrypted" => {
                let (encrypted, reveal_round) = timelocked(input)?;
                CommitmentField::TimelockEncrypted {
                    encrypted,
                    reveal_round,
                }
            }
            "TimelockRevealFailed" => {
                let (encrypted, reveal_round) = timelocked(input)?;
                CommitmentField::TimelockRevealFailed {
                    encrypted,
                    reveal_round,
                }
            }
            "ResetBondsFlag" => CommitmentField::ResetBondsFlag,
            "BigRaw" => CommitmentField::BigRaw(bytes(input)?),
            name => {
                let start = *input;
                for content in &contents {
                    skip(input, types, *content)?;
                }
                match raw_length(types, variant) {
                    Some(_) => {
                        let length = start.len().saturating_sub(input.len());
                        CommitmentField::Raw(start.get(..length).unwrap_or_default().to_vec())
                    }
                    None => CommitmentField::Unknown(name.to_owned()),
                }
            }
        }))
    }
}

#[cfg(test)]
mod tests;
