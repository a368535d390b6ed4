//! Numbers that JSON has no place for, as some encoders write them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, DEV, TestApp};
use crate::commits::signing;

/// The status and what is wrong with the body.
async fn told(app: &TestApp, path: &str, body: &str) -> (u16, Value) {
    let request = app.request(Method::PUT, path).bearer_auth(DEV);
    let answer = Answer::of(request.body(body.to_owned())).await;
    (answer.status.as_u16(), answer.json()["extra"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weight_that_is_no_finite_number_is_refused_with_its_hotkey() {
    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    let app = signing().start().await;
    let wrong = |key: &str| {
        (
            400,
            json!([{
                "message": "Input should be a finite number",
                "key": key,
                "source": "body",
            }]),
        )
    };
    let hotkey = format!("weights.{BOB}");
    for number in [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "nan",
        "inf",
    ] {
        for body in [
            format!("{{\"weights\":{{\"{ALICE}\":1,\"{BOB}\":{number}}}}}"),
            format!(
                "{{ \"note\": [{{\"a\": \"\\\"}}\"}}, 2],\n  \"weights\": {{\n    \"{BOB}\" : {number},\n    \"{ALICE}\": 1 }} }}"
            ),
        ] {
            let path = "/api/v1/identity/dev/subnet/1/weights";
            let answer = told(&app, path, &body).await;
            assert_eq!(answer, wrong(&hotkey), "{body}");
        }
        let body = format!("{{\"hotkey\":\"{BOB}\",\"weight\":{number}}}");
        let answer = told(&app, "/set_weight", &body).await;
        assert_eq!(answer, wrong("weight"), "{body}");
    }
    // What is no number either is told as it was.
    for body in ["{\"weights\":{\"a\":nul}}", "{\"weights\"", "{'a':1}", ""] {
        let (status, extra) = told(&app, "/api/v1/identity/dev/subnet/1/weights", body).await;
        assert_eq!((status, &extra[0]["key"]), (400, &Value::Null), "{extra}");
    }
    app.stop().await;
}
