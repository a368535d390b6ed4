//! What a reader sees of branches that win and lose: each body under the hash of the block it is from.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::app::{Answer, DEV, OPEN, TestApp};

const PARTS: [&str; 7] = [
    "neurons",
    "validators",
    "hyperparams",
    "epoch",
    "weights",
    "certificates",
    "commitments",
];

fn part(number: u32, part: &str) -> String {
    format!("/api/v1/subnet/1/block/{number}/{part}")
}

/// What every tag was met with, so that none ever comes with another body.
#[derive(Default)]
struct Met(BTreeMap<(String, String), Vec<u8>>);

impl Met {
    /// The hash that an answer is pinned to, in its tag and in its body alike.
    fn note(&mut self, path: &str, answer: &Answer) -> String {
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let etag = answer.header("etag").to_owned();
        let hash = etag
            .trim_start_matches("W/\"")
            .trim_end_matches('"')
            .to_owned();
        if let Some(block) = answer.json().get("block") {
            assert_eq!(block["hash"], hash.as_str(), "{path}");
            assert_eq!(
                block["number"].to_string(),
                answer.header("x-pylon-block"),
                "{path}"
            );
        }
        let part = path.rsplit('/').next().unwrap().to_owned();
        let body = self
            .0
            .entry((etag.clone(), part))
            .or_insert_with(|| answer.bytes.clone());
        assert_eq!(body, &answer.bytes, "two bodies of {path} under {etag}");
        hash
    }
}

fn canonical(app: &TestApp, number: u32) -> String {
    format!("0x{}", hex::encode(app.node.block_hash(number).unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_is_of_the_block_that_its_tag_names_through_several_reorganisations() {
    let app = TestApp::builder().blocks(12).start().await;
    let mut met = Met::default();
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for depth in [1, 2, 1, 2, 2] {
        let best = app.node.best().0;
        for number in best - 4..=best {
            for name in PARTS {
                let path = part(number, name);
                let answer = app.get_as(OPEN, &path).await;
                assert_eq!(met.note(&path, &answer), canonical(&app, number), "{path}");
                let is_final = number <= best - 2;
                assert_eq!(
                    answer.header("cache-control").contains("immutable"),
                    is_final,
                    "{path}"
                );
                // Who has the body of a branch that lost is sent the other one.
                if let Some(had) = tags.insert(path.clone(), answer.header("etag").to_owned()) {
                    let again = app.get_with(&path, &[("if-none-match", &had)]).await;
                    let same = had == answer.header("etag");
                    assert_eq!(again.status == 304, same, "{path}");
                }
            }
        }
        app.node.reorganise(depth).await.unwrap();
        app.settle().await;
    }
    // Branches did replace what had been read.
    assert!(met.0.len() > tags.len(), "{} {}", met.0.len(), tags.len());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_in_the_midst_of_reorganisations_are_never_given_a_body_of_another_block() {
    let app = TestApp::builder().blocks(12).start().await;
    let readers = async {
        let mut met = Met::default();
        for round in 0..120_u32 {
            let number = app.node.best().0.saturating_sub(round % 4);
            let latest = "/api/v1/subnet/1/block/latest/neurons".to_owned();
            for path in [latest, part(number, "neurons"), part(number, "weights")] {
                let answer = app.get_as(OPEN, &path).await;
                // A block above a branch that is not told yet is none.
                if answer.status != 404 {
                    met.note(&path, &answer);
                }
            }
        }
    };
    let branches = async {
        for _ in 0..20 {
            app.node.reorganise(1).await.unwrap();
            app.node.new_blocks(1).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::join!(readers, branches);
    app.settle().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_wins_again_is_answered_from_again() {
    let app = TestApp::builder().blocks(12).start().await;
    let warm = "/api/v1/identity/dev/subnet/1/block/latest/neurons";
    let first = app.node.best().1;
    let before = app.get_as(DEV, warm).await;
    app.node.reorganise(1).await.unwrap();
    app.settle().await;
    let other = app.get_as(DEV, warm).await;
    assert_eq!(other.header("x-pylon-block"), "13");
    app.node.set_head(first).await.unwrap();
    app.until("the first branch is served again", async || {
        let again = app.get_as(DEV, warm).await;
        again.header("etag") == before.header("etag") && again.bytes == before.bytes
    })
    .await;
    let head = app.get("/api/v1/block/latest").await;
    assert_eq!(head.header("etag"), before.header("etag"));
    app.new_blocks(1).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_final_is_the_same_before_and_after_and_never_goes_back() {
    let app = TestApp::builder().blocks(12).start().await;
    let mut finals: BTreeMap<u64, Value> = BTreeMap::new();
    let mut highest = 0;
    for _ in 0..4 {
        for path in [
            "/api/v1/subnet/1/block/latest/neurons?finalized=true",
            "/api/v1/block/latest?finalized=true",
            "/api/v1/subnet/1/block/latest/weights?finalized=true",
        ] {
            let body = app.get_as(OPEN, path).await.json();
            let block = body.get("block").unwrap_or(&body);
            let number = block["number"].as_u64().unwrap();
            assert!(number >= highest, "{path}: {number} after {highest}");
            highest = number;
            let hash = block["hash"].clone();
            assert_eq!(hash, canonical(&app, number.try_into().unwrap()), "{path}");
            assert_eq!(finals.entry(number).or_insert_with(|| hash.clone()), &hash);
        }
        app.node.reorganise(2).await.unwrap();
        app.settle().await;
    }
    for (number, hash) in finals {
        let answer = app
            .get_as(OPEN, &part(number.try_into().unwrap(), "neurons"))
            .await;
        assert_eq!(answer.json()["block"]["hash"], hash);
    }
    app.stop().await;
}
