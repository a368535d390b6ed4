//! The surface of the first Pylon: who may call it, and what it reads.

use pylon_devnet::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, DEV, OPEN, TestApp, config};
use crate::commits::laid;

pub(crate) const READS: [&str; 14] = [
    "/latest_block",
    "/metagraph",
    "/metagraph/3",
    "/block_hash/3",
    "/epoch",
    "/epoch/3",
    "/hyperparams",
    "/get_commitments",
    "/latest_metagraph",
    "/latest_weights",
    "/weights/3",
    "/commitments",
    "/block_timestamp/3",
    "/raw_weights",
];
/// Writes, those of weights first.
pub(crate) const WRITES: [(&str, &str); 6] = [
    ("PUT", "/set_weight"),
    ("PUT", "/update_weight"),
    ("PUT", "/set_weights"),
    ("POST", "/force_commit_weights"),
    ("POST", "/set_commitment"),
    ("PUT", "/set_hyperparam"),
];

/// The status and what is said of it.
fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.detail())
}

async fn write(app: &TestApp, token: Option<&str>, (method, path): (&str, &str)) -> Answer {
    let method: Method = method.parse().unwrap();
    let mut request = app.request(method, path).json(&json!({}));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Answer::of(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_identity_to_serve_every_path_is_404() {
    let two = json!({
        "dev": { "netuid": 1, "token": DEV, "hotkey": ALICE },
        "other": { "netuid": 2, "token": "other-token" },
    });
    for identities in [json!({}), two.clone()] {
        let app = TestApp::builder()
            .set("identities", identities)
            .start()
            .await;
        for path in READS.into_iter().chain(["/health", "/set_weight"]) {
            assert_eq!(
                told(&app.get_as(OPEN, path).await),
                (404, "Not Found".to_owned()),
                "{path}"
            );
        }
        for (method, path) in WRITES {
            let answer = write(&app, Some(DEV), (method, path)).await;
            assert_eq!(told(&answer), (404, "Not Found".to_owned()), "{path}");
        }
        app.stop().await;
    }
    let app = TestApp::builder()
        .set("identities", two)
        .set("classic", json!({ "identity": "other" }))
        .start()
        .await;
    let neurons = app
        .get_as(OPEN, "/api/v1/subnet/2/block/latest/neurons")
        .await
        .json();
    let metagraph = app.get_as(OPEN, "/metagraph").await.json();
    assert_eq!(
        metagraph["neurons"].as_object().unwrap().len(),
        neurons["neurons"].as_object().unwrap().len()
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_ask_for_the_open_access_token_and_writes_for_the_identitys() {
    let app = TestApp::start().await;
    let missing = (401, "Authorization header is required".to_owned());
    let wrong = (403, "Invalid authorization token".to_owned());
    for path in READS
        .into_iter()
        .chain(["/get_commitment/x", "/commitment/x"])
    {
        assert_eq!(told(&app.get(path).await), missing, "{path}");
        assert_eq!(told(&app.get_as(DEV, path).await), wrong, "{path}");
    }
    for of in WRITES {
        assert_eq!(told(&write(&app, None, of).await), missing, "{of:?}");
        assert_eq!(told(&write(&app, Some(OPEN), of).await), wrong, "{of:?}");
    }
    assert_eq!(app.get("/health").await.status, 200);
    app.stop().await;

    let identities = json!({ "dev": { "netuid": 1, "hotkey": ALICE } });
    let app = TestApp::builder()
        .set("identities", identities)
        .start()
        .await;
    let closed = (403, "Identity 'dev' has no token configured".to_owned());
    for of in WRITES {
        assert_eq!(told(&write(&app, Some(DEV), of).await), closed, "{of:?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_operator_wants_it_so_nobody_is_asked_for_a_token() {
    let app = TestApp::builder()
        .set("classic", json!({ "auth": "none" }))
        .start()
        .await;
    for path in READS {
        let status = app.get(path).await.status.as_u16();
        let none_kept = path.contains("weights");
        assert_eq!(status, if none_kept { 404 } else { 200 }, "{path}");
    }
    for of in WRITES {
        let answer = write(&app, None, of).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{of:?}");
    }
    // Elsewhere nothing changes.
    let neurons = "/api/v1/subnet/1/block/latest/neurons";
    assert_eq!(app.get(neurons).await.status, 401);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_is_what_v1_reads_in_the_first_pylons_words() {
    let app = TestApp::builder().blocks(50).start().await;
    let latest = app.get("/api/v1/block/latest").await.json();
    let read = async |path: &str| {
        let answer = app.get_as(OPEN, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    };
    let block = read("/latest_block").await;
    assert_eq!(block.json(), json!({ "block": 50 }));
    assert_eq!(block.header("x-pylon-block"), "50");

    let neurons = read("/api/v1/subnet/1/block/latest/neurons").await.json();
    let mut expected = neurons["neurons"].clone();
    for neuron in expected.as_object_mut().unwrap().values_mut() {
        neuron.as_object_mut().unwrap().remove("stakes").unwrap();
    }
    let metagraph = read("/metagraph").await;
    assert_eq!(
        metagraph.json(),
        json!({ "block": 50, "block_hash": latest["hash"], "neurons": expected })
    );
    let hash = read("/block_hash/50").await.json();
    assert_eq!(hash, json!({ "block_hash": latest["hash"] }));
    let past = read("/metagraph/7").await.json();
    let hash = read("/block_hash/7").await.json();
    assert_eq!(past["block"], 7);
    assert_eq!(past["block_hash"], hash["block_hash"]);
    let time = read("/block_timestamp/50").await.json();
    let time: pylon_models::Timestamp =
        serde_json::from_value(time["block_timestamp"].clone()).unwrap();
    assert_eq!(
        time.unix_millis() / 1_000,
        latest["timestamp"].as_i64().unwrap()
    );

    // Epochs run at 20, 40, 60 and so on.
    for (path, start, end) in [
        ("/epoch", 40, 60),
        ("/epoch/50", 40, 60),
        ("/epoch/40", 40, 60),
        ("/epoch/39", 20, 40),
    ] {
        let epoch = json!({ "epoch_start": start, "epoch_end": end, "start": start, "end": end });
        assert_eq!(read(path).await.json(), epoch, "{path}");
    }
    let listed = read("/api/v1/subnet/1/block/latest/hyperparams")
        .await
        .json();
    assert_eq!(read("/hyperparams").await.json(), listed["hyperparameters"]);

    for (alias, path) in [
        ("/latest_metagraph", "/metagraph"),
        ("/commitments", "/get_commitments"),
        ("/commitments?block=7", "/get_commitments?block=7"),
    ] {
        assert_eq!(read(alias).await.bytes, read(path).await.bytes, "{alias}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commitments_are_those_of_v1_without_0x() {
    let app = TestApp::builder().blocks(20).start().await;
    for (path, query) in [("block/latest", ""), ("block/7", "?block=7")] {
        let all = app
            .get_as(OPEN, &format!("/api/v1/subnet/1/{path}/commitments"))
            .await
            .json();
        let mut expected = all["commitments"].clone();
        for data in expected.as_object_mut().unwrap().values_mut() {
            *data = data.as_str().unwrap().trim_start_matches("0x").into();
        }
        let found = app
            .get_as(OPEN, &format!("/get_commitments{query}"))
            .await
            .json();
        assert_eq!(found, expected);
        let (hotkey, data) = found.as_object().unwrap().iter().next().unwrap();
        let body = json!({ "hotkey": hotkey, "commitment": data });
        for name in ["get_commitment", "commitment"] {
            let one = app.get_as(OPEN, &format!("/{name}/{hotkey}{query}")).await;
            assert_eq!(one.json(), body);
        }
    }
    let nobody = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
    let missing = app.get_as(OPEN, &format!("/get_commitment/{nobody}")).await;
    assert_eq!(
        told(&missing),
        (404, "Commitment not found or error fetching.".to_owned())
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_as_on_v1() {
    let app = TestApp::start().await;
    for (path, code, detail) in [
        ("/metagraph/77", 404, "Block 77 not found."),
        (
            "/metagraph/99999999999",
            404,
            "Block 99999999999 not found.",
        ),
        ("/metagraph/x", 404, "Not Found"),
        ("/block_hash/77", 404, "Block 77 not found."),
        ("/block_hash/x", 404, "Not Found"),
        ("/block_timestamp/77", 404, "Block 77 not found."),
        ("/epoch/77", 404, "Block 77 not found."),
        ("/epoch/x", 404, "Not Found"),
        ("/weights/77", 404, "Block 77 not found."),
        ("/weights/3", 404, "Epoch weights not found"),
        ("/latest_weights", 404, "Epoch weights not found"),
        ("/raw_weights", 404, "Epoch weights not found"),
        ("/raw_weights?epoch=3", 404, "Epoch weights not found"),
        ("/raw_weights?epoch=77", 404, "Block 77 not found."),
        (
            "/raw_weights?epoch=x",
            400,
            "Validation failed for GET /raw_weights",
        ),
        ("/get_commitments?block=77", 404, "Block 77 not found."),
        (
            "/get_commitments?block=x",
            400,
            "Validation failed for GET /get_commitments",
        ),
        (
            "/get_commitments?block=99999999999",
            404,
            "Block 99999999999 not found.",
        ),
        (
            "/get_commitment/x",
            400,
            "Validation failed for GET /get_commitment/x",
        ),
    ] {
        let answer = app.get_as(OPEN, path).await;
        assert_eq!(told(&answer), (code, detail.to_owned()), "{path}");
        assert_eq!(answer.json()["status_code"], code);
    }
    let other = Answer::of(app.request(Method::POST, "/metagraph")).await;
    assert_eq!(told(&other), (405, "Method Not Allowed".to_owned()));
    assert_eq!(other.header("allow"), "GET");
    insta::assert_snapshot!(app.get_as(OPEN, "/raw_weights").await.steady(), @r#"404 {"status_code":404,"detail":"Epoch weights not found","type":"about:blank","title":"Not Found","status":404,"instance":"[id]","code":"not_found"}"#);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subnet_without_epochs_has_no_epoch_and_no_weights_of_one() {
    let app = TestApp::builder()
        .storage(vec![laid("Tempo", Some(1), &[0, 0])])
        .start()
        .await;
    let none = (404, "Subnet 1 runs no epochs.".to_owned());
    for path in ["/epoch", "/raw_weights"] {
        assert_eq!(told(&app.get_as(OPEN, path).await), none, "{path}");
    }
    let body = json!({ "hotkey": ALICE, "weight": 1 });
    let put = app.request(Method::PUT, "/set_weight").bearer_auth(DEV);
    assert_eq!(told(&Answer::of(put.json(&body)).await), none);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hyperparameters_are_503_until_they_were_read_and_outlive_the_node_then() {
    let data = tempfile::tempdir().unwrap();
    let settings = json!({
        "bind": "127.0.0.1:0",
        "open_access_token": OPEN,
        "identities": { "dev": { "netuid": 1, "token": DEV, "hotkey": ALICE } },
    });
    // Nobody listens there.
    let config = config("ws://127.0.0.1:1", &data, settings);
    let service = pylon_service::Service::start(config).await.unwrap();
    let http = reqwest::Client::new();
    let url = |path: &str| format!("http://{}{path}", service.address());
    let answer = Answer::of(http.get(url("/hyperparams")).bearer_auth(OPEN)).await;
    assert_eq!(
        told(&answer),
        (
            503,
            "Hyperparameters are not available. Try again later.".to_owned()
        )
    );
    let set = http.put(url("/set_weight")).bearer_auth(DEV);
    let set = Answer::of(set.json(&json!({ "hotkey": ALICE, "weight": 1 }))).await;
    assert_eq!(
        (set.status.as_u16(), &set.json()["code"]),
        (503, &json!("not_ready"))
    );
    let health = Answer::of(http.get(url("/health"))).await;
    assert_eq!(
        (health.status.as_u16(), &health.json()["status"]),
        (503, &json!("not_ready"))
    );
    service.stop().await;

    let app = TestApp::start().await;
    let before: Value = app.get_as(OPEN, "/hyperparams").await.json();
    app.node.faults().start(Fault::Refuse).await.unwrap();
    app.node.faults().drop_sockets();
    assert_eq!(app.get_as(OPEN, "/hyperparams").await.json(), before);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_identity_s_tokens_writes_and_is_limited_by_itself() {
    let script = json!({ "token": "script-token", "requests_per_second": 0.01, "burst": 1 });
    let dev = json!({ "netuid": 1, "tokens": { "next": { "token": DEV }, "script": script } });
    let app = TestApp::builder()
        .set("identities", json!({ "dev": dev }))
        .signing()
        .start()
        .await;
    let set = async |token| write(&app, Some(token), ("PUT", "/set_weight")).await;
    let missing = (400, "Missing hotkey".to_owned());
    assert_eq!(told(&set("script-token").await), missing);
    let limited = set("script-token").await;
    assert_eq!(limited.status, 429);
    assert!(limited.header("retry-after").parse::<u64>().unwrap() > 90);
    assert_eq!(told(&set(DEV).await), missing);
    assert_eq!(set(OPEN).await.status, 403);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_block_is_never_told_under_the_tag_of_another() {
    let app = TestApp::start().await;
    let last = app.node.best().0 + 600;
    let readers = (0..4).map(|_| {
        let read = app.request(Method::GET, "/latest_block").bearer_auth(OPEN);
        tokio::spawn(async move {
            loop {
                let answer = Answer::of(read.try_clone().unwrap()).await;
                let told = answer.json()["block"].to_string();
                assert_eq!(told, answer.header("x-pylon-block"));
                if told == last.to_string() {
                    return;
                }
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for _ in 0..600 {
        app.node.new_blocks(1).await.unwrap();
    }
    for reader in readers {
        reader.await.unwrap();
    }
    app.stop().await;
}
