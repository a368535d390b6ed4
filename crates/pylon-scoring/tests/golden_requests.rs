//! What is signed of requests, as the Bittensor SDK and an Epistula sender sign it. Cases come from `golden_auth.json` in
//! the folder that `PYLON_VECTORS_DIR` names, or from the copy beside this file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pylon_models::Hotkey;
use pylon_scoring::request::btauth::Crypto;
use pylon_scoring::request::{BodyHash, Request, btauth, epistula};
use serde_json::Value;
use sp_core::{Pair, ed25519, sr25519};
use sp_crypto_hashing::sha2_256;

fn vectors() -> Value {
    let path = std::env::var_os("PYLON_VECTORS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden_auth.json"),
        |folder| PathBuf::from(folder).join("golden_auth.json"),
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The headers of a case, their names in lower case.
fn headers(case: &Value) -> BTreeMap<String, String> {
    let headers = case["headers"].as_object().unwrap().iter();
    headers
        .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
        .collect()
}

fn body(case: &Value) -> BodyHash {
    let body = hex::decode(case["body_hex"].as_str().unwrap()).unwrap();
    BodyHash::new(sha2_256(&body))
}

fn key(headers: &BTreeMap<String, String>, name: &str) -> Option<Hotkey> {
    headers.get(name).map(|text| text.parse().unwrap())
}

/// The signature in whichever form of hex.
fn signature(headers: &BTreeMap<String, String>, name: &str) -> [u8; 64] {
    let text = headers[name].trim_start_matches("0x");
    hex::decode(text).unwrap().try_into().unwrap()
}

fn verifies(crypto: Crypto, signature: [u8; 64], message: &str, sender: &Hotkey) -> bool {
    let key = *sender.as_bytes();
    match crypto {
        Crypto::Sr25519 => sr25519::Pair::verify(
            &sr25519::Signature::from_raw(signature),
            message,
            &sr25519::Public::from_raw(key),
        ),
        Crypto::Ed25519 => ed25519::Pair::verify(
            &ed25519::Signature::from_raw(signature),
            message,
            &ed25519::Public::from_raw(key),
        ),
    }
}

/// The headers that are made, in the form of [`headers`].
fn made(headers: Vec<(&str, String)>) -> BTreeMap<String, String> {
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect()
}

/// The first word of what a verifier of ours says.
fn expected(case: &Value) -> &str {
    let expected = &case["expected_ours"];
    let text = expected
        .as_str()
        .unwrap_or_else(|| expected[0].as_str().unwrap());
    text.split(':').next().unwrap()
}

#[test]
fn golden_btauth_messages_are_what_was_signed_and_nothing_else_is() {
    let vectors = vectors();
    let (mut good, mut bad) = (0, 0);
    for case in vectors["btauth1"]["cases"].as_array().unwrap() {
        let is_good = match expected(case) {
            "ok" => true,
            "BadSignature" => false,
            _ => continue,
        };
        let mut headers = headers(case);
        let crypto = match headers.get("x-bittensor-crypto").map(String::as_str) {
            None | Some("sr25519") => Crypto::Sr25519,
            Some("ed25519") => Crypto::Ed25519,
            Some(other) => panic!("{other}"),
        };
        let signed = btauth::Signed {
            request: Request {
                method: case["method"].as_str().unwrap().parse().unwrap(),
                target: case["path"].as_str().unwrap().parse().unwrap(),
                body: body(case),
            },
            crypto,
            nonce: headers["x-bittensor-nonce"].parse().unwrap(),
            sender: key(&headers, "x-bittensor-hotkey").unwrap(),
            receiver: key(&headers, "x-bittensor-receiver"),
        };
        let signature = signature(&headers, "x-bittensor-signature");
        let message = signed.message();
        let name = &case["name"];
        assert_eq!(
            verifies(crypto, signature, &message, &signed.sender),
            is_good,
            "{name}"
        );
        if !is_good {
            bad += 1;
            continue;
        }
        assert_eq!(message, case["signed_payload"].as_str().unwrap(), "{name}");
        // What may be said in more than one way is said in one.
        if crypto == Crypto::Sr25519 {
            headers.remove("x-bittensor-crypto");
        }
        let text = format!("0x{}", hex::encode(signature));
        headers.insert("x-bittensor-signature".to_owned(), text);
        assert_eq!(made(signed.headers(&signature)), headers, "{name}");
        good += 1;
    }
    assert!(good >= 10 && bad >= 7, "{good} {bad}");
}

#[test]
fn golden_epistula_messages_are_what_was_signed_and_nothing_else_is() {
    let vectors = vectors();
    let (mut good, mut bad) = (0, 0);
    for case in vectors["epistula_synapse_oro"].as_array().unwrap() {
        let is_good = expected(case) == "ok";
        let mismatch = case["reference_result"] == "Signature Mismatch";
        if case["scheme"] != "epistula/2" || !(is_good || mismatch) {
            continue;
        }
        let headers = headers(case);
        let signed = epistula::Signed {
            body: body(case),
            uuid: headers["epistula-uuid"].clone(),
            timestamp: headers["epistula-timestamp"].parse().unwrap(),
            sender: key(&headers, "epistula-signed-by").unwrap(),
            receiver: key(&headers, "epistula-signed-for"),
        };
        let signature = signature(&headers, "epistula-request-signature");
        let message = signed.message();
        let name = case["name"].as_str().unwrap();
        assert_eq!(
            verifies(Crypto::Sr25519, signature, &message, &signed.sender),
            is_good,
            "{name}"
        );
        if !is_good {
            bad += 1;
            continue;
        }
        assert_eq!(message, case["signed_message"].as_str().unwrap(), "{name}");
        if name.starts_with("ok_") {
            assert_eq!(made(signed.headers(&signature)), headers, "{name}");
        }
        good += 1;
    }
    assert!(good >= 7 && bad >= 5, "{good} {bad}");
}
