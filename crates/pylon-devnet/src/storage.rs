//! Typed descriptors of storage entries.
//!
//! A storage entry is declared once, with `storage!`: its key, its codec and its
//! line in the metadata all come from that declaration.

use std::marker::PhantomData;

use codec::{Decode, DecodeAll, Encode};
use scale_info::{StaticTypeInfo, meta_type};
use sp_crypto_hashing::{blake2_128, twox_64, twox_128};
use sp_metadata_ir::{
    ItemDeprecationInfoIR, StorageEntryMetadataIR, StorageEntryModifierIR, StorageEntryTypeIR,
    StorageHasherIR,
};

use crate::state::State;

/// How one part of a map's key is hashed. All of ours are reversible: they end in the key itself.
pub(crate) trait Hasher {
    /// The hasher as the metadata names it.
    const IR: StorageHasherIR;
    /// Bytes of hash before the key.
    const LEN: usize;
    /// Appends hash and key.
    fn hash_into(key: &[u8], out: &mut Vec<u8>);
}

/// No hash.
pub(crate) enum Identity {}
/// 16 bytes of blake2b, then the key.
pub(crate) enum Blake2_128Concat {}
/// 8 bytes of xxhash, then the key.
pub(crate) enum Twox64Concat {}

impl Hasher for Identity {
    const IR: StorageHasherIR = StorageHasherIR::Identity;
    const LEN: usize = 0;
    fn hash_into(key: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(key);
    }
}

impl Hasher for Blake2_128Concat {
    const IR: StorageHasherIR = StorageHasherIR::Blake2_128Concat;
    const LEN: usize = 16;
    fn hash_into(key: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&blake2_128(key));
        out.extend_from_slice(key);
    }
}

impl Hasher for Twox64Concat {
    const IR: StorageHasherIR = StorageHasherIR::Twox64Concat;
    const LEN: usize = 8;
    fn hash_into(key: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&twox_64(key));
        out.extend_from_slice(key);
    }
}

/// One part of a map's key: its hasher and its type.
pub(crate) struct Part<H, K>(PhantomData<(H, K)>);

/// The key of an entry: `()` for a plain value, else a tuple of [`Part`]s.
pub(crate) trait Key {
    /// The values that make up a key.
    type Args;
    /// Appends the hashed key.
    fn append(args: &Self::Args, out: &mut Vec<u8>);
    /// Reads the values back from what follows the entry's prefix.
    fn parse(bytes: &[u8]) -> Option<Self::Args>;
    /// The entry's type in the metadata, for values of type `V`.
    fn entry_type<V: StaticTypeInfo>() -> StorageEntryTypeIR;
}

impl Key for () {
    type Args = ();
    fn append((): &(), _: &mut Vec<u8>) {}
    fn parse(bytes: &[u8]) -> Option<()> {
        bytes.is_empty().then_some(())
    }
    fn entry_type<V: StaticTypeInfo>() -> StorageEntryTypeIR {
        StorageEntryTypeIR::Plain(meta_type::<V>())
    }
}

fn parse_part<H: Hasher, K: Decode>(bytes: &mut &[u8]) -> Option<K> {
    *bytes = bytes.get(H::LEN..)?;
    K::decode(bytes).ok()
}

macro_rules! key_tuple {
    ($key:ty, $($hasher:ident $part:ident $index:tt),+) => {
        impl<$($hasher: Hasher, $part: Encode + Decode + StaticTypeInfo),+> Key for ($(Part<$hasher, $part>,)+) {
            type Args = ($($part,)+);
            fn append(args: &Self::Args, out: &mut Vec<u8>) {
                $($hasher::hash_into(&args.$index.encode(), out);)+
            }
            fn parse(mut bytes: &[u8]) -> Option<Self::Args> {
                let args = ($(parse_part::<$hasher, $part>(&mut bytes)?,)+);
                bytes.is_empty().then_some(args)
            }
            fn entry_type<V: StaticTypeInfo>() -> StorageEntryTypeIR {
                StorageEntryTypeIR::Map {
                    hashers: vec![$($hasher::IR),+],
                    key: meta_type::<$key>(),
                    value: meta_type::<V>(),
                }
            }
        }
    };
}
key_tuple!(A, HA A 0);
key_tuple!((A, B), HA A 0, HB B 1);
key_tuple!((A, B, C), HA A 0, HB B 1, HC C 2);

