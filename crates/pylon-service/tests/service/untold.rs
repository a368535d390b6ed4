//! A program that was built without telemetry.

use crate::process::program;

#[test]
fn settings_that_ask_for_telemetry_are_refused_by_key() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value, key) in [
        (
            "PYLON_SENTRY_DSN",
            "http://hunter2@127.0.0.1:1/42",
            "sentry.dsn",
        ),
        (
            "PYLON_OTEL_COLLECTOR_ENDPOINT",
            "http://user:hunter2@127.0.0.1:1",
            "otel.collector_endpoint",
        ),
    ] {
        let output = program(&folder)
            .arg("serve")
            .env(variable, value)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        let why = format!("{key} is set, and this program was built without the feature");
        assert!(said.contains(&why) && !said.contains("hunter2"), "{said}");
    }
}
