use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::SettingValue;

/// Every hyperparameter that the runtime lists, under its own name.
pub type HyperparamsBody = BTreeMap<String, SettingValue>;

/// The body of `PUT /set_hyperparam`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicSetHyperparamBody))]
pub struct SetHyperparamBody {
    /// Which one.
    #[cfg_attr(feature = "utoipa", schema(example = "tempo"))]
    pub name: String,
    /// A boolean, a number or a text, as the hyperparameter takes it.
    #[cfg_attr(feature = "utoipa", schema(example = 360))]
    pub value: serde_json::Value,
}
