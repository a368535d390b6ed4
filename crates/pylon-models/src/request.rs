use crate::names::names;

names! {
    /// How a request from one neuron to another is signed.
    AuthScheme is "scheme of signed requests" {
        /// That of the Bittensor SDK from version 11 on: method, path, query, body, sender and receiver are signed.
        Btauth1 = "btauth/1",
        /// Epistula, version 2: body and receiver are signed, method and path are not.
        Epistula2 = "epistula/2",
    }
}
