//! Compares what this runtime declares with the real runtime's metadata, where that is at hand.

use std::{collections::BTreeMap, path::Path};

use codec::Decode;
use frame_metadata::{
    RuntimeMetadata, RuntimeMetadataPrefixed,
    v16::{RuntimeMetadataV16, StorageEntryType},
};
use scale_info::{PortableRegistry, TypeDef, form::PortableForm};

use super::{VERSIONS, metadata};
use crate::runtime::layout::Layout;

fn v16(mut bytes: &[u8]) -> RuntimeMetadataV16 {
    match RuntimeMetadataPrefixed::decode(&mut bytes).unwrap().1 {
        RuntimeMetadata::V16(metadata) => metadata,
        other => panic!("format {}", other.version()),
    }
}

/// A type's shape: everything that decides its bytes and its fields' names, without paths and docs.
fn shape(types: &PortableRegistry, id: u32, depth: u8) -> String {
    let Some(ty) = types.resolve(id).filter(|_| depth < 12) else {
        return "…".into();
    };
    // Calls hold calls, and this runtime declares some of them.
    if ty
        .path
        .segments
        .last()
        .is_some_and(|name| name == "RuntimeCall")
    {
        return "call".into();
    }
    let inner = |id: u32| shape(types, id, depth + 1);
    let fields = |fields: &[scale_info::Field<PortableForm>]| {
        let parts: Vec<String> = fields
            .iter()
            .map(|field| {
                format!(
                    "{}:{}",
                    field.name.as_deref().unwrap_or(""),
                    inner(field.ty.id)
                )
            })
            .collect();
        format!("{{{}}}", parts.join(","))
    };
    match &ty.type_def {
        TypeDef::Composite(composite) => fields(&composite.fields),
        TypeDef::Variant(variant) => {
            let parts: Vec<String> = variant
                .variants
                .iter()
                .map(|v| format!("{} {}{}", v.index, v.name, fields(&v.fields)))
                .collect();
            format!("enum[{}]", parts.join("|"))
        }
        TypeDef::Sequence(sequence) => format!("[{}]", inner(sequence.type_param.id)),
        TypeDef::Array(array) => format!("[{};{}]", inner(array.type_param.id), array.len),
        TypeDef::Tuple(tuple) => {
            let parts: Vec<String> = tuple.fields.iter().map(|field| inner(field.id)).collect();
            format!("({})", parts.join(","))
        }
        TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
        TypeDef::Compact(compact) => format!("compact {}", inner(compact.type_param.id)),
        TypeDef::BitSequence(_) => "bits".into(),
    }
}

