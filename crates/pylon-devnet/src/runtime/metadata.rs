//! The runtime's metadata, built from our own types.

#[cfg(test)]
mod conformance;

use std::{collections::BTreeMap, num::NonZeroU64, sync::LazyLock};

use codec::Encode;
use scale_info::{MetaType, Path, Type, TypeInfo, build::Fields, meta_type};
use sp_metadata_ir::{
    EnumDeprecationInfoIR, ExtrinsicMetadataIR, ItemDeprecationInfoIR, MetadataIR, OuterEnumsIR,
    PalletCallMetadataIR, PalletConstantMetadataIR, PalletErrorMetadataIR, PalletEventMetadataIR,
    PalletMetadataIR, RuntimeApiMetadataIR, RuntimeApiMethodMetadataIR,
    RuntimeApiMethodParamMetadataIR, into_version,
};
use sp_runtime::MultiSignature;

use super::{
    Address, RuntimeCall, RuntimeError, RuntimeEvent, RuntimeVersion, admin_utils, api, aura,
    balances, commitments, drand, extension,
    extrinsic::UncheckedExtrinsic,
    layout::{self, Described, Layout},
    oct2026, proxy, subtensor, sudo, swap, system, timestamp, transaction_payment, utility,
    version,
};

/// Versions of the metadata's format that the node serves.
pub(crate) const VERSIONS: [u32; 3] = [14, 15, 16];

/// Metadata bytes inside of a runtime API's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, codec::Encode, codec::Decode)]
pub(crate) struct OpaqueMetadata(Vec<u8>);

impl TypeInfo for OpaqueMetadata {
    type Identity = Self;
    fn type_info() -> Type {
        Type::builder()
            .path(Path::new("OpaqueMetadata", "sp_core"))
            .composite(Fields::unnamed().field(|f| f.ty::<Vec<u8>>().type_name("Vec<u8>")))
    }
}

/// A layout's metadata in every format.
type Encoded = BTreeMap<u32, Vec<u8>>;

fn encode(layout: Layout) -> Encoded {
    layout::describe(Described::Layout(layout), || {
        VERSIONS
            .into_iter()
            .filter_map(|format| Some((format, into_version(describe(layout), format)?.encode())))
            .collect()
    })
}

/// A layout's metadata in format `format`, as `state_getMetadata` has it: magic, format, contents.
pub(crate) fn metadata(layout: Layout, format: u32) -> Option<&'static [u8]> {
    static JUNE: LazyLock<Encoded> = LazyLock::new(|| encode(Layout::Jun2026));
    static OCTOBER: LazyLock<Encoded> = LazyLock::new(|| encode(Layout::Oct2026));
    let encoded = match layout {
        Layout::Jun2026 => &JUNE,
        Layout::Oct2026 => &OCTOBER,
    };
    encoded.get(&format).map(Vec::as_slice)
}

/// A layout's metadata in format `format` as the runtime API answers it.
pub(crate) fn opaque(layout: Layout, format: u32) -> Option<OpaqueMetadata> {
    metadata(layout, format).map(|bytes| OpaqueMetadata(bytes.to_vec()))
}

/// Stands for the runtime's type, which has no values.
struct Runtime;

impl TypeInfo for Runtime {
    type Identity = Self;
    fn type_info() -> Type {
        Type::builder()
            .path(Path::new("Runtime", "node_subtensor_runtime"))
            .composite(Fields::unit())
    }
}

fn describe(layout: Layout) -> MetadataIR {
    let extensions = extension::extension_metadata();
    let indices = (0u32..).take(extensions.len()).collect();
    MetadataIR {
        pallets: match layout {
            Layout::Jun2026 => pallets(layout),
            Layout::Oct2026 => pallets(layout).into_iter().map(of_october).collect(),
        },
        extrinsic: ExtrinsicMetadataIR {
            ty: meta_type::<UncheckedExtrinsic>(),
            versions: vec![4, 5],
            address_ty: meta_type::<Address>(),
            call_ty: meta_type::<RuntimeCall>(),
            signature_ty: meta_type::<MultiSignature>(),
            extra_ty: meta_type::<extension::Extensions>(),
            extensions_by_version: BTreeMap::from([(0, indices)]),
            extensions_in_versions: extensions,
        },
        ty: meta_type::<Runtime>(),
        apis: api::TRAITS.iter().map(describe_api).collect(),
        outer_enums: OuterEnumsIR {
            call_enum_ty: meta_type::<RuntimeCall>(),
            event_enum_ty: meta_type::<RuntimeEvent>(),
            error_enum_ty: meta_type::<RuntimeError>(),
        },
    }
}

