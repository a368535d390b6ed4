//! A development node and a service over it, each on a port of its own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pylon_devnet::{BlockTime, Devnet, Layout, World};
use pylon_service::config::Sources;
use pylon_service::{Config, Service};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::wallets;

pub(crate) const OPEN: &str = "open-token";
pub(crate) const DEV: &str = "dev-token";
/// The hotkey of //Alice.
pub(crate) const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
pub(crate) const METRICS: &str = "metrics-token";

pub(crate) struct TestApp {
    pub(crate) node: Devnet,
    pub(crate) service: Service,
    http: reqwest::Client,
    data: TempDir,
    settings: Value,
}

pub(crate) struct Builder {
    layout: Layout,
    world: World,
    block_time: BlockTime,
    blocks: u32,
    storage: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    settings: Value,
    archive_cutoff: Option<u32>,
    struck_archive: Option<u32>,
    second_node: bool,
    signing: bool,
    owning: bool,
}

/// What a request was answered with.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl TestApp {
    /// Blocks by hand, 16 neurons on netuid 1, tokens everywhere, identity `dev` on netuid 1.
    pub(crate) fn builder() -> Builder {
        Builder {
            layout: Layout::Jun2026,
            world: World::Dev {
                neurons: 16,
                subnets: 2,
                seed: 1,
            },
            block_time: BlockTime::Manual,
            blocks: 5,
            storage: Vec::new(),
            archive_cutoff: None,
            struck_archive: None,
            second_node: false,
            signing: false,
            owning: true,
            settings: json!({
                "bind": "127.0.0.1:0",
                "open_access_token": OPEN,
                "metrics_token": METRICS,
                "identities": { "dev": { "netuid": 1, "token": DEV, "hotkey": ALICE } },
            }),
        }
    }

    pub(crate) async fn start() -> Self {
        Self::builder().start().await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.address())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// A GET without a token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// A GET with a token.
    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// A GET with the open-access token and more headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.request(Method::GET, path).bearer_auth(OPEN);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request).await
    }

    /// The file of the service's database.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.path().join("pylon.db")
    }

    /// Waits until the service is ready and answers from the node's best block.
    pub(crate) async fn settle(&self) {
        self.until("the service answers from the best block", async || {
            let head = self.get("/api/v1/block/latest").await;
            let warm = self
                .get_as(DEV, "/api/v1/identity/dev/subnet/1/block/latest/neurons")
                .await;
            let best = u64::from(self.node.best().0);
            self.get("/health/ready").await.status == 200
                && head.json()["number"] == best
                && (warm.status != 200 || warm.json()["block"]["number"] == best)
        })
        .await;
    }

    /// Makes blocks and waits until the service answers from the last.
    pub(crate) async fn new_blocks(&self, count: u32) {
        self.node.new_blocks(count).await.unwrap();
        self.settle().await;
    }

    pub(crate) async fn until(&self, what: &str, mut condition: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !condition().await {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "not within 20 s: {what}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The value of one metric line, 0 where there is none.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let text = self.get_as(METRICS, "/metrics").await.text();
        text.lines()
            .find_map(|found| found.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
            .unwrap_or(0.0)
    }

    /// A second process over the same node and the same database, which is a server then.
    pub(crate) async fn beside(&self) -> Service {
        let config = config(&self.node.ws_url(), &self.data, self.settings.clone());
        Service::start(config).await.unwrap()
    }

    /// Stops the service and starts it again over the same data and the same node.
    pub(crate) async fn restart(self) -> Self {
        let app = self.start_again().await;
        app.settle().await;
        app
    }

    /// The same, with something done to the node while the service is away.
    pub(crate) async fn restart_after(self, away: impl AsyncFnOnce(&Devnet)) -> Self {
        self.service.stop().await;
        away(&self.node).await;
        let config = config(&self.node.ws_url(), &self.data, self.settings.clone());
        let service = Service::start(config).await.unwrap();
        Self { service, ..self }
    }

    /// The same over another node, which is not waited for. Returns the one before too.
    pub(crate) async fn restart_over(self, node: Devnet) -> (Self, Devnet) {
        let Self { node: before, .. } = self;
        let app = Self { node, ..self };
        (app.start_again().await, before)
    }

    async fn start_again(self) -> Self {
        self.restart_after(async |_| {}).await
    }

    /// Stops the service, within its bound, and the node.
    pub(crate) async fn stop(self) {
        let began = Instant::now();
        self.service.stop().await;
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "stopping took {:?}",
            began.elapsed()
        );
        self.node.shutdown().await;
    }
}

