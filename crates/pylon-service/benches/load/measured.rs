//! What rounds of load measured.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::process::Server;

const ROUND: Duration = Duration::from_secs(3);

/// What every connection asks, and how it is answered.
#[derive(Clone)]
pub(crate) struct Asked {
    /// The whole request.
    pub(crate) request: String,
    pub(crate) status: &'static str,
}

/// What some rounds of load measured.
#[derive(Default)]
pub(crate) struct Load {
    latencies: Vec<Duration>,
    elapsed: Duration,
    cpu: Duration,
}

impl Load {
    pub(crate) async fn add(&mut self, server: &Server, connections: usize, asked: &Asked) {
        let (cpu, started) = (server.cpu(), Instant::now());
        let tasks: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(load(server.address, asked.clone())))
            .collect();
        for task in tasks {
            self.latencies.extend(task.await.unwrap());
        }
        self.elapsed += started.elapsed();
        self.cpu += server.cpu() - cpu;
    }

    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn cpu_per_request(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    /// In milliseconds.
    pub(crate) fn percentile(&mut self, share: f64) -> f64 {
        self.latencies.sort_unstable();
        let index = ((self.latencies.len() - 1) as f64 * share) as usize;
        self.latencies[index].as_secs_f64() * 1e3
    }
}

/// One connection that asks again as soon as it was answered.
async fn load(address: SocketAddr, asked: Asked) -> Vec<Duration> {
    let mut connection = Connection::open(address).await.unwrap();
    let (started, mut latencies) = (Instant::now(), Vec::new());
    while started.elapsed() < ROUND {
        let sent = Instant::now();
        let status = connection.round_trip(&asked.request).await.unwrap();
        assert_eq!(status, asked.status);
        latencies.push(sent.elapsed());
    }
    latencies
}
