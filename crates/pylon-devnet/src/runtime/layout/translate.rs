//! Between our codec and a layout's: June's indices are ours, so its bytes are too; October's events
//! and errors have numbers of their own. Bytes are walked by the types that they are made of, which
//! finds an error at any depth of an event.

use std::{collections::BTreeMap, sync::LazyLock};

use codec::{Compact, Decode, Encode};
use scale_info::{
    PortableRegistry, Registry, TypeDef, TypeDefPrimitive, TypeInfo, form::PortableForm, meta_type,
};

use super::{Described, Layout, describe};
use crate::runtime::{RuntimeCall, RuntimeError, system::EventRecord};

/// Types of events, errors and calls.
struct Types {
    registry: PortableRegistry,
    events: u32,
    errors: u32,
    call: u32,
}

impl Types {
    fn new(described: Described) -> Self {
        fn register<T: TypeInfo + 'static>(registry: &mut Registry) -> u32 {
            registry.register_type(&meta_type::<T>()).id
        }
        describe(described, || {
            let mut registry = Registry::new();
            let events = register::<Vec<EventRecord>>(&mut registry);
            let errors = register::<RuntimeError>(&mut registry);
            let call = register::<RuntimeCall>(&mut registry);
            Self {
                registry: registry.into(),
                events,
                errors,
                call,
            }
        })
    }

    /// The variants of every enum that is a pallet's own, by its path.
    fn enums(&self) -> impl Iterator<Item = (u32, String, &[scale_info::Variant<PortableForm>])> {
        self.registry.types.iter().filter_map(|ty| {
            let TypeDef::Variant(definition) = &ty.ty.type_def else {
                return None;
            };
            let path = ty.ty.path.to_string();
            path.starts_with("pallet_")
                .then_some((ty.id, path, definition.variants.as_slice()))
        })
    }
}

static JUNE: LazyLock<Types> = LazyLock::new(|| Types::new(Described::Layout(Layout::Jun2026)));
static OCTOBER: LazyLock<Types> = LazyLock::new(|| Types::new(Described::Layout(Layout::Oct2026)));

/// From our codec to October's.
static REVISION: LazyLock<Revision> = LazyLock::new(Revision::new);

/// Which index of our codec's becomes which, by the enum's type and by the pallet of an error.
struct Revision {
    types: Types,
    variants: BTreeMap<u32, BTreeMap<u8, u8>>,
    errors: BTreeMap<u8, u32>,
}

impl Revision {
    fn new() -> Self {
        let types = Types::new(Described::Codec);
        let october: BTreeMap<_, _> = OCTOBER
            .enums()
            .map(|(_, path, variants)| (path, variants))
            .collect();
        let mut variants = BTreeMap::new();
        for (id, path, ours) in types.enums() {
            let theirs = october.get(&path).copied().unwrap_or_default();
            let moved: BTreeMap<u8, u8> = ours
                .iter()
                .filter_map(|ours| {
                    let theirs = theirs.iter().find(|theirs| theirs.name == ours.name)?;
                    (theirs.index != ours.index).then_some((ours.index, theirs.index))
                })
                .collect();
            if !moved.is_empty() {
                variants.insert(id, moved);
            }
        }
        let mut errors = BTreeMap::new();
        if let Some(TypeDef::Variant(pallets)) =
            types.registry.resolve(types.errors).map(|ty| &ty.type_def)
        {
            for pallet in &pallets.variants {
                if let Some(error) = pallet.fields.first() {
                    errors.insert(pallet.index, error.ty.id);
                }
            }
        }
        Self {
            types,
            variants,
            errors,
        }
    }

    fn revised(&self, id: u32, index: u8) -> u8 {
        self.variants
            .get(&id)
            .and_then(|moved| moved.get(&index))
            .copied()
            .unwrap_or(index)
    }
}

/// A block's events as the layout that made them encodes them.
pub(crate) fn encode_events(layout: Layout, events: &[EventRecord]) -> Vec<u8> {
    let mut bytes = events.encode();
    if layout == Layout::Oct2026 {
        let walk = Walk {
            registry: &REVISION.types.registry,
            revision: Some(&REVISION),
            bytes: &mut bytes,
            at: 0,
        };
        if walk.run(REVISION.types.events).is_none() {
            tracing::error!("events do not read back by their own types");
        }
    }
    bytes
}

