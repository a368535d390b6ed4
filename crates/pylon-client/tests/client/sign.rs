//! Requests to be signed, as they go over the wire.

use std::collections::BTreeMap;

use pylon_client::models::Hotkey;
use pylon_client::models::wire::{SignedBody, SignedRequestBody};
use pylon_client::testing::{Request, Server};
use pylon_client::{AuthScheme, ErrorCode, PylonClient};
use serde_json::{Value, json};

const MINER: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

#[tokio::test]
async fn a_request_is_signed_by_its_hash_and_the_headers_come_back_as_they_are() {
    let server = Server::start().await;
    let client = PylonClient::builder()
        .url(server.url())
        .identity("dev", 7, "secret")
        .build()
        .unwrap();
    let identity = client.identity("dev").unwrap();
    let miner: Hotkey = MINER.parse().unwrap();
    let answer = SignedRequestBody {
        block: None,
        scheme: AuthScheme::Epistula2,
        headers: BTreeMap::from([("Epistula-Version".to_owned(), "2".to_owned())]),
        signed: SignedBody {
            sender: miner,
            receiver: miner,
            nonce: None,
            timestamp: Some(1_763_668_800_000),
            uuid: Some("3f2b8c1e-7a4d-4c55-9a0e-5d6f7a8b9c0d".to_owned()),
            digest: "0x00".to_owned(),
        },
    };
    let path = "/api/v1/identity/dev/subnet/7/sign/request";
    server
        .on(Request::post(path))
        .answer(200, &answer)
        .problem(ErrorCode::Forbidden, "not for that receiver");
    let sign = || identity.sign_request(AuthScheme::Epistula2, miner, "GET", "/v1/scores?a=b", b"");
    assert_eq!(sign().await.unwrap(), answer);
    let refused = sign().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Forbidden));

    let call = &server.calls()[0];
    assert_eq!(call.header("authorization"), Some("Bearer secret"));
    assert_eq!(
        call.json::<Value>().unwrap(),
        json!({
            "scheme": "epistula/2", "method": "GET", "path": "/v1/scores?a=b", "receiver": MINER,
            "body_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        })
    );
}
