//! What leaves the process for Sentry and OpenTelemetry, and what it does to requests when nobody takes it.

use std::fs::File;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::Value;
use tempfile::TempDir;

use crate::destination::{Destination, Post};
use crate::process::{Running, get, program, send, until};

fn serve(folder: &TempDir) -> Command {
    let mut command = program(folder);
    command
        .args(["serve", "--network", "dev", "--bind", "127.0.0.1:0"])
        .args(["--dev-block-time", "200ms", "--dev-neurons", "16"])
        .args(["--data-dir", "data"])
        .stderr(log(folder));
    command
}

fn log(folder: &TempDir) -> File {
    File::create(folder.path().join("log")).unwrap()
}

fn logged(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("log")).unwrap()
}

/// An export, as its JSON form would have it.
fn export(post: &Post) -> Value {
    assert_eq!(post.headers["content-type"], "application/x-protobuf");
    let export = ExportTraceServiceRequest::decode(post.body.as_slice()).unwrap();
    serde_json::to_value(export).unwrap()
}

/// The spans of an export.
fn spans(post: &Post) -> Vec<Value> {
    export(post)["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap()
        .clone()
}

fn attribute(attributes: &Value, name: &str) -> Value {
    let attributes = attributes.as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == name);
    found.map_or(Value::Null, |found| found["value"].clone())
}

#[test]
fn requests_and_round_trips_reach_the_collector_as_one_trace_without_tokens_or_bodies() {
    let (folder, collector) = (tempfile::tempdir().unwrap(), Destination::start());
    let endpoint = format!("http://user:hunter2@{}/otlp/", collector.address);
    let mut command = serve(&folder);
    command
        .env("PYLON_OTEL_COLLECTOR_ENDPOINT", endpoint)
        .env("PYLON_OTEL_SERVICE_NAME", "my-pylon")
        .env("PYLON_ENVIRONMENT", "staging");
    let running = Running::start(&mut command, "listening http://");
    let address = running.said("listening ").to_owned();
    let open = running.said("token open_access ").to_owned();
    until(|| get(&address, "/health/ready", "").starts_with("HTTP/1.1 200 "));

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let (path, body) = (
        "/api/v1/subnet/1/block/latest/certificates?secret=query",
        r#"{"token":"posted-secret"}"#,
    );
    let read = send(
        &address,
        &format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {open}\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\nx-request-id: my-request\r\nconnection: close\r\n\r\n"
        ),
    );
    assert!(read.starts_with("HTTP/1.1 200 "), "{read}");
    let login = send(
        &address,
        &format!(
            "POST /api/v1/login/identity/dev HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
    );
    assert!(login.starts_with("HTTP/1.1 403 "), "{login}");
    // What has not been sent goes out at the end.
    assert_eq!(running.signal("-TERM").0, Some(0));

    let posts = collector.rest();
    assert!(posts.iter().all(|post| post.path == "/otlp/v1/traces"));
    // The credentials of the collector's address go to the collector alone.
    let credentials = "Basic dXNlcjpodW50ZXIy";
    assert!(
        posts
            .iter()
            .all(|post| post.headers["authorization"] == credentials)
    );
    let resource = export(&posts[0]);
    let resource = &resource["resourceSpans"][0]["resource"]["attributes"];
    assert_eq!(
        attribute(resource, "service.name")["stringValue"],
        "my-pylon"
    );
    assert_eq!(
        attribute(resource, "service.namespace")["stringValue"],
        "bittensor-pylon"
    );
    assert_eq!(
        attribute(resource, "deployment.environment.name")["stringValue"],
        "staging"
    );

    let all: Vec<Value> = posts.iter().flat_map(spans).collect();
    let mine: Vec<&Value> = all.iter().filter(|span| span["traceId"] == trace).collect();
    let request = mine.iter().find(|span| span["kind"] == 2).unwrap();
    assert_eq!(
        request["name"],
        "GET /api/v1/subnet/{netuid}/block/{block}/certificates"
    );
    assert_eq!(request["parentSpanId"], "00f067aa0ba902b7");
    assert_eq!(
        attribute(&request["attributes"], "http.response.status_code")["intValue"],
        "200"
    );
    assert_eq!(
        attribute(&request["attributes"], "request.id")["stringValue"],
        "my-request"
    );
    let trips: Vec<_> = mine.iter().filter(|span| span["kind"] == 3).collect();
    assert!(!trips.is_empty(), "{mine:?}");
    for trip in trips {
        assert_eq!(trip["parentSpanId"], request["spanId"]);
        assert!(
            trip["name"].as_str().unwrap().starts_with("state_"),
            "{trip}"
        );
    }
    // The heads are followed in traces of their own.
    assert!(
        all.iter()
            .any(|span| span["traceId"] != trace && span["kind"] == 3)
    );

    for post in &posts {
        for secret in [open.as_str(), "posted-secret", "secret=query", "hunter2"] {
            assert!(!post.text().contains(secret), "{secret}: {}", post.text());
        }
    }
    let log = logged(&folder);
    assert!(
        !log.contains("hunter2") && !log.contains("my-request"),
        "{log}"
    );
}

