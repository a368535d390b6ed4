//! Raw JSON-RPC, and transactions put together by hand so that any part of them can be wrong.

use codec::{Compact, Encode};
use jsonrpsee::{
    core::{
        client::{ClientT, Subscription, SubscriptionClientT},
        params::{ArrayParams, ObjectParams},
    },
    ws_client::{WsClient, WsClientBuilder},
};
use pylon_devnet::{Builder, Devnet};
use serde_json::Value;
use subxt_signer::{SecretUri, sr25519::Keypair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Rao in a TAO.
pub(crate) const TAO: u64 = 1_000_000_000;
/// `System.remark` of nothing.
pub(crate) const REMARK: [u8; 3] = [0, 0, 0];

/// A devnet with a client connected to it.
pub(crate) struct Node {
    pub(crate) devnet: Devnet,
    pub(crate) client: WsClient,
}

/// What a refused request says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i32,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
}

impl Refusal {
    pub(crate) fn invalid(reason: &str) -> Self {
        Self {
            code: 1010,
            message: "Invalid Transaction".into(),
            data: Some(reason.into()),
        }
    }

    pub(crate) fn plain(code: i32, message: &str) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }
}

fn refusal(error: jsonrpsee::core::client::Error) -> Refusal {
    let jsonrpsee::core::client::Error::Call(error) = error else {
        panic!("not an answer: {error}")
    };
    Refusal {
        code: error.code(),
        message: error.message().into(),
        data: error
            .data()
            .map(|data| serde_json::from_str(data.get()).unwrap()),
    }
}

impl Node {
    pub(crate) async fn start(builder: Builder) -> Self {
        let devnet = builder.start().await.unwrap();
        let client = connect(&devnet).await;
        Self { devnet, client }
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value, Refusal> {
        let answer = match params {
            Value::Object(named) => {
                let mut params = ObjectParams::new();
                named
                    .into_iter()
                    .for_each(|(name, value)| params.insert(&name, value).unwrap());
                self.client.request(method, params).await
            }
            Value::Array(list) => self.client.request(method, positional(list)).await,
            other => panic!("{other} are no parameters"),
        };
        answer.map_err(refusal)
    }

    pub(crate) async fn get(&self, method: &str, params: Value) -> Value {
        self.call(method, params).await.unwrap()
    }

    pub(crate) async fn subscribe(
        &self,
        method: &str,
        params: Value,
        end: &str,
    ) -> Subscription<Value> {
        let Value::Array(list) = params else {
            panic!("{params} are no parameters")
        };
        self.client
            .subscribe(method, positional(list), end)
            .await
            .unwrap()
    }

    pub(crate) async fn submit(&self, transaction: &Transaction) -> Result<Value, Refusal> {
        let bytes = transaction.sign();
        self.call("author_submitExtrinsic", serde_json::json!([hex(&bytes)]))
            .await
    }

    /// Submits a signed extrinsic, and follows what becomes of it.
    pub(crate) async fn watch(&self, extrinsic: &[u8]) -> Subscription<Value> {
        self.subscribe(
            "author_submitAndWatchExtrinsic",
            serde_json::json!([hex(extrinsic)]),
            "author_unwatchExtrinsic",
        )
        .await
    }

    pub(crate) async fn genesis(&self) -> [u8; 32] {
        bytes(&self.get("chain_getBlockHash", serde_json::json!([0])).await)
            .try_into()
            .unwrap()
    }

    /// A remark of the given account, ready to be signed.
    pub(crate) async fn remark(&self, uri: &str, nonce: u32) -> Transaction {
        Transaction {
            signer: key(uri),
            call: REMARK.into(),
            nonce,
            tip: 0,
            era: vec![0],
            birth: self.genesis().await,
            genesis: self.genesis().await,
            spec: 425,
            tampered: false,
        }
    }
}

pub(crate) async fn connect(devnet: &Devnet) -> WsClient {
    connect_to(&devnet.ws_url()).await
}

pub(crate) async fn connect_to(url: &str) -> WsClient {
    WsClientBuilder::default().build(url).await.unwrap()
}

/// The whole answer to a call without parameters over HTTP, head and body.
pub(crate) async fn post(url: &str, method: &str) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[]}}"#);
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let address = url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn positional(list: Vec<Value>) -> ArrayParams {
    let mut params = ArrayParams::new();
    list.into_iter()
        .for_each(|value| params.insert(value).unwrap());
    params
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap()
}

pub(crate) fn key(uri: &str) -> Keypair {
    Keypair::from_uri(&uri.parse::<SecretUri>().unwrap()).unwrap()
}

/// `Balances.transfer_keep_alive`.
pub(crate) fn transfer(to: &str, rao: u64) -> Vec<u8> {
    (5u8, 3u8, 0u8, key(to).public_key().0, Compact(rao)).encode()
}

/// The raw key of an account.
pub(crate) fn account_key(uri: &str) -> Vec<u8> {
    use sp_crypto_hashing::{blake2_128, twox_128};
    let account = key(uri).public_key().0;
    [
        &twox_128(b"System")[..],
        &twox_128(b"Account"),
        &blake2_128(&account),
        &account,
    ]
    .concat()
}

/// A signed extrinsic, part by part.
pub(crate) struct Transaction {
    pub(crate) signer: Keypair,
    pub(crate) call: Vec<u8>,
    pub(crate) nonce: u32,
    pub(crate) tip: u64,
    pub(crate) era: Vec<u8>,
    pub(crate) birth: [u8; 32],
    pub(crate) genesis: [u8; 32],
    pub(crate) spec: u32,
    pub(crate) tampered: bool,
}

impl Transaction {
    pub(crate) fn sign(&self) -> Vec<u8> {
        let extra = [
            self.era.clone(),
            (Compact(self.nonce), Compact(self.tip), 0u8).encode(),
        ]
        .concat();
        let implicit = (self.spec, 1u32, self.genesis, self.birth, None::<[u8; 32]>).encode();
        let mut payload = [&self.call[..], &extra, &implicit].concat();
        if payload.len() > 256 {
            payload = sp_crypto_hashing::blake2_256(&payload).into();
        }
        let mut signature = self.signer.sign(&payload).0;
        if self.tampered {
            signature[0] ^= 1;
        }
        let address = (0u8, self.signer.public_key().0).encode();
        [&[0x84], &address[..], &[1], &signature, &extra, &self.call]
            .concat()
            .encode()
    }
}
