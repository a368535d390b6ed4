//! How one runtime API's answer is to be read, decided once for each spec version.

use std::marker::PhantomData;

use codec::DecodeAll;
use scale_info::PortableRegistry;
use subxt::Metadata;

use super::DecodeError;
use super::wire::Wire;

/// The type that a runtime API answers with.
#[derive(Debug)]
pub(crate) struct Layout<T> {
    id: u32,
    exact: bool,
    reads: PhantomData<fn() -> T>,
}

// Derived, these would ask the same of `T`.
impl<T> Copy for Layout<T> {}

impl<T> Clone for Layout<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Wire> Layout<T> {
    /// `None`: the runtime has no such API.
    pub(crate) fn of(metadata: &Metadata, api: &str, method: &str) -> Option<Self> {
        Some(Self::of_type(
            metadata.types(),
            answer_of(metadata, api, method)?,
        ))
    }

    pub(crate) fn of_type(types: &PortableRegistry, id: u32) -> Self {
        Self {
            id,
            exact: T::matches(types, id),
            reads: PhantomData,
        }
    }

    /// Whether the static layout is the runtime's.
    pub(crate) fn is_exact(&self) -> bool {
        self.exact
    }

    /// The same, never read the static way.
    pub(crate) fn by_name(self) -> Self {
        Self {
            exact: false,
            ..self
        }
    }

    pub(crate) fn decode(
        &self,
        mut bytes: &[u8],
        types: &PortableRegistry,
    ) -> Result<T, DecodeError> {
        if self.exact {
            return Ok(T::decode_all(&mut bytes)?);
        }
        let value = T::by_name(&mut bytes, types, self.id)?;
        match bytes.len() {
            0 => Ok(value),
            left => Err(DecodeError::LeftOver(left)),
        }
    }
}

/// The id of the type that a runtime API answers with.
pub(crate) fn answer_of(metadata: &Metadata, api: &str, method: &str) -> Option<u32> {
    let method = metadata
        .runtime_api_trait_by_name(api)?
        .method_by_name(method)?;
    Some(method.output_ty())
}
