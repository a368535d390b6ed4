//! Where neurons serve: axons, their certificates, and metrics.

use sp_runtime::{BoundedVec, DispatchResult};

use super::Context;
use crate::{
    runtime::{
        AccountId, RuntimeEvent,
        subtensor::{
            AXONS, AxonInfo, Call, Error, Event, NETWORKS_ADDED, NEURON_CERTIFICATES,
            NeuronCertificate, PROMETHEUS, PrometheusInfo, SERVING_RATE_LIMIT, UIDS,
        },
    },
    state::State,
};

const LOCALHOST_V4: u128 = 0x7f00_0001;
const LOCALHOST_V6: u128 = 1;

/// The checks of all three calls; any other call passes.
pub(super) fn check(
    state: &State,
    block: u64,
    hotkey: &AccountId,
    call: &Call,
) -> Result<(), Error> {
    match *call {
        Call::serve_axon {
            netuid,
            ip,
            port,
            ip_type,
            ..
        }
        | Call::serve_axon_tls {
            netuid,
            ip,
            port,
            ip_type,
            ..
        } => {
            ensure_registered(state, netuid, hotkey)?;
            ensure_address(ip_type, ip)?;
            let before = AXONS.find(state, (netuid, hotkey.clone()));
            let served = before.map_or(0, |axon| axon.block);
            ensure_rate(state, netuid, served, block)?;
            ensure_port(port)
        }
        Call::serve_prometheus {
            netuid,
            ip,
            port,
            ip_type,
            ..
        } => {
            ensure_address(ip_type, ip)?;
            // An axon may stand at 0, metrics may not.
            if ip == 0 {
                return Err(Error::InvalidIpAddress);
            }
            ensure_registered(state, netuid, hotkey)?;
            let before = PROMETHEUS.find(state, (netuid, hotkey.clone()));
            let served = before.map_or(0, |prometheus| prometheus.block);
            ensure_rate(state, netuid, served, block)?;
            ensure_port(port)
        }
        _ => Ok(()),
    }
}

fn ensure_registered(state: &State, netuid: u16, hotkey: &AccountId) -> Result<(), Error> {
    match UIDS.contains(state, (netuid, hotkey.clone())) {
        true => Ok(()),
        false => Err(Error::HotKeyNotRegisteredInNetwork),
    }
}

fn ensure_address(ip_type: u8, ip: u128) -> Result<(), Error> {
    match ip_type {
        4 if ip == LOCALHOST_V4 || ip >= u32::MAX.into() => Err(Error::InvalidIpAddress),
        6 if ip == LOCALHOST_V6 || ip == u128::MAX => Err(Error::InvalidIpAddress),
        4 | 6 => Ok(()),
        _ => Err(Error::InvalidIpType),
    }
}

fn ensure_rate(state: &State, netuid: u16, served: u64, block: u64) -> Result<(), Error> {
    let limit = SERVING_RATE_LIMIT.get(state, (netuid,));
    if limit == 0 || served == 0 || block.saturating_sub(served) >= limit {
        Ok(())
    } else {
        Err(Error::ServingRateLimitExceeded)
    }
}

fn ensure_port(port: u16) -> Result<(), Error> {
    if port == 0 {
        return Err(Error::InvalidPort);
    }
    Ok(())
}

fn ensure_subnet(state: &State, netuid: u16) -> Result<(), Error> {
    match NETWORKS_ADDED.get(state, (netuid,)) {
        true => Ok(()),
        false => Err(Error::SubnetNotExists),
    }
}

/// An algorithm's byte and up to 64 bytes of key; anything else is none.
fn certificate(bytes: &[u8]) -> Option<NeuronCertificate> {
    let (algorithm, key) = bytes.split_first()?;
    Some(NeuronCertificate {
        public_key: BoundedVec::try_from(key.to_vec()).ok()?,
        algorithm: *algorithm,
    })
}

