//! Between the chain's format and the crate's. Both are: U (96 bytes), V, W (32 bytes each), then the length of the body
//! as u64, the body, the length of the cipher's name, its name. The chain writes 32 as u64 before V and before W.

use super::TimelockError;

const POINT: usize = 96;
const PART: usize = 32;
const PART_LENGTH: [u8; 8] = 32_u64.to_le_bytes();
const NONCE: u64 = 12;
const CIPHER: &[u8] = b"AES_GCM_";
/// No more than the chain takes of a commit on any runtime.
const LONGEST: usize = 32 * 1_024;

/// Reads from the front of bytes, and never past their end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], TimelockError> {
        let (taken, left) = self
            .0
            .split_at_checked(count)
            .ok_or(TimelockError::Format("it is too short"))?;
        self.0 = left;
        Ok(taken)
    }

    fn length(&mut self) -> Result<u64, TimelockError> {
        let (taken, left) = self
            .0
            .split_first_chunk()
            .ok_or(TimelockError::Format("it is too short"))?;
        self.0 = left;
        Ok(u64::from_le_bytes(*taken))
    }

    /// As many bytes as the length before them says.
    fn counted(&mut self) -> Result<&'a [u8], TimelockError> {
        let length = self.length()?;
        self.take(
            usize::try_from(length).map_err(|_| TimelockError::Format("a length is too great"))?,
        )
    }

    fn end(&self) -> Result<(), TimelockError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(TimelockError::Format("bytes are left over"))
        }
    }
}

/// From the crate's format, which it has just written.
pub(super) fn to_chain(bytes: &[u8]) -> Result<Vec<u8>, TimelockError> {
    let mut reader = Reader(bytes);
    let (point, v, w) = (reader.take(POINT)?, reader.take(PART)?, reader.take(PART)?);
    Ok([point, &PART_LENGTH, v, &PART_LENGTH, w, reader.0].concat())
}

/// To the crate's format, with every length checked that the crate goes by.
pub(super) fn from_chain(bytes: &[u8]) -> Result<Vec<u8>, TimelockError> {
    if bytes.len() > LONGEST {
        return Err(TimelockError::Format("it is too long"));
    }
    let mut reader = Reader(bytes);
    let point = reader.take(POINT)?;
    let (v, w) = (reader.counted()?, reader.counted()?);
    if v.len() != PART || w.len() != PART {
        return Err(TimelockError::Format("a part of its key has not 32 bytes"));
    }
    let rest = reader.0;
    let mut body = Reader(reader.counted()?);
    if reader.counted()? != CIPHER {
        return Err(TimelockError::Format("its cipher is not AES-GCM"));
    }
    reader.end()?;
    body.counted()?;
    if body.length()? != NONCE {
        return Err(TimelockError::Format("its nonce has not 12 bytes"));
    }
    body.take(12)?;
    body.end()?;
    Ok([point, v, w, rest].concat())
}
