//! Stake that changes its hotkey, its coldkey or its subnet.

use sp_runtime::{DispatchError, DispatchResult};

use super::{
    Position,
    checks::{self, Bound, MIN_STAKE},
    claims, delegate, exchange,
};
use crate::{
    node::dispatch::{
        Context,
        balances::{self, Preservation::Expendable},
        ensure,
    },
    runtime::{
        AccountId, RuntimeEvent, U64F64,
        layout::Layout,
        oct2026,
        subtensor::{
            Call, Error, Event, ROOT, SUBNET_ALPHA_IN, SUBNET_TAO, TRANSFER_TOGGLE, shares,
        },
        swap::market::{self, Offer, Order},
    },
    state::State,
};

/// Rao of a TAO.
const COIN: u64 = 1_000_000_000;
/// Least stake that October transfers, TAO rao: `InitialMinTransfer`.
const MIN_TRANSFER: u64 = 100_000;

/// What is moved, and from where to where.
struct Transit<'a> {
    from: Position<'a>,
    to: Position<'a>,
    alpha: u64,
    /// Whether the subnets have to allow it.
    is_transfer: bool,
    /// How far the ratio of the prices may go, and whether less than all will do.
    limit: Option<(u64, bool)>,
}

pub(super) fn call(context: &mut Context<'_>, coldkey: &AccountId, call: &Call) -> DispatchResult {
    let whose = coldkey;
    let at = |hotkey, coldkey, netuid: &u16| Position {
        hotkey,
        coldkey,
        netuid: *netuid,
    };
    let event = match call {
        Call::move_stake {
            origin_hotkey,
            destination_hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
        } => {
            let transit = Transit {
                from: at(origin_hotkey, whose, origin_netuid),
                to: at(destination_hotkey, whose, destination_netuid),
                alpha: *alpha_amount,
                is_transfer: false,
                limit: None,
            };
            let tao = transit.run(context)?;
            let (old, new) = (origin_hotkey.clone(), destination_hotkey.clone());
            let whose = whose.clone();
            Event::StakeMoved(whose, old, *origin_netuid, new, *destination_netuid, tao)
        }
        Call::transfer_stake {
            destination_coldkey,
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
        } => {
            let transit = Transit {
                from: at(hotkey, whose, origin_netuid),
                to: at(hotkey, destination_coldkey, destination_netuid),
                alpha: *alpha_amount,
                is_transfer: true,
                limit: None,
            };
            let tao = transit.run(context)?;
            let (old, new) = (whose.clone(), destination_coldkey.clone());
            let hotkey = hotkey.clone();
            Event::StakeTransferred(old, new, hotkey, *origin_netuid, *destination_netuid, tao)
        }
        Call::transfer_stake_and_hotkey {
            destination_coldkey,
            origin_hotkey,
            destination_hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
        } => {
            let transit = Transit {
                from: at(origin_hotkey, whose, origin_netuid),
                to: at(destination_hotkey, destination_coldkey, destination_netuid),
                alpha: *alpha_amount,
                is_transfer: true,
                limit: None,
            };
            let amount = transit.run(context)?;
            Event::StakeAndHotkeyTransferred {
                origin_coldkey: whose.clone(),
                destination_coldkey: destination_coldkey.clone(),
                origin_hotkey: origin_hotkey.clone(),
                destination_hotkey: destination_hotkey.clone(),
                origin_netuid: *origin_netuid,
                destination_netuid: *destination_netuid,
                amount,
            }
        }
        Call::swap_stake {
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
        } => {
            let transit = Transit {
                from: at(hotkey, whose, origin_netuid),
                to: at(hotkey, whose, destination_netuid),
                alpha: *alpha_amount,
                is_transfer: false,
                limit: None,
            };
            let tao = transit.run(context)?;
            let (whose, hotkey) = (whose.clone(), hotkey.clone());
            Event::StakeSwapped(whose, hotkey, *origin_netuid, *destination_netuid, tao)
        }
        Call::swap_stake_limit {
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
            limit_price,
            allow_partial,
        } => {
            let transit = Transit {
                from: at(hotkey, whose, origin_netuid),
                to: at(hotkey, whose, destination_netuid),
                alpha: *alpha_amount,
                is_transfer: false,
                limit: Some((*limit_price, *allow_partial)),
            };
            let tao = transit.run(context)?;
            let (whose, hotkey) = (whose.clone(), hotkey.clone());
            Event::StakeSwapped(whose, hotkey, *origin_netuid, *destination_netuid, tao)
        }
        _ => return Ok(()),
    };
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

impl Transit<'_> {
    fn changes_subnet(&self) -> bool {
        self.from.netuid != self.to.netuid
    }

    fn changes_coldkey(&self) -> bool {
        self.from.coldkey != self.to.coldkey
    }

    /// Least TAO that the alpha must be worth. October has another one for transfers.
    fn least(&self, state: &State) -> u64 {
        match Layout::of(state) {
            Layout::Oct2026 if self.is_transfer => MIN_TRANSFER,
            Layout::Jun2026 | Layout::Oct2026 => MIN_STAKE,
        }
    }

    /// Moves the stake and returns what it is worth, TAO rao.
    fn run(self, context: &mut Context<'_>) -> Result<u64, DispatchError> {
        let bound = match self.limit {
            Some((price, allow_partial)) if self.changes_subnet() => Bound {
                most: self.most(context.state, price)?,
                allow_partial,
            },
            _ => Bound::all(self.alpha),
        };
        self.check(context.state, bound)?;
        let alpha = self.alpha.min(bound.most);
        if self.changes_subnet() {
            self.across(context, alpha)
        } else {
            self.within(context, alpha)
        }
    }

    fn check(&self, state: &State, bound: Bound) -> Result<(), Error> {
        let (from, to) = (self.from, self.to);
        let stays = !self.changes_coldkey() && from.hotkey == to.hotkey && !self.changes_subnet();
        ensure(!stays, Error::SameNetuid)?;
        for netuid in [from.netuid, to.netuid] {
            checks::ensure_subnet(state, netuid)?;
        }
        for netuid in [from.netuid, to.netuid] {
            checks::ensure_open(state, netuid)?;
        }
        for hotkey in [from.hotkey, to.hotkey] {
            checks::ensure_hotkey(state, hotkey)?;
        }
        let is_there = self.alpha <= from.stake(state);
        ensure(is_there, Error::NotEnoughStakeToWithdraw)?;
        if self.changes_subnet() {
            let swap = Offer::new(from.netuid, Order::Sell, self.alpha)
                .swap(state)
                .map_err(|_| Error::InsufficientLiquidity)?;
            ensure(swap.paid_out > self.least(state), Error::AmountTooLow)?;
            bound.ensure(self.alpha)?;
        }
        if self.is_transfer {
            for netuid in [from.netuid, to.netuid] {
                let is_allowed = TRANSFER_TOGGLE.get(state, (netuid,));
                ensure(is_allowed, Error::TransferDisallowed)?;
            }
        }
        // The real pallet moves a lock to the other coldkey; here locked stake stays.
        if self.changes_subnet() || self.changes_coldkey() {
            checks::ensure_unlocked(state, from, self.alpha)?;
        }
        Ok(())
    }

    /// One fee is paid: the origin's, or where that is root, the destination's.
    fn across(&self, context: &mut Context<'_>, alpha: u64) -> Result<u64, DispatchError> {
        let (from, to) = (self.from, self.to);
        let from_root = from.netuid == ROOT;
        let offer = Offer::new(from.netuid, Order::Sell, alpha).free_if(from_root);
        let tao = exchange::unstake(context, from, alpha, offer)?;
        if self.changes_coldkey() {
            balances::transfer(context, from.coldkey, to.coldkey, tao, Expendable)?;
        }
        // Too little to be staked stays TAO.
        if tao >= self.least(context.state) {
            delegate(context.state, to);
            exchange::stake_into(context, to, tao, |tao| {
                Offer::new(to.netuid, Order::Buy, tao).free_if(!from_root)
            })?;
        }
        Ok(tao)
    }

    /// Within a subnet nothing is swapped and nothing paid.
    fn within(&self, context: &mut Context<'_>, alpha: u64) -> Result<u64, DispatchError> {
        use claims::Rebase::{Add, Take};
        let (from, to) = (self.from, self.to);
        let netuid = from.netuid;
        shares::take(context.state, from.hotkey, from.coldkey, netuid, alpha);
        delegate(context.state, to);
        shares::add(context.state, to.hotkey, to.coldkey, netuid, alpha);
        if netuid == ROOT {
            claims::rebase(context.state, from.hotkey, from.coldkey, alpha, Take);
            claims::rebase(context.state, to.hotkey, to.coldkey, alpha, Add);
        }
        let price = market::price(context.state, netuid);
        let tao = price.times(U64F64::whole(alpha)).floor();
        ensure(tao >= self.least(context.state), Error::AmountTooLow)?;
        exchange::date(context, to);
        oct2026::note_stake_gone(context.state, from.hotkey);
        oct2026::note_stake_come(context.state, to.hotkey);
        let old = (from.coldkey.clone(), from.hotkey.clone());
        let new = (to.coldkey.clone(), to.hotkey.clone());
        for event in [
            Event::StakeRemoved(old.0, old.1, tao, alpha, netuid, 0),
            Event::StakeAdded(new.0, new.1, tao, alpha, netuid, 0),
        ] {
            context.deposit(RuntimeEvent::SubtensorModule(event));
        }
        Ok(tao)
    }

    /// The most alpha that can move before the origin's price over the destination's is `limit`
    /// rao.
    fn most(&self, state: &State, limit: u64) -> Result<u64, DispatchError> {
        let (from, to) = (self.from.netuid, self.to.netuid);
        match (
            market::is_dynamic(state, from),
            market::is_dynamic(state, to),
        ) {
            (false, false) => Ok(if limit > COIN { 0 } else { u64::MAX }),
            (false, true) if limit == 0 => Ok(u64::MAX),
            (false, true) => {
                let coin = U64F64::whole(COIN);
                let price = coin.over(U64F64::whole(limit)).times(coin).floor();
                Ok(market::most(state, to, Order::Buy, price)?)
            }
            (true, false) => Ok(market::most(state, from, Order::Sell, limit)?),
            (true, true) => Ok(most_between(state, [from, to], limit)),
        }
    }
}

/// The same between two pools. As the real pallet's, it takes them for evenly weighted.
fn most_between(state: &State, netuids: [u16; 2], limit: u64) -> u64 {
    let [tao_from, tao_to] = netuids.map(|netuid| U64F64::whole(SUBNET_TAO.get(state, (netuid,))));
    let [alpha_from, alpha_to] =
        netuids.map(|netuid| U64F64::whole(SUBNET_ALPHA_IN.get(state, (netuid,))));
    let is_empty = [tao_from, tao_to, alpha_from, alpha_to].contains(&U64F64::ZERO);
    let [price_from, price_to] = netuids.map(|netuid| market::price(state, netuid));
    let wanted = U64F64::whole(limit).over(U64F64::whole(COIN));
    if is_empty || wanted.bits > price_from.over(price_to).bits {
        return 0;
    }
    if limit == 0 {
        return u64::MAX;
    }
    let sum = tao_from.plus(tao_to);
    let gained = alpha_to.times(tao_from.over(sum)).over(wanted);
    gained.minus(alpha_from.times(tao_to.over(sum))).floor()
}
