//! The readers against what the real runtime answered, each answer read both ways. With the real metadata where
//! its folder is present, and with the devnet's own, which declares the same types, always.

use std::collections::BTreeMap;

use crate::answers::{Golden, http, real_runtime, runtimes};
use pylon_chain::{DecodeError, Runtime};
use pylon_models::{HyperparameterValue, v1};

fn read(runtime: &Runtime, golden: &Golden) -> Vec<pylon_models::Neuron> {
    let answer = runtime
        .neurons(&golden.neurons_lite, &golden.metagraph)
        .unwrap()
        .unwrap();
    assert_eq!(answer.block, golden.block);
    answer.neurons
}

#[test]
fn the_golden_answers_read_both_ways_as_the_neurons_that_were_laid_down() {
    let golden = Golden::load();
    for runtime in runtimes() {
        let name = format!(
            "spec {}, {:?} by name",
            runtime.spec_version(),
            runtime.read_by_name()
        );
        let neurons = read(runtime, &golden);
        assert_eq!(neurons.len(), golden.neurons.len());
        for (neuron, laid_down) in neurons.iter().zip(&golden.neurons) {
            laid_down.assert_is(neuron, &name);
        }
    }
}

#[test]
fn neurons_and_validators_equal_those_of_the_original_service() {
    let (expected_neurons, expected_validators) = http();
    let golden = Golden::load();
    for runtime in runtimes() {
        let neurons = read(runtime, &golden);
        let bodies: Vec<v1::Neuron> = neurons.iter().map(v1::Neuron::from).collect();
        assert_eq!(bodies, expected_neurons.neurons);
        let validators: Vec<v1::Neuron> = pylon_chain::validators(&neurons)
            .into_iter()
            .map(v1::Neuron::from)
            .collect();
        assert_eq!(validators, expected_validators.validators);
    }
}

#[test]
fn hyperparameters_come_with_the_runtimes_names_and_kinds() {
    let golden = Golden::load();
    for runtime in runtimes() {
        let read = runtime.hyperparameters(&golden.hyperparameters).unwrap();
        assert_eq!(read.len(), 33);
        let value = |name: &str| read.iter().find(|p| p.name == name).map(|p| p.value);
        assert_eq!(value("tempo"), Some(HyperparameterValue::U16(360)));
        assert_eq!(value("kappa"), Some(HyperparameterValue::U16(32_767)));
        assert_eq!(value("weights_version"), Some(HyperparameterValue::U64(0)));
        assert_eq!(
            value("burn_increase_mult").map(|v| serde_json::to_value(v).unwrap()),
            Some(serde_json::json!(1.26))
        );
        assert_eq!(
            value("subnet_is_active"),
            Some(HyperparameterValue::Bool(true))
        );
    }
}

#[test]
fn an_unknown_subnet_reads_as_none() {
    for runtime in runtimes() {
        assert_eq!(runtime.neurons(&[0], &[0]).unwrap(), None);
        assert_eq!(runtime.hyperparameters(&[0]).unwrap(), vec![]);
    }
}

#[test]
fn a_truncated_answer_is_an_error_wherever_it_ends() {
    let golden = Golden::load();
    for runtime in runtimes() {
        for end in (0..golden.neurons_lite.len()).step_by(997) {
            assert!(
                runtime
                    .neurons(&golden.neurons_lite[..end], &golden.metagraph)
                    .is_err()
            );
        }
        for end in (0..golden.metagraph.len()).step_by(997) {
            assert!(
                runtime
                    .neurons(&golden.neurons_lite, &golden.metagraph[..end])
                    .is_err()
            );
        }
        for end in 0..golden.hyperparameters.len() {
            assert!(
                runtime
                    .hyperparameters(&golden.hyperparameters[..end])
                    .is_err()
            );
        }
        let longer = [&golden.neurons_lite[..], &[0]].concat();
        assert!(runtime.neurons(&longer, &golden.metagraph).is_err());
    }
}

