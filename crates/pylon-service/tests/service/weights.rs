//! Whether an identity's weights stand in an epoch.

use pylon_chain::storage::StorageKey;

use crate::app::{ALICE, Answer, DEV, TestApp};

fn key(entry: &str, index: u16) -> StorageKey {
    StorageKey::new("SubtensorModule", entry).identity(&index)
}

/// What the chain keeps when the uid sets weights at a block; of the others, it says nothing new.
pub(crate) fn updated(index: u16, uid: usize, block: u64) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut updates = [0_u64; 16];
    updates[uid] = block;
    // Under 64 items, SCALE writes the length into one byte.
    let mut bytes = vec![16 << 2];
    bytes.extend(updates.iter().flat_map(|update| update.to_le_bytes()));
    (key("LastUpdate", index).as_bytes().to_vec(), Some(bytes))
}

pub(crate) async fn status(app: &TestApp, mechanism: u8, block: u32) -> Answer {
    let path = format!(
        "/api/_unstable/identity/dev/subnet/1/mechanism/{mechanism}/block/{block}/weights/status"
    );
    let unstable = app.get_as(DEV, &path).await;
    let v1 = app.get_as(DEV, &path.replace("_unstable", "v1")).await;
    assert_eq!((v1.status, v1.text()), (unstable.status, unstable.text()));
    unstable
}

/// The answer, and the block that it is from.
async fn told(app: &TestApp, mechanism: u8, block: u32) -> (String, String) {
    let answer = status(app, mechanism, block).await;
    (answer.text(), answer.header("x-pylon-block").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_count_for_the_epoch_in_which_they_were_given_and_for_no_other() {
    let (yes, no) = (
        r#"{"weights_submitted":true}"#,
        r#"{"weights_submitted":false}"#,
    );
    let is = |answer: &str, block: u32| (answer.to_owned(), block.to_string());
    // Epochs run at 20, 40, 60 and so on.
    let app = TestApp::builder().blocks(50).start().await;
    let neurons = app
        .get_as(DEV, "/api/v1/identity/dev/subnet/1/block/latest/neurons")
        .await
        .json();
    let uid = neurons["neurons"][ALICE]["uid"].as_u64().unwrap();
    let uid = usize::try_from(uid).unwrap();
    assert_eq!(told(&app, 0, 45).await, is(no, 50));

    app.node
        .set_storage(vec![updated(1, uid, 50)])
        .await
        .unwrap();
    app.new_blocks(1).await;
    for block in [40, 45, 51] {
        assert_eq!(told(&app, 0, block).await, is(yes, 51), "{block}");
    }
    for block in [20, 39] {
        assert_eq!(told(&app, 0, block).await, is(no, 39), "{block}");
    }
    assert_eq!(told(&app, 1, 45).await, is(no, 51));

    // The next epoch, with weights of mechanism 1 alone.
    app.new_blocks(10).await;
    let second = updated(4_097, uid, 61);
    app.node.set_storage(vec![second]).await.unwrap();
    app.new_blocks(1).await;
    assert_eq!(told(&app, 0, 45).await, is(yes, 59));
    assert_eq!(told(&app, 0, 60).await, is(no, 62));
    assert_eq!(told(&app, 1, 60).await, is(yes, 62));
    assert_eq!(told(&app, 1, 59).await, is(no, 59));

    // An epoch that the owner calls for ends the one before it, whatever was foretold.
    let pending = key("PendingEpochAt", 1).as_bytes().to_vec();
    let at = 70_u64.to_le_bytes().to_vec();
    app.node
        .set_storage(vec![(pending, Some(at))])
        .await
        .unwrap();
    app.new_blocks(13).await;
    assert_eq!(told(&app, 1, 61).await, is(yes, 69));
    assert_eq!(told(&app, 1, 70).await, is(no, 75));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_is_refused() {
    let app = TestApp::start().await;
    for (mechanism, block, code, detail) in [
        (0, 6, 404, "Block 6 not found."),
        (
            16,
            5,
            400,
            "Validation failed for GET /api/_unstable/identity/dev/subnet/1/mechanism/16/block/5/weights/status",
        ),
    ] {
        let path = format!(
            "/api/_unstable/identity/dev/subnet/1/mechanism/{mechanism}/block/{block}/weights/status"
        );
        let answer = app.get_as(DEV, &path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (code, detail)
        );
    }
    let open = app
        .get_as(DEV, "/api/v1/subnet/1/mechanism/0/block/5/weights/status")
        .await;
    assert_eq!(open.status, 404);
    let identities = serde_json::json!({ "dev": { "netuid": 1, "token": DEV } });
    app.stop().await;
    let app = TestApp::builder()
        .set("identities", identities)
        .start()
        .await;
    let path = "/api/v1/identity/dev/subnet/1/mechanism/0/block/5/weights/status";
    let keyless = app.get_as(DEV, path).await;
    assert_eq!(
        (keyless.status.as_u16(), keyless.detail().as_str()),
        (404, "Identity 'dev' has no hotkey configured")
    );
    app.stop().await;
}
