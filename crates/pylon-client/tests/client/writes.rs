//! Commitments, certificates and hyperparameters as they go over the wire.

use pylon_client::testing::{Request, Server};
use pylon_client::{ErrorCode, JobKind, JobState, SettableHyperparameter};
use serde_json::{Value, json};

use crate::weights::{JOB, identity, receipt};

const IDENTITY: &str = "/api/v1/identity/dev/subnet/7";

#[tokio::test]
async fn a_commitment_is_posted_under_a_name_that_stays_when_it_is_posted_again() {
    let server = Server::start().await;
    let path = format!("{IDENTITY}/commitments");
    server
        .on(Request::post(&path))
        .problem(ErrorCode::Timeout, "Request timed out")
        .answer(201, &json!({ "detail": "Commitment set successfully." }));
    let done = identity(&server).commit([0xab, 0x01]).await.unwrap();
    assert_eq!(done.detail, "Commitment set successfully.");
    let [first, second] = server.calls().try_into().unwrap();
    assert_eq!(
        first.json::<Value>().unwrap(),
        json!({ "commitment": "ab01" })
    );
    assert!(first.header("idempotency-key").is_some());
    assert_eq!(
        first.header("idempotency-key"),
        second.header("idempotency-key")
    );

    let path = format!("{IDENTITY}/commitments/revealed");
    server
        .on(Request::post(&path))
        .answer(201, &json!({ "reveal_round": 12 }));
    let sealed = identity(&server)
        .commit_timelocked("v2", 300)
        .await
        .unwrap();
    assert_eq!(sealed.reveal_round, 12);
    let call = server.calls().pop().unwrap();
    assert_eq!(
        call.json::<Value>().unwrap(),
        json!({ "commitment": "v2", "blocks_until_reveal": 300 })
    );
}

#[tokio::test]
async fn a_certificate_is_asked_for_once_and_its_private_key_is_not_shown() {
    let server = Server::start().await;
    let path = format!("{IDENTITY}/certificates/self");
    server
        .on(Request::post(&path))
        .problem(ErrorCode::Timeout, "Request timed out")
        .answer(
            201,
            &json!({ "algorithm": 1, "public_key": "aa", "private_key": "bb" }),
        );
    let error = identity(&server).generate_certificate().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Timeout));
    let key = identity(&server).generate_certificate().await.unwrap();
    assert_eq!((key.algorithm, key.private_key.as_str()), (1, "bb"));
    assert!(!format!("{key:?}").contains("bb"));
}

#[tokio::test]
async fn a_hyperparameter_is_put_under_its_name_and_jobs_are_listed_by_kind_and_state() {
    let server = Server::start().await;
    let path = format!("{IDENTITY}/hyperparams/immunity_period");
    server
        .on(Request::put(&path))
        .answer(200, &receipt("finalized"));
    let parameter = SettableHyperparameter::ImmunityPeriod;
    let set = identity(&server).set_hyperparameter(parameter, 77);
    let done = set.idempotency_key("mine").await.unwrap();
    assert_eq!(done.id.as_str(), JOB);
    let call = server.calls().pop().unwrap();
    assert_eq!(call.json::<Value>().unwrap(), json!({ "value": 77 }));
    let names = call.headers.iter();
    let names = names.filter(|(name, _)| name == "idempotency-key");
    let names: Vec<_> = names.map(|(_, value)| value.as_str()).collect();
    assert_eq!(names, ["mine"]);

    let path = format!("{IDENTITY}/jobs?kind=hyperparameter&state=finalized");
    server
        .on(path.as_str())
        .answer(200, &json!({ "jobs": [receipt("finalized")] }));
    let jobs = identity(&server).jobs().of(JobKind::Hyperparameter);
    let jobs = jobs.in_state(JobState::Finalized).await.unwrap();
    assert_eq!(jobs.jobs.len(), 1);
}
