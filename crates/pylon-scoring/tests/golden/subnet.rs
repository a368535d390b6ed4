//! What an epoch reads of raw storage. The defaults are the runtime's.

use codec::Decode;
use pylon_models::{Proportion, Rao, Ratio, Uid, inherited_stake};
use pylon_scoring::consensus::{
    Bonding, ConsensusMode, LiquidAlpha, Mechanism, Neuron, Row, Rules, Subnet, activity_cutoff,
};

use crate::raw::{Part, Raw};

type Account = [u8; 32];
type Commits = Vec<(Account, u64, Vec<u8>, u64)>;

/// A subnet as it was read.
pub(crate) struct Read {
    pub(crate) subnet: Subnet,
    pub(crate) mechanisms: Vec<Mechanism>,
    pub(crate) parts: Option<Vec<Ratio>>,
    keys: Vec<(u16, Account)>,
}

struct Reader<'a> {
    raw: &'a Raw,
    netuid: u16,
}

impl Read {
    pub(crate) fn new(raw: &Raw, netuid: u16, block: u64) -> Self {
        let reader = Reader { raw, netuid };
        let keys = reader.keys();
        let mechanisms = 0..reader.twox("MechanismCountCurrent").unwrap_or(1u8);
        let parts: Option<Vec<u16>> = reader.twox("MechanismEmissionSplit");
        Self {
            subnet: reader.subnet(block, &keys),
            mechanisms: mechanisms
                .map(|mecid| reader.mechanism(netuid + u16::from(mecid) * 4_096, &keys))
                .collect(),
            parts: parts.map(|parts| parts.into_iter().map(Ratio::new).collect()),
            keys,
        }
    }

    /// The values of the neurons that have a hotkey.
    pub(crate) fn with_keys<T: Clone>(&self, values: &[T]) -> Vec<T> {
        let keys = self.keys.iter();
        keys.map(|(uid, _)| values[usize::from(*uid)].clone())
            .collect()
    }
}

