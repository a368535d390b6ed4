//! Epistula/2, which miners of several subnets expect. Neither method nor path nor sender is signed, so a request can be
//! sent again to another path of its receiver for as long as it is fresh: btauth/1 is the better one where both are taken.

use pylon_models::Hotkey;

use super::{BodyHash, signature};

/// A request with all that is signed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The hash of its body.
    pub body: BodyHash,
    /// What tells it from others: [`uuid`] makes one.
    pub uuid: String,
    /// When, in milliseconds since 1970.
    pub timestamp: u64,
    /// Who sends it.
    pub sender: Hotkey,
    /// Whom it is for; without one, whoever gets it can pass it on.
    pub receiver: Option<Hotkey>,
}

impl Signed {
    /// The text whose bytes are signed.
    #[must_use]
    pub fn message(&self) -> String {
        let receiver = self.receiver.map(|key| key.to_string());
        let receiver = receiver.unwrap_or_default();
        format!("{}.{}.{}.{receiver}", self.body, self.uuid, self.timestamp)
    }

    /// The headers that go with the request. The three `Epistula-Secret-Signature-…` of some senders are left out: two
    /// forms of them are about, and receivers do without.
    #[must_use]
    pub fn headers(&self, signed: &[u8; 64]) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Epistula-Version", "2".to_owned()),
            ("Epistula-Timestamp", self.timestamp.to_string()),
            ("Epistula-Uuid", self.uuid.clone()),
            ("Epistula-Signed-By", self.sender.to_string()),
            ("Epistula-Request-Signature", signature(signed)),
        ];
        if let Some(receiver) = self.receiver {
            headers.push(("Epistula-Signed-For", receiver.to_string()));
        }
        headers
    }
}

/// A UUID of version 4 (RFC 9562) of random bytes.
#[must_use]
pub fn uuid(random: [u8; 16]) -> String {
    let mut number = u128::from_be_bytes(random);
    number = number & !(0xf << 76) | 4 << 76;
    number = number & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        number >> 96,
        number >> 80 & 0xffff,
        number >> 64 & 0xffff,
        number >> 48 & 0xffff,
        number & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_says_that_it_is_random_and_keeps_every_other_bit() {
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([255; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let counted = std::array::from_fn(|index| u8::try_from(index).unwrap());
        assert_eq!(uuid(counted), "00010203-0405-4607-8809-0a0b0c0d0e0f");
    }
}
