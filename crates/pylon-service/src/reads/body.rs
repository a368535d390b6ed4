//! From the chain to the bodies that are sent.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use pylon_chain::{Chain, ReadError, Row};
use pylon_models::classic::{self, BlockHashBody, BlockTimestampBody};
use pylon_models::unstable::{
    self, DrandRoundBody, EvmAssociationBody, EvmAssociationsBody, PriceBody, PriceValue,
    PricesBody, RevealedBody, RevealedCommitmentBody, RevealedCommitmentsBody, TaggedCommitment,
    WeightsStatusBody,
};
use pylon_models::v1::{CertificateBody, CertificatesBody, CommitmentBody, CommitmentsBody};
use pylon_models::wire::{
    AccountBody, BondsBody, RowBody, StakePositionBody, SubnetBody, SubnetSummary, SubnetsBody,
    WeightsBody,
};
use pylon_models::{BlockNumber, BlockRef, Commitment, Hotkey, MechId, NetUid, Rao, Timestamp};
use serde::Serialize;

use super::list::List;
use super::{Answered, One, Read};
use crate::blocks::Stamp;
use crate::encoding::Body;
use crate::load::LoadError;

type Ones = BTreeMap<One, Bytes>;

/// What is read, as it is sent; `None` where the chain has no such thing at that block.
pub(super) async fn fetch(
    read: Read,
    chain: &Chain,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    match read {
        Read::Certificates(netuid) => certificates(chain, netuid, block).await,
        Read::Commitments(netuid) => commitments(chain, netuid, block).await,
        Read::TaggedCommitments(netuid) => tagged(chain, netuid, block).await,
        Read::Revealed(netuid) => revealed(chain, netuid, block).await,
        Read::EvmAssociations(netuid) => evm_associations(chain, netuid, block).await,
        Read::Prices => prices(chain, block).await,
        Read::DrandRound => {
            let last_stored_round = chain.last_drand_round(block).await?;
            whole(block, &DrandRoundBody { last_stored_round })
        }
        Read::Extrinsic(index) => match chain.extrinsic(block, index).await? {
            Some(extrinsic) => whole(block, &extrinsic),
            None => Ok(None),
        },
        Read::Subnets => subnets(chain, block).await,
        Read::Subnet(netuid) => subnet(chain, netuid, block).await,
        Read::Account(coldkey) => {
            let (balance, stakes) = tokio::try_join!(
                chain.balance(coldkey, block),
                chain.stake_of(coldkey, block)
            )?;
            let account = AccountBody::new(block, coldkey, balance);
            listed(block, &account, stakes.iter().map(StakePositionBody::from))
        }
        Read::Weights(netuid, mechanism) => {
            let read = chain.weights(netuid, mechanism, block).await?;
            let body = WeightsBody {
                block,
                netuid,
                mechanism,
                weights: Vec::new(),
                next_cursor: None,
            };
            rows(chain, netuid, block, &body, read).await
        }
        Read::Bonds(netuid, mechanism) => {
            let read = chain.bonds(netuid, mechanism, block).await?;
            let body = BondsBody {
                block,
                netuid,
                mechanism,
                bonds: Vec::new(),
                next_cursor: None,
            };
            rows(chain, netuid, block, &body, read).await
        }
        Read::ClassicCommitments(netuid) => classic_commitments(chain, netuid, block).await,
        Read::BlockHash => {
            let block_hash = block.hash;
            whole(block, &BlockHashBody { block_hash })
        }
        Read::BlockTimestamp => {
            let made = chain.block(block.hash).await?.timestamp;
            let millis = i64::try_from(made)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000);
            match Timestamp::from_unix_millis(millis) {
                Ok(block_timestamp) => whole(block, &BlockTimestampBody { block_timestamp }),
                Err(_) => Ok(None),
            }
        }
        Read::WeightsStatus(netuid, mechanism, hotkey, number) => {
            let key = (netuid, mechanism, hotkey);
            weights_status(chain, key, number, block).await
        }
    }
}

