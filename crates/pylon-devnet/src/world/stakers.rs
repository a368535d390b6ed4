//! Whose the stakes are: delegates, and the coldkeys that share a hotkey's stake.

use rand::Rng;
use sp_keyring::Sr25519Keyring;

use super::accounts::{alice, derived, draws};
use crate::{
    runtime::{
        AccountId,
        subtensor::{
            ALPHA_V2, DELEGATES, OWNER, STAKING_HOTKEYS, SafeFloat, TOTAL_HOTKEY_ALPHA,
            TOTAL_HOTKEY_SHARES_V2,
        },
    },
    state::State,
};

/// The default and greatest take of a delegate, /65535.
const MAX_TAKE: u16 = 11_796;
/// Coldkeys that stake to others' hotkeys.
const NOMINATORS: u8 = 16;
/// A nominator owns one part in so many of what a delegate has.
const NOMINATED: u64 = 4;

/// Makes a validator a delegate.
pub(super) fn delegate(state: &mut State, seed: u64, hotkey: &AccountId) {
    let take = if *hotkey == alice() {
        MAX_TAKE
    } else {
        draws(seed, "take", hotkey).random_range(0..=MAX_TAKE)
    };
    DELEGATES.put(state, (hotkey.clone(),), take);
}

/// Shares every stake out. All of it is the owner's, but for a quarter of a delegate's that is a
/// nominator's: //Charlie's where the delegate is //Alice.
pub(super) fn share_out(state: &mut State, seed: u64) {
    for ((hotkey, netuid), stake) in TOTAL_HOTKEY_ALPHA.iter(state) {
        let nominated = if DELEGATES.contains(state, (hotkey.clone(),)) {
            stake / NOMINATED
        } else {
            0
        };
        let owner = OWNER.get(state, (hotkey.clone(),));
        share(
            state,
            &hotkey,
            owner,
            netuid,
            stake.saturating_sub(nominated),
        );
        if nominated > 0 {
            let nominator = nominator(seed, &hotkey);
            STAKING_HOTKEYS.mutate(state, (nominator.clone(),), |hotkeys| {
                if !hotkeys.contains(&hotkey) {
                    hotkeys.push(hotkey.clone());
                }
            });
            share(state, &hotkey, nominator, netuid, nominated);
        }
        // A share is a rao of the stake that there is now; later gains raise what it is worth.
        let shares = SafeFloat::whole(stake.into());
        TOTAL_HOTKEY_SHARES_V2.put(state, (hotkey, netuid), shares);
    }
}

fn share(state: &mut State, hotkey: &AccountId, coldkey: AccountId, netuid: u16, stake: u64) {
    let shares = SafeFloat::whole(stake.into());
    ALPHA_V2.put(state, (hotkey.clone(), coldkey, netuid), shares);
}

fn nominator(seed: u64, hotkey: &AccountId) -> AccountId {
    if *hotkey == alice() {
        return Sr25519Keyring::Charlie.to_account_id();
    }
    let nth = draws(seed, "nominator of", hotkey).random_range(0..NOMINATORS);
    derived(seed, "nominator", nth)
}