/// The wanted entries by name, as text that differs exactly where the declaration does. The text of
/// an entry is made only when it is wanted: the real runtime's calls nest without an end.
fn entries(
    metadata: &RuntimeMetadataV16,
    wanted: impl Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    let types = &metadata.types;
    let mut found = BTreeMap::new();
    let mut insert = |name: String, text: &dyn Fn() -> String| {
        if wanted(&name) {
            found.insert(name, text());
        }
    };
    for pallet in &metadata.pallets {
        let name = &pallet.name;
        insert(name.clone(), &|| pallet.index.to_string());
        for entry in pallet.storage.iter().flat_map(|storage| &storage.entries) {
            insert(format!("{name}.{}", entry.name), &|| {
                let ty = match &entry.ty {
                    // An event is one of every pallet's, of which this runtime declares some.
                    _ if entry.name == "Events" => String::new(),
                    StorageEntryType::Plain(value) => shape(types, value.id, 0),
                    StorageEntryType::Map {
                        hashers,
                        key,
                        value,
                    } => {
                        let (key, value) = (shape(types, key.id, 0), shape(types, value.id, 0));
                        format!("{hashers:?} {key} => {value}")
                    }
                };
                format!("{:?} {ty} = {:?}", entry.modifier, entry.default)
            });
        }
        for constant in &pallet.constants {
            insert(format!("{name} const {}", constant.name), &|| {
                // The version lists the APIs, and this runtime implements fewer.
                let value = if constant.name == "Version" {
                    &[][..]
                } else {
                    &constant.value
                };
                format!("{} = {value:?}", shape(types, constant.ty.id, 0))
            });
        }
        let enums = [
            ("call", pallet.calls.as_ref().map(|calls| calls.ty.id)),
            ("event", pallet.event.as_ref().map(|event| event.ty.id)),
            ("error", pallet.error.as_ref().map(|error| error.ty.id)),
        ];
        for (kind, id) in enums {
            let Some(ty) = id.and_then(|id| types.resolve(id)) else {
                continue;
            };
            insert(format!("{name} {kind}"), &|| ty.path.to_string());
            let TypeDef::Variant(variants) = &ty.type_def else {
                continue;
            };
            for variant in &variants.variants {
                insert(format!("{name} {kind} {}", variant.name), &|| {
                    let fields: Vec<String> = variant
                        .fields
                        .iter()
                        .map(|f| format!("{:?}: {}", f.name, shape(types, f.ty.id, 0)))
                        .collect();
                    format!("{} {fields:?}", variant.index)
                });
            }
        }
    }
    for api in &metadata.apis {
        insert(format!("api {}", api.name), &|| {
            format!("version {}", api.version.0)
        });
        for method in &api.methods {
            insert(format!("{}.{}", api.name, method.name), &|| {
                let inputs: Vec<String> = method
                    .inputs
                    .iter()
                    .map(|input| format!("{}: {}", input.name, shape(types, input.ty.id, 0)))
                    .collect();
                format!("{inputs:?} {}", shape(types, method.output.id, 0))
            });
        }
    }
    for extension in &metadata.extrinsic.transaction_extensions {
        insert(format!("extension {}", extension.identifier), &|| {
            let (ty, implicit) = (extension.ty.id, extension.implicit.id);
            format!("{} {}", shape(types, ty, 0), shape(types, implicit, 0))
        });
    }
    for path in [
        "AccountId32",
        "MultiAddress",
        "Era",
        "DispatchError",
        "H256",
        "MultiSignature",
        "UncheckedExtrinsic",
        "RuntimeDispatchInfo",
    ] {
        let ty = types
            .types
            .iter()
            .find(|ty| ty.ty.path.segments.last().is_some_and(|s| s == path));
        if let Some(ty) = ty {
            insert(format!("path of {path}"), &|| ty.ty.path.to_string());
        }
    }
    found
}

#[test]
fn every_declared_entry_is_declared_so_by_the_real_runtime() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/metadata");
    let Ok(real) = std::fs::read(folder.join("finney-jul2026.scale")) else {
        println!("skipped: no metadata of the real runtime here");
        return;
    };
    let ours = entries(&v16(metadata(Layout::Jun2026, 16).unwrap()), |_| true);
    let real = entries(&v16(&real), |name| ours.contains_key(name));
    let mut differences = Vec::new();
    for (name, entry) in &ours {
        match real.get(name) {
            Some(theirs) if theirs == entry => {}
            Some(theirs) => differences.push(format!("{name}\n  real {theirs}\n  here {entry}")),
            None => differences.push(format!("{name}\n  the real runtime has none")),
        }
    }
    println!("{} entries compared", ours.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_three_formats_describe_the_same_pallets() {
    for (layout, format) in Layout::ALL
        .into_iter()
        .flat_map(|layout| VERSIONS.map(|format| (layout, format)))
    {
        let bytes = metadata(layout, format).unwrap();
        let decoded = subxt::Metadata::decode_from(bytes).unwrap();
        let mut pallets: Vec<_> = decoded
            .pallets()
            .map(|pallet| pallet.name().to_owned())
            .collect();
        pallets.sort_unstable();
        assert_eq!(
            pallets,
            [
                "AdminUtils",
                "Aura",
                "Balances",
                "Commitments",
                "Drand",
                "Proxy",
                "SubtensorModule",
                "Sudo",
                "Swap",
                "System",
                "Timestamp",
                "TransactionPayment",
                "Utility"
            ],
            "{layout} V{format}"
        );
    }
    assert_eq!(metadata(Layout::Jun2026, 13), None);
}