async fn weights_status(
    chain: &Chain,
    (netuid, mechanism, hotkey): (NetUid, MechId, Hotkey),
    number: BlockNumber,
    head: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let missing = LoadError::NoSuchBlock(number);
    let hash = match number.cmp(&head.number) {
        Ordering::Greater => return Err(missing),
        Ordering::Equal => head.hash,
        Ordering::Less => chain.block_hash(number).await?.ok_or(missing)?,
    };
    let block = BlockRef { number, hash };
    let Some(epoch) = chain.epoch_of(netuid, block, head).await? else {
        return Ok(None);
    };
    let updated = chain
        .last_update(netuid, mechanism, hotkey, epoch.last)
        .await?;
    let weights_submitted = updated.is_some_and(|updated| updated >= epoch.first);
    whole(epoch.last, &WeightsStatusBody { weights_submitted })
}

async fn certificates(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let read = chain.certificates(netuid, block).await?;
    if read.is_empty() && !exists(chain, netuid, block).await? {
        return Ok(None);
    }
    let all: CertificatesBody = read
        .iter()
        .map(|(hotkey, certificate)| (*hotkey, CertificateBody::from(certificate)))
        .collect();
    let mut ones = Ones::new();
    for (hotkey, certificate) in &all {
        ones.insert(One::Neuron(*hotkey), json(certificate)?);
    }
    parted(block, &all, ones)
}

async fn commitments(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    // What is timelocked alone has no place on this surface.
    let one = |commitment: &Commitment| CommitmentBody::of(block, commitment);
    let entry = |one: CommitmentBody| one.commitment;
    let all = |commitments| CommitmentsBody { block, commitments };
    committed(chain, (netuid, block), one, entry, all).await
}

async fn classic_commitments(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let one = |commitment: &Commitment| {
        Some(classic::CommitmentBody {
            hotkey: commitment.hotkey,
            commitment: hex::encode(commitment.data()?),
        })
    };
    let entry = |one: classic::CommitmentBody| one.commitment;
    let all = |commitments: classic::CommitmentsBody| commitments;
    committed(chain, (netuid, block), one, entry, all).await
}

async fn tagged(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let one = |commitment: &Commitment| {
        let commitment = TaggedCommitment::of(commitment)?;
        Some(unstable::CommitmentBody { commitment, block })
    };
    let entry = |one: unstable::CommitmentBody| one.commitment;
    let all = |commitments| unstable::CommitmentsBody { block, commitments };
    committed(chain, (netuid, block), one, entry, all).await
}

/// What was committed by each that is or was registered, where it has a body of its own; and the entries of those who are,
/// together.
async fn committed<Own: Serialize, Entry, All: Serialize>(
    chain: &Chain,
    (netuid, block): (NetUid, BlockRef),
    one: impl Fn(&Commitment) -> Option<Own>,
    entry: impl Fn(Own) -> Entry,
    all: impl FnOnce(BTreeMap<Hotkey, Entry>) -> All,
) -> Result<Option<Answered>, LoadError> {
    let (hotkeys, committed) = tokio::try_join!(
        chain.hotkeys(netuid, block),
        chain.commitments(netuid, block)
    )?;
    if hotkeys.is_empty() && !exists(chain, netuid, block).await? {
        return Ok(None);
    }
    let registered: BTreeSet<Hotkey> = hotkeys.into_values().collect();
    let (mut entries, mut ones) = (BTreeMap::new(), Ones::new());
    for commitment in &committed {
        let Some(body) = one(commitment) else {
            continue;
        };
        ones.insert(One::Neuron(commitment.hotkey), json(&body)?);
        if registered.contains(&commitment.hotkey) {
            entries.insert(commitment.hotkey, entry(body));
        }
    }
    parted(block, &all(entries), ones)
}

async fn revealed(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let read = chain.revealed_commitments(netuid, block).await?;
    if read.is_empty() && !exists(chain, netuid, block).await? {
        return Ok(None);
    }
    let (mut all, mut ones) = (BTreeMap::new(), Ones::new());
    for (hotkey, revealed) in &read {
        let commitments: Vec<RevealedCommitmentBody> = revealed
            .iter()
            .map(|one| RevealedCommitmentBody::of(*hotkey, one))
            .collect();
        let one = RevealedBody { block, commitments };
        ones.insert(One::Neuron(*hotkey), json(&one)?);
        all.insert(*hotkey, one.commitments);
    }
    let body = RevealedCommitmentsBody {
        block,
        commitments: all,
    };
    parted(block, &body, ones)
}

