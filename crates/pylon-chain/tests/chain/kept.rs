//! What is read beside snapshots, on the golden state and on a living world, under both layouts, with the requests
//! that each read costs.

use std::collections::BTreeMap;

use pylon_chain::{Chain, ReadError};
use pylon_devnet::{Devnet, Layout, World};
use pylon_models::{BlockRef, Hotkey, MechId, NetUid, Rao};
use serde_json::Value;

use crate::devnet::{connect, golden_devnet};

const GOLDEN: NetUid = NetUid::new(42);
const LAYOUTS: [Layout; 2] = [Layout::Jun2026, Layout::Oct2026];

/// What the original service answered, and the state that it answered from.
fn service() -> Value {
    serde_json::from_str(include_str!("../fixtures/golden_kept.json")).unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    hex::decode(hex.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

async fn golden() -> (Devnet, Chain, BlockRef) {
    let devnet = golden_devnet().await;
    let service = service();
    let extra = service["extra"].as_array().unwrap();
    let extra = extra
        .iter()
        .map(|row| (bytes(&row[0]), Some(bytes(&row[1]))));
    devnet.set_storage(extra.collect()).await.unwrap();
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    (devnet, chain, head)
}

async fn living(layout: Layout) -> (Devnet, Chain, BlockRef) {
    let world = World::Dev {
        neurons: 64,
        subnets: 3,
        seed: 5,
    };
    let devnet = Devnet::builder().world(world).layout(layout).start();
    let devnet = devnet.await.unwrap();
    devnet.new_blocks(5).await.unwrap();
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    (devnet, chain, head)
}

/// A read and the requests that it took.
async fn counted<T>(chain: &Chain, read: impl Future<Output = Result<T, ReadError>>) -> (T, u64) {
    let before = chain.stats().requests();
    let read = read.await.unwrap();
    (read, chain.stats().requests() - before)
}

#[tokio::test]
async fn certificates_and_commitments_are_those_that_the_original_service_answered() {
    let (_devnet, chain, head) = golden().await;
    let service = service();
    let (certificates, asked) = counted(&chain, chain.certificates(GOLDEN, head)).await;
    assert_eq!(asked, 2);
    let expected = &service["certificates"];
    assert_eq!(certificates.len(), expected.as_object().unwrap().len());
    for (hotkey, certificate) in &certificates {
        let expected = &expected[hotkey.to_string()];
        assert_eq!(expected["algorithm"], certificate.algorithm);
        assert_eq!(bytes(&expected["public_key"]), certificate.public_key);
        let (one, asked) = counted(&chain, chain.certificate(GOLDEN, *hotkey, head)).await;
        assert_eq!((one.as_ref(), asked), (Some(certificate), 1));
    }

    let (commitments, asked) = counted(&chain, chain.commitments(GOLDEN, head)).await;
    assert_eq!(asked, 2);
    let expected = &service["commitments"];
    let told: BTreeMap<String, Vec<u8>> = commitments
        .iter()
        .filter_map(|kept| Some((kept.hotkey.to_string(), kept.data()?.to_vec())))
        .collect();
    for (hotkey, data) in expected.as_object().unwrap() {
        let hotkey_of: Hotkey = hotkey.parse().unwrap();
        let one = chain.commitment(GOLDEN, hotkey_of, head).await.unwrap();
        let one = one.unwrap();
        assert!(commitments.contains(&one), "{hotkey}");
        let kept = told.get(hotkey).cloned().unwrap_or_else(|| {
            let (encrypted, _) = one.timelocked().unwrap();
            encrypted.to_vec()
        });
        assert_eq!(kept, bytes(data), "{hotkey}");
    }
    let nobody = Hotkey::from_bytes([9; 32]);
    assert_eq!(chain.commitment(GOLDEN, nobody, head).await.unwrap(), None);
    assert_eq!(chain.certificate(GOLDEN, nobody, head).await.unwrap(), None);
}

#[tokio::test]
async fn revealed_commitments_and_the_drand_round_are_those_that_were_laid_down() {
    let (_devnet, chain, head) = golden().await;
    let (revealed, asked) = counted(&chain, chain.revealed_commitments(GOLDEN, head)).await;
    assert_eq!((revealed.len(), asked), (51, 2));
    for (hotkey, kept) in &revealed {
        assert_eq!(kept.len(), 2);
        assert!(
            kept[0].text().starts_with("revealed "),
            "{}",
            kept[0].text()
        );
        assert!(kept[1].text().starts_with("second "), "{}", kept[1].text());
        let one = chain.revealed_commitments_of(GOLDEN, *hotkey, head).await;
        assert_eq!(&one.unwrap(), kept);
    }
    let (round, asked) = counted(&chain, chain.last_drand_round(head)).await;
    let service = service();
    let extra = service["extra"].as_array().unwrap();
    let laid_down = extra
        .iter()
        .find(|row| row[0].as_str().unwrap().starts_with("0xa285cdb66e8b8524"));
    let laid_down: [u8; 8] = bytes(&laid_down.unwrap()[1]).try_into().unwrap();
    assert_eq!((round, asked), (u64::from_le_bytes(laid_down), 1));
}

#[tokio::test]
async fn a_living_world_is_read_alike_under_both_layouts_and_no_read_loops_over_keys() {
    for layout in LAYOUTS {
        let (_devnet, chain, head) = living(layout).await;
        let netuid = NetUid::new(1);
        let neurons = chain.snapshot(netuid, head).await.unwrap().unwrap().neurons;

        let (hotkeys, asked) = counted(&chain, chain.hotkeys(netuid, head)).await;
        assert_eq!(asked, 2);
        let expected: BTreeMap<u16, Hotkey> = neurons
            .iter()
            .map(|neuron| (neuron.uid.get(), neuron.hotkey))
            .collect();
        assert_eq!(hotkeys, expected, "{layout:?}");

        let (subnets, asked) = counted(&chain, chain.subnets(head)).await;
        assert_eq!(asked, 1);
        let netuids: Vec<u16> = subnets.iter().map(|subnet| subnet.netuid.get()).collect();
        assert_eq!(netuids, [0, 1, 2, 3]);
        for subnet in &subnets {
            let (one, asked) = counted(&chain, chain.subnet(subnet.netuid, head)).await;
            assert_eq!((one.as_ref(), asked), (Some(subnet), 1));
            assert!(!subnet.symbol.is_empty());
        }
        assert_eq!(chain.subnet(NetUid::new(9), head).await.unwrap(), None);

        let (prices, asked) = counted(&chain, chain.alpha_prices(head)).await;
        assert_eq!((prices.len(), asked), (4, 1));
        for (netuid, price) in &prices {
            let (one, asked) = counted(&chain, chain.alpha_price(*netuid, head)).await;
            assert_eq!((one, asked), (*price, 1));
        }

        let (associated, asked) = counted(&chain, chain.evm_associations(netuid, head)).await;
        assert_eq!(asked, 4);
        assert!(!associated.is_empty());
        for kept in &associated {
            assert!(neurons.iter().any(|neuron| neuron.hotkey == kept.hotkey));
        }

        let (certificates, asked) = counted(&chain, chain.certificates(netuid, head)).await;
        assert_eq!(asked, 2);
        assert!(
            certificates
                .iter()
                .all(|(_, kept)| kept.public_key.len() == 32)
        );
        assert!(!certificates.is_empty());
        let (commitments, asked) = counted(&chain, chain.commitments(netuid, head)).await;
        assert_eq!(asked, 2);
        assert!(!commitments.is_empty());
        assert!(chain.last_drand_round(head).await.unwrap() > 0);
    }
}

#[tokio::test]
async fn accounts_and_matrices_of_a_living_world_hang_together_under_both_layouts() {
    for layout in LAYOUTS {
        let (_devnet, chain, head) = living(layout).await;
        let netuid = NetUid::new(1);
        let neurons = chain.snapshot(netuid, head).await.unwrap().unwrap().neurons;
        let coldkey = neurons[0].coldkey;

        let (stake, asked) = counted(&chain, chain.stake_of(coldkey, head)).await;
        assert_eq!(asked, 1);
        let here = stake.iter().find(|position| position.netuid == netuid);
        assert!(here.unwrap().is_registered);
        assert!(here.unwrap().stake > Rao::ZERO);
        let nobody = pylon_models::Coldkey::from_bytes([9; 32]);
        assert_eq!(chain.stake_of(nobody, head).await.unwrap(), []);
        let (balance, asked) = counted(&chain, chain.balance(nobody, head)).await;
        assert_eq!((balance, asked), (pylon_models::Balance::default(), 1));
        let alice =
            pylon_models::Coldkey::from_bytes(subxt_signer::sr25519::dev::alice().public_key().0);
        assert!(chain.balance(alice, head).await.unwrap().free > Rao::ZERO);

        let first = MechId::try_from(0).unwrap();
        let (weights, asked) = counted(&chain, chain.weights(netuid, first, head)).await;
        assert_eq!(asked, 2);
        let (bonds, asked) = counted(&chain, chain.bonds(netuid, first, head)).await;
        assert_eq!(asked, 2);
        for rows in [&weights, &bonds] {
            assert!(!rows.is_empty());
            assert!(rows.windows(2).all(|two| two[0].0 < two[1].0));
            for (validator, row) in rows {
                // An epoch stores bonds for everyone, empty ones without a permit.
                assert!(neurons[usize::from(validator.get())].validator_permit || row.is_empty());
                assert!(
                    row.iter()
                        .all(|(uid, _)| usize::from(uid.get()) < neurons.len())
                );
            }
        }
        for (_, row) in weights.iter().filter(|(_, row)| !row.is_empty()) {
            assert_eq!(row.iter().map(|(_, weight)| *weight).max(), Some(u16::MAX));
        }
        let second = MechId::try_from(1).unwrap();
        assert_eq!(chain.weights(netuid, second, head).await.unwrap(), []);
        assert_eq!(chain.bonds(netuid, second, head).await.unwrap(), []);
    }
}

#[tokio::test]
async fn mechanisms_are_kept_apart() {
    let (devnet, chain, head) = golden().await;
    let row = |entry: &str, index: u16, uid: u16, row: Vec<(u16, u16)>| {
        let key = pylon_chain::storage::StorageKey::new("SubtensorModule", entry)
            .identity(&index)
            .identity(&uid);
        let value = codec::Encode::encode(&row);
        (key.as_bytes().to_vec(), Some(value))
    };
    devnet
        .set_storage(vec![
            row("Weights", 43, 3, vec![(1, 65_535)]),
            row("Weights", 43 + 4_096, 2, vec![(0, 65_535), (7, 1)]),
            row("Bonds", 43 + 4_096, 300, vec![(5, 9)]),
        ])
        .await
        .unwrap();
    let netuid = NetUid::new(43);
    let mechanism = |mechanism: u8| MechId::try_from(mechanism).unwrap();
    let plain = |rows: Vec<pylon_chain::Row>| -> Vec<(u16, Vec<(u16, u16)>)> {
        let row = |row: Vec<(pylon_models::Uid, u16)>| {
            row.into_iter()
                .map(|(uid, value)| (uid.get(), value))
                .collect()
        };
        rows.into_iter()
            .map(|(uid, values)| (uid.get(), row(values)))
            .collect()
    };
    let weights = async |number| {
        plain(
            chain
                .weights(netuid, mechanism(number), head)
                .await
                .unwrap(),
        )
    };
    assert_eq!(weights(0).await, [(3, vec![(1, 65_535)])]);
    assert_eq!(weights(1).await, [(2, vec![(0, 65_535), (7, 1)])]);
    assert_eq!(weights(2).await, []);
    let bonds = chain.bonds(netuid, mechanism(1), head).await.unwrap();
    assert_eq!(plain(bonds), [(300, vec![(5, 9)])]);
}
