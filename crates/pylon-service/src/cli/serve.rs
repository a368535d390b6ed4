//! `serve`.

use super::{CommandError, say};
use crate::config::Config;
use crate::service::Service;
use crate::telemetry::Telemetry;
use crate::{signals, sockets};

pub(super) async fn run(config: Config, telemetry: Telemetry) -> Result<(), CommandError> {
    let ended = serve(config).await;
    telemetry.end().await;
    ended
}

async fn serve(config: Config) -> Result<(), CommandError> {
    #[cfg(feature = "failpoints")]
    let _points = fail::FailScenario::setup();
    // Before anything starts: a signal that comes early is not lost.
    let stop = signals::stop()?;
    sockets::take_all();
    let mut service = Service::start(config).await?;
    if let Some(url) = service.node_url() {
        say(&format!("node {url}"))?;
    }
    if let Some(url) = service.archive_url() {
        say(&format!("archive {url}"))?;
    }
    for made in service.made_tokens() {
        say(&format!("token {} {}", made.name, made.token.expose()))?;
    }
    // Last, so that a script that waits for it has read the others.
    say(&format!("listening http://{}", service.address()))?;
    let ended = tokio::select! {
        () = stop => Ok(()),
        ended = service.ended() => ended,
    };
    service.stop().await;
    Ok(ended?)
}
