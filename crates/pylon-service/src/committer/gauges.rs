//! What is measured whether there are jobs or not: the clocks, and what holds weights back.

use std::convert::Infallible;

use pylon_chain::{Chain, Heads};
use pylon_models::{BlockNumber, Hotkey, MechId, NetUid};

use super::{Committer, drift};
use crate::load::LoadError;
use crate::tasks::{TaskError, chain_of};

/// After so many blocks it is asked again what holds weights back.
const ASK_EVERY: u32 = 10;

impl Committer {
    /// Keeps the metrics of the clocks, the beacon and the rate limits of identities.
    pub(super) async fn watch_terms(&self) -> Result<Infallible, TaskError> {
        let mut heads = self.0.link.heads();
        let mut asked: Option<BlockNumber> = None;
        loop {
            let now = *heads.borrow_and_update();
            if let (Some(heads), Some(chain)) = (now, self.0.link.chain()) {
                if let Some(block_time) = self.0.link.block_duration() {
                    let drift = drift::of(&heads.best, block_time);
                    self.0.metrics.clock_drift.set(drift);
                }
                let best = heads.best.number;
                if asked.is_none_or(|asked| best.since(asked) >= ASK_EVERY) {
                    asked = Some(best);
                    for (netuid, hotkey) in &self.0.weighing {
                        self.tell(&chain, &heads, *netuid, hotkey).await;
                    }
                }
            }
            heads.changed().await?;
        }
    }

    async fn tell(&self, chain: &Chain, heads: &Heads, netuid: NetUid, hotkey: &Hotkey) {
        if let Err(error) = self.ask(chain, heads, netuid, hotkey).await {
            tracing::debug!(
                subnet.netuid = netuid.get(),
                error = %chain_of(&error),
                "what holds weights back could not be read"
            );
        }
    }

    async fn ask(
        &self,
        chain: &Chain,
        heads: &Heads,
        netuid: NetUid,
        hotkey: &Hotkey,
    ) -> Result<(), LoadError> {
        let mechanisms = (0..MechId::COUNT).filter_map(|number| MechId::try_from(number).ok());
        for mechanism in mechanisms {
            let terms = self.terms(chain, heads.best.block(), (netuid, mechanism), hotkey);
            let Some(terms) = self.0.link.in_time(terms).await? else {
                break;
            };
            self.0.metrics.tell_terms(netuid, mechanism, hotkey, &terms);
            if u8::from(mechanism).saturating_add(1) >= terms.mechanisms {
                break;
            }
        }
        Ok(())
    }
}