/// A map's key whose first parts are `P`, so that all that stands under them can be listed.
pub(crate) trait Under<P>: Key {
    /// Appends the first parts, hashed.
    fn append_first(first: &P, out: &mut Vec<u8>);
}

impl<HA: Hasher, HB, A: Encode, B> Under<(A,)> for (Part<HA, A>, Part<HB, B>)
where
    Self: Key,
{
    fn append_first((a,): &(A,), out: &mut Vec<u8>) {
        HA::hash_into(&a.encode(), out);
    }
}

impl<HA: Hasher, HB, HC, A: Encode, B, C> Under<(A,)> for (Part<HA, A>, Part<HB, B>, Part<HC, C>)
where
    Self: Key,
{
    fn append_first((a,): &(A,), out: &mut Vec<u8>) {
        HA::hash_into(&a.encode(), out);
    }
}

impl<HA: Hasher, HB: Hasher, HC, A: Encode, B: Encode, C> Under<(A, B)>
    for (Part<HA, A>, Part<HB, B>, Part<HC, C>)
where
    Self: Key,
{
    fn append_first((a, b): &(A, B), out: &mut Vec<u8>) {
        HA::hash_into(&a.encode(), out);
        HB::hash_into(&b.encode(), out);
    }
}

/// What an entry reads as where nothing is stored.
pub(crate) trait Absence<V> {
    /// The entry's modifier in the metadata.
    const MODIFIER: StorageEntryModifierIR;
    /// The default in the metadata, SCALE encoded.
    fn encoded(&self) -> Vec<u8>;
}

/// Reads as this value.
pub(crate) type Default<V> = fn() -> V;
/// Reads as nothing.
pub(crate) struct Optional;

impl<V: Encode> Absence<V> for Default<V> {
    const MODIFIER: StorageEntryModifierIR = StorageEntryModifierIR::Default;
    fn encoded(&self) -> Vec<u8> {
        self().encode()
    }
}

impl<V> Absence<V> for Optional {
    const MODIFIER: StorageEntryModifierIR = StorageEntryModifierIR::Optional;
    fn encoded(&self) -> Vec<u8> {
        vec![0]
    }
}

/// Bytes of an entry's prefix: the hashes of its pallet's name and of its own.
const PREFIX_LENGTH: usize = 32;

/// A storage entry: where it lives and how its values are coded.
pub(crate) struct Entry<K, V, A> {
    pallet: &'static str,
    item: &'static str,
    docs: &'static str,
    absence: A,
    marker: PhantomData<fn(K) -> V>,
}

impl<K: Key, V: Encode + Decode + StaticTypeInfo, A: Absence<V>> Entry<K, V, A> {
    /// An entry; see `storage!`.
    pub(crate) const fn new(
        pallet: &'static str,
        item: &'static str,
        docs: &'static str,
        absence: A,
    ) -> Self {
        Self {
            pallet,
            item,
            docs,
            absence,
            marker: PhantomData,
        }
    }

    /// The bytes that every key of this entry starts with.
    pub(crate) fn prefix(&self) -> [u8; PREFIX_LENGTH] {
        let mut prefix = [0; PREFIX_LENGTH];
        let (pallet, item) = prefix.split_at_mut(16);
        pallet.copy_from_slice(&twox_128(self.pallet.as_bytes()));
        item.copy_from_slice(&twox_128(self.item.as_bytes()));
        prefix
    }

    /// The raw key of `args`.
    pub(crate) fn key(&self, args: &K::Args) -> Vec<u8> {
        let mut key = self.prefix().to_vec();
        K::append(args, &mut key);
        key
    }

    /// The value stored at `args`. As in the real runtime, bytes that do not decode read as absent.
    pub(crate) fn find(&self, state: &State, args: K::Args) -> Option<V> {
        let mut bytes = state.get(&self.key(&args))?;
        V::decode(&mut bytes).ok()
    }

    /// Whether a value is stored at `args`.
    pub(crate) fn contains(&self, state: &State, args: K::Args) -> bool {
        state.get(&self.key(&args)).is_some()
    }

    /// Stores `value` at `args`.
    pub(crate) fn put(&self, state: &mut State, args: K::Args, value: V) {
        state.put(&self.key(&args), &value.encode());
    }