/// `serve_axon` and `serve_axon_tls`, which passed [`check`].
pub(super) fn serve_axon(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    call: &Call,
) -> DispatchResult {
    let (Call::serve_axon {
        netuid,
        version,
        ip,
        port,
        ip_type,
        protocol,
        placeholder1,
        placeholder2,
    }
    | Call::serve_axon_tls {
        netuid,
        version,
        ip,
        port,
        ip_type,
        protocol,
        placeholder1,
        placeholder2,
        ..
    }) = *call
    else {
        return Ok(());
    };
    ensure_subnet(context.state, netuid)?;
    if let Call::serve_axon_tls {
        certificate: bytes, ..
    } = call
        && let Some(certificate) = certificate(bytes)
    {
        NEURON_CERTIFICATES.put(context.state, (netuid, hotkey.clone()), certificate);
    }
    let axon = AxonInfo {
        block: context.block(),
        version,
        ip,
        port,
        ip_type,
        protocol,
        placeholder1,
        placeholder2,
    };
    AXONS.put(context.state, (netuid, hotkey.clone()), axon);
    let event = Event::AxonServed(netuid, hotkey.clone());
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

/// `serve_prometheus`, which passed [`check`].
pub(super) fn serve_prometheus(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    call: &Call,
) -> DispatchResult {
    let Call::serve_prometheus {
        netuid,
        version,
        ip,
        port,
        ip_type,
    } = *call
    else {
        return Ok(());
    };
    ensure_subnet(context.state, netuid)?;
    let prometheus = PrometheusInfo {
        block: context.block(),
        version,
        ip,
        port,
        ip_type,
    };
    PROMETHEUS.put(context.state, (netuid, hotkey.clone()), prometheus);
    let event = Event::PrometheusServed(netuid, hotkey.clone());
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOTKEY: AccountId = AccountId::new([1; 32]);

    fn axon(ip: u128, port: u16, ip_type: u8) -> Call {
        Call::serve_axon {
            netuid: 1,
            version: 1,
            ip,
            port,
            ip_type,
            protocol: 4,
            placeholder1: 0,
            placeholder2: 0,
        }
    }

    fn prometheus(ip: u128, port: u16, ip_type: u8) -> Call {
        Call::serve_prometheus {
            netuid: 1,
            version: 1,
            ip,
            port,
            ip_type,
        }
    }

    fn registered() -> State {
        let mut state = State::default();
        UIDS.put(&mut state, (1, HOTKEY), 0);
        SERVING_RATE_LIMIT.put(&mut state, (1,), 10);
        state
    }

    #[test]
    fn an_address_is_judged_by_its_type() {
        let state = registered();
        let judge = |ip, ip_type| check(&state, 1, &HOTKEY, &axon(ip, 1, ip_type));
        assert_eq!(judge(0x0102_0304, 4), Ok(()));
        assert_eq!(judge(0, 4), Ok(()));
        assert_eq!(judge(LOCALHOST_V4, 4), Err(Error::InvalidIpAddress));
        assert_eq!(judge(LOCALHOST_V4, 6), Ok(()));
        assert_eq!(judge(u32::MAX.into(), 4), Err(Error::InvalidIpAddress));
        assert_eq!(judge(1, 6), Err(Error::InvalidIpAddress));
        assert_eq!(judge(u128::MAX, 6), Err(Error::InvalidIpAddress));
        assert_eq!(judge(1, 5), Err(Error::InvalidIpType));
        let metrics = check(&state, 1, &HOTKEY, &prometheus(0, 1, 4));
        assert_eq!(metrics, Err(Error::InvalidIpAddress));
    }

    #[test]
    fn the_first_thing_wrong_is_the_one_reported() {
        let stranger = AccountId::new([2; 32]);
        let state = registered();
        let unregistered = Err(Error::HotKeyNotRegisteredInNetwork);
        assert_eq!(check(&state, 1, &stranger, &axon(1, 0, 5)), unregistered);
        // Metrics are asked for their address first.
        let call = prometheus(1, 0, 5);
        assert_eq!(
            check(&state, 1, &stranger, &call),
            Err(Error::InvalidIpType)
        );
        let mut served = registered();
        AXONS.put(
            &mut served,
            (1, HOTKEY),
            AxonInfo {
                block: 95,
                ..AxonInfo::default()
            },
        );
        let rate = Err(Error::ServingRateLimitExceeded);
        assert_eq!(check(&served, 104, &HOTKEY, &axon(1, 0, 4)), rate);
        let port = Err(Error::InvalidPort);
        assert_eq!(check(&served, 105, &HOTKEY, &axon(1, 0, 4)), port);
        assert_eq!(check(&served, 105, &HOTKEY, &axon(1, 1, 4)), Ok(()));
    }

    #[test]
    fn a_certificate_has_one_to_65_bytes() {
        assert_eq!(certificate(&[]), None);
        assert_eq!(certificate(&[0; 66]), None);
        assert_eq!(certificate(&[3; 65]).unwrap().public_key.len(), 64);
        let bare = certificate(&[3]).unwrap();
        assert_eq!((bare.algorithm, bare.public_key.len()), (3, 0));
    }

    #[test]
    fn a_subnet_that_is_gone_takes_no_axon() {
        let mut state = registered();
        let mut events = Vec::new();
        let mut context = Context {
            state: &mut state,
            events: &mut events,
        };
        let gone = serve_axon(&mut context, &HOTKEY, &axon(1, 1, 4));
        assert_eq!(gone, Err(Error::SubnetNotExists.into()));
    }
}
