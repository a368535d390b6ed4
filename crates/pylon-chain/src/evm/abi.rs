//! A contract's ABI: which events there are, and how their fields are laid out.

use std::collections::HashMap;

use serde_json::{Map, Value};
use sp_crypto_hashing::keccak_256;

use pylon_models::EvmHash;

/// Events that are read of one ABI.
const MAX_EVENTS: usize = 4_096;
/// How deep arrays and tuples may lie in each other.
const MAX_DEPTH: usize = 16;

/// The events of a contract.
#[derive(Debug, Clone, Default)]
pub struct EvmAbi {
    /// By the hash that a log begins with. Several differ in what is indexed alone.
    events: HashMap<[u8; 32], Vec<Event>>,
}

/// An ABI that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AbiError {
    /// An event, or one of its fields, has no such member, or it is of another type.
    #[error("`{0}` is missing or not what it should be")]
    Member(&'static str),
    /// A field is of a type that there is not.
    #[error("`{0}` is no type")]
    Type(String),
    /// Types lie too deep in each other.
    #[error("types lie more than {MAX_DEPTH} deep in each other")]
    Deep,
    /// There are too many events.
    #[error("there are more than {MAX_EVENTS} events")]
    Many,
}

/// An event of an ABI.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) indexed: Vec<Field>,
    pub(super) data: Vec<Field>,
}

/// A named value.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// How a value is laid out.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Bool,
    Address,
    /// Of so many bytes.
    Unsigned(usize),
    Signed(usize),
    Fixed(usize),
    Bytes,
    Text,
    List(Box<Kind>),
    Array(Box<Kind>, usize),
    Tuple(Vec<Field>),
}

impl EvmAbi {
    /// Reads the events of an ABI; its other entries do not count.
    pub fn new(entries: &[Map<String, Value>]) -> Result<Self, AbiError> {
        let mut abi = Self::default();
        let is_event = |entry: &&Map<String, Value>| {
            entry.get("type").and_then(Value::as_str) == Some("event")
        };
        for (read, entry) in entries.iter().filter(is_event).enumerate() {
            if read >= MAX_EVENTS {
                return Err(AbiError::Many);
            }
            let (signature, event) = Event::new(entry)?;
            // A log of an anonymous event does not say which it is.
            if entry.get("anonymous").and_then(Value::as_bool) != Some(true) {
                abi.events.entry(signature).or_default().push(event);
            }
        }
        Ok(abi)
    }

    /// The event that a log with these topics is of: of several the one that was named last.
    pub(super) fn event(&self, topics: &[EvmHash]) -> Option<&Event> {
        let (first, indexed) = topics.split_first()?;
        let events = self.events.get(first.as_bytes())?;
        let fits = |event: &&Event| event.indexed.len() == indexed.len();
        events.iter().rev().find(fits)
    }
}

impl Event {
    fn new(entry: &Map<String, Value>) -> Result<([u8; 32], Self), AbiError> {
        let name = text(entry, "name")?.to_owned();
        let (mut indexed, mut data) = (Vec::new(), Vec::new());
        let mut types = Vec::new();
        for input in list(entry, "inputs")? {
            let input = input.as_object().ok_or(AbiError::Member("inputs"))?;
            let (field, canonical) = field(input, 0)?;
            types.push(canonical);
            match input.get("indexed") {
                Some(Value::Bool(true)) => indexed.push(field),
                Some(Value::Bool(false)) | None => data.push(field),
                Some(_) => return Err(AbiError::Member("indexed")),
            }
        }
        let signature = format!("{name}({})", types.join(","));
        let mut event = Self {
            name,
            indexed,
            data,
        };
        event.name_apart();
        Ok((keccak_256(signature.as_bytes()), event))
    }

