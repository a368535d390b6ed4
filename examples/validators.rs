//! Prints a subnet's validators by stake, and again whenever a new block is there.
//!
//! `PYLON_TOKEN=… cargo run -p pylon-client --example validators -- http://127.0.0.1:8000 1`

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::{env, time::Duration};

use pylon_client::{Cached, PylonClient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:8000".into());
    let netuid: u16 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let client = PylonClient::builder()
        .url(url)
        .token(env::var("PYLON_TOKEN")?)
        .build()?;

    let validators = client.subnet(netuid).validators();
    let mut answer = validators.latest().fetch().await?;
    loop {
        println!("block {}", answer.body.block.number);
        for validator in answer.body.validators.iter().take(10) {
            println!("{:>20.9}  {}", validator.stakes.total, validator.hotkey);
        }
        // Asking with the last ETag costs a few bytes until the block changes.
        let Some(etag) = answer.etag.clone() else {
            return Ok(());
        };
        answer = loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Cached::Changed(newer) = validators.latest().if_none_match(&etag).await? {
                break newer;
            }
        };
    }
}
