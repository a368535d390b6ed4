//! A socket that can be dropped, that can hang, and whose frames can be spoilt.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::frames::Frames;
use crate::faults::{Kind, board::Board};

type Wait = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// What one direction has to pass. Each has its own: they are polled by different tasks.
struct Gate {
    board: Arc<Board>,
    dropped: Pin<Box<WaitForCancellationFutureOwned>>,
    hang: Option<Wait>,
}

impl Gate {
    fn new(board: &Arc<Board>, sockets: &CancellationToken) -> Self {
        Self {
            board: Arc::clone(board),
            dropped: Box::pin(sockets.clone().cancelled_owned()),
            hang: None,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>, stream: &TcpStream) -> Poll<io::Result<()>> {
        if self.dropped.as_mut().poll(context).is_ready() {
            // The peer sees a reset, as of a process that died, and no orderly end.
            stream.set_zero_linger()?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        while self.hang.is_some() || self.board.get(Kind::Hang).is_some() {
            let board = &self.board;
            let hang = self
                .hang
                .get_or_insert_with(|| Box::pin(board.until(Kind::Hang, false)));
            ready!(hang.as_mut().poll(context));
            self.hang = None;
        }
        Poll::Ready(Ok(()))
    }
}

/// A connection.
pub(super) struct Socket {
    stream: TcpStream,
    read: Gate,
    write: Gate,
    board: Arc<Board>,
    upgraded: Arc<AtomicBool>,
    frames: Frames,
    /// Bytes of the last write that the system did not take; what they became stands fast.
    passed: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl Socket {
    /// A connection with its place among those that may be open.
    pub(super) fn new(stream: TcpStream, board: &Arc<Board>, place: OwnedSemaphorePermit) -> Self {
        let sockets = board.sockets();
        Self {
            stream,
            read: Gate::new(board, &sockets),
            write: Gate::new(board, &sockets),
            board: Arc::clone(board),
            upgraded: Arc::default(),
            frames: Frames::default(),
            passed: Vec::new(),
            _place: place,
        }
    }

    /// To be set once the connection carries a websocket.
    pub(super) fn upgraded(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.upgraded)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        ready!(socket.read.poll(context, &socket.stream))?;
        Pin::new(&mut socket.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        ready!(socket.write.poll(context, &socket.stream))?;
        if !socket.upgraded.load(Ordering::Acquire) {
            return Pin::new(&mut socket.stream).poll_write(context, bytes);
        }
        // Bytes that were not taken come again, and maybe more after them.
        let mut new = bytes
            .get(socket.passed.len()..)
            .unwrap_or_default()
            .to_vec();
        let board = &socket.board;
        socket
            .frames
            .pass(&mut new, || board.strike(Kind::NotJson).is_some());
        socket.passed.append(&mut new);
        let passed = socket.passed.get(..bytes.len()).unwrap_or_default();
        let taken = ready!(Pin::new(&mut socket.stream).poll_write(context, passed))?;
        socket.passed.drain(..taken);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
