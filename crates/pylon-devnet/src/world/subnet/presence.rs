//! Where neurons can be found.

use std::net::Ipv4Addr;

use rand::{Rng, RngCore};
use sp_core::H160;
use sp_runtime::BoundedVec;

use super::VALIDATOR_EVERY;
use crate::{
    runtime::{
        AccountId,
        subtensor::{
            ASSOCIATED_EVM_ADDRESS, AXONS, AxonInfo, NEURON_CERTIFICATES, NeuronCertificate,
            PROMETHEUS, PrometheusInfo,
        },
    },
    state::State,
    world::{
        accounts::{alice, draws},
        scores,
    },
};

/// Networks set aside for documentation (RFC 5737): they look public, and nobody is there to be
/// called by a validator that tries its luck.
const NETWORKS: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];
/// Ed25519, as miners name the algorithm of their certificates' keys.
const ED25519: u8 = 1;

/// Miners that work serve, and every second validator does; //Alice is left to its owner. Some have
/// certificates or serve their metrics too, and one in sixteen has an EVM address.
pub(super) fn serve(state: &mut State, seed: u64, netuid: u16, uid: u16, hotkey: &AccountId) {
    if scores::is_idle(uid) || uid % (2 * VALIDATOR_EVERY) == VALIDATOR_EVERY || *hotkey == alice()
    {
        return;
    }
    let nth = usize::from(netuid + uid / 254) % NETWORKS.len();
    let [a, b, c] = NETWORKS.get(nth).copied().unwrap_or_default();
    let host = u8::try_from(uid % 254 + 1).unwrap_or(1);
    let axon = AxonInfo {
        block: 0,
        version: 1_050,
        ip: u32::from(Ipv4Addr::new(a, b, c, host)).into(),
        port: draws(seed, "port", (netuid, uid)).random_range(8_000..=9_999),
        ip_type: 4,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
    };
    AXONS.put(state, (netuid, hotkey.clone()), axon);
    match uid % 16 {
        1 | 8 => {
            let metrics = PrometheusInfo {
                block: 0,
                version: axon.version,
                ip: axon.ip,
                port: axon.port.saturating_add(1),
                ip_type: axon.ip_type,
            };
            PROMETHEUS.put(state, (netuid, hotkey.clone()), metrics);
        }
        2 | 9 => {
            let mut key = vec![0; 32];
            draws(seed, "certificate", (netuid, uid)).fill_bytes(&mut key);
            let certificate = NeuronCertificate {
                public_key: BoundedVec::truncate_from(key),
                algorithm: ED25519,
            };
            NEURON_CERTIFICATES.put(state, (netuid, hotkey.clone()), certificate);
        }
        3 => {
            let mut address = H160::zero();
            draws(seed, "evm", (netuid, uid)).fill_bytes(&mut address.0);
            ASSOCIATED_EVM_ADDRESS.put(state, (netuid, uid), (address, 0));
        }
        _ => {}
    }
}
