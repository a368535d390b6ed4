//! The worlds a devnet can start in, and what moves in them by itself.

mod accounts;
mod beacon;
mod nobody;
mod root;
mod scores;
mod script;
mod stakers;
mod subnet;
#[cfg(test)]
mod tests;

use pylon_models::Retry;

use crate::{
    beacon::Beacon,
    node::{
        dispatch::{Context, commitments},
        epoch::{self, schedule},
    },
    runtime::{RuntimeEvent, subtensor, system, timestamp},
    state::State,
};

/// The most neurons that netuid 1 can have.
const MAX_NEURONS: u16 = 256;
/// The most subnets beside root.
const MAX_SUBNETS: u16 = 128;
/// Neurons of every subnet from netuid 2 on.
const SMALL_SUBNET: u16 = 16;
/// The netuid that //Alice validates on.
const FIRST: u16 = 1;
/// Stake that a validator needs, rao: finney's.
const STAKE_THRESHOLD: u64 = 1_000 * accounts::COIN;

/// What stands in a devnet's first block, and what happens there without any transaction.
///
/// In every world //Alice to //Ferdie hold 1,000,000 TAO each, //Alice may make calls as root, the
/// root network exists, every subnet's epochs follow the runtime's schedule, and prices of
/// registrations fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Subnets full of life. A quarter of the neurons are validators with a permit; on netuid 1
    /// //Alice is one of them, and //Bob, where there is a second, owns the subnet. Before an epoch some
    /// of the others set weights; scores, bonds and payouts are the runtime's.
    ///
    /// Validators are delegates, and a quarter of a delegate's stake is a nominator's (//Charlie's
    /// where the delegate is //Alice). Some miners have committed something, among that timelocked
    /// fields that never open; some have certificates, metrics or EVM addresses. The last drand
    /// rounds of the chain's time are stored.
    Dev {
        /// Neurons of netuid 1, 1 to 256. Every further subnet has 16.
        neurons: u16,
        /// Subnets beside root, 1 to 128.
        subnets: u16,
        /// What keys, stakes and scores are drawn from: the same seed gives the same world.
        seed: u64,
    },
    /// The same with 256 neurons on every subnet, for measuring: as large as mainnet.
    Full {
        /// Subnets beside root, 1 to 128.
        subnets: u16,
        /// As above.
        seed: u64,
    },
    /// What the pallet's own genesis lays down and the dev accounts, nothing else: root without members, and
    /// netuid 1 with a single neuron, both nobody's.
    Empty,
}

/// Why a world cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// Too few or too many neurons on netuid 1.
    #[error("{0} neurons: netuid 1 has 1 to {MAX_NEURONS}")]
    Neurons(u16),
    /// Too few or too many subnets.
    #[error("{0} subnets: a world has 1 to {MAX_SUBNETS}")]
    Subnets(u16),
}

impl WorldError {
    /// Whether the same world can succeed later.
    pub const fn retry(self) -> Retry {
        Retry::Never
    }
}

impl World {
    /// Checks the world's size.
    ///
    /// # Errors
    /// Neurons or subnets are out of their range.
    pub fn validate(&self) -> Result<(), WorldError> {
        match *self {
            Self::Dev { neurons, .. } if !(1..=MAX_NEURONS).contains(&neurons) => {
                Err(WorldError::Neurons(neurons))
            }
            Self::Dev { subnets, .. } | Self::Full { subnets, .. }
                if !(1..=MAX_SUBNETS).contains(&subnets) =>
            {
                Err(WorldError::Subnets(subnets))
            }
            Self::Dev { .. } | Self::Full { .. } | Self::Empty => Ok(()),
        }
    }

    /// The last subnet of a world that is full of life, and what that is drawn from.
    const fn life(&self) -> Option<(u16, u64)> {
        match *self {
            Self::Dev { subnets, seed, .. } | Self::Full { subnets, seed } => Some((subnets, seed)),
            Self::Empty => None,
        }
    }
}

impl World {
    /// The drand beacon whose pulses the world's blocks store.
    pub(crate) fn beacon(&self) -> Beacon {
        Beacon::new(self.life().map_or(0, |(_, seed)| seed))
    }
}

/// The state of the first block.
pub(crate) fn genesis(world: &World) -> State {
    let mut state = State::default();
    accounts::fund_dev_accounts(&mut state);
    accounts::empower_alice(&mut state);
    root::build(&mut state);
    let sizes = match *world {
        World::Dev { neurons, .. } => (neurons, SMALL_SUBNET),
        World::Full { .. } | World::Empty => (MAX_NEURONS, MAX_NEURONS),
    };
    if let Some((subnets, seed)) = world.life() {
        let (first, others) = sizes;
        subtensor::STAKE_THRESHOLD.put(&mut state, (), STAKE_THRESHOLD);
        for netuid in FIRST..=subnets {
            let size = if netuid == FIRST { first } else { others };
            subnet::build(&mut state, seed, netuid, size, subnets);
        }
        root::settle(&mut state);
        stakers::share_out(&mut state, seed);
    } else {
        nobody::build(&mut state);
    }
    state
}

/// The same at a chain time, milliseconds since 1970.
pub(crate) fn genesis_at(world: &World, now: u64) -> State {
    let mut state = genesis(world);
    timestamp::NOW.put(&mut state, (), now);
    let beacon = world.beacon();
    let told = beacon::introduce(&mut state, &beacon).and_then(|()| match world.life() {
        Some(_) => beacon::lay_down(&mut state, &beacon, now),
        None => Ok(()),
    });
    if let Err(error) = told {
        tracing::error!(%error, "the chain knows no beacon");
    }
    state
}

/// What a block does before its transactions; the state already has the block's number.
pub(crate) fn advance(state: &mut State, world: &World) -> Vec<RuntimeEvent> {
    let block = u64::from(system::NUMBER.get(state, ()));
    if let Some((subnets, seed)) = world.life() {
        let (runs, _) = schedule::foreseen(state, block);
        for netuid in runs {
            if (FIRST..=subnets).contains(&netuid) {
                script::before_epoch(state, seed, netuid, block);
            }
        }
    }
    let mut events = Vec::new();
    let mut context = Context {
        state,
        events: &mut events,
    };
    epoch::begin_block(&mut context);
    commitments::reveal(&mut context);
    events
}
