//! What is read beside neurons and validators.

use serde_json::{Value, json};

use crate::app::{ALICE, DEV, OPEN, TestApp};

/// Reads of the open-access token, each with a member of its body that says that it is the right one.
const READS: [(&str, &str); 22] = [
    ("/api/v1/subnet/1/block/{}/certificates", ""),
    ("/api/v1/subnet/1/block/{}/commitments", "commitments"),
    (
        "/api/v1/subnet/1/block/{}/commitments/revealed",
        "commitments",
    ),
    (
        "/api/v1/subnet/1/block/{}/evm_associations",
        "evm_associations",
    ),
    (
        "/api/v1/openaccess/subnet/1/block/{}/commitments",
        "commitments",
    ),
    ("/api/v1/subnet/1/block/{}/hyperparams", "hyperparameters"),
    ("/api/v1/subnet/1/block/{}/epoch", "next_epoch_block"),
    ("/api/v1/subnet/1/block/{}/weights", "weights"),
    ("/api/v1/subnet/1/block/{}/weights?mechanism=0", "weights"),
    ("/api/v1/subnet/1/block/{}/bonds", "bonds"),
    ("/api/v1/block/{}/subnets", "subnets"),
    ("/api/v1/block/{}/subnet/1", "subnet"),
    (
        "/api/v1/block/{}/account/5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        "stakes",
    ),
    ("/api/v1/block/{}/extrinsic/0", "call"),
    (
        "/api/_unstable/openaccess/subnet/1/block/{}/certificates",
        "",
    ),
    (
        "/api/_unstable/openaccess/subnet/1/block/{}/commitments",
        "commitments",
    ),
    (
        "/api/_unstable/openaccess/subnet/1/block/{}/commitments/revealed",
        "commitments",
    ),
    (
        "/api/_unstable/openaccess/subnet/1/block/{}/evm_associations",
        "evm_associations",
    ),
    ("/api/_unstable/openaccess/subnet/1/block/{}/price", "price"),
    ("/api/_unstable/openaccess/block/{}/prices", "prices"),
    ("/api/_unstable/openaccess/block/{}/extrinsic/0", "call"),
    (
        "/api/_unstable/openaccess/block/{}/drand/last_stored_round",
        "last_stored_round",
    ),
];

