use codec::{Compact, Encode};
use scale_info::build::{Fields, Variants};
use scale_info::{MetaType, Path, Registry, Type, TypeInfo};

use super::*;
use crate::decode::Layout;

/// The pallet's enum as June's metadata has it.
struct June;
/// The same with a kind more and the kinds at other indices.
struct Later;

/// What a commitment is kept in.
#[derive(TypeInfo)]
#[allow(dead_code, reason = "only its description is used")]
struct Kept<T> {
    deposit: u64,
    block: u32,
    info: Fielded<T>,
}

#[derive(TypeInfo)]
#[allow(dead_code, reason = "only its description is used")]
struct Fielded<T>(Vec<T>);

macro_rules! raw {
    ($variants:expr, $shift:literal; $($length:literal)*) => {
        $variants$(.variant(concat!("Raw", $length), |v| {
            v.index($length + 1 + $shift).fields(Fields::unnamed().field(|f| f.ty::<[u8; $length]>()))
        }))*
    };
}

macro_rules! all_raw {
    ($variants:expr, $shift:literal) => {
        raw! { $variants, $shift;
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29
            30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56
            57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83
            84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107
            108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127
            128
        }
    };
}

fn rest(variants: Variants, shift: u8) -> Variants {
    let hash = || Fields::unnamed().field(|f| f.ty::<[u8; 32]>());
    let timelocked = || {
        Fields::named()
            .field(|f| f.name("encrypted").ty::<Vec<u8>>())
            .field(|f| f.name("reveal_round").ty::<u64>())
    };
    let variants = variants
        .variant("None", |v| v.index(shift))
        .variant("BlakeTwo256", |v| v.index(130 + shift).fields(hash()))
        .variant("Sha256", |v| v.index(131 + shift).fields(hash()))
        .variant("Keccak256", |v| v.index(132 + shift).fields(hash()))
        .variant("ShaThree256", |v| v.index(133 + shift).fields(hash()))
        .variant("TimelockEncrypted", |v| {
            v.index(134 + shift).fields(timelocked())
        })
        .variant("ResetBondsFlag", |v| v.index(135 + shift))
        .variant("BigRaw", |v| {
            v.index(136 + shift)
                .fields(Fields::unnamed().field(|f| f.ty::<Vec<u8>>()))
        });
    match shift {
        0 => variants,
        _ => variants
            .variant("TimelockRevealFailed", |v| {
                v.index(200).fields(timelocked())
            })
            .variant("Poem", |v| {
                v.index(201)
                    .fields(Fields::unnamed().field(|f| f.ty::<Vec<String>>()))
            }),
    }
}

impl TypeInfo for June {
    type Identity = Self;
    fn type_info() -> Type {
        let variants = all_raw! { Variants::new(), 0 };
        Type::builder()
            .path(Path::new("Data", "pallet_commitments::types"))
            .variant(rest(variants, 0))
    }
}

impl TypeInfo for Later {
    type Identity = Self;
    fn type_info() -> Type {
        let variants = all_raw! { Variants::new(), 7 };
        Type::builder()
            .path(Path::new("Data", "pallet_commitments::types"))
            .variant(rest(variants, 7))
    }
}

fn layout<T: TypeInfo + 'static>() -> (PortableRegistry, Layout<Registration>) {
    let mut registry = Registry::new();
    let id = registry.register_type(&MetaType::new::<Kept<T>>()).id;
    let types = PortableRegistry::from(registry);
    let layout = Layout::of_type(&types, id);
    (types, layout)
}

/// A commitment of one field: its tag, then its contents.
fn kept(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut bytes = (5u64, 1_000u32, Compact(1u32), tag).encode();
    bytes.extend_from_slice(contents);
    bytes
}

fn every_kind() -> Vec<(u8, Vec<u8>, CommitmentField)> {
    let timelocked = (vec![6u8; 300], 1_234u64).encode();
    let raw = |length: u8| {
        let bytes = vec![length; length.into()];
        (length + 1, bytes.clone(), CommitmentField::Raw(bytes))
    };
    vec![
        (0, vec![], CommitmentField::None),
        raw(0),
        raw(1),
        raw(128),
        (130, vec![1; 32], CommitmentField::BlakeTwo256([1; 32])),
        (131, vec![2; 32], CommitmentField::Sha256([2; 32])),
        (132, vec![3; 32], CommitmentField::Keccak256([3; 32])),
        (133, vec![4; 32], CommitmentField::ShaThree256([4; 32])),
        (
            134,
            timelocked,
            CommitmentField::TimelockEncrypted {
                encrypted: vec![6; 300],
                reveal_round: 1_234,
            },
        ),
        (135, vec![], CommitmentField::ResetBondsFlag),
        (
            136,
            vec![9u8; 512].encode(),
            CommitmentField::BigRaw(vec![9; 512]),
        ),
    ]
}

#[test]
fn every_kind_of_field_is_read_both_ways() {
    let (types, layout) = layout::<June>();
    assert!(layout.is_exact());
    for (tag, contents, field) in every_kind() {
        let bytes = kept(tag, &contents);
        for layout in [layout, layout.by_name()] {
            let commitment = layout
                .decode(&bytes, &types)
                .unwrap()
                .into_commitment(Hotkey::from_bytes([7; 32]));
            assert_eq!(
                commitment,
                Commitment {
                    hotkey: Hotkey::from_bytes([7; 32]),
                    block: 1_000.into(),
                    deposit: Rao::new(5),
                    fields: vec![field.clone()],
                }
            );
        }
    }
}

#[test]
fn kinds_that_moved_are_found_by_name_and_new_ones_are_named() {
    let (types, layout) = layout::<Later>();
    assert!(!layout.is_exact());
    let read = |tag, contents: &[u8]| {
        let registration = layout.decode(&kept(tag, contents), &types).unwrap();
        registration.info[0].0.clone()
    };
    for (tag, contents, field) in every_kind() {
        assert_eq!(read(tag + 7, &contents), field);
    }
    assert_eq!(
        read(200, &(vec![1u8, 2], 77u64).encode()),
        CommitmentField::TimelockRevealFailed {
            encrypted: vec![1, 2],
            reveal_round: 77,
        }
    );
    assert_eq!(
        read(201, &vec!["roses".to_owned(), "are".to_owned()].encode()),
        CommitmentField::Unknown("Poem".into())
    );
}

#[test]
fn a_field_that_is_cut_or_of_no_kind_is_refused() {
    let (types, layout) = layout::<June>();
    for (tag, contents, _) in every_kind() {
        let bytes = kept(tag, &contents);
        for layout in [layout, layout.by_name()] {
            for end in 0..bytes.len() {
                assert!(
                    layout.decode(&bytes[..end], &types).is_err(),
                    "{tag} at {end}"
                );
            }
            assert!(layout.decode(&[&bytes[..], &[0]].concat(), &types).is_err());
        }
    }
    for layout in [layout, layout.by_name()] {
        assert!(layout.decode(&kept(137, &[]), &types).is_err());
    }
}
