//! `?fields=`.

use crate::app::{OPEN, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_columns_that_are_asked_for_are_answered_with_the_values_of_the_whole() {
    let app = TestApp::start().await;
    for (path, rows) in [
        ("/api/v1/subnet/1/block/latest/neurons", "neurons"),
        ("/api/v1/subnet/1/block/recent/neurons", "neurons"),
        ("/api/v1/subnet/1/block/3/neurons", "neurons"),
        ("/api/v1/subnet/1/block/latest/validators", "validators"),
        ("/api/v1/subnet/1/block/3/validators", "validators"),
    ] {
        let whole = app.get_as(OPEN, path).await;
        let some = app.get_as(OPEN, &format!("{path}?fields=stakes,uid")).await;
        let (all, picked) = (whole.json(), some.json());
        assert_eq!(picked["block"], all["block"], "{path}");
        let values = |body: &serde_json::Value| -> Vec<serde_json::Value> {
            match &body[rows] {
                serde_json::Value::Array(list) => list.clone(),
                map => map.as_object().unwrap().values().cloned().collect(),
            }
        };
        let (all, picked) = (values(&all), values(&picked));
        assert_eq!(all.len(), picked.len(), "{path}");
        for (neuron, row) in all.iter().zip(&picked) {
            assert_eq!(row.as_object().unwrap().len(), 2, "{path}");
            assert_eq!(
                (&row["uid"], &row["stakes"]),
                (&neuron["uid"], &neuron["stakes"]),
                "{path}"
            );
        }
        assert_ne!(some.header("etag"), whole.header("etag"));
        let etag = some.header("etag").to_owned();
        let same = app
            .get_with(
                &format!("{path}?fields=uid,stakes"),
                &[("if-none-match", &etag)],
            )
            .await;
        assert_eq!(same.status, 304, "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_there_is_not_is_refused_with_those_that_there_are() {
    let app = TestApp::start().await;
    let path = "/api/v1/subnet/1/block/latest/neurons?fields=uid,nope";
    insta::assert_snapshot!(app.get_as(OPEN, path).await.steady(), @r#"400 {"status_code":400,"detail":"Validation failed for GET /api/v1/subnet/1/block/latest/neurons","extra":[{"message":"'nope' is no column of a neuron; there are uid, coldkey, hotkey, active, axon_info, stake, rank, emission, incentive, consensus, trust, validator_trust, dividends, last_update, validator_permit, pruning_score, stakes","key":"fields","source":"query"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"'nope' is no column of a neuron; there are uid, coldkey, hotkey, active, axon_info, stake, rank, emission, incentive, consensus, trust, validator_trust, dividends, last_update, validator_permit, pruning_score, stakes","key":"fields","source":"query"}]}"#);
    app.stop().await;
}
