//! Lists in pages.

use std::time::Duration;

use pylon_client::models::wire::Paged;
use pylon_client::{Call, ErrorCode, MechId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::{ALICE, OPEN, TestApp};
use crate::client::client;

const WEIGHTS: &str = "/api/v1/subnet/1/block/latest/weights";

/// Reads a list in pages while the head moves between them, and holds it against the whole.
async fn whole_of_pages<T>(app: &TestApp, call: Call<T>, block: impl Fn(&T) -> u32)
where
    T: Paged + DeserializeOwned + 'static,
    T::Item: PartialEq + std::fmt::Debug,
{
    let whole = call.clone().await.unwrap();
    let at = block(&whole);
    let whole = whole.into_items();
    assert!(whole.len() > 1, "{}", call.path());
    for limit in [1, 2, 1000] {
        let mut pages = call.clone().pages(limit);
        let mut items = Vec::new();
        while let Some(page) = pages.next_page().await.unwrap() {
            assert_eq!(block(&page), at, "{}", call.path());
            let page = page.into_items();
            assert!((1..=usize::from(limit)).contains(&page.len()));
            items.extend(page);
            if items.len() < 4 && limit < 1000 {
                // The next page is asked for at another head, but of the first one's block.
                app.node.new_blocks(1).await.unwrap();
            }
        }
        assert_eq!(items, whole, "{} by {limit}", call.path());
        app.settle().await;
        if at != app.node.best().0 {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_all_of_one_block_though_the_head_moves_and_nothing_is_lost_or_doubled() {
    let app = TestApp::builder().blocks(25).start().await;
    let client = client(&app);
    let coldkey = ALICE.parse().unwrap();
    whole_of_pages(&app, client.subnets().latest(), |body| {
        body.block.number.get()
    })
    .await;
    let subnet = client.subnet(1);
    let weights = subnet.weights(MechId::MAIN);
    whole_of_pages(&app, weights.latest(), |body| body.block.number.get()).await;
    let bonds = subnet.bonds(MechId::MAIN);
    whole_of_pages(&app, bonds.latest(), |body| body.block.number.get()).await;
    whole_of_pages(&app, weights.at(25), |body| body.block.number.get()).await;
    let account = client.account(&coldkey).latest().pages(1);
    let whole = client.account(&coldkey).latest().await.unwrap();
    assert_eq!(account.collect().await.unwrap(), whole.stakes);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_a_tag_of_its_own_and_the_whole_stays_as_it_was() {
    let app = TestApp::builder().blocks(25).start().await;
    let whole = app.get_as(OPEN, WEIGHTS).await;
    assert!(whole.json().get("next_cursor").is_none());
    let first = app.get_as(OPEN, &format!("{WEIGHTS}?limit=2")).await;
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let second_path = format!("{WEIGHTS}?limit=2&cursor={cursor}");
    app.new_blocks(1).await;
    let second = app.get_as(OPEN, &second_path).await;
    assert_eq!(second.header("x-pylon-block"), "25");
    assert_eq!(second.header("cache-control"), "private");
    let tags = [&whole, &first, &second].map(|answer| answer.header("etag").to_owned());
    assert!(
        tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2],
        "{tags:?}"
    );
    let same = app
        .get_with(&second_path, &[("if-none-match", &tags[2])])
        .await;
    assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0));
    let rest = app
        .get_as(OPEN, &format!("{WEIGHTS}?cursor={cursor}"))
        .await
        .json();
    let rows = |body: &Value| body["weights"].as_array().unwrap().clone();
    let joined = [rows(&first.json()), rows(&rest)].concat();
    assert_eq!(
        (joined, rest.get("next_cursor")),
        (rows(&whole.json()), None)
    );
    // Once the block is finalized, so is the page.
    app.new_blocks(4).await;
    let later = app.get_as(OPEN, &second_path).await;
    assert_eq!(later.bytes, second.bytes);
    assert!(later.header("cache-control").contains("immutable"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_damaged_or_of_another_list_is_refused() {
    let app = TestApp::builder().blocks(25).start().await;
    let first = app.get_as(OPEN, &format!("{WEIGHTS}?limit=1")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let flipped = |place: usize| {
        let mut text = cursor.to_owned();
        let digit = if &text[place..=place] == "0" {
            "1"
        } else {
            "0"
        };
        text.replace_range(place..=place, digit);
        text
    };
    let last = cursor.len() - 1;
    for (path, cursor) in [
        (WEIGHTS, String::new()),
        (WEIGHTS, "next".to_owned()),
        (WEIGHTS, cursor[2..].to_owned()),
        (WEIGHTS, format!("{cursor}00")),
        (WEIGHTS, flipped(7)),
        (WEIGHTS, flipped(20)),
        (WEIGHTS, flipped(79)),
        (WEIGHTS, flipped(last)),
        ("/api/v1/subnet/2/block/latest/weights", cursor.to_owned()),
        ("/api/v1/subnet/1/block/latest/bonds", cursor.to_owned()),
        ("/api/v1/block/latest/subnets", cursor.to_owned()),
        ("/api/v1/subnet/1/block/24/weights", cursor.to_owned()),
    ] {
        let answer = app.get_as(OPEN, &format!("{path}?cursor={cursor}")).await;
        assert_eq!(answer.status, 400, "{path} {cursor}");
        assert_eq!(answer.json()["code"], "bad_cursor", "{path} {cursor}");
    }
    let damaged = app.get_as(OPEN, &format!("{WEIGHTS}?cursor=00")).await;
    insta::assert_snapshot!(damaged.steady(), @r#"400 {"status_code":400,"detail":"The cursor is not one of this list, or its block is gone: begin anew without it.","type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"bad_cursor"}"#);
    for limit in ["0", "1001", "-1", "many", ""] {
        let answer = app.get_as(OPEN, &format!("{WEIGHTS}?limit={limit}")).await;
        assert_eq!(answer.json()["code"], "validation", "{limit}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_block_that_was_left_go_on_or_are_refused_but_are_never_of_another() {
    let app = TestApp::builder().blocks(25).start().await;
    let client = client(&app);
    let mut pages = client.subnet(1).weights(MechId::MAIN).latest().pages(1);
    let first = pages.next_page().await.unwrap().unwrap();
    app.node.reorganise(1).await.unwrap();
    app.new_blocks(1).await;
    let second = tokio::time::timeout(Duration::from_secs(20), pages.next_page()).await;
    match second.unwrap() {
        Ok(second) => assert_eq!(second.unwrap().block, first.block),
        Err(error) => assert_eq!(error.code(), Some(ErrorCode::BadCursor)),
    }
    app.stop().await;
}
