//! Load on `neurons/latest` of 256 neurons, beside a bare actix handler that sends the same bytes.
//!
//! `cargo bench -p pylon-service --bench http` starts a devnet, the service and the bare handler, each
//! in a process of its own, and loads the latter two in turn, so that a machine's drift meets both.
//! It prints requests per second, p50, p99, CPU time per request and resident memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a measuring tool that stops at the first surprise and prints what it measured"
)]

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SERVICE: &str = env!("CARGO_BIN_EXE_pylon-service");
const TOKEN: &str = "bench-open-access";
const PATH: &str = "/api/v1/subnet/1/block/latest/neurons";
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 2;
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// Set for the process that is the bare handler: the file with the bytes it sends.
const BARE_BODIES: &str = "PYLON_BENCH_BARE";

fn main() {
    if let Ok(folder) = std::env::var(BARE_BODIES) {
        return serve_bare(&folder);
    }
    // Without `--bench` this is `cargo test` asking whether the benchmark starts at all.
    if std::env::args().any(|arg| arg == "--bench") {
        tokio::runtime::Runtime::new().unwrap().block_on(run());
    }
}

/// How a request asks for the body.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Identity,
    Gzip,
    NotModified,
}

impl Form {
    const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::NotModified];

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::NotModified => "304",
        }
    }

    fn headers(self, etag: &str) -> String {
        match self {
            Self::Identity => String::new(),
            Self::Gzip => "Accept-Encoding: gzip\r\n".into(),
            Self::NotModified => format!("If-None-Match: {etag}\r\n"),
        }
    }
}

/// A process that stops with the benchmark.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a process and reads its address from the first line that says `listening`.
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("listening ") {
            line.clear();
            assert!(
                lines.read_line(&mut line).unwrap() > 0,
                "{command:?} ended early"
            );
        }
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let address = line
            .trim()
            .rsplit("//")
            .next()
            .unwrap()
            .trim_end_matches('/')
            .parse()
            .unwrap();
        Self { child, address }
    }

    /// CPU time used so far.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// Resident memory in KiB: now and at its highest.
    fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

