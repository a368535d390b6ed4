//! Errors as a real node words them.

use jsonrpsee::types::{
    ErrorObjectOwned,
    error::{INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE},
};

use crate::{
    node::{chain::StateError, extrinsic::DecodeError, pool::SubmitError},
    runtime::api::ApiError,
};

/// What a runtime call that panics shows.
const TRAP: &str = "Execution failed: Execution aborted due to trap: wasm trap: wasm `unreachable` instruction executed";

fn plain(code: i32, message: impl Into<String>) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, message, None::<()>)
}

fn client(code: i32, error: impl std::fmt::Display) -> ErrorObjectOwned {
    plain(code, format!("Client error: {error}"))
}

/// Parameters that do not fit.
pub(super) fn invalid_params(reason: impl ToString) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(
        INVALID_PARAMS_CODE,
        "Invalid params",
        Some(reason.to_string()),
    )
}

/// What the node cannot do at all.
pub(super) fn internal(message: impl Into<String>) -> ErrorObjectOwned {
    plain(INTERNAL_ERROR_CODE, message)
}

/// What the chain does not do.
pub(super) fn refused(error: impl std::fmt::Display) -> ErrorObjectOwned {
    plain(-32_000, error.to_string())
}

/// A method that a node open to the public refuses.
pub(super) fn unsafe_call() -> ErrorObjectOwned {
    plain(-32_601, "RPC call is unsafe to be called externally")
}

/// `chain_getBlockHash` with a number past 32 bits.
pub(super) fn number_too_large(number: impl std::fmt::Display) -> ErrorObjectOwned {
    plain(
        3_001,
        format!("`{number}` > u32::MAX, the max block number is u32."),
    )
}

/// State that is not there.
pub(super) fn state(error: StateError) -> ErrorObjectOwned {
    client(4_003, error)
}

/// A runtime API that gives no answer.
pub(super) fn api(error: &ApiError) -> ErrorObjectOwned {
    match error {
        ApiError::UnknownMethod(method) => client(
            4_003,
            format!("Execution failed: Other: Exported method {method} is not found"),
        ),
        ApiError::BadInput { .. } => client(4_003, TRAP),
    }
}

/// A range of blocks that runs backwards or into the unknown.
pub(super) fn block_range(from: &str, to: &str, details: &str) -> ErrorObjectOwned {
    plain(
        4_001,
        format!("Cannot resolve a block range ['{from:?}' ... '{to:?}]. {details}"),
    )
}

/// More keys asked for than a page holds.
pub(super) fn count_too_large(value: u32, max: u32) -> ErrorObjectOwned {
    plain(
        4_002,
        format!("count exceeds maximum value. value: {value}, max: {max}"),
    )
}

/// Bytes that are no extrinsic, sent to be submitted.
pub(super) fn undecodable(error: &DecodeError) -> ErrorObjectOwned {
    match error {
        DecodeError::Envelope(error) => client(1_040, error),
        DecodeError::Content(_) => trapped(),
    }
}

/// Bytes that are no extrinsic, sent to be submitted and watched.
pub(super) fn undecodable_watched(error: &DecodeError) -> ErrorObjectOwned {
    match error {
        DecodeError::Envelope(error) => {
            plain(1_001, format!("Extrinsic has invalid format: {error}"))
        }
        DecodeError::Content(_) => trapped(),
    }
}

fn trapped() -> ErrorObjectOwned {
    ErrorObjectOwned::owned(
        1_002,
        format!("Verification Error: Runtime error: {TRAP}"),
        Some(format!("RuntimeApi({TRAP:?})")),
    )
}

/// A transaction that the pool does not take.
pub(super) fn submit(error: SubmitError) -> ErrorObjectOwned {
    use sp_runtime::transaction_validity::InvalidTransaction;
    match error {
        SubmitError::Invalid(reason) => {
            let reason = match reason {
                InvalidTransaction::Custom(number) => format!("Custom error: {number}"),
                other => <&str>::from(other).to_owned(),
            };
            ErrorObjectOwned::owned(1_010, "Invalid Transaction", Some(reason))
        }
        SubmitError::Unknown(reason) => ErrorObjectOwned::owned(
            1_011,
            "Unknown Transaction Validity",
            Some(format!("{reason:?}")),
        ),
        SubmitError::TemporarilyBanned => plain(1_012, "Transaction is temporarily banned"),
        SubmitError::AlreadyImported(hash) => ErrorObjectOwned::owned(
            1_013,
            "Transaction Already Imported",
            Some(format!("{hash:?}")),
        ),
        SubmitError::TooLowPriority { old, new } => ErrorObjectOwned::owned(
            1_014,
            format!("Priority is too low: ({old} vs {new})"),
            Some(
                "The transaction has too low priority to replace another transaction already in the pool.",
            ),
        ),
        SubmitError::ImmediatelyDropped => ErrorObjectOwned::owned(
            1_016,
            "Immediately Dropped",
            Some("The transaction couldn't enter the pool because of the limit"),
        ),
    }
}
