//! What an identity writes beside weights: commitments, its certificate, the hyperparameters of its subnet. All are jobs.

use pylon_models::v1::{
    CertificateKeyBody, DoneBody, GenerateCertificateBody, RevealRoundBody, SetCommitmentBody,
    SetRevealedCommitmentBody,
};
use pylon_models::wire::SetHyperparameterBody;
use pylon_models::{Receipt, SettableHyperparameter};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::jobs::unique;
use crate::{Call, Identity};

/// Ed25519.
const ALGORITHM: u8 = 1;

impl Identity {
    /// `POST …/commitments`: 1 to 512 bytes in the open, in place of what the identity's hotkey has committed. The answer
    /// comes when they are final; what the chain refuses is `chain_error`. Where the time runs out first (`timeout`) the
    /// job goes on: [`Identity::jobs`] has it.
    ///
    /// Like weights the request carries a name of its own, so that it is safe to repeat; a program that repeats it after a
    /// restart of its own gives it [one](Call::idempotency_key).
    pub fn commit(&self, data: impl AsRef<[u8]>) -> Call<DoneBody> {
        let commitment = data.as_ref().iter().map(|byte| format!("{byte:02x}"));
        let body = SetCommitmentBody {
            commitment: commitment.collect(),
        };
        self.post("/commitments", &body)
    }

    /// `POST …/commitments/revealed`: a text that the chain opens itself so many blocks later. The answer comes when it
    /// is final, and is the round of the beacon that opens it.
    pub fn commit_timelocked(
        &self,
        text: impl Into<String>,
        blocks_until_reveal: u32,
    ) -> Call<RevealRoundBody> {
        let body = SetRevealedCommitmentBody {
            commitment: text.into(),
            blocks_until_reveal,
        };
        self.post("/commitments/revealed", &body)
    }

    /// `POST …/certificates/self`: makes a key pair, and serves its public half with the axon of the identity's hotkey.
    /// The private half is in the answer and nowhere else, so the call is never repeated.
    pub fn generate_certificate(&self) -> Call<CertificateKeyBody> {
        let body = GenerateCertificateBody {
            algorithm: ALGORITHM,
        };
        self.scope().post("/certificates/self", &body).retries(0)
    }

    /// `PUT …/hyperparams/{hyperparameter}`: set with the key of the subnet's owner that the service has for the
    /// identity; without one it is `not_the_owner`. The answer comes when it is final.
    pub fn set_hyperparameter(
        &self,
        parameter: SettableHyperparameter,
        value: impl Into<Value>,
    ) -> Call<Receipt> {
        let body = SetHyperparameterBody {
            value: value.into(),
        };
        self.post(&format!("/hyperparams/{parameter}"), &body)
            .with_method(Method::PUT)
    }

    fn post<T>(&self, path: &str, body: &impl Serialize) -> Call<T> {
        self.scope().post(path, body).idempotency_key(unique())
    }
}
