//! One call: what it asks for, how long it may take, and the attempts it is made of.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::answer::{Answer, Cached, ETag, Fetched};
use crate::retry::chance;
use crate::{Error, PylonClient};

/// A call that is ready to be made. Awaiting it makes it and gives the body; [`Call::fetch`] gives what
/// came with the body too, and [`Call::if_none_match`] asks for the body only if it changed.
///
/// A call owns what it needs, so it can be moved into a task. Dropping its future abandons it.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    client: PylonClient,
    question: Question,
    timeout: Duration,
    retries: u32,
    accepts: Option<StatusCode>,
    body: PhantomData<fn() -> T>,
}

/// What is sent of a call, each time.
#[derive(Clone)]
pub(crate) struct Question {
    /// With its query.
    pub(crate) path: String,
    pub(crate) token: Option<HeaderValue>,
    pub(crate) method: Method,
    /// The body in JSON.
    pub(crate) json: Option<String>,
    /// Headers beside those that every request has. A value that no header can have makes the call fail.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl<T> Call<T> {
    pub(crate) fn get(
        client: PylonClient,
        path: impl Into<String>,
        token: Option<HeaderValue>,
    ) -> Self {
        let question = Question {
            path: path.into(),
            token,
            method: Method::GET,
            json: None,
            headers: Vec::new(),
        };
        Self::new(client, question)
    }

    /// For questions too, since it is repeated as a `get` is.
    pub(crate) fn post(
        client: PylonClient,
        path: String,
        token: Option<HeaderValue>,
        body: &impl Serialize,
    ) -> Self {
        let question = Question {
            path,
            token,
            method: Method::POST,
            json: Some(serde_json::to_string(body).unwrap_or_default()),
            headers: Vec::new(),
        };
        Self::new(client, question)
    }

    fn new(client: PylonClient, question: Question) -> Self {
        Self {
            question,
            timeout: client.inner().timeout,
            retries: client.inner().retry.retries,
            accepts: None,
            client,
            body: PhantomData,
        }
    }

    /// A status besides success whose body is what the call asks for.
    pub(crate) fn also_accepting(mut self, status: StatusCode) -> Self {
        self.accepts = Some(status);
        self
    }

    pub(crate) fn with_method(mut self, method: Method) -> Self {
        self.question.method = method;
        self
    }

    /// In place of a header of that name that it has.
    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        let headers = &mut self.question.headers;
        headers.retain(|(given, _)| *given != name);
        headers.push((name, value));
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let path = &mut self.question.path;
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(name);
        path.push('=');
        path.push_str(value);
        self
    }

    /// The same question, whose answer is read as something else.
    pub(crate) fn cast<U>(self) -> Call<U> {
        Call {
            client: self.client,
            question: self.question,
            timeout: self.timeout,
            retries: self.retries,
            accepts: self.accepts,
            body: PhantomData,
        }
    }

    /// Asks for the last finalized block where the call would read the best head: a few blocks older, and never taken
    /// back by a reorganisation. It is `?finalized=true`, and says nothing to a call that names its block.
    pub fn finalized(self) -> Self {
        self.query("finalized", "true")
    }

    /// How long the call may take, attempts and pauses together, instead of the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// No longer than this, whatever time it was given.
    pub(crate) fn within(mut self, time: Duration) -> Self {
        self.timeout = self.timeout.min(time);
        self
    }

    /// How often the call asks again at most, instead of as often as the client's policy says.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The path that is asked for, below the service's URL, with its query if it has one.
    pub fn path(&self) -> &str {
        &self.question.path
    }

    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub fn method(&self) -> &str {
        self.question.method.as_str()
    }
}

impl<T: DeserializeOwned> Call<T> {
    /// Makes the call and gives the body with what came beside it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch(self) -> Result<Fetched<T>, Error> {
        match self.run(None).await? {
            Cached::Changed(fetched) => Ok(fetched),
            // Nothing was asked about, so this cannot be said; it is no body either.
            Cached::NotModified => Err(Error::Decode {
                source: serde::de::Error::custom("a 304 to a request without a tag"),
                request_id: None,
            }),
        }
    }

    /// Makes the call, and gives the body only if it is not the one that came with `etag`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn if_none_match(self, etag: &ETag) -> Result<Cached<T>, Error> {
        self.run(Some(etag)).await
    }

    async fn run(self, etag: Option<&ETag>) -> Result<Cached<T>, Error> {
        let inner = self.client.inner();
        let policy = crate::RetryPolicy {
            retries: self.retries,
            ..inner.retry
        };
        let late = || Error::Timeout {
            after: self.timeout,
        };
        let deadline = Instant::now().checked_add(self.timeout);
        let left = || match deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        };
        let mut done = 0;
        loop {
            let attempt = tokio::time::timeout(left(), self.attempt(left(), etag));
            let error = match attempt.await.map_err(|_| late())? {
                Ok(cached) => {
                    inner.budget.earn();
                    return Ok(cached);
                }
                Err(error) => error,
            };
            let pause = policy.pause(error.retry(), error.retry_after(), done, chance());
            match pause {
                Some(pause) if pause < left() && inner.budget.take() => {
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(error),
            }
            done += 1;
        }
    }

    async fn attempt(&self, left: Duration, etag: Option<&ETag>) -> Result<Cached<T>, Error> {
        let answer = Answer::to(&self.question, self.client.inner(), etag, left).await?;
        answer.read(self.accepts)
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.fetch().await?.body) })
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            question: self.question.clone(),
            ..*self
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method())
            .field("path", &self.path())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
