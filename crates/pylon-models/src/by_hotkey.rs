//! Lists that are objects keyed by hotkey in JSON, in their own order.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::Hotkey;

/// What an object is keyed by the hotkey of.
pub(crate) trait ByHotkey {
    /// Whose it is.
    fn hotkey(&self) -> &Hotkey;
}

pub(crate) fn serialize<S: Serializer, T: ByHotkey + Serialize>(
    items: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(items.len()))?;
    for item in items {
        map.serialize_entry(item.hotkey(), item)?;
    }
    map.end()
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: ByHotkey + DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct InOrder<T>(PhantomData<T>);

    impl<'de, T: ByHotkey + DeserializeOwned> Visitor<'de> for InOrder<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of neurons by hotkey")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some((hotkey, item)) = map.next_entry::<Hotkey, T>()? {
                if *item.hotkey() != hotkey {
                    return Err(A::Error::custom(format_args!(
                        "{hotkey} names the neuron of {}",
                        item.hotkey()
                    )));
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    deserializer.deserialize_map(InOrder(PhantomData))
}
