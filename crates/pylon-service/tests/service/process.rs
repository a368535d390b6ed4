//! The program as an operator runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

pub(crate) fn program(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pylon-service"));
    command
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

/// A running program; killed when a test fails.
pub(crate) struct Running {
    child: Child,
    lines: Vec<String>,
}

impl Running {
    /// Starts it and reads its lines until one begins like that.
    pub(crate) fn start(command: &mut Command, last: &str) -> Self {
        let child = command.spawn().unwrap();
        let mut running = Self {
            child,
            lines: Vec::new(),
        };
        let mut out = BufReader::new(running.child.stdout.take().unwrap()).lines();
        while running
            .lines
            .last()
            .is_none_or(|line| !line.starts_with(last))
        {
            running.lines.push(out.next().unwrap().unwrap());
        }
        running
    }

    pub(crate) fn said(&self, what: &str) -> &str {
        self.lines
            .iter()
            .find_map(|line| line.strip_prefix(what))
            .unwrap()
            .trim()
    }

    /// Lets files that it writes grow no longer than that, or as long as they may again.
    pub(crate) fn limit_files(&self, longest: Option<u64>) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        let limit = Rlimit {
            current: longest,
            maximum: None,
        };
        prlimit(pid, Resource::Fsize, limit).unwrap();
    }

    /// Tells it to end. Returns its exit code and how long it took.
    pub(crate) fn signal(mut self, signal: &str) -> (Option<i32>, Duration) {
        let began = Instant::now();
        Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), began.elapsed())
    }
}

impl Running {
    /// Ends it as a loss of power does, unless it has ended.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn get(address: &str, path: &str, token: &str) -> String {
    send(
        address,
        &format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        ),
    )
}

fn post(address: &str, body: &str) -> String {
    let length = body.len();
    send(
        address,
        &format!(
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ),
    )
}

pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "not within 20 s");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn send(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_command_serves_a_live_subnet_and_says_where_and_with_which_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |folder| {
        let mut command = program(folder);
        command.args([
            "serve",
            "--network",
            "dev",
            "--bind",
            "127.0.0.1:0",
            "--data-dir",
            "data",
            "--dev-neurons",
            "16",
        ]);
        command.stderr(Stdio::null());
        Running::start(&mut command, "listening http://")
    };
    let began = Instant::now();
    let running = serve(&folder);
    let address = running.said("listening ").to_owned();
    assert!(get(&address, "/health/live", "").starts_with("HTTP/1.1 200 "));
    let started = began.elapsed();
    let shapes: Vec<_> = running
        .lines
        .iter()
        .map(|line| {
            line.split("127.0.0.1")
                .next()
                .unwrap()
                .rsplit_once(' ')
                .unwrap()
                .0
        })
        .collect();
    assert_eq!(
        shapes,
        [
            "node",
            "archive",
            "token open_access",
            "token metrics",
            "token dev",
            "listening"
        ]
    );
    assert!(
        address.starts_with("http://127.0.0.1:")
            && running.said("node ").starts_with("ws://127.0.0.1:")
    );
    assert_ne!(running.said("node "), running.said("archive "));

    let ready = Instant::now();
    while !get(&address, "/health/ready", "").starts_with("HTTP/1.1 200 ") {
        assert!(ready.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    let open = running.said("token open_access ").to_owned();
    let neurons = get(&address, "/api/v1/subnet/1/block/latest/neurons", &open);
    assert!(neurons.contains("\"uid\":15,"), "{neurons}");
    let dev = running.said("token dev ").to_owned();
    assert!(
        get(
            &address,
            "/api/v1/identity/dev/subnet/1/block/latest/validators",
            &dev
        )
        .starts_with("HTTP/1.1 200 ")
    );
    assert!(get(&address, "/metrics", running.said("token metrics ")).starts_with("HTTP/1.1 200 "));

    let check = run(
        &folder,
        &[
            "healthcheck",
            "--bind",
            address.trim_start_matches("http://"),
        ],
    );
    assert_eq!(check.status.code(), Some(0), "{check:?}");

    let (code, took) = running.signal("-TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let check = run(
        &folder,
        &[
            "healthcheck",
            "--bind",
            address.trim_start_matches("http://"),
        ],
    );
    assert_eq!(check.status.code(), Some(1));

    // Made tokens are the same at the next start.
    let again = serve(&folder);
    assert_eq!(
        (again.said("token open_access "), again.said("token dev ")),
        (open.as_str(), dev.as_str())
    );
    let (code, took) = again.signal("-INT");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(started < Duration::from_secs(20), "{started:?}");
}

#[test]
fn the_node_runs_alone_and_the_service_is_checked_against_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&folder);
    command
        .args([
            "devnet",
            "--bind",
            "127.0.0.1:0",
            "--neurons",
            "16",
            "--block-time",
            "200ms",
        ])
        .stderr(Stdio::null());
    let node = Running::start(&mut command, "listening ws://");
    let url = node.said("listening ").to_owned();
    let archive = node.said("archive ");
    assert!(archive.starts_with("ws://127.0.0.1:") && archive != url);

    let check = program(&folder)
        .args(["check", "--network", &url])
        .env("PYLON_OPEN_ACCESS_TOKEN", "hunter2")
        .env("PYLON_OPEN_ACCES_TOKEN", "hunter2")
        .output()
        .unwrap();
    let (out, log) = (
        String::from_utf8(check.stdout).unwrap(),
        String::from_utf8(check.stderr).unwrap(),
    );
    assert_eq!(check.status.code(), Some(0), "{log}");
    assert!(
        out.contains(&format!("connected to {url}: genesis 0x")),
        "{out}"
    );
    assert!(
        out.contains("\"open_access_token\": \"<redacted>\""),
        "{out}"
    );
    assert!(
        log.contains("PYLON_OPEN_ACCES_TOKEN is no setting of this service and is ignored"),
        "{log}"
    );
    assert!(!out.contains("hunter2") && !log.contains("hunter2"));

    let (code, took) = node.signal("-TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let check = run(&folder, &["check", "--network", &url]);
    assert_eq!(check.status.code(), Some(1));
    assert!(
        String::from_utf8(check.stderr)
            .unwrap()
            .contains("error: the chain cannot be reached")
    );
}

#[test]
fn what_cannot_be_used_ends_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["serve", "--network", "nowhere"][..],
        &["serve", "--bind", "x"],
        &["unknown"],
        &[],
    ] {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    std::fs::write(folder.path().join("pylon.toml"), "tokne = 1\n").unwrap();
    for arguments in [&["serve"][..], &["check"], &["healthcheck"]] {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("tokne"));
    }
}

