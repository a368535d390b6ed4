//! Logs by the events of an ABI. Contracts log what they like and callers send the ABI they like, so whatever is read
//! is counted: nested offsets make little data look like much.

use pylon_models::unstable::EvmLogBody;
use pylon_models::{EvmAddress, EvmInteger, EvmValue};

use super::abi::{Event, EvmAbi, Field, Kind};
use super::{EvmError, EvmLog};

/// Values, and bytes of text and hex, that are made of the logs of one request.
const MAX_VALUES: usize = 400_000;
const MAX_BYTES: usize = 16 * 1024 * 1024;

const WORD: usize = 32;

/// Why a log is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is not what the ABI says.
    Malformed,
    /// There is no room for it.
    Exhausted,
}

/// What may still be made.
struct Room {
    values: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, values: usize, bytes: usize) -> Result<(), Fault> {
        let left = |room: usize, taken| room.checked_sub(taken).ok_or(Fault::Exhausted);
        self.values = left(self.values, values)?;
        self.bytes = left(self.bytes, bytes)?;
        Ok(())
    }
}

impl EvmAbi {
    /// The logs that are events of this ABI, decoded; others are left out, as are those that are not laid out as the
    /// ABI says.
    ///
    /// # Errors
    /// [`EvmError::TooMuch`] where what they hold is more than one answer should.
    pub fn decode(&self, logs: &[EvmLog]) -> Result<Vec<EvmLogBody>, EvmError> {
        let mut room = Room {
            values: MAX_VALUES,
            bytes: MAX_BYTES,
        };
        let mut decoded = Vec::new();
        for log in logs {
            let Some(event) = self.event(&log.topics) else {
                continue;
            };
            match arguments(event, log, &mut room) {
                Ok(args) => decoded.push(EvmLogBody {
                    event: event.name.clone(),
                    args,
                    address: log.address,
                    block_number: log.block_number,
                    transaction_hash: log.transaction_hash,
                    transaction_index: log.transaction_index,
                    log_index: log.log_index,
                }),
                Err(Fault::Malformed) => {}
                Err(Fault::Exhausted) => return Err(EvmError::TooMuch),
            }
        }
        Ok(decoded)
    }
}

fn arguments(
    event: &Event,
    log: &EvmLog,
    room: &mut Room,
) -> Result<Vec<(String, EvmValue)>, Fault> {
    let mut arguments = Vec::with_capacity(event.indexed.len() + event.data.len());
    for (field, topic) in event.indexed.iter().zip(log.topics.iter().skip(1)) {
        let value = match word_value(&field.kind, topic.as_bytes(), room)? {
            Some(value) => value,
            // More than a word: the log has its hash.
            None => hex(topic.as_bytes(), room)?,
        };
        arguments.push((field.name.clone(), value));
    }
    arguments.extend(fields(&event.data, &log.data, room)?);
    Ok(arguments)
}

/// Fields that lie one after another; offsets count from the first.
fn fields(
    fields: &[Field],
    data: &[u8],
    room: &mut Room,
) -> Result<Vec<(String, EvmValue)>, Fault> {
    let mut head = 0;
    let mut values = Vec::with_capacity(fields.len());
    for field in fields {
        room.take(0, field.name.len())?;
        values.push((
            field.name.clone(),
            item(&field.kind, data, &mut head, room)?,
        ));
    }
    Ok(values)
}

fn items(kind: &Kind, count: usize, data: &[u8], room: &mut Room) -> Result<Vec<EvmValue>, Fault> {
    // Before anything is made of them: lengths are whatever the log says, and items of nothing have any.
    let least = if kind.is_dynamic() {
        Some(WORD)
    } else {
        kind.size()
    };
    let least = least.and_then(|size| size.checked_mul(count));
    if least.is_none_or(|least| least > data.len()) {
        return Err(Fault::Malformed);
    }
    room.take(count, 0)?;
    let mut head = 0;
    (0..count)
        .map(|_| item(kind, data, &mut head, room))
        .collect()
}

/// The value whose head stands at `head`, which is moved behind it.
fn item(kind: &Kind, data: &[u8], head: &mut usize, room: &mut Room) -> Result<EvmValue, Fault> {
    if !kind.is_dynamic() {
        let value = value(kind, from(data, *head)?, room)?;
        *head = kind
            .size()
            .and_then(|size| head.checked_add(size))
            .ok_or(Fault::Malformed)?;
        return Ok(value);
    }
    let offset = number(word(from(data, *head)?)?)?;
    *head += WORD;
    value(kind, from(data, offset)?, room)
}