#[test]
fn errors_reach_sentry_without_the_credentials_of_a_node() {
    let (folder, sentry) = (tempfile::tempdir().unwrap(), Destination::start());
    let dsn = folder.path().join("dsn");
    std::fs::write(&dsn, format!("http://abcdef0123@{}/42\n", sentry.address)).unwrap();
    let mut command = program(&folder);
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--data-dir", "data"])
        .args(["--network", "ws://user:hunter2@127.0.0.1:1/apikey"])
        .env("PYLON_SENTRY_DSN_FILE", &dsn)
        .env("PYLON_SENTRY_ENVIRONMENT", "staging")
        .stderr(log(&folder));
    let running = Running::start(&mut command, "listening http://");
    let post = sentry.next();
    assert_eq!(running.signal("-TERM").0, Some(0));

    assert_eq!(post.path, "/api/42/envelope/");
    assert!(post.headers["x-sentry-auth"].contains("sentry_key=abcdef0123"));
    let text = post.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [head, item, event] = lines.as_slice() else {
        panic!("{text}");
    };
    assert_eq!(item["type"], "event");
    // One id, in the two spellings that it may have.
    let id = head["event_id"].as_str().unwrap().replace('-', "");
    assert_eq!(event["event_id"], id);
    // An event that names no level is an error.
    assert_eq!(
        (event.get("level"), &event["environment"]),
        (None, &"staging".into())
    );
    assert_eq!(event["message"], "task chain ended and is started again");
    let fields = &event["contexts"]["Rust Tracing Fields"];
    assert_eq!(fields["task.name"], "chain");
    assert!(
        fields["error"]
            .as_str()
            .unwrap()
            .contains("ws://127.0.0.1:1 cannot be reached")
    );
    for post in sentry.rest().iter().chain([&post]) {
        for secret in ["hunter2", "apikey", "abcdef0123"] {
            assert!(!post.text().contains(secret), "{}", post.text());
        }
    }
}

#[test]
fn destinations_that_are_dead_harm_no_request_and_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = serve(&folder);
    command
        .env(
            "PYLON_OTEL_COLLECTOR_ENDPOINT",
            "http://user:hunter2@127.0.0.1:1",
        )
        .env("PYLON_SENTRY_DSN", "http://abcdef0123@127.0.0.1:1/42");
    let running = Running::start(&mut command, "listening http://");
    let address = running.said("listening ").to_owned();
    let told = || {
        logged(&folder)
            .matches("does not take what is sent")
            .count()
    };
    until(|| get(&address, "/health/ready", "").starts_with("HTTP/1.1 200 ") && told() > 0);
    for _ in 0..3_000 {
        assert!(get(&address, "/api/v1/block/latest", "").starts_with("HTTP/1.1 200 "));
    }
    let (code, took) = running.signal("-TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let log = logged(&folder);
    assert_eq!(told(), 1, "{log}");
    assert!(
        !log.contains("hunter2") && !log.contains("abcdef0123"),
        "{log}"
    );
}

#[test]
fn destinations_that_never_answer_do_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    // Connections wait there to be accepted.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    let mut command = program(&folder);
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--data-dir", "data"])
        .args(["--network", "ws://127.0.0.1:1"])
        .env("PYLON_OTEL_COLLECTOR_ENDPOINT", format!("http://{silent}"))
        .env("PYLON_SENTRY_DSN", format!("http://abc@{silent}/42"))
        .stderr(log(&folder));
    let running = Running::start(&mut command, "listening http://");
    let address = running.said("listening ").to_owned();
    assert!(get(&address, "/health/live", "").starts_with("HTTP/1.1 200 "));
    until(|| logged(&folder).contains("task chain ended"));
    let (code, _) = running.signal("-TERM");
    assert_eq!(code, Some(0));
    let log = logged(&folder);
    assert!(log.contains("were not taken in time"), "{log}");
}

#[test]
fn addresses_that_nothing_can_be_sent_to_are_refused_by_key() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value, key) in [
        (
            "PYLON_SENTRY_DSN",
            "https://hunter2",
            "sentry.dsn is not https://KEY@HOST/PROJECT",
        ),
        (
            "PYLON_OTEL_COLLECTOR_ENDPOINT",
            "hunter2:4317",
            "otel.collector_endpoint is not a http:// or https:// URL",
        ),
    ] {
        let output = program(&folder)
            .arg("serve")
            .env(variable, value)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(key) && !said.contains("hunter2"), "{said}");
    }
}
