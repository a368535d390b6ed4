//! Weights as they go over the wire.

use std::time::Duration;

use pylon_client::models::Hotkey;
use pylon_client::testing::{Reply, Request, Server};
use pylon_client::{Error, ErrorCode, Identity, JobState, MechId, PylonClient};
use serde_json::{Value, json};

use super::HASH;

const WEIGHTS: &str = "/api/v1/identity/dev/subnet/7/weights";
pub(crate) const JOB: &str = "01JDB3Z6W8K7Q2M5N9P4R0S1TV";

fn miner() -> Hotkey {
    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
        .parse()
        .unwrap()
}

pub(crate) fn identity(server: &Server) -> Identity {
    let client = PylonClient::builder()
        .url(server.url())
        .identity("dev", 7, "secret")
        .build();
    client.unwrap().identity("dev").unwrap()
}

pub(crate) fn receipt(state: &str) -> Value {
    json!({
        "id": JOB, "kind": "weights", "identity": "dev", "netuid": 7, "mechanism": 0, "state": state,
        "created_at": "2026-11-21T10:00:00Z", "block_accepted": 120, "mode": "plain", "epoch": 11,
        "earliest_block": null, "reveal": null, "dropped": [], "supersedes": null, "superseded_by": null,
        "attempts": [], "error": null,
    })
}

fn scheduled() -> Value {
    json!({ "detail": "weights update scheduled", "count": 1, "job_id": JOB })
}

#[tokio::test]
async fn weights_are_put_under_a_name_that_stays_when_they_are_put_again() {
    let server = Server::start().await;
    server
        .on(Request::put(WEIGHTS))
        .problem(ErrorCode::Timeout, "Request timed out")
        .answer(200, &scheduled());
    let job = identity(&server)
        .set_weights([(miner(), 0.5)])
        .version_key(3)
        .await
        .unwrap();
    assert_eq!(job.job_id.as_str(), JOB);
    let calls = server.calls();
    let [first, second] = calls.as_slice() else {
        panic!("{calls:?}")
    };
    assert_eq!(
        first.json::<Value>().unwrap(),
        json!({ "weights": { miner().to_string(): 0.5 }, "version_key": 3 })
    );
    assert_eq!(first.header("authorization"), Some("Bearer secret"));
    assert!(
        first
            .header("idempotency-key")
            .is_some_and(|key| key.len() == 32)
    );
    assert_eq!(
        first.header("idempotency-key"),
        second.header("idempotency-key")
    );
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn another_mechanism_a_dry_run_and_a_wait_are_asked_for_as_they_are() {
    let server = Server::start().await;
    let mechanism: MechId = 2.try_into().unwrap();
    let path = "/api/v1/identity/dev/subnet/7/mechanism/2/weights";
    server
        .on(Request::put(path))
        .answer(202, &receipt("queued"));
    let weights = identity(&server)
        .set_weights([(miner(), 1.0)])
        .mechanism(mechanism);
    let dry = json!({
        "block": { "number": 120, "hash": HASH }, "mode": "plain", "epoch": 11, "earliest_block": 121,
        "reveal": null, "version_key": 0, "uids": [4], "values": [65_535], "dropped": [], "error": null,
    });
    let asked = format!("{path}?dry_run=true");
    server.on(Request::put(&asked)).answer(200, &dry);
    let told = weights.clone().dry_run().await.unwrap();
    assert_eq!((told.block.number.get(), told.values), (120, vec![65_535]));
    server.assert_called_times(Request::put(&asked), 1);

    let got = weights
        .idempotency_key("mine")
        .wait(Duration::from_secs(9))
        .await
        .unwrap();
    assert_eq!(got.state, JobState::Queued);
    let call = server.calls().pop().unwrap();
    assert_eq!(call.query, "");
    assert_eq!(
        (call.header("prefer"), call.header("idempotency-key")),
        (Some("wait=9"), Some("mine"))
    );
}

#[tokio::test]
async fn a_job_is_asked_after_until_it_is_there_or_over() {
    let server = Server::start().await;
    let path = format!("/api/v1/identity/dev/subnet/7/jobs/{JOB}");
    server
        .on(path.as_str())
        .answer(200, &receipt("queued"))
        .answer(200, &receipt("failed"));
    let id = JOB.parse().unwrap();
    let long = Duration::from_secs(30);
    let got = identity(&server)
        .wait_until(&id, JobState::Finalized, long)
        .await
        .unwrap();
    assert_eq!(got.state, JobState::Failed);
    server.assert_called_times(path.as_str(), 2);

    server
        .on(path.as_str())
        .problem(ErrorCode::JobNotFound, "Job not found.");
    let gone = identity(&server)
        .wait_until(&id, JobState::Finalized, long)
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::JobNotFound));

    server
        .on(Request::delete(&path))
        .answer(200, &receipt("cancelled"));
    let taken = identity(&server).cancel_job(&id).await.unwrap();
    assert_eq!(taken.state, JobState::Cancelled);
}

#[tokio::test]
async fn a_wait_that_ends_too_early_gives_the_last_receipt_and_without_one_says_so() {
    let server = Server::start().await;
    let path = format!("/api/v1/identity/dev/subnet/7/jobs/{JOB}");
    let (id, identity) = (JOB.parse().unwrap(), identity(&server));
    let wait = async |time| {
        let waited = identity.wait_until(&id, JobState::Finalized, time);
        let bound = Duration::from_secs(20);
        tokio::time::timeout(bound, waited).await.unwrap()
    };
    // The client's own time for a call is a minute.
    server
        .on(path.as_str())
        .answer(200, &receipt("submitted"))
        .reply(Reply::stalled());
    let got = wait(Duration::from_secs(1)).await.unwrap();
    assert_eq!(got.state, JobState::Submitted);
    let error = wait(Duration::from_secs(1)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");

    server
        .on(path.as_str())
        .answer(200, &receipt("submitted"))
        .answer(200, &receipt("finalized"));
    let got = wait(Duration::MAX).await.unwrap();
    assert_eq!(got.state, JobState::Finalized);
}