/// Whether a layout has a call and everything inside of it.
pub(crate) fn knows(layout: Layout, call: &RuntimeCall) -> bool {
    let types = match layout {
        Layout::Jun2026 => &JUNE,
        Layout::Oct2026 => &OCTOBER,
    };
    let walk = Walk {
        registry: &types.registry,
        revision: None,
        bytes: &mut call.encode(),
        at: 0,
    };
    walk.run(types.call).is_some()
}

/// A walk over SCALE bytes; `None` where they are not what the types say.
struct Walk<'a> {
    registry: &'a PortableRegistry,
    revision: Option<&'a Revision>,
    bytes: &'a mut [u8],
    at: usize,
}

impl Walk<'_> {
    fn run(mut self, ty: u32) -> Option<()> {
        self.value(ty)?;
        (self.at == self.bytes.len()).then_some(())
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.at = self.at.checked_add(length)?;
        (self.at <= self.bytes.len()).then_some(())
    }

    fn compact(&mut self) -> Option<u128> {
        let mut rest = self.bytes.get(self.at..)?;
        let before = rest.len();
        let Compact(value) = Compact::<u128>::decode(&mut rest).ok()?;
        let length = before - rest.len();
        self.skip(length)?;
        Some(value)
    }

    fn value(&mut self, id: u32) -> Option<()> {
        let registry = self.registry;
        let ty = registry.resolve(id)?;
        match &ty.type_def {
            TypeDef::Composite(composite) => {
                if ty.path.ident().as_deref() == Some("ModuleError") {
                    self.error()?;
                }
                for field in &composite.fields {
                    self.value(field.ty.id)?;
                }
            }
            TypeDef::Variant(definition) => {
                let revision = self.revision;
                let index = self.bytes.get_mut(self.at)?;
                let found = *index;
                if let Some(revision) = revision {
                    *index = revision.revised(id, found);
                }
                self.skip(1)?;
                let variant = definition.variants.iter().find(|v| v.index == found)?;
                for field in &variant.fields {
                    self.value(field.ty.id)?;
                }
            }
            TypeDef::Sequence(sequence) => {
                for _ in 0..self.compact()? {
                    self.value(sequence.type_param.id)?;
                }
            }
            TypeDef::Array(array) => {
                for _ in 0..array.len {
                    self.value(array.type_param.id)?;
                }
            }
            TypeDef::Tuple(tuple) => {
                for field in &tuple.fields {
                    self.value(field.id)?;
                }
            }
            TypeDef::Primitive(primitive) => self.primitive(primitive)?,
            TypeDef::Compact(compact) => match registry.resolve(compact.type_param.id)?.type_def {
                // The compact form of nothing is nothing.
                TypeDef::Tuple(_) => {}
                _ => {
                    self.compact()?;
                }
            },
            TypeDef::BitSequence(_) => return None,
        }
        Some(())
    }

    fn primitive(&mut self, primitive: &TypeDefPrimitive) -> Option<()> {
        let length = match primitive {
            TypeDefPrimitive::Bool | TypeDefPrimitive::U8 | TypeDefPrimitive::I8 => 1,
            TypeDefPrimitive::U16 | TypeDefPrimitive::I16 => 2,
            TypeDefPrimitive::Char | TypeDefPrimitive::U32 | TypeDefPrimitive::I32 => 4,
            TypeDefPrimitive::U64 | TypeDefPrimitive::I64 => 8,
            TypeDefPrimitive::U128 | TypeDefPrimitive::I128 => 16,
            TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => 32,
            TypeDefPrimitive::Str => usize::try_from(self.compact()?).ok()?,
        };
        self.skip(length)
    }

    /// Rewrites the number of a pallet's error, which follows the pallet's index.
    fn error(&mut self) -> Option<()> {
        let Some(revision) = self.revision else {
            return Some(());
        };
        let pallet = *self.bytes.get(self.at)?;
        let number = self.bytes.get_mut(self.at.checked_add(1)?)?;
        if let Some(error) = revision.errors.get(&pallet) {
            *number = revision.revised(*error, *number);
        }
        Some(())
    }
}
