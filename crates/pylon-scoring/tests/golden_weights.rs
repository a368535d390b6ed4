//! Weights as the Python SDKs and the runtime make them, to the bit. Cases come from `golden_weights.json` in the folder
//! that `PYLON_VECTORS_DIR` names, or from the copy beside this file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

use std::path::{Path, PathBuf};

use pylon_models::Uid;
use pylon_scoring::weights::{
    Limits, WeightsError, chain, clip,
    compat::{self, Rules, Weights},
    conform, conform_raw, quantise,
};
use serde_json::Value;

fn cases(section: &str, function: &str) -> Vec<Value> {
    let path = std::env::var_os("PYLON_VECTORS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden_weights.json"),
        |folder| PathBuf::from(folder).join("golden_weights.json"),
    );
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases: Vec<Value> = all[section]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["fn"] == function)
        .cloned()
        .collect();
    assert!(!cases.is_empty(), "no case of {function}");
    cases
}

fn floats(values: &Value) -> Vec<f64> {
    let float = |value: &Value| match value.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some(other) => panic!("{other}"),
        None => value.as_f64().unwrap(),
    };
    values.as_array().unwrap().iter().map(float).collect()
}

fn integers(values: &Value) -> Vec<u64> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_u64().unwrap())
        .collect()
}

/// None when one is no uid, which our types refuse before any function sees it.
fn uids(values: &Value) -> Option<Vec<Uid>> {
    integers(values)
        .into_iter()
        .map(|uid| u16::try_from(uid).ok().map(Uid::new))
        .collect()
}

fn pairs(input: &Value) -> Option<Vec<(Uid, f64)>> {
    let (uids, weights) = (uids(&input["uids"])?, floats(&input["weights"]));
    (uids.len() == weights.len()).then(|| uids.into_iter().zip(weights).collect())
}

/// Every value that is a number has the recorded bits; the sign of what is none is the machine's.
fn assert_bits(found: &Weights, expected: &Value, name: &str) {
    let (bits, width) = match found {
        Weights::Single(values) => (
            values
                .iter()
                .map(|v| u64::from(v.to_bits()))
                .collect::<Vec<_>>(),
            "f32_bits",
        ),
        Weights::Double(values) => (values.iter().map(|v| v.to_bits()).collect(), "f64_bits"),
    };
    let recorded = expected[width]
        .as_array()
        .unwrap_or_else(|| panic!("{name}: not {width}"));
    assert_eq!(bits.len(), recorded.len(), "{name}");
    for (at, (found_bits, recorded)) in bits.iter().zip(recorded).enumerate() {
        let recorded = u64::from_str_radix(recorded.as_str().unwrap(), 16).unwrap();
        let both_none = expected["values"][at].is_null() && found.to_doubles()[at].is_nan();
        assert!(
            both_none || *found_bits == recorded,
            "{name}[{at}]: {found_bits:x} {recorded:x}"
        );
    }
}

#[test]
fn golden_sdk_11_quantises_as_recorded() {
    for case in cases("sdk_v11", "v11.normalize") {
        let found = pairs(&case["input"]).map(|pairs| quantise(&pairs));
        match (&case["output"]["ok"], found) {
            (Value::Null, None | Some(Err(WeightsError::NotAWeight { .. }))) => {}
            (ok, Some(Ok(found))) => {
                assert_eq!(found.uids, uids(&ok["uids"]).unwrap(), "{}", case["name"]);
                let values: Vec<u64> = found.values.into_iter().map(u64::from).collect();
                assert_eq!(values, integers(&ok["values"]), "{}", case["name"]);
            }
            (_, found) => panic!("{}: {found:?}", case["name"]),
        }
    }
}

#[test]
fn golden_sdk_11_clips_as_recorded() {
    for case in cases("sdk_v11", "v11.clip_to_max_weight") {
        let name = case["name"].as_str().unwrap();
        let limit = case["input"]["limit"].as_f64().unwrap();
        match clip(&floats(&case["input"]["weights"]), limit) {
            Ok(found) => assert_bits(&Weights::Double(found), &case["output"]["ok"], name),
            Err(error) => {
                assert_eq!(error, WeightsError::AllZero);
                assert!(case["output"]["ok"].is_null(), "{name}");
            }
        }
    }
}

#[test]
fn golden_sdk_11_conforms_as_recorded() {
    for case in cases("sdk_v11", "v11.conform") {
        let input = &case["input"];
        let limit = |key: &str| u16::try_from(input[key].as_u64().unwrap()).unwrap();
        let limits = Limits {
            own_uid: Some(Uid::new(limit("own_uid"))),
            min_allowed: limit("min_allowed_weights"),
            max_limit: limit("max_weight_limit_u16"),
        };
        let weights = pairs(input).unwrap();
        let found = if input["raw_u16"] == true {
            conform_raw(&weights, &limits)
        } else {
            conform(&weights, &limits)
        };
        match (&case["output"]["ok"], found) {
            (Value::Null, Err(error)) => {
                let said = case["output"]["error"]["message"].as_str().unwrap();
                let same = match error {
                    WeightsError::AllZero => said.starts_with("All weights are zero"),
                    WeightsError::TooFew { .. } => said.contains("requires at least"),
                    WeightsError::NotRaw { .. } => said.starts_with("Raw weights must be integers"),
                    WeightsError::OverLimit { .. } => said.starts_with("Raw weights exceed"),
                    _ => false,
                };
                assert!(same, "{}: {error}, not {said}", case["name"]);
            }
            (ok, Ok(found)) => {
                assert_eq!(found.uids, uids(&ok["uids"]).unwrap(), "{}", case["name"]);
                let values: Vec<u64> = found.values.into_iter().map(u64::from).collect();
                assert_eq!(values, integers(&ok["values"]), "{}", case["name"]);
            }
            (_, found) => panic!("{}: {found:?}", case["name"]),
        }
    }
}

