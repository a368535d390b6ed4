//! Requests to other neurons, signed by the service with an identity's hotkey.

use pylon_models::wire::{SignRequestBody, SignedRequestBody};
use pylon_models::{AuthScheme, Hotkey};
use sha2::{Digest, Sha256};

use crate::{Call, Identity};

impl Identity {
    /// `POST …/sign/request`: has a request signed that this program is about to send to another neuron. `target` is its
    /// path, with its query, just as it goes over the wire. The answer is the headers that make it good; the receiver takes
    /// it for some seconds, and once. The body itself stays here: the service is told its hash.
    ///
    /// The service signs what its configuration allows (`identities.NAME.sign`): by these schemes, for hotkeys of these
    /// subnets; else it is `forbidden`. Too many at once are `rate_limited`.
    ///
    /// ```no_run
    /// # async fn run(identity: pylon_client::Identity, miner: pylon_client::models::v1::Neuron, http: reqwest::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use pylon_client::AuthScheme;
    ///
    /// let (target, body) = ("/v1/tasks?kind=short", br#"{"prompt":"2+2"}"#);
    /// let signed = identity
    ///     .sign_request(AuthScheme::Btauth1, miner.hotkey, "POST", target, body)
    ///     .await?;
    /// let axon = miner.axon_info;
    /// let mut request = http.post(format!("http://{}:{}{target}", axon.ip, axon.port)).body(&body[..]);
    /// for (name, value) in &signed.headers {
    ///     request = request.header(name, value);
    /// }
    /// let answer = request.send().await?;
    /// # let _ = answer;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign_request(
        &self,
        scheme: AuthScheme,
        receiver: Hotkey,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> Call<SignedRequestBody> {
        let body = SignRequestBody {
            scheme,
            method: method.to_owned(),
            path: target.to_owned(),
            body_sha256: format!("{:x}", Sha256::digest(body)),
            receiver,
        };
        self.scope().post("/sign/request", &body)
    }
}