async fn evm_associations(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let read = chain.evm_associations(netuid, block).await?;
    if read.is_empty() && !exists(chain, netuid, block).await? {
        return Ok(None);
    }
    let evm_associations = read
        .iter()
        .map(|association| (association.hotkey, EvmAssociationBody::from(association)))
        .collect();
    whole(
        block,
        &EvmAssociationsBody {
            block,
            evm_associations,
        },
    )
}

async fn prices(chain: &Chain, block: BlockRef) -> Result<Option<Answered>, LoadError> {
    let prices: BTreeMap<NetUid, PriceValue> = chain
        .alpha_prices(block)
        .await?
        .into_iter()
        .map(|(netuid, value)| (netuid, PriceValue { value }))
        .collect();
    let mut ones = Ones::new();
    for (&netuid, &price) in &prices {
        let one = PriceBody {
            block,
            netuid,
            price,
        };
        ones.insert(One::Subnet(netuid), json(&one)?);
    }
    parted(block, &PricesBody { block, prices }, ones)
}

async fn subnets(chain: &Chain, block: BlockRef) -> Result<Option<Answered>, LoadError> {
    let (subnets, prices) = tokio::try_join!(chain.subnets(block), chain.alpha_prices(block))?;
    let price = |netuid| prices.get(&netuid).copied().unwrap_or(Rao::new(0));
    let subnets = subnets.into_iter().map(|subnet| {
        let price = price(subnet.netuid);
        SubnetSummary::new(subnet, price)
    });
    let body = SubnetsBody {
        block,
        subnets: Vec::new(),
        next_cursor: None,
    };
    listed(block, &body, subnets)
}

async fn subnet(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
) -> Result<Option<Answered>, LoadError> {
    let (subnet, price) = tokio::try_join!(
        chain.subnet(netuid, block),
        chain.alpha_price(netuid, block)
    )?;
    match subnet {
        Some(subnet) => {
            let subnet = SubnetSummary::new(subnet, price);
            whole(block, &SubnetBody { block, subnet })
        }
        None => Ok(None),
    }
}

/// Asked only where a subnet has nothing to show. A runtime that cannot tell is taken at its word.
async fn exists(chain: &Chain, netuid: NetUid, block: BlockRef) -> Result<bool, ReadError> {
    match chain.subnet(netuid, block).await {
        Ok(subnet) => Ok(subnet.is_some()),
        Err(ReadError::Unsupported { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Weights or bonds: a body, and the rows that it is to list.
async fn rows(
    chain: &Chain,
    netuid: NetUid,
    block: BlockRef,
    body: &impl Serialize,
    rows: Vec<Row>,
) -> Result<Option<Answered>, LoadError> {
    if rows.is_empty() && !exists(chain, netuid, block).await? {
        return Ok(None);
    }
    let rows = rows.into_iter().map(|(uid, row)| RowBody { uid, row });
    listed(block, body, rows)
}

fn json(body: &impl Serialize) -> Result<Bytes, LoadError> {
    Ok(serde_json::to_vec(body)?.into())
}

fn whole(block: BlockRef, body: &impl Serialize) -> Result<Option<Answered>, LoadError> {
    parted(block, body, Ones::new())
}

fn parted(
    block: BlockRef,
    body: &impl Serialize,
    ones: Ones,
) -> Result<Option<Answered>, LoadError> {
    let parts = ones.values().map(|one| one.len() + 128).sum();
    let mut answered = answered(block, json(body)?, parts)?;
    answered.ones = ones;
    Ok(Some(answered))
}

/// `empty` ends in the list that the items are written into.
fn listed<T: Serialize>(
    block: BlockRef,
    empty: &impl Serialize,
    items: impl IntoIterator<Item = T>,
) -> Result<Option<Answered>, LoadError> {
    let (body, list) = List::write(empty, items)?;
    let mut answered = answered(block, body, list.weight())?;
    answered.list = Some(list);
    Ok(Some(answered))
}

fn answered(block: BlockRef, body: Bytes, beside: usize) -> Result<Answered, LoadError> {
    // The compressed forms together are about half of the body.
    let weight = body.len() * 3 / 2 + beside + 512;
    Ok(Answered {
        block,
        stamp: Stamp::new(block)?,
        body: Body::new(body),
        ones: Ones::new(),
        list: None,
        weight: u32::try_from(weight).unwrap_or(u32::MAX),
    })
}
