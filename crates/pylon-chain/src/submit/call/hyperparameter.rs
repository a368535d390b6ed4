//! Which call sets a hyperparameter. Most are of the pallet `AdminUtils`, and what they take moves with the runtime:
//! values are encoded by what the metadata declares.

use codec::Encode;
use pylon_models::{Coldkey, NetUid, NewHyperparameter, SettableHyperparameter};
use subxt::Metadata;
use subxt::ext::scale_value::scale::encode_as_type;
use subxt::ext::scale_value::{Composite, Value};

use super::PALLET;

/// The pallet of most.
const ADMIN: &str = "AdminUtils";
/// Since October 2026 the owner sets with these what was `SubtensorModule`'s, which does nothing any more.
const NEWER: [(SettableHyperparameter, &str); 2] = [
    (SettableHyperparameter::Tempo, "sudo_set_tempo"),
    (
        SettableHyperparameter::ActivityCutoffFactor,
        "sudo_set_activity_cutoff_factor",
    ),
];
/// By which those runtimes are known.
const NEWEST: &str = "sudo_set_activity_cutoff_factor";
/// `MultiAddress::Id`.
const ID: u8 = 0;
/// No type of proxy in particular.
const ANY_TYPE: u8 = 0;

/// The pallet and the call.
fn place(metadata: &Metadata, parameter: SettableHyperparameter) -> (&'static str, &'static str) {
    use SettableHyperparameter as P;

    let is_newest = metadata
        .pallet_by_name(ADMIN)
        .is_some_and(|pallet| pallet.call_variant_by_name(NEWEST).is_some());
    let newer = NEWER.iter().find(|(newer, _)| *newer == parameter);
    if let Some((_, call)) = newer.filter(|_| is_newest) {
        return (ADMIN, call);
    }
    let call = match parameter {
        P::Tempo => return (PALLET, "set_tempo"),
        P::ActivityCutoffFactor => return (PALLET, "set_activity_cutoff_factor"),
        P::ServingRateLimit => "sudo_set_serving_rate_limit",
        P::MaxDifficulty => "sudo_set_max_difficulty",
        P::WeightsVersion => "sudo_set_weights_version_key",
        P::AdjustmentAlpha => "sudo_set_adjustment_alpha",
        P::ImmunityPeriod => "sudo_set_immunity_period",
        P::MinAllowedWeights => "sudo_set_min_allowed_weights",
        P::MaxAllowedUids => "sudo_set_max_allowed_uids",
        P::Rho => "sudo_set_rho",
        P::ActivityCutoff => "sudo_set_activity_cutoff",
        P::MinBurn => "sudo_set_min_burn",
        P::MaxBurn => "sudo_set_max_burn",
        P::BondsMovingAverage => "sudo_set_bonds_moving_average",
        P::BondsPenalty => "sudo_set_bonds_penalty",
        P::CommitRevealEnabled => "sudo_set_commit_reveal_weights_enabled",
        P::CommitRevealPeriod => "sudo_set_commit_reveal_weights_interval",
        P::LiquidAlphaEnabled => "sudo_set_liquid_alpha_enabled",
        P::AlphaLow | P::AlphaHigh | P::AlphaValues => "sudo_set_alpha_values",
        P::TransfersEnabled => "sudo_set_toggle_transfer",
        P::SubnetOwnerHotkey => "sudo_set_sn_owner_hotkey",
        P::AlphaSigmoidSteepness => "sudo_set_alpha_sigmoid_steepness",
        P::Yuma3Enabled => "sudo_set_yuma3_enabled",
        P::BondsResetEnabled => "sudo_set_bonds_reset_enabled",
        P::ImmuneOwnerUidsLimit => "sudo_set_owner_immune_neuron_limit",
        P::MechanismCount => "sudo_set_mechanism_count",
        P::MechanismEmissionSplit => "sudo_set_mechanism_emission_split",
        P::TrimToMaxAllowedUids => "sudo_trim_to_max_allowed_uids",
        P::RecycleOrBurn => "sudo_set_recycle_or_burn",
        P::BurnHalfLife => "sudo_set_burn_half_life",
        P::BurnIncreaseMult => "sudo_set_burn_increase_mult",
        P::OwnerCutEnabled => "sudo_set_owner_cut_enabled",
        P::OwnerCutAutoLockEnabled => "sudo_set_owner_cut_auto_lock_enabled",
        P::MinChildkeyTake => "sudo_set_min_childkey_take_per_subnet",
        P::RegistrationAllowed => "sudo_set_network_registration_allowed",
        P::NetworkPowRegistrationAllowed => "sudo_set_network_pow_registration_allowed",
        P::LiquidAlphaConsensusMode => "sudo_set_liquid_alpha_consensus_mode",
        P::EpochConsensus => "sudo_set_epoch_consensus",
        P::CollateralLockShare => "sudo_set_collateral_lock_share",
        P::CollateralDrainRatio => "sudo_set_collateral_drain_ratio",
        // Names that models have and this crate does not know yet.
        _ => "",
    };
    (ADMIN, call)
}

