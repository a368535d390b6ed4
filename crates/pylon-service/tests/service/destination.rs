//! What is posted to others.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Somebody who takes whatever is posted.
pub(crate) struct Destination {
    pub(crate) address: String,
    posts: Receiver<Post>,
    refuses: Arc<AtomicBool>,
}

pub(crate) struct Post {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Destination {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, posts) = channel();
        let refuses = Arc::new(AtomicBool::new(false));
        let refusing = Arc::clone(&refuses);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                while let Some(post) = Post::read(&mut reader) {
                    let status = match refusing.load(Ordering::Relaxed) {
                        true => "503 Service Unavailable",
                        false => "200 OK",
                    };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                    let answered = reader.get_mut().write_all(answer.as_bytes());
                    if sender.send(post).is_err() || answered.is_err() {
                        break;
                    }
                }
            }
        });
        Self {
            address,
            posts,
            refuses,
        }
    }

    /// Whether it refuses what comes from now on.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Relaxed);
    }

    pub(crate) fn next(&self) -> Post {
        self.posts.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// What came until now.
    pub(crate) fn rest(&self) -> Vec<Post> {
        self.posts.try_iter().collect()
    }
}

impl Post {
    /// What of the body is text, as protobuf holds it between the rest.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn read(from: &mut impl BufRead) -> Option<Self> {
        let mut first = String::new();
        from.read_line(&mut first)
            .ok()
            .filter(|length| *length > 0)?;
        let path = first.split(' ').nth(1)?.to_owned();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            from.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        from.read_exact(&mut body).ok()?;
        Some(Self {
            path,
            headers,
            body,
        })
    }
}
