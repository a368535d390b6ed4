//! Reading SCALE answers two ways: straight into our structs where the runtime's metadata declares the very
//! layout that they have, and field by field, by name, where it declares another one.

mod commitments;
mod events;
mod hyperparameters;
mod layout;
mod metagraph;
mod neurons;
mod prices;
mod settings;
pub(crate) mod skip;
mod value;
pub(crate) mod wire;

pub(crate) use commitments::{Registration, encode_field, takes_fields};
pub(crate) use events::{EventRecord, Executed, Failure};
pub(crate) use hyperparameters::{HyperparametersLayout, NAMED as NEWEST_HYPERPARAMETERS};
pub(crate) use layout::Layout;
pub(crate) use metagraph::{
    INDEXES as METAGRAPH_INDEXES, Metagraph, MetagraphLayout, STANDING_INDEXES,
};
pub(crate) use neurons::{AxonInfo, NeuronLite, neurons};
pub(crate) use prices::SubnetPrice;
pub(crate) use settings::{BeaconConfiguration, EpochConsensus};
pub(crate) use value::Values;
pub(crate) use wire::{Wire, wire_struct};

/// Why an answer of the node could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early, or hold a value that its type does not have.
    #[error("the bytes do not fit their type")]
    Bytes(#[source] codec::Error),
    /// The same, met while reading by name.
    #[error("the bytes do not fit their type")]
    Value(#[source] Box<scale_decode::Error>),
    /// Something follows the value.
    #[error("{0} bytes are left over")]
    LeftOver(usize),
    /// The metadata declares something that this reader has no use for.
    #[error("the runtime declares {found} where {expected} is expected")]
    Type {
        /// What the reader looks for.
        expected: &'static str,
        /// What the metadata has in its place.
        found: &'static str,
    },
    /// The bytes are no extrinsic of this runtime.
    #[error("the bytes are no extrinsic of this runtime")]
    Extrinsic(#[source] Box<subxt::ext::frame_decode::extrinsics::ExtrinsicDecodeError>),
    /// A field that nothing can stand for is not declared, or was not filled in.
    #[error("the field {0} is missing")]
    MissingField(&'static str),
    /// The parts of one answer contradict each other.
    #[error("{0}")]
    Inconsistent(&'static str),
}

impl From<codec::Error> for DecodeError {
    fn from(error: codec::Error) -> Self {
        Self::Bytes(error)
    }
}

impl From<scale_decode::Error> for DecodeError {
    fn from(error: scale_decode::Error) -> Self {
        Self::Value(Box::new(error))
    }
}

impl From<scale_decode::visitor::DecodeError> for DecodeError {
    fn from(error: scale_decode::visitor::DecodeError) -> Self {
        Self::Value(Box::new(error.into()))
    }
}
