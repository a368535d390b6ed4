//! When a subnet runs its epochs. Runtimes from spec 423 keep a schedule per subnet that owners can move;
//! older ones derive it from the block number alone.

use serde::{Deserialize, Serialize};

use crate::NetUid;

mod bounds;
mod reveal;

pub use reveal::RevealTarget;

/// A week of blocks.
const WEEK: u64 = 50_400;

/// After how many blocks without an epoch a subnet runs one whatever else its schedule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SafetyNet {
    /// After 50,400, a week: runtimes from spec 423 to July 2026.
    Week,
    /// After its tempo, beyond which blocks are not counted: runtimes since July 2026.
    Tempo,
}

/// The schedule of one subnet as it stands at one block, on runtimes from spec 423 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EpochSchedule {
    /// Blocks from one epoch to the next. 0 stops the epochs.
    #[cfg_attr(feature = "utoipa", schema(example = 360))]
    pub tempo: u16,
    /// The block of the last epoch, or of the last change of tempo.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub last_epoch_block: u64,
    /// A block at which an epoch is due before its time: triggered by hand, or put off from a crowded block. 0 for none.
    #[cfg_attr(feature = "utoipa", schema(example = 0))]
    pub pending_epoch_at: u64,
    /// How many epochs the subnet has had.
    #[cfg_attr(feature = "utoipa", schema(example = 18_175))]
    pub subnet_epoch_index: u64,
    /// Blocks since the last epoch.
    #[cfg_attr(feature = "utoipa", schema(example = 210))]
    pub blocks_since_last_step: u64,
}

impl EpochSchedule {
    /// The number of the epoch that what is done in `block` counts for: one more than is booked while a slot is
    /// due, as the pallet keys commits of weights.
    pub fn epoch_with_lookahead(&self, net: SafetyNet, block: u64) -> u64 {
        let due = self.should_run(net, block);
        self.subnet_epoch_index.saturating_add(due.into())
    }

    /// Whether at `block` the subnet's owner may change nothing, because its next epoch is closer than `window`
    /// blocks or one was triggered. Neither the safety net nor epochs that were put off count.
    pub fn is_frozen(&self, window: u16, block: u64) -> bool {
        let in_turn = self.last_epoch_block.saturating_add(self.tempo.into());
        self.tempo != 0
            && (self.pending().is_some_and(|at| at > block)
                || in_turn.saturating_sub(block) < window.into())
    }

    /// The block of an epoch out of turn, if one is due.
    pub const fn pending(&self) -> Option<u64> {
        match self.pending_epoch_at {
            0 => None,
            block => Some(block),
        }
    }

    /// The schedule with one block more counted, as the pallet does before it looks what is due.
    #[must_use]
    pub fn counted(self, net: SafetyNet) -> Self {
        let since = self.blocks_since_last_step.saturating_add(1);
        let blocks_since_last_step = match net {
            SafetyNet::Week => since,
            SafetyNet::Tempo => since.min(u64::from(self.tempo) + 1),
        };
        Self {
            blocks_since_last_step,
            ..self
        }
    }

    /// Whether the subnet's epoch is due at `block`, which is counted already. The chain runs a few epochs per
    /// block at most, so a due one can still be put off by a block or more.
    pub fn should_run(&self, net: SafetyNet, block: u64) -> bool {
        let longest = match net {
            SafetyNet::Week => WEEK,
            SafetyNet::Tempo => self.tempo.into(),
        };
        self.tempo != 0
            && (self.pending().is_some_and(|at| block >= at)
                || self.blocks_since_last_step > longest
                || block.saturating_sub(self.last_epoch_block) >= self.tempo.into())
    }

    /// The first block after `head`, at which the schedule stands so, whose epoch is due; `None` when the subnet
    /// has none. Unlike [`next_epoch_start`](Self::next_epoch_start) it knows the safety net.
    pub fn next_epoch(&self, net: SafetyNet, head: u64) -> Option<u64> {
        let longest = match net {
            SafetyNet::Week => WEEK,
            SafetyNet::Tempo => self.tempo.into(),
        };
        let left = (longest + 1).saturating_sub(self.blocks_since_last_step);
        let caught = head.saturating_add(left);
        let first = head.saturating_add(1);
        Some(self.next_epoch_start()?.min(caught).max(first))
    }

