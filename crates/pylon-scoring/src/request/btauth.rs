//! btauth/1, the scheme of the Bittensor SDK from version 11 on (`bittensor.http_auth`).

use pylon_models::Hotkey;

use super::{Request, signature};

/// What a request is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crypto {
    /// The scheme of Bittensor's keys unless somebody chose another.
    Sr25519,
    /// The other one.
    Ed25519,
}

impl Crypto {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sr25519 => "sr25519",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// A request with all that is signed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The request.
    pub request: Request,
    /// What it is signed with.
    pub crypto: Crypto,
    /// When, in nanoseconds since 1970. A sender has no two requests of one nonce.
    pub nonce: u64,
    /// Who sends it.
    pub sender: Hotkey,
    /// Whom it is for; without one, whoever gets it can pass it on.
    pub receiver: Option<Hotkey>,
}

impl Signed {
    /// The text whose bytes are signed: eight lines without a last line end.
    #[must_use]
    pub fn message(&self) -> String {
        let Request {
            method,
            target,
            body,
        } = &self.request;
        let receiver = self.receiver.map_or("-".to_owned(), |key| key.to_string());
        [
            "btauth/1",
            self.crypto.as_str(),
            method.as_str(),
            target.as_str(),
            &body.to_string(),
            &self.nonce.to_string(),
            &self.sender.to_string(),
            &receiver,
        ]
        .join("\n")
    }

    /// The headers that go with the request.
    #[must_use]
    pub fn headers(&self, signed: &[u8; 64]) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("X-Bittensor-Version", "1".to_owned()),
            ("X-Bittensor-Hotkey", self.sender.to_string()),
            ("X-Bittensor-Nonce", self.nonce.to_string()),
            ("X-Bittensor-Signature", signature(signed)),
        ];
        if let Some(receiver) = self.receiver {
            headers.push(("X-Bittensor-Receiver", receiver.to_string()));
        }
        if self.crypto != Crypto::Sr25519 {
            headers.push(("X-Bittensor-Crypto", self.crypto.as_str().to_owned()));
        }
        headers
    }
}