#[test]
fn a_taken_address_ends_with_1_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(
        &folder,
        &[
            "serve",
            "--network",
            "ws://127.0.0.1:1",
            "--bind",
            &address,
            "--data-dir",
            "data",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains(&format!("error: cannot listen on {address}")),
        "{log}"
    );
}

#[test]
fn the_document_and_the_version_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let document = run(&folder, &["openapi"]);
    assert_eq!(document.status.code(), Some(0));
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    assert!(document.stdout == std::fs::read(kept).unwrap());
    let version = run(&folder, &["--version"]);
    assert_eq!(
        String::from_utf8(version.stdout).unwrap().trim(),
        concat!("pylon-service ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn logs_are_json_objects_on_stderr_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(&folder)
        .args(["check", "--network", "ws://127.0.0.1:1"])
        .env("PYLON_LOG", "info;json")
        .env("PYLON_TYPO", "1")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let line: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(
        line["message"],
        "PYLON_TYPO is no setting of this service and is ignored"
    );
    assert_eq!(line["level"], "WARN");
}

#[test]
fn credentials_of_a_node_are_in_no_log_at_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let node = Running::start(
        program(&folder).args(["devnet", "--bind", "127.0.0.1:0", "--block-time", "manual"]),
        "listening",
    );
    let address = node.said("listening ws://").to_owned();
    let url = format!("ws://user:hunter2@{address}/v2/apikey?token=abcdef");
    let mut check = program(&folder);
    check.env("PYLON_LOG", "trace");
    let output = check.args(["check", "--network", &url]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // Something was logged, the other crate among it.
    assert!(said.contains("jsonrpsee"), "{said}");
    for secret in ["hunter2", "apikey", "abcdef", "dXNlcjpodW50ZXIy"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn more_clients_are_served_than_the_shell_lets_programs_have_files_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    let serve = "ulimit -Sn 64 && exec \"$0\" serve --network dev --bind 127.0.0.1:0 --data-dir data --dev-neurons 16";
    command
        .args(["-c", serve, env!("CARGO_BIN_EXE_pylon-service")])
        .current_dir(&folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let running = Running::start(&mut command, "listening http://");
    let address = running.said("listening ").to_owned();
    let idle: Vec<TcpStream> = (0..200)
        .map(|_| TcpStream::connect(address.trim_start_matches("http://")).unwrap())
        .collect();
    for mut stream in &idle {
        let timeout = Some(Duration::from_secs(10));
        stream.set_read_timeout(timeout).unwrap();
        write!(stream, "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    }
}

#[test]
fn an_upgrade_of_the_runtime_in_mid_run_costs_one_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = program(&folder);
    command
        .args(["serve", "--network", "dev", "--bind", "127.0.0.1:0"])
        .args(["--dev-block-time", "100ms", "--dev-neurons", "16"])
        .args(["--data-dir", "data"])
        .env("PYLON_LOG", "info;json")
        .stderr(std::fs::File::create(&log).unwrap());
    let running = Running::start(&mut command, "listening http://");
    let address = running.said("listening ").to_owned();
    let open = running.said("token open_access ").to_owned();
    let node = running.said("node ").replace("ws://", "http://");
    let subnet = |path: &str| get(&address, &format!("/api/v1/subnet/1/block/{path}"), &open);
    until(|| subnet("latest/neurons").starts_with("HTTP/1.1 200 "));

    let upgraded = post(
        &node,
        r#"{"jsonrpc":"2.0","id":1,"method":"dev_upgrade","params":["oct2026"]}"#,
    );
    assert!(upgraded.contains("\"result\""), "{upgraded}");
    let height = || {
        let latest = get(&address, "/api/v1/block/latest", "");
        let number = latest
            .split("\"number\":")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        number.parse::<u32>().unwrap()
    };
    let then = height();
    until(|| height() > then + 5);
    // Blocks of either runtime are read, again and again.
    for path in [
        "1/neurons",
        "latest/neurons",
        "1/hyperparams",
        "latest/hyperparams",
        "1/epoch",
        "latest/epoch",
    ] {
        assert!(subnet(path).starts_with("HTTP/1.1 200 "), "{path}");
    }
    assert_eq!(running.signal("-TERM").0, Some(0));

    let log = std::fs::read_to_string(log).unwrap();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let runtimes: Vec<u64> = lines
        .filter_map(|line| line["chain.spec_version"].as_u64())
        .collect();
    assert_eq!(runtimes, [425, 475], "{log}");
}
