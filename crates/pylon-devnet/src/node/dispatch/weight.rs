//! What calls weigh. The figures are near those of the real runtime's benchmarks, not equal to
//! them; classes and who pays are the real ones.

use codec::Compact;

use super::CallWeight;
use crate::runtime::{
    RuntimeCall,
    admin_utils::Call as AdminCall,
    commitments::Call as CommitmentsCall,
    proxy::Call as ProxyCall,
    subtensor::Call as SubtensorCall,
    sudo::Call as SudoCall,
    system::{Call as SystemCall, DispatchClass, Pays, Weight},
    utility::Call as UtilityCall,
};

const READ: u64 = 25_000_000;
const WRITE: u64 = 100_000_000;

/// Time and proof size of a call.
type Cost = (u64, u64);

fn cost(base: u64, reads: u64, writes: u64) -> Cost {
    (base + reads * READ + writes * WRITE, 3_593)
}

fn call_weight((ref_time, proof_size): Cost, class: DispatchClass, pays_fee: Pays) -> CallWeight {
    CallWeight {
        weight: Weight {
            ref_time: Compact(ref_time),
            proof_size: Compact(proof_size),
        },
        class,
        pays_fee,
    }
}

fn normal(cost: Cost) -> CallWeight {
    call_weight(cost, DispatchClass::Normal, Pays::Yes)
}

fn per_byte(bytes: &[u8], each: u64, base: u64) -> Cost {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    (length.saturating_mul(each).saturating_add(base), 0)
}

/// What a call weighs.
pub(crate) fn weight(call: &RuntimeCall) -> CallWeight {
    match call {
        RuntimeCall::System(SystemCall::remark { remark }) => {
            normal(per_byte(remark, 400, 2_000_000))
        }
        RuntimeCall::System(SystemCall::remark_with_event { remark }) => {
            normal(per_byte(remark, 1_200, 6_000_000))
        }
        RuntimeCall::Timestamp(_) => {
            let (ref_time, _) = cost(10_000_000, 2, 1);
            call_weight((ref_time, 1_493), DispatchClass::Mandatory, Pays::Yes)
        }
        RuntimeCall::Balances(_) => normal(cost(40_000_000, 1, 1)),
        RuntimeCall::SubtensorModule(call) => subtensor(call),
        RuntimeCall::Utility(call) => batch(call),
        RuntimeCall::Sudo(call) => sudo(call),
        RuntimeCall::Commitments(CommitmentsCall::set_commitment { .. }) => {
            call_weight(cost(33_480_000, 7, 4), DispatchClass::Normal, Pays::No)
        }
        RuntimeCall::Proxy(call) => proxy(call),
        RuntimeCall::AdminUtils(call) => admin(call),
        RuntimeCall::Commitments(_) => normal(cost(10_000_000, 1, 1)),
    }
}

fn subtensor(call: &SubtensorCall) -> CallWeight {
    let cost = match call {
        SubtensorCall::serve_axon { .. }
        | SubtensorCall::serve_axon_tls { .. }
        | SubtensorCall::serve_prometheus { .. } => cost(33_500_000, 4, 1),
        SubtensorCall::register { .. }
        | SubtensorCall::burned_register { .. }
        | SubtensorCall::register_limit { .. } => cost(354_200_000, 47, 40),
        SubtensorCall::set_weights { .. }
        | SubtensorCall::set_mechanism_weights { .. }
        | SubtensorCall::batch_set_weights { .. } => cost(15_540_000_000, 4_111, 2),
        SubtensorCall::commit_weights { .. }
        | SubtensorCall::commit_mechanism_weights { .. }
        | SubtensorCall::batch_commit_weights { .. } => cost(92_950_000, 15, 2),
        SubtensorCall::commit_timelocked_weights { .. }
        | SubtensorCall::commit_timelocked_mechanism_weights { .. }
        | SubtensorCall::commit_crv3_mechanism_weights { .. } => cost(79_770_000, 14, 2),
        SubtensorCall::reveal_weights { .. }
        | SubtensorCall::reveal_mechanism_weights { .. }
        | SubtensorCall::batch_reveal_weights { .. } => cost(170_400_000, 21, 2),
        SubtensorCall::add_stake { .. }
        | SubtensorCall::add_stake_limit { .. }
        | SubtensorCall::remove_stake { .. }
        | SubtensorCall::remove_stake_limit { .. }
        | SubtensorCall::remove_stake_full_limit { .. } => cost(360_000_000, 30, 18),
        SubtensorCall::unstake_all { .. } | SubtensorCall::unstake_all_alpha { .. } => {
            cost(430_000_000, 38, 20)
        }
        SubtensorCall::move_stake { .. }
        | SubtensorCall::transfer_stake { .. }
        | SubtensorCall::transfer_stake_and_hotkey { .. }
        | SubtensorCall::swap_stake { .. }
        | SubtensorCall::swap_stake_limit { .. } => cost(480_000_000, 40, 24),
        SubtensorCall::swap_hotkey { .. } | SubtensorCall::swap_hotkey_v2 { .. } => {
            cost(275_300_000, 52, 35)
        }
        SubtensorCall::root_dissolve_network { .. } | SubtensorCall::dissolve_network { .. } => {
            cost(119_000_000, 6, 31)
        }
        SubtensorCall::set_children { .. } => cost(57_000_000, 7, 2),
        SubtensorCall::set_childkey_take { .. } => cost(50_000_000, 6, 2),
        _ => cost(10_000_000, 1, 1),
    };
    let pays = if is_free(call) { Pays::No } else { Pays::Yes };
    call_weight(cost, DispatchClass::Normal, pays)
}

