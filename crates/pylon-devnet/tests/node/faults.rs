//! Faults: what a client meets while one is on, and after.

use std::{io::ErrorKind, time::Duration};

use jsonrpsee::{
    core::client::{ClientT, Error, Subscription},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use pylon_devnet::{Devnet, Fault, FaultError};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    heads::next,
    wire::{Node, Refusal, connect, connect_to, post},
};

/// Long enough for an answer that comes.
const SOON: Duration = Duration::from_secs(10);
/// Long enough to see that one does not.
const A_WHILE: Duration = Duration::from_millis(200);

/// A node, and a client of its archive endpoint.
pub(crate) async fn node() -> (Node, WsClient) {
    let node = Node::start(Devnet::builder().finality_lag(3)).await;
    let archive = connect_to(&node.devnet.archive_ws_url().unwrap()).await;
    (node, archive)
}

async fn head(client: &WsClient) -> Result<Value, Error> {
    let head = client.request("chain_getHeader", rpc_params![]);
    let header: Value = timeout(SOON, head).await.unwrap()?;
    Ok(header["number"].clone())
}

/// Steers over the archive endpoint, which always answers.
pub(crate) async fn steer(archive: &WsClient, method: &str, params: Value) -> Value {
    let Value::Object(fields) = params else {
        panic!("{params} are no names")
    };
    let mut named = jsonrpsee::core::params::ObjectParams::new();
    for (name, value) in fields {
        named.insert(&name, value).unwrap();
    }
    archive.request(method, named).await.unwrap()
}

async fn new_heads(node: &Node) -> Subscription<Value> {
    let mut heads = node
        .subscribe(
            "chain_subscribeNewHeads",
            json!([]),
            "chain_unsubscribeNewHeads",
        )
        .await;
    next(&mut heads).await;
    heads
}

fn address(devnet: &Devnet) -> String {
    devnet.ws_url().trim_start_matches("ws://").to_owned()
}

#[tokio::test]
async fn dropped_sockets_are_reset_and_new_ones_are_taken() {
    let (node, archive) = node().await;
    let mut idle = TcpStream::connect(address(&node.devnet)).await.unwrap();
    let mut heads = new_heads(&node).await;
    node.devnet.faults().drop_sockets();
    let ended = timeout(SOON, heads.next()).await.unwrap();
    assert!(!matches!(ended, Some(Ok(_))));
    assert!(head(&node.client).await.is_err());
    let reset = timeout(SOON, idle.read(&mut [0])).await.unwrap();
    assert_eq!(reset.unwrap_err().kind(), ErrorKind::ConnectionReset);

    assert_eq!(head(&connect(&node.devnet).await).await.unwrap(), "0x0");
    assert_eq!(head(&archive).await.unwrap(), "0x0");
}

