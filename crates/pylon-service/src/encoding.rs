//! Content codings: which one a client wants, and bodies that hold each form once it was asked for.

use std::io::Write;

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::metrics::{EncodingLabels, Metrics};
use crate::tasks::Tasks;

/// A content coding that bodies are served in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

/// Where the client has no preference: the cheapest to make first, none is far larger than another.
const PREFERRED: [Coding; 4] = [Coding::Zstd, Coding::Brotli, Coding::Gzip, Coding::Identity];

/// Below this a body fits into one packet as it is.
const WORTHWHILE: usize = 1024;

impl Coding {
    /// Its name in `Accept-Encoding` and `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The coding to answer with (RFC 9110, 12.5.3): the highest q-value wins, ours breaks ties.
    /// A client that forbids everything we have gets the body as it is.
    pub(crate) fn negotiate(accept_encoding: Option<&str>) -> Self {
        let Some(header) = accept_encoding else {
            return Self::Identity;
        };
        let mut best = (Self::Identity, 0);
        for coding in PREFERRED {
            let quality = quality_of(coding, header);
            if quality > best.1 {
                best = (coding, quality);
            }
        }
        best.0
    }

    fn compress(self, body: &Bytes) -> std::io::Result<Bytes> {
        Ok(match self {
            Self::Identity => body.clone(),
            Self::Gzip => {
                let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
                to.write_all(body)?;
                to.finish()?.into()
            }
            Self::Brotli => {
                let mut to = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 5, 20);
                to.write_all(body)?;
                to.flush()?;
                to.into_inner().into()
            }
            Self::Zstd => zstd::bulk::compress(body, 3)?.into(),
        })
    }
}

/// The q-value of a coding in thousandths; 0 means "do not".
fn quality_of(coding: Coding, header: &str) -> u16 {
    let mut any = None;
    for item in header.split(',') {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let name = name.trim();
        let is_it = name.eq_ignore_ascii_case(coding.name())
            || (coding == Coding::Gzip && name.eq_ignore_ascii_case("x-gzip"));
        if is_it {
            return quality(parameters);
        }
        if name == "*" {
            any = Some(quality(parameters));
        }
    }
    // What is not listed is not wanted, but for the body as it is: that is what remains.
    any.unwrap_or(u16::from(coding == Coding::Identity))
}

fn quality(parameters: &str) -> u16 {
    let Some(value) = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    }) else {
        return 1000;
    };
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 3;
    match whole {
        "1" if fraction.bytes().all(|byte| byte == b'0') => 1000,
        "0" if digits(fraction) => format!("{fraction:0<3}").parse().unwrap_or(0),
        // A q-value that cannot be read asks for nothing.
        _ => 0,
    }
}

/// A body, and each compressed form of it once a client asked for that.
pub(crate) struct Body {
    identity: Bytes,
    gzip: OnceCell<Bytes>,
    brotli: OnceCell<Bytes>,
    zstd: OnceCell<Bytes>,
}

impl Body {
    pub(crate) fn new(identity: Bytes) -> Self {
        Self {
            identity,
            gzip: OnceCell::new(),
            brotli: OnceCell::new(),
            zstd: OnceCell::new(),
        }
    }

    /// The body as it is.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.identity
    }

    /// The body in that coding if it is worth it, made once however many ask at the same time.
    pub(crate) async fn get(
        &self,
        coding: Coding,
        tasks: &Tasks,
        metrics: &Metrics,
    ) -> (Coding, Bytes) {
        let form = match coding {
            _ if self.identity.len() < WORTHWHILE => {
                return (Coding::Identity, self.identity.clone());
            }
            Coding::Identity => return (coding, self.identity.clone()),
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
            Coding::Zstd => &self.zstd,
        };
        let made = form.get_or_try_init(|| async {
            let body = self.identity.clone();
            let made = tasks
                .block(move || coding.compress(&body))
                .await
                .and_then(Result::ok)
                .ok_or(())?;
            metrics
                .compressions
                .get_or_create(&EncodingLabels {
                    encoding: coding.name(),
                })
                .inc();
            Ok::<_, ()>(made)
        });
        match made.await {
            Ok(bytes) => (coding, bytes.clone()),
            Err(()) => (Coding::Identity, self.identity.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_coding_with_the_highest_q_value_wins() {
        for (header, coding) in [
            (None, Coding::Identity),
            (Some(""), Coding::Identity),
            (Some("gzip"), Coding::Gzip),
            (Some("x-gzip"), Coding::Gzip),
            (Some("GZIP;Q=1.0"), Coding::Gzip),
            (Some("gzip, deflate, br"), Coding::Brotli),
            (Some("gzip, deflate, br, zstd"), Coding::Zstd),
            (Some("gzip;q=1.0, br;q=0.9, zstd;q=0.8"), Coding::Gzip),
            (Some("br;q=0.001"), Coding::Brotli),
            (Some("br;q=0, gzip;q=0.5"), Coding::Gzip),
            (Some("*"), Coding::Zstd),
            (Some("*;q=0.5, gzip"), Coding::Gzip),
            (Some("*;q=0"), Coding::Identity),
            (Some("identity;q=0, *;q=0"), Coding::Identity),
            (Some("identity, gzip;q=0.5"), Coding::Identity),
            (Some("gzip;q=0.5, identity;q=0.1"), Coding::Gzip),
            (Some("zstd;q=nonsense, gzip;q=0.2"), Coding::Gzip),
            (Some("zstd;q=2, gzip;q=0.2"), Coding::Gzip),
            (Some("zstd;q=0.0000, gzip"), Coding::Gzip),
            (Some("deflate"), Coding::Identity),
        ] {
            assert_eq!(Coding::negotiate(header), coding, "{header:?}");
        }
    }

    #[tokio::test]
    async fn each_compressed_form_holds_the_body_and_is_made_once() {
        let text = Bytes::from("neurons and validators ".repeat(1000));
        let (tasks, metrics, body) = (
            Tasks::new(Metrics::default()),
            Metrics::default(),
            Body::new(text.clone()),
        );
        for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            let (first, second) = tokio::join!(
                body.get(coding, &tasks, &metrics),
                body.get(coding, &tasks, &metrics)
            );
            assert_eq!((first.0, first.1.as_ptr()), (coding, second.1.as_ptr()));
            assert!(first.1.len() < text.len() / 10);
            assert_eq!(
                metrics
                    .compressions
                    .get_or_create(&EncodingLabels {
                        encoding: coding.name()
                    })
                    .get(),
                1
            );
            let mut back = Vec::new();
            match coding {
                Coding::Gzip => flate2::read::GzDecoder::new(&first.1[..])
                    .read_to_end(&mut back)
                    .unwrap(),
                Coding::Brotli => brotli::Decompressor::new(&first.1[..], 4096)
                    .read_to_end(&mut back)
                    .unwrap(),
                _ => zstd::Decoder::new(&first.1[..])
                    .unwrap()
                    .read_to_end(&mut back)
                    .unwrap(),
            };
            assert_eq!(back, text);
        }
    }

    #[tokio::test]
    async fn a_small_body_is_sent_as_it_is() {
        let (tasks, metrics) = (Tasks::new(Metrics::default()), Metrics::default());
        let (coding, _) = Body::new(Bytes::from_static(b"{}"))
            .get(Coding::Gzip, &tasks, &metrics)
            .await;
        assert_eq!(coding, Coding::Identity);
    }
}