    /// The block at which the next epoch starts, as the runtime API answers: `None` when the subnet has none.
    pub fn next_epoch_start(&self) -> Option<u64> {
        if self.tempo == 0 {
            return None;
        }
        let in_turn = self.last_epoch_block.saturating_add(self.tempo.into());
        Some(self.pending().map_or(in_turn, |at| at.min(in_turn)))
    }

    /// Blocks from `head` to the next epoch, 0 when it is overdue.
    pub fn blocks_until_next_epoch(&self, head: u64) -> Option<u64> {
        Some(self.next_epoch_start()?.saturating_sub(head))
    }

    /// The schedule once an epoch has run at `block`.
    #[must_use]
    pub const fn after_epoch(self, block: u64) -> Self {
        Self {
            tempo: self.tempo,
            last_epoch_block: block,
            pending_epoch_at: 0,
            subnet_epoch_index: self.subnet_epoch_index.saturating_add(1),
            blocks_since_last_step: 0,
        }
    }

    /// The schedule after `block`, the next one: the pallet counts the block first, then runs what is due.
    #[must_use]
    pub fn after_block(self, net: SafetyNet, block: u64) -> Self {
        let counted = self.counted(net);
        if counted.should_run(net, block) {
            counted.after_epoch(block)
        } else {
            counted
        }
    }
}

/// When a subnet runs its epochs, by the rules of the runtime that its schedule was read of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epochs {
    /// A schedule that the chain keeps: spec 423 and later.
    Kept(EpochSchedule, SafetyNet),
    /// One that follows from the height alone: before spec 423.
    Fixed(FixedEpochSchedule),
}

impl Epochs {
    /// Blocks from one epoch to the next; 0 where there are none.
    pub const fn tempo(&self) -> u16 {
        match self {
            Self::Kept(schedule, _) => schedule.tempo,
            Self::Fixed(schedule) => schedule.tempo,
        }
    }

    /// What the chain keeps of it, where it keeps it.
    pub const fn schedule(&self) -> Option<EpochSchedule> {
        match self {
            Self::Kept(schedule, _) => Some(*schedule),
            Self::Fixed(_) => None,
        }
    }

    /// The first block after `head`, at which the schedule was read, whose epoch is due.
    pub fn next_epoch(&self, head: u64) -> Option<u64> {
        match self {
            Self::Kept(schedule, net) => schedule.next_epoch(*net, head),
            Self::Fixed(schedule) if schedule.tempo == 0 => None,
            Self::Fixed(schedule) => {
                let next = head.saturating_add(1);
                Some(next.saturating_add(schedule.blocks_until_next_epoch(next)))
            }
        }
    }

    /// The number of the epoch that is under way at `head`, at which the schedule was read.
    pub fn epoch_index(&self, head: u64) -> u64 {
        match self {
            Self::Kept(schedule, _) => schedule.subnet_epoch_index,
            Self::Fixed(schedule) => schedule.epoch_index(head),
        }
    }
}

/// The schedule of one subnet before spec 423: epochs a tempo and one apart, shifted by the netuid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedEpochSchedule {
    /// Which subnet.
    pub netuid: NetUid,
    /// Blocks between two epochs, less one.
    pub tempo: u16,
}

impl FixedEpochSchedule {
    fn interval(self) -> u64 {
        u64::from(self.tempo) + 1
    }

    fn shift(self) -> u64 {
        u64::from(self.netuid.get()) + 1
    }

    /// The number of the epoch that `block` lies in.
    pub fn epoch_index(self, block: u64) -> u64 {
        block.saturating_add(self.shift()) / self.interval()
    }

    /// The first block of an epoch; 0 when it lies before the genesis.
    pub fn first_block_of(self, epoch: u64) -> u64 {
        epoch
            .saturating_mul(self.interval())
            .saturating_sub(self.shift())
    }

    /// The block that ran the last epoch at or before `block`, 0 when it lies before the genesis, and the one that runs
    /// the next.
    pub fn bounds_of(self, block: u64) -> (u64, u64) {
        let interval = self.interval();
        match self.blocks_until_next_epoch(block) {
            0 => (block, block.saturating_add(interval)),
            left => {
                let next = block.saturating_add(left);
                (next.saturating_sub(interval), next)
            }
        }
    }

