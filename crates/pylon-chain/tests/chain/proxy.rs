//! A way to the node that can be cut and clogged.

use std::net::SocketAddr;

use pylon_devnet::Devnet;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes bytes on until it is told otherwise. It has the same address throughout.
pub(crate) struct Proxy {
    pub(crate) url: String,
    way: watch::Sender<Way>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Open,
    /// Connections are dropped, new ones too.
    Cut,
    /// Connections stay, and nothing passes.
    Clogged,
}

impl Proxy {
    pub(crate) async fn to(devnet: &Devnet) -> Self {
        let node: SocketAddr = devnet.ws_url().trim_start_matches("ws://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let (way, ways) = watch::channel(Way::Open);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, node, ways.clone()));
            }
        });
        Self { url, way, task }
    }

    pub(crate) fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }

    pub(crate) fn clog(&self) {
        self.way.send_replace(Way::Clogged);
    }

    pub(crate) fn reopen(&self) {
        self.way.send_replace(Way::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut client: TcpStream, node: SocketAddr, mut ways: watch::Receiver<Way>) {
    if *ways.borrow() == Way::Cut {
        return;
    }
    let Ok(mut node) = TcpStream::connect(node).await else {
        return;
    };
    loop {
        let way = *ways.borrow_and_update();
        match way {
            Way::Cut => return,
            Way::Clogged => {
                if ways.changed().await.is_err() {
                    return;
                }
            }
            Way::Open => tokio::select! {
                _ = copy_bidirectional(&mut client, &mut node) => return,
                changed = ways.changed() => if changed.is_err() { return },
            },
        }
    }
}
