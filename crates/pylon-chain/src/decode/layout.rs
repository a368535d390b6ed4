//! How a value of the chain is to be read, decided once for each spec version.

use std::marker::PhantomData;

use codec::DecodeAll;
use scale_info::PortableRegistry;
use subxt::Metadata;

use super::DecodeError;
use super::wire::Wire;

/// The type that a runtime API answers with, or that a storage entry holds.
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

    /// The same for what a storage entry holds. `None`: the runtime has no such entry.
    pub(crate) fn of_value(metadata: &Metadata, pallet: &str, entry: &str) -> Option<Self> {
        let entry = metadata
            .pallet_by_name(pallet)?
            .storage()?
            .entry_by_name(entry)?;
        Some(Self::of_type(metadata.types(), entry.value_ty()))
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

#[cfg(test)]
mod tests {
    use codec::{Compact, Encode};
    use scale_info::{MetaType, Registry, TypeInfo};

    use super::*;
    use crate::decode::skip::skip;
    use crate::decode::wire::wire_struct;

    wire_struct! {
        /// What these tests read.
        struct Slot {
            hotkey: [u8; 32],
            uid: Compact<u16>,
            stake: Vec<(u16, Compact<u64>)>,
            trust: Compact<u16> = Compact(7),
            cutoff: Option<u64>,
        }
    }

    const READ: Slot = Slot {
        hotkey: [9; 32],
        uid: Compact(300),
        stake: Vec::new(),
        trust: Compact(7),
        cutoff: Some(5),
    };

    /// What the chain may declare instead of it.
    mod declared {
        use super::*;

        #[derive(TypeInfo, Encode)]
        pub(super) struct AccountId32(pub(super) [u8; 32]);
        #[derive(TypeInfo, Encode)]
        pub(super) struct NetUid(#[codec(compact)] pub(super) u16);

        /// The same bytes under newtypes.
        #[derive(TypeInfo, Encode)]
        pub(super) struct Wrapped {
            pub(super) hotkey: AccountId32,
            pub(super) uid: NetUid,
            pub(super) stake: Vec<(u16, Compact<u64>)>,
            pub(super) trust: Compact<u16>,
            pub(super) cutoff: Option<u64>,
        }

        /// In another order, wider in one place, with a field more and one that may be missing less.
        #[derive(TypeInfo, Encode)]
        pub(super) struct Newer {
            pub(super) cutoff: Option<u64>,
            pub(super) uid: u32,
            pub(super) collateral: Option<(u8, String)>,
            pub(super) stake: Vec<(u16, Compact<u64>)>,
            pub(super) hotkey: AccountId32,
        }

        /// Without a field that nothing can stand for.
        #[derive(TypeInfo, Encode)]
        pub(super) struct Poorer {
            pub(super) uid: Compact<u16>,
            pub(super) cutoff: Option<u64>,
        }
    }

    fn layout<D: TypeInfo + 'static>() -> (PortableRegistry, Layout<Slot>) {
        let mut registry = Registry::new();
        let id = registry.register_type(&MetaType::new::<D>()).id;
        let types = PortableRegistry::from(registry);
        let layout = Layout::of_type(&types, id);
        (types, layout)
    }

    fn wrapped() -> Vec<u8> {
        declared::Wrapped {
            hotkey: declared::AccountId32([9; 32]),
            uid: declared::NetUid(300),
            stake: Vec::new(),
            trust: Compact(7),
            cutoff: Some(5),
        }
        .encode()
    }

    #[test]
    fn what_is_passed_over_ends_where_the_value_ends() {
        fn passes<T: TypeInfo + Encode + 'static>(value: T) {
            let mut registry = Registry::new();
            let id = registry.register_type(&MetaType::new::<T>()).id;
            let types = PortableRegistry::from(registry);
            let bytes = [value.encode(), vec![1, 2, 3]].concat();
            let mut rest = bytes.as_slice();
            skip(&mut rest, &types, id).unwrap();
            assert_eq!(rest, [1, 2, 3]);
            for end in 0..bytes.len() - 3 {
                assert!(
                    skip(&mut &bytes[..end], &types, id).is_err(),
                    "cut at {end}"
                );
            }
        }
        passes(7u128);
        passes((true, [5u16; 3], declared::AccountId32([9; 32])));
        passes(vec![(1u8, [2u32; 2]), (3, [4; 2])]);
        passes(vec![
            Compact(1u64),
            Compact(64),
            Compact(1 << 20),
            Compact(u64::MAX),
        ]);
        passes(vec![Compact(1u16), Compact(u16::MAX)]);
        passes(vec![Compact(1u128), Compact(u128::MAX)]);
        passes(vec![Some("words".to_owned()), None]);
        passes(Compact(70_000u32));
    }

    #[test]
    fn newtypes_change_no_layout() {
        let (types, layout) = layout::<declared::Wrapped>();
        assert!(layout.is_exact());
        assert_eq!(layout.decode(&wrapped(), &types).unwrap(), READ);
        assert_eq!(layout.by_name().decode(&wrapped(), &types).unwrap(), READ);
    }

    #[test]
    fn another_layout_is_read_by_name_and_a_dropped_field_gets_its_stand_in() {
        let (types, layout) = layout::<declared::Newer>();
        assert!(!layout.is_exact());
        let bytes = declared::Newer {
            cutoff: Some(5),
            uid: 300,
            collateral: Some((1, "new".into())),
            stake: Vec::new(),
            hotkey: declared::AccountId32([9; 32]),
        }
        .encode();
        assert_eq!(layout.decode(&bytes, &types).unwrap(), READ);
    }

    #[test]
    fn a_number_too_large_for_us_is_an_error() {
        let (types, layout) = layout::<declared::Newer>();
        let bytes = declared::Newer {
            cutoff: None,
            uid: 70_000,
            collateral: None,
            stake: Vec::new(),
            hotkey: declared::AccountId32([9; 32]),
        }
        .encode();
        assert!(matches!(
            layout.decode(&bytes, &types),
            Err(DecodeError::Value(_))
        ));
    }

    #[test]
    fn a_field_that_is_needed_and_not_declared_is_named() {
        let (types, layout) = layout::<declared::Poorer>();
        let bytes = declared::Poorer {
            uid: Compact(1),
            cutoff: None,
        }
        .encode();
        assert!(matches!(
            layout.decode(&bytes, &types),
            Err(DecodeError::MissingField("hotkey"))
        ));
    }

    #[test]
    fn what_follows_the_value_is_an_error_both_ways() {
        let (types, layout) = layout::<declared::Wrapped>();
        let longer = [wrapped(), vec![0]].concat();
        assert!(matches!(
            layout.decode(&longer, &types),
            Err(DecodeError::Bytes(_))
        ));
        assert!(matches!(
            layout.by_name().decode(&longer, &types),
            Err(DecodeError::LeftOver(1))
        ));
    }

    #[test]
    fn a_list_that_claims_more_items_than_there_are_bytes_is_refused_before_it_is_read() {
        let (types, layout) = layout::<declared::Wrapped>();
        let mut bytes = [9; 32].to_vec();
        Compact(300u16).encode_to(&mut bytes);
        Compact(u32::MAX).encode_to(&mut bytes);
        assert!(layout.decode(&bytes, &types).is_err());
        assert!(matches!(
            layout.by_name().decode(&bytes, &types),
            Err(DecodeError::Inconsistent(_))
        ));
    }
}
