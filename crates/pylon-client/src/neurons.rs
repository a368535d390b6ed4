//! The neurons of a subnet.

use pylon_models::BlockNumber;
use pylon_models::v1::NeuronsBody;

use crate::pinned::Scope;
use crate::{Call, Pinned};

/// Every neuron of a subnet at one block, in the order of the uids.
#[derive(Debug, Clone)]
pub struct Neurons(Pinned<NeuronsBody>);

impl Neurons {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self(scope.pinned("/neurons"))
    }

    /// `…/block/latest/neurons`: at the best head.
    pub fn latest(&self) -> Call<NeuronsBody> {
        self.0.latest()
    }

    /// `…/block/recent/neurons`: at the last block that the service read. Answered at once, also while
    /// the chain is out of reach; `stale` once that block is too old.
    pub fn recent(&self) -> Call<NeuronsBody> {
        self.0.under("recent")
    }

    /// `…/block/{number}/neurons`: at a block.
    pub fn at(&self, number: impl Into<BlockNumber>) -> Call<NeuronsBody> {
        self.0.at(number)
    }
}