    /// Blocks from `block` to the one that closes its epoch; 0 on that one.
    pub fn blocks_until_next_epoch(self, block: u64) -> u64 {
        u64::from(self.tempo) - block.saturating_add(self.shift()) % self.interval()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    pub(super) struct Vectors {
        pub(super) schedule_cases: Vec<Case>,
        pub(super) legacy_schedule_cases: Vec<LegacyCase>,
    }

    #[derive(Deserialize)]
    pub(super) struct Case {
        pub(super) input: Input,
        pub(super) commit_epoch: u64,
        pub(super) first_reveal_block: u64,
    }

    #[derive(Deserialize)]
    pub(super) struct Input {
        #[serde(flatten)]
        pub(super) schedule: EpochSchedule,
        pub(super) current_block: u64,
        pub(super) subnet_reveal_period_epochs: u64,
    }

    #[derive(Deserialize)]
    pub(super) struct LegacyCase {
        pub(super) tempo: u16,
        pub(super) netuid: NetUid,
        pub(super) current_block: u64,
        pub(super) reveal_period: u64,
        pub(super) commit_epoch: u64,
        pub(super) first_reveal_block: u64,
    }

    pub(super) fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../tests/fixtures/golden_schedules.json")).unwrap()
    }

    /// The Python wheel's model, which tests the safety net before it counts the block.
    fn wheel_step(schedule: EpochSchedule, block: u64) -> EpochSchedule {
        if schedule.should_run(SafetyNet::Week, block) {
            schedule.after_epoch(block)
        } else {
            EpochSchedule {
                blocks_since_last_step: schedule.blocks_since_last_step + 1,
                ..schedule
            }
        }
    }

    #[test]
    fn schedules_follow_the_golden_cases() {
        for Case {
            input,
            commit_epoch,
            first_reveal_block,
        } in vectors().schedule_cases
        {
            let mut schedule = wheel_step(input.schedule, input.current_block + 1);
            assert_eq!(
                schedule.subnet_epoch_index, commit_epoch,
                "{:?}",
                input.schedule
            );
            let reveal_epoch = commit_epoch + input.subnet_reveal_period_epochs;
            let mut block = input.current_block + 1;
            while schedule.subnet_epoch_index < reveal_epoch {
                block += 1;
                schedule = wheel_step(schedule, block);
            }
            assert_eq!(block, first_reveal_block, "{:?}", input.schedule);
        }
    }

    #[test]
    fn old_schedules_follow_the_golden_cases() {
        for case in vectors().legacy_schedule_cases {
            let schedule = FixedEpochSchedule {
                netuid: case.netuid,
                tempo: case.tempo,
            };
            assert_eq!(schedule.epoch_index(case.current_block), case.commit_epoch);
            assert_eq!(
                schedule.first_block_of(case.commit_epoch + case.reveal_period),
                case.first_reveal_block
            );
        }
    }

    #[test]
    fn old_epochs_reach_from_the_block_that_runs_one_to_the_next() {
        let schedule = FixedEpochSchedule {
            netuid: NetUid::new(12),
            tempo: 360,
        };
        for (block, bounds) in [
            (0, (0, 347)),
            (346, (0, 347)),
            (347, (347, 708)),
            (1500, (1430, 1791)),
            (1791, (1791, 2152)),
        ] {
            assert_eq!(schedule.bounds_of(block), bounds, "{block}");
        }
    }

    #[test]
    fn a_subnet_without_tempo_never_runs() {
        let schedule = EpochSchedule {
            tempo: 0,
            last_epoch_block: 0,
            pending_epoch_at: 5,
            subnet_epoch_index: 0,
            blocks_since_last_step: u64::MAX,
        };
        for net in [SafetyNet::Week, SafetyNet::Tempo] {
            assert!(!schedule.should_run(net, u64::MAX));
            assert_eq!(schedule.next_epoch(net, 7), None);
        }
        assert_eq!(schedule.next_epoch_start(), None);
        assert_eq!(schedule.blocks_until_next_epoch(10), None);
    }

