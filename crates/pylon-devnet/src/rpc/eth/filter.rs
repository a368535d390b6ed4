//! Which logs are asked for.

use std::time::{Duration, Instant};

use jsonrpsee::types::ErrorObjectOwned;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
use sp_core::{Bytes, H160};

use super::{super::errors, block_of, kept, quantity};
use crate::{
    evm::{EvmBlock, Log},
    node::chain::View,
    runtime::Hash,
};

/// Logs in one answer, as a Frontier node has it by default.
const MAX_LOGS: usize = 10_000;
/// How long a query may take there.
const MAX_TIME: Duration = Duration::from_secs(10);
/// Alternatives in one place of a filter.
const MAX_CHOICES: usize = 1_024;
const MAX_TOPICS: usize = 4;

/// A block as Ethereum names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Number(u64),
    Earliest,
    Latest,
    Pending,
    Safe,
    Finalized,
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(number) = value.as_u64() {
            return Ok(Self::Number(number));
        }
        let Some(text) = value.as_str() else {
            return Err(D::Error::custom(
                "a block number or 'latest', 'earliest' or 'pending'",
            ));
        };
        let number = match text {
            "earliest" => return Ok(Self::Earliest),
            "latest" => return Ok(Self::Latest),
            "pending" => return Ok(Self::Pending),
            "safe" => return Ok(Self::Safe),
            "finalized" => return Ok(Self::Finalized),
            _ => match text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16),
                None => text.parse(),
            },
        };
        number
            .map(Self::Number)
            .map_err(|error| D::Error::custom(format!("Invalid block number: {error}")))
    }
}

impl Place {
    /// Its height in a range of logs. There Frontier takes every tag but the first block's for
    /// the best block, the finalized one too.
    fn height(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Earliest => Some(0),
            Self::Latest | Self::Pending | Self::Safe | Self::Finalized => None,
        }
    }
}

/// Anything, one thing, or one of several.
#[derive(Debug, Default)]
pub(super) enum Choice<T> {
    #[default]
    Any,
    Of(Vec<T>),
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let choices = match value {
            Value::Null => return Ok(Self::Any),
            Value::Array(_) => serde_json::from_value::<Vec<T>>(value),
            one => serde_json::from_value(one).map(|one| vec![one]),
        };
        let choices = choices
            .map_err(|error| D::Error::custom(format!("Invalid variadic value type: {error}")))?;
        if choices.len() > MAX_CHOICES {
            return Err(D::Error::custom(
                "Invalid variadic value type: too big array",
            ));
        }
        Ok(Self::Of(choices))
    }
}

impl<T: PartialEq> Choice<T> {
    /// An empty list is none of its alternatives for a topic, but any address in Ethereum's rules;
    /// both count as anything here, as in Frontier.
    fn admits(&self, value: Option<&T>) -> bool {
        match self {
            Self::Any => true,
            Self::Of(choices) => {
                choices.is_empty() || value.is_some_and(|value| choices.contains(value))
            }
        }
    }
}

/// The parameter of `eth_getLogs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Filter {
    from_block: Option<Place>,
    to_block: Option<Place>,
    block_hash: Option<Hash>,
    #[serde(default)]
    address: Choice<H160>,
    #[serde(default)]
    topics: Topics,
}

/// What each topic may be, in order.
#[derive(Debug, Default)]
struct Topics(Vec<Choice<Hash>>);

impl<'de> Deserialize<'de> for Topics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let topics = Option::<Vec<Choice<Hash>>>::deserialize(deserializer)?.unwrap_or_default();
        if topics.len() > MAX_TOPICS {
            return Err(D::Error::custom("out of bounds"));
        }
        Ok(Self(topics))
    }
}

impl Filter {
    fn admits(&self, log: &Log) -> bool {
        let topics = self.topics.0.iter().enumerate();
        self.address.admits(Some(&log.address))
            && topics
                .into_iter()
                .all(|(index, choice)| choice.admits(log.topics.get(index)))
    }

    fn add(&self, block: &EvmBlock, found: &mut Vec<FoundLog>) {
        let mut index = 0;
        for (nth, emission) in (0u64..).zip(&block.emissions) {
            for (inner, log) in (0u64..).zip(&emission.logs) {
                if self.admits(log) {
                    found.push(FoundLog {
                        address: log.address,
                        topics: log.topics.clone(),
                        data: log.data.clone(),
                        block_hash: block.hash,
                        block_number: quantity(block.number),
                        transaction_hash: emission.transaction,
                        transaction_index: quantity(nth),
                        log_index: quantity(index),
                        transaction_log_index: quantity(inner),
                        removed: false,
                    });
                }
                index += 1u64;
            }
        }
    }
}

/// A log that fits, and where it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundLog {
    address: H160,
    topics: Vec<Hash>,
    data: Bytes,
    block_hash: Hash,
    block_number: String,
    transaction_hash: Hash,
    transaction_index: String,
    log_index: String,
    transaction_log_index: String,
    removed: bool,
}

/// The logs that fit, in order.
pub(super) fn logs(view: &View, filter: &Filter) -> Result<Vec<FoundLog>, ErrorObjectOwned> {
    let mut found = Vec::new();
    if let Some(hash) = filter.block_hash {
        let block = block_of(view, hash).ok_or_else(|| errors::refused("unknown block"))?;
        filter.add(&block.evm, &mut found);
        return Ok(found);
    }
    let best = view.best().number();
    let height = |place: Option<Place>| {
        let number = place.and_then(Place::height).unwrap_or(best.into());
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    let began = Instant::now();
    for number in height(filter.from_block)..=height(filter.to_block).min(best) {
        // A block without logs is passed by before anything is looked up.
        let block = view
            .at(number)
            .filter(|block| !block.evm.emissions.is_empty());
        if let Some(block) = block.and_then(|block| kept(view, block)) {
            filter.add(&block.evm, &mut found);
        }
        if found.len() > MAX_LOGS {
            let message = format!("query returned more than {MAX_LOGS} results");
            return Err(errors::internal(message));
        }
        if began.elapsed() > MAX_TIME {
            let message = format!("query timeout of {} seconds exceeded", MAX_TIME.as_secs());
            return Err(errors::internal(message));
        }
    }
    Ok(found)
}
