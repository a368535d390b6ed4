//! `payment_*`: what a transaction would pay.

use jsonrpsee::{
    RpcModule,
    server::RegisterMethodError,
    types::{ErrorObjectOwned, Params},
};
use serde::Serialize;
use sp_core::Bytes;

use super::{Endpoint, args::Args, errors};
use crate::{
    node::{
        dispatch::fee,
        extrinsic::{Extrinsic, Transaction},
    },
    runtime::{layout::Layout, system::DispatchClass},
};

type Answer<T> = Result<T, ErrorObjectOwned>;

#[derive(Clone, Serialize)]
struct Weight {
    ref_time: u64,
    proof_size: u64,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentQuery {
    weight: Weight,
    class: &'static str,
    partial_fee: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct FeeDetails {
    /// Absent where nothing is paid.
    inclusion_fee: Option<InclusionFee>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct InclusionFee {
    base_fee: u64,
    len_fee: u64,
    adjusted_weight_fee: u64,
}

fn transaction(endpoint: &Endpoint, params: &Params<'_>) -> Answer<Box<Transaction>> {
    let args = Args::parse(params, &["encoded_xt|encodedXt|extrinsic", "at|hash"])?;
    let bytes: Bytes = args.required(0)?;
    let at = args.optional(1)?;
    let view = endpoint.view();
    let state = view.state(at).map_err(errors::state)?;
    match Extrinsic::decode(&bytes, Layout::of(state)) {
        Ok(Extrinsic::Signed(transaction)) => Ok(transaction),
        _ => Err(errors::invalid_params(
            "not a signed extrinsic of this runtime",
        )),
    }
}

fn query(transaction: &Transaction) -> PaymentQuery {
    let weight = transaction.weight();
    PaymentQuery {
        weight: Weight {
            ref_time: weight.weight.ref_time.0,
            proof_size: weight.weight.proof_size.0,
        },
        class: match weight.class {
            DispatchClass::Normal => "normal",
            DispatchClass::Operational => "operational",
            DispatchClass::Mandatory => "mandatory",
        },
        partial_fee: transaction
            .fee()
            .saturating_sub(transaction.tip)
            .to_string(),
    }
}

fn details(transaction: &Transaction) -> FeeDetails {
    let length = u64::try_from(transaction.bytes.len()).unwrap_or(u64::MAX);
    let parts = fee::parts(&transaction.weight(), length);
    FeeDetails {
        inclusion_fee: parts.map(|[base_fee, len_fee, adjusted_weight_fee]| InclusionFee {
            base_fee,
            len_fee,
            adjusted_weight_fee,
        }),
    }
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("payment_queryInfo", |params, endpoint, _| {
        transaction(&endpoint, &params).map(|transaction| query(&transaction))
    })?;
    module.register_blocking_method("payment_queryFeeDetails", |params, endpoint, _| {
        transaction(&endpoint, &params).map(|transaction| details(&transaction))
    })?;
    Ok(())
}
