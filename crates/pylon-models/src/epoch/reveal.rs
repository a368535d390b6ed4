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
                let commit_epoch = schedule.epoch_index(head);
                Some(RevealTarget {
                    commit_epoch,
                    first_reveal_block: schedule
                        .first_block_of(commit_epoch.saturating_add(period)),
                })
            }
        }
    }
}