fn is_free(call: &SubtensorCall) -> bool {
    matches!(
        call,
        SubtensorCall::set_weights { .. }
            | SubtensorCall::set_mechanism_weights { .. }
            | SubtensorCall::batch_set_weights { .. }
            | SubtensorCall::commit_weights { .. }
            | SubtensorCall::commit_mechanism_weights { .. }
            | SubtensorCall::batch_commit_weights { .. }
            | SubtensorCall::reveal_weights { .. }
            | SubtensorCall::reveal_mechanism_weights { .. }
            | SubtensorCall::batch_reveal_weights { .. }
            | SubtensorCall::commit_crv3_mechanism_weights { .. }
            | SubtensorCall::commit_timelocked_weights { .. }
            | SubtensorCall::commit_timelocked_mechanism_weights { .. }
            | SubtensorCall::decrease_take { .. }
            | SubtensorCall::increase_take { .. }
            | SubtensorCall::serve_axon { .. }
            | SubtensorCall::serve_axon_tls { .. }
            | SubtensorCall::serve_prometheus { .. }
            | SubtensorCall::associate_evm_key { .. }
    )
}

/// A batch weighs what its calls do, and pays when one of them pays.
fn batch(call: &UtilityCall) -> CallWeight {
    let (UtilityCall::batch { calls }
    | UtilityCall::batch_all { calls }
    | UtilityCall::force_batch { calls }) = call;
    let mut sum = call_weight((7_000_000, 0), DispatchClass::Normal, Pays::No);
    for inner in calls.iter().map(weight) {
        let (time, proof) = (&mut sum.weight.ref_time.0, &mut sum.weight.proof_size.0);
        *time = time
            .saturating_add(inner.weight.ref_time.0)
            .saturating_add(4_000_000);
        *proof = proof.saturating_add(inner.weight.proof_size.0);
        if inner.pays_fee == Pays::Yes {
            sum.pays_fee = Pays::Yes;
        }
    }
    sum
}

/// A proxy's call weighs what it does in another's name, and pays although that may be free.
fn proxy(call: &ProxyCall) -> CallWeight {
    let (base, proof) = cost(13_000_000, 2, 1);
    match call {
        ProxyCall::proxy { call, .. } => {
            let inner = weight(call);
            let time = inner.weight.ref_time.0.saturating_add(base);
            let proof = inner.weight.proof_size.0.saturating_add(proof);
            call_weight((time, proof), inner.class, Pays::Yes)
        }
        _ => normal((base, proof)),
    }
}

fn admin(call: &AdminCall) -> CallWeight {
    let class = match call {
        AdminCall::sudo_set_burn_half_life { .. }
        | AdminCall::sudo_set_burn_increase_mult { .. }
        | AdminCall::sudo_set_owner_cut_enabled { .. }
        | AdminCall::sudo_set_owner_cut_auto_lock_enabled { .. }
        | AdminCall::sudo_set_collateral_lock_share { .. }
        | AdminCall::sudo_set_collateral_drain_ratio { .. } => DispatchClass::Operational,
        _ => DispatchClass::Normal,
    };
    call_weight(cost(20_000_000, 3, 2), class, Pays::Yes)
}

fn sudo(call: &SudoCall) -> CallWeight {
    match call {
        SudoCall::sudo { call } => {
            let inner = weight(call);
            let base = 10_000_000 + READ;
            call_weight(
                (
                    inner.weight.ref_time.0.saturating_add(base),
                    inner.weight.proof_size.0.saturating_add(1_517),
                ),
                inner.class,
                Pays::Yes,
            )
        }
        SudoCall::sudo_unchecked_weight {
            call,
            weight: declared,
        } => call_weight(
            (declared.ref_time.0, declared.proof_size.0),
            weight(call).class,
            Pays::Yes,
        ),
        SudoCall::set_key { .. } => normal(cost(10_000_000, 1, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::AccountId;

    fn remark() -> RuntimeCall {
        RuntimeCall::System(SystemCall::remark { remark: vec![] })
    }

    fn serve() -> RuntimeCall {
        RuntimeCall::SubtensorModule(SubtensorCall::serve_prometheus {
            netuid: 1,
            version: 1,
            ip: 1,
            port: 1,
            ip_type: 4,
        })
    }

    fn batch_of(calls: Vec<RuntimeCall>) -> CallWeight {
        weight(&RuntimeCall::Utility(UtilityCall::batch { calls }))
    }

    #[test]
    fn a_batch_pays_when_one_of_its_calls_does() {
        assert_eq!(batch_of(vec![serve(), serve()]).pays_fee, Pays::No);
        assert_eq!(batch_of(vec![serve(), remark()]).pays_fee, Pays::Yes);
        let one = batch_of(vec![serve()]).weight.ref_time.0;
        let two = batch_of(vec![serve(), serve()]).weight.ref_time.0;
        assert!(two - one > weight(&serve()).weight.ref_time.0);
    }

    #[test]
    fn serving_is_free_and_registering_is_not() {
        let register = RuntimeCall::SubtensorModule(SubtensorCall::burned_register {
            netuid: 1,
            hotkey: AccountId::new([1; 32]),
        });
        assert_eq!(weight(&serve()).pays_fee, Pays::No);
        assert_eq!(weight(&register).pays_fee, Pays::Yes);
    }
}
