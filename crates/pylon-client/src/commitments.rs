//! What neurons have committed: in plain, under a timelock, and opened.

use pylon_models::Hotkey;
use pylon_models::unstable::{
    CommitmentBody as TaggedCommitmentBody, CommitmentsBody as TaggedCommitmentsBody, RevealedBody,
    RevealedCommitmentsBody,
};
use pylon_models::v1::{CommitmentBody, CommitmentsBody};

use crate::Call;
use crate::pinned::Scope;

/// What the registered neurons of a subnet have committed in plain, as hex with 0x. An identity's own is
/// [`Identity::own_commitment`](crate::Identity::own_commitment).
#[derive(Debug, Clone)]
pub struct Commitments(Scope);

impl Commitments {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self(scope.clone())
    }

    /// `…/block/latest/commitments`: by hotkey, at the best head. What is timelocked alone is not among them.
    pub fn latest(&self) -> Call<CommitmentsBody> {
        self.0.get("/block/latest/commitments")
    }

    /// `…/block/latest/commitments/{hotkey}`: that of one neuron, and the block at which it was made; `not_found`
    /// where there is none, or none that is plain.
    pub fn of(&self, hotkey: &Hotkey) -> Call<CommitmentBody> {
        self.0
            .get(format_args!("/block/latest/commitments/{hotkey}"))
    }
}

/// What the neurons of a subnet have committed, each with its kind: plain, or timelocked with the drand round that
/// opens it. An identity's own is [`Identity::own_tagged_commitment`](crate::Identity::own_tagged_commitment).
#[derive(Debug, Clone)]
pub struct TaggedCommitments(Scope);

impl TaggedCommitments {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self(scope.clone())
    }

    /// `…/block/latest/commitments`, unstable: by hotkey, at the best head.
    pub fn latest(&self) -> Call<TaggedCommitmentsBody> {
        self.0.get_unstable("/block/latest/commitments")
    }

    /// `…/block/latest/commitments/{hotkey}`, unstable: that of one neuron; `not_found` where there is none.
    pub fn of(&self, hotkey: &Hotkey) -> Call<TaggedCommitmentBody> {
        self.0
            .get_unstable(format_args!("/block/latest/commitments/{hotkey}"))
    }
}

/// Timelocked commitments that the chain has opened, the last ten of each neuron. An identity's own are
/// [`Identity::own_revealed_commitments`](crate::Identity::own_revealed_commitments).
#[derive(Debug, Clone)]
pub struct RevealedCommitments(Scope);

impl RevealedCommitments {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self(scope.clone())
    }

    /// `…/block/latest/commitments/revealed`: by hotkey, at the best head.
    pub fn latest(&self) -> Call<RevealedCommitmentsBody> {
        self.0.get("/block/latest/commitments/revealed")
    }

    /// `…/block/latest/commitments/revealed/{hotkey}`: those of one neuron.
    pub fn of(&self, hotkey: &Hotkey) -> Call<RevealedBody> {
        self.0
            .get(format_args!("/block/latest/commitments/revealed/{hotkey}"))
    }
}
