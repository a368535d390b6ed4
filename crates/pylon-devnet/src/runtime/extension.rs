//! Transaction extensions, in the order in which an extrinsic carries them.

use codec::{Compact, Decode, Encode};
use scale_info::{Field, Path, Type, TypeDefComposite, TypeInfo, meta_type};
use sp_metadata_ir::TransactionExtensionMetadataIR;
use sp_runtime::generic::Era;

use super::Hash;
use crate::scale::scale_enum;

macro_rules! extensions {
    ($($module:literal $name:ident $(($field:ty) $(named $label:ident)?)? => $implicit:ty;)*) => {
        $(
            /// A transaction extension.
            #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
            pub(crate) struct $name $((pub(crate) $field))?;

            impl TypeInfo for $name {
                type Identity = Self;
                fn type_info() -> Type {
                    let fields = vec![$(Field {
                        name: None $(.or(Some(stringify!($label))))?,
                        ty: meta_type::<$field>(),
                        type_name: Some(stringify!($field)),
                        docs: Vec::new(),
                    })?];
                    Type {
                        path: Path::new(stringify!($name), $module),
                        type_params: Vec::new(),
                        type_def: TypeDefComposite { fields }.into(),
                        docs: Vec::new(),
                    }
                }
            }
        )*

        /// Everything an extrinsic carries beside its signature and its call.
        pub(crate) type Extensions = ($($name,)*);

        /// The extensions as the metadata has them.
        pub(crate) fn extension_metadata() -> Vec<TransactionExtensionMetadataIR> {
            vec![$(TransactionExtensionMetadataIR {
                identifier: stringify!($name),
                ty: meta_type::<$name>(),
                implicit: meta_type::<$implicit>(),
            }),*]
        }
    };
}

extensions! {
    "frame_system::extensions::check_non_zero_sender" CheckNonZeroSender => ();
    "frame_system::extensions::check_spec_version" CheckSpecVersion => u32;
    "frame_system::extensions::check_tx_version" CheckTxVersion => u32;
    "frame_system::extensions::check_genesis" CheckGenesis => Hash;
    "node_subtensor_runtime::check_mortality" CheckMortality(Era) => Hash;
    "node_subtensor_runtime::check_nonce" CheckNonce(Compact<u32>) => ();
    "frame_system::extensions::check_weight" CheckWeight => ();
    "pallet_transaction_payment" ChargeTransactionPayment(Compact<u64>) => ();
    "node_subtensor_runtime::sudo_wrapper" SudoTransactionExtension => ();
    "pallet_shield::extension" CheckShieldedTxValidity => ();
    "pallet_subtensor::extensions::subtensor" SubtensorTransactionExtension => ();
    "pallet_drand::drand_priority" DrandPriority => ();
    "frame_metadata_hash_extension" CheckMetadataHash(Mode) named mode => Option<[u8; 32]>;
}

scale_enum! {
    /// Whether a signer bound the metadata's hash into its signature.
    "frame_metadata_hash_extension" Mode {
        0 Disabled,
        1 Enabled,
    }
}
