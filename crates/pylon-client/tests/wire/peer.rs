//! A peer that reads requests and sends what it was told to, byte for byte, one connection each.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a request is met with.
pub(crate) enum Reply {
    /// These bytes; then the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, then nothing more on an open connection.
    Stall(Vec<u8>),
    /// The connection is closed.
    Close,
}

/// An HTTP answer with the right length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    Reply::Bytes((head + body).into_bytes())
}

pub(crate) struct Peer {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Meets the first request with the first reply, and so on; ends with the last.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<Reply> = replies.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        let task = tokio::spawn(async move {
            let mut stalled = Vec::new();
            for reply in replies {
                let (mut stream, _) = listener.accept().await.unwrap();
                let head = head(&mut stream).await;
                seen.lock().unwrap().push(head);
                match reply {
                    Reply::Bytes(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
                    Reply::Stall(bytes) => {
                        stream.write_all(&bytes).await.unwrap_or_default();
                        stalled.push(stream);
                    }
                    Reply::Close => {}
                }
            }
            std::future::pending::<()>().await;
        });
        Self { url, heads, task }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The heads of the requests so far, header names in lower case.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}
