use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Ciphertexts that clients made for quicknet's round 1000, the signature of that round, and what
/// is in them.
fn recorded() -> Vec<(Vec<u8>, G1Affine, Vec<u8>)> {
    let file = include_str!("../../tests/fixtures/timelock.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    cases
        .iter()
        .map(|case| {
            let signature = signature(&bytes(&case["signature"])).unwrap();
            (bytes(&case["sealed"]), signature, bytes(&case["content"]))
        })
        .collect()
}

fn open(mut sealed: &[u8], signature: &G1Affine) -> Option<Vec<u8>> {
    Sealed::parse(&mut sealed)?.open(signature)
}

#[test]
fn what_clients_sealed_opens_with_the_signature_of_its_round() {
    let recorded = recorded();
    assert_eq!(recorded.len(), 6);
    for (sealed, signature, content) in recorded {
        assert_eq!(open(&sealed, &signature), Some(content));
    }
}

#[test]
fn another_signature_does_not_open_it() {
    let (sealed, signature, _) = recorded().remove(0);
    let other = (signature * Fr::from(2u64)).into_affine();
    assert_eq!(open(&sealed, &other), None);
}

#[test]
fn a_signature_is_read_with_and_without_its_prefix() {
    let (_, point, _) = recorded().remove(0);
    let mut bytes = b"0x".to_vec();
    point.serialize_compressed(&mut bytes).unwrap();
    assert_eq!(signature(&bytes), Some(point));
    assert_eq!(signature(&bytes[2..]), Some(point));
    assert_eq!(signature(&bytes[2..40]), None);
    assert_eq!(signature(&[0xff; 48]), None);
}

#[test]
fn a_length_that_nothing_has_is_refused_at_once() {
    let (sealed, ..) = recorded().remove(0);
    for at in [96, 136, 176, 184] {
        let mut hostile = sealed.clone();
        hostile[at..at + 8].copy_from_slice(&[0xff; 8]);
        let (_, signature, _) = recorded().remove(0);
        assert_eq!(open(&hostile, &signature), None, "{at}");
    }
}

proptest! {
    // Each case is a pairing.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_changed_byte_or_a_cut_keeps_it_closed(at: prop::sample::Index, flip in 1u8.., cut: bool) {
        let (mut sealed, signature, content) = recorded().remove(1);
        // What follows is the cipher's name.
        let name = sealed.len() - 16;
        let at = at.index(name);
        if cut {
            sealed.truncate(at);
        } else {
            sealed[at] ^= flip;
        }
        prop_assert_ne!(open(&sealed, &signature), Some(content));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes: Vec<u8>, valid_point: bool) {
        if valid_point {
            let (sealed, ..) = recorded().remove(0);
            bytes.splice(0..0, sealed[..POINT].iter().copied());
        }
        let mut input = &bytes[..];
        let _ = Sealed::parse(&mut input);
        prop_assert!(input.len() <= bytes.len());
        let _ = signature(&bytes);
    }
}
