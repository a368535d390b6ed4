//! What a block gives a subnet: alpha that waits for the next epoch.
//!
//! The pool's own part of it is not here: reserves change by the dev world's script alone.

use super::{amount::Amount, schedule};
use crate::{
    runtime::subtensor::{
        FIRST_EMISSION_BLOCK_NUMBER, NETWORK_REGISTRATION_ALLOWED, OWNER_CUT_ENABLED,
        PENDING_OWNER_CUT, PENDING_ROOT_ALPHA_DIVS, PENDING_SERVER_EMISSION,
        PENDING_VALIDATOR_EMISSION, ROOT, SUBNET_ALPHA_IN, SUBNET_ALPHA_OUT,
        SUBNET_ALPHA_OUT_EMISSION, SUBNET_OWNER_CUT, SUBNET_TAO, SUBTOKEN_ENABLED, TAO_WEIGHT,
        subnets::moving_price,
    },
    state::State,
};

/// Alpha of a subnet, rao, at which there is no more.
const SUPPLY: u64 = 21_000_000_000_000_000;
/// Alpha of a block, rao, before the first halving.
const FIRST_EMISSION: u64 = 1_000_000_000;

/// The waiting alpha of a subnet, rao, by whom it waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) servers: u64,
    pub(super) validators: u64,
    pub(super) root: u64,
    pub(super) owner: u64,
}

impl Pending {
    /// Takes what waits.
    pub(super) fn drain(state: &mut State, netuid: u16) -> Self {
        let [servers, validators, root, owner] = [
            &PENDING_SERVER_EMISSION,
            &PENDING_VALIDATOR_EMISSION,
            &PENDING_ROOT_ALPHA_DIVS,
            &PENDING_OWNER_CUT,
        ]
        .map(|pending| {
            let amount = pending.get(state, (netuid,));
            pending.put(state, (netuid,), 0);
            amount
        });
        Self {
            servers,
            validators,
            root,
            owner,
        }
    }

    /// What an epoch shares out; the owner's cut is not part of it.
    pub(super) fn shared(self) -> u64 {
        self.servers
            .saturating_add(self.validators)
            .saturating_add(self.root)
    }
}

/// Lets every subnet that has begun to emit have a block's alpha.
pub(super) fn accrue(state: &mut State) {
    let mut netuids = schedule::subnets(state);
    netuids.retain(|netuid| emits(state, *netuid));
    let prices = netuids.iter().map(|netuid| moving_price(state, (*netuid,)));
    // While alpha is cheap, root sells none of it and gets none.
    let root_sells = prices.fold(0i128, i128::saturating_add) > 1 << 32;
    for netuid in netuids {
        accrue_on(state, netuid, root_sells);
    }
}

fn emits(state: &State, netuid: u16) -> bool {
    FIRST_EMISSION_BLOCK_NUMBER.contains(state, (netuid,))
        && SUBTOKEN_ENABLED.get(state, (netuid,))
        && NETWORK_REGISTRATION_ALLOWED.get(state, (netuid,))
}

/// Alpha that exists on a subnet, rao.
fn issuance(state: &State, netuid: u16) -> u64 {
    SUBNET_ALPHA_IN
        .get(state, (netuid,))
        .saturating_add(SUBNET_ALPHA_OUT.get(state, (netuid,)))
}

/// Alpha of a block, rao: half as much each time that half of what is left is issued.
fn block_emission(issuance: u64) -> u64 {
    let left = SUPPLY.saturating_sub(issuance);
    SUPPLY
        .checked_div(left)
        .map_or(0, |ratio| FIRST_EMISSION >> ratio.ilog2())
}

/// Root's part of the stake of a subnet.
fn root_proportion(state: &State, issuance: u64) -> Amount {
    let weight = Amount::part(TAO_WEIGHT.get(state, ()), u64::MAX);
    let root = Amount::whole(SUBNET_TAO.get(state, (ROOT,))).times(weight);
    root.over(root.plus(Amount::whole(issuance)))
}

fn accrue_on(state: &mut State, netuid: u16, root_sells: bool) {
    let emission = block_emission(issuance(state, netuid));
    SUBNET_ALPHA_OUT_EMISSION.put(state, (netuid,), emission);
    add(state, netuid, &SUBNET_ALPHA_OUT, Amount::whole(emission));
    let mut alpha = Amount::whole(emission);
    if OWNER_CUT_ENABLED.get(state, (netuid,)) {
        let cut = alpha.times(Amount::part(SUBNET_OWNER_CUT.get(state, ()), u16::MAX));
        alpha = alpha.minus(cut);
        add(state, netuid, &PENDING_OWNER_CUT, cut);
    }
    let proportion = root_proportion(state, issuance(state, netuid));
    let root = proportion.times(alpha).times(Amount::HALF);
    let servers = alpha.times(Amount::HALF);
    let validators = alpha.minus(servers).minus(root);
    add(state, netuid, &PENDING_SERVER_EMISSION, servers);
    add(state, netuid, &PENDING_VALIDATOR_EMISSION, validators);
    if root_sells {
        add(state, netuid, &PENDING_ROOT_ALPHA_DIVS, root);
    } else {
        recycle(state, netuid, root.floor());
    }
}

/// An amount for each subnet.
type Amounts = crate::storage::Entry<
    (crate::storage::Part<crate::storage::Identity, u16>,),
    u64,
    crate::storage::Default<u64>,
>;

fn add(state: &mut State, netuid: u16, amounts: &Amounts, more: Amount) {
    amounts.mutate(state, (netuid,), |amount| {
        *amount = amount.saturating_add(more.floor());
    });
}

/// Takes alpha, rao, out of the world.
pub(super) fn recycle(state: &mut State, netuid: u16, amount: u64) {
    SUBNET_ALPHA_OUT.mutate(state, (netuid,), |out| *out = out.saturating_sub(amount));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_emits_half_as_much_whenever_half_of_the_rest_is_issued() {
        assert_eq!(block_emission(0), FIRST_EMISSION);
        assert_eq!(block_emission(SUPPLY / 2 - 1), FIRST_EMISSION);
        assert_eq!(block_emission(SUPPLY / 2), FIRST_EMISSION / 2);
        assert_eq!(block_emission(SUPPLY / 4 * 3), FIRST_EMISSION / 4);
        assert_eq!(block_emission(SUPPLY), 0);
        assert_eq!(block_emission(u64::MAX), 0);
    }

    #[test]
    fn what_waits_is_the_owners_cut_and_two_halves() {
        let mut state = State::default();
        accrue_on(&mut state, 1, true);
        let pending = Pending::drain(&mut state, 1);
        assert_eq!(
            pending,
            Pending {
                servers: 410_002_288,
                validators: 410_002_288,
                root: 0,
                owner: 179_995_422,
            }
        );
        assert_eq!(Pending::drain(&mut state, 1), Pending::default());
        assert_eq!(SUBNET_ALPHA_OUT.get(&state, (1,)), FIRST_EMISSION);
    }
}