    /// A second field of the same name, or without one, gets its place behind it, so that none hides another.
    fn name_apart(&mut self) {
        let mut taken = Vec::new();
        for (place, field) in self.indexed.iter_mut().chain(&mut self.data).enumerate() {
            while taken.contains(&field.name) {
                field.name = format!("{}_{place}", field.name);
            }
            taken.push(field.name.clone());
        }
    }
}

/// A field, and its type as signatures have it.
fn field(input: &Map<String, Value>, depth: usize) -> Result<(Field, String), AbiError> {
    let name = match input.get("name") {
        Some(name) => name.as_str().ok_or(AbiError::Member("name"))?.to_owned(),
        None => String::new(),
    };
    let written = text(input, "type")?;
    let (base, arrays) = written.split_at(written.find('[').unwrap_or(written.len()));
    let lengths = lengths(arrays).ok_or_else(|| AbiError::Type(written.to_owned()))?;
    let depth = depth + lengths.len();
    if depth > MAX_DEPTH {
        return Err(AbiError::Deep);
    }
    let (mut kind, mut canonical) = if base == "tuple" {
        tuple(input, depth)?
    } else {
        plain(base).ok_or_else(|| AbiError::Type(written.to_owned()))?
    };
    for length in lengths {
        kind = match length {
            Some(length) => Kind::Array(Box::new(kind), length),
            None => Kind::List(Box::new(kind)),
        };
    }
    canonical.push_str(arrays);
    Ok((Field { name, kind }, canonical))
}

fn tuple(input: &Map<String, Value>, depth: usize) -> Result<(Kind, String), AbiError> {
    let (mut fields, mut types) = (Vec::new(), Vec::new());
    for component in list(input, "components")? {
        let component = component
            .as_object()
            .ok_or(AbiError::Member("components"))?;
        let (field, canonical) = field(component, depth + 1)?;
        fields.push(field);
        types.push(canonical);
    }
    Ok((Kind::Tuple(fields), format!("({})", types.join(","))))
}

/// What stands in the brackets of `[2][]`; `None` for what is no such thing.
fn lengths(mut arrays: &str) -> Option<Vec<Option<usize>>> {
    let mut lengths = Vec::new();
    while !arrays.is_empty() {
        let (length, rest) = arrays.strip_prefix('[')?.split_once(']')?;
        lengths.push(match length {
            "" => None,
            length => Some(digits(length)?.try_into().ok()?),
        });
        arrays = rest;
    }
    Some(lengths)
}

/// A type that is made of no others, and how signatures write it.
fn plain(name: &str) -> Option<(Kind, String)> {
    let bytes_of = |bits: u32| {
        let bytes = (bits / 8).try_into().ok()?;
        (bits.is_multiple_of(8) && (1..=32).contains(&bytes)).then_some(bytes)
    };
    let kind = match name {
        "bool" => Kind::Bool,
        "address" => Kind::Address,
        "bytes" => Kind::Bytes,
        "string" => Kind::Text,
        // An address and a selector.
        "function" => Kind::Fixed(24),
        "uint" => return plain("uint256"),
        "int" => return plain("int256"),
        _ => {
            if let Some(bits) = name.strip_prefix("uint") {
                Kind::Unsigned(bytes_of(digits(bits)?)?)
            } else if let Some(bits) = name.strip_prefix("int") {
                Kind::Signed(bytes_of(digits(bits)?)?)
            } else {
                let bytes = digits(name.strip_prefix("bytes")?)?;
                Kind::Fixed(bytes_of(bytes.checked_mul(8)?)?)
            }
        }
    };
    Some((kind, name.to_owned()))
}

/// A number as types have it: no sign, no zero before it.
fn digits(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn text<'a>(entry: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, AbiError> {
    let member = entry.get(name).and_then(Value::as_str);
    member.ok_or(AbiError::Member(name))
}

fn list<'a>(entry: &'a Map<String, Value>, name: &'static str) -> Result<&'a [Value], AbiError> {
    match entry.get(name) {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(AbiError::Member(name)),
    }
}