#[tokio::test]
async fn a_dead_port_refuses_until_it_is_healed() {
    let (node, archive) = node().await;
    steer(&archive, "dev_refuse", json!({})).await;
    let refused = TcpStream::connect(address(&node.devnet)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    // Who is in stays in, unless sockets are dropped too.
    assert_eq!(head(&node.client).await.unwrap(), "0x0");
    steer(&archive, "dev_dropSockets", json!({})).await;
    assert!(head(&node.client).await.is_err());

    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(head(&connect(&node.devnet).await).await.unwrap(), "0x0");
}

#[tokio::test]
async fn a_fault_ends_by_itself() {
    let (node, _archive) = node().await;
    let faults = node.devnet.faults();
    let short = Fault::Refuse.during(Duration::from_millis(50));
    faults.start(short).await.unwrap();
    assert!(TcpStream::connect(address(&node.devnet)).await.is_err());
    let ends = async {
        while !faults.active().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, ends).await.unwrap();
    // Nothing is left to heal: this waits for the port alone.
    faults.heal().await.unwrap();
    assert_eq!(head(&connect(&node.devnet).await).await.unwrap(), "0x0");
}

#[tokio::test]
async fn a_stalled_head_stands_still_and_then_tells_all_that_was_missed() {
    let (node, archive) = node().await;
    node.devnet.new_blocks(1).await.unwrap();
    let mut heads = new_heads(&node).await;
    let mut watched = node.watch(&node.remark("//Alice", 0).await.sign()).await;
    assert_eq!(next(&mut watched).await, "ready");
    steer(&archive, "dev_stall", json!({})).await;
    node.devnet.new_blocks(3).await.unwrap();
    assert_eq!(node.devnet.best().0, 4);
    assert_eq!(head(&node.client).await.unwrap(), "0x1");
    assert_eq!(head(&archive).await.unwrap(), "0x4");
    assert_eq!(
        node.get("chain_getBlockHash", json!([2])).await,
        Value::Null
    );
    assert!(timeout(A_WHILE, heads.next()).await.is_err());
    assert!(timeout(A_WHILE, watched.next()).await.is_err());

    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(head(&node.client).await.unwrap(), "0x4");
    for number in ["0x2", "0x3", "0x4"] {
        assert_eq!(next(&mut heads).await["number"], number);
    }
    assert!(next(&mut watched).await["inBlock"].is_string());
}

#[tokio::test]
async fn a_stall_can_last_so_many_blocks() {
    let (node, _archive) = node().await;
    node.devnet
        .faults()
        .start(Fault::Stall.times(2))
        .await
        .unwrap();
    node.devnet.new_blocks(2).await.unwrap();
    assert_eq!(head(&node.client).await.unwrap(), "0x0");
    assert_eq!(node.devnet.faults().active(), [Fault::Stall]);
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(head(&node.client).await.unwrap(), "0x3");
    assert_eq!(node.devnet.faults().active(), []);
}

#[tokio::test]
async fn a_delayed_answer_comes_when_the_delay_is_over() {
    let (node, archive) = node().await;
    steer(&archive, "dev_delay", json!({"ms": 600_000, "count": 1})).await;
    let slow = node.client.request("chain_getHeader", rpc_params![]);
    let mut slow = std::pin::pin!(timeout(SOON, async {
        slow.await.map(|header: Value| header)
    }));
    assert!(timeout(A_WHILE, &mut slow).await.is_err());
    // The count is used up: others are not held.
    assert_eq!(head(&node.client).await.unwrap(), "0x0");
    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(slow.await.unwrap().unwrap()["number"], "0x0");

    let short = Fault::Delay(Duration::from_millis(1));
    node.devnet.faults().start(short).await.unwrap();
    assert_eq!(head(&node.client).await.unwrap(), "0x0");
}

#[tokio::test]
async fn too_many_requests_get_429_and_when_to_come_again() {
    let (node, archive) = node().await;
    steer(&archive, "dev_tooManyRequests", json!({"retry_after": 7})).await;
    let refused = WsClientBuilder::default().build(node.devnet.ws_url()).await;
    assert!(refused.unwrap_err().to_string().contains("429"));
    let answer = post(&node.devnet.http_url(), "system_chain").await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 7\r\n"), "{answer}");
    // A websocket that stands is not asked.
    assert_eq!(head(&node.client).await.unwrap(), "0x0");

    steer(&archive, "dev_heal", json!({})).await;
    let answer = post(&node.devnet.http_url(), "system_chain").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_rate_limit_refuses_calls_and_leaves_subscriptions_alone() {
    let (node, archive) = node().await;
    let mut heads = new_heads(&node).await;
    steer(&archive, "dev_rateLimit", json!({"count": 2})).await;
    let limited = Err(Refusal::plain(-32_999, "RPC rate limit exceeded"));
    assert_eq!(node.call("chain_getHeader", json!([])).await, limited);
    let subscribed: Result<Subscription<Value>, _> =
        jsonrpsee::core::client::SubscriptionClientT::subscribe(
            &node.client,
            "chain_subscribeNewHeads",
            rpc_params![],
            "chain_unsubscribeNewHeads",
        )
        .await;
    assert!(subscribed.is_err());
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(next(&mut heads).await["number"], "0x1");
    assert_eq!(head(&node.client).await.unwrap(), "0x1");
}

#[tokio::test]
async fn a_rate_limit_lets_so_many_calls_through() {
    let (node, _archive) = node().await;
    let limit = Fault::RateLimit { per_second: 3 };
    node.devnet.faults().start(limit).await.unwrap();
    for _ in 0..3 {
        head(&node.client).await.unwrap();
    }
    // A slow machine may reach the next second once, but not with each of them.
    let mut refused = 0;
    for _ in 0..20 {
        refused += u32::from(head(&node.client).await.is_err());
    }
    assert!(refused > 0);
    // Each connection has its own.
    head(&connect(&node.devnet).await).await.unwrap();
}

#[tokio::test]
async fn truncated_hex_is_well_formed_and_undecodable() {
    let (node, archive) = node().await;
    let genesis = node.get("chain_getBlockHash", json!([0])).await;
    let mut heads = new_heads(&node).await;
    steer(&archive, "dev_truncateHex", json!({})).await;
    let cut = node.get("chain_getBlockHash", json!([0])).await;
    assert_eq!(cut.as_str().unwrap(), &genesis.as_str().unwrap()[..34]);
    assert_eq!(
        node.get("system_chain", json!([])).await,
        node.get("system_chain", json!([])).await
    );
    node.devnet.new_blocks(1).await.unwrap();
    let header = next(&mut heads).await;
    assert_eq!(
        header["parentHash"].as_str().unwrap(),
        &genesis.as_str().unwrap()[..34]
    );

    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(node.get("chain_getBlockHash", json!([0])).await, genesis);
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(next(&mut heads).await["number"], "0x2");
}

#[tokio::test]
async fn a_body_can_be_no_json() {
    let (node, archive) = node().await;
    steer(&archive, "dev_notJson", json!({"count": 1})).await;
    let answer = post(&node.devnet.http_url(), "system_chain").await;
    assert!(answer.contains("<html>"), "{answer}");
    let answer = post(&node.devnet.http_url(), "system_chain").await;
    assert!(answer.contains("Pylon Devnet"), "{answer}");
}

#[tokio::test]
async fn a_frame_can_be_no_json() {
    let (node, _archive) = node().await;
    let mut socket = TcpStream::connect(address(&node.devnet)).await.unwrap();
    let shake = "GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(shake.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    node.devnet
        .faults()
        .start(Fault::NotJson.times(1))
        .await
        .unwrap();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = br#"{"jsonrpc":"2.0","id":1,"method":"system_chain","params":[]}"#;
        // Masked with zeros, as a client has to.
        let length = u8::try_from(request.len()).unwrap();
        let header = [0x81, 0x80 | length, 0, 0, 0, 0];
        socket
            .write_all(&[&header, &request[..]].concat())
            .await
            .unwrap();
        let mut header = [0; 2];
        socket.read_exact(&mut header).await.unwrap();
        let mut payload = vec![0; usize::from(header[1])];
        socket.read_exact(&mut payload).await.unwrap();
        answers.push(String::from_utf8(payload).unwrap());
    }
    assert!(answers[0].starts_with("<html>"), "{}", answers[0]);
    let answer: Value = serde_json::from_str(&answers[1]).unwrap();
    assert_eq!(answer["result"], "Pylon Devnet");
}

#[tokio::test]
async fn discarded_states_are_left_to_the_archive() {
    let (node, archive) = node().await;
    node.devnet.new_blocks(3).await.unwrap();
    let hash = node.get("chain_getBlockHash", json!([1])).await;
    let key = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";
    let there = node.get("state_getStorage", json!([key, hash])).await;
    steer(&archive, "dev_discardStates", json!({"kept": 1})).await;
    let gone = format!(
        "Client error: UnknownBlock: State already discarded for {}",
        hash.as_str().unwrap()
    );
    assert_eq!(
        node.call("state_getStorage", json!([key, hash])).await,
        Err(Refusal::plain(4_003, &gone))
    );
    assert!(node.get("chain_getHeader", json!([hash])).await.is_object());
    let kept: Value = archive
        .request("state_getStorage", rpc_params![key, &hash])
        .await
        .unwrap();
    assert_eq!(kept, there);

    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(
        node.get("state_getStorage", json!([key, hash])).await,
        there
    );
}

#[tokio::test]
async fn a_hanging_node_accepts_says_nothing_and_answers_in_the_end() {
    let (node, archive) = node().await;
    steer(&archive, "dev_hang", json!({})).await;
    let asked = node.client.request("chain_getHeader", rpc_params![]);
    let mut asked = std::pin::pin!(timeout(SOON, async {
        asked.await.map(|header: Value| header)
    }));
    assert!(timeout(A_WHILE, &mut asked).await.is_err());
    let new = WsClientBuilder::default()
        .connection_timeout(SOON)
        .build(node.devnet.ws_url());
    let mut new = std::pin::pin!(new);
    assert!(timeout(A_WHILE, &mut new).await.is_err());
    assert_eq!(head(&archive).await.unwrap(), "0x0");

    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(asked.await.unwrap().unwrap()["number"], "0x0");
    assert_eq!(head(&new.await.unwrap()).await.unwrap(), "0x0");
}

#[tokio::test]
async fn a_devnet_that_hangs_can_be_shut_down() {
    let (node, _archive) = node().await;
    node.devnet.faults().start(Fault::Hang).await.unwrap();
    timeout(SOON, node.devnet.shutdown()).await.unwrap();
    assert!(head(&node.client).await.is_err());
}

#[tokio::test]
async fn what_is_on_is_listed_and_what_cannot_be_is_refused() {
    let (node, archive) = node().await;
    steer(&archive, "dev_rateLimit", json!({"per_second": 9})).await;
    steer(&archive, "dev_stall", json!({"count": 5, "for_ms": 60_000})).await;
    let limit = Fault::RateLimit { per_second: 9 };
    assert_eq!(node.devnet.faults().active(), [Fault::Stall, limit]);
    let listed = node.get("dev_faults", json!([])).await;
    assert_eq!(
        listed,
        json!([{"fault": "stall"}, {"fault": "rateLimit", "per_second": 9}])
    );
    steer(&archive, "dev_heal", json!({})).await;
    assert_eq!(node.get("dev_faults", json!([])).await, json!([]));

    let uncounted = node.devnet.faults().start(Fault::Hang.times(3)).await;
    assert_eq!(uncounted, Err(FaultError::Uncounted));
    let refused = node.call("dev_hang", json!({"count": 3})).await;
    assert_eq!(refused.unwrap_err().code, -32_602);
    let refused = node.call("dev_delay", json!([])).await;
    assert_eq!(refused.unwrap_err().code, -32_602);
}
