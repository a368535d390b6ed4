//! Weights that are given one by one through the surface of the first Pylon.

use std::process::Stdio;

use pylon_storage::{Epoch, Location, Storage};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, DEV, OPEN, TestApp};
use crate::classic::WRITES;
use crate::commits::{laid, on_chain, open, permits, signing};
use crate::database::Server;
use crate::process::{Running, program, send};

const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

pub(crate) async fn put(app: &TestApp, path: &str, body: &Value) -> Answer {
    let request = app.request(Method::PUT, path).bearer_auth(DEV);
    Answer::of(request.json(body)).await
}

pub(crate) async fn force(app: &TestApp) -> Answer {
    let request = app.request(Method::POST, "/force_commit_weights");
    Answer::of(request.bearer_auth(DEV)).await
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.detail())
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_set_added_to_and_read_back() {
    let app = TestApp::builder().blocks(50).start().await;
    let kept =
        |hotkey: &str, weight: f64| json!({ "hotkey": hotkey, "weight": weight, "epoch": 40 });
    for (path, body, answer) in [
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": 2 }),
            kept(ALICE, 2.0),
        ),
        (
            "/update_weight",
            json!({ "hotkey": ALICE, "weight_delta": 0.5 }),
            kept(ALICE, 2.5),
        ),
        (
            "/update_weight",
            json!({ "hotkey": BOB, "weight_delta": -1.25 }),
            kept(BOB, -1.25),
        ),
        (
            "/update_weight",
            json!({ "hotkey": BOB, "weight_delta": 2 }),
            kept(BOB, 0.75),
        ),
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": 0 }),
            kept(ALICE, 0.0),
        ),
        // Members that nobody asks for are tolerated.
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": 1e-9, "why": "so" }),
            kept(ALICE, 1e-9),
        ),
    ] {
        let answered = put(&app, path, &body).await;
        assert_eq!(
            (answered.status.as_u16(), answered.json()),
            (200, answer),
            "{body}"
        );
    }
    let both = json!({ "epoch": 40, "weights": { ALICE: 1e-9, BOB: 0.75 } });
    for path in [
        "/raw_weights",
        "/raw_weights?epoch=40",
        "/raw_weights?epoch=45",
        "/latest_weights",
        "/weights/50",
    ] {
        assert_eq!(app.get_as(OPEN, path).await.json(), both, "{path}");
    }

    let given = json!({ ALICE: 0.0, BOB: 3.0 });
    let answer = put(&app, "/set_weights", &json!({ "weights": given })).await;
    assert_eq!(
        answer.json(),
        json!({ "weights": given, "epoch": 40, "count": 2 })
    );
    let read = app.get_as(OPEN, "/raw_weights").await.json();
    assert_eq!(read, json!({ "epoch": 40, "weights": given }));

    // The next epoch begins with nothing, and the last one's stay where they are.
    app.new_blocks(10).await;
    assert_eq!(app.get_as(OPEN, "/raw_weights").await.status, 404);
    assert_eq!(app.get_as(OPEN, "/raw_weights?epoch=59").await.json(), read);
    let added = put(
        &app,
        "/update_weight",
        &json!({ "hotkey": BOB, "weight_delta": 1 }),
    )
    .await;
    assert_eq!(
        added.json(),
        json!({ "hotkey": BOB, "weight": 1.0, "epoch": 60 })
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_weight_is_refused_in_the_first_pylons_words() {
    let app = TestApp::start().await;
    for (path, body, detail) in [
        ("/set_weight", json!({ "weight": 1 }), "Missing hotkey"),
        (
            "/set_weight",
            json!({ "hotkey": "", "weight": 1 }),
            "Missing hotkey",
        ),
        (
            "/set_weight",
            json!({ "hotkey": null, "weight": 1 }),
            "Missing hotkey",
        ),
        ("/set_weight", json!({ "hotkey": ALICE }), "Missing weight"),
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": null }),
            "Missing weight",
        ),
        (
            "/update_weight",
            json!({ "weight_delta": 1 }),
            "Missing hotkey",
        ),
        (
            "/update_weight",
            json!({ "hotkey": ALICE }),
            "Missing weight_delta",
        ),
        (
            "/update_weight",
            json!({ "hotkey": ALICE, "weight": 1 }),
            "Missing weight_delta",
        ),
    ] {
        let answer = put(&app, path, &body).await;
        assert_eq!(told(&answer), (400, detail.to_owned()), "{path} {body}");
        assert_eq!(answer.json()["code"], "validation");
    }
    let no_number = "Input should be a valid number";
    let no_weight = "Value error, a weight is finite and not negative";
    for (path, body, key, message) in [
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": "1" }),
            "weight",
            no_number,
        ),
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": true }),
            "weight",
            no_number,
        ),
        (
            "/set_weight",
            json!({ "hotkey": ALICE, "weight": -1 }),
            "weight",
            no_weight,
        ),
        (
            "/set_weight",
            json!({ "hotkey": 7, "weight": 1 }),
            "hotkey",
            "Input should be a valid string",
        ),
        (
            "/update_weight",
            json!({ "hotkey": ALICE, "weight_delta": [] }),
            "weight_delta",
            no_number,
        ),
        ("/set_weights", json!({}), "weights", "Field required"),
        (
            "/set_weights",
            json!({ "weights": [] }),
            "weights",
            "Input should be a valid dictionary",
        ),
        (
            "/set_weights",
            json!({ "weights": {} }),
            "weights",
            "Value error, No weights provided",
        ),
        (
            "/set_weights",
            json!({ "weights": { "": 1 } }),
            "weights.",
            "Value error, Invalid hotkey: '' must be a non-empty string",
        ),
        (
            "/set_weights",
            json!({ "weights": { ALICE: "x" } }),
            &format!("weights.{ALICE}"),
            no_number,
        ),
        (
            "/set_weights",
            json!({ "weights": { ALICE: -1 } }),
            &format!("weights.{ALICE}"),
            no_weight,
        ),
    ] {
        let answer = put(&app, path, &body).await;
        let refused = format!("Validation failed for PUT {path}");
        assert_eq!(told(&answer), (400, refused), "{path} {body}");
        let extra = &answer.json()["extra"][0];
        assert_eq!(
            (&extra["key"], &extra["message"]),
            (&json!(key), &json!(message)),
            "{body}"
        );
    }
    // An address that is none is told with what is wrong with it.
    let answer = put(
        &app,
        "/set_weight",
        &json!({ "hotkey": "5Grw", "weight": 1 }),
    )
    .await;
    let message = answer.json()["extra"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.starts_with("Value error, Invalid hotkey: '5Grw' "),
        "{message}"
    );
    for body in ["", "{", "[]", "null", "[\"5F\", 1, 2]"] {
        for (method, path) in &WRITES[..3] {
            let method: Method = method.parse().unwrap();
            let request = app.request(method, path).bearer_auth(DEV).body(body);
            assert_eq!(Answer::of(request).await.status, 400, "{path} {body}");
        }
    }
    // A sum that no number holds leaves what was there.
    let large = json!({ "hotkey": ALICE, "weight_delta": 1.7e308 });
    assert_eq!(put(&app, "/update_weight", &large).await.status, 200);
    let answer = put(&app, "/update_weight", &large).await;
    assert_eq!(
        answer.json()["extra"][0]["message"],
        "the weight would be too large for a number"
    );
    let kept = app.get_as(OPEN, "/raw_weights").await.json();
    assert_eq!(kept["weights"], json!({ ALICE: 1.7e308 }));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_validator_gives_no_weights() {
    let only = "Endpoint available for validators only.";
    let refused = async |app: &TestApp| {
        for (method, path) in &WRITES[..4] {
            let method: Method = method.parse().unwrap();
            let request = app.request(method, path).bearer_auth(DEV);
            let answer = Answer::of(request.json(&json!({ "hotkey": ALICE, "weight": 1 }))).await;
            assert_eq!(told(&answer), (403, only.to_owned()), "{path}");
            assert_eq!(answer.json()["code"], "not_a_validator");
        }
    };
    let app = TestApp::start().await;
    let weight = json!({ "hotkey": BOB, "weight": 1 });
    assert_eq!(put(&app, "/set_weight", &weight).await.status, 200);
    // The permit is gone.
    app.node
        .set_storage(vec![laid("ValidatorPermit", Some(1), &permits(16))])
        .await
        .unwrap();
    app.new_blocks(1).await;
    refused(&app).await;
    app.stop().await;
    // Whose hotkey nobody knows, and one that is not registered.
    for identity in [
        json!({ "netuid": 1, "token": DEV }),
        json!({ "netuid": 1, "token": DEV, "hotkey": "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y" }),
    ] {
        let identities = json!({ "dev": identity });
        let app = TestApp::builder()
            .set("identities", identities)
            .start()
            .await;
        refused(&app).await;
        app.stop().await;
    }
}

