//! Who subnets and coldkeys say they are.

use crate::{
    runtime::{
        AccountId,
        subtensor::{ChainIdentityV2, IDENTITIES_V2, SUBNET_IDENTITIES_V3, SubnetIdentityV3},
    },
    state::State,
    world::accounts::{alice, bob},
};

/// Subnets with an identity; the others have the runtime's names.
const IDENTIFIED: u16 = 2;

/// Identities of the first subnets and of their first validators.
pub(super) fn introduce(state: &mut State, netuid: u16, validators: &[(AccountId, AccountId)]) {
    if netuid > IDENTIFIED {
        return;
    }
    let identity = SubnetIdentityV3 {
        subnet_name: format!("Dev subnet {netuid}").into_bytes(),
        github_repo: b"https://example.com/subnet.git".into(),
        subnet_contact: b"subnet@example.com".into(),
        subnet_url: b"https://example.com/subnet".into(),
        discord: b"dev-subnet".into(),
        description: b"A simulated subnet".into(),
        logo_url: b"https://example.com/subnet.svg".into(),
        additional: Vec::new(),
    };
    SUBNET_IDENTITIES_V3.put(state, (netuid,), identity);
    for (nth, (_, coldkey)) in validators.iter().enumerate().take(4) {
        let name = if *coldkey == alice() {
            "Alice".into()
        } else if *coldkey == bob() {
            "Bob".into()
        } else {
            format!("Validator {netuid}.{nth}")
        };
        let identity = ChainIdentityV2 {
            name: name.into_bytes(),
            url: b"https://example.com/validator".into(),
            ..ChainIdentityV2::default()
        };
        IDENTITIES_V2.put(state, (coldkey.clone(),), identity);
    }
}