async fn run() {
    let folder = tempfile::tempdir().unwrap();
    // Blocks are made by hand, so both sides send the same bytes throughout.
    let node = Server::start(Command::new(SERVICE).args([
        "devnet",
        "--bind",
        "127.0.0.1:0",
        "--block-time",
        "manual",
    ]));
    let started = Instant::now();
    let service = Server::start(
        Command::new(SERVICE)
            .args(["serve", "--bind", "127.0.0.1:0", "--network"])
            .arg(format!("ws://{}", node.address))
            .arg("--data-dir")
            .arg(folder.path())
            .env("PYLON_OPEN_ACCESS_TOKEN", TOKEN)
            .env("PYLON_RECENT_OBJECTS_NETUIDS", "1")
            .env("PYLON_LOG", "warn"),
    );
    let head = loop {
        if let Ok(answer) = request(service.address, "").await
            && answer.head.starts_with("HTTP/1.1 200")
        {
            break answer;
        }
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "no answer within 20 s"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    println!(
        "first answer {} ms after start",
        started.elapsed().as_millis()
    );
    let etag = head.header("etag").unwrap();
    std::fs::write(folder.path().join("identity"), &head.body).unwrap();
    let gzip = request(service.address, &Form::Gzip.headers(&etag))
        .await
        .unwrap();
    std::fs::write(folder.path().join("gzip"), &gzip.body).unwrap();
    println!(
        "body {} bytes, gzip {} bytes",
        head.body.len(),
        gzip.body.len()
    );
    let bare = Server::start(
        Command::new(std::env::current_exe().unwrap()).env(BARE_BODIES, folder.path()),
    );

    println!(
        "{:<10}{:>6}{:>10}{:>10}{:>8}{:>10}{:>10}{:>12}{:>12}",
        "form", "conns", "req/s", "bare", "ratio", "p50 ms", "p99 ms", "CPU µs/req", "bare CPU"
    );
    for form in Form::ALL {
        for connections in CONNECTIONS {
            let (mut ours, mut theirs) = (Load::default(), Load::default());
            for _ in 0..ROUNDS {
                ours.add(&service, connections, form, &etag).await;
                theirs.add(&bare, connections, form, &etag).await;
            }
            println!(
                "{:<10}{connections:>6}{:>10.0}{:>10.0}{:>8.2}{:>10.2}{:>10.2}{:>12.1}{:>12.1}",
                form.name(),
                ours.rate(),
                theirs.rate(),
                ours.rate() / theirs.rate(),
                ours.percentile(0.50),
                ours.percentile(0.99),
                ours.cpu_per_request(),
                theirs.cpu_per_request(),
            );
        }
    }
    let ((ours, ours_peak), (theirs, _)) = (service.memory(), bare.memory());
    println!(
        "RSS {} MiB (highest {} MiB); bare {} MiB",
        ours / 1024,
        ours_peak / 1024,
        theirs / 1024
    );
}

/// What some rounds of load measured.
#[derive(Default)]
struct Load {
    latencies: Vec<Duration>,
    elapsed: Duration,
    cpu: Duration,
}

impl Load {
    async fn add(&mut self, server: &Server, connections: usize, form: Form, etag: &str) {
        let (cpu, started) = (server.cpu(), Instant::now());
        let tasks: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(load(server.address, form, form.headers(etag))))
            .collect();
        for task in tasks {
            self.latencies.extend(task.await.unwrap());
        }
        self.elapsed += started.elapsed();
        self.cpu += server.cpu() - cpu;
    }

    fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    fn cpu_per_request(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    /// In milliseconds.
    fn percentile(&mut self, share: f64) -> f64 {
        self.latencies.sort_unstable();
        let index = ((self.latencies.len() - 1) as f64 * share) as usize;
        self.latencies[index].as_secs_f64() * 1e3
    }
}

/// One connection that asks again as soon as it was answered.
async fn load(address: SocketAddr, form: Form, headers: String) -> Vec<Duration> {
    let mut connection = Connection::open(address).await.unwrap();
    let request = request_text(&headers);
    let (started, mut latencies) = (Instant::now(), Vec::new());
    let expected = if form == Form::NotModified {
        "304"
    } else {
        "200"
    };
    while started.elapsed() < ROUND {
        let asked = Instant::now();
        let status = connection.round_trip(&request).await.unwrap();
        assert_eq!(status, expected);
        latencies.push(asked.elapsed());
    }
    latencies
}

fn request_text(headers: &str) -> String {
    format!("GET {PATH} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n{headers}\r\n")
}

/// A keep-alive connection that reads no more of HTTP than status and length.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    head: String,
    body: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 256 * 1024],
            head: String::new(),
            body: Vec::new(),
        })
    }

    /// Sends a request and reads its whole answer; returns the status.
    async fn round_trip(&mut self, request: &str) -> std::io::Result<&str> {
        self.stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        let head_end = loop {
            if filled == self.buffer.len() {
                self.buffer.resize(2 * filled, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            if let Some(at) = self.buffer[..filled]
                .windows(4)
                .position(|w| w == b"\r\n\r\n")
            {
                break at + 4;
            }
        };
        self.head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let length: usize = header(&self.head, "content-length")
            .and_then(|v| v.parse().ok())
            .unwrap_or(0);
        let not_modified = self.head.get(9..12) == Some("304");
        let total = head_end + if not_modified { 0 } else { length };
        if self.buffer.len() < total {
            self.buffer.resize(total, 0);
        }
        self.stream
            .read_exact(&mut self.buffer[filled.min(total)..total])
            .await?;
        self.body.clear();
        self.body.extend_from_slice(&self.buffer[head_end..total]);
        Ok(&self.head[9..12])
    }
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

async fn request(address: SocketAddr, headers: &str) -> std::io::Result<Answer> {
    let mut connection = Connection::open(address).await?;
    connection.round_trip(&request_text(headers)).await?;
    Ok(Answer {
        head: connection.head,
        body: connection.body,
    })
}

/// The ceiling: an actix handler that does nothing but send bytes.
#[actix_web::main]
async fn serve_bare(folder: &str) {
    let read = |name: &str| web::Bytes::from(std::fs::read(format!("{folder}/{name}")).unwrap());
    let bodies = web::Data::new((read("identity"), read("gzip")));
    let server = HttpServer::new(move || {
        App::new().app_data(bodies.clone()).route(
            "/{path:.*}",
            web::get().to(
                |request: HttpRequest, bodies: web::Data<(web::Bytes, web::Bytes)>| async move {
                    if request.headers().contains_key("if-none-match") {
                        return HttpResponse::NotModified().finish();
                    }
                    let mut response = HttpResponse::Ok();
                    response.content_type("application/json");
                    if request.headers().contains_key("accept-encoding") {
                        response
                            .insert_header(("content-encoding", "gzip"))
                            .body(bodies.1.clone())
                    } else {
                        response.body(bodies.0.clone())
                    }
                },
            ),
        )
    })
    .bind(("127.0.0.1", 0))
    .unwrap();
    println!("listening http://{}", server.addrs()[0]);
    server.run().await.unwrap();
}