impl Builder {
    pub(crate) fn world(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    pub(crate) fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    pub(crate) fn block_time(mut self, block_time: BlockTime) -> Self {
        self.block_time = block_time;
        self
    }

    /// Blocks to make before the service starts.
    pub(crate) fn blocks(mut self, blocks: u32) -> Self {
        self.blocks = blocks;
        self
    }

    /// Raw state, laid down on the last of them.
    pub(crate) fn storage(mut self, storage: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Self {
        self.storage = storage;
        self
    }

    /// The node's archive endpoint, for blocks further behind the head than that.
    pub(crate) fn with_archive(mut self, cutoff: u32) -> Self {
        self.archive_cutoff = Some(cutoff);
        self
    }

    /// The other way round: faults strike the archive, and the node that is read through suffers none.
    pub(crate) fn with_struck_archive(mut self, cutoff: u32) -> Self {
        self.struck_archive = Some(cutoff);
        self
    }

    /// A second node to read through: the archive endpoint, which shows the same chain and suffers no fault.
    pub(crate) fn with_second_node(mut self) -> Self {
        self.second_node = true;
        self
    }

    /// Identity `dev` has a wallet with the key of //Alice, in place of her address alone, and sets hyperparameters with
    /// the coldkey of //Bob.
    pub(crate) fn signing(mut self) -> Self {
        self.signing = true;
        self
    }

    /// The same without the coldkey.
    pub(crate) fn without_owner(mut self) -> Self {
        self.owning = false;
        self
    }

    /// A key of `pylon.toml`.
    pub(crate) fn set(mut self, key: &str, value: Value) -> Self {
        self.settings[key] = value;
        self
    }

    pub(crate) async fn start(mut self) -> TestApp {
        let data = tempfile::tempdir().unwrap();
        let node = Devnet::builder()
            .layout(self.layout)
            .world(self.world)
            .block_time(self.block_time)
            .finality_lag(2)
            .start()
            .await
            .unwrap();
        node.new_blocks(self.blocks).await.unwrap();
        node.set_storage(self.storage).await.unwrap();
        if let Some(cutoff) = self.archive_cutoff {
            let archive = node.archive_ws_url().unwrap();
            self.settings["chain"] = json!({ "archive": archive, "archive_blocks_cutoff": cutoff });
        }
        let mut network = node.ws_url();
        if let Some(cutoff) = self.struck_archive {
            self.settings["chain"] = json!({ "archive": network, "archive_blocks_cutoff": cutoff });
            network = node.archive_ws_url().unwrap();
        }
        if self.second_node {
            let second = node.archive_ws_url().unwrap();
            self.settings["chain"] = json!({ "endpoints": [second] });
        }
        if self.signing {
            wallets::lay_down(data.path(), "validator", "alice", wallets::ALICE);
            wallets::lay_down_coldkey(data.path(), "owner", wallets::BOB);
            self.settings["wallet"] = json!({ "path": data.path() });
            let dev = self.settings["identities"]["dev"].as_object_mut().unwrap();
            dev.remove("hotkey");
            dev.insert("wallet_name".to_owned(), "validator".into());
            dev.insert("hotkey_name".to_owned(), "alice".into());
            let owner = if self.owning { "owner" } else { "" };
            // Unless a test has another in mind.
            dev.entry("owner_wallet_name").or_insert(owner.into());
        }
        let service = Service::start(config(&network, &data, self.settings.clone()))
            .await
            .unwrap();
        let http = reqwest::Client::builder()
            .no_gzip()
            .no_brotli()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let app = TestApp {
            node,
            service,
            http,
            data,
            settings: self.settings,
        };
        app.settle().await;
        app
    }
}

pub(crate) fn config(node: &str, data: &TempDir, mut settings: Value) -> Config {
    settings["network"] = node.into();
    settings["data_dir"] = data.path().to_str().unwrap().into();
    let sources = Sources {
        directory: data.path().to_owned(),
        command_line: settings,
        ..Sources::default()
    };
    sources.load().unwrap().0
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The status, and the body with the request's id taken out.
    pub(crate) fn steady(&self) -> String {
        let id = self.header("x-request-id");
        assert_eq!(id.len(), 26);
        if let Some(instance) = self.json().get("instance") {
            assert_eq!(instance, id);
        }
        format!(
            "{} {}",
            self.status.as_u16(),
            self.text().replace(id, "[id]")
        )
    }

    pub(crate) fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}
