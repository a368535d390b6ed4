//! What holds of every epoch, whatever the subnet.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

use proptest::{collection::vec, prelude::*};
use pylon_models::{Rao, Ratio, Uid};
use pylon_scoring::consensus::{
    Bonding, ConsensusMode, Epoch, LiquidAlpha, Mechanism, Neuron, Row, Rules, Scores, Subnet,
    epoch,
};

const WHOLE: u64 = 65_535;

/// A subnet, its mechanisms and what there is to pay.
#[derive(Clone, Debug)]
struct Case {
    subnet: Subnet,
    mechanisms: Vec<Mechanism>,
    emission: Rao,
}

impl Case {
    fn run(&self) -> Epoch {
        epoch(&self.subnet, &self.mechanisms, None, self.emission)
    }

    fn size(&self) -> usize {
        self.subnet.neurons.len()
    }
}

fn bonding() -> impl Strategy<Value = Bonding> {
    let liquid =
        (1_638u16..=65_535, 1_638u16..=65_535, any::<i16>()).prop_map(|(a, b, steepness)| {
            LiquidAlpha {
                low: Ratio::new(a.min(b)),
                high: Ratio::new(a.max(b)),
                steepness,
                consensus: ConsensusMode::Current,
            }
        });
    prop_oneof![
        Just(Bonding::Yuma),
        proptest::option::of(liquid).prop_map(|liquid_alpha| Bonding::Yuma3 { liquid_alpha }),
    ]
}

fn rules() -> impl Strategy<Value = Rules> {
    let penalty = prop_oneof![Just(0u16), Just(u16::MAX), any::<u16>()];
    (
        any::<u16>(),
        penalty,
        0u64..=1_000_000,
        bonding(),
        0u16..20,
        0u64..2_000,
    )
        .prop_map(
            |(kappa, bonds_penalty, bonds_moving_average, bonding, max_validators, threshold)| {
                Rules {
                    kappa,
                    bonds_penalty,
                    bonds_moving_average,
                    bonding,
                    max_validators,
                    stake_threshold: Rao::new(threshold),
                    ..Rules::default()
                }
            },
        )
}

/// Rows by ascending uid, as validators' software stores them.
fn rows(size: usize) -> impl Strategy<Value = Vec<Row>> {
    let entry = proptest::option::of(any::<u16>());
    vec(vec(entry, size), size).prop_map(|rows| {
        let row = |row: Vec<Option<u16>>| {
            (0..)
                .zip(row)
                .filter_map(|(uid, value)| Some((Uid::new(uid), value?)))
                .collect()
        };
        rows.into_iter().map(row).collect()
    })
}

fn mechanism(size: usize) -> impl Strategy<Value = Mechanism> {
    let commits = vec(proptest::option::of(900u64..1_000), size);
    (vec(0u64..10_000, size), rows(size), rows(size), commits).prop_map(
        |(last_update, weights, bonds, first_commits)| Mechanism {
            last_update,
            weights,
            bonds,
            first_commits,
            previous_consensus: None,
        },
    )
}

fn neuron() -> impl Strategy<Value = Neuron> {
    (0u64..1 << 50, 0u64..1 << 45, 0u64..9_000).prop_map(|(alpha, tao, registered_at)| Neuron {
        alpha: Rao::new(alpha),
        tao: Rao::new(tao),
        registered_at,
    })
}

fn case() -> impl Strategy<Value = Case> {
    (1usize..12, 1usize..3).prop_flat_map(|(size, count)| {
        let last_step = proptest::option::of(1u64..9_999);
        let owner = proptest::option::of(0..u16::try_from(size).unwrap());
        let subnet = (
            vec(neuron(), size),
            vec(any::<bool>(), size),
            owner,
            last_step,
            rules(),
        );
        let mechanisms = vec(mechanism(size), count);
        let emission = prop_oneof![Just(0u64), 0u64..1 << 55];
        (subnet, mechanisms, emission).prop_map(|(subnet, mechanisms, emission)| {
            let (neurons, permits, owner, last_step, rules) = subnet;
            Case {
                subnet: Subnet {
                    block: 10_000,
                    neurons,
                    permits,
                    owner: owner.map(Uid::new),
                    last_step,
                    rules,
                },
                mechanisms,
                emission: Rao::new(emission),
            }
        })
    })
}

/// `values` with the value of each uid at `to[uid]`.
fn moved<T: Clone>(values: &[T], to: &[u16]) -> Vec<T> {
    let mut placed: Vec<_> = to.iter().zip(values).collect();
    placed.sort_by_key(|(place, _)| **place);
    placed.into_iter().map(|(_, value)| value.clone()).collect()
}

