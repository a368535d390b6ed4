use super::Epochs;

impl Epochs {
    /// The block that ran the last epoch at or before `head`, at which the schedule was read, and the one that runs the
    /// next; `None` where there are no epochs. By the old fixed schedule the first can lie before the genesis.
    pub fn bounds(&self, head: u64) -> Option<(i64, i64)> {
        let number = |block: u64| i64::try_from(block).unwrap_or(i64::MAX);
        match self {
            Self::Kept(schedule, _) => {
                let next = self.next_epoch(head)?;
                Some((number(schedule.last_epoch_block), number(next)))
            }
            Self::Fixed(schedule) if schedule.tempo == 0 => None,
            Self::Fixed(schedule) => {
                let interval = number(schedule.interval());
                let left = number(schedule.blocks_until_next_epoch(head));
                let next = number(head).saturating_add(left);
                // The block that runs an epoch is the first of the one after it.
                Some(if left == 0 {
                    (next, next.saturating_add(interval))
                } else {
                    (next.saturating_sub(interval), next)
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{EpochSchedule, Epochs, FixedEpochSchedule, NetUid, SafetyNet};

    #[test]
    fn the_old_fixed_schedule_has_the_bounds_that_the_first_pylon_told() {
        let epochs = Epochs::Fixed(FixedEpochSchedule {
            netuid: NetUid::new(12),
            tempo: 360,
        });
        for (block, bounds) in [
            (0, (-14, 347)),
            (346, (-14, 347)),
            (347, (347, 708)),
            (1500, (1430, 1791)),
            (1790, (1430, 1791)),
            (1791, (1791, 2152)),
        ] {
            assert_eq!(epochs.bounds(block), Some(bounds), "{block}");
        }
    }

    #[test]
    fn a_kept_schedule_has_the_bounds_that_the_chain_keeps() {
        let schedule = EpochSchedule {
            tempo: 360,
            last_epoch_block: 1_000,
            pending_epoch_at: 0,
            subnet_epoch_index: 3,
            blocks_since_last_step: 100,
        };
        let bounds = |schedule, head| Epochs::Kept(schedule, SafetyNet::Week).bounds(head);
        assert_eq!(bounds(schedule, 1_100), Some((1_000, 1_360)));
        assert_eq!(bounds(schedule, 1_000), Some((1_000, 1_360)));
        // One that was called out of turn.
        let called = EpochSchedule {
            pending_epoch_at: 1_200,
            ..schedule
        };
        assert_eq!(bounds(called, 1_100), Some((1_000, 1_200)));
        let stopped = EpochSchedule {
            tempo: 0,
            ..schedule
        };
        assert_eq!(bounds(stopped, 1_100), None);
        let never = FixedEpochSchedule {
            netuid: NetUid::new(1),
            tempo: 0,
        };
        assert_eq!(Epochs::Fixed(never).bounds(7), None);
    }
}
