//! A subnet by open access.

use std::ops::Deref;

use pylon_models::NetUid;
use pylon_models::wire::SubnetBody;

use crate::pinned::Scope;
use crate::{Pinned, PylonClient, Reads};

/// A subnet, read with the open-access token; see [`PylonClient::subnet`]. Its reads are those of [`Reads`].
#[derive(Debug, Clone)]
pub struct Subnet {
    reads: Reads,
}

impl Subnet {
    pub(crate) fn new(client: &PylonClient, netuid: NetUid) -> Self {
        Self {
            reads: Reads::new(netuid, Scope::subnet(client, netuid)),
        }
    }

    /// `/api/v1/block/{latest|n}/subnet/{netuid}`: its name, owner, pool and price. Amounts are in rao.
    pub fn summary(&self) -> Pinned<SubnetBody> {
        Scope::chain(self.scope().client()).pinned(format!("/subnet/{}", self.netuid()))
    }
}

impl Deref for Subnet {
    type Target = Reads;

    fn deref(&self) -> &Reads {
        &self.reads
    }
}
