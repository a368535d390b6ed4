use super::Epochs;

/// What becomes of a commit that lands in the next block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevealTarget {
    /// The epoch that the commit is booked under.
    pub commit_epoch: u64,
    /// The block of the epoch that reveals it, by the schedule as it stands.
    pub first_reveal_block: u64,
}

impl Epochs {
    /// The number of the epoch that what is done in `block` counts for, by the schedule as it stands after that block.
    pub fn epoch_of(&self, block: u64) -> u64 {
        match self {
            Self::Kept(schedule, net) => schedule.epoch_with_lookahead(*net, block),
            Self::Fixed(schedule) => schedule.epoch_index(block),
        }
    }

    /// The same of what is done in the block after `head`, at which the schedule was read.
    pub fn epoch_of_next_block(&self, head: u64) -> u64 {
        let next = head.saturating_add(1);
        match self {
            Self::Kept(schedule, net) => schedule.counted(*net).epoch_with_lookahead(*net, next),
            Self::Fixed(schedule) => schedule.epoch_index(next),
        }
    }

    /// The first block after `head`, at which the schedule was read, of the epoch with that number; `None` where it
    /// began already, or the subnet has no epochs.
    pub fn first_block_of(&self, epoch: u64, head: u64) -> Option<u64> {
        match self {
            Self::Kept(schedule, net) => {
                let (mut schedule, mut block) = (*schedule, head);
                while schedule.subnet_epoch_index < epoch {
                    block = schedule.next_epoch(*net, block)?;
                    schedule = schedule.after_epoch(block);
                }
                (block > head).then_some(block)
            }
            Self::Fixed(schedule) if schedule.tempo == 0 => None,
            Self::Fixed(schedule) => {
                Some(schedule.first_block_of(epoch)).filter(|first| *first > head)
            }
        }
    }

    /// When a commit that lands in the block after `head` is revealed, `period` epochs later. `None` where the
    /// subnet has no epochs.
    pub fn reveal_target(&self, head: u64, period: u64) -> Option<RevealTarget> {
        match self {
            Self::Kept(schedule, net) => {
                let mut schedule = *schedule;
                let mut block = schedule.next_epoch(*net, head)?;
                // The slot of that very block is booked before the commit is.
                let due = u64::from(block == head.saturating_add(1));
                let commit_epoch = schedule.subnet_epoch_index.saturating_add(due);
                let reveal_epoch = commit_epoch.saturating_add(period);
                schedule = schedule.after_epoch(block);
                while schedule.subnet_epoch_index < reveal_epoch {
                    block = schedule.next_epoch(*net, block)?;
                    schedule = schedule.after_epoch(block);
                }
                Some(RevealTarget {
                    commit_epoch,
                    first_reveal_block: block,
                })
            }
            Self::Fixed(schedule) if schedule.tempo == 0 => None,
            Self::Fixed(schedule) => {
                let commit_epoch = schedule.epoch_index(head.saturating_add(1));
                Some(RevealTarget {
                    commit_epoch,
                    first_reveal_block: schedule
                        .first_block_of(commit_epoch.saturating_add(period)),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::epoch::tests::vectors;
    use crate::{EpochSchedule, FixedEpochSchedule, NetUid, SafetyNet};

    fn target(commit_epoch: u64, first_reveal_block: u64) -> Option<RevealTarget> {
        Some(RevealTarget {
            commit_epoch,
            first_reveal_block,
        })
    }

    /// The SDK's wheel tests the safety net before it counts the block, the pallet after: there it fires a block
    /// earlier, and so does what hangs on it.
    fn beside_the_wheel(schedule: &EpochSchedule) -> Option<RevealTarget> {
        match schedule.blocks_since_last_step {
            50_399 => target(5, 1102),
            50_400 => target(6, 1461),
            _ => None,
        }
    }

    #[test]
    fn commits_are_revealed_as_the_golden_cases_say() {
        let cases = vectors().schedule_cases;
        let mut apart = 0;
        for case in &cases {
            let schedule = case.input.schedule;
            let epochs = Epochs::Kept(schedule, SafetyNet::Week);
            let period = case.input.subnet_reveal_period_epochs;
            let ours = beside_the_wheel(&schedule);
            apart += usize::from(ours.is_some());
            assert_eq!(
                epochs.reveal_target(case.input.current_block, period),
                ours.or(target(case.commit_epoch, case.first_reveal_block)),
                "{schedule:?}"
            );
        }
        assert_eq!((cases.len(), apart), (17, 2));
    }

    #[test]
    fn old_commits_are_revealed_as_the_golden_cases_say() {
        let cases = vectors().legacy_schedule_cases;
        for case in &cases {
            let epochs = Epochs::Fixed(FixedEpochSchedule {
                netuid: case.netuid,
                tempo: case.tempo,
            });
            assert_eq!(
                epochs.reveal_target(case.current_block, case.reveal_period),
                target(case.commit_epoch, case.first_reveal_block)
            );
        }
        assert_eq!(cases.len(), 5);
    }

    #[test]
    fn an_old_commit_after_the_last_block_of_an_epoch_is_of_the_next() {
        let epochs = Epochs::Fixed(FixedEpochSchedule {
            netuid: NetUid::new(0),
            tempo: 99,
        });
        // Block 198 closes epoch 1.
        assert_eq!(epochs.reveal_target(197, 1), target(1, 199));
        assert_eq!(epochs.reveal_target(198, 1), target(2, 299));
    }

    #[test]
    fn nothing_is_revealed_where_there_are_no_epochs() {
        let schedule = EpochSchedule {
            tempo: 0,
            last_epoch_block: 0,
            pending_epoch_at: 5,
            subnet_epoch_index: 0,
            blocks_since_last_step: 0,
        };
        let fixed = FixedEpochSchedule {
            netuid: NetUid::new(1),
            tempo: 0,
        };
        for epochs in [
            Epochs::Kept(schedule, SafetyNet::Week),
            Epochs::Kept(schedule, SafetyNet::Tempo),
            Epochs::Fixed(fixed),
        ] {
            assert_eq!(epochs.reveal_target(7, 1), None);
        }
    }

    proptest! {
        #[test]
        fn a_commit_of_the_next_block_is_revealed_where_stepping_through_the_blocks_ends(
            tempo in 1u16..300, back in 0u64..600, ahead in 0u64..400, triggered: bool,
            since in prop_oneof![0u64..700, 50_000u64..50_500], by_tempo: bool, period in 1u64..6,
        ) {
            let head = 10_000;
            let net = if by_tempo { SafetyNet::Tempo } else { SafetyNet::Week };
            let schedule = EpochSchedule {
                tempo,
                last_epoch_block: head - back,
                pending_epoch_at: if triggered { head + ahead } else { 0 },
                subnet_epoch_index: 5,
                blocks_since_last_step: since,
            };
            let mut block = head + 1;
            let mut stepped = schedule.after_block(net, block);
            let commit_epoch = stepped.subnet_epoch_index;
            while stepped.subnet_epoch_index < commit_epoch + period {
                block += 1;
                stepped = stepped.after_block(net, block);
            }
            prop_assert_eq!(
                Epochs::Kept(schedule, net).reveal_target(head, period),
                target(commit_epoch, block)
            );
        }
    }
}
