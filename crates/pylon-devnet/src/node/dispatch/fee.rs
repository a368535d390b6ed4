//! What a transaction pays, after TransactionPayment with subtensor's constants.

use super::CallWeight;
use crate::runtime::system::Pays;

/// Weight that every extrinsic has beside its call's.
const BASE_WEIGHT: u64 = 108_157_000;
/// Rao for a million units of weight.
const RAO_PER_MILLION_WEIGHT: u64 = 500;
/// Length that a block leaves to calls of class Normal, bytes.
pub(crate) const MAX_NORMAL_LENGTH: usize = 7_864_320;

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// What that much weight costs, rao.
pub(crate) fn weight_to_fee(weight: u64) -> u64 {
    let fee = u128::from(weight) * u128::from(RAO_PER_MILLION_WEIGHT) / 1_000_000;
    u64::try_from(fee).unwrap_or(u64::MAX)
}

/// Base, length and weight fee, rao; none for a call that pays nothing.
pub(crate) fn parts(weight: &CallWeight, length: u64) -> Option<[u64; 3]> {
    match weight.pays_fee {
        Pays::No => None,
        Pays::Yes => Some([
            weight_to_fee(BASE_WEIGHT),
            length,
            weight_to_fee(weight.weight.ref_time.0),
        ]),
    }
}

/// All parts of the fee with the tip, rao.
pub(crate) fn fee(weight: &CallWeight, length: usize, tip: u64) -> u64 {
    parts(weight, bytes(length))
        .into_iter()
        .flatten()
        .fold(tip, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use codec::Compact;

    use super::*;
    use crate::runtime::{AccountId, Address, RuntimeCall, balances::Call};

    #[test]
    fn a_transfer_costs_about_a_seventh_of_a_milli_tao_and_its_tip() {
        let call = RuntimeCall::Balances(Call::transfer_keep_alive {
            dest: Address::Id(AccountId::new([1; 32])),
            value: Compact(1),
        });
        let weight = crate::node::dispatch::weight(&call);
        assert_eq!(fee(&weight, 142, 0), 136_720);
        assert_eq!(fee(&weight, 142, 7), 136_727);
    }
}
