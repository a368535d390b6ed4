use codec::Decode as _;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    drand: Drand,
    round_examples: Vec<RoundExample>,
    weights_payload_cases: Vec<Payload>,
    generic_ciphertexts: Vec<Generic>,
    commit_hash_cases: Vec<Hash>,
}

#[derive(Deserialize)]
struct Drand {
    public_key_g2_hex: String,
    genesis_time: u64,
    period_s: u64,
}

#[derive(Deserialize)]
struct RoundExample {
    now: f64,
    blocks_until_target: u32,
    block_time: f64,
    round: u64,
}

#[derive(Deserialize)]
struct Payload {
    hotkey_hex: String,
    uids: Vec<u16>,
    values: Vec<u16>,
    version_key: String,
    payload_scale_hex: String,
    commit_ciphertext_hex: String,
    signature_hex: String,
}

#[derive(Deserialize)]
struct Generic {
    raw_tle_hex: String,
    signature_hex: String,
    plaintext_hex: String,
}

#[derive(Deserialize)]
struct Hash {
    who_hex: String,
    netuid_index: u16,
    uids: Vec<u16>,
    values: Vec<u16>,
    salt: Vec<u16>,
    version_key: String,
    blake2_256_hex: String,
}

/// From the folder that `PYLON_VECTORS_DIR` names, or from the copy in the project.
fn golden() -> Golden {
    let path = std::env::var_os("PYLON_VECTORS_DIR").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden_crv.json"),
        |folder| std::path::PathBuf::from(folder).join("golden_crv.json"),
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

fn uids(uids: &[u16]) -> Vec<Uid> {
    uids.iter().copied().map(Uid::new).collect()
}

fn hotkey(digits: &str) -> Hotkey {
    Hotkey::from_bytes(bytes(digits).try_into().unwrap())
}

#[test]
fn golden_commits_of_the_python_wheel_open_and_hold_what_was_sealed() {
    for case in golden().weights_payload_cases {
        let opened = open(
            &bytes(&case.commit_ciphertext_hex),
            &bytes(&case.signature_hex),
        )
        .unwrap();
        assert_eq!(opened, bytes(&case.payload_scale_hex));
        let payload = WeightsPayload::new(
            &hotkey(&case.hotkey_hex),
            &uids(&case.uids),
            &case.values,
            case.version_key.parse().unwrap(),
        );
        assert_eq!(payload.encode(), opened);
        assert_eq!(
            WeightsPayload::decode(&mut opened.as_slice()).unwrap(),
            payload
        );
    }
    for case in golden().generic_ciphertexts {
        let opened = open(&bytes(&case.raw_tle_hex), &bytes(&case.signature_hex)).unwrap();
        assert_eq!(opened, bytes(&case.plaintext_hex));
    }
}

#[test]
fn golden_rounds_are_those_of_the_python_wheel() {
    let golden = golden();
    let beacon = Beacon {
        public_key: bytes(&golden.drand.public_key_g2_hex),
        genesis_time: golden.drand.genesis_time,
        period: golden.drand.period_s,
    };
    for case in golden.round_examples {
        let now = std::time::Duration::from_secs_f64(case.now).as_millis();
        let later = std::time::Duration::from_secs_f64(case.block_time) * case.blocks_until_target;
        assert_eq!(beacon.round_at(now.try_into().unwrap(), later), case.round);
    }
    assert_eq!(
        beacon.round_at(0, std::time::Duration::ZERO),
        1,
        "never less than the first"
    );
}

#[test]
fn golden_commit_hashes_are_the_chains() {
    for case in golden().commit_hash_cases {
        let hash = commit_hash(
            &hotkey(&case.who_hex),
            case.netuid_index,
            &uids(&case.uids),
            &case.values,
            &case.salt,
            case.version_key.parse().unwrap(),
        );
        assert_eq!(hex::encode(hash), case.blake2_256_hex);
    }
}

#[test]
fn what_is_sealed_here_opens_with_the_signature_of_its_round_alone() {
    let golden = golden();
    let key = bytes(&golden.drand.public_key_g2_hex);
    let signature = bytes(&golden.weights_payload_cases[0].signature_hex);
    let sealed = seal(b"weights", 1_000, &key).unwrap();
    assert_eq!(sealed.len(), 7 + 244);
    assert_eq!(open(&sealed, &signature).unwrap(), b"weights");
    let of_another = seal(b"weights", 1_001, &key).unwrap();
    assert_eq!(open(&of_another, &signature), Err(TimelockError::Closed));
    assert_eq!(seal(b"x", 1, &key[1..]), Err(TimelockError::PublicKey));
    assert_eq!(open(&sealed, b"0x"), Err(TimelockError::Signature));
}

#[test]
fn changed_or_hostile_bytes_are_refused() {
    let golden = golden();
    let case = &golden.weights_payload_cases[0];
    let (sealed, signature) = (
        bytes(&case.commit_ciphertext_hex),
        bytes(&case.signature_hex),
    );
    for at in [0, 96, 104, 136, 144, 176, 184, 200, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open(&changed, &signature).is_err(), "bit 0 of byte {at}");
        let mut huge = sealed.clone();
        let end = (at + 8).min(huge.len());
        huge[at..end].fill(0xff);
        assert!(open(&huge, &signature).is_err(), "ones from byte {at}");
        assert!(open(&sealed[..at], &signature).is_err(), "cut at {at}");
    }
    let more = [sealed.as_slice(), &[0]].concat();
    assert_eq!(
        open(&more, &signature),
        Err(TimelockError::Format("bytes are left over"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_it_panic(sealed: Vec<u8>, at in 0_usize..400, with: [u8; 8]) {
        let golden = golden();
        let case = &golden.weights_payload_cases[0];
        let signature = bytes(&case.signature_hex);
        prop_assert!(open(&sealed, &signature).is_err());
        let mut spoiled = bytes(&case.commit_ciphertext_hex);
        let end = (at + 8).min(spoiled.len());
        let at = at.min(end);
        spoiled[at..end].copy_from_slice(&with[..end - at]);
        let _ = open(&spoiled, &signature);
    }
}
