//! Secrets, and what an empty one means.

use pylon_storage::Location;

use super::{Case, token};

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
