//! What happened in a block: its events and errors by their names in the metadata.

use std::sync::Arc;

use pylon_devnet::Devnet;
use subxt::{
    OnlineClient, PolkadotConfig, backend::LegacyBackend, error::DispatchError, events::Phase,
    metadata::ArcMetadata, rpcs::RpcClient,
};

/// An event.
pub(crate) struct Event {
    /// Pallet and event, as `subtensorModule.AxonServed`.
    pub(crate) name: String,
    /// The extrinsic that it belongs to, none for the block itself.
    pub(crate) extrinsic: Option<u32>,
    fields: Vec<u8>,
    metadata: ArcMetadata,
}

impl Event {
    /// The name of the error that the event carries after `skipped` bytes.
    fn error(&self, skipped: usize) -> String {
        let bytes = self.fields[skipped..].to_vec();
        match DispatchError::decode_from(bytes, self.metadata.clone()).unwrap() {
            DispatchError::Module(error) => {
                let details = error.details().unwrap();
                format!("{}.{}", camel(details.pallet.name()), details.variant.name)
            }
            DispatchError::Token(error) => format!("Token.{error:?}"),
            DispatchError::Arithmetic(error) => format!("Arithmetic.{error:?}"),
            other => format!("{other:?}"),
        }
    }
}

fn camel(pallet: &str) -> String {
    let mut letters = pallet.chars();
    let first = letters.next().unwrap().to_ascii_lowercase();
    std::iter::once(first).chain(letters).collect()
}

/// Reads blocks of one devnet.
pub(crate) struct Reader(OnlineClient<PolkadotConfig>);

impl Reader {
    pub(crate) async fn connect(devnet: &Devnet) -> Self {
        let rpc = RpcClient::from_insecure_url(devnet.ws_url()).await.unwrap();
        let backend = LegacyBackend::builder().build(rpc);
        Self(OnlineClient::from_backend(Arc::new(backend)).await.unwrap())
    }

    /// The events of the best block.
    pub(crate) async fn best(&self, devnet: &Devnet) -> Vec<Event> {
        let at = self.0.at_block(u64::from(devnet.best().0)).await.unwrap();
        let events = at.events().fetch().await.unwrap();
        let metadata = at.metadata();
        events
            .iter()
            .map(|event| {
                let event = event.unwrap();
                Event {
                    name: format!("{}.{}", camel(event.pallet_name()), event.event_name()),
                    extrinsic: match event.phase() {
                        Phase::ApplyExtrinsic(index) => Some(index),
                        Phase::Finalization | Phase::Initialization => None,
                    },
                    fields: event.field_bytes().to_vec(),
                    metadata: metadata.clone(),
                }
            })
            .collect()
    }

    /// The events of an extrinsic of the best block.
    pub(crate) async fn extrinsic(&self, devnet: &Devnet, index: u32) -> Vec<Event> {
        let events = self.best(devnet).await.into_iter();
        events
            .filter(|event| event.extrinsic == Some(index))
            .collect()
    }
}

/// `ok`, or the name of the error that ended an extrinsic or the call inside of its `sudo`.
pub(crate) fn outcome(events: &[Event]) -> String {
    let find = |name| events.iter().find(|event| event.name == name);
    if let Some(failed) = find("system.ExtrinsicFailed") {
        return failed.error(0);
    }
    match find("sudo.Sudid") {
        Some(sudid) if sudid.fields[0] == 1 => sudid.error(1),
        _ => "ok".into(),
    }
}

/// The names of events, in order.
pub(crate) fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| &event.name[..]).collect()
}
