//! One block of the chain, read with the runtime that its state has.

use std::collections::HashMap;
use std::sync::Arc;

use codec::Encode;
use pylon_models::{BlockHash, BlockRef, NetUid};

use crate::capabilities::{Api, Entry};
use crate::chain::Chain;
use crate::decode::{DecodeError, Metagraph, Wire};
use crate::error::ReadError;
use crate::runtime::Runtime;
use crate::storage::StorageKey;

/// Keys that a node gives in one answer at most.
const PAGE: u16 = 1_000;

/// A block, through the node that has its state.
#[derive(Clone)]
pub(crate) struct Pinned {
    chain: Chain,
    runtime: Arc<Runtime>,
    block: BlockHash,
    /// What is read, as errors name it.
    what: &'static str,
}

/// Values that were read together.
pub(crate) struct Values<'a> {
    pinned: &'a Pinned,
    values: HashMap<StorageKey, Option<Vec<u8>>>,
}

impl Values<'_> {
    pub(crate) fn bytes(&self, key: &StorageKey) -> Option<&[u8]> {
        self.values.get(key)?.as_deref()
    }

    /// A value, or its default; `None` where the runtime has no such entry.
    pub(crate) fn get<T: Wire>(
        &self,
        (entry, key): &(Entry<T>, StorageKey),
    ) -> Result<Option<T>, ReadError> {
        let Pinned { runtime, .. } = self.pinned;
        if !runtime.declares(*entry) {
            return Ok(None);
        }
        let value = runtime.stored_or_default(*entry, self.bytes(key));
        value
            .map(Some)
            .map_err(|error| self.pinned.unreadable(error))
    }
}

impl Chain {
    /// Reads `what` at a block, from the node that is to be asked for it.
    pub(crate) async fn pinned<T, F>(
        &self,
        block: BlockRef,
        what: &'static str,
        read: impl Fn(Pinned) -> F,
    ) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        let read = &read;
        self.routed(block, |chain| async move {
            let runtime = chain.runtime_here(block.hash).await?;
            read(Pinned {
                chain,
                runtime,
                block: block.hash,
                what,
            })
            .await
        })
        .await
    }
}

impl Pinned {
    pub(crate) fn unreadable(&self, source: DecodeError) -> ReadError {
        ReadError::Decode {
            what: self.what,
            block: self.block,
            source,
        }
    }

    /// The runtime has no such thing.
    fn unsupported(&self) -> ReadError {
        ReadError::Unsupported {
            spec_version: self.runtime.spec_version(),
            what: self.what,
        }
    }

    pub(crate) fn has_api<T: Wire>(&self, api: Api<T>) -> bool {
        self.runtime.has_api(api)
    }

    pub(crate) fn has_entry<T: Wire>(&self, entry: Entry<T>) -> bool {
        self.runtime.declares(entry)
    }

    /// What a runtime API answers.
    pub(crate) async fn call<T: Wire>(
        &self,
        api: Api<T>,
        arguments: impl Encode,
    ) -> Result<T, ReadError> {
        if !self.runtime.has_api(api) {
            return Err(self.unsupported());
        }
        let method = format!("{}_{}", api.name, api.method);
        let answer = self
            .chain
            .rpc()
            .state_call(&method, &arguments.encode(), self.block)
            .await
            .map_err(ReadError::at(self.block))?;
        let value = self.runtime.answer(api, &answer);
        value.map_err(|error| self.unreadable(error))
    }

    /// The value at a key; `None` where the node has none.
    pub(crate) async fn find<T: Wire>(
        &self,
        entry: Entry<T>,
        key: StorageKey,
    ) -> Result<Option<T>, ReadError> {
        if !self.runtime.declares(entry) {
            return Err(self.unsupported());
        }
        let [value] = self
            .chain
            .rpc()
            .storage(&[key], self.block)
            .await
            .map_err(ReadError::at(self.block))?;
        let value = value.map(|bytes| self.runtime.stored(entry, &bytes));
        value.transpose().map_err(|error| self.unreadable(error))
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The values at several keys, in one request.
    pub(crate) async fn values(&self, keys: Vec<StorageKey>) -> Result<Values<'_>, ReadError> {
        let asked: Vec<Vec<u8>> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        let values = self
            .chain
            .rpc()
            .values(&asked, self.block)
            .await
            .map_err(ReadError::at(self.block))?;
        Ok(Values {
            pinned: self,
            values: keys.into_iter().zip(values).collect(),
        })
    }

    /// Parts of a subnet's metagraph; `None` where there is no such subnet.
    pub(crate) async fn metagraph(
        &self,
        netuid: NetUid,
        indexes: &[u16],
    ) -> Result<Option<Metagraph>, ReadError> {
        if !self.runtime.has_neurons() {
            return Err(self.unsupported());
        }
        let method = "SubnetInfoRuntimeApi_get_selective_metagraph";
        let arguments = (netuid.get(), indexes).encode();
        let answer = self
            .chain
            .rpc()
            .state_call(method, &arguments, self.block)
            .await
            .map_err(ReadError::at(self.block))?;
        let metagraph = self.runtime.metagraph(&answer);
        metagraph.map_err(|error| self.unreadable(error))
    }

    /// Every entry under a prefix, in the order of the chain's keys, each with what `name` makes of its key after
    /// the prefix: a request for each thousand keys, and one for each thousand values.
    pub(crate) async fn map<K, T: Wire>(
        &self,
        entry: Entry<T>,
        prefix: StorageKey,
        name: impl Fn(&[u8]) -> Option<K>,
    ) -> Result<Vec<(K, T)>, ReadError> {
        if !self.runtime.declares(entry) {
            return Err(self.unsupported());
        }
        let inconsistent = |what| self.unreadable(DecodeError::Inconsistent(what));
        let mut found = Vec::new();
        let mut start: Option<Vec<u8>> = None;
        loop {
            let page = self
                .chain
                .rpc()
                .keys_page(&prefix, PAGE.into(), start.as_deref(), self.block)
                .await
                .map_err(ReadError::at(self.block))?;
            // A node that gave the same page again would be asked for ever.
            if page
                .first()
                .is_some_and(|first| start.as_ref() >= Some(first))
            {
                return Err(inconsistent("the keys are not in their order"));
            }
            let Some(last) = page.last() else {
                return Ok(found);
            };
            let names = page
                .iter()
                .map(|key| key.strip_prefix(prefix.as_bytes()).and_then(&name))
                .collect::<Option<Vec<K>>>()
                .ok_or_else(|| inconsistent("a key is not of the map that was asked for"))?;
            let values = self
                .chain
                .rpc()
                .values(&page, self.block)
                .await
                .map_err(ReadError::at(self.block))?;
            for (name, value) in names.into_iter().zip(values) {
                // The block is one and the same, so what has a key has a value.
                let value = value.ok_or_else(|| inconsistent("a key has no value"))?;
                let value = self.runtime.stored(entry, &value);
                found.push((name, value.map_err(|error| self.unreadable(error))?));
            }
            if page.len() < usize::from(PAGE) {
                return Ok(found);
            }
            start = Some(last.clone());
        }
    }
}