async fn two_hundred_at_once(app: &TestApp) {
    let body = json!({ "hotkey": BOB, "weight_delta": 1 });
    let answers = (0..200).map(|_| put(app, "/update_weight", &body));
    let mut sums = Vec::new();
    for answer in futures::future::join_all(answers).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
        sums.push(answer.json()["weight"].as_f64().unwrap());
    }
    sums.sort_by(f64::total_cmp);
    let expected: Vec<f64> = (1..=200).map(f64::from).collect();
    assert_eq!(sums, expected);
    let kept = app.get_as(OPEN, "/raw_weights").await.json();
    assert_eq!(kept["weights"], json!({ BOB: 200.0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_add_one_at_once_add_two_hundred() {
    let app = TestApp::start().await;
    two_hundred_at_once(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_add_one_at_once_add_two_hundred_on_a_server_too() {
    let Some(server) = Server::new() else {
        return;
    };
    let app = TestApp::builder()
        .set("database", json!({ "url": server.url(&server.address) }))
        .start()
        .await;
    two_hundred_at_once(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_outlives_a_service_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&folder);
    command.args(["serve", "--network", "dev", "--bind", "127.0.0.1:0"]);
    command.args([
        "--data-dir",
        "data",
        "--dev-neurons",
        "16",
        "--dev-block-time",
        "manual",
    ]);
    command
        .env("PYLON_CLASSIC_AUTH", "none")
        .stderr(Stdio::null());
    let mut running = Running::start(&mut command, "listening http://");
    let address = running.said("listening ").to_owned();
    let body = format!(r#"{{"hotkey":"{BOB}","weight_delta":1}}"#);
    let request = format!(
        "PUT /update_weight HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    crate::process::until(|| send(&address, &request).starts_with("HTTP/1.1 200"));
    let last = send(&address, &request);
    running.kill();
    let (_, last) = last.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        last,
        format!(r#"{{"hotkey":"{BOB}","weight":2.0,"epoch":0}}"#)
    );
    let storage = Storage::open(Location::Sqlite(folder.path().join("data/dev.db")));
    let epoch = Epoch {
        identity: "dev".parse().unwrap(),
        netuid: 1.into(),
        start: 0,
    };
    let kept = storage.await.unwrap().epoch_weights(epoch).await.unwrap();
    assert_eq!(kept, [(BOB.parse().unwrap(), 2.0)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_commit_is_a_job_that_brings_the_weights_of_the_epoch_on_chain() {
    let app = signing().storage(open()).blocks(43).start().await;
    let nothing = (
        404,
        "Could not retrieve weights from db to commit".to_owned(),
    );
    assert_eq!(told(&force(&app).await), nothing);
    let hotkeys = crate::commits::hotkeys(&app).await;
    let stranger = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
    // What is registered and more than 0 is committed.
    put(
        &app,
        "/set_weight",
        &json!({ "hotkey": stranger, "weight": 9 }),
    )
    .await;
    assert_eq!(told(&force(&app).await), nothing);
    let weights = json!({ &hotkeys[3]: 0.5, &hotkeys[7]: 1, &hotkeys[9]: 0 });
    put(&app, "/set_weights", &json!({ "weights": weights })).await;
    put(
        &app,
        "/update_weight",
        &json!({ "hotkey": hotkeys[5], "weight_delta": -1 }),
    )
    .await;
    let forced = force(&app).await.json();
    assert_eq!(forced["block"], 43);
    assert_eq!(forced["committed_weights"], json!({ "3": 0.5, "7": 1.0 }));
    let job = forced["job_id"].as_str().unwrap();
    app.until("it is final", async || {
        app.node.new_blocks(1).await.unwrap();
        crate::commits::receipt(&app, job).await["state"] == "finalized"
    })
    .await;
    let receipt = crate::commits::receipt(&app, job).await;
    assert_eq!(
        receipt["dropped"],
        json!([{ "hotkey": stranger, "reason": "not_registered" }])
    );
    app.settle().await;
    assert_eq!(on_chain(&app).await, json!([[3, 32_768], [7, 65_535]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_without_a_key_cannot_force_a_commit() {
    let app = TestApp::start().await;
    let answer = force(&app).await;
    assert_eq!(
        told(&answer),
        (404, "Identity 'dev' has no hotkey configured".to_owned())
    );
    app.stop().await;
}