/// A pallet as October has it, made from June's.
fn of_october(mut pallet: PalletMetadataIR) -> PalletMetadataIR {
    if let Some(storage) = &mut pallet.storage {
        oct2026::revise_storage(storage);
    }
    pallet.constants.extend(
        oct2026::constants(pallet.name)
            .into_iter()
            .map(|(name, ty, value)| raw_constant(name, ty, value)),
    );
    pallet
}

fn pallets(layout: Layout) -> Vec<PalletMetadataIR> {
    vec![
        PalletMetadataIR {
            storage: Some(system::storage_metadata()),
            calls: calls::<system::Call>(),
            event: event::<system::Event>(),
            error: error::<system::Error>(),
            constants: vec![
                constant::<u32>("BlockHashCount", system::BLOCK_HASH_COUNT),
                constant::<RuntimeVersion>("Version", version(layout)),
                constant::<u16>("SS58Prefix", system::SS58_PREFIX),
            ],
            ..pallet("System", 0)
        },
        PalletMetadataIR {
            storage: Some(timestamp::storage_metadata()),
            calls: calls::<timestamp::Call>(),
            constants: vec![constant::<u64>("MinimumPeriod", timestamp::MINIMUM_PERIOD)],
            ..pallet("Timestamp", 2)
        },
        PalletMetadataIR {
            storage: Some(aura::storage_metadata()),
            constants: vec![constant::<u64>("SlotDuration", aura::SLOT_DURATION)],
            ..pallet("Aura", 3)
        },
        PalletMetadataIR {
            storage: Some(balances::storage_metadata()),
            calls: calls::<balances::Call>(),
            event: event::<balances::Event>(),
            error: error::<balances::Error>(),
            constants: vec![constant::<u64>(
                "ExistentialDeposit",
                balances::EXISTENTIAL_DEPOSIT,
            )],
            ..pallet("Balances", 5)
        },
        PalletMetadataIR {
            storage: Some(transaction_payment::storage_metadata()),
            event: event::<transaction_payment::Event>(),
            constants: vec![constant::<u8>(
                "OperationalFeeMultiplier",
                transaction_payment::OPERATIONAL_FEE_MULTIPLIER,
            )],
            ..pallet("TransactionPayment", 6)
        },
        PalletMetadataIR {
            storage: Some(subtensor::storage_metadata()),
            calls: calls::<subtensor::Call>(),
            event: event::<subtensor::Event>(),
            error: error::<subtensor::Error>(),
            constants: subtensor::constants()
                .into_iter()
                .map(|(name, ty, value)| raw_constant(name, ty, value))
                .collect(),
            ..pallet("SubtensorModule", 7)
        },
        PalletMetadataIR {
            calls: calls::<utility::Call>(),
            event: event::<utility::Event>(),
            error: error::<utility::Error>(),
            constants: vec![constant::<u32>(
                "batched_calls_limit",
                utility::BATCHED_CALLS_LIMIT,
            )],
            ..pallet("Utility", 11)
        },
        PalletMetadataIR {
            storage: Some(sudo::storage_metadata()),
            calls: calls::<sudo::Call>(),
            event: event::<sudo::Event>(),
            error: error::<sudo::Error>(),
            ..pallet("Sudo", 12)
        },
        PalletMetadataIR {
            storage: Some(proxy::storage_metadata()),
            calls: calls::<proxy::Call>(),
            event: event::<proxy::Event>(),
            error: error::<proxy::Error>(),
            constants: vec![
                constant::<u64>("ProxyDepositBase", proxy::PROXY_DEPOSIT_BASE),
                constant::<u64>("ProxyDepositFactor", proxy::PROXY_DEPOSIT_FACTOR),
                constant::<u32>("MaxProxies", proxy::MAX_PROXIES),
                constant::<u32>("MaxPending", proxy::MAX_PENDING),
                constant::<u64>("AnnouncementDepositBase", proxy::ANNOUNCEMENT_DEPOSIT_BASE),
                constant::<u64>(
                    "AnnouncementDepositFactor",
                    proxy::ANNOUNCEMENT_DEPOSIT_FACTOR,
                ),
            ],
            ..pallet("Proxy", 16)
        },
        PalletMetadataIR {
            storage: Some(commitments::storage_metadata()),
            calls: calls::<commitments::Call>(),
            event: event::<commitments::Event>(),
            error: error::<commitments::Error>(),
            constants: vec![
                constant::<u32>("MaxFields", commitments::MAX_FIELDS),
                constant::<u64>("InitialDeposit", commitments::INITIAL_DEPOSIT),
                constant::<u64>("FieldDeposit", commitments::FIELD_DEPOSIT),
            ],
            ..pallet("Commitments", 18)
        },
        PalletMetadataIR {
            calls: calls::<admin_utils::Call>(),
            event: event::<admin_utils::Event>(),
            error: error::<admin_utils::Error>(),
            ..pallet("AdminUtils", 19)
        },
        PalletMetadataIR {
            storage: Some(drand::storage_metadata()),
            event: event::<drand::Event>(),
            error: error::<drand::Error>(),
            ..pallet("Drand", 26)
        },
        PalletMetadataIR {
            storage: Some(swap::storage_metadata()),
            event: event::<swap::Event>(),
            error: error::<swap::Error>(),
            constants: vec![
                constant::<u16>("MaxFeeRate", swap::MAX_FEE_RATE),
                constant::<u64>("MinimumLiquidity", swap::MINIMUM_LIQUIDITY),
                constant::<NonZeroU64>("MinimumReserve", swap::MINIMUM_RESERVE),
            ],
            ..pallet("Swap", 28)
        },
    ]
}

