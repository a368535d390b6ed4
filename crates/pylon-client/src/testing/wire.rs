//! HTTP/1.1 as far as it takes to meet one request on each connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::reply::End;
use super::{Received, Script};

/// A request is on this machine and sent at once.
const READ: Duration = Duration::from_secs(10);
/// What a request may have of head and body; far more than the client sends.
const MOST: u64 = 16 << 20;

/// Meets requests until it is aborted, which ends its connections too.
pub(super) async fn serve(listener: TcpListener, script: Arc<Script>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, script.clone()));
                }
                // Out of descriptors, as a rule: some may be given back.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What does not arrive whole is nobody's request, and whom an answer does not reach has gone.
async fn connection(mut stream: TcpStream, script: Arc<Script>) {
    let Ok(Ok(received)) = timeout(READ, read(&mut stream)).await else {
        return;
    };
    let reply = script.meet(received);
    sleep(reply.after).await;
    let sent = stream.write_all(&reply.bytes).await;
    if sent.is_ok() && reply.end == End::Silent {
        std::future::pending::<()>().await;
    }
    stream.shutdown().await.unwrap_or_default();
}

async fn read(stream: &mut TcpStream) -> io::Result<Received> {
    let mut reader = BufReader::new(stream).take(MOST);
    let first = line(&mut reader).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut received = Received {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let line = line(&mut reader).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let header = (name.to_ascii_lowercase(), value.trim().to_owned());
        received.headers.push(header);
    }
    let length = received.header("content-length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut received.body).await?;
    Ok(received)
}

async fn line(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<String> {
    let mut line = String::new();
    match reader.read_line(&mut line).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