    #[test]
    fn an_epoch_out_of_turn_comes_first_and_is_used_up() {
        let schedule = EpochSchedule {
            tempo: 360,
            last_epoch_block: 1000,
            pending_epoch_at: 1150,
            subnet_epoch_index: 5,
            blocks_since_last_step: 100,
        };
        assert_eq!(schedule.next_epoch_start(), Some(1150));
        assert_eq!(schedule.blocks_until_next_epoch(1100), Some(50));
        assert_eq!(schedule.blocks_until_next_epoch(1200), Some(0));
        let after = schedule.after_block(SafetyNet::Week, 1150);
        assert_eq!(
            (
                after.subnet_epoch_index,
                after.pending_epoch_at,
                after.next_epoch_start()
            ),
            (6, 0, Some(1510))
        );
    }

    #[test]
    fn owners_change_nothing_shortly_before_an_epoch_or_once_one_is_triggered() {
        let schedule = EpochSchedule {
            tempo: 360,
            last_epoch_block: 1000,
            pending_epoch_at: 0,
            subnet_epoch_index: 5,
            blocks_since_last_step: 100,
        };
        assert!(!schedule.is_frozen(10, 1350));
        assert!(schedule.is_frozen(10, 1351));
        assert!(schedule.is_frozen(10, 1360));
        assert!(!schedule.is_frozen(0, 1360));
        let triggered = EpochSchedule {
            pending_epoch_at: 1020,
            ..schedule
        };
        assert!(triggered.is_frozen(10, 1010));
        assert!(!triggered.is_frozen(10, 1020));
        let stopped = EpochSchedule {
            tempo: 0,
            ..triggered
        };
        assert!(!stopped.is_frozen(10, 1010));
    }

    #[test]
    fn what_is_done_in_the_block_of_a_slot_counts_for_the_next_epoch() {
        let schedule = EpochSchedule {
            tempo: 360,
            last_epoch_block: 1000,
            pending_epoch_at: 0,
            subnet_epoch_index: 5,
            blocks_since_last_step: 361,
        };
        assert_eq!(schedule.epoch_with_lookahead(SafetyNet::Week, 1359), 5);
        assert_eq!(schedule.epoch_with_lookahead(SafetyNet::Week, 1360), 6);
        assert_eq!(schedule.epoch_with_lookahead(SafetyNet::Tempo, 1001), 6);
    }

    proptest! {
        #[test]
        fn the_next_start_is_the_first_block_that_is_due(
            tempo in 1u16.., last in 0u64..10_000_000, pending in 0u64..10_000_000, index: u32,
        ) {
            let schedule = EpochSchedule {
                tempo,
                last_epoch_block: last,
                pending_epoch_at: pending,
                subnet_epoch_index: index.into(),
                blocks_since_last_step: 0,
            };
            let start = schedule.next_epoch_start().unwrap();
            prop_assert!(schedule.should_run(SafetyNet::Week, start));
            prop_assert!(start == 0 || !schedule.should_run(SafetyNet::Week, start - 1));
        }

        #[test]
        fn the_next_epoch_is_the_first_block_that_runs_one(
            tempo in 1u16..600, back in 0u64..1_200, ahead in 0u64..900, triggered: bool, since in 0u64..60_000,
            by_tempo: bool,
        ) {
            let head = 10_000;
            let net = if by_tempo { SafetyNet::Tempo } else { SafetyNet::Week };
            let mut schedule = EpochSchedule {
                tempo,
                last_epoch_block: head - back,
                pending_epoch_at: if triggered { head + ahead } else { 0 },
                subnet_epoch_index: 5,
                blocks_since_last_step: since,
            };
            let foretold = schedule.next_epoch(net, head).unwrap();
            let mut block = head;
            while schedule.subnet_epoch_index == 5 {
                block += 1;
                schedule = schedule.after_block(net, block);
            }
            prop_assert_eq!(foretold, block);
        }

        #[test]
        fn old_epochs_tile_the_blocks(netuid: u16, tempo: u16, block in 0u64..1 << 40) {
            let schedule = FixedEpochSchedule { netuid: netuid.into(), tempo };
            let index = schedule.epoch_index(block);
            let last = block + schedule.blocks_until_next_epoch(block);
            prop_assert!(schedule.first_block_of(index) <= block);
            prop_assert_eq!(schedule.epoch_index(last), index);
            prop_assert_eq!(schedule.first_block_of(index + 1), last + 1);
        }
    }
}
