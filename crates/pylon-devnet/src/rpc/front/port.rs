//! The port: open, or dead while connections are refused.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::faults::{Kind, board::Board};

/// Pause after the system refused to hand out a connection or a port.
const PAUSE: Duration = Duration::from_millis(50);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A port that can be dead for a while.
pub(super) struct Port {
    pub(super) address: SocketAddr,
    pub(super) board: Arc<Board>,
}

impl Port {
    /// Hands every connection to `enter`. Ends only when it is dropped.
    pub(super) async fn run(&self, mut listener: TcpListener, enter: impl Fn(TcpStream)) {
        loop {
            self.board.set_open(true);
            tokio::select! {
                () = self.board.until(Kind::Refuse, true) => {}
                () = accept(&listener, &enter) => {}
            }
            drop(listener);
            listener = self.reopened().await;
        }
    }

    async fn reopened(&self) -> TcpListener {
        // Bound but not listening: nobody else gets the port, and whoever connects is refused.
        let mut held = self.hold();
        self.board.set_open(false);
        self.board.until(Kind::Refuse, false).await;
        let mut told = false;
        loop {
            match held.and_then(|socket| socket.listen(BACKLOG)) {
                Ok(listener) => return listener,
                Err(error) if !told => {
                    tracing::warn!(%error, address = %self.address, "the port does not open again");
                    told = true;
                }
                Err(_) => {}
            }
            tokio::time::sleep(PAUSE).await;
            held = self.hold();
        }
    }

    fn hold(&self) -> io::Result<TcpSocket> {
        let socket = match self.address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.bind(self.address)?;
        Ok(socket)
    }
}

async fn accept(listener: &TcpListener, enter: &impl Fn(TcpStream)) {
    loop {
        let accepted = listener
            .accept()
            .await
            .and_then(|(socket, _)| socket.set_nodelay(true).map(|()| socket));
        match accepted {
            Ok(socket) => enter(socket),
            Err(error) => {
                tracing::debug!(%error, "no connection accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