#[test]
fn golden_sdk_11_takes_pairs_as_recorded() {
    let free = Limits {
        own_uid: None,
        min_allowed: 0,
        max_limit: u16::MAX,
    };
    let mut seen = 0;
    for case in cases("sdk_v11", "v11.as_pairs") {
        // A list and a map, or neither, cannot be given to us.
        match case["name"].as_str().unwrap() {
            "mapping_sorted" => {
                let found = conform(&[(Uid::new(7), 1.0), (Uid::new(3), 2.0)], &free).unwrap();
                assert_eq!(Some(found.uids), uids(&case["output"]["ok"]["uids"]));
                seen += 1;
            }
            "dup_list" => {
                let found = conform(&[(Uid::new(1), 1.0), (Uid::new(1), 2.0)], &free);
                assert_eq!(found, Err(WeightsError::Twice(Uid::new(1))));
                seen += 1;
            }
            _ => {}
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn golden_sdk_9_and_10_normalise_as_recorded() {
    for case in cases("sdk_v9_v10", "normalize_max_weight") {
        let name = case["name"].as_str().unwrap();
        let weights = floats(&case["input"]["weights"]);
        #[expect(clippy::cast_possible_truncation, reason = "the case is in singles")]
        let weights: Vec<f32> = weights.into_iter().map(|weight| weight as f32).collect();
        assert_eq!(case["input"]["weights_dtype"], "float32");
        let limit = case["input"]["limit"].as_f64().unwrap();
        let found = Weights::Single(compat::normalise_max_weight(&weights, limit));
        assert_bits(&found, &case["output"]["ok"], name);
    }
}

#[test]
fn golden_sdk_9_and_10_process_and_emit_as_recorded() {
    for case in cases("sdk_v9_v10", "process_weights") {
        let (name, input) = (case["name"].as_str().unwrap(), &case["input"]);
        let small = |key: &str| u16::try_from(input[key].as_u64().unwrap()).unwrap();
        let rules = Rules {
            neurons: small("num_neurons"),
            min_allowed: small("min_allowed_weights"),
            max_limit: input["max_weight_limit"].as_f64().unwrap(),
            exclude_quantile: small("exclude_quantile"),
        };
        let ok = &case["output"]["ok"];
        let (found, weights) = compat::process(
            &uids(&input["uids"]).unwrap(),
            &floats(&input["weights"]),
            &rules,
        );
        assert_eq!(found, uids(&ok["uids"]).unwrap(), "{name}");
        assert_bits(&weights, &ok["weights"], name);
        assert_emitted(
            compat::emit(&found, &weights.to_doubles()).ok(),
            &ok["emit"]["ok"],
            name,
        );
    }
}

#[test]
fn golden_sdk_9_and_10_emit_as_recorded() {
    for case in cases("sdk_v9_v10", "convert_weights_and_uids_for_emit") {
        let input = &case["input"];
        #[expect(clippy::cast_possible_truncation, reason = "the case is in singles")]
        let weights: Vec<f64> = floats(&input["weights"])
            .into_iter()
            .map(|weight| f64::from(weight as f32))
            .collect();
        let uids = uids(&input["uids"]).unwrap();
        // Lists of two lengths cannot come out of our types.
        let found = (uids.len() == weights.len())
            .then(|| compat::emit(&uids, &weights).ok())
            .flatten();
        assert_emitted(found, &case["output"]["ok"], case["name"].as_str().unwrap());
    }
}

fn assert_emitted(found: Option<pylon_scoring::weights::Quantised>, ok: &Value, name: &str) {
    match found {
        None => assert!(ok.is_null(), "{name}"),
        Some(found) => {
            assert_eq!(found.uids, uids(&ok["uids"]).unwrap(), "{name}");
            let values: Vec<u64> = found.values.into_iter().map(u64::from).collect();
            assert_eq!(values, integers(&ok["values"]), "{name}");
        }
    }
}

#[test]
fn golden_chain_upscales_and_limits_as_recorded() {
    for case in cases("chain", "chain.upscale_and_limit") {
        let small = |value: u64| u16::try_from(value).unwrap();
        let values: Vec<u16> = integers(&case["input"]["values"])
            .into_iter()
            .map(small)
            .collect();
        let limit = small(case["input"]["max_weight_limit_u16"].as_u64().unwrap());
        let upscaled = chain::upscale(&values);
        let found: Vec<u64> = upscaled.iter().copied().map(u64::from).collect();
        assert_eq!(
            found,
            integers(&case["output"]["upscaled"]),
            "{}",
            case["name"]
        );
        assert_eq!(
            Value::from(chain::is_within_limit(&upscaled, limit)),
            case["output"]["within_limit"],
            "{}",
            case["name"]
        );
    }
}