    /// The raw key of `args` and what [`put`](Self::put) would store there.
    pub(crate) fn change(&self, args: K::Args, value: &V) -> (Vec<u8>, Vec<u8>) {
        (self.key(&args), value.encode())
    }

    /// Removes what stands at `args`.
    pub(crate) fn kill(&self, state: &mut State, args: K::Args) {
        state.kill(&self.key(&args));
    }

    /// Removes everything that is stored.
    pub(crate) fn clear(&self, state: &mut State) {
        state.kill_prefix(&self.prefix());
    }

    /// Removes everything whose key starts with the parts `first`.
    pub(crate) fn clear_under<P>(&self, state: &mut State, first: P)
    where
        K: Under<P>,
    {
        let mut prefix = self.prefix().to_vec();
        K::append_first(&first, &mut prefix);
        state.kill_prefix(&prefix);
    }

    /// Every stored key and value, in raw key order.
    pub(crate) fn iter(&self, state: &State) -> Vec<(K::Args, V)> {
        Self::list(state, &self.prefix())
    }

    /// Every stored key that starts with the parts `first`, and its value, in raw key order.
    pub(crate) fn under<P>(&self, state: &State, first: P) -> Vec<(K::Args, V)>
    where
        K: Under<P>,
    {
        let mut prefix = self.prefix().to_vec();
        K::append_first(&first, &mut prefix);
        Self::list(state, &prefix)
    }

    fn list(state: &State, prefix: &[u8]) -> Vec<(K::Args, V)> {
        state
            .iter_prefix(prefix)
            .filter_map(|(key, value)| {
                Some((
                    K::parse(key.get(PREFIX_LENGTH..)?)?,
                    V::decode_all(&mut &*value).ok()?,
                ))
            })
            .collect()
    }

    /// The entry's line in the metadata.
    pub(crate) fn metadata(&self) -> StorageEntryMetadataIR {
        StorageEntryMetadataIR {
            name: self.item,
            modifier: A::MODIFIER,
            ty: K::entry_type::<V>(),
            default: self.absence.encoded(),
            docs: vec![self.docs],
            deprecation_info: ItemDeprecationInfoIR::NotDeprecated,
        }
    }
}

impl<K: Key, V: Encode + Decode + StaticTypeInfo> Entry<K, V, Default<V>> {
    /// The value at `args`, else the entry's default.
    pub(crate) fn get(&self, state: &State, args: K::Args) -> V {
        self.find(state, args).unwrap_or_else(|| (self.absence)())
    }

    /// Changes the value at `args`, starting from the default where there is none.
    pub(crate) fn mutate<R>(
        &self,
        state: &mut State,
        args: K::Args,
        change: impl FnOnce(&mut V) -> R,
    ) -> R
    where
        K::Args: Clone,
    {
        let mut value = self.get(state, args.clone());
        let result = change(&mut value);
        self.put(state, args, value);
        result
    }
}

/// Declares a pallet's storage: a constant per entry, and `storage_metadata()` over them all.
///
/// `NAME = "Item": [Hasher Key, …] => default Type = value;` reads as `value` where nothing is
/// stored, `=> optional Type;` as nothing.
macro_rules! storage {
    ($pallet:literal; $($doc:literal $name:ident = $item:literal: [$($hasher:ident $key:ty),*] => $kind:ident $value:ty $(= $default:expr)?;)*) => {
        $(
            #[doc = $doc]
            pub(crate) const $name: $crate::storage::Entry<$crate::storage::storage!(@key $($hasher $key),*), $value, $crate::storage::storage!(@absence $kind $value)> =
                $crate::storage::Entry::new($pallet, $item, $doc, $crate::storage::storage!(@default $kind $($default)?));
        )*

        /// The pallet's storage as the metadata has it.
        pub(crate) fn storage_metadata() -> sp_metadata_ir::PalletStorageMetadataIR {
            sp_metadata_ir::PalletStorageMetadataIR {
                prefix: $pallet,
                entries: vec![$($name.metadata()),*],
            }
        }
    };
    (@key) => { () };
    (@key $($hasher:ident $key:ty),+) => { ($($crate::storage::Part<$crate::storage::$hasher, $key>,)+) };
    (@absence optional $value:ty) => { $crate::storage::Optional };
    (@absence default $value:ty) => { $crate::storage::Default<$value> };
    (@default optional) => { $crate::storage::Optional };
    (@default default $default:expr) => { || $default };
}

pub(crate) use storage;
