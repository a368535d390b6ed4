//! A neuron as the chain keeps it, in integers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Coldkey, Hotkey, Rao, Ratio, Uid};

/// One slot of a subnet at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neuron {
    /// Its slot.
    pub uid: Uid,
    /// The key that acts for it.
    pub hotkey: Hotkey,
    /// The key that owns the hotkey.
    pub coldkey: Coldkey,
    /// Whether it set weights within the activity cutoff.
    pub active: bool,
    /// Where it says that it listens.
    pub axon: Axon,
    /// The alpha that the owner's coldkey holds on the hotkey; children and parents are not counted here.
    pub stake: Rao,
    /// 0 on runtimes that no longer store it.
    pub rank: Ratio,
    /// The share of the miners' part that it earned in the last epoch.
    pub incentive: Ratio,
    /// What the validators agreed on as its weight.
    pub consensus: Ratio,
    /// 0 on runtimes that no longer store it.
    pub trust: Ratio,
    /// How much of the weight it set agreed with consensus.
    pub validator_trust: Ratio,
    /// The share of the validators' part that it earned in the last epoch.
    pub dividends: Ratio,
    /// What it earned in the last epoch, in alpha.
    pub emission: Rao,
    /// The block at which it last set or committed weights.
    pub last_update: u64,
    /// Whether its weights count.
    pub validator_permit: bool,
    /// 65535 on runtimes that no longer store it.
    pub pruning_score: u16,
    /// The stake that counts for it, children and parents included.
    pub stakes: Stakes,
    /// The block at which its hotkey took the slot, where the source of the neuron tells.
    pub block_at_registration: Option<u64>,
}

/// The stake that a neuron votes with: inherited from parents, less what went to children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stakes {
    /// In the subnet's alpha.
    pub alpha: Rao,
    /// In TAO on the root network.
    pub tao: Rao,
    /// Alpha plus TAO times the chain's TAO weight.
    pub total: Rao,
}

/// Where a neuron says that it listens. One that never served has address 0.0.0.0 and port 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axon {
    /// The address; printed by its `Display` as on the wire.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
    /// The protocol number that the neuron chose, 4 for most.
    pub protocol: u8,
    /// The version number that the neuron chose.
    pub version: u32,
    /// The block at which it was served.
    pub block: u64,
}

impl Axon {
    /// What stands for a neuron that never served.
    pub const UNSERVED: Self = Self {
        ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        port: 0,
        protocol: 0,
        version: 0,
        block: 0,
    };

    /// Whether the neuron ever served.
    pub fn is_served(&self) -> bool {
        self.port != 0 || !self.ip.is_unspecified()
    }

    /// The address that the chain stores as one number: IPv4 when it fits 32 bits, else IPv6.
    /// The chain's own `ip_type` is not asked, as other readers of the chain do not ask it.
    pub fn ip_from_bits(bits: u128) -> IpAddr {
        match u32::try_from(bits) {
            Ok(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4)),
            Err(_) => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        }
    }
}

impl Default for Axon {
    fn default() -> Self {
        Self::UNSERVED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_ipv4_when_it_fits_and_prints_as_python_does() {
        let printed = |bits| Axon::ip_from_bits(bits).to_string();
        assert_eq!(printed(0), "0.0.0.0");
        assert_eq!(printed(0x65e2_55af), "101.226.85.175");
        assert_eq!(
            printed(0x2001_0db8_0000_0000_0000_0000_0000_0001),
            "2001:db8::1"
        );
    }

    #[test]
    fn a_neuron_that_never_served_says_so() {
        assert!(!Axon::UNSERVED.is_served());
        assert!(
            Axon {
                port: 8091,
                ..Axon::UNSERVED
            }
            .is_served()
        );
    }
}
