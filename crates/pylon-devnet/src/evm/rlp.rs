//! RLP, as much of it as an Ethereum header needs.

const STRING: u8 = 0x80;
const LIST: u8 = 0xc0;
/// The longest content whose length stands in the first byte.
const SHORT: usize = 55;

/// A list of strings.
#[derive(Debug, Default)]
pub(super) struct List(Vec<u8>);

impl List {
    /// Adds bytes.
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        match bytes {
            [byte] if *byte < STRING => self.0.push(*byte),
            _ => {
                self.0.extend(prefix(STRING, bytes.len()));
                self.0.extend_from_slice(bytes);
            }
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(self, number: u64) -> Self {
        let bytes = number.to_be_bytes();
        self.bytes(significant(&bytes))
    }

    /// The list's own bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut list = prefix(LIST, self.0.len());
        list.extend(self.0);
        list
    }
}

fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn prefix(kind: u8, length: usize) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let bytes = significant(&bytes);
    let last = bytes.last().copied().unwrap_or(0);
    if length <= SHORT {
        return vec![kind + last];
    }
    // The length of the length is 8 at most.
    let lengths = u8::try_from(bytes.len()).unwrap_or(8);
    let mut prefix = vec![kind + 55 + lengths];
    prefix.extend_from_slice(bytes);
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_are_written_as_the_yellow_paper_has_them() {
        assert_eq!(List::default().finish(), [0xc0]);
        let list = List::default().bytes(b"cat").bytes(b"dog").finish();
        assert_eq!(list, [&[0xc8, 0x83][..], b"cat", &[0x83], b"dog"].concat());
        let list = List::default().number(0).number(15).number(1024).finish();
        assert_eq!(list, [0xc5, 0x80, 0x0f, 0x82, 0x04, 0x00]);
        let long = List::default().bytes(&[7; 56]).finish();
        assert_eq!(long[..4], [0xf8, 58, 0xb8, 56]);
        assert_eq!(long.len(), 60);
    }
}
