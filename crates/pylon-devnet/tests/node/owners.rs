//! What subnet owners set, and what October's may that June's may not.

use codec::Encode;
use pylon_devnet::{Builder, Layout};
use serde_json::{Value, json};
use sp_crypto_hashing::twox_128;

use crate::{
    calls::{Clients, batch, small, sudo},
    wire::{hex, key},
};

/// The raw key of an item of SubtensorModule for netuid 1.
fn of_subnet(item: &str) -> Vec<u8> {
    [
        &twox_128(b"SubtensorModule")[..],
        &twox_128(item.as_bytes()),
        &1u16.to_le_bytes(),
    ]
    .concat()
}

/// The raw key of an item of SubtensorModule for the whole chain.
fn of_chain(item: &str) -> Vec<u8> {
    [
        &twox_128(b"SubtensorModule")[..],
        &twox_128(item.as_bytes()),
    ]
    .concat()
}

/// AdminUtils.
fn admin(call: u8, arguments: impl Encode) -> Vec<u8> {
    (19u8, call, 1u16, arguments).encode()
}

/// A chain whose subnet 1 is //Bob's, who may change everything at any time but where a rate limit
/// has its own number of blocks.
async fn chain(builder: Builder) -> Clients {
    let clients = Clients::start(builder).await;
    let changes = json!([[
        [
            hex(&of_subnet("SubnetOwner")),
            hex(&key("//Bob").public_key().0)
        ],
        [hex(&of_chain("AdminFreezeWindow")), "0x0000"],
        [hex(&of_chain("OwnerHyperparamRateLimit")), "0x0000"],
    ]]);
    clients.node.get("dev_setStorage", changes).await;
    clients
}

async fn stored(clients: &Clients, item: &str) -> Value {
    let request = json!([hex(&of_subnet(item))]);
    clients.node.get("state_getStorage", request).await
}

async fn outcomes(clients: &Clients, uri: &str, calls: &[(Vec<u8>, &str)]) {
    for (call, expected) in calls {
        assert_eq!(clients.make(uri, call).await.0, *expected, "{call:?}");
    }
}

#[tokio::test]
async fn bounds_are_those_of_the_runtime() {
    let clients = chain(small()).await;
    let one = 1u128 << 64;
    outcomes(
        &clients,
        "//Bob",
        &[
            (admin(18, 359u16), "subtensorModule.ActivityCutoffTooLow"),
            (admin(22, 1_000_000_000u64), "adminUtils.ValueNotInBounds"),
            (admin(23, 100_000_000u64), "adminUtils.ValueNotInBounds"),
            (
                admin(26, 975_001u64),
                "adminUtils.BondsMovingAverageMaxReached",
            ),
            (
                admin(51, (40_000u16, 50_000u16)),
                "subtensorModule.LiquidAlphaDisabled",
            ),
            (admin(57, 0u64), "subtensorModule.RevealPeriodTooSmall"),
            (admin(68, -1i16), "adminUtils.NegativeSigmoidSteepness"),
            (admin(72, 11u16), "subtensorModule.InvalidValue"),
            (admin(76, 3u8), "subtensorModule.InvalidValue"),
            (admin(89, 0u16), "adminUtils.InvalidValue"),
            (admin(90, 3 * one + 1), "adminUtils.InvalidValue"),
            (admin(90, 3 * one), "ok"),
            (admin(93, 11_797u16), "adminUtils.InvalidValue"),
            (admin(20, true), "adminUtils.POWRegistrationDisabled"),
            (admin(19, false), "BadOrigin"),
        ],
    )
    .await;
    // Root is bound by less.
    let negative = sudo(&admin(68, -1i16));
    assert_eq!(clients.make("//Alice", &negative).await.0, "ok");
    assert_eq!(stored(&clients, "AlphaSigmoidSteepness").await, "0xffff");
}

