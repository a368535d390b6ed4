//! The TLS key that a neuron serves with.

/// A neuron's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Which kind of key it is; 1 is Ed25519.
    pub algorithm: u8,
    /// The public key.
    pub public_key: Vec<u8>,
}
