//! The surface of the first Pylon: one identity on one subnet, whose weights are given one by one in the course of an
//! epoch and committed towards its end.

mod cycle;

use std::collections::BTreeMap;

use pylon_models::{BlockNumber, Hotkey, IdentityName, JobKind, MechId, NetUid};
use pylon_storage::{Epoch, NewJob};

pub(crate) use self::cycle::CommitCycle;
use crate::committer::WeightsRequest;
use crate::config::{ClassicAuth, CommitWindow, Config};

/// Whom it is served for, and to whom.
#[derive(Clone)]
pub(crate) struct Classic {
    pub(crate) identity: IdentityName,
    pub(crate) netuid: NetUid,
    /// The key that the identity acts with, where that is known.
    pub(crate) hotkey: Option<Hotkey>,
    /// What opens it.
    pub(crate) access: Access,
    window: CommitWindow,
}

/// What the surface asks of its callers.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// The open-access token for reads, and one of the identity's for writes.
    Token,
    /// Nothing.
    Anybody,
}

impl Classic {
    /// `None` where no identity is named and there is not just one.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        let (name, identity) = config.classic_identity()?;
        Some(Self {
            identity: name.clone(),
            netuid: identity.netuid,
            hotkey: identity.hotkey,
            access: match config.classic.auth {
                ClassicAuth::Token => Access::Token,
                ClassicAuth::None => Access::Anybody,
            },
            window: config.classic.window,
        })
    }

    /// The epoch that starts with that block, as its weights are kept.
    pub(crate) fn epoch(&self, start: i64) -> Epoch {
        Epoch {
            identity: self.identity.clone(),
            netuid: self.netuid,
            start,
        }
    }

    /// The job that brings weights on chain. What is not more than 0 is no weight there.
    pub(crate) fn job(
        &self,
        signer: Hotkey,
        weights: BTreeMap<Hotkey, f64>,
        head: BlockNumber,
    ) -> Result<NewJob, serde_json::Error> {
        let mut weights = weights;
        weights.retain(|_, weight| *weight > 0.0);
        let request = WeightsRequest {
            weights,
            version_key: None,
        };
        Ok(NewJob {
            kind: JobKind::Weights,
            identity: self.identity.clone(),
            hotkey: signer,
            netuid: self.netuid,
            mechanism: MechId::MAIN,
            hyperparameter: None,
            request: serde_json::to_string(&request)?,
            block_accepted: Some(head),
        })
    }
}
