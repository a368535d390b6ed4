//! Secrets: what an empty one means, and that no error tells one.

use pylon_storage::Location;
use serde_json::json;

use super::{Case, token};
use crate::process::program;

/// What stands for a credential here.
const SECRET: &str = "hunter2";

#[test]
fn an_empty_variable_leaves_a_secret_of_the_file_and_closes_what_a_token_opens() {
    let file = "open_access_token = 'open'\nmetrics_token = 'metrics'\n\
                [database]\nurl = 'postgres://pylon@db/pylon'\n\
                [webhook]\nurl = 'https://hooks.example/1'\n\
                [sentry]\ndsn = 'https://key@sentry.example/1'\n\
                [identities.a]\nnetuid = 1\ntoken = 'a'\nwallet_name = 'w'\nhotkey_name = 'h'\nhotkey_password = 'p'\n";
    let config = Case::new()
        .file("pylon.toml", file)
        .variable("PYLON_DATABASE_URL", "")
        .variable("PYLON_WEBHOOK_URL", "")
        .variable("PYLON_SENTRY_DSN", "")
        .variable("PYLON_ID_A_HOTKEY_PASSWORD", "")
        .variable("PYLON_OPEN_ACCESS_TOKEN", "")
        .variable("PYLON_ID_A_TOKEN", "")
        .config();
    assert!(matches!(config.database, Location::Postgres(_)));
    assert!(config.commits.webhook.is_some() && config.sentry.is_some());
    assert!(super::wallet(&config, "a").password.is_some());
    let a = &config.identities[&"a".parse().unwrap()];
    assert!(config.open_access_token.is_none() && a.token.is_none());
    assert_eq!(token(&config.metrics_token), "metrics");
}

/// The error of a case with all its causes, as the program prints it.
fn told(case: &Case) -> String {
    let error = case.sources.load().unwrap_err();
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        told.push_str(&format!(": {error}"));
        cause = error.source();
    }
    assert!(!told.contains(SECRET), "{told}");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    told.replace(case.path().to_str().unwrap(), "[folder]")
}

#[test]
fn an_error_names_the_place_of_what_cannot_be_and_not_its_text() {
    let file = |text: &str| told(&Case::new().file("pylon.toml", text));
    insta::assert_snapshot!(file("[chain]\nendpoints = 'wss://user:hunter2@host/KEY'"), @r#"expected a sequence for key "chain.endpoints" in pylon.toml"#);
    insta::assert_snapshot!(file("database = 'postgres://u:hunter2@db/pylon'"), @r#"expected a table for key "database" in pylon.toml"#);
    insta::assert_snapshot!(file("webhook = 'https://hooks.example/hunter2'"), @r#"expected a table for key "webhook" in pylon.toml"#);
    insta::assert_snapshot!(file("[identities.a]\nnetuid = 1\ntokens = 'hunter2'"), @r#"expected a map for key "identities.a.tokens" in pylon.toml"#);
    insta::assert_snapshot!(file("log = 'info'\n\nopen_access_token = 'hunter2\n"), @"[folder]/pylon.toml is no TOML at line 3");
    let number = Case::new().file("pylon.toml", "open_access_token = 12345678");
    assert!(!told(&number).contains("12345678"));
    let env = |text: &str| told(&Case::new().file(".env", text));
    insta::assert_snapshot!(env("# ours\nPYLON_BIND=127.0.0.1:1\nPYLON_OPEN_ACCESS_TOKEN=hunter2 TOKEN\n"), @"[folder]/.env is not NAME=VALUE at line 3, or a quote before that is not closed");
    insta::assert_snapshot!(env("PYLON_OPEN_ACCESS_TOKEN='hunter2\n"), @"[folder]/.env is not NAME=VALUE at line 1, or a quote before that is not closed");
    let list = Case::new().variable(
        "PYLON_CHAIN_ENDPOINTS",
        "[\"wss://user:hunter2@host:443\",]",
    );
    insta::assert_snapshot!(told(&list), @"PYLON_CHAIN_ENDPOINTS is neither a JSON list nor items with commas between: trailing comma at line 1 column 32");
    let network = Case::new().option("network", json!("wss://user:hunter2@"));
    insta::assert_snapshot!(told(&network), @r#"the network is one of dev, finney, test, local, or a ws:// or wss:// URL for key "network" in the command line"#);
}

#[test]
fn a_network_that_cannot_be_is_not_repeated_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "check", "migrate"] {
        let mut program = program(&folder);
        let output = program.args([command, "--network", "wss://user:hunter2@"]);
        let output = output.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains("the network is one of dev"), "{said}");
        assert!(!said.contains(SECRET), "{said}");
    }
}
