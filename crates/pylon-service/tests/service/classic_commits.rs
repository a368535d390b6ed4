//! Commits of the classic surface that nobody asks for.

use std::ops::Range;
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Builder, DEV, TestApp};
use crate::classic_weights::{force, put};
use crate::commits::{hotkeys, on_chain, open, signing};
use crate::database::Server;

/// Epochs run at 20, 40, 60 and so on; weights are committed from their fifth block on, and not in the last five.
fn committing(cycle: u32) -> Builder {
    signing().storage(open()).set(
        "classic",
        json!({
            "commit_cycle_length": cycle,
            "commit_window_start_offset": 5,
            "commit_window_end_buffer": 5,
        }),
    )
}

async fn jobs(app: &TestApp) -> Vec<Value> {
    let path = "/api/v1/identity/dev/subnet/1/weights/jobs";
    let jobs = app.get_as(DEV, path).await.json();
    jobs["jobs"].as_array().unwrap().clone()
}

async fn one_by_one(app: &TestApp, until: u32) {
    while app.node.best().0 < until {
        app.new_blocks(1).await;
        // What looks at a head does so beside the requests.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Makes blocks one by one, and says in which of them jobs were accepted for the weights.
async fn accepted(app: &TestApp, until: u32) -> Vec<u64> {
    let before = jobs(app).await.len();
    one_by_one(app, until).await;
    let mut jobs = jobs(app).await;
    jobs.truncate(jobs.len() - before);
    jobs.reverse();
    let block = |job: Value| job["block_accepted"].as_u64().unwrap();
    jobs.into_iter().map(block).collect()
}

/// One was, in that window: who looks at heads can be a block or two late.
fn assert_once(accepted: &[u64], window: Range<u64>) {
    let is_once = matches!(accepted, [block] if window.contains(block));
    assert!(is_once, "{accepted:?} in {window:?}");
}

async fn give(app: &TestApp, uid: usize) {
    let hotkey = hotkeys(app).await.swap_remove(uid);
    let body = json!({ "hotkey": hotkey, "weight": 1 });
    assert_eq!(put(app, "/set_weight", &body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_committed_in_the_window_of_their_epoch_and_once() {
    let app = committing(1).blocks(41).start().await;
    give(&app, 3).await;
    assert_eq!(accepted(&app, 44).await, [0; 0]);
    assert_once(&accepted(&app, 59).await, 45..55);
    assert_eq!(on_chain(&app).await, json!([[3, 65_535]]));
    // Nothing was given in this epoch.
    assert_eq!(accepted(&app, 79).await, [0; 0]);
    // Too late in this one.
    app.new_blocks(16).await;
    give(&app, 4).await;
    assert_eq!(accepted(&app, 101).await, [0; 0]);
    // What is given in the midst of the window is committed at once.
    app.new_blocks(7).await;
    give(&app, 5).await;
    assert_once(&accepted(&app, 119).await, 108..115);
    assert_eq!(on_chain(&app).await, json!([[5, 65_535]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_commits_nothing_twice_and_forgets_nothing() {
    let app = committing(1).blocks(41).start().await;
    give(&app, 3).await;
    let app = app.restart().await;
    assert_once(&accepted(&app, 50).await, 45..51);
    let app = app.restart().await;
    assert_eq!(accepted(&app, 53).await, [0; 0]);
    let app = app.restart().await;
    assert_eq!(accepted(&app, 59).await, [0; 0]);
    assert_eq!(on_chain(&app).await, json!([[3, 65_535]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_waits_until_the_cycle_has_passed_since_the_last_one_by_whatever_way() {
    let app = committing(2).blocks(41).start().await;
    give(&app, 3).await;
    let forced = force(&app).await;
    assert_eq!(forced.status, 200, "{}", forced.text());
    assert_eq!(accepted(&app, 61).await, [0; 0]);
    // Lands in 42: two tempos have passed at 82.
    give(&app, 4).await;
    assert_eq!(accepted(&app, 81).await, [0; 0]);
    give(&app, 5).await;
    assert_once(&accepted(&app, 99).await, 85..95);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_share_a_server_one_commits() {
    let Some(server) = Server::new() else {
        return;
    };
    let app = committing(1)
        .set("database", json!({ "url": server.url(&server.address) }))
        .blocks(41)
        .start()
        .await;
    let second = app.beside().await;
    give(&app, 3).await;
    assert_once(&accepted(&app, 59).await, 45..55);
    assert_eq!(on_chain(&app).await, json!([[3, 65_535]]));
    second.stop().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_sign_commits_nothing() {
    let window = json!({
        "commit_cycle_length": 1,
        "commit_window_start_offset": 5,
        "commit_window_end_buffer": 5,
    });
    let app = TestApp::builder()
        .storage(open())
        .set("classic", window)
        .blocks(41)
        .start()
        .await;
    give(&app, 3).await;
    let before = on_chain(&app).await;
    one_by_one(&app, 59).await;
    assert_eq!(on_chain(&app).await, before);
    app.stop().await;
}