fn at(path: &str, block: &str) -> String {
    path.replace("{}", block)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_is_pinned_to_a_block_by_number_at_the_best_head_and_at_the_finalized_one() {
    let app = TestApp::builder().blocks(20).start().await;
    for (path, member) in READS {
        for (block, query, number) in [("latest", "", 20), ("18", "", 18), ("7", "", 7)] {
            let answer = app
                .get_as(OPEN, &format!("{}{query}", at(path, block)))
                .await;
            assert_eq!(answer.status, 200, "{path} {block}: {}", answer.text());
            assert_eq!(answer.header("x-pylon-block"), number.to_string(), "{path}");
            let body = answer.json();
            assert!(
                member.is_empty() || !body[member].is_null(),
                "{path}: {body}"
            );
            if let Some(block) = body.get("block") {
                assert_eq!(block["number"], number, "{path}");
            }
            let cache = if block == "latest" {
                "private"
            } else {
                "private, max-age=31536000, immutable"
            };
            assert_eq!(answer.header("cache-control"), cache, "{path}");
            let etag = answer.header("etag").to_owned();
            let same = app
                .get_with(&at(path, block), &[("if-none-match", &etag)])
                .await;
            assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0), "{path}");
        }
        let mark = if path.contains('?') { '&' } else { '?' };
        let finalized = app
            .get_as(OPEN, &format!("{}{mark}finalized=true", at(path, "latest")))
            .await;
        assert_eq!(finalized.header("x-pylon-block"), "18", "{path}");
        let wrong = app
            .get_as(OPEN, &format!("{}{mark}finalized=yes", at(path, "latest")))
            .await;
        assert_eq!(wrong.status, 400, "{path}");
        let unknown = app.get_as(OPEN, &at(path, "21")).await;
        assert_eq!(
            (unknown.status.as_u16(), unknown.detail().as_str()),
            (404, "Block 21 not found."),
            "{path}"
        );
    }
    for path in [
        "/api/v1/block/latest",
        "/api/v1/subnet/1/block/latest/neurons",
        "/api/v1/subnet/1/block/latest/validators",
    ] {
        let finalized = app.get_as(OPEN, &format!("{path}?finalized=true")).await;
        assert_eq!(finalized.header("x-pylon-block"), "18", "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_for_the_same_thing_cost_the_chain_one_read() {
    let app = TestApp::start().await;
    let path = "/api/v1/subnet/1/block/latest/weights";
    let answers = futures::future::join_all((0..20).map(|_| app.get_as(OPEN, path))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let reads = "pylon_reads_total{kind=\"weights\",outcome=\"read\"}";
    assert_eq!(app.metric(reads).await, 1.0);
    app.new_blocks(1).await;
    let next = app.get_as(OPEN, path).await;
    assert_eq!(next.header("x-pylon-block"), "6");
    assert_eq!(app.metric(reads).await, 2.0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_neurons_part_equals_its_place_in_the_whole() {
    let app = TestApp::start().await;
    let base = "/api/v1/subnet/1/block/latest";
    let own = "/api/v1/identity/dev/subnet/1/block/latest";
    let certificates = app
        .get_as(OPEN, &format!("{base}/certificates"))
        .await
        .json();
    let (hotkey, certificate) = certificates.as_object().unwrap().iter().next().unwrap();
    let one = app
        .get_as(OPEN, &format!("{base}/certificates/{hotkey}"))
        .await;
    assert_eq!(&one.json(), certificate);

    let commitments = app
        .get_as(OPEN, &format!("{base}/commitments"))
        .await
        .json();
    let (hotkey, data) = commitments["commitments"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    let one = app
        .get_as(OPEN, &format!("{base}/commitments/{hotkey}"))
        .await
        .json();
    assert_eq!((&one["commitment"], &one["hotkey"]), (data, &json!(hotkey)));
    assert_eq!(one["block"], commitments["block"]);

    let unstable = "/api/_unstable/openaccess/subnet/1/block/latest/commitments";
    let tagged = app.get_as(OPEN, unstable).await.json();
    let all = tagged["commitments"].as_object().unwrap();
    assert!(all.len() > commitments["commitments"].as_object().unwrap().len());
    let (hotkey, locked) = all
        .iter()
        .find(|(_, one)| one["kind"] == "timelock_encrypted")
        .unwrap();
    assert!(locked["reveal_round"].is_u64());
    let one = app
        .get_as(OPEN, &format!("{unstable}/{hotkey}"))
        .await
        .json();
    assert_eq!(&one["commitment"], locked);
    let plain = app
        .get_as(OPEN, &format!("{base}/commitments/{hotkey}"))
        .await;
    assert_eq!(
        (plain.status.as_u16(), plain.detail().as_str()),
        (404, "Commitment not found.")
    );

    for part in ["certificates", "commitments", "commitments/revealed"] {
        let by_name = app.get_as(DEV, &format!("{own}/{part}/{ALICE}")).await;
        let by_self = app.get_as(DEV, &format!("{own}/{part}/self")).await;
        assert_eq!(by_self.status, by_name.status, "{part}");
        let body = |bytes: &[u8]| -> Value {
            let mut body: Value = serde_json::from_slice(bytes).unwrap();
            body["instance"] = Value::Null;
            body
        };
        assert_eq!(body(&by_self.bytes), body(&by_name.bytes), "{part}");
    }
    let prices = app
        .get_as(OPEN, "/api/_unstable/openaccess/block/latest/prices")
        .await
        .json();
    let price = app
        .get_as(
            OPEN,
            "/api/_unstable/openaccess/subnet/1/block/latest/price",
        )
        .await
        .json();
    assert_eq!(price["price"], prices["prices"]["1"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_badly_named_is_told_as_such() {
    let app = TestApp::builder()
        .set(
            "identities",
            json!({ "dev": { "netuid": 1, "token": DEV } }),
        )
        .start()
        .await;
    let stranger = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM";
    for (path, status, detail) in [
        (
            format!("subnet/1/block/latest/certificates/{stranger}"),
            404,
            "Certificate not found or error fetching.",
        ),
        (
            format!("subnet/1/block/latest/commitments/{stranger}"),
            404,
            "Commitment not found.",
        ),
        (
            format!("subnet/1/block/latest/commitments/revealed/{stranger}"),
            404,
            "Commitment not found.",
        ),
        (
            "block/3/extrinsic/99".to_owned(),
            404,
            "Extrinsic 3-99 not found.",
        ),
        (
            "block/3/extrinsic/4294967296".to_owned(),
            404,
            "Extrinsic 3-4294967296 not found.",
        ),
        ("block/3/extrinsic/x".to_owned(), 404, "Not Found"),
        ("block/x/extrinsic/0".to_owned(), 404, "Not Found"),
        (
            "block/latest/subnet/9".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "block/latest/subnet/65536".to_owned(),
            404,
            "Subnet 65536 not found.",
        ),
        (
            "subnet/9/block/latest/certificates".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/9/block/latest/commitments".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/9/block/latest/commitments/revealed".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/9/block/latest/evm_associations".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/9/block/latest/hyperparams".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/9/block/latest/weights".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/9/block/latest/bonds".to_owned(),
            404,
            "Subnet 9 not found.",
        ),
        (
            "subnet/1/block/latest/weights?mechanism=16".to_owned(),
            400,
            "Validation failed for GET /api/v1/subnet/1/block/latest/weights",
        ),
        (
            "block/latest/account/5Grw".to_owned(),
            400,
            "Validation failed for GET /api/v1/block/latest/account/5Grw",
        ),
        (
            "subnet/1/block/latest/certificates/self".to_owned(),
            400,
            "Validation failed for GET /api/v1/subnet/1/block/latest/certificates/self",
        ),
    ] {
        let answer = app.get_as(OPEN, &format!("/api/v1/{path}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (status, detail),
            "{path}"
        );
    }
    let malformed = app
        .get_as(OPEN, "/api/v1/subnet/1/block/latest/commitments/5Grw")
        .await;
    insta::assert_snapshot!(malformed.steady(), @r#"400 {"status_code":400,"detail":"Validation failed for GET /api/v1/subnet/1/block/latest/commitments/5Grw","extra":[{"message":"invalid length: 3 bytes instead of 35","key":"hotkey","source":"path"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"invalid length: 3 bytes instead of 35","key":"hotkey","source":"path"}]}"#);
    let own = app
        .get_as(
            DEV,
            "/api/v1/identity/dev/subnet/1/block/latest/commitments/self",
        )
        .await;
    assert_eq!(
        (own.status.as_u16(), own.detail().as_str()),
        (404, "Identity 'dev' has no hotkey configured")
    );
    let price = app
        .get_as(
            OPEN,
            "/api/_unstable/openaccess/subnet/9/block/latest/price",
        )
        .await;
    assert_eq!(
        (price.status.as_u16(), price.detail().as_str()),
        (404, "Subnet 9 not found.")
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_guarded_wants_its_token_and_the_rest_does_not() {
    let app = TestApp::start().await;
    for (path, _) in READS {
        let is_open =
            path.starts_with("/api/v1/block/{}/extrinsic") || path.ends_with("last_stored_round");
        let answer = app.get(&at(path, "latest")).await;
        assert_eq!(answer.status, if is_open { 200 } else { 401 }, "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_no_longer_has_is_read_from_the_archive_and_counted() {
    let path = "/api/v1/subnet/1/block/3/certificates";
    // The node keeps the states of its last 256 blocks.
    let without = TestApp::builder().blocks(300).start().await;
    let gone = without.get_as(OPEN, path).await;
    assert_eq!(gone.status, 502);
    assert_eq!(gone.json()["code"], "state_unavailable");
    without.stop().await;

    let with = TestApp::builder()
        .blocks(300)
        .with_archive(1000)
        .start()
        .await;
    let found = with.get_as(OPEN, path).await;
    assert_eq!(
        (found.status.as_u16(), found.header("x-pylon-block")),
        (200, "3")
    );
    let fallbacks = "pylon_bittensor_fallback_total{reason=\"state_unavailable\",operation=\"certificates\",hotkey=\"\"}";
    assert!(with.metric(fallbacks).await >= 1.0);
    let others = fallbacks.replace("certificates", "other");
    assert_eq!(with.metric(&others).await, 0.0);
    for url in [with.node.ws_url(), with.node.archive_ws_url().unwrap()] {
        let active = format!("pylon_chain_endpoint_state{{endpoint=\"{url}\",state=\"active\"}}");
        assert_eq!(with.metric(&active).await, 1.0, "{url}");
    }
    assert!(
        with.metric("pylon_chain_requests_total{method=\"state_call\"}")
            .await
            > 0.0
    );
    with.stop().await;
}
