//! Configuration, as an operator writes it.

mod identities;
mod secrets;

use std::fs;
use std::path::Path;

use pylon_service::Config;
use pylon_service::config::{
    BlockTime, ClassicAuth, CommitWindow, KeySource, Log, LogFormat, Network, Sources, WalletKey,
};
use pylon_storage::Location;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

struct Case {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources {
            directory: folder.path().to_owned(),
            command_line: json!({}),
            ..Sources::default()
        };
        Self { folder, sources }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources
            .environment
            .push((name.to_owned(), value.to_owned()));
        self
    }

    fn option(mut self, key: &str, value: Value) -> Self {
        self.sources.command_line[key] = value;
        self
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn config(&self) -> Config {
        let (config, warnings) = self.sources.load().unwrap();
        assert_eq!(warnings, [""; 0]);
        config
    }

    fn error(&self) -> String {
        self.sources.load().unwrap_err().to_string()
    }
}

/// The wallet of an identity.
fn wallet<'a>(config: &'a Config, identity: &str) -> &'a WalletKey {
    match &config.identities[&identity.parse().unwrap()].key {
        Some(KeySource::Wallet(wallet)) => wallet,
        other => panic!("{other:?}"),
    }
}

fn token(token: &Option<pylon_service::config::Token>) -> &str {
    token.as_ref().map_or("", |token| token.expose())
}

#[test]
fn without_anything_it_is_finney_on_loopback_with_everything_closed() {
    let config = Case::new().variable("HOME", "/home/someone").config();
    assert_eq!(config.network, "finney".parse().unwrap());
    assert_eq!(config.bind.to_string(), "127.0.0.1:8000");
    assert_eq!(
        config.data_dir,
        Path::new("/home/someone/.local/share/pylon")
    );
    assert!(
        config.open_access_token.is_none()
            && config.metrics_token.is_none()
            && config.identities.is_empty()
    );
    assert_eq!(
        (
            config.default_timeout.as_secs(),
            config.max_timeout.as_secs()
        ),
        (60, 300)
    );
    assert_eq!(config.block_duration.unwrap().as_secs(), 12);
    assert_eq!(
        (
            config.recent.soft_limit_blocks,
            config.recent.hard_limit_blocks
        ),
        (100, 150)
    );
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let case = Case::new().file(
        "pylon.toml",
        "network = \"test\"\nlog = \"warn\"\nbind = \"127.0.0.1:1\"\n",
    );
    assert_eq!(case.config().bind.port(), 1);
    let case = case.file(
        ".env",
        "PYLON_BIND=127.0.0.1:2\nPYLON_METRICS_TOKEN=from-env-file\nUNRELATED=1\n",
    );
    assert_eq!(case.config().bind.port(), 2);
    let case = case.variable("PYLON_BIND", "127.0.0.1:3");
    assert_eq!(case.config().bind.port(), 3);
    let case = case.option("bind", json!("127.0.0.1:4"));
    let config = case.config();
    assert_eq!(config.bind.port(), 4);
    assert_eq!(config.network, "test".parse().unwrap());
    assert_eq!(
        config.log,
        Log {
            filter: "warn".to_owned(),
            format: LogFormat::Text
        }
    );
    assert_eq!(token(&config.metrics_token), "from-env-file");
}

#[test]
fn a_chain_has_more_nodes_and_an_archive() {
    let shown = |endpoints: &[pylon_chain::Endpoint]| -> Vec<String> {
        endpoints.iter().map(ToString::to_string).collect()
    };
    let mainnet = Case::new().config();
    assert_eq!(shown(&mainnet.chain.archives), ["archive"]);
    let own = Case::new()
        .variable("PYLON_NETWORK", "ws://10.0.0.5:9944")
        .variable("PYLON_CHAIN_ENDPOINTS", "ws://u:p@10.0.0.6:1/key, finney")
        .config();
    assert_eq!(shown(&own.chain.endpoints), ["ws://10.0.0.6:1", "finney"]);
    assert!(own.chain.archives.is_empty());
    let both = Case::new()
        .variable("PYLON_BITTENSOR_NETWORK", "ws://10.0.0.5:9944")
        .variable("PYLON_BITTENSOR_ARCHIVE_NETWORK", "ws://10.0.0.7:9944")
        .variable("PYLON_BITTENSOR_ARCHIVE_BLOCKS_CUTOFF", "200")
        .config();
    assert_eq!(shown(&both.chain.archives), ["ws://10.0.0.7:9944"]);
    assert_eq!(both.chain.archive_blocks_cutoff, 200);
    for half in ["PYLON_BITTENSOR_NETWORK", "PYLON_BITTENSOR_ARCHIVE_NETWORK"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(Case::new().variable(half, "finney").error(), @"set both PYLON_BITTENSOR_NETWORK and PYLON_BITTENSOR_ARCHIVE_NETWORK, or neither");
        }
    }
    insta::assert_snapshot!(Case::new().variable("PYLON_CHAIN_ENDPOINTS", "nowhere").error(), @"chain.endpoints is not a network's name or a ws:// or wss:// URL");
}

