//! What open access and identities read of a subnet alike.

use pylon_models::unstable::{EvmAssociationsBody, PriceBody};
use pylon_models::v1::ValidatorsBody;
use pylon_models::wire::{BondsBody, EpochBody, HyperparametersBody, WeightsBody};
use pylon_models::{MechId, NetUid};

use crate::pinned::Scope;
use crate::{
    Call, Certificates, Commitments, Neurons, Pinned, RevealedCommitments, TaggedCommitments,
};

/// The reads of one subnet. [`Subnet`](crate::Subnet) and [`Identity`](crate::Identity) both give them, each with its
/// own token.
///
/// Paths are given from the subnet on: `/api/v1/subnet/{netuid}` or `/api/v1/identity/{name}/subnet/{netuid}`, and
/// where it says *unstable*, the same under `/api/_unstable`.
#[derive(Debug, Clone)]
pub struct Reads {
    netuid: NetUid,
    scope: Scope,
}

impl Reads {
    pub(crate) fn new(netuid: NetUid, scope: Scope) -> Self {
        Self { netuid, scope }
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Which subnet. Of an identity it is what the builder was told; should the service know better, it sends the
    /// calls on to the right one.
    pub fn netuid(&self) -> NetUid {
        self.netuid
    }

    /// `/block/{latest|recent|n}/neurons`: every neuron, in the order of the uids.
    pub fn neurons(&self) -> Neurons {
        Neurons::new(&self.scope)
    }

    /// `/block/{latest|n}/validators`: the neurons that hold a validator permit, the largest total stake first.
    pub fn validators(&self) -> Pinned<ValidatorsBody> {
        self.scope.pinned("/validators")
    }

    /// `/block/latest/certificates`: the keys that neurons serve TLS with.
    pub fn certificates(&self) -> Certificates {
        Certificates::new(&self.scope)
    }

    /// `/block/latest/commitments`: what neurons have committed in plain.
    pub fn commitments(&self) -> Commitments {
        Commitments::new(&self.scope)
    }

    /// `/block/latest/commitments`, unstable: what neurons have committed, plain or timelocked.
    pub fn tagged_commitments(&self) -> TaggedCommitments {
        TaggedCommitments::new(&self.scope)
    }

    /// `/block/latest/commitments/revealed`: timelocked commitments that the chain has opened.
    pub fn revealed_commitments(&self) -> RevealedCommitments {
        RevealedCommitments::new(&self.scope)
    }

    /// `/block/latest/evm_associations`: the EVM addresses that neurons proved to own, at the best head.
    pub fn evm_associations(&self) -> Call<EvmAssociationsBody> {
        self.scope.get("/block/latest/evm_associations")
    }

    /// `/block/{latest|n}/price`, unstable: what one alpha of the subnet costs, in rao of TAO.
    pub fn price(&self) -> Pinned<PriceBody> {
        self.scope.pinned_unstable("/price")
    }

    /// `/block/{latest|n}/hyperparams`: every hyperparameter that the runtime of that block has, by name.
    pub fn hyperparameters(&self) -> Pinned<HyperparametersBody> {
        self.scope.pinned("/hyperparams")
    }

    /// `/block/{latest|n}/epoch`: when the subnet runs its epochs, and when the next one is due in blocks and
    /// seconds.
    pub fn epoch(&self) -> Pinned<EpochBody> {
        self.scope.pinned("/epoch")
    }

    /// `/block/{latest|n}/weights?mechanism=`: what each validator gives to each miner; the greatest value of a row
    /// is 65535. Weights under a timelock that is not open yet are not among them.
    pub fn weights(&self, mechanism: MechId) -> Pinned<WeightsBody> {
        self.scope.pinned(format!("/weights?mechanism={mechanism}"))
    }

    /// `/block/{latest|n}/bonds?mechanism=`: the bonds of each validator to each miner, each of 65535.
    pub fn bonds(&self, mechanism: MechId) -> Pinned<BondsBody> {
        self.scope.pinned(format!("/bonds?mechanism={mechanism}"))
    }
}
