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

#[path = "load/connection.rs"]
#[allow(dead_code, reason = "shared with the other benchmarks")]
mod connection;
#[path = "load/measured.rs"]
mod measured;
#[path = "load/process.rs"]
#[allow(dead_code, reason = "shared with the other benchmarks")]
mod process;

use std::process::Command;
use std::time::Instant;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use connection::{TOKEN, answered, request, request_text};
use measured::{Asked, Load};
use process::Server;

const SERVICE: &str = env!("CARGO_BIN_EXE_pylon-service");
const PATH: &str = "/api/v1/subnet/1/block/latest/neurons";
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
    let head = answered(service.address, PATH).await;
    println!(
        "first answer {} ms after start",
        started.elapsed().as_millis()
    );
    let etag = head.header("etag").unwrap();
    std::fs::write(folder.path().join("identity"), &head.body).unwrap();
    let gzip = request(service.address, PATH, &Form::Gzip.headers(&etag))
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
        let asked = Asked {
            request: request_text(PATH, &form.headers(&etag)),
            status: if form == Form::NotModified {
                "304"
            } else {
                "200"
            },
        };
        for connections in CONNECTIONS {
            let (mut ours, mut theirs) = (Load::default(), Load::default());
            for _ in 0..ROUNDS {
                ours.add(&service, connections, &asked).await;
                theirs.add(&bare, connections, &asked).await;
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
