//! Websocket frames on their way out, some with another text in them.

use super::super::spoil::PAGE;

const OPCODE: u8 = 0x0f;
const TEXT: u8 = 1;
const LENGTH: u8 = 0x7f;
const SHORT: u8 = 126;
const LONG: u8 = 127;
/// A header's bytes when nothing is masked, as nothing is that a server sends.
const MAX_HEADER: usize = 10;
/// What ends the head of an HTTP answer.
const END_OF_HEAD: [u8; 4] = *b"\r\n\r\n";

/// Where in the stream of frames the next byte stands.
#[derive(Clone, Debug)]
pub(super) enum Frames {
    /// In the HTTP answer before the first frame, with so many bytes of its end seen.
    Head(usize),
    /// In a frame's header, with the bytes of it that were seen.
    Header(Vec<u8>),
    /// In a frame's payload.
    Payload {
        left: u64,
        written: usize,
        spoilt: bool,
    },
}

impl Default for Frames {
    fn default() -> Self {
        Self::Head(0)
    }
}

impl Frames {
    /// Goes over bytes and writes the text of the page over the payload of those frames for which
    /// `spoil` says so. Frames keep their length.
    pub(super) fn pass(&mut self, bytes: &mut [u8], mut spoil: impl FnMut() -> bool) {
        for byte in bytes {
            self.step(byte, &mut spoil);
        }
    }

    fn step(&mut self, byte: &mut u8, spoil: &mut impl FnMut() -> bool) {
        match self {
            Self::Head(seen) => {
                let expected = END_OF_HEAD.get(*seen);
                *seen = match expected {
                    Some(expected) if expected == byte => *seen + 1,
                    _ => usize::from(*byte == b'\r'),
                };
                if *seen == END_OF_HEAD.len() {
                    *self = Self::Header(Vec::with_capacity(MAX_HEADER));
                }
            }
            Self::Header(seen) => {
                seen.push(*byte);
                if let Some((opcode, left)) = header(seen) {
                    *self = Self::payload(left, opcode == TEXT && spoil());
                }
            }
            Self::Payload {
                left,
                written,
                spoilt,
            } => {
                if *spoilt {
                    let page = PAGE.as_bytes();
                    *byte = page.get(*written % page.len()).copied().unwrap_or(b' ');
                }
                *written += 1;
                *left -= 1;
                if *left == 0 {
                    *self = Self::payload(0, false);
                }
            }
        }
    }

    fn payload(left: u64, spoilt: bool) -> Self {
        if left == 0 {
            return Self::Header(Vec::with_capacity(MAX_HEADER));
        }
        Self::Payload {
            left,
            written: 0,
            spoilt,
        }
    }
}

/// Opcode and length of the payload, once the header is whole.
fn header(bytes: &[u8]) -> Option<(u8, u64)> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let length = match length & LENGTH {
        SHORT => u64::from(u16::from_be_bytes(rest.try_into().ok()?)),
        LONG => u64::from_be_bytes(rest.try_into().ok()?),
        short => u64::from(short),
    };
    Some((first & OPCODE, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x80 | opcode];
        match payload.len() {
            short @ 0..=125 => bytes.push(short.try_into().unwrap()),
            long @ 126..=0xffff => {
                bytes.push(SHORT);
                bytes.extend(u16::try_from(long).unwrap().to_be_bytes());
            }
            longer => {
                bytes.push(LONG);
                bytes.extend(u64::try_from(longer).unwrap().to_be_bytes());
            }
        }
        [&bytes, payload].concat()
    }

    #[test]
    fn text_frames_are_spoilt_however_they_are_cut_and_others_are_not() {
        let head = b"HTTP/1.1 101 Switching Protocols\r\nx: \r\r\n\r\n".to_vec();
        let payloads = [vec![b'a'; 3], vec![b'a'; 300], vec![b'a'; 70_000]];
        let mut sent = head.clone();
        let mut expected = head;
        for payload in &payloads {
            sent.extend(frame(1, payload));
            let page: Vec<u8> = PAGE.bytes().cycle().take(payload.len()).collect();
            expected.extend(frame(1, &page));
            for (opcode, payload) in [(9, &payload[..2]), (1, &[][..])] {
                sent.extend(frame(opcode, payload));
                expected.extend(frame(opcode, payload));
            }
        }
        for cut in [1, 2, 7, 4_096, sent.len()] {
            let mut frames = Frames::default();
            let mut passed = sent.clone();
            for piece in passed.chunks_mut(cut) {
                frames.pass(piece, || true);
            }
            assert!(passed == expected, "cut to {cut}");
        }
    }

    #[test]
    fn each_frame_is_asked_about_once() {
        let mut sent = b"\r\n\r\n".to_vec();
        sent.extend([frame(1, b"first"), frame(1, b"other")].concat());
        let mut answers = [false, true].into_iter();
        Frames::default().pass(&mut sent, || answers.next().unwrap());
        let expected = [frame(1, b"first"), frame(1, b"<html")].concat();
        assert_eq!(sent[4..], expected);
    }
}
