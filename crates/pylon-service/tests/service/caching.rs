//! What is sent instead of the same bytes again.

use std::io::Read;

use crate::app::{OPEN, TestApp};

const NEURONS: &str = "/api/v1/subnet/1/block/latest/neurons";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_already_is_not_sent_again() {
    let app = TestApp::start().await;
    let first = app.get_as(OPEN, NEURONS).await;
    let hash = first.json()["block"]["hash"].as_str().unwrap().to_owned();
    let etag = first.header("etag").to_owned();
    assert_eq!(etag, format!("W/\"{hash}\""));
    assert_eq!(first.header("vary"), "accept-encoding");
    assert_eq!(first.header("cache-control"), "private");
    for tag in [&etag, &format!("\"other\", {etag}"), &etag[2..], "*"] {
        let answer = app.get_with(NEURONS, &[("if-none-match", tag)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.bytes.len()),
            (304, 0),
            "{tag}"
        );
        for header in ["etag", "vary", "cache-control", "x-pylon-block"] {
            assert_eq!(answer.header(header), first.header(header));
        }
        assert!(answer.headers.contains_key("x-pylon-age-ms"));
    }
    let changed = app
        .get_with(NEURONS, &[("if-none-match", "W/\"0xother\"")])
        .await;
    assert_eq!(
        (changed.status.as_u16(), &changed.bytes),
        (200, &first.bytes)
    );

    app.new_blocks(1).await;
    let next = app.get_with(NEURONS, &[("if-none-match", &etag)]).await;
    assert_eq!(next.status, 200);
    assert_ne!(next.header("etag"), etag);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_comes_in_the_coding_that_the_client_prefers() {
    let app = TestApp::start().await;
    let plain = app.get_as(OPEN, NEURONS).await;
    assert_eq!(plain.header("content-encoding"), "");
    for (accept, coding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip;q=0.5, br;q=0.4", "gzip"),
        ("zstd;q=0, br", "br"),
    ] {
        let answer = app.get_with(NEURONS, &[("accept-encoding", accept)]).await;
        assert_eq!(answer.header("content-encoding"), coding, "{accept}");
        assert_eq!(answer.header("etag"), plain.header("etag"));
        assert_eq!(answer.header("content-type"), "application/json");
        let mut body = Vec::new();
        match coding {
            "gzip" => flate2::read::GzDecoder::new(&answer.bytes[..])
                .read_to_end(&mut body)
                .unwrap(),
            "br" => brotli::Decompressor::new(&answer.bytes[..], 4096)
                .read_to_end(&mut body)
                .unwrap(),
            _ => zstd::Decoder::new(&answer.bytes[..])
                .unwrap()
                .read_to_end(&mut body)
                .unwrap(),
        };
        assert_eq!(body, plain.bytes);
    }
    for accept in ["identity", "deflate", "gzip;q=0", "*;q=0"] {
        let answer = app.get_with(NEURONS, &[("accept-encoding", accept)]).await;
        assert_eq!(answer.header("content-encoding"), "", "{accept}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_made_once_a_block_however_many_ask() {
    let app = TestApp::start().await;
    let made = "pylon_compressions_total{encoding=\"gzip\"}";
    let headers = [("accept-encoding", "gzip")];
    for blocks in 1..=2 {
        futures::future::join_all((0..20).map(|_| app.get_with(NEURONS, &headers))).await;
        assert_eq!(app.metric(made).await, f64::from(blocks));
        app.new_blocks(1).await;
    }
    app.stop().await;
}
