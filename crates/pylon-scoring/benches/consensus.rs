//! What an epoch of 256 neurons and 64 validators costs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pylon_models::{Rao, Ratio, Uid};
use pylon_scoring::consensus::{
    Bonding, ConsensusMode, LiquidAlpha, Mechanism, Neuron, Row, Rules, Subnet, epoch,
};

const NEURONS: u16 = 256;
const VALIDATORS: u16 = 64;

/// A number that looks drawn.
fn drawn(of: u16, and: u16) -> u16 {
    of.wrapping_mul(40_503)
        .wrapping_add(and.wrapping_mul(30_011))
        .rotate_left(7)
}

fn row(validator: u16) -> Row {
    let miners = VALIDATORS..NEURONS;
    miners
        .map(|uid| (Uid::new(uid), drawn(validator, uid)))
        .collect()
}

fn subnet(bonding: Bonding) -> (Subnet, Mechanism) {
    let neurons = (0..NEURONS).map(|uid| Neuron {
        alpha: Rao::new(1_000_000_000 * u64::from(drawn(uid, 3))),
        ..Neuron::default()
    });
    let subnet = Subnet {
        block: 1_000,
        neurons: neurons.collect(),
        permits: (0..NEURONS).map(|uid| uid < VALIDATORS).collect(),
        owner: None,
        last_step: Some(640),
        rules: Rules {
            bonding,
            ..Rules::default()
        },
    };
    let mechanism = Mechanism {
        last_update: vec![900; NEURONS.into()],
        weights: (0..VALIDATORS).map(row).collect(),
        bonds: (0..VALIDATORS).map(row).collect(),
        ..Mechanism::default()
    };
    (subnet, mechanism)
}

fn measure(criterion: &mut Criterion) {
    let liquid_alpha = Some(LiquidAlpha {
        low: Ratio::new(45_875),
        high: Ratio::new(58_982),
        steepness: 1_000,
        consensus: ConsensusMode::Current,
    });
    for (name, bonding) in [
        ("yuma", Bonding::Yuma),
        ("yuma3", Bonding::Yuma3 { liquid_alpha: None }),
        ("yuma3 with liquid alpha", Bonding::Yuma3 { liquid_alpha }),
    ] {
        let (subnet, mechanism) = subnet(bonding);
        let mechanisms = [mechanism];
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                epoch(
                    black_box(&subnet),
                    black_box(&mechanisms),
                    None,
                    Rao::new(1),
                )
            });
        });
    }
}

criterion_group!(benches, measure);
criterion_main!(benches);
