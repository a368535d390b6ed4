//! The typed client against the service.

use std::time::Duration;

use pylon_client::{
    AuthScheme, Cached, ErrorCode, JobKind, JobState, PylonClient, SettableHyperparameter,
};
use pylon_devnet::Fault;
use serde_json::json;

use crate::app::{ALICE, DEV, OPEN, TestApp};
use crate::commits::{laid, open, running};
use crate::writes::axon;

pub(crate) fn client(app: &TestApp) -> PylonClient {
    PylonClient::builder()
        .url(app.url(""))
        .token(OPEN)
        .identity("dev", 1, DEV)
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_typed_read_is_answered() {
    let app = TestApp::builder().blocks(9).start().await;
    let client = client(&app);
    let block = client.blocks().latest().await.unwrap();
    assert_eq!(
        (block.number.get(), block.hash.as_bytes()),
        (9, &app.node.best().1)
    );
    assert_eq!(client.identities().await.unwrap().identities.len(), 1);
    assert!(client.live().await.unwrap().is_ok() && client.ready().await.unwrap().is_ok());
    assert_eq!(
        client.version().await.unwrap().version,
        env!("CARGO_PKG_VERSION")
    );

    let identity = client.identity("dev").unwrap();
    let (neurons, validators) = (identity.neurons(), identity.validators());
    let latest = neurons.latest().await.unwrap();
    assert_eq!(latest.block, block.block_ref());
    let uids: Vec<u16> = latest
        .neurons
        .iter()
        .map(|neuron| neuron.uid.get())
        .collect();
    assert_eq!(uids, (0..16).collect::<Vec<_>>());
    assert_eq!(neurons.recent().await.unwrap(), latest);
    assert_eq!(neurons.at(9).await.unwrap(), latest);
    let permitted = validators.latest().await.unwrap();
    assert_eq!(validators.at(9).await.unwrap(), permitted);
    assert!(
        permitted
            .validators
            .iter()
            .all(|validator| latest.get(&validator.hotkey) == Some(validator))
    );

    let subnet = client.subnet(2);
    assert_eq!(subnet.neurons().at(4).await.unwrap().block.number.get(), 4);
    assert_eq!(
        subnet.validators().latest().await.unwrap().block,
        latest.block
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_which_block_it_has_and_asks_only_for_another() {
    let app = TestApp::start().await;
    let neurons = client(&app).subnet(1).neurons();
    let first = neurons.latest().fetch().await.unwrap();
    assert_eq!(first.block.unwrap().get(), 5);
    assert!(first.age.unwrap() < Duration::from_secs(20));
    let etag = first.etag.unwrap();
    assert!(matches!(
        neurons.latest().if_none_match(&etag).await.unwrap(),
        Cached::NotModified
    ));
    app.new_blocks(1).await;
    assert!(matches!(
        neurons.latest().if_none_match(&etag).await.unwrap(),
        Cached::Changed(_)
    ));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_the_client_with_its_code_and_id() {
    let app = TestApp::start().await;
    let client = client(&app);
    let error = client.subnet(1).neurons().at(4711).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::BlockNotFound));
    assert_eq!(error.request_id().unwrap().len(), 26);
    let error = client.subnet(77).neurons().latest().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::SubnetNotFound));
    let stranger = PylonClient::builder()
        .url(app.url(""))
        .token("wrong")
        .build()
        .unwrap();
    let error = stranger.subnet(1).validators().latest().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Forbidden));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_set_followed_listed_and_taken_back() {
    let limit = laid("WeightsSetRateLimit", Some(1), &1_000_u64.to_le_bytes());
    let state = open().into_iter().chain([limit]).collect();
    let app = running().storage(state).start().await;
    let identity = client(&app).identity("dev").unwrap();
    let neurons = identity.neurons().latest().await.unwrap();
    let miner = neurons.neurons.get(2).unwrap().hotkey;
    let dry = identity
        .set_weights([(miner, 2.0)])
        .dry_run()
        .await
        .unwrap();
    assert_eq!((dry.error, dry.values), (None, vec![u16::MAX]));
    assert_eq!(identity.weights_jobs().await.unwrap().jobs, []);

    let first = identity.set_weights([(miner, 2.0)]).await.unwrap().job_id;
    let second = Duration::from_secs(20);
    let receipt = identity
        .wait_until(&first, JobState::Finalized, second)
        .await
        .unwrap();
    assert_eq!(
        (receipt.state, receipt.attempts.len()),
        (JobState::Finalized, 1)
    );

    // The rate limit holds the next one back.
    let waiting = identity
        .set_weights([(miner, 1.0)])
        .idempotency_key("second");
    let receipt = waiting.clone().wait(Duration::from_secs(1)).await.unwrap();
    assert_eq!(receipt.state, JobState::Queued);
    assert_eq!(waiting.await.unwrap().job_id, receipt.id);
    let taken = identity.cancel_job(&receipt.id).await.unwrap();
    assert_eq!(taken.state, JobState::Cancelled);
    let again = identity.cancel_job(&receipt.id).await.unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::Conflict));
    let never = identity
        .wait_until(&receipt.id, JobState::Revealed, second)
        .await
        .unwrap();
    assert_eq!(never.state, JobState::Cancelled);

    let all = identity.weights_jobs().pages(1).collect().await.unwrap();
    let ids: Vec<_> = all.into_iter().map(|job| job.id).collect();
    assert_eq!(ids, [receipt.id, first]);
    let done = identity.jobs().of(JobKind::Weights);
    let done = done.in_state(JobState::Finalized).await.unwrap();
    assert_eq!(done.jobs.len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commitments_certificates_and_hyperparameters_are_written() {
    let app = running().storage(vec![axon(8_091)]).start().await;
    let identity = client(&app).identity("dev").unwrap();
    let commit = identity.commit(b"model-v2").idempotency_key("v2");
    commit.clone().await.unwrap();
    // The same once more is the same job: there are four below.
    commit.await.unwrap();
    let stands = identity.own_commitment().await.unwrap();
    assert_eq!(stands.commitment, "0x6d6f64656c2d7632");
    // It is not opened before it was looked at.
    app.node.faults().start(Fault::StalledDrand).await.unwrap();
    let sealed = identity.commit_timelocked("model-v3", 30).await.unwrap();
    let tagged = identity.own_tagged_commitment().await.unwrap();
    assert_eq!(tagged.commitment.reveal_round, Some(sealed.reveal_round));
    app.node.faults().heal().await.unwrap();
    let key = identity.generate_certificate().await.unwrap();
    let served = identity.own_certificate().await.unwrap();
    assert_eq!(served.public_key, key.public_key);
    let parameter = SettableHyperparameter::ImmunityPeriod;
    let receipt = identity.set_hyperparameter(parameter, 77).await.unwrap();
    assert_eq!(receipt.kind, JobKind::Hyperparameter);
    let told = identity.hyperparameters().latest().await.unwrap();
    assert_eq!(told.hyperparameters["immunity_period"].as_u64(), Some(77));
    let jobs = identity.jobs().await.unwrap().jobs;
    let kinds: Vec<_> = jobs.iter().rev().map(|job| job.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["commitment", "commitment", "certificate", "hyperparameter"]
    );
    let sealed = identity
        .wait_until(&jobs[2].id, JobState::Revealed, Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(sealed.state, JobState::Revealed, "{sealed:#?}");
    let refused = identity.set_hyperparameter(SettableHyperparameter::Tempo, 1);
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Validation));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_a_miner_is_signed_for_the_client() {
    let sign = json!({ "schemes": ["btauth/1"] });
    let dev = json!({ "netuid": 1, "token": DEV, "sign": sign });
    let app = TestApp::builder()
        .set("identities", json!({ "dev": dev }))
        .signing()
        .start()
        .await;
    let identity = client(&app).identity("dev").unwrap();
    let neurons = identity.neurons().latest().await.unwrap();
    let miner = neurons.neurons.get(2).unwrap().hotkey;
    let sign = |scheme| identity.sign_request(scheme, miner, "POST", "/v1/tasks?n=1", b"{}");
    let signed = sign(AuthScheme::Btauth1).await.unwrap();
    assert_eq!(signed.headers["X-Bittensor-Receiver"], miner.to_string());
    assert_eq!(signed.signed.sender.to_string(), ALICE);
    assert_eq!(signed.block, Some(neurons.block));
    let refused = sign(AuthScheme::Epistula2).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Forbidden));
    app.stop().await;
}
