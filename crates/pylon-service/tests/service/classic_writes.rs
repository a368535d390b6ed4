//! Commitments and hyperparameters through the surface of the first Pylon.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, OPEN, TestApp};
use crate::commits::{running, send, signing};

async fn commit(app: &TestApp, body: &Value) -> Answer {
    send(app, Method::POST, "/set_commitment", body).await
}

async fn set(app: &TestApp, body: &Value) -> Answer {
    send(app, Method::PUT, "/set_hyperparam", body).await
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.detail())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commitment_is_on_chain_when_the_answer_comes() {
    let app = running().start().await;
    for data in ["6d6f64656c", "0x00ff"] {
        let answer = commit(&app, &json!({ "data_hex": data })).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({ "detail": "Commitment successfully set" }))
        );
        assert_eq!(answer.header("x-pylon-job").len(), 26);
        let path = format!("/get_commitment/{ALICE}");
        let stands = app.get_as(OPEN, &path).await.json();
        let data = data.trim_start_matches("0x");
        assert_eq!(stands, json!({ "hotkey": ALICE, "commitment": data }));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_committed_is_refused_in_the_first_pylons_words() {
    let app = signing().start().await;
    let missing = "Missing 'data_hex' in request body";
    let invalid = "Invalid 'data_hex' in request body";
    for (body, detail) in [
        (json!({}), missing),
        (json!({ "data_hex": null }), missing),
        (json!({ "data_hex": "" }), missing),
        (json!({ "data_hex": "xyz" }), invalid),
        (json!({ "data_hex": "123" }), invalid),
        (json!({ "data_hex": "0x" }), invalid),
        (json!({ "data_hex": 12 }), invalid),
        (json!({ "data_hex": "00".repeat(513) }), invalid),
    ] {
        let answer = commit(&app, &body).await;
        assert_eq!(told(&answer), (400, detail.to_owned()), "{body}");
    }
    let answer = commit(&app, &json!([])).await;
    assert_eq!(
        told(&answer),
        (400, "Validation failed for POST /set_commitment".to_owned())
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_sets_a_hyperparameter_and_the_chain_has_it() {
    let app = running().start().await;
    for (name, value) in [
        ("immunity_period", json!(77)),
        ("liquid_alpha_enabled", json!(true)),
    ] {
        let answer = set(&app, &json!({ "name": name, "value": value })).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({ "detail": "Hyperparameter set successfully" }))
        );
        assert_eq!(answer.header("x-pylon-job").len(), 26);
        app.until("it is read", async || {
            app.get_as(OPEN, "/hyperparams").await.json()[name] == value
        })
        .await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_is_refused_with_who_may_set_what() {
    let app = signing().start().await;
    for (body, code, detail) in [
        (json!({ "value": 1 }), 400, "Missing hyperparameter name"),
        (
            json!({ "name": "", "value": 1 }),
            400,
            "Missing hyperparameter name",
        ),
        (
            json!({ "name": null, "value": 1 }),
            400,
            "Missing hyperparameter name",
        ),
        (
            json!({ "name": "tempo" }),
            400,
            "Missing hyperparameter value",
        ),
        (
            json!({ "name": "tempo", "value": null }),
            400,
            "Missing hyperparameter value",
        ),
        (
            json!({ "name": 7, "value": 1 }),
            400,
            "Validation failed for PUT /set_hyperparam",
        ),
        (
            json!({ "name": "tempo", "value": 10 }),
            400,
            "tempo has to be a whole number from 360 to 50400",
        ),
        (
            json!({ "name": "kappa", "value": 1 }),
            403,
            "Hyperparameter 'kappa' can be set by the network's root only",
        ),
    ] {
        assert_eq!(
            told(&set(&app, &body).await),
            (code, detail.to_owned()),
            "{body}"
        );
    }
    let unknown = set(&app, &json!({ "name": "tempoo", "value": 1 })).await;
    assert_eq!(unknown.status, 400);
    let names = unknown.detail();
    assert!(
        names.starts_with("Unknown hyperparameter 'tempoo'; a subnet's owner may set: ")
            && names.contains(" tempo,"),
        "{names}"
    );
    app.stop().await;

    let app = signing().without_owner().start().await;
    let answer = set(&app, &json!({ "name": "tempo", "value": 400 })).await;
    assert_eq!(
        told(&answer),
        (
            403,
            "Identity 'dev' has no key of its subnet's owner configured.".to_owned()
        )
    );
    assert_eq!(answer.json()["code"], "not_the_owner");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_without_a_key_writes_nothing_on_chain() {
    let app = TestApp::start().await;
    let unknown = (404, "Identity 'dev' has no hotkey configured".to_owned());
    let commitment = commit(&app, &json!({ "data_hex": "00" })).await;
    assert_eq!(told(&commitment), unknown);
    let body = json!({ "name": "tempo", "value": 400 });
    assert_eq!(told(&set(&app, &body).await), unknown);
    app.stop().await;
}
