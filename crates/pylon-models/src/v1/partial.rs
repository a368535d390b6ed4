//! Neurons by the fields that a caller picks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AxonBody, StakesBody};
use crate::{BlockRef, Coldkey, Hotkey, Uid};

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $variant:ident = $field:ident $name:literal: $type:ty;)+) => {
        /// A field of a neuron.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum NeuronField {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl NeuronField {
            /// Every field, in the order of the wire.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        /// A neuron with the fields that were asked for; the others are left out. Units are those of a whole one.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[cfg_attr(
            feature = "utoipa",
            derive(utoipa::ToSchema),
            schema(as = PartialNeuronBody)
        )]
        #[non_exhaustive]
        pub struct PartialNeuron {
            $($(#[doc = $doc])+
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "utoipa", schema(nullable = false))]
            pub $field: Option<$type>,)+
        }
    };
}

fields! {
    /// Its slot.
    Uid = uid "uid": Uid;
    /// The key that owns the hotkey.
    Coldkey = coldkey "coldkey": Coldkey;
    /// The key that acts for it.
    Hotkey = hotkey "hotkey": Hotkey;
    /// Whether it set weights within the activity cutoff.
    Active = active "active": bool;
    /// Where it says that it listens.
    AxonInfo = axon_info "axon_info": AxonBody;
    /// The alpha that the owner's coldkey holds on the hotkey.
    Stake = stake "stake": f64;
    /// 0 on runtimes that no longer store it.
    Rank = rank "rank": f64;
    /// What it earned in the last epoch, in alpha.
    Emission = emission "emission": f64;
    /// The share of the miners' part that it earned in the last epoch.
    Incentive = incentive "incentive": f64;
    /// What the validators agreed on as its weight.
    Consensus = consensus "consensus": f64;
    /// 0 on runtimes that no longer store it.
    Trust = trust "trust": f64;
    /// How much of the weight it set agreed with consensus.
    ValidatorTrust = validator_trust "validator_trust": f64;
    /// The share of the validators' part that it earned in the last epoch.
    Dividends = dividends "dividends": f64;
    /// The block at which it last set or committed weights.
    LastUpdate = last_update "last_update": u64;
    /// Whether its weights count.
    ValidatorPermit = validator_permit "validator_permit": bool;
    /// 65535 on runtimes that no longer store it.
    PruningScore = pruning_score "pruning_score": u16;
    /// The stake that counts for it, children and parents included.
    Stakes = stakes "stakes": StakesBody;
}

/// Neurons at one block with some fields of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PartialNeuronsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// By hotkey.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, PartialNeuron>))]
    pub neurons: BTreeMap<Hotkey, PartialNeuron>,
}

/// Validators at one block with some fields of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PartialValidatorsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// The largest total stake first.
    pub validators: Vec<PartialNeuron>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::ValidatorsBody;

    #[test]
    fn the_fields_are_those_of_a_whole_neuron() {
        let golden = include_str!("../../tests/fixtures/golden_validators.json");
        let whole: ValidatorsBody = serde_json::from_str(golden).unwrap();
        let partial: PartialValidatorsBody = serde_json::from_str(golden).unwrap();
        assert_eq!(
            serde_json::to_string(&partial).unwrap(),
            serde_json::to_string(&whole).unwrap()
        );
        let names = NeuronField::ALL.iter().map(|field| field.as_str());
        let neuron = serde_json::to_string(&whole.validators[0]).unwrap();
        let mut rest = neuron.as_str();
        for name in names {
            let at = rest.find(&format!("\"{name}\":")).unwrap();
            rest = &rest[at + 1..];
        }
    }
}