/// The arguments behind the netuid.
fn arguments(value: &NewHyperparameter) -> Vec<Value> {
    let fraction = |part: &u16| Value::u128((*part).into());
    let one = match value {
        NewHyperparameter::Bool(value) => Value::bool(*value),
        NewHyperparameter::Integer(value) => Value::u128((*value).into()),
        NewHyperparameter::Fixed(bits) => Value::u128(*bits),
        NewHyperparameter::Alphas(low, high) => return vec![fraction(low), fraction(high)],
        NewHyperparameter::Hotkey(hotkey) => Value::from_bytes(hotkey.as_bytes()),
        NewHyperparameter::Split(None) => Value::unnamed_variant("None", []),
        NewHyperparameter::Split(Some(parts)) => {
            let parts = Value::unnamed_composite(parts.iter().map(fraction));
            Value::unnamed_variant("Some", [parts])
        }
        NewHyperparameter::Variant(name) => Value::variant(*name, Composite::Unnamed(Vec::new())),
        _ => return Vec::new(),
    };
    vec![one]
}

/// The name of the call that sets a hyperparameter, and its bytes. `None`: the runtime has no such call, or it takes
/// something else.
pub(super) fn encoded(
    metadata: &Metadata,
    netuid: NetUid,
    parameter: SettableHyperparameter,
    value: &NewHyperparameter,
) -> Option<(&'static str, Vec<u8>)> {
    let (pallet, name) = place(metadata, parameter);
    let pallet = metadata.pallet_by_name(pallet)?;
    let declared = pallet.call_variant_by_name(name)?;
    let subnet = Value::u128(netuid.get().into());
    let arguments: Vec<_> = std::iter::once(subnet).chain(arguments(value)).collect();
    if declared.fields.len() != arguments.len() {
        return None;
    }
    let mut bytes = vec![pallet.call_index(), declared.index];
    for (field, argument) in declared.fields.iter().zip(&arguments) {
        encode_as_type(argument, field.ty.id, metadata.types(), &mut bytes).ok()?;
    }
    Some((name, bytes))
}

/// The same call, made by a proxy of an account.
pub(super) fn by_proxy(metadata: &Metadata, real: &Coldkey, call: &[u8]) -> Option<Vec<u8>> {
    let pallet = metadata.pallet_by_name("Proxy")?;
    let declared = pallet.call_variant_by_name("proxy")?;
    let names = declared.fields.iter().map(|field| field.name.as_deref());
    let known = [Some("real"), Some("force_proxy_type"), Some("call")];
    if !names.eq(known) {
        return None;
    }
    let mut bytes = vec![pallet.call_index(), declared.index, ID];
    real.as_bytes().encode_to(&mut bytes);
    bytes.push(ANY_TYPE);
    bytes.extend_from_slice(call);
    Some(bytes)
}
