//! The tables, as the migrations make them in both databases.

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        identity -> Text,
        hotkey -> Text,
        netuid -> Integer,
        mechanism -> Integer,
        state -> Text,
        is_open -> Integer,
        request -> Text,
        plan -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        block_accepted -> Nullable<BigInt>,
        mode -> Nullable<Text>,
        epoch -> Nullable<BigInt>,
        earliest_block -> Nullable<BigInt>,
        reveal_round -> Nullable<BigInt>,
        reveal_expected_block -> Nullable<BigInt>,
        reveal_block -> Nullable<BigInt>,
        dropped -> Text,
        supersedes -> Nullable<Text>,
        superseded_by -> Nullable<Text>,
        error_name -> Nullable<Text>,
        error_message -> Nullable<Text>,
        hyperparameter -> Text,
        untold -> Integer,
    }
}

diesel::table! {
    attempts (job, n) {
        job -> Text,
        n -> Integer,
        call -> Text,
        nonce -> BigInt,
        extrinsic -> Text,
        bytes -> Text,
        valid_until -> BigInt,
        submitted_block -> BigInt,
        included_block -> Nullable<BigInt>,
        included_hash -> Nullable<Text>,
        finalized_block -> Nullable<BigInt>,
        error -> Nullable<Text>,
        next_allowed_block -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_keys (identity, key) {
        identity -> Text,
        key -> Text,
        digest -> Text,
        job -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    signatures (id) {
        id -> Text,
        at -> BigInt,
        identity -> Text,
        hotkey -> Text,
        purpose -> Text,
        digest -> Text,
        job -> Nullable<Text>,
    }
}

diesel::table! {
    cursors (name) {
        name -> Text,
        block -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    epoch_weights (identity, netuid, epoch, hotkey) {
        identity -> Text,
        netuid -> Integer,
        epoch -> BigInt,
        hotkey -> Text,
        weight -> Double,
        updated_at -> BigInt,
    }
}

diesel::table! {
    imports (source) {
        source -> Text,
        last_row -> BigInt,
        at -> BigInt,
    }
}

diesel::joinable!(attempts -> jobs (job));
diesel::joinable!(idempotency_keys -> jobs (job));
diesel::allow_tables_to_appear_in_same_query!(jobs, attempts, idempotency_keys);
