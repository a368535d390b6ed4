//! The things that can be read.

use pylon_models::{BlockNumber, Coldkey, Hotkey, MechId, NetUid};

use crate::load::LoadError;

/// One thing to read at a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Read {
    /// The certificates of a subnet's neurons.
    Certificates(NetUid),
    /// What a subnet's neurons committed in plain.
    Commitments(NetUid),
    /// The same with what is timelocked, each told apart.
    TaggedCommitments(NetUid),
    /// What a subnet's neurons had timelocked and the chain has opened.
    Revealed(NetUid),
    /// The EVM addresses of a subnet's neurons.
    EvmAssociations(NetUid),
    /// The price of every subnet's alpha.
    Prices,
    /// The newest drand round that the chain knows.
    DrandRound,
    /// The extrinsic at that place.
    Extrinsic(u32),
    /// Every subnet.
    Subnets,
    /// One subnet.
    Subnet(NetUid),
    /// What a coldkey has.
    Account(Coldkey),
    /// Who weighs whom on a subnet.
    Weights(NetUid, MechId),
    /// Who is bound to whom on a subnet.
    Bonds(NetUid, MechId),
    /// What a subnet's neurons committed in plain, as the classic surface has it.
    ClassicCommitments(NetUid),
    /// The block's hash.
    BlockHash,
    /// When the block was made.
    BlockTimestamp,
    /// Whether a hotkey gave weights in the epoch that holds that block, as the chain stands at the one that is read.
    WeightsStatus(NetUid, MechId, Hotkey, BlockNumber),
}

/// Reads that wait for each other, and for no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// What costs a node little.
    Light,
    /// What a node works long for.
    Heavy,
    /// What anybody may ask for, without a token.
    Open,
}

impl Read {
    /// Its name among the metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Certificates(_) => "certificates",
            Self::Commitments(_) => "commitments",
            Self::TaggedCommitments(_) => "tagged_commitments",
            Self::Revealed(_) => "revealed_commitments",
            Self::EvmAssociations(_) => "evm_associations",
            Self::Prices => "prices",
            Self::DrandRound => "drand_round",
            Self::Extrinsic(_) => "extrinsic",
            Self::Subnets => "subnets",
            Self::Subnet(_) => "subnet",
            Self::Account(_) => "account",
            Self::Weights(..) => "weights",
            Self::Bonds(..) => "bonds",
            Self::ClassicCommitments(_) => "classic_commitments",
            Self::BlockHash => "block_hash",
            Self::BlockTimestamp => "block_timestamp",
            Self::WeightsStatus(..) => "weights_status",
        }
    }

    /// Beside which other reads it waits for its turn.
    pub(super) const fn lane(self) -> Lane {
        match self {
            Self::Subnets | Self::Account(_) | Self::Weights(..) | Self::Bonds(..) => Lane::Heavy,
            Self::Extrinsic(_) => Lane::Open,
            _ => Lane::Light,
        }
    }

    /// The block whose state tells it, where it is read at that one.
    pub(super) const fn told_by(self, block: BlockNumber) -> BlockNumber {
        match self {
            Self::WeightsStatus(.., told_by) => told_by,
            _ => block,
        }
    }

    /// The subnet that it is of.
    pub(super) const fn netuid(self) -> Option<NetUid> {
        match self {
            Self::Certificates(netuid)
            | Self::Commitments(netuid)
            | Self::TaggedCommitments(netuid)
            | Self::ClassicCommitments(netuid)
            | Self::Revealed(netuid)
            | Self::EvmAssociations(netuid)
            | Self::Subnet(netuid)
            | Self::Weights(netuid, _)
            | Self::Bonds(netuid, _)
            | Self::WeightsStatus(netuid, ..) => Some(netuid),
            Self::Prices
            | Self::DrandRound
            | Self::Extrinsic(_)
            | Self::Subnets
            | Self::Account(_)
            | Self::BlockHash
            | Self::BlockTimestamp => None,
        }
    }

    /// What it means that the chain has none at that block.
    pub(super) fn missing(self, block: BlockNumber) -> LoadError {
        match (self, self.netuid()) {
            (_, Some(netuid)) => LoadError::NoSuchSubnet(netuid),
            (Self::Extrinsic(index), None) => LoadError::NoSuchExtrinsic(block, index),
            (_, None) => LoadError::NoSuchBlock(block),
        }
    }
}
