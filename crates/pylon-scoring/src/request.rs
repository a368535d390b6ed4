//! Requests between neurons that a hotkey signs: what is signed of them, byte by byte, and the headers that carry it.
//! Who has the keys signs and verifies; that the parts say what they should is seen to here.

pub mod btauth;
pub mod epistula;

use std::fmt;
use std::str::FromStr;

/// What is signed of a request, whoever sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub target: Target,
    /// The hash of its body.
    pub body: BodyHash,
}

/// A method of HTTP. Names of methods are upper-case letters, so that one request has one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method(&'static str);

/// A text that is no method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS")]
pub struct MethodError;

impl Method {
    const ALL: [&'static str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for Method {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Self, MethodError> {
        let known = Self::ALL.into_iter().find(|name| *name == text);
        known.map(Self).ok_or(MethodError)
    }
}

/// Where a request goes on a host: the path from its first slash on and, behind a question mark, the query. No client
/// and no proxy has a reason to rewrite it, so that what arrives is what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

/// Why a text is no such target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is a whole URL, empty or relative, or begins with the name of a host.
    #[error("does not begin with a single slash")]
    Start,
    /// More than a server reads.
    #[error("is longer than {} bytes", Target::LONGEST)]
    Length,
    /// A fragment, a space, a letter outside ASCII: senders encode or drop these.
    #[error("has a character at byte {at} that is sent in another form: percent-encode it")]
    Character {
        /// Where it stands, counted in bytes from 0.
        at: usize,
    },
    /// A percent sign that begins no encoded byte.
    #[error("has a percent sign at byte {at} without two hex digits after it")]
    Percent {
        /// Where it stands, counted in bytes from 0.
        at: usize,
    },
    /// `.` or `..` between slashes: senders resolve these.
    #[error("has a segment of dots, which is sent resolved")]
    Dots,
}

impl Target {
    const LONGEST: usize = 8192;

    /// The target as it stands in the request's first line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if !text.starts_with('/') || text.starts_with("//") {
            return Err(TargetError::Start);
        }
        if text.len() > Self::LONGEST {
            return Err(TargetError::Length);
        }
        let path = text.split('?').next().unwrap_or_default();
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'%' => {
                    let digits = text.as_bytes().get(at + 1..at + 3);
                    if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                        return Err(TargetError::Percent { at });
                    }
                }
                _ if is_plain(byte) => {}
                // Beyond what RFC 3986 lets a query have: lists are sent with these by every client.
                b'?' | b'[' | b']' if at >= path.len() => {}
                _ => return Err(TargetError::Character { at }),
            }
        }
        // An encoded dot is a dot to whoever resolves segments.
        let is_dots = |segment: &str| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment == "." || segment == ".."
        };
        if path.split('/').any(is_dots) {
            return Err(TargetError::Dots);
        }
        Ok(Self(text.to_owned()))
    }
}

/// What a path may hold in plain (RFC 3986: `pchar` and the slash).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte)
}

/// The SHA-256 of a request's body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BodyHash([u8; 32]);

/// A text that is no such hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not 64 lower-case hex digits, the SHA-256 of the body")]
pub struct BodyHashError;

impl BodyHash {
    /// A hash that was made of the body.
    #[must_use]
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl FromStr for BodyHash {
    type Err = BodyHashError;

    fn from_str(text: &str) -> Result<Self, BodyHashError> {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(BodyHashError),
        };
        if text.len() != 64 {
            return Err(BodyHashError);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else {
                return Err(BodyHashError);
            };
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(hash))
    }
}

impl fmt::Display for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyHash({self})")
    }
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    use fmt::Write;

    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A signature as both schemes send it.
fn signature(bytes: &[u8; 64]) -> String {
    format!("0x{}", hex(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_every_client_sends_unchanged() {
        for good in [
            "/",
            "/v1/submissions?netuid=25",
            "/a?b=c&d=%20e",
            "/a/b.c/..d/~e;f=g,h:i@j!$'()*+",
            "/?",
            "/a?b[]=1&c=/?:@",
            "/a//b/",
            "/%E2%82%AC",
        ] {
            assert_eq!(good.parse::<Target>().unwrap().as_str(), good);
        }
        let refused = |text: &str| text.parse::<Target>().unwrap_err();
        for start in ["", "v1", "http://host/a", "//host/a", "?a", "*"] {
            assert_eq!(refused(start), TargetError::Start, "{start}");
        }
        for (text, at) in [
            ("/a b", 2),
            ("/a#b", 2),
            ("/a\nb", 2),
            ("/a\r\nHost: b", 2),
            ("/é", 1),
            ("/a\\b", 2),
            ("/a[b]", 2),
            ("/a?\"", 3),
            ("/a?b=<c", 5),
            ("/{a}", 1),
            ("/a\u{7f}", 2),
        ] {
            assert_eq!(refused(text), TargetError::Character { at }, "{text:?}");
        }
        for (text, at) in [("/%", 1), ("/a%2", 2), ("/%zz", 1), ("/?%é", 2)] {
            assert_eq!(refused(text), TargetError::Percent { at }, "{text}");
        }
        for dots in ["/.", "/a/../b", "/a/..", "/%2e%2E/b", "/.%2e"] {
            assert_eq!(refused(dots), TargetError::Dots, "{dots}");
        }
        assert!("/a?../b".parse::<Target>().is_ok());
        let long = format!("/{}", "a".repeat(8191));
        assert!(long.parse::<Target>().is_ok());
        assert_eq!(refused(&format!("{long}a")), TargetError::Length);
    }

    #[test]
    fn a_method_is_one_of_http_s_in_upper_case() {
        for name in Method::ALL {
            assert_eq!(name.parse::<Method>().unwrap().as_str(), name);
        }
        for wrong in ["", "get", "Post", "CONNECT", "TRACE", "GET ", "POST\n/x"] {
            assert_eq!(wrong.parse::<Method>(), Err(MethodError), "{wrong:?}");
        }
    }

    #[test]
    fn a_hash_of_a_body_is_64_lower_case_hex_digits() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(empty.parse::<BodyHash>().unwrap().to_string(), empty);
        let upper = empty.to_uppercase();
        let long = format!("0x{empty}");
        for wrong in [
            "",
            &empty[1..],
            &upper,
            &long,
            &"é".repeat(32),
            &"g".repeat(64),
        ] {
            assert_eq!(wrong.parse::<BodyHash>(), Err(BodyHashError), "{wrong}");
        }
    }
}
