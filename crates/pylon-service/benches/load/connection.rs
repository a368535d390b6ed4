//! HTTP as cheap as a client can have it, so that a machine's two cores are the server's.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Opens whatever is measured.
pub(crate) const TOKEN: &str = "bench-open-access";

/// A GET with more headers, each with its line end.
pub(crate) fn request_text(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n{headers}\r\n")
}

/// A PUT of a JSON body.
pub(crate) fn put_text(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "PUT {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// A keep-alive connection that reads no more of HTTP than status and length.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    head: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 256 * 1024],
            head: String::new(),
            body: Vec::new(),
        })
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Sends a request and reads its whole answer; returns the status.
    pub(crate) async fn round_trip(&mut self, request: &str) -> std::io::Result<&str> {
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

pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
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

/// One request over a connection of its own.
pub(crate) async fn request(
    address: SocketAddr,
    path: &str,
    headers: &str,
) -> std::io::Result<Answer> {
    let mut connection = Connection::open(address).await?;
    connection.round_trip(&request_text(path, headers)).await?;
    Ok(Answer {
        head: connection.head,
        body: connection.body,
    })
}

/// What is answered with 200 at a path, as soon as it is.
pub(crate) async fn answered(address: SocketAddr, path: &str) -> Answer {
    let asked = std::time::Instant::now();
    loop {
        if let Ok(answer) = request(address, path, "").await
            && answer.head.starts_with("HTTP/1.1 200")
        {
            return answer;
        }
        assert!(
            asked.elapsed() < std::time::Duration::from_secs(20),
            "no answer within 20 s"
        );
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
