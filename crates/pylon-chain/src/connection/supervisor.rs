//! Keeping one connection open: again when it is lost, to another node when this one is no good, and back to a
//! preferred one when that can be had.

use std::sync::Arc;
use std::time::Duration;

use jsonrpsee::core::client::ClientT;
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::WsClient;
use pylon_models::BlockHash;
use tokio::time::Instant;

use super::node::{self, Node};
use super::{Line, Link, open};
use crate::config::ChainConfig;
use crate::error::ConnectError;

/// A connection that held for this long was no failure of the node's.
const HELD: Duration = Duration::from_secs(30);

/// Opens the first connection: to the first node, in their order, that takes it.
pub(super) async fn first(
    nodes: &[Node],
    config: &ChainConfig,
) -> Result<(usize, WsClient, BlockHash), ConnectError> {
    let mut preferred = None;
    for (place, node) in nodes.iter().enumerate() {
        match open::open(&node.endpoint, config, config.genesis).await {
            Ok((client, genesis)) => {
                node.is_active_now();
                return Ok((place, client, genesis));
            }
            Err(error) => {
                fail(node, &error);
                if nodes.len() > 1 {
                    tracing::warn!(
                        chain.endpoint = %node.endpoint,
                        error = &error as &dyn std::error::Error,
                        "a node cannot be used, trying the next"
                    );
                }
                preferred.get_or_insert(error);
            }
        }
    }
    Err(preferred.unwrap_or(ConnectError::NoEndpoint))
}

fn fail(node: &Node, error: &ConnectError) {
    let of_another_chain = matches!(error, ConnectError::WrongChain { .. });
    node.failed(Instant::now(), of_another_chain);
}

/// What ends a stay at a node.
enum End {
    Lost(String),
    NoGood(&'static str),
    LookedBack(Option<(usize, WsClient)>),
}

/// Runs as long as somebody uses the connection.
pub(super) async fn run(line: Arc<Line>, genesis: BlockHash) {
    loop {
        let current = line.link.borrow().clone();
        if let Some(link) = current {
            stay(&line, link, genesis).await;
        }
        let (place, client) = loop {
            let now = Instant::now();
            let Some((place, from)) = node::next(&line.nodes, now) else {
                return;
            };
            tokio::time::sleep_until(from).await;
            let Some(node) = line.nodes.get(place) else {
                return;
            };
            match open::open(&node.endpoint, &line.config, Some(genesis)).await {
                Ok((client, _)) => break (place, client),
                Err(error) => {
                    fail(node, &error);
                    tracing::warn!(
                        chain.endpoint = %node.endpoint,
                        error = &error as &dyn std::error::Error,
                        "the node could not be reached"
                    );
                }
            }
        };
        line.counters.reconnected();
        arrive(&line, place, client);
    }
}

fn arrive(line: &Line, place: usize, client: WsClient) {
    if let Some(node) = line.nodes.get(place) {
        node.is_active_now();
        tracing::info!(chain.endpoint = %node.endpoint, "connected to a node");
    }
    line.link.send_replace(Some(Link {
        client: Arc::new(client),
        place,
    }));
}

/// Stays at a node, or goes from one to a preferred one, until one is lost.
async fn stay(line: &Line, mut link: Link, genesis: BlockHash) {
    let mut since = Instant::now();
    loop {
        let Some(node) = line.nodes.get(link.place) else {
            return;
        };
        let end = tokio::select! {
            reason = link.client.on_disconnect() => End::Lost(reason.to_string()),
            reason = line.no_good() => End::NoGood(reason),
            found = look_back(line, &link, genesis), if link.place > 0 => End::LookedBack(found),
        };
        if since.elapsed() >= HELD {
            node.held();
        }
        let reason = match end {
            End::LookedBack(found) => {
                if let Some((place, client)) = found {
                    node.is_left();
                    arrive(line, place, client);
                    match line.link.borrow().clone() {
                        Some(next) => link = next,
                        None => return,
                    }
                    since = Instant::now();
                }
                continue;
            }
            End::Lost(reason) => reason,
            End::NoGood(reason) => reason.to_owned(),
        };
        tracing::warn!(chain.endpoint = %node.endpoint, reason, "left the node");
        node.failed(Instant::now(), false);
        line.link.send_replace(None);
        return;
    }
}

/// Waits, and looks for a better node.
async fn look_back(line: &Line, link: &Link, genesis: BlockHash) -> Option<(usize, WsClient)> {
    tokio::time::sleep(line.config.stall_after).await;
    preferred(line, link, genesis).await
}

/// A node that comes before the present one, is not behind it, and can be connected to.
async fn preferred(line: &Line, link: &Link, genesis: BlockHash) -> Option<(usize, WsClient)> {
    let now = Instant::now();
    for (place, node) in line.nodes.iter().enumerate().take(link.place) {
        if node.rests_until().is_some_and(|until| until > now) {
            continue;
        }
        let opened = open::open(&node.endpoint, &line.config, Some(genesis)).await;
        let (client, _) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                fail(node, &error);
                continue;
            }
        };
        let (theirs, ours) = tokio::join!(height(&client), height(&link.client));
        match (theirs, ours) {
            (Some(theirs), Some(ours)) if theirs >= ours => return Some((place, client)),
            (Some(_), None) => return Some((place, client)),
            _ => node.failed(now, false),
        }
    }
    None
}

async fn height(client: &WsClient) -> Option<u64> {
    let asked = client.request::<serde_json::Value, _>("chain_getHeader", rpc_params![]);
    let header = tokio::time::timeout(Duration::from_secs(5), asked).await;
    let number = header.ok()?.ok()?.get("number")?.as_str()?.to_owned();
    u64::from_str_radix(number.trim_start_matches("0x"), 16).ok()
}