#[test]
fn a_length_that_lies_costs_neither_memory_nor_time() {
    let golden = Golden::load();
    let lies = [0xfe, 0xff, 0xff, 0xff, 1, 2, 3];
    for runtime in runtimes() {
        assert!(runtime.neurons(&lies, &golden.metagraph).is_err());
        assert!(
            runtime
                .hyperparameters(&[&[1u8][..], &lies[..]].concat())
                .is_err()
        );
    }
}

#[test]
fn answers_that_contradict_each_other_are_refused() {
    let golden = Golden::load();
    for runtime in runtimes() {
        // No neurons at all beside a metagraph of 256.
        assert!(matches!(
            runtime.neurons(&[0], &golden.metagraph),
            Err(DecodeError::Inconsistent(_))
        ));
    }
}

mod hostile {
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn flipped_bytes_never_panic(at in 0usize..50_000, byte: u8, tail in 0usize..64) {
            static GOLDEN: OnceLock<Golden> = OnceLock::new();
            let golden = GOLDEN.get_or_init(Golden::load);
            for runtime in runtimes() {
                for which in 0..3 {
                    let mut answers = [golden.neurons_lite.clone(), golden.metagraph.clone(), golden.hyperparameters.clone()];
                    let answer = &mut answers[which];
                    let at = at % answer.len();
                    for byte_at in at..(at + tail).min(answer.len()) {
                        answer[byte_at] ^= byte;
                    }
                    let [lite, metagraph, hyperparameters] = answers;
                    let _ = runtime.neurons(&lite, &metagraph);
                    let _ = runtime.hyperparameters(&hyperparameters);
                }
            }
        }
    }
}

#[test]
fn the_devnets_metadata_has_the_layouts_that_are_read_statically() {
    assert_eq!(runtimes()[0].read_by_name(), Vec::<&str>::new());
    assert!(runtimes()[1].read_by_name().len() > 20);
}

#[test]
fn the_real_metadata_of_july_has_the_layouts_that_are_read_statically() {
    if let Some(runtime) = real_runtime("jul2026", 424) {
        assert_eq!(runtime.read_by_name(), Vec::<&str>::new());
        assert!(runtime.has_epoch_schedule());
    }
}

#[test]
fn older_real_metadata_has_no_epoch_schedule_and_the_same_neurons() {
    for (month, spec) in [("dec2025", 365), ("apr2026", 393)] {
        if let Some(runtime) = real_runtime(month, spec) {
            assert!(!runtime.has_epoch_schedule());
            let golden = Golden::load();
            assert_eq!(read(&runtime, &golden).len(), 256);
        }
    }
}

#[test]
fn runtimes_without_a_list_of_hyperparameters_give_the_struct_that_they_have() {
    let answers: BTreeMap<String, String> =
        serde_json::from_str(include_str!("../fixtures/golden_hyperparameters.json")).unwrap();
    let answer = |method: &str| hex::decode(&answers[method]).unwrap();
    let listed = runtimes()[0]
        .hyperparameters(&answer("get_subnet_hyperparams_v3"))
        .unwrap();
    for (month, spec) in [("dec2025", 365), ("apr2026", 393)] {
        let Some(runtime) = real_runtime(month, spec) else {
            continue;
        };
        let struct_v2 = runtime
            .hyperparameters(&answer("get_subnet_hyperparams_v2"))
            .unwrap();
        assert_eq!(struct_v2.len(), 33);
        assert_eq!(struct_v2[0].name, "rho");
        assert_eq!(struct_v2[0].value, HyperparameterValue::U16(10));
        // Whatever both tell they tell alike, but for the kind of an amount.
        let mut both = 0;
        for old in &struct_v2 {
            if let Some(new) = listed.iter().find(|new| new.name == old.name) {
                both += 1;
                assert_eq!(
                    serde_json::to_value(new.value).unwrap(),
                    serde_json::to_value(old.value).unwrap(),
                    "{}",
                    old.name
                );
            }
        }
        assert_eq!(both, 27, "{month}");
        assert!(runtime.hyperparameters(&[0]).unwrap().is_empty());
    }
}