/// A pallet with nothing in it.
fn pallet(name: &'static str, index: u8) -> PalletMetadataIR {
    PalletMetadataIR {
        name,
        storage: None,
        calls: None,
        view_functions: Vec::new(),
        event: None,
        constants: Vec::new(),
        error: None,
        associated_types: Vec::new(),
        index,
        docs: Vec::new(),
        deprecation_info: ItemDeprecationInfoIR::NotDeprecated,
    }
}

fn calls<T: TypeInfo + 'static>() -> Option<PalletCallMetadataIR> {
    Some(PalletCallMetadataIR {
        ty: meta_type::<T>(),
        deprecation_info: EnumDeprecationInfoIR::nothing_deprecated(),
    })
}

fn event<T: TypeInfo + 'static>() -> Option<PalletEventMetadataIR> {
    Some(PalletEventMetadataIR {
        ty: meta_type::<T>(),
        deprecation_info: EnumDeprecationInfoIR::nothing_deprecated(),
    })
}

fn error<T: TypeInfo + 'static>() -> Option<PalletErrorMetadataIR> {
    Some(PalletErrorMetadataIR {
        ty: meta_type::<T>(),
        deprecation_info: EnumDeprecationInfoIR::nothing_deprecated(),
    })
}

fn constant<T: TypeInfo + Encode + 'static>(
    name: &'static str,
    value: T,
) -> PalletConstantMetadataIR {
    raw_constant(name, meta_type::<T>(), value.encode())
}

fn raw_constant(name: &'static str, ty: MetaType, value: Vec<u8>) -> PalletConstantMetadataIR {
    PalletConstantMetadataIR {
        name,
        ty,
        value,
        docs: Vec::new(),
        deprecation_info: ItemDeprecationInfoIR::NotDeprecated,
    }
}

fn describe_api(api: &api::Trait) -> RuntimeApiMetadataIR {
    RuntimeApiMetadataIR {
        name: api.name,
        methods: api
            .methods
            .iter()
            .map(|method| RuntimeApiMethodMetadataIR {
                name: method.name,
                inputs: (method.inputs)()
                    .into_iter()
                    .map(|(name, ty)| RuntimeApiMethodParamMetadataIR { name, ty })
                    .collect(),
                output: (method.output)(),
                docs: Vec::new(),
                deprecation_info: ItemDeprecationInfoIR::NotDeprecated,
            })
            .collect(),
        docs: Vec::new(),
        deprecation_info: ItemDeprecationInfoIR::NotDeprecated,
        version: codec::Compact(api.version),
    }
}