/// The value that `data` begins with.
fn value(kind: &Kind, data: &[u8], room: &mut Room) -> Result<EvmValue, Fault> {
    room.take(1, 0)?;
    Ok(match kind {
        Kind::Bytes => hex(packed(data)?, room)?,
        Kind::Text => {
            let bytes = packed(data)?;
            room.take(0, bytes.len())?;
            let text = std::str::from_utf8(bytes).map_err(|_| Fault::Malformed)?;
            EvmValue::Text(text.to_owned())
        }
        Kind::List(kind) => {
            let count = number(word(data)?)?;
            EvmValue::List(items(kind, count, from(data, WORD)?, room)?)
        }
        Kind::Array(kind, count) => EvmValue::List(items(kind, *count, data, room)?),
        Kind::Tuple(members) => EvmValue::Object(fields(members, data, room)?),
        _ => word_value(kind, word(data)?, room)?.ok_or(Fault::Malformed)?,
    })
}

/// The value of a type that takes one word; `None` for other types. What the word has room for beside it must be
/// empty.
fn word_value(kind: &Kind, word: &[u8; WORD], room: &mut Room) -> Result<Option<EvmValue>, Fault> {
    Ok(Some(match kind {
        Kind::Bool => match behind(word, 1, 0)? {
            [0] => EvmValue::Bool(false),
            [1] => EvmValue::Bool(true),
            _ => return Err(Fault::Malformed),
        },
        Kind::Address => {
            let address = behind(word, 20, 0)?;
            let address = address.try_into().map_err(|_| Fault::Malformed)?;
            room.take(0, 42)?;
            EvmValue::Text(EvmAddress::from_bytes(address).checksummed())
        }
        Kind::Unsigned(size) => {
            behind(word, *size, 0)?;
            room.take(0, WORD)?;
            EvmValue::Integer(EvmInteger::from_be_bytes(*word))
        }
        Kind::Signed(size) => {
            let is_negative = word
                .get(WORD.saturating_sub(*size))
                .is_some_and(|first| *first >= 0x80);
            behind(word, *size, if is_negative { 0xff } else { 0 })?;
            room.take(0, WORD)?;
            EvmValue::Integer(EvmInteger::from_signed_be_bytes(*word))
        }
        Kind::Fixed(size) => {
            let (bytes, rest) = word.split_at_checked(*size).ok_or(Fault::Malformed)?;
            if rest.iter().any(|byte| *byte != 0) {
                return Err(Fault::Malformed);
            }
            hex(bytes, room)?
        }
        Kind::Bytes | Kind::Text | Kind::List(_) | Kind::Array(..) | Kind::Tuple(_) => {
            return Ok(None);
        }
    }))
}

/// The last `size` bytes of a word whose others are all `filled`.
fn behind(word: &[u8; WORD], size: usize, filled: u8) -> Result<&[u8], Fault> {
    let (padding, bytes) = word
        .split_at_checked(WORD.saturating_sub(size))
        .ok_or(Fault::Malformed)?;
    if padding.iter().any(|byte| *byte != filled) {
        return Err(Fault::Malformed);
    }
    Ok(bytes)
}

fn hex(bytes: &[u8], room: &mut Room) -> Result<EvmValue, Fault> {
    room.take(0, 2 + 2 * bytes.len())?;
    Ok(EvmValue::Text(format!("0x{}", hex::encode(bytes))))
}

/// As many bytes as the length before them says.
fn packed(data: &[u8]) -> Result<&[u8], Fault> {
    let length = number(word(data)?)?;
    from(data, WORD)?.get(..length).ok_or(Fault::Malformed)
}

fn from(data: &[u8], offset: usize) -> Result<&[u8], Fault> {
    data.get(offset..).ok_or(Fault::Malformed)
}

fn word(data: &[u8]) -> Result<&[u8; WORD], Fault> {
    data.first_chunk().ok_or(Fault::Malformed)
}

/// A length or an offset, which never takes more than the last bytes of its word.
fn number(word: &[u8; WORD]) -> Result<usize, Fault> {
    let bytes = behind(word, 4, 0)?;
    let bytes = bytes.try_into().map_err(|_| Fault::Malformed)?;
    u32::from_be_bytes(bytes)
        .try_into()
        .map_err(|_| Fault::Malformed)
}

impl Kind {
    fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::Text | Self::List(_) => true,
            Self::Array(kind, _) => kind.is_dynamic(),
            Self::Tuple(fields) => fields.iter().any(|field| field.kind.is_dynamic()),
            _ => false,
        }
    }

    /// Bytes that it takes where it lies in place; `None` for more than there can be.
    fn size(&self) -> Option<usize> {
        match self {
            Self::Array(kind, count) => kind.size()?.checked_mul(*count),
            Self::Tuple(fields) => fields
                .iter()
                .try_fold(0_usize, |size, field| size.checked_add(field.kind.size()?)),
            _ => Some(WORD),
        }
    }
}

#[cfg(test)]
mod tests;
