//! `TransactionPaymentApi` and `TransactionPaymentCallApi`: what a transaction would pay, rao and
//! without its tip.

use codec::Compact;

use super::super::{
    RuntimeCall,
    extrinsic::UncheckedExtrinsic,
    system::{DispatchClass, DispatchEventInfo, Pays, Weight},
};
use crate::{
    node::{
        dispatch::{self, fee},
        extrinsic::Extrinsic,
    },
    scale::scale_struct,
    state::State,
};

scale_struct! {
    /// What an extrinsic weighs and pays.
    "pallet_transaction_payment::types" RuntimeDispatchInfo { weight: Weight, class: DispatchClass, partial_fee: u64 }
}

scale_struct! {
    /// What an extrinsic pays, part by part.
    "pallet_transaction_payment::types" FeeDetails { inclusion_fee: Option<InclusionFee>, tip: u64 }
}

scale_struct! {
    /// The parts of a fee.
    "pallet_transaction_payment::types" InclusionFee { base_fee: u64, len_fee: u64, adjusted_weight_fee: u64 }
}

/// What an extrinsic weighs; nothing where nobody signed.
fn weight(UncheckedExtrinsic(extrinsic): UncheckedExtrinsic) -> DispatchEventInfo {
    match extrinsic {
        Extrinsic::Signed(transaction) => transaction.weight(),
        Extrinsic::Unsigned(..) => DispatchEventInfo {
            weight: Weight {
                ref_time: Compact(0),
                proof_size: Compact(0),
            },
            class: DispatchClass::Mandatory,
            pays_fee: Pays::No,
        },
    }
}

fn info(weight: DispatchEventInfo, length: u32) -> RuntimeDispatchInfo {
    let parts = fee::parts(&weight, length.into());
    RuntimeDispatchInfo {
        partial_fee: parts.into_iter().flatten().fold(0, u64::saturating_add),
        weight: weight.weight,
        class: weight.class,
    }
}

fn details(weight: &DispatchEventInfo, length: u32) -> FeeDetails {
    let parts = fee::parts(weight, length.into());
    FeeDetails {
        inclusion_fee: parts.map(|[base_fee, len_fee, adjusted_weight_fee]| InclusionFee {
            base_fee,
            len_fee,
            adjusted_weight_fee,
        }),
        tip: 0,
    }
}

/// `query_info`.
pub(crate) fn query_info(
    _: &State,
    extrinsic: UncheckedExtrinsic,
    length: u32,
) -> RuntimeDispatchInfo {
    info(weight(extrinsic), length)
}

/// `query_fee_details`.
pub(crate) fn query_fee_details(
    _: &State,
    extrinsic: UncheckedExtrinsic,
    length: u32,
) -> FeeDetails {
    details(&weight(extrinsic), length)
}

/// `query_call_info`.
pub(crate) fn query_call_info(_: &State, call: RuntimeCall, length: u32) -> RuntimeDispatchInfo {
    info(dispatch::weight(&call), length)
}

/// `query_call_fee_details`.
pub(crate) fn query_call_fee_details(_: &State, call: RuntimeCall, length: u32) -> FeeDetails {
    details(&dispatch::weight(&call), length)
}

/// `query_weight_to_fee`.
pub(crate) fn query_weight_to_fee(_: &State, weight: Weight) -> u64 {
    fee::weight_to_fee(weight.ref_time.0)
}

/// `query_length_to_fee`.
pub(crate) fn query_length_to_fee(_: &State, length: u32) -> u64 {
    length.into()
}

#[cfg(test)]
mod tests {
    use codec::{DecodeAll, Encode};

    use super::*;
    use crate::{
        node::extrinsic::bare,
        runtime::{AccountId, Address, api, balances, timestamp},
    };

    fn ask(method: &str, input: &[u8]) -> Result<Vec<u8>, api::ApiError> {
        api::call(&State::default(), method, input)
    }

    #[test]
    fn a_transfers_fee_is_told_whole_and_in_parts() {
        let call = RuntimeCall::Balances(balances::Call::transfer_keep_alive {
            dest: Address::Id(AccountId::new([1; 32])),
            value: Compact(1),
        });
        let input = (&call, 142u32).encode();
        let answer = ask("TransactionPaymentCallApi_query_call_info", &input).unwrap();
        let info = RuntimeDispatchInfo::decode_all(&mut &answer[..]).unwrap();
        assert_eq!(info.partial_fee, 136_720);
        let answer = ask("TransactionPaymentCallApi_query_call_fee_details", &input).unwrap();
        let details = FeeDetails::decode_all(&mut &answer[..]).unwrap();
        let parts = details.inclusion_fee.unwrap();
        assert_eq!(parts.len_fee, 142);
        let sum = parts.base_fee + parts.len_fee + parts.adjusted_weight_fee;
        assert_eq!(sum, 136_720);
    }

    #[test]
    fn an_extrinsic_that_nobody_signed_is_free_and_bytes_that_are_none_are_refused() {
        let now = Compact(0);
        let extrinsic = bare(&RuntimeCall::Timestamp(timestamp::Call::set { now }));
        let method = "TransactionPaymentApi_query_info";
        let input = [&extrinsic[..], &10u32.encode()].concat();
        let answer = ask(method, &input).unwrap();
        let info = RuntimeDispatchInfo::decode_all(&mut &answer[..]).unwrap();
        assert_eq!(
            (info.partial_fee, info.class),
            (0, DispatchClass::Mandatory)
        );
        let input = (vec![1u8, 2, 3], 10u32).encode();
        assert!(ask(method, &input).is_err());
    }
}
