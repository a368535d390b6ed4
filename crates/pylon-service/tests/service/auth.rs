//! Who gets in, and what those who do not are told.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Builder, DEV, METRICS, OPEN, TestApp};

/// Every prefix under which a subnet is read by open access.
const OPEN_ACCESS: [&str; 3] = [
    "/api/v1/subnet/1",
    "/api/v1/openaccess/subnet/1",
    "/api/_unstable/openaccess/subnet/1",
];
/// And by an identity.
const IDENTITY: [&str; 2] = [
    "/api/v1/identity/dev/subnet/1",
    "/api/_unstable/identity/dev/subnet/1",
];
/// What is read under them.
const READS: [&str; 5] = [
    "/block/latest/neurons",
    "/block/recent/neurons",
    "/block/3/neurons",
    "/block/latest/validators",
    "/block/3/validators",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_guarded_path_wants_its_own_token() {
    let app = TestApp::start().await;
    for (prefixes, token) in [(&OPEN_ACCESS[..], OPEN), (&IDENTITY[..], DEV)] {
        for path in prefixes
            .iter()
            .flat_map(|prefix| READS.map(|read| format!("{prefix}{read}")))
        {
            assert_eq!(app.get_as(token, &path).await.status, 200, "{path}");
            assert_eq!(
                app.get(&path).await.detail(),
                "Authorization header is required",
                "{path}"
            );
            let others = [OPEN, DEV, METRICS, "", "wrong"];
            for other in others
                .iter()
                .filter(|other| **other != token && !other.is_empty())
            {
                let answer = app.get_as(other, &path).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.detail().as_str()),
                    (403, "Invalid authorization token")
                );
            }
        }
    }
    let guarded = "/api/_unstable/openaccess/block/latest";
    assert_eq!(app.get(guarded).await.status, 401);
    assert_eq!(app.get_as(OPEN, guarded).await.status, 200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_for_everyone_want_no_token() {
    let app = TestApp::start().await;
    for path in [
        "/api/v1/identities",
        "/api/_unstable/identities",
        "/api/v1/block/latest",
        "/health/live",
        "/health/ready",
        "/version",
        "/openapi.json",
        "/docs/",
    ] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    assert_eq!(
        app.get("/api/v1/identities").await.text(),
        r#"{"identities":{"dev":1}}"#
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheme_is_read_in_any_case_and_nothing_else_is_a_bearer_token() {
    let app = TestApp::start().await;
    let path = "/api/v1/subnet/1/block/latest/neurons";
    let with = async |header: &str| {
        Answer::of(
            app.request(Method::GET, path)
                .header("authorization", header),
        )
        .await
    };
    for good in [
        "Bearer open-token",
        "bearer open-token",
        "BEARER open-token",
        "Bearer   open-token ",
        // :open-token, as in http://:open-token@host
        "Basic Om9wZW4tdG9rZW4=",
    ] {
        assert_eq!(with(good).await.status, 200, "{good}");
    }
    for bad in [
        "open-token",
        "Basic open-token",
        // user:wrong
        "Basic dXNlcjp3cm9uZw==",
        "Bearer",
        "Bearer ",
        "Bearer open token",
        "",
    ] {
        let answer = with(bad).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (
                401,
                "Invalid Authorization header format. Expected: Bearer <token>"
            ),
            "{bad:?}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_configured_closes_and_never_opens() {
    let app = TestApp::builder()
        .set("open_access_token", json!(""))
        .set("metrics_token", json!(""))
        .set("identities", json!({ "dev": { "netuid": 1, "token": "" } }))
        .start()
        .await;
    for (path, detail) in [
        (
            "/api/v1/subnet/1/block/latest/neurons",
            "Open access is not configured",
        ),
        (
            "/api/_unstable/openaccess/block/latest",
            "Open access is not configured",
        ),
        (
            "/api/v1/identity/dev/subnet/1/block/latest/neurons",
            "Identity 'dev' has no token configured",
        ),
        ("/metrics", "Metrics endpoint is not configured"),
    ] {
        for answer in [
            app.get(path).await,
            app.get_as("", path).await,
            app.get_as("any", path).await,
        ] {
            assert_eq!(
                (answer.status.as_u16(), answer.detail().as_str()),
                (403, detail),
                "{path}"
            );
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_identity_is_not_found_once_a_token_was_sent() {
    let app = TestApp::start().await;
    let path = "/api/v1/identity/nobody/subnet/1/block/latest/neurons";
    assert_eq!(app.get(path).await.status, 401);
    let answer = app.get_as(DEV, path).await;
    insta::assert_snapshot!(answer.steady(), @r#"404 {"status_code":404,"detail":"Identity 'nobody' not found","type":"about:blank","title":"Not Found","status":404,"instance":"[id]","code":"not_found"}"#);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_on_another_subnet_is_sent_to_its_own_after_the_guard() {
    let app = TestApp::start().await;
    let path = "/api/v1/identity/dev/subnet/2/block/latest/neurons?x=1&y=subnet/2";
    assert_eq!(app.get(path).await.status, 401);
    assert_eq!(app.get_as("wrong", path).await.status, 403);
    let answer = app.get_as(DEV, path).await;
    assert_eq!(
        answer.header("location"),
        "/api/v1/identity/dev/subnet/1/block/latest/neurons?x=1&y=subnet/2"
    );
    insta::assert_snapshot!(answer.steady(), @r#"308 {"status_code":308,"detail":"Identity 'dev' belongs to subnet 1"}"#);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_checks_the_token_and_tells_the_subnet() {
    let app = TestApp::start().await;
    let login = async |name: &str, body: &str| {
        let path = format!("/api/v1/login/identity/{name}");
        Answer::of(
            app.request(Method::POST, &path)
                .header("content-type", "application/json")
                .body(body.to_owned()),
        )
        .await
    };
    let token = json!({ "token": DEV }).to_string();
    insta::assert_snapshot!(login("dev", &token).await.steady(), @r#"200 {"netuid":1,"identity_name":"dev"}"#);
    insta::assert_snapshot!(login("dev", r#"{"token":"wrong","more":1}"#).await.steady(), @r#"403 {"status_code":403,"detail":"Invalid authorization token","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    insta::assert_snapshot!(login("dev", r#"{"token":""}"#).await.steady(), @r#"403 {"status_code":403,"detail":"Invalid authorization token","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    insta::assert_snapshot!(login("nobody", &token).await.steady(), @r#"404 {"status_code":404,"detail":"Identity 'nobody' not found","type":"about:blank","title":"Not Found","status":404,"instance":"[id]","code":"not_found"}"#);
    insta::assert_snapshot!(login("dev", "{}").await.steady(), @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/v1/login/identity/dev","extra":[{"message":"missing field `token` at line 1 column 2","key":"token","source":"body"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"missing field `token` at line 1 column 2","key":"token","source":"body"}]}"#);
    insta::assert_snapshot!(login("dev", "nonsense").await.steady(), @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/v1/login/identity/dev","extra":[{"message":"expected ident at line 1 column 2","key":"token","source":"body"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"expected ident at line 1 column 2","key":"token","source":"body"}]}"#);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_keeps_a_client_in_that_sends_no_token_later() {
    let app = TestApp::builder()
        .set(
            "identities",
            json!({ "dev": { "netuid": 1, "token": DEV }, "other": { "netuid": 1, "token": "else" } }),
        )
        .start()
        .await;
    let login = Answer::of(
        app.request(Method::POST, "/api/_unstable/login/identity/dev")
            .json(&json!({ "token": DEV })),
    )
    .await;
    let cookie = login.header("set-cookie").to_owned();
    assert!(!cookie.contains(DEV), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/api; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let session = cookie.split(';').next().unwrap();
    let read = async |identity: &str, cookie: &str| {
        let path = format!("/api/v1/identity/{identity}/subnet/1/block/latest/neurons");
        let request = app.request(Method::GET, &path).header("cookie", cookie);
        Answer::of(request).await.status.as_u16()
    };
    assert_eq!(read("dev", session).await, 200);
    assert_eq!(read("dev", &format!("a=b; {session}; c=d")).await, 200);
    // It is that identity's alone, and opens nothing else.
    assert_eq!(read("other", session).await, 401);
    assert_eq!(read("other", &session.replace("dev", "other")).await, 401);
    assert_eq!(read("dev", "pylon-dev=").await, 401);
    assert_eq!(read("dev", &format!("pylon-dev={DEV}")).await, 401);
    let open = app
        .request(Method::GET, "/api/v1/subnet/1/block/latest/neurons")
        .header("cookie", session);
    assert_eq!(Answer::of(open).await.status, 401);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_answer_every_failure_to_authorize_with_403() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(app.get("/metrics").await.steady(), @r#"403 {"status_code":403,"detail":"Authorization header is required","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    insta::assert_snapshot!(app.get_as("wrong", "/metrics").await.steady(), @r#"403 {"status_code":403,"detail":"Invalid authorization token","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    let malformed = app
        .request(Method::GET, "/metrics")
        .header("authorization", "nonsense");
    insta::assert_snapshot!(Answer::of(malformed).await.steady(), @r#"403 {"status_code":403,"detail":"Invalid Authorization header format. Expected: Bearer <token>","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    let answer = app.get_as(METRICS, "/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().ends_with("# EOF\n"));
    app.stop().await;
}

/// Identity `dev` with further tokens.
fn with_tokens(tokens: Value) -> Builder {
    let dev = json!({ "netuid": 1, "token": DEV, "tokens": tokens });
    TestApp::builder().set("identities", json!({ "dev": dev }))
}

const OF_DEV: &str = "/api/v1/identity/dev/subnet/1/block/3/neurons";

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_has_several_tokens_and_each_opens_it() {
    let tokens = json!({ "next": { "token": "next-token" }, "empty": { "token": "" } });
    let app = with_tokens(tokens).start().await;
    for (token, status) in [
        (DEV, 200),
        ("next-token", 200),
        ("dev-tokennext-token", 403),
        ("next", 403),
        (OPEN, 403),
    ] {
        assert_eq!(app.get_as(token, OF_DEV).await.status, status, "{token}");
    }
    for (token, status) in [(DEV, 200), ("next-token", 200), ("", 403), ("next", 403)] {
        let request = app.request(Method::POST, "/api/v1/login/identity/dev");
        let login = Answer::of(request.json(&json!({ "token": token }))).await;
        assert_eq!(login.status, status, "{token}");
        if status == 200 {
            let cookie = login.header("set-cookie").to_owned();
            let read = app.request(Method::GET, OF_DEV).header("cookie", cookie);
            assert_eq!(Answer::of(read).await.status, 200, "{token}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_shown_too_often_is_told_when_to_come_back_and_others_are_not_held_up() {
    let script = json!({ "token": "script-token", "requests_per_second": 0.01, "burst": 2 });
    let app = with_tokens(json!({ "script": script })).start().await;
    for _ in 0..2 {
        assert_eq!(app.get_as("script-token", OF_DEV).await.status, 200);
    }
    let limited = app.get_as("script-token", OF_DEV).await;
    let wait: u64 = limited.header("retry-after").parse().unwrap();
    assert!((90..=101).contains(&wait), "{wait}");
    let body = limited.steady().replace(&wait.to_string(), "[wait]");
    insta::assert_snapshot!(body, @r#"429 {"status_code":429,"detail":"Too many requests with this token","type":"about:blank","title":"Too Many Requests","status":429,"instance":"[id]","code":"rate_limited","retry_after":[wait]}"#);
    for _ in 0..20 {
        assert_eq!(app.get_as(DEV, OF_DEV).await.status, 200);
    }
    // Nor does a login lead around it.
    let login = app.request(Method::POST, "/api/v1/login/identity/dev");
    let login = Answer::of(login.json(&json!({ "token": "script-token" }))).await;
    assert_eq!(login.status, 429);
    let counted = "pylon_rate_limited_total{identity=\"dev\",token=\"script\"}";
    assert_eq!(app.metric(counted).await, 2.0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_for_all_holds_for_each_token_by_itself_and_not_for_the_metrics() {
    let app = TestApp::builder()
        .set("limits", json!({ "requests_per_second": 0.01, "burst": 3 }))
        .start()
        .await;
    let path = "/api/v1/subnet/1/block/3/neurons";
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(app.get_as(OPEN, path).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    // A wrong token is no attempt with the right one.
    assert_eq!(app.get_as("wrong", path).await.status, 403);
    for _ in 0..10 {
        assert_eq!(app.get_as(METRICS, "/metrics").await.status, 200);
    }
    let counted = "pylon_rate_limited_total{identity=\"\",token=\"open_access\"}";
    assert_eq!(app.metric(counted).await, 1.0);
    app.stop().await;
}