#[tokio::test]
async fn a_second_mechanism_needs_room_and_comes_a_day_after_the_last_change() {
    let clients = chain(small()).await;
    outcomes(
        &clients,
        "//Bob",
        &[
            (admin(76, 2u8), "subtensorModule.TooManyUIDsPerMechanism"),
            (admin(79, 7u16), "BadOrigin"),
        ],
    )
    .await;
    let shrink = batch(2, &[&sudo(&admin(79, 7u16)), &sudo(&admin(15, 128u16))]);
    outcomes(
        &clients,
        "//Alice",
        &[(shrink, "ok"), (sudo(&admin(76, 2u8)), "ok")],
    )
    .await;
    outcomes(
        &clients,
        "//Bob",
        &[
            (
                admin(77, Some(vec![65_535u16])),
                "subtensorModule.InvalidValue",
            ),
            (
                admin(77, Some(vec![1u16, 65_533])),
                "subtensorModule.InvalidValue",
            ),
            (admin(77, Some(vec![1u16, 65_534])), "ok"),
            (
                admin(77, None::<Vec<u16>>),
                "subtensorModule.TxRateLimitExceeded",
            ),
            // Root's change does not count.
            (admin(76, 1u8), "ok"),
            (admin(76, 2u8), "subtensorModule.TxRateLimitExceeded"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_owner_hotkey_changes_once_a_week() {
    let clients = chain(small()).await;
    let hotkey = key("//New").public_key().0;
    outcomes(
        &clients,
        "//Bob",
        &[
            (admin(67, hotkey), "ok"),
            (admin(64, hotkey), "subtensorModule.TxRateLimitExceeded"),
        ],
    )
    .await;
    assert_eq!(stored(&clients, "SubnetOwnerHotkey").await, hex(&hotkey));
    let root = sudo(&admin(67, hotkey));
    let again = clients.make("//Alice", &root).await.0;
    assert_eq!(again, "subtensorModule.TxRateLimitExceeded");
}

#[tokio::test]
async fn octobers_owners_set_the_tempo_and_more_by_admin_utils() {
    let clients = chain(small().layout(Layout::Oct2026)).await;
    let tempo = |pallet: u8, call: u8, tempo: u16| (pallet, call, 1u16, tempo).encode();
    let before = stored(&clients, "Tempo").await;
    // The old calls are made, and nothing comes of them.
    outcomes(
        &clients,
        "//Charlie",
        &[
            (tempo(7, 139, 500), "ok"),
            ((7u8, 140u8, 1u16, 2_000u32).encode(), "ok"),
            (tempo(19, 30, 500), "BadOrigin"),
        ],
    )
    .await;
    assert_eq!(stored(&clients, "Tempo").await, before);
    outcomes(
        &clients,
        "//Bob",
        &[
            (tempo(19, 30, 359), "subtensorModule.TempoOutOfBounds"),
            (tempo(19, 30, 500), "ok"),
            (tempo(19, 30, 600), "subtensorModule.TxRateLimitExceeded"),
            (
                admin(97, 999u32),
                "subtensorModule.ActivityCutoffFactorMilliOutOfBounds",
            ),
            (admin(97, 2_000u32), "ok"),
            (admin(104, 1u8), "ok"),
            (admin(111, 0u8), "ok"),
            // How Null pays is not played here.
            (admin(111, 1u8), "system.CallFiltered"),
            // By work nobody may register yet, so burning has to stay.
            (admin(19, false), "adminUtils.InvalidValue"),
            (admin(20, true), "ok"),
            (admin(19, false), "ok"),
            (admin(20, false), "adminUtils.InvalidValue"),
            (
                admin(98, 62_259u16),
                "adminUtils.CollateralLockShareTooHigh",
            ),
            (
                admin(99, 0u128),
                "adminUtils.CollateralDrainRatioOutOfBounds",
            ),
        ],
    )
    .await;
    assert_eq!(stored(&clients, "Tempo").await, "0xf401");
    assert_eq!(stored(&clients, "LiquidAlphaConsensusMode").await, "0x01");
    assert_eq!(
        stored(&clients, "ActivityCutoffFactorMilli").await,
        "0xd0070000"
    );
    // Root may set any.
    let any = sudo(&tempo(19, 30, 7));
    assert_eq!(clients.make("//Alice", &any).await.0, "ok");
}