impl Reader<'_> {
    fn item<V: Decode>(&self, item: &str) -> Option<V> {
        self.raw.find(item, [Part::identity(self.netuid)])
    }

    fn twox<V: Decode>(&self, item: &str) -> Option<V> {
        self.raw.find(item, [Part::twox(self.netuid)])
    }

    fn flag(&self, item: &str) -> bool {
        let found = self.raw.find(item, [Part::blake2(self.netuid)]);
        found.unwrap_or(false)
    }

    fn size(&self) -> u16 {
        self.item("SubnetworkN").unwrap_or(0)
    }

    fn keys(&self) -> Vec<(u16, Account)> {
        let keys = self.raw.under("Keys", [Part::identity(self.netuid)], 2);
        let mut keys: Vec<_> = keys
            .into_iter()
            .map(|(uid, hotkey)| (u16::decode(&mut uid.as_slice()).unwrap(), hotkey))
            .collect();
        keys.sort_unstable();
        keys
    }

    fn subnet(&self, block: u64, keys: &[(u16, Account)]) -> Subnet {
        let mut neurons = vec![Neuron::default(); self.size().into()];
        for (uid, hotkey) in keys {
            let registered = [Part::identity(self.netuid), Part::identity(*uid)];
            neurons[usize::from(*uid)] = Neuron {
                alpha: self.stake(hotkey, self.netuid),
                tao: self.stake(hotkey, 0),
                registered_at: self
                    .raw
                    .find("BlockAtRegistration", registered)
                    .unwrap_or(0),
            };
        }
        let owner: Option<Account> = self.item("SubnetOwnerHotkey");
        let uid = |hotkey| {
            let key = [Part::identity(self.netuid), Part::blake2(hotkey)];
            self.raw.find("Uids", key)
        };
        Subnet {
            block,
            neurons,
            permits: self.item("ValidatorPermit").unwrap_or_default(),
            owner: owner.and_then(uid).map(Uid::new),
            last_step: self
                .item("LastMechansimStepBlock")
                .filter(|block| *block > 0),
            rules: self.rules(),
        }
    }

    fn stake(&self, hotkey: &Account, netuid: u16) -> Rao {
        let own = |hotkey: &Account| {
            let key = [Part::blake2(hotkey), Part::identity(netuid)];
            Rao::new(self.raw.find("TotalHotkeyAlpha", key).unwrap_or(0))
        };
        let relatives = |item| -> Vec<(u64, Account)> {
            let key = [Part::blake2(hotkey), Part::identity(self.netuid)];
            self.raw.find(item, key).unwrap_or_default()
        };
        let children = relatives("ChildKeys").into_iter();
        let parents = relatives("ParentKeys").into_iter();
        inherited_stake(
            own(hotkey),
            children.map(|(part, _)| Proportion::new(part)),
            parents.map(|(part, parent)| (Proportion::new(part), own(&parent))),
        )
    }

    fn rules(&self) -> Rules {
        let tempo = self.item("Tempo").unwrap_or(360);
        let factor = self.item("ActivityCutoffFactorMilli").unwrap_or(13_889);
        let (low, high) = self.item("AlphaValues").unwrap_or((45_875, 58_982));
        let liquid_alpha = self.flag("LiquidAlphaOn").then(|| LiquidAlpha {
            low: Ratio::new(low),
            high: Ratio::new(high),
            steepness: self.item("AlphaSigmoidSteepness").unwrap_or(1_000),
            consensus: ConsensusMode::Current,
        });
        let bonding = if self.flag("Yuma3On") {
            Bonding::Yuma3 { liquid_alpha }
        } else {
            Bonding::Yuma
        };
        Rules {
            tempo,
            activity_cutoff: activity_cutoff(factor, tempo),
            kappa: self.item("Kappa").unwrap_or(32_767),
            bonds_penalty: self.item("BondsPenalty").unwrap_or(65_535),
            bonds_moving_average: self.item("BondsMovingAverage").unwrap_or(900_000),
            bonding,
            max_validators: self.item("MaxAllowedValidators").unwrap_or(128),
            stake_threshold: Rao::new(self.raw.find("StakeThreshold", []).unwrap_or(0)),
            tao_weight: self
                .raw
                .find("TaoWeight", [])
                .unwrap_or(971_718_665_099_567_868),
        }
    }

    fn mechanism(&self, index: u16, keys: &[(u16, Account)]) -> Mechanism {
        let rows = |item| -> Vec<Row> {
            let row = |uid: u16| {
                let key = [Part::identity(index), Part::identity(uid)];
                let row: Vec<(u16, u16)> = self.raw.find(item, key).unwrap_or_default();
                let row = row.into_iter();
                row.map(|(uid, value)| (Uid::new(uid), value)).collect()
            };
            (0..self.size()).map(row).collect()
        };
        let committed = self.item("CommitRevealWeightsEnabled").unwrap_or(true);
        let last_update = self.raw.find("LastUpdate", [Part::identity(index)]);
        Mechanism {
            last_update: last_update.unwrap_or_default(),
            weights: rows("Weights"),
            bonds: rows("Bonds"),
            first_commits: if committed {
                self.first_commits(index, keys)
            } else {
                Vec::new()
            },
            previous_consensus: None,
        }
    }

    fn first_commits(&self, index: u16, keys: &[(u16, Account)]) -> Vec<Option<u64>> {
        // The slot is booked before the epoch runs.
        let current = self.item("SubnetEpochIndex").unwrap_or(0u64) + 1;
        let period: u64 = self.twox("RevealPeriodEpochs").unwrap_or(1);
        let is_live = |epoch: u64| current <= epoch.saturating_add(period);
        let mut first = vec![None; self.size().into()];
        let mut committed = |who: &[u8], block: u64| {
            if let Some((uid, _)) = keys.iter().find(|(_, hotkey)| hotkey == who) {
                let first: &mut Option<u64> = &mut first[usize::from(*uid)];
                *first = Some(first.map_or(block, |first| first.min(block)));
            }
        };
        let hashed = self.raw.under("WeightCommits", [Part::twox(index)], 32);
        for (who, queue) in hashed {
            let queue: Vec<([u8; 32], u64, u64, u64)> = queue;
            let mut live = queue.iter().filter(|(_, epoch, ..)| is_live(*epoch));
            if let Some((_, _, block, _)) = live.next() {
                committed(&who, *block);
            }
        }
        let timelocked = self
            .raw
            .under("TimelockedWeightCommits", [Part::twox(index)], 8);
        for (epoch, queue) in timelocked {
            let (epoch, queue): (_, Commits) = (u64::decode(&mut epoch.as_slice()).unwrap(), queue);
            for (who, block, ..) in queue.iter().filter(|_| is_live(epoch)) {
                committed(who, *block);
            }
        }
        first
    }
}