#[test]
fn the_variables_of_an_existing_deployment_keep_working() {
    let config = Case::new()
        .variable("PYLON_BITTENSOR_NETWORK", "ws://10.0.0.5:9944")
        .variable("PYLON_BITTENSOR_ARCHIVE_NETWORK", "archive")
        .variable("PYLON_BITTENSOR_ARCHIVE_BLOCKS_CUTOFF", "300")
        .variable("PYLON_BITTENSOR_WALLET_PATH", "/root/.bittensor/wallets")
        .variable("PYLON_IDENTITIES", r#"["sn1", "Two"]"#)
        .variable("PYLON_ID_SN1_WALLET_NAME", "default")
        .variable("PYLON_ID_SN1_HOTKEY_NAME", "hot")
        .variable("PYLON_ID_SN1_NETUID", "1")
        .variable("PYLON_ID_SN1_TOKEN", "12345")
        .variable("PYLON_ID_TWO_NETUID", "2")
        .variable("PYLON_ID_TWO_TOKEN", "")
        .variable("PYLON_OPEN_ACCESS_TOKEN", "true")
        .variable("PYLON_METRICS_TOKEN", "")
        .variable("PYLON_BLOCK_DURATION_SECONDS", "12.5")
        .variable("PYLON_DEFAULT_REQUEST_TIMEOUT_SECONDS", "30")
        .variable("PYLON_MAX_REQUEST_TIMEOUT_SECONDS", "90.5")
        .variable("PYLON_RECENT_OBJECTS_NETUIDS", "[1, 7]")
        .variable("PYLON_RECENT_OBJECTS_SOFT_LIMIT_BLOCKS", "10")
        .variable("PYLON_RECENT_OBJECTS_HARD_LIMIT_BLOCKS", "20")
        .variable("PYLON_RECENT_OBJECTS_REFRESH_LEAD_BLOCKS", "5")
        .variable("PYLON_COMMIT_CYCLE_LENGTH", "4")
        .variable("PYLON_COMMIT_WINDOW_START_OFFSET", "200")
        .variable("PYLON_COMMIT_WINDOW_END_BUFFER", "20")
        .variable("PYLON_WEIGHTS_RETRY_ATTEMPTS", "200")
        .variable("PYLON_EVM_RPC_URL", "https://lite.chain.opentensor.ai")
        .variable("PYLON_EVM_ARCHIVE_RPC_URL", "https://archive.example/key")
        .variable("PYLON_EVM_ARCHIVE_BLOCKS_CUTOFF", "77")
        .variable("PYLON_DATABASE_PATH", "/data/pylon.db")
        .variable("PYLON_SENTRY_DSN", "")
        .variable("PYLON_OTEL_SERVICE_NAME", "pylon")
        .variable("PYLON_CLIENT_NEURONS_FILE", "x")
        .variable("PYLON_DEBUG", "False")
        .variable("PYLON_DOCKER_IMAGE_NAME", "bittensor_pylon")
        .variable("PYLON_ENVIRONMENT", "production")
        .variable("PYLON_ENV_FILE", "absent.env")
        .variable("PYLON_VECTORS_DIR", "/vectors")
        .config();
    let window = CommitWindow {
        cycle_length: 4,
        start_offset: 200,
        end_buffer: 20,
    };
    assert_eq!(config.classic.window, window);
    assert!(
        matches!(&config.network, Network::Node(endpoint) if endpoint.to_string() == "ws://10.0.0.5:9944")
    );
    let evm = |node: &Option<pylon_chain::EvmEndpoint>| node.as_ref().unwrap().to_string();
    assert_eq!(
        (
            evm(&config.evm.endpoint).as_str(),
            evm(&config.evm.archive).as_str(),
            config.evm.archive_blocks_cutoff
        ),
        (
            "https://lite.chain.opentensor.ai:443",
            "https://archive.example:443",
            77
        )
    );
    let names: Vec<_> = config
        .identities
        .iter()
        .map(|(name, identity)| (name.as_str(), identity.netuid.get()))
        .collect();
    assert_eq!(names, [("Two", 2), ("sn1", 1)]);
    let sn1 = &config.identities[&"sn1".parse().unwrap()];
    let key = wallet(&config, "sn1");
    assert_eq!(
        (
            token(&sn1.token),
            key.wallet_name.as_str(),
            key.hotkey_name.as_str()
        ),
        ("12345", "default", "hot")
    );
    assert_eq!(config.wallet.path, Path::new("/root/.bittensor/wallets"));
    let two = &config.identities[&"Two".parse().unwrap()];
    assert!(two.token.is_none() && two.key.is_none());
    assert_eq!(token(&config.open_access_token), "true");
    assert!(config.metrics_token.is_none());
    assert_eq!(config.max_timeout.as_secs_f64(), 90.5);
    assert_eq!(
        config
            .watched()
            .iter()
            .map(|netuid| netuid.get())
            .collect::<Vec<_>>(),
        [1, 2, 7]
    );
}

#[test]
fn the_database_is_a_file_unless_a_server_is_named() {
    let file = |name: &str, value: &str| {
        let case = Case::new().variable("PYLON_DATA_DIR", "/data");
        match case.variable(name, value).config().database {
            Location::Sqlite(path) => path.to_str().unwrap().to_owned(),
            Location::Postgres(_) => panic!("a server"),
        }
    };
    assert_eq!(file("PYLON_DATABASE_PATH", ""), "/data/pylon.db");
    assert_eq!(file("PYLON_NETWORK", "dev"), "/data/dev.db");
    assert_eq!(
        file("PYLON_DATABASE_PATH", "/state/pylon.db"),
        "/state/pylon.db"
    );

    let case = Case::new().file("url", "postgres://pylon:hunter2@db.example/pylon\n");
    let url = case.path().join("url").to_str().unwrap().to_owned();
    let case = case
        .variable("PYLON_DATABASE_PATH", "/state/pylon.db")
        .variable("PYLON_DATABASE_URL_FILE", &url);
    let Location::Postgres(server) = case.config().database else {
        panic!("a file")
    };
    assert_eq!(
        server.expose_secret(),
        "postgres://pylon:hunter2@db.example/pylon"
    );
    let none = Case::new().variable("PYLON_RETENTION_SIGNATURES_DAYS", "0");
    assert_eq!(
        none.error(),
        "retention.signatures_days is not at least one day"
    );
    for bad in ["/state/pylon.db", "mysql://hunter2@db.example/pylon"] {
        let case = Case::new().variable("PYLON_DATABASE_URL", bad);
        assert_eq!(case.error(), "database.url is not a postgres:// URL");
    }
}

#[test]
fn the_classic_surface_is_open_to_nobody_beyond_this_machine_unless_it_asks_for_tokens() {
    let open = || Case::new().variable("PYLON_CLASSIC_AUTH", "none");
    assert_eq!(open().config().classic.auth, ClassicAuth::None);
    assert_eq!(Case::new().config().classic.auth, ClassicAuth::Token);
    assert_eq!(
        open().variable("PYLON_BIND", "0.0.0.0:8000").error(),
        "classic.auth is none, which `bind` allows on a loopback address alone"
    );
    let whom = |name| {
        Case::new()
            .variable("PYLON_IDENTITIES", "one,two")
            .variable("PYLON_ID_ONE_NETUID", "1")
            .variable("PYLON_ID_TWO_NETUID", "2")
            .variable("PYLON_CLASSIC_IDENTITY", name)
    };
    assert_eq!(whom("three").error(), "classic.identity names no identity");
    let two = whom("two").config();
    assert_eq!(two.classic_identity().unwrap().1.netuid, 2.into());
    assert!(whom("").config().classic_identity().is_none());
}

#[test]
fn what_is_unknown_is_an_error_in_the_file_and_a_warning_among_variables() {
    insta::assert_snapshot!(Case::new().file("pylon.toml", "netwrok = \"test\"\n").error(), @r#"unknown field: found `netwrok`, expected `one of `network`, `chain`, `evm`, `bind`, `data_dir`, `database`, `retention`, `weights`, `commitments`, `webhook`, `classic`, `log`, `block_duration_seconds`, `default_request_timeout_seconds`, `max_request_timeout_seconds`, `open_access_token`, `metrics_token`, `limits`, `recent`, `wallet`, `identities`, `environment`, `sentry`, `otel`, `dev`` for key "netwrok" in pylon.toml"#);
    insta::assert_snapshot!(Case::new().file("pylon.toml", "[recent]\nsoft_limit = 1\n").error(), @r#"unknown field: found `soft_limit`, expected `one of `soft_limit_blocks`, `hard_limit_blocks`, `netuids`` for key "recent.soft_limit" in pylon.toml"#);
    insta::assert_snapshot!(Case::new().file("pylon.toml", "[identities.dev]\nnetuid = 1\ntokn = \"x\"\n").error(), @r#"unknown field: found `tokn`, expected `one of `netuid`, `token`, `tokens`, `hotkey`, `wallet_name`, `hotkey_name`, `hotkey_password`, `owner_wallet_name`, `owner_hotkey_name`, `owner_password`, `owner_coldkey`, `sign`` for key "identities.dev.tokn" in pylon.toml"#);
    let case = Case::new()
        .variable("PYLON_OPEN_ACCES_TOKEN", "typo")
        .variable("PYLON_ID_GHOST_NETUID", "1")
        .variable("PYLONX", "not ours");
    let (_, warnings) = case.sources.load().unwrap();
    insta::assert_snapshot!(warnings.join("\n"), @r#"
PYLON_OPEN_ACCES_TOKEN is no setting of this service and is ignored
PYLON_ID_GHOST_NETUID is no setting of this service and is ignored
"#);
}

#[test]
fn values_that_cannot_be_are_refused_by_name() {
    let file = |text: &str| Case::new().file("pylon.toml", text).error();
    insta::assert_snapshot!(file("bind = \"nowhere\""), @r#"invalid socket address syntax for key "bind" in pylon.toml"#);
    insta::assert_snapshot!(file("network = \"http://x\""), @r#"the network is one of dev, finney, test, local, or a ws:// or wss:// URL for key "network" in pylon.toml"#);
    insta::assert_snapshot!(file("default_request_timeout_seconds = -1.0"), @r#"default_request_timeout_seconds is not a positive number of seconds"#);
    insta::assert_snapshot!(file("[recent]\nsoft_limit_blocks = 200"), @r#"recent.soft_limit_blocks is above recent.hard_limit_blocks"#);
    insta::assert_snapshot!(file("[identities.x]\nnetuid = 65536"), @r#"expected u16 for key "identities.x.netuid" in pylon.toml"#);
    insta::assert_snapshot!(file("[identities.x]\n"), @r#"identity `x` has no netuid: set identities.x.netuid or PYLON_ID_…_NETUID"#);
    insta::assert_snapshot!(file("[identities.\"a/b\"]\nnetuid = 1\n"), @r#"`a/b` cannot name an identity"#);
    insta::assert_snapshot!(file("[dev]\nblock_time = \"1h\""), @r#"`1h` is neither `manual` nor a time such as `1s` or `250ms` from 20ms to 12s for key "dev.block_time" in pylon.toml"#);
    insta::assert_snapshot!(Case::new().variable("PYLON_MAX_REQUEST_TIMEOUT_SECONDS", "soon").error(), @r#"PYLON_MAX_REQUEST_TIMEOUT_SECONDS is not a number"#);
    insta::assert_snapshot!(Case::new().variable("PYLON_IDENTITIES", "[sn1]").error(), @r#"PYLON_IDENTITIES is neither a JSON list nor items with commas between"#);
    insta::assert_snapshot!(file("log = \"info;xml\""), @r#"log has a format other than text or json"#);
    let mut absent = Case::new();
    absent.sources.file = Some("/nowhere/pylon.toml".into());
    assert_eq!(absent.error(), "cannot read /nowhere/pylon.toml");
}

#[test]
fn the_development_network_has_its_own_clock() {
    let dev = |time: &str| {
        Case::new()
            .option("network", json!("dev"))
            .option("dev", json!({ "block_time": time }))
            .config()
    };
    assert_eq!(dev("manual").block_duration, None);
    assert_eq!(dev("250ms").block_duration.unwrap().as_millis(), 250);
    assert_eq!(dev("manual").dev.block_time, BlockTime::Manual);
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let tokens = "[identities.dev.tokens.next]\nrequests_per_second = 2.5\nburst = 20\n";
    let config = Case::new()
        .file("pylon.toml", tokens)
        .variable("PYLON_ID_DEV_TOKENS_NEXT", "hunter2")
        .variable("PYLON_LIMITS_REQUESTS_PER_SECOND", "10")
        .variable(
            "PYLON_NETWORK",
            "wss://user:hunter2@node.example:443/key?hunter2",
        )
        .variable("PYLON_OPEN_ACCESS_TOKEN", "hunter2")
        .variable("PYLON_IDENTITIES", "dev")
        .variable("PYLON_ID_DEV_NETUID", "1")
        .variable("PYLON_ID_DEV_TOKEN", "hunter2")
        .variable("PYLON_ID_DEV_WALLET_NAME", "validator")
        .variable("PYLON_ID_DEV_HOTKEY_NAME", "default")
        .variable("PYLON_ID_DEV_HOTKEY_PASSWORD", "hunter2")
        .variable("PYLON_DATA_DIR", "/data")
        .variable("PYLON_DATABASE_URL", "postgres://pylon:hunter2@db/pylon")
        .variable("PYLON_ENVIRONMENT", "staging")
        .variable("PYLON_SENTRY_DSN", "https://hunter2@sentry.example/1")
        .variable(
            "PYLON_OTEL_COLLECTOR_ENDPOINT",
            "http://user:hunter2@collector.example:4318/hunter2",
        )
        .variable("PYLON_OTEL_SERVICE_VERSION", "1")
        .variable("PYLON_OTEL_SERVICE_INSTANCE_ID", "a")
        .config();
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    insta::assert_json_snapshot!(config, @r#"
{
  "bind": "127.0.0.1:8000",
  "block_duration_seconds": 12.0,
  "chain": {
    "archive": null,
    "archive_blocks_cutoff": 300,
    "endpoints": []
  },
  "classic": {
    "auth": "token",
    "commit_cycle_length": 3,
    "commit_window_end_buffer": 10,
    "commit_window_start_offset": 180,
    "identity": "dev"
  },
  "commitments": {
    "retry_attempts": 10
  },
  "data_dir": "/data",
  "database": {
    "url": "<redacted>"
  },
  "default_request_timeout_seconds": 60.0,
  "dev": null,
  "evm": {
    "archive": null,
    "archive_blocks_cutoff": 300,
    "endpoint": null
  },
  "identities": {
    "dev": {
      "hotkey": null,
      "hotkey_name": "default",
      "hotkey_password": "<redacted>",
      "netuid": 1,
      "owner_coldkey": null,
      "owner_hotkey_name": null,
      "owner_password": "",
      "owner_wallet_name": null,
      "sign": {
        "any_receiver": false,
        "burst": 256,
        "netuids": [
          1
        ],
        "requests_per_second": 20.0,
        "schemes": []
      },
      "token": "<redacted>",
      "tokens": {
        "next": {
          "burst": 20,
          "requests_per_second": 2.5,
          "token": "<redacted>"
        }
      },
      "wallet_name": "validator"
    }
  },
  "limits": {
    "burst": 10,
    "requests_per_second": 10.0
  },
  "log": "info;text",
  "max_request_timeout_seconds": 300.0,
  "metrics_token": "",
  "network": "wss://node.example:443",
  "open_access_token": "<redacted>",
  "otel": {
    "collector_endpoint": "http://collector.example:4318",
    "deployment_environment": "staging",
    "service_instance_id": "a",
    "service_name": "pylon_service",
    "service_namespace": "bittensor-pylon",
    "service_version": "1"
  },
  "recent": {
    "hard_limit_blocks": 150,
    "netuids": [],
    "soft_limit_blocks": 100
  },
  "retention": {
    "jobs_days": 30,
    "signatures_days": 365
  },
  "sentry": {
    "dsn": "<redacted>",
    "environment": "staging"
  },
  "wallet": {
    "allow_loose_permissions": false,
    "path": "~/.bittensor/wallets"
  },
  "webhook": {
    "url": null
  },
  "weights": {
    "expire_after_seconds": 86400.0,
    "max_clock_drift_seconds": 6.0,
    "retry_attempts": 200
  }
}
"#);
}
