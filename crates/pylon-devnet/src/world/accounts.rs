//! Who is who: dev accounts and accounts drawn from the seed.

use codec::Encode;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use sp_crypto_hashing::blake2_256;
use sp_keyring::Sr25519Keyring;

use crate::{
    runtime::{
        AccountId,
        balances::{self, ExtraFlags},
        subtensor, sudo, system,
    },
    state::State,
};

/// Rao in a TAO, and in an alpha.
pub(super) const COIN: u64 = 1_000_000_000;
/// What each dev account holds, rao.
pub(super) const DEV_BALANCE: u64 = 1_000_000 * COIN;

/// A source of numbers for one purpose: the same seed and purpose give the same numbers.
pub(super) fn draws(seed: u64, purpose: &str, of: impl Encode) -> ChaCha8Rng {
    ChaCha8Rng::from_seed((seed, purpose, of).using_encoded(blake2_256))
}

/// An account whose key nobody has.
pub(super) fn derived(seed: u64, role: &str, of: impl Encode) -> AccountId {
    AccountId::new((seed, role, of).using_encoded(blake2_256))
}

/// //Alice.
pub(super) fn alice() -> AccountId {
    Sr25519Keyring::Alice.to_account_id()
}

/// //Bob.
pub(super) fn bob() -> AccountId {
    Sr25519Keyring::Bob.to_account_id()
}

/// Gives //Alice to //Ferdie their TAO.
pub(super) fn fund_dev_accounts(state: &mut State) {
    for key in Sr25519Keyring::invulnerable() {
        issue(state, key.to_account_id(), DEV_BALANCE);
    }
}

/// Lets //Alice make calls as root.
pub(super) fn empower_alice(state: &mut State) {
    sudo::KEY.put(state, (), alice());
}

/// Makes new TAO on an account, rao.
pub(super) fn issue(state: &mut State, account: AccountId, amount: u64) {
    system::ACCOUNT.mutate(state, (account,), |account| {
        account.providers = 1;
        account.data.flags = ExtraFlags::NEW_LOGIC;
        account.data.free = account.data.free.saturating_add(amount);
    });
    for total in [&balances::TOTAL_ISSUANCE, &subtensor::TOTAL_ISSUANCE] {
        total.mutate(state, (), |total| *total = total.saturating_add(amount));
    }
}

/// Makes new TAO in a subnet's reserve, rao.
pub(super) fn issue_to_reserve(state: &mut State, netuid: u16, amount: u64) {
    issue(state, subtensor::subnets::account(netuid), amount);
    subtensor::SUBNET_TAO.mutate(state, (netuid,), |tao| *tao = tao.saturating_add(amount));
    subtensor::TOTAL_STAKE.mutate(state, (), |total| *total = total.saturating_add(amount));
}