fn moved_rows(rows: &[Row], to: &[u16]) -> Vec<Row> {
    let row = |row: &Row| {
        let row = row.iter();
        let mut row: Row = row
            .map(|(uid, value)| (Uid::new(to[usize::from(uid.get())]), *value))
            .collect();
        row.sort_unstable();
        row
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    moved(&rows, to)
}

/// The same neurons under other uids.
fn renumbered(case: &Case, to: &[u16]) -> Case {
    let mut case = case.clone();
    let subnet = &mut case.subnet;
    subnet.neurons = moved(&subnet.neurons, to);
    subnet.permits = moved(&subnet.permits, to);
    subnet.owner = subnet.owner.map(|uid| Uid::new(to[usize::from(uid.get())]));
    for mechanism in &mut case.mechanisms {
        mechanism.last_update = moved(&mechanism.last_update, to);
        mechanism.first_commits = moved(&mechanism.first_commits, to);
        mechanism.weights = moved_rows(&mechanism.weights, to);
        mechanism.bonds = moved_rows(&mechanism.bonds, to);
    }
    case
}

fn renumbered_scores(scores: &Scores, to: &[u16]) -> Scores {
    Scores {
        active: moved(&scores.active, to),
        permits: moved(&scores.permits, to),
        stake_weight: moved(&scores.stake_weight, to),
        consensus: moved(&scores.consensus, to),
        incentive: moved(&scores.incentive, to),
        validator_trust: moved(&scores.validator_trust, to),
        dividends: moved(&scores.dividends, to),
        bonds: moved_rows(&scores.bonds, to),
        emission: moved(&scores.emission, to),
        servers: moved(&scores.servers, to),
        validators: moved(&scores.validators, to),
    }
}

fn sum(ratios: &[Ratio]) -> u64 {
    ratios.iter().map(|ratio| u64::from(ratio.get())).sum()
}

fn paid(amounts: &[Rao]) -> u128 {
    amounts.iter().map(|rao| u128::from(rao.get())).sum()
}

proptest! {
    #[test]
    fn scores_sum_up_to_the_whole_or_to_nothing(case in case()) {
        let size = u64::try_from(case.size()).unwrap();
        for scores in case.run().mechanisms {
            for shares in [&scores.incentive, &scores.dividends, &scores.stake_weight] {
                let sum = sum(shares);
                prop_assert!(sum == 0 || (WHOLE - size..=WHOLE).contains(&sum), "{sum}");
            }
        }
    }

    #[test]
    fn no_more_is_paid_than_there_is(case in case()) {
        let epoch = case.run();
        let emission = u128::from(case.emission.get());
        let merged = &epoch.merged;
        prop_assert!(paid(&merged.servers) + paid(&merged.validators) <= emission);
        prop_assert!(paid(&merged.emission) <= emission);
        let has_stake = sum(&merged.stake_weight) > 0;
        if epoch.mechanisms.len() == 1 && has_stake {
            // Each share is cut to 32 bits.
            let lost = emission - paid(&merged.servers) - paid(&merged.validators);
            let each = 3 * (emission >> 32) + 2;
            prop_assert!(lost <= each * u128::try_from(2 * case.size()).unwrap(), "{lost}");
        }
    }

    #[test]
    fn new_validators_are_the_greatest_stakes_and_the_owner(case in case()) {
        let rules = &case.subnet.rules;
        let owner = case.subnet.owner.map(|uid| usize::from(uid.get()));
        for scores in case.run().mechanisms {
            let permitted = |uid: &usize| scores.permits[*uid];
            let others: Vec<_> = (0..case.size())
                .filter(|uid| permitted(uid) && owner != Some(*uid))
                .collect();
            prop_assert!(others.len() <= usize::from(rules.max_validators));
            prop_assert!(owner.is_none_or(|uid| scores.permits[uid]));
            // The owner may be one of the greatest itself.
            let places = usize::from(rules.max_validators);
            if others.len() + usize::from(owner.is_some()) < places {
                let left_out = (0..case.size()).filter(|uid| !permitted(uid));
                for uid in left_out {
                    prop_assert_eq!(scores.stake_weight[uid].get(), 0);
                }
            }
            for (uid, row) in scores.bonds.iter().enumerate() {
                prop_assert!(row.is_empty() || scores.permits[uid]);
            }
        }
    }

    #[test]
    fn under_yuma_the_greatest_bond_on_a_neuron_is_the_whole(mut case in case()) {
        case.subnet.rules.bonding = Bonding::Yuma;
        case.subnet.rules.max_validators = 20;
        case.subnet.rules.stake_threshold = Rao::ZERO;
        for neuron in &mut case.subnet.neurons {
            neuron.alpha = Rao::new(neuron.alpha.get() + 1_000_000_000_000);
        }
        for scores in case.run().mechanisms {
            let mut greatest = vec![0; case.size()];
            for (uid, bond) in scores.bonds.iter().flatten() {
                let greatest = &mut greatest[usize::from(uid.get())];
                *greatest = (*bond).max(*greatest);
            }
            prop_assert!(greatest.iter().all(|bond| [0, u16::MAX].contains(bond)));
        }
    }

    #[test]
    fn consensus_follows_the_neurons_when_they_are_renumbered(
        (case, to) in case().prop_flat_map(|case| {
            let size = u16::try_from(case.size()).unwrap();
            let uids: Vec<_> = (0..size).collect();
            (Just(case), Just(uids).prop_shuffle())
        })
    ) {
        // Of equal stakes uids decide who is a validator.
        let stakes = case.run().mechanisms[0].stake_weight.clone();
        let mut distinct = stakes.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assume!(distinct.len() == stakes.len());
        let (here, there) = (case.run(), renumbered(&case, &to).run());
        for (here, there) in here.mechanisms.iter().zip(&there.mechanisms) {
            prop_assert_eq!(&renumbered_scores(here, &to), there);
        }
        prop_assert_eq!(moved(&here.merged.dividends, &to), there.merged.dividends);
        prop_assert_eq!(moved(&here.merged.servers, &to), there.merged.servers);
    }

    #[test]
    fn a_row_of_one_mechanism_leaves_the_others_as_they_are(mut case in case(), value: u16) {
        let before = case.run();
        let size = u16::try_from(case.size()).unwrap();
        case.mechanisms[0].weights[0] = (0..size).map(|uid| (Uid::new(uid), value)).collect();
        let after = case.run();
        prop_assert_eq!(&before.mechanisms[1..], &after.mechanisms[1..]);
    }
}

#[test]
fn of_equal_stakes_the_higher_uids_are_validators() {
    let subnet = Subnet {
        block: 10,
        neurons: vec![
            Neuron {
                alpha: Rao::new(7),
                ..Neuron::default()
            };
            3
        ],
        rules: Rules {
            max_validators: 2,
            ..Rules::default()
        },
        ..Subnet::default()
    };
    let epoch = epoch(&subnet, &[Mechanism::default()], None, Rao::ZERO);
    assert_eq!(epoch.merged.permits, [false, true, true]);
}

/// Two validators and a miner under liquid alpha, whom the majority gave nothing the last time.
fn liquid(consensus: ConsensusMode, bonds_penalty: u16) -> Vec<Row> {
    let validator = Neuron {
        alpha: Rao::new(1_000),
        ..Neuron::default()
    };
    let subnet = Subnet {
        block: 10_000,
        neurons: vec![validator, validator, Neuron::default()],
        permits: vec![true, true, false],
        last_step: Some(9_000),
        rules: Rules {
            bonds_penalty,
            bonding: Bonding::Yuma3 {
                liquid_alpha: Some(LiquidAlpha {
                    low: Ratio::new(6_554),
                    high: Ratio::new(58_982),
                    steepness: 1_000,
                    consensus,
                }),
            },
            ..Rules::default()
        },
        ..Subnet::default()
    };
    let row = vec![(Uid::new(2), u16::MAX)];
    let mechanism = Mechanism {
        last_update: vec![9_500, 9_500, 0],
        weights: vec![row.clone(), row],
        previous_consensus: Some(vec![Ratio::ZERO; 3]),
        ..Mechanism::default()
    };
    let epoch = epoch(&subnet, &[mechanism], None, Rao::ZERO);
    epoch.mechanisms.into_iter().next().unwrap().bonds
}

#[test]
fn bonds_follow_faster_where_weights_are_compared_with_the_consensus_before() {
    use ConsensusMode::{Auto, Current, Previous};
    let (slow, fast) = (liquid(Current, u16::MAX), liquid(Previous, u16::MAX));
    let bond = |rows: &[Row]| rows[0][0].1;
    assert!(bond(&slow) < bond(&fast), "{slow:?} {fast:?}");
    assert_eq!(liquid(Auto, u16::MAX), fast);
    assert_eq!(liquid(Auto, 0), liquid(Current, 0));
    assert_ne!(liquid(Previous, 0), liquid(Current, 0));
}
